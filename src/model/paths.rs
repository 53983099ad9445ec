//! Paths of the machine that Pro Tools runs on, as this machine sees them: HFS (`Disk:folder:file`),
//! POSIX and Windows forms, mapped by the pairs of the configuration's `[paths]`, both ways. A slash
//! in an HFS name is a colon in POSIX, as macOS has it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How a path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `Macintosh HD:Users:mix:`
    Hfs,
    /// `/Users/mix`
    Posix,
    /// `C:\Users\mix` or `\\server\share`
    Windows,
}

/// A path taken apart. The start-up disk of HFS is the root of POSIX, other disks lie in `Volumes`;
/// names are those of POSIX.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    form: Form,
    parts: Vec<String>,
}

fn is_drive(text: &str) -> bool {
    let mut chars = text.chars();
    matches!((chars.next(), chars.next()), (Some(letter), Some(':')) if letter.is_ascii_alphabetic())
        && matches!(chars.next(), None | Some('\\' | '/'))
}

impl Parts {
    /// `None` for a path that is not absolute or climbs up.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let (form, separators): (_, &[char]) = if text.starts_with('/') {
            (Form::Posix, &['/'])
        } else if is_drive(text) || text.starts_with("\\\\") {
            (Form::Windows, &['\\', '/'])
        } else if text.contains(':') && !text.starts_with(':') && !text.contains('\\') {
            // Two colons climb up.
            if text.contains("::") {
                return None;
            }
            (Form::Hfs, &[':'])
        } else {
            return None;
        };
        let mut parts: Vec<String> = text
            .split(separators)
            .filter(|part| !part.is_empty() && *part != ".")
            .map(str::to_owned)
            .collect();
        if parts.iter().any(|part| part == "..") {
            return None;
        }
        if form == Form::Hfs {
            for part in &mut parts {
                *part = part.replace('/', ":");
            }
            if parts.first().is_some_and(|disk| disk == START_DISK) {
                parts.remove(0);
            } else {
                parts.insert(0, VOLUMES.to_owned());
            }
        }
        Some(Self { form, parts })
    }

    /// What follows `start`, when this lies at or below it. Windows knows no case.
    fn below(&self, start: &Self) -> Option<&[String]> {
        let is_windows = self.form == Form::Windows;
        if is_windows != (start.form == Form::Windows) {
            return None;
        }
        let same = |a: &String, b: &String| {
            if is_windows {
                a.to_lowercase() == b.to_lowercase()
            } else {
                a == b
            }
        };
        let head = self.parts.get(..start.parts.len())?;
        if !head.iter().zip(&start.parts).all(|(a, b)| same(a, b)) {
            return None;
        }
        self.parts.get(start.parts.len()..)
    }

    fn text(&self) -> String {
        match self.form {
            Form::Posix => format!("/{}", self.parts.join("/")),
            Form::Windows => {
                let share = if self.parts.first().is_some_and(|part| is_drive(part)) {
                    ""
                } else {
                    "\\\\"
                };
                let tail = if self.parts.len() == 1 { "\\" } else { "" };
                format!("{share}{}{tail}", self.parts.join("\\"))
            }
            Form::Hfs => {
                let name = |part: &String| part.replace(':', "/");
                let names: Vec<String> = self.parts.iter().map(name).collect();
                match names.split_first() {
                    Some((volumes, rest)) if volumes == VOLUMES && !rest.is_empty() => {
                        rest.join(":")
                    }
                    _ => format!("{START_DISK}:{}", names.join(":")),
                }
            }
        }
    }
}

const START_DISK: &str = "Macintosh HD";
const VOLUMES: &str = "Volumes";

/// One line of `[paths]`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    theirs: Parts,
    ours: PathBuf,
}

/// The pairs of folders that are the same on both machines; in text, Pro Tools' folder = ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct PathMap {
    pairs: Vec<Pair>,
    texts: BTreeMap<String, String>,
}

impl From<PathMap> for BTreeMap<String, String> {
    fn from(map: PathMap) -> Self {
        map.texts
    }
}

impl TryFrom<BTreeMap<String, String>> for PathMap {
    type Error = String;

    fn try_from(texts: BTreeMap<String, String>) -> Result<Self, String> {
        Self::new(
            texts
                .iter()
                .map(|(theirs, ours)| (theirs.as_str(), ours.as_str())),
        )
    }
}

impl PathMap {
    /// From lines of `[paths]`: Pro Tools' folder, ours.
    ///
    /// # Errors
    /// A sentence that names the path that is not absolute.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut map = Self::default();
        for (theirs, ours) in pairs {
            let parts = Parts::of(theirs)
                .ok_or_else(|| format!("'{theirs}' is no absolute path of Pro Tools' machine"))?;
            let own = PathBuf::from(ours);
            let climbs = own.components().any(|part| part == Component::ParentDir);
            if !own.is_absolute() || climbs {
                return Err(format!("'{ours}' is no absolute path of this machine"));
            }
            map.texts.insert(theirs.to_owned(), ours.to_owned());
            map.pairs.push(Pair {
                theirs: parts,
                ours: own,
            });
        }
        Ok(map)
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs as they are written, Pro Tools' folder first.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    /// Where a path that Pro Tools tells lies for us: by the longest pair that fits, else the path
    /// itself where this system can read its form. `None` when it cannot, or is not absolute.
    pub fn to_ours(&self, theirs: &str) -> Option<PathBuf> {
        let parts = Parts::of(theirs)?;
        let fitting = self
            .pairs
            .iter()
            .filter_map(|pair| Some((pair, parts.below(&pair.theirs)?)))
            .max_by_key(|(pair, _)| pair.theirs.parts.len());
        if let Some((pair, rest)) = fitting {
            if cfg!(windows) && rest.iter().any(|part| part.contains(':')) {
                // No name of Windows; a drive's would even lead out of the pair's folder.
                return None;
            }
            return Some(pair.ours.join(rest.iter().collect::<PathBuf>()));
        }
        let plain = Path::new(theirs.trim());
        if plain.is_absolute() {
            return Some(plain.to_owned());
        }
        let posix = Parts {
            form: Form::Posix,
            ..parts
        };
        let as_posix = PathBuf::from(posix.text());
        (parts_form(theirs) == Some(Form::Hfs) && as_posix.is_absolute()).then_some(as_posix)
    }

    /// How Pro Tools has to be told a path of ours: by the longest pair that fits, in the form that
    /// the pair is written in, else as it is. `None` when it is not Unicode. A Pro Tools that tells
    /// POSIX paths, as its `session` shows, takes no others: it is not told HFS.
    pub fn to_theirs(&self, ours: &Path, session: &str) -> Option<String> {
        let fitting = self
            .pairs
            .iter()
            .filter_map(|pair| Some((pair, ours.strip_prefix(&pair.ours).ok()?)))
            .max_by_key(|(pair, _)| pair.ours.components().count());
        let Some((pair, rest)) = fitting else {
            return ours.to_str().map(str::to_owned);
        };
        let mut parts = pair.theirs.clone();
        if parts.form == Form::Hfs && parts_form(session) == Some(Form::Posix) {
            parts.form = Form::Posix;
        }
        for part in rest.components() {
            parts.parts.push(part.as_os_str().to_str()?.to_owned());
        }
        Some(parts.text())
    }
}

fn parts_form(text: &str) -> Option<Form> {
    Parts::of(text).map(|parts| parts.form)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn map() -> PathMap {
        PathMap::new([
            ("Macintosh HD:Users:mix:", "/mnt/studio"),
            ("/Volumes/Audio", "/mnt/audio"),
            ("/Volumes/Audio/Archive", "/mnt/archive"),
            ("D:\\Sessions", "/mnt/d"),
            ("\\\\nas\\work", "/mnt/nas"),
        ])
        .unwrap()
    }

    #[test]
    fn all_three_forms_come_to_us() {
        for (theirs, ours) in [
            ("/Users/mix/Song/Song.ptx", "/mnt/studio/Song/Song.ptx"),
            (
                "Macintosh HD:Users:mix:Song:Song.ptx",
                "/mnt/studio/Song/Song.ptx",
            ),
            ("/Users/mix", "/mnt/studio"),
            ("/Users/mixer/Song.ptx", "/Users/mixer/Song.ptx"),
            ("Audio:Song:Audio Files:", "/mnt/audio/Song/Audio Files"),
            ("/Volumes/Audio/Archive/a.wav", "/mnt/archive/a.wav"),
            ("d:\\sessions\\Song\\a.wav", "/mnt/d/Song/a.wav"),
            ("D:/Sessions/Song", "/mnt/d/Song"),
            ("\\\\NAS\\work\\x", "/mnt/nas/x"),
            ("Macintosh HD:Users:other:x", "/Users/other/x"),
            ("Disk 2:x", "/Volumes/Disk 2/x"),
            // A slash in a name on macOS is a colon to POSIX.
            (
                "Macintosh HD:Users:mix:Mix 11/23:a.wav",
                "/mnt/studio/Mix 11:23/a.wav",
            ),
            ("/Users/mix/Mix 11:23/a.wav", "/mnt/studio/Mix 11:23/a.wav"),
            ("Audio 1/2:x", "/Volumes/Audio 1:2/x"),
            ("Macintosh HD:Users:mix:../..:x", "/mnt/studio/..:../x"),
        ] {
            assert_eq!(map().to_ours(theirs), Some(ours.into()), "{theirs}");
        }
    }

    #[test]
    fn what_cannot_be_reached_is_no_path() {
        for theirs in [
            "E:\\Other\\x",
            "",
            "Song.ptx",
            "/Users/mix/../../etc",
            "::x",
            "Macintosh HD:Users:mix::other:x",
        ] {
            assert_eq!(map().to_ours(theirs), None, "{theirs}");
        }
    }

    #[test]
    fn ours_go_back_in_the_form_of_the_pair() {
        for (ours, theirs) in [
            ("/mnt/studio/Song/out", "Macintosh HD:Users:mix:Song:out"),
            ("/mnt/audio/Song", "/Volumes/Audio/Song"),
            ("/mnt/archive/x", "/Volumes/Audio/Archive/x"),
            ("/mnt/d/Song/out", "D:\\Sessions\\Song\\out"),
            ("/mnt/nas/x", "\\\\nas\\work\\x"),
            ("/mnt/other", "/mnt/other"),
            (
                "/mnt/studio/Mix 11:23/x",
                "Macintosh HD:Users:mix:Mix 11/23:x",
            ),
            ("/mnt/audio/Mix 11:23", "/Volumes/Audio/Mix 11:23"),
        ] {
            assert_eq!(
                map().to_theirs(Path::new(ours), "").as_deref(),
                Some(theirs)
            );
        }
    }

    #[test]
    fn who_tells_posix_paths_is_told_no_hfs() {
        let ours = Path::new("/mnt/studio/Song/out");
        for (session, theirs) in [
            ("/Users/mix/Song/Song.ptx", "/Users/mix/Song/out"),
            (
                "Macintosh HD:Users:mix:Song:Song.ptx",
                "Macintosh HD:Users:mix:Song:out",
            ),
        ] {
            assert_eq!(map().to_theirs(ours, session).as_deref(), Some(theirs));
        }
        let disk = PathMap::new([("Audio:Songs:", "/mnt/audio")]).unwrap();
        let told = disk.to_theirs(Path::new("/mnt/audio/x"), "/Users/mix/Song.ptx");
        assert_eq!(told.as_deref(), Some("/Volumes/Audio/Songs/x"));
    }

    #[test]
    fn there_and_back_is_the_same() {
        for ours in [
            "/mnt/studio/a b/c",
            "/mnt/audio",
            "/mnt/d/x/y",
            "/mnt/nas/z",
            "/mnt/studio/Mix 11:23/z",
        ] {
            let theirs = map().to_theirs(Path::new(ours), "").unwrap();
            assert_eq!(map().to_ours(&theirs), Some(ours.into()), "{theirs}");
        }
    }

    #[test]
    fn relative_pairs_are_refused_by_name() {
        assert!(
            PathMap::new([("Users/mix", "/mnt")])
                .unwrap_err()
                .contains("Users/mix")
        );
        assert!(
            PathMap::new([("/Users", "mnt")])
                .unwrap_err()
                .contains("mnt")
        );
    }
}

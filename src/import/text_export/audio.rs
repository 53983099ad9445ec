//! The audio that an export names, found by name below a folder. Names are compared without regard
//! to case and composition of letters; a name that stands for several files stands for none.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::import::plain_folder::{Facts, facts, is_audio};
use crate::model::file_name;

/// Files and folders that are looked at.
const MOST_ENTRIES: usize = 1_000_000;
/// Folders within folders.
const DEEPEST: usize = 64;

/// What a name comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    One(PathBuf),
    /// Two mono files, `name.L` and `name.R`.
    Split(PathBuf, PathBuf),
    Several(Vec<PathBuf>),
    None,
}

/// All audio files below a folder.
pub(super) struct Audio {
    by_name: HashMap<String, Vec<PathBuf>>,
    /// The same without extension.
    by_stem: HashMap<String, Vec<PathBuf>>,
    facts: HashMap<PathBuf, Facts>,
}

impl Audio {
    /// Looks through the folder and all below it. Links to folders are not followed.
    pub fn below(root: &Path) -> Result<Self> {
        let fault = |path: &Path, error: std::io::Error| {
            let text = format!("'{}' cannot be searched for audio", path.display());
            Error::new(ErrorKind::Usage, text)
                .because(error)
                .hint("give the folder with the session's audio files to --audio")
        };
        let mut audio = Self {
            by_name: HashMap::new(),
            by_stem: HashMap::new(),
            facts: HashMap::new(),
        };
        let mut folders = vec![(root.to_owned(), 0)];
        let mut entries = 0;
        while let Some((folder, depth)) = folders.pop() {
            let list = match std::fs::read_dir(&folder) {
                Ok(list) => list,
                Err(error) if depth == 0 => return Err(fault(&folder, error)),
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), "not searched: {error}");
                    continue;
                }
            };
            for entry in list.flatten() {
                entries += 1;
                if entries > MOST_ENTRIES {
                    let text = format!("'{}' holds more than {MOST_ENTRIES} files", root.display());
                    return Err(Error::new(ErrorKind::Usage, text)
                        .hint("give the folder with the session's audio files to --audio"));
                }
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && depth < DEEPEST => folders.push((path, depth + 1)),
                    Ok(kind) if !kind.is_dir() && is_audio(&path) => audio.add(path),
                    _ => {}
                }
            }
        }
        for list in audio.by_name.values_mut().chain(audio.by_stem.values_mut()) {
            list.sort();
        }
        Ok(audio)
    }

    fn add(&mut self, path: PathBuf) {
        let text = |part: Option<&std::ffi::OsStr>| {
            let part = part.map(|part| part.to_string_lossy().into_owned());
            file_name::key(&part.unwrap_or_default())
        };
        let (name, stem) = (text(path.file_name()), text(path.file_stem()));
        self.by_name.entry(name).or_default().push(path.clone());
        self.by_stem.entry(stem).or_default().push(path);
    }

    /// The file of this name. `Vox.wav` may also be there as `Vox.L.wav` and `Vox.R.wav`.
    pub fn named(&self, name: &str) -> Found {
        let found = one_of(self.by_name.get(&file_name::key(name)), name);
        if found != Found::None {
            return found;
        }
        let Some((stem, extension)) = name.rsplit_once('.') else {
            return Found::None;
        };
        let half = |side: &str| {
            let name = format!("{stem}.{side}.{extension}");
            one_of(self.by_name.get(&file_name::key(&name)), &name)
        };
        pair(half("L"), half("R"))
    }

    /// The file whose name without extension is that of the clip.
    pub fn of_clip(&self, clip: &str) -> Found {
        let look = |stem: &str| one_of(self.by_stem.get(&file_name::key(stem)), stem);
        match look(clip) {
            Found::None => pair(look(&format!("{clip}.L")), look(&format!("{clip}.R"))),
            found => found,
        }
    }

    /// What the file's header says; read once.
    pub fn facts(&mut self, path: &Path) -> &Facts {
        self.facts
            .entry(path.to_owned())
            .or_insert_with(|| facts(path))
    }
}

fn one_of(list: Option<&Vec<PathBuf>>, name: &str) -> Found {
    let Some(list) = list else {
        return Found::None;
    };
    let is_exact = |path: &&PathBuf| {
        let is = |part: Option<&std::ffi::OsStr>| part.is_some_and(|part| part == name);
        is(path.file_name()) || is(path.file_stem())
    };
    match (
        list.as_slice(),
        list.iter().filter(is_exact).collect::<Vec<_>>().as_slice(),
    ) {
        ([one], _) => Found::One(one.clone()),
        (_, [exact]) => Found::One((*exact).clone()),
        _ => Found::Several(list.clone()),
    }
}

fn pair(left: Found, right: Found) -> Found {
    match (left, right) {
        (Found::One(left), Found::One(right)) => Found::Split(left, right),
        (Found::Several(list), _) | (_, Found::Several(list)) => Found::Several(list),
        _ => Found::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a/Kick.wav",
            "b/caf\u{e9}.WAV",
            "Vox.L.wav",
            "Vox.R.wav",
            "a/Twin.wav",
            "b/twin.wav",
            "a/notes.txt",
            "a/Same.wav",
            "b/Same.wav",
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let audio = Audio::below(dir.path()).unwrap();
        let at = |name: &str| dir.path().join(name);
        assert_eq!(audio.named("kick.WAV"), Found::One(at("a/Kick.wav")));
        assert_eq!(
            audio.named("Cafe\u{301}.wav"),
            Found::One(at("b/caf\u{e9}.WAV"))
        );
        assert_eq!(
            audio.named("Vox.wav"),
            Found::Split(at("Vox.L.wav"), at("Vox.R.wav"))
        );
        assert_eq!(audio.named("Twin.wav"), Found::One(at("a/Twin.wav")));
        let both = Found::Several(vec![at("a/Same.wav"), at("b/Same.wav")]);
        assert_eq!(audio.named("Same.wav"), both);
        assert_eq!(audio.named("notes.txt"), Found::None);
        assert_eq!(audio.of_clip("Kick"), Found::One(at("a/Kick.wav")));
        assert_eq!(
            audio.of_clip("Vox"),
            Found::Split(at("Vox.L.wav"), at("Vox.R.wav"))
        );
        let error = Audio::below(&at("nowhere")).err().unwrap();
        assert!(error.chain().contains("nowhere"), "{}", error.chain());
    }
}

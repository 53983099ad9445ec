//! One bounce of Pro Tools: asked for, waited for with an eye on cancel, and its files found wherever
//! Pro Tools put them.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};
use crate::model::stem::FileFormat;
use crate::model::text::clean;
use crate::ptsl::client::{BounceFormat, ExportMix};
use crate::ptsl::error::PtslError;

/// How long a cancelled bounce may still take: a call that runs in Pro Tools cannot be ended.
const GRACE: Duration = Duration::from_secs(20);

/// How often the growing file is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Kilobits a second of an MP3.
const MP3_KBPS: u16 = 320;

/// Time that a bounce of this many files may take before Pro Tools is given up.
pub fn deadline(seconds: f64, files: usize) -> Duration {
    let files = u32::try_from(files).unwrap_or(u32::MAX).clamp(1, 1000);
    Duration::from_secs_f64(seconds.clamp(0.0, 1e6) * 3.0 * f64::from(files) + 60.0)
}

/// What Pro Tools is asked to write for a file of this format: floats that the asked file is made
/// of, but for the formats that only it can write.
pub fn format(asked: FileFormat) -> BounceFormat {
    match asked {
        FileFormat::Wav | FileFormat::Aiff | FileFormat::Flac => BounceFormat::Wav,
        FileFormat::Mp3 => BounceFormat::Mp3 { kbps: MP3_KBPS },
        FileFormat::M4a => BounceFormat::M4a,
        FileFormat::Mxf => BounceFormat::MxfOpAtom,
        FileFormat::Adm => BounceFormat::WavAdm,
    }
}

/// Waits for a bounce. `looked` is told every quarter of a second the bytes of the `expected` file
/// so far, once there is one.
///
/// # Errors
/// What Pro Tools says; [`ErrorKind::Interrupted`] when cancelled, after the bounce or the grace
/// time has ended.
pub async fn run<T>(
    call: impl Future<Output = std::result::Result<T, PtslError>>,
    expected: &Path,
    cancel: &CancellationToken,
    mut looked: impl FnMut(Option<u64>),
) -> Result<T> {
    if cancel.is_cancelled() {
        return Err(super::interrupted());
    }
    tokio::pin!(call);
    let mut look = tokio::time::interval(LOOK);
    let mut give_up: Option<Instant> = None;
    loop {
        tokio::select! {
            outcome = &mut call => {
                return match outcome {
                    _ if give_up.is_some() => Err(super::interrupted()),
                    Ok(answer) => Ok(answer),
                    Err(error) => Err(error.into()),
                };
            }
            () = cancel.cancelled(), if give_up.is_none() => {
                give_up = Some(Instant::now() + GRACE);
            }
            _ = look.tick() => {
                if give_up.is_some_and(|end| Instant::now() >= end) {
                    return Err(super::interrupted());
                }
                looked(std::fs::metadata(expected).ok().map(|meta| meta.len()));
            }
        }
    }
}

/// Where Pro Tools may have put a file, on this machine: the asked folder, or "Bounced Files" beside
/// the session, where some versions put it whatever was asked.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    pub asked: &'a Path,
    /// The session's file, where it can be seen from here.
    pub session_file: Option<&'a Path>,
}

impl Places<'_> {
    fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.asked.to_owned()];
        if let Some(session) = self.session_file.and_then(Path::parent) {
            folders.push(session.join("Bounced Files"));
        }
        folders
    }
}

/// Files of the folders whose names begin with `name`, which is ours alone.
fn beginning_with(name: &str, folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let ours = entries.flatten().map(|entry| entry.path()).filter(|path| {
            path.file_name()
                .and_then(|file| file.to_str())
                .is_some_and(|file| file.starts_with(name))
        });
        found.extend(ours.filter(|path| path.is_file()));
        if !found.is_empty() {
            break;
        }
    }
    found.sort();
    found
}

/// The files of a finished ExportMix, one a source in their order.
pub fn find(request: &ExportMix, places: Places<'_>) -> Result<Vec<PathBuf>> {
    let mut there = beginning_with(&request.file_name, &places.folders());
    let found: Vec<Option<PathBuf>> = request
        .file_names()
        .iter()
        .map(|wanted| {
            let at = there.iter().position(|path| is_called(path, wanted))?;
            Some(there.remove(at))
        })
        .collect();
    let mut files = Vec::with_capacity(found.len());
    for (file, wanted) in found.into_iter().zip(request.file_names()) {
        // With one source the name is of no matter: whatever Pro Tools appends to it, it is that.
        let only = request.sources.len() == 1 && there.len() == 1;
        match file.or_else(|| only.then(|| there.remove(0))) {
            Some(file) => files.push(file),
            None => return Err(missing(&wanted, places.asked)),
        }
    }
    match there.iter().find(|path| is_sound_like(path, &files)) {
        Some(other) => Err(several(&request.file_name, other)),
        None => Ok(files),
    }
}

/// Of the same kind as the files that were found, and as likely the one that was bounced.
fn is_sound_like(path: &Path, files: &[PathBuf]) -> bool {
    let kind = |path: &Path| path.extension().map(|kind| kind.to_ascii_lowercase());
    files.iter().any(|file| kind(file) == kind(path))
}

/// A file of that name was there, and somebody let Pro Tools keep both.
fn several(name: &str, other: &Path) -> Error {
    Error::new(
        ErrorKind::Job,
        format!(
            "Pro Tools left several files whose names begin with '{}', such as '{}': which of them it bounced is not certain",
            clean(name),
            other.display()
        ),
    )
    .hint("Nothing was delivered of it; print again, and where Pro Tools asks about a name let it replace the file")
}

/// Whether a file bears a name, but for the letters that a file name cannot have.
fn is_called(path: &Path, wanted: &str) -> bool {
    let plain = |name: &str| -> Vec<char> {
        let letters = name.chars().flat_map(char::to_lowercase);
        letters.filter(|letter| letter.is_alphanumeric()).collect()
    };
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| plain(name) == plain(wanted))
}

/// The file of a finished track bounce: where Pro Tools says, as that is seen from here, else where
/// it may be.
pub fn find_track(told: Vec<PathBuf>, prefix: &str, places: Places<'_>) -> Result<PathBuf> {
    let told: Vec<PathBuf> = told.into_iter().filter(|path| path.is_file()).collect();
    let found = match told.as_slice() {
        [] => beginning_with(prefix, &places.folders()),
        _ => told,
    };
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(missing(prefix, places.asked)),
        several => Err(Error::new(
            ErrorKind::Job,
            format!("Pro Tools made {} files of one track", several.len()),
        )
        .hint(
            "Print tracks of more than two channels as a stem by solo, or from Pro Tools itself",
        )),
    }
}

fn missing(name: &str, directory: &Path) -> Error {
    Error::new(
        ErrorKind::Job,
        format!(
            "Pro Tools says that it bounced '{}', but the file is not in '{}'",
            clean(name),
            directory.display()
        ),
    )
    .hint("Pro Tools must see the output folder: run this program on the same machine, or print into a shared folder that [paths] of the configuration maps")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Range;

    fn request(directory: &Path, sources: &[&str]) -> ExportMix {
        ExportMix {
            file_name: "pt-stem-1-1-9".into(),
            directory: directory.to_str().unwrap().into(),
            sources: sources.iter().map(|s| (*s).to_owned()).collect(),
            format: BounceFormat::Wav,
            sample_rate: 48_000,
            range: Range::new(0, 10),
            offline: true,
        }
    }

    #[test]
    fn files_are_found_where_and_however_pro_tools_called_them() {
        let root = tempfile::tempdir().unwrap();
        let (asked, bounced) = (root.path().join("out"), root.path().join("s/Bounced Files"));
        std::fs::create_dir_all(&asked).unwrap();
        std::fs::create_dir_all(&bounced).unwrap();
        let session = root.path().join("s/Song.ptx");
        let places = Places {
            asked: &asked,
            session_file: Some(&session),
        };
        let one = request(&asked, &["output:Out 1-2"]);
        let two = request(&asked, &["bus:DX L/R", "bus:MX"]);
        assert!(find(&one, places).is_err());
        std::fs::write(bounced.join("pt-stem-1-1-9-St.wav"), "x").unwrap();
        assert_eq!(
            find(&one, places).unwrap(),
            [bounced.join("pt-stem-1-1-9-St.wav")]
        );
        // A file that was there, and the one that was written beside it.
        let both = bounced.join("pt-stem-1-1-9-St_01.wav");
        std::fs::write(&both, "x").unwrap();
        assert!(find(&one, places).is_err());
        std::fs::write(bounced.join("pt-stem-1-1-9.wav"), "x").unwrap();
        std::fs::remove_file(bounced.join("pt-stem-1-1-9-St.wav")).unwrap();
        assert!(find(&one, places).is_err(), "the name alone is no proof");
        std::fs::remove_file(&both).unwrap();
        std::fs::write(bounced.join("pt-stem-1-1-9.txt"), "x").unwrap();
        assert!(find(&one, places).is_ok(), "no file of sound");
        // What lies in the asked folder is nearer.
        let (dx, mx) = ("pt-stem-1-1-9 (DX L_R).wav", "pt-stem-1-1-9 (MX).wav");
        std::fs::write(asked.join(mx), "x").unwrap();
        assert!(find(&two, places).is_err(), "one of two is missing");
        std::fs::write(asked.join(dx), "x").unwrap();
        assert_eq!(
            find(&two, places).unwrap(),
            [asked.join(dx), asked.join(mx)]
        );
    }

    #[test]
    fn a_track_bounce_is_where_pro_tools_says() {
        let root = tempfile::tempdir().unwrap();
        let told = root.path().join("Elsewhere-St.wav");
        std::fs::write(&told, "x").unwrap();
        let at = |told: &[&Path]| {
            let places = Places {
                asked: root.path(),
                session_file: None,
            };
            let told = told.iter().map(|path| path.to_path_buf()).collect();
            find_track(told, "pt-stem", places)
        };
        assert_eq!(at(&[&told]).unwrap(), told);
        assert!(at(&[]).is_err());
        std::fs::write(root.path().join("pt-stem Kick.wav"), "x").unwrap();
        assert_eq!(at(&[]).unwrap(), root.path().join("pt-stem Kick.wav"));
        std::fs::write(root.path().join("pt-stem Kick.R.wav"), "x").unwrap();
        assert!(at(&[]).is_err(), "a pair is no file");
    }
}

//! What lies in a folder: its audio files with what their headers say, and what does not belong in
//! a delivery. Everything in it is hostile: pipes, links and damaged headers become findings.

use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{error, warning};
use crate::engine::manifest::FILE_NAME as MANIFEST;
use crate::error::{Error, ErrorKind, Result};
use crate::media::chunks::{self, Kind};
use crate::media::info::AudioInfo;
use crate::media::probe::probe;
use crate::model::file_name;
use crate::model::text::clean;
use crate::model::{Finding, Level};

/// Entries of a folder that are looked at.
const MOST: usize = 50_000;

/// An audio file whose header was read.
#[derive(Debug, Clone)]
pub struct Heard {
    pub name: String,
    pub path: PathBuf,
    pub info: AudioInfo,
    /// `wav`, `adm`, `aiff`, `flac`, or the name's ending.
    pub container: String,
    pub is_link: bool,
}

/// A folder.
#[derive(Debug, Default)]
pub struct Folder {
    pub audio: Vec<Heard>,
    /// Audio files that cannot be read, by name.
    pub broken: Vec<String>,
    /// Names of everything else.
    pub others: Vec<String>,
    pub findings: Vec<Finding>,
}

impl Folder {
    pub fn has_manifest(&self) -> bool {
        self.others.iter().any(|name| name == MANIFEST)
    }
}

/// Reads a folder, not those below it.
///
/// # Errors
/// Of kind [`ErrorKind::Usage`] where it is none, or has too many entries; of kind storage where it cannot
/// be read.
pub fn gather(dir: &Path) -> Result<Folder> {
    if !dir.is_dir() {
        let text = format!("'{}' is no folder", dir.display());
        return Err(Error::new(ErrorKind::Usage, text).hint("Name the folder of the delivery"));
    }
    let cannot = |error: std::io::Error| {
        let text = format!("'{}' cannot be read", dir.display());
        Error::new(ErrorKind::Storage, text).because(error)
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(cannot)? {
        paths.push(entry.map_err(cannot)?.path());
        if paths.len() > MOST {
            let text = format!("'{}' holds more than {MOST} entries", dir.display());
            return Err(Error::new(ErrorKind::Usage, text).hint("Lint one delivery at a time"));
        }
    }
    paths.sort();
    let seen: Vec<Seen> = paths.par_iter().map(|path| look(path)).collect();
    let mut folder = Folder::default();
    for seen in seen {
        folder.findings.extend(seen.findings);
        folder.audio.extend(seen.heard);
        folder.broken.extend(seen.broken);
        folder.others.extend(seen.other);
    }
    Ok(folder)
}

#[derive(Default)]
struct Seen {
    heard: Option<Heard>,
    broken: Option<String>,
    other: Option<String>,
    findings: Vec<Finding>,
}

fn look(path: &Path) -> Seen {
    let mut seen = Seen::default();
    let raw = path.file_name().unwrap_or_default();
    let name = raw.to_string_lossy().into_owned();
    let is_link = path.is_symlink();
    let is_aside = name.starts_with("._") || name == ".DS_Store" || name == "Thumbs.db";
    if path.is_dir() {
        if !is_link && holds_audio(path) {
            let text = format!("'{}' is a folder with audio in it", clean(&name));
            let fix = "lint it by itself, or put its files beside the others";
            seen.findings
                .push(warning("subfolder", text).file(&name).fix(fix));
        }
        return seen;
    }
    if is_aside {
        let text = format!("'{}' is what a system leaves behind", clean(&name));
        let finding = Finding::new(Level::Note, "system_file", text);
        seen.findings.push(
            finding
                .file(&name)
                .fix("delete it before the folder is sent"),
        );
        return seen;
    }
    if name.ends_with(".part") {
        let text = format!("'{}' was never finished", clean(&name));
        let fix = "wait for the program that writes it, or print the file again";
        seen.findings
            .push(error("unfinished_file", text).file(&name).fix(fix));
        return seen;
    }
    if raw.to_str().is_none() {
        let text = format!("the name '{}' is no Unicode", clean(&name));
        let fix = "rename it: other systems cannot show it";
        seen.findings
            .push(error("name_illegal", text).file(&name).fix(fix));
    }
    if !file_name::is_audio(&name) {
        seen.other = Some(name);
        return seen;
    }
    if is_link {
        let text = format!("'{}' is a link and no file", clean(&name));
        let fix = "put the file itself there: a link is empty on another machine";
        seen.findings.push(error("link", text).file(&name).fix(fix));
    }
    match probe(path) {
        Ok(info) => {
            let container = container(path, &name);
            seen.heard = Some(Heard {
                name,
                path: path.to_owned(),
                info,
                container,
                is_link,
            });
        }
        Err(why) => {
            let text = format!("'{}' cannot be read: {}", clean(&name), reason(&why));
            let fix = "fetch it again from where it was made, or print it again";
            seen.findings
                .push(error("unreadable", text).file(&name).fix(fix));
            seen.broken = Some(name);
        }
    }
    seen
}

/// Without the path, which the finding names already.
fn reason(error: &crate::media::MediaError) -> String {
    use crate::media::MediaError;
    match error {
        MediaError::Missing { .. } => "it leads nowhere".to_owned(),
        MediaError::Unreadable { reason, .. } | MediaError::Damaged { reason, .. } => {
            clean(reason).into_owned()
        }
        MediaError::Write { source, .. } => source.to_string(),
    }
}

fn holds_audio(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .take(1000)
        .any(|entry| file_name::is_audio(&entry.file_name().to_string_lossy()))
}

/// By the first bytes; by the name where they tell nothing.
fn container(path: &Path, name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let Ok(mut file) = File::open(path) else {
        return ending.to_lowercase();
    };
    match chunks::kind(&mut file) {
        Ok(Kind::Wave { .. }) => {
            let found = chunks::list(&mut file).unwrap_or_default();
            let has = |id: &[u8; 4]| found.iter().any(|chunk| &chunk.id == id);
            match has(b"axml") && has(b"chna") {
                true => "adm",
                false => "wav",
            }
            .to_owned()
        }
        Ok(Kind::Aiff) => "aiff".to_owned(),
        Ok(Kind::Flac) => "flac".to_owned(),
        Ok(Kind::Other) | Err(_) => ending.to_lowercase(),
    }
}

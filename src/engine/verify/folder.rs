//! What lies in the folder of a set: its audio files, and what belongs to no print.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::model::manifest::Manifest;
use crate::model::text::clean;
use crate::model::{Finding, Level};

/// Names that an audio file may end with.
const AUDIO: [&str; 9] = [
    "wav", "wave", "bwf", "aif", "aiff", "flac", "caf", "rf64", "w64",
];

pub(super) fn audio_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| {
        let extension = path.extension().and_then(|e| e.to_str());
        extension.is_some_and(|e| AUDIO.contains(&e.to_lowercase().as_str())) && path.is_file()
    });
    files.sort();
    files
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// Whether it is one of the files of a mix.
pub(super) fn is_one_of(path: &Path, mix: Option<&Vec<PathBuf>>) -> bool {
    mix.into_iter().flatten().any(|file| same_file(path, file))
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Files that lie there and are in no manifest, and prints that never ended.
pub(super) fn strangers(
    dir: &Path,
    manifest: &Manifest,
    mix: Option<&Vec<PathBuf>>,
) -> Vec<Finding> {
    let known: HashSet<&str> = manifest.files.iter().map(|f| f.path.as_str()).collect();
    let mut findings: Vec<Finding> = audio_files(dir)
        .iter()
        .filter(|path| !is_one_of(path, mix))
        .map(|path| name_of(path))
        .filter(|name| !known.contains(name.as_str()))
        .map(|name| {
            Finding::new(
                Level::Note,
                "extra_file",
                format!("'{}' is not in the manifest", clean(&name)),
            )
            .file(name)
        })
        .collect();
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    for name in entries.map(|entry| name_of(&entry.path())) {
        if name.ends_with(".part") {
            findings.push(
                Finding::new(
                    Level::Warning,
                    "unfinished_file",
                    format!("'{}' was never finished", clean(&name)),
                )
                .file(name)
                .fix(
                    "A print is running, or one was killed; the next print of this file removes it",
                ),
            );
        }
    }
    findings
}

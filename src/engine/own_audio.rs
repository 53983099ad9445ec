//! The session's own audio where stems would go: what a plan is told of it, and the last look before a
//! print. It refuses to replace what the session plays, and what lies where Pro Tools keeps its audio.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::import;
use crate::media::split;
use crate::model::Plan;
use crate::model::file_name::key;
use crate::model::session::SessionFolder;

/// Which of the files of a folder, given by their names, are audio of the session with this path.
pub fn among(
    dir: &Path,
    names: &[String],
    session_path: &str,
    folder: Option<&SessionFolder>,
) -> Vec<String> {
    let Some(dir) = real(dir).filter(|_| !names.is_empty()) else {
        return Vec::new();
    };
    if audio_files(session_path).as_ref() == Some(&dir) {
        return names.to_vec();
    }
    // Sources lie in a few folders: one look at each.
    let mut parents: HashMap<&Path, bool> = HashMap::new();
    let sources = folder
        .into_iter()
        .flat_map(|folder| &folder.arrangement.files);
    let mut own = HashSet::new();
    for source in sources {
        let Some(parent) = source.path.parent() else {
            continue;
        };
        let is_here = parents
            .entry(parent)
            .or_insert_with(|| real(parent).as_ref() == Some(&dir));
        if *is_here {
            let files = split::files_of(&source.path);
            let names = files.iter().filter_map(|file| file.file_name());
            own.extend(names.map(|name| key(&name.to_string_lossy())));
        }
    }
    let is_own = |name: &&String| own.contains(&key(name));
    names.iter().filter(is_own).cloned().collect()
}

fn real(path: &Path) -> Option<PathBuf> {
    std::fs::canonicalize(path).ok()
}

/// Where Pro Tools keeps what it records and imports.
fn audio_files(session_path: &str) -> Option<PathBuf> {
    real(&Path::new(session_path).parent()?.join("Audio Files"))
}

/// Refuses to replace what the session plays, or what lies where Pro Tools keeps its audio.
pub fn spare(plan: &Plan) -> Result<()> {
    let targets = plan.written().map(|file| plan.output.dir.join(file));
    let targets: Vec<PathBuf> = targets.filter_map(|file| real(&file)).collect();
    if targets.is_empty() {
        return Ok(());
    }
    let audio = audio_files(&plan.session_path);
    // A session that cannot be read is for the engine to refuse.
    let session = plan
        .folder
        .as_deref()
        .and_then(|dir| import::open(dir).ok());
    let sources = session.iter().flat_map(|session| {
        let files = session.folder.arrangement.files.iter();
        files.flat_map(|file| split::files_of(&file.path))
    });
    let sources: HashSet<PathBuf> = sources.filter_map(|file| real(&file)).collect();
    let is_source = |file: &&PathBuf| {
        sources.contains(*file) || audio.is_some() && file.parent() == audio.as_deref()
    };
    let Some(file) = targets.iter().find(is_source) else {
        return Ok(());
    };
    let text = format!(
        "'{}' is audio of the session and is not replaced",
        file.display()
    );
    Err(Error::new(ErrorKind::Job, text)
        .hint("Print into another folder with --out, or with --on-existing version"))
}

//! Sessions on disk become model data: the session folder, the plain folder of audio files, the text
//! export of Pro Tools. Refuses
//! what it cannot read with the reason; it never writes except where asked to write a session.

pub mod plain_folder;
pub mod session_folder;
#[cfg(test)]
mod tests;
pub mod text_export;

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::session::ImportedSession;

/// Opens a session folder (`session.json` in it), a plain folder of audio files, or a session file
/// inside one (`<name>.ptx` of the simulator, `session.json` itself).
///
/// Fails with [`ErrorKind::Media`] on what is no session. What is odd but can be opened stands in
/// the session's findings.
pub fn open(path: &Path) -> Result<ImportedSession> {
    open_with(path, &text_export::Options::default())
}

/// The same, with the audio of a text export.
pub fn open_with(path: &Path, options: &text_export::Options) -> Result<ImportedSession> {
    let Ok(kind) = std::fs::metadata(path) else {
        return Err(no_session(path, "it does not exist")
            .hint("give a session folder, or a folder of audio files"));
    };
    if kind.is_dir() {
        let file = path.join(session_folder::FILE);
        return match file.is_file() {
            true => session_folder::read(&file),
            false => plain_folder::read(path),
        };
    }
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let beside = path.with_file_name(session_folder::FILE);
    match extension.as_deref() {
        Some("json") => session_folder::read(path),
        Some("ptx") if beside.is_file() => {
            let mut session = session_folder::read(&beside)?;
            session.info.path = path.display().to_string();
            Ok(session)
        }
        Some("ptx" | "ptf") => Err(
            no_session(path, "only Pro Tools reads its own session files")
                .hint("open it in Pro Tools and connect to that"),
        ),
        Some("txt") => text_export::read(path, options),
        _ => Err(no_session(path, "it is not a folder").hint("give the folder that it lies in")),
    }
}

fn no_session(path: &Path, why: &str) -> Error {
    Error::new(
        ErrorKind::Media,
        format!("'{}' cannot be opened as a session: {why}", path.display()),
    )
}

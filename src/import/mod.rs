//! Sessions on disk become model data: the session folder, the plain folder of audio files.

pub mod plain_folder;
pub mod session_folder;

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::session::ImportedSession;

/// Opens a session folder (`session.json` in it), a plain folder of audio files, or a session file
/// inside one (`<name>.ptx` of the simulator, `session.json` itself).
pub fn open(path: &Path) -> Result<ImportedSession> {
    Err(Error::new(
        ErrorKind::Media,
        format!("'{}' is no session", path.display()),
    ))
}

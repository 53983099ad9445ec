//! What is written for the application: recipes. Everything blocks; call it from a blocking thread.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::app::Msg;
use crate::app::update::Saved;
use crate::error::{Error, ErrorKind};
use crate::model::link::Fault;
use crate::plan::recipe;
use crate::platform::atomic;

/// Writes a recipe, unless the file is not what it `was`.
pub fn recipe(path: PathBuf, text: String, was: Option<String>, overwrite: bool) -> Msg {
    let written = (|| {
        if !overwrite && on_disk(&path)? != was {
            return Ok(Saved::Changed);
        }
        atomic::write(&target(&path), text.as_bytes())?;
        Ok(Saved::Written(text))
    })();
    let outcome = written.map_err(|error: io::Error| {
        let text = format!("'{}' cannot be written", path.display());
        Fault::from(Error::new(ErrorKind::Storage, text).because(error))
    });
    Msg::RecipeSaved { path, outcome }
}

/// The mark of what lies there; `None` when nothing does.
fn on_disk(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(recipe::hash(&String::from_utf8_lossy(&bytes)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A link stays a link: the file behind it is replaced.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

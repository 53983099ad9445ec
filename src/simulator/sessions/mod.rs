//! Sessions that come with the program, synthesised when they are first asked for.

mod demo;
mod describe;
mod folder;
mod lay;
mod parts;
mod score;
mod song;
mod synth;
mod wav;

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::model::text::nearest;

/// Names of the built-in sessions; the first is the one that `--demo` opens.
pub fn names() -> &'static [&'static str] {
    &["demo"]
}

/// The folder of a built-in session, made when it is missing, damaged or older than the program.
///
/// # Errors
/// `Usage` for a name that is none of [`names`], `Storage` when the folder cannot be written.
pub fn make(name: &str, state_dir: &Path) -> Result<PathBuf> {
    match name {
        "demo" => demo(state_dir),
        _ => {
            let error = Error::new(
                ErrorKind::Usage,
                format!("There is no built-in session '{name}'"),
            );
            Err(match nearest(name, names().iter().copied()) {
                Some(near) => error.hint(format!("Did you mean '{near}'?")),
                None => error.hint(format!("Built-in sessions: {}", names().join(", "))),
            })
        }
    }
}

/// A song of 75 seconds in two dozen tracks, with stems that cover it.
pub fn demo(state_dir: &Path) -> Result<PathBuf> {
    folder::ensure(
        &state_dir.join("sessions"),
        "demo",
        demo::VERSION,
        demo::write,
    )
}

#[cfg(test)]
mod tests;

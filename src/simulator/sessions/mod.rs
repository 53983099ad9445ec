//! Sessions that come with the program, synthesised when they are first asked for.

mod demo;
mod describe;
mod folder;
mod lay;
mod parts;
mod routing;
mod score;
mod song;
mod synth;
mod wav;

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::model::text::nearest;

/// Names of the built-in sessions; the first is the one that `--demo` opens.
pub fn names() -> &'static [&'static str] {
    &["demo", "routing"]
}

/// The folder of a built-in session, made when it is missing, damaged or older than the program.
///
/// # Errors
/// `Usage` for a name that is none of [`names`], `Storage` when the folder cannot be written.
pub fn make(name: &str, state_dir: &Path) -> Result<PathBuf> {
    match name {
        "demo" => demo(state_dir),
        "routing" => routing(state_dir),
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

/// Half a minute of it with sends to aux returns, folders, a VCA master, and a master fader whose
/// limiter comes in when the fader is made active.
pub fn routing(state_dir: &Path) -> Result<PathBuf> {
    folder::ensure(
        &state_dir.join("sessions"),
        "routing",
        routing::VERSION,
        routing::write,
    )
}

#[cfg(test)]
mod tests;

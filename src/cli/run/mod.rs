//! One file a command.

pub mod about;
pub mod call;
pub mod config;
pub mod doctor;
pub mod interface;
pub mod jobs;
pub mod misc;
pub mod simulate;
pub mod status;
pub mod stems;
pub mod tracks;
pub mod transport;

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Job;
use crate::plan::recipe::Recipe;

/// Longest recipe that is read.
const RECIPE_LIMIT: u64 = 4 * 1024 * 1024;

/// Reads a recipe file.
pub fn read_recipe(path: &Path) -> Result<Recipe> {
    let failed = |error: std::io::Error| {
        Error::new(
            ErrorKind::Recipe,
            format!("the recipe '{}' cannot be read", path.display()),
        )
        .because(error)
    };
    if std::fs::metadata(path).map_err(failed)?.len() > RECIPE_LIMIT {
        return Err(Error::new(
            ErrorKind::Recipe,
            format!("'{}' is too large for a recipe", path.display()),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Recipe::parse(&text, &path.display().to_string())
}

/// Why a job ended badly.
pub fn job_error(job: &Job) -> Error {
    match &job.fault {
        Some(fault) => fault.hints.iter().fold(
            Error::new(fault.kind, format!("job {}: {}", job.id, fault.message)),
            |error, hint| error.hint(hint.clone()),
        ),
        None => Error::new(
            ErrorKind::Job,
            format!("job {} ended as {}", job.id, job.state.word()),
        ),
    }
}

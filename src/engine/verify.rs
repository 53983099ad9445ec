//! Checks a printed set.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Report;

pub fn verify(dir: &Path, _mix: Option<&Path>) -> Result<Report> {
    Err(Error::new(ErrorKind::Check, format!("'{}' holds no stems", dir.display())))
}

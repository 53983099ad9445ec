//! What a report for people is made of: the manifest of a printed set, what a check of it finds now, and
//! the shape of every file.

use std::path::Path;

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use super::verify;
use crate::engine::{manifest, overview};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Level;
use crate::model::job::Report;
use crate::model::manifest::{Manifest, ManifestFile};
use crate::model::overview::{Overview, OverviewSource};

/// A printed set as it lies there now.
pub struct Account {
    pub manifest: Manifest,
    /// Its files in the order of the manifest.
    pub report: Report,
    /// One for each file; `None` for what cannot be read.
    pub shapes: Vec<Option<Overview>>,
}

impl Account {
    /// The codes of what is wrong with a file.
    pub fn faults<'a>(&'a self, file: &'a ManifestFile) -> impl Iterator<Item = &'a str> {
        let errors = self
            .report
            .findings
            .iter()
            .filter(|f| f.level == Level::Error);
        let own = errors.filter(|f| f.file.as_deref() == Some(file.path.as_str()));
        own.map(|finding| finding.code.as_str())
    }
}

/// Checks a set as [`verify`] does and looks at the shape of its files.
///
/// # Errors
/// As [`verify`], and where there is no manifest to tell of.
pub fn account(dir: &Path) -> Result<Account> {
    let Some(manifest) = manifest::read(dir)? else {
        let report = verify(dir, None);
        let error = format!("there is no {} in '{}'", manifest::FILE_NAME, dir.display());
        let error = Error::new(ErrorKind::Check, error);
        return Err(match report {
            Err(other) if other.kind == ErrorKind::Usage => other,
            _ => error
                .hint("A report tells what a manifest knows: print the stems with this program"),
        });
    };
    let report = verify(dir, None)?;
    let shape = |file: &ManifestFile| {
        let source = OverviewSource::File(dir.join(&file.path));
        overview::read(&source, &CancellationToken::new()).ok()
    };
    let shapes = manifest.files.par_iter().map(shape).collect();
    Ok(Account {
        manifest,
        report,
        shapes,
    })
}

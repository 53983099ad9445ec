//! MD5 sums of delivered files, where a delivery asks for them: in the manifest, and in a list beside the
//! files that `md5sum -c` takes.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::check;
use crate::engine::manifest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::manifest::ManifestFile;
use crate::platform::atomic;

/// The list's name in the folder.
pub const FILE_NAME: &str = "checksums.md5";

/// Notes the sum of each file.
///
/// # Errors
/// A file that cannot be read; and cancelling.
pub fn note(dir: &Path, files: &mut [ManifestFile], cancel: &CancellationToken) -> Result<()> {
    for file in files {
        file.md5 = Some(check::md5(&dir.join(&file.path), cancel)?);
    }
    Ok(())
}

/// Writes the list of all files of the folder's manifest that have a sum.
///
/// # Errors
/// Where it cannot be written.
pub fn write(dir: &Path) -> Result<()> {
    let files = manifest::read(dir)?.map_or_else(Vec::new, |manifest| manifest.files);
    let line = |file: &ManifestFile| Some(format!("{}  {}\n", file.md5.as_ref()?, file.path));
    let list: String = files.iter().filter_map(line).collect();
    let path = dir.join(FILE_NAME);
    atomic::write_part(&path, list.as_bytes()).map_err(|error| {
        let text = format!("'{}' cannot be written", path.display());
        Error::new(ErrorKind::Storage, text)
            .because(error)
            .hint("The files are whole; the sums stand in the manifest too")
    })
}

//! `pt-stem stems report`: checks a printed set, and writes what people should know of it.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::stems::checked;
use crate::app::shape;
use crate::cli::account;
use crate::cli::output::{self, Output};
use crate::engine::verify::account::account;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::atomic;

/// Writes the page, and the Markdown to a file or to stdout. Files that are changed or missing are told
/// there and are an error as well, as they are for `verify`.
pub fn run(
    dir: &Path,
    html: Option<&Path>,
    markdown: Option<&Option<PathBuf>>,
    output: Output,
) -> Result<()> {
    let to_file = markdown.and_then(Option::as_deref);
    for path in html.into_iter().chain(to_file) {
        is_ours_to_write(path)?;
    }
    let account = account(dir)?;
    if let Some(path) = html {
        write(path, &account::html(&account))?;
    }
    if let Some(path) = to_file {
        write(path, &account::markdown(&account))?;
    }
    if output.json {
        let mut value = shape::report(&account.report);
        if let Some(object) = value.as_object_mut() {
            let place = |path: Option<&Path>| {
                path.map_or(Value::Null, |path| path.to_string_lossy().into())
            };
            object.insert("html".to_owned(), place(html));
            object.insert("markdown".to_owned(), place(to_file));
        }
        output::line(&value.to_string())?;
    } else if markdown.is_some() && to_file.is_none() {
        output::block(&account::markdown(&account))?;
    }
    checked(&account.report)
}

/// A report may replace an earlier one, and nothing else.
fn is_ours_to_write(path: &Path) -> Result<()> {
    use io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unwritable(path, error)),
    };
    let mut start = Vec::new();
    let longest = account::STARTS.iter().map(|start| start.len()).max();
    file.take(longest.unwrap_or(0) as u64)
        .read_to_end(&mut start)
        .map_err(|error| unwritable(path, error))?;
    if account::STARTS
        .iter()
        .any(|known| start.starts_with(known.as_bytes()))
    {
        return Ok(());
    }
    let text = format!(
        "'{}' is there and is no report of this program",
        path.display()
    );
    Err(Error::new(ErrorKind::Usage, text).hint("Name another file, or move that one away"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    atomic::write(path, text.as_bytes()).map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let text = format!("'{}' cannot be written", path.display());
    Error::new(ErrorKind::Storage, text)
        .because(error)
        .hint("Name a file in a folder that may be written")
}

//! `pt-stem logs`: the last lines of the daily log files, and on request what comes after them.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::cli::output::{self, Output};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;

/// Bytes that are read from the end of a file at most.
const TAIL: u64 = 8 << 20;
/// Bytes that are read at a time while following.
const PIECE: u64 = 1 << 20;
/// Time between two looks at a file that grows.
const PAUSE: Duration = Duration::from_millis(250);

/// Shows the last `count` lines over all files; with `follow` goes on until it is interrupted.
pub fn run(dir: &Path, follow: bool, count: usize, output: Output) -> Result<()> {
    let files = files(dir);
    let mut lines: Vec<String> = Vec::new();
    let mut place = None;
    for file in files.iter().rev() {
        let (text, end) = tail(file).map_err(|error| unreadable(file, error))?;
        place = place.or(Some(Place::at(file, end)));
        let mut earlier: Vec<String> = text.lines().map(str::to_owned).collect();
        earlier.append(&mut lines);
        lines = earlier;
        if lines.len() >= count {
            break;
        }
    }
    if files.is_empty() && !follow {
        output::say(&format!("There is no log in {} yet\n", dir.display()));
    }
    let first = lines.len().saturating_sub(count);
    for line in lines.iter().skip(first) {
        show(line, output)?;
    }
    match follow {
        true => go_on(dir, place, output),
        false => Ok(()),
    }
}

/// How far a file has been shown.
struct Place {
    file: PathBuf,
    offset: u64,
    /// A line whose end has not been written yet.
    begun: Vec<u8>,
}

impl Place {
    fn at(file: &Path, offset: u64) -> Self {
        Self {
            file: file.to_owned(),
            offset,
            begun: Vec::new(),
        }
    }

    /// The lines that have become whole since the last look.
    fn grown(&mut self) -> std::io::Result<Vec<String>> {
        let mut file = File::open(&self.file)?;
        if file.metadata()?.len() < self.offset {
            // Somebody has emptied it.
            (self.offset, self.begun) = (0, Vec::new());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let read = file.take(PIECE).read_to_end(&mut self.begun)?;
        self.offset += read as u64;
        let whole = self.begun.iter().rposition(|byte| *byte == b'\n');
        let rest = self.begun.split_off(whole.map_or(0, |at| at + 1));
        let text = std::mem::replace(&mut self.begun, rest);
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().map(str::to_owned).collect())
    }
}

fn go_on(dir: &Path, mut place: Option<Place>, output: Output) -> Result<()> {
    loop {
        if let Some(place) = &mut place {
            let lines = place
                .grown()
                .map_err(|error| unreadable(&place.file, error))?;
            let is_quiet = lines.is_empty();
            for line in &lines {
                show(line, output)?;
            }
            if !is_quiet {
                continue;
            }
        }
        // A file is read to its end before the next day's is looked at.
        let shown = place.as_ref().map(|place| place.file.clone());
        let next = files(dir)
            .into_iter()
            .find(|file| Some(file) > shown.as_ref());
        match next {
            Some(file) => place = Some(Place::at(&file, 0)),
            None => std::thread::sleep(PAUSE),
        }
    }
}

/// The log files, oldest first: their names hold the day.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let is_log = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("pt-stem.") && name.ends_with(".log"))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_log).collect();
    files.sort();
    files
}

/// The whole lines at the end of a file, and where they end.
fn tail(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    bytes.truncate(whole.map_or(0, |at| at + 1));
    let end = start + bytes.len() as u64;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((text, end))
}

fn show(line: &str, output: Output) -> Result<()> {
    let line = clean(line);
    match output.json {
        true => output::line(&json!({ "schema": 1, "line": line }).to_string()),
        false => output::line(&line),
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let text = format!("'{}' cannot be read", path.display());
    Error::new(ErrorKind::Storage, text).because(error)
}

//! Reading configuration texts, and errors that name file, line and column.

use std::io::Read as _;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::text::{clean, nearest};

/// Largest configuration file that is read.
const MOST_BYTES: u64 = 1 << 20;

/// The text of a file; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>> {
    let wrong = |why: String| {
        Error::new(
            ErrorKind::Config,
            format!("'{}' cannot be read", clean(&path.display().to_string())),
        )
        .because(why)
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    // A device has no length and no end.
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    if read.map_err(|error| wrong(error.to_string()))? as u64 > MOST_BYTES {
        return Err(wrong("it is larger than any configuration".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 text".to_owned()))?;
    // Editors on Windows put a mark before the text.
    Ok(Some(
        text.strip_prefix('\u{feff}')
            .map(str::to_owned)
            .unwrap_or(text),
    ))
}

/// Whether a text is a name of its own: no path, nothing that leaves its folder.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text != ".." && !text.contains(['/', '\\', '\0'])
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// An error at a byte of a file.
pub(super) fn at(name: &str, text: &str, byte: usize, what: impl AsRef<str>) -> Error {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line = line_of(text, byte);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Error::new(
        ErrorKind::Config,
        format!(
            "{}, line {line}, column {column}: {}",
            clean(name),
            clean(what.as_ref())
        ),
    )
}

/// A TOML error; an unknown key is compared with those that belong there.
pub(super) fn toml_error(name: &str, text: &str, error: &toml::de::Error) -> Error {
    let message = error.message();
    let byte = error.span().map_or(0, |span| span.start);
    let Some(key) = unknown_key(error) else {
        return at(name, text, byte, in_words(message));
    };
    let error = at(name, text, byte, format!("there is no key '{key}'"));
    let known = expected(message);
    match nearest(key, known.iter().copied()) {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error.hint(format!("Keys there: {}", known.join(", "))),
    }
}

/// The key that a TOML error says nobody knows.
pub(super) fn unknown_key(error: &toml::de::Error) -> Option<&str> {
    let rest = error.message().strip_prefix("unknown field `")?;
    rest.split('`').next()
}

/// A message of the parser without the names of our types.
fn in_words(message: &str) -> String {
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let expected = match expected {
        "i64" => "a whole number",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a map" => "a table of keys",
        other if other.starts_with("struct ") => "a table of keys",
        other => other,
    };
    let found = found
        .trim_end_matches(" as i128")
        .trim_end_matches(" as u128");
    format!("{found}, expected {expected}")
}

/// The names that serde lists after `expected`.
fn expected(message: &str) -> Vec<&str> {
    let list = message.split_once("expected").map_or("", |(_, list)| list);
    list.split('`').skip(1).step_by(2).collect()
}

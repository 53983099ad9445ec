//! Faults on command, from a TOML file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// What goes wrong, and how much. Everything is off by default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Milliseconds that every answer is late, at most an hour.
    pub latency_ms: u64,
}

impl Faults {
    /// Reads a faults file. Errors name the file, the line, and the nearest known key.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!(
                    "the faults file '{}' cannot be read: {error}",
                    path.display()
                ),
            )
            .because(error)
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, file: &str) -> Result<Self> {
        let faults: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            Error::new(
                ErrorKind::Config,
                format!(
                    "faults file '{file}', line {line}, column {column}: {}",
                    error.message()
                ),
            )
            .hint("known keys: latency_ms")
        })?;
        if faults.latency_ms > 3_600_000 {
            return Err(Error::new(
                ErrorKind::Config,
                format!("faults file '{file}': latency_ms is more than an hour"),
            ));
        }
        Ok(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_knows_and_names_what_it_does_not() {
        let faults = Faults::parse("latency_ms = 40\n", "f.toml").unwrap();
        assert_eq!(faults.latency_ms, 40);
        assert_eq!(Faults::parse("", "f.toml").unwrap(), Faults::default());
        for (text, expected) in [
            ("# one\nlatency = 4\n", ["line 2, column 1", "latency"]),
            ("latency_ms = \"soon\"\n", ["line 1, column 14", "f.toml"]),
            ("latency_ms = -1\n", ["line 1", "f.toml"]),
            ("latency_ms = 99999999\n", ["hour", "f.toml"]),
        ] {
            let message = Faults::parse(text, "f.toml").unwrap_err().message;
            for word in expected {
                assert!(message.contains(word), "{message}");
            }
        }
    }
}

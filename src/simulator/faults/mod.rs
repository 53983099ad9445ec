//! Faults on command: what a faults file says, and which call it hits. Refuses what it does not
//! know, with line, column and the nearest known word.

mod entry;
mod file;
mod kind;
mod latency;
mod script;
#[cfg(test)]
mod tests;
mod unknown;

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::ptsl::wire::CommandId;

pub use entry::hand;
pub use file::EXAMPLE;
pub use kind::{Choice, End, Hand, Kind, NameDialog, Notice, Then, When};
pub use latency::{Humps, Latency};
pub use script::{Script, Turn};
pub use unknown::{DuplicateNames, Filters, LongCalls, LostClient, TaskId, Unknown, Verdict};

/// Bytes of the largest faults file.
const LARGEST: u64 = 1 << 20;

/// What goes wrong, and how much. Nothing by default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Faults {
    /// Milliseconds that every answer is late, at most an hour.
    pub latency_ms: u64,
    /// What comes on top of that.
    pub latency: Latency,
    pub faults: Vec<Fault>,
    pub unknown: Unknown,
}

/// A fault with the calls that it hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    /// `None` is every command but the handshake; for faults of files, every one that writes some.
    pub command: Option<CommandId>,
    /// The first matching call that is hit, counted from 1.
    pub from: u32,
    /// Calls that are hit; 0 is for ever.
    pub times: u32,
}

impl Faults {
    /// Reads a faults file. Errors name the file, the line, and the nearest known key.
    pub fn load(path: &Path) -> Result<Self> {
        use std::io::Read as _;
        let wrong = |error: std::io::Error| {
            Error::new(
                ErrorKind::Config,
                format!(
                    "the faults file '{}' cannot be read: {error}",
                    path.display()
                ),
            )
            .because(error)
        };
        let file = std::fs::File::open(path).map_err(wrong)?;
        let mut text = String::new();
        file.take(LARGEST + 1)
            .read_to_string(&mut text)
            .map_err(wrong)?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads the text of one; `file` is its name for messages.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        file::parse(text, file)
    }
}

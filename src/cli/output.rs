//! Results on stdout: one JSON object, or a table for people. A closed pipe is not an error.

use std::io::{self, Write};

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::model::link::Fault;
use crate::model::text;

/// Where results go, and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    pub json: bool,
}

impl Output {
    /// One JSON object on one line when `--json` was given; else what `plain` makes of it.
    pub fn show(self, value: &Value, plain: impl FnOnce() -> String) -> Result<()> {
        if self.json {
            line(&value.to_string())
        } else {
            block(&plain())
        }
    }
}

/// Writes some lines as they are.
pub fn block(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    checked(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes one line.
pub fn line(line: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    checked(
        out.write_all(line.as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush()),
    )
}

/// Messages for people on stderr. Nobody there is no error.
pub fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Something that went wrong beside the command's own outcome, on stderr.
pub fn warn(fault: &Fault, json: bool) {
    if json {
        let value = serde_json::json!({
            "schema": 1,
            "warning": { "kind": fault.kind, "message": fault.message, "hints": fault.hints },
        });
        return say(&format!("{value}\n"));
    }
    say(&format!("pt-stem: warning: {}\n", fault.message));
    for hint in &fault.hints {
        say(&format!("  {}\n", text::clean(hint)));
    }
}

fn checked(outcome: io::Result<()>) -> Result<()> {
    outcome.map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // The reader has had enough: `main` ends with success.
            Error::new(ErrorKind::Interrupted, CLOSED_PIPE)
        } else {
            Error::new(ErrorKind::Storage, "Results cannot be written to stdout").because(error)
        }
    })
}

/// The message that marks a closed pipe.
pub const CLOSED_PIPE: &str = "the reader of the output has gone";

/// A table: a header, rows, two blanks between the columns. Cells are cleaned.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(header: &[&str]) -> Self {
        Self {
            rows: vec![header.iter().map(|cell| (*cell).to_owned()).collect()],
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(
            cells
                .into_iter()
                .map(|cell| text::clean(&cell).into_owned())
                .collect(),
        );
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| text::width(cell)).max().unwrap_or(0)
            })
            .collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                let gap = width.saturating_sub(text::width(cell)) + 2;
                line.extend(std::iter::repeat_n(' ', gap));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `364 MB`, one unit, decimal.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {name}")
    } else {
        format!("{value:.1} {name}")
    }
}

/// `1:15` or `1:02:03`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (h, m, s) = (whole / 3600, whole / 60 % 60, whole % 60);
    if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m}:{s:02}")
    }
}

/// A level with one decimal, `—` for silence or not measured.
pub fn level(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |level| format!("{level:.1}"))
}

//! The faults file: TOML into [`Faults`]. Every key is checked against the kind that it stands in.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{Error, ErrorKind, Result};
use crate::model::text::{clean, nearest};

use super::entry::{Entry, error_type};
use super::latency::{Humps, Latency};
use super::unknown::Unknown;
use super::{Fault, Faults, LARGEST};

/// A faults file with everything in it, explained.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The longest wait.
const HOUR_MS: u64 = 3_600_000;
const MOST_FAULTS: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    latency_ms: Option<Spanned<u64>>,
    latency: Option<Spanned<LatencyTable>>,
    #[serde(default)]
    fault: Vec<Spanned<Entry>>,
    #[serde(default)]
    unknown: Option<Spanned<Unknown>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LatencyTable {
    low_ms: u64,
    high_ms: [u64; 2],
    high_share: f64,
    seed: u64,
}

impl Default for LatencyTable {
    /// As measured on a real system.
    fn default() -> Self {
        Self {
            low_ms: 10,
            high_ms: [300, 1400],
            high_share: 0.3,
            seed: 1,
        }
    }
}

/// A wrong word of the file: what, and where, as a byte offset.
pub(super) struct Wrong {
    pub at: usize,
    pub what: String,
    pub hint: Option<String>,
}

pub(super) type Checked<T> = std::result::Result<T, Wrong>;

impl Wrong {
    pub fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            hint: None,
        }
    }

    /// A word that is none of `known`.
    pub fn word(given: &Spanned<String>, what: &str, known: &[&str]) -> Self {
        let word = given.as_ref();
        Self {
            at: given.span().start,
            what: format!("there is no {what} '{}'", clean(word)),
            hint: Some(near(word, known)),
        }
    }
}

pub(super) fn near(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("known are {}", known.join(", ")),
    }
}

/// The text as faults.
pub(super) fn parse(text: &str, name: &str) -> Result<Faults> {
    let broken = |wrong: Wrong| {
        let before = text.get(..wrong.at.min(text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let error = Error::new(
            ErrorKind::Config,
            format!(
                "faults file '{}', line {line}, column {column}: {}",
                clean(name),
                clean(&wrong.what)
            ),
        );
        match wrong.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    };
    if text.len() as u64 > LARGEST {
        return Err(Error::new(
            ErrorKind::Config,
            format!(
                "faults file '{}': it is larger than a megabyte",
                clean(name)
            ),
        ));
    }
    let file: File = toml::from_str(text).map_err(|error| broken(unreadable(&error)))?;
    file.checked().map_err(broken)
}

/// What TOML says is wrong; unknown keys with the nearest known one.
fn unreadable(error: &toml::de::Error) -> Wrong {
    let at = error.span().map_or(0, |span| span.start);
    let message = error.message();
    let unknown = |rest: &str| -> Option<Wrong> {
        let (key, rest) = rest.split_once('`')?;
        let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        Some(Wrong {
            at,
            what: format!("there is no key '{key}'"),
            hint: Some(near(key, &known)),
        })
    };
    message
        .strip_prefix("unknown field `")
        .and_then(unknown)
        .unwrap_or_else(|| Wrong::new(at, message.lines().collect::<Vec<_>>().join(", ")))
}

impl File {
    fn checked(self) -> Checked<Faults> {
        let latency_ms = self.latency_ms.as_ref().map(millis).transpose()?;
        let latency = match self.latency {
            Some(table) => table_of(table)?,
            None => Latency::None,
        };
        if self.fault.len() > MOST_FAULTS {
            return Err(Wrong::new(0, format!("more than {MOST_FAULTS} faults")));
        }
        let faults = self.fault.into_iter().map(|entry| {
            let at = entry.span().start;
            entry.into_inner().checked(at)
        });
        let faults = faults.collect::<Checked<Vec<Fault>>>()?;
        let unknown = match self.unknown {
            Some(table) => unknown_of(table)?,
            None => Unknown::default(),
        };
        Ok(Faults {
            latency_ms: latency_ms.unwrap_or_default(),
            latency,
            faults,
            unknown,
        })
    }
}

fn unknown_of(table: Spanned<Unknown>) -> Checked<Unknown> {
    let at = table.span().start;
    let unknown = table.into_inner();
    let word = &unknown.bad_session_id;
    if word != "accept" && error_type(word).is_none() {
        return Err(Wrong {
            at,
            what: format!("bad_session_id: there is no error '{}'", clean(word)),
            hint: Some("such as PT_Forbidden, SDK_SessionIdParseError, or accept".to_owned()),
        });
    }
    Ok(unknown)
}

fn table_of(table: Spanned<LatencyTable>) -> Checked<Latency> {
    let at = table.span().start;
    let table = table.into_inner();
    let [from, to] = table.high_ms;
    if from > to || to > HOUR_MS || table.low_ms > HOUR_MS {
        return Err(Wrong::new(
            at,
            "latency: low_ms and high_ms = [from, to] are at most an hour, from before to",
        ));
    }
    if !(0.0..=1.0).contains(&table.high_share) {
        return Err(Wrong::new(at, "latency: high_share lies between 0 and 1"));
    }
    Ok(Latency::Humps(Humps {
        low: Duration::from_millis(table.low_ms),
        high: (Duration::from_millis(from), Duration::from_millis(to)),
        high_share: table.high_share,
        seed: table.seed,
    }))
}

pub(super) fn millis(given: &Spanned<u64>) -> Checked<u64> {
    let value = *given.as_ref();
    if value > HOUR_MS {
        return Err(Wrong::new(given.span().start, "that is more than an hour"));
    }
    Ok(value)
}

/// One of `known` words, or the first when nothing is given.
pub(super) fn choice<T: Copy>(
    given: Option<&Spanned<String>>,
    what: &str,
    known: &[(&str, T)],
) -> Checked<Option<T>> {
    let Some(given) = given else { return Ok(None) };
    known
        .iter()
        .find(|(name, _)| name == given.as_ref())
        .map(|(_, value)| Some(*value))
        .ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            Wrong::word(given, what, &names)
        })
}

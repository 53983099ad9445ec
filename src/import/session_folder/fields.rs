//! Reading fields of a JSON object one by one, so that a wrong value is refused with the track or
//! clip and the field that it stands in. Null counts as missing; unknown fields are left alone.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::model::{Breakpoint, text};

/// Furthest sample, either way, that a session may name: 2^52, centuries at any rate.
pub(super) const FURTHEST: i64 = 1 << 52;
/// dB that a gain may have. Far beyond use, well within 64-bit floats.
pub(super) const GAINS: RangeInclusive<f64> = -600.0..=144.0;
/// Bytes of a name, comment or path.
const LONGEST_TEXT: usize = 16 * 1024;

/// Where in the session a field stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Session,
    Track {
        number: usize,
        name: &'a str,
    },
    Clip {
        track: &'a str,
        number: usize,
    },
    /// A send, a reverb or the like of a track.
    Wiring {
        track: &'a str,
        field: &'static str,
    },
    Marker {
        number: usize,
    },
    Stem {
        number: usize,
        name: &'a str,
    },
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session => f.write_str("the session"),
            Self::Track { number, name } => write!(f, "track {number} '{}'", text::fit(name, 60)),
            Self::Clip { track, number } => {
                write!(f, "track '{}', clip {number}", text::fit(track, 60))
            }
            Self::Wiring { track, field } => {
                write!(f, "track '{}', '{field}'", text::fit(track, 60))
            }
            Self::Marker { number } => write!(f, "marker {number} of the list"),
            Self::Stem { number, name } => write!(f, "stem {number} '{}'", text::fit(name, 60)),
        }
    }
}

/// A field that is missing or holds what it cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("{place}: '{field}' must be {wanted}, not {got}")]
pub(super) struct FieldError {
    place: String,
    field: &'static str,
    wanted: String,
    got: String,
}

/// An object of the session with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    place: Place<'a>,
}

impl<'a> Fields<'a> {
    /// Refuses anything but an object; `field` is the list that it stands in.
    pub fn of(value: &'a Value, field: &'static str, place: Place<'a>) -> Result<Self, FieldError> {
        match value {
            Value::Object(map) => Ok(Self { map, place }),
            other => Err(FieldError {
                place: place.to_string(),
                field,
                wanted: "an object".to_owned(),
                got: shown(other),
            }),
        }
    }

    pub fn place(&self) -> Place<'a> {
        self.place
    }

    /// The same object under a better name.
    pub fn at(self, place: Place<'a>) -> Self {
        Self { place, ..self }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// An error about one field of this object.
    pub fn wrong(&self, field: &'static str, wanted: impl Into<String>) -> FieldError {
        FieldError {
            place: self.place.to_string(),
            field,
            wanted: wanted.into(),
            got: self.get(field).map_or_else(|| "missing".to_owned(), shown),
        }
    }

    /// Whatever stands there.
    pub fn value(&self, key: &'static str) -> Option<&'a Value> {
        self.get(key)
    }

    pub fn flag(&self, key: &'static str) -> Result<Option<bool>, FieldError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    pub fn text(&self, key: &'static str) -> Result<Option<&'a str>, FieldError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_TEXT => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, format!("a text of at most {LONGEST_TEXT} bytes"))),
        }
    }

    pub fn number(
        &self,
        key: &'static str,
        within: RangeInclusive<f64>,
    ) -> Result<Option<f64>, FieldError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        value
            .as_f64()
            .filter(|number| within.contains(number))
            .map(Some)
            .ok_or_else(|| {
                let wanted = format!("a number from {} to {}", within.start(), within.end());
                self.wrong(key, wanted)
            })
    }

    /// Whole numbers; `3.0` is one.
    pub fn whole(
        &self,
        key: &'static str,
        within: RangeInclusive<i64>,
    ) -> Result<Option<i64>, FieldError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        whole(value)
            .filter(|number| within.contains(number))
            .map(Some)
            .ok_or_else(|| {
                let wanted = format!("a whole number from {} to {}", within.start(), within.end());
                self.wrong(key, wanted)
            })
    }

    /// A count of samples, 0 and up.
    pub fn samples(&self, key: &'static str) -> Result<Option<u64>, FieldError> {
        let count = self.whole(key, 0..=FURTHEST)?;
        Ok(count.and_then(|count| u64::try_from(count).ok()))
    }

    /// An error about a list of `count` items.
    pub fn too_long(&self, field: &'static str, longest: usize, count: usize) -> FieldError {
        FieldError {
            place: self.place.to_string(),
            field,
            wanted: format!("a list of at most {longest}"),
            got: format!("one of {count}"),
        }
    }

    pub fn list(&self, key: &'static str, longest: usize) -> Result<&'a [Value], FieldError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) if items.len() <= longest => Ok(items),
            Some(Value::Array(items)) => Err(self.too_long(key, longest, items.len())),
            Some(_) => Err(self.wrong(key, "a list")),
        }
    }

    pub fn texts(&self, key: &'static str) -> Result<Vec<String>, FieldError> {
        self.list(key, 1_000_000)?
            .iter()
            .map(|item| match item {
                Value::String(text) if text.len() <= LONGEST_TEXT => Ok(text.clone()),
                other => Err(FieldError {
                    place: self.place.to_string(),
                    field: key,
                    wanted: "a list of texts".to_owned(),
                    got: format!("one with {}", shown(other)),
                }),
            })
            .collect()
    }

    /// Breakpoints in the order of the file.
    pub fn points(
        &self,
        key: &'static str,
        within: RangeInclusive<f64>,
    ) -> Result<Vec<Breakpoint>, FieldError> {
        self.list(key, 10_000_000)?
            .iter()
            .map(|item| {
                let pair = match item.as_array().map(Vec::as_slice) {
                    Some([at, value]) => whole(at).zip(value.as_f64()),
                    _ => None,
                };
                pair.filter(|(at, value)| {
                    at.unsigned_abs() <= FURTHEST.unsigned_abs() && within.contains(value)
                })
                .map(Breakpoint::from)
                .ok_or_else(|| FieldError {
                    place: self.place.to_string(),
                    field: key,
                    wanted: format!(
                        "a list of [sample, value from {} to {}]",
                        within.start(),
                        within.end()
                    ),
                    got: format!("one with {}", shown(item)),
                })
            })
            .collect()
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        let fits = number.fract() == 0.0 && number.abs() <= FURTHEST as f64;
        fits.then_some(number as i64)
    })
}

fn shown(value: &Value) -> String {
    text::fit(&value.to_string(), 60)
}

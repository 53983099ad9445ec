//! The words of a range and a tail, as samples. Refuses what names no stretch of the timeline.

use crate::error::{Error, ErrorKind};
use crate::model::text::{clean, fit, nearest};
use crate::model::{Marker, Range, Session};

/// Longest tail: an hour.
const LONGEST_TAIL_SECONDS: f64 = 3600.0;

/// Why words are no range.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    #[error("the session has a length of zero: there is nothing to print")]
    EmptySession,
    #[error("nothing tells how long the session is, so the range 'session' is not known")]
    UnknownLength,
    #[error("nothing is selected on the timeline")]
    NoSelection,
    #[error("there is no marker '{name}'")]
    NoMarker {
        name: String,
        nearest: Option<String>,
    },
    #[error("marker '{0}' is a point, not a stretch")]
    Point(String),
    #[error("'{text}' is not a range{why}")]
    Shape { text: String, why: String },
    #[error("the range '{0}' is empty: its end does not lie after its start")]
    Empty(String),
    #[error("'{0}' is not a tail like 2s, 500ms or 48000 (samples)")]
    Tail(String),
}

impl From<RangeError> for Error {
    fn from(error: RangeError) -> Self {
        let hint = match &error {
            RangeError::EmptySession => "put clips into the session, or give a range",
            RangeError::UnknownLength | RangeError::NoSelection => {
                "give a range: IN..OUT in timecode or samples, or marker:A..marker:B"
            }
            RangeError::NoMarker {
                nearest: Some(near),
                ..
            } => {
                return Self::new(ErrorKind::Recipe, error.to_string())
                    .hint(format!("did you mean '{}'?", fit(near, 60)));
            }
            RangeError::NoMarker { .. } => "see the session's markers",
            RangeError::Point(_) => "write marker:A..marker:B",
            RangeError::Shape { .. } => {
                "write session, selection, IN..OUT in timecode or samples, or marker:A..marker:B"
            }
            RangeError::Empty(_) => "put the end after the start",
            RangeError::Tail(_) => "write a tail of at most an hour",
        };
        Self::new(ErrorKind::Recipe, error.to_string()).hint(hint)
    }
}

/// Reads `session`, `selection`, `marker:NAME` (one with an end), or `IN..OUT` whose sides are
/// timecodes, samples or `marker:NAME`; two timecodes may stand with a dash between them. Never empty.
pub fn parse(words: &str, session: &Session) -> Result<Range, RangeError> {
    let words = words.trim();
    let range = match words {
        "session" | "" => whole(session)?,
        "selection" => session
            .selection
            .filter(|range| !range.is_empty())
            .ok_or(RangeError::NoSelection)?,
        _ => stretch(words, session)?,
    };
    if range.is_empty() {
        return Err(RangeError::Empty(fit(words, 80)));
    }
    Ok(range)
}

fn whole(session: &Session) -> Result<Range, RangeError> {
    if let Some(length) = session.content_length() {
        return Ok(Range::new(0, i64::try_from(length).unwrap_or(i64::MAX)));
    }
    let folder = session.folder.as_ref().ok_or(RangeError::UnknownLength)?;
    let clips = folder.arrangement.lanes.iter().flat_map(|lane| &lane.clips);
    match clips.map(|clip| clip.end()).max() {
        Some(end) if end > 0 => Ok(Range::new(0, end)),
        _ => Err(RangeError::EmptySession),
    }
}

fn stretch(words: &str, session: &Session) -> Result<Range, RangeError> {
    if let Some(name) = words.strip_prefix("marker:")
        && let Some(marker) = find(name, &session.markers)
    {
        return match marker.end {
            Some(end) if end > marker.start => Ok(Range::new(marker.start, end)),
            _ => Err(RangeError::Point(fit(name, 60))),
        };
    }
    // A marker's name may hold dots itself: the first cut whose sides both mean something counts.
    let mut first = None;
    for (at, dots) in words.match_indices("..") {
        let left = words.get(..at).unwrap_or_default();
        let right = words.get(at + dots.len()..).unwrap_or_default();
        match sides(left, right, session) {
            Ok(range) => return Ok(range),
            Err(error) => first = first.or(Some(error)),
        }
    }
    if first.is_none()
        && let Some((left, right)) = words.split_once('-')
        && [left, right].iter().all(|side| side.contains(':'))
    {
        return sides(left, right, session);
    }
    Err(first.unwrap_or_else(|| RangeError::Shape {
        text: fit(words, 80),
        why: String::new(),
    }))
}

fn sides(left: &str, right: &str, session: &Session) -> Result<Range, RangeError> {
    let start = side(left, session, None)?;
    Ok(Range::new(start, side(right, session, Some(start))?))
}

/// `after`: where the range starts that this ends.
fn side(text: &str, session: &Session, after: Option<i64>) -> Result<i64, RangeError> {
    let text = text.trim();
    if let Some(name) = text.strip_prefix("marker:") {
        return find(name, &session.markers)
            .map(|marker| marker.start)
            .ok_or_else(|| unknown(name, &session.markers));
    }
    session
        .info
        .ruler
        .parse_in(text, session.content_length(), after)
        .map_err(|error| RangeError::Shape {
            text: fit(text, 80),
            why: format!(": {error}"),
        })
}

/// By name as it is shown, else by number.
fn find<'a>(name: &str, markers: &'a [Marker]) -> Option<&'a Marker> {
    let wanted = clean(name.trim());
    let by_name = markers
        .iter()
        .find(|marker| clean(&marker.name).trim() == wanted);
    by_name.or_else(|| {
        let number: i32 = wanted.parse().ok()?;
        markers.iter().find(|marker| marker.number == number)
    })
}

fn unknown(name: &str, markers: &[Marker]) -> RangeError {
    let names = markers.iter().map(|marker| marker.name.as_str());
    RangeError::NoMarker {
        name: fit(name, 60),
        nearest: nearest(name, names).map(str::to_owned),
    }
}

/// Reads `2s`, `1.5s`, `500ms` or plain samples, rounded to the nearest sample.
pub fn tail(words: &str, sample_rate: u32) -> Result<u64, RangeError> {
    let wrong = || RangeError::Tail(fit(words, 40));
    let rate = f64::from(sample_rate);
    let text = words.trim();
    let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => (millis, rate / 1000.0),
        (None, Some(seconds)) => (seconds, rate),
        (None, None) => (text, 1.0),
    };
    let number = number.trim();
    let plain = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let samples = number.parse::<f64>().map_err(|_| wrong())? * scale;
    if !plain || (scale == 1.0 && samples.fract() != 0.0) || samples > LONGEST_TAIL_SECONDS * rate {
        return Err(wrong());
    }
    Ok(samples.round() as u64)
}

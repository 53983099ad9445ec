//! Memory locations.

use serde::{Deserialize, Serialize};

/// A marker, or a stored selection when it has an end. Times are samples from the session start.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marker {
    pub number: i32,
    pub name: String,
    pub start: i64,
    #[serde(default)]
    pub end: Option<i64>,
    #[serde(default)]
    pub comments: String,
    /// The track it belongs to; `None` is the main ruler.
    #[serde(default)]
    pub track: Option<String>,
    /// Place in Pro Tools' palette, from 1; 0 is none.
    #[serde(default)]
    pub color: i32,
    /// The named marker ruler it stands on, where it is neither a track nor the main one.
    #[serde(default)]
    pub ruler: Option<String>,
    /// Whether it keeps its bar and beat rather than its sample.
    #[serde(default)]
    pub follows_bars: bool,
}

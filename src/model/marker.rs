//! Memory locations.

use serde::{Deserialize, Serialize};

/// A marker, or a stored selection when it has an end. Times are samples from the session start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

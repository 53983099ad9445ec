//! `session.json` as it is written.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionFile {
    pub version: u32,
    pub name: String,
    pub rate: u32,
    pub bits: u32,
    /// Samples.
    pub length: i64,
    pub start_timecode: String,
    pub timecode_rate: String,
    pub markers: Vec<MarkerFile>,
    pub ignore: Vec<String>,
    pub stems: Vec<StemFile>,
    pub tracks: Vec<TrackFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkerFile {
    pub number: u32,
    pub name: String,
    pub start: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comments: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StemFile {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub channels: u16,
    pub gain_db: f64,
    pub tracks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackFile {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub format: &'static str,
    pub channels: u16,
    pub color: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    pub mute: bool,
    pub hidden: bool,
    pub inactive: bool,
    pub comments: String,
    pub volume_db: f64,
    pub pan: Option<f64>,
    pub volume_points: Vec<(i64, f64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pan_points: Vec<(i64, f64)>,
    pub clips: Vec<ClipFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClipFile {
    pub file: String,
    pub start: i64,
    pub offset: i64,
    pub length: i64,
    pub gain_db: f64,
    pub fade_in: i64,
    pub fade_in_shape: &'static str,
    pub fade_out: i64,
    pub fade_out_shape: &'static str,
    pub mute: bool,
}

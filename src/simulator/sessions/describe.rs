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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub busses: Vec<String>,
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
    #[serde(flatten)]
    pub wiring: WiringFile,
    pub clips: Vec<ClipFile>,
}

/// Where a track's sound goes and what happens to it there; nothing by default.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct WiringFile {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub solo_safe: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<SendFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverb: Option<ReverbFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limiter: Option<LimiterFile>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vcas: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SendFile {
    pub bus: &'static str,
    pub level_db: f64,
    pub pre_fader: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReverbFile {
    pub seconds: f64,
    pub pre_delay_ms: f64,
    pub damp_hz: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimiterFile {
    pub gain_db: f64,
    pub ceiling_db: f64,
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

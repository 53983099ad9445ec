//! The shapes of `app::shape` as the description of the interface (OpenAPI) tells them. Never built:
//! the values come from there.

use utoipa::ToSchema;

/// The open session.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct SessionBody {
    session_name: String,
    /// As Pro Tools says it.
    session_path: String,
    /// Identities as Pro Tools says them; empty where it has none.
    origin_id: String,
    instance_id: String,
    /// Hz.
    sample_rate: u32,
    /// 16, 24, or 32 for float.
    bit_depth: u16,
    audio_format: String,
    is_interleaved: bool,
    /// `23.976`, `24`, `25`, `29.97`, `29.97 df` …
    timecode_rate: String,
    start_timecode: String,
    /// Seconds; null where only a range tells where the music ends.
    duration: Option<f64>,
    track_count: u64,
    marker_count: u64,
    is_playing: bool,
    is_recording: bool,
    transport_state: TransportWord,
    selection: Option<SelectionBody>,
    markers: Vec<MarkerBody>,
}

/// What the transport does.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code)]
pub enum TransportWord {
    Stopped,
    Playing,
    Recording,
    Paused,
}

/// The selection in the timeline.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct SelectionBody {
    /// Timecode.
    r#in: String,
    out: String,
    /// Samples from the session start.
    in_samples: i64,
    out_samples: i64,
}

/// A memory location.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct MarkerBody {
    number: u32,
    name: String,
    timecode: String,
    /// Seconds from the session start.
    position: f64,
}

/// One track.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct TrackBody {
    name: String,
    id: String,
    /// Place in the session, from 0.
    index: u64,
    /// `audio`, `midi`, `aux`, `instrument`, `master`, `vca`, `folder`, `routing_folder`, `video` …
    r#type: String,
    /// `mono`, `stereo`, `5.1` …; null where Pro Tools does not say.
    format: Option<String>,
    /// `#rrggbb`; null without a colour.
    color: Option<String>,
    /// The folder that it lies in.
    folder: Option<String>,
    is_muted: bool,
    is_soloed: bool,
    is_solo_safe: bool,
    is_record_enabled: bool,
    is_input_monitoring: bool,
    is_hidden: bool,
    is_inactive: bool,
    /// dB; null where Pro Tools does not say.
    volume: Option<f64>,
    /// -100 left to 100 right; null where Pro Tools does not say.
    pan: Option<f64>,
    comments: Option<String>,
    /// The stem that the plan puts it in.
    stem: Option<String>,
}

/// The tracks of the session.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct TracksBody {
    success: bool,
    message: String,
    timestamp: String,
    tracks: Vec<TrackBody>,
    total_count: u64,
}

/// Transport state and position.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct TransportBody {
    state: TransportWord,
    /// Seconds from the session start.
    position: f64,
    timecode: String,
    /// Pro Tools tells no running position: while it plays it is counted from the last known place.
    position_is_estimate: bool,
    is_playing: bool,
    is_recording: bool,
    is_record_armed: bool,
    /// Pro Tools does not tell it.
    tempo: Option<f64>,
}

/// Container of a printed file.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)]
pub enum FormatWord {
    Wav,
    Aiff,
    Flac,
    Mp3,
    M4a,
    Mxf,
    Adm,
}

/// What to do about a file that is there already.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)]
pub enum ExistingWord {
    Refuse,
    Version,
    Replace,
}

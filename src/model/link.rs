//! What the connection tells: its phase, the session's facts, answers to requests.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Marker, Range, SessionInfo, Track, Transport, session::SessionFolder};
use crate::error::ErrorKind;

/// Number of a request to the link, chosen by whoever asks; its answer carries it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct RequestId(pub u64);

/// A failure as data: what, why, what to do. Cleaned of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub kind: ErrorKind,
    pub message: String,
    pub hints: Vec<String>,
}

impl From<crate::error::Error> for Fault {
    fn from(error: crate::error::Error) -> Self {
        Self {
            kind: error.kind,
            message: super::text::clean(&error.chain()).into_owned(),
            hints: error.hints,
        }
    }
}

impl From<Fault> for crate::error::Error {
    fn from(fault: Fault) -> Self {
        let error = Self::new(fault.kind, fault.message);
        fault.hints.into_iter().fold(error, Self::hint)
    }
}

/// Where the connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LinkPhase {
    /// Not connected, and not trying.
    #[default]
    Offline,
    Connecting,
    /// Lost or refused; tries again at `retry_at_us` (monotonic microseconds, see `Now`).
    Waiting {
        retry_at_us: u64,
        reason: Fault,
    },
    /// Registered, no session open; or, where the answer does not tell them apart, a dialog that
    /// was up before anything was seen.
    NoSession {
        may_be_dialog: bool,
    },
    /// Registered, session read.
    Linked,
    /// Connected, but the server has not answered since `since_us`; what is shown is old.
    Stale {
        since_us: u64,
    },
    /// Every session command is refused since `since_us`, and nothing told that the session was
    /// closed: a dialog is up, most likely.
    Blocked {
        since_us: u64,
    },
}

/// The server at the other end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerInfo {
    /// PTSL version, such as `2025.10`.
    pub ptsl_version: String,
    /// Whether the server offers events (since 2025.6).
    pub has_events: bool,
}

/// Whether a long command gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    #[default]
    Running,
    /// Nothing has moved for long: Pro Tools may be showing a dialog.
    Quiet,
    /// The server says that it waits for somebody.
    Dialog,
}

/// A long command that holds Pro Tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// PTSL's name of it.
    pub command: String,
    /// Monotonic microseconds, see `Now`.
    pub since_us: u64,
    /// How long it should take, where that is known.
    pub expected_us: Option<u64>,
    /// Percent as told; many versions say 0 to the end.
    pub progress: u8,
    pub hold: Hold,
}

/// What the link reports. Lists are whole: the newest replaces the one before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum LinkEvent {
    Phase(LinkPhase),
    Server(ServerInfo),
    /// Another session, or none, is open now. The other lists follow.
    Session(Option<Box<SessionInfo>>),
    /// The session's folder, when it can be read from here.
    Folder(Option<Arc<SessionFolder>>),
    /// Shared: there may be thousands, and every view has them.
    Tracks(Arc<Vec<Track>>),
    Markers(Vec<Marker>),
    Transport(Transport),
    Selection(Option<Range>),
    /// The long command that holds Pro Tools, or that there is none any more.
    Work(Option<Work>),
    /// Round trip of a cheap call, microseconds.
    RoundTrip(u64),
    /// The answer to a request: JSON text where the command has a body.
    Answer {
        id: RequestId,
        outcome: Result<Option<String>, Fault>,
    },
    /// Something that deserves a line in the log.
    Notice(Fault),
}

impl LinkEvent {
    /// Moves every monotonic moment in it by `by_us` microseconds: another process counts from
    /// another start.
    pub fn shift(&mut self, by_us: i64) {
        match self {
            Self::Phase(LinkPhase::Waiting {
                retry_at_us: at, ..
            })
            | Self::Phase(
                LinkPhase::Stale { since_us: at } | LinkPhase::Blocked { since_us: at },
            )
            | Self::Work(Some(Work { since_us: at, .. })) => *at = at.saturating_add_signed(by_us),
            Self::Transport(Transport {
                since: Some(since), ..
            }) => since.mono_us = since.mono_us.saturating_add_signed(by_us),
            _ => {}
        }
    }
}

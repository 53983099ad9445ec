//! What the application may ask of the link, as plain data. Pure.

use serde::{Deserialize, Serialize};

use crate::model::track::TrackFlag;
use crate::model::{Range, link::RequestId};

/// One thing to be done by Pro Tools.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// By name; refused when a name stands for several tracks.
    SetFlag {
        flag: TrackFlag,
        tracks: Vec<String>,
        on: bool,
    },
    Play,
    Stop,
    TogglePlay,
    Record,
    /// Play start to a session sample.
    Locate(i64),
    SetSelection(Range),
    OpenSession(String),
    SaveSession,
    CloseSession {
        save: bool,
    },
    /// Any command by name; the answer's body comes back as it is.
    Call {
        command: String,
        body: String,
    },
}

/// What is sent to the link actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LinkCommand {
    /// Connects, to another address if given; also "try now" while waiting.
    Connect {
        host: Option<String>,
        port: Option<u16>,
    },
    Disconnect,
    /// Reads everything again.
    Refresh,
    Request {
        id: RequestId,
        request: Request,
    },
}

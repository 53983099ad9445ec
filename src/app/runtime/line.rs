//! How two instances talk: JSON, one object a line, over a loopback connection. The guest opens with a
//! token; after the welcome news go one way and wishes ([`Ask`](crate::app::wire::Ask)) the other.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::codec::{Framed, LinesCodec};

use crate::app::wire::News;
use crate::telemetry::calls::Call;

/// Bytes of a line at most: the tracks of a large session, a plan with all its names.
const LONGEST: usize = 64 << 20;
/// Before the token was seen.
const LONGEST_GREETING: usize = 1024;
/// How long either side may take to say who it is.
pub(super) const GREETING: Duration = Duration::from_secs(2);
/// Time between two signs of life of the host.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(2);
/// Silence after which a host counts as gone: ended, or suspended.
pub(super) const PATIENCE: Duration = Duration::from_secs(7);

/// What a guest says first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub token: String,
    pub version: String,
    pub pid: u32,
}

/// What a host answers to the right token.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Welcome {
    pub pid: u32,
    /// The host's monotonic clock, microseconds.
    pub mono_us: u64,
}

/// What a host says after that.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum HostLine {
    News(Box<News>),
    /// A command of Pro Tools is over.
    Called(Call),
    Alive,
    /// The last line: why the connection ends.
    Bye(String),
}

/// One side of the conversation.
#[derive(Debug)]
pub(super) struct Line {
    framed: Framed<TcpStream, LinesCodec>,
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Small messages, each wanted at once.
        let _ = stream.set_nodelay(true);
        Self {
            framed: Framed::new(stream, LinesCodec::new_with_max_length(LONGEST_GREETING)),
        }
    }

    /// The other side is known now.
    pub(super) fn trust(&mut self) {
        *self.framed.codec_mut() = LinesCodec::new_with_max_length(LONGEST);
    }

    pub(super) async fn send(&mut self, message: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(message)?;
        match timeout(PATIENCE, self.framed.send(text)).await {
            Ok(sent) => sent.map_err(io::Error::other),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// The next message; `None` at the end. Safe to be cancelled.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some(line) = self.framed.next().await else {
            return Ok(None);
        };
        let line = line.map_err(io::Error::other)?;
        serde_json::from_str(&line)
            .map(Some)
            .map_err(io::Error::from)
    }
}

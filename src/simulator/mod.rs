//! A Pro Tools to talk to: a pure world behind a gRPC server, with sessions and faults.

pub mod faults;
pub mod serve;
pub mod sessions;
pub mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// What the simulator opens and how it behaves.
#[derive(Clone)]
pub struct Options {
    pub session: SessionChoice,
    /// Where it listens; several for IPv4 and IPv6. Port 0 picks a free one.
    pub bind: Vec<SocketAddr>,
    pub faults: faults::Faults,
    /// Folder of its own for the world's copies, the demo's audio and the like.
    pub state_dir: PathBuf,
    pub clock: Arc<dyn Clock>,
}

/// Which session is open at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionChoice {
    /// A built-in session by name; `demo` is the first.
    Demo(String),
    /// A session folder or plain folder. Never written to.
    Open(PathBuf),
    None,
}

/// A running simulator.
#[derive(Debug)]
pub struct Simulator {
    addresses: Vec<SocketAddr>,
}

impl Simulator {
    /// Reads or makes the session, binds, and serves until `stop` is cancelled.
    pub async fn start(_options: Options, _stop: CancellationToken) -> Result<Self> {
        Err(Error::new(ErrorKind::Internal, "no simulator"))
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Resolves when it has ended.
    pub async fn closed(self) {}
}

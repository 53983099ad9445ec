//! What a command does outside the world: reading and writing files, rendering. Runs in a blocking
//! thread while the queue waits, and hands back a change of the world and the answer's body.

use std::io;

use tokio_util::sync::CancellationToken;

use crate::ptsl::wire::CommandErrorType as Kind;

use super::answer::Body;
use super::world::{Failure, Outcome, World};

type Run = dyn FnOnce(&CancellationToken) -> Outcome<Change> + Send;

/// Blocking work.
pub struct Work(Box<Run>);

/// What the work changes in the world; gives the answer's body.
pub struct Change(Box<dyn FnOnce(&mut World) -> Body + Send>);

impl Work {
    pub fn new(run: impl FnOnce(&CancellationToken) -> Outcome<Change> + Send + 'static) -> Self {
        Self(Box::new(run))
    }

    /// Does it. Long work gives up once `stop` is cancelled.
    pub fn run(self, stop: &CancellationToken) -> Outcome<Change> {
        (self.0)(stop)
    }
}

impl Change {
    pub fn new(change: impl FnOnce(&mut World) -> Body + Send + 'static) -> Self {
        Self(Box::new(change))
    }

    /// Nothing changes; this is the answer.
    pub fn none(body: Body) -> Self {
        Self::new(move |_| body)
    }

    pub fn apply(self, world: &mut World) -> Body {
        (self.0)(world)
    }
}

/// A refusal of the file system in PTSL's terms.
pub fn refused(what: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Kind::OsDiskSpace
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Kind::OsWritePermissions
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Kind::OsNoLocationFound,
        io::ErrorKind::AlreadyExists => Kind::OsDuplicateName,
        io::ErrorKind::InvalidFilename => Kind::OsIllegalCharacters,
        _ => Kind::OsErrorCode,
    };
    Failure::new(kind, format!("{what}: {error}."))
}

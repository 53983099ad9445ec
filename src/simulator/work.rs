//! What a command does outside the world: reading and writing files, rendering. Runs in a blocking
//! thread while the queue waits, and hands back a change of the world and the answer's body.

use std::io;
use std::path::PathBuf;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::media::MediaError;
use crate::ptsl::wire::{CommandErrorType as Kind, TaskStatus};

use super::answer::Body;
use super::world::{Failure, Outcome, World};

type Run = dyn FnOnce(&CancellationToken, &Progress) -> Outcome<Change> + Send;

/// Blocking work.
pub struct Work(Box<Run>);

/// What the work changes in the world; gives the answer's body.
pub struct Change {
    change: Box<dyn FnOnce(&mut World) -> Body + Send>,
    files: Vec<PathBuf>,
}

/// Where work tells how far it is: the stream and GetTaskStatus show it.
#[derive(Debug, Clone, Default)]
pub struct Progress(pub watch::Sender<(TaskStatus, i32)>);

impl Progress {
    /// `done` of `total` of anything.
    pub fn at(&self, done: u64, total: u64) {
        let percent = i32::try_from(done.saturating_mul(100) / total.max(1)).unwrap_or(100);
        self.0.send_if_modified(|state| {
            let new = (TaskStatus::InProgress, percent.clamp(0, 99));
            let is_new = *state != new;
            *state = new;
            is_new
        });
    }
}

impl Work {
    pub fn new(run: impl FnOnce(&CancellationToken) -> Outcome<Change> + Send + 'static) -> Self {
        Self(Box::new(|stop, _| run(stop)))
    }

    /// Work that tells how far it is.
    pub fn reporting(
        run: impl FnOnce(&CancellationToken, &Progress) -> Outcome<Change> + Send + 'static,
    ) -> Self {
        Self(Box::new(run))
    }

    /// Does it. Long work gives up once `stop` is cancelled.
    pub fn run(self, stop: &CancellationToken, progress: &Progress) -> Outcome<Change> {
        (self.0)(stop, progress)
    }
}

impl Change {
    pub fn new(change: impl FnOnce(&mut World) -> Body + Send + 'static) -> Self {
        Self {
            change: Box::new(change),
            files: Vec::new(),
        }
    }

    /// Nothing changes; this is the answer.
    pub fn none(body: Body) -> Self {
        Self::new(move |_| body)
    }

    /// Names the audio files that were written, for whatever may befall them.
    #[must_use]
    pub fn wrote(mut self, files: Vec<PathBuf>) -> Self {
        self.files = files;
        self
    }

    /// Audio files that were written.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub fn apply(self, world: &mut World) -> Body {
        (self.change)(world)
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

/// An error of an audio file in PTSL's terms; `what` could not be done where writing failed.
pub fn media_refused(what: &str, error: &MediaError) -> Failure {
    match error {
        MediaError::Write { source, .. } => refused(what, source),
        MediaError::Missing { .. } => Failure::new(Kind::PtFileNotFound, format!("{error}.")),
        error => Failure::new(Kind::OsReadError, format!("{error}.")),
    }
}

//! What can go wrong between us and Pro Tools, and what a user can do about it.

use std::time::Duration;

use super::wire::CommandErrorType;
use crate::error::{Error, ErrorKind};

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PtslError {
    #[error("nothing answers at {address}: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("what answers at {address} is not Pro Tools: {reason}")]
    NotPtsl { address: String, reason: String },
    #[error("{command} got no answer within {} s", after.as_secs_f32())]
    Timeout { command: String, after: Duration },
    #[error("Pro Tools refused {command}: {message} ({kind})")]
    Refused {
        command: String,
        /// Name of the error type, `PT_…`.
        kind: String,
        code: i32,
        message: String,
    },
    #[error("{command} was answered in a way that this program cannot read: {reason}")]
    Unreadable { command: String, reason: String },
    #[error("there is no PTSL command '{0}'")]
    UnknownCommand(String),
    /// Found before anything was sent.
    #[error("{command} cannot be asked for that: {reason}")]
    BadArgument { command: String, reason: String },
    #[error("'{name}' stands for {count} tracks, and Pro Tools would change all of them")]
    Ambiguous { name: String, count: usize },
}

impl PtslError {
    /// Whether the server refused with this type of error.
    pub fn is(&self, kind: CommandErrorType) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == kind as i32)
    }

    pub fn is_no_session(&self) -> bool {
        self.is(CommandErrorType::PtNoOpenedSession)
    }

    /// Whether the connection itself is gone.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether nobody knows if the command was, or will be, carried out.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Timeout { .. }) || self.is(CommandErrorType::PtCommandTimeout)
    }

    /// Whether Pro Tools may carry out later what this error is about.
    pub fn may_still_happen(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Unreachable { .. })
            || self.is(CommandErrorType::PtCommandTimeout)
    }

    /// What the server says, in small letters.
    fn message(&self) -> String {
        match self {
            Self::Refused { message, .. } => message.to_lowercase(),
            _ => String::new(),
        }
    }

    fn is_changing(&self) -> bool {
        self.is_no_session() && self.message().contains("already changing")
    }

    /// Whether it says in plain words that no session is open.
    pub fn says_none_open(&self) -> bool {
        self.is_no_session() && self.message().contains("no open session")
    }

    /// Whether it says "no session" in the words for a dialog or for a session that changes.
    pub fn says_unable(&self) -> bool {
        self.is_changing() || self.is_no_session() && self.message().contains("unable to complete")
    }

    /// Whether the server was too busy and took nothing.
    pub fn is_busy(&self) -> bool {
        self.is(CommandErrorType::PtHostIsBusy) || self.is_changing()
    }

    /// Whether the server no longer knows us, as after its restart.
    pub fn is_unregistered(&self) -> bool {
        self.is(CommandErrorType::SdkSessionIdParseError) || self.is(CommandErrorType::PtForbidden)
    }

    /// Whether this server lacks the command.
    pub fn is_unsupported(&self) -> bool {
        self.is(CommandErrorType::PtUnsupportedCommand)
            || self.is(CommandErrorType::SdkNotImplemented)
    }
}

impl From<PtslError> for Error {
    fn from(error: PtslError) -> Self {
        let text = error.to_string();
        match &error {
            PtslError::Unreachable { .. } => Error::new(ErrorKind::NotConnected, text)
                .hint("Start Pro Tools, or look at the simulator with --demo")
                .hint("Pro Tools listens on its own machine only: from another one use ssh -L 31416:localhost:31416"),
            PtslError::NotPtsl { .. } => Error::new(ErrorKind::NotConnected, text)
                .hint("Check host and port: Pro Tools listens on 31416"),
            PtslError::Timeout { .. } => Error::new(ErrorKind::Late, text)
                .hint("Pro Tools may be showing a dialog: look at its screen"),
            PtslError::Refused { .. } if error.is_no_session() => {
                Error::new(ErrorKind::NoSession, "Pro Tools has no session open")
                    .hint("Open a session in Pro Tools; while a dialog is up it answers the same")
            }
            PtslError::Refused { .. } if error.is(CommandErrorType::PtHostNotReady) => {
                Error::new(ErrorKind::NotConnected, "Pro Tools is still starting")
                    .hint("Wait until its windows are open")
            }
            PtslError::Refused { .. } if error.is_unsupported() => {
                Error::new(ErrorKind::Refused, text)
                    .hint("This version of Pro Tools does not have that command")
            }
            PtslError::Refused { .. } => Error::new(ErrorKind::Refused, text),
            PtslError::Ambiguous { .. } => Error::new(ErrorKind::Refused, text)
                .hint("Give each of these tracks a name of its own"),
            PtslError::Unreadable { .. } => Error::new(ErrorKind::Refused, text),
            PtslError::UnknownCommand(_) => Error::new(ErrorKind::Usage, text),
            PtslError::BadArgument { .. } => Error::new(ErrorKind::Usage, text),
        }
    }
}

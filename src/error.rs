//! The one error that reaches a user: what happened, why, what to do. Its kind decides the exit code.
//!
//! Modules with their own failure modes keep a typed error (`thiserror`) and turn it into this one
//! at their border.

use std::fmt;

/// What sort of thing went wrong; see [`ErrorKind::exit_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The command line, a REST request or an action's arguments make no sense.
    Usage,
    /// A configuration file, keymap or theme is wrong.
    Config,
    /// A recipe is wrong, or a plan made from it has errors.
    Recipe,
    /// No Pro Tools answers, or what answers is not one.
    NotConnected,
    /// Pro Tools is there, and has not answered in time.
    Late,
    /// Pro Tools answered a command with an error.
    Refused,
    /// Pro Tools has no session open.
    NoSession,
    /// A job failed.
    Job,
    /// A check found something wrong.
    Check,
    /// A session, audio or manifest file is missing, damaged or of an unknown kind.
    Media,
    /// The disk or the file system refused.
    Storage,
    /// Stopped by the user or a signal.
    Interrupted,
    /// A fault of this program.
    Internal,
}

impl ErrorKind {
    /// The exit code of the command line: 1 job or check, 2 usage, configuration or recipe,
    /// 3 not connected, 4 refused by Pro Tools, 5 no session, 130 interrupted.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage | Self::Config | Self::Recipe => 2,
            Self::NotConnected | Self::Late => 3,
            Self::Refused => 4,
            Self::NoSession => 5,
            Self::Interrupted => 130,
            Self::Job | Self::Check | Self::Media | Self::Storage | Self::Internal => 1,
        }
    }
}

/// What happened (`message`), why (`source`), what to do (`hints`).
#[derive(Debug)]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    pub hints: Vec<String>,
}

/// Result with the surface error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A new error; `message` is one sentence without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            hints: Vec::new(),
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds something that the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Message and causes, each once, joined by `: `.
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut next: Option<&(dyn std::error::Error + 'static)> = self
            .source
            .as_deref()
            .map(|s| s as &(dyn std::error::Error + 'static));
        while let Some(source) = next {
            let cause = source.to_string();
            if !text.contains(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
            next = source.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_deref()
            .map(|s| s as &(dyn std::error::Error + 'static))
    }
}

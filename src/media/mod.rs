//! Files to samples and back: decoding through symphonia, writing WAV, probing.

pub mod decode;
pub mod encode;
pub mod probe;

use std::path::PathBuf;

/// Why an audio file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("'{}' is missing", path.display())]
    Missing { path: PathBuf },
    #[error("'{}' cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("'{}' is damaged at frame {frame}: {reason}", path.display())]
    Damaged {
        path: PathBuf,
        frame: u64,
        reason: String,
    },
    #[error("'{}' cannot be written: {source}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl From<MediaError> for crate::error::Error {
    fn from(error: MediaError) -> Self {
        let kind = match &error {
            MediaError::Write { .. } => crate::error::ErrorKind::Storage,
            _ => crate::error::ErrorKind::Media,
        };
        let text = error.to_string();
        crate::error::Error::new(kind, text)
    }
}

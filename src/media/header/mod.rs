//! The headers of uncompressed files, read by ourselves: where the samples lie, how many are really
//! there, and whether the file ended as it should. What is coded is left to symphonia.

mod aiff;
mod caf;
mod wave;
mod wave64;

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use super::info::Ending;
use super::plain::Coding;

pub use aiff::chunks as aiff_chunks;
pub use wave::chunks as wave_chunks;

/// Chunks looked at before giving up: real files have a few dozen.
const CHUNK_LIMIT: usize = 4096;

/// What a header says, checked against the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `None` for a coding that is not uncompressed.
    pub coding: Option<Coding>,
    pub channels: u16,
    /// Of WAVE_FORMAT_EXTENSIBLE, else 0.
    pub mask: u32,
    pub sample_rate: u32,
    /// Byte offset of the first sample.
    pub data_start: u64,
    /// Whole frames that are really there.
    pub frames: u64,
    pub ending: Ending,
    /// TimeReference of the `bext` chunk.
    pub time_reference: Option<u64>,
}

/// Why a header is of no use.
#[derive(Debug)]
pub enum Fault {
    Io(io::Error),
    Header(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Header(reason.to_owned())
    }
}

/// How Matroska begins (.mka, .mkv, .webm).
const MATROSKA: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];

/// Reads the header of WAV (RIFF, RF64, BW64), Wave64, AIFF, AIFC and CAF. `Ok(None)` for anything
/// else but Matroska: symphonia would find a FLAC stream inside it and fail at its first packet.
pub fn read(file: &mut File) -> Result<Option<Header>, Fault> {
    let mut first = Vec::new();
    file.take(4).read_to_end(&mut first)?;
    file.rewind()?;
    if first == MATROSKA {
        return Err("it is Matroska, which is not read: convert it to WAV or FLAC".into());
    }
    for reader in [wave::read, aiff::read, caf::read, wave64::read] {
        if let Some(header) = reader(file)? {
            return Ok(Some(header));
        }
    }
    Ok(None)
}

/// A part of a RIFF or FORM file, whole or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    pub id: [u8; 4],
    /// Byte offset of what follows its size.
    pub body: u64,
    /// As it says itself.
    pub length: u64,
}

/// What a format chunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    coding: Option<Coding>,
    channels: u16,
    mask: u32,
    sample_rate: u32,
}

impl Format {
    /// Refuses what no file can mean.
    fn checked(self) -> Result<Self, Fault> {
        match self {
            Self { channels: 0, .. } => Err("its header says 0 channels".into()),
            Self { sample_rate: 0, .. } => Err("its header says 0 Hz".into()),
            sound => Ok(sound),
        }
    }

    /// Bytes of a frame; 1 for what is coded.
    fn stride(self) -> u64 {
        let sample = self.coding.map_or(1, Coding::bytes);
        let sample = u64::try_from(sample).unwrap_or(1);
        match self.coding {
            Some(_) => sample * u64::from(self.channels),
            None => 1,
        }
    }
}

/// Where the samples lie, cut to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Data {
    start: u64,
    bytes: u64,
    ending: Ending,
}

impl Data {
    /// `promised` is what the header says, `None` where it leaves that open.
    fn within(size: u64, start: u64, promised: Option<u64>, open: Ending) -> Self {
        let there = size.saturating_sub(start);
        let ending = match promised {
            Some(bytes) if bytes > there => Ending::Cut,
            Some(_) => Ending::Whole,
            None => open,
        };
        Self {
            start,
            bytes: promised.unwrap_or(there).min(there),
            ending,
        }
    }

    fn header(self, format: Format, time_reference: Option<u64>) -> Header {
        Header {
            coding: format.coding,
            channels: format.channels,
            mask: format.mask,
            sample_rate: format.sample_rate,
            data_start: self.start,
            frames: self.bytes / format.stride().max(1),
            ending: self.ending,
            time_reference,
        }
    }
}

/// A rate that a header gives as a fraction, in whole Hz.
fn whole_rate(rate: f64) -> Result<u32, Fault> {
    let whole = rate.round();
    if !(1.0..=f64::from(u32::MAX)).contains(&whole) {
        return Err(Fault::Header(format!("its header says {rate} Hz")));
    }
    Ok(whole as u32)
}

fn odd_bits(bits: impl std::fmt::Display) -> Fault {
    Fault::Header(format!(
        "its header says {bits} bits a sample, which is neither PCM nor float"
    ))
}

//! What stands before the samples of a file that is written here: one header a container, of the same
//! size whatever the file's length and levels, so that it can be written first and again at the end.

mod aiff;
mod riff;

use crate::audio::quantize::ByteOrder;
use crate::media::tags::Tags;
use crate::model::stem::{BitDepth, FileFormat};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteSpec {
    /// Hz.
    pub sample_rate: u32,
    pub channels: u16,
    pub bits: BitDepth,
    /// Frames from midnight to the first (`bext` TimeReference), when known. AIFF tells it with its tags only.
    pub time_reference: Option<u64>,
}

impl WriteSpec {
    /// Bytes of a frame.
    pub fn frame(&self) -> u64 {
        u64::from(self.channels) * u64::from(self.bits.bits() / 8)
    }

    /// Bytes of the samples.
    pub fn data(&self, frames: u64) -> u64 {
        frames.saturating_mul(self.frame())
    }
}

/// A container of uncompressed samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// RIFF, and RF64 from 4 GiB on.
    Wave,
    /// Integers only.
    Aiff,
}

impl Container {
    /// Of a format; what is no AIFF is written as WAV.
    pub fn of(format: FileFormat) -> Self {
        match format {
            FileFormat::Aiff => Self::Aiff,
            _ => Self::Wave,
        }
    }

    pub fn byte_order(self) -> ByteOrder {
        match self {
            Self::Wave => ByteOrder::Little,
            Self::Aiff => ByteOrder::Big,
        }
    }

    /// The most frames that a file holds.
    pub fn most_frames(self, spec: &WriteSpec) -> u64 {
        let most = match self {
            Self::Wave => i64::MAX.unsigned_abs() - riff::MOST,
            Self::Aiff => u64::from(u32::MAX) - aiff::MOST,
        };
        most / spec.frame().max(1)
    }

    /// The header of a file of `frames`, with what it says of itself.
    pub fn header(self, spec: &WriteSpec, tags: Option<&Tags>, frames: u64) -> Vec<u8> {
        match self {
            Self::Wave => riff::header(spec, tags, frames),
            Self::Aiff => aiff::header(spec, tags, frames),
        }
    }

    /// Why no such file exists.
    pub fn refusal(self, spec: &WriteSpec) -> Option<String> {
        let WriteSpec {
            sample_rate: rate,
            channels,
            ..
        } = spec;
        if *channels == 0 || *rate == 0 || spec.frame() > u64::from(u16::MAX) {
            return Some(format!("no file has {channels} channels at {rate} Hz"));
        }
        (self == Self::Aiff && spec.bits == BitDepth::Float32)
            .then(|| "plain AIFF holds integers only".to_owned())
    }
}

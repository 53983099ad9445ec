//! Writing AIFF: 16 and 24 bit integers, big endian, behind a header of one size. It has no place for a
//! timestamp. More than 4 GiB is refused, and so are floats, which only AIFF-C has.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::MediaError;
use super::encode::{WriteSpec, Written};
use crate::audio::quantize;
use crate::model::stem::BitDepth;

/// Bytes of the largest block that is gathered before it goes to the disk.
const BUFFER: usize = 1 << 18;

fn failed(path: &Path, source: io::Error) -> MediaError {
    MediaError::Write {
        path: path.to_owned(),
        source,
    }
}

/// An AIFF file being written.
pub struct Aiff {
    path: PathBuf,
    file: File,
    spec: WriteSpec,
    buffer: Vec<u8>,
    frames: u64,
    clipped: u64,
}

impl Aiff {
    /// Creates or empties `path`.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses, or for floats.
    pub fn create(path: &Path, spec: WriteSpec) -> Result<Self, MediaError> {
        if spec.bits == BitDepth::Float32 {
            let reason = "plain AIFF holds integers only";
            let error = io::Error::new(io::ErrorKind::InvalidInput, reason);
            return Err(failed(path, error));
        }
        let file = File::create(path).map_err(|source| failed(path, source))?;
        let mut aiff = Self {
            path: path.to_owned(),
            file,
            spec,
            buffer: Vec::new(),
            frames: 0,
            clipped: 0,
        };
        aiff.buffer = aiff.header();
        aiff.flush()?;
        Ok(aiff)
    }

    fn bytes(&self) -> u64 {
        let frame = u64::from(self.spec.channels) * u64::from(self.spec.bits.bits() / 8);
        self.frames.saturating_mul(frame)
    }

    /// FORM with COMM and the head of SSND.
    fn header(&self) -> Vec<u8> {
        let size = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
        let data = self.bytes();
        let mut out = b"FORM".to_vec();
        out.extend_from_slice(&size(46 + data + (data & 1)));
        out.extend_from_slice(b"AIFFCOMM");
        out.extend_from_slice(&size(18));
        out.extend_from_slice(&self.spec.channels.to_be_bytes());
        out.extend_from_slice(&size(self.frames));
        out.extend_from_slice(&self.spec.bits.bits().to_be_bytes());
        // An 80 bit float: exponent, then the bits from the highest one on.
        let rate = u64::from(self.spec.sample_rate.max(1));
        let shift = rate.leading_zeros();
        let exponent = u16::try_from(16_383 + 63 - shift).unwrap_or(0);
        out.extend_from_slice(&exponent.to_be_bytes());
        out.extend_from_slice(&(rate << shift).to_be_bytes());
        out.extend_from_slice(b"SSND");
        out.extend_from_slice(&size(8 + data));
        out.extend_from_slice(&[0; 8]);
        out
    }

    /// Appends interleaved samples: rounded to nearest even and clipped.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses or the file would grow beyond 4 GiB.
    pub fn write(&mut self, samples: &[f64]) -> Result<(), MediaError> {
        let channels = usize::from(self.spec.channels).max(1);
        self.frames += u64::try_from(samples.len() / channels).unwrap_or(0);
        if self.bytes() > u64::from(u32::MAX) - 64 {
            let reason = "an AIFF file ends at 4 GiB: print a shorter range";
            let error = io::Error::new(io::ErrorKind::FileTooLarge, reason);
            return Err(failed(&self.path, error));
        }
        let start = self.buffer.len();
        self.clipped += quantize::encode(samples, self.spec.bits, None, &mut self.buffer);
        let width = usize::from(self.spec.bits.bits() / 8).max(1);
        let fresh = self.buffer.get_mut(start..).unwrap_or_default();
        for sample in fresh.chunks_exact_mut(width) {
            sample.reverse();
        }
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the header's sizes, flushes to the disk.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses.
    pub fn finish(mut self) -> Result<Written, MediaError> {
        if self.bytes() & 1 == 1 {
            self.buffer.push(0);
        }
        self.flush()?;
        let header = self.header();
        let closing = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.write_all(&header))
            .and_then(|()| self.file.sync_all());
        closing.map_err(|source| failed(&self.path, source))?;
        let data = self.bytes();
        Ok(Written {
            frames: self.frames,
            bytes: u64::try_from(header.len()).unwrap_or(0) + data + (data & 1),
            clipped: self.clipped,
        })
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|source| failed(&self.path, source))
    }
}

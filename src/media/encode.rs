//! Writing WAV: 16, 24 bit integer and 32 bit float, streamed, to a file of the caller's choosing.
//!
//! Canonical headers: a 16 byte `fmt ` of tag 1 for integers, tag 3 with `fact` for floats, an
//! optional `bext` of version 1, a pad byte after odd data. More than 4 GiB is refused.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::MediaError;
use crate::audio::quantize::{self, Tpdf};
use crate::model::stem::{BitDepth, Dither};

/// Bytes gathered before they go to the disk.
const BUFFER: usize = 1024 * 1024;
/// `bext` without coding history (EBU Tech 3285).
const BEXT: usize = 602;

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

impl WriteSpec {
    fn frame(&self) -> u64 {
        u64::from(self.channels) * u64::from(self.bits.bits() / 8)
    }

    /// The most frames that a file of this format holds: its sizes are 32 bit.
    pub fn most_frames(&self) -> u64 {
        let header = u64::try_from(self.header(0).len()).unwrap_or(0);
        (u64::from(u32::MAX) - header) / self.frame().max(1)
    }

    /// The header of a file of `frames`, which fit.
    fn header(&self, frames: u64) -> Vec<u8> {
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        let data = frames.saturating_mul(self.frame());
        let float = self.bits == BitDepth::Float32;
        let mut body = b"WAVE".to_vec();
        if let Some(time) = self.time_reference {
            let mut bext = [0; BEXT];
            for (byte, value) in bext.iter_mut().skip(338).zip(time.to_le_bytes()) {
                *byte = value;
            }
            // Version 1, low byte first.
            if let Some(version) = bext.get_mut(346) {
                *version = 1;
            }
            chunk(&mut body, b"bext", &bext);
        }
        let mut format = Vec::with_capacity(16);
        format.extend_from_slice(&if float { 3_u16 } else { 1 }.to_le_bytes());
        format.extend_from_slice(&self.channels.to_le_bytes());
        format.extend_from_slice(&self.sample_rate.to_le_bytes());
        format.extend_from_slice(&small(u64::from(self.sample_rate) * self.frame()));
        let align = u16::try_from(self.frame()).unwrap_or(u16::MAX);
        format.extend_from_slice(&align.to_le_bytes());
        format.extend_from_slice(&self.bits.bits().to_le_bytes());
        chunk(&mut body, b"fmt ", &format);
        if float {
            chunk(&mut body, b"fact", &small(frames));
        }
        body.extend_from_slice(b"data");
        body.extend_from_slice(&small(data));
        let length = u64::try_from(body.len()).unwrap_or(0) + data + (data & 1);
        let mut header = b"RIFF".to_vec();
        header.extend_from_slice(&small(length));
        header.append(&mut body);
        header
    }
}

fn chunk(out: &mut Vec<u8>, id: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(id);
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(body);
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

/// A WAV file being written. Dropped without [`Writer::finish`] it leaves an unfinished file: its
/// header still has the sizes of an empty one.
pub struct Writer {
    path: PathBuf,
    file: File,
    spec: WriteSpec,
    dither: Option<Tpdf>,
    buffer: Vec<u8>,
    frames: u64,
    clipped: u64,
}

impl Writer {
    /// Creates or empties `path` (the caller's `.part` name).
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses, or when the format has no channels.
    pub fn create(path: &Path, spec: WriteSpec) -> Result<Self, MediaError> {
        let failed = |source| MediaError::Write {
            path: path.to_owned(),
            source,
        };
        if spec.channels == 0 || spec.sample_rate == 0 || spec.frame() > u64::from(u16::MAX) {
            let reason = format!(
                "no WAV has {} channels at {} Hz",
                spec.channels, spec.sample_rate
            );
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let mut writer = Self {
            path: path.to_owned(),
            file: File::create(path).map_err(failed)?,
            spec,
            dither: None,
            buffer: spec.header(0),
            frames: 0,
            clipped: 0,
        };
        // At once, so that a full or read-only disk is found before the work.
        writer.flush()?;
        Ok(writer)
    }

    /// Adds dither when rounding to integers; floats stay as they are.
    #[must_use]
    pub fn dithered(mut self, dither: Dither) -> Self {
        self.dither = (dither == Dither::Tpdf).then(|| Tpdf::new(u64::from(self.spec.sample_rate)));
        self
    }

    /// Appends interleaved samples: rounded to nearest even and clipped for integer formats,
    /// nearest float and never clipped for 32 bit. An incomplete last frame is left out.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses or the file would grow beyond 4 GiB.
    pub fn write(&mut self, interleaved: &[f64]) -> Result<(), MediaError> {
        let channels = usize::from(self.spec.channels);
        let (whole, most) = (interleaved.len() / channels, self.spec.most_frames());
        let frames = self
            .frames
            .saturating_add(u64::try_from(whole).unwrap_or(u64::MAX));
        if frames > most {
            let reason = format!(
                "a WAV file ends at 4 GiB, which is {most} frames of this format: print a shorter \
                 range or fewer bits"
            );
            return Err(self.failed(io::Error::new(io::ErrorKind::FileTooLarge, reason)));
        }
        self.frames = frames;
        let samples = interleaved.get(..whole * channels).unwrap_or(interleaved);
        // In parts, so that a caller's big block does not become a big buffer.
        for part in samples.chunks(BUFFER / 8) {
            let (bits, dither) = (self.spec.bits, self.dither.as_mut());
            self.clipped += quantize::encode(part, bits, dither, &mut self.buffer);
            if self.buffer.len() >= BUFFER {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes the header's sizes, flushes to the disk.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses.
    pub fn finish(mut self) -> Result<Written, MediaError> {
        let data = self.frames * self.spec.frame();
        if data & 1 == 1 {
            self.buffer.push(0);
        }
        self.flush()?;
        let header = self.spec.header(self.frames);
        let bytes = u64::try_from(header.len()).unwrap_or(0) + data + (data & 1);
        let closing = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.write_all(&header))
            .and_then(|()| self.file.sync_all());
        closing.map_err(|error| self.failed(error))?;
        Ok(Written {
            frames: self.frames,
            bytes,
            clipped: self.clipped,
        })
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> MediaError {
        MediaError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::decode::Reader;

    fn spec(bits: BitDepth, channels: u16) -> WriteSpec {
        WriteSpec {
            sample_rate: 48_000,
            channels,
            bits,
            time_reference: None,
        }
    }

    #[test]
    fn headers_are_canonical() {
        let header = spec(BitDepth::Int24, 1).header(3);
        let want = b"RIFF\x2e\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\x80\x32\x02\0\x03\0\x18\0data\x09\0\0\0";
        assert_eq!(header, want);
        let float = spec(BitDepth::Float32, 2).header(5);
        assert_eq!(float.get(20..22), Some(&[3, 0][..]));
        assert_eq!(float.get(36..48), Some(&b"fact\x04\0\0\0\x05\0\0\0"[..]));
    }

    #[test]
    fn odd_data_is_padded_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.wav");
        let mut writer = Writer::create(&path, spec(BitDepth::Int24, 1)).unwrap();
        writer.write(&[0.5, -0.25, 1.5]).unwrap();
        let written = writer.finish().unwrap();
        assert_eq!((written.frames, written.bytes, written.clipped), (3, 54, 1));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 54);
        let mut samples = [0.0; 4];
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!(reader.read(&mut samples).unwrap(), 3);
        assert_eq!(samples, [0.5, -0.25, 8_388_607.0 / 8_388_608.0, 0.0]);
    }

    #[test]
    fn the_timestamp_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stamped.wav");
        let mut spec = spec(BitDepth::Float32, 2);
        spec.time_reference = Some(172_800_000_123);
        let writer = Writer::create(&path, spec).unwrap();
        let written = writer.finish().unwrap();
        assert_eq!(written.bytes, std::fs::metadata(&path).unwrap().len());
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.info().time_reference, Some(172_800_000_123));
        assert_eq!(reader.info().frames, Some(0));
    }

    #[test]
    fn four_gibibytes_are_refused_before_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.wav");
        let mut writer = Writer::create(&path, spec(BitDepth::Float32, 2)).unwrap();
        writer.frames = writer.spec.most_frames();
        let error = writer.write(&[0.0, 0.0]).unwrap_err();
        let MediaError::Write { source, .. } = &error else {
            panic!("{error}");
        };
        assert!(source.to_string().contains("4 GiB"), "{source}");
        let header = writer.spec.header(writer.spec.most_frames());
        assert_ne!(header.get(4..8), Some(&[0xFF; 4][..]), "sizes fit");
    }

    #[test]
    fn a_file_that_was_never_finished_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("torn.wav");
        let mut writer = Writer::create(&path, spec(BitDepth::Int16, 1)).unwrap();
        writer.write(&vec![0.5; BUFFER]).unwrap();
        drop(writer);
        let frames = Reader::open(&path).unwrap().info().frames;
        assert_eq!(frames, Some(1_048_576));
    }

    #[test]
    fn an_unwritable_place_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/x.wav");
        let error = Writer::create(&path, spec(BitDepth::Int16, 1))
            .err()
            .unwrap();
        assert!(error.to_string().contains("x.wav"), "{error}");
    }
}

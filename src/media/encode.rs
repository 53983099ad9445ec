//! Writing uncompressed audio from the first sample to the last, to a file of the caller's choosing: 16,
//! 24 bit integer and 32 bit float.

use std::path::Path;

use super::MediaError;
use super::container::Container;
use super::place::Placed;
use crate::audio::quantize::{Quantizer, Tpdf};
use crate::model::stem::{Dither, FileFormat};

pub use super::container::WriteSpec;

/// Bytes gathered before they go to the disk.
const BUFFER: usize = 1024 * 1024;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub frames: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Samples beyond full scale that an integer format clipped.
    pub clipped: u64,
}

/// A file being written. Dropped without [`Writer::finish`] it leaves an unfinished file.
pub struct Writer {
    file: Placed,
    quantizer: Quantizer,
    buffer: Vec<u8>,
    room: Vec<f64>,
    /// Frames taken, and how many of them are in the file.
    frames: u64,
    flushed: u64,
    clipped: u64,
}

impl Writer {
    /// Creates or empties a WAV file.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses, or when the format has no channels.
    pub fn create(path: &Path, spec: WriteSpec) -> Result<Self, MediaError> {
        Self::create_as(path, spec, FileFormat::Wav)
    }

    /// Creates or empties a file. What is no AIFF is written as WAV.
    ///
    /// # Errors
    /// As [`Self::create`], and for floats in AIFF.
    pub fn create_as(path: &Path, spec: WriteSpec, format: FileFormat) -> Result<Self, MediaError> {
        let container = Container::of(format);
        Ok(Self {
            file: Placed::create(path, spec, container)?,
            quantizer: Quantizer {
                bits: spec.bits,
                order: container.byte_order(),
                noise: None,
            },
            buffer: Vec::new(),
            room: Vec::new(),
            frames: 0,
            flushed: 0,
            clipped: 0,
        })
    }

    /// Adds dither when rounding to integers; floats stay as they are.
    #[must_use]
    pub fn dithered(mut self, dither: Dither) -> Self {
        let seed = u64::from(self.file.spec().sample_rate);
        self.quantizer.noise = (dither == Dither::Tpdf).then(|| Tpdf::new(seed));
        self
    }

    /// Appends interleaved samples: rounded to nearest even and clipped for integer formats,
    /// nearest float and never clipped for 32 bit. An incomplete last frame is left out.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses or the file would be larger than its container
    /// can be.
    pub fn write(&mut self, interleaved: &[f64]) -> Result<(), MediaError> {
        let channels = usize::from(self.file.spec().channels);
        let whole = interleaved.len() / channels * channels;
        let samples = interleaved.get(..whole).unwrap_or(interleaved);
        // In parts, so that a caller's big block does not become a big buffer.
        for part in samples.chunks(BUFFER / 8 / channels * channels) {
            self.room.clear();
            self.room.extend_from_slice(part);
            let channels = u64::try_from(channels).unwrap_or(1);
            let at = self.frames.saturating_mul(channels);
            let quantized = self.quantizer.apply(at, &mut self.room, &mut self.buffer);
            self.clipped += quantized;
            self.frames += u64::try_from(part.len()).unwrap_or(0) / channels;
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
        self.flush()?;
        let bytes = self.file.close(self.frames)?;
        self.file.sync()?;
        Ok(Written {
            frames: self.frames,
            bytes,
            clipped: self.clipped,
        })
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        let put = self.file.put(self.flushed, &self.buffer);
        self.buffer.clear();
        self.flushed = self.frames;
        put
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::decode::Reader;
    use crate::model::stem::BitDepth;

    fn spec(bits: BitDepth, channels: u16) -> WriteSpec {
        WriteSpec {
            sample_rate: 48_000,
            channels,
            bits,
            time_reference: None,
        }
    }

    #[test]
    fn odd_data_is_padded_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.wav");
        let mut writer = Writer::create(&path, spec(BitDepth::Int24, 1)).unwrap();
        writer.write(&[0.5, -0.25, 1.5]).unwrap();
        let written = writer.finish().unwrap();
        assert_eq!((written.frames, written.bytes, written.clipped), (3, 90, 1));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 90);
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
    fn a_file_beyond_4_gib_is_rf64_and_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.wav");
        let spec = spec(BitDepth::Float32, 2);
        let file = Placed::create(&path, spec, Container::Wave).unwrap();
        // A hole: the file's system keeps only the end.
        let frames = (1 << 29) + 3;
        file.put(frames - 1, &[0, 0, 0, 0x3F, 0, 0, 0, 0xBF])
            .unwrap();
        let bytes = file.close(frames).unwrap();
        assert_eq!(bytes, std::fs::metadata(&path).unwrap().len());
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!(reader.info().frames, Some(frames));
        reader.seek(frames - 2).unwrap();
        let mut samples = [9.0; 6];
        assert_eq!(reader.read(&mut samples).unwrap(), 2);
        assert_eq!(samples, [0.0, 0.0, 0.5, -0.5, 9.0, 9.0]);
    }

    #[test]
    fn an_aiff_ends_at_4_gib() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.aif");
        let spec = spec(BitDepth::Int24, 2);
        let most = Container::Aiff.most_frames(&spec);
        let file = Placed::create(&path, spec, Container::Aiff).unwrap();
        let error = file.put(most, &[0; 6]).unwrap_err();
        let MediaError::Write { source, .. } = &error else {
            panic!("{error}");
        };
        assert!(source.to_string().contains("4 GiB"), "{source}");
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

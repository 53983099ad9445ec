//! The one way from samples to a finished file, for both engines: channels, dither, quantisation,
//! measuring, writing aside, reading back, checksum. It hands out the samples as they stand in the
//! file, so that a proof can be made of what was written and not of what was meant.

use std::path::Path;

use super::folder::{OutputFolder, PartFile};
use super::silence;
use super::sink::Sink;
use crate::audio::loudness::{Meter, SILENCE_DBFS};
use crate::audio::quantize::{self, Tpdf};
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::media::encode::WriteSpec;
use crate::media::write::FileWriter;
use crate::model::level::{Levels, LiveLevels, decibels};
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::plan::PlannedStem;
use crate::model::stem::{BitDepth, Dither, Measure};
use crate::model::{Finding, Level, Plan};

/// Frames read at once when a file is read back.
const READ_FRAMES: usize = 16_384;

/// What every file of a plan has in common.
#[derive(Debug, Clone, Copy)]
pub struct Common {
    rate: u32,
    frames: u64,
    dither: Dither,
    measure: Measure,
    time_reference: Option<u64>,
}

impl Common {
    pub fn of(plan: &Plan) -> Self {
        let start = i128::from(plan.ruler.start_sample()) + i128::from(plan.range.start);
        // Samples since midnight at the session's rate, at that of the file.
        let at_rate = start * i128::from(plan.output.rate) / i128::from(plan.sample_rate.max(1));
        Self {
            rate: plan.output.rate,
            frames: plan.frames(),
            dither: plan.output.dither,
            measure: plan.output.measure,
            time_reference: u64::try_from(at_rate).ok(),
        }
    }
}

/// A file being made.
pub struct FileOutput {
    common: Common,
    stem: PlannedStem,
    role: FileRole,
    part: PartFile,
    writer: FileWriter,
    noise: Option<Tpdf>,
    clipped: u64,
    meter: Meter,
    digest: Digest,
    /// Highest sample before it was quantised.
    meant_peak: f64,
    written: Vec<f64>,
}

/// A file that is whole, read back and measured, and has no final name yet.
#[derive(Debug)]
pub struct Finished {
    pub file: ManifestFile,
    /// Highest sample that was meant to be in it, linear.
    pub meant_peak: f64,
    /// Highest sample read back from it, linear.
    pub peak: f64,
    part: PartFile,
}

impl Finished {
    /// Gives it its final name.
    pub fn publish(self, folder: &OutputFolder) -> Result<ManifestFile> {
        folder.publish(self.part)?;
        Ok(self.file)
    }
}

impl FileOutput {
    /// Opens the `.part` file.
    pub fn create(
        folder: &OutputFolder,
        common: Common,
        stem: &PlannedStem,
        role: FileRole,
    ) -> Result<Self> {
        let part = folder.part(&stem.file);
        let spec = WriteSpec {
            sample_rate: common.rate,
            channels: stem.channel_count,
            bits: stem.bits,
            time_reference: common.time_reference,
        };
        let writer = FileWriter::create(part.path(), spec, stem.format)?;
        Ok(Self {
            common,
            stem: stem.clone(),
            role,
            part,
            writer,
            noise: (common.dither == Dither::Tpdf).then(|| noise_of(&stem.file)),
            clipped: 0,
            meter: Meter::new(
                u32::from(stem.channel_count),
                common.rate,
                common.measure == Measure::Full,
            ),
            digest: Digest::default(),
            meant_peak: 0.0,
            written: Vec::new(),
        })
    }

    /// Channels of the file, 1 or 2.
    pub fn channels(&self) -> u16 {
        self.stem.channel_count
    }

    pub fn role(&self) -> FileRole {
        self.role
    }

    /// Highest sample so far before it was quantised, linear.
    pub fn meant_peak(&self) -> f64 {
        self.meant_peak
    }

    /// What it sounds like now; the recent peaks begin anew.
    pub fn live(&mut self) -> LiveLevels {
        self.meter.live()
    }

    /// What stands in the file for the last block: the quantised samples of its channels.
    pub fn written(&self) -> &[f64] {
        &self.written
    }

    /// Appends interleaved stereo frames, gain already in them.
    pub fn push(&mut self, stereo: &[f64]) -> Result<()> {
        self.written.clear();
        if self.stem.channel_count == 1 {
            let sides = stereo.chunks_exact(2);
            self.written.extend(sides.map(|frame| match frame {
                [left, right] => 0.5 * (left + right),
                _ => 0.0,
            }));
        } else {
            self.written.extend_from_slice(stereo);
        }
        for sample in &self.written {
            if !sample.is_finite() {
                return Err(Error::new(
                    ErrorKind::Check,
                    format!(
                        "'{}' would hold samples that are no numbers",
                        self.stem.file
                    ),
                )
                .hint("A source file or the automation of a track of this stem is damaged"));
            }
            self.meant_peak = self.meant_peak.max(sample.abs());
        }
        self.clipped += quantize::round(&mut self.written, self.stem.bits, self.noise.as_mut());
        self.digest.add(&self.written);
        self.meter.add(&self.written);
        self.writer.write(&self.written)?;
        Ok(())
    }

    /// Finishes the file, makes it durable, reads it back sample for sample.
    ///
    /// # Errors
    /// When it has not the planned length or does not hold what was written.
    pub fn finish(self) -> Result<Finished> {
        let Self {
            common,
            stem,
            role,
            part,
            writer,
            clipped,
            meter,
            digest,
            meant_peak,
            ..
        } = self;
        let written = writer.finish()?;
        if written.frames != common.frames {
            return Err(wrong(
                part.file(),
                format!("{} frames instead of {}", written.frames, common.frames),
            ));
        }
        let peak = read_back(&part, &stem, common, digest)?;
        let (checksum, bytes) = checksum(part.path())?;
        let mut levels = match common.measure {
            Measure::Off => Levels::default(),
            Measure::Basic | Measure::Full => meter.finish(),
        };
        levels.clipped_samples = clipped;
        let file = ManifestFile {
            name: stem.name.clone(),
            path: stem.file.clone(),
            role,
            tracks: Vec::new(),
            track_ids: Vec::new(),
            engine: stem.engine,
            frames: written.frames,
            rate: common.rate,
            bits: stem.bits.bits(),
            channels: stem.channel_count,
            bytes,
            checksum,
            has_clips: stem.has_clips,
            levels,
            handed_through: false,
        }
        .of_tracks(&stem);
        Ok(Finished {
            file,
            meant_peak,
            peak,
            part,
        })
    }
}

fn wrong(file: &str, what: String) -> Error {
    Error::new(
        ErrorKind::Check,
        format!("'{file}' is not what was printed: {what}"),
    )
    .hint("The file was not delivered; the disk or the network share may be failing")
}

/// BLAKE3 of the whole file as the manifest writes it, and the file's size.
pub fn checksum(path: &Path) -> Result<(String, u64)> {
    let mut hasher = blake3::Hasher::new();
    let bytes = std::fs::File::open(path)
        .and_then(|mut file| std::io::copy(&mut file, &mut hasher))
        .map_err(|error| {
            Error::new(
                ErrorKind::Media,
                format!("'{}' cannot be read", path.display()),
            )
            .because(error)
        })?;
    Ok((format!("blake3:{}", hasher.finalize().to_hex()), bytes))
}

/// Compares header and every sample with what was written; returns the peak.
fn read_back(part: &PartFile, stem: &PlannedStem, common: Common, meant: Digest) -> Result<f64> {
    let mut reader = Reader::open(part.path())?;
    let info = reader.info();
    let float = stem.bits == BitDepth::Float32;
    if (info.sample_rate, info.channels, info.bits, info.float)
        != (common.rate, stem.channel_count, stem.bits.bits(), float)
    {
        return Err(wrong(part.file(), "its header says another format".into()));
    }
    let channels = usize::from(stem.channel_count.max(1));
    let mut block = vec![0.0; READ_FRAMES * channels];
    let (mut digest, mut frames, mut peak) = (Digest::default(), 0_u64, 0.0_f64);
    loop {
        let got = reader.read(&mut block)?;
        if got == 0 {
            break;
        }
        let samples = block.get(..got * channels).unwrap_or(&block);
        digest.add(samples);
        peak = samples.iter().fold(peak, |peak, x| peak.max(x.abs()));
        frames += got as u64;
    }
    if frames != common.frames {
        return Err(wrong(
            part.file(),
            format!("{frames} frames instead of {} can be read", common.frames),
        ));
    }
    if digest != meant {
        return Err(wrong(part.file(), "other samples came back".into()));
    }
    Ok(peak)
}

/// Dither of its own for every file, or the stems' noise would add up in step. It follows from the
/// name: the same print gives the same file.
fn noise_of(file: &str) -> Tpdf {
    let hash = blake3::hash(file.as_bytes());
    let seed = hash.as_bytes().iter().take(8);
    Tpdf::new(seed.fold(0, |seed, byte| (seed << 8) | u64::from(*byte)))
}

/// A fast fingerprint of a stream of samples; not for security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Digest(u64);

impl Digest {
    fn add(&mut self, samples: &[f64]) {
        for sample in samples {
            // Adding zero makes one zero of the two; integer files have only one.
            let bits = (sample + 0.0).to_bits();
            self.0 = (self.0.rotate_left(5) ^ bits).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

/// Publishes one file unless its sound was lost; says whether it did.
pub fn deliver(finished: Finished, folder: &OutputFolder, sink: &Sink) -> Result<bool> {
    let (name, path) = (finished.file.name.clone(), finished.file.path.clone());
    if is_lost_sound(&finished) {
        sink.finding_blocking(
            Finding::new(
                Level::Error,
                "silent",
                format!("'{path}' came out silent although its tracks play"),
            )
            .stem(name)
            .file(path)
            .fix("The file was not delivered; print it again"),
        );
        return Ok(false);
    }
    if let Some(finding) = silence::warning(&finished.file) {
        sink.finding_blocking(finding);
    }
    if let Some(finding) = clipping(&finished) {
        sink.finding_blocking(finding);
    }
    sink.file_blocking(finished.publish(folder)?);
    Ok(true)
}

/// Peaks that the format cannot hold. With a gain or in mono no sum would tell of them.
fn clipping(finished: &Finished) -> Option<Finding> {
    let (path, count) = (&finished.file.path, finished.file.levels.clipped_samples);
    let over = decibels(finished.meant_peak).unwrap_or_default();
    let samples = if count == 1 { "sample" } else { "samples" };
    (count > 0).then(|| {
        Finding::new(
            Level::Warning,
            "clipped",
            format!("'{path}' is clipped in {count} {samples}: it would peak at {over:+.1} dBFS"),
        )
        .stem(finished.file.name.clone())
        .file(path.clone())
        .fix("Print it with --bits 32, which cannot clip, or turn the stem down with gain_db")
    })
}

/// Sound went in and none came back.
fn is_lost_sound(finished: &Finished) -> bool {
    let audible = decibels(finished.meant_peak).is_some_and(|db| db > SILENCE_DBFS);
    let silent = decibels(finished.peak).is_none_or(|db| db <= SILENCE_DBFS);
    audible && silent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_sees_order_value_and_count_but_not_the_sign_of_zero() {
        let of = |samples: &[f64]| {
            let mut digest = Digest::default();
            digest.add(samples);
            digest
        };
        assert_eq!(of(&[0.0, -0.0]), of(&[-0.0, 0.0]));
        assert_ne!(of(&[0.1, 0.2]), of(&[0.2, 0.1]));
        assert_ne!(of(&[0.1, 0.2]), of(&[0.1, 0.2, 0.2]));
        assert_ne!(of(&[0.1]), of(&[0.100_000_1]));
    }
}

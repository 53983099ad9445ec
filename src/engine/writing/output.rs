//! The one way from samples to a finished file, for both engines: dither, quantisation, measuring,
//! writing aside. Several threads make one file, each its slices.
//! Samples are left as they stand in the file, so that a proof can be made of what was written and
//! not of what was meant.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crc32fast::Hasher as Crc;
use tokio_util::sync::CancellationToken;

use super::aside::Aside;
use super::check::{self, Meant};
use super::deliver::Finished;
use super::folder::{OutputFolder, PartFile};
use super::imprint::Imprint;
use crate::audio::loudness::Meter;
use crate::audio::peaks::Peaks;
use crate::audio::quantize::{ByteOrder, Quantizer, Tpdf};
use crate::audio::survey::{Subject, Survey, Whole};
use crate::engine::slices::{InOrder, Queue, Slice, Turn, lock};
use crate::error::{Error, ErrorKind, Result};
use crate::media::container::{Container, WriteSpec};
use crate::media::flac::Flac;
use crate::media::place::Placed;
use crate::media::tags::{Loudness, Tags};
use crate::model::level::{Levels, LiveLevels};
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::plan::PlannedStem;
use crate::model::stem::{BitDepth, Dither, EngineKind, FileFormat, Measure};
use crate::model::{Layout, Now, PanLaw, Plan};

/// Samples that are quantised at once.
const PART: usize = 1024;

/// What every file of a plan has in common.
#[derive(Debug, Clone)]
pub struct Common {
    rate: u32,
    frames: u64,
    dither: Dither,
    measure: Measure,
    time_reference: Option<u64>,
    /// Of a render.
    pan_law: Option<PanLaw>,
    imprint: Arc<Imprint>,
}

impl Common {
    /// Of a job that began at a moment.
    pub fn of(plan: &Plan, begun: Now) -> Self {
        let start = i128::from(plan.ruler.start_sample()) + i128::from(plan.range.start);
        // Samples since midnight at the session's rate, at that of the file: the nearest.
        let (own, out) = (
            i128::from(plan.sample_rate.max(1)),
            i128::from(plan.output.rate),
        );
        let at_rate = (2 * start * out + own).div_euclid(2 * own);
        Self {
            rate: plan.output.rate,
            frames: plan.frames(),
            dither: plan.output.dither,
            measure: plan.output.measure,
            time_reference: u64::try_from(at_rate).ok(),
            pan_law: (plan.engine == EngineKind::Render).then_some(plan.output.pan_law),
            imprint: Arc::new(Imprint::of(plan, begun)),
        }
    }
}

/// A file being made, by several threads at once.
pub struct FileOutput {
    common: Common,
    stem: PlannedStem,
    tags: Tags,
    role: FileRole,
    part: PartFile,
    target: Target,
    quantizer: Quantizer,
    dither_seed: Option<u32>,
    subject: Subject,
    meter: Mutex<Meter>,
    /// Who measures next.
    queue: Queue,
    tally: Mutex<Tally>,
}

/// What is written into.
enum Target {
    /// Anywhere, in any order.
    Placed(Arc<Placed>),
    /// In the order of time.
    Flac(Box<Mutex<Flac>>),
}

impl Target {
    fn create(
        path: &Path,
        spec: WriteSpec,
        tags: &Tags,
        format: FileFormat,
        frames: u64,
    ) -> Result<Self> {
        Ok(if format == FileFormat::Flac {
            let file = Flac::create(path, &spec, Some(tags), frames)?;
            Self::Flac(Box::new(Mutex::new(file)))
        } else {
            let (container, tags) = (Container::of(format), Box::new(tags.clone()));
            Self::Placed(Arc::new(Placed::tagged(path, spec, container, Some(tags))?))
        })
    }

    fn order(&self) -> ByteOrder {
        match self {
            Self::Placed(file) => file.container().byte_order(),
            Self::Flac(_) => ByteOrder::Little,
        }
    }

    /// Writes what is missing.
    fn close(self, frames: u64, loudness: &Loudness) -> Result<Closed> {
        Ok(match self {
            Self::Placed(file) => Closed {
                bytes: file.close_measured(frames, loudness)?,
                samples: Some(file.data(frames)),
                sync: Box::new(move || Ok(file.sync()?)),
            },
            Self::Flac(file) => {
                let file = file.into_inner();
                let file = file.unwrap_or_else(PoisonError::into_inner);
                let closed = file.close(loudness)?;
                Closed {
                    bytes: closed.bytes,
                    samples: None,
                    sync: Box::new(move || Ok(closed.sync()?)),
                }
            }
        })
    }
}

/// A file to which nothing will be added.
struct Closed {
    bytes: u64,
    /// Where its samples lie as they are.
    samples: Option<(u64, u64)>,
    /// Makes it durable.
    sync: Box<dyn FnOnce() -> Result<()> + Send>,
}

/// What was written so far.
struct Tally {
    frames: u64,
    clipped: u64,
    /// Highest sample before it was quantised.
    meant_peak: f64,
    parts: InOrder<(Crc, Option<Survey>)>,
    /// Of the bytes of all slices up to the first that is missing.
    crc: Crc,
    /// Of their samples.
    whole: Whole,
}

/// A slice of one file in the hands of a thread.
pub struct Strip {
    /// Its first frame.
    at: u64,
    frames: u64,
    /// As they lie in the file; what is behind `filled` is old.
    room: Vec<u8>,
    filled: usize,
    /// As they stand in the file, where their loudness is measured.
    samples: Vec<f64>,
    clipped: u64,
    meant: Peaks,
    peaks: Peaks,
    /// Of one part, before it was quantised.
    part: Peaks,
    /// Where anything is measured.
    survey: Option<Survey>,
}

impl Strip {
    /// Begins anew at a frame of the file.
    pub fn begin(&mut self, at: u64) {
        (self.at, self.frames, self.clipped) = (at, 0, 0);
        self.filled = 0;
        self.samples.clear();
        self.meant.clear();
        self.peaks.clear();
        if let Some(survey) = &mut self.survey {
            survey.clear();
        }
    }

    fn bytes(&self) -> &[u8] {
        self.room.get(..self.filled).unwrap_or_default()
    }

    /// Room for more bytes.
    fn more(&mut self, count: usize) -> &mut [u8] {
        let start = self.filled;
        self.filled += count;
        if self.room.len() < self.filled {
            self.room.resize(self.filled, 0);
        }
        self.room.get_mut(start..self.filled).unwrap_or_default()
    }
}

impl FileOutput {
    /// Opens the `.part` file; `channel` where it holds but one of the stem's.
    pub fn create(
        folder: &OutputFolder,
        common: Common,
        stem: &PlannedStem,
        role: FileRole,
        channel: Option<&str>,
    ) -> Result<Self> {
        let part = folder.part(&stem.file);
        let spec = WriteSpec {
            sample_rate: common.rate,
            channels: stem.channel_count,
            bits: stem.bits,
            time_reference: common.time_reference,
        };
        let tags = common.imprint.tags(stem, channel);
        let target = Target::create(part.path(), spec, &tags, stem.format, common.frames)?;
        let is_dithered = common.dither == Dither::Tpdf && stem.bits != BitDepth::Float32;
        let dither_seed = is_dithered.then(|| seed_of(&stem.file));
        let is_full = common.measure == Measure::Full;
        let subject = Subject {
            channels: stem.channel_count,
            rate: common.rate,
            integer_bits: (stem.bits != BitDepth::Float32).then(|| stem.bits.bits()),
            frames: Some(common.frames),
            full: is_full,
        };
        let wide = Some(stem.layout()).filter(|layout| layout.is_wide());
        let mask = wide.map_or(0, Layout::mask);
        Ok(Self {
            meter: Mutex::new(Meter::new(stem.channel_count, common.rate, mask, is_full)),
            common,
            stem: stem.clone(),
            tags,
            role,
            part,
            quantizer: Quantizer {
                bits: stem.bits,
                order: target.order(),
                noise: dither_seed.map(|seed| Tpdf::new(u64::from(seed))),
            },
            target,
            dither_seed,
            queue: Queue::default(),
            tally: Mutex::new(Tally {
                frames: 0,
                clipped: 0,
                meant_peak: 0.0,
                parts: InOrder::default(),
                crc: Crc::default(),
                whole: Whole::new(subject),
            }),
            subject,
        })
    }

    /// Highest sample so far before it was quantised, linear.
    pub fn meant_peak(&self) -> f64 {
        lock(&self.tally).meant_peak
    }

    /// What is written into, where that can be sent to the disk on the way.
    pub fn placed(&self) -> Option<Weak<Placed>> {
        match &self.target {
            Target::Placed(file) => Some(Arc::downgrade(file)),
            Target::Flac(_) => None,
        }
    }

    /// What it sounds like now; the recent peaks begin anew.
    pub fn live(&self) -> LiveLevels {
        lock(&self.meter).live()
    }

    /// Room for a thread.
    pub fn strip(&self) -> Strip {
        Strip {
            at: 0,
            frames: 0,
            room: Vec::new(),
            filled: 0,
            samples: Vec::new(),
            clipped: 0,
            meant: Peaks::new(self.stem.channel_count),
            peaks: Peaks::new(self.stem.channel_count),
            part: Peaks::new(self.stem.channel_count),
            survey: (self.common.measure != Measure::Off).then(|| Survey::new(self.subject)),
        }
    }

    /// Adds interleaved frames of the file's channels to a strip, and leaves in `block` what will stand in
    /// the file for them. Returns how many were clipped.
    ///
    /// # Errors
    /// Samples that are no numbers.
    pub fn take(&self, strip: &mut Strip, block: &mut [f64]) -> Result<u64> {
        let channels = u64::from(self.stem.channel_count.max(1));
        let place = (strip.at + strip.frames).saturating_mul(channels);
        let before = strip.clipped;
        // In parts that stay in the fastest cache, of whole frames.
        let size = PART - PART % usize::from(self.stem.channel_count.max(1));
        for (part, place) in block.chunks_mut(size).zip((place..).step_by(size)) {
            strip.part.clear();
            let highest = strip.part.add(part);
            if !highest.is_finite() {
                let file = &self.stem.file;
                let first = part.iter().position(|sample| !sample.is_finite());
                let at = (place + first.unwrap_or(0) as u64) / channels;
                let text = format!(
                    "'{file}' would hold samples that are no numbers, the first seen at frame {at}"
                );
                return Err(Error::new(ErrorKind::Check, text)
                    .hint("A source file or the automation of a track of this stem is damaged"));
            }
            let room = strip.more(self.quantizer.bytes(part.len()));
            let clipped = self.quantizer.apply_below(highest, place, part, room);
            let written = if clipped == 0 && self.quantizer.noise.is_none() {
                let level = |level| self.quantizer.level(level);
                strip.peaks.merge_as(&strip.part, level);
                level(highest)
            } else {
                strip.peaks.add(part)
            };
            if let Some(survey) = &mut strip.survey {
                survey.add(place / channels, part, written);
            }
            strip.clipped += clipped;
            strip.meant.merge(&strip.part);
        }
        if self.common.measure == Measure::Full {
            strip.samples.extend_from_slice(block);
        }
        strip.frames += block.len() as u64 / channels;
        Ok(strip.clipped - before)
    }

    /// Writes a strip, and does when its turn comes what needs the order of time.
    pub fn put(&self, turn: &Turn<'_>, strip: &Strip) -> Result<()> {
        if let Target::Placed(file) = &self.target {
            file.put(strip.at, strip.bytes())?;
        }
        let is_measured = self.common.measure == Measure::Full;
        if is_measured || matches!(self.target, Target::Flac(_)) {
            let mut outcome = Ok(());
            self.queue.pass(turn, || {
                if let Target::Flac(file) = &self.target {
                    outcome = lock(file).put(strip.bytes());
                }
                if is_measured {
                    lock(&self.meter).add_loudness(&strip.samples);
                }
            });
            outcome?;
        }
        let mut crc = Crc::new();
        crc.update(strip.bytes());
        self.count(turn.slice, strip, crc);
        lock(&self.meter).add_peaks(&strip.peaks);
        Ok(())
    }

    fn count(&self, slice: Slice, strip: &Strip, crc: Crc) {
        let mut tally = lock(&self.tally);
        let Tally {
            frames,
            clipped,
            meant_peak,
            parts,
            crc: all,
            whole,
        } = &mut *tally;
        *frames += strip.frames;
        *clipped += strip.clipped;
        *meant_peak = meant_peak.max(strip.meant.highest());
        parts.put(
            slice.number,
            (crc, strip.survey.clone()),
            |(crc, survey)| {
                all.combine(&crc);
                if let Some(survey) = survey {
                    whole.join(&survey);
                }
            },
        );
    }

    /// Finishes the file, makes it durable, and meanwhile reads it back byte for byte.
    ///
    /// # Errors
    /// When it has not the planned length or does not hold what was written, and when cancelled.
    pub fn finish(self, cancel: &CancellationToken) -> Result<Finished> {
        let (common, stem, part) = (self.common, self.stem, self.part);
        let tally = self.tally.into_inner();
        let tally = tally.unwrap_or_else(PoisonError::into_inner);
        let meter = self.meter.into_inner();
        let meter = meter.unwrap_or_else(PoisonError::into_inner);
        if tally.frames != common.frames {
            let what = format!("{} frames instead of {}", tally.frames, common.frames);
            return Err(check::wrong(part.file(), what));
        }
        let mut levels = match common.measure {
            Measure::Off => Levels::default(),
            Measure::Basic | Measure::Full => meter.finish(),
        };
        if common.measure != Measure::Off {
            tally.whole.tell(common.frames, &mut levels);
        }
        levels.clipped_samples = tally.clipped;
        let loudness = Loudness::from(&levels);
        let closed = self.target.close(common.frames, &loudness)?;
        let synced = Aside::begin(closed.sync)?;
        let meant = Meant {
            bytes: closed.bytes,
            crc: tally.crc.finalize(),
        };
        check::header(&part, &stem, common.rate, common.frames)?;
        let told = Tags {
            time_reference: common.time_reference,
            loudness,
            ..self.tags
        };
        check::told(&part, &told)?;
        let checksum = match closed.samples {
            Some(samples) => check::read_back(&part, &meant, samples, cancel)?,
            None => check::decode_back(&part, &meant, stem.bits, cancel)?,
        };
        synced.wait(cancel)?;
        let file = ManifestFile {
            name: stem.name.clone(),
            path: stem.file.clone(),
            role: self.role,
            tracks: Vec::new(),
            track_ids: Vec::new(),
            formula: None,
            engine: stem.engine,
            way: (stem.engine == EngineKind::Bounce).then_some(stem.way),
            frames: common.frames,
            rate: common.rate,
            bits: stem.bits.bits(),
            channels: stem.channel_count,
            channel: None,
            bytes: meant.bytes,
            checksum,
            md5: None,
            time_reference: common.time_reference,
            has_clips: stem.has_clips,
            levels,
            dither_seed: self.dither_seed,
            pan_law: common.pan_law,
            handed_through: false,
        }
        .of_tracks(&stem);
        Ok(Finished {
            file,
            meant_peak: tally.meant_peak,
            peak: meter.peak(),
            part,
        })
    }
}

/// Dither of its own for every file, or the stems' noise would add up in step. It follows from the
/// name: the same print gives the same file.
fn seed_of(file: &str) -> u32 {
    let hash = blake3::hash(file.as_bytes());
    let seed = hash.as_bytes().iter().take(4);
    seed.fold(0, |seed, byte| (seed << 8) | u32::from(*byte))
}

//! One pass over the samples of a set: peaks, runs at full scale, samples that are no numbers, loudness
//! with every channel at its place, and a mark by which the same sound is known again.

use crc32fast::Hasher as Crc;

use super::gather::Heard;
use super::sets::Set;
use crate::audio::loudness::SILENCE_DBFS;
use crate::audio::programme::{Loudness, Programme};
use crate::error::Result;
use crate::media::decode::Reader;
use crate::model::level::decibels;

/// Frames read at once.
const BLOCK: usize = 16_384;
/// Samples in a row at full scale that are clipping and no chance.
const RUN: u32 = 4;

/// What was measured of a set.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Frames of each of its files, as decoded.
    pub frames: Vec<u64>,
    /// Highest sample of each channel, linear.
    pub peaks: Vec<f64>,
    /// Runs at full scale in integer files.
    pub clipped_runs: u64,
    /// The first frame with a sample that is no number.
    pub no_number: Option<u64>,
    pub loudness: Loudness,
    /// All channels have the same samples.
    pub is_dual_mono: bool,
    /// Of all samples, in order; the same for the same sound.
    pub mark: u32,
}

impl Measured {
    /// dBFS of the whole set.
    pub fn peak_dbfs(&self) -> Option<f64> {
        decibels(self.peaks.iter().copied().fold(0.0, f64::max))
    }

    pub fn is_silent(&self) -> bool {
        self.peak_dbfs().is_none_or(|peak| peak < SILENCE_DBFS)
    }

    /// Channels below the threshold of silence.
    pub fn silent_channels(&self) -> usize {
        let is_silent = |peak: &&f64| decibels(**peak).is_none_or(|db| db < SILENCE_DBFS);
        self.peaks.iter().filter(is_silent).count()
    }
}

struct Part {
    reader: Reader,
    channels: usize,
    /// Where its channels stand in a frame of the set.
    first: usize,
    frames: u64,
    block: Vec<f64>,
    ended: bool,
}

/// Measures a set from its first frame to the end of its longest file.
///
/// # Errors
/// Where a file cannot be read to its end.
pub fn measure(set: &Set, files: &[Heard]) -> Result<Measured> {
    let mut parts = Vec::new();
    let mut width = 0;
    for file in set.files(files) {
        let reader = Reader::open(&file.path)?;
        let channels = usize::from(reader.info().channels.max(1));
        parts.push(Part {
            reader,
            channels,
            first: width,
            frames: 0,
            block: vec![0.0; BLOCK * channels],
            ended: false,
        });
        width += channels;
    }
    let info = set.first(files).map(|file| &file.info);
    let rate = info.map_or(48_000, |info| info.sample_rate);
    let limit = info
        .filter(|info| !info.float && info.bits > 0)
        .map(|info| 1.0 - libm::exp2(1.0 - f64::from(info.bits)));
    let channels = u16::try_from(width).unwrap_or(u16::MAX);
    let mut programme = Programme::new(channels, rate, set.mask);
    let mut sum = Sum::new(width, limit);
    let mut frame = vec![0.0; BLOCK * width];
    let mut at = 0_u64;
    loop {
        let mut most = 0;
        frame.fill(0.0);
        for part in &mut parts {
            most = most.max(part.read(&mut frame, width)?);
        }
        if most == 0 {
            break;
        }
        let samples = frame.get_mut(..most * width).unwrap_or_default();
        sum.add(samples, at);
        if let Some(programme) = &mut programme {
            programme.add(samples);
        }
        at += most as u64;
    }
    let mut measured = sum.done;
    measured.is_dual_mono &= width > 1;
    measured.mark = sum.crc.finalize();
    measured.frames = parts.iter().map(|part| part.frames).collect();
    measured.loudness = programme
        .map(|programme| programme.finish())
        .unwrap_or_default();
    Ok(measured)
}

impl Part {
    /// Puts the next samples into the frames of the set; gives how many frames.
    fn read(&mut self, frames: &mut [f64], width: usize) -> Result<usize> {
        let mut got = 0;
        while !self.ended && got < BLOCK {
            let rest = self.block.get_mut(got * self.channels..);
            let now = self.reader.read(rest.unwrap_or_default())?;
            self.ended = now == 0;
            got += now;
        }
        let from = self.block.chunks_exact(self.channels).take(got);
        for (to, from) in frames.chunks_exact_mut(width.max(1)).zip(from) {
            let to = to.iter_mut().skip(self.first);
            for (to, from) in to.zip(from) {
                *to = *from;
            }
        }
        self.frames += got as u64;
        Ok(got)
    }
}

/// What is summed up sample by sample.
struct Sum {
    done: Measured,
    crc: Crc,
    /// Of integer files, where full scale is.
    limit: Option<f64>,
    /// Samples in a row at full scale, of each channel.
    runs: Vec<u32>,
    bytes: Vec<u8>,
}

impl Sum {
    fn new(width: usize, limit: Option<f64>) -> Self {
        Self {
            done: Measured {
                peaks: vec![0.0; width],
                is_dual_mono: true,
                ..Measured::default()
            },
            crc: Crc::new(),
            limit,
            runs: vec![0; width],
            bytes: Vec::new(),
        }
    }

    /// Samples that are no numbers become silence.
    fn add(&mut self, samples: &mut [f64], at: u64) {
        let width = self.runs.len().max(1);
        self.bytes.clear();
        for (index, frame) in samples.chunks_exact_mut(width).enumerate() {
            let channels = self.done.peaks.iter_mut().zip(&mut self.runs);
            let first = frame.first().copied().unwrap_or_default();
            for (sample, (peak, run)) in frame.iter_mut().zip(channels) {
                if !sample.is_finite() {
                    self.done.no_number.get_or_insert(at + index as u64);
                    *sample = 0.0;
                }
                let high = sample.abs();
                *peak = peak.max(high);
                *run = match self.limit {
                    Some(limit) if high >= limit => *run + 1,
                    _ => 0,
                };
                self.done.clipped_runs += u64::from(*run == RUN);
                self.done.is_dual_mono &= *sample == first;
                self.bytes.extend_from_slice(&sample.to_le_bytes());
            }
        }
        self.crc.update(&self.bytes);
    }
}

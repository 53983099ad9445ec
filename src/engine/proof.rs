//! The sum of the stems against the mix: whether it can be checked at all, the residual of what
//! stands in the files, and the threshold that follows from their formats.

use std::collections::BTreeMap;

use crate::model::job::{Diagnosis, Proof, Verdict};
use crate::model::level::decibels;
use crate::model::manifest::ManifestFile;
use crate::model::plan::PlannedTrack;
use crate::model::stem::{BitDepth, ChannelMode, Dither, EngineKind, ProofMode};
use crate::model::{Finding, Level, Plan};

/// Room above the hard bound: rounding of the sums themselves.
const MARGIN_DB: f64 = 1.0;

/// Whether the sum decides the outcome of the job.
pub fn is_required(plan: &Plan) -> bool {
    match plan.output.proof {
        ProofMode::Required => true,
        ProofMode::Auto => plan.engine == EngineKind::Render,
        ProofMode::Report | ProofMode::Off => false,
    }
}

/// Why the stems of this plan cannot make the mix, if they cannot. What counts is that every
/// audible track of the mix stands in exactly one stem, unchanged.
pub fn obstacle(plan: &Plan) -> Option<String> {
    if plan.output.proof == ProofMode::Off {
        return Some("the recipe turns the proof off".into());
    }
    if plan.stems.is_empty() {
        return Some("there are no stems".into());
    }
    if let Some(stem) = plan.stems.iter().find(|stem| stem.gain_db != 0.0) {
        return Some(format!("'{}' has a gain of {} dB", stem.name, stem.gain_db));
    }
    if let Some(stem) = plan
        .stems
        .iter()
        .find(|stem| stem.channel_count == 1 && stem.channels == ChannelMode::Mono)
    {
        return Some(format!("'{}' is folded to mono", stem.name));
    }
    let mut count: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for track in audible(&plan.mix_tracks) {
        count.entry(track).or_default().1 = true;
    }
    for stem in &plan.stems {
        for track in audible(&stem.tracks) {
            count.entry(track).or_default().0 += 1;
        }
    }
    let which = |wanted: &dyn Fn(usize, bool) -> bool| -> Vec<&str> {
        count
            .iter()
            .filter(|(_, (stems, in_mix))| wanted(*stems, *in_mix))
            .map(|(track, _)| *track)
            .collect()
    };
    some_tracks(&which(&|stems, _| stems == 0), "in no stem")
        .or_else(|| some_tracks(&which(&|stems, _| stems > 1), "in more than one stem"))
        .or_else(|| some_tracks(&which(&|_, in_mix| !in_mix), "in a stem but not in the mix"))
}

fn audible(tracks: &[PlannedTrack]) -> impl Iterator<Item = &str> {
    tracks
        .iter()
        .filter(|track| !track.silent)
        .map(|track| track.name.as_str())
}

fn some_tracks(names: &[&str], what: &str) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(format!("'{one}' is {what}")),
        [first, ..] => Some(format!("{} tracks are {what} ('{first}', …)", names.len())),
    }
}

/// A proof that was not made.
pub fn not_checked(note: impl Into<String>) -> Proof {
    Proof {
        note: note.into(),
        ..Proof::default()
    }
}

/// The largest error that a format may make at any sample, linear, for a signal with this peak.
pub fn format_error(bits: BitDepth, dither: Dither, peak: f64) -> f64 {
    let lsb = |bits: u16| 2_f64.powi(1 - i32::from(bits));
    let steps = if dither == Dither::Tpdf { 1.5 } else { 0.5 };
    match bits {
        // Half a unit in the last place of the binade that the peak lies in.
        BitDepth::Float32 => peak.max(f64::from(f32::MIN_POSITIVE)) * 2_f64.powi(-24),
        integer => steps * lsb(integer.bits()),
    }
}

/// Adds up what the formats may do, and compares the stems' sum with the mix, block by block.
#[derive(Debug, Clone, Default)]
pub struct Residual {
    peak: f64,
    energy: f64,
    samples: u64,
    allowed: f64,
    sum: Vec<f64>,
}

impl Residual {
    /// Adds the error that a file of this format may have.
    pub fn allow(&mut self, bits: BitDepth, dither: Dither, peak: f64) {
        self.allowed += format_error(bits, dither, peak);
    }

    /// Starts a block of stereo frames.
    pub fn begin(&mut self, frames: usize) {
        self.sum.clear();
        self.sum.resize(frames * 2, 0.0);
    }

    /// Adds a stem's block, of one or two channels; one stands for both sides.
    pub fn add(&mut self, samples: &[f64], channels: u16) {
        if channels == 1 {
            for (sides, sample) in self.sum.chunks_exact_mut(2).zip(samples) {
                for side in sides {
                    *side += sample;
                }
            }
        } else {
            for (sum, sample) in self.sum.iter_mut().zip(samples) {
                *sum += sample;
            }
        }
    }

    /// Ends the block with the mix's samples.
    pub fn end(&mut self, mix: &[f64], channels: u16) {
        for sample in &mut self.sum {
            *sample = -*sample;
        }
        self.add(mix, channels);
        for sample in &self.sum {
            self.peak = self.peak.max(sample.abs());
            self.energy += sample * sample;
        }
        self.samples += self.sum.len() as u64;
    }

    /// The verdict; `note` says what the mix was.
    pub fn verdict(&self, note: &str) -> Proof {
        let threshold = self.allowed * 10_f64.powf(MARGIN_DB / 20.0);
        let rms = (self.energy / self.samples.max(1) as f64).sqrt();
        Proof {
            verdict: if self.peak <= threshold {
                Verdict::Pass
            } else {
                Verdict::Fail
            },
            peak_dbfs: decibels(self.peak),
            rms_dbfs: decibels(rms),
            threshold_dbfs: decibels(threshold),
            diagnosis: Vec::new(),
            note: note.to_owned(),
        }
    }
}

/// Names what is plain to see behind a failed sum: stems that were clipped.
pub fn diagnose(proof: &mut Proof, files: &[ManifestFile]) {
    if proof.verdict != Verdict::Fail {
        return;
    }
    for file in files.iter().filter(|file| file.levels.clipped_samples > 0) {
        proof.diagnosis.push(Diagnosis {
            fault: "clipped".into(),
            stem: Some(file.name.clone()),
            value: Some(file.levels.clipped_samples as f64),
            unit: Some("samples".into()),
        });
    }
}

/// What a failed sum means for the job: an error when the proof is required.
pub fn finding(proof: &Proof, required: bool) -> Option<Finding> {
    if proof.verdict != Verdict::Fail {
        return None;
    }
    let level = if required {
        Level::Error
    } else {
        Level::Warning
    };
    let db = |value: Option<f64>| value.map_or("silence".to_owned(), |db| format!("{db:.1} dBFS"));
    Some(
        Finding::new(
            level,
            "sum_failed",
            format!(
                "the stems do not add up to the mix: the difference peaks at {}, and {} would be \
                 rounding",
                db(proof.peak_dbfs),
                db(proof.threshold_dbfs)
            ),
        )
        .fix("Look for processing on the mix bus, clipped stems, or tracks that play differently each time"),
    )
}

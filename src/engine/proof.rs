//! The sum of the stems against the mix: whether it can be checked at all, the residual of what
//! stands in the files, and the threshold that follows from their formats.

use std::collections::BTreeMap;

use crate::audio;
use crate::audio::null::{self, Residual, file_error};
use crate::audio::strip::Strip;
use crate::model::diagnosis::Told;
use crate::model::job::{Course, Diagnosis, Place, Proof, Verdict};
use crate::model::level::decibels;
use crate::model::manifest::ManifestFile;
use crate::model::plan::{PlanKind, PlannedStem, PlannedTrack};
use crate::model::stem::{BitDepth, ChannelMode, Dither, EngineKind, ProofMode};
use crate::model::{Finding, Layout, Level, Plan};

/// What stands in a failed proof whose sum is the mix but for samples that were clipped: how much is left
/// of all others.
const BUT_FOR_CLIPPED: &str = "but for clipped samples";

/// Whether clipping is all that keeps the sum from being the mix.
pub fn is_only_clipped(proof: &Proof) -> bool {
    let is_it = |diagnosis: &Diagnosis| diagnosis.fault == BUT_FOR_CLIPPED;
    proof.diagnosis.iter().any(is_it)
}

/// Whether this proof decides the outcome of the job. Clipping alone is told file by file, and fails what
/// demands the proof in so many words.
pub fn is_required(plan: &Plan, proof: &Proof) -> bool {
    match plan.output.proof {
        ProofMode::Required => true,
        ProofMode::Auto => plan.engine == EngineKind::Render && !is_only_clipped(proof),
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
    let width = plan.width();
    let is_narrow = |file: &&PlannedStem| width > 2 && file.channel_count != width;
    if let Some(file) = plan.printed().find(is_narrow) {
        let wide = Layout::of(width).unwrap_or_default();
        return Some(format!(
            "'{}' is {} and others are {wide}",
            file.name,
            file.layout()
        ));
    }
    if let Some(file) = plan.files().find(|file| file.format.is_handed_through()) {
        let word = file.format.word();
        return Some(format!("'{}' is {word} as Pro Tools makes it", file.name));
    }
    let is_blind = |stem: &&PlannedStem| stem.is_source() && stem.tracks.is_empty();
    if let Some(stem) = plan.stems.iter().find(is_blind) {
        // What feeds a bus is not told; the files themselves can still be compared with a mix.
        return plan.mix.is_none().then(|| {
            let source = stem.source.as_deref().unwrap_or_default();
            format!("no mix was printed, and what feeds '{source}' is not told")
        });
    }
    let mut count: BTreeMap<Mark<'_>, (usize, bool)> = BTreeMap::new();
    let returns: Vec<Mark<'_>> = plan.returns.iter().map(mark).collect();
    for track in audible(&plan.mix_tracks).filter(|track| !returns.contains(track)) {
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
            .map(|((name, _), _)| *name)
            .collect()
    };
    some_tracks(&which(&|stems, _| stems == 0), "in no stem")
        .or_else(|| some_tracks(&which(&|stems, _| stems > 1), "in more than one stem"))
        .or_else(|| some_tracks(&which(&|_, in_mix| !in_mix), "in a stem but not in the mix"))
}

/// Name and identity: two tracks of one name are two.
type Mark<'a> = (&'a str, &'a str);

fn mark(track: &PlannedTrack) -> Mark<'_> {
    (&track.name, &track.id.0)
}

fn audible(tracks: &[PlannedTrack]) -> impl Iterator<Item = Mark<'_>> {
    tracks.iter().filter(|track| !track.silent).map(mark)
}

fn some_tracks(names: &[&str], what: &str) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(format!("'{one}' is {what}")),
        [first, ..] => Some(format!("{} tracks are {what} ('{first}', …)", names.len())),
    }
}

/// Why a proof that the recipe demands in so many words cannot be made.
pub fn impossible(plan: &Plan) -> Option<String> {
    if plan.output.proof != ProofMode::Required || plan.kind != PlanKind::Stems {
        return None;
    }
    obstacle(plan).or_else(|| {
        (plan.mix.is_none() && plan.folder.is_none())
            .then(|| "no mix is printed to compare with".to_owned())
    })
}

/// A proof that was not made.
pub fn not_checked(note: impl Into<String>) -> Proof {
    Proof {
        note: note.into(),
        ..Proof::default()
    }
}

/// The stems' sum against the mix, block by block, with what the files' formats may be off.
#[derive(Debug, Clone)]
pub struct StemSum {
    /// 2 or more.
    channels: u16,
    sum: Vec<f64>,
    mix: Vec<f64>,
    /// Which samples of the block a stem's file clips; empty where there are none.
    clipped: Vec<bool>,
    left: Left,
    errors: Vec<f64>,
    /// Mean squares of what rounding leaves in each file.
    noise: f64,
}

/// What is left of the sum without the mix.
#[derive(Debug, Clone)]
pub struct Left {
    /// Of blocks in which nothing was clipped.
    whole: Residual,
    /// Of the others.
    clipped: Residual,
    /// Of the others but for their clipped samples.
    beside: Residual,
}

impl Left {
    fn new(channels: u16) -> Self {
        let none = Residual::new(usize::from(channels));
        Self {
            whole: none.clone(),
            clipped: none.clone(),
            beside: none,
        }
    }
}

impl Default for StemSum {
    fn default() -> Self {
        Self::new(2)
    }
}

impl StemSum {
    /// Of so many channels, 2 or more.
    pub fn new(channels: u16) -> Self {
        Self {
            channels,
            sum: Vec::new(),
            mix: Vec::new(),
            clipped: Vec::new(),
            left: Left::new(channels),
            errors: Vec::new(),
            noise: 0.0,
        }
    }

    /// Allows the error that a file of this format with this peak may have.
    pub fn allow(&mut self, bits: BitDepth, dither: Dither, peak: f64) {
        self.errors.push(file_error(bits, dither, peak));
        self.noise += null::file_noise(bits, dither, peak);
    }

    /// Allows what a file of what Pro Tools bounced may be off: that was rounded to floats first. What was
    /// rounded before it was `converted` is spread by the filter, whose taps add up to less than four.
    pub fn allow_bounced(&mut self, bits: BitDepth, dither: Dither, peak: f64, converted: bool) {
        let floats = if converted { 4 } else { 1 };
        for _ in 0..floats {
            self.allow(BitDepth::Float32, Dither::None, peak);
        }
        // Floats written as they came are not rounded again.
        if converted || bits != BitDepth::Float32 {
            self.allow(bits, dither, peak);
        }
    }

    /// Starts a block of frames.
    pub fn begin(&mut self, frames: usize) {
        self.sum.clear();
        self.sum.resize(frames * usize::from(self.channels), 0.0);
        self.clipped.clear();
    }

    /// Adds a stem's block, of one channel or all; one stands for both sides of stereo.
    pub fn add(&mut self, samples: &[f64], channels: u16) {
        add(&mut self.sum, samples, channels);
    }

    /// Says that some samples of a stem's block were clipped, in a file of these integers: those at
    /// either end of what it holds.
    pub fn mark_clipped(&mut self, samples: &[f64], channels: u16, bits: BitDepth) {
        self.clipped.resize(self.sum.len(), false);
        let highest = 1.0 - libm::exp2(1.0 - f64::from(bits.bits()));
        let sides = if channels == 1 { 2 } else { 1 };
        let marks = self.clipped.chunks_exact_mut(sides).zip(samples);
        for (marks, _) in marks.filter(|(_, sample)| **sample >= highest || **sample <= -1.0) {
            marks.fill(true);
        }
    }

    /// Ends the block with the mix's samples.
    pub fn end(&mut self, mix: &[f64], channels: u16) {
        let mix = if channels == 1 {
            self.mix.clear();
            self.mix.resize(self.sum.len(), 0.0);
            add(&mut self.mix, mix, channels);
            &self.mix
        } else {
            mix
        };
        if self.clipped.is_empty() {
            self.left.whole.add(&self.sum, mix);
            self.left.clipped.skip(self.sum.len());
            self.left.beside.skip(self.sum.len());
            return;
        }
        self.left.whole.skip(self.sum.len());
        self.left.clipped.add(&self.sum, mix);
        for ((sum, mix), clipped) in self.sum.iter_mut().zip(mix).zip(&self.clipped) {
            if *clipped {
                *sum = *mix;
            }
        }
        self.left.beside.add(&self.sum, mix);
    }

    /// What is left of the blocks since this was last asked.
    pub fn take(&mut self) -> Left {
        std::mem::replace(&mut self.left, Left::new(self.channels))
    }

    /// Takes over the blocks that come next.
    pub fn merge(&mut self, next: &Left) {
        self.left.whole.merge(&next.whole);
        self.left.clipped.merge(&next.clipped);
        self.left.beside.merge(&next.beside);
    }

    /// The verdict; `note` says what the mix was.
    pub fn verdict(&self, note: &str) -> Proof {
        let Left {
            whole,
            clipped,
            beside,
        } = &self.left;
        let [(left, over_time), (beside, _)] = [clipped, beside].map(|rest| {
            let mut all = whole.clone();
            all.join(rest);
            (all.result(), all.over_time().clone())
        });
        let threshold = null::threshold(self.errors.iter().copied());
        let has_failed = left.peak > threshold;
        let is_only_clipped = has_failed && beside.peak <= threshold;
        let but_for_clipped = is_only_clipped.then(|| Diagnosis {
            fault: BUT_FOR_CLIPPED.to_owned(),
            stem: None,
            value: beside.peak_dbfs().filter(|db| db.is_finite()),
            unit: Some("dBFS".to_owned()),
        });
        Proof {
            verdict: match has_failed {
                true => Verdict::Fail,
                false => Verdict::Pass,
            },
            peak_dbfs: left.peak_dbfs().filter(|db| db.is_finite()),
            peak_at: (left.peak > 0.0).then(|| place(left.frame, left.peak)),
            rms_dbfs: left.rms_dbfs().filter(|db| db.is_finite()),
            loudest_rms_dbfs: decibels(left.loudest).filter(|db| db.is_finite()),
            rounding_rms_dbfs: decibels(self.noise.sqrt()),
            threshold_dbfs: decibels(threshold),
            residual: has_failed.then(|| course(over_time, threshold)),
            diagnosis: but_for_clipped.into_iter().collect(),
            note: note.to_owned(),
        }
    }
}

/// Values of a residual over time, at most.
const COURSE: usize = 256;
/// Worst places that are told, at most.
const PLACES: usize = 20;

/// What is left over time, and the worst places, none nearer to a worse one than a fiftieth of the range.
fn course(over_time: Strip, threshold: f64) -> Course {
    let apart = over_time.cells().len().div_ceil(50);
    let worst = over_time.highest(threshold, PLACES, apart);
    let over_time = over_time.within(COURSE);
    Course {
        frames_per_value: over_time.span(),
        peaks_dbfs: over_time.cells().iter().map(|c| tenths(c.peak)).collect(),
        worst: worst.iter().map(|c| place(c.frame, c.peak)).collect(),
    }
}

fn place(frame: u64, peak: f64) -> Place {
    Place {
        frame,
        timecode: String::new(),
        peak_dbfs: tenths(peak),
    }
}

/// dBFS to a tenth; 999 for what is no number.
fn tenths(peak: f64) -> Option<f64> {
    decibels(peak).map(|db| (db.min(999.0) * 10.0).round() / 10.0)
}

fn add(sum: &mut [f64], samples: &[f64], channels: u16) {
    if channels == 1 {
        for (sides, sample) in sum.chunks_exact_mut(2).zip(samples) {
            for side in sides {
                *side += sample;
            }
        }
    } else {
        audio::sum::add(sum, samples);
    }
}

/// Stems that are not as long as their mix do not make it, whatever they hold. Where all are too long or too
/// short by the same, the mix is.
pub fn of_lengths(mut proof: Proof, names: &[String], longer: &[i64]) -> Proof {
    if let Some((first, others)) = longer.split_first()
        && *first != 0
        && !others.is_empty()
        && others.iter().all(|other| other == first)
    {
        proof.verdict = Verdict::Fail;
        let value = Some((-*first as f64, "samples"));
        proof.diagnosis.push(Diagnosis::new("length", None, value));
        return proof;
    }
    for (name, longer) in names.iter().zip(longer).filter(|(_, longer)| **longer != 0) {
        proof.verdict = Verdict::Fail;
        let value = Some((*longer as f64, "samples"));
        let told = Diagnosis::new("length", Some(name.clone()), value);
        proof.diagnosis.push(told);
    }
    proof
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

/// A proof that was demanded in so many words and not made is as bad as a failed one.
pub fn unmade(proof: &Proof, plan: &Plan) -> Option<Finding> {
    let is_demanded = plan.output.proof == ProofMode::Required && plan.kind == PlanKind::Stems;
    (is_demanded && proof.verdict == Verdict::NotChecked).then(|| {
        Finding::new(
            Level::Error,
            "sum_not_checked",
            format!("the proof is required and was not made: {}", proof.note),
        )
        .fix("Check the files with `pt-stem stems verify`, or set proof = \"report\"")
    })
}

/// Louder than rounding by so many dB is something else.
const BEYOND_ROUNDING: f64 = 2.0;
/// Below this, dBFS RMS, no file of 24 bits could tell the difference.
const NOTHING: f64 = -140.0;

/// Whether no sample passes the threshold and yet more is left somewhere than rounding would leave: a fault
/// that is small beside what the worst of so many files may be off.
pub fn is_odd(proof: &Proof) -> bool {
    proof.verdict == Verdict::Pass && is_beyond_rounding(proof)
}

fn is_beyond_rounding(proof: &Proof) -> bool {
    let levels = proof.loudest_rms_dbfs.zip(proof.rounding_rms_dbfs);
    levels.is_some_and(|(loud, rounding)| loud > (rounding + BEYOND_ROUNDING).max(NOTHING))
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
    let text = match (
        proof.peak_dbfs > proof.threshold_dbfs,
        is_beyond_rounding(proof),
    ) {
        (true, _) => format!(
            "the stems do not add up to the mix: the difference peaks at {}, and {} would be rounding",
            db(proof.peak_dbfs),
            db(proof.threshold_dbfs)
        ),
        (false, false) => "the stems do not add up to the mix".to_owned(),
        (false, true) => format!(
            "the stems do not add up to the mix: the difference is {} RMS where it is loudest, and rounding leaves {}",
            db(proof.loudest_rms_dbfs),
            db(proof.rounding_rms_dbfs)
        ),
    };
    let fix = match (is_only_clipped(proof), cause(proof)) {
        (true, _) => {
            "Clipped samples are all that is missing: print with --bits 32, which cannot clip, or turn tracks down"
        }
        (false, Some(told)) => told.fix,
        (false, None) => {
            "Look for processing on the mix bus, clipped stems, or tracks that play differently each time"
        }
    };
    let what = cause(proof).filter(|_| !is_only_clipped(proof));
    let text = what.map_or(text.clone(), |told| format!("{text}. {}", told.what));
    Some(Finding::new(level, "sum_failed", text).fix(fix))
}

/// What explains it best, but for clipping.
fn cause(proof: &Proof) -> Option<Told> {
    let causes = proof
        .diagnosis
        .iter()
        .filter(|diagnosis| diagnosis.fault != "clipped");
    causes.filter_map(Diagnosis::told).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One stem of 24 bits whose second sample was clipped, against a mix.
    fn proof_of(mix: [f64; 4]) -> Proof {
        let mut sums = StemSum::default();
        let stem = [0.25, 1.0 - libm::exp2(-23.0), 0.5, 0.125];
        sums.begin(2);
        sums.add(&stem, 2);
        sums.mark_clipped(&stem, 2, BitDepth::Int24);
        sums.end(&mix, 2);
        sums.allow(BitDepth::Int24, Dither::None, 1.5);
        sums.verdict("render")
    }

    #[test]
    fn clipping_explains_what_was_clipped_and_nothing_else() {
        let clipped = proof_of([0.25, 1.5, 0.5, 0.125]);
        assert_eq!(clipped.verdict, Verdict::Fail);
        assert!(is_only_clipped(&clipped));
        assert!((clipped.peak_dbfs.unwrap() + 6.02).abs() < 0.01);
        let wrong = proof_of([0.25, 1.5, 0.5, 0.25]);
        assert_eq!(wrong.verdict, Verdict::Fail);
        assert!(!is_only_clipped(&wrong));
    }
}

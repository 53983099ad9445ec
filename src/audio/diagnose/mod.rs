//! Why a sum of stems is not the mix: which single fault of which stem explains what is left.
//!
//! What a stem should have been is the mix without all other stems, `target = stem - residual`: each
//! fault is a way to make the target of the stem, and the one that leaves least of the residual is named.
//! Stems that are like one another do not disturb it, since every stem is asked alone. Works on stereo
//! frames, in windows where the residual is loud; memory does not grow with the length.

mod delay;
mod grid;
mod pieces;
mod rates;
mod rest;
mod still;
mod survey;
mod whole;
mod windows;

use rayon::prelude::*;

use self::survey::Survey;
use self::windows::Windows;

/// Takes a block of each stem, and of the mix.
pub type Each<'a> = dyn FnMut(&[Vec<f64>], &[f64]) + 'a;

/// Stems and their mix, to be read more than once. All blocks are interleaved stereo; what is shorter
/// than the longest ends in silence.
pub trait Recording: Sync {
    type Error: Send;

    fn stems(&self) -> usize;

    /// All stems in step, with the mix.
    ///
    /// # Errors
    /// When it cannot be read, and when cancelled.
    fn through(&self, each: &mut Each<'_>) -> Result<(), Self::Error>;

    /// One stem alone.
    ///
    /// # Errors
    /// When it cannot be read, and when cancelled.
    fn alone(&self, stem: usize, each: &mut dyn FnMut(&[f64])) -> Result<(), Self::Error>;
}

/// What right files may be off.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Frames a second.
    pub rate: u32,
    /// The residual that a right set stays below, linear.
    pub bound: f64,
    /// What each stem's file may be off, linear.
    pub errors: Vec<f64>,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Frames; negative where it is early.
    Late(i64),
    /// Decibels above what the mix holds.
    Gain(f64),
    Polarity,
    Swapped,
    /// The mix is without it.
    NotInMix,
    /// All of it stands in the set twice, in another stem too or in itself.
    CountedTwice,
    /// The mix holds it twice.
    TwiceInMix,
    /// Something of it stands in two stems: this is one of them.
    SharesTrack,
    /// It holds something that the mix does not.
    Extra,
    /// Something of the mix is in no stem; of a stem, that one is silent.
    Missing,
    /// At this frame it ends, and the others do not.
    TailCut(u64),
    /// At this frame the mix ends, and the stems do not.
    MixCut(u64),
    /// The master works by level: how far it turns down at most, dB.
    MasterChain(f64),
    /// It plays so many times too fast.
    Speed(f64),
    /// Its samples are integers of so many bits, fewer than its file has room for.
    FewerBits(u32),
    Unexplained,
}

/// An explanation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    pub kind: Kind,
    /// `None`: of all stems against the mix.
    pub stem: Option<usize>,
    /// How much of the residual's energy it does not explain.
    pub left: f64,
    /// What it does not explain is rounding.
    pub is_whole: bool,
}

/// A fault of all stems alike counts for one of a stem's only where it explains so much better.
const OF_ALL: f64 = 4.0;

/// What explains less of the residual than all but so much is not worth telling.
const PARTIAL: f64 = 0.1;

/// Says what explains the residual: the best first, and those that do as well. Empty where there is
/// no residual above the bound.
///
/// # Errors
/// Those of the recording.
pub fn diagnose<R: Recording>(recording: &R, limits: &Limits) -> Result<Vec<Fault>, R::Error> {
    let mut survey = Survey::new(recording.stems(), limits);
    recording.through(&mut |stems, mix| survey.push(stems, mix))?;
    if survey.residual().is_none() {
        return Ok(Vec::new());
    }
    let windows = windows(recording, &survey, limits)?;
    let found = stood(recording, &windows, limits)?;
    let mut faults = faults_of(&found);
    if let Some(best) = rest::best(&faults) {
        return Ok(rest::twins(best, &found));
    }
    faults.extend(displaced(recording, &windows, limits)?);
    if let Some(best) = rest::best(&faults) {
        return Ok(vec![best]);
    }
    let coarse = grid::examine(&survey, limits);
    if !coarse.is_empty() {
        return Ok(coarse);
    }
    Ok(rest::otherwise(faults, &found, &survey, &windows))
}

/// What a fault must explain of a residual below the bound, at least.
const FAINT: f64 = 0.8;

/// Finds the fault of one stem behind a residual that nowhere passes the bound and yet is louder than
/// `rounding`, its RMS in a right set: the residual follows that stem, as rounding follows none.
///
/// # Errors
/// Those of the recording.
pub fn faint<R: Recording>(
    recording: &R,
    limits: &Limits,
    rounding: f64,
) -> Result<Option<Fault>, R::Error> {
    let mut survey = Survey::new(recording.stems(), limits);
    recording.through(&mut |stems, mix| survey.push(stems, mix))?;
    // The highest of a day's roundings.
    let limits = Limits {
        bound: 6.0 * rounding,
        ..limits.clone()
    };
    let windows = windows(recording, &survey, &limits)?;
    let found = stood(recording, &windows, &limits)?;
    let explains = |faults: Vec<Fault>| {
        let best = rest::best(&faults);
        best.filter(|fault| fault.left < FAINT && !matches!(fault.kind, Kind::Speed(_)))
    };
    if let Some(fault) = explains(faults_of(&found)) {
        return Ok(Some(fault));
    }
    Ok(explains(displaced(recording, &windows, &limits)?))
}

fn windows<R: Recording>(
    recording: &R,
    survey: &Survey,
    limits: &Limits,
) -> Result<Windows, R::Error> {
    let mut windows = Windows::new(survey, limits);
    recording.through(&mut |stems, mix| windows.push(stems, mix))?;
    Ok(windows)
}

/// How each stem stands to the residual, and last how their sum does.
fn stood<R: Recording>(
    recording: &R,
    windows: &Windows,
    limits: &Limits,
) -> Result<Vec<still::Stood>, R::Error> {
    let of_stem = |stem: usize| {
        let mut pieces = windows.cores();
        recording.alone(stem, &mut |block| pieces.push(block))?;
        let error = limits.errors.get(stem).copied().unwrap_or(0.0);
        let samples = pieces.samples();
        Ok(still::examine(Some(stem), samples, windows, error))
    };
    let stems = (0..recording.stems()).into_par_iter().map(of_stem);
    let mut found: Vec<still::Stood> = stems.collect::<Result<_, R::Error>>()?;
    let errors: f64 = limits.errors.iter().sum();
    found.push(still::examine(None, windows.sum(), windows, errors));
    Ok(found)
}

fn faults_of(found: &[still::Stood]) -> Vec<Fault> {
    let faults = found.iter().flat_map(|stood| &stood.faults);
    faults.copied().collect()
}

/// What each stem, and their sum, could be that is not where, or not as fast as, it should be.
fn displaced<R: Recording>(
    recording: &R,
    windows: &Windows,
    limits: &Limits,
) -> Result<Vec<Fault>, R::Error> {
    let of_stem = |stem: usize| {
        let (mut wide, mut played) = (windows.wide(), windows.played());
        recording.alone(stem, &mut |block| {
            wide.push(block);
            played.push(block);
        })?;
        let error = limits.errors.get(stem).copied().unwrap_or(0.0);
        let pieces = [wide.samples(), played.samples()];
        Ok(elsewhere(Some(stem), pieces, windows, error))
    };
    let stems = (0..recording.stems()).into_par_iter().map(of_stem);
    let found: Vec<Vec<Fault>> = stems.collect::<Result<_, R::Error>>()?;
    let errors: f64 = limits.errors.iter().sum();
    let pieces = [windows.wide_sum(), windows.played_sum()];
    let of_all = elsewhere(None, pieces, windows, errors);
    Ok(found.into_iter().flatten().chain(of_all).collect())
}

fn elsewhere(
    stem: Option<usize>,
    [wide, played]: [&[Vec<f64>]; 2],
    windows: &Windows,
    error: f64,
) -> Vec<Fault> {
    let late = delay::examine(stem, wide, windows, error);
    let fast = rates::examine(stem, wide, played, windows);
    late.into_iter().chain(fast).collect()
}

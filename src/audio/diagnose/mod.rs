//! Why a sum of stems is not the mix: which single fault of which stem explains what is left.
//!
//! What a stem should have been is the mix without all other stems, `target = stem - residual`: each
//! fault is a way to make the target of the stem, and the one that leaves least of the residual is named.
//! Stems that are like one another do not disturb it, since every stem is asked alone. Works on stereo
//! frames, in windows where the residual is loud; memory does not grow with the length.

mod delay;
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
    let mut windows = Windows::new(&survey, limits);
    recording.through(&mut |stems, mix| windows.push(stems, mix))?;
    let stems: Vec<usize> = (0..recording.stems()).collect();
    let still = stems.par_iter().map(|stem| {
        let mut pieces = windows.cores();
        recording.alone(*stem, &mut |block| pieces.push(block))?;
        let error = limits.errors.get(*stem).copied().unwrap_or(0.0);
        Ok(still::examine(
            Some(*stem),
            pieces.samples(),
            &windows,
            error,
        ))
    });
    let mut found: Vec<still::Stood> = still.collect::<Result<_, R::Error>>()?;
    let errors: f64 = limits.errors.iter().sum();
    found.push(still::examine(None, windows.sum(), &windows, errors));
    let all = |found: &[still::Stood]| -> Vec<Fault> {
        found
            .iter()
            .flat_map(|stood| stood.faults.iter().copied())
            .collect()
    };
    let mut faults = all(&found);
    if let Some(best) = rest::best(&faults) {
        return Ok(rest::twins(best, &found));
    }
    let moved = stems.par_iter().map(|stem| {
        let (mut wide, mut played) = (windows.wide(), windows.played());
        recording.alone(*stem, &mut |block| {
            wide.push(block);
            played.push(block);
        })?;
        let error = limits.errors.get(*stem).copied().unwrap_or(0.0);
        let pieces = [wide.samples(), played.samples()];
        Ok(displaced(Some(*stem), pieces, &windows, error))
    });
    let moved_faults: Vec<Vec<Fault>> = moved.collect::<Result<_, R::Error>>()?;
    faults.extend(moved_faults.into_iter().flatten());
    let pieces = [windows.wide_sum(), windows.played_sum()];
    faults.extend(displaced(None, pieces, &windows, errors));
    if let Some(best) = rest::best(&faults) {
        return Ok(vec![best]);
    }
    Ok(rest::otherwise(faults, &found, &survey, &windows))
}

/// What a stem could be that is not where, or not as fast as, it should be.
fn displaced(
    stem: Option<usize>,
    [wide, played]: [&[Vec<f64>]; 2],
    windows: &Windows,
    error: f64,
) -> Vec<Fault> {
    let late = delay::examine(stem, wide, windows, error);
    let fast = rates::examine(stem, wide, played, windows);
    late.into_iter().chain(fast).collect()
}

//! A stem that is late or early: cross-correlation of the stem with its target, by FFT.
#![allow(clippy::indexing_slicing)]

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::still::Left;
use super::windows::Windows;
use super::{Fault, Kind};

/// Windows that are searched; all are asked whether what was found is right.
const SEARCHED: usize = 4;

/// Of the residual's energy, so much must lie where a delay can be seen.
const SEEN: f64 = 0.1;

/// What each delay, from `-reach` to `reach`, leaves of the target, and of how much.
struct Lags {
    left: Vec<f64>,
    of: Vec<f64>,
}

pub(super) fn examine(
    stem: Option<usize>,
    wide: &[Vec<f64>],
    windows: &Windows,
    error: f64,
) -> Option<Fault> {
    if wide.iter().flatten().all(|x| *x == 0.0) {
        return None;
    }
    let reach = usize::try_from(windows.reach).unwrap_or(0);
    let mut lags = Lags {
        left: vec![0.0; 2 * reach + 1],
        of: vec![0.0; 2 * reach + 1],
    };
    let mut planner = RealFftPlanner::<f64>::new();
    let searched = wide.iter().zip(windows.residual()).zip(windows.spans());
    for ((wide, residual), span) in searched.take(SEARCHED) {
        search(
            wide,
            residual,
            (span.from, windows.total),
            &mut planner,
            &mut lags,
        );
    }
    let late = best(&lags, windows.reach)?;
    Some(check(stem, late, wide, windows, error))
}

/// Adds what the delays leave in one window, which begins at the first of `place`, in a whole of so many
/// frames as the second says.
fn search(
    wide: &[f64],
    residual: &[f64],
    place: (i64, i64),
    planner: &mut RealFftPlanner<f64>,
    lags: &mut Lags,
) {
    let frames = residual.len() / 2;
    let reach = lags.left.len() / 2;
    let size = (wide.len() / 2).next_power_of_two();
    let (forward, back) = (
        planner.plan_fft_forward(size),
        planner.plan_fft_inverse(size),
    );
    let mut product = forward.make_output_vec();
    let (mut own, mut target) = (forward.make_output_vec(), forward.make_output_vec());
    let mut samples = forward.make_input_vec();
    let (mut own_energy, mut energy) = (vec![0.0; wide.len() / 2 + 1], vec![0.0; frames + 1]);
    let mut left_energy = vec![0.0; frames + 1];
    for side in 0..2 {
        samples.fill(0.0);
        for (at, x) in wide.iter().skip(side).step_by(2).enumerate() {
            samples[at] = *x;
            own_energy[at + 1] += x * x;
        }
        let core = wide.iter().skip(2 * reach + side).step_by(2);
        let mut goal = vec![0.0; size];
        for (at, (x, r)) in core.zip(residual.iter().skip(side).step_by(2)).enumerate() {
            goal[at] = x - r;
            energy[at + 1] += (x - r) * (x - r);
            left_energy[at + 1] += r * r;
        }
        if forward.process(&mut samples, &mut own).is_err()
            || forward.process(&mut goal, &mut target).is_err()
        {
            return;
        }
        for ((product, own), target) in product.iter_mut().zip(&own).zip(&target) {
            *product += own * target.conj();
        }
    }
    // The transform wants the ends to be real; they are but for rounding.
    let last = product.len() - 1;
    for end in [0, last] {
        product[end] = Complex::new(product[end].re, 0.0);
    }
    if back.process(&mut product, &mut samples).is_err() {
        return;
    }
    for sums in [&mut own_energy, &mut energy, &mut left_energy] {
        for at in 1..sums.len() {
            sums[at] += sums[at - 1];
        }
    }
    for (lag, together) in samples.iter().take(2 * reach + 1).enumerate() {
        let late = lag as i64 - reach as i64;
        // Frames of the window whose counterpart lies within the whole.
        let from = (-late - place.0).clamp(0, frames as i64) as usize;
        let to = (place.1 - late - place.0).clamp(from as i64, frames as i64) as usize;
        let own = own_energy[lag + to] - own_energy[lag + from];
        let goal = energy[to] - energy[from];
        lags.left[lag] += own + goal - 2.0 * together / size as f64;
        lags.of[lag] += left_energy[to] - left_energy[from];
    }
}

/// The delay that leaves least; of those that leave as little, the shortest.
fn best(lags: &Lags, reach: i64) -> Option<i64> {
    let enough = lags.of.iter().copied().fold(0.0, f64::max) * SEEN;
    let all = lags.left.iter().zip(&lags.of).enumerate();
    let all: Vec<(i64, f64)> = all
        .filter(|(_, (_, of))| **of >= enough && **of > 0.0)
        .map(|(lag, (left, of))| (lag as i64 - reach, (left / of).max(0.0)))
        .filter(|(late, _)| *late != 0)
        .collect();
    let least = all
        .iter()
        .map(|(_, left)| *left)
        .fold(f64::INFINITY, f64::min);
    let as_good = all.iter().filter(|(_, left)| *left <= least * 1.02 + 1e-9);
    as_good.map(|(late, _)| *late).min_by_key(|late| late.abs())
}

fn check(
    stem: Option<usize>,
    late: i64,
    wide: &[Vec<f64>],
    windows: &Windows,
    error: f64,
) -> Fault {
    let (mut left, mut of) = (Left::default(), 0.0);
    let reach = windows.reach;
    for ((wide, residual), span) in wide.iter().zip(windows.residual()).zip(windows.spans()) {
        for (at, r) in (0_i64..).zip(residual.chunks_exact(2)) {
            let there = span.from + at + late;
            if there < 0 || there >= windows.total {
                continue;
            }
            let frame = |at: i64| {
                let at = usize::try_from(at).unwrap_or(0) * 2;
                wide.get(at..at + 2).unwrap_or(&[0.0, 0.0])
            };
            for ((x, moved), r) in frame(reach + at)
                .iter()
                .zip(frame(reach + at + late))
                .zip(r)
            {
                left.add(x - r - moved);
                of += r * r;
            }
        }
    }
    left.fault(stem, Kind::Late(late), of, windows.bound + 2.0 * error)
}

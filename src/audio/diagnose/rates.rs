//! A stem that plays too fast or too slow: one that was written at another rate than it says.
#![allow(clippy::indexing_slicing)]

use super::pieces::Span;
use super::windows::Windows;
use super::{Fault, Kind};

/// How far a stem's frames may be stretched: the rates that are in use, one for another, and the pull of
/// film.
const SPEEDS: [f64; 14] = [
    48_000.0 / 44_100.0,
    44_100.0 / 48_000.0,
    2.0,
    0.5,
    96_000.0 / 44_100.0,
    44_100.0 / 96_000.0,
    88_200.0 / 48_000.0,
    48_000.0 / 88_200.0,
    1.001,
    1.0 / 1.001,
    25.0 / 24.0,
    24.0 / 25.0,
    4.0,
    0.25,
];

/// Half of the interpolation's taps.
const HALF: i64 = 16;
/// Frames that are compared.
const FRAMES: i64 = 1024;
/// Windows that are asked, the loudest.
const WINDOWS: usize = 4;
/// So much of the loudest residual must be where a speed can be seen.
const SEEN: f64 = 0.02;
/// What the interpolation may leave.
const LEFT: f64 = 0.1;
/// Of the residual's energy, so much at least is heard at the other speed: silence fits any of them.
const HEARD: f64 = 0.05;

/// Of a stem, what would be heard in the windows if it played at each of the speeds.
pub(super) fn spans(cores: &[Span]) -> Vec<Span> {
    let of_speed = |speed: &f64| {
        let speed = *speed;
        cores.iter().take(WINDOWS).map(move |core| Span {
            from: (core.from as f64 * speed) as i64 - HALF,
            frames: (FRAMES as f64 * speed) as i64 + 2 * HALF + 2,
        })
    };
    SPEEDS.iter().flat_map(of_speed).collect()
}

/// `played` are the pieces of [`spans`].
pub(super) fn examine(
    stem: Option<usize>,
    cores: &[Vec<f64>],
    played: &[Vec<f64>],
    windows: &Windows,
) -> Option<Fault> {
    let asked = windows.spans().len().clamp(1, WINDOWS);
    let speeds = SPEEDS.iter().zip(played.chunks(asked));
    let of_speed = |(speed, played): (&f64, &[Vec<f64>])| {
        left_of(*speed, cores, played, windows).map(|left| (*speed, left))
    };
    let best = speeds
        .filter_map(of_speed)
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 < LEFT).then_some(Fault {
        kind: Kind::Speed(1.0 / best.0),
        stem,
        left: best.1,
        is_whole: false,
    })
}

/// How much of the target is not the stem at this speed, over the windows that hold what that needs.
fn left_of(speed: f64, wide: &[Vec<f64>], played: &[Vec<f64>], windows: &Windows) -> Option<f64> {
    let (mut left, mut heard, mut of, mut most) = (0.0, 0.0, 0.0, 0.0_f64);
    let residuals = windows.residual().iter().zip(windows.spans());
    for ((wide, played), (residual, span)) in wide.iter().zip(played).zip(residuals) {
        let frames = span.frames.min(FRAMES);
        let samples: f64 = residual[..2 * frames as usize].iter().map(|x| x * x).sum();
        most = most.max(samples);
        if ((span.from + frames) as f64 * speed) as i64 + HALF >= windows.total {
            continue;
        }
        let first = (span.from as f64 * speed) as i64 - HALF;
        for at in 0..frames {
            let there = (span.from + at) as f64 * speed - first as f64;
            let here = 2 * (windows.reach + at) as usize;
            for side in 0..2 {
                let residual = residual[2 * at as usize + side];
                let target = wide[here + side] - residual;
                let own = between(played, there, side);
                heard += own * own;
                let apart = target - own;
                left += apart * apart;
            }
        }
        of += samples;
    }
    (of > most * SEEN && heard > of * HEARD).then(|| left / of)
}

/// One side of the stem between its frames, by a windowed sinc.
fn between(frames: &[f64], at: f64, side: usize) -> f64 {
    let base = at.floor();
    let part = at - base;
    if part == 0.0 {
        return frames.get(2 * base as usize + side).copied().unwrap_or(0.0);
    }
    let sine = (std::f64::consts::PI * part).sin() / std::f64::consts::PI;
    let tap = |tap: i64| {
        let place = usize::try_from(base as i64 + tap).unwrap_or(usize::MAX / 4);
        let sample = frames.get(2 * place + side).copied().unwrap_or(0.0);
        let apart = part - tap as f64;
        let sign = if tap % 2 == 0 { 1.0 } else { -1.0 };
        let window = 0.5 + 0.5 * (std::f64::consts::PI * apart / (HALF as f64 + 1.0)).cos();
        sample * sign * sine / apart * window
    };
    (1 - HALF..=HALF).map(tap).sum()
}

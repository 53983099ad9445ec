//! Tones through the resampler, fitted by least squares.

use core::f64::consts::TAU;

use super::*;

fn sine(rate: u32, hz: f64, frames: usize) -> Vec<f64> {
    let turns = |n: usize| (n as f64 * hz / f64::from(rate)).fract();
    (0..frames).map(|n| libm::sin(TAU * turns(n))).collect()
}

fn resample(from: u32, to: u32, channels: u16, input: &[f64], block: usize) -> Vec<f64> {
    let mut out = Vec::new();
    let mut resampler = Resampler::new(from, to, channels).unwrap();
    for part in input.chunks(block) {
        resampler.push(part, &mut out).unwrap();
    }
    resampler.finish(&mut out).unwrap();
    out
}

/// What lies away from both ends, where there is silence before or after the tone.
fn middle(samples: &[f64]) -> core::ops::Range<usize> {
    samples.len() / 3..samples.len() * 2 / 3
}

fn decibel(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-30).log10()
}

/// The tone in a signal: level, place (turns of phase), and in dB what else there is.
struct Fit {
    level: f64,
    phase: f64,
    rest: f64,
}

/// Least squares of `a sin + b cos` at a known frequency.
fn fit(samples: &[f64], rate: u32, hz: f64) -> Fit {
    let range = middle(samples);
    let rows: Vec<(f64, f64, f64)> = range
        .map(|n| {
            let angle = TAU * (n as f64 * hz / f64::from(rate)).fract();
            (libm::sin(angle), libm::cos(angle), samples[n])
        })
        .collect();
    let sum = |of: &dyn Fn(&(f64, f64, f64)) -> f64| rows.iter().map(of).sum::<f64>();
    let (ss, sc, cc) = (
        sum(&|r| r.0 * r.0),
        sum(&|r| r.0 * r.1),
        sum(&|r| r.1 * r.1),
    );
    let (sy, cy) = (sum(&|r| r.0 * r.2), sum(&|r| r.1 * r.2));
    let divisor = ss * cc - sc * sc;
    let (a, b) = ((sy * cc - cy * sc) / divisor, (cy * ss - sy * sc) / divisor);
    let power = sum(&|r| (r.2 - a * r.0 - b * r.1).powi(2));
    let tone = sum(&|r| (a * r.0 + b * r.1).powi(2));
    Fit {
        level: a.hypot(b),
        phase: libm::atan2(b, a) / TAU,
        rest: decibel((power / tone).sqrt()),
    }
}

/// Pairs of rates with seconds that are longer than three times their filters.
const PAIRS: [(u32, u32, f64); 10] = [
    (44_100, 48_000, 0.5),
    (48_000, 44_100, 0.5),
    (96_000, 48_000, 0.5),
    (48_000, 96_000, 0.5),
    (192_000, 44_100, 0.5),
    (44_100, 192_000, 0.5),
    (48_000, 47_952, 0.8),
    (44_056, 48_000, 0.8),
    (44_100, 47_999, 4.0),
    (47_999, 44_100, 4.0),
];

#[test]
fn tones_keep_level_pitch_and_place() {
    for (from, to, seconds) in PAIRS {
        for hz in [997.0, 10_000.0, 20_000.0] {
            let frames = (f64::from(from) * seconds) as usize;
            let out = resample(from, to, 1, &sine(from, hz, frames), 1_000);
            assert_eq!(out.len() as u64, length(frames as u64, from, to));
            let Fit { level, phase, rest } = fit(&out, to, hz);
            assert!(
                decibel(level).abs() < 1e-6,
                "{from} to {to}, {hz} Hz: {level}"
            );
            assert!(phase.abs() < 1e-9, "{from} to {to}, {hz} Hz: {phase}");
            assert!(rest < -180.0, "{from} to {to}, {hz} Hz: {rest} dB");
        }
    }
}

/// What is off by some everywhere is off by less than four times that afterwards.
#[test]
fn taps_add_up_to_less_than_four() {
    for (from, to, _) in PAIRS {
        let mut click = vec![0.0; 3 * block(from, to).0];
        click[block(from, to).0] = 1.0;
        let taps = resample(from, to, 1, &click, 1_000);
        let sum: f64 = taps.iter().map(|tap| tap.abs()).sum();
        let sum = sum * f64::from(from) / f64::from(to);
        assert!((1.0..4.0).contains(&sum), "{from} to {to}: {sum}");
    }
}

#[test]
fn what_the_lower_rate_cannot_hold_is_gone() {
    for (from, to, hz) in [
        (96_000, 44_100, 30_000.0),
        (48_000, 44_100, 22_500.0),
        (192_000, 48_000, 90_000.0),
    ] {
        let out = resample(from, to, 1, &sine(from, hz, 30_000), 9_600);
        let loudest = out[middle(&out)]
            .iter()
            .fold(0.0_f64, |most, x| most.max(x.abs()));
        assert!(
            decibel(loudest) < -180.0,
            "{from} to {to}, {hz} Hz: {loudest}"
        );
    }
}

#[test]
fn what_happens_at_once_stays_where_it_was() {
    let mut input = vec![0.0; 10_000];
    input[0] = 1.0;
    input[4_410] = 1.0;
    let out = resample(44_100, 48_000, 1, &input, 512);
    for place in [0_usize, 4_800] {
        let around = place.max(3) - 3..place + 4;
        let loudest = around.max_by(|a, b| out[*a].total_cmp(&out[*b]));
        assert_eq!(loudest, Some(place));
    }
}

#[test]
fn blocks_leave_no_trace() {
    let left = sine(44_100, 441.0, 10_000);
    let right = sine(44_100, 5_000.0, 10_000);
    let both: Vec<f64> = left
        .iter()
        .zip(&right)
        .flat_map(|(l, r)| [*l, *r])
        .collect();
    let whole = resample(44_100, 48_000, 2, &both, both.len());
    for frames in [1, 7, 333, 2_058, 4_117] {
        assert_eq!(resample(44_100, 48_000, 2, &both, frames * 2), whole);
    }
    for (channel, alone) in [left, right].iter().enumerate() {
        let of_both: Vec<f64> = whole.iter().skip(channel).step_by(2).copied().collect();
        assert_eq!(resample(44_100, 48_000, 1, alone, 500), of_both);
    }
}

#[test]
fn lengths_are_exact() {
    assert!(resample(44_100, 48_000, 2, &[], 1).is_empty());
    for frames in [1, 2, 146, 147, 148, 2_057, 2_058, 2_059, 9_999] {
        let out = resample(48_000, 44_100, 1, &vec![0.5; frames], 100);
        assert_eq!(out.len() as u64, length(frames as u64, 48_000, 44_100));
    }
    assert_eq!(length(132_300, 44_100, 48_000), 144_000);
    assert_eq!(length(1, 96_000, 48_000), 1);
    assert_eq!(length(u64::MAX, 1, 192_000), u64::MAX);
}

#[test]
fn blocks_are_of_the_rates_ratio_and_bounded() {
    for (from, to) in [
        (44_100, 48_000),
        (48_000, 47_952),
        (1_000, 768_000),
        (768_000, 1_000),
        (767_999, 768_000),
    ] {
        let (taken, given) = block(from, to);
        assert_eq!(taken as u64 * u64::from(to), given as u64 * u64::from(from));
        assert!(taken.min(given) >= 256, "{from} to {to}: {taken}, {given}");
        assert!(
            taken + given < MOST_SAMPLES,
            "{from} to {to}: {taken}, {given}"
        );
    }
}

#[test]
fn rates_and_widths_beyond_reason_are_refused() {
    let refusal = |from, to, channels| Resampler::new(from, to, channels).err();
    assert_eq!(refusal(0, 48_000, 2), Some(ResampleError::Rate(0)));
    assert_eq!(
        refusal(48_000, u32::MAX, 2),
        Some(ResampleError::Rate(u32::MAX))
    );
    let (from, to, channels) = (44_100, 48_000, u16::MAX);
    let wide = ResampleError::Wide { from, to, channels };
    assert_eq!(refusal(from, to, channels), Some(wide));
    assert_eq!(refusal(from, to, 256), None);
}

/// Any run of pieces against the whole, for sources that end anywhere in a block.
#[test]
fn pieces_are_parts_of_the_whole() {
    for (from, to, channels) in [
        (44_100, 48_000, 2_u16),
        (96_000, 44_100, 1),
        (48_000, 96_000, 1),
        (44_056, 48_000, 1),
    ] {
        let (taken, given) = block(from, to);
        let width = usize::from(channels);
        let mut pieces = Pieces::new(from, to, channels).unwrap();
        for frames in [0, 1, taken / 2, taken, 2 * taken + 1, 5 * taken + taken / 3] {
            let input = sine(from, 997.0, frames * width);
            let whole = resample(from, to, channels, &input, 1_000 * width);
            for run in [0..1, 0..9, 1..2, 3..4, 2..6, 7..9] {
                let mut next = run.start;
                let read = |frame: u64, block: &mut [f64]| {
                    let rest = input.get(frame as usize * width..).unwrap_or_default();
                    let count = rest.len().min(block.len());
                    block[..count].copy_from_slice(&rest[..count]);
                    Ok::<_, ResampleError>(count / width)
                };
                let check = |piece: u64, made: &[f64]| {
                    assert_eq!(piece, next);
                    next += 1;
                    for (i, frame) in made.chunks(width).enumerate() {
                        let at = (piece as usize * given + i).checked_sub(given / 2);
                        let want = at.and_then(|at| whole.get(at * width..(at + 1) * width));
                        let silence = vec![0.0; width];
                        assert_eq!(frame, want.unwrap_or(&silence), "{from}: {piece}, {i}");
                        if let Some(at) = at {
                            assert_eq!(place(at as u64, from, to), (piece, i));
                        }
                    }
                };
                let end = run.end;
                pieces.make(run, read, check).unwrap();
                assert_eq!(next, end);
            }
        }
    }
}

#[test]
fn samples_that_are_no_numbers_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        let mut input = vec![0.5; 9_000];
        input[4_321] = bad;
        let mut resampler = Resampler::new(44_100, 48_000, 1).unwrap();
        let refused = resampler.push(&input, &mut Vec::new());
        assert_eq!(refused, Err(ResampleError::NoNumbers), "{bad}");
    }
}

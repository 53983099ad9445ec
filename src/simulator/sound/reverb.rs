//! A room: a feedback delay network, linear and the same every time. Owns its delay lines; knows no
//! dry sound and no modulation.
#![allow(clippy::indexing_slicing)]

use std::f64::consts::TAU;

use crate::model::routing::Reverb;

/// Delays at 48 kHz without common factors, so that echoes never pile up.
const LINES: [f64; 8] = [
    1_499.0, 1_637.0, 1_823.0, 2_011.0, 2_239.0, 2_411.0, 2_633.0, 2_801.0,
];
/// What goes in, so that a room of two seconds is about as loud as its source.
const INPUT: f64 = 0.25;
/// Below this a sound counts as over: numbers near zero are slow.
const OVER: f64 = 1e-120;

/// One delay line with its wall.
#[derive(Debug, Clone)]
struct Line {
    samples: Vec<f64>,
    at: usize,
    /// Gain of one round.
    loss: f64,
    /// State of the low-pass.
    wall: f64,
}

/// A sounding room.
#[derive(Debug, Clone)]
pub struct Room {
    lines: [Line; 8],
    /// Interleaved stereo; empty for none.
    before: Vec<f64>,
    at: usize,
    /// Coefficient of the walls' low-pass.
    dull: f64,
    /// Nothing is in it.
    is_empty: bool,
}

impl Room {
    pub fn new(how: &Reverb, sample_rate: u32) -> Self {
        let rate = f64::from(sample_rate);
        let line = |length: f64| {
            let length = frames(length / 48_000.0 * rate).max(1);
            let rounds = length as f64 / (rate * how.seconds.max(0.01));
            Line {
                samples: vec![0.0; length],
                at: 0,
                loss: libm::pow(0.001, rounds),
                wall: 0.0,
            }
        };
        Self {
            lines: LINES.map(line),
            before: vec![0.0; 2 * frames(how.pre_delay_ms / 1_000.0 * rate)],
            at: 0,
            dull: libm::exp(-TAU * (how.damp_hz / rate).min(0.5)),
            is_empty: true,
        }
    }

    /// Puts the room's sound in the place of interleaved stereo.
    pub fn apply(&mut self, stereo: &mut [f64]) {
        if self.is_empty && stereo.iter().all(|sample| *sample == 0.0) {
            return;
        }
        self.is_empty = false;
        for frame in stereo.chunks_exact_mut(2) {
            let (left, right) = self.delayed(frame[0], frame[1]);
            let (left, right) = self.round(left * INPUT, right * INPUT);
            frame[0] = left;
            frame[1] = right;
        }
    }

    fn delayed(&mut self, left: f64, right: f64) -> (f64, f64) {
        if self.before.is_empty() {
            return (left, right);
        }
        let out = (self.before[self.at], self.before[self.at + 1]);
        self.before[self.at] = left;
        self.before[self.at + 1] = right;
        self.at = (self.at + 2) % self.before.len();
        out
    }

    /// One sample: every line hears all others (Householder), no energy is made.
    fn round(&mut self, left: f64, right: f64) -> (f64, f64) {
        let mut outs = [0.0; 8];
        for (out, line) in outs.iter_mut().zip(&mut self.lines) {
            let heard = line.samples[line.at] * line.loss;
            line.wall = alive(heard + self.dull * (line.wall - heard));
            *out = line.wall;
        }
        let mean = outs.iter().sum::<f64>() * 0.25;
        for (index, line) in self.lines.iter_mut().enumerate() {
            let input = if index % 2 == 0 { left } else { right };
            let sign = if index % 4 < 2 { 1.0 } else { -1.0 };
            line.samples[line.at] = alive(outs[index] - mean + sign * input);
            line.at += 1;
            if line.at == line.samples.len() {
                line.at = 0;
            }
        }
        (
            outs[0] - outs[2] + outs[5] - outs[7],
            outs[1] - outs[3] + outs[4] - outs[6],
        )
    }
}

fn frames(count: f64) -> usize {
    count.round().clamp(0.0, 1e7) as usize
}

fn alive(x: f64) -> f64 {
    if x.abs() < OVER { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: Reverb = Reverb {
        seconds: 0.4,
        pre_delay_ms: 5.0,
        damp_hz: 4_000.0,
    };

    fn noise(seed: u64, frames: usize) -> Vec<f64> {
        let mut state = seed;
        (0..frames * 2)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
            })
            .collect()
    }

    fn room(samples: &[f64]) -> Vec<f64> {
        let mut out = samples.to_vec();
        Room::new(&HOW, 48_000).apply(&mut out);
        out
    }

    #[test]
    fn blocks_do_not_matter() {
        let dry = noise(7, 9_000);
        let whole = room(&dry);
        let mut pieces = dry;
        let mut room = Room::new(&HOW, 48_000);
        let mut rest = pieces.as_mut_slice();
        for frames in [1, 2, 977, 64, 4_001, 3_000, 9_000] {
            let (part, after) = rest.split_at_mut((frames * 2).min(rest.len()));
            room.apply(part);
            rest = after;
        }
        assert!(rest.is_empty());
        assert_eq!(pieces, whole);
    }

    #[test]
    fn the_room_of_a_sum_is_the_sum_of_rooms() {
        let (a, b) = (noise(1, 6_000), noise(2, 6_000));
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let (a, b, sum) = (room(&a), room(&b), room(&sum));
        let peak = sum.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
        assert!(peak > 0.01, "it sounds: {peak}");
        for ((a, b), sum) in a.iter().zip(&b).zip(&sum) {
            assert!((a + b - sum).abs() < 1e-13);
        }
    }

    #[test]
    fn it_waits_sounds_on_both_sides_and_dies_away() {
        let mut click = vec![0.0; 2 * 48_000];
        click[0] = 1.0;
        let wet = room(&click);
        let first = wet.chunks(2).position(|f| f[0] != 0.0 || f[1] != 0.0);
        assert!(first.unwrap() >= 240 + 1_499, "{first:?}");
        let level = |part: &[f64], side: usize| -> f64 {
            part.chunks(2).map(|frame| frame[side] * frame[side]).sum()
        };
        let (early, late) = (&wet[..2 * 9_600], &wet[2 * 38_400..]);
        for side in [0, 1] {
            assert!(level(early, side) > 1e-4);
            // Another 0.6 s of a room of 0.4 s: 90 dB and more.
            assert!(level(late, side) < 1e-8 * level(early, side));
        }
    }
}

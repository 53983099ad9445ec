//! From a track's channels to left and right.
//!
//! Mono: constant power, -3 dB at the centre. Stereo: balance, never a boost. No pan: mono to both
//! sides at unity, stereo straight through.

#![allow(clippy::indexing_slicing)]

use std::f64::consts::{FRAC_PI_4, SQRT_2};

use crate::model::Breakpoint;
use crate::model::clip::Lane;

use super::automation::{Points, Run, straight};

/// Left and right gain at a position from -1 (left) to 1 (right).
pub fn gains(position: f64, channels: usize) -> (f64, f64) {
    let theta = (position.clamp(-1.0, 1.0) + 1.0) * FRAC_PI_4;
    let (left, right) = (libm::cos(theta), libm::sin(theta));
    if channels == 1 {
        (left, right)
    } else {
        ((SQRT_2 * left).min(1.0), (SQRT_2 * right).min(1.0))
    }
}

/// The pan stage of a track.
#[derive(Debug, Clone)]
pub struct Pan<'a> {
    channels: usize,
    fixed: (f64, f64),
    points: Points<'a>,
}

impl<'a> Pan<'a> {
    pub fn new(lane: &'a Lane) -> Self {
        Self::from_parts(usize::from(lane.channels), lane.pan, &lane.pan_points)
    }

    /// `points` replace `position` unless they are empty.
    pub fn from_parts(channels: usize, position: Option<f64>, points: &'a [Breakpoint]) -> Self {
        Self {
            channels: channels.max(1),
            fixed: position.map_or((1.0, 1.0), |position| gains(position, channels)),
            points: Points::new(points),
        }
    }

    /// Spreads a lane's interleaved samples over `stereo`, which holds as many frames. The first
    /// is session sample `at`. Of more than two channels the first and the last are heard.
    pub fn spread(&self, at: i64, lane: &[f64], stereo: &mut [f64]) {
        self.place(at, lane, stereo, |out, sample| *out = sample);
    }

    /// As [`Self::spread`], added to what is there.
    pub fn add(&self, at: i64, lane: &[f64], stereo: &mut [f64]) {
        self.place(at, lane, stereo, |out, sample| *out += sample);
    }

    fn place(&self, at: i64, lane: &[f64], stereo: &mut [f64], put: impl Fn(&mut f64, f64) + Copy) {
        let (mut at, mut lane, mut stereo) = (at, lane, stereo);
        while stereo.len() >= 2 {
            let frames = stereo.len() / 2;
            let run = self.points.run(at, frames);
            let turn = run.map_or(frames, |run| run.frames());
            if turn == 0 || lane.len() < turn * self.channels {
                return;
            }
            let (from, lane_after) = lane.split_at(turn * self.channels);
            let (to, after) = stereo.split_at_mut(turn * 2);
            match run {
                None => self.fill(from, to, put, |_| self.fixed),
                Some(Run::Level { value, .. }) => {
                    let fixed = gains(value, self.channels);
                    self.fill(from, to, put, |_| fixed);
                }
                Some(Run::Ramp {
                    from: a,
                    to: b,
                    span,
                    offset,
                    ..
                }) => self.fill(from, to, put, |i| {
                    gains(straight(a, b, offset + i as u64, span), self.channels)
                }),
            }
            at = at.saturating_add(i64::try_from(turn).unwrap_or(i64::MAX));
            (lane, stereo) = (lane_after, after);
        }
    }

    fn fill(
        &self,
        lane: &[f64],
        stereo: &mut [f64],
        put: impl Fn(&mut f64, f64),
        gains: impl Fn(usize) -> (f64, f64),
    ) {
        let (sides, _) = stereo.as_chunks_mut::<2>();
        if self.channels == 1 {
            for (i, (sample, [l, r])) in lane.iter().zip(sides).enumerate() {
                let (left, right) = gains(i);
                put(l, sample * left);
                put(r, sample * right);
            }
            return;
        }
        let last = self.channels - 1;
        let frames = lane.chunks_exact(self.channels);
        for (i, (frame, [l, r])) in frames.zip(sides).enumerate() {
            let (left, right) = gains(i);
            put(l, frame[0] * left);
            put(r, frame[last] * right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_meet_their_ends_and_centres() {
        let centre = 0.5_f64.sqrt();
        for (position, channels, want) in [
            (-1.0, 1, (1.0, 0.0)),
            (0.0, 1, (centre, centre)),
            (1.0, 1, (0.0, 1.0)),
            (-1.0, 2, (1.0, 0.0)),
            (0.0, 2, (1.0, 1.0)),
            (1.0, 2, (0.0, 1.0)),
            (7.0, 2, (0.0, 1.0)),
        ] {
            let (left, right) = gains(position, channels);
            assert!((left - want.0).abs() < 1e-15 && (right - want.1).abs() < 1e-15);
        }
    }

    #[test]
    fn mono_pans_keep_power_and_balance_never_boosts() {
        for i in -100..=100 {
            let position = f64::from(i) / 100.0;
            let (left, right) = gains(position, 1);
            assert!((left * left + right * right - 1.0).abs() < 1e-15);
            let (left, right) = gains(position, 2);
            assert!(left <= 1.0 && right <= 1.0 && left.max(right) == 1.0);
        }
    }

    #[test]
    fn no_pan_is_unity() {
        let mut out = [0.0; 4];
        Pan::from_parts(1, None, &[]).spread(0, &[0.5, -0.25], &mut out);
        assert_eq!(out, [0.5, 0.5, -0.25, -0.25]);
        Pan::from_parts(2, None, &[]).spread(0, &[0.5, -0.25, 1.0, 2.0], &mut out);
        assert_eq!(out, [0.5, -0.25, 1.0, 2.0]);
    }

    #[test]
    fn automation_moves_the_position_at_every_sample() {
        let points = [(10, -1.0), (30, 1.0)].map(Breakpoint::from);
        let pan = Pan::from_parts(1, Some(0.3), &points);
        let mut out = [0.0; 80];
        pan.spread(0, &[1.0; 40], &mut out);
        for (at, frame) in out.chunks(2).enumerate() {
            let position = ((f64::from(u32::try_from(at).unwrap()) - 20.0) / 10.0).clamp(-1.0, 1.0);
            let (left, right) = gains(position, 1);
            assert!((frame[0] - left).abs() < 1e-15 && (frame[1] - right).abs() < 1e-15);
        }
    }
}

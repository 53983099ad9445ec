//! From a track's channels to left and right.
//!
//! With theta from 0 (left) over pi/4 (centre) to pi/2 (right) and a law's exponent k:
//!
//! | | left | right |
//! |---|---|---|
//! | mono | cos(theta)^k | sin(theta)^k |
//! | stereo: balance, never a boost | min(1, (sqrt 2 cos(theta))^k) | min(1, (sqrt 2 sin(theta))^k) |
//! | no pan | mono to both sides at unity, stereo straight through | |
//!
//! | law | k | mono at the centre | |
//! |---|---|---|---|
//! | `session-folder`, `-3` | 1 | -3.010 dB | constant power |
//! | `-2.5` | 5/6 | -2.509 dB | |
//! | `-4.5` | 3/2 | -4.515 dB | half way between the two |
//! | `-6` | 2 | -6.021 dB | left and right add up to 1 |
//!
//! Published of Pro Tools' pan depth (Session Setup; Avid's help page "Stereo Pan Depth"): the four
//! values, that they are what a signal loses in the centre of a stereo path, and that it loses nothing
//! at the sides. The curve between is not published: the power of the cosine is ours, as is reading the
//! depths as powers of one half (-3 dB is the root of 1/2, -6 dB is 1/2), as the trade does. A stereo
//! track of Pro Tools has a knob for each channel, fully left and right by default, where every depth is
//! unity; a session here has one position a track, so that a balance which keeps both channels on their
//! sides is what we have. It is ours too.
//!
//! Along a ramp the cosine is within 5e-16 of the formula (see `audio::turn`).

#![allow(clippy::indexing_slicing)]

use std::f64::consts::{FRAC_PI_4, SQRT_2};

use crate::model::Breakpoint;
use crate::model::clip::Lane;
use crate::model::pan_law::PanLaw;

use super::automation::{Points, Run, straight};
use super::sum::{Sum, first, further};
use super::turn::Turn;
use super::wide::wide;

/// Left and right gain at a position from -1 (left) to 1 (right).
pub fn gains(position: f64, channels: usize, law: PanLaw) -> (f64, f64) {
    let (sin, cos) = libm::sincos(theta(position.clamp(-1.0, 1.0)));
    let power = power(law);
    (side(cos, channels, power), side(sin, channels, power))
}

fn theta(position: f64) -> f64 {
    (position + 1.0) * FRAC_PI_4
}

/// The power of a law: roots and products, the same on every machine.
fn power(law: PanLaw) -> fn(f64) -> f64 {
    match law {
        PanLaw::SessionFolder | PanLaw::Depth3 => |x| x,
        PanLaw::Depth2_5 => |x| x.sqrt() * libm::cbrt(x),
        PanLaw::Depth4_5 => |x| x * x.sqrt(),
        PanLaw::Depth6 => |x| x * x,
    }
}

/// Gain of a side by the cosine of its angle.
fn side(cos: f64, channels: usize, power: impl Fn(f64) -> f64) -> f64 {
    // A turned angle may be past the end by its last bit.
    let cos = cos.max(0.0);
    if channels == 1 {
        power(cos)
    } else {
        power(SQRT_2 * cos).min(1.0)
    }
}

/// The pan stage of a track.
#[derive(Debug, Clone)]
pub struct Pan<'a> {
    channels: usize,
    law: PanLaw,
    position: Option<f64>,
    /// Of what stays where it is.
    gain: f64,
    fixed: Sides,
    points: Points<'a>,
}

/// Left and right gain, over and over again: interleaved samples are multiplied in a row.
#[derive(Debug, Clone)]
struct Sides(Box<[f64; ROW]>);

const ROW: usize = 256;

impl Sides {
    fn new((left, right): (f64, f64)) -> Self {
        let mut row = Box::new([left; ROW]);
        let (pairs, _) = row.as_chunks_mut::<2>();
        for pair in pairs {
            *pair = [left, right];
        }
        Self(row)
    }
}

impl<'a> Pan<'a> {
    /// By the law of session folders.
    pub fn new(lane: &'a Lane) -> Self {
        Self::from_parts(usize::from(lane.channels), lane.pan, &lane.pan_points)
    }

    /// `points` replace `position` unless they are empty. By the law of session folders.
    pub fn from_parts(channels: usize, position: Option<f64>, points: &'a [Breakpoint]) -> Self {
        Self {
            channels: channels.max(1),
            law: PanLaw::default(),
            position,
            gain: 1.0,
            fixed: Sides::new((1.0, 1.0)),
            points: Points::new(points),
        }
        .by(PanLaw::default())
    }

    /// The same by another law.
    pub fn by(mut self, law: PanLaw) -> Self {
        self.law = law;
        let of = |position| gains(position, self.channels, law);
        let (left, right) = self.position.map_or((1.0, 1.0), of);
        self.fixed = Sides::new((left * self.gain, right * self.gain));
        self
    }

    /// The same with a gain, for what stays where it is: no pass of its own for a fader that rests.
    pub fn with_gain(mut self, gain: f64) -> Self {
        self.gain = gain;
        let law = self.law;
        self.by(law)
    }

    /// Whether it stays where it is.
    pub fn is_fixed(&self) -> bool {
        self.points.is_empty()
    }

    /// Left and right gain of what stays where it is.
    pub fn fixed(&self) -> [f64; 2] {
        let [left, right, ..] = *self.fixed.0;
        [left, right]
    }

    /// Adds a lane's interleaved samples to a stereo sum of as many frames. The first is session
    /// sample `at`. Of more than two channels the first and the last are heard.
    pub fn add(&self, at: i64, lane: &[f64], sum: Sum<'_>) {
        if sum.is_new {
            self.spread(at, lane, sum.samples);
        } else {
            self.place(at, lane, sum.samples, further);
        }
    }

    /// Spreads a lane's samples over `stereo`.
    pub fn spread(&self, at: i64, lane: &[f64], stereo: &mut [f64]) {
        self.place(at, lane, stereo, first);
    }

    /// As [`Self::add`] to two sums at once, for what stays where it is.
    pub fn add_to_both(&self, lane: &[f64], one: Sum<'_>, other: Sum<'_>) {
        let both = (one.samples, other.samples);
        match (one.is_new, other.is_new) {
            (true, true) => self.put_both(lane, both, first, first),
            (true, false) => self.put_both(lane, both, first, further),
            (false, true) => self.put_both(lane, both, further, first),
            (false, false) => self.put_both(lane, both, further, further),
        }
    }

    fn put_both(
        &self,
        lane: &[f64],
        (one, other): (&mut [f64], &mut [f64]),
        put_one: impl Fn(&mut f64, f64),
        put_other: impl Fn(&mut f64, f64),
    ) {
        let (mut ones, mut others) = (one.chunks_mut(ROW), other.chunks_mut(ROW));
        self.rows(lane, |samples| {
            let (Some(one), Some(other)) = (ones.next(), others.next()) else {
                return;
            };
            wide(
                #[inline(always)]
                || {
                    let samples = samples.iter().zip(self.fixed.0.iter());
                    let sums = one.iter_mut().zip(other);
                    for ((one, other), (sample, gain)) in sums.zip(samples) {
                        let sample = sample * gain;
                        put_one(one, sample);
                        put_other(other, sample);
                    }
                },
            );
        });
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
                None => self.level(from, to, put, &self.fixed),
                Some(Run::Level { value, .. }) => {
                    let fixed = Sides::new(gains(value, self.channels, self.law));
                    self.level(from, to, put, &fixed);
                }
                Some(Run::Ramp {
                    from: a,
                    to: b,
                    span,
                    offset,
                    ..
                }) => self.ramp(from, to, put, (a, b), offset, span),
            }
            at = at.saturating_add(i64::try_from(turn).unwrap_or(i64::MAX));
            (lane, stereo) = (lane_after, after);
        }
    }

    fn ramp(
        &self,
        lane: &[f64],
        stereo: &mut [f64],
        put: impl Fn(&mut f64, f64) + Copy,
        (from, to): (f64, f64),
        offset: u64,
        span: u64,
    ) {
        if !(from.abs() <= 1.0 && to.abs() <= 1.0) {
            // Held at a side for a part of the way.
            return self.fill(lane, stereo, put, |i| {
                let position = straight(from, to, offset.saturating_add(i as u64), span);
                gains(position, self.channels, self.law)
            });
        }
        let turn = Turn::new(theta(from), theta(to), span);
        let along = (turn, offset);
        match self.law {
            PanLaw::SessionFolder | PanLaw::Depth3 => self.turn(lane, stereo, put, along, |x| x),
            PanLaw::Depth4_5 => self.turn(lane, stereo, put, along, |x| x * x.sqrt()),
            PanLaw::Depth6 => self.turn(lane, stereo, put, along, |x| x * x),
            law @ PanLaw::Depth2_5 => self.turn(lane, stereo, put, along, power(law)),
        }
    }

    fn turn(
        &self,
        lane: &[f64],
        stereo: &mut [f64],
        put: impl Fn(&mut f64, f64),
        (mut turn, offset): (Turn, u64),
        power: impl Fn(f64) -> f64 + Copy,
    ) {
        let (sides, _) = stereo.as_chunks_mut::<2>();
        let (mut lane, mut sides, mut at) = (lane, sides, offset);
        while !sides.is_empty() && lane.len() >= self.channels {
            let part = turn.rise(at, sides.len().min(lane.len() / self.channels));
            let (from, lane_after) = lane.split_at(part.count() * self.channels);
            let (to, after) = sides.split_at_mut(part.count());
            let points = to.iter_mut().zip(part.points());
            if self.channels == 1 {
                for (sample, ([l, r], (sin, cos))) in from.iter().zip(points) {
                    put(l, sample * side(cos, 1, power));
                    put(r, sample * side(sin, 1, power));
                }
            } else {
                let frames = from.chunks_exact(self.channels);
                for (frame, ([l, r], (sin, cos))) in frames.zip(points) {
                    put(l, frame[0] * side(cos, 2, power));
                    put(r, frame[self.channels - 1] * side(sin, 2, power));
                }
            }
            at = at.saturating_add(to.len() as u64);
            (lane, sides) = (lane_after, after);
        }
    }

    fn level(
        &self,
        lane: &[f64],
        stereo: &mut [f64],
        put: impl Fn(&mut f64, f64) + Copy,
        sides: &Sides,
    ) {
        let mut stereo = stereo.chunks_mut(ROW);
        self.rows(lane, |samples| {
            let Some(stereo) = stereo.next() else {
                return;
            };
            wide(
                #[inline(always)]
                || {
                    let samples = samples.iter().zip(sides.0.iter());
                    for (out, (sample, gain)) in stereo.iter_mut().zip(samples) {
                        put(out, sample * gain);
                    }
                },
            );
        });
    }

    /// Hands on what is meant for left and right, interleaved, at most a row at a time.
    fn rows(&self, lane: &[f64], mut each: impl FnMut(&[f64])) {
        if self.channels == 2 {
            return lane.chunks(ROW).for_each(each);
        }
        let mut both = [0.0; ROW];
        for lane in lane.chunks(ROW / 2 * self.channels) {
            let (pairs, _) = both.as_chunks_mut::<2>();
            if self.channels == 1 {
                wide(
                    #[inline(always)]
                    || {
                        for (pair, sample) in pairs.iter_mut().zip(lane) {
                            *pair = [*sample; 2];
                        }
                    },
                );
            } else {
                let frames = lane.chunks_exact(self.channels);
                for (pair, frame) in pairs.iter_mut().zip(frames) {
                    *pair = [frame[0], frame[self.channels - 1]];
                }
            }
            each(&both[..lane.len() / self.channels * 2]);
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
            let (left, right) = gains(position, channels, PanLaw::SessionFolder);
            assert!((left - want.0).abs() < 1e-15 && (right - want.1).abs() < 1e-15);
        }
    }

    #[test]
    fn mono_pans_keep_power_and_balance_never_boosts() {
        for i in -100..=100 {
            let position = f64::from(i) / 100.0;
            let (left, right) = gains(position, 1, PanLaw::SessionFolder);
            assert!((left * left + right * right - 1.0).abs() < 1e-15);
            let (left, right) = gains(position, 2, PanLaw::SessionFolder);
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
            let (left, right) = gains(position, 1, PanLaw::SessionFolder);
            assert!((frame[0] - left).abs() < 1e-15 && (frame[1] - right).abs() < 1e-15);
        }
    }

    /// Against the formula through powers, at the places that figures are known for too.
    #[test]
    fn depths_are_powers_of_the_cosine() {
        for (law, exponent, centre_db) in [
            (PanLaw::SessionFolder, 1.0, -3.0103),
            (PanLaw::Depth2_5, 5.0 / 6.0, -2.5086),
            (PanLaw::Depth3, 1.0, -3.0103),
            (PanLaw::Depth4_5, 1.5, -4.5154),
            (PanLaw::Depth6, 2.0, -6.0206),
        ] {
            let (centre, _) = gains(0.0, 1, law);
            assert!((20.0 * centre.log10() - centre_db).abs() < 1e-4, "{law}");
            assert_eq!(gains(-1.0, 1, law), (1.0, 0.0), "{law}");
            assert_eq!(gains(0.0, 2, law), (1.0, 1.0), "{law}");
            for i in -100..=100 {
                let position = f64::from(i) / 100.0;
                let angle = (position + 1.0) / 4.0 * std::f64::consts::PI;
                let want = (angle.cos().powf(exponent), angle.sin().powf(exponent));
                let got = gains(position, 1, law);
                let error = (got.0 - want.0).abs().max((got.1 - want.1).abs());
                assert!(error < 1e-13, "{law} at {position}: {error}");
                let (left, right) = gains(position, 2, law);
                assert!(left.max(right) == 1.0 && left.min(right) <= 1.0, "{law}");
                let lost = left.min(right).min(1.0);
                let least = 2_f64.powf(exponent / 2.0) * want.0.min(want.1);
                assert!((lost - least.min(1.0)).abs() < 1e-13, "{law} at {position}");
                if law == PanLaw::Depth6 {
                    assert!((got.0 + got.1 - 1.0).abs() < 1e-15);
                }
            }
        }
    }

    #[test]
    fn ramps_follow_the_law_and_blocks_leave_no_trace() {
        let points = [(-40, -1.0), (3_000, 1.0), (3_500, -2.0), (4_000, 0.5)];
        let points = points.map(Breakpoint::from);
        for law in PanLaw::ALL {
            for channels in [1, 2] {
                let pan = Pan::from_parts(channels, None, &points).by(law);
                let mut whole = vec![0.0; 2 * 4_200];
                pan.spread(0, &vec![1.0; 4_200 * channels], &mut whole);
                let lane = Points::new(&points);
                for (at, frame) in (0..).zip(whole.chunks(2)) {
                    let (left, right) = gains(lane.value(at).unwrap(), channels, law);
                    // The root of what is next to nothing magnifies its error.
                    let allowed = if law == PanLaw::Depth2_5 {
                        1e-13
                    } else {
                        2e-15
                    };
                    let error = (frame[0] - left).abs().max((frame[1] - right).abs());
                    assert!(error < allowed, "{law} at {at}: {error}");
                }
                for block in [1, 63, 1_000] {
                    let mut parts = vec![0.0; whole.len()];
                    for (at, part) in (0..).step_by(block).zip(parts.chunks_mut(2 * block)) {
                        let lane = vec![1.0; part.len() / 2 * channels];
                        let sum = Sum {
                            samples: part,
                            is_new: false,
                        };
                        pan.add(at, &lane, sum);
                    }
                    assert_eq!(parts, whole, "{law}, blocks of {block}");
                }
            }
        }
    }
}

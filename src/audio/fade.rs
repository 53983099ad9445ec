//! Fades and the gain of a clip: what multiplies its samples before they meet the track.
//!
//! A fade-in of F starts at exactly 0 and is 1 from sample F; a fade-out of F is 1 up to sample
//! L - F and would be 0 at L. Where both cover a sample they multiply. Of a fade that was cut
//! through, each side keeps its part of the curve.
//!
//! The gain at x, from 0 (silent) to 1 (full); a fade-out runs through it backwards:
//!
//! | shape | gain | both sides of a crossfade |
//! |---|---|---|
//! | `linear` | x | add up to 1 |
//! | `equal_power` | sin(x pi/2) | their squares do |
//! | `s_curve` | s(x) = sin(x pi/2)^2 = (1 - cos(x pi)) / 2 | add up to 1 |
//! | `s_curve_power` | sin(s(x) pi/2) | their squares do |
//! | any of them with a bias b | the same of x^k, k = 2^(b/50) | only where b is 0 |
//!
//! The first two are those of session folders. Pro Tools tells a shape (standard, S), a slope (equal
//! gain, equal power) and a whole number as bias, and publishes neither its curves nor the scale of the
//! bias: all formulas are ours, and of the bias its direction too (above 0 a fade-in starts slower,
//! exponents from 1/4 to 4 at -100 to 100).
//!
//! A linear fade is exact at every sample. Sines are within 5e-16 of the formula (see `audio::turn`).

#![allow(clippy::indexing_slicing)]

use core::f64::consts::FRAC_PI_2;

use crate::model::clip::Clip;
use crate::model::fade_shape::{Curve, FadeShape};

use super::sum;
use super::turn::Turn;

/// Frames whose gains are worked out at a time.
const STEP: usize = 256;

/// Gain of a fade at `x`, 0 (silent) to 1 (full).
pub fn curve(x: f64, shape: FadeShape) -> f64 {
    let curve = shape.curve();
    bent(x, curve, exponent(curve.bias))
}

fn exponent(bias: i8) -> f64 {
    libm::exp2(f64::from(bias) / 50.0)
}

fn bent(x: f64, curve: Curve, exponent: f64) -> f64 {
    let sine = |x| libm::sin(x * FRAC_PI_2);
    let mut gain = x;
    if curve.bias != 0 {
        gain = libm::pow(x, exponent);
    }
    if curve.s_shaped {
        let root = sine(gain);
        gain = root * root;
    }
    if curve.equal_power { sine(gain) } else { gain }
}

/// One of a clip's two fades, counted from its silent end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fade {
    samples: u64,
    /// Samples at the silent end that are cut away.
    skip: u64,
    shape: FadeShape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Fade {
    fn whole(&self) -> u64 {
        self.samples.saturating_add(self.skip)
    }

    /// The place of a sample in the curve. All far below 2^53, so that the conversions are exact.
    #[allow(clippy::cast_precision_loss)]
    fn place(&self, sample: u64) -> f64 {
        sample.saturating_add(self.skip) as f64 / self.whole() as f64
    }

    /// The gain at a sample before the last.
    fn at(&self, sample: u64) -> f64 {
        curve(self.place(sample), self.shape)
    }

    /// Multiplies gains with those of the samples from `sample` on, upwards or downwards. `turn` is
    /// the fade's own, made when it is first needed.
    #[allow(clippy::cast_precision_loss)]
    fn multiply(&self, turn: &mut Option<Turn>, sample: u64, way: Way, gains: &mut [f64]) {
        match self.shape {
            FadeShape::Linear => {
                let (first, whole) = (sample.saturating_add(self.skip) as f64, self.whole() as f64);
                let step = if way == Way::Up { 1.0 } else { -1.0 };
                for (i, gain) in (0_u32..).zip(gains) {
                    *gain *= (first + step * f64::from(i)) / whole;
                }
            }
            FadeShape::EqualPower => self.turn(turn, sample, way, gains, |sin| sin),
            FadeShape::Curved(Curve {
                equal_power: false,
                bias: 0,
                ..
            }) => self.turn(turn, sample, way, gains, |sin| sin * sin),
            FadeShape::Curved(curve) => {
                let exponent = exponent(curve.bias);
                for (i, gain) in (0_u64..).zip(gains) {
                    let sample = match way {
                        Way::Up => sample.saturating_add(i),
                        Way::Down => sample.saturating_sub(i),
                    };
                    *gain *= bent(self.place(sample), curve, exponent);
                }
            }
        }
    }

    /// Multiplies gains with what `take` makes of the sine of a quarter turn.
    fn turn(
        &self,
        turn: &mut Option<Turn>,
        sample: u64,
        way: Way,
        gains: &mut [f64],
        take: impl Fn(f64) -> f64,
    ) {
        let (mut rest, mut sample) = (gains, sample.saturating_add(self.skip));
        while !rest.is_empty() {
            let turn = turn.get_or_insert_with(|| Turn::new(0.0, FRAC_PI_2, self.whole()));
            let part = match way {
                Way::Up => turn.rise(sample, rest.len()),
                Way::Down => turn.fall(sample, rest.len()),
            };
            let (now, after) = rest.split_at_mut(part.count());
            match way {
                Way::Up => {
                    sample = sample.saturating_add(now.len() as u64);
                    for (gain, sin) in now.iter_mut().zip(part.sines()) {
                        *gain *= take(sin);
                    }
                }
                Way::Down => {
                    sample = sample.saturating_sub(now.len() as u64);
                    for (gain, sin) in now.iter_mut().rev().zip(part.sines()) {
                        *gain *= take(sin);
                    }
                }
            }
            rest = after;
        }
    }
}

/// The gain of a clip at each of its samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Envelope {
    gain: f64,
    length: u64,
    fade_in: Fade,
    fade_out: Fade,
}

impl Envelope {
    pub fn new(clip: &Clip) -> Self {
        Self {
            gain: sum::gain(clip.gain_db),
            length: clip.length,
            fade_in: Fade {
                samples: clip.fade_in,
                skip: clip.fade_in_skip,
                shape: clip.fade_in_shape,
            },
            fade_out: Fade {
                samples: clip.fade_out,
                skip: clip.fade_out_skip,
                shape: clip.fade_out_shape,
            },
        }
    }

    /// The gain at sample `at` of the clip, by the formula.
    pub fn at(&self, at: u64) -> f64 {
        let mut gain = self.gain;
        if at < self.fade_in.samples {
            gain *= self.fade_in.at(at);
        }
        let left = self.length.saturating_sub(at);
        if left < self.fade_out.samples {
            gain *= self.fade_out.at(left);
        }
        gain
    }

    /// The gain of samples from `at` on, where it is the same for all.
    pub fn flat(&self, at: u64, samples: u64) -> Option<f64> {
        let (from, to) = self.level();
        (from <= at && at.saturating_add(samples) <= to).then_some(self.gain)
    }

    /// Where neither fade is heard.
    fn level(&self) -> (u64, u64) {
        let end = self
            .length
            .saturating_add(u64::from(self.fade_out.samples > 0));
        (
            self.fade_in.samples,
            end.saturating_sub(self.fade_out.samples),
        )
    }

    /// Multiplies interleaved samples of which the first frame is sample `at` of the clip. What a
    /// sample is multiplied with does not depend on where blocks begin.
    pub fn apply(&self, at: u64, samples: &mut [f64], channels: usize) {
        let channels = channels.max(1);
        let frames = samples.len() / channels;
        let end = at.saturating_add(u64::try_from(frames).unwrap_or(u64::MAX));
        let (from, to) = self.level();
        let flat_from = from.clamp(at, end);
        let flat_to = to.clamp(flat_from, end);
        let place = |sample: u64| usize::try_from(sample - at).unwrap_or(frames) * channels;
        let (head, rest) = samples.split_at_mut(place(flat_from));
        let (flat, tail) = rest.split_at_mut(place(flat_to) - place(flat_from));
        self.ramp(at, head, channels);
        sum::scale(flat, self.gain);
        self.ramp(flat_to, tail, channels);
    }

    fn ramp(&self, at: u64, samples: &mut [f64], channels: usize) {
        let mut room = [0.0; STEP];
        let (mut rise, mut fall) = (None, None);
        for (part, at) in samples
            .chunks_mut(STEP * channels)
            .zip((at..).step_by(STEP))
        {
            let gains = &mut room[..part.len() / channels];
            gains.fill(self.gain);
            let rising = self.fade_in.samples.saturating_sub(at);
            let rising = usize::try_from(rising).map_or(gains.len(), |n| n.min(gains.len()));
            self.fade_in
                .multiply(&mut rise, at, Way::Up, &mut gains[..rising]);
            // The fade-out has begun where fewer of its samples are left than it has.
            let left = self.length.saturating_sub(at);
            let before = match self.fade_out.samples {
                0 => u64::MAX,
                fade => left.saturating_add(1).saturating_sub(fade),
            };
            let still = usize::try_from(before).map_or(gains.len(), |n| n.min(gains.len()));
            let first = left.saturating_sub(still as u64);
            self.fade_out
                .multiply(&mut fall, first, Way::Down, &mut gains[still..]);
            multiply(part, gains, channels);
        }
    }
}

fn multiply(samples: &mut [f64], gains: &[f64], channels: usize) {
    if channels == 1 {
        for (sample, gain) in samples.iter_mut().zip(gains) {
            *sample *= gain;
        }
        return;
    }
    if channels == 2 {
        let (frames, _) = samples.as_chunks_mut::<2>();
        for ([left, right], gain) in frames.iter_mut().zip(gains) {
            *left *= gain;
            *right *= gain;
        }
        return;
    }
    for (frame, gain) in samples.chunks_exact_mut(channels).zip(gains) {
        for sample in frame {
            *sample *= gain;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [FadeShape; 7] = [
        FadeShape::Linear,
        FadeShape::EqualPower,
        curved(true, false, 0),
        curved(true, true, 0),
        curved(false, false, 30),
        curved(false, true, -100),
        curved(true, false, 100),
    ];

    const fn curved(s_shaped: bool, equal_power: bool, bias: i8) -> FadeShape {
        FadeShape::Curved(Curve {
            s_shaped,
            equal_power,
            bias,
        })
    }

    fn clip(length: u64, fade_in: u64, fade_out: u64, shape: FadeShape) -> Clip {
        Clip {
            length,
            fade_in,
            fade_in_shape: shape,
            fade_out,
            fade_out_shape: shape,
            ..Clip::default()
        }
    }

    #[test]
    fn fades_meet_their_ends() {
        for shape in SHAPES {
            let envelope = Envelope::new(&clip(100, 10, 20, shape));
            assert_eq!(envelope.at(0), 0.0);
            assert_eq!(envelope.at(10), 1.0);
            assert_eq!(envelope.at(80), 1.0);
            assert!(envelope.at(81) < 1.0);
            assert_eq!(envelope.at(99), curve(0.05, shape));
        }
    }

    /// Half way, and at a quarter, by figures worked out by hand.
    #[test]
    fn shapes_follow_their_formulas() {
        let root = 0.5_f64.sqrt();
        let eighth = (core::f64::consts::PI / 8.0).sin();
        for (shape, quarter, half) in [
            (FadeShape::Linear, 0.25, 0.5),
            (FadeShape::EqualPower, eighth, root),
            (curved(true, false, 0), eighth * eighth, 0.5),
            (
                curved(true, true, 0),
                (eighth * eighth * FRAC_PI_2).sin(),
                root,
            ),
            (curved(false, false, 50), 0.0625, 0.25),
            (curved(false, false, 100), 0.25_f64.powi(4), 0.0625),
            (curved(false, false, -50), 0.5, root),
            (curved(false, false, -100), root, 0.5_f64.sqrt().sqrt()),
            (curved(false, true, -50), root, (root * FRAC_PI_2).sin()),
            (
                curved(true, false, 50),
                (FRAC_PI_2 / 16.0).sin().powi(2),
                eighth * eighth,
            ),
        ] {
            for (x, want) in [(0.0, 0.0), (0.25, quarter), (0.5, half), (1.0, 1.0)] {
                let got = curve(x, shape);
                assert!((got - want).abs() < 1e-15, "{shape} at {x}: {got}");
            }
        }
        let k = 2_f64.powf(0.6);
        assert!((curve(0.3, curved(false, false, 30)) - 0.3_f64.powf(k)).abs() < 1e-15);
    }

    #[test]
    fn crossfades_keep_gain_or_power() {
        for (shape, power) in [
            (FadeShape::Linear, 1),
            (FadeShape::EqualPower, 2),
            (curved(true, false, 0), 1),
            (curved(true, true, 0), 2),
        ] {
            let envelope = Envelope::new(&clip(100, 40, 40, shape));
            let mut gains = [1.0; 100];
            envelope.apply(0, &mut gains, 1);
            for i in 0..40 {
                let sum = gains[60 + i].powi(power) + gains[i].powi(power);
                assert!((sum - 1.0).abs() < 2e-15, "{shape}: {sum} at {i}");
            }
        }
    }

    #[test]
    fn cut_through_fades_go_on_where_they_were() {
        let whole = clip(100, 60, 70, FadeShape::EqualPower);
        let envelope = Envelope::new(&whole);
        let right = Envelope::new(&Clip {
            length: 75,
            fade_in: 35,
            fade_in_skip: 25,
            ..whole.clone()
        });
        let left = Envelope::new(&Clip {
            length: 90,
            fade_out: 60,
            fade_out_skip: 10,
            ..whole
        });
        for at in 0..75 {
            assert_eq!(right.at(at), envelope.at(at + 25), "right of 25 at {at}");
        }
        for at in 0..90 {
            assert_eq!(left.at(at), envelope.at(at), "left of 90 at {at}");
        }
    }

    /// A linear fade to the last bit, the others within what is promised; and the same bits from
    /// wherever a block begins.
    #[test]
    fn blocks_see_the_same_envelope() {
        for shape in SHAPES {
            for (length, fade_in, fade_out, skip) in [
                (50, 0, 0, 0),
                (50, 7, 9, 0),
                (50, 40, 45, 3),
                (50, 60, 70, 0),
                (50, 0, 70, 100),
                (1, 1, 1, 0),
                (3_000, 1_000, 1_900, 0),
                (3_000, 2_900, 2_999, 77),
            ] {
                let mut clip = clip(length, fade_in, fade_out, shape);
                clip.gain_db = -3.7;
                (clip.fade_in_skip, clip.fade_out_skip) = (skip, skip);
                let envelope = Envelope::new(&clip);
                let whole = gains(&envelope, length, length);
                for (at, got) in (0..).zip(&whole) {
                    let (want, error) = (envelope.at(at), (got - envelope.at(at)).abs());
                    let allowed = if shape == FadeShape::Linear {
                        0.0
                    } else {
                        1e-15
                    };
                    assert!(error <= allowed, "{got}, not {want}, at {at} of {clip:?}");
                }
                for block in [1, 3, 63, 64, 1_000] {
                    assert_eq!(gains(&envelope, length, block), whole, "{block}: {clip:?}");
                }
            }
        }
    }

    /// What both channels of a clip are multiplied with, in blocks.
    fn gains(envelope: &Envelope, length: u64, block: u64) -> Vec<f64> {
        let mut gains = Vec::new();
        let mut at = 0;
        while at < length {
            let frames = usize::try_from(block.min(length - at)).unwrap();
            let mut samples = vec![1.0; frames * 2];
            envelope.apply(at, &mut samples, 2);
            for frame in samples.chunks(2) {
                assert_eq!(frame[0], frame[1]);
                gains.push(frame[0]);
            }
            at += frames as u64;
        }
        gains
    }
}

//! Fades and the gain of a clip: what multiplies its samples before they meet the track.
//!
//! A fade-in of F starts at exactly 0 and is 1 from sample F; a fade-out of F is 1 up to sample
//! L - F and would be 0 at L. Where both cover a sample they multiply. Of a fade that was cut
//! through, each side keeps its part of the curve.

use crate::model::clip::{Clip, FadeShape};

use super::sum;

/// Gain of a fade at `x`, 0 (silent) to 1 (full).
pub fn curve(x: f64, shape: FadeShape) -> f64 {
    match shape {
        FadeShape::Linear => x,
        FadeShape::EqualPower => libm::sin(x * core::f64::consts::FRAC_PI_2),
    }
}

/// The gain of a clip at each of its samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Envelope {
    gain: f64,
    length: u64,
    fade_in: u64,
    fade_in_shape: FadeShape,
    fade_out: u64,
    fade_out_shape: FadeShape,
    fade_in_skip: u64,
    fade_out_skip: u64,
}

impl Envelope {
    pub fn new(clip: &Clip) -> Self {
        Self {
            gain: sum::gain(clip.gain_db),
            length: clip.length,
            fade_in: clip.fade_in,
            fade_in_shape: clip.fade_in_shape,
            fade_out: clip.fade_out,
            fade_out_shape: clip.fade_out_shape,
            fade_in_skip: clip.fade_in_skip,
            fade_out_skip: clip.fade_out_skip,
        }
    }

    /// The gain at sample `at` of the clip.
    pub fn at(&self, at: u64) -> f64 {
        let mut gain = self.gain;
        if at < self.fade_in {
            let x = ratio(at, self.fade_in, self.fade_in_skip);
            gain *= curve(x, self.fade_in_shape);
        }
        let left = self.length.saturating_sub(at);
        if left < self.fade_out {
            let x = ratio(left, self.fade_out, self.fade_out_skip);
            gain *= curve(x, self.fade_out_shape);
        }
        gain
    }

    /// Multiplies interleaved samples of which the first frame is sample `at` of the clip.
    pub fn apply(&self, at: u64, samples: &mut [f64], channels: usize) {
        let channels = channels.max(1);
        let frames = samples.len() / channels;
        let end = at.saturating_add(u64::try_from(frames).unwrap_or(u64::MAX));
        let flat_from = self.fade_in.clamp(at, end);
        let flat_to = self
            .length
            .saturating_add(u64::from(self.fade_out > 0))
            .saturating_sub(self.fade_out)
            .clamp(flat_from, end);
        let place = |sample: u64| usize::try_from(sample - at).unwrap_or(frames) * channels;
        let (head, rest) = samples.split_at_mut(place(flat_from));
        let (flat, tail) = rest.split_at_mut(place(flat_to) - place(flat_from));
        self.ramp(at, head, channels);
        sum::scale(flat, self.gain);
        self.ramp(flat_to, tail, channels);
    }

    fn ramp(&self, at: u64, samples: &mut [f64], channels: usize) {
        for (frame, at) in samples.chunks_exact_mut(channels).zip(at..) {
            let gain = self.at(at);
            for sample in frame {
                *sample *= gain;
            }
        }
    }
}

/// The place in a curve of which `skip` samples are cut away. All far below 2^53, so that the
/// conversions are exact.
#[allow(clippy::cast_precision_loss)]
fn ratio(part: u64, whole: u64, skip: u64) -> f64 {
    part.saturating_add(skip) as f64 / whole.saturating_add(skip) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for shape in [FadeShape::Linear, FadeShape::EqualPower] {
            let envelope = Envelope::new(&clip(100, 10, 20, shape));
            assert_eq!(envelope.at(0), 0.0);
            assert_eq!(envelope.at(10), 1.0);
            assert_eq!(envelope.at(80), 1.0);
            assert!(envelope.at(81) < 1.0);
            assert_eq!(envelope.at(99), curve(0.05, shape));
        }
    }

    #[test]
    fn crossfades_keep_gain_or_power() {
        let linear = Envelope::new(&clip(100, 40, 40, FadeShape::Linear));
        let power = Envelope::new(&clip(100, 40, 40, FadeShape::EqualPower));
        for i in 0..40 {
            assert!((linear.at(60 + i) + linear.at(i) - 1.0).abs() < 1e-15);
            let sum = power.at(60 + i).powi(2) + power.at(i).powi(2);
            assert!((sum - 1.0).abs() < 1e-15, "{sum} at {i}");
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

    #[test]
    fn blocks_see_the_same_envelope() {
        for (length, fade_in, fade_out) in [
            (50, 0, 0),
            (50, 7, 9),
            (50, 40, 45),
            (50, 60, 70),
            (50, 0, 70),
            (1, 1, 1),
        ] {
            let mut clip = clip(length, fade_in, fade_out, FadeShape::EqualPower);
            clip.gain_db = -3.7;
            let envelope = Envelope::new(&clip);
            for block in [1, 3, 50] {
                let mut at = 0;
                while at < length {
                    let frames = block.min(length - at);
                    let mut samples = vec![1.0; usize::try_from(frames * 2).unwrap()];
                    envelope.apply(at, &mut samples, 2);
                    for (i, frame) in samples.chunks(2).enumerate() {
                        let want = envelope.at(at + i as u64);
                        assert_eq!(frame, [want, want], "sample {at}+{i} of {clip:?}");
                    }
                    at += frames;
                }
            }
        }
    }
}

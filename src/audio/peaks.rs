//! The highest sample of each channel.

use super::wide::wide;

/// Linear, by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Peaks(Vec<f64>);

impl Peaks {
    pub fn new(channels: u16) -> Self {
        Self(vec![0.0; usize::from(channels.clamp(1, 64))])
    }

    /// Takes interleaved samples, whole frames. Returns the highest of them; infinite or not a number
    /// where one of them is.
    pub fn add(&mut self, interleaved: &[f64]) -> f64 {
        match self.0.len() {
            1 | 2 | 4 | 8 => self.add_lanes(lanes::<16>(interleaved)),
            3 | 6 => self.add_lanes(lanes::<24>(interleaved)),
            wide => interleaved.chunks(wide).fold(0.0, |highest, frame| {
                let levels = frame.iter().map(|sample| sample.abs());
                let level = levels.clone().fold(highest, at_least);
                for (peak, level) in self.0.iter_mut().zip(levels) {
                    *peak = higher(*peak, level);
                }
                level
            }),
        }
    }

    /// Takes lanes of whole frames.
    fn add_lanes<const N: usize>(&mut self, lanes: [f64; N]) -> f64 {
        for frame in lanes.chunks(self.0.len()) {
            for (peak, level) in self.0.iter_mut().zip(frame) {
                *peak = higher(*peak, *level);
            }
        }
        lanes.into_iter().fold(0.0, at_least)
    }

    /// Takes over what another has seen.
    pub fn merge(&mut self, other: &Self) {
        for (peak, other) in self.0.iter_mut().zip(&other.0) {
            *peak = higher(*peak, *other);
        }
    }

    /// Takes over what became of what another has seen, by something that leaves the order of levels
    /// as it is.
    pub fn merge_as(&mut self, other: &Self, now: impl Fn(f64) -> f64) {
        for (peak, other) in self.0.iter_mut().zip(&other.0) {
            *peak = higher(*peak, now(*other));
        }
    }

    /// Of each channel.
    pub fn channels(&self) -> impl Iterator<Item = f64> {
        self.0.iter().copied()
    }

    /// Of all channels.
    pub fn highest(&self) -> f64 {
        self.channels().fold(0.0, higher)
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.0.fill(0.0);
    }
}

/// The highest of samples; infinite or not a number where one of them is.
pub fn highest(samples: &[f64]) -> f64 {
    lanes::<16>(samples).into_iter().fold(0.0, at_least)
}

/// The higher of two; what is no number is passed over.
#[inline(always)]
pub(super) fn higher(peak: f64, level: f64) -> f64 {
    if level > peak { level } else { peak }
}

/// The higher of two; what is no number stays.
#[inline(always)]
fn at_least(peak: f64, level: f64) -> f64 {
    if peak > level || peak.is_nan() {
        peak
    } else {
        level
    }
}

/// The highest of every `N`th sample: side by side, which processors do together.
fn lanes<const N: usize>(samples: &[f64]) -> [f64; N] {
    let (turns, rest) = samples.as_chunks::<N>();
    let mut lanes = wide(
        #[inline(always)]
        || {
            let mut lanes = [0.0; N];
            for turn in turns {
                for (lane, sample) in lanes.iter_mut().zip(turn) {
                    *lane = at_least(*lane, sample.abs());
                }
            }
            lanes
        },
    );
    for (lane, sample) in lanes.iter_mut().zip(rest) {
        *lane = at_least(*lane, sample.abs());
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_of_each_channel_and_see_what_is_no_number() {
        for channels in [1_u16, 2, 3, 5, 6, 8] {
            let wide = usize::from(channels);
            for frames in [1, 3, 4, 5, 11, 40] {
                let at = |i: usize| (i as f64 * 0.7).sin() / (i + 1) as f64;
                let samples: Vec<f64> = (0..frames * wide).map(at).collect();
                let mut peaks = Peaks::new(channels);
                let all = samples.iter().fold(0.0_f64, |high, x| high.max(x.abs()));
                assert_eq!(peaks.add(&samples), all);
                assert_eq!((peaks.highest(), highest(&samples)), (all, all));
                for (channel, peak) in peaks.channels().enumerate() {
                    let own = samples.iter().skip(channel).step_by(wide);
                    assert_eq!(peak, own.fold(0.0_f64, |high, x| high.max(x.abs())));
                }
                for broken in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    for place in [0, frames * wide / 2, frames * wide - 1] {
                        let mut samples = samples.clone();
                        samples[place] = broken;
                        let seen = Peaks::new(channels).add(&samples);
                        assert!(!seen.is_finite(), "{broken} at {place} of {frames}: {seen}");
                        assert!(!highest(&samples).is_finite());
                    }
                }
            }
        }
    }
}

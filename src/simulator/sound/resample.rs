//! Another sample rate: a windowed sinc at rational steps, streaming. Flat to nine tenths of the
//! lower rate's half, 80 dB down beyond it; nothing is delayed, and the result does not depend on
//! where blocks begin.

use core::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 64.0;
/// Of the lower half rate: where the filter is 6 dB down.
const EDGE: f64 = 0.955;
/// Of the Kaiser window.
const BETA: f64 = 9.0;
/// Most weights that are kept rather than worked out again for each frame.
const MOST_KEPT: usize = 1 << 20;

/// Frames at one rate become frames at another.
pub struct Resampler {
    from: u64,
    to: u64,
    channels: usize,
    /// Frames on each side that one output frame is made of.
    half: usize,
    cutoff: f64,
    /// Weights by phase, where they are kept.
    kept: Vec<Vec<f64>>,
    /// Interleaved input from frame `first` on; before the first frame there is silence.
    held: Vec<f64>,
    first: i64,
    taken: u64,
    given: u64,
}

/// Frames at `to` that last as long as `frames` at `from`, rounded.
pub fn length(frames: u64, from: u32, to: u32) -> u64 {
    let (frames, from, to) = (u128::from(frames), u128::from(from.max(1)), u128::from(to));
    u64::try_from((frames * to + from / 2) / from).unwrap_or(u64::MAX)
}

fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}

/// The modified Bessel function of the first kind and order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= (x / (2.0 * n)) * (x / (2.0 * n));
        sum += term;
        n += 1.0;
    }
    sum
}

impl Resampler {
    /// Rates in Hz, not 0.
    pub fn new(from: u32, to: u32, channels: u16) -> Self {
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let divisor = common(from, to);
        let (from, to) = (from / divisor, to / divisor);
        let ratio = to as f64 / from as f64;
        let cutoff = EDGE * ratio.min(1.0);
        let half = (CROSSINGS / cutoff).ceil() as usize;
        let mut resampler = Self {
            from,
            to,
            channels: usize::from(channels).max(1),
            half,
            cutoff,
            kept: Vec::new(),
            held: Vec::new(),
            first: 0,
            taken: 0,
            given: 0,
        };
        let phases = usize::try_from(to).unwrap_or(usize::MAX);
        if phases.saturating_mul(2 * half) <= MOST_KEPT {
            resampler.kept = (0..to).map(|phase| resampler.weights(phase)).collect();
        }
        resampler.reach_back();
        resampler
    }

    /// Silence before the first frame.
    fn reach_back(&mut self) {
        self.held = vec![0.0; self.half * self.channels];
        self.first = -i64::try_from(self.half).unwrap_or(0);
    }

    /// What the frames around a place count; `phase` is in `to` parts of an input frame.
    fn weights(&self, phase: u64) -> Vec<f64> {
        let after = phase as f64 / self.to as f64;
        let half = self.half as f64;
        let of = |x: f64| {
            let sinc = match x {
                0.0 => 1.0,
                x => libm::sin(PI * self.cutoff * x) / (PI * self.cutoff * x),
            };
            let side = (x / half).abs().min(1.0);
            sinc * bessel(BETA * (1.0 - side * side).sqrt())
        };
        let mut weights: Vec<f64> = (0..2 * self.half)
            .map(|at| of(at as f64 - (half - 1.0) - after))
            .collect();
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        weights
    }

    /// Takes interleaved frames; appends those that are certain now.
    pub fn push(&mut self, interleaved: &[f64], out: &mut Vec<f64>) {
        self.held.extend_from_slice(interleaved);
        self.taken += (interleaved.len() / self.channels) as u64;
        self.give(u64::MAX, out);
    }

    /// Appends the rest: all in all the [`length`] of what was taken.
    pub fn finish(mut self, out: &mut Vec<f64>) {
        let (taken, from, to) = (u128::from(self.taken), self.from, self.to);
        let total = (taken * u128::from(to) + u128::from(from) / 2) / u128::from(from);
        self.held
            .resize(self.held.len() + (2 * self.half + 1) * self.channels, 0.0);
        self.give(u64::try_from(total).unwrap_or(u64::MAX), out);
    }

    fn give(&mut self, most: u64, out: &mut Vec<f64>) {
        let frames = self.held.len() / self.channels;
        let half = i64::try_from(self.half).unwrap_or(0);
        while self.given < most {
            let place = u128::from(self.given) * u128::from(self.from);
            let at = i64::try_from(place / u128::from(self.to)).unwrap_or(i64::MAX);
            let phase = u64::try_from(place % u128::from(self.to)).unwrap_or(0);
            let Ok(begin) = usize::try_from(at - (half - 1) - self.first) else {
                return;
            };
            if begin + 2 * self.half > frames {
                self.forget(begin.min(frames));
                return;
            }
            let made;
            let weights = match usize::try_from(phase).ok().and_then(|p| self.kept.get(p)) {
                Some(kept) => kept,
                None => {
                    made = self.weights(phase);
                    &made
                }
            };
            let input = self.held.get(begin * self.channels..).unwrap_or_default();
            for channel in 0..self.channels {
                let samples = input.iter().skip(channel).step_by(self.channels);
                out.push(
                    samples
                        .zip(weights)
                        .map(|(sample, weight)| sample * weight)
                        .sum(),
                );
            }
            self.given += 1;
        }
    }

    /// Lets go of input that no frame needs any more.
    fn forget(&mut self, frames: usize) {
        self.held.drain(..frames * self.channels);
        self.first += i64::try_from(frames).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, hz: f64, frames: usize) -> Vec<f64> {
        let step = 2.0 * PI * hz / f64::from(rate);
        (0..frames).map(|n| libm::sin(step * n as f64)).collect()
    }

    fn resample(from: u32, to: u32, input: &[f64], block: usize) -> Vec<f64> {
        let mut out = Vec::new();
        let mut resampler = Resampler::new(from, to, 1);
        for part in input.chunks(block) {
            resampler.push(part, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn tones_keep_pitch_level_and_place() {
        for (from, to) in [
            (44_100, 48_000),
            (48_000, 44_100),
            (96_000, 48_000),
            (48_000, 47_952),
        ] {
            let frames = from as usize / 10;
            let out = resample(from, to, &sine(from, 1_000.0, frames), 1_000);
            assert_eq!(out.len() as u64, length(frames as u64, from, to));
            let wanted = sine(to, 1_000.0, out.len());
            let inner = 400..out.len() - 400;
            for (got, want) in out[inner.clone()].iter().zip(&wanted[inner]) {
                assert!((got - want).abs() < 1e-4, "{from} to {to}: {got} {want}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_gone() {
        let out = resample(96_000, 44_100, &sine(96_000, 30_000.0, 9_600), 9_600);
        let loudest = out[400..out.len() - 400]
            .iter()
            .fold(0.0_f64, |most, x| most.max(x.abs()));
        assert!(loudest < 1e-4, "{loudest}");
    }

    #[test]
    fn blocks_leave_no_trace() {
        let input = sine(44_100, 441.0, 5_000);
        let whole = resample(44_100, 48_000, &input, 5_000);
        for block in [1, 7, 333] {
            assert_eq!(resample(44_100, 48_000, &input, block), whole);
        }
        assert!(resample(44_100, 48_000, &[], 1).is_empty());
    }
}

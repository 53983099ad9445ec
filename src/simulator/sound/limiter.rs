//! The limiter of a master fader: instant attack, exponential release, both sides together. Not
//! linear, so that stems behind it do not add up to the mix.
#![allow(clippy::indexing_slicing)]

use crate::audio::sum;
use crate::model::routing;

#[derive(Debug, Clone)]
pub struct Limiter {
    gain: f64,
    ceiling: f64,
    release: f64,
    level: f64,
}

impl Limiter {
    pub fn new(how: &routing::Limiter, sample_rate: u32) -> Self {
        let frames = how.release_ms.max(0.1) / 1_000.0 * f64::from(sample_rate);
        Self {
            gain: sum::gain(how.gain_db),
            ceiling: sum::gain(how.ceiling_db),
            release: libm::exp(-1.0 / frames),
            level: 0.0,
        }
    }

    /// Limits interleaved stereo.
    pub fn apply(&mut self, stereo: &mut [f64]) {
        for frame in stereo.chunks_exact_mut(2) {
            let (left, right) = (frame[0] * self.gain, frame[1] * self.gain);
            self.level = left.abs().max(right.abs()).max(self.level * self.release);
            let gain = if self.level > self.ceiling {
                self.ceiling / self.level
            } else {
                1.0
            };
            frame[0] = left * gain;
            frame[1] = right * gain;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: routing::Limiter = routing::Limiter {
        gain_db: 0.0,
        ceiling_db: -6.0,
        release_ms: 10.0,
    };

    #[test]
    fn quiet_passes_and_loud_is_held_at_the_ceiling() {
        let ceiling = sum::gain(-6.0);
        let mut limiter = Limiter::new(&HOW, 48_000);
        let mut quiet = vec![0.25, -0.125, 0.3, 0.0];
        let dry = quiet.clone();
        limiter.apply(&mut quiet);
        assert_eq!(quiet, dry);
        let mut loud: Vec<f64> = (0..2_000).map(|n| f64::from(n % 7) - 3.0).collect();
        limiter.apply(&mut loud);
        assert!(loud.iter().all(|x| x.abs() <= ceiling + 1e-15));
        assert!(loud.iter().any(|x| x.abs() > 0.4));
    }

    #[test]
    fn blocks_do_not_matter() {
        let dry: Vec<f64> = (0..4_000).map(|n| libm::sin(f64::from(n) * 0.05)).collect();
        let mut whole = dry.clone();
        Limiter::new(&HOW, 48_000).apply(&mut whole);
        let mut pieces = dry;
        let mut limiter = Limiter::new(&HOW, 48_000);
        for part in pieces.chunks_mut(14) {
            limiter.apply(part);
        }
        assert_eq!(pieces, whole);
    }
}

//! The limiter of a master fader: instant attack, exponential release, all channels together. Not
//! linear, so that stems behind it do not add up to the mix.

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

    /// Limits interleaved frames of so many channels.
    pub fn apply(&mut self, samples: &mut [f64], channels: usize) {
        for frame in samples.chunks_exact_mut(channels.max(1)) {
            let mut highest = self.level * self.release;
            for sample in &mut *frame {
                *sample *= self.gain;
                highest = highest.max(sample.abs());
            }
            self.level = highest;
            let gain = if self.level > self.ceiling {
                self.ceiling / self.level
            } else {
                1.0
            };
            for sample in frame {
                *sample *= gain;
            }
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
        limiter.apply(&mut quiet, 2);
        assert_eq!(quiet, dry);
        let mut loud: Vec<f64> = (0..2_000).map(|n| f64::from(n % 7) - 3.0).collect();
        limiter.apply(&mut loud, 2);
        assert!(loud.iter().all(|x| x.abs() <= ceiling + 1e-15));
        assert!(loud.iter().any(|x| x.abs() > 0.4));
    }

    #[test]
    fn blocks_do_not_matter() {
        let dry: Vec<f64> = (0..4_000).map(|n| libm::sin(f64::from(n) * 0.05)).collect();
        let mut whole = dry.clone();
        Limiter::new(&HOW, 48_000).apply(&mut whole, 2);
        let mut pieces = dry;
        let mut limiter = Limiter::new(&HOW, 48_000);
        for part in pieces.chunks_mut(14) {
            limiter.apply(part, 2);
        }
        assert_eq!(pieces, whole);
    }
}

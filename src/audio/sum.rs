//! Gains and sums of blocks.

use super::wide::wide;

/// Linear gain of decibels: 10^(dB/20), exactly 1 at 0 dB.
pub fn gain(db: f64) -> f64 {
    libm::pow(10.0, db / 20.0)
}

/// A part of a sum.
pub struct Sum<'a> {
    pub samples: &'a mut [f64],
    /// Nothing was added yet: what stands in it does not count.
    pub is_new: bool,
}

impl<'a> Sum<'a> {
    /// To be added to, whatever stood in it.
    pub fn begun(self) -> &'a mut [f64] {
        if self.is_new {
            self.samples.fill(0.0);
        }
        self.samples
    }

    /// Adds samples.
    pub fn add(self, from: &[f64]) {
        if self.is_new {
            both(self.samples, from, first);
        } else {
            both(self.samples, from, further);
        }
    }
}

/// The first sample of a sum. Sums begin with 0, which knows no sign.
#[inline(always)]
pub(super) fn first(sum: &mut f64, sample: f64) {
    *sum = sample + 0.0;
}

/// Any other.
#[inline(always)]
pub(super) fn further(sum: &mut f64, sample: f64) {
    *sum += sample;
}

/// Adds `from` to `into`, sample by sample; what one of them lacks is left alone.
pub fn add(into: &mut [f64], from: &[f64]) {
    both(into, from, further);
}

/// Adds `from` with a gain, each product rounded.
pub fn add_scaled(into: &mut [f64], from: &[f64], gain: f64) {
    both(into, from, |sum, sample| *sum += sample * gain);
}

fn both(into: &mut [f64], from: &[f64], put: impl Fn(&mut f64, f64)) {
    wide(
        #[inline(always)]
        || {
            for (sum, sample) in into.iter_mut().zip(from) {
                put(sum, *sample);
            }
        },
    );
}

/// Multiplies every sample.
pub fn scale(samples: &mut [f64], gain: f64) {
    if gain != 1.0 {
        wide(
            #[inline(always)]
            || {
                for sample in samples {
                    *sample *= gain;
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_become_gains() {
        for (db, linear) in [(0.0, 1.0), (20.0, 10.0), (-20.0, 0.1), (-6.0206, 0.5)] {
            assert!((gain(db) - linear).abs() < 1e-6, "{db} dB is {}", gain(db));
        }
        assert_eq!(gain(0.0), 1.0);
        assert_eq!(gain(f64::NEG_INFINITY), 0.0);
    }
}

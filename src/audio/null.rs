//! Does the sum of the stems make the mix? What is left of one minus the other, and how much may be.

use crate::model::level::decibels;
use crate::model::stem::{BitDepth, Dither};

/// Takes the sum and the mix block by block.
#[derive(Debug, Clone)]
pub struct Residual {
    channels: usize,
    samples: u64,
    squares: f64,
    peak: f64,
    peak_at: u64,
    mix_peak: f64,
}

/// What is left of sum minus mix. Linear, full scale 1.0; not-a-number counts as infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub peak: f64,
    pub rms: f64,
    /// Where the peak is, from the first frame given.
    pub frame: u64,
    pub channel: usize,
    pub frames: u64,
    /// Highest sample of the mix.
    pub mix_peak: f64,
}

impl Difference {
    /// dBFS; `None` for a perfect null.
    pub fn peak_dbfs(&self) -> Option<f64> {
        decibels(self.peak)
    }

    /// dBFS; `None` for a perfect null.
    pub fn rms_dbfs(&self) -> Option<f64> {
        decibels(self.rms)
    }
}

impl Residual {
    pub fn new(channels: usize) -> Self {
        Self {
            channels: channels.max(1),
            samples: 0,
            squares: 0.0,
            peak: 0.0,
            peak_at: 0,
            mix_peak: 0.0,
        }
    }

    /// Interleaved blocks of the same frames. Where one is shorter, the rest of the other is what
    /// is left.
    pub fn add(&mut self, sum: &[f64], mix: &[f64]) {
        let length = sum.len().max(mix.len());
        let pad = |block: &[f64]| core::iter::repeat_n(0.0, length - block.len());
        let sums = sum.iter().copied().chain(pad(sum));
        let mixes = mix.iter().copied().chain(pad(mix));
        let mut squares = 0.0;
        for ((sum, mix), at) in sums.zip(mixes).zip(self.samples..) {
            let left = (sum - mix).abs();
            let left = if left.is_nan() { f64::INFINITY } else { left };
            squares += left * left;
            if left > self.peak {
                self.peak = left;
                self.peak_at = at;
            }
            self.mix_peak = self.mix_peak.max(mix.abs());
        }
        self.squares += squares;
        self.samples += u64::try_from(length).unwrap_or(0);
    }

    #[allow(clippy::cast_precision_loss)]
    pub fn result(&self) -> Difference {
        let channels = u64::try_from(self.channels).unwrap_or(1);
        Difference {
            peak: self.peak,
            rms: (self.squares / (self.samples.max(1) as f64)).sqrt(),
            frame: self.peak_at / channels,
            channel: usize::try_from(self.peak_at % channels).unwrap_or(0),
            frames: self.samples / channels,
            mix_peak: self.mix_peak,
        }
    }
}

/// The most that writing one file may move a sample, linear. `peak` is the file's highest sample:
/// the steps of a float grow with it.
pub fn file_error(bits: BitDepth, dither: Dither, peak: f64) -> f64 {
    let lsb = match bits {
        BitDepth::Int16 => 1.0 / 32_768.0,
        BitDepth::Int24 => 1.0 / 8_388_608.0,
        // Half a unit in the last place, of a 24 bit mantissa.
        BitDepth::Float32 => return peak.abs() * f64::from(f32::EPSILON) / 2.0,
    };
    match dither {
        Dither::None => 0.5 * lsb,
        Dither::Tpdf => 1.5 * lsb,
    }
}

/// The residual that a right set of files stays below, linear: the sum of what each of them (the
/// stems and the mix) may be off, and 1 dB.
pub fn threshold(file_errors: impl IntoIterator<Item = f64>) -> f64 {
    let bound: f64 = file_errors.into_iter().sum();
    // A null of floats that are silent is still a sum of 64-bit roundings.
    bound.max(f64::EPSILON) * super::sum::gain(1.0)
}

/// [`threshold`] of `stems` files and their mix, all of one format, none above `peak`.
pub fn set_threshold(stems: usize, bits: BitDepth, dither: Dither, peak: f64) -> f64 {
    threshold(core::iter::repeat_n(
        file_error(bits, dither, peak),
        stems.saturating_add(1),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_peak_and_its_place() {
        let mut residual = Residual::new(2);
        residual.add(&[0.5, 0.5, 0.25, 0.0], &[0.5, 0.5, 0.25, 0.0]);
        residual.add(&[0.5, -0.5], &[0.5, -0.25]);
        let found = residual.result();
        assert_eq!((found.peak, found.frame, found.channel), (0.25, 2, 1));
        assert_eq!((found.frames, found.mix_peak), (3, 0.5));
        assert!((found.rms - 0.25 / 6.0_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_missing_tail_and_a_broken_sample_are_not_nulls() {
        let mut residual = Residual::new(1);
        residual.add(&[0.1, 0.2], &[0.1]);
        assert_eq!(residual.result().peak, 0.2);
        residual.add(&[f64::NAN], &[0.0]);
        assert_eq!(residual.result().peak, f64::INFINITY);
    }

    #[test]
    fn thresholds_follow_bits_dither_and_stems() {
        let db =
            |stems, bits, dither, peak| decibels(set_threshold(stems, bits, dither, peak)).unwrap();
        for (got, want) in [
            (db(8, BitDepth::Int24, Dither::None, 1.0), -124.4),
            (db(8, BitDepth::Int24, Dither::Tpdf, 1.0), -114.9),
            (db(32, BitDepth::Int16, Dither::Tpdf, 1.0), -55.4),
            (db(8, BitDepth::Float32, Dither::None, 1.0), -124.4),
            (db(8, BitDepth::Float32, Dither::None, 0.1), -144.4),
        ] {
            assert!((got - want).abs() < 0.1, "{got} dBFS, not {want}");
        }
    }
}

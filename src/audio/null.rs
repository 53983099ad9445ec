//! Does the sum of the stems make the mix? What is left of one minus the other, and how much may be.

use super::peaks::higher;
use super::strip::Strip;
use super::wide::wide;
use crate::model::level::decibels;
use crate::model::stem::{BitDepth, Dither};

/// Samples that are compared at once.
const TURN: usize = 512;
/// Samples of a block whose mean square says something.
const TELLING: u64 = 4096;

/// Takes the sum and the mix block by block.
#[derive(Debug, Clone)]
pub struct Residual {
    channels: usize,
    /// Samples so far, those that were passed over included.
    position: u64,
    samples: u64,
    squares: f64,
    peak: f64,
    peak_at: u64,
    mix_peak: f64,
    over_time: Strip,
    /// Mean square of the loudest block.
    loudest: f64,
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
    /// RMS of the loudest block; 0 where all were short.
    pub loudest: f64,
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
            position: 0,
            samples: 0,
            squares: 0.0,
            peak: 0.0,
            peak_at: 0,
            mix_peak: 0.0,
            over_time: Strip::default(),
            loudest: 0.0,
        }
    }

    /// Passes over samples: what comes behind them stands later.
    pub fn skip(&mut self, samples: usize) {
        self.position += u64::try_from(samples).unwrap_or(0);
    }

    /// Interleaved blocks of the same frames. Where one is shorter, the rest of the other is what
    /// is left.
    pub fn add(&mut self, sum: &[f64], mix: &[f64]) {
        let both = sum.len().min(mix.len());
        let (sum, sum_rest) = sum.split_at(both);
        let (mix, mix_rest) = mix.split_at(both);
        let before = (self.squares, self.samples);
        // Turns of four lanes, which processors do together; the lanes' squares are added last.
        for (sums, mixes) in sum.chunks(TURN).zip(mix.chunks(TURN)) {
            self.turn(sums, mixes);
        }
        for rest in [sum_rest, mix_rest] {
            for turn in rest.chunks(TURN) {
                self.turn(turn, &[0.0; TURN]);
            }
        }
        let (squares, samples) = (self.squares - before.0, self.samples - before.1);
        if samples >= TELLING {
            self.loudest = higher(self.loudest, squares / samples as f64);
        }
    }

    fn turn(&mut self, sums: &[f64], mixes: &[f64]) {
        let (squares, highest, mix_peak) = wide(
            #[inline(always)]
            || {
                let (mut squares, mut highest, mut mix_peak) = ([0.0; 4], [0.0; 4], [0.0; 4]);
                let pairs = sums.chunks(4).zip(mixes.chunks(4));
                for (sums, mixes) in pairs {
                    let lanes = squares.iter_mut().zip(&mut highest).zip(&mut mix_peak);
                    for ((((square, high), peak), sum), mix) in lanes.zip(sums).zip(mixes) {
                        let left = distance(*sum, *mix);
                        *square += left * left;
                        *high = higher(*high, left);
                        *peak = higher(*peak, mix.abs());
                    }
                }
                (squares, highest, mix_peak)
            },
        );
        let high = highest.into_iter().fold(0.0, higher);
        if high > self.peak {
            self.peak = high;
            let mut both = sums.iter().zip(mixes);
            let place = both.position(|(sum, mix)| distance(*sum, *mix) >= high);
            self.peak_at = self.position + u64::try_from(place.unwrap_or(0)).unwrap_or(0);
        }
        if high > 0.0 {
            self.over_time.put(self.frame(self.position), high);
        }
        self.mix_peak = mix_peak.into_iter().fold(self.mix_peak, higher);
        self.squares += squares.into_iter().sum::<f64>();
        let samples = u64::try_from(sums.len()).unwrap_or(0);
        self.samples += samples;
        self.position += samples;
    }

    fn frame(&self, samples: u64) -> u64 {
        samples / u64::try_from(self.channels).unwrap_or(1)
    }

    /// Takes over what another has seen of the frames that come next.
    pub fn merge(&mut self, next: &Self) {
        if next.peak > self.peak {
            self.peak = next.peak;
            self.peak_at = self.position + next.peak_at;
        }
        let from = self.frame(self.position);
        self.over_time.join(&next.over_time, from);
        self.mix_peak = higher(self.mix_peak, next.mix_peak);
        self.loudest = higher(self.loudest, next.loudest);
        self.squares += next.squares;
        self.samples += next.samples;
        self.position += next.position;
    }

    /// Takes over what another has seen of other samples of the same frames.
    pub fn join(&mut self, other: &Self) {
        if other.peak > self.peak {
            (self.peak, self.peak_at) = (other.peak, other.peak_at);
        }
        self.over_time.join(&other.over_time, 0);
        self.mix_peak = higher(self.mix_peak, other.mix_peak);
        self.loudest = higher(self.loudest, other.loudest);
        self.squares += other.squares;
        self.samples += other.samples;
        self.position = self.position.max(other.position);
    }

    /// The peaks over time.
    pub fn over_time(&self) -> &Strip {
        &self.over_time
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
            loudest: self.loudest.sqrt(),
        }
    }
}

/// What is left of two samples; of what is no number, everything.
#[inline(always)]
fn distance(sum: f64, mix: f64) -> f64 {
    let left = (sum - mix).abs();
    if left.is_nan() { f64::INFINITY } else { left }
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

/// The mean square of what writing one file leaves, as long as it is rounding of what is not silent: that of a
/// uniform error, and of the dither's triangle with it.
pub fn file_noise(bits: BitDepth, dither: Dither, peak: f64) -> f64 {
    let error = file_error(bits, dither, peak);
    match (bits, dither) {
        (BitDepth::Int16 | BitDepth::Int24, Dither::Tpdf) => error * error / 9.0,
        _ => error * error / 3.0,
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
    fn parts_by_themselves_find_what_the_whole_finds() {
        let of = |scale: f64| -> Vec<f64> {
            (0..3000)
                .map(|i| scale * (f64::from(i) * 0.37).sin())
                .collect()
        };
        let (sum, mix) = (of(1.0), of(0.75));
        let mut whole = Residual::new(2);
        whole.add(&sum, &mix);
        let mut merged = Residual::new(2);
        for (sum, mix) in sum.chunks(700).zip(mix.chunks(700)) {
            let mut part = Residual::new(2);
            part.add(sum, mix);
            merged.merge(&part);
        }
        let (whole, merged) = (whole.result(), merged.result());
        assert_eq!(
            Difference { rms: 0.0, ..whole },
            Difference { rms: 0.0, ..merged }
        );
        assert!((whole.rms - merged.rms).abs() < 1e-15);
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

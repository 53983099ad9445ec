//! From 64-bit floats to the samples of a file and their bytes: TPDF dither, rounding to nearest even,
//! clipping. A sample's bytes follow from its value and its place alone, whoever asks first.

use super::peaks;
use super::wide::wide;
use crate::model::stem::BitDepth;

/// Triangular dither of 2 LSB peak to peak. The noise of a sample follows from the seed and the
/// sample's place: the two halves of what SplitMix64 makes of them, added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tpdf(u64);

impl Tpdf {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From -1 to 1 LSB, small values the likeliest.
    #[allow(clippy::cast_possible_truncation)]
    fn at(self, place: u64) -> f64 {
        let step = place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0.wrapping_add(step);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        let (low, high) = (bits as u32, (bits >> 32) as u32);
        (f64::from(low) + f64::from(high)) / 4_294_967_296.0 - 1.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// How the samples of a file are made.
#[derive(Debug, Clone, Copy)]
pub struct Quantizer {
    pub bits: BitDepth,
    pub order: ByteOrder,
    /// For integers only: floats need none.
    pub noise: Option<Tpdf>,
}

/// Samples that are worked on at once.
const TURN: usize = 256;

impl Quantizer {
    /// Rounds samples, of which the first is the file's sample `at` (all channels counted), in place
    /// to the values that the format has, and appends their bytes. Integers: nearest even of
    /// `x * 2^(bits-1)`; float: nearest, never clipped. Returns how many had to be clipped; what is
    /// not a number becomes 0 in integers and counts as clipped.
    pub fn apply(&self, at: u64, samples: &mut [f64], out: &mut Vec<u8>) -> u64 {
        let start = out.len();
        out.resize(start + self.bytes(samples.len()), 0);
        let out = out.get_mut(start..).unwrap_or_default();
        self.apply_below(peaks::highest(samples), at, samples, out)
    }

    /// What so many samples take.
    pub fn bytes(&self, samples: usize) -> usize {
        samples * usize::from(self.bits.bytes())
    }

    /// As [`Self::apply`], into as many bytes as the samples take, for samples of which the `highest` is
    /// known as [`peaks::highest`] tells it.
    pub fn apply_below(&self, highest: f64, at: u64, samples: &mut [f64], out: &mut [u8]) -> u64 {
        let Some(scale) = self.scale() else {
            self.floats(samples, out);
            return 0;
        };
        // What is no number is not inside.
        let is_inside = highest <= 1.0 - 4.0 / scale;
        let mut clipped = 0;
        let mut values = [0; TURN];
        let turns = samples.chunks_mut(TURN).zip((at..).step_by(TURN));
        for ((turn, at), out) in turns.zip(out.chunks_mut(TURN * usize::from(self.bits.bytes()))) {
            if let Some(noise) = self.noise {
                for (sample, place) in turn.iter_mut().zip(at..) {
                    *sample += noise.at(place) / scale;
                }
            }
            let values = values.get_mut(..turn.len()).unwrap_or_default();
            if is_inside {
                round_inside(turn, scale, values);
            } else {
                clipped += round(turn, scale, values);
            }
            self.pack(values, out);
        }
        clipped
    }

    /// What a level becomes; lower ones do not become higher. Without dither, and for what needs not
    /// be clipped.
    #[allow(clippy::cast_possible_truncation)]
    pub fn level(&self, level: f64) -> f64 {
        match self.scale() {
            Some(scale) => (level * scale).round_ties_even() / scale,
            None => f64::from(level as f32),
        }
    }

    /// Steps to full scale, of integers.
    fn scale(&self) -> Option<f64> {
        match self.bits {
            BitDepth::Int16 => Some(32_768.0),
            BitDepth::Int24 => Some(8_388_608.0),
            BitDepth::Float32 => None,
        }
    }

    fn pack(&self, values: &[i32], out: &mut [u8]) {
        match (self.bits, self.order) {
            (BitDepth::Int24, ByteOrder::Little) => {
                wide(
                    #[inline(always)]
                    || pack24(values, out),
                );
            }
            (BitDepth::Int24, ByteOrder::Big) => put(values, out, |value| {
                let [_, a, b, c] = value.to_be_bytes();
                [a, b, c]
            }),
            (_, ByteOrder::Little) => put(values, out, |value| {
                let [a, b, _, _] = value.to_le_bytes();
                [a, b]
            }),
            (_, ByteOrder::Big) => put(values, out, |value| {
                let [_, _, a, b] = value.to_be_bytes();
                [a, b]
            }),
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn floats(&self, samples: &mut [f64], out: &mut [u8]) {
        let is_big = self.order == ByteOrder::Big;
        put(samples, out, |sample| {
            let bytes = (sample as f32).to_le_bytes();
            if is_big {
                let [a, b, c, d] = bytes;
                [d, c, b, a]
            } else {
                bytes
            }
        });
        for sample in samples {
            *sample = f64::from(*sample as f32);
        }
    }
}

/// As [`round`] where nothing is near the ends.
fn round_inside(samples: &mut [f64], scale: f64, values: &mut [i32]) {
    wide(
        #[inline(always)]
        || {
            let step = 1.0 / scale;
            for (sample, value) in samples.iter_mut().zip(values) {
                let raised = *sample * scale + MAGIC;
                *value = low_bits(raised);
                *sample = (raised - MAGIC) * step;
            }
        },
    );
}

/// Adding 1.5 * 2^52 rounds as the addition does, to nearest even, and leaves the integer in the lowest
/// bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

#[allow(clippy::cast_possible_truncation)]
#[inline(always)]
fn low_bits(raised: f64) -> i32 {
    (raised.to_bits() as u32).cast_signed()
}

/// Rounds in place to multiples of `1 / scale` within -1 to 1, and gives the integers. Returns how
/// many were outside.
fn round(samples: &mut [f64], scale: f64, values: &mut [i32]) -> u64 {
    let (low, high, step) = (-scale, scale - 1.0, 1.0 / scale);
    let mut clipped = 0_u64;
    wide(
        #[inline(always)]
        || {
            for (sample, value) in samples.iter_mut().zip(values) {
                let meant = *sample * scale;
                let is_number = meant.abs() <= f64::INFINITY;
                let meant = if is_number { meant } else { 0.0 };
                // One more than can be kept, so that clipping shows.
                let inside = if meant > low - 1.0 { meant } else { low - 1.0 };
                let inside = if inside < scale { inside } else { scale };
                let rounded = (inside + MAGIC) - MAGIC;
                let kept = if rounded > low { rounded } else { low };
                let kept = if kept < high { kept } else { high };
                clipped += u64::from(kept != rounded) | u64::from(!is_number);
                *value = low_bits(kept + MAGIC);
                *sample = kept * step;
            }
        },
    );
    clipped
}

#[inline(always)]
fn put<T: Copy, const N: usize>(values: &[T], out: &mut [u8], bytes: impl Fn(T) -> [u8; N]) {
    let (places, _) = out.as_chunks_mut::<N>();
    for (place, value) in places.iter_mut().zip(values) {
        *place = bytes(*value);
    }
}

/// Four samples are three words: several times as fast as byte by byte.
#[inline(always)]
fn pack24(values: &[i32], out: &mut [u8]) {
    let (fours, rest) = values.as_chunks::<4>();
    let (places, places_of_rest) = out.as_chunks_mut::<12>();
    for (place, four) in places.iter_mut().zip(fours) {
        let [a, b, c, d] = four.map(|value| value.cast_unsigned() & 0x00FF_FFFF);
        let words = [a | (b << 24), (b >> 8) | (c << 16), (c >> 16) | (d << 8)];
        let (bytes, _) = place.as_chunks_mut::<4>();
        for (bytes, word) in bytes.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
    }
    put(rest, places_of_rest, |value| {
        let [a, b, c, _] = value.to_le_bytes();
        [a, b, c]
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bits: BitDepth) -> Quantizer {
        Quantizer {
            bits,
            order: ByteOrder::Little,
            noise: None,
        }
    }

    #[test]
    fn rounds_to_nearest_even_and_clips() {
        for (value, want, clips) in [
            (0.0, 0_i16, 0),
            (0.5, 0, 0),
            (1.5, 2, 0),
            (2.5, 2, 0),
            (-0.5, 0, 0),
            (-1.5, -2, 0),
            (0.500_000_1, 1, 0),
            (32_767.0, 32_767, 0),
            (32_767.4, 32_767, 0),
            (32_767.5, 32_767, 1),
            (32_768.0, 32_767, 1),
            (-32_768.0, -32_768, 0),
            (-32_768.5, -32_768, 0),
            (-32_768.6, -32_768, 1),
            (1e300, 32_767, 1),
            (f64::NEG_INFINITY, -32_768, 1),
            (f64::NAN, 0, 1),
        ] {
            let (mut sample, mut got) = ([value / 32_768.0], Vec::new());
            let quantizer = plain(BitDepth::Int16);
            assert_eq!(quantizer.apply(0, &mut sample, &mut got), clips, "{value}");
            assert_eq!(got, want.to_le_bytes(), "{value}");
            assert_eq!(sample, [f64::from(want) / 32_768.0], "{value}");
            if clips == 0 {
                let level = (value / 32_768.0).abs();
                assert_eq!(quantizer.level(level), sample[0].abs(), "{value}");
            }
        }
    }

    #[test]
    fn bytes_are_those_of_the_format() {
        let of = |samples: &[f64], bits, order| {
            let (mut samples, mut out) = (samples.to_vec(), Vec::new());
            let quantizer = Quantizer {
                order,
                ..plain(bits)
            };
            let clipped = quantizer.apply(0, &mut samples, &mut out);
            (out, clipped)
        };
        let (little, big) = (ByteOrder::Little, ByteOrder::Big);
        let three = [0.5, -1.0, 2.0];
        let (bytes, clipped) = of(&three, BitDepth::Int24, little);
        assert_eq!(bytes, [0, 0, 0x40, 0, 0, 0x80, 0xFF, 0xFF, 0x7F]);
        assert_eq!(clipped, 1);
        let (bytes, _) = of(&three, BitDepth::Int24, big);
        assert_eq!(bytes, [0x40, 0, 0, 0x80, 0, 0, 0x7F, 0xFF, 0xFF]);
        let (bytes, clipped) = of(&[2.5], BitDepth::Float32, little);
        assert_eq!((bytes.as_slice(), clipped), (&2.5_f32.to_le_bytes()[..], 0));
        let (bytes, _) = of(&[2.5], BitDepth::Float32, big);
        assert_eq!(bytes, 2.5_f32.to_be_bytes());
        let (bytes, _) = of(&[-0.5], BitDepth::Int16, little);
        assert_eq!(bytes, (-16_384_i16).to_le_bytes());
        let (bytes, _) = of(&[-0.5], BitDepth::Int16, big);
        assert_eq!(bytes, (-16_384_i16).to_be_bytes());
    }

    #[test]
    fn parts_give_the_same_bytes_as_the_whole_and_what_was_rounded_stays() {
        let samples: Vec<f64> = (0..3001)
            .map(|i| 1.1 * (f64::from(i) * 0.37).sin())
            .collect();
        for bits in [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32] {
            for noise in [None, Some(Tpdf::new(3))] {
                let quantizer = Quantizer {
                    noise,
                    ..plain(bits)
                };
                let (mut values, mut whole) = (samples.clone(), Vec::new());
                let clips = quantizer.apply(70, &mut values, &mut whole);
                assert_eq!(clips > 0, bits != BitDepth::Float32);
                let (mut parts, mut at, mut again) = (Vec::new(), 70, 0);
                let mut rest = samples.clone();
                for part in rest.chunks_mut(777) {
                    again += quantizer.apply(at, part, &mut parts);
                    at += 777;
                }
                assert_eq!((again, &parts), (clips, &whole));
                assert_eq!(rest, values);
                let mut rounded = Vec::new();
                assert_eq!(plain(bits).apply(0, &mut values, &mut rounded), 0);
                assert_eq!(rounded, whole);
            }
        }
    }

    #[test]
    fn dither_is_triangular_and_white() {
        let noise: Vec<f64> = (0..200_000).map(|i| Tpdf::new(7).at(i)).collect();
        assert!(noise.iter().all(|n| n.abs() <= 1.0));
        let count = noise.len() as f64;
        let mean = noise.iter().sum::<f64>() / count;
        let variance = noise.iter().map(|n| n * n).sum::<f64>() / count;
        assert!(mean.abs() < 0.005, "mean {mean}");
        assert!((variance - 1.0 / 6.0).abs() < 0.003, "variance {variance}");
        for lag in [1, 2, 3, 64] {
            let pairs = noise.iter().zip(noise.iter().skip(lag));
            let product = pairs.map(|(a, b)| a * b).sum::<f64>() / count;
            assert!(product.abs() < 0.003, "lag {lag}: {product}");
        }
    }
}

//! From 64-bit floats to the samples of a file: rounding to nearest even, clipping, TPDF dither.

use crate::model::stem::BitDepth;

/// Triangular dither of 2 LSB peak to peak. The same seed gives the same noise.
#[derive(Debug, Clone)]
pub struct Tpdf(u64);

impl Tpdf {
    pub fn new(seed: u64) -> Self {
        // Any state but 0, which xorshift never leaves.
        Self(seed ^ 0x9E37_79B9_7F4A_7C15 | 1)
    }

    /// From -1 to 1 LSB, small values the likeliest.
    fn next(&mut self) -> f64 {
        self.uniform() + self.uniform()
    }

    /// From -0.5 to 0.5.
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let top = u32::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32).unwrap_or(0);
        f64::from(top) / 4_294_967_296.0 - 0.5
    }
}

/// Appends samples in the file's format, little endian. Returns how many an integer format had to
/// clip. Integers: nearest even of `x * 2^(bits-1)`; float: nearest, never clipped.
pub fn encode(
    samples: &[f64],
    bits: BitDepth,
    dither: Option<&mut Tpdf>,
    out: &mut Vec<u8>,
) -> u64 {
    match bits {
        BitDepth::Int16 => integers(samples, 32_768.0, dither, |v| {
            let [a, b, _, _] = v.to_le_bytes();
            out.extend_from_slice(&[a, b]);
        }),
        BitDepth::Int24 => integers(samples, 8_388_608.0, dither, |v| {
            let [a, b, c, _] = v.to_le_bytes();
            out.extend_from_slice(&[a, b, c]);
        }),
        BitDepth::Float32 => {
            for &sample in samples {
                out.extend_from_slice(&nearest_float(sample).to_le_bytes());
            }
            0
        }
    }
}

/// Rounds samples to the values that the format has, in place: what a file of them reads back as.
/// [`encode`] without dither writes them unchanged. Returns how many an integer format had to clip.
pub fn round(samples: &mut [f64], bits: BitDepth, mut dither: Option<&mut Tpdf>) -> u64 {
    let scale = match bits {
        BitDepth::Int16 => 32_768.0,
        BitDepth::Int24 => 8_388_608.0,
        BitDepth::Float32 => {
            for sample in samples {
                *sample = f64::from(nearest_float(*sample));
            }
            return 0;
        }
    };
    let mut clipped = 0;
    for sample in samples {
        let noise = dither.as_mut().map_or(0.0, |dither| dither.next());
        let (value, clips) = nearest_integer(*sample * scale + noise, scale);
        clipped += u64::from(clips);
        *sample = f64::from(value) / scale;
    }
    clipped
}

#[allow(clippy::cast_possible_truncation)]
fn nearest_float(sample: f64) -> f32 {
    sample as f32
}

fn integers(
    samples: &[f64],
    scale: f64,
    mut dither: Option<&mut Tpdf>,
    mut put: impl FnMut(i32),
) -> u64 {
    let mut clipped = 0;
    for &sample in samples {
        let noise = dither.as_mut().map_or(0.0, |dither| dither.next());
        let (value, clips) = nearest_integer(sample * scale + noise, scale);
        clipped += u64::from(clips);
        put(value);
    }
    clipped
}

/// The nearest even integer of `value` within `-scale..scale`, and whether it had to be clipped.
/// Not a number is 0 and counts as clipped.
#[allow(clippy::cast_possible_truncation)]
fn nearest_integer(value: f64, scale: f64) -> (i32, bool) {
    // Adding and taking away 1.5 * 2^52 rounds as the addition does: to nearest even.
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    let inside = value.clamp(-scale - 1.0, scale);
    let rounded = (inside + MAGIC) - MAGIC;
    let kept = rounded.clamp(-scale, scale - 1.0);
    // Equal also excludes NaN, which `as` makes 0.
    (kept as i32, !(kept - rounded == 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_nearest_even_and_clips() {
        for (value, want, clips) in [
            (0.0, 0, false),
            (0.5, 0, false),
            (1.5, 2, false),
            (2.5, 2, false),
            (-0.5, 0, false),
            (-1.5, -2, false),
            (0.500_000_1, 1, false),
            (32_767.0, 32_767, false),
            (32_767.4, 32_767, false),
            (32_767.5, 32_767, true),
            (32_768.0, 32_767, true),
            (-32_768.0, -32_768, false),
            (-32_768.5, -32_768, false),
            (-32_768.6, -32_768, true),
            (1e300, 32_767, true),
            (f64::NEG_INFINITY, -32_768, true),
            (f64::NAN, 0, true),
        ] {
            assert_eq!(nearest_integer(value, 32_768.0), (want, clips), "{value}");
        }
    }

    #[test]
    fn bytes_are_those_of_the_format() {
        let mut out = Vec::new();
        let clipped = encode(&[0.5, -1.0, 2.0], BitDepth::Int24, None, &mut out);
        assert_eq!(out, [0, 0, 0x40, 0, 0, 0x80, 0xFF, 0xFF, 0x7F]);
        assert_eq!(clipped, 1);
        out.clear();
        assert_eq!(encode(&[2.5], BitDepth::Float32, None, &mut out), 0);
        assert_eq!(out, 2.5_f32.to_le_bytes());
        out.clear();
        encode(&[-0.5], BitDepth::Int16, None, &mut out);
        assert_eq!(out, (-16_384_i16).to_le_bytes());
    }

    #[test]
    fn rounded_samples_are_written_unchanged() {
        let samples = [0.1, -0.7, 1.5, -1.5, 1e-9, 0.0];
        for bits in [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32] {
            let (mut plain, mut rounded) = (Vec::new(), Vec::new());
            let mut values = samples;
            let clips = encode(&samples, bits, Some(&mut Tpdf::new(3)), &mut plain);
            assert_eq!(round(&mut values, bits, Some(&mut Tpdf::new(3))), clips);
            assert_eq!(encode(&values, bits, None, &mut rounded), 0);
            assert_eq!(plain, rounded);
        }
    }

    #[test]
    fn dither_is_triangular_and_repeatable() {
        let (mut a, mut b) = (Tpdf::new(7), Tpdf::new(7));
        let noise: Vec<f64> = (0..200_000).map(|_| a.next()).collect();
        assert!(noise.iter().take(1000).all(|n| *n == b.next()));
        assert!(noise.iter().all(|n| n.abs() <= 1.0));
        let count = noise.len() as f64;
        let mean = noise.iter().sum::<f64>() / count;
        let variance = noise.iter().map(|n| n * n).sum::<f64>() / count;
        assert!(mean.abs() < 0.005, "mean {mean}");
        assert!((variance - 1.0 / 6.0).abs() < 0.003, "variance {variance}");
    }
}

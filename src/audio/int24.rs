//! Three-byte integers, the most frequent samples of all, as they stand in a file: to floats, or straight
//! onto two sums, by shuffling sixteen bytes at once where the processor can. The values are the same.

/// Of 32 bits, into which the three bytes are put as the upper ones.
const STEP: f64 = 1.0 / 2_147_483_648.0;

/// Fills `out` with as many samples as both hold: little end first, full scale 1.0.
pub fn convert(bytes: &[u8], out: &mut [f64]) {
    let done = shuffled::convert(bytes, out);
    let (samples, _) = bytes.get(3 * done..).unwrap_or_default().as_chunks::<3>();
    for (out, sample) in out.iter_mut().skip(done).zip(samples) {
        *out = value(*sample);
    }
}

fn value([a, b, c]: [u8; 3]) -> f64 {
    f64::from(i32::from_le_bytes([0, a, b, c])) * STEP
}

/// What samples are multiplied with on their way to a stereo sum, each product rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gains {
    /// First, on both sides.
    pub clip: f64,
    /// Then left and right.
    pub sides: [f64; 2],
}

/// Whether this processor gains by [`add_to_both`].
pub fn is_swift() -> bool {
    shuffled::is_swift()
}

/// Adds frames, mono for one channel, else stereo, to two stereo sums at once: to the last bit what
/// converting, multiplying and adding one after the other give. All three hold as many frames.
pub fn add_to_both(
    bytes: &[u8],
    channels: usize,
    gains: Gains,
    one: &mut [f64],
    other: &mut [f64],
) {
    let done = shuffled::add_to_both(bytes, channels, gains, one, other);
    let rest = |sum: &mut [f64], samples: &[u8]| {
        let (samples, _) = samples.as_chunks::<3>();
        let (sum, _) = sum.as_chunks_mut::<2>();
        for ([l, r], frame) in sum.iter_mut().zip(samples.chunks_exact(channels.max(1))) {
            if let (Some(left), Some(right)) = (frame.first(), frame.last()) {
                *l += value(*left) * gains.clip * gains.sides[0];
                *r += value(*right) * gains.clip * gains.sides[1];
            }
        }
    };
    let bytes = bytes.get(3 * channels * done..).unwrap_or_default();
    for sum in [one, other] {
        rest(sum.get_mut(2 * done..).unwrap_or_default(), bytes);
    }
}

#[cfg(target_arch = "x86_64")]
mod shuffled {
    use std::arch::x86_64::{__m128i, __m256d, __m256i};

    use pulp::x86::V3;

    use super::{Gains, STEP};

    /// From four samples in twelve bytes to four words, twice.
    const PLACES: [i8; 32] = [
        -1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, //
        -1, 4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15,
    ];

    pub fn is_swift() -> bool {
        V3::try_new().is_some()
    }

    /// Eight samples, four and four.
    #[inline(always)]
    fn eight(simd: V3, bytes: [u8; 24]) -> [__m256d; 2] {
        let places: __m256i = pulp::cast(PLACES);
        let step: __m256d = pulp::cast([STEP; 4]);
        let [a, b, c]: [[u8; 8]; 3] = pulp::cast(bytes);
        let (first, last): (__m128i, __m128i) = (pulp::cast([a, b]), pulp::cast([b, c]));
        let both = simd.avx._mm256_set_m128i(last, first);
        let words = simd.avx2._mm256_shuffle_epi8(both, places);
        let low = simd.avx._mm256_castsi256_si128(words);
        let high = simd.avx._mm256_extractf128_si256::<1>(words);
        [
            simd.avx
                ._mm256_mul_pd(simd.avx._mm256_cvtepi32_pd(low), step),
            simd.avx
                ._mm256_mul_pd(simd.avx._mm256_cvtepi32_pd(high), step),
        ]
    }

    /// Converts the first samples and returns how many.
    pub fn convert(bytes: &[u8], out: &mut [f64]) -> usize {
        let Some(simd) = V3::try_new() else {
            return 0;
        };
        let (bytes, _) = bytes.as_chunks::<24>();
        let (turns, _) = out.as_chunks_mut::<8>();
        let count = 8 * bytes.len().min(turns.len());
        simd.vectorize(
            #[inline(always)]
            || {
                for (out, bytes) in turns.iter_mut().zip(bytes) {
                    *out = pulp::cast(eight(simd, *bytes));
                }
            },
        );
        count
    }

    /// Adds the first frames and returns how many.
    pub fn add_to_both(
        bytes: &[u8],
        channels: usize,
        gains: Gains,
        one: &mut [f64],
        other: &mut [f64],
    ) -> usize {
        let Some(simd) = V3::try_new() else {
            return 0;
        };
        let (bytes, _) = bytes.as_chunks::<24>();
        match channels {
            1 => onto(
                simd,
                bytes,
                gains,
                (one, other),
                #[inline(always)]
                |[a, b]| {
                    [
                        simd.avx2._mm256_permute4x64_pd::<0b01_01_00_00>(a),
                        simd.avx2._mm256_permute4x64_pd::<0b11_11_10_10>(a),
                        simd.avx2._mm256_permute4x64_pd::<0b01_01_00_00>(b),
                        simd.avx2._mm256_permute4x64_pd::<0b11_11_10_10>(b),
                    ]
                },
            ),
            2 => onto(
                simd,
                bytes,
                gains,
                (one, other),
                #[inline(always)]
                |both| both,
            ),
            _ => 0,
        }
    }

    /// Adds what `spread` makes of eight samples, N times two frames.
    #[inline(always)]
    fn onto<const N: usize>(
        simd: V3,
        bytes: &[[u8; 24]],
        gains: Gains,
        (one, other): (&mut [f64], &mut [f64]),
        spread: impl Fn([__m256d; 2]) -> [__m256d; N],
    ) -> usize {
        let (ones, _) = one.as_chunks_mut::<4>().0.as_chunks_mut::<N>();
        let (others, _) = other.as_chunks_mut::<4>().0.as_chunks_mut::<N>();
        let count = 2 * N * bytes.len().min(ones.len()).min(others.len());
        let [l, r] = gains.sides;
        simd.vectorize(
            #[inline(always)]
            || {
                let clip: __m256d = pulp::cast([gains.clip; 4]);
                let sides: __m256d = pulp::cast([l, r, l, r]);
                for (bytes, (one, other)) in bytes.iter().zip(ones.iter_mut().zip(others)) {
                    let [a, b] = eight(simd, *bytes);
                    let both = [
                        simd.avx._mm256_mul_pd(a, clip),
                        simd.avx._mm256_mul_pd(b, clip),
                    ];
                    let sums = one.iter_mut().zip(other);
                    for (samples, (one, other)) in spread(both).into_iter().zip(sums) {
                        let samples = simd.avx._mm256_mul_pd(samples, sides);
                        let (a, b) = (pulp::cast(*one), pulp::cast(*other));
                        *one = pulp::cast(simd.avx._mm256_add_pd(a, samples));
                        *other = pulp::cast(simd.avx._mm256_add_pd(b, samples));
                    }
                }
            },
        );
        count
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod shuffled {
    pub fn is_swift() -> bool {
        false
    }

    pub fn convert(_bytes: &[u8], _out: &mut [f64]) -> usize {
        0
    }

    pub fn add_to_both(
        _bytes: &[u8],
        _channels: usize,
        _gains: super::Gains,
        _one: &mut [f64],
        _other: &mut [f64],
    ) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(samples: usize) -> Vec<u8> {
        (0..3 * u32::try_from(samples).unwrap())
            .map(|i| u8::try_from(i.wrapping_mul(2_654_435_761) >> 24).unwrap())
            .collect()
    }

    fn alone(bytes: &[u8]) -> Vec<f64> {
        let (samples, _) = bytes.as_chunks::<3>();
        let word = |[a, b, c]: &[u8; 3]| i32::from_le_bytes([0, *a, *b, *c]);
        samples
            .iter()
            .map(|sample| f64::from(word(sample)) / 2_147_483_648.0)
            .collect()
    }

    #[test]
    fn samples_are_the_same_alone_and_among_others() {
        for count in 0..23 {
            let bytes = bytes(count);
            let mut together = vec![0.0; count];
            convert(&bytes, &mut together);
            assert_eq!(together, alone(&bytes));
        }
    }

    #[test]
    fn straight_onto_sums_is_one_after_the_other() {
        let gains = Gains {
            clip: 0.7,
            sides: [0.3, -1.1],
        };
        for (channels, frames) in [1, 2]
            .into_iter()
            .flat_map(|c| (0..41).map(move |n| (c, n)))
        {
            let bytes = bytes(frames * channels);
            let (mut one, mut other) = (vec![0.1; 2 * frames], vec![-0.2; 2 * frames]);
            add_to_both(&bytes, channels, gains, &mut one, &mut other);
            let samples = alone(&bytes);
            for (at, frame) in samples.chunks(channels).enumerate() {
                let left = frame[0] * gains.clip * gains.sides[0];
                let right = frame[channels - 1] * gains.clip * gains.sides[1];
                assert_eq!(one[2 * at..2 * at + 2], [0.1 + left, 0.1 + right]);
                assert_eq!(other[2 * at..2 * at + 2], [-0.2 + left, -0.2 + right]);
            }
        }
    }
}

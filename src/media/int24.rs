//! Three-byte integers to floats, the most frequent work of all: by shuffling sixteen bytes at once where
//! the processor can. The values are the same.

/// Fills `out` with as many samples as both hold: little end first, full scale 1.0.
pub(super) fn convert(bytes: &[u8], out: &mut [f64]) {
    let done = shuffled(bytes, out);
    let (samples, _) = bytes.get(3 * done..).unwrap_or_default().as_chunks::<3>();
    for (out, [a, b, c]) in out.iter_mut().skip(done).zip(samples) {
        *out = f64::from(i32::from_le_bytes([0, *a, *b, *c])) * STEP;
    }
}

/// Of 32 bits, into which the three bytes are put as the upper ones.
const STEP: f64 = 1.0 / 2_147_483_648.0;

/// Converts the first samples, eight at a time, and returns how many.
#[cfg(target_arch = "x86_64")]
fn shuffled(bytes: &[u8], out: &mut [f64]) -> usize {
    use std::arch::x86_64::{__m128i, __m256d, __m256i};

    /// From four samples in twelve bytes to four words, twice.
    const PLACES: [i8; 32] = [
        -1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, //
        -1, 4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15,
    ];
    let Some(simd) = pulp::x86::V3::try_new() else {
        return 0;
    };
    let mut done = 0;
    simd.vectorize(
        #[inline(always)]
        || {
            let places: __m256i = pulp::cast(PLACES);
            let step: __m256d = pulp::cast([STEP; 4]);
            let (bytes, _) = bytes.as_chunks::<24>();
            let (turns, _) = out.as_chunks_mut::<8>();
            for (out, bytes) in turns.iter_mut().zip(bytes) {
                let (Some(first), Some(last)) =
                    (bytes.first_chunk::<16>(), bytes.last_chunk::<16>())
                else {
                    break;
                };
                let (first, last): (__m128i, __m128i) = (pulp::cast(*first), pulp::cast(*last));
                let both = simd.avx._mm256_set_m128i(last, first);
                let words = simd.avx2._mm256_shuffle_epi8(both, places);
                let halves = [
                    simd.avx._mm256_castsi256_si128(words),
                    simd.avx._mm256_extractf128_si256::<1>(words),
                ];
                let floats = halves.map(|half| {
                    let whole = simd.avx._mm256_cvtepi32_pd(half);
                    simd.avx._mm256_mul_pd(whole, step)
                });
                *out = pulp::cast(floats);
                done += 8;
            }
        },
    );
    done
}

#[cfg(not(target_arch = "x86_64"))]
fn shuffled(_bytes: &[u8], _out: &mut [f64]) -> usize {
    0
}

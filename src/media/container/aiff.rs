//! AIFF: FORM with COMM and the head of SSND, big endian. Sizes have 32 bits.

use super::WriteSpec;

/// Bytes of the header, and what the whole may be more than its data.
pub const MOST: u64 = 64;

pub fn header(spec: &WriteSpec, frames: u64) -> Vec<u8> {
    let size = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let data = spec.data(frames);
    let mut out = b"FORM".to_vec();
    out.extend_from_slice(&size(46 + data + (data & 1)));
    out.extend_from_slice(b"AIFFCOMM");
    out.extend_from_slice(&size(18));
    out.extend_from_slice(&spec.channels.to_be_bytes());
    out.extend_from_slice(&size(frames));
    out.extend_from_slice(&spec.bits.bits().to_be_bytes());
    // An 80 bit float: exponent, then the bits from the highest one on.
    let rate = u64::from(spec.sample_rate.max(1));
    let shift = rate.leading_zeros();
    let exponent = u16::try_from(16_383 + 63 - shift).unwrap_or(0);
    out.extend_from_slice(&exponent.to_be_bytes());
    out.extend_from_slice(&(rate << shift).to_be_bytes());
    out.extend_from_slice(b"SSND");
    out.extend_from_slice(&size(8 + data));
    out.extend_from_slice(&[0; 8]);
    out
}

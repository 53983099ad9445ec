//! AIFF: FORM with COMM, of the tags NAME, AUTH, ANNO (a `KEY=value` a line) and MARK, and the head of
//! SSND, big endian. Sizes have 32 bits.

use super::WriteSpec;
use crate::media::tags::{self, MOST_NAME, Tags, chunk, cut};

/// Bytes of the header, and what the whole may be more than its data.
pub const MOST: u64 = 1 << 23;

pub fn header(spec: &WriteSpec, tags: Option<&Tags>, frames: u64) -> Vec<u8> {
    let size = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let data = spec.data(frames);
    let told = tags.map_or_else(Vec::new, |tags| told(tags, spec));
    let extra = u64::try_from(told.len()).unwrap_or(0);
    let mut out = b"FORM".to_vec();
    out.extend_from_slice(&size(46 + extra + data + (data & 1)));
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
    out.extend_from_slice(&told);
    out.extend_from_slice(b"SSND");
    out.extend_from_slice(&size(8 + data));
    out.extend_from_slice(&[0; 8]);
    out
}

/// The chunks of the tags.
fn told(tags: &Tags, spec: &WriteSpec) -> Vec<u8> {
    let mut out = Vec::new();
    let marks = tags::marks(&tags.cues);
    for (id, body) in [
        (b"NAME", cut(&tags.stem, MOST_NAME).as_bytes()),
        (b"AUTH", tags.originator.as_bytes()),
        (b"ANNO", tags::lines(tags, spec).as_bytes()),
        (b"MARK", marks.as_slice()),
    ] {
        if !body.is_empty() {
            chunk(&mut out, id, body, true);
        }
    }
    out
}

//! WAV: a 16 byte `fmt ` of tag 1 for integers, tag 3 with `fact` for floats, of more than two channels
//! WAVE_FORMAT_EXTENSIBLE with the mask of their layout; before it an optional
//! `bext` (of version 1 with nothing but the time for a file without tags), behind it cue points with
//! their names and `iXML`. A `JUNK` chunk at the front keeps the place of the `ds64` that makes it RF64 (EBU Tech
//! 3306) when the sizes need more than 32 bits.

use super::WriteSpec;
use crate::media::tags::{self, Tags, chunk};
use crate::model::Layout;
use crate::model::stem::BitDepth;

/// `bext` without coding history (EBU Tech 3285).
const BEXT: usize = 602;
/// `ds64` without a table.
const DS64: usize = 28;
/// WAVE_FORMAT_EXTENSIBLE: the tag, and what follows it at the end of the chunk.
const EXTENSIBLE: u16 = 0xFFFE;
const SUB_FORMAT: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
/// More than the header ever is.
pub const MOST: u64 = 1 << 23;

pub fn header(spec: &WriteSpec, tags: Option<&Tags>, frames: u64) -> Vec<u8> {
    let data = spec.data(frames);
    let is_float = spec.bits == BitDepth::Float32;
    // What follows the id and size of the whole: its length is part of the sizes.
    let mut behind = behind(spec, tags, frames, is_float);
    let front = 4 + 8 + DS64;
    let length = u64::try_from(front + behind.len() + 4).unwrap_or(0) + data + (data & 1);
    let is_large = u32::try_from(length).is_err();
    behind.extend_from_slice(&small(if is_large { u64::MAX } else { data }));
    let mut header = if is_large { b"RF64" } else { b"RIFF" }.to_vec();
    header.extend_from_slice(&small(length));
    header.extend_from_slice(b"WAVE");
    if is_large {
        let mut ds64 = Vec::with_capacity(DS64);
        for size in [length, data, frames] {
            ds64.extend_from_slice(&size.to_le_bytes());
        }
        ds64.extend_from_slice(&[0; 4]);
        chunk(&mut header, b"ds64", &ds64, false);
    } else {
        chunk(&mut header, b"JUNK", &[0; DS64], false);
    }
    header.extend_from_slice(&behind);
    header
}

/// What follows up to the size of the data.
fn behind(spec: &WriteSpec, tags: Option<&Tags>, frames: u64, is_float: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(BEXT + 64);
    match (tags, spec.time_reference) {
        (Some(tags), time) => chunk(
            &mut out,
            b"bext",
            &even(tags::bext(tags, time.unwrap_or(0)), 0),
            false,
        ),
        (None, Some(time)) => chunk(&mut out, b"bext", &only_time(time), false),
        (None, None) => {}
    }
    let mask = Layout::of(spec.channels).filter(|layout| layout.is_wide());
    let tag: u16 = if is_float { 3 } else { 1 };
    let mut format = Vec::with_capacity(40);
    format.extend_from_slice(&mask.map_or(tag, |_| EXTENSIBLE).to_le_bytes());
    format.extend_from_slice(&spec.channels.to_le_bytes());
    format.extend_from_slice(&spec.sample_rate.to_le_bytes());
    format.extend_from_slice(&small(u64::from(spec.sample_rate) * spec.frame()));
    let align = u16::try_from(spec.frame()).unwrap_or(u16::MAX);
    format.extend_from_slice(&align.to_le_bytes());
    format.extend_from_slice(&spec.bits.bits().to_le_bytes());
    if let Some(layout) = mask {
        format.extend_from_slice(&22_u16.to_le_bytes());
        format.extend_from_slice(&spec.bits.bits().to_le_bytes());
        format.extend_from_slice(&layout.mask().to_le_bytes());
        format.extend_from_slice(&tag.to_le_bytes());
        format.extend_from_slice(&SUB_FORMAT);
    }
    chunk(&mut out, b"fmt ", &format, false);
    if is_float {
        chunk(&mut out, b"fact", &small(frames), false);
    }
    if let Some(tags) = tags {
        let points = tags::cue_points(&tags.cues);
        if !points.is_empty() {
            chunk(&mut out, b"cue ", &points, false);
            chunk(&mut out, b"LIST", &tags::cue_list(&tags.cues), false);
        }
        let ixml = even(tags::ixml(tags, spec), b'\n');
        chunk(&mut out, b"iXML", &ixml, false);
    }
    out.extend_from_slice(b"data");
    out
}

/// Some readers do not know of pad bytes: none is needed before the samples.
fn even(mut body: Vec<u8>, filler: u8) -> Vec<u8> {
    if body.len() % 2 == 1 {
        body.push(filler);
    }
    body
}

fn only_time(time: u64) -> [u8; BEXT] {
    let mut bext = [0; BEXT];
    for (byte, value) in bext.iter_mut().skip(338).zip(time.to_le_bytes()) {
        *byte = value;
    }
    // Version 1, low byte first.
    if let Some(version) = bext.get_mut(346) {
        *version = 1;
    }
    bext
}

/// What does not fit is told by `ds64`, and here as all ones.
fn small(size: u64) -> [u8; 4] {
    u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(bits: BitDepth, channels: u16) -> WriteSpec {
        WriteSpec {
            sample_rate: 48_000,
            channels,
            bits,
            time_reference: None,
        }
    }

    #[test]
    fn headers_are_canonical() {
        let header_of = header(&spec(BitDepth::Int24, 1), None, 3);
        let mut want = b"RIFF\x52\0\0\0WAVEJUNK\x1c\0\0\0".to_vec();
        want.extend_from_slice(&[0; 28]);
        want.extend_from_slice(
            b"fmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\x80\x32\x02\0\x03\0\x18\0data\x09\0\0\0",
        );
        assert_eq!(header_of, want);
        let float = header(&spec(BitDepth::Float32, 2), None, 5);
        assert_eq!(float.get(56..58), Some(&[3, 0][..]));
        assert_eq!(float.get(72..84), Some(&b"fact\x04\0\0\0\x05\0\0\0"[..]));
        let wide = header(&spec(BitDepth::Int24, 6), None, 5);
        let start = b"fmt \x28\0\0\0\xfe\xff\x06\0";
        assert_eq!(wide.get(48..60), Some(&start[..]));
        let end = b"\x16\0\x18\0\x0f\x06\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
        assert_eq!(wide.get(72..96), Some(&end[..]));
    }

    #[test]
    fn what_is_larger_than_32_bits_can_say_is_rf64_of_the_same_length() {
        let spec = spec(BitDepth::Float32, 2);
        let most = (u64::from(u32::MAX) - 4 - 36 - 24 - 12 - 8) / 8;
        let (small, large) = (header(&spec, None, most), header(&spec, None, most + 1));
        assert_eq!(small.len(), large.len());
        assert!(small.starts_with(b"RIFF") && large.starts_with(b"RF64\xFF\xFF\xFF\xFF"));
        assert_eq!(large.get(12..20), Some(&b"ds64\x1c\0\0\0"[..]));
        let number = |at: usize| u64::from_le_bytes(large[at..at + 8].try_into().unwrap());
        let data = (most + 1) * 8;
        let whole = u64::try_from(large.len()).unwrap() - 8 + data;
        assert_eq!(
            [number(20), number(28), number(36)],
            [whole, data, most + 1]
        );
        assert!(large.ends_with(b"data\xFF\xFF\xFF\xFF"));
    }
}

//! WAV (RIFF, RF64, BW64): chunks in any order but the format before the samples, pad bytes that
//! writers forgot, headers that a crashed recorder never finished.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use super::{CHUNK_LIMIT, Chunk, Data, Fault, Format, Header, odd_bits};
use crate::media::bytes::array_at;
use crate::media::info::Ending;
use crate::media::plain::{Coding, Order};

/// A data size that stands for "not known", or for "see the ds64 chunk".
const OPEN: u64 = u32::MAX as u64;
/// What programs that write into a pipe, such as sox, say instead: the last page below 2 GiB.
const NEARLY_2_GIB: std::ops::RangeInclusive<u64> = 0x7FFF_F000..=0x7FFF_FFFF;
/// Chunks that follow each other in real files: one of them where a pad byte belongs says that
/// the pad byte was forgotten.
const KNOWN: [&[u8; 4]; 26] = [
    b"fmt ", b"data", b"fact", b"bext", b"iXML", b"LIST", b"JUNK", b"junk", b"PAD ", b"FLLR",
    b"ds64", b"cue ", b"smpl", b"inst", b"axml", b"chna", b"PEAK", b"id3 ", b"ID3 ", b"_PMX",
    b"levl", b"umid", b"minf", b"elm1", b"regn", b"DGDA",
];

#[derive(Default)]
struct Chunks {
    format: Option<Format>,
    data: Option<Data>,
    time_reference: Option<u64>,
    /// All others, in their order.
    others: Vec<Chunk>,
}

/// Reads the chunks of a RIFF file. `Ok(None)` for anything else.
pub fn read(file: &mut File) -> Result<Option<Header>, Fault> {
    let Some(found) = look(file)? else {
        return Ok(None);
    };
    let data = found.data.ok_or("it has no data chunk")?;
    let format = found.format.ok_or("it has no format chunk")?;
    Ok(Some(data.header(format, found.time_reference)))
}

/// The chunks of a RIFF file but those that tell of its samples; none of anything else.
pub fn chunks(file: &mut File) -> Result<Vec<Chunk>, Fault> {
    Ok(look(file)?.map_or_else(Vec::new, |found| found.others))
}

fn look(file: &mut File) -> Result<Option<Chunks>, Fault> {
    let size = file.seek(SeekFrom::End(0))?;
    let Some(head) = array_at::<12>(file, 0)? else {
        return Ok(None);
    };
    let [a, b, c, d, s0, s1, s2, s3, form @ ..] = head;
    let wide = match &[a, b, c, d] {
        b"RIFF" => false,
        b"RF64" | b"BW64" => true,
        _ => return Ok(None),
    };
    if &form != b"WAVE" {
        return Ok(None);
    }
    let riff = u32::from_le_bytes([s0, s1, s2, s3]);
    walk(file, size, riff, wide).map(Some)
}

fn walk(file: &mut File, size: u64, riff: u32, wide: bool) -> Result<Chunks, Fault> {
    let mut found = Chunks::default();
    let mut wide_data = None;
    let mut at = 12_u64;
    for _ in 0..CHUNK_LIMIT {
        if at >= size {
            break;
        }
        let Some([i0, i1, i2, i3, l0, l1, l2, l3]) = array_at::<8>(file, at)? else {
            break;
        };
        let body = at + 8;
        let mut length = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        let id = [i0, i1, i2, i3];
        match &id {
            b"ds64" if wide => {
                wide_data = read_sizes(file, body)?;
            }
            b"fmt " if found.format.is_none() => {
                if found.data.is_some() {
                    return Err("its format chunk comes after its samples".into());
                }
                found.format = Some(read_format(file, body, length)?);
            }
            b"data" if found.data.is_none() => {
                let data = match length {
                    OPEN if wide => Data::within(size, body, wide_data, Ending::Unfinished),
                    OPEN => Data::within(size, body, None, Ending::Whole),
                    // The sizes of a file whose recorder died were never filled in.
                    0 if u64::from(riff) <= at && size > body => {
                        Data::within(size, body, None, Ending::Unfinished)
                    }
                    n if NEARLY_2_GIB.contains(&n) && n > size.saturating_sub(body) => {
                        Data::within(size, body, None, Ending::Whole)
                    }
                    n => Data::within(size, body, Some(n), Ending::Whole),
                };
                length = data.bytes;
                found.data = Some(data);
            }
            _ => found.others.push(Chunk { id, body, length }),
        }
        if &id == b"bext" && length >= 346 {
            found.time_reference = array_at::<8>(file, body + 338)?.map(u64::from_le_bytes);
        }
        let end = body.saturating_add(length);
        at = end + (length & 1);
        if length & 1 == 1 && is_unpadded(file, end)? {
            at = end;
        }
    }
    Ok(found)
}

/// Bytes of the data chunk from the body of a `ds64`; `None` where its writer never filled it in.
fn read_sizes(file: &mut File, at: u64) -> Result<Option<u64>, Fault> {
    let Some([riff @ .., d0, d1, d2, d3, d4, d5, d6, d7]) = array_at::<16>(file, at)? else {
        return Ok(None);
    };
    let data = u64::from_le_bytes([d0, d1, d2, d3, d4, d5, d6, d7]);
    Ok(Some(data).filter(|data| *data > 0 || riff != [0; 8]))
}

/// Whether a chunk begins where a pad byte belongs.
fn is_unpadded(file: &mut File, end: u64) -> Result<bool, Fault> {
    let here = array_at::<4>(file, end)?;
    Ok(here.is_some_and(|id| KNOWN.contains(&&id)))
}

fn read_format(file: &mut File, at: u64, length: u64) -> Result<Format, Fault> {
    let short = "its format chunk is too short";
    if length < 16 {
        return Err(short.into());
    }
    let body = array_at::<16>(file, at)?.ok_or(short)?;
    let extension = match length {
        40.. => array_at::<6>(file, at + 20)?,
        _ => None,
    };
    parse_format(body, extension)
}

/// The 16 bytes of PCMWAVEFORMAT, and of WAVE_FORMAT_EXTENSIBLE the channel mask and the tag that opens
/// the sub-format's GUID.
pub(super) fn parse_format(body: [u8; 16], extension: Option<[u8; 6]>) -> Result<Format, Fault> {
    let [t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1] = body;
    let (tag, mask) = match (u16::from_le_bytes([t0, t1]), extension) {
        (0xFFFE, Some([m0, m1, m2, m3, tag @ ..])) => (
            u16::from_le_bytes(tag),
            u32::from_le_bytes([m0, m1, m2, m3]),
        ),
        (tag, _) => (tag, 0),
    };
    let channels = u16::from_le_bytes([c0, c1]);
    let align = u16::from_le_bytes([a0, a1]);
    let bits = u16::from_le_bytes([b0, b1]);
    let coding = match (tag, bits) {
        (1, 1..=8) => Some(Coding::Unsigned8),
        (1, 9..=16) => Some(Coding::Int16(Order::Little)),
        (1, 17..=24) => Some(Coding::Int24(Order::Little)),
        (1, 25..=32) => Some(Coding::Int32(Order::Little)),
        (3, 32) => Some(Coding::Float32(Order::Little)),
        (3, 64) => Some(Coding::Float64(Order::Little)),
        (6, 8) => Some(Coding::ALaw),
        (7, 8) => Some(Coding::MuLaw),
        (1 | 3, _) => return Err(odd_bits(bits)),
        _ => None,
    };
    let format = Format {
        coding,
        channels,
        mask,
        sample_rate: u32::from_le_bytes([r0, r1, r2, r3]),
    }
    .checked()?;
    if coding.is_some() && u64::from(align) != format.stride() {
        return Err(Fault::Header(format!(
            "its header contradicts itself: {channels} channels of {bits} bits in frames of \
             {align} bytes"
        )));
    }
    Ok(format)
}

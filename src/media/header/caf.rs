//! Apple's Core Audio Format, its uncompressed kinds: linear PCM and the two laws of telephony.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use super::{CHUNK_LIMIT, Data, Fault, Format, Header, odd_bits, whole_rate};
use crate::media::bytes::array_at;
use crate::media::info::Ending;
use crate::media::plain::{Coding, Order};

const IS_FLOAT: u8 = 1;
const IS_LITTLE_ENDIAN: u8 = 2;

/// Reads the chunks. `Ok(None)` for anything but CAF.
pub fn read(file: &mut File) -> Result<Option<Header>, Fault> {
    let size = file.seek(SeekFrom::End(0))?;
    if array_at::<4>(file, 0)? != Some(*b"caff") {
        return Ok(None);
    }
    let mut format = None;
    let mut at = 8_u64;
    for _ in 0..CHUNK_LIMIT {
        let Some([i0, i1, i2, i3, length @ ..]) = array_at::<12>(file, at)? else {
            break;
        };
        let body = at + 12;
        let length = i64::from_be_bytes(length);
        match &[i0, i1, i2, i3] {
            b"desc" => format = Some(describe(file, body)?),
            b"data" => {
                let format = format.ok_or("it has no description before its samples")?;
                // An edit count comes first. -1: the recorder was still at work, or is.
                let data = match u64::try_from(length) {
                    Ok(n) => Data::within(size, body + 4, Some(n.saturating_sub(4)), Ending::Whole),
                    Err(_) => Data::within(size, body + 4, None, Ending::Whole),
                };
                return Ok(Some(data.header(format, None)));
            }
            _ => {}
        }
        let length = u64::try_from(length).map_err(|_| "a chunk of it has no length")?;
        at = body.saturating_add(length);
        if at >= size {
            break;
        }
    }
    Err("it has no data chunk".into())
}

fn describe(file: &mut File, at: u64) -> Result<Format, Fault> {
    let short = "its description is too short";
    let rate = f64::from_be_bytes(array_at::<8>(file, at)?.ok_or(short)?);
    let [k0, k1, k2, k3, _, _, _, flags, packet @ ..] =
        array_at::<24>(file, at + 8)?.ok_or(short)?;
    let [p, _frames, channels, bits] = {
        let (words, _) = packet.as_chunks::<4>();
        let word = |i: usize| words.get(i).copied().map_or(0, u32::from_be_bytes);
        [word(0), word(1), word(2), word(3)]
    };
    let channels = u16::try_from(channels).map_err(|_| "its header says too many channels")?;
    let order = match flags & IS_LITTLE_ENDIAN {
        0 => Order::Big,
        _ => Order::Little,
    };
    let coding = match (&[k0, k1, k2, k3], flags & IS_FLOAT != 0, bits) {
        (b"lpcm", false, 1..=8) => Some(Coding::Signed8),
        (b"lpcm", false, 9..=16) => Some(Coding::Int16(order)),
        (b"lpcm", false, 17..=24) => Some(Coding::Int24(order)),
        (b"lpcm", false, 25..=32) => Some(Coding::Int32(order)),
        (b"lpcm", true, 32) => Some(Coding::Float32(order)),
        (b"lpcm", true, 64) => Some(Coding::Float64(order)),
        (b"lpcm", _, _) => return Err(odd_bits(bits)),
        (b"alaw", _, _) => Some(Coding::ALaw),
        (b"ulaw", _, _) => Some(Coding::MuLaw),
        _ => None,
    };
    let format = Format {
        coding,
        channels,
        mask: 0,
        sample_rate: whole_rate(rate)?,
    }
    .checked()?;
    if coding.is_some() && u64::from(p) != format.stride() {
        return Err(Fault::Header(format!(
            "its header contradicts itself: {channels} channels of {bits} bits in packets of {p} bytes"
        )));
    }
    Ok(format)
}

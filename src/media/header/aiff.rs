//! AIFF and AIFC: big endian unless its compression type says otherwise.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use super::{CHUNK_LIMIT, Chunk, Data, Fault, Format, Header, odd_bits, whole_rate};
use crate::media::bytes::array_at;
use crate::media::info::Ending;
use crate::media::plain::{Coding, Order};
use crate::media::tags;

/// Reads the chunks. `Ok(None)` for anything but AIFF.
pub fn read(file: &mut File) -> Result<Option<Header>, Fault> {
    let Some((is_compressed, chunks)) = look(file)? else {
        return Ok(None);
    };
    let size = file.seek(SeekFrom::End(0))?;
    let (mut common, mut sound, mut time) = (None, None, None);
    for Chunk { id, body, length } in chunks {
        match &id {
            b"COMM" if common.is_none() => common = Some(read_common(file, body, is_compressed)?),
            b"SSND" if sound.is_none() => {
                let [o0, o1, o2, o3] =
                    array_at::<4>(file, body)?.ok_or("its samples are missing")?;
                let offset = u64::from(u32::from_be_bytes([o0, o1, o2, o3]));
                sound = Some((body + 8 + offset, length.saturating_sub(8 + offset)));
            }
            b"ANNO" if time.is_none() => time = tags::time_of_note(file, body, length)?,
            _ => {}
        }
    }
    let (format, frames) = common.ok_or("it has no COMM chunk")?;
    let Some((start, bytes)) = sound else {
        return match frames {
            0 => Ok(Some(
                Data::within(size, size, Some(0), Ending::Whole).header(format, time),
            )),
            _ => Err("it has no SSND chunk".into()),
        };
    };
    // A recorder that died left both at 0; a pipe's writer leaves the last size that fits.
    let promised = match (frames, bytes) {
        (0, 0) | (u32::MAX, _) => None,
        (0, bytes) => Some(bytes),
        (frames, _) => Some(u64::from(frames) * format.stride()),
    };
    let size = match bytes {
        0 => size,
        bytes => size.min(start.saturating_add(bytes)),
    };
    let data = Data::within(size, start, promised, Ending::Unfinished);
    Ok(Some(data.header(format, time)))
}

/// The chunks of an AIFF or AIFC file; none of anything else.
pub fn chunks(file: &mut File) -> Result<Vec<Chunk>, Fault> {
    Ok(look(file)?.map_or_else(Vec::new, |(_, chunks)| chunks))
}

/// Whether it is AIFC, and its chunks.
fn look(file: &mut File) -> Result<Option<(bool, Vec<Chunk>)>, Fault> {
    let size = file.seek(SeekFrom::End(0))?;
    let Some([b'F', b'O', b'R', b'M', _, _, _, _, form @ ..]) = array_at::<12>(file, 0)? else {
        return Ok(None);
    };
    let is_compressed = match &form {
        b"AIFF" => false,
        b"AIFC" => true,
        _ => return Ok(None),
    };
    let mut chunks = Vec::new();
    let mut at = 12_u64;
    for _ in 0..CHUNK_LIMIT {
        let Some([i0, i1, i2, i3, l0, l1, l2, l3]) = array_at::<8>(file, at)? else {
            break;
        };
        let length = u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
        let (id, body) = ([i0, i1, i2, i3], at + 8);
        chunks.push(Chunk { id, body, length });
        at = body + length + (length & 1);
        if at >= size {
            break;
        }
    }
    Ok(Some((is_compressed, chunks)))
}

fn read_common(file: &mut File, at: u64, is_compressed: bool) -> Result<(Format, u32), Fault> {
    let short = "its COMM chunk is too short";
    let [c0, c1, f0, f1, f2, f3, b0, b1, rate @ ..] = array_at::<18>(file, at)?.ok_or(short)?;
    let bits = u16::from_be_bytes([b0, b1]);
    let kind = match is_compressed {
        true => array_at::<4>(file, at + 18)?.ok_or(short)?,
        false => *b"NONE",
    };
    let format = Format {
        coding: coding(kind, bits)?,
        channels: u16::from_be_bytes([c0, c1]),
        mask: 0,
        sample_rate: whole_rate(extended(rate))?,
    };
    Ok((format.checked()?, u32::from_be_bytes([f0, f1, f2, f3])))
}

/// Samples of an odd count of bits lie at the upper end of their bytes. `None` is left to symphonia.
fn coding(kind: [u8; 4], bits: u16) -> Result<Option<Coding>, Fault> {
    let integer = |order| match bits {
        1..=8 => Ok(Some(Coding::Signed8)),
        9..=16 => Ok(Some(Coding::Int16(order))),
        17..=24 => Ok(Some(Coding::Int24(order))),
        25..=32 => Ok(Some(Coding::Int32(order))),
        _ => Err(odd_bits(bits)),
    };
    match &kind {
        b"NONE" | b"twos" => integer(Order::Big),
        b"sowt" => integer(Order::Little),
        b"in24" => Ok(Some(Coding::Int24(Order::Big))),
        b"in32" => Ok(Some(Coding::Int32(Order::Big))),
        // libsndfile writes a one.
        b"42ni" | b"42n1" => Ok(Some(Coding::Int24(Order::Little))),
        b"23ni" => Ok(Some(Coding::Int32(Order::Little))),
        b"fl32" | b"FL32" => Ok(Some(Coding::Float32(Order::Big))),
        b"fl64" | b"FL64" => Ok(Some(Coding::Float64(Order::Big))),
        b"raw " => Ok(Some(Coding::Unsigned8)),
        b"alaw" | b"ALAW" => Ok(Some(Coding::ALaw)),
        b"ulaw" | b"ULAW" => Ok(Some(Coding::MuLaw)),
        _ => Ok(None),
    }
}

/// The 80-bit number of the 68881: sign, 15 bits of exponent, 64 of mantissa with its leading one.
fn extended([e0, e1, mantissa @ ..]: [u8; 10]) -> f64 {
    let exponent = i32::from(u16::from_be_bytes([e0 & 0x7F, e1])) - 16_383 - 63;
    let value = u64::from_be_bytes(mantissa) as f64 * libm::exp2(f64::from(exponent));
    if e0 & 0x80 == 0 { value } else { -value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_80_bits() {
        for (bytes, rate) in [
            ([0x40, 0x0E, 0xAC, 0x44, 0, 0, 0, 0, 0, 0], 44_100.0),
            ([0x40, 0x0E, 0xBB, 0x80, 0, 0, 0, 0, 0, 0], 48_000.0),
            ([0x40, 0x10, 0xBB, 0x80, 0, 0, 0, 0, 0, 0], 192_000.0),
            ([0x40, 0x0B, 0xFA, 0, 0, 0, 0, 0, 0, 0], 8_000.0),
            ([0; 10], 0.0),
        ] {
            assert_eq!(extended(bytes), rate);
        }
        assert!(whole_rate(extended([0x7F, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0])).is_err());
        assert!(whole_rate(extended([0xFF; 10])).is_err());
        assert!(whole_rate(f64::NAN).is_err());
    }
}

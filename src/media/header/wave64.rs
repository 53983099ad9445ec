//! Sony Wave64: the chunks of WAV with names of 16 bytes and sizes of 8, which count themselves.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use super::wave::parse_format;
use super::{CHUNK_LIMIT, Data, Fault, Header};
use crate::media::bytes::array_at;
use crate::media::info::Ending;

const RIFF: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
/// What stands behind the four letters of every other name.
const TAIL: [u8; 12] = *b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";
/// Bytes of a chunk's name and size.
const HEAD: u64 = 24;

/// Reads the chunks. `Ok(None)` for anything but Wave64.
pub fn read(file: &mut File) -> Result<Option<Header>, Fault> {
    let size = file.seek(SeekFrom::End(0))?;
    if array_at::<16>(file, 0)? != Some(RIFF) {
        return Ok(None);
    }
    let mut format = None;
    let mut at = 40_u64;
    for _ in 0..CHUNK_LIMIT {
        let Some((name, length)) = chunk(file, at)? else {
            break;
        };
        let body = at.saturating_add(HEAD);
        match &name {
            b"fmt " => {
                let short = "its format chunk is too short";
                let bytes = array_at::<16>(file, body)?.ok_or(short)?;
                let extension = match length {
                    64.. => array_at::<6>(file, body + 20)?,
                    _ => None,
                };
                format = Some(parse_format(bytes, extension)?);
            }
            b"data" => {
                let format = format.ok_or("it has no format chunk before its samples")?;
                let data = match length {
                    0..=HEAD => Data::within(size, body, None, Ending::Unfinished),
                    // What a writer into a pipe leaves.
                    n if n > i64::MAX as u64 / 2 => Data::within(size, body, None, Ending::Whole),
                    n => Data::within(size, body, Some(n - HEAD), Ending::Whole),
                };
                return Ok(Some(data.header(format, None)));
            }
            _ => {}
        }
        at = at.saturating_add(length.max(HEAD)).saturating_add(7) & !7;
    }
    Err("it has no data chunk".into())
}

/// The letters of the chunk at an offset, and its length with its head.
fn chunk(file: &mut File, at: u64) -> Result<Option<([u8; 4], u64)>, Fault> {
    let (Some([a, b, c, d, tail @ ..]), Some(length)) = (
        array_at::<16>(file, at)?,
        array_at::<8>(file, at.saturating_add(16))?,
    ) else {
        return Ok(None);
    };
    let name = if tail == TAIL { [a, b, c, d] } else { [0; 4] };
    Ok(Some((name, u64::from_le_bytes(length))))
}

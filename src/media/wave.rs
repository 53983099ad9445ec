//! The header of a WAV (RIFF, RF64, BW64) read by ourselves: any chunk order, pad bytes, headers that
//! a crashed recorder never finished. Coded WAV (ADPCM, companded) is left to symphonia.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use super::bytes::array_at;
use super::plain::Coding;

/// Chunks looked at before giving up: real files have a few dozen.
const CHUNK_LIMIT: usize = 4096;
/// A data size that stands for "not known", or for "see the ds64 chunk".
const OPEN: u64 = u32::MAX as u64;
/// What programs that write into a pipe, such as sox, say instead: the last page below 2 GiB.
const NEARLY_2_GIB: std::ops::RangeInclusive<u64> = 0x7FFF_F000..=0x7FFF_FFFF;

/// What a header says, checked against the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `None` for a coding that is not plain PCM or float.
    pub coding: Option<Coding>,
    pub channels: u16,
    pub sample_rate: u32,
    /// Byte offset of the first sample.
    pub data_start: u64,
    /// Whole frames that are really there.
    pub frames: u64,
    /// The file ends before the samples that its header promises.
    pub is_cut: bool,
    /// TimeReference of the `bext` chunk.
    pub time_reference: Option<u64>,
}

struct Format {
    coding: Option<Coding>,
    channels: u16,
    sample_rate: u32,
}

/// Reads the chunks of a RIFF file. `Ok(None)` for anything else.
pub fn read_header(file: &mut File) -> Result<Option<Header>, Fault> {
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
    let found = walk(file, size, riff, wide)?;
    let format = found.format.ok_or("it has no format chunk")?;
    let (data_start, bytes) = found.data.ok_or("it has no data chunk")?;
    let frame = u64::from(format.channels)
        * u64::try_from(format.coding.map_or(1, Coding::bytes)).unwrap_or(1);
    Ok(Some(Header {
        coding: format.coding,
        channels: format.channels,
        sample_rate: format.sample_rate,
        data_start,
        frames: bytes / frame.max(1),
        is_cut: found.is_cut,
        time_reference: found.time_reference,
    }))
}

/// Why a header is of no use.
#[derive(Debug)]
pub enum Fault {
    Io(io::Error),
    Header(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Header(reason.to_owned())
    }
}

#[derive(Default)]
struct Chunks {
    format: Option<Format>,
    /// Start and bytes, cut to the file.
    data: Option<(u64, u64)>,
    /// The data chunk is shorter than it says.
    is_cut: bool,
    time_reference: Option<u64>,
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
        match &[i0, i1, i2, i3] {
            b"ds64" if wide => {
                wide_data = array_at::<16>(file, body)?
                    .map(|[_, _, _, _, _, _, _, _, data @ ..]| u64::from_le_bytes(data));
            }
            b"fmt " if found.format.is_none() => {
                found.format = Some(read_format(file, body, length)?);
            }
            b"bext" if length >= 346 => {
                found.time_reference = array_at::<8>(file, body + 338)?.map(u64::from_le_bytes);
            }
            b"data" if found.data.is_none() => {
                let mut is_known = !NEARLY_2_GIB.contains(&length);
                if length == OPEN {
                    is_known = wide_data.is_some();
                    length = wide_data.unwrap_or(u64::MAX);
                }
                // The sizes of a file whose recorder died were never filled in.
                if length == 0 && u64::from(riff) <= at {
                    length = u64::MAX;
                    is_known = false;
                }
                let there = size.saturating_sub(body);
                found.is_cut = is_known && length > there;
                length = length.min(there);
                found.data = Some((body, length));
            }
            _ => {}
        }
        at = body.saturating_add(length).saturating_add(length & 1);
    }
    Ok(found)
}

fn read_format(file: &mut File, at: u64, length: u64) -> Result<Format, Fault> {
    let short = "its format chunk is too short";
    if length < 16 {
        return Err(short.into());
    }
    let [t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1] =
        array_at::<16>(file, at)?.ok_or(short)?;
    let mut tag = u16::from_le_bytes([t0, t1]);
    let channels = u16::from_le_bytes([c0, c1]);
    let sample_rate = u32::from_le_bytes([r0, r1, r2, r3]);
    let align = u16::from_le_bytes([a0, a1]);
    let bits = u16::from_le_bytes([b0, b1]);
    if channels == 0 {
        return Err("its header says 0 channels".into());
    }
    if sample_rate == 0 {
        return Err("its header says 0 Hz".into());
    }
    if tag == 0xFFFE && length >= 40 {
        // WAVE_FORMAT_EXTENSIBLE: the real tag opens the sub-format GUID.
        let [s0, s1] = array_at::<2>(file, at + 24)?.ok_or(short)?;
        tag = u16::from_le_bytes([s0, s1]);
    }
    let coding = match (tag, bits) {
        (1, 1..=8) => Some(Coding::Unsigned8),
        (1, 9..=16) => Some(Coding::Int16),
        (1, 17..=24) => Some(Coding::Int24),
        (1, 25..=32) => Some(Coding::Int32),
        (3, 32) => Some(Coding::Float32),
        (3, 64) => Some(Coding::Float64),
        (1 | 3, _) => {
            return Err(Fault::Header(format!(
                "its header says {bits} bits a sample, which is neither PCM nor float"
            )));
        }
        _ => None,
    };
    if let Some(coding) = coding {
        let expected = usize::from(channels) * coding.bytes();
        if usize::from(align) != expected {
            return Err(Fault::Header(format!(
                "its header contradicts itself: {channels} channels of {bits} bits in frames of \
                 {align} bytes"
            )));
        }
    }
    Ok(Format {
        coding,
        channels,
        sample_rate,
    })
}

//! Compressed CAF as symphonia 0.6 can read it. Where a packet table is padded (libsndfile does) or
//! a chunk is unknown, it loses its way; it is shown the chunks that it needs, each as long as what
//! it holds, and then the file's own data.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use super::bytes::array_at;

/// Chunks looked at before giving up.
const CHUNK_LIMIT: usize = 4096;
/// Bytes of a chunk that is kept: a packet table of a day of AAC has 8 MB.
const LARGEST: u64 = 64 << 20;

/// A head made anew, and behind it a part of the file.
pub struct Tidy {
    head: Vec<u8>,
    file: File,
    data_start: u64,
    data_end: u64,
    at: u64,
}

/// The file as it is to be read; `Err` gives it back unchanged where it is no CAF, or one that is broken
/// beyond this.
pub fn tidy(mut file: File) -> Result<Tidy, File> {
    match chunks(&mut file) {
        Ok(Some((head, data_start, data_end))) => Ok(Tidy {
            head,
            file,
            data_start,
            data_end,
            at: 0,
        }),
        Ok(None) | Err(_) => Err(file),
    }
}

type Found = (Vec<u8>, u64, u64);

fn chunks(file: &mut File) -> io::Result<Option<Found>> {
    let size = file.seek(SeekFrom::End(0))?;
    if array_at::<4>(file, 0)? != Some(*b"caff") {
        return Ok(None);
    }
    let mut head = b"caff\0\x01\0\0".to_vec();
    let mut data = None;
    let mut at = 8_u64;
    for _ in 0..CHUNK_LIMIT {
        let Some([i0, i1, i2, i3, length @ ..]) = array_at::<12>(file, at)? else {
            break;
        };
        let body = at + 12;
        let left = size.saturating_sub(body);
        let length = u64::try_from(i64::from_be_bytes(length))
            .unwrap_or(left)
            .min(left);
        let name = [i0, i1, i2, i3];
        match &name {
            b"data" => data = Some((body, body + length)),
            b"desc" | b"chan" | b"kuki" | b"pakt" if length <= LARGEST => {
                let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
                file.seek(SeekFrom::Start(body))?;
                file.read_exact(&mut bytes)?;
                if &name == b"pakt" {
                    bytes.truncate(table(&bytes, &head));
                }
                push(&mut head, name, &bytes);
            }
            _ => {}
        }
        at = body + length;
        if at >= size {
            break;
        }
    }
    let Some((start, end)) = data else {
        return Ok(None);
    };
    head.extend(b"data");
    head.extend((end - start).to_be_bytes());
    Ok(Some((head, start, end)))
}

fn push(head: &mut Vec<u8>, name: [u8; 4], bytes: &[u8]) {
    head.extend(name);
    head.extend(u64::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
    head.extend(bytes);
}

/// Bytes of a packet table that its count of packets needs: a number of 7 bits a byte for the size of
/// each, and for its frames where the description says that they vary.
fn table(bytes: &[u8], head: &[u8]) -> usize {
    let word = |at: usize| {
        let word = head.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*word))
    };
    // The description stands first: rate, kind, flags, bytes of a packet, frames of a packet.
    let varying = [36, 40]
        .into_iter()
        .filter(|at| word(*at) == Some(0))
        .count();
    let packets = bytes
        .first_chunk::<8>()
        .map_or(0, |n| u64::from_be_bytes(*n));
    let numbers = packets.saturating_mul(u64::try_from(varying).unwrap_or(0));
    let entries = bytes.get(24..).unwrap_or_default();
    let ends = entries
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte & 0x80 == 0);
    let last = usize::try_from(numbers.saturating_sub(1)).unwrap_or(usize::MAX);
    match ends.map(|(at, _)| at).nth(last) {
        Some(at) if numbers > 0 => 24 + at + 1,
        _ => bytes.len(),
    }
}

impl Tidy {
    fn length(&self) -> u64 {
        let head = u64::try_from(self.head.len()).unwrap_or(0);
        head + (self.data_end - self.data_start)
    }
}

impl Read for Tidy {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let got = match self.head.get(at..).filter(|rest| !rest.is_empty()) {
            Some(mut rest) => rest.read(buffer)?,
            None => {
                let place = self.at - u64::try_from(self.head.len()).unwrap_or(0);
                let place = self.data_start.saturating_add(place);
                self.file.seek(SeekFrom::Start(place))?;
                let left = self.data_end.saturating_sub(place);
                (&mut self.file).take(left).read(buffer)?
            }
        };
        self.at += u64::try_from(got).unwrap_or(0);
        Ok(got)
    }
}

impl Seek for Tidy {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Tidy {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length())
    }
}

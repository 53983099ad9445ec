//! The chunks of a RIFF, RF64 or BW64 file: where they lie, not what they mean. Refuses to guess:
//! a chunk that goes beyond the file ends the list.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Chunks looked at.
const MOST: usize = 4096;

/// A chunk's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    pub id: [u8; 4],
    /// Of its id, from the start of the file.
    pub at: u64,
    /// Of its body, without a pad byte.
    pub bytes: u64,
}

/// How a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RIFF of WAVE; `wide` where it is RF64 or BW64.
    Wave {
        wide: bool,
    },
    Aiff,
    Flac,
    Other,
}

/// What a file is by its first bytes, whatever its name says.
///
/// # Errors
/// Of the disk.
pub fn kind(file: &mut File) -> io::Result<Kind> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(12).read_to_end(&mut head)?;
    let (id, form) = (head.get(..4), head.get(8..12));
    Ok(match (id, form) {
        (Some(b"RIFF"), Some(b"WAVE")) => Kind::Wave { wide: false },
        (Some(b"RF64" | b"BW64"), Some(b"WAVE")) => Kind::Wave { wide: true },
        (Some(b"FORM"), Some(b"AIFF" | b"AIFC")) => Kind::Aiff,
        (Some(b"fLaC"), _) => Kind::Flac,
        _ => Kind::Other,
    })
}

/// The chunks of a WAVE file, in their order; the samples of RF64 have the size of what is left of the
/// file.
///
/// # Errors
/// Of the disk.
pub fn list(file: &mut File) -> io::Result<Vec<Chunk>> {
    let size = file.seek(SeekFrom::End(0))?;
    let (mut at, mut chunks) = (12_u64, Vec::new());
    let mut data64 = None;
    while at + 8 <= size && chunks.len() < MOST {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [a, b, c, d, l0, l1, l2, l3] = head;
        let id = [a, b, c, d];
        let mut bytes = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        if &id == b"ds64" && bytes >= 16 {
            let mut body = [0; 16];
            file.read_exact(&mut body)?;
            let [.., d0, d1, d2, d3, d4, d5, d6, d7] = body;
            data64 = Some(u64::from_le_bytes([d0, d1, d2, d3, d4, d5, d6, d7]));
        }
        if &id == b"data" && bytes == u64::from(u32::MAX) {
            bytes = data64.unwrap_or_else(|| size.saturating_sub(at + 8));
        }
        let Some(end) = (at + 8).checked_add(bytes).filter(|end| *end <= size) else {
            break;
        };
        chunks.push(Chunk { id, at, bytes });
        at = end + (bytes & 1);
    }
    Ok(chunks)
}

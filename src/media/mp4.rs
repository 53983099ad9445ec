//! The one fact of an MP4 file that symphonia does not apply: how many frames the encoder put
//! before the sound, which the edit list says. Wrong by one AAC frame is 21 ms late.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use super::bytes::array_at;

/// Boxes looked at on one level.
const BOX_LIMIT: usize = 4096;

/// A box's body: from the first byte to behind the last.
type Span = (u64, u64);

/// Media time of the first edit of the first sound track, in the track's own units; 0 without one.
pub fn priming(file: &mut File) -> io::Result<u64> {
    let end = file.seek(SeekFrom::End(0))?;
    let Some(moov) = child(file, (0, end), b"moov")? else {
        return Ok(0);
    };
    for track in children(file, moov, b"trak")? {
        if is_sound(file, track)? {
            return match inside(file, track, b"edts", b"elst")? {
                Some(list) => first_edit(file, list),
                None => Ok(0),
            };
        }
    }
    Ok(0)
}

fn is_sound(file: &mut File, track: Span) -> io::Result<bool> {
    match inside(file, track, b"mdia", b"hdlr")? {
        Some((start, _)) => Ok(array_at::<4>(file, start + 8)? == Some(*b"soun")),
        None => Ok(false),
    }
}

/// The first entry that is not a gap.
fn first_edit(file: &mut File, (start, end): Span) -> io::Result<u64> {
    let Some([version, _, _, _, c0, c1, c2, c3]) = array_at::<8>(file, start)? else {
        return Ok(0);
    };
    let count = u64::from(u32::from_be_bytes([c0, c1, c2, c3]));
    let (size, skip) = if version == 1 { (20, 8) } else { (12, 4) };
    for entry in 0..count.min((end - start) / size) {
        let at = start + 8 + entry * size + skip;
        let time = if version == 1 {
            array_at::<8>(file, at)?.map(i64::from_be_bytes)
        } else {
            array_at::<4>(file, at)?.map(|b| i64::from(i32::from_be_bytes(b)))
        };
        if let Some(Ok(time)) = time.map(u64::try_from) {
            return Ok(time);
        }
    }
    Ok(0)
}

fn inside(
    file: &mut File,
    span: Span,
    outer: &[u8; 4],
    inner: &[u8; 4],
) -> io::Result<Option<Span>> {
    match child(file, span, outer)? {
        Some(outer) => child(file, outer, inner),
        None => Ok(None),
    }
}

/// The first box of one kind directly inside `span`.
fn child(file: &mut File, span: Span, kind: &[u8; 4]) -> io::Result<Option<Span>> {
    Ok(children(file, span, kind)?.first().copied())
}

/// The boxes of one kind directly inside `span`.
fn children(file: &mut File, span: Span, kind: &[u8; 4]) -> io::Result<Vec<Span>> {
    let (mut at, end) = span;
    let mut found = Vec::new();
    for _ in 0..BOX_LIMIT {
        if end.saturating_sub(at) < 8 {
            break;
        }
        let Some([s0, s1, s2, s3, name @ ..]) = array_at::<8>(file, at)? else {
            break;
        };
        let (head, size) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (8, end - at),
            1 => match array_at::<8>(file, at + 8)? {
                Some(wide) => (16, u64::from_be_bytes(wide)),
                None => break,
            },
            size => (8, u64::from(size)),
        };
        if size < head || size > end - at {
            break;
        }
        if &name == kind {
            found.push((at + head, at + size));
        }
        at += size;
    }
    Ok(found)
}

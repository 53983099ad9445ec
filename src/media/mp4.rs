//! The facts of an MP4 file that symphonia does not apply: how many frames the encoder put before
//! the sound, and how many the sound has. Wrong by one AAC frame is 21 ms late.
//!
//! Two places tell: the tag that iTunes writes (`iTunSMPB`: priming, remainder and length, in hex),
//! and the edit list (`elst`). Where both are there the tag counts, as in ffmpeg 9.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use super::bytes::array_at;

/// Boxes looked at on one level.
const BOX_LIMIT: usize = 4096;
/// Frames that an encoder may put in front; more is no priming.
const MOST_PRIMING: u64 = 16_384;

/// A box's body: from the first byte to behind the last.
type Span = (u64, u64);

/// What of the decoded frames is the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trim {
    /// Frames before it.
    pub priming: u64,
    /// Its frames; `None` for all that follow.
    pub frames: Option<u64>,
}

impl Trim {
    /// With the length of the media, priming included, where nothing else tells one.
    fn or_up_to(self, whole: u64) -> Self {
        let rest = Some(whole.saturating_sub(self.priming)).filter(|rest| *rest > 0);
        Self {
            frames: self.frames.or(rest),
            ..self
        }
    }
}

/// Why a file is not read.
#[derive(Debug)]
pub enum Fault {
    Io(io::Error),
    /// Sound put together from several places of the media.
    Edited,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What the first sound track says, in frames at `sample_rate`.
pub fn trim(file: &mut File, sample_rate: u32) -> Result<Trim, Fault> {
    let end = file.seek(SeekFrom::End(0))?;
    let Some(moov) = child(file, (0, end), b"moov")? else {
        return Ok(Trim::default());
    };
    if let Some(tagged) = itunes(file, moov)? {
        return Ok(tagged);
    }
    let session = time_scale(file, moov, b"mvhd")?;
    for track in children(file, moov, b"trak")? {
        let Some(media) = child(file, track, b"mdia")? else {
            continue;
        };
        if is_sound(file, media)? {
            let scale = time_scale(file, media, b"mdhd")?;
            let edit = match inside(file, track, b"edts", b"elst")? {
                Some(list) => edit(file, list, [session, scale], sample_rate)?,
                None => Trim::default(),
            };
            let whole = rescale(duration(file, media)?, sample_rate, scale);
            return Ok(edit.or_up_to(whole));
        }
    }
    Ok(Trim::default())
}

fn is_sound(file: &mut File, media: Span) -> io::Result<bool> {
    match child(file, media, b"hdlr")? {
        Some((start, _)) => Ok(array_at::<4>(file, start + 8)? == Some(*b"soun")),
        None => Ok(false),
    }
}

/// Units a second, from the `mvhd` or `mdhd` in a box.
fn time_scale(file: &mut File, outer: Span, header: &[u8; 4]) -> io::Result<u64> {
    let Some((start, _)) = child(file, outer, header)? else {
        return Ok(0);
    };
    let at = match array_at::<1>(file, start)? {
        Some([1]) => start + 20,
        _ => start + 12,
    };
    let scale = array_at::<4>(file, at)?.map_or(0, u32::from_be_bytes);
    Ok(u64::from(scale))
}

/// Length of the media in its own units; 0 in a fragmented file.
fn duration(file: &mut File, media: Span) -> io::Result<u64> {
    let Some((start, _)) = child(file, media, b"mdhd")? else {
        return Ok(0);
    };
    Ok(match array_at::<1>(file, start)? {
        Some([1]) => array_at::<8>(file, start + 24)?.map_or(0, u64::from_be_bytes),
        _ => array_at::<4>(file, start + 16)?.map_or(0, |b| u64::from(u32::from_be_bytes(b))),
    })
}

/// The one entry that is not a gap. Durations are in the movie's units, times in the media's.
fn edit(
    file: &mut File,
    (start, end): Span,
    [session, scale]: [u64; 2],
    sample_rate: u32,
) -> Result<Trim, Fault> {
    let Some([version, _, _, _, c0, c1, c2, c3]) = array_at::<8>(file, start)? else {
        return Ok(Trim::default());
    };
    let count = u64::from(u32::from_be_bytes([c0, c1, c2, c3]));
    let size = if version == 1 { 20 } else { 12 };
    let mut found = None;
    for entry in 0..count.min((end - start) / size).min(BOX_LIMIT as u64) {
        let at = start + 8 + entry * size;
        let (duration, time) = match version {
            1 => (
                array_at::<8>(file, at)?.map(u64::from_be_bytes),
                array_at::<8>(file, at + 8)?.map(i64::from_be_bytes),
            ),
            _ => (
                array_at::<4>(file, at)?.map(|b| u64::from(u32::from_be_bytes(b))),
                array_at::<4>(file, at + 4)?.map(|b| i64::from(i32::from_be_bytes(b))),
            ),
        };
        if let (Some(duration), Some(Ok(time))) = (duration, time.map(u64::try_from)) {
            if found.is_some() {
                return Err(Fault::Edited);
            }
            found = Some(Trim {
                priming: rescale(time, sample_rate, scale),
                // A fragmented file does not know its length.
                frames: Some(rescale(duration, sample_rate, session)).filter(|n| *n > 0),
            });
        }
    }
    Ok(found.unwrap_or_default())
}

/// Units of `scale` a second as frames, to the nearest.
fn rescale(units: u64, sample_rate: u32, scale: u64) -> u64 {
    let scale = u128::from(scale);
    let frames = (u128::from(units) * u128::from(sample_rate) + scale / 2).checked_div(scale);
    frames.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

/// The tag `----` named `iTunSMPB`.
fn itunes(file: &mut File, moov: Span) -> io::Result<Option<Trim>> {
    let Some((start, end)) = inside(file, moov, b"udta", b"meta")? else {
        return Ok(None);
    };
    // A full box: version and flags come first.
    let Some(list) = child(file, (start.saturating_add(4).min(end), end), b"ilst")? else {
        return Ok(None);
    };
    for tag in children(file, list, b"----")? {
        let Some((name, _)) = child(file, tag, b"name")? else {
            continue;
        };
        if array_at::<8>(file, name + 4)? != Some(*b"iTunSMPB") {
            continue;
        }
        let Some((data, end)) = child(file, tag, b"data")? else {
            continue;
        };
        // ' 00000000 00000840 000001CA 00000000003F31F6', and zeros behind.
        if end - data >= 8 + 44
            && let Some(text) = array_at::<44>(file, data + 8)?
        {
            return Ok(parse(&text));
        }
    }
    Ok(None)
}

fn parse(text: &[u8]) -> Option<Trim> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace().skip(1);
    let mut word = || u64::from_str_radix(words.next()?, 16).ok();
    let (priming, _remainder, frames) = (word()?, word()?, word()?);
    let is_sane = (1..MOST_PRIMING).contains(&priming) && frames > 0;
    is_sane.then_some(Trim {
        priming,
        frames: Some(frames),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_itunes_is_three_numbers() {
        let text = b" 00000000 00000840 000001CA 00000000003F31F6";
        let want = Trim {
            priming: 2112,
            frames: Some(4_141_558),
        };
        assert_eq!(parse(text), Some(want));
        for bad in [
            " 00000000 00000000 000001CA 00000000003F31F6",
            " 00000000 0000F840 000001CA 00000000003F31F6",
            " 00000000 00000840 000001CA 0000000000000000",
            " 00000000 00000840",
            " 00000000 words 0 1",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn times_are_rounded_to_the_nearest_frame() {
        for (units, rate, scale, frames) in [
            (1250, 48_000, 1000, 60_000),
            (1250, 44_100, 1000, 55_125),
            (1251, 44_100, 1000, 55_169),
            (1024, 48_000, 48_000, 1024),
            (5, 48_000, 0, 0),
            (u64::MAX, u32::MAX, 1, 0),
        ] {
            assert_eq!(rescale(units, rate, scale), frames);
        }
    }
}

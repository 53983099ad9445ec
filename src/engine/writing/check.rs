//! A written file as it is read back: size, header and every sample as they were meant, and the checksum.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crc32fast::Hasher as Crc;
use tokio_util::sync::CancellationToken;

use super::folder::PartFile;
use crate::audio::quantize::{ByteOrder, Quantizer};
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::media::tags::{self, Tags};
use crate::mixdown::BLOCK;
use crate::model::plan::PlannedStem;
use crate::model::stem::BitDepth;

/// Bytes read at once.
const READ_BYTES: usize = 1 << 18;

pub fn wrong(file: &str, what: String) -> Error {
    Error::new(
        ErrorKind::Check,
        format!("'{file}' is not what was printed: {what}"),
    )
    .hint("The file was not delivered; the disk or the network share may be failing")
}

/// The header as others read it.
///
/// # Errors
/// When it does not say what was meant.
pub fn header(part: &PartFile, stem: &PlannedStem, rate: u32, frames: u64) -> Result<()> {
    let reader = Reader::open(part.path());
    let reader = reader.map_err(|error| wrong(part.file(), error.to_string()))?;
    let info = reader.info();
    let is_float = stem.bits == BitDepth::Float32;
    if (info.sample_rate, info.channels, info.bits, info.float)
        != (rate, stem.channel_count, stem.bits.bits(), is_float)
    {
        let what = "its header says another format";
        return Err(wrong(part.file(), what.into()));
    }
    if info.frames != Some(frames) {
        let found = info.frames.unwrap_or_default();
        let what = format!("{found} frames instead of {frames} can be read");
        return Err(wrong(part.file(), what));
    }
    Ok(())
}

/// What a file says of itself, as others read it: when it starts, its markers, its loudness.
///
/// # Errors
/// When it does not say what was meant.
pub fn told(part: &PartFile, meant: &Tags) -> Result<()> {
    let found = tags::read(part.path());
    let found = found.map_err(|error| wrong(part.file(), error.to_string()))?;
    let start = meant.time_reference.unwrap_or(0);
    if found.time_reference.unwrap_or(0) != start {
        return Err(wrong(part.file(), "it says another start".into()));
    }
    let places = |tags: &Tags| -> Vec<u64> {
        // No container places more, or farther ones.
        let near = tags.cues.iter().map(|cue| cue.frame);
        let near = near.filter(|frame| u32::try_from(*frame).is_ok());
        near.take(tags::FEWEST_CUES).collect()
    };
    if places(&found) != places(meant) {
        return Err(wrong(part.file(), "its markers are others".into()));
    }
    if !found.loudness.is_near(&meant.loudness) {
        return Err(wrong(part.file(), "it says another loudness".into()));
    }
    Ok(())
}

/// What a file must turn out to be.
pub struct Meant {
    pub bytes: u64,
    /// Of its samples as they were made.
    pub crc: u32,
}

/// Compares size and every sample, which lie from `start` to `end`, with what was written; returns
/// the checksum of the whole file.
///
/// # Errors
/// When something else came back, and when cancelled.
pub fn read_back(
    part: &PartFile,
    meant: &Meant,
    (start, end): (u64, u64),
    cancel: &CancellationToken,
) -> Result<String> {
    let (mut whole, mut samples) = (blake3::Hasher::new(), Crc::new());
    let mut at = 0_u64;
    read_through(part.path(), |bytes| {
        if cancel.is_cancelled() {
            return Err(crate::engine::interrupted());
        }
        whole.update(bytes);
        let place = |offset: u64| {
            let inside = usize::try_from(offset.saturating_sub(at));
            inside.map_or(bytes.len(), |inside| inside.min(bytes.len()))
        };
        let (from, to) = (place(start), place(end));
        samples.update(bytes.get(from..to).unwrap_or_default());
        at += bytes.len() as u64;
        Ok(())
    })?;
    compare(part, meant, at, samples)?;
    Ok(written(&whole))
}

/// The same for a file whose samples must be decoded, to integers.
///
/// # Errors
/// As [`read_back`].
pub fn decode_back(
    part: &PartFile,
    meant: &Meant,
    bits: BitDepth,
    cancel: &CancellationToken,
) -> Result<String> {
    let quantizer = Quantizer {
        bits,
        order: ByteOrder::Little,
        noise: None,
    };
    let mut reader = Reader::open(part.path())?;
    let channels = usize::from(reader.info().channels.max(1));
    let (mut block, mut bytes, mut samples) = (vec![0.0; BLOCK * channels], vec![], Crc::new());
    loop {
        if cancel.is_cancelled() {
            return Err(crate::engine::interrupted());
        }
        let frames = reader.read(&mut block)?;
        if frames == 0 {
            break;
        }
        bytes.clear();
        let read = block.get_mut(..frames * channels).unwrap_or_default();
        quantizer.apply(0, read, &mut bytes);
        samples.update(&bytes);
    }
    let (checksum, size) = checksum_unless(part.path(), cancel)?;
    compare(part, meant, size, samples)?;
    Ok(checksum)
}

fn compare(part: &PartFile, meant: &Meant, size: u64, samples: Crc) -> Result<()> {
    if size != meant.bytes {
        let what = format!("{size} bytes instead of {} can be read", meant.bytes);
        return Err(wrong(part.file(), what));
    }
    if samples.finalize() != meant.crc {
        return Err(wrong(part.file(), "other samples came back".into()));
    }
    Ok(())
}

/// A checksum as the manifest writes it.
fn written(hasher: &blake3::Hasher) -> String {
    format!("blake3:{}", hasher.finalize().to_hex())
}

/// BLAKE3 of the whole file as the manifest writes it, and the file's size.
pub fn checksum(path: &Path) -> Result<(String, u64)> {
    checksum_unless(path, &CancellationToken::new())
}

fn checksum_unless(path: &Path, cancel: &CancellationToken) -> Result<(String, u64)> {
    let (mut hasher, mut size) = (blake3::Hasher::new(), 0);
    read_through(path, |bytes| {
        if cancel.is_cancelled() {
            return Err(crate::engine::interrupted());
        }
        hasher.update(bytes);
        size += bytes.len() as u64;
        Ok(())
    })?;
    Ok((written(&hasher), size))
}

/// MD5 of the whole file: 32 hex digits.
pub fn md5(path: &Path, cancel: &CancellationToken) -> Result<String> {
    let mut hasher = md5::Context::new();
    read_through(path, |bytes| {
        if cancel.is_cancelled() {
            return Err(crate::engine::interrupted());
        }
        hasher.consume(bytes);
        Ok(())
    })?;
    Ok(format!("{:x}", hasher.finalize()))
}

/// Gives all bytes of a file, in large parts.
fn read_through(path: &Path, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let failed = |error: io::Error| {
        let text = format!("'{}' cannot be read", path.display());
        Error::new(ErrorKind::Media, text).because(error)
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = vec![0; READ_BYTES];
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(count) => take(bytes.get(..count).unwrap_or(&bytes))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

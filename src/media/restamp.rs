//! Sets the time stamp of a WAV file (`bext` TimeReference) and nothing else: the file is written aside,
//! its samples are compared with those of the old one, and it takes the old one's place. Refuses files
//! that another time would contradict, that are not whole, or that change meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::MediaError;
use super::chunks::{self, Chunk, Kind};
use super::decode::Reader;
use super::info::Ending;
use super::stamp::Stamp;
use crate::platform::atomic;

/// `bext` without coding history, and where in it the stamp and the version lie (EBU Tech 3285).
const BEXT: usize = 602;
const TIME_AT: usize = 338;
const VERSION_AT: usize = 346;

/// Sets the stamp, frames from midnight at the file's own rate.
///
/// # Errors
/// [`MediaError::Unreadable`] with the reason where the file is refused; it is then as it was.
/// [`MediaError::Write`] when the disk refuses.
pub fn restamp(path: &Path, time: u64) -> Result<(), MediaError> {
    let refused = |reason: &str| MediaError::Unreadable {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let before = Stamp::of(path).ok_or_else(|| refused("it is gone"))?;
    if Reader::open(path)?.info().ending != Ending::Whole {
        return Err(refused("it ends too early, and is not rewritten"));
    }
    let part = atomic::part_of(path);
    let write = |source: io::Error| MediaError::Write {
        path: part.clone(),
        source,
    };
    // Its own, or none: what another program is writing is not touched.
    let aside = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&part)
        .map_err(write)?;
    let outcome = copy(path, aside, time)
        .map_err(write)
        .and_then(|copied| match copied {
            Ok(()) => same(path, &part, time),
            Err(reason) => Err(refused(reason)),
        })
        .and_then(|()| match Stamp::of(path) == Some(before) {
            true => atomic::publish(&part, path, true).map_err(write),
            false => Err(refused("it was changed meanwhile")),
        });
    if outcome.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    outcome
}

/// Copies with the new stamp; `Ok(Err)` with the reason where the file is refused.
fn copy(path: &Path, mut to: File, time: u64) -> io::Result<Result<(), &'static str>> {
    let mut from = File::open(path)?;
    let Kind::Wave { wide } = chunks::kind(&mut from)? else {
        return Ok(Err("it is no WAV, which alone is stamped"));
    };
    let list = chunks::list(&mut from)?;
    if holds_other_time(&mut from, &list)? {
        return Ok(Err("its iXML chunk tells the time too"));
    }
    let permissions = from.metadata()?.permissions();
    let bext = list
        .iter()
        .find(|chunk| &chunk.id == b"bext" && chunk.bytes >= 346);
    if let Some(bext) = bext {
        from.seek(SeekFrom::Start(0))?;
        io::copy(&mut from, &mut to)?;
        to.seek(SeekFrom::Start(bext.at + 8 + TIME_AT as u64))?;
        to.write_all(&time.to_le_bytes())?;
    } else if let Err(reason) = insert(&mut from, &mut to, &list, wide, time)? {
        return Ok(Err(reason));
    }
    to.set_permissions(permissions)?;
    to.sync_all()?;
    Ok(Ok(()))
}

fn holds_other_time(file: &mut File, list: &[Chunk]) -> io::Result<bool> {
    const MOST: u64 = 1 << 20;
    for chunk in list.iter().filter(|chunk| &chunk.id == b"iXML") {
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(chunk.at + 8))?;
        file.take(chunk.bytes.min(MOST)).read_to_end(&mut text)?;
        let mark = b"SAMPLES_SINCE_MIDNIGHT";
        if text.windows(mark.len()).any(|window| window == mark) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts a `bext` before the format.
fn insert(
    from: &mut File,
    to: &mut File,
    list: &[Chunk],
    wide: bool,
    time: u64,
) -> io::Result<Result<(), &'static str>> {
    let Some(format) = list.iter().find(|chunk| &chunk.id == b"fmt ") else {
        return Ok(Err("it has no format chunk"));
    };
    let added = (BEXT + 8) as u64;
    let size = from.seek(SeekFrom::End(0))?;
    if !wide && size + added > u64::from(u32::MAX) {
        return Ok(Err("it would pass 4 GiB"));
    }
    from.seek(SeekFrom::Start(0))?;
    io::copy(&mut Read::by_ref(from).take(format.at), to)?;
    let mut body = [0; BEXT];
    for (byte, value) in body.iter_mut().skip(TIME_AT).zip(time.to_le_bytes()) {
        *byte = value;
    }
    if let Some(version) = body.get_mut(VERSION_AT) {
        *version = 1;
    }
    to.write_all(b"bext")?;
    to.write_all(&(BEXT as u32).to_le_bytes())?;
    to.write_all(&body)?;
    io::copy(from, to)?;
    // The size of the whole: in the head, or in `ds64`.
    let at = match list.iter().find(|chunk| &chunk.id == b"ds64") {
        Some(ds64) if wide => ds64.at + 8,
        _ if wide => return Ok(Err("it is RF64 without sizes")),
        _ => 4,
    };
    let mut old = [0; 8];
    let width = if wide { 8 } else { 4 };
    let old = old.get_mut(..width).unwrap_or_default();
    from.seek(SeekFrom::Start(at))?;
    from.read_exact(old)?;
    let told = old
        .iter()
        .rev()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let new = told.saturating_add(added).to_le_bytes();
    to.seek(SeekFrom::Start(at))?;
    to.write_all(new.get(..width).unwrap_or_default())?;
    Ok(Ok(()))
}

/// Whether both files have the same samples, and the new one the stamp.
fn same(old: &Path, new: &Path, time: u64) -> Result<(), MediaError> {
    let (mut a, mut b) = (Reader::open(old)?, Reader::open(new)?);
    let mut wanted = a.info().clone();
    wanted.time_reference = Some(time);
    let channels = usize::from(wanted.channels.max(1));
    let mut equal = *b.info() == wanted;
    let mut blocks = [vec![0.0; 65_536 * channels], vec![0.0; 65_536 * channels]];
    while equal {
        let [left, right] = &mut blocks;
        let (got, there) = (
            full(&mut a, left, channels)?,
            full(&mut b, right, channels)?,
        );
        let bits = |block: &[f64], frames: usize| -> Vec<u64> {
            let samples = block.iter().take(frames * channels);
            samples.map(|sample| sample.to_bits()).collect()
        };
        equal = got == there && bits(left, got) == bits(right, there);
        if got == 0 {
            break;
        }
    }
    match equal {
        true => Ok(()),
        false => Err(MediaError::Unreadable {
            path: new.to_owned(),
            reason: "what was written is not what was meant; the old file is as it was".to_owned(),
        }),
    }
}

fn full(reader: &mut Reader, block: &mut [f64], channels: usize) -> Result<usize, MediaError> {
    let mut frames = 0;
    while let Some(rest) = block
        .get_mut(frames * channels..)
        .filter(|rest| !rest.is_empty())
    {
        let got = reader.read(rest)?;
        if got == 0 {
            break;
        }
        frames += got;
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::encode::{WriteSpec, Writer};
    use crate::model::stem::BitDepth;

    fn wav(path: &Path, time_reference: Option<u64>) -> Vec<f64> {
        let spec = WriteSpec {
            sample_rate: 48_000,
            channels: 1,
            bits: BitDepth::Int24,
            time_reference,
        };
        let samples: Vec<f64> = (0..1001).map(|i| f64::from(i) / 2048.0 - 0.2).collect();
        let mut writer = Writer::create(path, spec).unwrap();
        writer.write(&samples).unwrap();
        writer.finish().unwrap();
        samples
    }

    fn samples(path: &Path) -> Vec<f64> {
        let mut reader = Reader::open(path).unwrap();
        let mut block = vec![0.0; 2000];
        let got = full(&mut reader, &mut block, 1).unwrap();
        block.truncate(got);
        block
    }

    #[test]
    fn a_stamp_is_set_or_made_and_the_samples_stay() {
        let dir = tempfile::tempdir().unwrap();
        for (name, before) in [("none.wav", None), ("other.wav", Some(7))] {
            let path = dir.path().join(name);
            wav(&path, before);
            let heard = samples(&path);
            restamp(&path, 172_800_000).unwrap();
            let reader = Reader::open(&path).unwrap();
            assert_eq!(reader.info().time_reference, Some(172_800_000), "{name}");
            assert_eq!(reader.info().ending, Ending::Whole);
            assert_eq!(samples(&path), heard);
            let bytes = std::fs::read(&path).unwrap();
            let told = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            assert_eq!(u64::from(told) + 8, bytes.len() as u64, "{name}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_refused_stays_to_the_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cut.wav");
        wav(&path, Some(1));
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 100]).unwrap();
        restamp(&path, 2).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), whole[..whole.len() - 100]);

        let path = dir.path().join("taken.wav");
        std::fs::write(&path, &whole).unwrap();
        std::fs::write(dir.path().join("taken.wav.part"), "another's").unwrap();
        restamp(&path, 2).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        let part = std::fs::read(dir.path().join("taken.wav.part")).unwrap();
        assert_eq!(part, b"another's");
    }
}

//! Mishaps of bounces: what becomes of files that were written whole. The names stay as they were.

use std::path::{Path, PathBuf};

use crate::media::MediaError;
use crate::media::decode::Reader;
use crate::media::encode::{WriteSpec, Writer};
use crate::model::stem::BitDepth;
use crate::ptsl::wire::CommandErrorType;

use super::work::{media_refused, refused};
use super::world::{Failure, Outcome};

/// Frames that are copied at a time.
const BLOCK: usize = 65_536;

/// What happens to the files that a command wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// Half of the first is there, the others are not; the command fails.
    DiskFull,
    /// They lie in the session's Bounced Files.
    Elsewhere,
    /// They are so many frames longer.
    WrongLength(i64),
    Silent,
    /// They are somebody else's, with another sound of the same length.
    Foreign,
    /// Their second half is missing, whatever the header says.
    Truncated,
}

impl Mishap {
    /// Does it to `files`; `bounced` is the folder for [`Mishap::Elsewhere`].
    pub fn spoil(&self, files: &[PathBuf], bounced: Option<&Path>) -> Outcome<()> {
        match self {
            Self::DiskFull => full(files),
            Self::Elsewhere => bounced.map_or(Ok(()), |folder| elsewhere(files, folder)),
            Self::Truncated => files.iter().try_for_each(|file| halve(file)),
            Self::WrongLength(frames) => files
                .iter()
                .try_for_each(|file| rewrite(file, *frames, 1.0)),
            Self::Silent => files.iter().try_for_each(|file| rewrite(file, 0, 0.0)),
            Self::Foreign => files.iter().try_for_each(|file| rewrite(file, 0, -0.5)),
        }
    }
}

fn broken(error: &std::io::Error) -> Failure {
    refused("The mishap could not happen", error)
}

fn media(error: &MediaError) -> Failure {
    media_refused("The mishap could not happen", error)
}

fn halve(file: &Path) -> Outcome<()> {
    let halved = || {
        let file = std::fs::OpenOptions::new().write(true).open(file)?;
        let bytes = file.metadata()?.len();
        file.set_len(bytes / 2)
    };
    halved().map_err(|error| broken(&error))
}

fn full(files: &[PathBuf]) -> Outcome<()> {
    if let Some((first, others)) = files.split_first() {
        halve(first)?;
        for other in others {
            std::fs::remove_file(other).map_err(|error| broken(&error))?;
        }
    }
    Err(Failure::new(
        CommandErrorType::OsDiskSpace,
        "There is not enough space on the disk.",
    ))
}

fn elsewhere(files: &[PathBuf], folder: &Path) -> Outcome<()> {
    let moved = || {
        std::fs::create_dir_all(folder)?;
        for file in files {
            let name = file.file_name().unwrap_or_default();
            let to = folder.join(name);
            if to != *file {
                std::fs::copy(file, &to)?;
                std::fs::remove_file(file)?;
            }
        }
        Ok(())
    };
    moved().map_err(|error: std::io::Error| broken(&error))
}

/// Writes the file anew, so many frames longer, and so much louder.
fn rewrite(file: &Path, longer: i64, gain: f64) -> Outcome<()> {
    let mut reader = Reader::open(file).map_err(|error| media(&error))?;
    let info = reader.info().clone();
    let channels = usize::from(info.channels.max(1));
    let spec = WriteSpec {
        sample_rate: info.sample_rate,
        channels: info.channels,
        bits: BitDepth::try_from(info.bits).unwrap_or_default(),
        time_reference: info.time_reference,
    };
    let frames = i64::try_from(info.frames.unwrap_or(0)).unwrap_or(0);
    let mut left = usize::try_from(frames.saturating_add(longer).max(0)).unwrap_or(0);
    let aside = file.with_extension("spoiled");
    let mut writer = Writer::create(&aside, spec).map_err(|error| media(&error))?;
    let mut block = vec![0.0; BLOCK * channels];
    while left > 0 {
        let read = reader.read(&mut block).map_err(|error| media(&error))?;
        // Beyond the end there is silence.
        let count = if read == 0 { BLOCK } else { read }.min(left);
        let samples = block.get_mut(..count * channels).unwrap_or_default();
        let gain = if read == 0 { 0.0 } else { gain };
        for sample in &mut *samples {
            *sample *= gain;
        }
        writer.write(samples).map_err(|error| media(&error))?;
        left -= count;
    }
    drop(reader);
    writer.finish().map_err(|error| media(&error))?;
    std::fs::rename(&aside, file).map_err(|error| broken(&error))
}

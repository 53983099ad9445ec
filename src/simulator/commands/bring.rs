//! Audio files on their way into the session or out of it: linked, copied, converted, cut out.
//! Files appear whole, under names that are free; a command that fails takes its files away again.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::media;
use crate::audio::resample::{self, ResampleError, Resampler};
use crate::media::MediaError;
use crate::media::decode::Reader;
use crate::media::encode::{WriteSpec, Writer};
use crate::media::info::AudioInfo;
use crate::model::stem::BitDepth;
use crate::platform::atomic;
use crate::ptsl::wire::CommandErrorType as Kind;
use crate::simulator::work::{media_refused, refused};
use crate::simulator::world::clips::root_name;
use crate::simulator::world::{Failure, Outcome};

/// Frames that are held at once.
const BLOCK: usize = 16_384;

/// How a file comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It stays where it is.
    Link,
    Copy,
    /// A WAV of the session's sample rate and bit depth is written.
    Convert,
}

/// A file that is the session's now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Brought {
    pub path: PathBuf,
    pub channels: u16,
    pub frames: u64,
}

/// Why a file was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// Pro Tools says nothing about these: formats that it takes only when it converts.
    Silently,
    Because(Failure),
}

impl From<Failure> for Left {
    fn from(failure: Failure) -> Self {
        Self::Because(failure)
    }
}

/// Part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub offset: u64,
    /// What lies past the file's end is silence.
    pub frames: u64,
}

/// Writes files into one folder.
pub(super) struct Bringer<'a> {
    pub folder: PathBuf,
    /// The session's, Hz.
    pub sample_rate: u32,
    pub bits: BitDepth,
    pub stop: &'a CancellationToken,
    made: Vec<PathBuf>,
    /// Of these the ones that go again when the command fails.
    fresh: Vec<PathBuf>,
}

/// A file being written, gone again unless it gets a name.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // Gone already once it was published.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Drop for Bringer<'_> {
    fn drop(&mut self) {
        for file in &self.fresh {
            // Nothing more can be done about one that stays.
            let _ = std::fs::remove_file(file);
        }
    }
}

fn failed(error: &MediaError) -> Failure {
    media_refused("The file cannot be written", error)
}

/// WAV and AIFF, which Pro Tools plays as they are.
fn is_native(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["wav", "wave", "bwf", "aif", "aiff", "aifc"]
        .iter()
        .any(|known| extension == *known)
}

impl<'a> Bringer<'a> {
    pub fn new(
        folder: PathBuf,
        sample_rate: u32,
        bits: BitDepth,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            folder,
            sample_rate,
            bits,
            stop,
            made: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// All went well: what was written stays. Gives the files.
    pub fn keep(mut self) -> Vec<PathBuf> {
        self.fresh.clear();
        std::mem::take(&mut self.made)
    }

    /// Takes a file into the session.
    pub fn bring(&mut self, path: &Path, way: Way) -> Result<Brought, Left> {
        let info = media::probed(path)?;
        if !is_native(path) && way != Way::Convert {
            return Err(Left::Silently);
        }
        let is_of_rate = info.sample_rate == self.sample_rate;
        if !is_of_rate && way != Way::Convert {
            return Err(Left::Because(Failure::cannot(format!(
                "'{}' has {} Hz and the session {} Hz; ask for ConvertAudio.",
                path.display(),
                info.sample_rate,
                self.sample_rate
            ))));
        }
        let channels = media::channels(path, &info)?;
        let is_there = path.parent() == Some(self.folder.as_path());
        let fits = is_native(path) && is_of_rate && info.bits == self.bits.bits();
        let brought = match way {
            Way::Convert if !fits => self.convert(path, &info)?,
            Way::Link => (path.to_owned(), media::frames(path, &info)?),
            _ if is_there => (path.to_owned(), media::frames(path, &info)?),
            _ => (self.copy(path)?, media::frames(path, &info)?),
        };
        let (path, frames) = brought;
        Ok(Brought {
            path,
            channels,
            frames,
        })
    }

    fn aside(&self) -> Outcome<Aside> {
        std::fs::create_dir_all(&self.folder)
            .map_err(|error| refused("The folder for audio files cannot be made", &error))?;
        let name = format!(".{}.part", uuid::Uuid::new_v4());
        Ok(Aside(self.folder.join(name)))
    }

    /// Gives a whole file a name that is free, or takes the name of a file that is there.
    fn publish(
        &mut self,
        aside: &Aside,
        stem: &str,
        ending: &str,
        replace: bool,
    ) -> Outcome<PathBuf> {
        let names = (0..10_000).map(|number| match number {
            0 => format!("{stem}{ending}"),
            number => format!("{stem}-{number:02}{ending}"),
        });
        for name in names {
            let path = self.folder.join(name);
            match atomic::publish(&aside.0, &path, replace) {
                Ok(()) => {
                    // What took the place of another file is not taken away again.
                    if !replace {
                        self.fresh.push(path.clone());
                    }
                    self.made.push(path.clone());
                    return Ok(path);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(refused("The file cannot be given its name", &error)),
            }
        }
        Err(Failure::new(
            Kind::OsDuplicateName,
            format!("There are too many files named '{stem}'."),
        ))
    }

    fn copy(&mut self, path: &Path) -> Outcome<PathBuf> {
        let aside = self.aside()?;
        std::fs::copy(path, &aside.0)
            .map_err(|error| refused(&format!("'{}' cannot be copied", path.display()), &error))?;
        let ending = path.extension().map(|e| e.to_string_lossy());
        let ending = ending.map(|e| format!(".{e}")).unwrap_or_default();
        self.publish(&aside, &root_name(path), &ending, false)
    }

    fn convert(&mut self, path: &Path, info: &AudioInfo) -> Outcome<(PathBuf, u64)> {
        let aside = self.aside()?;
        let spec = WriteSpec {
            sample_rate: self.sample_rate,
            channels: info.channels,
            bits: self.bits,
            time_reference: info
                .time_reference
                .map(|time| resample::length(time, info.sample_rate, self.sample_rate)),
        };
        let rate_failed = |error: ResampleError| {
            Failure::cannot(format!(
                "'{}' cannot be converted: {error}.",
                path.display()
            ))
        };
        let mut resampler = (info.sample_rate != self.sample_rate)
            .then(|| Resampler::new(info.sample_rate, self.sample_rate, info.channels))
            .transpose()
            .map_err(rate_failed)?;
        let mut out = Vec::new();
        let mut reader = Reader::open(path).map_err(|error| failed(&error))?;
        let mut writer = Writer::create(&aside.0, spec).map_err(|error| failed(&error))?;
        let channels = usize::from(info.channels).max(1);
        let mut block = vec![0.0; BLOCK * channels];
        loop {
            self.check_stop()?;
            let frames = reader.read(&mut block).map_err(|error| failed(&error))?;
            if frames == 0 {
                break;
            }
            let samples = block.get(..frames * channels).unwrap_or_default();
            let samples = match &mut resampler {
                None => samples,
                Some(resampler) => {
                    out.clear();
                    resampler.push(samples, &mut out).map_err(rate_failed)?;
                    &out
                }
            };
            writer.write(samples).map_err(|error| failed(&error))?;
        }
        if let Some(resampler) = resampler {
            out.clear();
            resampler.finish(&mut out).map_err(rate_failed)?;
            writer.write(&out).map_err(|error| failed(&error))?;
        }
        let written = writer.finish().map_err(|error| failed(&error))?;
        let path = self.publish(&aside, &root_name(path), ".wav", false)?;
        Ok((path, written.frames))
    }

    fn check_stop(&self) -> Outcome<()> {
        if self.stop.is_cancelled() {
            return Err(Failure::cannot("The command was stopped."));
        }
        Ok(())
    }

    /// Writes part of a file as WAV: each sample of a frame goes through `channels_of`, which
    /// gives the samples to write.
    pub fn cut(
        &mut self,
        path: &Path,
        cut: Cut,
        name: &str,
        replace: bool,
        channels: u16,
        channels_of: impl Fn(&[f64], &mut Vec<f64>),
    ) -> Outcome<PathBuf> {
        let aside = self.aside()?;
        let mut reader = Reader::open(path).map_err(|error| failed(&error))?;
        let own = reader.info().sample_rate;
        if own != self.sample_rate {
            return Err(Failure::cannot(format!(
                "'{name}' cannot be cut out: its file is at {own} Hz and the session at {} Hz. Consolidate the clip first.",
                self.sample_rate
            )));
        }
        reader.seek(cut.offset).map_err(|error| failed(&error))?;
        let spec = WriteSpec {
            sample_rate: self.sample_rate,
            channels,
            bits: self.bits,
            time_reference: reader
                .info()
                .time_reference
                .map(|time| time.saturating_add(cut.offset)),
        };
        let mut writer = Writer::create(&aside.0, spec).map_err(|error| failed(&error))?;
        let width = usize::from(reader.info().channels).max(1);
        let mut block = vec![0.0; BLOCK * width];
        let mut out = Vec::with_capacity(BLOCK * usize::from(channels));
        let mut left = cut.frames;
        while left > 0 {
            self.check_stop()?;
            let wanted = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            let part = block.get_mut(..wanted * width).unwrap_or_default();
            part.fill(0.0);
            // Nothing is read past the end, and silence is left.
            let read = reader.read(part).map_err(|error| failed(&error))?;
            let frames = if read == 0 { wanted } else { read };
            out.clear();
            for frame in part.chunks_exact(width).take(frames) {
                channels_of(frame, &mut out);
            }
            writer.write(&out).map_err(|error| failed(&error))?;
            left = left.saturating_sub(frames as u64);
        }
        writer.finish().map_err(|error| failed(&error))?;
        self.publish(&aside, name, ".wav", replace)
    }
}

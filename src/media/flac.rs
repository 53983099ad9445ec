//! Writing FLAC: 16 and 24 bits, from the first sample to the last. Its tags are Vorbis comments, the
//! markers chapters among them: a cue sheet would hold no names, and none but one at the start.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flac_codec::byteorder::LittleEndian;
use flac_codec::encode::{FlacByteWriter, Options};
use flac_codec::metadata::{self, VorbisComment};

use super::MediaError;
use super::container::WriteSpec;
use super::tags::{self, Loudness, Tags};
use crate::model::stem::BitDepth;

/// The most frames that a file holds: its length has 36 bits.
pub const MOST_FRAMES: u64 = (1 << 36) - 1;
/// Hz, at most: the rate has 20 bits.
pub const MOST_RATE: u32 = (1 << 20) - 1;

/// A FLAC file being written. Dropped without [`Flac::close`] it leaves an unfinished file.
pub struct Flac {
    path: PathBuf,
    writer: FlacByteWriter<BufWriter<File>, LittleEndian>,
}

impl Flac {
    /// Creates or empties `path` for a file of so many frames.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses, or when there is no such FLAC.
    pub fn create(
        path: &Path,
        spec: &WriteSpec,
        tags: Option<&Tags>,
        frames: u64,
    ) -> Result<Self, MediaError> {
        let failed = |source| MediaError::Write {
            path: path.to_owned(),
            source,
        };
        let no = |reason: &str| failed(io::Error::new(io::ErrorKind::InvalidInput, reason));
        let channels = u8::try_from(spec.channels).unwrap_or(u8::MAX);
        if spec.bits == BitDepth::Float32 {
            return Err(no("FLAC holds integers only"));
        }
        if frames == 0 || frames > MOST_FRAMES || spec.sample_rate > MOST_RATE {
            return Err(no("no FLAC is of this length and rate"));
        }
        let file = BufWriter::with_capacity(1 << 18, File::create(path).map_err(failed)?);
        let (rate, bits) = (spec.sample_rate, u32::from(spec.bits.bits()));
        let bytes = Some(spec.data(frames));
        let writer = FlacByteWriter::new(file, options(spec, tags), rate, bits, channels, bytes);
        Ok(Self {
            path: path.to_owned(),
            writer: writer.map_err(|error| failed(io::Error::other(error)))?,
        })
    }

    /// Appends samples, little endian as in a WAV file.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), MediaError> {
        let written = self.writer.write_all(bytes);
        written.map_err(|error| failed(&self.path, error))
    }

    /// Makes it whole, with its loudness.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses or frames are missing.
    pub fn close(self, loudness: &Loudness) -> Result<Closed, MediaError> {
        let Self { path, writer } = self;
        let ended = writer.finalize();
        ended.map_err(|error| failed(&path, io::Error::other(error)))?;
        let levels = tags::loudness(loudness);
        if !levels.is_empty() {
            // Into the padding: the samples stay where they are.
            let told = metadata::update::<_, flac_codec::Error>(&path, |blocks| {
                blocks.update::<VorbisComment>(|comment| {
                    levels
                        .iter()
                        .for_each(|(key, value)| comment.set(key, value));
                });
                Ok(())
            });
            told.map_err(|error| failed(&path, io::Error::other(error)))?;
        }
        let file = File::options().write(true).open(&path);
        let opened = file.and_then(|file| Ok((file.metadata()?.len(), file)));
        let (bytes, file) = opened.map_err(|error| failed(&path, error))?;
        Ok(Closed { path, file, bytes })
    }
}

/// A FLAC file that is whole.
pub struct Closed {
    path: PathBuf,
    file: File,
    pub bytes: u64,
}

impl Closed {
    /// Makes it durable.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses.
    pub fn sync(&self) -> Result<(), MediaError> {
        let synced = self.file.sync_all();
        synced.map_err(|error| failed(&self.path, error))
    }
}

/// The tags, and room for what is known at the end.
fn options(spec: &WriteSpec, tags: Option<&Tags>) -> Options {
    let Some(tags) = tags else {
        return Options::default();
    };
    let fields = tags::comments(tags, spec).into_iter();
    let fields = fields.chain(tags::chapters(&tags.cues, spec.sample_rate));
    Options::default().comment(VorbisComment {
        vendor_string: tags.originator.clone(),
        fields: fields
            .map(|(key, value)| format!("{key}={value}"))
            .collect(),
    })
}

fn failed(path: &Path, source: io::Error) -> MediaError {
    MediaError::Write {
        path: path.to_owned(),
        source,
    }
}

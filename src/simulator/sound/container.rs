//! What a bounce is written into: WAV, AIFF, or a broadcast wave with the audio definition model
//! (ADM) of a mono or stereo bed. Refuses floats in AIFF, whose plain form has none.

use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::media::MediaError;
use crate::media::encode::{WriteSpec, Writer};
use crate::model::stem::FileFormat;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Wav,
    Aiff,
    Adm,
}

impl Container {
    /// Without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav | Self::Adm => "wav",
            Self::Aiff => "aif",
        }
    }
}

/// A file being written.
pub enum Sink {
    Plain(Writer),
    Adm(PathBuf, Writer, WriteSpec),
}

impl Sink {
    /// Creates or empties `path`.
    pub fn create(path: &Path, spec: WriteSpec, container: Container) -> Result<Self, MediaError> {
        Ok(match container {
            Container::Wav => Self::Plain(Writer::create(path, spec)?),
            Container::Adm => Self::Adm(path.to_owned(), Writer::create(path, spec)?, spec),
            Container::Aiff => Self::Plain(Writer::create_as(path, spec, FileFormat::Aiff)?),
        })
    }

    /// Appends interleaved samples.
    pub fn write(&mut self, samples: &[f64]) -> Result<(), MediaError> {
        match self {
            Self::Plain(writer) => writer.write(samples),
            Self::Adm(_, writer, _) => writer.write(samples),
        }
    }

    /// Makes it whole and flushes it.
    pub fn finish(self) -> Result<(), MediaError> {
        match self {
            Self::Plain(writer) => writer.finish().map(|_| ()),
            Self::Adm(path, writer, spec) => {
                let written = writer.finish()?;
                append(&path, written.bytes, &model(spec)).map_err(|source| failed(&path, source))
            }
        }
    }
}

fn failed(path: &Path, source: io::Error) -> MediaError {
    MediaError::Write {
        path: path.to_owned(),
        source,
    }
}

/// One channel of the bed: the common definitions of ITU-R BS.2094 and the speaker's label.
struct Speaker {
    format: &'static str,
}

/// The chunks `chna` and `axml` of a bed.
fn model(spec: WriteSpec) -> Vec<u8> {
    let (pack, speakers): (&str, &[Speaker]) = match spec.channels {
        1 => (
            "AP_00010001",
            &[Speaker {
                format: "AT_00010003_01",
            }],
        ),
        _ => (
            "AP_00010002",
            &[
                Speaker {
                    format: "AT_00010001_01",
                },
                Speaker {
                    format: "AT_00010002_01",
                },
            ],
        ),
    };
    let count = u16::try_from(speakers.len()).unwrap_or(0).to_le_bytes();
    let mut chna = [count, count].concat();
    let (mut references, mut tracks) = (String::new(), String::new());
    for (number, speaker) in (1_u16..).zip(speakers) {
        let unit = format!("ATU_{number:08}");
        chna.extend_from_slice(&number.to_le_bytes());
        for text in [&*unit, speaker.format, pack] {
            chna.extend_from_slice(text.as_bytes());
        }
        chna.push(0);
        references += &format!("<audioTrackUIDRef>{unit}</audioTrackUIDRef>");
        tracks += &format!(
            "<audioTrackUID UID=\"{unit}\" sampleRate=\"{}\" bitDepth=\"{}\">\
             <audioTrackFormatIDRef>{}</audioTrackFormatIDRef>\
             <audioPackFormatIDRef>{pack}</audioPackFormatIDRef></audioTrackUID>",
            spec.sample_rate,
            spec.bits.bits(),
            speaker.format
        );
    }
    let axml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <ebuCoreMain xmlns=\"urn:ebu:metadata-schema:ebuCore_2016\"><coreMetadata><format>\
         <audioFormatExtended>\
         <audioProgramme audioProgrammeID=\"APR_1001\" audioProgrammeName=\"Bounce\">\
         <audioContentIDRef>ACO_1001</audioContentIDRef></audioProgramme>\
         <audioContent audioContentID=\"ACO_1001\" audioContentName=\"Bed\">\
         <audioObjectIDRef>AO_1001</audioObjectIDRef></audioContent>\
         <audioObject audioObjectID=\"AO_1001\" audioObjectName=\"Bed\">\
         <audioPackFormatIDRef>{pack}</audioPackFormatIDRef>{references}</audioObject>{tracks}\
         </audioFormatExtended></format></coreMetadata></ebuCoreMain>"
    );
    let mut out = Vec::new();
    for (id, body) in [(b"chna", &*chna), (b"axml", axml.as_bytes())] {
        out.extend_from_slice(id);
        out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(body);
        out.resize(out.len() + (body.len() & 1), 0);
    }
    out
}

/// Puts chunks behind a WAV file of `bytes`.
fn append(path: &Path, bytes: u64, chunks: &[u8]) -> io::Result<()> {
    let length = bytes - 8 + u64::try_from(chunks.len()).unwrap_or(0);
    let length = u32::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(chunks)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&length.to_le_bytes())?;
    file.sync_all()
}

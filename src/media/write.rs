//! A file of the asked container being written.

use std::path::Path;

use super::MediaError;
use super::aiff::Aiff;
use super::encode::{WriteSpec, Writer, Written};
use crate::model::stem::FileFormat;

/// One of the containers that are written here.
pub enum FileWriter {
    Wave(Writer),
    Aiff(Aiff),
}

impl FileWriter {
    /// Creates or empties `path`. What is no AIFF is written as WAV.
    ///
    /// # Errors
    /// As [`Writer::create`] and [`Aiff::create`].
    pub fn create(path: &Path, spec: WriteSpec, format: FileFormat) -> Result<Self, MediaError> {
        Ok(match format {
            FileFormat::Aiff => Self::Aiff(Aiff::create(path, spec)?),
            _ => Self::Wave(Writer::create(path, spec)?),
        })
    }

    /// Appends interleaved samples.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn write(&mut self, interleaved: &[f64]) -> Result<(), MediaError> {
        match self {
            Self::Wave(writer) => writer.write(interleaved),
            Self::Aiff(aiff) => aiff.write(interleaved),
        }
    }

    /// Makes it whole and durable.
    ///
    /// # Errors
    /// As [`Writer::finish`].
    pub fn finish(self) -> Result<Written, MediaError> {
        match self {
            Self::Wave(writer) => writer.finish(),
            Self::Aiff(aiff) => aiff.finish(),
        }
    }
}

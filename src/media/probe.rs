//! What an audio file is, without decoding it all.

use std::path::Path;

use super::MediaError;
use super::decode::Reader;
use super::info::AudioInfo;

/// Reads the header. A WAV that was cut off counts the frames that are there.
///
/// # Errors
/// [`MediaError::Missing`], or [`MediaError::Unreadable`] with the reason.
pub fn probe(path: &Path) -> Result<AudioInfo, MediaError> {
    Reader::open(path).map(|reader| reader.info().clone())
}

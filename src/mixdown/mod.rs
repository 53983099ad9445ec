//! The streaming driver: an arrangement and a range become blocks for many stems at once. Memory
//! is a block a bus and a reader a playing clip, whatever the session's length.

use crate::media::MediaError;
use crate::model::{Arrangement, Range};

/// Frames in a block.
pub const BLOCK: usize = 16_384;

/// One sum: some lanes, with a gain.
#[derive(Debug, Clone, PartialEq)]
pub struct Bus {
    /// Indices into [`Arrangement::lanes`]. Muted tracks are left out by the caller.
    pub lanes: Vec<usize>,
    pub gain_db: f64,
}

/// A failed mixdown names the track and the clip's place.
#[derive(Debug, thiserror::Error)]
#[error("track '{track}', clip at sample {clip_start}: {source}")]
pub struct MixdownError {
    pub track: String,
    pub clip_start: i64,
    #[source]
    pub source: MediaError,
}

impl From<MixdownError> for crate::error::Error {
    fn from(error: MixdownError) -> Self {
        let text = error.to_string();
        crate::error::Error::new(crate::error::ErrorKind::Media, text)
    }
}

/// A running mixdown. Stereo, 64-bit, at the session's rate.
pub struct Mixdown<'a> {
    _arrangement: &'a Arrangement,
}

impl<'a> Mixdown<'a> {
    /// Prepares the sums. Each lane is read and processed once however many buses hold it.
    pub fn new(arrangement: &'a Arrangement, _buses: Vec<Bus>, _range: Range) -> Self {
        Self {
            _arrangement: arrangement,
        }
    }

    /// The next block: for each bus its interleaved stereo samples. At most [`BLOCK`] frames,
    /// `None` after the range's last frame.
    pub fn next_block(&mut self) -> Result<Option<&[Vec<f64>]>, MixdownError> {
        Ok(None)
    }
}

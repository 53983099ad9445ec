//! The streaming driver: an arrangement and a range become blocks for many stems at once. Memory
//! is a block a bus, some for the lanes at work, and a reader a playing clip, whatever the
//! session's length.
//!
//! Lanes are rendered on several threads and summed in their order: the same session gives the
//! same bits, whatever the number of threads or the range's start.

mod lane;

use rayon::prelude::*;

use self::lane::{Allowance, LanePlayer, Scratch, Window};
use crate::audio::sum;
use crate::media::MediaError;
use crate::model::{Arrangement, Range};

/// Frames in a block.
pub const BLOCK: usize = 16_384;

/// One sum: some lanes, with a gain.
#[derive(Debug, Clone, PartialEq)]
pub struct Bus {
    /// Indices into [`Arrangement::lanes`]. Muted tracks are left out by the caller. A lane named
    /// twice is heard once.
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

/// A lane that some bus wants, and which do.
struct Part<'a> {
    player: LanePlayer<'a>,
    buses: Vec<usize>,
}

/// A bus's block.
struct Sum {
    gain: f64,
    /// Something was added in this block.
    sounds: bool,
}

/// A running mixdown. Stereo, 64-bit, at the session's rate.
pub struct Mixdown<'a> {
    parts: Vec<Part<'a>>,
    sums: Vec<Sum>,
    blocks: Vec<Vec<f64>>,
    /// One for each lane that is at work at the same time.
    scratch: Vec<Scratch>,
    allowance: Allowance,
    /// Sample of the next block.
    at: i64,
    end: i64,
}

impl<'a> Mixdown<'a> {
    /// Prepares the sums. Each lane is read and processed once however many buses hold it. What
    /// the range has before the session's start or after its length is silence.
    pub fn new(arrangement: &'a Arrangement, buses: Vec<Bus>, range: Range) -> Self {
        let mut heard_by = vec![Vec::new(); arrangement.lanes.len()];
        for (index, bus) in buses.iter().enumerate() {
            for lane in &bus.lanes {
                if let Some(list) = heard_by.get_mut(*lane)
                    && list.last() != Some(&index)
                {
                    list.push(index);
                }
            }
        }
        let parts = arrangement
            .lanes
            .iter()
            .zip(heard_by)
            .filter(|(_, buses)| !buses.is_empty())
            .map(|(lane, buses)| Part {
                player: LanePlayer::new(arrangement, lane),
                buses,
            })
            .collect();
        // More than threads, so that none waits long for the slowest.
        let at_work = rayon::current_num_threads() * 2;
        Self {
            parts,
            blocks: vec![Vec::new(); buses.len()],
            sums: buses
                .iter()
                .map(|bus| Sum {
                    gain: sum::gain(bus.gain_db),
                    sounds: true,
                })
                .collect(),
            scratch: (0..at_work).map(|_| Scratch::default()).collect(),
            allowance: Allowance::new(),
            at: range.start,
            end: range.end,
        }
    }

    /// The next block: for each bus its interleaved stereo samples. At most [`BLOCK`] frames,
    /// `None` after the range's last frame.
    ///
    /// # Errors
    /// [`MixdownError`] for a clip whose file is missing, damaged, or of another format than its
    /// track. The mixdown is of no use after that.
    pub fn next_block(&mut self) -> Result<Option<&[Vec<f64>]>, MixdownError> {
        let left = self.end.saturating_sub(self.at);
        let frames = usize::try_from(left).map_or(0, |left| left.min(BLOCK));
        if frames == 0 {
            return Ok(None);
        }
        let window = Window {
            start: self.at,
            end: self.at.saturating_add(i64::try_from(frames).unwrap_or(0)),
        };
        for (sum, block) in self.sums.iter_mut().zip(&mut self.blocks) {
            if sum.sounds {
                block.fill(0.0);
                sum.sounds = false;
            }
            block.resize(frames * 2, 0.0);
        }
        for parts in self.parts.chunks_mut(self.scratch.len().max(1)) {
            let allowance = &self.allowance;
            let rendered: Vec<_> = parts
                .par_iter_mut()
                .zip(&mut self.scratch)
                .map(|(part, scratch)| part.player.render(window, scratch, allowance))
                .collect();
            for ((part, sounds), scratch) in parts.iter().zip(rendered).zip(&self.scratch) {
                if sounds? {
                    add(part, scratch, &mut self.sums, &mut self.blocks);
                }
            }
        }
        for (bus, block) in self.sums.iter().zip(&mut self.blocks) {
            if bus.sounds {
                sum::scale(block, bus.gain);
            }
        }
        self.at = window.end;
        Ok(Some(&self.blocks))
    }
}

fn add(part: &Part<'_>, scratch: &Scratch, sums: &mut [Sum], blocks: &mut [Vec<f64>]) {
    for &bus in &part.buses {
        if let (Some(sum), Some(block)) = (sums.get_mut(bus), blocks.get_mut(bus)) {
            sum.sounds = true;
            sum::add(block, &scratch.stereo);
        }
    }
}

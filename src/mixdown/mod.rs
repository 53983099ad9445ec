//! The mixer: an arrangement and a range become blocks for many stems at once. Any block can be
//! rendered by itself, on any thread: the same session gives the same bits, whatever the number of
//! threads, the size of blocks or the range's start. Memory is a few blocks a thread, whatever the
//! session's length.

mod converted;
mod lane;
mod pace;
mod source;

use std::collections::VecDeque;
use std::path::PathBuf;

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use self::lane::{LanePlayer, Scratch, Window};
pub use self::pace::{Pace, Paced};
use self::source::Sources;
pub(crate) use self::source::lock;
use crate::audio::automation::Volume;
use crate::audio::sum;
use crate::media::MediaError;
use crate::model::{Arrangement, PanLaw, Range};

/// Frames in a block: the buses' blocks fit into a processor's own cache.
pub const BLOCK: usize = 4096;
/// Frames of a lane that are worked on at once: they stay in the fastest cache.
const STEP: usize = 1024;

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
        crate::error::Error::new(crate::error::ErrorKind::Media, text).hint(error.source.remedy())
    }
}

/// A lane that some bus wants, and which do.
struct Part<'a> {
    player: LanePlayer<'a>,
    buses: Vec<usize>,
}

impl Part<'_> {
    /// Adds what is heard of a window to the buses.
    fn add(
        &self,
        heard: Window,
        window: Window,
        scratch: &mut Scratch,
        (blocks, sounds): (&mut [Vec<f64>], &mut [bool]),
    ) {
        let skip = usize::try_from(heard.start.abs_diff(window.start)).unwrap_or(0) * 2;
        let place = skip..skip + heard.frames() * 2;
        let Scratch { lane, stereo, .. } = scratch;
        let is_spread = self.buses.len() > 1 && !self.player.pan.is_fixed();
        if is_spread {
            stereo.resize(heard.frames() * 2, 0.0);
            self.player.pan.spread(heard.start, lane, stereo);
        }
        for bus in &self.buses {
            let (Some(block), Some(sounds)) = (blocks.get_mut(*bus), sounds.get_mut(*bus)) else {
                continue;
            };
            *sounds = true;
            let into = block.get_mut(place.clone()).unwrap_or_default();
            if is_spread {
                sum::add(into, stereo);
            } else {
                self.player.pan.add(heard.start, lane, into);
            }
        }
    }
}

/// A mixdown of a range. Stereo, 64-bit, at the session's rate.
pub struct Mixdown<'a> {
    /// In the order of the lanes: sums are made in it.
    parts: Vec<Part<'a>>,
    /// Linear, of each bus.
    gains: Vec<f64>,
    sources: Sources<'a>,
    range: Range,
    ahead: Ahead<'a>,
    cancel: CancellationToken,
}

/// What one thread renders into.
pub struct Workspace<'a> {
    /// For each bus its interleaved stereo samples.
    blocks: Vec<Vec<f64>>,
    /// Something was added to the bus.
    sounds: Vec<bool>,
    /// The thread's own, of each part.
    volumes: Vec<Volume<'a>>,
    scratch: Scratch,
}

/// Blocks rendered before they are asked for.
#[derive(Default)]
struct Ahead<'a> {
    /// Frames of the range that were handed out or are ready.
    at: u64,
    ready: VecDeque<Workspace<'a>>,
    idle: Vec<Workspace<'a>>,
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
            .enumerate()
            .filter(|(_, (_, buses))| !buses.is_empty())
            .map(|(number, (lane, buses))| Part {
                player: LanePlayer::new(arrangement, number, lane),
                buses,
            })
            .collect();
        Self {
            parts,
            gains: buses.iter().map(|bus| sum::gain(bus.gain_db)).collect(),
            sources: Sources::new(arrangement),
            range,
            ahead: Ahead::default(),
            cancel: CancellationToken::new(),
        }
    }

    /// The same by another pan law than that of session folders.
    pub fn panned_by(mut self, law: PanLaw) -> Self {
        for part in &mut self.parts {
            part.player.pan = part.player.pan.clone().by(law);
        }
        self
    }

    /// The same, to be left in the middle of a block once `cancel` is cancelled: what is rendered is of
    /// no use then.
    pub fn until(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Frames of the range.
    pub fn frames(&self) -> u64 {
        self.range.len()
    }

    /// Files that were changed, replaced or taken away since they were opened for this mixdown, in the
    /// session's order. To be asked when all is rendered: what was rendered from them is not to be
    /// trusted. It asks the file system, once for each file.
    pub fn changed_sources(&self) -> Vec<PathBuf> {
        self.sources.changed()
    }

    /// Room for a thread.
    pub fn workspace(&self) -> Workspace<'a> {
        Workspace {
            blocks: vec![Vec::new(); self.gains.len()],
            sounds: vec![true; self.gains.len()],
            volumes: self.parts.iter().map(|p| p.player.volume.clone()).collect(),
            scratch: Scratch::default(),
        }
    }

    /// Renders the frames from `from` on, counted from the range's start: at most [`BLOCK`], fewer at
    /// its end. Returns how many.
    ///
    /// # Errors
    /// [`MixdownError`] for a clip whose file is missing, damaged, or of another format than its
    /// track.
    pub fn render(&self, from: u64, work: &mut Workspace<'a>) -> Result<usize, MixdownError> {
        let left = self.frames().saturating_sub(from);
        let frames = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        let start = self.range.start.saturating_add_unsigned(from);
        let window = Window {
            start,
            end: start.saturating_add(i64::try_from(frames).unwrap_or(0)),
        };
        work.clear(frames);
        for (part, volume) in self.parts.iter().zip(&mut work.volumes) {
            if self.cancel.is_cancelled() {
                break;
            }
            for step in window.steps(STEP) {
                let scratch = &mut work.scratch;
                let heard = part.player.render(step, volume, scratch, &self.sources)?;
                if let Some(heard) = heard {
                    let sums = (work.blocks.as_mut_slice(), work.sounds.as_mut_slice());
                    part.add(heard, window, scratch, sums);
                }
            }
        }
        let sounding = work.blocks.iter_mut().zip(&work.sounds).zip(&self.gains);
        for ((block, _), gain) in sounding.filter(|((_, sounds), _)| **sounds) {
            sum::scale(block, *gain);
        }
        Ok(frames)
    }

    /// The next block: for each bus its interleaved stereo samples. At most [`BLOCK`] frames,
    /// `None` after the range's last frame. Several are rendered at a time.
    ///
    /// # Errors
    /// As [`Self::render`]. The mixdown is of no use after that.
    pub fn next_block(&mut self) -> Result<Option<&[Vec<f64>]>, MixdownError> {
        let mut ahead = std::mem::take(&mut self.ahead);
        if let Some(used) = ahead.ready.pop_front() {
            ahead.idle.push(used);
        }
        if ahead.ready.is_empty() {
            self.render_ahead(&mut ahead)?;
        }
        self.ahead = ahead;
        let next = self.ahead.ready.front();
        Ok(next.map(|work| work.blocks.as_slice()))
    }

    fn render_ahead(&self, ahead: &mut Ahead<'a>) -> Result<(), MixdownError> {
        let block = u64::try_from(BLOCK).unwrap_or(1);
        let left = self.frames().saturating_sub(ahead.at).div_ceil(block);
        let threads = rayon::current_num_threads().max(1);
        let count = usize::try_from(left).map_or(threads, |left| left.min(threads));
        let mut works = std::mem::take(&mut ahead.idle);
        works.truncate(count);
        works.resize_with(count, || self.workspace());
        let starts = (0..).map(|i| ahead.at.saturating_add(i * block));
        let mut jobs: Vec<_> = works.iter_mut().zip(starts).collect();
        jobs.par_iter_mut()
            .try_for_each(|(work, from)| self.render(*from, work).map(drop))?;
        drop(jobs);
        ahead.at = ahead.at.saturating_add(block.saturating_mul(count as u64));
        ahead.ready.extend(works);
        Ok(())
    }
}

impl Workspace<'_> {
    /// The interleaved stereo samples of a bus, to do anything with until the next block.
    pub fn block_mut(&mut self, bus: usize) -> Option<&mut Vec<f64>> {
        if let Some(sounds) = self.sounds.get_mut(bus) {
            *sounds = true;
        }
        self.blocks.get_mut(bus)
    }

    /// Silence of so many frames on all buses.
    fn clear(&mut self, frames: usize) {
        for (block, sounds) in self.blocks.iter_mut().zip(&mut self.sounds) {
            if *sounds {
                block.fill(0.0);
                *sounds = false;
            }
            block.resize(frames * 2, 0.0);
        }
    }
}

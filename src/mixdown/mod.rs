//! The mixer: an arrangement and a range become blocks for many stems at once. Any block can be
//! rendered by itself, on any thread: the same session gives the same bits, whatever the number of
//! threads, the size of blocks or the range's start. Memory is a few blocks a thread, whatever the
//! session's length.

mod converted;
mod lane;
mod no_number;
mod pace;
mod source;
pub mod wide;

use std::collections::VecDeque;
use std::ops::{Deref, Range as Span};
use std::path::PathBuf;

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use self::lane::{LanePlayer, Scratch, Window};
pub use self::pace::{Pace, Paced};
use self::source::Sources;
pub(crate) use self::source::lock;
use crate::audio::automation::Volume;
use crate::audio::int24;
use crate::audio::sum::{self, Sum};
use crate::media::MediaError;
use crate::model::{Arrangement, PanLaw, Range};

/// Frames in a block: the buses' blocks fit into a processor's own cache.
pub const BLOCK: usize = 4096;
/// Frames of a lane that are worked on at once: they stay in the fastest cache.
const STEP: usize = 1024;

/// One sum: some lanes, with a gain.
#[derive(Debug, Clone, PartialEq)]
pub struct Bus {
    /// 2, or more for a wider sum. Lanes of as many channels go straight into it; how others are heard
    /// is the module's own choice, see [`wide`].
    pub channels: u16,
    /// Indices into [`Arrangement::lanes`]. Muted tracks are left out by the caller. A lane named
    /// twice is heard once.
    pub lanes: Vec<usize>,
    pub gain_db: f64,
    /// Other buses that are added with linear gains, their own gains already in them: what they have of
    /// lanes alone.
    pub others: Vec<(usize, f64)>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            channels: 2,
            lanes: Vec::new(),
            gain_db: 0.0,
            others: Vec::new(),
        }
    }
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
    /// Its two buses, where it may be added without being rendered.
    swift: Option<[usize; 2]>,
    /// It has more than two channels, or one of its buses has.
    is_wide: bool,
}

impl Part<'_> {
    /// Adds what is heard of a window to the buses.
    fn add(&self, heard: Window, window: Window, scratch: &mut Scratch, blocks: &mut [Block]) {
        let place = heard.within(window);
        if self.is_wide {
            return self.add_wide(heard, &place, scratch, blocks);
        }
        let (pan, lane) = (&self.player.pan, &scratch.lane);
        if pan.is_fixed()
            && let [one, other] = *self.buses.as_slice()
            && let Ok([one, other]) = blocks.get_disjoint_mut([one, other])
        {
            // A stem and the mix.
            return pan.add_to_both(lane, one.sum(&place), other.sum(&place));
        }
        let is_spread = self.buses.len() > 1;
        if is_spread {
            scratch.stereo.resize(heard.frames() * 2, 0.0);
            pan.spread(heard.start, lane, &mut scratch.stereo);
        }
        for bus in &self.buses {
            match blocks.get_mut(*bus).map(|block| block.sum(&place)) {
                Some(sum) if is_spread => sum.add(&scratch.stereo),
                Some(sum) => pan.add(heard.start, lane, sum),
                None => {}
            }
        }
    }
}

/// A sum: interleaved samples of its bus's channels.
#[derive(Default)]
pub struct Block {
    samples: Vec<f64>,
    channels: usize,
    /// Frames from the first on that something was added to, or silence; what follows is old.
    filled: usize,
}

impl Deref for Block {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.samples
    }
}

impl Block {
    fn of(channels: usize) -> Self {
        Self {
            channels,
            ..Self::default()
        }
    }

    /// Begins anew.
    fn begin(&mut self, frames: usize) {
        self.samples.resize(frames * self.channels, 0.0);
        self.filled = 0;
    }

    /// The place of some frames.
    fn sum(&mut self, place: &Span<usize>) -> Sum<'_> {
        let is_new = place.start == self.filled;
        if is_new {
            self.filled = place.end;
        } else {
            self.fill(place.end);
        }
        let channels = self.channels;
        let span = place.start * channels..place.end * channels;
        let samples = self.samples.get_mut(span);
        Sum {
            samples: samples.unwrap_or_default(),
            is_new,
        }
    }

    /// Makes silence of what nothing was added to, up to a frame.
    fn fill(&mut self, end: usize) {
        let span = self.filled * self.channels..end * self.channels;
        if let Some(old) = self.samples.get_mut(span) {
            old.fill(0.0);
            self.filled = end;
        }
    }

    /// After the last lane.
    fn end(&mut self, gain: f64, frames: usize) {
        let is_silent = self.filled == 0;
        self.fill(frames);
        if !is_silent {
            sum::scale(&mut self.samples, gain);
        }
    }
}

/// A mixdown of a range. 64-bit, at the session's rate.
pub struct Mixdown<'a> {
    /// In the order of the lanes: sums are made in it.
    parts: Vec<Part<'a>>,
    /// Linear, of each bus.
    gains: Vec<f64>,
    /// Channels of each bus.
    widths: Vec<usize>,
    /// Buses that hear others, with gains.
    hearing: Vec<(usize, Vec<(usize, f64)>)>,
    sources: Sources<'a>,
    range: Range,
    ahead: Ahead<'a>,
    cancel: CancellationToken,
}

/// What one thread renders into.
pub struct Workspace<'a> {
    /// Of each bus.
    blocks: Vec<Block>,
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
        let widths: Vec<usize> = buses.iter().map(|bus| usize::from(bus.channels)).collect();
        let is_wide = |bus: &usize| widths.get(*bus).is_some_and(|width| *width != 2);
        let parts = arrangement
            .lanes
            .iter()
            .zip(heard_by)
            .enumerate()
            .filter(|(_, (_, buses))| !buses.is_empty())
            .map(|(number, (lane, buses))| {
                let player = LanePlayer::new(arrangement, number, lane);
                let swift = <[usize; 2]>::try_from(buses.as_slice()).ok();
                let is_wide = lane.channels > 2 || buses.iter().any(is_wide);
                let is_swift = int24::is_swift() && player.stays() && !is_wide;
                Part {
                    swift: swift.filter(|_| is_swift),
                    is_wide,
                    player,
                    buses,
                }
            })
            .collect();
        Self {
            parts,
            widths,
            gains: buses.iter().map(|bus| sum::gain(bus.gain_db)).collect(),
            hearing: buses
                .into_iter()
                .enumerate()
                .filter(|(_, bus)| !bus.others.is_empty())
                .map(|(index, bus)| (index, bus.others))
                .collect(),
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

    /// Channels of each bus.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// Room for a thread.
    pub fn workspace(&self) -> Workspace<'a> {
        Workspace {
            blocks: self.widths.iter().map(|width| Block::of(*width)).collect(),
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
        for block in &mut work.blocks {
            block.begin(frames);
        }
        for (part, volume) in self.parts.iter().zip(&mut work.volumes) {
            if self.cancel.is_cancelled() {
                break;
            }
            for step in window.steps(STEP) {
                let scratch = &mut work.scratch;
                if self.adds_swiftly(part, step, window, scratch, &mut work.blocks)? {
                    continue;
                }
                let heard = part.player.render(step, volume, scratch, &self.sources)?;
                if let Some(heard) = heard {
                    part.add(heard, window, scratch, &mut work.blocks);
                }
            }
        }
        for (block, gain) in work.blocks.iter_mut().zip(&self.gains) {
            block.end(*gain, frames);
        }
        work.hear(&self.hearing);
        Ok(frames)
    }

    /// Adds a step that needs neither conversion nor shaping, straight from the file to a stem and the
    /// mix. `false` for any other.
    fn adds_swiftly(
        &self,
        part: &Part<'_>,
        step: Window,
        window: Window,
        scratch: &mut Scratch,
        blocks: &mut [Block],
    ) -> Result<bool, MixdownError> {
        let Some([one, other]) = part.swift else {
            return Ok(false);
        };
        let Ok([one, other]) = blocks.get_disjoint_mut([one, other]) else {
            return Ok(false);
        };
        let Some((bytes, gains)) = part.player.int24(step, scratch, &self.sources)? else {
            return Ok(false);
        };
        let place = step.within(window);
        let sums = (one.sum(&place).begun(), other.sum(&place).begun());
        int24::add_to_both(bytes, part.player.channels(), gains, sums.0, sums.1);
        Ok(true)
    }

    /// The next block: for each bus its interleaved samples. At most [`BLOCK`] frames,
    /// `None` after the range's last frame. Several are rendered at a time.
    ///
    /// # Errors
    /// As [`Self::render`]. The mixdown is of no use after that.
    pub fn next_block(&mut self) -> Result<Option<&[Block]>, MixdownError> {
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
    /// Adds buses to buses that hear them. Those that hear come last.
    fn hear(&mut self, hearing: &[(usize, Vec<(usize, f64)>)]) {
        for (index, others) in hearing {
            let Some(mut sum) = self.blocks.get_mut(*index).map(std::mem::take) else {
                continue;
            };
            for (other, gain) in others {
                if let Some(other) = self
                    .blocks
                    .get(*other)
                    .filter(|other| other.channels == sum.channels)
                {
                    sum::add_scaled(&mut sum.samples, other, *gain);
                }
            }
            if let Some(place) = self.blocks.get_mut(*index) {
                *place = sum;
            }
        }
    }

    /// The interleaved samples of a bus, to do anything with until the next block.
    pub fn block_mut(&mut self, bus: usize) -> Option<&mut Vec<f64>> {
        self.blocks.get_mut(bus).map(|block| &mut block.samples)
    }
}

//! One lane, block by block: its clips read, shaped and summed, then volume and pan.
//!
//! A clip's file is opened when a block first needs it and closed behind its end. At most
//! [`OPEN_FILES`] stay open between blocks; clips beyond them open theirs anew for every block.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::MixdownError;
use crate::audio::automation::Volume;
use crate::audio::fade::Envelope;
use crate::audio::pan::Pan;
use crate::audio::sum;
use crate::media::MediaError;
use crate::media::decode::Reader;
use crate::model::clip::{Arrangement, Clip, Lane};

/// Files kept open by one mixdown. A process may hold 256 on macOS.
const OPEN_FILES: usize = 128;

/// How many more files may stay open.
#[derive(Debug)]
pub struct Allowance(AtomicUsize);

impl Allowance {
    pub fn new() -> Self {
        Self(AtomicUsize::new(OPEN_FILES))
    }

    fn take(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }

    fn give_back(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Room for one lane's block.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The lane's result: interleaved stereo, valid if the lane sounds.
    pub stereo: Vec<f64>,
    lane: Vec<f64>,
    clip: Vec<f64>,
}

/// A stretch of the timeline, first sample included, last not.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub start: i64,
    pub end: i64,
}

impl Window {
    fn cut(self, start: i64, end: i64) -> Self {
        Self {
            start: self.start.max(start),
            end: self.end.min(end),
        }
    }

    fn frames(self) -> usize {
        usize::try_from(self.end.saturating_sub(self.start)).unwrap_or(0)
    }
}

struct Playing<'a> {
    /// Place in [`Lane::clips`].
    index: usize,
    clip: &'a Clip,
    envelope: Envelope,
    reader: Option<Reader>,
    /// The file has nothing more: silence to the clip's end.
    exhausted: bool,
}

/// A lane on its way through the range.
pub struct LanePlayer<'a> {
    arrangement: &'a Arrangement,
    lane: &'a Lane,
    channels: usize,
    /// Audible clips in the order of their starts.
    order: Vec<(usize, &'a Clip)>,
    /// The first in `order` that no block has reached.
    next: usize,
    /// In the order of the lane's list, so that sums do not depend on where blocks begin.
    playing: Vec<Playing<'a>>,
    /// The reader of the last clip that ended: the next often plays the same file.
    spare: Option<(usize, Reader)>,
    volume: Volume<'a>,
    pan: Pan<'a>,
}

impl<'a> LanePlayer<'a> {
    pub fn new(arrangement: &'a Arrangement, lane: &'a Lane) -> Self {
        let mut order: Vec<_> = lane
            .clips
            .iter()
            .enumerate()
            .filter(|(_, clip)| !clip.muted && clip.length > 0)
            .collect();
        order.sort_by_key(|(_, clip)| clip.start);
        Self {
            arrangement,
            lane,
            channels: usize::from(lane.channels.max(1)),
            order,
            next: 0,
            playing: Vec::new(),
            spare: None,
            volume: Volume::new(lane.volume_db, &lane.volume_points),
            pan: Pan::new(lane),
        }
    }

    /// Renders `window` of the timeline into `scratch.stereo`. `false` when nothing plays there;
    /// `scratch` then holds nothing of use. Windows come in the order of time.
    pub fn render(
        &mut self,
        window: Window,
        scratch: &mut Scratch,
        allowance: &Allowance,
    ) -> Result<bool, MixdownError> {
        let length = i64::try_from(self.arrangement.length).unwrap_or(i64::MAX);
        let heard = window.cut(0, length);
        self.admit(heard);
        if self.playing.is_empty() || heard.frames() == 0 {
            return Ok(false);
        }
        self.play(heard, scratch, allowance)?;
        self.retire(heard.end, allowance);
        self.volume
            .apply(heard.start, &mut scratch.lane, self.channels);
        scratch.stereo.clear();
        scratch.stereo.resize(window.frames() * 2, 0.0);
        let skip = usize::try_from(heard.start.abs_diff(window.start)).unwrap_or(0) * 2;
        let stereo = scratch.stereo.get_mut(skip..skip + heard.frames() * 2);
        if let Some(stereo) = stereo {
            self.pan.spread(heard.start, &scratch.lane, stereo);
        }
        Ok(true)
    }

    /// Sums the clips of a stretch into `scratch.lane`.
    fn play(
        &mut self,
        heard: Window,
        scratch: &mut Scratch,
        allowance: &Allowance,
    ) -> Result<(), MixdownError> {
        let channels = self.channels;
        let source = Source {
            arrangement: self.arrangement,
            channels,
            allowance,
        };
        scratch.lane.clear();
        scratch.lane.resize(heard.frames() * channels, 0.0);
        for playing in &mut self.playing {
            let (clip, wanted) = (playing.clip, playing.reader.is_none());
            let part = heard.cut(clip.start, clip.end());
            let spare = self
                .spare
                .take_if(|(file, _)| wanted && *file == clip.file)
                .map(|(_, reader)| reader);
            scratch.clip.clear();
            scratch.clip.resize(part.frames() * channels, 0.0);
            source
                .fill(playing, spare, part, &mut scratch.clip)
                .map_err(|source| MixdownError {
                    track: self.lane.track.clone(),
                    clip_start: clip.start,
                    source,
                })?;
            let skip = usize::try_from(part.start.abs_diff(heard.start)).unwrap_or(usize::MAX);
            if let Some(lane) = scratch.lane.get_mut(skip.saturating_mul(channels)..) {
                sum::add(lane, &scratch.clip);
            }
        }
        Ok(())
    }

    /// Lets the clips begin that start before the window's end.
    fn admit(&mut self, window: Window) {
        while let Some(&(index, clip)) = self.order.get(self.next) {
            if clip.start >= window.end {
                break;
            }
            self.next += 1;
            if clip.end() > window.start {
                let at = self.playing.partition_point(|other| other.index < index);
                let playing = Playing {
                    index,
                    clip,
                    envelope: Envelope::new(clip),
                    reader: None,
                    exhausted: false,
                };
                self.playing.insert(at, playing);
            }
        }
    }

    /// Closes the clips that end here, but keeps one reader for the next.
    fn retire(&mut self, end: i64, allowance: &Allowance) {
        let spare = &mut self.spare;
        self.playing.retain_mut(|playing| {
            let goes_on = playing.clip.end() > end;
            if !goes_on
                && let Some(reader) = playing.reader.take()
                && spare.replace((playing.clip.file, reader)).is_some()
            {
                allowance.give_back();
            }
            goes_on
        });
        let over = self.next == self.order.len() && self.playing.is_empty();
        if over && self.spare.take().is_some() {
            allowance.give_back();
        }
    }
}

/// Where a lane's clips find their samples.
struct Source<'a, 'b> {
    arrangement: &'a Arrangement,
    channels: usize,
    allowance: &'b Allowance,
}

impl Source<'_, '_> {
    /// Fills `samples` (zeros so far) with the clip's `part` of the timeline.
    fn fill(
        &self,
        playing: &mut Playing<'_>,
        spare: Option<Reader>,
        part: Window,
        samples: &mut [f64],
    ) -> Result<(), MediaError> {
        let clip = playing.clip;
        let into = part.start.abs_diff(clip.start);
        // A spare counts as open already.
        let mut kept = spare.is_some() || playing.reader.is_some();
        let ready = match playing.reader.take().or(spare) {
            Some(reader) => Some(reader),
            None if playing.exhausted => None,
            None => {
                kept = self.allowance.take();
                Some(self.open(clip).inspect_err(|_| {
                    if kept {
                        self.allowance.give_back();
                    }
                })?)
            }
        };
        let Some(mut reader) = ready else {
            return Ok(());
        };
        let frame = clip.offset.saturating_add(into);
        if reader.position() != frame {
            reader.seek(frame)?;
        }
        let frames = reader.read(samples)?;
        playing.exhausted = frames * self.channels < samples.len();
        playing.envelope.apply(into, samples, self.channels);
        if kept {
            playing.reader = Some(reader);
        }
        Ok(())
    }

    fn open(&self, clip: &Clip) -> Result<Reader, MediaError> {
        let Some(file) = self.arrangement.files.get(clip.file) else {
            return Err(MediaError::Missing {
                path: format!("file {} of the session", clip.file).into(),
            });
        };
        let reader = Reader::open(&file.path)?;
        let (info, rate) = (reader.info(), self.arrangement.sample_rate);
        let reason = if usize::from(info.channels) != self.channels {
            format!(
                "it has {} channels, its track has {}",
                info.channels, self.channels
            )
        } else if info.sample_rate != rate {
            format!(
                "it is at {} Hz, the session is at {rate} Hz",
                info.sample_rate
            )
        } else {
            return Ok(reader);
        };
        Err(MediaError::Unreadable {
            path: file.path.clone(),
            reason,
        })
    }
}

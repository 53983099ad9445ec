//! One lane in a window of time: its clips read, shaped and summed, then volume. Any window at any
//! time, by any thread.

use std::ops::Range as Span;

use super::MixdownError;
use super::source::{Hand, Place, Sources};
use crate::audio::automation::Volume;
use crate::audio::fade::Envelope;
use crate::audio::int24::Gains;
use crate::audio::pan::Pan;
use crate::audio::sum;
use crate::media::MediaError;
use crate::model::clip::{Arrangement, Clip, Lane};

/// Room for one thread's work.
#[derive(Default)]
pub struct Scratch {
    /// A lane's samples, interleaved in its own channels.
    pub lane: Vec<f64>,
    /// A lane's samples in stereo, for those that several buses hear.
    pub stereo: Vec<f64>,
    clip: Vec<f64>,
    hand: Hand,
    /// The clips that play in the window, as places in [`LanePlayer::clips`].
    playing: Vec<usize>,
}

/// A stretch of the timeline, first sample included, last not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: i64,
    pub end: i64,
}

impl Window {
    /// Its parts of so many frames.
    pub fn steps(self, frames: usize) -> impl Iterator<Item = Self> {
        let step = i64::try_from(frames).unwrap_or(i64::MAX);
        let starts = (self.start..self.end).step_by(frames);
        starts.map(move |start| self.cut(start, start.saturating_add(step)))
    }

    fn cut(self, start: i64, end: i64) -> Self {
        Self {
            start: self.start.max(start),
            end: self.end.min(end),
        }
    }

    /// Its place in another that it lies in, in frames.
    pub fn within(self, whole: Self) -> Span<usize> {
        let from = usize::try_from(self.start.abs_diff(whole.start)).unwrap_or(0);
        from..from + self.frames()
    }

    pub fn frames(self) -> usize {
        usize::try_from(self.end.saturating_sub(self.start)).unwrap_or(0)
    }
}

struct Playable<'a> {
    /// Place in [`Lane::clips`].
    index: usize,
    clip: &'a Clip,
    envelope: Envelope,
}

impl Playable<'_> {
    fn covers(&self, window: Window) -> bool {
        self.clip.start <= window.start && self.clip.end() >= window.end
    }
}

/// A lane, ready to be played.
pub struct LanePlayer<'a> {
    /// Place in [`Arrangement::lanes`].
    number: usize,
    lane: &'a Lane,
    channels: usize,
    /// Samples of the session.
    length: i64,
    /// Audible clips in the order of their starts.
    clips: Vec<Playable<'a>>,
    /// The furthest end of the clips up to each: the first that reaches a place is found by halving.
    reach: Vec<i64>,
    pub volume: Volume<'a>,
    pub pan: Pan<'a>,
}

impl<'a> LanePlayer<'a> {
    pub fn new(arrangement: &'a Arrangement, number: usize, lane: &'a Lane) -> Self {
        let mut clips: Vec<_> = lane
            .clips
            .iter()
            .enumerate()
            .filter(|(_, clip)| !clip.muted && clip.length > 0)
            .map(|(index, clip)| Playable {
                index,
                clip,
                envelope: Envelope::new(clip),
            })
            .collect();
        clips.sort_by_key(|playable| playable.clip.start);
        let mut furthest = i64::MIN;
        let reach = clips.iter().map(|playable| {
            furthest = furthest.max(playable.clip.end());
            furthest
        });
        let (volume, pan) = (
            Volume::new(lane.volume_db, &lane.volume_points),
            Pan::new(lane),
        );
        // What has no pan cannot leave its volume to it.
        let is_panned = lane.channels <= 2 && pan.is_fixed();
        let (volume, pan) = match volume.constant().filter(|_| is_panned) {
            Some(gain) => (Volume::new(0.0, &[]), pan.with_gain(gain)),
            None => (volume, pan),
        };
        Self {
            number,
            lane,
            channels: usize::from(lane.channels.max(1)),
            length: i64::try_from(arrangement.length).unwrap_or(i64::MAX),
            reach: reach.collect(),
            clips,
            volume,
            pan,
        }
    }

    /// Channels of the lane's samples.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Whether [`Self::int24`] can have something to give.
    pub fn stays(&self) -> bool {
        self.channels <= 2 && self.pan.is_fixed() && self.volume.constant() == Some(1.0)
    }

    /// Renders what of `window` lies in the session into `scratch.lane`, and says which part that is;
    /// `None` when nothing plays there. `volume` is this thread's copy of the lane's.
    pub fn render(
        &self,
        window: Window,
        volume: &mut Volume<'a>,
        scratch: &mut Scratch,
        sources: &Sources<'_>,
    ) -> Result<Option<Window>, MixdownError> {
        let heard = window.cut(0, self.length);
        self.find(heard, &mut scratch.playing);
        if scratch.playing.is_empty() || heard.frames() == 0 {
            return Ok(None);
        }
        scratch.lane.resize(heard.frames() * self.channels, 0.0);
        let playing = std::mem::take(&mut scratch.playing);
        let outcome = self.play(heard, &playing, scratch, sources);
        scratch.playing = playing;
        outcome?;
        volume.apply(heard.start, &mut scratch.lane, self.channels);
        Ok(Some(heard))
    }

    /// The track's name.
    pub fn track(&self) -> &'a str {
        &self.lane.track
    }

    /// The clips that sound in a window.
    pub fn heard_in(&self, window: Window) -> impl Iterator<Item = &'a Clip> {
        let mut playing = Vec::new();
        self.find(window.cut(0, self.length), &mut playing);
        let clips = playing
            .into_iter()
            .filter_map(|place| self.clips.get(place));
        clips.map(|playable| playable.clip)
    }

    /// What is heard in `window` as it stands in a file, with the gains on its way to both sides, where it
    /// is one clip without a fade and nothing moves.
    pub fn int24<'s>(
        &self,
        window: Window,
        scratch: &'s mut Scratch,
        sources: &Sources<'_>,
    ) -> Result<Option<(&'s [u8], Gains)>, MixdownError> {
        let Scratch { hand, playing, .. } = scratch;
        self.find(window, playing);
        let [only] = playing.as_slice() else {
            return Ok(None);
        };
        let Some(only) = self.clips.get(*only).filter(|only| only.covers(window)) else {
            return Ok(None);
        };
        if window != window.cut(0, self.length) {
            return Ok(None);
        }
        let into = window.start.abs_diff(only.clip.start);
        let samples = window.start.abs_diff(window.end);
        let Some(clip) = only.envelope.flat(into, samples) else {
            return Ok(None);
        };
        let bytes = sources
            .int24(self.place(only), into, window.frames(), hand)
            .map_err(|source| self.failed(only, source))?;
        let sides = self.pan.fixed();
        Ok(bytes.map(|bytes| (bytes, Gains { clip, sides })))
    }

    /// The clips that sound in the window, in the order of the lane's list, so that sums do not depend
    /// on where windows begin.
    fn find(&self, window: Window, playing: &mut Vec<usize>) {
        playing.clear();
        let first = self.reach.partition_point(|reach| *reach <= window.start);
        let clips = self.clips.iter().enumerate().skip(first);
        let before = clips.take_while(|(_, playable)| playable.clip.start < window.end);
        playing.extend(
            before
                .filter(|(_, playable)| playable.clip.end() > window.start)
                .map(|(place, _)| place),
        );
        playing.sort_unstable_by_key(|place| self.clips.get(*place).map(|clip| clip.index));
    }

    /// Sums clips into `scratch.lane`.
    fn play(
        &self,
        heard: Window,
        playing: &[usize],
        scratch: &mut Scratch,
        sources: &Sources<'_>,
    ) -> Result<(), MixdownError> {
        let mut clips = playing.iter().filter_map(|place| self.clips.get(*place));
        if let [only] = playing
            && let Some(only) = self.clips.get(*only)
            && only.covers(heard)
        {
            let Scratch { lane, hand, .. } = scratch;
            return self.sound(only, heard, lane, hand, sources);
        }
        scratch.lane.fill(0.0);
        clips.try_for_each(|playable| {
            let part = heard.cut(playable.clip.start, playable.clip.end());
            let Scratch {
                lane, clip, hand, ..
            } = scratch;
            clip.resize(part.frames() * self.channels, 0.0);
            self.sound(playable, part, clip, hand, sources)?;
            let skip = usize::try_from(part.start.abs_diff(heard.start)).unwrap_or(usize::MAX);
            if let Some(lane) = lane.get_mut(skip.saturating_mul(self.channels)..) {
                sum::add(lane, clip);
            }
            Ok(())
        })
    }

    /// A part of a clip with its gain and fades.
    fn sound(
        &self,
        playable: &Playable<'_>,
        part: Window,
        samples: &mut [f64],
        hand: &mut Hand,
        sources: &Sources<'_>,
    ) -> Result<(), MixdownError> {
        let into = part.start.abs_diff(playable.clip.start);
        sources
            .fill(self.place(playable), into, samples, hand)
            .map_err(|source| self.failed(playable, source))?;
        playable.envelope.apply(into, samples, self.channels);
        Ok(())
    }

    fn place<'p>(&self, playable: &Playable<'p>) -> Place<'p> {
        Place {
            lane: self.number,
            index: playable.index,
            clip: playable.clip,
            channels: self.channels,
        }
    }

    fn failed(&self, playable: &Playable<'_>, source: MediaError) -> MixdownError {
        MixdownError {
            track: self.lane.track.clone(),
            clip_start: playable.clip.start,
            source,
        }
    }
}

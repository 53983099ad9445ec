//! Where clips find their samples: files that are open at the moment, shared by all threads.
//!
//! Uncompressed files are read at any place by any thread. Compressed ones are decoded in order, one
//! decoder a clip, and what it gave last is kept: threads ask for neighbouring parts, and not always
//! in their order. What is not at the session's rate is converted.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::converted::{Converted, Fault, Form};
use crate::audio::resample;
use crate::media::MediaError;
use crate::media::decode::{self, Opened, Reader};
use crate::media::plain::{Plain, Room};
use crate::media::stamp::Stamp;
use crate::model::clip::{Arrangement, Clip};

/// Files kept open by one mixdown. A process may hold 256 on macOS.
const OPEN_FILES: usize = 128;
/// Frames of a compressed clip that are kept, at least, behind the furthest that was asked for.
const KEPT: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    File(usize),
    /// Lane and clip.
    Clip(usize, usize),
}

#[derive(Clone)]
enum Open {
    Plain(Arc<Plain>, Rate),
    /// To be decoded by each clip for itself.
    Coded,
    Stream(Arc<Mutex<Stream>>, Rate),
}

/// How a file is brought to the session's rate; `None` where it has it.
type Rate = Option<Form>;

/// A clip and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub lane: usize,
    /// In the lane's list.
    pub index: usize,
    pub clip: &'a Clip,
    /// Of the lane.
    pub channels: usize,
}

/// A thread's own: what it read ahead, and the clip that it read last, which is most often the next.
#[derive(Default)]
pub struct Hand {
    room: Room,
    /// Lane and clip.
    last: Option<((usize, usize), Open)>,
}

/// The files of an arrangement.
pub struct Sources<'a> {
    arrangement: &'a Arrangement,
    open: Mutex<LruCache<Key, Open>>,
    converted: Converted,
    /// Of each file that was opened, when it was opened first.
    stamps: Mutex<BTreeMap<usize, Option<Stamp>>>,
}

impl<'a> Sources<'a> {
    pub fn new(arrangement: &'a Arrangement) -> Self {
        let most = NonZeroUsize::new(OPEN_FILES).unwrap_or(NonZeroUsize::MIN);
        Self {
            arrangement,
            open: Mutex::new(LruCache::new(most)),
            converted: Converted::default(),
            stamps: Mutex::default(),
        }
    }

    /// Files that are not what they were when they were opened first, in the session's order.
    pub fn changed(&self) -> Vec<PathBuf> {
        let stamps = lock(&self.stamps);
        let files = stamps.iter().filter_map(|(index, stamp)| {
            let file = self.arrangement.files.get(*index)?;
            let same = stamp.is_some() && *stamp == Stamp::of(&file.path);
            (!same).then(|| file.path.clone())
        });
        files.collect()
    }

    /// Hz of the session.
    pub fn rate(&self) -> u32 {
        self.arrangement.sample_rate
    }

    /// A clip's file.
    pub fn file(&self, clip: &Clip) -> Option<&Path> {
        let file = self.arrangement.files.get(clip.file)?;
        Some(&file.path)
    }

    /// Fills `samples` with what the clip's file holds from the clip's sample `into` on, at the session's
    /// rate; what is past the file's end is silence.
    pub fn fill(
        &self,
        place: Place<'_>,
        into: u64,
        samples: &mut [f64],
        hand: &mut Hand,
    ) -> Result<(), MediaError> {
        let frame = place.clip.offset.saturating_add(into);
        self.take(place, hand)?;
        let Hand { room, last } = hand;
        let Some((_, open @ (Open::Plain(_, rate) | Open::Stream(_, rate)))) = &*last else {
            samples.fill(0.0);
            return Ok(());
        };
        if let Some(form) = rate {
            let read = |frame, block: &mut [f64]| self.read(place, open, frame, block, room);
            let filled = self
                .converted
                .fill(place.clip.file, *form, frame, samples, read);
            return filled.map_err(|fault| match fault {
                Fault::Media(error) => error,
                Fault::Resample(error) => MediaError::Unreadable {
                    path: self.path(place),
                    reason: error.to_string(),
                },
            });
        }
        let frames = self.read(place, open, frame, samples, room)?;
        samples
            .get_mut(frames.saturating_mul(place.channels)..)
            .unwrap_or_default()
            .fill(0.0);
        Ok(())
    }

    /// What `Self::fill` would be made of, as it stands in the file; see [`Plain::int24`].
    pub fn int24<'h>(
        &self,
        place: Place<'_>,
        into: u64,
        frames: usize,
        hand: &'h mut Hand,
    ) -> Result<Option<&'h [u8]>, MediaError> {
        let frame = place.clip.offset.saturating_add(into);
        self.take(place, hand)?;
        let Some((_, Open::Plain(plain, None))) = &hand.last else {
            return Ok(None);
        };
        let bytes = plain.int24(frame, frames, &mut hand.room);
        bytes.map_err(|error| self.damaged(place, frame, &error))
    }

    /// Takes the file of a clip to hand.
    fn take(&self, place: Place<'_>, hand: &mut Hand) -> Result<(), MediaError> {
        let clip = (place.lane, place.index);
        if hand.last.as_ref().is_none_or(|(last, _)| *last != clip) {
            hand.last = Some((clip, self.source(place)?));
        }
        Ok(())
    }

    fn damaged(&self, place: Place<'_>, frame: u64, error: &std::io::Error) -> MediaError {
        MediaError::Damaged {
            path: self.path(place),
            frame,
            reason: error.to_string(),
        }
    }

    /// Frames of the file as they are; returns how many there are.
    fn read(
        &self,
        place: Place<'_>,
        open: &Open,
        frame: u64,
        samples: &mut [f64],
        room: &mut Room,
    ) -> Result<usize, MediaError> {
        match open {
            Open::Plain(plain, _) => plain
                .read_at(frame, samples, room)
                .map_err(|error| self.damaged(place, frame, &error)),
            Open::Stream(stream, _) => lock(stream).read_at(frame, samples),
            Open::Coded => Ok(0),
        }
    }

    fn path(&self, place: Place<'_>) -> PathBuf {
        let file = self.arrangement.files.get(place.clip.file);
        file.map(|file| file.path.clone()).unwrap_or_default()
    }

    fn source(&self, place: Place<'_>) -> Result<Open, MediaError> {
        let file = Key::File(place.clip.file);
        let clip = Key::Clip(place.lane, place.index);
        let known = lock(&self.open).get(&file).cloned();
        let known = match known {
            Some(Open::Coded) => lock(&self.open).get(&clip).cloned(),
            other => other,
        };
        if let Some(known) = known {
            return Ok(known);
        }
        // Two threads may open the same file at once: one of the two is let go.
        match self.open(place)? {
            (Opened::Plain(plain), rate) => {
                let plain = Open::Plain(Arc::new(plain), rate);
                lock(&self.open).put(file, plain.clone());
                Ok(plain)
            }
            (Opened::Streamed(reader), rate) => {
                let block = rate.map_or(0, |rate| resample::block(rate.from, rate.to).0);
                let kept = KEPT.max(4 * block);
                let mut open = lock(&self.open);
                open.put(file, Open::Coded);
                let stream = open.get_or_insert(clip, || {
                    let stream = Stream::new(reader, place.channels, kept);
                    Open::Stream(Arc::new(Mutex::new(stream)), rate)
                });
                Ok(stream.clone())
            }
        }
    }

    /// Opens a clip's file and checks that it fits the lane.
    fn open(&self, place: Place<'_>) -> Result<(Opened, Rate), MediaError> {
        let Some(file) = self.arrangement.files.get(place.clip.file) else {
            return Err(MediaError::Missing {
                path: format!("file {} of the session", place.clip.file).into(),
            });
        };
        let stamp = Stamp::of(&file.path);
        lock(&self.stamps).entry(place.clip.file).or_insert(stamp);
        let (info, opened) = decode::open_for(&file.path, place.channels)?;
        if usize::from(info.channels) != place.channels {
            return Err(MediaError::Unreadable {
                path: file.path.clone(),
                reason: format!(
                    "it has {} channels, its track has {}",
                    info.channels, place.channels
                ),
            });
        }
        let form = Form {
            from: info.sample_rate,
            to: self.arrangement.sample_rate,
            channels: info.channels,
            frames: match &opened {
                Opened::Plain(plain) => Some(plain.frames),
                // What a header promises is not always what is decoded.
                Opened::Streamed(_) => None,
            },
        };
        Ok((opened, (form.from != form.to).then_some(form)))
    }
}

pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A decoder and what it gave last.
struct Stream {
    reader: Reader,
    channels: usize,
    /// Samples up to the reader's position.
    held: Vec<f64>,
    /// Frame of the file that `held` begins with.
    from: u64,
    /// Frames that are kept behind the furthest that was asked for.
    kept: usize,
}

impl Stream {
    fn new(reader: Reader, channels: usize, kept: usize) -> Self {
        Self {
            from: reader.position(),
            reader,
            channels,
            held: Vec::new(),
            kept,
        }
    }

    /// Fills samples from `frame` on; returns the frames that the file has.
    fn read_at(&mut self, frame: u64, samples: &mut [f64]) -> Result<usize, MediaError> {
        let wanted = samples.len() / self.channels;
        let end = frame.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
        let there = self.reader.position();
        let near = there.saturating_add(u64::try_from(self.kept).unwrap_or(0));
        if frame < self.from || frame > near {
            self.reader.seek(frame)?;
            self.held.clear();
            self.from = self.reader.position();
        }
        self.decode_to(end)?;
        let skip = usize::try_from(frame.saturating_sub(self.from)).unwrap_or(usize::MAX);
        let held = self.held.get(skip.saturating_mul(self.channels)..);
        let held = held.unwrap_or_default();
        let count = held.len().min(wanted * self.channels);
        if let (Some(to), Some(from)) = (samples.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        self.forget();
        Ok(count / self.channels)
    }

    fn decode_to(&mut self, end: u64) -> Result<(), MediaError> {
        let there = self.reader.position();
        let missing = usize::try_from(end.saturating_sub(there)).unwrap_or(0);
        let have = self.held.len();
        self.held.resize(have + missing * self.channels, 0.0);
        let mut done = have;
        while let Some(rest) = self.held.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let got = self.reader.read(rest)?;
            if got == 0 {
                break;
            }
            done += got * self.channels;
        }
        self.held.truncate(done);
        Ok(())
    }

    /// Lets go of what nobody will ask for, now and then: moving the rest costs.
    fn forget(&mut self) {
        let frames = self.held.len() / self.channels;
        if frames > 2 * self.kept {
            let gone = frames - self.kept;
            self.held.drain(..gone * self.channels);
            self.from = self.from.saturating_add(u64::try_from(gone).unwrap_or(0));
        }
    }
}

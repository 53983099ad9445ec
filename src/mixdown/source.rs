//! Where clips find their samples: files that are open at the moment, shared by all threads.
//!
//! Uncompressed files are read at any place by any thread. Compressed ones are decoded in order, one
//! decoder a clip, and what it gave last is kept: threads ask for neighbouring parts, and not always
//! in their order.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::media::MediaError;
use crate::media::decode::{self, Opened, Reader};
use crate::media::plain::Plain;
use crate::model::clip::{Arrangement, Clip};

/// Files kept open by one mixdown. A process may hold 256 on macOS.
const OPEN_FILES: usize = 128;
/// Frames of a compressed clip that are kept behind the furthest that was asked for.
const KEPT: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    File(usize),
    /// Lane and clip.
    Clip(usize, usize),
}

#[derive(Clone)]
enum Open {
    Plain(Arc<Plain>),
    /// To be decoded by each clip for itself.
    Coded,
    Stream(Arc<Mutex<Stream>>),
}

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

/// The files of an arrangement.
pub struct Sources<'a> {
    arrangement: &'a Arrangement,
    open: Mutex<LruCache<Key, Open>>,
}

impl<'a> Sources<'a> {
    pub fn new(arrangement: &'a Arrangement) -> Self {
        let most = NonZeroUsize::new(OPEN_FILES).unwrap_or(NonZeroUsize::MIN);
        Self {
            arrangement,
            open: Mutex::new(LruCache::new(most)),
        }
    }

    /// Fills `samples` with what the clip's file holds from the clip's sample `into` on; what is past
    /// the file's end is silence. `bytes` is room.
    pub fn fill(
        &self,
        place: Place<'_>,
        into: u64,
        samples: &mut [f64],
        bytes: &mut Vec<u8>,
    ) -> Result<(), MediaError> {
        let frame = place.clip.offset.saturating_add(into);
        let frames = match self.source(place)? {
            Open::Plain(plain) => plain.read_at(frame, samples, bytes).map_err(|error| {
                let file = self.arrangement.files.get(place.clip.file);
                MediaError::Damaged {
                    path: file.map(|file| file.path.clone()).unwrap_or_default(),
                    frame,
                    reason: error.to_string(),
                }
            })?,
            Open::Stream(stream) => lock(&stream).read_at(frame, samples)?,
            Open::Coded => 0,
        };
        samples
            .get_mut(frames.saturating_mul(place.channels)..)
            .unwrap_or_default()
            .fill(0.0);
        Ok(())
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
            Opened::Plain(plain) => {
                let plain = Open::Plain(Arc::new(plain));
                lock(&self.open).put(file, plain.clone());
                Ok(plain)
            }
            Opened::Streamed(reader) => {
                let mut open = lock(&self.open);
                open.put(file, Open::Coded);
                let stream = open.get_or_insert(clip, || {
                    Open::Stream(Arc::new(Mutex::new(Stream::new(reader, place.channels))))
                });
                Ok(stream.clone())
            }
        }
    }

    /// Opens a clip's file and checks that it fits the lane.
    fn open(&self, place: Place<'_>) -> Result<Opened, MediaError> {
        let Some(file) = self.arrangement.files.get(place.clip.file) else {
            return Err(MediaError::Missing {
                path: format!("file {} of the session", place.clip.file).into(),
            });
        };
        let (info, opened) = decode::open(&file.path)?;
        let rate = self.arrangement.sample_rate;
        let reason = if usize::from(info.channels) != place.channels {
            format!(
                "it has {} channels, its track has {}",
                info.channels, place.channels
            )
        } else if info.sample_rate != rate {
            format!(
                "it is at {} Hz, the session is at {rate} Hz",
                info.sample_rate
            )
        } else {
            return Ok(opened);
        };
        Err(MediaError::Unreadable {
            path: file.path.clone(),
            reason,
        })
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
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
}

impl Stream {
    fn new(reader: Reader, channels: usize) -> Self {
        Self {
            from: reader.position(),
            reader,
            channels,
            held: Vec::new(),
        }
    }

    /// Fills samples from `frame` on; returns the frames that the file has.
    fn read_at(&mut self, frame: u64, samples: &mut [f64]) -> Result<usize, MediaError> {
        let wanted = samples.len() / self.channels;
        let end = frame.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
        let there = self.reader.position();
        let near = there.saturating_add(u64::try_from(KEPT).unwrap_or(0));
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
        if frames > 2 * KEPT {
            let gone = frames - KEPT;
            self.held.drain(..gone * self.channels);
            self.from = self.from.saturating_add(u64::try_from(gone).unwrap_or(0));
        }
    }
}

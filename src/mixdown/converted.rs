//! Files of another sample rate than the session's, converted where clips play them. What a sample
//! becomes depends on the file alone: not on the clip, the block or the thread that wants it.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use lru::LruCache;

use super::source::lock;
use crate::audio::resample::{self, Pieces, ResampleError};
use crate::media::MediaError;

/// Samples of finished pieces that are kept, of all files together: neighbouring blocks share them.
const KEPT_SAMPLES: usize = 1 << 21;
/// Samples that idle converters may hold.
const IDLE_SAMPLES: usize = 1 << 21;

/// A file, as it is to be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Hz.
    pub from: u32,
    pub to: u32,
    pub channels: u16,
    /// Frames of the file, where they are known.
    pub frames: Option<u64>,
}

/// Interleaved frames of one piece.
type Piece = Arc<[f64]>;

/// Pieces that are ready, and converters that nobody uses at the moment.
pub struct Converted {
    /// By file and number.
    ready: Mutex<Ready>,
    idle: Mutex<Vec<(u32, u16, Pieces)>>,
}

struct Ready {
    pieces: LruCache<(usize, u64), Piece>,
    samples: usize,
}

impl Default for Converted {
    fn default() -> Self {
        Self {
            ready: Mutex::new(Ready {
                pieces: LruCache::unbounded(),
                samples: 0,
            }),
            idle: Mutex::default(),
        }
    }
}

/// Why a part of a file cannot be converted.
#[derive(Debug)]
pub enum Fault {
    Media(MediaError),
    Resample(ResampleError),
}

impl From<ResampleError> for Fault {
    fn from(error: ResampleError) -> Self {
        Self::Resample(error)
    }
}

impl Converted {
    /// Fills `samples` with what file number `file` is from `frame` on at the new rate; silence behind
    /// its end. `read` fills a block from a frame of the file on and returns the frames that there are.
    pub fn fill(
        &self,
        file: usize,
        form: Form,
        frame: u64,
        samples: &mut [f64],
        mut read: impl FnMut(u64, &mut [f64]) -> Result<usize, MediaError>,
    ) -> Result<(), Fault> {
        let channels = usize::from(form.channels).max(1);
        let Some(more) = (samples.len() / channels).checked_sub(1) else {
            return Ok(());
        };
        let end = form.frames.map_or(u64::MAX, |frames| {
            resample::length(frames, form.from, form.to)
        });
        if frame >= end {
            samples.fill(0.0);
            return Ok(());
        }
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        let (first, skip) = resample::place(frame, form.from, form.to);
        let (last, _) = resample::place(frame.saturating_add(more), form.from, form.to);
        let mut pieces = self.known(file, first..last.saturating_add(1));
        self.complete(file, form, first, &mut pieces, &mut read)?;
        let mut skip = skip.saturating_mul(channels);
        let mut rest = samples;
        for piece in pieces.iter().flatten() {
            let part = piece.get(skip..).unwrap_or_default();
            let (now, after) = rest.split_at_mut(part.len().min(rest.len()));
            now.copy_from_slice(part.get(..now.len()).unwrap_or_default());
            (rest, skip) = (after, 0);
        }
        rest.fill(0.0);
        Ok(())
    }

    fn known(&self, file: usize, pieces: Range<u64>) -> Vec<Option<Piece>> {
        let mut ready = lock(&self.ready);
        pieces
            .map(|piece| ready.pieces.get(&(file, piece)).cloned())
            .collect()
    }

    /// Makes what is missing. Two threads may make the same piece at once: none waits for the other.
    fn complete(
        &self,
        file: usize,
        form: Form,
        first: u64,
        pieces: &mut [Option<Piece>],
        read: &mut impl FnMut(u64, &mut [f64]) -> Result<usize, MediaError>,
    ) -> Result<(), Fault> {
        let mut converter = None;
        let mut at = 0;
        while let Some(missing) = pieces.iter().skip(at).position(Option::is_none) {
            let from = at + missing;
            let run = pieces.iter().skip(from).take_while(|piece| piece.is_none());
            let to = from + run.count();
            let converter = match &mut converter {
                Some(converter) => converter,
                none => none.insert(self.take(form)?),
            };
            let number = |place: usize| first.saturating_add(place as u64);
            let mut made = pieces.iter_mut().skip(from);
            converter.make(
                number(from)..number(to),
                |frame, block| read(frame, block).map_err(Fault::Media),
                |piece, samples| {
                    let samples = Piece::from(samples);
                    self.keep((file, piece), samples.clone());
                    if let Some(place) = made.next() {
                        *place = Some(samples);
                    }
                },
            )?;
            at = to;
        }
        if let Some(converter) = converter {
            self.give_back(form, converter);
        }
        Ok(())
    }

    fn keep(&self, key: (usize, u64), piece: Piece) {
        let mut ready = lock(&self.ready);
        ready.samples = ready.samples.saturating_add(piece.len());
        if let Some(same) = ready.pieces.put(key, piece) {
            ready.samples = ready.samples.saturating_sub(same.len());
        }
        while ready.samples > KEPT_SAMPLES
            && let Some((_, oldest)) = ready.pieces.pop_lru()
        {
            ready.samples = ready.samples.saturating_sub(oldest.len());
        }
    }

    fn take(&self, form: Form) -> Result<Pieces, Fault> {
        let mut idle = lock(&self.idle);
        let fits = |(from, channels, _): &(u32, u16, Pieces)| {
            (*from, *channels) == (form.from, form.channels)
        };
        if let Some(place) = idle.iter().rposition(fits) {
            return Ok(idle.remove(place).2);
        }
        drop(idle);
        Ok(Pieces::new(form.from, form.to, form.channels)?)
    }

    fn give_back(&self, form: Form, converter: Pieces) {
        let mut idle = lock(&self.idle);
        idle.push((form.from, form.channels, converter));
        let mut held: usize = idle.iter().map(|(_, _, pieces)| pieces.weight()).sum();
        while held > IDLE_SAMPLES && idle.len() > 1 {
            held -= idle.remove(0).2.weight();
        }
    }
}

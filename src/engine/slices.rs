//! Work that is cut into slices and done by several threads: who takes which, what is handed on in
//! order, and how all of them stop when one fails.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::error::{Error, Result};
pub(super) use crate::mixdown::lock;
use crate::mixdown::{BLOCK, Pace};

/// Frames of a slice: whole blocks, enough for writes that are not small.
pub const SLICE: usize = 4 * BLOCK;
/// More threads than this wait for memory and disk only.
const MOST_THREADS: usize = 16;
/// How long one who waits for its turn does so before it looks whether all is over.
const PATIENCE: Duration = Duration::from_millis(20);

/// A part of the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    pub number: u64,
    /// Frames from the range's start; the last is not included.
    pub from: u64,
    pub to: u64,
}

impl Slice {
    /// Where its blocks begin.
    pub fn blocks(self) -> impl Iterator<Item = u64> {
        (self.from..self.to).step_by(BLOCK)
    }

    pub fn frames(self) -> u64 {
        self.to - self.from
    }
}

/// How a range is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub frames: u64,
    /// Frames of the first slice, and of each that follows but the last. Not 0.
    pub first: u64,
    pub each: u64,
}

impl Cut {
    /// Into slices of [`SLICE`].
    pub fn even(frames: u64) -> Self {
        let each = u64::try_from(SLICE).unwrap_or(1);
        Self {
            frames,
            first: each,
            each,
        }
    }

    /// Into slices at another rate.
    pub fn paced(pace: Pace) -> Self {
        let (first, each) = pace.spans(u64::try_from(SLICE).unwrap_or(1));
        Self {
            frames: pace.length(),
            first,
            each,
        }
    }

    fn slice(&self, number: u64) -> Option<Slice> {
        let end = |number: u64| self.first.saturating_add(number.saturating_mul(self.each));
        let from = number.checked_sub(1).map_or(0, end);
        (from < self.frames).then(|| Slice {
            number,
            from,
            to: self.frames.min(end(number)),
        })
    }

    fn count(&self) -> u64 {
        let rest = self.frames.saturating_sub(self.first);
        u64::from(self.frames > 0) + rest.div_ceil(self.each.max(1))
    }
}

/// The slices of a range that are not taken yet.
struct Slices {
    cut: Cut,
    next: AtomicU64,
    is_over: AtomicBool,
    /// The failure of the lowest slice.
    failed: Mutex<Option<(u64, Error)>>,
}

impl Slices {
    fn take(&self) -> Option<Slice> {
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        self.cut.slice(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn fail(&self, slice: Slice, error: Error) {
        self.is_over.store(true, Ordering::Relaxed);
        let mut failed = lock(&self.failed);
        if failed
            .as_ref()
            .is_none_or(|(first, _)| slice.number < *first)
        {
            *failed = Some((slice.number, error));
        }
    }
}

/// Ends it for all threads when one of them panics.
struct Guard<'a>(&'a Slices);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.is_over.store(true, Ordering::Relaxed);
        }
    }
}

/// What a thread is told with a slice.
pub struct Turn<'a> {
    pub slice: Slice,
    is_over: &'a AtomicBool,
}

impl Turn<'static> {
    /// Where one thread does all.
    pub fn alone(slice: Slice) -> Self {
        static GOES_ON: AtomicBool = AtomicBool::new(false);
        Self {
            slice,
            is_over: &GOES_ON,
        }
    }
}

/// Does `work` once with every slice of a range, in as many threads as help, each with
/// what `room` gives it.
///
/// # Errors
/// Of what failed, that of the lowest slice. The others stop after what they are at.
pub fn spread<R>(
    cut: Cut,
    room: impl Fn() -> R + Sync,
    work: impl Fn(&mut R, &Turn<'_>) -> Result<()> + Sync,
) -> Result<()> {
    let slices = Slices {
        cut,
        next: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        failed: Mutex::new(None),
    };
    let runtime = Handle::try_current().ok();
    let run = || {
        let _inside = runtime.as_ref().map(Handle::enter);
        let _guard = Guard(&slices);
        let mut room = room();
        while let Some(slice) = slices.take() {
            let turn = Turn {
                slice,
                is_over: &slices.is_over,
            };
            if let Err(error) = work(&mut room, &turn) {
                slices.fail(slice, error);
            }
        }
    };
    let count = usize::try_from(cut.count()).unwrap_or(usize::MAX);
    let threads = rayon::current_num_threads().min(MOST_THREADS).min(count);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    let failed = slices.failed.into_inner();
    match failed.unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// Lets slices by in their order.
#[derive(Debug, Default)]
pub struct Queue {
    next: Mutex<u64>,
    moved: Condvar,
}

impl Queue {
    /// Waits until all slices before this one have been through, and does `work`. Nothing is done when
    /// all is over.
    pub fn pass(&self, turn: &Turn<'_>, work: impl FnOnce()) {
        let mut next = lock(&self.next);
        while *next < turn.slice.number {
            if turn.is_over.load(Ordering::Relaxed) {
                return;
            }
            let waited = self.moved.wait_timeout(next, PATIENCE);
            (next, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        work();
        *next = turn.slice.number + 1;
        drop(next);
        self.moved.notify_all();
    }
}

/// Pieces that come in any order and are handed on in theirs.
#[derive(Debug)]
pub struct InOrder<T> {
    next: u64,
    early: BTreeMap<u64, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self {
            next: 0,
            early: BTreeMap::new(),
        }
    }
}

impl<T> InOrder<T> {
    /// Takes a piece, and hands on those whose time it is.
    pub fn put(&mut self, number: u64, piece: T, mut hand_on: impl FnMut(T)) {
        self.early.insert(number, piece);
        while let Some(piece) = self.early.remove(&self.next) {
            hand_on(piece);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const FRAMES: u64 = 40 * SLICE as u64 + 5;

    #[test]
    fn every_slice_is_taken_once_and_passes_in_order() {
        let (queue, seen) = (Queue::default(), Mutex::new(Vec::new()));
        let done = spread(
            Cut::even(FRAMES),
            || (),
            |(), turn| {
                queue.pass(turn, || lock(&seen).push(turn.slice));
                Ok(())
            },
        );
        done.unwrap();
        let seen = seen.into_inner().unwrap();
        assert!(seen.iter().map(|slice| slice.number).eq(0..41));
        assert_eq!(seen.iter().map(|slice| slice.frames()).sum::<u64>(), FRAMES);
        assert_eq!(seen.last().unwrap().frames(), 5);
    }

    #[test]
    fn a_range_is_cut_without_gaps() {
        for frames in [1, 4, 5, 6, 15, 16] {
            let (first, each) = (5, 10);
            let cut = Cut {
                frames,
                first,
                each,
            };
            let slices: Vec<Slice> = (0..).map_while(|number| cut.slice(number)).collect();
            assert_eq!(slices.len() as u64, cut.count());
            assert_eq!(
                slices.iter().map(|slice| slice.frames()).sum::<u64>(),
                frames
            );
            assert!(slices.windows(2).all(|two| two[0].to == two[1].from));
            assert_eq!(slices[0].to, frames.min(5));
        }
    }

    #[test]
    fn a_failure_ends_it_for_all_who_wait() {
        let queue = Queue::default();
        let failed = spread(
            Cut::even(FRAMES),
            || (),
            |(), turn| {
                if turn.slice.number == 7 {
                    return Err(Error::new(ErrorKind::Media, "seven"));
                }
                queue.pass(turn, || ());
                Ok(())
            },
        );
        assert_eq!(failed.unwrap_err().to_string(), "seven");
    }

    #[test]
    fn pieces_are_handed_on_in_order() {
        let (mut order, mut seen) = (InOrder::default(), Vec::new());
        for number in [2, 0, 1, 4, 3] {
            order.put(number, number, |piece| seen.push(piece));
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
        assert!(order.early.is_empty());
    }
}

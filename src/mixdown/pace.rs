//! A mixdown at another rate than the session's: any span of it by itself, on any thread, with the bits
//! that one run through the whole range gives. What lies before the range and after it is silence, as in
//! a bounce; nothing is shifted and the length is `round(n * to / from)`.

use core::ops::Range;

use super::{BLOCK, Mixdown, MixdownError, Workspace};
use crate::audio::resample::{self, Pieces, ResampleError};

/// Two rates in Hz, and the frames of the range at the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub from: u32,
    pub to: u32,
    pub frames: u64,
}

impl Pace {
    /// Frames of the range at the new rate.
    pub fn length(self) -> u64 {
        resample::length(self.frames, self.from, self.to)
    }

    /// About which frames at the first rate become those of a span at the new one.
    pub fn heard(self, span: Range<u64>) -> Range<u64> {
        let frame = |at| resample::length(at, self.to, self.from);
        frame(span.start)..frame(span.end)
    }

    /// Frames of the first span and of each that follows, the latter at least this many, so that they
    /// begin where the resampler's pieces do and little is converted twice.
    pub fn spans(self, least: u64) -> (u64, u64) {
        let given = resample::block(self.from, self.to).1 as u64;
        let each = least.max(1).div_ceil(given) * given;
        // The first piece begins half a piece before the range.
        (each - given / 2, each)
    }
}

/// One thread's room.
pub struct Paced {
    pace: Pace,
    /// Of each bus.
    widths: Vec<usize>,
    /// One for each number of channels.
    converters: Vec<(usize, Pieces)>,
    /// At the new rate.
    span: Range<u64>,
    /// The session's frame that `heard` begins with, counted from the range's start.
    start: u64,
    /// Of each bus, interleaved frames at the session's rate.
    heard: Vec<Vec<f64>>,
    /// A bus of the span at the new rate.
    made: Vec<f64>,
}

impl Paced {
    /// For buses of so many channels.
    ///
    /// # Errors
    /// Rates that cannot be converted.
    pub fn new(pace: Pace, widths: &[usize]) -> Result<Self, ResampleError> {
        let mut converters: Vec<(usize, Pieces)> = Vec::new();
        for width in widths {
            if !converters.iter().any(|(known, _)| known == width) {
                let channels = u16::try_from(*width).unwrap_or(u16::MAX);
                let pieces = Pieces::new(pace.from, pace.to, channels)?;
                converters.push((*width, pieces));
            }
        }
        Ok(Self {
            pace,
            widths: widths.to_vec(),
            converters,
            span: 0..0,
            start: 0,
            heard: vec![Vec::new(); widths.len()],
            made: Vec::new(),
        })
    }

    /// Numbers of the pieces that the span lies in, and frames of the first before it.
    fn pieces(&self) -> (Range<u64>, usize) {
        let place = |frame| resample::place(frame, self.pace.from, self.pace.to);
        let (first, skip) = place(self.span.start);
        let (last, _) = place(self.span.end.saturating_sub(1));
        (first..last.saturating_add(1), skip)
    }

    /// Renders what is heard in a span of frames at the new rate, before it is converted; `goes_on` is
    /// asked before each block.
    ///
    /// # Errors
    /// Of the mixdown, and what `goes_on` says.
    pub fn render<'a, E: From<MixdownError>>(
        &mut self,
        span: Range<u64>,
        mixdown: &Mixdown<'a>,
        work: &mut Workspace<'a>,
        mut goes_on: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        self.span = span;
        let (pieces, _) = self.pieces();
        let taken = resample::block(self.pace.from, self.pace.to).0 as u64;
        // A piece hears the block before its own too.
        self.start = pieces.start.saturating_sub(1).saturating_mul(taken);
        let end = pieces.end.saturating_mul(taken).min(self.pace.frames);
        for heard in &mut self.heard {
            heard.clear();
        }
        for from in (self.start..end).step_by(BLOCK) {
            goes_on()?;
            let frames = mixdown.render(from, work)?;
            let wanted = usize::try_from(end - from).map_or(frames, |left| left.min(frames));
            for (heard, block) in self.heard.iter_mut().zip(&work.blocks) {
                let wanted = wanted * block.channels;
                heard.extend_from_slice(block.get(..wanted).unwrap_or_default());
            }
        }
        Ok(())
    }

    /// The span of one bus at the new rate, interleaved, to do anything with.
    ///
    /// # Errors
    /// What the resampler refuses: samples that are no numbers.
    pub fn bus(&mut self, bus: usize) -> Result<&mut Vec<f64>, ResampleError> {
        let (pieces, skip) = self.pieces();
        let (start, made) = (self.start, &mut self.made);
        let width = self.widths.get(bus).copied().unwrap_or(2).max(1);
        let heard = self.heard.get(bus).map_or(&[][..], Vec::as_slice);
        let read = |frame: u64, block: &mut [f64]| {
            let skip = usize::try_from(frame.saturating_sub(start)).unwrap_or(usize::MAX);
            let rest = heard.get(skip.saturating_mul(width)..).unwrap_or_default();
            let count = rest.len().min(block.len());
            if let (Some(to), Some(from)) = (block.get_mut(..count), rest.get(..count)) {
                to.copy_from_slice(from);
            }
            Ok::<_, ResampleError>(count / width)
        };
        made.clear();
        let take = |_, piece: &[f64]| made.extend_from_slice(piece);
        let mut converters = self.converters.iter_mut();
        if let Some((_, converter)) = converters.find(|(known, _)| *known == width) {
            converter.make(pieces, read, take)?;
        }
        let frames = self.span.end.saturating_sub(self.span.start);
        let frames = usize::try_from(frames).unwrap_or(usize::MAX);
        self.made.drain(..(skip * width).min(self.made.len()));
        self.made.truncate(frames.saturating_mul(width));
        Ok(&mut self.made)
    }
}

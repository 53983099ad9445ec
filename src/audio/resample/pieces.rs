//! Any part of a converted signal by itself, on any thread: the same bits as [`super::Resampler`] gives
//! when it runs through the whole.
//!
//! The signal at the new rate is cut into pieces at fixed places. The frames of a piece come from two
//! neighbouring blocks of the source and from nothing else; the filter's middle lies on a frame, so that
//! piece `p` begins half a piece before `p` times its length.

use core::ops::Range;

use rubato::Resampler as _;

use super::{Form, ResampleError, block, length};

/// Makes pieces. Between two calls it remembers nothing of the signal.
pub struct Pieces {
    from: u32,
    to: u32,
    form: Form,
    /// One interleaved block at both rates.
    input: Vec<f64>,
    output: Vec<f64>,
}

/// The piece that a frame of the converted signal lies in, and its place there. Rates in Hz.
pub fn place(frame: u64, from: u32, to: u32) -> (u64, usize) {
    let given = block(from, to).1;
    let frame = frame.saturating_add(given as u64 / 2);
    let within = usize::try_from(frame % given as u64).unwrap_or(0);
    (frame / given as u64, within)
}

impl Pieces {
    /// Rates in Hz; `channels` of each frame.
    ///
    /// # Errors
    /// As [`super::Resampler::new`].
    pub fn new(from: u32, to: u32, channels: u16) -> Result<Self, ResampleError> {
        let form = Form::new(from, to, channels)?;
        Ok(Self {
            from,
            to,
            input: vec![0.0; form.taken * form.channels],
            output: vec![0.0; form.given * form.channels],
            form,
        })
    }

    /// Samples that it holds, roughly: what it costs to keep one.
    pub fn weight(&self) -> usize {
        // Beside the two blocks: the library's copies, overlaps, spectra and filter.
        8 * (self.input.len() + self.output.len())
    }

    /// Makes pieces that follow each other. `read` fills a block from a frame of the source on and
    /// returns the frames that there are, fewer only at the source's end. `take` gets the number of
    /// each piece and its interleaved frames; what lies behind the converted signal's [`length`] is
    /// silence, as is what lies before its first frame.
    ///
    /// # Errors
    /// Those of `read`, and what the library refuses; nothing that samples can cause.
    pub fn make<E: From<ResampleError>>(
        &mut self,
        pieces: Range<u64>,
        mut read: impl FnMut(u64, &mut [f64]) -> Result<usize, E>,
        mut take: impl FnMut(u64, &[f64]),
    ) -> Result<(), E> {
        self.form.fft.reset();
        let mut end = None;
        for piece in pieces.start.saturating_sub(1)..pieces.end {
            let first = piece.saturating_mul(self.form.taken as u64);
            let got = match end {
                None => read(first, &mut self.input)?.min(self.form.taken),
                Some(_) => 0,
            };
            if got < self.form.taken {
                end.get_or_insert(first.saturating_add(got as u64));
                self.input[got * self.form.channels..].fill(0.0);
            }
            self.form.turn(&self.input, &mut self.output)?;
            if piece >= pieces.start {
                self.cut(piece, end);
                take(piece, &self.output);
            }
        }
        Ok(())
    }

    /// Silences what a piece has outside of the signal; `end` is the source's, where it is near.
    fn cut(&mut self, piece: u64, end: Option<u64>) {
        let (given, channels) = (self.form.given, self.form.channels);
        if piece == 0 {
            self.output[..given / 2 * channels].fill(0.0);
        }
        if let Some(end) = end {
            let total = length(end, self.from, self.to).saturating_add(given as u64 / 2);
            let before = total.saturating_sub(piece.saturating_mul(given as u64));
            let left = usize::try_from(before).map_or(given, |left| left.min(given));
            self.output[left * channels..].fill(0.0);
        }
    }
}

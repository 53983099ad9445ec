//! Another sample rate, streaming or any piece by itself: FFT blocks of rubato. Nothing is delayed, the
//! length is exact and the result does not depend on where pushes or pieces begin. The last bits of a double may differ between
//! processors, whose FFT instructions differ. Refuses rates and widths that would need more memory
//! than a block may have.

#![allow(clippy::indexing_slicing)]

mod pieces;

pub use pieces::{Pieces, place};

use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Rates that are taken, in Hz.
const RATES: core::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Frames of a block at the lower rate: its filter is as long, flat to 0.987 of that rate's half.
const WANTED: usize = 2_048;
/// Frames of a block at the higher rate, unless the two rates share too few divisors for that.
const LONGEST: usize = 1 << 18;
/// Samples of a block at both rates and of all channels together.
const MOST_SAMPLES: usize = 1 << 24;

/// No level that is meant: what is at least as high as this, or no number, would overflow in the FFT, which
/// panics then.
const ABSURD: f64 = 1e100;

/// Why samples cannot be brought to another rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    #[error("{0} Hz is no sample rate that can be converted (1000 to 768000 Hz can)")]
    Rate(u32),
    #[error("{channels} channels are too many to convert {from} Hz to {to} Hz")]
    Wide { from: u32, to: u32, channels: u16 },
    #[error("samples that are no numbers cannot be converted")]
    NoNumbers,
    #[error("the sample rate cannot be converted: {0}")]
    Failed(String),
}

fn failed(error: impl core::fmt::Display) -> ResampleError {
    ResampleError::Failed(error.to_string())
}

/// Frames at one rate become frames at another.
pub struct Resampler {
    from: u32,
    to: u32,
    form: Form,
    /// Interleaved input that is no whole block yet.
    held: Vec<f64>,
    /// One interleaved block of output.
    made: Vec<f64>,
    /// Frames of output that are still the filter's run-up.
    run_up: usize,
    taken: u64,
    given: u64,
}

/// One block after the other. What a block gives depends on it and on the one before it, on nothing
/// else.
struct Form {
    fft: Fft<f64>,
    channels: usize,
    /// Frames of a block at both rates.
    taken: usize,
    given: usize,
}

/// Frames at `to` Hz that last as long as `frames` at `from` Hz, rounded.
pub fn length(frames: u64, from: u32, to: u32) -> u64 {
    let (frames, from, to) = (u128::from(frames), u128::from(from.max(1)), u128::from(to));
    u64::try_from((frames * to + from / 2) / from).unwrap_or(u64::MAX)
}

fn common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common(b, a % b) }
}

/// Frames of a block at both rates. An even number of the least blocks, so that the filter's middle
/// lies on a frame at both rates and what it delays is whole frames.
pub fn block(from: u32, to: u32) -> (usize, usize) {
    let divisor = common(from, to).max(1);
    let (from, to) = ((from / divisor) as usize, (to / divisor) as usize);
    let wanted = WANTED.div_ceil(2 * from.min(to).max(1));
    let most = LONGEST / (2 * from.max(to).max(1));
    let pairs = wanted.min(most).max(1);
    (2 * pairs * from, 2 * pairs * to)
}

/// Whether so many channels can be brought from one rate to the other.
///
/// # Errors
/// As [`Resampler::new`].
pub fn check(from: u32, to: u32, channels: u16) -> Result<(), ResampleError> {
    if let Some(strange) = [from, to].into_iter().find(|rate| !RATES.contains(rate)) {
        return Err(ResampleError::Rate(strange));
    }
    let (taken, given) = block(from, to);
    if (taken + given) * usize::from(channels).max(1) > MOST_SAMPLES {
        return Err(ResampleError::Wide { from, to, channels });
    }
    Ok(())
}

impl Form {
    fn new(from: u32, to: u32, channels: u16) -> Result<Self, ResampleError> {
        check(from, to, channels)?;
        let (taken, _) = block(from, to);
        let width = usize::from(channels).max(1);
        let fft = Fft::new_custom(
            from as usize,
            to as usize,
            taken,
            1,
            width,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(failed)?;
        Ok(Self {
            channels: width,
            taken: fft.input_frames_next(),
            given: fft.output_frames_next(),
            fft,
        })
    }

    /// Interleaved blocks of the right lengths.
    fn turn(&mut self, input: &[f64], output: &mut [f64]) -> Result<(), ResampleError> {
        if !input.iter().all(|sample| sample.abs() < ABSURD) {
            return Err(ResampleError::NoNumbers);
        }
        let input = InterleavedSlice::new(input, self.channels, self.taken).map_err(failed)?;
        let mut output =
            InterleavedSlice::new_mut(output, self.channels, self.given).map_err(failed)?;
        self.fft
            .process_into_buffer(&input, &mut output, None)
            .map_err(failed)?;
        Ok(())
    }
}

impl Resampler {
    /// Rates in Hz; `channels` of each frame.
    ///
    /// # Errors
    /// A rate that nothing has, or channels that need too much memory between these rates.
    pub fn new(from: u32, to: u32, channels: u16) -> Result<Self, ResampleError> {
        let form = Form::new(from, to, channels)?;
        Ok(Self {
            from,
            to,
            held: Vec::with_capacity(form.taken * form.channels),
            made: vec![0.0; form.given * form.channels],
            run_up: form.given / 2,
            form,
            taken: 0,
            given: 0,
        })
    }

    /// Takes interleaved frames; appends those that are certain now.
    ///
    /// # Errors
    /// Samples that are no numbers.
    pub fn push(&mut self, interleaved: &[f64], out: &mut Vec<f64>) -> Result<(), ResampleError> {
        self.taken += (interleaved.len() / self.form.channels) as u64;
        let whole = self.form.taken * self.form.channels;
        let mut rest = interleaved;
        while self.held.len() + rest.len() >= whole {
            let (part, after) = rest.split_at(whole - self.held.len());
            self.held.extend_from_slice(part);
            rest = after;
            self.turn(u64::MAX, out)?;
        }
        self.held.extend_from_slice(rest);
        Ok(())
    }

    /// Appends the rest: all in all the [`length`] of what was taken.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(mut self, out: &mut Vec<f64>) -> Result<(), ResampleError> {
        let total = length(self.taken, self.from, self.to);
        while self.given < total {
            self.held.resize(self.form.taken * self.form.channels, 0.0);
            self.turn(total, out)?;
        }
        Ok(())
    }

    /// One block; `held` is one, and empty after.
    fn turn(&mut self, total: u64, out: &mut Vec<f64>) -> Result<(), ResampleError> {
        self.form.turn(&self.held, &mut self.made)?;
        self.held.clear();
        let (given, channels) = (self.form.given, self.form.channels);
        let skipped = self.run_up.min(given);
        self.run_up -= skipped;
        let left = usize::try_from(total - self.given).unwrap_or(usize::MAX);
        let frames = (given - skipped).min(left);
        self.given += frames as u64;
        let samples = skipped * channels..(skipped + frames) * channels;
        out.extend_from_slice(self.made.get(samples).unwrap_or_default());
        Ok(())
    }
}

#[cfg(test)]
mod tests;

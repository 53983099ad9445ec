//! From what Pro Tools bounced to the asked file. Refuses what has not the range's length, rate or
//! channels.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::sink::Sink;
use super::writing::deliver::Finished;
use super::writing::stem_files::{Feed, StemFiles};
use crate::audio::resample::{ResampleError, Resampler};
use crate::audio::sum;
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::mixdown::BLOCK;
use crate::model::{Finding, Layout, Level, Plan};

/// Makes the asked file from what Pro Tools bounced, or from silence; with it, how far apart the two sides
/// of that were, linear.
pub fn run(
    plan: &Plan,
    bounced: Option<&Path>,
    gain_db: f64,
    output: StemFiles,
    sink: &Sink,
    cancel: &CancellationToken,
) -> Result<(Vec<Finished>, f64)> {
    let mut left = plan.range.len();
    let layout = output.layout();
    let width = usize::from(layout.channels());
    let mut reader = bounced
        .map(|path| open_bounced(path, layout, plan, sink))
        .transpose()?;
    let channels = reader
        .as_ref()
        .map_or(width, |r| usize::from(r.info().channels));
    let gain = sum::gain(gain_db);
    let mut block = vec![0.0; BLOCK * channels];
    let mut wide = Vec::with_capacity(BLOCK * width);
    let (mut is_longer, mut apart) = (false, 0.0_f64);
    let mut feed = Converted::new(plan, width, output.feed())?;
    while left > 0 {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        let frames = match &mut reader {
            Some(reader) => reader.read(&mut block)?,
            None => BLOCK,
        };
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        is_longer |= reader.is_some() && frames > wanted;
        let frames = frames.min(wanted);
        if frames == 0 {
            break;
        }
        wide.clear();
        spread(
            block.get(..frames * channels).unwrap_or(&block),
            channels,
            &mut wide,
        );
        sum::scale(&mut wide, gain);
        if width == 2 {
            let (sides, _) = wide.as_chunks::<2>();
            let sides = sides.iter();
            apart = sides.fold(apart, |most, [l, r]| most.max((l - r).abs()));
        }
        feed.push(&wide)?;
        left -= frames as u64;
    }
    if let Some(reader) = &mut reader
        && (left > 0 || is_longer || reader.read(&mut block)? > 0)
    {
        let how = if left > 0 { "shorter" } else { "longer" };
        return Err(Error::new(
            ErrorKind::Check,
            format!("Pro Tools bounced a file that is {how} than the range"),
        )
        .hint("Print again; if it stays so, set the range as a timeline selection and use range = \"selection\""));
    }
    feed.end()?;
    Ok((output.finish(cancel)?, apart))
}

/// Appends frames as they are; one channel stands for both sides.
pub(super) fn spread(samples: &[f64], channels: usize, into: &mut Vec<f64>) {
    match channels {
        1 => into.extend(samples.iter().flat_map(|sample| [*sample; 2])),
        _ => into.extend_from_slice(samples),
    }
}

/// Rates that cannot be converted, or samples.
pub fn refusal(error: ResampleError) -> Error {
    if error == ResampleError::NoNumbers {
        return Error::new(ErrorKind::Check, error.to_string())
            .hint("A source file, a plug-in or the automation of a track is damaged");
    }
    Error::new(ErrorKind::Recipe, error.to_string())
        .hint("Set rate = \"session\", and convert the files elsewhere")
}

/// From the session's rate to that of a plan's files; `None` where they have it.
pub fn resampler(plan: &Plan, channels: u16) -> Result<Option<Resampler>> {
    let (from, to) = (plan.sample_rate, plan.output.rate);
    let resampler = plan
        .is_converted()
        .then(|| Resampler::new(from, to, channels));
    resampler.transpose().map_err(refusal)
}

/// What a file is fed, at its own rate.
pub(super) struct Converted<'a> {
    feed: Feed<'a>,
    /// Where that is not the session's.
    resampler: Option<Resampler>,
    made: Vec<f64>,
}

impl<'a> Converted<'a> {
    pub(super) fn new(plan: &Plan, width: usize, feed: Feed<'a>) -> Result<Self> {
        let channels = u16::try_from(width).unwrap_or(u16::MAX);
        Ok(Self {
            feed,
            resampler: resampler(plan, channels)?,
            made: Vec::new(),
        })
    }

    pub(super) fn push(&mut self, frames: &[f64]) -> Result<()> {
        let Some(resampler) = &mut self.resampler else {
            return self.feed.push(frames);
        };
        self.made.clear();
        let pushed = resampler.push(frames, &mut self.made);
        pushed.map_err(refusal)?;
        self.feed.push(&self.made)
    }

    pub(super) fn end(mut self) -> Result<()> {
        if let Some(resampler) = self.resampler.take() {
            self.made.clear();
            let finished = resampler.finish(&mut self.made);
            finished.map_err(refusal)?;
            self.feed.push(&self.made)?;
        }
        self.feed.end()
    }
}

/// Whether a file holds nothing but zeros.
pub fn is_silent(path: &Path) -> Result<bool> {
    let mut reader = Reader::open(path)?;
    let channels = usize::from(reader.info().channels.max(1));
    let mut block = vec![0.0; BLOCK * channels];
    loop {
        let frames = reader.read(&mut block)?;
        let samples = block.get(..frames * channels).unwrap_or(&block);
        if samples.iter().any(|sample| *sample != 0.0) {
            return Ok(false);
        }
        if frames == 0 {
            return Ok(true);
        }
    }
}

fn open_bounced(path: &Path, layout: Layout, plan: &Plan, sink: &Sink) -> Result<Reader> {
    let reader = Reader::open(path)?;
    let info = reader.info();
    let is_it = match layout {
        Layout::Stereo => info.channels == 1 || info.channels == 2,
        wide => info.channels == wide.channels(),
    };
    if info.sample_rate != plan.sample_rate || !is_it {
        let text = format!(
            "Pro Tools bounced {} channels at {} Hz instead of {layout} at {} Hz",
            info.channels, info.sample_rate, plan.sample_rate
        );
        let hint = match Layout::of(info.channels).filter(|layout| layout.is_wide()) {
            Some(is) => format!(
                "Set channels = \"{is}\" in the recipe's [output], or mix_source to an output of {layout}"
            ),
            None => format!("Set mix_source in the recipe's [output] to an output of {layout}"),
        };
        return Err(Error::new(ErrorKind::Check, text).hint(hint));
    }
    if !layout.fits(info.mask) {
        let text = format!(
            "Pro Tools bounced channels at other places (mask {:#x}) than {layout} has",
            info.mask
        );
        return Err(Error::new(ErrorKind::Check, text)
            .hint("Set mix_source in the recipe's [output] to an output of that layout"));
    }
    if !(info.float && info.bits == 32) {
        sink.finding_blocking(
            Finding::new(
                Level::Warning,
                "bounced_depth",
                format!(
                    "Pro Tools bounced {} bits instead of 32-bit float",
                    info.bits
                ),
            )
            .fix("Peaks above full scale are lost; check the levels"),
        );
    }
    Ok(reader)
}

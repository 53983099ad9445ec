//! Reads stems and their mix in step and compares the sum: the proof over files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::convert::{refusal, resampler};
use super::folder::OutputFolder;
use super::proof::{self, StemSum};
use super::render;
use super::voice::Voice;
use crate::audio::resample::Resampler;
use crate::error::{Error, ErrorKind, Result};
use crate::mixdown::{BLOCK, Mixdown};
use crate::model::Plan;
use crate::model::job::Proof;
use crate::model::plan::PlannedStem;
use crate::model::stem::BitDepth;

/// How many times over a bounce is off by the rounding to floats. What was rounded before it was
/// converted is spread by the filter, whose taps add up to less than four.
pub fn floats(converted: bool) -> usize {
    if converted { 4 } else { 1 }
}

/// What the stems are compared with.
pub enum Mix<'a> {
    File(Box<Voice>),
    /// One bus, rendered from the session folder.
    Rendered(Box<Rendered<'a>>),
}

/// A mix as it is rendered, at the rate of the files.
pub struct Rendered<'a> {
    mixdown: Mixdown<'a>,
    /// Where that is not the session's rate.
    resampler: Option<Resampler>,
    block: Vec<f64>,
}

impl<'a> Rendered<'a> {
    fn new(mixdown: Mixdown<'a>, plan: &Plan) -> Result<Self> {
        Ok(Self {
            mixdown,
            resampler: resampler(plan)?,
            block: Vec::new(),
        })
    }

    /// The next frames, interleaved stereo; empty at the end.
    fn next(&mut self) -> Result<&[f64]> {
        self.block.clear();
        while self.block.is_empty() {
            let buses = self.mixdown.next_block()?;
            let bus = buses.and_then(|buses| buses.first());
            let made = match (bus, &mut self.resampler) {
                (Some(bus), Some(resampler)) => resampler.push(bus, &mut self.block),
                (Some(bus), None) => {
                    self.block.extend_from_slice(bus);
                    break;
                }
                (None, resampler) => match resampler.take() {
                    Some(resampler) => resampler.finish(&mut self.block),
                    None => break,
                },
            };
            made.map_err(refusal)?;
        }
        Ok(&self.block)
    }
}

impl Mix<'_> {
    /// The next block and its channels; `None` at the end.
    fn next(&mut self) -> Result<Option<(&[f64], u16)>> {
        match self {
            Self::File(voice) => {
                let channels = voice.channels();
                let samples = voice.read(BLOCK)?;
                Ok((!samples.is_empty()).then_some((samples, channels)))
            }
            Self::Rendered(rendered) => {
                let samples = rendered.next()?;
                Ok((!samples.is_empty()).then_some((samples, 2)))
            }
        }
    }
}

/// Runs through all of it; returns the peaks of the stems and, last, of the mix. What the formats
/// may do is allowed for afterwards, since a float's rounding follows its level.
///
/// # Errors
/// A file that cannot be read or is not as long as the mix, named; and cancelling.
pub fn compare(
    mut stems: Vec<Voice>,
    mut mix: Mix<'_>,
    sums: &mut StemSum,
    cancel: &CancellationToken,
) -> Result<Vec<f64>> {
    let mut mix_peak = 0.0_f64;
    while let Some((samples, channels)) = mix.next()? {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        let frames = samples.len() / usize::from(channels.max(1));
        sums.begin(frames);
        for stem in &mut stems {
            let channels = stem.channels();
            let read = stem.read(frames)?;
            if read.len() < frames * usize::from(channels) {
                return Err(other_length(stem.path(), "shorter"));
            }
            sums.add(read, channels);
        }
        mix_peak = peak_of(mix_peak, samples);
        sums.end(samples, channels);
    }
    let peaks: Vec<f64> = stems.iter().map(Voice::peak).chain([mix_peak]).collect();
    for stem in &mut stems {
        if !stem.read(1)?.is_empty() {
            return Err(other_length(stem.path(), "longer"));
        }
    }
    Ok(peaks)
}

/// Opens stems, each in one file or in one for each channel.
pub fn voices<'p>(stems: impl IntoIterator<Item = &'p Vec<PathBuf>>) -> Result<Vec<Voice>> {
    let open = |paths: &Vec<PathBuf>| Voice::open(paths);
    stems.into_iter().map(open).collect()
}

fn peak_of(so_far: f64, samples: &[f64]) -> f64 {
    samples.iter().fold(so_far, |peak, x| peak.max(x.abs()))
}

fn other_length(path: &Path, how: &str) -> Error {
    Error::new(
        ErrorKind::Check,
        format!("'{}' is {how} than the mix", path.display()),
    )
}

/// The sum of the delivered files against the printed mix, else against a render of the mix.
pub async fn prove(
    plan: &Plan,
    folder: Arc<OutputFolder>,
    cancel: CancellationToken,
) -> Result<Proof> {
    if let Some(why) = proof::obstacle(plan) {
        return Ok(proof::not_checked(why));
    }
    let plan = plan.clone();
    let checked = super::blocking(cancel, move |cancel| of_files(&plan, &folder, &cancel)).await;
    Ok(checked.unwrap_or_else(|error| {
        proof::not_checked(format!("the sum could not be checked: {}", error.chain()))
    }))
}

fn of_files(plan: &Plan, folder: &OutputFolder, cancel: &CancellationToken) -> Result<Proof> {
    let paths = |stem: &PlannedStem| -> Vec<PathBuf> {
        let files = stem.written().map(|file| folder.dir().join(file));
        files.collect()
    };
    let source;
    let (mix, note) = match (&plan.mix, &plan.folder) {
        (Some(mix), _) => {
            let voice = Voice::open(&paths(mix))?;
            (Mix::File(Box::new(voice)), "printed")
        }
        (None, Some(_)) if plan.unrendered.is_some() => {
            let why = plan.unrendered.as_deref().unwrap_or_default();
            let note =
                format!("no mix was printed, and a render is not what Pro Tools plays: {why}");
            return Ok(proof::not_checked(note));
        }
        (None, Some(_)) => {
            source = render::Source::open(plan)?;
            let bus = source.bus(&plan.mix_tracks, 0.0)?;
            let mixdown = Mixdown::new(source.arrangement(), vec![bus], plan.range)
                .panned_by(plan.output.pan_law);
            let rendered = Rendered::new(mixdown, plan)?;
            (Mix::Rendered(Box::new(rendered)), "render")
        }
        (None, None) => return Ok(proof::not_checked("no mix was printed to compare with")),
    };
    let mut sums = StemSum::default();
    let stems: Vec<Vec<PathBuf>> = plan.stems.iter().map(paths).collect();
    let peaks = compare(voices(&stems)?, mix, &mut sums, cancel)?;
    for (file, peak) in plan.files().zip(peaks) {
        // What Pro Tools rounded to float, and what the written format adds.
        for _ in 0..floats(plan.is_converted()) {
            sums.allow(BitDepth::Float32, plan.output.dither, peak);
        }
        sums.allow(file.bits, plan.output.dither, peak);
    }
    Ok(sums.verdict(note))
}

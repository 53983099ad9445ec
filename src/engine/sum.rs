//! Reads stems and their mix in step and compares the sum: the proof over files.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::convert::{refusal, resampler};
use super::diagnose::{self, Set};
use super::proof::{self, StemSum};
use super::source::Source;
use super::voice::Voice;
use super::writing::folder::OutputFolder;
use crate::audio::diagnose::Limits;
use crate::audio::null::file_error;
use crate::audio::resample::Resampler;
use crate::audio::sum::gain;
use crate::error::{Error, ErrorKind, Result};
use crate::mixdown::{BLOCK, Mixdown};
use crate::model::job::Proof;
use crate::model::plan::PlannedStem;
use crate::model::stem::BitDepth;
use crate::model::{Layout, Plan};

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
    channels: u16,
    block: Vec<f64>,
}

impl<'a> Rendered<'a> {
    fn new(mixdown: Mixdown<'a>, plan: &Plan) -> Result<Self> {
        Ok(Self {
            mixdown,
            resampler: resampler(plan, plan.width())?,
            channels: plan.width(),
            block: Vec::new(),
        })
    }

    /// The next frames, interleaved; empty at the end.
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
    fn clips(&self) -> Option<BitDepth> {
        match self {
            Self::File(voice) => voice.clips(),
            Self::Rendered(_) => None,
        }
    }

    pub(super) fn channels(&self) -> u16 {
        match self {
            Self::File(voice) => voice.channels(),
            Self::Rendered(rendered) => rendered.channels,
        }
    }

    /// The next block and its channels; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(&[f64], u16)>> {
        match self {
            Self::File(voice) => {
                let channels = voice.channels();
                let samples = voice.read(BLOCK)?;
                Ok((!samples.is_empty()).then_some((samples, channels)))
            }
            Self::Rendered(rendered) => {
                let channels = rendered.channels;
                let samples = rendered.next()?;
                Ok((!samples.is_empty()).then_some((samples, channels)))
            }
        }
    }
}

/// What was seen of stems and mix while they were compared.
pub struct Seen {
    /// Peaks of the stems and, last, of the mix, linear.
    pub peaks: Vec<f64>,
    /// How many frames longer than the mix each stem is.
    pub longer: Vec<i64>,
}

/// Runs through all of it; what is shorter ends in silence. What the formats may do is allowed for
/// afterwards, since a float's rounding follows its level.
///
/// # Errors
/// A file that cannot be read or has not the channels of the others, named; and cancelling.
pub fn compare(
    mut stems: Vec<Voice>,
    mut mix: Mix<'_>,
    sums: &mut StemSum,
    cancel: &CancellationToken,
) -> Result<Seen> {
    let (mut mix_peak, mix_clips) = (0.0_f64, mix.clips());
    let width = width(&stems, &mix)?;
    *sums = StemSum::new(width);
    let silence = vec![0.0; BLOCK * usize::from(width)];
    let mut longer = vec![0_i64; stems.len()];
    let count = |samples: usize, channels: u16| samples / usize::from(channels.max(1));
    loop {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        let next = mix.next()?;
        let whole = next.map_or(0, |(samples, channels)| count(samples.len(), channels));
        let (samples, channels) = next.unwrap_or((&silence, width));
        let frames = count(samples.len(), channels);
        sums.begin(frames);
        let mut longest = whole;
        for (stem, longer) in stems.iter_mut().zip(&mut longer) {
            let (channels, clips) = (stem.channels(), stem.clips());
            let read = stem.read(frames)?;
            let got = count(read.len(), channels);
            *longer += signed(got) - signed(whole);
            longest = longest.max(got);
            sums.add(read, channels);
            if let Some(bits) = clips {
                sums.mark_clipped(read, channels, bits);
            }
        }
        if longest == 0 {
            break;
        }
        if let Some(bits) = mix_clips {
            sums.mark_clipped(samples, channels, bits);
        }
        mix_peak = peak_of(mix_peak, samples);
        sums.end(samples, channels);
    }
    let peaks = stems.iter().map(Voice::peak).chain([mix_peak]).collect();
    Ok(Seen { peaks, longer })
}

/// Channels of all; mono may stand beside stereo.
fn width(stems: &[Voice], mix: &Mix<'_>) -> Result<u16> {
    let all = stems.iter().map(Voice::channels).chain([mix.channels()]);
    let width = all.fold(2, u16::max);
    let is_other = |channels: u16| channels != width && (channels, width) != (1, 2);
    let name = |channels| Layout::of(channels).unwrap_or_default();
    let text = match stems.iter().find(|stem| is_other(stem.channels())) {
        Some(stem) => {
            let (path, has) = (stem.path().display(), name(stem.channels()));
            format!("'{path}' is {has}, and others are {}", name(width))
        }
        None if is_other(mix.channels()) => {
            let has = name(mix.channels());
            format!("the mix is {has}, and stems are {}", name(width))
        }
        None => return Ok(width),
    };
    Err(Error::new(ErrorKind::Check, text).hint("Compare files of one layout"))
}

fn signed(frames: usize) -> i64 {
    i64::try_from(frames).unwrap_or(i64::MAX)
}

/// Opens stems, each in one file or in one for each channel.
pub fn voices<'p>(stems: impl IntoIterator<Item = &'p Vec<PathBuf>>) -> Result<Vec<Voice>> {
    let open = |paths: &Vec<PathBuf>| Voice::open(paths);
    stems.into_iter().map(open).collect()
}

fn peak_of(so_far: f64, samples: &[f64]) -> f64 {
    samples.iter().fold(so_far, |peak, x| peak.max(x.abs()))
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

/// The same proof with what explains it, where it failed.
pub async fn explained(
    plan: &Plan,
    folder: Arc<OutputFolder>,
    proof: Proof,
    cancel: CancellationToken,
) -> Proof {
    if !diagnose::is_open(&proof) {
        return proof;
    }
    let (plan, told) = (plan.clone(), proof.clone());
    let found = super::blocking(cancel, move |cancel| {
        let mut proof = proof;
        let source = source(&plan)?;
        let dither = plan.output.dither;
        let set = Set {
            stems: plan.stems.iter().map(|stem| paths(&folder, stem)).collect(),
            names: plan.stems.iter().map(|stem| stem.name.clone()).collect(),
            mix: &|| mix(&plan, &folder, source.as_ref()),
            cancel: &cancel,
        };
        let limits = Limits {
            rate: plan.output.rate,
            bound: bound(&proof),
            errors: plan
                .stems
                .iter()
                .map(|stem| file_error(stem.bits, dither, 1.0))
                .collect(),
        };
        diagnose::explain(&mut proof, &set, &limits);
        Ok(proof)
    });
    found.await.unwrap_or(told)
}

/// What the residual was allowed, linear.
pub(super) fn bound(proof: &Proof) -> f64 {
    gain(proof.threshold_dbfs.unwrap_or(f64::NEG_INFINITY))
}

fn paths(folder: &OutputFolder, stem: &PlannedStem) -> Vec<PathBuf> {
    stem.written().map(|file| folder.dir().join(file)).collect()
}

/// What a mix is rendered from, where none was printed.
fn source(plan: &Plan) -> Result<Option<Source>> {
    let is_rendered = plan.mix.is_none() && plan.folder.is_some();
    is_rendered.then(|| Source::open(plan)).transpose()
}

fn mix<'a>(plan: &'a Plan, folder: &OutputFolder, source: Option<&'a Source>) -> Result<Mix<'a>> {
    if let Some(mix) = &plan.mix {
        let voice = Voice::open(&paths(folder, mix))?;
        return Ok(Mix::File(Box::new(voice)));
    }
    let source = source.ok_or_else(|| Error::new(ErrorKind::Check, "there is no mix"))?;
    let bus = source.bus(&plan.mix_tracks, 0.0, plan.width())?;
    let mixdown = Mixdown::new(source.arrangement(), vec![bus], plan.range);
    let rendered = Rendered::new(mixdown.panned_by(plan.output.pan_law), plan)?;
    Ok(Mix::Rendered(Box::new(rendered)))
}

fn of_files(plan: &Plan, folder: &OutputFolder, cancel: &CancellationToken) -> Result<Proof> {
    let note = match (&plan.mix, &plan.folder, &plan.unrendered) {
        (Some(_), ..) => "printed",
        (None, Some(_), Some(why)) => {
            let note =
                format!("no mix was printed, and a render is not what Pro Tools plays: {why}");
            return Ok(proof::not_checked(note));
        }
        (None, Some(_), None) => "render",
        (None, None, _) => return Ok(proof::not_checked("no mix was printed to compare with")),
    };
    let source = source(plan)?;
    let mix = mix(plan, folder, source.as_ref())?;
    let mut sums = StemSum::default();
    let stems: Vec<Vec<PathBuf>> = plan.stems.iter().map(|stem| paths(folder, stem)).collect();
    let seen = compare(voices(&stems)?, mix, &mut sums, cancel)?;
    for (file, peak) in plan.files().zip(&seen.peaks) {
        sums.allow_bounced(file.bits, plan.output.dither, *peak, plan.is_converted());
    }
    let names: Vec<String> = plan.stems.iter().map(|stem| stem.name.clone()).collect();
    Ok(proof::of_lengths(sums.verdict(note), &names, &seen.longer))
}

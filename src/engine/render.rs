//! The render engine: one pass over the session folder makes all stems and the mix, and the proof
//! of what was written runs beside it. It plays audio files only and says so of tracks it cannot.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use super::brake::Brake;
use super::convert::refusal;
use super::proof::{self, Left, StemSum};
use super::sink::Sink;
use super::slices::{self, Cut, InOrder, Slice, Turn};
use super::source::Source;
use super::writing::behind::Behind;
use super::writing::deliver::{self, Finished};
use super::writing::folder::OutputFolder;
use super::writing::output::Common;
use super::writing::stem_files::{StemFiles, Strips};
use crate::error::{Error, ErrorKind, Result};
use crate::media::MediaError;
use crate::mixdown::{BLOCK, Mixdown, MixdownError, Pace, Paced, Workspace};
use crate::model::job::{Proof, Stage};
use crate::model::manifest::FileRole;
use crate::model::stem::Measure;
use crate::model::{Plan, Ruler};

/// Prints in a blocking thread; a panic there becomes an error.
pub async fn print(
    plan: &Plan,
    folder: Arc<OutputFolder>,
    sink: Arc<Sink>,
    brake: Brake,
    cancel: CancellationToken,
) -> Result<Proof> {
    let plan = Arc::new(plan.clone());
    let (planned, token) = (plan.clone(), cancel.clone());
    let opening = super::blocking(token, move |_| Source::open(&planned));
    let source = super::look(&cancel, opening).await?;
    super::blocking(cancel, move |cancel| {
        run(&plan, &source, &folder, &sink, &brake, &cancel)
    })
    .await
}

fn run(
    plan: &Plan,
    source: &Source,
    folder: &OutputFolder,
    sink: &Sink,
    brake: &Brake,
    cancel: &CancellationToken,
) -> Result<Proof> {
    let mut buses = Vec::new();
    for stem in plan.files() {
        let mut bus = source.bus(&stem.tracks, stem.gain_db, stem.channel_count)?;
        if let Some(formula) = &stem.formula {
            let terms = formula.terms.iter();
            bus.others = terms.map(|term| (term.file, term.gain)).collect();
        }
        buses.push(bus);
    }
    let mut obstacle = proof::obstacle(plan);
    // A mix among the files is what they are compared with, as it stands there.
    let mix = plan.mix.as_ref().map_or(buses.len(), |_| plan.stems.len());
    if obstacle.is_none() && plan.mix.is_none() {
        match source.bus(&plan.mix_tracks, 0.0, plan.width()) {
            Ok(mix) => buses.push(mix),
            // The mix holds tracks that no file does.
            Err(error) => obstacle = Some(error.message),
        }
    }
    source.check_files(plan, &buses)?;
    let common = Common::of(plan, folder.begun());
    let mut outputs = Vec::new();
    for (stem, role) in super::roles(plan) {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        outputs.push(StemFiles::create(folder, common.clone(), stem, role)?);
    }
    for item in 0..outputs.len() {
        sink.stage_blocking(item, Stage::Printing, 0);
    }
    let mixdown =
        Mixdown::new(source.arrangement(), buses, plan.range).panned_by(plan.output.pan_law);
    let mixdown = mixdown.until(cancel.clone());
    let pace = plan.is_converted().then(|| Pace {
        from: plan.sample_rate,
        to: plan.output.rate,
        frames: mixdown.frames(),
    });
    let pass = Pass {
        mixdown: &mixdown,
        pace,
        outputs: &outputs,
        ruler: &plan.ruler,
        mix: obstacle.is_none().then_some(mix),
        measures: plan.output.measure != Measure::Off,
        done: AtomicU64::new(0),
        residuals: Mutex::new((InOrder::default(), StemSum::new(plan.width()))),
        width: plan.width(),
        behind: Behind::new(outputs.iter().flat_map(StemFiles::placed).collect()),
        sink,
        brake,
        cancel,
    };
    let mut sums = pass.run()?;
    unchanged(&mixdown, source, plan)?;
    for (file, output) in plan.stems.iter().chain(&plan.mix).zip(&outputs) {
        sums.allow(file.bits, plan.output.dither, output.meant_peak());
    }
    deliver(outputs, folder, sink, cancel, plan.frames())?;
    Ok(match (obstacle, &plan.mix) {
        (Some(why), _) => proof::not_checked(why),
        (None, Some(_)) => sums.verdict("printed"),
        (None, None) => sums.verdict("render"),
    })
}

/// Refuses what was made of files that were changed meanwhile.
fn unchanged(mixdown: &Mixdown<'_>, source: &Source, plan: &Plan) -> Result<()> {
    let changed = mixdown.changed_sources();
    let Some(first) = changed.first() else {
        return Ok(());
    };
    let more = match changed.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let text = format!(
        "{}{more} was changed while it was read: nothing was delivered",
        source.first_place(first, plan)
    );
    Err(Error::new(ErrorKind::Media, text).hint("Print again when nobody works in the session"))
}

/// All files at once, made by several threads.
struct Pass<'a> {
    mixdown: &'a Mixdown<'a>,
    /// Where the files have a rate of their own.
    pace: Option<Pace>,
    outputs: &'a [StemFiles],
    ruler: &'a Ruler,
    /// The bus of the mix that the stems are compared with: that of its file, or one more than there are
    /// files.
    mix: Option<usize>,
    measures: bool,
    /// Channels of stems and mix.
    width: u16,
    /// Frames that stand in the files.
    done: AtomicU64,
    residuals: Mutex<(InOrder<Left>, StemSum)>,
    behind: Behind,
    sink: &'a Sink,
    brake: &'a Brake,
    cancel: &'a CancellationToken,
}

/// What a thread works in.
struct Room<'a> {
    work: Workspace<'a>,
    paced: Option<Paced>,
    strips: Vec<Strips>,
    sums: StemSum,
}

impl<'a> Pass<'a> {
    /// Writes all frames; returns what is left of the stems' sum without the mix.
    fn run(self) -> Result<StemSum> {
        let room = || Room {
            work: self.mixdown.workspace(),
            paced: None,
            strips: self.outputs.iter().map(StemFiles::strips).collect(),
            sums: StemSum::new(self.width),
        };
        let even = || Cut::even(self.mixdown.frames());
        let cut = self.pace.map_or_else(even, Cut::paced);
        slices::spread(cut, room, |room, turn| self.slice(room, turn))?;
        self.tell(true);
        let residuals = self.residuals.into_inner();
        Ok(residuals.unwrap_or_else(PoisonError::into_inner).1)
    }

    fn slice(&self, room: &mut Room<'a>, turn: &Turn<'_>) -> Result<()> {
        self.brake.wait(self.cancel);
        for strip in &mut room.strips {
            strip.begin(turn.slice.from);
        }
        if let Some(pace) = self.pace {
            self.converted(room, pace, turn.slice)?;
        } else {
            for from in turn.slice.blocks() {
                self.block(room, from)?;
            }
        }
        for (output, strip) in self.outputs.iter().zip(&room.strips) {
            self.goes_on()?;
            output.put(turn, strip)?;
        }
        self.behind.wake();
        if self.mix.is_some() {
            let (order, sums) = &mut *slices::lock(&self.residuals);
            let residual = room.sums.take();
            order.put(turn.slice.number, residual, |next| sums.merge(&next));
        }
        let frames = turn.slice.frames();
        self.done.fetch_add(frames, Ordering::Relaxed);
        self.tell(false);
        Ok(())
    }

    fn goes_on(&self) -> Result<()> {
        match self.cancel.is_cancelled() {
            true => Err(super::interrupted()),
            false => Ok(()),
        }
    }

    fn block(&self, room: &mut Room<'a>, from: u64) -> Result<()> {
        let rendered = self.mixdown.render(from, &mut room.work);
        let frames = rendered.map_err(|error| self.failed(&error, from..from + BLOCK as u64))?;
        self.goes_on()?;
        room.sums.begin(frames);
        let files = self.outputs.iter().zip(&mut room.strips).enumerate();
        for (bus, (output, strip)) in files {
            let Some(block) = room.work.block_mut(bus) else {
                continue;
            };
            let taken = output.take(strip, block);
            let clipped = taken.map_err(|error| self.traced(error, from..from + frames as u64))?;
            self.sum(&mut room.sums, bus, block, clipped);
        }
        if let Some(mix) = self.mix.and_then(|mix| room.work.block_mut(mix)) {
            room.sums.end(mix, self.mix_width());
        }
        Ok(())
    }

    /// What a file has to do with the proof, of which so many samples were clipped.
    fn sum(&self, sums: &mut StemSum, bus: usize, block: &[f64], clipped: u64) {
        let Some((mix, output)) = self.mix.zip(self.outputs.get(bus)) else {
            return;
        };
        if output.role() == FileRole::Stem {
            output.add_to(sums, block);
        }
        if clipped > 0 && (bus == mix || output.role() == FileRole::Stem) {
            output.mark_clipped(sums, block);
        }
    }

    fn mix_width(&self) -> u16 {
        let printed = self.mix.and_then(|mix| self.outputs.get(mix));
        printed.map_or(self.width, StemFiles::channels)
    }

    /// A whole slice, at the files' rate.
    fn converted(&self, room: &mut Room<'a>, pace: Pace, slice: Slice) -> Result<()> {
        let Room {
            work,
            paced,
            strips,
            sums,
        } = room;
        let mut made = match paced.take() {
            Some(made) => made,
            None => Paced::new(pace, self.mixdown.widths()).map_err(refusal)?,
        };
        let heard = pace.heard(slice.from..slice.to);
        let goes_on = || self.goes_on().map_err(Halt::Told);
        let rendered = made.render(slice.from..slice.to, self.mixdown, work, goes_on);
        rendered.map_err(|halt| match halt {
            Halt::Told(error) => error,
            Halt::Failed(error) => self.failed(&error, heard.clone()),
        })?;
        sums.begin(usize::try_from(slice.frames()).unwrap_or(0));
        for (bus, (output, strip)) in self.outputs.iter().zip(strips).enumerate() {
            self.goes_on()?;
            let block = made.bus(bus).map_err(refusal);
            let block = block.map_err(|error| self.traced(error, heard.clone()))?;
            let taken = output.take(strip, block);
            let clipped = taken.map_err(|error| self.traced(error, heard.clone()))?;
            self.sum(sums, bus, block, clipped);
        }
        if let Some(mix) = self.mix {
            let mix = made.bus(mix).map_err(refusal)?;
            sums.end(mix, self.mix_width());
        }
        *paced = Some(made);
        Ok(())
    }

    /// Names the source of samples that are no numbers, where one is to blame.
    fn traced(&self, error: Error, heard: Range<u64>) -> Error {
        let source = self.mixdown.no_number(heard);
        source.map_or(error, |source| self.placed(&source))
    }

    fn failed(&self, error: &MixdownError, heard: Range<u64>) -> Error {
        let failed = self.placed(error);
        match error.source {
            // What cannot be converted may hold no numbers.
            MediaError::Unreadable { .. } => self.traced(failed, heard),
            _ => failed,
        }
    }

    fn placed(&self, error: &MixdownError) -> Error {
        let MixdownError { track, source, .. } = error;
        let at = self.ruler.timecode_at(error.clip_start);
        let text = format!("track '{track}', clip at {at}: {source}");
        Error::new(ErrorKind::Media, text).hint(source.remedy())
    }

    fn tell(&self, at_end: bool) {
        let done = self.done.load(Ordering::Relaxed);
        let items = 0..self.outputs.len();
        self.sink.progress(items, Stage::Printing, done);
        if self.measures {
            self.sink.levels(at_end, || {
                self.outputs.iter().map(StemFiles::live).collect()
            });
        }
    }
}

/// Why a span was not rendered.
enum Halt {
    Told(Error),
    Failed(MixdownError),
}

impl From<MixdownError> for Halt {
    fn from(error: MixdownError) -> Self {
        Self::Failed(error)
    }
}

/// Checks all files and publishes the good ones. The first bad one is the error.
fn deliver(
    outputs: Vec<StemFiles>,
    folder: &OutputFolder,
    sink: &Sink,
    cancel: &CancellationToken,
    done: u64,
) -> Result<()> {
    for item in 0..outputs.len() {
        sink.stage_blocking(item, Stage::Verifying, done);
    }
    let finished: Vec<Result<Vec<Finished>>> = outputs
        .into_par_iter()
        .map(|output| {
            if cancel.is_cancelled() {
                return Err(super::interrupted());
            }
            output.finish(cancel)
        })
        .collect();
    let mut first_error = None;
    for (item, finished) in finished.into_iter().enumerate() {
        if cancel.is_cancelled() {
            // What has its name keeps it.
            return Err(super::interrupted());
        }
        let outcome = finished.and_then(|finished| deliver::deliver(finished, folder, sink));
        match outcome {
            Ok(true) => sink.stage_blocking(item, Stage::Done, done),
            Ok(false) => sink.stage_blocking(item, Stage::Failed, done),
            Err(error) => {
                sink.stage_blocking(item, Stage::Failed, done);
                first_error.get_or_insert(error);
            }
        }
    }
    first_error.map_or(Ok(()), Err)
}

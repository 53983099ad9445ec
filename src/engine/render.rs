//! The render engine: one pass over the session folder makes all stems and the mix, and the proof
//! of what was written runs beside it. It plays audio files only and says so of tracks it cannot.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use super::brake::Brake;
use super::folder::OutputFolder;
use super::output::{self, Common, FileOutput, Finished};
use super::proof::{self, StemSum};
use super::sink::Sink;
use crate::error::{Error, ErrorKind, Result};
use crate::import;
use crate::mixdown::{Bus, Mixdown};
use crate::model::job::{Proof, Stage};
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedTrack;
use crate::model::session::ImportedSession;
use crate::model::stem::Measure;
use crate::model::{Arrangement, Plan};

/// The session folder of a plan, read again and checked.
pub struct Source {
    session: ImportedSession,
    /// Lane by track name; `None` where several lanes share it.
    lanes: HashMap<String, Option<usize>>,
}

impl Source {
    /// Opens the folder and checks that the plan still fits it.
    pub fn open(plan: &Plan) -> Result<Self> {
        let Some(folder) = &plan.folder else {
            return Err(Error::new(
                ErrorKind::Job,
                "the render engine needs a session folder that it can read",
            )
            .hint("Print with --engine bounce, or open the session with --open"));
        };
        let session = import::open(folder)?;
        let rate = session.folder.arrangement.sample_rate;
        if rate != plan.sample_rate {
            return Err(changed(format!(
                "it runs at {rate} Hz now, and the plan was made for {} Hz",
                plan.sample_rate
            )));
        }
        let mut lanes = HashMap::new();
        for (index, lane) in session.folder.arrangement.lanes.iter().enumerate() {
            lanes
                .entry(lane.track.clone())
                .and_modify(|known| *known = None)
                .or_insert(Some(index));
        }
        Ok(Self { session, lanes })
    }

    pub fn arrangement(&self) -> &Arrangement {
        &self.session.folder.arrangement
    }

    /// The bus of some tracks. Muted and inactive ones are left out; tracks without audio of their
    /// own (aux, instrument) add nothing here.
    pub fn bus(&self, tracks: &[PlannedTrack], gain_db: f64) -> Result<Bus> {
        let mut lanes = Vec::new();
        for track in tracks.iter().filter(|track| !track.silent) {
            match self.lanes.get(&track.name) {
                Some(Some(lane)) => lanes.push(*lane),
                Some(None) => {
                    return Err(Error::new(
                        ErrorKind::Job,
                        format!("several tracks are called '{}'", track.name),
                    )
                    .hint("Give them names of their own and plan again"));
                }
                None if self.session.tracks.iter().any(|t| t.name == track.name) => {}
                None => {
                    return Err(changed(format!(
                        "it has no track '{}' any more",
                        track.name
                    )));
                }
            }
        }
        Ok(Bus { lanes, gain_db })
    }

    /// Refuses when an audio file that is heard in the range is missing, before anything is made.
    pub fn check_files(&self, plan: &Plan, buses: &[Bus]) -> Result<()> {
        let arrangement = self.arrangement();
        let mut missing = Vec::new();
        let mut used: Vec<usize> = buses.iter().flat_map(|bus| bus.lanes.clone()).collect();
        used.sort_unstable();
        used.dedup();
        for lane in used.iter().filter_map(|lane| arrangement.lanes.get(*lane)) {
            for clip in lane.clips.iter().filter(|clip| !clip.muted) {
                if clip.end() <= plan.range.start || clip.start >= plan.range.end {
                    continue;
                }
                let Some(file) = arrangement.files.get(clip.file) else {
                    continue;
                };
                if !file.path.is_file() {
                    missing.push(format!(
                        "'{}' (track '{}', at {})",
                        file.path.display(),
                        lane.track,
                        plan.ruler.timecode_at(clip.start)
                    ));
                }
            }
        }
        match missing.as_slice() {
            [] => Ok(()),
            [one] => Err(Error::new(ErrorKind::Media, format!("{one} is missing"))),
            [first, ..] => Err(Error::new(
                ErrorKind::Media,
                format!("{} clips lack their audio file: {first}, …", missing.len()),
            )),
        }
    }
}

fn changed(what: String) -> Error {
    Error::new(
        ErrorKind::Job,
        format!("the session was changed since the plan was made: {what}"),
    )
    .hint("Make the plan again")
}

/// Prints in a blocking thread; a panic there becomes an error.
pub async fn print(
    plan: &Plan,
    folder: Arc<OutputFolder>,
    sink: Arc<Sink>,
    brake: Brake,
    cancel: CancellationToken,
) -> Result<Proof> {
    let plan = plan.clone();
    super::blocking(cancel, move |cancel| {
        run(&plan, &folder, &sink, &brake, &cancel)
    })
    .await
}

fn run(
    plan: &Plan,
    folder: &OutputFolder,
    sink: &Sink,
    brake: &Brake,
    cancel: &CancellationToken,
) -> Result<Proof> {
    let source = Source::open(plan)?;
    let mut buses = Vec::new();
    for stem in plan.files() {
        buses.push(source.bus(&stem.tracks, stem.gain_db)?);
    }
    let obstacle = proof::obstacle(plan);
    if obstacle.is_none() {
        buses.push(source.bus(&plan.mix_tracks, 0.0)?);
    }
    source.check_files(plan, &buses)?;
    let common = Common::of(plan);
    let mut outputs = Vec::new();
    for (stem, role) in super::roles(plan) {
        outputs.push(FileOutput::create(folder, common, stem, role)?);
    }
    for item in 0..outputs.len() {
        sink.stage_blocking(item, Stage::Printing, 0);
    }
    let mut sums = StemSum::default();
    let mut mixdown =
        Mixdown::new(source.arrangement(), buses, plan.range).panned_by(plan.output.pan_law);
    let mut done = 0;
    while let Some(blocks) = mixdown.next_block()? {
        brake.wait(cancel);
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        outputs
            .par_iter_mut()
            .zip(blocks)
            .try_for_each(|(output, block)| output.push(block))?;
        let frames = blocks.first().map_or(0, |block| block.len() / 2);
        if obstacle.is_none()
            && let Some(mix) = blocks.last()
        {
            sums.begin(frames);
            for output in outputs.iter().filter(|o| o.role() == FileRole::Stem) {
                sums.add(output.written(), output.channels());
            }
            sums.end(mix, 2);
        }
        done += frames as u64;
        sink.progress(0..outputs.len(), Stage::Printing, done);
        if plan.output.measure != Measure::Off {
            let at_end = done >= plan.frames();
            sink.levels(at_end, || {
                outputs.iter_mut().map(FileOutput::live).collect()
            });
        }
    }
    if obstacle.is_none() {
        for (stem, output) in plan.stems.iter().zip(&outputs) {
            sums.allow(stem.bits, plan.output.dither, output.meant_peak());
        }
    }
    deliver(outputs, folder, sink, cancel, done)?;
    Ok(match obstacle {
        Some(why) => proof::not_checked(why),
        None => sums.verdict("render"),
    })
}

/// Checks all files and publishes the good ones. The first bad one is the error.
fn deliver(
    outputs: Vec<FileOutput>,
    folder: &OutputFolder,
    sink: &Sink,
    cancel: &CancellationToken,
    done: u64,
) -> Result<()> {
    for item in 0..outputs.len() {
        sink.stage_blocking(item, Stage::Verifying, done);
    }
    let finished: Vec<Result<Finished>> = outputs
        .into_par_iter()
        .map(|output| {
            if cancel.is_cancelled() {
                return Err(super::interrupted());
            }
            output.finish()
        })
        .collect();
    if cancel.is_cancelled() {
        return Err(super::interrupted());
    }
    let mut first_error = None;
    for (item, finished) in finished.into_iter().enumerate() {
        let outcome = finished.and_then(|finished| output::deliver(finished, folder, sink));
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

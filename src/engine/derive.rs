//! Versions: files computed from what Pro Tools printed for others, before it was rounded to their format.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::convert::{Converted, spread};
use super::passes::Bounced;
use super::sink::Sink;
use super::voice::Voice;
use super::writing::deliver::{Finished, deliver};
use super::writing::folder::OutputFolder;
use super::writing::output::Common;
use super::writing::stem_files::StemFiles;
use crate::audio::sum;
use crate::error::{Error, ErrorKind, Result};
use crate::mixdown::BLOCK;
use crate::model::Plan;
use crate::model::job::Stage;
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedStem;

/// Computes the versions of a plan, once the session is put back. `printed` is what Pro Tools printed, by
/// the place of the file in the plan.
///
/// # Errors
/// What was printed cannot be read or is shorter than the range, a file cannot be written, and cancelling.
pub async fn versions(
    plan: &Plan,
    printed: HashMap<usize, Bounced>,
    folder: &Arc<OutputFolder>,
    sink: &Arc<Sink>,
    cancel: &CancellationToken,
) -> Result<()> {
    let first = plan.printed().count();
    for (item, version) in (first..).zip(&plan.versions) {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        sink.stage(item, Stage::Verifying, 0).await;
        let parts = parts(plan, version, &printed);
        let (plan, version) = (plan.clone(), version.clone());
        let (folder, told) = (folder.clone(), sink.clone());
        let frames = plan.frames();
        let made = super::blocking(cancel.clone(), move |cancel| {
            let common = Common::of(&plan, folder.begun());
            let output = StemFiles::create(&folder, common, &version, FileRole::Version)?;
            deliver(run(&plan, &parts, output, &cancel)?, &folder, &told)
        })
        .await;
        match made {
            Ok(true) => sink.stage(item, Stage::Done, frames).await,
            Ok(false) | Err(_) => sink.stage(item, Stage::Failed, 0).await,
        }
        made?;
    }
    Ok(())
}

/// A file that a version hears, with a linear gain.
struct Part {
    path: PathBuf,
    gain: f64,
}

fn parts(plan: &Plan, version: &PlannedStem, printed: &HashMap<usize, Bounced>) -> Vec<Part> {
    let terms = version.formula.iter().flat_map(|formula| &formula.terms);
    let parts = terms.filter_map(|term| {
        let path = printed.get(&term.file)?.path()?.clone();
        let stem = plan.printed().nth(term.file)?;
        let gain = sum::gain(stem.gain_db) * term.gain;
        Some(Part { path, gain })
    });
    parts.collect()
}

/// Adds the parts up, in their order.
fn run(
    plan: &Plan,
    parts: &[Part],
    output: StemFiles,
    cancel: &CancellationToken,
) -> Result<Vec<Finished>> {
    let open = |part: &Part| Ok((Voice::open(std::slice::from_ref(&part.path))?, part.gain));
    let mut voices = parts.iter().map(open).collect::<Result<Vec<_>>>()?;
    let width = usize::from(output.layout().channels());
    let mut feed = Converted::new(plan, width, output.feed())?;
    let mut left = plan.range.len();
    let (mut sum, mut heard) = (Vec::new(), Vec::new());
    while left > 0 {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        let frames = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        sum.clear();
        sum.resize(width * frames, 0.0);
        for (voice, gain) in &mut voices {
            let channels = usize::from(voice.channels().max(1));
            let samples = voice.read(frames)?;
            if samples.len() < frames * channels {
                return Err(shorter(voice));
            }
            heard.clear();
            spread(samples, channels, &mut heard);
            sum::add_scaled(&mut sum, &heard, *gain);
        }
        feed.push(&sum)?;
        left -= frames as u64;
    }
    feed.end()?;
    output.finish(cancel)
}

fn shorter(voice: &Voice) -> Error {
    let text = format!("'{}' became shorter", voice.path().display());
    Error::new(ErrorKind::Check, text).hint("Nobody may write into the folder while it is printed")
}

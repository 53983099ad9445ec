//! Silent files: honest digital silence, where tracks are muted, down or without clips, and sound that
//! Pro Tools lost on the way.

use super::source::Source;
use crate::audio::loudness::SILENCE_DBFS;
use crate::error::Result;
use crate::mixdown::Mixdown;
use crate::model::finding::CUT_AUDIO;
use crate::model::level::decibels;
use crate::model::manifest::ManifestFile;
use crate::model::plan::{PlannedStem, PlannedTrack};
use crate::model::{Finding, Level, Plan};

/// A silent file where clips play: honest digital silence exists, so it is a warning.
pub fn warning(file: &ManifestFile) -> Option<Finding> {
    (file.levels.silent && file.has_clips == Some(true)).then(|| {
        let text = format!("'{}' is silent although clips play in it", file.path);
        about(file, Level::Warning, text)
            .fix("Listen to its tracks: muted clips, faders down, missing inserts or routing")
    })
}

/// What is to be said of what Pro Tools printed. Of level error, the file must not be delivered.
pub fn of_bounce(plan: &Plan, stem: &PlannedStem, file: &ManifestFile) -> Option<Finding> {
    if !file.levels.silent {
        return None;
    }
    match file.has_clips {
        Some(false) => None,
        Some(true) if renders_silent(plan, stem).unwrap_or(false) => None,
        Some(true) => {
            let text = format!(
                "Pro Tools printed silence for '{}' although clips play in it",
                file.path
            );
            Some(about(file, Level::Error, text).fix(
                "It was not delivered: look at its tracks in Pro Tools (faders, mute automation, missing plug-ins, routing) and print it again; silence that is meant is printed with its tracks muted",
            ))
        }
        None => {
            let text = format!(
                "'{}' is silent, and what plays in it is not told",
                file.path
            );
            Some(about(file, Level::Warning, text).fix("Listen whether sound was meant"))
        }
    }
}

/// Says at the end of each file whose tracks play audio that ends too early what the plan said: a file
/// that is not whole is not taken for whole by who reads the end only.
pub fn of_cut_audio(plan: &Plan) -> impl Iterator<Item = Finding> {
    let cut = |file| {
        plan.findings
            .iter()
            .filter(move |f: &&Finding| plays_cut(file, f))
    };
    plan.files().flat_map(move |file| {
        cut(file).map(|known| {
            let text = format!("'{}' lacks audio: {}", file.file, known.text);
            let found = Finding::new(Level::Warning, "lacks_audio", text);
            let found = found.stem(&file.name).file(&file.file);
            found.fix(format!("{}; then print this file again", known.fix))
        })
    })
}

fn plays_cut(file: &PlannedStem, finding: &Finding) -> bool {
    let is_heard = |track: &&PlannedTrack| !track.silent;
    let mut heard = file.tracks.iter().filter(is_heard);
    finding.code == CUT_AUDIO && heard.any(|track| finding.track.as_ref() == Some(&track.name))
}

fn about(file: &ManifestFile, level: Level, text: String) -> Finding {
    Finding::new(level, "silent", text)
        .stem(file.name.clone())
        .file(file.path.clone())
}

/// Whether the clips, faders and automation of the session folder come to silence too.
fn renders_silent(plan: &Plan, stem: &PlannedStem) -> Result<bool> {
    let source = Source::open(plan)?;
    let bus = source.bus(&stem.tracks, stem.gain_db, stem.channel_count)?;
    let mut mixdown =
        Mixdown::new(source.arrangement(), vec![bus], plan.range).panned_by(plan.output.pan_law);
    let mut peak = 0.0_f64;
    while let Some(buses) = mixdown.next_block()? {
        for samples in buses {
            peak = samples.iter().fold(peak, |peak, x| peak.max(x.abs()));
        }
    }
    Ok(decibels(peak).is_none_or(|peak| peak < SILENCE_DBFS))
}

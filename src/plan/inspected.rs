//! What Pro Tools told of a bounce before it starts, judged: mix sources that are not there, audio
//! that is offline, clips that are muted. What it did not tell is no finding, or says so.

use std::collections::BTreeMap;

use super::lacking::touch;
use super::preflight::names;
use crate::model::inspection::{Inspection, Place, Question, source_parts};
use crate::model::plan::{PlannedSet, PlannedStem, PlannedTrack};
use crate::model::stem::{EngineKind, Way};
use crate::model::text::{fit, nearest};
use crate::model::{Finding, Level, Plan, Range, Track};

/// What is to be asked about a plan for the session of this path, with these tracks; nothing about a render.
pub fn question(plan: &Plan, session: &str, tracks: &[Track]) -> Option<Question> {
    let usual = &plan.output.mix_source;
    (plan.engine == EngineKind::Bounce).then(|| {
        Question::new(
            session,
            plan.printed().filter_map(|file| source_of(file, usual)),
            plan.printed().flat_map(|file| &file.tracks),
            tracks,
        )
    })
}

/// The mix source that a file is printed from.
fn source_of<'a>(file: &'a PlannedStem, usual: &'a str) -> Option<&'a str> {
    match file.way {
        Way::Solo => Some(usual),
        Way::Source => file.source.as_deref(),
        Way::Track | Way::Formula => None,
    }
}

/// Everything that was told about the files of a bounce.
pub fn findings<'a>(
    told: &Inspection,
    files: impl IntoIterator<Item = &'a PlannedStem>,
    usual: &'a str,
    range: Range,
) -> Vec<Finding> {
    let files: Vec<&PlannedStem> = files.into_iter().collect();
    let mut findings = sources(told, files.iter().copied(), usual);
    let heard: Vec<&PlannedTrack> = files
        .iter()
        .flat_map(|file| &file.tracks)
        .filter(|track| !track.silent)
        .collect();
    let is_heard: PlannedSet<'_> = heard.iter().copied().collect();
    for (track, places) in &told.lanes {
        if !is_heard.contains(track) {
            continue;
        }
        let here = places.iter().filter(|place| touch(place.range, range));
        findings.extend(offline(track, here.clone()));
        let muted = here.filter(|place| place.muted).count();
        findings.extend((muted > 0).then(|| muted_clips(track, muted)));
    }
    findings.extend(unplaced(told, &heard));
    findings.extend((!told.unread.is_empty()).then(|| unread(told)));
    findings
}

/// Mix sources that the session does not have.
fn sources<'a>(
    told: &Inspection,
    files: impl IntoIterator<Item = &'a PlannedStem>,
    usual: &'a str,
) -> Vec<Finding> {
    let mut asked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        if let Some(source) = source_of(file, usual) {
            asked.entry(source).or_default().push(&file.name);
        }
    }
    asked
        .into_iter()
        .filter_map(|(source, stems)| {
            let (kind, name) = source_parts(source);
            // A server that does not list its sources is asked by the bounce itself.
            let known = told.sources.get(&kind)?;
            // Names differ by a format behind them, as in `Out 1-2 (Stereo)`.
            let fits = |known: &String| known == name || known.starts_with(&format!("{name} ("));
            let finding = (!known.iter().any(fits)).then(|| no_source(&kind, name, known))?;
            Some(match stems.as_slice() {
                [only] => finding.stem(*only),
                _ => finding,
            })
        })
        .collect()
}

fn no_source(kind: &str, name: &str, known: &[String]) -> Finding {
    let text = format!(
        "the session has no {kind} '{}' to bounce from",
        fit(name, 60)
    );
    const WHERE: &str = "set mix_source in [output], or the stem's source";
    let near = nearest(name, known.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| {
        format!("did you mean '{}'? ", fit(near, 60))
    });
    let fix = match known {
        [] => format!("it has no {kind} at all: {WHERE}"),
        known => format!("{near}{WHERE}; there are: {}", names(known)),
    };
    Finding::new(Level::Error, "no_mix_source", text).fix(fix)
}

/// Clips that would be silent in the print, whatever the session says: one finding a file.
fn offline<'a>(track: &Track, places: impl Iterator<Item = &'a Place>) -> Vec<Finding> {
    let mut clips: BTreeMap<&str, usize> = BTreeMap::new();
    for file in places
        .filter(|place| !place.muted)
        .filter_map(|p| p.offline.as_deref())
    {
        *clips.entry(file).or_default() += 1;
    }
    let finding = |(file, count): (&str, usize)| {
        let what = match count {
            1 => "a clip".to_owned(),
            n => format!("{n} clips"),
        };
        let text = format!(
            "track '{}' plays {what} of '{}' in the range, and that file is offline in Pro Tools",
            fit(&track.name, 60),
            fit(file, 200)
        );
        Finding::new(Level::Error, "missing_audio", text)
            .track(&track.name)
            .file(file)
            .fix("relink the file in Pro Tools, or mute the clips that must not sound")
    };
    clips.into_iter().map(finding).collect()
}

fn muted_clips(track: &Track, count: usize) -> Finding {
    let what = match count {
        1 => "a muted clip".to_owned(),
        n => format!("{n} muted clips"),
    };
    let text = format!("track '{}' has {what} in the range", fit(&track.name, 60));
    Finding::new(Level::Warning, "muted_clips", text)
        .track(&track.name)
        .fix("unmute what belongs into the stem")
}

/// Files that are offline while it is not known which of the tracks play them.
fn unplaced(told: &Inspection, heard: &[&PlannedTrack]) -> Option<Finding> {
    let is_blind =
        |track: &&&PlannedTrack| told.lanes.is_empty() || told.unread.contains(&track.name);
    let blind = heard.iter().filter(is_blind).count();
    (blind > 0 && !told.offline.is_empty()).then(|| {
        let text = format!(
            "offline in Pro Tools, and it does not tell which tracks play them: {}",
            names(&told.offline)
        );
        Finding::new(Level::Warning, "offline_files", text)
            .fix("relink the files in Pro Tools, or see that no stem needs them")
    })
}

fn unread(told: &Inspection) -> Finding {
    let text = format!(
        "Pro Tools answers slowly: not looked for muted clips on {}",
        names(&told.unread)
    );
    Finding::new(Level::Note, "clips_not_looked_at", text).fix("make the plan again to look again")
}

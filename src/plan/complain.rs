//! What selectors may be blamed for: unknown names with the nearest known one, patterns that match
//! nothing, stems without tracks.

use crate::model::stem::StemSpec;
use crate::model::text::fit;
use crate::model::{Finding, Level};
use crate::plan::select::{Roster, Selection, Unknown};

/// Unknown tracks of one stem that get a finding each.
const MOST: usize = 100;

pub(super) fn idle_ignore(name: &str) -> Finding {
    Finding::new(
        Level::Warning,
        "unknown_ignore",
        format!("no track matches '{}' of [ignore]", fit(name, 60)),
    )
    .fix("correct it or take it out")
}

pub(super) fn ignored_in_stem(track: &str) -> Finding {
    let text = format!(
        "track '{}' stands in [ignore] and in a stem",
        fit(track, 60)
    );
    Finding::new(Level::Error, "ignored_in_stem", text)
        .track(track)
        .fix("take it out of one of them")
}

/// A name or glob of `[returns]` or `--returns` that matches nothing.
pub(super) fn idle_return(name: &str, is_glob: bool, near: Option<&str>) -> Finding {
    let text = format!("no track matches the return '{}'", fit(name, 60));
    let (level, fix) = match (is_glob, near) {
        (true, _) => (Level::Warning, "correct it or take it out".to_owned()),
        (false, Some(near)) => (Level::Error, format!("did you mean '{}'?", fit(near, 60))),
        (false, None) => (
            Level::Error,
            "see the names of the aux tracks in the track list".to_owned(),
        ),
    };
    Finding::new(level, "unknown_return", text).fix(fix)
}

pub(super) fn not_a_return(track: &str, kind: &str) -> Finding {
    let text = format!(
        "track '{}' ({kind}) stands in [returns], and is no aux or instrument track",
        fit(track, 60)
    );
    Finding::new(Level::Error, "not_a_return", text)
        .track(track)
        .fix("name aux returns only; other tracks belong into a stem")
}

pub(super) fn return_in_stem(track: &str) -> Finding {
    let text = format!(
        "track '{}' stands in [returns] and in a stem: it would be printed twice",
        fit(track, 60)
    );
    Finding::new(Level::Error, "return_in_stem", text)
        .track(track)
        .fix("take it out of one of them")
}

pub(super) fn unknown_stem(name: &str, near: Option<&str>) -> Finding {
    let text = format!("there is no stem '{}'", fit(name, 60));
    let finding = Finding::new(Level::Error, "unknown_stem", text).stem(name);
    match near {
        Some(near) => finding.fix(format!("did you mean '{}'?", fit(near, 60))),
        None => finding.fix("see the names of the recipe's stems"),
    }
}

/// Everything odd about what one stem selects; `before` tracks were there before the ignored
/// ones and the returns were taken away. What is printed from a mix source needs none.
pub(super) fn about(
    stem: &StemSpec,
    selection: &Selection,
    roster: &Roster<'_>,
    before: usize,
    needs_tracks: bool,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = selection.unknown.iter().take(MOST).map(unknown).collect();
    findings.extend(selection.idle.iter().take(MOST).map(|pattern| {
        let text = format!("'{}' matches no track", fit(pattern, 60));
        Finding::new(Level::Warning, "no_match", text).fix("correct it or take it out")
    }));
    let soundless = selection.soundless.iter().take(MOST);
    for track in soundless.filter_map(|index| roster.tracks.get(*index)) {
        let text = format!(
            "track '{}' ({}) makes no sound of its own and is left out",
            fit(&track.name, 60),
            track.kind.word()
        );
        findings.push(
            Finding::new(Level::Warning, "not_sounding", text)
                .track(&track.name)
                .fix("name audio, instrument or aux tracks"),
        );
    }
    if selection.tracks.is_empty() && needs_tracks {
        findings.push(empty(stem, before));
    }
    findings
        .into_iter()
        .map(|finding| finding.stem(&stem.name))
        .collect()
}

fn empty(stem: &StemSpec, before: usize) -> Finding {
    let shown = fit(&stem.name, 60);
    let text = match before {
        0 => format!("stem '{shown}' has no tracks"),
        _ => format!("stem '{shown}' has no tracks: all that it selects are ignored"),
    };
    Finding::new(Level::Error, "empty_stem", text)
        .fix("name its tracks to the letter, or take the stem out")
}

fn unknown(unknown: &Unknown) -> Finding {
    let name = fit(&unknown.name, 60);
    let (code, what) = match unknown.folder {
        true => ("unknown_folder", "folder"),
        false => ("unknown_track", "track"),
    };
    let text = format!("there is no {what} '{name}'");
    let finding = Finding::new(Level::Error, code, text).track(&unknown.name);
    match &unknown.nearest {
        Some(near) => finding.fix(format!("did you mean '{}'?", fit(near, 60))),
        None => finding.fix("see the names in the track list"),
    }
}

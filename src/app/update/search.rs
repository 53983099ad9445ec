//! Filters, and stepping from match to match or from finding to finding.

use crate::app::State;
use crate::app::rows::Filter;
use crate::app::state::{Cursor, Pane, Severity};
use crate::model::{JobState, Level};

use super::{moving, tracks};

/// Starts typing the filter of the focused pane.
pub fn start(state: &mut State) {
    state.ui.overlay = None;
    state.ui.filtering = true;
    state.ui.filters.entry(state.ui.focus).or_default();
}

/// The filter of a pane has changed.
pub fn refilter(state: &mut State, pane: Pane) {
    if pane == Pane::Tracks {
        tracks::rebuild_rows(state);
        let names_match = to_match(state, true, true);
        if let Some(row) = names_match {
            moving::set_cursor(state, pane, row);
        }
    } else {
        state.ui.cursors.insert(pane, Cursor::default());
    }
}

/// Moves to the next or previous match of the filter; without one to the next finding, failed job
/// or problem in the log. `false` when there is none.
pub fn step(state: &mut State, forward: bool) -> bool {
    let Some(row) = to_match(state, forward, false) else {
        return false;
    };
    moving::set_cursor(state, state.ui.focus, row);
    true
}

/// The row to go to, searched from the cursor around the end; `here`: the cursor's row counts.
fn to_match(state: &State, forward: bool, here: bool) -> Option<usize> {
    let pane = state.ui.focus;
    let wanted = wanted_rows(state, pane);
    let count = wanted.len();
    let cursor = state.cursor(pane);
    let first = usize::from(!here);
    (first..=count.saturating_sub(1).max(first))
        .map(|step| {
            let step = if forward {
                step
            } else {
                count.saturating_sub(step % count.max(1))
            };
            (cursor + step) % count.max(1)
        })
        .find(|row| wanted.get(*row).copied().unwrap_or(false))
}

/// For each row shown, whether it is worth a stop.
fn wanted_rows(state: &State, pane: Pane) -> Vec<bool> {
    let filter = Filter::new(state.filter_text(pane));
    let shown = state.shown(pane);
    if let Some(mut filter) = filter {
        if pane != Pane::Tracks {
            return vec![true; shown.len()];
        }
        let tracks = state.tracks();
        return shown
            .iter()
            .map(|index| {
                tracks
                    .get(*index)
                    .is_some_and(|t| filter.score(&t.name).is_some())
            })
            .collect();
    }
    let is_wanted: Box<dyn Fn(usize) -> bool> = match pane {
        Pane::Tracks => {
            let named = tracks_with_findings(state);
            Box::new(move |index| {
                let track = state.tracks().get(index);
                track.is_some_and(|track| named.contains(&track.name.as_str()))
            })
        }
        Pane::Stems => Box::new(|index| {
            let Some(Ok(plan)) = &state.plan else {
                return false;
            };
            let stem = plan.files().nth(index);
            stem.is_some_and(|stem| {
                let mut findings = plan.findings.iter();
                findings.any(|f| f.stem.as_ref() == Some(&stem.name) && f.level > Level::Note)
            })
        }),
        Pane::Jobs => Box::new(|index| {
            let job = state.jobs.jobs().get(index);
            job.is_some_and(|j| matches!(j.state, JobState::Failed | JobState::Interrupted))
        }),
        Pane::Log => Box::new(|index| {
            let line = state.log.get(index);
            line.is_some_and(|line| line.severity >= Severity::Warning)
        }),
        Pane::Files | Pane::Transport => Box::new(|_| true),
    };
    shown.into_iter().map(is_wanted).collect()
}

fn tracks_with_findings(state: &State) -> Vec<&str> {
    let Some(Ok(plan)) = &state.plan else {
        return Vec::new();
    };
    let coverage = &plan.coverage;
    let named = plan.findings.iter().filter(|f| f.level > Level::Note);
    named
        .filter_map(|finding| finding.track.as_deref())
        .chain(coverage.orphans.iter().map(String::as_str))
        .chain(coverage.doubles.iter().map(|double| double.track.as_str()))
        .collect()
}

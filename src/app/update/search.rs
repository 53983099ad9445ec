//! Filters and orders of lists, and stepping from match to match or from finding to finding.

use std::collections::HashSet;

use crate::action::SortKey;
use crate::app::State;
use crate::app::rows::{Filter, sort_keys};
use crate::app::state::{Pane, Severity, Sort};
use crate::model::job::Verdict;
use crate::model::{JobState, Level};

use super::{moving, notices, tracks};

/// Starts typing the filter of the focused pane.
pub fn start(state: &mut State) {
    state.ui.overlay = None;
    state.ui.filtering = true;
    let field = state.ui.filters.entry(state.ui.focus.list()).or_default();
    field.cursor = field.text.chars().count();
}

/// The filter of a pane has changed: the cursor goes to the first match. Without a filter it stays
/// on what it stood on.
pub fn refilter(state: &mut State, pane: Pane) {
    let pane = pane.list();
    // The filter is another one already; the list on the screen is still that of the old one.
    let held = match state.listings.get(&pane) {
        Some(listing) => listing.rows.get(state.cursor(pane)).copied(),
        None => state.index_under_cursor(pane),
    };
    relist(state, pane);
    if Filter::new(state.filter_text(pane)).is_none() {
        return hold(state, pane, held);
    }
    let first = wanted_rows(state, pane).iter().position(|wanted| *wanted);
    moving::set_cursor(state, pane, first.unwrap_or(0));
}

/// Takes another order for the focused list; the cursor stays on what it stood on.
pub fn sort(state: &mut State, key: Option<SortKey>) {
    let pane = state.ui.focus.list();
    let keys = sort_keys(pane);
    let before = state.sort(pane);
    let start = keys.first().copied().unwrap_or(SortKey::Order);
    let now = before.map_or(start, |sort| sort.key);
    let next = match key {
        Some(key) if key == now => Sort {
            key,
            reversed: !before.is_some_and(|sort| sort.reversed),
        },
        Some(key) => Sort {
            key,
            reversed: false,
        },
        None => {
            let at = keys.iter().position(|key| *key == now).unwrap_or(0);
            Sort {
                key: keys
                    .get((at + 1) % keys.len().max(1))
                    .copied()
                    .unwrap_or(start),
                reversed: false,
            }
        }
    };
    let held = state.index_under_cursor(pane);
    let is_start = next.key == start && !next.reversed;
    if is_start {
        state.ui.sorts.remove(&pane);
    } else {
        state.ui.sorts.insert(pane, next);
    }
    relist(state, pane);
    hold(state, pane, held);
    let turned = if next.reversed { ", turned round" } else { "" };
    let text = format!("sorted by {}{turned}", next.key.word());
    notices::toast(state, Severity::Info, &text);
}

fn relist(state: &mut State, pane: Pane) {
    if pane == Pane::Tracks {
        tracks::rebuild_rows(state);
    } else {
        state.relist(pane);
    }
}

fn hold(state: &mut State, pane: Pane, held: Option<usize>) {
    let shown = state.shown(pane);
    let row = shown.iter().position(|index| Some(*index) == held);
    drop(shown);
    if let Some(row) = row {
        moving::set_cursor(state, pane, row);
    }
}

/// Brings lists that are filtered or sorted up to date, after a message that may have changed what
/// they list. The log follows its lines by itself.
pub fn follow(state: &mut State, panes: &[Pane]) {
    for pane in panes.iter().filter(|pane| pane.list() == **pane) {
        let is_sorted = state.sort(*pane).is_some();
        match pane {
            Pane::Tracks if is_sorted && state.ui.range_anchor.is_none() => {
                tracks::rebuild_rows(state);
            }
            Pane::Tracks | Pane::Log => {}
            pane if is_sorted || !state.filter_text(*pane).is_empty() => state.relist(*pane),
            _ => {}
        }
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
    let pane = state.ui.focus.list();
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
        Pane::Tracks | Pane::Matrix => {
            let named = tracks_with_findings(state);
            Box::new(move |index| {
                let track = state.tracks().get(index);
                track.is_some_and(|track| named.contains(track.name.as_str()))
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
        Pane::Files => Box::new(|index| {
            let file = state.files.entries.get(index);
            file.is_some_and(|file| file.is_part || file.verdict == Some(Verdict::Fail))
        }),
        Pane::Transport | Pane::Timeline | Pane::Link => Box::new(|_| true),
    };
    shown.iter().map(|index| is_wanted(*index)).collect()
}

fn tracks_with_findings(state: &State) -> HashSet<&str> {
    let Some(Ok(plan)) = &state.plan else {
        return HashSet::new();
    };
    let coverage = &plan.coverage;
    let named = plan.findings.iter().filter(|f| f.level > Level::Note);
    named
        .filter_map(|finding| finding.track.as_deref())
        .chain(coverage.orphans.iter().map(String::as_str))
        .chain(coverage.doubles.iter().map(|double| double.track.as_str()))
        .collect()
}

//! The track table: rows, selection, folds, and the switches with their pending marks.

use std::collections::{BTreeMap, HashSet};

use crate::action::Switch;
use crate::app::rows::Filter;
use crate::app::state::{Asked, Change, Pane, Pending, Severity, Sort};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::model::link::RequestId;
use crate::model::text::{clean, nearest};
use crate::model::track::{TrackFlag, TrackKind};
use crate::model::tree::TreeRow;
use crate::model::{Track, TrackId};
use crate::ptsl::request::{LinkCommand, Request};

use super::notices::{self, count};
use super::undo;

/// Microseconds after which an answered change that never showed is given up.
const PENDING_LIMIT_US: u64 = 5_000_000;

impl State {
    /// The tracks of the session, none without one.
    pub fn tracks(&self) -> &[Track] {
        self.session.as_ref().map_or(&[], |session| &session.tracks)
    }

    /// The track under the cursor of the track table.
    pub fn cursor_track(&self) -> Option<&Track> {
        let row = self.rows.get(self.cursor(Pane::Tracks))?;
        self.tracks().get(row.track)
    }

    /// A switch as it will be when Pro Tools has confirmed what is on its way.
    pub fn flag(&self, track: &Track, flag: TrackFlag) -> bool {
        self.pending
            .get(&(track.id.clone(), flag))
            .map_or_else(|| track.flag(flag), |pending| pending.on)
    }
}

/// Makes the rows anew; the cursor stays on its track.
pub fn rebuild_rows(state: &mut State) {
    let held = state.cursor_track().map(|track| track.id.clone());
    state.rows = match state.sort(Pane::Tracks) {
        None => tree_rows(state),
        Some(sort) => sorted_rows(state, sort),
    };
    state.ui.range_anchor = None;
    if let Some(row) = held.and_then(|id| row_of(state, &id)) {
        state.ui.cursors.entry(Pane::Tracks).or_default().row = row;
    }
}

fn is_left_out(state: &State, track: &Track) -> bool {
    !state.ui.show_hidden && track.hidden.is_set()
}

/// The folders as a tree; with a filter, the tracks that match and the folders they lie in.
fn tree_rows(state: &State) -> Vec<TreeRow> {
    let (tracks, tree) = (state.tracks(), &state.tree);
    let folded = &state.ui.folded;
    let is_hidden = |index: usize| {
        tracks
            .get(index)
            .is_none_or(|track| is_left_out(state, track))
    };
    let Some(mut filter) = Filter::new(state.filter_text(Pane::Tracks)) else {
        let is_folded = |index: usize| tracks.get(index).is_some_and(|t| folded.contains(&t.id));
        return tree.rows(is_folded, is_hidden);
    };
    let mut kept = HashSet::new();
    for (index, track) in tracks.iter().enumerate() {
        if filter.score(&track.name).is_some() {
            let mut at = Some(index);
            while let Some(index) = at.filter(|index| kept.insert(*index)) {
                at = tree.parent(index);
            }
        }
    }
    let mut rows = tree.rows(|_| false, is_hidden);
    rows.retain(|row| kept.contains(&row.track));
    rows
}

/// A sorted table is flat: what belongs together then is not what lies in one folder.
fn sorted_rows(state: &State, sort: Sort) -> Vec<TreeRow> {
    let mut filter = Filter::new(state.filter_text(Pane::Tracks));
    let tracks = state.tracks().iter().enumerate();
    let mut order: Vec<usize> = tracks
        .filter(|(_, track)| !is_left_out(state, track))
        .filter(|(_, track)| {
            filter
                .as_mut()
                .is_none_or(|f| f.score(&track.name).is_some())
        })
        .map(|(index, _)| index)
        .collect();
    state.order(Pane::Tracks, sort, &mut order);
    let row = |track| TreeRow {
        track,
        depth: 0,
        has_children: false,
    };
    order.into_iter().map(row).collect()
}

fn row_of(state: &State, id: &TrackId) -> Option<usize> {
    let tracks = state.tracks();
    let is_it = |index: usize| tracks.get(index).is_some_and(|track| track.id == *id);
    state.rows.iter().position(|row| is_it(row.track))
}

/// Folds or unfolds the folder under the cursor; `None` toggles. `false` when it is no folder.
pub fn fold(state: &mut State, folded: Option<bool>) -> bool {
    let Some(row) = state.rows.get(state.cursor(Pane::Tracks)) else {
        return false;
    };
    if !row.has_children {
        return false;
    }
    let Some(id) = state.tracks().get(row.track).map(|track| track.id.clone()) else {
        return false;
    };
    let is_folded = state.ui.folded.contains(&id);
    let folded = folded.unwrap_or(!is_folded);
    if folded == is_folded {
        return false;
    }
    if folded {
        state.ui.folded.insert(id);
    } else {
        state.ui.folded.remove(&id);
    }
    rebuild_rows(state);
    true
}

/// Puts the cursor onto the folder that the cursor's track is in.
pub fn to_parent(state: &mut State) {
    let row = state.rows.get(state.cursor(Pane::Tracks)).copied();
    let parent = row.and_then(|row| state.tree.parent(row.track));
    let place = parent.and_then(|parent| state.rows.iter().position(|row| row.track == parent));
    if let Some(place) = place {
        super::moving::set_cursor(state, Pane::Tracks, place);
    }
}

fn shown_ids(state: &State, rows: impl Iterator<Item = usize>) -> Vec<TrackId> {
    rows.filter_map(|row| state.rows.get(row))
        .filter_map(|row| state.tracks().get(row.track))
        .map(|track| track.id.clone())
        .collect()
}

pub fn toggle_row(state: &mut State) {
    let Some(id) = state.cursor_track().map(|track| track.id.clone()) else {
        return;
    };
    if !state.ui.selected.remove(&id) {
        state.ui.selected.insert(id);
    }
}

/// Starts a range selection at the cursor, or ends the one being made and keeps it.
pub fn toggle_range(state: &mut State) {
    if state.ui.range_anchor.take().is_none() && !state.rows.is_empty() {
        state.ui.range_anchor = Some(state.cursor(Pane::Tracks));
        state.ui.range_base = state.ui.selected.clone();
        extend_range(state);
    }
}

/// Lets the range selection reach to the cursor.
pub fn extend_range(state: &mut State) {
    let Some(anchor) = state.ui.range_anchor else {
        return;
    };
    let cursor = state.cursor(Pane::Tracks);
    let ids = shown_ids(state, anchor.min(cursor)..=anchor.max(cursor));
    state.ui.selected = state.ui.range_base.clone();
    state.ui.selected.extend(ids);
}

/// Selects of the rows shown those that are not selected, and no others.
pub fn invert(state: &mut State) {
    state.ui.range_anchor = None;
    for id in shown_ids(state, 0..state.rows.len()) {
        if !state.ui.selected.remove(&id) {
            state.ui.selected.insert(id);
        }
    }
}

/// What an action on tracks is about: the named ones, the selection, the row under the cursor, or
/// the tracks of the stem under the cursor. The error says what is wrong with the names.
pub fn targets(state: &State, names: &[String]) -> Result<Vec<TrackId>, String> {
    let tracks = state.tracks();
    if !names.is_empty() {
        let mut found = Vec::new();
        for name in names {
            let before = found.len();
            found.extend(
                tracks
                    .iter()
                    .filter(|t| t.name == *name)
                    .map(|t| t.id.clone()),
            );
            if found.len() == before {
                let near = nearest(name, tracks.iter().map(|track| track.name.as_str()));
                let near = near.map(|near| format!("; did you mean '{near}'?"));
                return Err(format!(
                    "there is no track '{name}'{}",
                    near.unwrap_or_default()
                ));
            }
        }
        return Ok(found);
    }
    if !state.ui.selected.is_empty() {
        return Ok(tracks
            .iter()
            .filter(|track| state.ui.selected.contains(&track.id))
            .map(|track| track.id.clone())
            .collect());
    }
    let under_cursor = match state.ui.focus {
        Pane::Tracks | Pane::Matrix => state.cursor_track().map(|track| vec![track.id.clone()]),
        Pane::Stems => super::planning::cursor_stem(state)
            .map(|stem| stem.tracks.iter().map(|track| track.id.clone()).collect()),
        _ => None,
    };
    under_cursor.ok_or_else(|| "no track is selected".to_owned())
}

/// The tracks with sound among these; folders stand for what is in them.
pub fn sounding(state: &State, ids: &[TrackId]) -> Vec<TrackId> {
    let wanted: HashSet<&TrackId> = ids.iter().collect();
    let tracks = state.tracks();
    let is_wanted = |index: usize| tracks.get(index).is_some_and(|t| wanted.contains(&t.id));
    let mut found = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        let mut at = Some(index);
        while let Some(here) = at.filter(|here| !is_wanted(*here)) {
            at = state.tree.parent(here);
        }
        if track.kind.is_sounding() && at.is_some() {
            found.push(track.id.clone());
        }
    }
    found
}

/// Whether a strip of this kind has the switch.
pub fn has_switch(kind: TrackKind, flag: TrackFlag) -> bool {
    match flag {
        TrackFlag::Mute | TrackFlag::Solo | TrackFlag::SoloSafe => !matches!(
            kind,
            TrackKind::Master | TrackKind::Video | TrackKind::Other
        ),
        TrackFlag::RecordEnable => matches!(
            kind,
            TrackKind::Audio | TrackKind::Midi | TrackKind::Instrument | TrackKind::Vca
        ),
        TrackFlag::InputMonitor => kind == TrackKind::Audio,
    }
}

fn verb(flag: TrackFlag, on: bool) -> &'static str {
    match (flag, on) {
        (TrackFlag::Mute, true) => "mute",
        (TrackFlag::Mute, false) => "unmute",
        (TrackFlag::Solo, true) => "solo",
        (TrackFlag::Solo, false) => "unsolo",
        (TrackFlag::SoloSafe, true) => "solo-safe",
        (TrackFlag::SoloSafe, false) => "end solo-safe of",
        (TrackFlag::RecordEnable, true) => "arm",
        (TrackFlag::RecordEnable, false) => "disarm",
        (TrackFlag::InputMonitor, true) => "monitor the input of",
        (TrackFlag::InputMonitor, false) => "end input monitoring of",
    }
}

/// Turns a switch of the targets; a toggle turns all on unless all are on.
pub fn switch(
    state: &mut State,
    flag: TrackFlag,
    names: &[String],
    switch: Switch,
    out: &mut Vec<Effect>,
) {
    let ids = match targets(state, names) {
        Ok(ids) => ids,
        Err(text) => return notices::refuse(state, ErrorKind::Usage, text),
    };
    let wanted: HashSet<&TrackId> = ids.iter().collect();
    let able: Vec<&Track> = state
        .tracks()
        .iter()
        .filter(|track| wanted.contains(&track.id) && has_switch(track.kind, flag))
        .collect();
    if able.is_empty() {
        let text = format!("there is nothing to {} here", verb(flag, true));
        return notices::refuse(state, ErrorKind::Usage, text);
    }
    let on = match switch {
        Switch::On => true,
        Switch::Off => false,
        Switch::Toggle => !able.iter().all(|track| state.flag(track, flag)),
    };
    let change: Vec<(TrackId, bool)> = able.iter().map(|track| (track.id.clone(), on)).collect();
    if let Some(before) = set(state, flag, &change, out) {
        undo::remember(state, Change::Flags { flag, before });
    }
}

/// Asks Pro Tools for new values of a switch, and marks them as pending. Gives the values that
/// were there before; `None` when nothing is to be changed or it was refused.
pub fn set(
    state: &mut State,
    flag: TrackFlag,
    change: &[(TrackId, bool)],
    out: &mut Vec<Effect>,
) -> Option<Vec<(TrackId, bool)>> {
    let wanted: BTreeMap<&TrackId, bool> = change.iter().map(|(id, on)| (id, *on)).collect();
    let mut names = [Vec::new(), Vec::new()];
    let mut before = Vec::new();
    for track in state.tracks() {
        let Some(on) = wanted.get(&track.id).copied() else {
            continue;
        };
        let is_on = state.flag(track, flag);
        if is_on != on
            && let Some(names) = names.get_mut(usize::from(on))
        {
            names.push(track.name.clone());
            before.push((track.id.clone(), is_on));
        }
    }
    if let Some(name) = ambiguous(state, names.iter().flatten()) {
        let text = format!(
            "'{}' stands for several tracks, and Pro Tools would change all of them",
            clean(&name)
        );
        notices::refuse(state, ErrorKind::Refused, text);
        if let Some(fault) = &mut state.ui.last_fault {
            fault.hints = vec!["Give them different names in Pro Tools".to_owned()];
        }
        return None;
    }
    for (on, tracks) in [false, true].into_iter().zip(names) {
        if tracks.is_empty() {
            continue;
        }
        let what = match tracks.as_slice() {
            [one] => format!("{} '{}'", verb(flag, on), clean(one)),
            many => format!("{} {}", verb(flag, on), count(many.len(), "track")),
        };
        let request = ask(state, Request::SetFlag { flag, tracks, on }, what, out);
        let since_us = state.now.mono_us;
        for (id, was_on) in &before {
            if *was_on != on {
                let pending = Pending {
                    on,
                    request,
                    since_us,
                };
                state.pending.insert((id.clone(), flag), pending);
            }
        }
    }
    (!before.is_empty()).then_some(before)
}

fn ambiguous<'a>(state: &State, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let names: HashSet<&str> = names.map(String::as_str).collect();
    let mut seen = HashSet::new();
    state
        .tracks()
        .iter()
        .map(|track| track.name.as_str())
        .find(|name| names.contains(name) && !seen.insert(*name))
        .map(str::to_owned)
}

/// Sends a request and remembers what it was about.
pub fn ask(
    state: &mut State,
    request: Request,
    what: impl Into<String>,
    out: &mut Vec<Effect>,
) -> RequestId {
    let id = RequestId(state.next_request);
    state.next_request += 1;
    let show_answer = matches!(request, Request::Call { .. });
    let asked = Asked {
        what: what.into(),
        since_us: state.now.mono_us,
        show_answer,
    };
    state.requests.insert(id, asked);
    out.push(Effect::Link(LinkCommand::Request { id, request }));
    id
}

/// Takes the mark off every switch that Pro Tools has confirmed, and gives up those that it
/// answered and never showed.
pub fn confirm_pending(state: &mut State) {
    if state.pending.is_empty() {
        return;
    }
    let Some(session) = &state.session else {
        state.pending.clear();
        return;
    };
    let by_id: BTreeMap<&TrackId, &Track> = session.tracks.iter().map(|t| (&t.id, t)).collect();
    let (requests, now) = (&state.requests, state.now.mono_us);
    let mut ignored = Vec::new();
    state.pending.retain(|(id, flag), pending| {
        let Some(track) = by_id.get(id) else {
            return false;
        };
        if requests.contains_key(&pending.request) {
            return true;
        }
        if track.flag(*flag) == pending.on {
            return false;
        }
        let over = now.saturating_sub(pending.since_us) > PENDING_LIMIT_US;
        if over {
            ignored.push(format!("{} '{}'", verb(*flag, pending.on), track.name));
        }
        !over
    });
    for what in ignored {
        let text = format!("Pro Tools did not {what}");
        notices::say(state, Severity::Warning, "link", &text);
    }
}

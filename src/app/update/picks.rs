//! The lists of markers and snapshots: opening, moving, taking.

use crate::action::{Motion, SnapshotVerb};
use crate::app::state::{Overlay, Pick, PickOf, TextField};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::model::text::{clean, nearest};
use crate::model::{Marker, Range};
use crate::ptsl::request::Request;

use super::notices::{self, fault};
use super::{available, moving, printing, snapshots, tracks};

/// Opens the list of markers; over the print dialog, to pick its range.
pub fn markers(state: &mut State) {
    let of = match state.ui.overlay.take() {
        Some(Overlay::Print(dialog)) if dialog.question.is_none() => {
            PickOf::Range { from: None, dialog }
        }
        _ => PickOf::Markers { from: None },
    };
    open(state, of);
}

pub fn snapshots(state: &mut State) {
    open(state, PickOf::Snapshots);
}

fn open(state: &mut State, of: PickOf) {
    state.ui.overlay = Some(Overlay::Pick(Box::new(Pick {
        of,
        input: TextField::default(),
        row: 0,
    })));
}

/// One step out: the first marker, then the list; the print dialog comes back.
pub fn back(state: &mut State) {
    let Some(Overlay::Pick(mut pick)) = state.ui.overlay.take() else {
        return;
    };
    match &mut pick.of {
        PickOf::Markers { from } | PickOf::Range { from, .. } if from.is_some() => {
            *from = None;
            state.ui.overlay = Some(Overlay::Pick(pick));
        }
        _ => {
            if let PickOf::Range { dialog, .. } = pick.of {
                state.ui.overlay = Some(Overlay::Print(dialog));
            }
        }
    }
}

pub fn motion(state: &mut State, motion: Motion) {
    let Some(Overlay::Pick(pick)) = &state.ui.overlay else {
        return;
    };
    let count = state.picks(pick).len();
    if let Some(Overlay::Pick(pick)) = &mut state.ui.overlay {
        pick.row = moving::target(motion, pick.row, count, 10);
    }
}

/// The row under the cursor, as an index into what is listed.
fn chosen(state: &State) -> Option<usize> {
    let Some(Overlay::Pick(pick)) = &state.ui.overlay else {
        return None;
    };
    state.picks(pick).get(pick.row).copied()
}

/// Tab: the marker under the cursor begins a selection.
pub fn mark(state: &mut State) {
    let at = chosen(state);
    if let Some(Overlay::Pick(pick)) = &mut state.ui.overlay {
        match &mut pick.of {
            PickOf::Markers { from } | PickOf::Range { from, .. } => *from = at,
            PickOf::Snapshots => {}
        }
        pick.input = TextField::default();
        pick.row = at.unwrap_or(0);
    }
}

/// Enter: goes to the marker, ends a selection, recalls a snapshot.
pub fn take(state: &mut State, out: &mut Vec<Effect>) {
    let Some(at) = chosen(state) else {
        return;
    };
    let Some(Overlay::Pick(pick)) = &state.ui.overlay else {
        return;
    };
    match &pick.of {
        PickOf::Snapshots => {
            let name = state.known_snapshots().get(at).map(|s| s.name.clone());
            state.ui.overlay = None;
            if let Some(name) = name {
                snapshots::act(state, SnapshotVerb::Recall, &name, out);
            }
        }
        PickOf::Range { from: None, .. } => mark(state),
        PickOf::Range {
            from: Some(from), ..
        } => end_range(state, *from, at, out),
        PickOf::Markers { from: Some(from) } => {
            let range = between(state, *from, at);
            state.ui.overlay = None;
            select(state, range, out);
        }
        PickOf::Markers { from: None } => {
            let start = state.markers().get(at).map(|marker| marker.start);
            state.ui.overlay = None;
            if let Some(start) = start
                && allowed(state)
            {
                tracks::ask(state, Request::Locate(start), "locate", out);
            }
        }
    }
}

/// Whether the transport can be told to go somewhere; says so when not.
fn allowed(state: &mut State) -> bool {
    match available::place_refusal(state) {
        None => true,
        Some(fault) => {
            notices::refuse(state, fault.kind, fault.message);
            false
        }
    }
}

fn between(state: &State, from: usize, to: usize) -> Option<Range> {
    let markers = state.markers();
    let (from, to) = (markers.get(from)?.start, markers.get(to)?.start);
    Some(Range::new(from.min(to), from.max(to))).filter(|range| !range.is_empty())
}

fn select(state: &mut State, range: Option<Range>, out: &mut Vec<Effect>) {
    let Some(range) = range else {
        let text = "the two markers stand at the same place";
        return notices::refuse(state, ErrorKind::Usage, text);
    };
    if allowed(state) {
        let what = "select from marker to marker";
        tracks::ask(state, Request::SetSelection(range), what, out);
    }
}

/// How a recipe names a marker: by name, where that stands for one and is read as one.
fn word(markers: &[Marker], at: usize) -> Option<String> {
    let marker = markers.get(at)?;
    let name = clean(marker.name.trim()).into_owned();
    let same = markers.iter().filter(|m| clean(m.name.trim()) == name);
    let is_plain = !name.is_empty() && !name.contains("..") && same.count() == 1;
    Some(match is_plain {
        true => format!("marker:{name}"),
        // Samples mean the same whatever the markers are called.
        false => marker.start.to_string(),
    })
}

/// The range of the print dialog from one marker to the other, whichever comes first.
fn end_range(state: &mut State, from: usize, to: usize, out: &mut Vec<Effect>) {
    if between(state, from, to).is_none() {
        let text = "the two markers stand at the same place";
        return notices::refuse(state, ErrorKind::Usage, text);
    }
    let markers = state.markers();
    let start = |at: usize| markers.get(at).map(|marker| marker.start);
    let (from, to) = if start(from) <= start(to) {
        (from, to)
    } else {
        (to, from)
    };
    let words = word(markers, from).zip(word(markers, to));
    if let Some(Overlay::Pick(pick)) = state.ui.overlay.take()
        && let PickOf::Range { mut dialog, .. } = pick.of
    {
        if let Some((from, to)) = words {
            let mut overrides = dialog.overrides.clone();
            overrides.range = Some(format!("{from}..{to}"));
            dialog.change(overrides);
        }
        state.ui.overlay = Some(Overlay::Print(dialog));
        printing::refresh(state, out);
    }
}

/// A marker by name, whatever its case, or by number.
fn find(state: &State, text: &str) -> Result<usize, String> {
    let markers = state.markers();
    let wanted = text.trim().to_lowercase();
    let place = markers
        .iter()
        .position(|marker| marker.name == text.trim())
        .or_else(|| {
            let mut markers = markers.iter();
            markers.position(|marker| marker.name.to_lowercase() == wanted)
        })
        .or_else(|| {
            let number: i32 = wanted.parse().ok()?;
            markers.iter().position(|marker| marker.number == number)
        });
    place.ok_or_else(|| {
        let near = nearest(text, markers.iter().map(|marker| marker.name.as_str()));
        let near = near.map(|near| format!("; did you mean '{near}'?"));
        format!("there is no marker '{text}'{}", near.unwrap_or_default())
    })
}

/// The timeline selection from one marker to another.
pub fn select_markers(state: &mut State, from: &str, to: &str, out: &mut Vec<Effect>) {
    let places = find(state, from).and_then(|from| Ok((from, find(state, to)?)));
    match places {
        Ok((from, to)) => {
            let range = between(state, from, to);
            select(state, range, out);
        }
        Err(text) => {
            let fault = fault(ErrorKind::Usage, text);
            notices::refuse(state, fault.kind, fault.message);
        }
    }
}

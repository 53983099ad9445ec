//! Snapshots of solo and mute: kept with the session's path, recalled as one change that can be
//! undone, printed as one stem.

use std::collections::HashSet;

use crate::action::SnapshotVerb;
use crate::app::state::{Change, Severity};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::model::link::Fault;
use crate::model::snapshot::{Snapshot, SnapshotChange};
use crate::model::text::{clean, nearest};
use crate::model::track::TrackFlag;
use crate::model::{StemSpec, Track, TrackId};
use crate::plan::Source;

use super::notices::{self, count, fault};
use super::{palette, printing, tracks, undo};

/// Asks for the snapshots of the session that was opened.
pub fn read(state: &mut State, session: String, out: &mut Vec<Effect>) {
    state.snapshots = None;
    // Its answer counts down as every other.
    state.writing += 1;
    let change = None;
    out.push(Effect::Snapshots { session, change });
}

/// They have come, or have been written.
pub fn came(state: &mut State, session: &str, outcome: Result<Vec<Snapshot>, Fault>) {
    state.writing = state.writing.saturating_sub(1);
    let is_current = state
        .session
        .as_ref()
        .is_some_and(|open| open.info.path == session);
    match outcome {
        Ok(snapshots) if is_current => state.snapshots = Some(snapshots),
        Ok(_) => {}
        Err(fault) => notices::fail(state, "snapshots", fault),
    }
}

/// Why nothing can be done with snapshots now.
pub fn refusal(state: &State, verb: SnapshotVerb, name: Option<&str>) -> Option<Fault> {
    if state.session.is_none() {
        return Some(fault(ErrorKind::NoSession, "no session is open"));
    }
    if verb == SnapshotVerb::Store {
        return None;
    }
    match &state.snapshots {
        None => Some(fault(
            ErrorKind::Usage,
            "the snapshots are still being read",
        )),
        Some(known) if known.is_empty() => {
            let mut fault = fault(ErrorKind::Usage, "this session has no snapshots yet");
            fault
                .hints
                .push(":snapshot-store NAME keeps one".to_owned());
            Some(fault)
        }
        Some(_) => name.and_then(|name| find(state, name).err()),
    }
}

fn find<'a>(state: &'a State, name: &str) -> Result<&'a Snapshot, Fault> {
    let known = state.known_snapshots();
    let found = known.iter().find(|snapshot| snapshot.name == name.trim());
    found.ok_or_else(|| {
        let near = nearest(name, known.iter().map(|snapshot| snapshot.name.as_str()));
        let near = near.map(|near| format!("; did you mean '{near}'?"));
        let text = format!("there is no snapshot '{name}'{}", near.unwrap_or_default());
        fault(ErrorKind::Usage, text)
    })
}

/// Lets a name be typed or chosen.
pub fn ask(state: &mut State, verb: SnapshotVerb, out: &mut Vec<Effect>) {
    palette::ask(state, &format!("{} ", verb.action_name()), out);
}

pub fn act(state: &mut State, verb: SnapshotVerb, name: &str, out: &mut Vec<Effect>) {
    if verb == SnapshotVerb::Store {
        return store(state, name, out);
    }
    let snapshot = match find(state, name) {
        Ok(snapshot) => snapshot.clone(),
        Err(fault) => return notices::refuse(state, fault.kind, fault.message),
    };
    match verb {
        SnapshotVerb::Store => {}
        SnapshotVerb::Recall => recall(state, &snapshot, out),
        SnapshotVerb::Print => print(state, &snapshot, out),
        SnapshotVerb::Delete => {
            let text = format!("snapshot '{}' forgotten", snapshot.name);
            write(state, SnapshotChange::Delete(snapshot.name), out);
            notices::toast(state, Severity::Ok, &text);
        }
    }
}

fn write(state: &mut State, change: SnapshotChange, out: &mut Vec<Effect>) {
    let Some(session) = state.session.as_ref().map(|s| s.info.path.clone()) else {
        return;
    };
    state.writing += 1;
    let change = Some(change);
    out.push(Effect::Snapshots { session, change });
}

fn store(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let name = clean(name.trim()).into_owned();
    if name.is_empty() {
        return notices::refuse(state, ErrorKind::Usage, "a snapshot needs a name");
    }
    let known = state.known_snapshots();
    let word = match known.iter().any(|snapshot| snapshot.name == name) {
        true => "replaced",
        false => "kept",
    };
    let snapshot = Snapshot::of(name, state.tracks(), state.now.unix_ms);
    let text = format!("snapshot '{}' {word}: {}", snapshot.name, facts(&snapshot));
    write(state, SnapshotChange::Store(snapshot), out);
    notices::toast(state, Severity::Ok, &text);
}

/// `3 tracks soloed, 1 muted`.
pub fn facts(snapshot: &Snapshot) -> String {
    format!(
        "{} soloed, {} muted",
        count(snapshot.soloed.len(), "track"),
        snapshot.muted.len()
    )
}

/// Sets solo and mute of every track as they were.
fn recall(state: &mut State, snapshot: &Snapshot, out: &mut Vec<Effect>) {
    let mut changes = Vec::new();
    for flag in [TrackFlag::Mute, TrackFlag::Solo] {
        let on: HashSet<TrackId> = snapshot
            .on(flag, state.tracks())
            .into_iter()
            .map(|track| track.id.clone())
            .collect();
        let able = |track: &&Track| tracks::has_switch(track.kind, flag);
        let wanted: Vec<(TrackId, bool)> = state
            .tracks()
            .iter()
            .filter(able)
            .map(|track| (track.id.clone(), on.contains(&track.id)))
            .collect();
        let fault = state.ui.last_fault.take();
        if let Some(before) = tracks::set(state, flag, &wanted, out) {
            changes.push(Change::Flags { flag, before });
        }
        if state.ui.last_fault.is_some() {
            // Told already: one name stands for several tracks.
            if !changes.is_empty() {
                undo::remember(state, Change::Several(changes));
            }
            return;
        }
        state.ui.last_fault = fault;
    }
    let gone = snapshot.gone(state.tracks()).join(", ");
    let text = match (changes.is_empty(), gone.as_str()) {
        (true, "") => format!("solo and mute are as in '{}' already", snapshot.name),
        (false, "") => format!(
            "solo and mute as in '{}': undo puts them back",
            snapshot.name
        ),
        (_, gone) => format!("'{}' recalled without what is gone: {gone}", snapshot.name),
    };
    if !changes.is_empty() {
        undo::remember(state, Change::Several(changes));
    }
    notices::toast(state, Severity::Ok, &text);
}

fn print(state: &mut State, snapshot: &Snapshot, out: &mut Vec<Effect>) {
    let heard = snapshot.heard(state.tracks());
    if heard.is_empty() {
        let text = format!("nothing sounds in '{}'", snapshot.name);
        return notices::refuse(state, ErrorKind::Usage, text);
    }
    let muted = heard
        .iter()
        .find(|track| state.flag(track, TrackFlag::Mute));
    if let Some(track) = muted {
        let text = format!(
            "'{}' sounds in '{}' and is muted now: a print would be silent there",
            track.name, snapshot.name
        );
        let hint = format!(
            ":snapshot-recall \"{}\" sets solo and mute first",
            snapshot.name
        );
        notices::refuse(state, ErrorKind::Refused, text);
        if let Some(fault) = &mut state.ui.last_fault {
            fault.hints.push(hint);
        }
        return;
    }
    let stem = StemSpec {
        name: snapshot.name.clone(),
        tracks: heard.iter().map(|track| track.name.clone()).collect(),
        ..StemSpec::default()
    };
    printing::open_source(state, Source::Named(vec![stem]), out);
}

//! What the connection tells.

use std::sync::Arc;

use crate::app::state::{ClipsState, Loaded, Severity, Told};
use crate::app::wire::Seat;
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::model::link::{Fault, Hold, RequestId, Work};
use crate::model::tree::Tree;
use crate::model::{LinkEvent, LinkPhase, Session, SessionInfo, Track, Transport};

use super::notices::{self, count};
use super::{console, moving, overview, planning, snapshots, tracks};

pub fn event(state: &mut State, event: LinkEvent, out: &mut Vec<Effect>) {
    match event {
        LinkEvent::Phase(phase) => phase_changed(state, phase),
        LinkEvent::Server(server) => state.link.server = server,
        LinkEvent::Session(info) => session_changed(state, info, out),
        LinkEvent::Folder(folder) => {
            state.loaded.folder = true;
            if let Some(session) = &mut state.session
                && session.folder != folder
            {
                session.folder = folder;
                state.surveys.clear();
                overview::forget_tracks(state);
                planning::replan(state, out);
            }
        }
        LinkEvent::Tracks(tracks) => tracks_changed(state, tracks, out),
        LinkEvent::Markers(markers) => {
            state.loaded.markers = true;
            if let Some(session) = &mut state.session
                && session.markers != markers
            {
                session.markers = markers;
                planning::replan(state, out);
            }
        }
        LinkEvent::Transport(transport) => {
            if let Some(session) = &mut state.session {
                session.transport = transport;
            }
        }
        LinkEvent::Selection(selection) => {
            state.loaded.selection = true;
            if let Some(session) = &mut state.session
                && session.selection != selection
            {
                session.selection = selection;
                if planning::follows_selection(state) {
                    planning::replan(state, out);
                }
            }
        }
        LinkEvent::Work(work) => work_changed(state, work),
        LinkEvent::RoundTrip(micros) => state.link.round_trip_us = Some(micros),
        LinkEvent::Answer { id, outcome } => answered(state, id, outcome),
        LinkEvent::Notice(fault) => {
            notices::log(state, Severity::Warning, "link", &fault.message);
            state.ui.last_fault = Some(fault);
        }
    }
}

/// A long command begins, goes on or ends; what may be a dialog is said once, and loudly.
fn work_changed(state: &mut State, work: Option<Work>) {
    let hold = |work: &Option<Work>| work.as_ref().map_or(Hold::Running, |work| work.hold);
    let (before, now) = (hold(&state.link.work), hold(&work));
    let command = work.as_ref().map_or("", |work| work.command.as_str());
    match now {
        _ if now == before => {}
        Hold::Running => {}
        Hold::Quiet => {
            let text = format!("{command}: nothing moves; Pro Tools may be showing a dialog");
            notices::say(state, Severity::Warning, "link", &text);
        }
        Hold::Dialog => {
            let text = format!("{command}: Pro Tools shows a dialog and waits for an answer");
            let mut fault = notices::fault(ErrorKind::Refused, text);
            let hint = "Answer the dialog at the screen of Pro Tools; the job then goes on";
            fault.hints.push(hint.to_owned());
            notices::fail(state, "link", fault);
        }
    }
    state.link.work = work;
}

fn phase_changed(state: &mut State, phase: LinkPhase) {
    if state.link.phase == phase {
        return;
    }
    let is_same_kind = std::mem::discriminant(&state.link.phase) == std::mem::discriminant(&phase);
    match &phase {
        LinkPhase::Waiting { reason, .. } => {
            state.pending.clear();
            state.link.round_trip_us = None;
            if !is_same_kind {
                notices::fail(state, "link", reason.clone());
            }
        }
        LinkPhase::Offline => {
            state.pending.clear();
            state.link.round_trip_us = None;
            notices::log(state, Severity::Info, "link", "disconnected");
        }
        LinkPhase::Connecting if !is_same_kind => {
            let text = format!("connecting to {}", state.link.address);
            notices::log(state, Severity::Info, "link", &text);
        }
        LinkPhase::NoSession { may_be_dialog } => {
            let text = match may_be_dialog {
                true => "connected; no session is open, or Pro Tools is showing a dialog",
                false => "connected, no session is open",
            };
            notices::log(state, Severity::Info, "link", text);
        }
        LinkPhase::Linked => {
            if is_doubtful(&state.link.phase) {
                notices::say(state, Severity::Ok, "link", "Pro Tools answers again");
            } else if is_shown_as_failed(state) {
                notices::say(state, Severity::Ok, "link", "connected");
            } else {
                notices::log(state, Severity::Ok, "link", "connected");
            }
        }
        LinkPhase::Stale { .. } if !is_same_kind => {
            notices::say(
                state,
                Severity::Warning,
                "link",
                "Pro Tools does not answer: it may be showing a dialog",
            );
        }
        LinkPhase::Blocked { .. } if !is_same_kind => {
            let text = "Pro Tools says 'no session', and told of no close: a dialog may be up";
            let mut fault = notices::fault(ErrorKind::Refused, text.to_owned());
            let hint = "Look at the screen of Pro Tools and answer what it asks";
            fault.hints.push(hint.to_owned());
            notices::fail(state, "link", fault);
        }
        LinkPhase::Connecting | LinkPhase::Stale { .. } | LinkPhase::Blocked { .. } => {}
    }
    if matches!(phase, LinkPhase::Waiting { .. } | LinkPhase::Offline) {
        state.link.work = None;
    }
    state.link.phase = phase;
}

/// The message line still says that something failed.
fn is_shown_as_failed(state: &State) -> bool {
    let toast = state.ui.toast.as_ref();
    toast.is_some_and(|toast| toast.severity == Severity::Error)
}

fn is_doubtful(phase: &LinkPhase) -> bool {
    matches!(phase, LinkPhase::Stale { .. } | LinkPhase::Blocked { .. })
}

/// Another session, none, or the same one after a loss of the connection.
fn session_changed(state: &mut State, info: Option<Box<SessionInfo>>, out: &mut Vec<Effect>) {
    state.loaded = Loaded::default();
    state.clips = ClipsState::default();
    state.told = Told::default();
    let Some(info) = info else {
        if state.session.is_some() {
            notices::log(state, Severity::Info, "session", "no session is open");
        }
        forget(state);
        state.plan = None;
        return;
    };
    let same = state.session.as_ref().is_some_and(|session| {
        session.info.path == info.path && session.info.instance_id == info.instance_id
    });
    if same {
        if let Some(session) = &mut state.session
            && session.info != *info
        {
            session.info = *info;
            planning::replan(state, out);
        }
        return;
    }
    forget(state);
    let text = format!("session {} is open", info.name);
    notices::log(state, Severity::Info, "session", &text);
    state.session = Some(Session {
        info: *info,
        tracks: Arc::default(),
        markers: Vec::new(),
        transport: Transport::default(),
        selection: None,
        folder: None,
    });
    state.plan = None;
    if let Some(session) = &state.session {
        let path = session.info.path.clone();
        snapshots::read(state, path, out);
    }
}

/// Drops everything that belonged to the session.
fn forget(state: &mut State) {
    state.session = None;
    state.tree = Tree::default();
    state.rows.clear();
    state.pending.clear();
    state.assigned.clear();
    state.edited = None;
    state.snapshots = None;
    state.stem_of.clear();
    state.planning = None;
    state.findings.clear();
    state.undo.clear();
    state.redo.clear();
    state.ui.selected.clear();
    state.ui.range_anchor = None;
    state.ui.range_base.clear();
    state.ui.folded.clear();
    overview::forget_tracks(state);
    moving::clamp(state);
}

fn tracks_changed(state: &mut State, tracks: Arc<Vec<Track>>, out: &mut Vec<Effect>) {
    let first = !std::mem::replace(&mut state.loaded.tracks, true);
    let Some(session) = &mut state.session else {
        return;
    };
    if session.tracks == tracks && !first {
        tracks::confirm_pending(state);
        return;
    }
    let plan_changes = first || planning::affects_plan(&session.tracks, &tracks);
    let same_list = session.tracks.len() == tracks.len()
        && session.tracks.iter().zip(&*tracks).all(|(a, b)| {
            (&a.id, &a.name, a.hidden, &a.folder_id) == (&b.id, &b.name, b.hidden, &b.folder_id)
                && a.folder == b.folder
        });
    if first {
        // Folders closed in Pro Tools start closed here.
        let closed = tracks.iter().filter(|t| t.kind.is_folder() && !t.open);
        if state.ui.folded.is_empty() && tracks.iter().any(|t| t.kind.is_folder() && t.open) {
            state.ui.folded = closed.map(|track| track.id.clone()).collect();
        }
    }
    let held = state.cursor_track().map(|track| track.id.clone());
    if let Some(session) = &mut state.session {
        session.tracks = tracks;
    }
    if !same_list || first {
        regroup(state, held.as_ref());
    }
    tracks::confirm_pending(state);
    if plan_changes {
        planning::replan(state, out);
    }
}

/// The list itself is another one: tree, rows, selection and cursor follow.
fn regroup(state: &mut State, held: Option<&crate::model::TrackId>) {
    let Some(session) = &state.session else {
        return;
    };
    state.tree = Tree::new(&session.tracks);
    let known: std::collections::HashSet<_> = session.tracks.iter().map(|t| &t.id).collect();
    state.ui.selected.retain(|id| known.contains(id));
    state.ui.range_base.retain(|id| known.contains(id));
    state.ui.folded.retain(|id| known.contains(id));
    state.assigned.retain(|id, _| known.contains(id));
    tracks::rebuild_rows(state);
    let row = held.and_then(|held| {
        let tracks = state.tracks();
        let is_it = |index: usize| tracks.get(index).is_some_and(|track| track.id == *held);
        state.rows.iter().position(|row| is_it(row.track))
    });
    if let Some(row) = row {
        let pane = crate::app::state::Pane::Tracks;
        state.ui.cursors.entry(pane).or_default().row = row;
    }
}

fn answered(state: &mut State, id: RequestId, outcome: Result<Option<String>, Fault>) {
    let asked = state.requests.remove(&id);
    let in_console = console::answered(state, id, &outcome);
    match outcome {
        Ok(body) => {
            if asked.as_ref().is_some_and(|asked| asked.show_answer) {
                let what = asked.map(|asked| asked.what).unwrap_or_default();
                let body = body.unwrap_or_default();
                let text = if body.trim().is_empty() {
                    format!("{what}: done")
                } else {
                    format!("{what}: {}", shortened(&body))
                };
                if in_console {
                    notices::log(state, Severity::Ok, "call", &text);
                } else {
                    notices::say(state, Severity::Ok, "call", &text);
                }
            }
        }
        Err(mut fault) => {
            let rolled_back = state.pending.len();
            state.pending.retain(|_, pending| pending.request != id);
            let rolled_back = rolled_back - state.pending.len();
            if let Some(asked) = asked {
                fault.message = format!("could not {}: {}", asked.what, fault.message);
            }
            if fault.kind != ErrorKind::Interrupted || rolled_back > 0 {
                notices::fail(state, "link", fault);
            }
        }
    }
    tracks::confirm_pending(state);
}

/// A log line shows this much of an answer.
fn shortened(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 400 {
        return line;
    }
    let head: String = line.chars().take(400).collect();
    format!("{head}…")
}

/// What a rescue came to.
pub fn rescued(state: &mut State, outcome: Result<Vec<String>, Fault>) {
    match outcome {
        Ok(names) => {
            state.open_leases.clear();
            let text = match names.len() {
                0 => "nothing had to be put back".to_owned(),
                number => format!("{} put back", count(number, "track")),
            };
            notices::say(state, Severity::Ok, "rescue", &text);
        }
        Err(fault) => notices::fail(state, "rescue", fault),
    }
}

/// The connection is held here, or by another process.
pub fn seated(state: &mut State, seat: Seat) {
    if let Seat::Guest { pid } = &seat {
        let text = format!("looking on at the connection and jobs of pt-stem, process {pid}");
        notices::log(state, Severity::Info, "link", &text);
    }
    state.link.seat = seat;
}

/// Sessions that an interrupted bounce left changed.
pub fn leases(state: &mut State, leases: Vec<(crate::model::JobId, String)>) {
    let before = std::mem::replace(&mut state.open_leases, leases);
    if state.open_leases.is_empty() || before == state.open_leases {
        return;
    }
    let sessions: Vec<&str> = state.open_leases.iter().map(|(_, s)| s.as_str()).collect();
    let text = format!(
        "an interrupted bounce left solo and mute changed in {}: :rescue puts them back",
        sessions.join(", ")
    );
    notices::say(state, Severity::Warning, "rescue", &text);
}

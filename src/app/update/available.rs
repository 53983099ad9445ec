//! Why an action cannot be done now: shown in the footer and the palette, and the answer of
//! `update` to whoever asks for it all the same.

use crate::action::{Action, Motion, SnapshotVerb};
use crate::app::State;
use crate::app::rows::sort_keys;
use crate::app::state::{Change, Overlay, Pane};
use crate::error::ErrorKind;
use crate::model::link::Fault;
use crate::model::stem::EngineKind;
use crate::model::track::TrackFlag;
use crate::model::{LinkPhase, Track};

use super::jobs::{self, Wish};
use super::notices::fault;
use super::{files, printing, pro_tools, snapshots, stems, tracks};

/// The reason why the action would be refused now; `None` when it can be done.
pub fn unavailable(state: &State, action: &Action) -> Option<String> {
    refusal(state, action).map(|fault| fault.message)
}

/// The same with its kind and what to do.
pub fn refusal(state: &State, action: &Action) -> Option<Fault> {
    let usage = |text: &str| Some(fault(ErrorKind::Usage, text));
    match action {
        Action::Flag { flag, tracks, .. } => not_linked(state)
            .or_else(|| match flag {
                TrackFlag::Mute | TrackFlag::Solo | TrackFlag::SoloSafe => bouncing(state),
                TrackFlag::RecordEnable | TrackFlag::InputMonitor => None,
            })
            .or_else(|| no_targets(state, tracks)),
        Action::TogglePlay | Action::Play | Action::Locate(_) => place_refusal(state),
        Action::SelectMarkers { .. } => place_refusal(state),
        Action::Markers => no_markers(state),
        Action::Snapshots => snapshots::refusal(state, SnapshotVerb::Recall, None),
        Action::Snapshot { verb, name } => {
            let own = snapshots::refusal(state, *verb, name.as_deref());
            own.or_else(|| match verb {
                SnapshotVerb::Recall => not_linked(state).or_else(|| bouncing(state)),
                _ => None,
            })
        }
        Action::Stop => not_linked(state),
        Action::Record => not_linked(state)
            .or_else(|| bouncing(state))
            .or_else(|| not_armed(state)),
        // What is soloed and muted for a bounce must not be saved.
        Action::SaveSession => not_linked(state).or_else(|| bouncing(state)),
        Action::CloseSession => not_linked(state).or_else(|| bouncing(state)),
        Action::OpenSession(_) => not_connected(state).or_else(|| bouncing(state)),
        Action::Call { .. } => not_connected(state),
        Action::Refresh => not_connected(state),
        Action::Connect { host, port } => pro_tools::elsewhere(state, host.as_deref(), *port)
            .or_else(|| {
                let moves = host.is_some() || port.is_some();
                moves.then(|| bouncing(state)).flatten()
            }),
        Action::Disconnect => match state.link.phase {
            LinkPhase::Offline => Some(fault(ErrorKind::NotConnected, "not connected")),
            _ => bouncing(state),
        },
        Action::StemNew(_) => no_session(state),
        Action::StemRename(_) => no_session(state).or_else(|| stems::refusal(state, None, None)),
        Action::StemDelete(stem) => {
            no_session(state).or_else(|| stems::refusal(state, stem.as_deref(), None))
        }
        Action::StemMove { stem, down } => {
            no_session(state).or_else(|| stems::refusal(state, stem.as_deref(), Some(*down)))
        }
        Action::RecipeSave(_) => no_session(state).or_else(|| no_stems(state)),
        Action::Assign(_) => no_session(state).or_else(|| no_targets(state, &[])),
        Action::Print(_) | Action::PrintAll => no_plan(state),
        Action::Cancel(number) => no_job(state, *number, Wish::Cancel),
        Action::Pause(number) => no_job(state, *number, Wish::Pause),
        Action::Retry(number) => no_job(state, *number, Wish::Retry),
        Action::JobMove { job, down: false } => no_job(state, *job, Wish::Up),
        Action::JobMove { job, down: true } => no_job(state, *job, Wish::Down),
        Action::CancelAll => jobs::all_open(state)
            .is_empty()
            .then(|| fault(ErrorKind::Job, "no job waits or runs here")),
        Action::Remove(number) => no_job(state, *number, Wish::Remove),
        Action::OpenFolder => no_job(state, None, Wish::Show),
        Action::Undo | Action::Redo if printing::open_dialog(state).is_some() => {
            printing::no_way_back(state, *action == Action::Redo)
        }
        Action::Undo => match state.undo.last() {
            None => usage("there is nothing to undo"),
            Some(change) => no_way_back(state, change),
        },
        Action::Redo => match state.redo.last() {
            None => usage("there is nothing to redo"),
            Some(change) => no_way_back(state, change),
        },
        Action::CopyPath => match files::path_under_cursor(state) {
            None => usage("there is no path here"),
            Some(_) => None,
        },
        Action::LastError => match state.ui.last_fault {
            None => usage("there was no error"),
            Some(_) => None,
        },
        Action::Rescue => (state.open_leases.is_empty())
            .then(|| fault(ErrorKind::Usage, "there is nothing to put back"))
            .or_else(|| not_connected(state))
            .or_else(|| bouncing(state)),
        Action::SelectRow | Action::SelectRange | Action::SelectInvert => match state.ui.focus {
            Pane::Tracks | Pane::Matrix => no_session(state),
            _ => usage("only tracks can be selected"),
        },
        Action::Confirm => match state.ui.overlay {
            Some(Overlay::Confirm { .. } | Overlay::Print(_)) => None,
            _ => usage("there is no question"),
        },
        Action::Sort(Some(key)) => {
            let keys = sort_keys(state.ui.focus);
            let words: Vec<&str> = keys.iter().map(|key| key.word()).collect();
            (!keys.contains(key)).then(|| {
                let text = format!("this list is sorted by {} only", words.join(", "));
                fault(ErrorKind::Usage, text)
            })
        }
        Action::Sort(None) if sort_keys(state.ui.focus).len() < 2 => {
            usage("this list has one order only")
        }
        Action::Move(Motion::Left | Motion::Right) => None,
        Action::Recipe(path) if path.trim().is_empty() => usage("a recipe needs a path"),
        _ => None,
    }
}

/// Whether Pro Tools cannot be asked about its session now.
pub fn not_linked(state: &State) -> Option<Fault> {
    not_connected(state).or_else(|| match state.link.phase {
        LinkPhase::NoSession { .. } => Some(fault(ErrorKind::NoSession, "no session is open")),
        _ => None,
    })
}

/// Why the transport cannot be told to play or to go somewhere.
pub fn place_refusal(state: &State) -> Option<Fault> {
    not_linked(state).or_else(|| bouncing(state))
}

fn no_markers(state: &State) -> Option<Fault> {
    no_session(state).or_else(|| {
        let text = "the session has no markers";
        state
            .markers()
            .is_empty()
            .then(|| fault(ErrorKind::Usage, text))
    })
}

fn not_connected(state: &State) -> Option<Fault> {
    let text = match &state.link.phase {
        LinkPhase::Offline => "not connected",
        LinkPhase::Connecting => "not connected yet",
        LinkPhase::Waiting { reason, .. } => {
            let mut reason = reason.clone();
            reason.message = format!("not connected: {}", reason.message);
            return Some(reason);
        }
        LinkPhase::Stale { .. } => "Pro Tools does not answer",
        LinkPhase::Blocked { .. } => {
            let mut fault = fault(ErrorKind::Refused, "Pro Tools takes no commands now");
            let hint = "Answer the dialog at the screen of Pro Tools";
            fault.hints.push(hint.to_owned());
            return Some(fault);
        }
        LinkPhase::NoSession { .. } | LinkPhase::Linked => return None,
    };
    let mut fault = fault(ErrorKind::NotConnected, text);
    fault.hints.push(":connect tries again".to_owned());
    Some(fault)
}

fn no_session(state: &State) -> Option<Fault> {
    let missing = state.session.is_none();
    missing.then(|| fault(ErrorKind::NoSession, "no session is open"))
}

/// A bounce holds solo, mute and transport until it is over.
fn bouncing(state: &State) -> Option<Fault> {
    let job = state
        .jobs
        .jobs()
        .iter()
        .find(|job| job.state.is_active() && job.plan.engine == EngineKind::Bounce)?;
    let text = format!(
        "job {} is bouncing: it needs solo, mute and transport",
        job.id
    );
    let mut fault = fault(ErrorKind::Refused, text);
    fault
        .hints
        .push("Wait for it, or cancel it with x".to_owned());
    Some(fault)
}

fn not_armed(state: &State) -> Option<Fault> {
    let armed = state.tracks().iter().any(|track| track.record_enabled);
    (!armed).then(|| {
        let mut fault = fault(ErrorKind::Usage, "no track is record-armed");
        fault.hints.push("Arm one with R".to_owned());
        fault
    })
}

fn no_targets(state: &State, names: &[String]) -> Option<Fault> {
    let selected = &state.ui.selected;
    let is_selected = |track: &Track| selected.contains(&track.id);
    if !names.is_empty() || (!selected.is_empty() && state.tracks().iter().any(is_selected)) {
        return None;
    }
    let targets = tracks::targets(state, names);
    match targets {
        Ok(ids) if ids.is_empty() => Some(fault(ErrorKind::Usage, "no track is selected")),
        Ok(_) => None,
        Err(text) => Some(fault(ErrorKind::Usage, text)),
    }
}

fn no_plan(state: &State) -> Option<Fault> {
    no_session(state).or_else(|| match &state.plan {
        None => Some(fault(
            ErrorKind::NoSession,
            "the session is still being read",
        )),
        Some(Err(fault)) => Some(fault.clone()),
        Some(Ok(plan)) if plan.stems.is_empty() => {
            let mut fault = fault(ErrorKind::Recipe, "no stem is planned");
            fault
                .hints
                .push("Select tracks and assign them with s".to_owned());
            fault.hints.push(":recipe PATH loads a recipe".to_owned());
            Some(fault)
        }
        Some(Ok(_)) => None,
    })
}

fn no_stems(state: &State) -> Option<Fault> {
    match &state.plan {
        Some(Ok(plan)) if !plan.stems.is_empty() => None,
        _ if stems::is_edited(state) => None,
        _ => Some(fault(ErrorKind::Recipe, "there is no stem to be saved")),
    }
}

fn no_job(state: &State, number: Option<u32>, wish: Wish) -> Option<Fault> {
    let reason = jobs::find(state, number, wish).err()?;
    Some(fault(ErrorKind::Job, reason))
}

fn no_way_back(state: &State, change: &Change) -> Option<Fault> {
    match change {
        Change::Flags { .. } => not_linked(state).or_else(|| bouncing(state)),
        Change::Assigned { .. } | Change::Stems(_) => None,
        Change::Several(changes) => changes.iter().find_map(|change| no_way_back(state, change)),
    }
}

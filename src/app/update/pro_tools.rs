//! What is asked of Pro Tools beside switches: transport, places, sessions, any command.

use crate::action::Action;
use crate::app::state::{Pane, Severity};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::model::LinkPhase;
use crate::model::link::Fault;
use crate::model::text::{clean, nearest};
use crate::ptsl::request::{LinkCommand, Request};

use super::tracks::ask;
use super::{console, notices, overlays, palette};

/// Starts or stops, by what the transport does now.
pub fn toggle_play(state: &mut State, out: &mut Vec<Effect>) {
    let rolls = state
        .session
        .as_ref()
        .is_some_and(|session| session.transport.is_rolling());
    if rolls {
        ask(state, Request::Stop, "stop", out);
    } else {
        ask(state, Request::Play, "play", out);
    }
}

/// Records, after a question that names the armed tracks.
pub fn record(state: &mut State, confirmed: bool, out: &mut Vec<Effect>) {
    if confirmed || !state.config.confirm.record {
        ask(state, Request::Record, "record", out);
        return;
    }
    let armed: Vec<String> = state
        .tracks()
        .iter()
        .filter(|track| track.record_enabled)
        .map(|track| clean(&track.name).into_owned())
        .collect();
    let details = vec![format!("Armed: {}", armed.join(", "))];
    overlays::question(state, "Record now?".to_owned(), details, Action::Record);
}

/// Moves the play start to a marker, timecode or sample; to the session start for a blank text.
pub fn locate(state: &mut State, place: &str, out: &mut Vec<Effect>) {
    let Some(session) = &state.session else {
        return;
    };
    let place = place.trim();
    let marker = session
        .markers
        .iter()
        .find(|marker| marker.name == place)
        .or_else(|| {
            let wanted = place.to_lowercase();
            let mut markers = session.markers.iter();
            markers.find(|marker| marker.name.to_lowercase() == wanted)
        });
    let sample = match marker {
        _ if place.is_empty() => 0,
        Some(marker) => marker.start,
        None => match session.info.ruler.parse(place) {
            Ok(sample) => sample,
            Err(error) => {
                let names = session.markers.iter().map(|marker| marker.name.as_str());
                let near = nearest(place, names).map(|near| format!("; did you mean '{near}'?"));
                let text = format!(
                    "'{place}' is no marker and no place: {error}{}",
                    near.unwrap_or_default()
                );
                return notices::refuse(state, ErrorKind::Usage, text);
            }
        },
    };
    ask(state, Request::Locate(sample), "locate", out);
}

/// Goes to the marker under the cursor of the transport pane.
pub fn locate_marker(state: &mut State, out: &mut Vec<Effect>) {
    let index = state
        .shown(Pane::Transport)
        .get(state.cursor(Pane::Transport))
        .copied();
    let start = index.and_then(|index| Some(state.session.as_ref()?.markers.get(index)?.start));
    if let Some(start) = start {
        ask(state, Request::Locate(start), "locate", out);
    }
}

pub fn connect(state: &mut State, host: Option<String>, port: Option<u16>, out: &mut Vec<Effect>) {
    if host.is_some() || port.is_some() {
        let (old_host, old_port) = split_address(&state.link.address);
        let host = host.clone().unwrap_or(old_host);
        let port = port.map_or(old_port, |port| port.to_string());
        let address = format!("{}:{port}", clean(&host));
        if address != state.link.address {
            // Whoever waits must not take the old connection for the new one.
            state.link.phase = LinkPhase::Connecting;
            state.link.address = address;
        }
    }
    out.push(Effect::Link(LinkCommand::Connect { host, port }));
}

/// Why another address is refused: what a simulator's instance takes for granted would leave a
/// real session changed.
pub fn elsewhere(state: &State, host: Option<&str>, port: Option<u16>) -> Option<Fault> {
    let (own_host, own_port) = state.link.address.rsplit_once(':')?;
    let moves = host.is_some_and(|host| host != own_host)
        || port.is_some_and(|port| port.to_string() != own_port);
    (state.mode.is_simulated() && moves).then(|| {
        let text = "this instance works on its own simulator and connects to nothing else";
        let mut fault = notices::fault(ErrorKind::Usage, text.to_owned());
        let hint = "Start pt-stem without --demo and --open for a Pro Tools";
        fault.hints.push(hint.to_owned());
        fault
    })
}

fn split_address(address: &str) -> (String, String) {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "31416"));
    (host.to_owned(), port.to_owned())
}

/// Sends any command; `show` opens the console. `false` when nothing was sent.
pub fn call(
    state: &mut State,
    command: String,
    body: Option<String>,
    show: bool,
    out: &mut Vec<Effect>,
) -> bool {
    let body = body.unwrap_or_default();
    if !body.trim().is_empty()
        && let Err(error) = serde_json::from_str::<serde_json::Value>(&body)
    {
        let text = format!("the body of {command} is no JSON: {error}");
        notices::refuse(state, ErrorKind::Usage, text);
        return false;
    }
    let what = clean(&command).into_owned();
    let line = format!("{command} {body}").trim_end().to_owned();
    let id = ask(state, Request::Call { command, body }, what, out);
    console::sent(state, id, line, show);
    true
}

/// Opens a session, after a question where another one is open.
pub fn open(state: &mut State, path: String, confirmed: bool, out: &mut Vec<Effect>) {
    if path.trim().is_empty() {
        return palette::ask(state, "open-session ", out);
    }
    let shown = clean(&path).into_owned();
    match state.session.as_ref().filter(|_| !confirmed) {
        None => {
            let what = format!("open '{shown}'");
            ask(state, Request::OpenSession(path), what, out);
        }
        Some(session) => {
            let name = clean(&session.info.name).into_owned();
            let details = vec![
                format!("{name} is open: Pro Tools closes it first."),
                "What was not saved in it may be lost.".to_owned(),
            ];
            let action = Action::OpenSession(path);
            overlays::question(state, format!("Open {shown}?"), details, action);
        }
    }
}

/// Saves the session, after a question: the file on the disk is another one then.
pub fn save(state: &mut State, confirmed: bool, out: &mut Vec<Effect>) {
    if confirmed {
        ask(state, Request::SaveSession, "save the session", out);
        return;
    }
    let session = state.session.as_ref();
    let name = session.map_or("the session", |session| &session.info.name);
    let question = format!("Save {}?", clean(name));
    let details = vec!["The session file is replaced by what Pro Tools has now.".to_owned()];
    overlays::question(state, question, details, Action::SaveSession);
}

/// Closes the session without saving, after a question.
pub fn close(state: &mut State, confirmed: bool, out: &mut Vec<Effect>) {
    if confirmed {
        let request = Request::CloseSession { save: false };
        ask(state, request, "close the session", out);
        return;
    }
    let name = state
        .session
        .as_ref()
        .map(|session| session.info.name.clone());
    let question = format!("Close {}?", clean(&name.unwrap_or_default()));
    let details = vec!["What was not saved in Pro Tools is lost.".to_owned()];
    overlays::question(state, question, details, Action::CloseSession);
}

pub fn rescue(state: &mut State, out: &mut Vec<Effect>) {
    notices::log(state, Severity::Info, "rescue", "putting tracks back");
    out.push(Effect::Rescue);
}

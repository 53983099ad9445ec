//! The pure update: a message and a moment change the state and ask for effects. One file a concern;
//! nothing here reads a clock, a file or the network.

pub mod available;
pub mod console;
mod files;
mod jobs;
mod leaving;
mod link;
mod moving;
mod notices;
mod overlays;
mod overview;
pub mod palette;
mod picks;
mod places;
pub mod planning;
pub mod printing;
mod pro_tools;
mod reloading;
mod saving;
mod search;
pub mod snapshots;
mod stems;
mod text;
mod tracks;
mod undo;

pub use saving::Saved;

use std::path::PathBuf;
use std::sync::Arc;

use crate::action::{Action, Motion, Switch};
use crate::app::effect::Effect;
use crate::app::planned::Planned;
use crate::app::state::{FileEntry, LogLine, Overlay, Pane, Severity, State, Survey};
use crate::app::wire::Seat;
use crate::config::UserFiles;
use crate::error::ErrorKind;
use crate::jobs::queue::JobCommand;
use crate::model::inspection::Inspection;
use crate::model::link::Fault;
use crate::model::overview::{Overview, OverviewOf};
use crate::model::session::SessionFolder;
use crate::model::snapshot::Snapshot;
use crate::model::{Finding, JobEvent, JobId, Level, LinkEvent, Now};
use crate::plan::Source;
use crate::ptsl::request::{LinkCommand, Request};

/// What happened.
#[derive(Debug, Clone)]
pub enum Msg {
    Action(Action),
    /// An action that has been confirmed already: no questions.
    Confirmed(Action),
    /// Text for the field that is being typed in (filter, palette, dialog).
    Input(Input),
    Link(LinkEvent),
    Job(JobEvent),
    Files {
        dir: PathBuf,
        entries: Result<Vec<FileEntry>, Fault>,
    },
    Surveyed {
        dir: PathBuf,
        survey: Survey,
    },
    RecipeLoaded {
        path: PathBuf,
        source: Result<Box<Source>, Fault>,
    },
    RecipeSaved {
        path: PathBuf,
        outcome: Result<Saved, Fault>,
    },
    /// The snapshots of a session, as they are kept now.
    Snapshots {
        session: String,
        outcome: Result<Vec<Snapshot>, Fault>,
    },
    /// The names in a folder; folders end with a slash.
    Names {
        dir: PathBuf,
        names: Vec<String>,
    },
    /// What was odd about the session's folder.
    Findings(Vec<Finding>),
    /// The clips that Pro Tools tells, as the folder that it keeps to itself.
    Clips(Result<Arc<SessionFolder>, Fault>),
    /// What Pro Tools told about a bounce.
    Inspected(Result<Arc<Inspection>, Fault>),
    /// The answer of [`Effect::Plan`].
    Planned(Box<Planned>),
    Overview {
        of: OverviewOf,
        outcome: Result<Arc<Overview>, Fault>,
    },
    Leases(Vec<(JobId, String)>),
    Rescued(Result<Vec<String>, Fault>),
    /// Who holds the connection, from now on.
    Seat(Seat),
    Log(LogLine),
    /// The same, and above the footer too: somebody waits for it.
    Say(LogLine),
    /// Settings, keys and theme were read again.
    Reload(Reload),
    /// The view tells how many rows fit.
    PageRows(Pane, usize),
    /// What was run from the palette in earlier times, the newest last.
    History(Vec<String>),
    /// The first line that the open details are shown from.
    DetailsFrom(usize),
    /// A click: the pane takes the focus, its cursor goes to the row (counted from the pane's
    /// first row, beyond the end means the last).
    Point(Pane, usize),
    /// Keys of an unfinished sequence.
    PendingKeys(String),
    /// They have waited: show what can follow.
    Which,
    /// Time has passed: toasts end, countdowns count.
    Tick,
}

/// What came of reading the user's files again.
#[derive(Debug, Clone)]
pub enum Reload {
    /// They hold now; what is different, see [`UserFiles::changes`].
    Taken(Box<UserFiles>, Vec<String>),
    /// They are wrong; the old ones stay.
    Refused(Fault),
    /// Changes are not noticed here.
    Blind(Fault),
}

/// An edit of the text field that has the focus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Typed or pasted; line breaks become blanks.
    Insert(String),
    Backspace,
    Delete,
    Left,
    Right,
    Home,
    End,
    DeleteWord,
    Clear,
    Submit,
    /// Takes what fits what is typed.
    Complete,
}

/// Changes the state and returns what is to be done. Synchronous, below a millisecond; only what
/// relies on the plan of thousands of tracks may have to wait until it is made.
pub fn update(state: &mut State, msg: Msg, now: Now) -> Vec<Effect> {
    state.now = now;
    let mut out = Vec::new();
    notices::expire(state);
    let lists = touched(&msg);
    if relies_on_plan(&msg) {
        planning::settle(state, &mut out);
    }
    match msg {
        Msg::Action(action) => act(state, action, false, &mut out),
        Msg::Confirmed(action) => act(state, action, true, &mut out),
        Msg::Input(input) => overlays::input(state, &input, &mut out),
        Msg::Link(event) => link::event(state, event, &mut out),
        Msg::Job(event) => jobs::event(state, event, &mut out),
        Msg::Files { dir, entries } => files::listed(state, &dir, entries),
        Msg::Surveyed { dir, survey } => surveyed(state, dir, survey, &mut out),
        Msg::RecipeLoaded { path, source } => saving::loaded(state, path, source, &mut out),
        Msg::RecipeSaved { path, outcome } => saving::saved(state, path, outcome, &mut out),
        Msg::Snapshots { session, outcome } => snapshots::came(state, &session, outcome),
        Msg::Names { dir, names } => {
            state.ui.names = Some((dir, names));
            printing::names_came(state, &mut out);
        }
        Msg::Findings(findings) => found(state, findings),
        Msg::Clips(outcome) => planning::clips_told(state, outcome, &mut out),
        Msg::Inspected(outcome) => planning::inspected(state, outcome, &mut out),
        Msg::Planned(planned) => planning::planned(state, *planned),
        Msg::Overview { of, outcome } => overview::read(state, of, outcome),
        Msg::Leases(leases) => link::leases(state, leases),
        Msg::Rescued(outcome) => link::rescued(state, outcome),
        Msg::Seat(seat) => link::seated(state, seat),
        Msg::Log(line) => notices::append(state, line),
        Msg::Say(line) => notices::say(state, line.severity, &line.source, &line.text),
        Msg::Reload(reload) => reloading::reload(state, reload, &mut out),
        Msg::History(lines) => palette::recalled(state, lines),
        Msg::DetailsFrom(line) => overlays::details_from(state, line),
        Msg::PageRows(pane, rows) => drop(state.ui.page_rows.insert(pane, rows)),
        Msg::Point(pane, row) => {
            state.ui.focus = pane;
            moving::set_cursor(state, pane, row);
        }
        Msg::PendingKeys(keys) => {
            state.ui.which = false;
            state.ui.pending_keys = keys;
        }
        Msg::Which => state.ui.which = !state.ui.pending_keys.is_empty(),
        Msg::Tick => tracks::confirm_pending(state),
    }
    state.handed += out.iter().filter(|effect| is_submission(effect)).count();
    search::follow(state, lists);
    moving::clamp(state);
    overview::follow(state, &mut out);
    out
}

/// Whether something is done that may rely on the plan: it must not be older than the state.
fn relies_on_plan(msg: &Msg) -> bool {
    match msg {
        Msg::Action(action) => !matches!(action, Action::Move(_)),
        Msg::Confirmed(_) | Msg::Input(Input::Submit) => true,
        _ => false,
    }
}

fn is_submission(effect: &Effect) -> bool {
    matches!(effect, Effect::Job(JobCommand::Submit { .. }))
}

/// The panes whose lists a message may have changed.
fn touched(msg: &Msg) -> &'static [Pane] {
    match msg {
        Msg::Link(_) => &[Pane::Tracks, Pane::Stems, Pane::Transport],
        Msg::Job(_) => &[Pane::Jobs],
        Msg::Files { .. } => &[Pane::Files],
        Msg::Surveyed { .. } | Msg::RecipeLoaded { .. } | Msg::Clips(_) | Msg::Planned(_) => {
            &[Pane::Tracks, Pane::Stems]
        }
        Msg::Action(Action::Move(_)) => &[],
        Msg::Action(_) | Msg::Confirmed(_) => &Pane::ALL,
        _ => &[],
    }
}

/// Carries out an action; `confirmed` when no question is to be asked any more.
fn act(state: &mut State, action: Action, confirmed: bool, out: &mut Vec<Effect>) {
    if let Some(fault) = available::refusal(state, &action) {
        // The palette shows the reason before; keys and scripts learn it now.
        let hints = fault.hints.clone();
        notices::refuse(state, fault.kind, fault.message);
        if let Some(last) = &mut state.ui.last_fault {
            last.hints = hints;
        }
        return;
    }
    match action {
        Action::Move(motion) => motion_in_focus(state, motion, out),
        Action::NextPane => moving::turn_focus(state, 1),
        Action::PreviousPane => moving::turn_focus(state, Pane::ALL.len() - 1),
        Action::Pane(number) => {
            if !moving::focus_number(state, number) {
                let text = format!("there is no pane {number}");
                notices::refuse(state, ErrorKind::Usage, text);
            }
        }
        Action::Open => open(state, out),
        Action::Back => overlays::back(state),
        Action::Confirm => overlays::confirm(state, out),
        Action::SelectRow => tracks::toggle_row(state),
        Action::SelectRange => tracks::toggle_range(state),
        Action::SelectInvert => tracks::invert(state),
        Action::Assign(None) => overlays::ask_stem(state),
        Action::Assign(stem) => overlays::assign(state, stem, out),
        Action::StemNew(None) => palette::ask(state, "stem-new ", out),
        Action::StemNew(Some(name)) => stems::make(state, &name, out),
        Action::StemRename(None) => stems::ask_name(state, out),
        Action::StemRename(Some(name)) => stems::rename(state, &name, out),
        Action::StemMove { stem, down } => stems::step(state, stem.as_deref(), down, out),
        Action::StemDelete(stem) => stems::delete(state, stem.as_deref(), out),
        Action::RecipeSave(path) => saving::save(state, path, confirmed, out),
        Action::Print(names) => printing::open(state, names, out),
        Action::PrintAll => printing::open_all(state, out),
        Action::Undo => undo::undo(state, out),
        Action::Redo => undo::redo(state, out),
        Action::Filter => search::start(state),
        Action::Sort(key) => search::sort(state, key),
        Action::NextMatch | Action::PreviousMatch => {
            let forward = action == Action::NextMatch;
            if !places::step(state, forward) && !search::step(state, forward) {
                notices::toast(state, Severity::Info, "nothing to go to");
            }
        }
        other => act_outside(state, other, confirmed, out),
    }
}

/// The actions on Pro Tools, jobs, and the program itself.
fn act_outside(state: &mut State, action: Action, confirmed: bool, out: &mut Vec<Effect>) {
    match action {
        Action::Flag {
            flag,
            tracks,
            switch,
        } => tracks::switch(state, flag, &tracks, switch, out),
        Action::TogglePlay => pro_tools::toggle_play(state, out),
        Action::Play => drop(tracks::ask(state, Request::Play, "play", out)),
        Action::Stop => drop(tracks::ask(state, Request::Stop, "stop", out)),
        Action::Record => pro_tools::record(state, confirmed, out),
        Action::Locate(place) => pro_tools::locate(state, &place, out),
        Action::Cancel(number) => jobs::cancel(state, number, confirmed, out),
        Action::Pause(number) => jobs::pause(state, number, out),
        Action::Retry(number) => jobs::retry(state, number, out),
        Action::Remove(number) => jobs::remove(state, number, out),
        Action::CancelAll => jobs::cancel_all(state, confirmed, out),
        Action::JobMove { job, down } => jobs::step(state, job, down, out),
        Action::OpenFolder => jobs::open_folder(state, out),
        Action::Connect { host, port } => pro_tools::connect(state, host, port, out),
        Action::Disconnect => out.push(Effect::Link(LinkCommand::Disconnect)),
        Action::Refresh => {
            out.push(Effect::Link(LinkCommand::Refresh));
            out.push(Effect::ListFiles(state.files.dir.clone()));
        }
        Action::OpenSession(path) => pro_tools::open(state, path, confirmed, out),
        Action::SaveSession => pro_tools::save(state, confirmed, out),
        Action::CloseSession => pro_tools::close(state, confirmed, out),
        Action::Call { command, body } => {
            pro_tools::call(state, command, body, !confirmed, out);
        }
        Action::Console => console::toggle(state),
        Action::Markers => picks::markers(state),
        Action::SelectMarkers { from, to } => picks::select_markers(state, &from, &to, out),
        Action::Snapshots => picks::snapshots(state),
        Action::Snapshot { verb, name: None } => snapshots::ask(state, verb, out),
        Action::Snapshot {
            verb,
            name: Some(name),
        } => snapshots::act(state, verb, &name, out),
        Action::Rescue => pro_tools::rescue(state, out),
        Action::Recipe(path) => out.push(Effect::LoadRecipe(PathBuf::from(path))),
        other => act_on_screen(state, other, confirmed, out),
    }
}

/// The actions of the screen.
fn act_on_screen(state: &mut State, action: Action, confirmed: bool, out: &mut Vec<Effect>) {
    match action {
        Action::Palette => palette::toggle(state),
        Action::Help => overlays::help(state),
        Action::Inspector => overlays::toggle(state, Overlay::Inspector { first: 0 }),
        Action::LastError => state.ui.overlay = state.ui.last_fault.clone().map(Overlay::Fault),
        Action::Matrix => {
            let is_there = state.ui.focus == Pane::Matrix;
            state.ui.focus = if is_there { Pane::Tracks } else { Pane::Matrix };
        }
        Action::LogLevel(level) => notices::show_level(state, level),
        Action::Zoom => state.ui.zoomed = !state.ui.zoomed,
        Action::ToggleHidden => {
            state.ui.show_hidden = !state.ui.show_hidden;
            tracks::rebuild_rows(state);
        }
        Action::CopyPath => {
            if let Some(path) = files::path_under_cursor(state) {
                let text = format!("sent to the terminal's clipboard: {path}");
                notices::toast(state, Severity::Ok, &text);
                out.push(Effect::Copy(path));
            }
        }
        Action::Mouse(switch) => {
            let is_on = state.ui.mouse.unwrap_or(state.config.ui.mouse);
            let on = match switch {
                Switch::On => true,
                Switch::Off => false,
                Switch::Toggle => !is_on,
            };
            state.ui.mouse = Some(on);
            let text = if on {
                "the mouse is taken: Shift and drag selects text"
            } else {
                "the mouse is the terminal's"
            };
            notices::toast(state, Severity::Info, text);
            out.push(Effect::Mouse(on));
        }
        Action::Theme(name) => out.push(Effect::Theme(name)),
        Action::Redraw => out.push(Effect::Redraw),
        Action::Reload => out.push(Effect::Reload),
        Action::Suspend => out.push(Effect::Suspend),
        Action::Interrupt => leaving::interrupt(state, out),
        Action::Quit => leaving::quit(state, confirmed, out),
        _ => {}
    }
}

fn motion_in_focus(state: &mut State, motion: Motion, out: &mut Vec<Effect>) {
    if state.ui.overlay.is_some() {
        return overlays::motion(state, motion, out);
    }
    match (motion, state.ui.focus) {
        (Motion::Left, Pane::Tracks) => {
            if !tracks::fold(state, Some(true)) {
                tracks::to_parent(state);
            }
        }
        (Motion::Right, Pane::Tracks) => drop(tracks::fold(state, Some(false))),
        (Motion::Left | Motion::Right, Pane::Matrix) => moving::move_column(state, motion),
        (Motion::Left, Pane::Timeline) => moving::move_cursor(state, Motion::Up),
        (Motion::Right, Pane::Timeline) => moving::move_cursor(state, Motion::Down),
        (Motion::Left, Pane::Files) => files::up(state, out),
        (Motion::Right, Pane::Files) => files::open(state, out),
        _ => moving::move_cursor(state, motion),
    }
}

fn open(state: &mut State, out: &mut Vec<Effect>) {
    if state.ui.overlay.is_some() || state.ui.filtering {
        return overlays::submit(state, out);
    }
    if state.ui.focus == Pane::Tracks && tracks::fold(state, None) {
        return;
    }
    match state.ui.focus {
        Pane::Files => files::open(state, out),
        Pane::Transport | Pane::Timeline => {
            match available::refusal(state, &Action::Locate(String::new())) {
                None => pro_tools::locate_marker(state, out),
                Some(fault) => notices::refuse(state, fault.kind, fault.message),
            }
        }
        Pane::Matrix => overlays::assign_column(state, out),
        Pane::Link => {}
        Pane::Tracks | Pane::Stems | Pane::Jobs | Pane::Log => {
            state.ui.overlay = Some(Overlay::Inspector { first: 0 });
        }
    }
}

fn surveyed(state: &mut State, dir: PathBuf, survey: Survey, out: &mut Vec<Effect>) {
    state.free_bytes = survey.free_bytes;
    if state.surveys.get(&dir) != Some(&survey) {
        state.surveys.insert(dir, survey);
        planning::replan(state, out);
    }
}

fn found(state: &mut State, findings: Vec<Finding>) {
    const SHOWN: usize = 20;
    for finding in findings.iter().take(SHOWN) {
        let severity = match finding.level {
            Level::Note => Severity::Info,
            Level::Warning => Severity::Warning,
            Level::Error => Severity::Error,
        };
        notices::log(state, severity, "session", &finding.text);
    }
    state.findings = findings;
}

//! Every pane and every overlay whole, at four sizes in one picture each.

use pt_stem::action::{Action, LogLevel};
use pt_stem::app::state::{Mode, Overlay, Pane};
use pt_stem::app::{Msg, State};
use pt_stem::error::ErrorKind;
use pt_stem::model::link::Fault;

use crate::{desk, screen};

fn picture(name: &str, state: &State) {
    let mut all = String::new();
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        all.push_str(&format!(
            "{width}x{height}\n{}\n",
            screen(state, width, height)
        ));
    }
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, all);
    });
}

#[test]
fn panes() {
    for pane in Pane::ALL {
        let mut state = desk::rendering();
        state.ui.focus = pane;
        picture(&format!("pane_{}", pane.word()), &state);
    }
}

#[test]
fn a_bounce_and_nothing_at_all() {
    let mut state = desk::busy();
    state.ui.focus = Pane::Jobs;
    picture("bouncing", &state);
    picture("offline", &desk::empty(Mode::Live));
    let mut zoomed = desk::rendering();
    zoomed.ui.focus = Pane::Jobs;
    desk::tell(&mut zoomed, Msg::Action(Action::Zoom));
    picture("zoomed", &zoomed);
    let mut log = desk::busy();
    log.ui.focus = Pane::Log;
    let level = Action::LogLevel(Some(LogLevel::Warnings));
    desk::tell(&mut log, Msg::Action(level));
    picture("log_of_warnings", &log);
}

#[test]
fn overlays() {
    for (name, action) in [
        ("help", Action::Help),
        ("palette", Action::Palette),
        ("print", Action::PrintAll),
        ("inspector", Action::Inspector),
        ("assign", Action::Assign(None)),
        ("question", Action::Record),
        ("filter", Action::Filter),
        ("markers", Action::Markers),
        ("console", Action::Console),
        ("snapshots", Action::Snapshots),
    ] {
        let mut state = match action {
            Action::Inspector => desk::rendering(),
            _ => desk::linked(),
        };
        desk::tell(&mut state, Msg::Action(action));
        picture(&format!("overlay_{name}"), &state);
    }
    let mut state = desk::busy();
    state.ui.overlay = Some(Overlay::Fault(Fault {
        kind: ErrorKind::Refused,
        message: "Bounce of SFX failed: the disk is full".to_owned(),
        hints: vec!["Free space, then press t to retry".to_owned()],
    }));
    picture("overlay_fault", &state);
}

#[test]
fn a_failed_sum_over_time() {
    let mut state = desk::failed_sum();
    state.ui.focus = Pane::Jobs;
    picture("failed_sum", &state);
    desk::tell(&mut state, Msg::Action(Action::Open));
    desk::tell(&mut state, Msg::Action(Action::PreviousMatch));
    picture("worst_place", &state);
}

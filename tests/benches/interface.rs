//! How fast the interface is with large sessions, folders and logs: time of an update and of a frame,
//! bytes of a frame, the time from the start to the first bytes, memory, and what idling costs.
//! `cargo bench --bench interface`. Prints tables; asserts nothing.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../screens/desk.rs"]
#[allow(dead_code, reason = "the tests' screens have more of it")]
mod desk;
#[path = "../screens/meter.rs"]
mod meter;
#[cfg(unix)]
#[path = "interface/program.rs"]
mod program;
#[path = "interface/sessions.rs"]
mod sessions;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pt_stem::action::{Action, Motion};
use pt_stem::app::state::{LogLine, Pane, Severity};
use pt_stem::app::{Effect, Input, Msg, State, update};
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::config::theme::Theme;
use pt_stem::model::{LinkEvent, Now};
use pt_stem::tui::style::Look;
use pt_stem::tui::view::{Memory, Scene, draw};
use ratatui::layout::Size;

const NOW: Now = desk::NOW;
const SCREEN: Size = Size {
    width: 200,
    height: 60,
};

fn main() {
    println!("microseconds, median and highest");
    println!(
        "tracks  stems    track list     its answer    print dialog    cursor step         filter   \
         frame 200x60   (plan made elsewhere)"
    );
    for count in [100, 1_000, 5_000] {
        tracks(count);
    }
    println!("                 cursor step   frame 200x60");
    panes();
    log();
    bytes();
    #[cfg(unix)]
    {
        program::start();
        program::connected(5_000);
    }
}

fn tracks(count: u32) {
    let (mut state, tracks) = sessions::linked(count);
    let (mut answers, mut plans) = (Vec::new(), Vec::new());
    let lists = times(20, |number| {
        let mut changed = tracks.clone();
        changed[1].muted = number % 2 == 0;
        let msg = Msg::Link(LinkEvent::Tracks(Arc::new(changed)));
        let (took, effects) = timed(|| update(&mut state, msg, NOW));
        for effect in effects {
            if let Effect::Plan(planning) = effect {
                let (took, planned) = timed(|| planning.make());
                plans.push(took);
                let msg = Msg::Planned(Box::new(planned));
                answers.push(timed(|| tell(&mut state, msg)).0);
            }
        }
        took
    });
    let dialogs = times(20, |_| {
        let took = timed(|| tell(&mut state, Msg::Action(Action::PrintAll))).0;
        tell(&mut state, Msg::Action(Action::Back));
        took
    });
    let (steps, frames) = walk(&mut state);
    tell(&mut state, Msg::Action(Action::Filter));
    let filters = times(20, |_| {
        timed(|| {
            tell(&mut state, Msg::Input(Input::Insert("1".to_owned())));
            tell(&mut state, Msg::Input(Input::Clear));
        })
        .0
    });
    let columns = [lists, answers, dialogs, steps, filters, frames, plans];
    let columns: Vec<String> = columns.into_iter().map(shown).collect();
    println!("{count:6} {:6} {}", count / 10, columns.join(" "));
}

/// 500 stems and 2,000 files.
fn panes() {
    let (mut state, _) = sessions::linked(5_000);
    // Whatever is done needs the plan, and has it made.
    tell(&mut state, Msg::Action(Action::Zoom));
    let dir = state.files.dir.clone();
    let entries = Ok(sessions::files(2_000));
    let (listed, ()) = timed(|| tell(&mut state, Msg::Files { dir, entries }));
    for (pane, what) in [
        (Pane::Stems, "500 stems"),
        (Pane::Matrix, "matrix"),
        (Pane::Files, "2000 files"),
    ] {
        state.ui.focus = pane;
        let (steps, frames) = walk(&mut state);
        println!("{what:>13} {} {}", shown(steps), shown(frames));
    }
    println!("2000 files listed: {:.0}", listed.as_secs_f64() * 1e6);
}

/// Steps of the cursor in the pane that has the focus, and the frames that show them.
fn walk(state: &mut State) -> (Vec<Duration>, Vec<Duration>) {
    let (look, mut memory) = (look(), Memory::default());
    let mut steps = Vec::new();
    let frames = times(200, |_| {
        steps.push(timed(|| tell(state, Msg::Action(Action::Move(Motion::Down)))).0);
        let scene = Scene {
            state,
            look: &look,
            keymap: &state.keymap,
        };
        timed(|| draw(&scene, SCREEN, &mut memory)).0
    });
    (steps, frames)
}

fn log() {
    let (mut state, _) = sessions::linked(100);
    for number in 0..100_000 {
        tell(&mut state, Msg::Log(line(number)));
    }
    state.ui.focus = Pane::Log;
    let lines = times(200, |_| timed(|| tell(&mut state, Msg::Log(line(7)))).0);
    let (steps, frames) = walk(&mut state);
    println!(
        "{:7} lines {} {}; another line {}",
        state.log.len(),
        shown(steps),
        shown(frames),
        shown(lines)
    );
}

/// What a frame sends, mean and highest.
fn bytes() {
    println!("bytes a frame          first       counter        meters   cursor step");
    for size in meter::SIZES {
        let first = meter::Far::new(size).show(&desk::busy());
        let kinds = [
            meter::counter(size),
            meter::meters(size),
            meter::cursor(size),
        ];
        let kinds = kinds.map(|cost| format!("{:6} {:6}", cost.mean, cost.highest));
        let size = format!("{}x{}", size.0, size.1);
        println!("{size:>13} {first:13} {}", kinds.join(" "));
    }
}

fn look() -> Look {
    let theme = Theme::load("dark", Path::new("/nonexistent")).expect("a theme");
    Look::new(theme, ColorDepth::Ansi256, Symbols::Unicode)
}

fn tell(state: &mut State, msg: Msg) {
    update(state, msg, NOW);
}

fn line(number: u64) -> LogLine {
    LogLine {
        unix_ms: NOW.unix_ms + number,
        severity: Severity::Info,
        source: "link".to_owned(),
        text: format!("line {number} of a long night"),
    }
}

/// What was given is dropped by the caller, off the clock.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let out = work();
    (started.elapsed(), out)
}

fn times(count: usize, work: impl FnMut(usize) -> Duration) -> Vec<Duration> {
    (0..count).map(work).collect()
}

fn shown(mut times: Vec<Duration>) -> String {
    times.sort();
    let micros = |time: &Duration| time.as_secs_f64() * 1e6;
    match (times.get(times.len() / 2), times.last()) {
        (Some(middle), Some(highest)) => format!("{:6.0} {:6.0}", micros(middle), micros(highest)),
        _ => format!("{:>13}", "-"),
    }
}

//! How fast the interface is: sessions of 100 to 5,000 tracks, time of an update and of a frame, a log
//! of 100,000 lines, the time from the start to the first bytes, and memory.
//! `cargo bench --bench interface`. Prints tables; asserts nothing.

#![allow(clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pt_stem::action::{Action, Motion};
use pt_stem::app::state::{LogLine, Mode, Pane, Severity};
use pt_stem::app::{Msg, State, update};
use pt_stem::config::Config;
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::config::theme::Theme;
use pt_stem::model::session::SessionFolder;
use pt_stem::model::{
    Arrangement, LinkEvent, LinkPhase, Now, Ruler, SessionInfo, StemSpec, TimecodeRate, Track,
    TrackId, TrackKind,
};
use pt_stem::tui::style::Look;
use pt_stem::tui::view::{Memory, Scene, draw};
use ratatui::layout::Size;

const NOW: Now = Now {
    mono_us: 10_000_000,
    unix_ms: 1_750_082_551_000,
    offset_s: 0,
};
const SCREEN: Size = Size {
    width: 200,
    height: 60,
};

fn main() {
    println!("microseconds, median and highest of 200");
    println!("tracks  stems   track list   cursor step        filter   frame 200x60");
    for count in [100, 1_000, 5_000] {
        row(count);
    }
    log();
    start();
}

fn row(count: u32) {
    let look = look();
    let mut memory = Memory::default();
    let (mut state, tracks) = session(count);
    let lists = times(10, || {
        let mut changed = tracks.clone();
        changed[1].muted = true;
        let started = Instant::now();
        tell(&mut state, Msg::Link(LinkEvent::Tracks(changed)));
        let took = started.elapsed();
        tell(&mut state, Msg::Link(LinkEvent::Tracks(tracks.clone())));
        took
    });
    let steps = times(200, || {
        timed(|| tell(&mut state, Msg::Action(Action::Move(Motion::Down))))
    });
    let frames = times(200, || {
        tell(&mut state, Msg::Action(Action::Move(Motion::Down)));
        let scene = Scene {
            state: &state,
            look: &look,
            keymap: &state.keymap,
        };
        timed(|| drop(draw(&scene, SCREEN, &mut memory)))
    });
    tell(&mut state, Msg::Action(Action::Filter));
    let filters = times(20, || {
        timed(|| {
            let input = pt_stem::app::update::Input::Insert("1".to_owned());
            tell(&mut state, Msg::Input(input));
            tell(&mut state, Msg::Input(pt_stem::app::update::Input::Clear));
        })
    });
    println!(
        "{count:6} {:6} {} {} {} {}",
        count / 10,
        shown(&lists),
        shown(&steps),
        shown(&filters),
        shown(&frames)
    );
}

fn log() {
    let (mut state, _) = session(100);
    for number in 0..100_000 {
        tell(&mut state, Msg::Log(line(number)));
    }
    state.ui.focus = Pane::Log;
    let lines = times(200, || timed(|| tell(&mut state, Msg::Log(line(7)))));
    let (look, mut memory) = (look(), Memory::default());
    let frames = times(200, || {
        tell(&mut state, Msg::Action(Action::Move(Motion::Up)));
        let scene = Scene {
            state: &state,
            look: &look,
            keymap: &state.keymap,
        };
        timed(|| drop(draw(&scene, SCREEN, &mut memory)))
    });
    println!(
        "log of {} lines: another line {}, frame {}",
        state.log.len(),
        shown(&lines),
        shown(&frames)
    );
}

/// The program itself: from its start to the first bytes, in a pseudo-terminal.
#[cfg(unix)]
fn start() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::Read;

    let home = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    let mut memory = 0;
    for _ in 0..20 {
        let size = PtySize {
            rows: 60,
            cols: 200,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pt-stem"));
        command.args(["--port", "1"]);
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", home.path());
        command.env("XDG_CONFIG_HOME", home.path());
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let started = Instant::now();
        let mut child = pair.slave.spawn_command(command).expect("the program");
        let mut bytes = [0; 65_536];
        let mut seen = 0;
        // The modes come first, the frame is thousands of bytes.
        while seen < 2_000 {
            seen += reader.read(&mut bytes).expect("bytes");
        }
        all.push(started.elapsed());
        memory = child.process_id().and_then(resident).unwrap_or(0);
        let _ = child.kill();
        let _ = child.wait();
    }
    all.sort();
    println!(
        "start to first frame: {:.1} ms, {:.1} at most; {memory} kB resident, without a session",
        all[all.len() / 2].as_secs_f64() * 1e3,
        all[all.len() - 1].as_secs_f64() * 1e3
    );
}

#[cfg(not(unix))]
fn start() {}

/// Kilobytes that a process holds in memory, where the system tells.
#[cfg(unix)]
fn resident(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    line.split_whitespace().nth(1)?.parse().ok()
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

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn times(count: usize, mut work: impl FnMut() -> Duration) -> Vec<Duration> {
    let mut all: Vec<Duration> = (0..count).map(|_| work()).collect();
    all.sort();
    all
}

fn shown(times: &[Duration]) -> String {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let middle = micros(times[times.len() / 2]);
    format!("{middle:6.0} {:6.0}", micros(times[times.len() - 1]))
}

/// A session of so many tracks, in folders of ten, each folder a stem.
fn session(count: u32) -> (State, Vec<Track>) {
    let folder = |number: u32| format!("Folder {}", number / 10);
    let tracks: Vec<Track> = (0..count)
        .map(|number| {
            let is_folder = number % 10 == 0;
            Track {
                id: TrackId(format!("{{{number:08x}-0000-0000-00000000}}")),
                name: match is_folder {
                    true => folder(number),
                    false => format!("Track {number} Long Name"),
                },
                kind: match is_folder {
                    true => TrackKind::Folder,
                    false => TrackKind::Audio,
                },
                index: number + 1,
                channels: 2,
                format: "stereo".to_owned(),
                color: Some([90, 169, 230]),
                folder: (!is_folder).then(|| folder(number)),
                ..Track::default()
            }
        })
        .collect();
    let stems = (0..count / 10).map(|number| StemSpec {
        name: format!("Stem {number}"),
        folder: Some(folder(number * 10)),
        ..StemSpec::default()
    });
    let known = SessionFolder {
        arrangement: Arc::new(Arrangement {
            sample_rate: 48_000,
            length: 48_000 * 600,
            ..Arrangement::default()
        }),
        stems: stems.collect(),
        ..SessionFolder::default()
    };
    let info = SessionInfo {
        name: "Long night".to_owned(),
        path: "/Volumes/MIX/Long night.ptx".to_owned(),
        origin_id: String::new(),
        instance_id: String::new(),
        sample_rate: 48_000,
        bit_depth: 24,
        ruler: Ruler {
            rate: TimecodeRate::Fps2997Drop,
            sample_rate: 48_000,
            start_frame: 107_892,
        },
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    };
    let mut state = State::new(Arc::new(Config::default()), Mode::Live);
    for event in [
        LinkEvent::Phase(LinkPhase::Linked),
        LinkEvent::Session(Some(Box::new(info))),
        LinkEvent::Tracks(tracks.clone()),
        LinkEvent::Markers(Vec::new()),
        LinkEvent::Selection(None),
        LinkEvent::Folder(Some(Arc::new(known))),
    ] {
        tell(&mut state, Msg::Link(event));
    }
    (state, tracks)
}

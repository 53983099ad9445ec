//! The real binary in a pseudo-terminal: what a person types and sees, and that the terminal is
//! given back as it was found. Waits for text, never for time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]
#![cfg(unix)]

mod desk;
mod hands;
mod looks;
mod pictures;
mod served;

use std::path::Path;

use portable_pty::PtySize;
use pt_stem::tui::terminal;
use rustix::process::{Pid, Signal, kill_process};

use desk::{Desk, Server, cells};

#[test]
fn a_stem_is_printed_and_the_terminal_given_back() {
    let mut desk = Desk::open(&["--demo"]);
    desk.wait_for("connecting");
    desk.wait_for("linked");
    desk.wait_for("Kick");
    assert!(desk.line("PT-STEM").contains("◆ demo"));

    // A track is muted: pending first or at once, then confirmed.
    desk.press("/Kick\r");
    desk.wait_for("filter: Kick");
    desk.wait("cursor on Kick", |desk| desk.line("►").contains("Kick"));
    desk.press("m");
    desk.wait("mute of Kick", |desk| desk.line("►").contains(" M···"));
    desk.press("u");
    desk.wait("undo of the mute", |desk| desk.line("►").contains(" ····"));
    desk.press("\x1b");
    desk.wait("no filter", |desk| !desk.shown().contains("filter: Kick"));

    // The stem under the cursor is printed; Enter is no yes.
    desk.press("2");
    desk.wait_for("[2 Stems");
    desk.press("r");
    desk.wait_for("Print 1 file");
    desk.wait_for("y print");
    desk.press("y");
    desk.press("3");
    desk.wait_for("[3 Jobs");
    desk.wait("the end of the job", |desk| {
        desk.line("►").contains("✓ done")
    });
    assert_eq!(desk.wavs().len(), 1, "{:?}", desk.wavs());

    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
    assert!(desk.home.path().join("output/manifest.json").is_file());
}

#[test]
fn a_signal_and_a_small_terminal_leave_nothing_behind() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    let small = PtySize {
        rows: 10,
        cols: 40,
        pixel_width: 0,
        pixel_height: 0,
    };
    desk.master.resize(small).unwrap();
    desk.screen.screen_mut().set_size(cells(10), cells(40));
    desk.wait_for("needs 60x16");
    // Keys do nothing that nobody sees.
    desk.press("?");
    desk.master
        .resize(PtySize {
            rows: 24,
            cols: 80,
            ..small
        })
        .unwrap();
    desk.screen.screen_mut().set_size(cells(24), cells(80));
    desk.wait_for("? help");
    assert!(!desk.shown().contains("Help"), "{}", desk.shown());
    let id = i32::try_from(desk.child.process_id().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    assert_eq!(desk.end(), 130);
    desk.assert_restored();
}

/// Prints everything by Pro Tools and waits until that has begun.
fn bounce_all(desk: &mut Desk) {
    desk.press("P");
    desk.wait_for("y print");
    desk.wait("an answer of Pro Tools", |desk| {
        !desk.shown().contains("is being asked")
    });
    desk.press("y");
    desk.wait_for("solo!");
}

#[test]
fn a_terminal_closed_during_a_bounce_leaves_the_session_as_it_was() {
    let server = Server::start();
    let before = server.tracks();
    let mut desk = Desk::open(&["--host", "127.0.0.1", "--port", &server.port]);
    desk.wait_for("linked");
    desk.wait_for("mono Drums");
    bounce_all(&mut desk);
    let (mut child, _home) = desk.hang_up();
    assert_eq!(child.wait().unwrap().exit_code(), 130);
    assert_eq!(server.tracks(), before);
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pt-stem"))
        .env("XDG_STATE_HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("needs a terminal"), "{said}");
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}

#[test]
fn jobs_go_on_after_a_hangup_where_the_settings_want_it() {
    let server = Server::start();
    let before = server.tracks();
    let config = "[ui]\non_hangup = \"finish\"\n";
    let program = env!("CARGO_BIN_EXE_pt-stem");
    let words = [program, "--host", "127.0.0.1", "--port", &server.port];
    let mut desk = Desk::run(&words, config);
    desk.wait_for("linked");
    desk.wait_for("mono Drums");
    bounce_all(&mut desk);
    let (mut child, home) = desk.hang_up();
    assert_eq!(child.wait().unwrap().exit_code(), 130);
    assert_eq!(server.tracks(), before);
    let manifest = std::fs::read(home.path().join("output/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert!(files.len() > 3, "{manifest:#}");
    for file in files {
        let path = file["path"].as_str().unwrap();
        assert!(home.path().join("output").join(path).is_file(), "{path}");
    }
}

#[test]
fn suspending_gives_the_terminal_back_and_takes_it_again() {
    let program = env!("CARGO_BIN_EXE_pt-stem");
    let script = format!("'{program}' --port 1; echo stopped; read x; fg; echo over");
    let mut desk = Desk::run(&["sh", "-m", "-c", &script], "");
    desk.wait_for("offline");
    desk.press("\x1a");
    desk.wait_for("stopped");
    desk.assert_restored();
    desk.press("\n");
    desk.wait_for("offline");
    assert!(desk.screen.screen().alternate_screen());
    desk.press("q");
    desk.wait_for("over");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}

/// What `a_panic_gives_the_terminal_back` runs in a terminal of its own.
#[test]
#[ignore = "a part of another test"]
fn panics_in_the_interface() {
    terminal::report_panics(Path::new("state"), Path::new("log"));
    let _terminal = terminal::Terminal::enter(true).unwrap();
    terminal::own(|| panic!("a wrong turn"));
}

#[test]
fn a_panic_gives_the_terminal_back_and_names_its_report() {
    let own = std::env::current_exe().unwrap();
    let words = [
        own.to_str().unwrap(),
        "--ignored",
        "--exact",
        "--nocapture",
        "panics_in_the_interface",
    ];
    let mut desk = Desk::run(&words, "");
    assert_ne!(desk.end(), 0);
    desk.assert_restored();
    let shown = desk.shown();
    assert!(shown.contains("a wrong turn"), "{shown}");
    let reports = std::fs::read_dir(desk.home.path().join("state")).unwrap();
    let report = reports.flatten().find(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("crash-")
    });
    let text = std::fs::read_to_string(report.unwrap().path()).unwrap();
    assert!(text.contains("a wrong turn"), "{text}");
}

#[test]
fn a_sequence_shows_what_can_follow_and_a_slip_in_it_is_no_command() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    desk.press("g");
    desk.wait_for("To the first row");
    desk.press("q");
    desk.wait("no popup", |desk| {
        !desk.shown().contains("To the first row")
    });
    desk.press("gs");
    desk.wait_for("[2 Stems");
    desk.press("%");
    desk.wait_for("the mouse is the terminal's");
    assert!(String::from_utf8_lossy(&desk.raw).contains("\x1b[?1000l"));
    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}

//! The interface without a screen, driven through a pipe: sentences, numbers, and no byte that
//! would steer a terminal.

use std::io::Write as _;
use std::process::Stdio;

use crate::bench::{Bench, Said, session_folder};

/// What the plain interface says to some lines.
fn talk(bench: &Bench, args: &[&str], lines: &[&str]) -> Said {
    let mut command = bench.command(&[&["--plain"], args].concat());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.join("\n").as_bytes()).unwrap();
    drop(input);
    let said = Said::from(child.wait_with_output().unwrap());
    let steering = |c: char| c.is_control() && c != '\n';
    assert!(!said.out.contains(steering), "{:?}", said.out);
    said
}

/// The number under which something is offered, after the last heading with a text.
fn number(said: &Said, text: &str) -> String {
    let found = said.out.lines().rev().find(|line| line.contains(text));
    let line = found.unwrap_or_else(|| panic!("no '{text}' in\n{}", said.out));
    line.split(':').next().unwrap().to_owned()
}

#[test]
fn a_session_is_listened_to_and_printed_by_number() {
    let bench = Bench::new();
    let folder = session_folder(&bench.path("Song"), 3, 1.0);
    let open = ["--open", folder.to_str().unwrap()];

    let listed = talk(&bench, &open, &["tracks", "1"]).exits(0);
    assert!(
        listed.out.contains("3 tracks; a number takes one:"),
        "{}",
        listed.out
    );
    let mute = number(&listed, "mute, Mute or unmute");
    let name = listed
        .out
        .lines()
        .find(|line| line.starts_with("1: "))
        .unwrap();
    let name = name[3..].split(',').next().unwrap().to_owned();

    let said = talk(&bench, &open, &["tracks", "1", &mute, "undo", "where"]).exits(0);
    let place = |text: &str| {
        said.out
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {}", said.out))
    };
    let (muted, back) = (format!("{name} is muted."), format!("{name} is not muted."));
    assert!(place(&muted) < place(&back));
    assert!(said.out.contains("No job is running."));

    let said = talk(
        &bench,
        &open,
        &["tracks", "1", "assign Lead", "print-all", "no"],
    )
    .exits(0);
    assert!(said.out.contains("Planned: 1 stem"), "{}", said.out);
    assert!(said.out.contains("1: print\n2: folder"), "{}", said.out);
    assert!(!bench.path("output").exists(), "no is no");

    let lines = [
        "tracks",
        "1",
        "assign Lead",
        "print-all",
        "folder",
        "2",
        "stems here",
        "yes",
    ];
    let said = talk(&bench, &open, &lines).exits(0);
    assert!(
        said.out.contains("A question is open"),
        "folder is no answer: {}",
        said.out
    );
    assert!(said.out.contains("2: folder: stems here"), "{}", said.out);
    assert!(said.out.contains("Lead.wav written."), "{}", said.out);
    let printed = std::fs::read_dir(bench.path("stems here")).unwrap();
    let wavs = printed.filter(|e| {
        e.as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|e| e == "wav")
    });
    assert_eq!(wavs.count(), 1, "the input ended, the job was waited for");
}

#[test]
fn every_action_is_offered_and_slips_are_named() {
    let bench = Bench::new();
    let said = talk(
        &bench,
        &["--port", "1"],
        &["help", "prnt-all", "99999", ":jobs", "play"],
    );
    for info in pt_stem::action::catalogue() {
        let line = format!(": {}", info.name);
        assert!(said.out.contains(&line), "{} is not offered", info.name);
    }
    assert!(
        said.out
            .contains("print-all, Print all planned stems; not now:"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("did you mean 'print-all'?"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("There is no number 99999"),
        "{}",
        said.out
    );
    assert!(said.out.contains("No jobs."), "{}", said.out);
    assert!(said.out.contains("Not connected"), "{}", said.out);
}

#[test]
fn questions_take_numbers_and_a_dangerous_one_wants_its_yes() {
    let bench = Bench::new();
    let folder = session_folder(&bench.path("Song"), 1, 1.0);
    let open = ["--open", folder.to_str().unwrap()];
    let said = talk(&bench, &open, &["close-session", "2", "close-session", "1"]).exits(0);
    assert_eq!(
        said.out.matches("1: yes\n2: no\n").count(),
        2,
        "{}",
        said.out
    );
    assert_eq!(
        said.out.matches("The session was closed.").count(),
        1,
        "{}",
        said.out
    );
}

#[test]
fn markers_and_snapshots_are_picked_by_number_and_the_console_is_left_by_a_blank() {
    let bench = Bench::new();
    let said = talk(
        &bench,
        &["--demo=routing"],
        &[
            "print-all",
            "12",
            "2",
            "End",
            "n",
            "snapshot-store quiet",
            "snapshots",
            "1",
            "console",
            "GetSessionName",
            "",
            "call GetPTSLVersion",
            "where",
        ],
    )
    .exits(0);
    for wanted in [
        "12: the range from one marker to another",
        "Print from which marker?",
        "2: Break, at 01:00:10:00",
        "Print from Break to which marker?",
        "8: range: marker:Break..marker:End",
        "Recall which snapshot",
        "1: quiet, 0 tracks soloed, 0 muted",
        "Type a PTSL command",
        "GetSessionName: {\"session_name\":\"Night Bus Routing\"}",
        "GetPTSLVersion: {",
    ] {
        assert!(said.out.contains(wanted), "{wanted}: {}", said.out);
    }
    assert!(!said.out.contains("PgUp"), "{}", said.out);
    let consoles = said.out.matches("Type a PTSL command").count();
    assert_eq!(consoles, 1, "a call of its own opens none: {}", said.out);
}

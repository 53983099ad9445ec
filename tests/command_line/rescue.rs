//! A bounce that is told to end in its middle puts the session back itself.
#![cfg(unix)]

use std::process::Stdio;

use serde_json::Value;

use crate::bench::{Bench, Simulator, session_folder};

/// Solo and mute of every track, by name.
fn switches(bench: &Bench, port: &str) -> Vec<(String, bool, bool)> {
    let said = bench.run(&["--port", port, "--json", "tracks"]).exits(0);
    let value = said.json();
    let tracks = value["tracks"].as_array().unwrap();
    tracks
        .iter()
        .map(|track| {
            let flag = |name: &str| track[name] == Value::Bool(true);
            let name = track["name"].as_str().unwrap().to_owned();
            (name, flag("is_muted"), flag("is_soloed"))
        })
        .collect()
}

const PRINT: [&str; 10] = [
    "stems",
    "print",
    "--engine",
    "bounce",
    "--stem",
    "One=T1",
    "--stem",
    "Two=T2,T4",
    "--stem",
    "Three=T5,T6",
];

fn slow_simulator(bench: &Bench, session: &str) -> Simulator {
    std::fs::write(bench.path("faults.toml"), "latency_ms = 15\n").unwrap();
    let faults = bench.path("faults.toml").display().to_string();
    bench.simulator(&["--open", session, "--faults", &faults])
}

#[test]
fn a_terminated_bounce_puts_the_session_back_itself() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 6, 2.0);
    let simulator = slow_simulator(&bench, &session.display().to_string());
    let port = simulator.port.as_str();
    let before = switches(&bench, port);
    let mut args = vec!["--port", port, "--json"];
    args.extend(PRINT);
    args.extend(["--out", "out"]);
    let mut child = bench
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(lines);
    let printing = lines.any(|line| line.is_ok_and(|line| line.contains("\"printing\"")));
    assert!(printing, "the print never started");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(switches(&bench, port), before);
    let said = bench.run(&["--port", port, "--json", "rescue"]).exits(0);
    assert_eq!(said.json()["rescued"], serde_json::json!([]));
}

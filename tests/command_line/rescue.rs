//! `kill -9` in the middle of a bounce, then `rescue`: solo and mute of all tracks as before.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

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

/// Prints until `limit` has passed, then kills. Says how long an undisturbed print took.
fn print_and_kill(bench: &Bench, port: &str, out: &str, limit: Duration) -> Option<Duration> {
    let mut args = vec!["--port", port, "--json"];
    args.extend(PRINT);
    args.extend(["--out", out, "--on-existing", "replace"]);
    let started = Instant::now();
    let mut child = bench
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (done, ended) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let _ = std::io::copy(&mut stdout, &mut std::io::sink());
        let _ = done.send(());
    });
    let undisturbed = ended.recv_timeout(limit).is_ok();
    if !undisturbed {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    reader.join().unwrap();
    undisturbed.then(|| {
        assert!(status.success(), "an undisturbed print failed");
        started.elapsed()
    })
}

fn slow_simulator(bench: &Bench, session: &str) -> Simulator {
    std::fs::write(bench.path("faults.toml"), "latency_ms = 15\n").unwrap();
    let faults = bench.path("faults.toml").display().to_string();
    bench.simulator(&["--open", session, "--faults", &faults])
}

#[test]
fn a_killed_bounce_is_put_back_by_rescue() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 6, 2.0);
    let simulator = slow_simulator(&bench, &session.display().to_string());
    let port = simulator.port.as_str();
    let before = switches(&bench, port);
    assert!(before.iter().any(|(_, muted, _)| *muted) && before.iter().any(|(.., soloed)| *soloed));
    let whole = print_and_kill(&bench, port, "whole", Duration::from_secs(120)).unwrap();
    assert_eq!(switches(&bench, port), before, "after an undisturbed print");

    let moments: u64 = std::env::var("PT_STEM_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20);
    let mut seed = std::env::var("PT_STEM_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()) | 1);
    println!("seed: PT_STEM_SEED={seed}");
    let mut inside = 0;
    for _ in 0..moments {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let micros = seed % u64::try_from(whole.as_micros()).unwrap();
        print_and_kill(&bench, port, "killed", Duration::from_micros(micros));
        if switches(&bench, port) != before {
            inside += 1;
        }
        bench.run(&["--port", port, "rescue"]).exits(0);
        assert_eq!(switches(&bench, port), before, "killed after {micros} us");
        let finals: Vec<_> = std::fs::read_dir(bench.path("killed"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        for path in finals
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "wav"))
        {
            let frames = hound::WavReader::open(path).unwrap().duration();
            assert_eq!(frames, 96_000, "{} is not whole", path.display());
        }
    }
    println!("{inside} of {moments} kills left the session changed before the rescue");
    assert!(inside > 0, "no kill landed inside: the test proves nothing");
}

#[cfg(unix)]
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

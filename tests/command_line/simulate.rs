//! `pt-stem simulate` as a program: what it says, what it refuses, that its example is its own food.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::bench::{Bench, session_folder};

#[test]
fn the_example_of_faults_is_a_faults_file() {
    let bench = Bench::new();
    let song = session_folder(&bench.path("song"), 3, 0.1);
    let example = bench.run(&["simulate", "--print-faults"]).exits(0).out;
    std::fs::write(bench.path("faults.toml"), &example).unwrap();
    let args = [
        "simulate",
        "--bind",
        "127.0.0.1:0",
        "--open",
        song.to_str().unwrap(),
        "--faults",
        "faults.toml",
        "--api",
        "2025.6",
        "--json",
    ];
    let mut child = bench.command(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["api"], "2025.6");
    assert_eq!(said["session"], "Bench");
    assert_eq!(said["faults"], 19);
    assert!(said["path"].as_str().unwrap().ends_with("Bench.ptx"));
}

#[test]
fn wrong_versions_and_faults_are_refused_with_the_place() {
    let bench = Bench::new();
    let said = bench.run(&["simulate", "--api", "2"]).exits(2);
    assert!(said.err.contains("2025.10"), "{}", said.err);
    let wrong = "[[fault]]\nkind = \"hangg\"\n";
    std::fs::write(bench.path("faults.toml"), wrong).unwrap();
    let said = bench.run(&["simulate", "--faults", "faults.toml"]).exits(2);
    for word in ["faults.toml", "line 2, column 8", "did you mean 'hang'"] {
        assert!(said.err.contains(word), "{word} in {}", said.err);
    }
}

#[test]
fn the_long_help_tells_of_every_kind_and_version() {
    let bench = Bench::new();
    let help = bench.run(&["simulate", "--help"]).exits(0).out;
    let example = bench.run(&["simulate", "--print-faults"]).exits(0).out;
    let kinds = example
        .lines()
        .filter_map(|line| line.strip_prefix("kind"))
        .filter_map(|line| line.split('"').nth(1));
    for word in kinds.chain(["2025.6", "2025.10", "open_engine", "31416", "not simulated"]) {
        assert!(help.contains(word), "the help lacks {word}");
    }
}

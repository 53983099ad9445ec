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
fn other_machines_reach_it_only_where_clients_are_kept_in_a_folder() {
    let bench = Bench::new();
    for bind in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let said = bench.run(&["simulate", "--bind", bind]).exits(2);
        for word in [bind, "for whoever asks", "ssh -L", "--allow-remote --root"] {
            assert!(said.err.contains(word), "{word} in {}", said.err);
        }
    }
    let said = bench
        .run(&["simulate", "--bind", "0.0.0.0:0", "--allow-remote"])
        .exits(2);
    assert!(said.err.contains("--root"), "{}", said.err);
    let remote = ["--bind", "0.0.0.0:0", "--allow-remote", "--root"];
    let missing = [&["simulate"], &remote[..], &["missing"]].concat();
    let said = bench.run(&missing).exits(2);
    assert!(said.err.contains("missing"), "{}", said.err);

    let song = session_folder(&bench.path("song"), 1, 0.1);
    std::fs::create_dir(bench.path("ground")).unwrap();
    let open = ["ground", "--open", song.to_str().unwrap(), "--json"];
    let args = [&["simulate"], &remote[..], &open].concat();
    let mut child = bench.command(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let address: std::net::SocketAddr = said["addresses"][0].as_str().unwrap().parse().unwrap();
    assert!(address.ip().is_unspecified(), "{said}");
    std::net::TcpStream::connect(("127.0.0.1", address.port())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let ground = bench.path("ground").canonicalize().unwrap();
    let path = std::path::PathBuf::from(said["path"].as_str().unwrap());
    assert!(path.starts_with(ground), "{said}");
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

/// ADM comes from Pro Tools alone: what it made lies under its final name, told as unproven.
#[test]
fn a_format_that_only_pro_tools_writes_is_delivered_unproven() {
    let bench = Bench::new();
    let folder = session_folder(&bench.path("song"), 2, 0.5);
    let simulator = bench.simulator(&["--open", &folder.display().to_string()]);
    let recipe = "[output]\nformat = \"adm\"\n[[stem]]\nname = \"All\"\ntracks = [\"T*\"]\n";
    std::fs::write(bench.path("adm.toml"), recipe).unwrap();
    let print = [
        "stems", "print", "adm.toml", "--engine", "bounce", "--out", "out",
    ];
    let port = ["--port", &simulator.port, "--json"];
    let said = bench.run(&[&port[..], &print].concat()).exits(0).json();
    assert!(said.to_string().contains("unproven_format"), "{said}");
    let text = std::fs::read_to_string(bench.path("out/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let file = &manifest["files"][0];
    assert_eq!(file["handed_through"], true, "{manifest}");
    let bytes = std::fs::read(bench.path("out").join(file["path"].as_str().unwrap())).unwrap();
    assert!(bytes.windows(4).any(|part| part == b"axml"));
}

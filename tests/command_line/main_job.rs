//! The main job as the README tells it, on the demo session.

use serde_json::Value;

use crate::bench::{Bench, demo_state};

fn demo(bench: &Bench, args: &[&str]) -> crate::bench::Said {
    let mut all = vec!["--demo", "--json"];
    all.extend(args);
    bench
        .command(&all)
        .env("XDG_STATE_HOME", demo_state())
        .output()
        .unwrap()
        .into()
}

fn samples(path: &std::path::Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!(reader.spec().sample_format, hound::SampleFormat::Float);
    reader.samples::<f32>().map(Result::unwrap).collect()
}

#[test]
fn both_engines_print_the_same_stems() {
    let bench = Bench::new();
    let print = |engine: &str| {
        let out = bench.path(engine).display().to_string();
        let said = demo(
            &bench,
            &[
                "stems",
                "print",
                "--stem",
                "Drums=Kick*,Snare*",
                "--stem",
                "Bass=Bass*",
                "--engine",
                engine,
                "--bits",
                "32",
                "--out",
                &out,
            ],
        )
        .exits(0);
        let report = said.json();
        assert_eq!(report["files"].as_array().unwrap().len(), 2, "{report}");
        report
    };
    let render = print("render");
    print("bounce");
    for file in render["files"].as_array().unwrap() {
        let name = file["path"].as_str().unwrap();
        let a = samples(&bench.path("render").join(name));
        let b = samples(&bench.path("bounce").join(name));
        assert_eq!(a.len(), b.len());
        let residual = a
            .iter()
            .zip(&b)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        let loudest = a.iter().map(|a| a.abs()).fold(0.0, f32::max);
        assert!(loudest > 0.01, "{name} is as good as silent");
        assert!(residual < 1e-6, "{name}: the engines differ by {residual}");
    }
    for engine in ["render", "bounce"] {
        let dir = bench.path(engine).display().to_string();
        bench.run(&["stems", "verify", &dir]).exits(0);
    }

    let name = render["files"][0]["path"].as_str().unwrap();
    let victim = bench.path("render").join(name);
    let mut bytes = std::fs::read(&victim).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&victim, bytes).unwrap();
    let dir = bench.path("render").display().to_string();
    let said = bench.run(&["stems", "verify", &dir]).exits(1);
    assert!(
        said.out.contains(name),
        "the damaged file is not named: {}",
        said.out
    );
}

#[test]
fn the_demos_own_stems_sum_to_its_mix() {
    let bench = Bench::new();
    let plan = demo(&bench, &["stems", "plan"]).exits(0).json();
    assert_eq!(plan["coverage"]["orphans"], Value::Array(vec![]));
    assert_eq!(plan["coverage"]["doubles"], Value::Array(vec![]));
    let stems = plan["stems"].as_array().unwrap().len();
    assert!((5..=6).contains(&stems), "{stems} stems");
    let out = bench.path("all").display().to_string();
    let report = demo(&bench, &["stems", "print", "--out", &out])
        .exits(0)
        .json();
    assert_eq!(report["proof"]["verdict"], "pass", "{report}");
    assert_eq!(report["files"].as_array().unwrap().len(), stems);
    bench.run(&["stems", "verify", &out]).exits(0);
    let again = demo(&bench, &["stems", "print", "--out", &out]);
    let again = again.exits(2);
    assert!(again.err.contains("exists"), "{}", again.err);
}

#[test]
fn the_session_is_told_and_changed() {
    let bench = Bench::new();
    let simulator = bench.simulator(&["--demo"]);
    let port = simulator.port.as_str();
    let session = bench
        .run(&["--port", port, "--json", "session"])
        .exits(0)
        .json();
    assert_eq!(session["sample_rate"], 48_000);
    assert_eq!(session["schema"], 1);
    let tracks = bench
        .run(&["--port", port, "--json", "tracks"])
        .exits(0)
        .json();
    let first = tracks["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|track| track["type"] == "audio" && track["is_muted"] == false)
        .unwrap();
    let name = first["name"].as_str().unwrap();
    let muted = |said: crate::bench::Said| {
        let json = said.exits(0).json();
        let all = json["tracks"].as_array().unwrap().clone();
        all.into_iter().find(|t| t["name"] == name).unwrap()["is_muted"].clone()
    };
    bench
        .run(&["--port", port, "tracks", "mute", name])
        .exits(0);
    assert_eq!(
        muted(bench.run(&["--port", port, "--json", "tracks"])),
        true
    );
    bench
        .run(&["--port", port, "tracks", "unmute", name])
        .exits(0);
    assert_eq!(
        muted(bench.run(&["--port", port, "--json", "tracks"])),
        false
    );
    let transport = |word: &str| {
        let said = bench.run(&["--port", port, "--json", "transport", word]);
        said.exits(0).json()["state"].clone()
    };
    assert_eq!(transport("play"), "playing");
    assert_eq!(transport("stop"), "stopped");
    assert_eq!(transport("stop"), "stopped");
    let answer = bench
        .run(&["--port", port, "call", "GetSessionName"])
        .exits(0)
        .json();
    assert_eq!(answer["session_name"], session["session_name"]);
}

#[test]
fn the_recipe_of_the_readme_covers_the_demo() {
    let bench = Bench::new();
    let recipe = include_str!("../../README.md")
        .split("```toml\n")
        .nth(1)
        .and_then(|text| text.split("```").next())
        .unwrap();
    let path = bench.path("recipe.toml");
    std::fs::write(&path, recipe).unwrap();
    let plan = demo(&bench, &["stems", "plan", path.to_str().unwrap()])
        .exits(0)
        .json();
    assert_eq!(plan["stems"].as_array().unwrap().len(), 4, "{plan}");
    let levels: Vec<&str> = plan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["level"].as_str())
        .collect();
    assert!(levels.iter().all(|level| *level == "note"), "{plan}");
}

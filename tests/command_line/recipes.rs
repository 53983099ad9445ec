//! Recipes that people keep: made from a session, held against another, fed from solo and mute.

use serde_json::Value;

use crate::bench::{Bench, Simulator};

fn findings(said: &Value) -> Vec<(String, String)> {
    let findings = said["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    findings
        .map(|finding| (text(finding, "code"), text(finding, "text")))
        .collect()
}

#[test]
fn a_recipe_is_made_from_the_sessions_and_fits_it() {
    for session in ["--demo", "--demo=routing"] {
        let bench = Bench::new();
        let file = bench.path("new.toml").display().to_string();
        bench.run(&[session, "stems", "init", &file]).exits(0);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("[[stem]]") && text.contains("# "), "{text}");
        let again = bench.run(&[session, "stems", "init", &file]).exits(2);
        assert!(again.err.contains("exists already"), "{}", again.err);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        let shown = bench.run(&[session, "stems", "init"]).exits(0);
        assert_eq!(shown.out, text);
        if session == "--demo" {
            let fits = bench.run(&[session, "stems", "diff", &file]).exits(0);
            assert!(fits.out.contains("The recipe fits"), "{}", fits.out);
        }
        let plan = bench.run(&[session, "--json", "stems", "plan", &file]);
        let plan = plan.json();
        assert!(!plan["stems"].as_array().unwrap().is_empty(), "{plan}");
    }
}

#[test]
fn what_does_not_match_is_named() {
    let bench = Bench::new();
    let file = bench.path("other.toml");
    let text = "[[stem]]\nname = \"A\"\ntracks = [\"Kik\", \"Nothing *\", \"Bass\"]\n\
        [[stem]]\nname = \"B\"\ntracks = [\"Bass\"]\n[ignore]\ntracks = [\"Nobody\"]\n";
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let said = bench
        .run(&["--demo", "--json", "stems", "diff", &file])
        .exits(1);
    let said: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    assert_eq!(said["matches"], false);
    let found = findings(&said);
    for (code, part) in [
        ("unknown_track", "'Kik'"),
        ("no_match", "'Nothing *'"),
        ("double", "'Bass'"),
        ("orphan", "'Kick'"),
        ("unknown_ignore", "'Nobody'"),
    ] {
        let is_it = |(is, text): &(String, String)| is == code && text.contains(part);
        assert!(found.iter().any(is_it), "{code} {part}: {found:?}");
    }
    let said = bench
        .run(&["--demo", "stems", "diff", "nowhere.toml"])
        .exits(2);
    assert!(said.err.contains("nowhere.toml"), "{}", said.err);
}

#[test]
fn what_is_soloed_becomes_a_stem() {
    let bench = Bench::new();
    let simulator: Simulator = bench.simulator(&[]);
    let port = simulator.port.clone();
    let file = bench.path("kept.toml").display().to_string();
    let run = |args: &[&str]| bench.run(&[&["--port", &port], args].concat());
    let snap = |name: &str| run(&["--json", "stems", "snapshot", name, "--recipe", &file]);
    let tracks = |said: &Value| -> Vec<String> {
        let tracks = said["tracks"].as_array().unwrap().iter();
        tracks
            .map(|track| track.as_str().unwrap().to_owned())
            .collect()
    };
    run(&["tracks", "solo", "Kick", "Bass"]).exits(0);
    assert_eq!(tracks(&snap("Low end").exits(0).json()), ["Kick", "Bass"]);
    run(&["tracks", "unsolo", "Kick"]).exits(0);
    assert_eq!(tracks(&snap("Bass alone").exits(0).json()), ["Bass"]);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("# keep me\n{text}")).unwrap();
    assert_eq!(tracks(&snap("Low end").exits(0).json()), ["Bass"]);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# keep me\n"), "{text}");
    assert_eq!(text.matches("[[stem]]").count(), 2, "{text}");
    run(&["tracks", "mute", "Bass"]).exits(0);
    let none = snap("None").exits(4);
    assert!(none.err.contains("nothing is heard"), "{}", none.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    run(&["stems", "snapshot", "X"]).exits(2);
}

#[test]
fn the_plan_shows_which_track_stands_where() {
    let bench = Bench::new();
    let plan = ["stems", "plan", "--stem", "A=Kick,Bass", "--stem", "B=Bass"];
    let said = bench.run(&[&["--demo", "--json"], &plan[..]].concat());
    let said: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    let rows = said["matrix"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["track"] == name).unwrap();
    assert_eq!(row("Kick")["stems"], serde_json::json!(["A"]));
    assert_eq!(
        (&row("Kick")["state"], &row("Bass")["state"]),
        (&"stem".into(), &"double".into())
    );
    assert!(rows.iter().any(|row| row["state"] == "orphan"), "{rows:?}");
    let said = bench.run(&[&["--demo"], &plan[..]].concat());
    let line = |name: &str| {
        let lines = said
            .out
            .lines()
            .skip_while(|line| !line.starts_with("TRACK"));
        let mut lines = lines.filter(|line| line.split_whitespace().next() == Some(name));
        lines
            .next()
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        (line("Kick"), line("Bass")),
        ("Kick x".to_owned(), "Bass x x double".to_owned())
    );
}

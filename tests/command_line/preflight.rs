//! What a plan of a bounce says about the open session before anything is changed: audio that is
//! offline, muted clips, mix sources that are not there.

use std::path::Path;

use serde_json::{Value, json};

use crate::bench::{Bench, Said, Simulator, session_folder};

/// Three tracks; 'T1' has two muted clips of 'extra.wav' beside its own, one of them at the end.
fn session(bench: &Bench) -> String {
    let dir = session_folder(&bench.path("session"), 3, 1.0);
    let extra = dir.join("audio/extra.wav");
    std::fs::copy(dir.join("audio/t1.wav"), extra).unwrap();
    edit(&dir, |session| {
        let clip = |start: u32| {
            json!({ "file": "audio/extra.wav", "start": start, "offset": 0, "length": 1000,
                "mute": true })
        };
        let clips = session["tracks"][0]["clips"].as_array_mut().unwrap();
        clips[0]["length"] = json!(20_000);
        clips.extend([clip(21_000), clip(40_000)]);
        session["tracks"][1]["mute"] = json!(false);
    });
    dir.display().to_string()
}

fn edit(dir: &Path, change: impl FnOnce(&mut Value)) {
    let path = dir.join("session.json");
    let mut session = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut session);
    std::fs::write(path, session.to_string()).unwrap();
}

/// Takes files away that the simulator's session plays, as a pulled disk would.
fn lose(folder: &Path, file: &str) -> usize {
    let mut lost = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            lost += lose(&path, file);
        } else if path.file_name().is_some_and(|name| name == file) {
            std::fs::remove_file(path).unwrap();
            lost += 1;
        }
    }
    lost
}

/// The same wherever the simulator may have it from.
fn lose_audio(bench: &Bench, open: &str, file: &str) -> usize {
    lose(&bench.path("state"), file) + lose(Path::new(open), file)
}

fn plan(bench: &Bench, simulator: &Simulator, more: &[&str]) -> Said {
    let plan = ["--port", &simulator.port, "--json", "stems", "plan"];
    let stems = ["--stem", "A=T1", "--stem", "B=T2"];
    bench.run(&[&plan[..], &stems, more].concat())
}

fn findings(said: &Said, code: &str) -> Vec<Value> {
    let said = said.json();
    let all = said["findings"].as_array().unwrap().iter();
    all.filter(|f| f["code"] == code).cloned().collect()
}

#[test]
fn muted_clips_in_the_range_are_counted_track_by_track() {
    let bench = Bench::new();
    let simulator = bench.simulator(&["--open", &session(&bench)]);
    let said = plan(&bench, &simulator, &["--range", "0..48000"]).exits(0);
    let muted = findings(&said, "muted_clips");
    assert_eq!(muted.len(), 1, "{}", said.out);
    assert_eq!(muted[0]["level"], "warning");
    assert_eq!(muted[0]["track"], "T1");
    assert!(
        muted[0]["text"].as_str().unwrap().contains("2 muted clips"),
        "{}",
        muted[0]
    );
    let said = plan(&bench, &simulator, &["--range", "0..30000"]).exits(0);
    let muted = findings(&said, "muted_clips");
    assert!(
        muted[0]["text"].as_str().unwrap().contains("a muted clip"),
        "{}",
        muted[0]
    );
    let said = plan(&bench, &simulator, &["--range", "0..20000"]).exits(0);
    assert_eq!(findings(&said, "muted_clips").len(), 0);
}

#[test]
fn offline_audio_that_a_stem_plays_stops_the_print() {
    let bench = Bench::new();
    let open = session(&bench);
    let simulator = bench.simulator(&["--open", &open]);
    // As with a real Pro Tools, there is no folder to read.
    assert_eq!(lose(&bench.path("state"), "session.json"), 1);
    assert!(lose_audio(&bench, &open, "t2.wav") > 0);
    let said = plan(&bench, &simulator, &["--range", "0..48000"]).exits(2);
    let missing = findings(&said, "missing_audio");
    assert_eq!(missing.len(), 1, "{}", said.out);
    assert_eq!(missing[0]["level"], "error");
    assert_eq!(missing[0]["track"], "T2");
    assert!(missing[0]["file"].as_str().unwrap().contains("t2.wav"));
    assert!(missing[0]["fix"].as_str().unwrap().contains("relink"));
    let print = [
        "--port",
        &simulator.port,
        "stems",
        "print",
        "--out",
        "out",
        "--range",
        "0..48000",
    ];
    let said = bench
        .run(&[&print[..], &["--stem", "B=T2"]].concat())
        .exits(2);
    assert!(said.err.contains("offline in Pro Tools"), "{}", said.err);
    assert!(!bench.path("out").exists(), "something was written");
    // What no stem plays stops nothing.
    let said = bench.run(&[&print[..], &["--stem", "A=T1"]].concat());
    assert!(said.exits(0).out.contains("Bench_A.wav"));
}

#[test]
fn a_muted_clip_needs_no_audio() {
    let bench = Bench::new();
    let open = session(&bench);
    let simulator = bench.simulator(&["--open", &open]);
    assert!(lose_audio(&bench, &open, "extra.wav") > 0);
    // With the session's folder, and without.
    for hidden in [0, 1] {
        let said = plan(&bench, &simulator, &["--range", "0..48000"]).exits(0);
        assert_eq!(findings(&said, "missing_audio").len(), 0, "{}", said.out);
        assert_eq!(findings(&said, "muted_clips").len(), 1, "{}", said.out);
        assert_eq!(lose(&bench.path("state"), "session.json"), 1 - hidden);
    }
}

#[test]
fn without_playlists_offline_files_are_named_all_the_same() {
    let bench = Bench::new();
    let open = session(&bench);
    let faults = bench.path("faults.toml");
    let refusal = "[[fault]]\nkind = \"refuse\"\ncommand = \"GetTrackPlaylists\"\ntimes = 0\n\
        error = \"PT_UnsupportedCommand\"\nmessage = \"not yet implemented\"\n";
    std::fs::write(&faults, refusal).unwrap();
    let faults = faults.display().to_string();
    let simulator = bench.simulator(&["--open", &open, "--faults", &faults]);
    assert_eq!(lose(&bench.path("state"), "session.json"), 1);
    assert!(lose_audio(&bench, &open, "t2.wav") > 0);
    let said = plan(&bench, &simulator, &["--range", "0..48000"]).exits(0);
    let offline = findings(&said, "offline_files");
    assert_eq!(offline.len(), 1, "{}", said.out);
    assert_eq!(offline[0]["level"], "warning");
    assert!(offline[0]["text"].as_str().unwrap().contains("t2.wav"));
}

#[test]
fn a_mix_source_that_is_not_there_is_in_the_plan() {
    let bench = Bench::new();
    let simulator = bench.simulator(&["--open", &session(&bench)]);
    let recipe = bench.path("r.toml");
    for (source, code) in [("output:Out 1-2", 0), ("output:Out 1-3", 2)] {
        let text = format!(
            "[output]\nmix_source = \"{source}\"\n[[stem]]\nname = \"A\"\ntracks = [\"*\"]\n"
        );
        std::fs::write(&recipe, text).unwrap();
        let port = ["--port", &simulator.port, "--json", "stems", "plan"];
        let said = bench.run(&[&port[..], &["r.toml"]].concat()).exits(code);
        let found = findings(&said, "no_mix_source");
        assert_eq!(found.len(), usize::from(code > 0), "{}", said.out);
        for finding in found {
            assert_eq!(finding["level"], "error");
            let fix = finding["fix"].as_str().unwrap();
            assert!(fix.contains("did you mean '"), "{fix}");
            assert!(fix.contains("there are: "), "{fix}");
        }
    }
}

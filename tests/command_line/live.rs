//! A render from a live session: the session's folder is hidden, so that PTSL is the only source.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bench::{Bench, Said};
use crate::wave;

const FRAMES: u32 = 30_000;

fn noise(path: &Path, channels: u16, seed: u32) {
    let mut state = seed;
    let samples = (0..FRAMES * u32::from(channels)).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 10) as i32 - (1 << 21)
    });
    wave::write(path, channels, 24, samples);
}

fn clip(file: &str, start: u32, offset: u32, length: u32) -> Value {
    json!({ "file": file, "start": start, "offset": offset, "length": length })
}

/// Faders, volume and pan automation; clips with offsets, fades of all shapes, a crossfade, a muted clip, mono and stereo.
fn session(dir: &Path) -> PathBuf {
    noise(&dir.join("audio/a.wav"), 1, 1);
    noise(&dir.join("audio/b.wav"), 2, 2);
    noise(&dir.join("audio/c.wav"), 1, 3);
    let mut faded = clip("audio/a.wav", 1000, 500, 9000);
    faded["fade_in"] = json!(700);
    faded["fade_out"] = json!(1000);
    faded["fade_out_shape"] = json!("equal_power");
    let mut crossing = clip("audio/a.wav", 9000, 0, 8000);
    crossing["fade_in"] = json!(1000);
    crossing["fade_in_shape"] = json!("equal_power");
    let mut bent = clip("audio/b.wav", 12_000, 0, 30_000);
    bent["fade_in"] = json!(5000);
    bent["fade_in_shape"] = json!("s_curve+30");
    bent["fade_out"] = json!(7000);
    bent["fade_out_shape"] = json!("equal_power-40");
    let mut curved = clip("audio/c.wav", 5000, 29_000, 1000);
    curved["fade_out"] = json!(900);
    curved["fade_out_shape"] = json!("s_curve_power");
    let mut muted = clip("audio/c.wav", 0, 0, 5000);
    muted["mute"] = json!(true);
    let session = json!({
        "version": 1, "name": "Hidden", "rate": 48_000, "length": 42_000,
        "tracks": [
            { "name": "Lead", "channels": 1, "pan": null, "volume_db": -7.3, "clips": [faded, crossing] },
            { "name": "Keys", "channels": 2, "pan": -0.25, "volume_points": [[100, -6.0], [30_000, 1.5]],
              "clips": [bent, clip("audio/b.wav", 0, 100, 300)] },
            { "name": "Odds", "channels": 1, "pan": 0.3, "pan_points": [[5000, -1.0], [6000, 0.7]],
              "clips": [muted, curved] },
            { "name": "Verb", "type": "aux", "channels": 2 },
            { "name": "Synth", "type": "instrument", "channels": 2 },
            { "name": "Master", "type": "master" },
        ],
        "stems": [],
    });
    std::fs::write(dir.join("session.json"), session.to_string()).unwrap();
    dir.to_owned()
}

/// Takes away the session's folder of the simulator, so that nobody can read it.
fn hide(folder: &Path) -> usize {
    let mut hidden = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            hidden += hide(&path);
        } else if path.file_name().is_some_and(|name| name == "session.json") {
            std::fs::remove_file(path).unwrap();
            hidden += 1;
        }
    }
    hidden
}

const STEMS: [&str; 8] = [
    "--stem",
    "One=Lead,Odds,Verb,Synth",
    "--stem",
    "Two=Keys",
    "--bits",
    "32",
    "--engine",
    "render",
];

fn stems(path: &Path) -> Vec<f32> {
    let mut samples = Vec::new();
    for stem in ["Hidden_One.wav", "Hidden_Two.wav"] {
        let mut wav = hound::WavReader::open(path.join(stem)).unwrap();
        samples.extend(wav.samples::<f32>().map(Result::unwrap));
    }
    samples
}

fn texts(said: &Said, code: &str) -> Vec<String> {
    let said = said.json();
    let findings = said["findings"].as_array().unwrap().iter();
    let wanted = findings.filter(|finding| finding["code"] == code);
    wanted
        .map(|finding| finding["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_render_over_ptsl_is_the_render_of_the_folder_to_the_last_bit() {
    let bench = Bench::new();
    let folder = session(&bench.path("song")).display().to_string();
    let simulator = bench.simulator(&["--open", &folder]);
    assert_eq!(hide(&bench.path("state")), 1);
    let (live, near) = (bench.path("live"), bench.path("near"));
    let print = |from: &[&str], out: &Path| {
        let out = out.display().to_string();
        let args = [from, &["--json", "stems", "print", "--out", &out], &STEMS].concat();
        bench.run(&args).exits(0)
    };
    let said = print(&["--port", &simulator.port], &live);
    let unknown = texts(&said, "not_in_render");
    assert_eq!(unknown.len(), 3, "{unknown:?}");
    assert!(
        unknown[0].contains("Lead") && unknown[0].contains("clip gain"),
        "{unknown:?}"
    );
    assert!(
        !unknown[0].contains("fader") && unknown[2].contains("pan depth"),
        "{unknown:?}"
    );
    assert_eq!(texts(&said, "not_rendered").len(), 2, "aux and instrument");
    assert_eq!(texts(&said, "master_not_rendered").len(), 1);
    assert_eq!(texts(&said, "fade_unknown"), [""; 0], "all shapes are told");
    let own = texts(&said, "fade_formula");
    assert_eq!(own.len(), 2, "{own:?}");
    assert!(own[0].contains("'Keys' has 2 fades"), "{own:?}");
    print(&["--open", &folder], &near);
    let (a, b) = (stems(&live), stems(&near));
    assert_eq!(a.len(), 2 * 2 * 42_000);
    assert!(b.iter().any(|sample| *sample != 0.0));
    let differ = a
        .iter()
        .zip(&b)
        .filter(|(a, b)| a.to_bits() != b.to_bits())
        .count();
    assert_eq!((a.len(), differ), (b.len(), 0));
    bench
        .run(&["stems", "verify", &live.display().to_string()])
        .exits(0);
}

#[test]
fn without_playlists_the_text_and_the_clip_list_tell_the_same() {
    let bench = Bench::new();
    let dir = bench.path("song");
    noise(&dir.join("audio/a.wav"), 1, 1);
    noise(&dir.join("audio/b.wav"), 2, 2);
    let session = json!({
        "version": 1, "name": "Hidden", "rate": 48_000, "length": 42_000, "stems": [],
        "tracks": [
            { "name": "Lead", "channels": 1, "pan": null,
              "clips": [clip("audio/a.wav", 1000, 500, 9000), clip("audio/a.wav", 20_000, 7, 100)] },
            { "name": "Keys", "channels": 2, "pan": null,
              "clips": [clip("audio/b.wav", 12_000, 0, 30_000), clip("audio/b.wav", 0, 100, 300)] },
            { "name": "Odds", "channels": 1, "pan": null, "clips": [] },
        ],
    });
    std::fs::write(dir.join("session.json"), session.to_string()).unwrap();
    let faults = bench.path("faults.toml");
    let refusal = "[[fault]]\nkind = \"refuse\"\ncommand = \"GetTrackPlaylists\"\ntimes = 0\n\
        error = \"PT_UnsupportedCommand\"\nmessage = \"not yet implemented\"\n";
    std::fs::write(&faults, refusal).unwrap();
    let (folder, faults) = (dir.display().to_string(), faults.display().to_string());
    let simulator = bench.simulator(&["--open", &folder, "--faults", &faults]);
    assert_eq!(hide(&bench.path("state")), 1);
    let (live, near) = (bench.path("live"), bench.path("near"));
    let print = |from: &[&str], out: &Path| {
        let out = out.display().to_string();
        let stems = [
            "--stem",
            "One=Lead,Odds",
            "--stem",
            "Two=Keys",
            "--bits",
            "32",
            "--engine",
            "render",
        ];
        bench
            .run(&[from, &["--json", "stems", "print", "--out", &out], &stems].concat())
            .exits(0)
    };
    let said = print(&["--port", &simulator.port], &live);
    assert_eq!(texts(&said, "clips_from_text").len(), 1);
    print(&["--open", &folder], &near);
    let (a, b) = (stems(&live), stems(&near));
    assert_eq!(a.len(), 2 * 2 * 42_000);
    assert!(
        a.iter()
            .map(|x| x.to_bits())
            .eq(b.iter().map(|x| x.to_bits()))
    );
}

#[test]
fn without_the_wish_to_render_nothing_is_asked() {
    let bench = Bench::new();
    let folder = session(&bench.path("song")).display().to_string();
    let simulator = bench.simulator(&["--open", &folder]);
    hide(&bench.path("state"));
    let plan = [
        "--port",
        &simulator.port,
        "--json",
        "stems",
        "plan",
        "--stem",
        "X=Keys",
    ];
    let said = bench
        .run(&[&plan[..], &["--range", "0..100"]].concat())
        .exits(0);
    assert_eq!(texts(&said, "unknown_to_us").len(), 1);
    assert!(!bench.path("state/pt-stem/live").exists());
    let said = bench
        .run(&[&plan[..], &["--engine", "render"]].concat())
        .exits(0);
    assert_eq!(said.json()["seconds"], 0.875, "to the end of the last clip");
    assert!(bench.path("state/pt-stem/live").exists());
}

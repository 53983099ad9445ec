//! The shapes that files have, as asked for in recipes: mono where the tracks are, other rates than the
//! session's.

use std::path::Path;

use pt_stem::audio::resample::Resampler;
use pt_stem::media::decode::Reader;
use pt_stem::media::probe::probe;
use serde_json::{Value, json};

use crate::bench::{Bench, Said};
use crate::followed::timeless;
use crate::wave;

/// Frames of the session; no multiple of anything.
const FRAMES: u32 = 50_021;

/// Track, channels, pan.
const TRACKS: [(&str, u16, Option<f64>); 4] = [
    ("Lead", 1, Some(0.0)),
    ("Double", 1, None),
    ("Side", 1, Some(0.5)),
    ("Wide", 2, Some(0.0)),
];

/// A session of noise in 24 bits.
pub fn session(bench: &Bench) -> String {
    session_at(bench, "session", wave::RATE, FRAMES)
}

fn session_at(bench: &Bench, folder: &str, rate: u32, frames: u32) -> String {
    let folder = bench.path(folder);
    let mut state = 7_u64;
    let mut noise = || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (state >> 42) as i32 - (1 << 21)
    };
    let tracks = TRACKS.map(|(name, channels, pan)| {
        let file = format!("audio/{name}.wav");
        let samples = (0..frames * u32::from(channels)).map(|_| noise());
        wave::write_at(rate, &folder.join(&file), channels, 24, samples);
        json!({
            "name": name, "channels": channels, "mute": false, "volume_db": -1.5, "pan": pan,
            "volume_points": [],
            "clips": [{ "file": file, "start": 0, "offset": 0, "length": frames, "gain_db": 0.0,
                "fade_in": 0, "fade_in_shape": "linear", "fade_out": 0, "fade_out_shape": "linear",
                "mute": false }],
        })
    });
    let session = json!({
        "version": 1, "name": "Shapes", "rate": rate, "length": frames, "tracks": tracks,
        "stems": [],
    });
    std::fs::write(folder.join("session.json"), session.to_string()).unwrap();
    folder.display().to_string()
}

const STEMS: &str = r#"
[[stem]]
name = "Lead"
tracks = ["Lead"]
[[stem]]
name = "Double"
tracks = ["Double"]
[[stem]]
name = "Rest"
tracks = ["Side", "Wide"]
"#;

/// Prints a recipe with these lines of `[output]` into a folder.
fn print(bench: &Bench, open: &str, out: &str, output: &str, more: &[&str]) -> Said {
    let recipe = bench.path(&format!("{out}.toml"));
    let text = format!("[output]\nfile = \"{{stem}}\"\n{output}\n{STEMS}");
    std::fs::write(&recipe, text).unwrap();
    let (recipe, out) = (recipe.display().to_string(), bench.path(out));
    let out = out.display().to_string();
    let args = [
        "--open", open, "--json", "stems", "print", &recipe, "--out", &out,
    ];
    bench.run(&[&args[..], more].concat())
}

/// Channels, rate and samples of a file.
pub fn heard(path: &Path) -> (u16, u32, Vec<f64>) {
    let mut reader = Reader::open(path).unwrap();
    let (channels, rate) = (reader.info().channels, reader.info().sample_rate);
    let (mut all, mut block) = (Vec::new(), vec![0.0; 4096 * usize::from(channels)]);
    loop {
        let got = reader.read(&mut block).unwrap();
        if got == 0 {
            return (channels, rate, all);
        }
        all.extend_from_slice(&block[..got * usize::from(channels)]);
    }
}

fn verdict(said: &Value) -> &str {
    said["proof"]["verdict"].as_str().unwrap()
}

#[test]
fn a_mono_file_on_both_sides_is_the_stereo_stem() {
    let bench = Bench::new();
    let open = session(&bench);
    for engine in ["render", "bounce"] {
        for law in ["session-folder", "-4.5"] {
            let of = |channels: &str| {
                let output = format!("bits = 32\npan_law = \"{law}\"\nchannels = \"{channels}\"");
                let out = format!("{engine} {channels}{law}");
                let said = print(&bench, &open, &out, &output, &["--engine", engine]).exits(0);
                (said.json(), bench.path(&out))
            };
            let ((stereo, plain), (said, mono)) = (of("stereo"), of("as-tracks"));
            if engine == "render" {
                assert_eq!(
                    (verdict(&stereo), verdict(&said)),
                    ("pass", "pass"),
                    "{said}"
                );
                let manifest = std::fs::read_to_string(mono.join("manifest.json")).unwrap();
                let manifest: Value = serde_json::from_str(&manifest).unwrap();
                assert_eq!(manifest["files"][2]["pan_law"], law);
            }
            let counts: Vec<_> = said["files"].as_array().unwrap().iter().collect();
            let counts: Vec<_> = counts.iter().map(|file| &file["channels"]).collect();
            assert_eq!(counts, [1, 1, 2], "{said}");
            for stem in ["Lead.wav", "Double.wav"] {
                let (one, _, side) = heard(&mono.join(stem));
                let (two, _, sides) = heard(&plain.join(stem));
                assert_eq!((one, two), (1, 2));
                assert_eq!(2 * side.len(), sides.len());
                let doubled = side.iter().flat_map(|sample| [*sample; 2]);
                let left = doubled.zip(&sides).map(|(a, b)| (a - b).abs());
                // The two sides of the centre may be apart by the last bit of a double.
                let residual = left.fold(0.0, f64::max);
                assert!(
                    residual <= 2.0_f64.powi(-24),
                    "{engine} {law} {stem}: {residual}"
                );
                assert!(sides.iter().any(|sample| sample.abs() > 0.1));
            }
            assert!(heard(&mono.join("Rest.wav")).2 == heard(&plain.join("Rest.wav")).2);
            bench
                .run(&["stems", "verify", &mono.display().to_string()])
                .exits(0);
        }
    }
}

/// Frames at another rate, by whole numbers alone.
fn rounded(frames: u32, from: u32, to: u32) -> usize {
    let (frames, from, to) = (u64::from(frames), u64::from(from), u64::from(to));
    ((2 * frames * to + from) / (2 * from)) as usize
}

#[test]
fn files_of_another_rate_have_the_exact_length_and_add_up() {
    for (from, to, frames) in [
        (44_100, 48_000, 30_011),
        (48_000, 44_100, 30_013),
        (96_000, 48_000, 40_001),
        (88_200, 96_000, 33_333),
        (48_000, 192_000, 4_097),
        (44_100, 44_100, 3),
        (96_000, 44_100, 2),
    ] {
        let bench = Bench::new();
        let open = session_at(&bench, "session", from, frames);
        let output = format!("rate = {to}\nmix = true\nbits = 24\nchannels = \"as-tracks\"");
        for engine in ["render", "bounce"] {
            let said = print(&bench, &open, engine, &output, &["--engine", engine]).exits(0);
            let said = said.json();
            let wanted = rounded(frames, from, to);
            let files = said["files"].as_array().unwrap();
            assert_eq!(files.len(), 4);
            for file in files {
                assert_eq!(
                    (&file["rate"], &file["frames"]),
                    (&json!(to), &json!(wanted))
                );
                let path = bench.path(engine).join(file["path"].as_str().unwrap());
                let (channels, rate, samples) = heard(&path);
                assert_eq!((rate, samples.len()), (to, wanted * usize::from(channels)));
                let info = probe(&path).unwrap();
                assert_eq!(info.time_reference, Some(0));
            }
            assert_eq!(verdict(&said), "pass", "{engine} {from} to {to}: {said}");
            let out = bench.path(engine).display().to_string();
            let said = bench
                .run(&["--json", "stems", "verify", &out])
                .exits(0)
                .json();
            assert_eq!(
                (verdict(&said), &said["findings"]),
                ("pass", &json!([])),
                "{said}"
            );
        }
    }
}

/// What was printed at the session's rate, converted in one go.
fn converted(path: &Path, to: u32) -> Vec<f64> {
    let (channels, from, samples) = heard(path);
    let mut resampler = Resampler::new(from, to, channels).unwrap();
    let mut made = Vec::new();
    resampler.push(&samples, &mut made).unwrap();
    resampler.finish(&mut made).unwrap();
    made
}

#[test]
fn a_converted_print_is_the_print_converted_whoever_makes_it() {
    let bench = Bench::new();
    let open = session(&bench);
    // In the middle of the session: what lies around it is not heard.
    let range = "range = \"1001..48007\"\nbits = 32";
    print(&bench, &open, "plain", range, &[]).exits(0);
    let output = format!("{range}\nrate = 44100");
    for engine in ["render", "bounce"] {
        let said = print(&bench, &open, engine, &output, &["--engine", engine]).exits(0);
        assert_eq!(verdict(&said.json()), "pass");
        for stem in ["Lead.wav", "Rest.wav"] {
            let want = converted(&bench.path("plain").join(stem), 44_100);
            let (_, _, got) = heard(&bench.path(engine).join(stem));
            assert_eq!(want.len(), got.len());
            // 919.67 frames after midnight.
            let info = probe(&bench.path(engine).join(stem)).unwrap();
            assert_eq!(info.time_reference, Some(920));
            let apart = want.iter().zip(&got).map(|(a, b)| (a - b).abs());
            let residual = apart.fold(0.0, f64::max);
            // Each was rounded to floats of at most 2, the one before and the other after.
            assert!(residual < 1e-6, "{engine} {stem}: {residual}");
            assert!(got.iter().any(|sample| sample.abs() > 0.1));
        }
    }
}

#[test]
fn threads_change_nothing_in_converted_files() {
    let bench = Bench::new();
    let open = session_at(&bench, "session", 48_000, 150_001);
    let prints = ["1", "2", "5"].map(|threads| {
        let recipe = bench.path("recipe.toml");
        let text =
            format!("[output]\nfile = \"{{stem}}\"\nrate = 44100\ndither = \"tpdf\"\n{STEMS}");
        std::fs::write(&recipe, text).unwrap();
        let out = bench.path(threads).display().to_string();
        let recipe = recipe.display().to_string();
        let args = ["--open", &open, "stems", "print", &recipe, "--out", &out];
        let mut program = bench.command(&args);
        let said: Said = program
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap()
            .into();
        said.exits(0);
        ["Lead.wav", "Double.wav", "Rest.wav"]
            .map(|name| timeless(std::fs::read(bench.path(threads).join(name)).unwrap()))
    });
    assert!(prints[0] == prints[1] && prints[0] == prints[2]);
}

#[test]
fn rates_that_are_not_written_say_so_in_the_plan() {
    let bench = Bench::new();
    let open = session_at(&bench, "session", 96_000, 1_000);
    for (output, code) in [
        ("rate = 44000", "bad_rate"),
        ("rate = \"fast\"", "bad_rate"),
        ("rate = 44100\nformat = \"mp3\"", "needs_pro_tools"),
        ("rate = 44100\nrange = \"7..8\"", "empty_range"),
    ] {
        let said = print(&bench, &open, "out", output, &[]).exits(2).json();
        assert_eq!(said["findings"][0]["code"], code, "{said}");
        assert!(!bench.path("out").exists());
    }
}

/// Left and right of interleaved samples.
fn sides(samples: &[f64]) -> [Vec<f64>; 2] {
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}

/// Samples of a file of one channel.
fn mono(path: &Path) -> Vec<f64> {
    let (channels, _, samples) = heard(path);
    assert_eq!(channels, 1, "{}", path.display());
    samples
}

#[test]
fn split_stems_are_two_mono_files_that_are_proven_together() {
    let bench = Bench::new();
    let open = session(&bench);
    for (engine, output, ending) in [
        ("render", "bits = 24\nchannels = \"as-tracks\"", "wav"),
        (
            "render",
            "format = \"flac\"\nrate = 44100\nchannels = \"as-tracks\"",
            "flac",
        ),
        (
            "bounce",
            "format = \"aiff\"\nchannels = \"as-tracks\"",
            "aif",
        ),
    ] {
        let output = format!("{output}\nmix = true");
        let plain = format!("plain {ending}");
        let engine = ["--engine", engine];
        print(&bench, &open, &plain, &output, &engine).exits(0);
        let split = format!("split {ending}");
        let said = print(
            &bench,
            &open,
            &split,
            &output,
            &[&engine[..], &["--split"]].concat(),
        );
        let said = said.exits(0).json();
        assert_eq!(verdict(&said), "pass", "{said}");
        let (plain, split) = (bench.path(&plain), bench.path(&split));
        let mut names: Vec<String> = std::fs::read_dir(&split)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        // What is mono is one file.
        let wanted = [
            "Double",
            "Lead",
            "Rest.L",
            "Rest.R",
            "manifest.json",
            "mix.L",
            "mix.R",
        ];
        let wanted = wanted.map(|name| match name.ends_with(".json") {
            true => name.to_owned(),
            false => format!("{name}.{ending}"),
        });
        assert_eq!(names, wanted);
        for name in ["Rest", "mix"] {
            let (_, _, whole) = heard(&plain.join(format!("{name}.{ending}")));
            let [left, right] = sides(&whole);
            assert!(left != right);
            assert!(mono(&split.join(format!("{name}.L.{ending}"))) == left);
            assert!(mono(&split.join(format!("{name}.R.{ending}"))) == right);
        }
        let listed: Vec<_> = said["files"].as_array().unwrap().iter().collect();
        let listed: Vec<_> = listed
            .iter()
            .map(|file| (&file["name"], &file["channel"]))
            .collect();
        assert_eq!(
            listed[2..4],
            [(&json!("Rest"), &json!("L")), (&json!("Rest"), &json!("R"))]
        );
        let dir = split.display().to_string();
        let verify = |code: i32, more: &[&str]| {
            let args = ["--json", "stems", "verify", &dir];
            bench.run(&[&args[..], more].concat()).exits(code).json()
        };
        let checked = verify(0, &[]);
        assert_eq!(
            (verdict(&checked), &checked["findings"]),
            ("pass", &json!([]))
        );
        // Without a manifest the names say what belongs together, also of the mix.
        std::fs::rename(split.join("manifest.json"), bench.path("away")).unwrap();
        for mix in ["mix", "mix.L"] {
            let mix = split.join(format!("{mix}.{ending}")).display().to_string();
            let checked = verify(0, &["--mix", &mix]);
            assert_eq!(
                (
                    verdict(&checked),
                    checked["files"].as_array().unwrap().len()
                ),
                ("pass", 4)
            );
        }
        std::fs::rename(bench.path("away"), split.join("manifest.json")).unwrap();
        // Sides that are changed for each other.
        let side = |side: &str| split.join(format!("Rest.{side}.{ending}"));
        std::fs::rename(side("L"), bench.path("side")).unwrap();
        std::fs::rename(side("R"), side("L")).unwrap();
        std::fs::rename(bench.path("side"), side("R")).unwrap();
        let checked = verify(1, &[]);
        assert_eq!(verdict(&checked), "fail");
        let wrong = checked["findings"].as_array().unwrap().iter();
        let wrong = wrong.filter(|finding| finding["code"] == "checksum");
        assert_eq!(wrong.count(), 2, "{checked}");
    }
}

#[test]
fn a_side_that_is_silent_is_no_fault_and_a_split_file_that_is_there_is_kept() {
    let bench = Bench::new();
    let open = session(&bench);
    let file = bench.path("session/session.json");
    let text = std::fs::read_to_string(&file)
        .unwrap()
        .replace("\"pan\":0.5", "\"pan\":-1.0");
    std::fs::write(&file, text).unwrap();
    let out = bench.path("out").display().to_string();
    let stems = [
        "--stem",
        "Side=Side",
        "--file",
        "{stem}",
        "--split",
        "--out",
        &out,
    ];
    let args = [&["--open", &open, "--json", "stems", "print"], &stems[..]].concat();
    let said = bench.run(&args).exits(0).json();
    let codes: Vec<_> = said["findings"].as_array().unwrap().iter().collect();
    assert!(
        codes.iter().all(|finding| finding["code"] != "silent"),
        "{said}"
    );
    let silent: Vec<_> = said["files"].as_array().unwrap().iter().collect();
    let silent: Vec<_> = silent.iter().map(|file| &file["is_silent"]).collect();
    assert_eq!(silent, [false, true]);
    let checked = bench
        .run(&["--json", "stems", "verify", &out])
        .exits(0)
        .json();
    assert_eq!(checked["findings"], json!([]));
    // As a session of its own it is one stereo track again.
    let tracks = bench
        .run(&["--open", &out, "--json", "tracks"])
        .exits(0)
        .json();
    assert_eq!(tracks["tracks"][0]["name"], "Side");
    assert_eq!(tracks["tracks"][0]["format"], "stereo");
    std::fs::remove_file(bench.path("out/Side.L.wav")).unwrap();
    std::fs::write(bench.path("out/Side.R.wav"), "mine").unwrap();
    let said = bench.run(&args).exits(2).json();
    assert_eq!(said["findings"][0]["code"], "file_exists", "{said}");
    assert_eq!(
        std::fs::read(bench.path("out/Side.R.wav")).unwrap(),
        b"mine"
    );
    assert!(!bench.path("out/Side.L.wav").exists());
}

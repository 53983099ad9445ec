//! Sessions of more than two channels: what is printed against sums made here channel by channel, by
//! both engines, and what is refused.

use std::path::{Path, PathBuf};

use pt_stem::media::probe::probe;
use serde_json::{Value, json};

use crate::bench::{Bench, Said};
use crate::shapes::heard;

/// No multiple of anything.
const FRAMES: usize = 30_011;
const STEP: f64 = 1.0 / 8_388_608.0;

/// A layout as session folders name it, with its mask and the names of its channels.
type Layout = (&'static str, u32, &'static [&'static str]);

const FIVE: Layout = ("5.1", 0x60F, &["L", "R", "C", "LFE", "Ls", "Rs"]);
const SEVEN: Layout = (
    "7.1",
    0x63F,
    &["L", "R", "C", "LFE", "Lsr", "Rsr", "Lss", "Rss"],
);
const LAYOUTS: [Layout; 6] = [
    ("LCR", 0x7, &["L", "R", "C"]),
    ("quad", 0x603, &["L", "R", "Ls", "Rs"]),
    ("5.0", 0x607, &["L", "R", "C", "Ls", "Rs"]),
    FIVE,
    ("7.0", 0x637, &["L", "R", "C", "Lsr", "Rsr", "Lss", "Rss"]),
    SEVEN,
];

/// A WAV of 24 bits that does not say where its channels are.
fn write(path: &Path, channels: usize, samples: &[i32]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes().into_iter().take(3))
        .collect();
    let frame = 3 * channels as u32;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    wav.extend((channels as u16).to_le_bytes());
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend((48_000 * frame).to_le_bytes());
    wav.extend((frame as u16).to_le_bytes());
    wav.extend(b"\x18\0data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    std::fs::write(path, wav).unwrap();
}

fn noise(seed: u64, count: usize) -> Vec<i32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (state >> 42) as i32 - (1 << 21)
    };
    (0..count).map(|_| next()).collect()
}

/// Name, format, fader in dB, where it goes.
type Strip<'s> = (&'s str, &'s str, f64, Option<&'s str>);

/// A session of noise, and what its tracks play, faders in it.
fn session(
    bench: &Bench,
    folder: &str,
    outputs: &Value,
    strips: &[Strip<'_>],
) -> (PathBuf, Vec<Vec<f64>>) {
    let root = bench.path(folder);
    let mut played = Vec::new();
    let tracks = strips
        .iter()
        .zip(1..)
        .map(|((name, format, db, output), seed)| {
            let channels = match *format {
                "mono" => 1,
                "stereo" => 2,
                wide => LAYOUTS.iter().find(|l| l.0 == wide).unwrap().2.len(),
            };
            let samples = noise(seed, FRAMES * channels);
            write(&root.join(format!("audio/{name}.wav")), channels, &samples);
            let gain = 10_f64.powf(db / 20.0);
            played.push(
                samples
                    .iter()
                    .map(|s| f64::from(*s) * STEP * gain)
                    .collect(),
            );
            let mut track = json!({
                "name": name, "format": format, "volume_db": db,
                "clips": [{ "file": format!("audio/{name}.wav"), "start": 0, "length": FRAMES }],
            });
            if let Some(output) = output {
                track["output"] = json!(output);
            }
            track
        });
    let session = json!({
        "version": 2, "name": "Wide", "rate": 48000, "length": FRAMES, "outputs": outputs,
        "start_timecode": "01:00:00:00", "timecode_rate": "25",
        "tracks": tracks.collect::<Vec<_>>(),
    });
    std::fs::write(root.join("session.json"), session.to_string()).unwrap();
    (root, played)
}

/// A session whose tracks all have the layout of its main output.
fn even(bench: &Bench, layout: Layout) -> (PathBuf, Vec<Vec<f64>>) {
    let format = layout.0;
    let outputs = json!([{ "name": "Main", "format": format }]);
    let strips = [
        ("Dialogue", format, -1.5, None),
        ("Score", format, 0.0, None),
        ("Songs", format, 2.25, None),
    ];
    session(bench, &format!("session {format}"), &outputs, &strips)
}

const STEMS: &str = r#"
[[stem]]
name = "DX"
tracks = ["Dialogue"]
[[stem]]
name = "MX"
tracks = ["Score", "Songs"]
"#;

fn print(bench: &Bench, open: &Path, out: &str, recipe: &str, engine: &str) -> (Said, PathBuf) {
    let file = bench.path(&format!("{out}.toml"));
    std::fs::write(&file, recipe).unwrap();
    let (open, file) = (open.display().to_string(), file.display().to_string());
    let dir = bench.path(out);
    let to = dir.display().to_string();
    let args = [
        "--open", &open, "--json", "stems", "print", &file, "--out", &to, "--engine", engine,
    ];
    (bench.run(&args), dir)
}

fn sum(tracks: &[&Vec<f64>]) -> Vec<f64> {
    let frames = tracks[0].len();
    (0..frames)
        .map(|at| tracks.iter().map(|track| track[at]).sum())
        .collect()
}

fn apart(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    let pairs = one.iter().zip(other);
    pairs.fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs()))
}

/// What a file of 24 bits may be off. A bounce below full scale is rounded to floats first.
fn off(engine: &str) -> f64 {
    match engine {
        "bounce" => 0.76 * STEP,
        _ => 0.51 * STEP,
    }
}

fn manifest(dir: &Path) -> Value {
    let text = std::fs::read_to_string(dir.join("manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_layout_prints_what_its_channels_add_up_to() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let (name, mask, sides) = layout;
        let (open, played) = even(&bench, layout);
        let [dx, score, songs] = [0, 1, 2].map(|track| &played[track]);
        let recipe = format!("[output]\nfile = \"{{stem}}\"\nmix = true\n{STEMS}");
        let mut printed: Vec<Vec<f64>> = Vec::new();
        for engine in ["render", "bounce"] {
            let (said, dir) = print(&bench, &open, &format!("{name} {engine}"), &recipe, engine);
            let said = said.exits(0).json();
            assert_eq!(said["proof"]["verdict"], "pass", "{name} {engine}: {said}");
            for file in manifest(&dir)["files"].as_array().unwrap() {
                assert_eq!(file["channels"], sides.len());
                assert!(file["levels"]["integrated_lufs"].is_number());
            }
            for (file, wanted) in [
                ("DX", sum(&[dx])),
                ("MX", sum(&[score, songs])),
                ("mix", sum(&[dx, score, songs])),
            ] {
                let path = dir.join(format!("{file}.wav"));
                let info = probe(&path).unwrap();
                assert_eq!((usize::from(info.channels), info.mask), (sides.len(), mask));
                let (_, _, samples) = heard(&path);
                let rest = apart(&samples, &wanted);
                let most = off(engine);
                assert!(rest <= most, "{name} {engine} {file}: {rest}");
                printed.push(samples);
            }
            let verified = bench.run(&["stems", "verify", &dir.display().to_string()]);
            verified.exits(0);
        }
        let (rendered, bounced) = printed.split_at(3);
        for (rendered, bounced) in rendered.iter().zip(bounced) {
            assert!(apart(rendered, bounced) <= STEP, "{name}: the engines");
        }
    }
}

#[test]
fn one_channel_that_is_not_the_sum_is_found() {
    let bench = Bench::new();
    let (open, _) = even(&bench, SEVEN);
    let recipe = format!("[output]\nfile = \"{{stem}}\"\nmix = true\nsplit = true\n{STEMS}");
    let (said, dir) = print(&bench, &open, "split", &recipe, "render");
    said.exits(0);
    for (stem, side) in ["DX", "MX", "mix"]
        .iter()
        .flat_map(|stem| SEVEN.2.iter().map(move |side| (stem, side)))
    {
        let info = probe(&dir.join(format!("{stem}.{side}.wav"))).unwrap();
        assert_eq!((info.channels, info.frames), (1, Some(FRAMES as u64)));
    }
    let manifest = manifest(&dir);
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 3 * 8);
    assert_eq!(files[5]["channel"], "Rsr");
    let verify = |dir: &Path| bench.run(&["--json", "stems", "verify", &dir.display().to_string()]);
    let right = verify(&dir).exits(0).json();
    assert_eq!(right["proof"]["verdict"], "pass");
    // The back of one stem comes from another: only the sum can tell.
    std::fs::remove_file(dir.join("manifest.json")).unwrap();
    std::fs::copy(dir.join("MX.Rsr.wav"), dir.join("DX.Rsr.wav")).unwrap();
    let mix = dir.join("mix.L.wav").display().to_string();
    let to = dir.display().to_string();
    let wrong = bench.run(&["--json", "stems", "verify", &to, "--mix", &mix]);
    let wrong = wrong.exits(1).json();
    assert_eq!(wrong["proof"]["verdict"], "fail", "{wrong}");
}

#[test]
fn channels_that_would_be_panned_or_folded_are_refused_by_a_render() {
    let bench = Bench::new();
    let outputs = json!([{ "name": "Main", "format": "5.1" }, "Phones"]);
    let strips = [
        ("Dialogue", "5.1", 0.0, None),
        ("Score", "stereo", 0.0, None),
        ("Songs", "mono", -3.0, None),
        ("Cue", "stereo", 0.0, Some("Phones")),
    ];
    let (open, played) = session(&bench, "mixed", &outputs, &strips);
    let recipe = format!("[output]\nfile = \"{{stem}}\"\n[ignore]\ntracks = [\"Cue\"]\n{STEMS}");
    let (said, _) = print(&bench, &open, "mixed render", &recipe, "render");
    let said = said.exits(2);
    let all = format!("{}{}", said.out, said.err);
    for wanted in ["'Score'", "'Songs'", "5.1", "engine bounce"] {
        assert!(all.contains(wanted), "{wanted}: {all}");
    }
    // Pro Tools places them: its simulator between left and right.
    let (said, dir) = print(&bench, &open, "mixed bounce", &recipe, "bounce");
    said.exits(0);
    let (channels, _, samples) = heard(&dir.join("MX.wav"));
    assert_eq!(channels, 6);
    let wanted: Vec<f64> = (0..FRAMES)
        .flat_map(|at| {
            let song = played[2][at];
            let [left, right] = [played[1][2 * at] + song, played[1][2 * at + 1] + song];
            [left, right, 0.0, 0.0, 0.0, 0.0]
        })
        .collect();
    assert!(apart(&samples, &wanted) <= off("bounce"));

    // What goes to a stereo output is stereo, and what is wider is not folded into it.
    let cue = "[output]\nfile = \"{stem}\"\n[ignore]\ntracks = [\"Dialogue\", \"Score\", \"Songs\"]\n\
               [[stem]]\nname = \"Cue\"\ntracks = [\"Cue\"]\n";
    let (said, dir) = print(&bench, &open, "cue", cue, "render");
    said.exits(0);
    let (channels, _, samples) = heard(&dir.join("Cue.wav"));
    assert_eq!(channels, 2);
    assert!(apart(&samples, &played[3]) <= off("render"));
    let outputs = json!(["Main"]);
    let strips = [
        ("Dialogue", "5.1", 0.0, None),
        ("Score", "stereo", 0.0, None),
        ("Songs", "mono", 0.0, None),
    ];
    let (open, _) = session(&bench, "narrow", &outputs, &strips);
    let recipe = format!("[output]\nfile = \"{{stem}}\"\n{STEMS}");
    let (said, _) = print(&bench, &open, "narrow render", &recipe, "render");
    let said = said.exits(2);
    let all = format!("{}{}", said.out, said.err);
    assert!(all.contains("'Dialogue'") && all.contains("5.1"), "{all}");
}

#[test]
fn formats_and_words_that_do_not_suit_are_refused() {
    let bench = Bench::new();
    let (open, _) = even(&bench, FIVE);
    for (lines, code, wanted) in [
        ("format = \"aiff\"", 2, "split"),
        ("channels = \"stereo\"", 2, "5.1"),
        ("channels = \"mono\"", 2, "5.1"),
        ("channels = \"7.1\"", 2, "5.1"),
        ("channels = \"5.2\"", 2, "5.2"),
        ("format = \"aiff\"\nsplit = true", 0, ""),
        ("format = \"flac\"", 0, ""),
        ("channels = \"as-tracks\"", 0, ""),
        ("channels = \"5.1\"\nrate = 44100\nbits = 32", 0, ""),
        ("dither = \"tpdf\"\nbits = 16", 0, ""),
    ] {
        for engine in ["render", "bounce"] {
            let recipe = format!("[output]\nfile = \"{{stem}}\"\nmix = true\n{lines}\n{STEMS}");
            let name = format!("{engine} {}", lines.replace(['"', '\n', '='], ""));
            let (said, dir) = print(&bench, &open, &name, &recipe, engine);
            let said = said.exits(code);
            let all = format!("{}{}", said.out, said.err);
            assert!(all.contains(wanted), "{lines}: {all}");
            if code == 0 {
                assert_eq!(said.json()["proof"]["verdict"], "pass", "{engine} {lines}");
                let verified = bench.run(&["stems", "verify", &dir.display().to_string()]);
                verified.exits(0);
            }
        }
    }
}

#[test]
fn versions_have_all_channels() {
    let bench = Bench::new();
    let (open, played) = even(&bench, FIVE);
    let recipe = format!(
        "[output]\nfile = \"{{stem}}\"\nmix = true\nbits = 32\n{STEMS}\n\
         [[version]]\nname = \"ME\"\nformula = \"mix - DX\"\n"
    );
    for engine in ["render", "bounce"] {
        let (said, dir) = print(
            &bench,
            &open,
            &format!("versions {engine}"),
            &recipe,
            engine,
        );
        said.exits(0);
        let (channels, _, samples) = heard(&dir.join("ME.wav"));
        assert_eq!(channels, 6);
        let rest = apart(&samples, &sum(&[&played[1], &played[2]]));
        assert!(rest <= STEP, "{engine}: {rest}");
    }
}

#[test]
fn a_preset_of_5_1_prints_what_lints_clean() {
    let bench = Bench::new();
    let outputs = json!([{ "name": "Main", "format": "5.1" }]);
    let strip = |name| (name, "5.1", -12.0, None);
    let strips = ["Dialogue", "Score", "Songs"].map(strip);
    let (open, _) = session(&bench, "quiet", &outputs, &strips);
    let recipe = "[output]\npreset = \"netflix-nf51\"\ntitle = \"Film\"\n\
        [[stem]]\nname = \"DIAStem\"\ntracks = [\"Dialogue\"]\n\
        [[stem]]\nname = \"MXStem\"\ntracks = [\"Score\"]\n\
        [[stem]]\nname = \"FXStem\"\ntracks = [\"Songs\"]\n";
    let (said, dir) = print(&bench, &open, "delivery", recipe, "render");
    said.exits(0);
    let dir = dir.display().to_string();
    let said = bench.run(&["--json", "lint", &dir, "--preset", "netflix-nf51"]);
    let said = said.exits(0).json();
    let findings = said["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["level"] != "error"));
    assert_eq!(said["proof"]["verdict"], "pass", "{said}");
}

//! The shapes that files have, as asked for in recipes: mono where the tracks are.

use std::path::Path;

use pt_stem::media::decode::Reader;
use serde_json::{Value, json};

use crate::bench::{Bench, Said};
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
fn session(bench: &Bench) -> String {
    let mut state = 7_u64;
    let mut noise = || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (state >> 42) as i32 - (1 << 21)
    };
    let tracks = TRACKS.map(|(name, channels, pan)| {
        let file = format!("audio/{name}.wav");
        let samples = (0..FRAMES * u32::from(channels)).map(|_| noise());
        wave::write(&bench.path("session").join(&file), channels, 24, samples);
        json!({
            "name": name, "channels": channels, "mute": false, "volume_db": -1.5, "pan": pan,
            "volume_points": [],
            "clips": [{ "file": file, "start": 0, "offset": 0, "length": FRAMES, "gain_db": 0.0,
                "fade_in": 0, "fade_in_shape": "linear", "fade_out": 0, "fade_out_shape": "linear",
                "mute": false }],
        })
    });
    let session = json!({
        "version": 1, "name": "Shapes", "rate": wave::RATE, "length": FRAMES, "tracks": tracks,
        "stems": [],
    });
    let folder = bench.path("session");
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
fn heard(path: &Path) -> (u16, u32, Vec<f64>) {
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

//! Sessions made of edges, printed by the program and nulled against the independent renderer: clips of
//! one frame, before the start and past the end, over each other, behind their source's end; fades
//! longer than half a clip; breakpoints on one sample and down to -144 dB; odd lengths; all rates.

use std::path::Path;
use std::process::Command;

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::stem::BitDepth;
use serde_json::{Value, json};

use crate::Random;
use crate::null::scripts;
use crate::run;

const RATES: [u32; 5] = [44_100, 48_000, 88_200, 96_000, 192_000];
const DEPTHS: [BitDepth; 3] = [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32];
const TRACKS: usize = 6;

fn source(path: &Path, spec: WriteSpec, frames: i64, random: &mut Random) {
    let mut writer = Writer::create(path, spec).unwrap();
    let count = frames * i64::from(spec.channels);
    let samples: Vec<f64> = (0..count).map(|_| random.real(-0.08, 0.08)).collect();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
}

/// One clip of each edge, some of them several times.
fn clips(file: &str, frames: i64, length: i64, random: &mut Random) -> Vec<Value> {
    let mut clips = Vec::new();
    let mut add = |start: i64, offset: i64, own: i64, fades: (i64, i64), random: &mut Random| {
        let shape = |random: &mut Random| ["linear", "equal_power"][random.size(0, 1)];
        clips.push(json!({
            "file": file, "start": start, "offset": offset, "length": own,
            "gain_db": random.between(-24, 3), "mute": false,
            "fade_in": fades.0, "fade_in_shape": shape(random),
            "fade_out": fades.1, "fade_out_shape": shape(random),
        }));
    };
    let some = |random: &mut Random| random.between(2, length / 2);
    for _ in 0..3 {
        // Anywhere, over others, with fades that reach over each other.
        let own = some(random);
        let fades = (random.between(0, own), random.between(own / 2, own));
        add(
            random.between(0, length),
            random.between(0, frames),
            own,
            fades,
            random,
        );
    }
    let own = some(random);
    add(-random.between(1, own), 3, own, (own, 0), random);
    add(length - random.between(1, own), 0, own, (0, own), random);
    // Nothing of it is heard.
    add(-own, 0, own, (1, 1), random);
    add(length, 0, own, (0, 0), random);
    // Longer than the session on both sides.
    add(-17, 0, length + 40, (length, length), random);
    for fades in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        add(
            random.between(0, length - 1),
            random.between(0, frames - 1),
            1,
            fades,
            random,
        );
    }
    // The first and the last frame, and of the source its last.
    add(0, frames - 1, 1, (0, 0), random);
    add(length - 1, frames - 1, 2, (0, 0), random);
    // Behind the source's end.
    add(random.between(0, length), frames + 5, own, (0, 0), random);
    clips
}

fn points(number: usize, length: i64, random: &mut Random) -> Value {
    let at = random.between(1, length - 2);
    match number % 5 {
        0 => json!([]),
        1 => json!([[0, 0.0], [at, -144.0], [at, 2.0], [length - 1, -144.0]]),
        2 => json!([
            [at, -144.0],
            [at, 0.0],
            [at, -6.5],
            [at + 1, -144.0],
            [at + 1, 1.0]
        ]),
        3 => json!([
            [0, -60.0],
            [0, 3.0],
            [length, -144.0],
            [length + 5_000, 0.0]
        ]),
        _ => json!([[at, -144.0]]),
    }
}

/// Writes a session; an odd number of frames, and more than a slice of the engine.
fn session(root: &Path, rate: u32, random: &mut Random) {
    std::fs::create_dir_all(root.join("audio")).unwrap();
    let length = 2 * random.between(9_000, 14_000) + 1;
    let tracks = (0..TRACKS).map(|n| {
        let file = format!("audio/{n}.wav");
        let spec = WriteSpec {
            sample_rate: rate,
            channels: 1 + u16::try_from(n % 2).unwrap(),
            bits: DEPTHS[n % 3],
            time_reference: None,
        };
        let frames = random.between(1, length);
        source(&root.join(&file), spec, frames, random);
        let pan = [
            json!(null),
            json!(0.0),
            json!(-1.0),
            json!(1.0),
            json!(0.37),
            json!(-0.8),
        ];
        json!({
            "name": format!("T{n}"), "channels": spec.channels, "mute": n == 5,
            "volume_db": random.real(-12.0, 0.0), "pan": pan[random.size(0, 5)],
            "volume_points": points(n + random.size(0, 4), length, random),
            "clips": clips(&file, frames, length, random),
        })
    });
    let text = json!({
        "version": 1, "rate": rate, "length": length, "tracks": tracks.collect::<Vec<_>>(),
        "stems": [
            { "name": "A", "channels": 2, "gain_db": 0.0, "tracks": ["T0", "T1", "T2"] },
            { "name": "B", "channels": 2, "gain_db": 0.0, "tracks": ["T3", "T4"] },
            { "name": "C", "channels": 2, "gain_db": 0.0, "tracks": ["T5"] },
        ],
    });
    std::fs::write(root.join("session.json"), text.to_string()).unwrap();
}

#[test]
fn sessions_made_of_edges_null_at_all_rates() {
    let Some(scripts) = scripts() else {
        return;
    };
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("PT_STEM_SEED").unwrap_or(6_u64);
    let rounds = number("PT_STEM_ROUNDS").unwrap_or(1_u64);
    for (seed, rate) in (seed..seed + rounds).flat_map(|seed| RATES.map(|rate| (seed, rate))) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (root, truth) = (at("session"), at("truth"));
        let mut random = Random(seed.wrapping_mul(u64::from(rate)));
        session(&root, rate, &mut random);
        let mix = || {
            let mut python = Command::new("python3");
            python.arg(scripts.join("refmix.py"));
            python
        };
        run(mix().args([&root, &truth]));
        for bits in ["16", "24", "32"] {
            let out = at(bits);
            let print = [
                "stems", "print", "--engine", "render", "--file", "{stem}", "--bits", bits,
            ];
            run(Command::new(env!("CARGO_BIN_EXE_pt-stem"))
                .arg("--open")
                .arg(&root)
                .args(print)
                .arg("--out")
                .arg(&out)
                .env("XDG_STATE_HOME", at("state"))
                .env("XDG_CONFIG_HOME", at("config")));
            let verdict = run(mix().arg("--null").args([&truth, &out]));
            assert_eq!(
                verdict.matches("PASS").count(),
                3,
                "PT_STEM_SEED={seed}, {rate} Hz, {bits} bits:\n{verdict}"
            );
        }
    }
}

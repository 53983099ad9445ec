//! The null test against the independent renderer in Python: every stem of a generated session,
//! rendered and written by us, must be what `refmix.py` makes of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::mixdown::{Bus, Mixdown};
use pt_stem::model::clip::{Arrangement, Clip, FadeShape, Lane, SourceFile};
use pt_stem::model::stem::BitDepth;
use pt_stem::model::{Breakpoint, Range};
use serde_json::Value;

use crate::{have, run};

/// The folder with `gen_session.py` and `refmix.py`.
pub fn scripts() -> Option<PathBuf> {
    let shared = std::env::var_os("PT_STEM_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let folder = shared.join("sessions");
    if !folder.join("refmix.py").is_file() {
        println!("skipped: no refmix.py in {}", folder.display());
        return None;
    }
    have("python3", &["-c", "import numpy, soundfile"]).then_some(folder)
}

fn points(value: &Value) -> Vec<Breakpoint> {
    serde_json::from_value(value.clone()).unwrap()
}

fn clip(value: &Value, files: &mut Vec<SourceFile>, root: &Path) -> Clip {
    let name = value["file"].as_str().unwrap();
    let file = files.iter().position(|file| file.name == name);
    let file = file.unwrap_or_else(|| {
        files.push(SourceFile {
            path: root.join(name),
            name: name.to_owned(),
        });
        files.len() - 1
    });
    let number = |key: &str| value[key].as_u64().unwrap();
    let shape = |key: &str| match value[key].as_str().unwrap() {
        "linear" => FadeShape::Linear,
        "equal_power" => FadeShape::EqualPower,
        other => panic!("shape {other}"),
    };
    Clip {
        file,
        start: value["start"].as_i64().unwrap(),
        offset: number("offset"),
        length: number("length"),
        gain_db: value["gain_db"].as_f64().unwrap(),
        fade_in: number("fade_in"),
        fade_in_shape: shape("fade_in_shape"),
        fade_out: number("fade_out"),
        fade_out_shape: shape("fade_out_shape"),
        muted: value["mute"].as_bool().unwrap(),
        ..Clip::default()
    }
}

/// The arrangement and the stems of a `session.json`.
fn load(root: &Path) -> (Arrangement, Vec<(String, Bus)>) {
    let text = std::fs::read_to_string(root.join("session.json")).unwrap();
    let session: Value = serde_json::from_str(&text).unwrap();
    let tracks = session["tracks"].as_array().unwrap();
    let mut files = Vec::new();
    let lanes: Vec<Lane> = tracks
        .iter()
        .map(|track| Lane {
            track: track["name"].as_str().unwrap().to_owned(),
            channels: u16::try_from(track["channels"].as_u64().unwrap()).unwrap(),
            volume_db: track["volume_db"].as_f64().unwrap(),
            pan: track["pan"].as_f64(),
            volume_points: points(&track["volume_points"]),
            clips: track["clips"]
                .as_array()
                .unwrap()
                .iter()
                .map(|value| clip(value, &mut files, root))
                .collect(),
            ..Lane::default()
        })
        .collect();
    let audible = |name: &Value| {
        let index = tracks.iter().position(|track| track["name"] == *name)?;
        (tracks[index]["mute"] == false).then_some(index)
    };
    let stems = session["stems"].as_array().unwrap().iter().map(|stem| {
        let members = stem["tracks"].as_array().unwrap();
        let bus = Bus {
            lanes: members.iter().filter_map(audible).collect(),
            gain_db: stem["gain_db"].as_f64().unwrap(),
            ..Bus::default()
        };
        (stem["name"].as_str().unwrap().to_owned(), bus)
    });
    let arrangement = Arrangement {
        sample_rate: u32::try_from(session["rate"].as_u64().unwrap()).unwrap(),
        length: session["length"].as_u64().unwrap(),
        files,
        lanes,
        ..Arrangement::default()
    };
    let stems = stems.collect();
    (arrangement, stems)
}

fn print_stems(arrangement: &Arrangement, stems: &[(String, Bus)], bits: BitDepth, out: &Path) {
    std::fs::create_dir_all(out).unwrap();
    let spec = WriteSpec {
        sample_rate: arrangement.sample_rate,
        channels: 2,
        bits,
        time_reference: Some(172_800_000),
    };
    let mut writers: Vec<Writer> = stems
        .iter()
        .map(|(name, _)| Writer::create(&out.join(format!("{name}.wav")), spec).unwrap())
        .collect();
    let buses = stems.iter().map(|(_, bus)| bus.clone()).collect();
    let range = Range::new(0, i64::try_from(arrangement.length).unwrap());
    let mut mixdown = Mixdown::new(arrangement, buses, range);
    while let Some(blocks) = mixdown.next_block().unwrap() {
        for (writer, block) in writers.iter_mut().zip(blocks) {
            writer.write(block).unwrap();
        }
    }
    for writer in writers {
        assert_eq!(writer.finish().unwrap().frames, arrangement.length);
    }
}

fn null_test(scripts: &Path, size: &str, flavour: &str, format: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (session, truth) = (folder.path().join("session"), folder.path().join("truth"));
    let python = |script: &str, args: &[&std::ffi::OsStr]| {
        run(Command::new("python3").arg(scripts.join(script)).args(args))
    };
    let arguments = ["--size", size, "--flavour", flavour, "--fmt", format];
    let mut arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    arguments.insert(0, session.as_ref());
    python("gen_session.py", &arguments);
    python("refmix.py", &[session.as_ref(), truth.as_ref()]);
    let (arrangement, stems) = load(&session);
    for bits in [BitDepth::Int24, BitDepth::Float32] {
        let out = folder.path().join(bits.bits().to_string());
        print_stems(&arrangement, &stems, bits, &out);
        let verdict = python(
            "refmix.py",
            &["--null".as_ref(), truth.as_ref(), out.as_ref()],
        );
        println!("{size} {flavour} {format} {}:\n{verdict}", bits.bits());
        assert_eq!(verdict.matches("PASS").count(), stems.len(), "{verdict}");
    }
}

fn null_tests(size: &str, kinds: &[(&str, &str)]) {
    let Some(scripts) = scripts() else {
        return;
    };
    for (flavour, format) in kinds {
        null_test(&scripts, size, flavour, format);
    }
}

const ALL: [(&str, &str); 8] = [
    ("mix", "i16"),
    ("mix", "i24"),
    ("mix", "f32"),
    ("mix", "mixed"),
    ("edits", "i16"),
    ("edits", "i24"),
    ("edits", "f32"),
    ("edits", "mixed"),
];

#[test]
fn stems_null_against_the_independent_renderer() {
    null_tests("XS", &ALL);
}

#[test]
fn longer_stems_null_too() {
    null_tests("S", &[("mix", "i24"), ("edits", "mixed")]);
}

#[test]
#[ignore = "minutes: run it by hand"]
fn every_longer_stem_nulls() {
    null_tests("S", &ALL);
}

#[test]
#[ignore = "gigabytes and many minutes: run it by hand"]
fn an_albums_worth_of_stems_nulls() {
    null_tests("M", &ALL);
}

//! What printed files and their manifest say of themselves, as this program and others read it, and the
//! report that is made of them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use pt_stem::cli::account;
use pt_stem::clock::ManualClock;
use pt_stem::engine::verify::account::account as account_of;
use pt_stem::engine::verify::verify;
use pt_stem::media::probe::probe;
use pt_stem::media::tags::{self, Cue};
use pt_stem::model::manifest_schema::schema;
use pt_stem::model::plan::About;
use pt_stem::model::stem::{BitDepth, ChannelMode, EngineKind, FileFormat, Measure};
use pt_stem::model::{Level, Marker, Plan, TimecodeRate};

use crate::session::{LENGTH, RATE, World, run, with_mix};

const START: u64 = 3600 * RATE as u64;

/// A plan of all the kinds of files, with markers and with names that mean something elsewhere.
fn plan(world: &World) -> Plan {
    let mut plan = with_mix(world.plan(EngineKind::Render));
    plan.session = "Jürgen & <script>alert(1)</script>".to_owned();
    let marker = |number, name: &str, start| Marker {
        number,
        name: name.to_owned(),
        start,
        ..Marker::default()
    };
    plan.about = About {
        origin_id: "origin".to_owned(),
        instance_id: "instance".to_owned(),
        markers: vec![marker(1, "Verse|1", 0), marker(2, "Größe", 1234)],
        recipe: "[output]\nbits = 24\n".to_owned(),
    };
    let kinds = [FileFormat::Wav, FileFormat::Aiff, FileFormat::Flac];
    for (stem, format) in plan.stems.iter_mut().zip(kinds) {
        stem.format = format;
        stem.file = format!("{}.{}", stem.name, format.word());
    }
    plan
}

async fn printed(change: impl FnOnce(&mut Plan)) -> World {
    let world = World::new();
    let mut plan = plan(&world);
    change(&mut plan);
    let mut context = world.context();
    context.clock = Arc::new(ManualClock::default());
    run(&plan, &context).await.unwrap();
    world
}

fn manifest(world: &World) -> serde_json::Value {
    let text = std::fs::read(world.out().join("manifest.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Those of the set, in the order of the manifest.
fn files(world: &World) -> Vec<String> {
    let manifest = manifest(world);
    let files = manifest["files"].as_array().unwrap().iter();
    files
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn every_container_says_what_it_holds() {
    for measure in [Measure::Off, Measure::Basic, Measure::Full] {
        let world = printed(|plan| plan.output.measure = measure).await;
        let manifest = manifest(&world);
        for (at, file) in files(&world).iter().enumerate() {
            let path = world.out().join(file);
            let said = tags::read(&path).unwrap();
            assert_eq!(probe(&path).unwrap().time_reference, Some(START), "{file}");
            assert_eq!(said.time_reference, Some(START), "{file}");
            assert_eq!(
                (said.date.as_str(), said.time.as_str()),
                ("2025-06-15", "15:06:40"),
                "{file}"
            );
            assert_eq!(said.originator, "PT-STEM", "{file}");
            assert_eq!(said.session, "Jürgen & <script>alert(1)</script>", "{file}");
            assert_eq!(said.timecode, Some(TimecodeRate::Fps25), "{file}");
            assert!(said.coding_history.starts_with("A=PCM,F="), "{file}");
            let cue = |frame, label: &str| Cue {
                frame,
                label: label.to_owned(),
            };
            assert_eq!(said.cues, [cue(0, "Verse|1"), cue(1234, "Größe")], "{file}");
            let entry = &manifest["files"][at];
            assert_eq!(said.stem, entry["name"], "{file}");
            assert_eq!(serde_json::json!(said.tracks), entry["tracks"], "{file}");
            assert_eq!(entry["time_reference"], START);
            let loudness = entry["levels"]["integrated_lufs"].as_f64();
            match (said.loudness.integrated_lufs, loudness) {
                (Some(said), Some(measured)) => assert!((said - measured).abs() < 0.0051, "{file}"),
                (said, measured) => assert_eq!(said, measured, "{file}"),
            }
            assert_eq!(
                said.loudness.integrated_lufs.is_some(),
                measure == Measure::Full,
                "{file}"
            );
        }
        assert_eq!(verify(&world.out(), None).unwrap().findings, []);
    }
}

#[tokio::test]
async fn the_same_job_at_the_same_moment_writes_the_same_bytes() {
    let (one, other) = (printed(|_| {}).await, printed(|_| {}).await);
    for file in files(&one) {
        let bytes = |world: &World| std::fs::read(world.out().join(&file)).unwrap();
        assert!(bytes(&one) == bytes(&other), "{file}");
    }
}

/// What a program says, or `None` where it is not there.
fn foreign(program: &str, probe: &[&str], arguments: &[&str], path: &Path) -> Option<String> {
    let there = Command::new(program).args(probe).output();
    if !there.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
        println!("skipped: {program} {} does not run here", probe.join(" "));
        return None;
    }
    let output = Command::new(program)
        .args(arguments)
        .arg(path)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // Floats with a format chunk of 16 bytes are read, and remarked on.
    let is_quiet = errors
        .lines()
        .all(|line| line.contains("missing extended part of fmt"));
    assert!(output.status.success() && is_quiet, "{program}: {errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}

const SOUNDFILE: &str = "
import sys, soundfile
info = soundfile.info(sys.argv[1])
data, rate = soundfile.read(sys.argv[1], always_2d=True, dtype='float64')
print(info.frames, info.samplerate, info.channels, abs(data).max())
";

#[tokio::test]
async fn three_foreign_readers_read_every_file() {
    // One channel of three bytes and an odd count of frames: the pad byte is needed.
    let odd = |plan: &mut Plan| {
        for stem in plan.stems.iter_mut().chain(&mut plan.mix) {
            stem.channels = ChannelMode::Mono;
            stem.channel_count = 1;
        }
        plan.range.end -= 1 - plan.range.end % 2;
    };
    for bits in [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32] {
        let world = printed(|plan| {
            odd(plan);
            for stem in plan.stems.iter_mut().chain(&mut plan.mix) {
                stem.bits = if stem.format.holds_integers_only() {
                    BitDepth::Int24
                } else {
                    bits
                };
            }
        })
        .await;
        for file in files(&world) {
            let path = world.out().join(&file);
            let info = probe(&path).unwrap();
            let frames = info.frames.unwrap();
            assert_eq!((frames % 2, info.channels), (1, 1), "{frames} of {LENGTH}");
            read_elsewhere(&path, frames);
        }
    }
}

fn read_elsewhere(path: &Path, frames: u64) {
    let count = frames.to_string();
    let soundfile = foreign(
        "python3",
        &["-c", "import soundfile"],
        &["-c", SOUNDFILE],
        path,
    );
    if let Some(said) = soundfile {
        let words: Vec<&str> = said.split_whitespace().collect();
        assert_eq!(&words[..3], [&count, &RATE.to_string(), "1"], "{path:?}");
        assert!(words[3].parse::<f64>().unwrap() > 0.01, "{said}");
    }
    // Not every sox reads FLAC.
    let is_flac = path.extension().is_some_and(|end| end == "flac");
    let sox = (!is_flac)
        .then(|| foreign("sox", &["--version"], &["--i", "-s"], path))
        .flatten();
    if let Some(said) = sox {
        assert_eq!(said.trim(), count, "{path:?}");
    }
    let show = [
        "-v",
        "error",
        "-show_entries",
        "format_tags:stream=duration_ts:stream_tags",
        "-of",
        "json",
    ];
    let Some(said) = foreign("ffprobe", &["-version"], &show, path) else {
        return;
    };
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["streams"][0]["duration_ts"], frames, "{path:?}");
    let tags = &said["format"]["tags"];
    let tag = |name: &str| {
        let upper = tags[name.to_uppercase()].as_str();
        tags[name].as_str().or(upper).unwrap_or_default().to_owned()
    };
    if path.extension().is_some_and(|end| end == "aiff") {
        assert!(
            tag("comment").contains(&format!("TIME_REFERENCE={START}")),
            "{tags}"
        );
        return;
    }
    assert_eq!(tag("time_reference"), START.to_string(), "{tags}");
    // It has names of its own for some fields of a `bext`.
    let is_named = |names: [&str; 2], value: &str| names.iter().any(|name| tag(name) == value);
    assert!(is_named(["originator", "encoded_by"], "PT-STEM"), "{tags}");
    assert!(
        is_named(["origination_date", "date"], "2025-06-15"),
        "{tags}"
    );
    assert!(tag("coding_history").contains("T=pt-stem"), "{tags}");
}

const VALIDATE: &str = "
import json, sys, jsonschema
schema = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
whole = json.load(open(sys.argv[1]))
for error in check.iter_errors(whole):
    print(error.json_path, error.message)
for broken in ({**whole, 'schema': 2}, {**whole, 'files': 7}, {k: v for k, v in whole.items() if k != 'proof'}):
    if check.is_valid(broken):
        print('a broken one is valid')
";

#[tokio::test]
async fn a_printed_manifest_is_what_the_schema_says() {
    let imports = Command::new("python3")
        .args(["-c", "import jsonschema"])
        .output();
    if !imports.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
        println!("skipped: no python3 with jsonschema");
        return;
    }
    let world = printed(|_| {}).await;
    let printed = manifest(&world);
    assert_eq!(printed["session"]["instance_id"], "instance");
    assert_eq!(printed["recipe"], "[output]\nbits = 24\n");
    assert_eq!(printed["markers"][1]["sample"], 1234);
    assert_eq!(printed["versions"]["schema"], 1);
    assert_eq!(printed["times"]["ended"], printed["printed"]);
    assert_eq!(printed["plan"]["stems"].as_array().unwrap().len(), 4);
    // All that may be there and is not in any schema would be found in the shape that is written.
    let mut python = Command::new("python3")
        .args(["-c", VALIDATE])
        .arg(world.out().join("manifest.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(python.stdin.take().unwrap(), &schema()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[tokio::test]
async fn one_flipped_bit_of_what_a_file_says_of_itself_is_named() {
    let world = printed(|_| {}).await;
    for file in files(&world) {
        let path = world.out().join(&file);
        let good = std::fs::read(&path).unwrap();
        for at in [good.len() / 7, good.len() / 3, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            let report = verify(&world.out(), None).unwrap();
            let errors = report
                .findings
                .iter()
                .filter(|finding| finding.level == Level::Error);
            let named: Vec<_> = errors
                .filter_map(|finding| finding.file.as_deref())
                .collect();
            assert!(named.contains(&file.as_str()), "{file}, byte {at}");
            assert!(
                named.iter().all(|other| *other == file),
                "{file}, byte {at}: {named:?}"
            );
        }
        std::fs::write(&path, good).unwrap();
    }
}

#[tokio::test]
async fn the_report_tells_the_numbers_and_what_is_wrong() {
    let world = printed(|_| {}).await;
    let account = account_of(&world.out()).unwrap();
    let page = account::html(&account);
    assert!(page.starts_with(account::STARTS[0]) && page.len() < 300_000);
    assert!(
        !page.contains("<script") && !page.contains("://"),
        "it runs or fetches something"
    );
    assert!(page.contains("Jürgen &amp; &lt;script&gt;alert(1)&lt;/script&gt;"));
    for part in [
        "INTACT",
        "PASS",
        "<svg",
        "Loudness LUFS",
        "prefers-color-scheme:dark",
        "viewport",
        "Größe",
        "bits = 24",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<svg").count(), 4);
    let text = account::markdown(&account);
    for part in [
        "**INTACT**",
        "**PASS**",
        "Verse\\|1",
        "&lt;script&gt;",
        "| Drums |",
    ] {
        assert!(text.contains(part), "{part}");
    }
    std::fs::remove_file(world.out().join("Pad.flac")).unwrap();
    let path = world.out().join("Drums.wav");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[400] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let account = account_of(&world.out()).unwrap();
    let page = account::html(&account);
    for part in ["CHANGED", "MISSING", "2 of 4 files are changed", "checksum"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("INTACT"));
    assert!(account::markdown(&account).contains("MISSING"));
}

#[tokio::test]
async fn the_report_of_a_thousand_files_is_a_page_too() {
    let world = printed(|_| {}).await;
    let mut account = account_of(&world.out()).unwrap();
    let (file, shape) = (account.report.files[0].clone(), account.shapes[0].clone());
    for number in 0..1000 {
        let mut file = file.clone();
        file.name = format!("{number} {}", "<long>".repeat(30));
        file.tracks = vec!["'track'".repeat(20); 300];
        account.report.files.push(file);
        account.shapes.push(shape.clone());
    }
    let page = account::html(&account);
    assert!(page.len() < 300_000, "{}", page.len());
    assert!(page.contains("more files; the manifest lists them"));
}

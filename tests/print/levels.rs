//! What is measured while files are written: in the manifest, in `bext`, in findings, and measured again
//! by `verify`.

use pt_stem::engine::verify::verify;
use pt_stem::model::level::Levels;
use pt_stem::model::stem::{EngineKind, Measure};
use pt_stem::model::{Level, Plan};

use crate::session::{LENGTH, RATE, World, run, wav_of};

const FRAMES: usize = LENGTH as usize;
/// `MaxMomentaryLoudness` of `bext`: behind value, range and true peak.
const MOMENTARY: usize = 412 + 6;

/// A tone on both sides of the pad, the right one weaker and turned, that dies away before the end; a bass
/// that does not, with so high a sample for five frames.
fn world(top: f64) -> World {
    let world = World::new();
    let pad: Vec<f64> = (0..FRAMES)
        .flat_map(|frame| {
            let is_heard = (1_000..20_000).contains(&frame);
            let tone = f64::from(u8::from(is_heard)) * (frame as f64 * 0.05).cos();
            [0.5 * tone, -0.25 * tone]
        })
        .collect();
    let file = world.session().join("audio/Pad.wav");
    wav_of(&file, 2, RATE, &pad);
    let mut bass = vec![0.5; FRAMES];
    bass[7_000..7_005].fill(top);
    let file = world.session().join("audio/Bass.wav");
    wav_of(&file, 1, RATE, &bass);
    world
}

fn plan(world: &World, measure: Measure) -> Plan {
    let mut plan = world.plan(EngineKind::Render);
    let bass = plan.stems.iter_mut().find(|stem| stem.name == "Bass");
    bass.unwrap().gain_db = 5.5;
    plan.output.measure = measure;
    plan
}

fn levels_of(world: &World, file: &str) -> Levels {
    let text = std::fs::read_to_string(world.out().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let entry = files.iter().find(|entry| entry["path"] == file).unwrap();
    serde_json::from_value(entry["levels"].clone()).unwrap()
}

#[tokio::test]
async fn every_file_is_measured_while_it_is_written() {
    let world = world(1.0);
    let report = run(&plan(&world, Measure::Full), &world.context())
        .await
        .unwrap();
    let pad = levels_of(&world, "Pad.wav");
    assert_eq!(
        (pad.head_silence, pad.tail_silence),
        (Some(1_000), Some(30_000))
    );
    assert_eq!((pad.end_dbfs, pad.same_channels), (None, Some(false)));
    assert!((pad.correlation.unwrap() + 1.0).abs() < 1e-9);
    assert!(pad.dc_dbfs.unwrap() < -60.0);
    assert!(pad.max_momentary_lufs.unwrap() > pad.integrated_lufs.unwrap() - 0.1);
    // It is shorter than 3 s, and has silence around it.
    let seconds = FRAMES as f64 / f64::from(RATE);
    let (loud, short) = (
        pad.integrated_lufs.unwrap(),
        pad.max_short_term_lufs.unwrap(),
    );
    assert!(
        short < loud + 10.0 * (seconds / 3.0).log10() + 0.1,
        "{short} of {loud}"
    );
    let bass = levels_of(&world, "Bass.wav");
    assert_eq!(bass.same_channels, Some(true));
    let clipping = bass.clipping.unwrap();
    assert_eq!((clipping.runs, clipping.longest), (2, 5), "one a side");
    assert_eq!(clipping.first_frame, Some(7_000));
    let of = |code: &str| -> Vec<(Level, &str)> {
        let found = report.findings.iter().filter(|f| f.code == code);
        found
            .map(|f| (f.level, f.file.as_deref().unwrap()))
            .collect()
    };
    let (warning, note) = (Level::Warning, Level::Note);
    assert_eq!(
        of("tail_cut"),
        [(warning, "Drums.wav"), (warning, "Bass.wav")]
    );
    assert_eq!(of("dual_mono"), [(note, "Drums.wav"), (note, "Bass.wav")]);
    // It was clipped by the writer, which is told once.
    assert_eq!(of("clipped"), [(warning, "Bass.wav")]);
    assert_eq!(of("full_scale"), []);

    let bytes = std::fs::read(world.out().join("Pad.wav")).unwrap();
    let at = bytes.windows(4).position(|four| four == b"bext").unwrap() + 8;
    let word = |at: usize| i16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let momentary = f64::from(word(at + MOMENTARY)) / 100.0;
    assert!((momentary - pad.max_momentary_lufs.unwrap()).abs() < 0.0051);
    assert!((f64::from(word(at + MOMENTARY + 2)) / 100.0 - short).abs() < 0.0051);
}

#[tokio::test]
async fn less_is_measured_where_less_is_asked_for() {
    let world = world(1.0);
    let full = |measure| {
        let (mut plan, context) = (plan(&world, measure), world.context());
        plan.output.on_existing = pt_stem::model::stem::OnExisting::Replace;
        async move { run(&plan, &context).await.unwrap() }
    };
    full(Measure::Full).await;
    let all = levels_of(&world, "Pad.wav");
    full(Measure::Basic).await;
    let basic = Levels {
        true_peak_dbtp: None,
        integrated_lufs: None,
        range_lu: None,
        max_momentary_lufs: None,
        max_short_term_lufs: None,
        dc_dbfs: None,
        correlation: None,
        ..all
    };
    assert_eq!(levels_of(&world, "Pad.wav"), basic);
    full(Measure::Off).await;
    assert_eq!(levels_of(&world, "Pad.wav"), Levels::default());
}

#[tokio::test]
async fn a_check_measures_the_same_and_names_a_manifest_that_says_otherwise() {
    let world = world(0.75);
    let mut plan = plan(&world, Measure::Full);
    plan.stems.iter_mut().for_each(|stem| stem.gain_db = 0.0);
    let printed = run(&plan, &world.context()).await.unwrap();
    let checked = verify(&world.out(), None).unwrap();
    assert_eq!(checked.findings, []);
    for (printed, checked) in printed.files.iter().zip(&checked.files) {
        let (mut a, mut b) = (printed.levels.clone(), checked.levels.clone());
        for levels in [&mut a, &mut b] {
            // Sums of other parts differ in their last bits.
            let round = |level: f64| (level * 1e6).round() / 1e6;
            levels.dc_dbfs = levels.dc_dbfs.map(round);
            levels.correlation = levels.correlation.map(round);
        }
        assert_eq!(a, b, "{}", printed.path);
    }
    let file = world.out().join("manifest.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["files"][1]["levels"]["integrated_lufs"] = serde_json::json!(-23.0);
    std::fs::write(&file, manifest.to_string()).unwrap();
    let found = verify(&world.out(), None).unwrap().findings;
    let name = manifest["files"][1]["path"].as_str();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code.as_str(), found[0].file.as_deref()),
        ("levels", name)
    );
    assert!(found[0].text.contains("-23.0"), "{}", found[0].text);
}

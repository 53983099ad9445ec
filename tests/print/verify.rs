//! `verify`: what it accepts, what it names.

use std::path::Path;

use pt_stem::engine::verify::verify;
use pt_stem::error::ErrorKind;
use pt_stem::model::Level;
use pt_stem::model::job::{Report, Verdict};
use pt_stem::model::stem::{BitDepth, EngineKind};

use crate::session::{LENGTH, RATE, World, at_depth, run, wav, wav_of, with_mix};

async fn printed(mix: bool) -> World {
    let world = World::new();
    let mut plan = at_depth(world.plan(EngineKind::Render), BitDepth::Int24);
    if mix {
        plan = with_mix(plan);
    }
    run(&plan, &world.context()).await.unwrap();
    world
}

/// Code and file of the errors.
fn errors(report: &Report) -> Vec<(&str, &str)> {
    report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .map(|f| (f.code.as_str(), f.file.as_deref().unwrap_or_default()))
        .collect()
}

fn flip_byte(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_fresh_print_passes_with_and_without_its_mix() {
    for mix in [false, true] {
        let world = printed(mix).await;
        let report = verify(&world.out(), None).unwrap();
        assert_eq!(report.findings, []);
        assert_eq!(report.proof.verdict, Verdict::Pass, "{}", report.proof.note);
        assert_eq!(report.files.len(), if mix { 4 } else { 3 });
    }
}

#[tokio::test]
async fn one_damaged_byte_anywhere_names_the_file() {
    let world = printed(true).await;
    let path = world.out().join("Bass.wav");
    let good = std::fs::read(&path).unwrap();
    for at in [0, 21, 46, 1000, good.len() / 2, good.len() - 1] {
        flip_byte(&path, at);
        let report = verify(&world.out(), None).unwrap();
        assert!(
            errors(&report).contains(&("checksum", "Bass.wav")),
            "byte {at}"
        );
        assert!(
            errors(&report)
                .iter()
                .all(|(_, file)| matches!(*file, "Bass.wav" | ""))
        );
        std::fs::write(&path, &good).unwrap();
    }
    assert_eq!(errors(&verify(&world.out(), None).unwrap()), []);
}

#[tokio::test]
async fn a_damaged_sample_breaks_the_sum_too() {
    let world = printed(true).await;
    let path = world.out().join("Bass.wav");
    let middle = std::fs::read(&path).unwrap().len() / 2;
    flip_byte(&path, middle);
    flip_byte(&path, middle + 1);
    flip_byte(&path, middle + 2);
    let report = verify(&world.out(), None).unwrap();
    assert_eq!(report.proof.verdict, Verdict::Fail);
}

#[tokio::test]
async fn missing_cut_and_foreign_files_are_told() {
    let world = printed(false).await;
    std::fs::remove_file(world.out().join("Pad.wav")).unwrap();
    let bass = world.out().join("Bass.wav");
    let bytes = std::fs::read(&bass).unwrap();
    std::fs::write(&bass, &bytes[..bytes.len() - 600]).unwrap();
    wav(&world.out().join("stranger.wav"), 1, 0.1, 10);
    std::fs::write(world.out().join("Drums.wav.part"), "x").unwrap();
    let report = verify(&world.out(), None).unwrap();
    assert!(errors(&report).contains(&("missing", "Pad.wav")));
    assert!(errors(&report).contains(&("checksum", "Bass.wav")));
    assert!(
        errors(&report)
            .iter()
            .any(|(code, file)| *file == "Bass.wav" && *code != "checksum")
    );
    let codes: Vec<&str> = report.findings.iter().map(|f| f.code.as_str()).collect();
    assert!(codes.contains(&"extra_file") && codes.contains(&"unfinished_file"));
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
}

#[tokio::test]
async fn a_given_mix_decides() {
    let world = printed(false).await;
    let mix = world.root.path().join("mix.wav");
    wav(&mix, 2, 0.46875, LENGTH);
    let report = verify(&world.out(), Some(&mix)).unwrap();
    assert_eq!(
        (errors(&report), report.proof.verdict),
        (vec![], Verdict::Pass)
    );
    wav(&mix, 2, 0.469, LENGTH);
    let report = verify(&world.out(), Some(&mix)).unwrap();
    assert_eq!(errors(&report), [("sum_failed", "")]);
    assert!((report.proof.peak_dbfs.unwrap() + 72.04).abs() < 0.1);
    wav(&mix, 2, 0.46875, LENGTH - 1);
    let report = verify(&world.out(), Some(&mix)).unwrap();
    assert_eq!(errors(&report), [("sum_failed", "")]);
    let told = &report.proof.diagnosis[0];
    assert_eq!((told.fault.as_str(), told.value), ("length", Some(-1.0)));
}

#[tokio::test]
async fn a_failed_sum_names_the_stem_and_its_fault() {
    let world = printed(true).await;
    std::fs::remove_file(world.out().join("manifest.json")).unwrap();
    let mut seed = 7_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 40) as f64 / f64::from(1 << 24) * 0.4 - 0.2
    };
    let sides = 2 * LENGTH as usize;
    let stems: Vec<Vec<f64>> = (0..3)
        .map(|_| (0..sides).map(|_| noise()).collect())
        .collect();
    let sum = |at: usize| stems.iter().map(|stem| stem[at]).sum::<f64>();
    let mix: Vec<f64> = (0..sides).map(sum).collect();
    let mix_path = world.out().join("mix.wav");
    wav_of(&mix_path, 2, RATE, &mix);
    let late: Vec<f64> = [vec![0.0; 52], stems[0][..sides - 52].to_vec()].concat();
    let loud: Vec<f64> = stems[0].iter().map(|x| x * 1.122_018_454).collect();
    let upside: Vec<f64> = stems[0].iter().map(|x| -x).collect();
    for (bass, fault, value) in [
        (stems[0].clone(), None, None),
        (late, Some("late"), Some(26.0)),
        (loud, Some("gain"), Some(1.0)),
        (upside, Some("polarity"), None),
    ] {
        wav_of(&world.out().join("Bass.wav"), 2, RATE, &bass);
        wav_of(&world.out().join("Drums.wav"), 2, RATE, &stems[1]);
        wav_of(&world.out().join("Pad.wav"), 2, RATE, &stems[2]);
        let proof = verify(&world.out(), Some(&mix_path)).unwrap().proof;
        let told = proof.diagnosis.first();
        assert_eq!(told.map(|told| told.fault.as_str()), fault, "{proof:?}");
        let Some(told) = told else {
            assert_eq!(proof.verdict, Verdict::Pass);
            continue;
        };
        assert_eq!(told.stem.as_deref(), Some("Bass.wav"));
        assert_eq!(
            told.value.map(|value| (value * 1000.0).round() / 1000.0),
            value
        );
    }
}

#[tokio::test]
async fn without_a_manifest_files_are_compared_with_each_other() {
    let world = printed(true).await;
    std::fs::remove_file(world.out().join("manifest.json")).unwrap();
    let mix = world.out().join("mix.wav");
    let report = verify(&world.out(), Some(&mix)).unwrap();
    assert_eq!(
        (errors(&report), report.proof.verdict),
        (vec![], Verdict::Pass)
    );
    assert_eq!(report.files.len(), 3);
    wav(&world.out().join("Bass.wav"), 2, 0.25, LENGTH - 5);
    let report = verify(&world.out(), Some(&mix)).unwrap();
    assert_eq!(errors(&report), [("length", "Bass.wav")]);
}

#[tokio::test]
async fn a_hostile_manifest_opens_nothing_outside() {
    let world = printed(false).await;
    let path = world.out().join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for name in ["../session/audio/Bass.wav", "/etc/hostname", "a/../../x"] {
        std::fs::write(&path, text.replace("Bass.wav", name)).unwrap();
        let error = verify(&world.out(), None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Check);
        assert!(
            error.chain().contains("out of the folder"),
            "{}",
            error.chain()
        );
    }
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert_eq!(
        verify(&world.out(), None).unwrap_err().kind,
        ErrorKind::Check
    );
}

#[test]
fn nothing_to_check_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(verify(dir.path(), None).unwrap_err().kind, ErrorKind::Check);
    let missing = verify(&dir.path().join("none"), None);
    assert_eq!(missing.unwrap_err().kind, ErrorKind::Usage);
}

#[tokio::test]
async fn a_manifest_without_files_proves_nothing() {
    let world = printed(false).await;
    let path = world.out().join("manifest.json");
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    manifest["files"] = serde_json::json!([]);
    std::fs::write(&path, manifest.to_string()).unwrap();
    let error = verify(&world.out(), None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Check);
}

#[test]
fn samples_that_are_no_numbers_are_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Bass.wav");
    wav(&path, 2, 0.25, LENGTH);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() - 4;
    bytes[at..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let report = verify(dir.path(), None).unwrap();
    assert_eq!(errors(&report), [("damaged", "Bass.wav")]);
}

#[tokio::test]
async fn tracks_of_one_name_are_told_apart_by_their_ids() {
    let world = printed(false).await;
    let path = world.out().join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut verdict = |ids: [Option<&str>; 2]| {
        for (file, id) in ids.into_iter().enumerate() {
            manifest["files"][file]["tracks"] = serde_json::json!(["Vox"]);
            let ids: Vec<&str> = id.into_iter().collect();
            manifest["files"][file]["track_ids"] = serde_json::json!(ids);
        }
        std::fs::write(&path, manifest.to_string()).unwrap();
        verify(&world.out(), None).unwrap().proof.verdict
    };
    for (ids, wanted) in [
        ([Some("{1}"), Some("{2}")], Verdict::Pass),
        ([Some("{1}"), Some("{1}")], Verdict::NotChecked),
        ([Some("{1}"), Some("")], Verdict::NotChecked),
        ([Some("{1}"), None], Verdict::NotChecked),
        ([None, None], Verdict::NotChecked),
    ] {
        assert_eq!(verdict(ids), wanted, "{ids:?}");
    }
}

/// Level, code and fix of what is said of the sum.
fn of_sum(report: &Report) -> (Level, &str, &str) {
    let mut findings = report.findings.iter();
    let finding = findings.find(|f| f.code.starts_with("sum_")).unwrap();
    (finding.level, &finding.code, &finding.fix)
}

#[tokio::test]
async fn a_set_that_is_only_clipped_is_a_warning_however_it_is_asked() {
    let world = World::new();
    wav(&world.session().join("audio/Bass.wav"), 1, 1.5, LENGTH / 2);
    let plan = with_mix(world.plan(EngineKind::Render));
    let printed = run(&plan, &world.context()).await.unwrap();
    let (level, _, fix) = of_sum(&printed);
    assert_eq!(level, Level::Warning);
    let mix = world.root.path().join("whole.wav");
    let of_half = |half: f64, rest: f64| {
        let frames = (0..LENGTH).map(|at| if at < LENGTH / 2 { half } else { rest });
        frames.flat_map(|sample| [sample; 2]).collect::<Vec<_>>()
    };
    let verified = |given: Option<&Path>| verify(&world.out(), given).unwrap();
    wav_of(&mix, 2, RATE, &of_half(1.71875, 0.21875));
    for given in [None, Some(mix.as_path())] {
        let report = verified(given);
        assert_eq!(of_sum(&report), (Level::Warning, "sum_failed", fix));
        assert_eq!(
            (errors(&report), report.proof.verdict),
            (vec![], Verdict::Fail)
        );
        let told = &report.proof.diagnosis[0].fault;
        assert_eq!(told, "but for clipped samples", "{given:?}");
    }
    // Anything else that is wrong is an error as ever.
    wav_of(&mix, 2, RATE, &of_half(1.71875, 0.25));
    assert_eq!(of_sum(&verified(Some(&mix))).0, Level::Error);
    std::fs::remove_file(world.out().join("manifest.json")).unwrap();
    std::fs::remove_file(world.out().join("mix.wav")).unwrap();
    assert_eq!(of_sum(&verified(Some(&mix))).0, Level::Error);
    wav_of(&mix, 2, RATE, &of_half(1.71875, 0.21875));
    assert_eq!(of_sum(&verified(Some(&mix))).0, Level::Warning);
}

#[tokio::test]
async fn a_mix_of_another_rate_is_refused_with_both_rates() {
    let world = printed(false).await;
    let mix = world.root.path().join("mix.wav");
    wav_of(&mix, 2, 44_100, &vec![0.46875; 2 * LENGTH as usize]);
    for without_manifest in [false, true] {
        if without_manifest {
            std::fs::remove_file(world.out().join("manifest.json")).unwrap();
        }
        let report = verify(&world.out(), Some(&mix)).unwrap();
        assert_eq!(errors(&report), [("sum_not_checked", "")]);
        assert_eq!(report.proof.verdict, Verdict::NotChecked);
        let note = &report.proof.note;
        assert_eq!(report.proof.diagnosis[0].fault, "rate");
        assert!(
            note.contains("44100 Hz") && note.contains("48000 Hz"),
            "{note}"
        );
        let (_, _, fix) = of_sum(&report);
        assert!(fix.contains("Bounce the mix again at 48000 Hz"), "{fix}");
    }
}

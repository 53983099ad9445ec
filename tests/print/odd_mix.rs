//! Sets in which the mix is wrong and not a stem, and what proves a set whose mix is a file.

use std::path::Path;

use pt_stem::engine::verify::verify;
use pt_stem::error::ErrorKind;
use pt_stem::model::Plan;
use pt_stem::model::job::{Diagnosis, Proof, Verdict};
use pt_stem::model::stem::{BitDepth, EngineKind};
use serde_json::Value;

use crate::session::{LENGTH, RATE, World, at_depth, run, samples, wav_of, with_mix};

const SIDES: usize = 2 * LENGTH as usize;

/// Noise of its own in every stem of the session.
fn world() -> World {
    let world = World::new();
    for (seed, (name, channels)) in (1_u64..).zip([("Drums", 1), ("Bass", 1), ("Pad", 2)]) {
        let mut state = seed;
        let mut noise = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24) * 0.4 - 0.2
        };
        let heard: Vec<f64> = (0..SIDES / 2 * channels).map(|_| noise()).collect();
        let file = world.session().join(format!("audio/{name}.wav"));
        wav_of(&file, channels as u16, RATE, &heard);
    }
    world
}

async fn printed(change: impl FnOnce(Plan) -> Plan) -> (World, Proof) {
    let world = world();
    let plan = change(world.plan(EngineKind::Render));
    let report = run(&plan, &world.context()).await.unwrap();
    (world, report.proof)
}

fn told(proof: &Proof) -> (&str, Option<&str>, Option<f64>) {
    assert_ne!(proof.verdict, Verdict::Pass, "{proof:?}");
    let Diagnosis {
        fault, stem, value, ..
    } = &proof.diagnosis[0];
    (fault, stem.as_deref(), *value)
}

/// The samples of all stems together.
fn sum_in(dir: &Path) -> Vec<f64> {
    let mut sum = vec![0.0; SIDES];
    for name in ["Drums", "Bass", "Pad"] {
        let own = samples(&dir.join(format!("{name}.wav")));
        let wide = SIDES / own.len();
        for (at, sum) in sum.iter_mut().enumerate() {
            *sum += own[at / wide];
        }
    }
    sum
}

#[tokio::test]
async fn a_mix_that_is_wrong_is_named_and_no_stem_is() {
    let (world, _) = printed(|plan| plan).await;
    let sum = sum_in(&world.out());
    let mix = world.root.path().join("Mix.wav");
    let proof_of = |channels: u16, rate: u32, samples: &[f64]| {
        wav_of(&mix, channels, rate, samples);
        verify(&world.out(), Some(&mix)).unwrap()
    };
    assert_eq!(proof_of(2, RATE, &sum).proof.verdict, Verdict::Pass);
    let short = proof_of(2, RATE, &sum[..SIDES - 96]).proof;
    assert_eq!(told(&short), ("length", None, Some(-48.0)));
    let slow = proof_of(2, 44_100, &sum);
    assert_eq!(told(&slow.proof), ("rate", None, Some(44_100.0)));
    let text = &slow.findings.last().unwrap().text;
    assert!(text.contains("'Mix.wav' cannot be held against"), "{text}");
    let folded: Vec<f64> = sum.chunks(2).map(|s| (s[0] + s[1]) / 2.0).collect();
    assert_eq!(
        told(&proof_of(1, RATE, &folded).proof),
        ("channels", None, None)
    );
    let step = 32_768.0;
    let cut: Vec<f64> = sum.iter().map(|x| (x * step).floor() / step).collect();
    assert_eq!(
        told(&proof_of(2, RATE, &cut).proof),
        ("fewer_bits", None, Some(16.0))
    );
}

#[tokio::test]
async fn a_stem_that_lost_bits_is_named() {
    let (world, _) = printed(|plan| plan).await;
    let mix = world.root.path().join("Mix.wav");
    wav_of(&mix, 2, RATE, &sum_in(&world.out()));
    std::fs::remove_file(world.out().join("manifest.json")).unwrap();
    let pad = world.out().join("Pad.wav");
    let whole = samples(&pad);
    type Cut = fn(f64) -> f64;
    let cuts: [(i32, Cut); 3] = [(12, f64::floor), (16, f64::floor), (16, f64::round)];
    for (bits, cut) in cuts {
        let step = f64::from(1 << (bits - 1));
        let coarse: Vec<f64> = whole.iter().map(|x| cut(x * step) / step).collect();
        wav_of(&pad, 2, RATE, &coarse);
        let proof = verify(&world.out(), Some(&mix)).unwrap().proof;
        let bits = Some(f64::from(bits));
        assert_eq!(told(&proof), ("fewer_bits", Some("Pad.wav"), bits));
    }
    // What is too soft is not told as that, on whatever grid it lies.
    let step = 32_768.0;
    let soft: Vec<f64> = whole
        .iter()
        .map(|x| (x * 0.9 * step).round() / step)
        .collect();
    wav_of(&pad, 2, RATE, &soft);
    let proof = verify(&world.out(), Some(&mix)).unwrap().proof;
    assert_eq!(told(&proof).0, "gain");
}

#[tokio::test]
async fn a_mix_that_is_printed_is_what_proves() {
    for bits in [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32] {
        let (world, alone) = printed(|plan| at_depth(plan, bits)).await;
        assert_eq!((alone.verdict, &*alone.note), (Verdict::Pass, "render"));
        let again = verify(&world.out(), None).unwrap().proof;
        assert!(again.note.contains("render"), "{}", again.note);
        let (world, with) = printed(|plan| with_mix(at_depth(plan, bits))).await;
        assert_eq!((with.verdict, &*with.note), (Verdict::Pass, "printed"));
        assert!(with.threshold_dbfs > alone.threshold_dbfs);
        // What stands in the files is what was compared: read again, it comes to the same.
        let again = verify(&world.out(), None).unwrap().proof;
        let numbers = |proof: &Proof| {
            let [peak, rms] = [proof.peak_dbfs, proof.rms_dbfs].map(Option::unwrap);
            (proof.verdict, (peak * 1e6).round(), (rms * 1e6).round())
        };
        assert_eq!(numbers(&again), numbers(&with), "{bits:?}");
        let near = again.threshold_dbfs.unwrap() - with.threshold_dbfs.unwrap();
        assert!(near.abs() < 0.01, "{bits:?}: {near} dB");
    }
}

#[tokio::test]
async fn a_mix_that_clips_is_not_what_its_stems_are() {
    let loud = |mut plan: Plan| {
        plan = with_mix(at_depth(plan, BitDepth::Int24));
        for stem in plan.stems.iter_mut() {
            stem.bits = BitDepth::Float32;
        }
        plan
    };
    let world = world();
    let pad: Vec<f64> = (0..SIDES)
        .map(|at| if at % 500 == 0 { 0.95 } else { 0.1 })
        .collect();
    for name in ["Pad", "Bass", "Drums"] {
        let channels = if name == "Pad" { 2 } else { 1 };
        let file = world.session().join(format!("audio/{name}.wav"));
        wav_of(
            &file,
            channels,
            RATE,
            &pad[..LENGTH as usize * usize::from(channels)],
        );
    }
    let plan = loud(world.plan(EngineKind::Render));
    let report = run(&plan, &world.context()).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::Fail);
    let clipped = report.proof.diagnosis.iter().find(|d| d.fault == "clipped");
    assert_eq!(clipped.unwrap().stem.as_deref(), Some("mix"));
    let again = verify(&world.out(), None).unwrap();
    assert_eq!(again.proof.verdict, Verdict::Fail);
}

#[tokio::test]
async fn a_manifest_whose_range_cannot_be_is_refused() {
    let (world, _) = printed(with_mix).await;
    let path = world.out().join("manifest.json");
    let good: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let with_range = |start: i64, end: i64| {
        let mut other = good.clone();
        other["range"] = serde_json::json!({ "start": start, "end": end });
        std::fs::write(&path, other.to_string()).unwrap();
        verify(&world.out(), None)
    };
    let end = good["range"]["end"].as_i64().unwrap();
    let errors = |report: &pt_stem::model::job::Report| {
        let codes = report.findings.iter().map(|f| f.code.clone());
        codes.filter(|code| code == "range").count()
    };
    assert_eq!(errors(&with_range(0, end).unwrap()), 0);
    for (start, end) in [(0, end + 2), (100, end), (i64::MIN, i64::MAX), (5, 5)] {
        assert_eq!(
            errors(&with_range(start, end).unwrap()),
            1,
            "{start}..{end}"
        );
    }
    assert_eq!(with_range(9, 5).unwrap_err().kind, ErrorKind::Check);
}

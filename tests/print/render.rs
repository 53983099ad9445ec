//! The render engine and what both engines share: names, locks, leftovers, proof.

use std::time::Duration;

use pt_stem::engine::verify::verify;
use pt_stem::engine::{EngineEvent, print};
use pt_stem::error::ErrorKind;
use pt_stem::media::probe::probe;
use pt_stem::model::job::{Report, Stage, Verdict};
use pt_stem::model::plan::PlanKind;
use pt_stem::model::stem::{
    BitDepth, ChannelMode, Dither, EngineKind, FileFormat, OnExisting, ProofMode,
};
use pt_stem::model::{Finding, JobId, Level, PanLaw};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::session::{
    LENGTH, RATE, World, at_depth, findings, names, run, run_with, samples, wav, with_mix,
};

const ALL: [BitDepth; 3] = [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32];

#[tokio::test]
async fn stems_hold_their_tracks_and_nothing_else() {
    for bits in ALL {
        let world = World::new();
        let plan = with_mix(world.plan(EngineKind::Render));
        let report = run(&at_depth(plan, bits), &world.context()).await.unwrap();
        assert_eq!(
            names(&world.out()),
            [
                "Bass.wav",
                "Drums.wav",
                "Pad.wav",
                "manifest.json",
                "mix.wav"
            ]
        );
        for (file, value) in [
            ("Drums.wav", 0.1875),
            ("Bass.wav", 0.25),
            ("Pad.wav", 0.03125),
            ("mix.wav", 0.46875),
        ] {
            let got = samples(&world.out().join(file));
            assert_eq!(got.len() as u64, 2 * LENGTH, "{file}");
            assert!(got.iter().all(|x| *x == value), "{file}: {}", got[0]);
        }
        assert_eq!(report.proof.verdict, Verdict::Pass, "{bits:?}");
        assert_eq!(report.proof.peak_dbfs, None);
        assert_eq!(findings(&report), [] as [&pt_stem::model::Finding; 0]);
    }
}

#[tokio::test]
async fn the_manifest_tells_what_was_printed() {
    let world = World::new();
    run(&world.plan(EngineKind::Render), &world.context())
        .await
        .unwrap();
    let text = std::fs::read_to_string(world.out().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["schema"], 1);
    assert_eq!(manifest["session"]["name"], "Test");
    assert_eq!(manifest["range_timecode"][0], "01:00:00:00");
    let drums = &manifest["files"][0];
    assert_eq!(drums["path"], "Drums.wav");
    assert_eq!(drums["frames"], LENGTH);
    assert_eq!(drums["bits"], 24);
    assert!(drums["checksum"].as_str().unwrap().starts_with("blake3:"));
    let peak = drums["levels"]["peak_dbfs"].as_f64().unwrap();
    assert!((peak + 14.54).abs() < 0.01, "{peak}");
    let info = probe(&world.out().join("Drums.wav")).unwrap();
    assert_eq!(info.time_reference, Some(3600 * u64::from(RATE)));
}

#[tokio::test]
async fn a_second_print_adds_to_the_manifest_by_file_name() {
    let world = World::new();
    let context = world.context();
    run(&world.plan(EngineKind::Render), &context)
        .await
        .unwrap();
    let mut again = world.plan_of(
        EngineKind::Render,
        &[("Bass", &["Bass"]), ("Low", &["Bass"])],
    );
    again.output.on_existing = OnExisting::Replace;
    let report = run(&again, &context).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
    assert!(
        report.proof.note.contains("in more than one stem")
            || report.proof.note.contains("in no stem")
    );
    let text = std::fs::read_to_string(world.out().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut paths: Vec<&str> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["Bass.wav", "Drums.wav", "Low.wav", "Pad.wav"]);
}

#[tokio::test]
async fn mono_files_hold_half_the_sum_and_count_for_both_sides() {
    let world = World::new();
    let mut plan = world.plan(EngineKind::Render);
    for stem in &mut plan.stems[..2] {
        (stem.channels, stem.channel_count) = (ChannelMode::AsTracks, 1);
    }
    let report = run(&plan, &world.context()).await.unwrap();
    let bass = samples(&world.out().join("Bass.wav"));
    assert_eq!((bass.len() as u64, bass[0]), (LENGTH, 0.25));
    assert_eq!(report.proof.verdict, Verdict::Pass);
    assert_eq!(report.files[1].channels, 1);
}

#[tokio::test]
async fn gains_dither_and_missing_tracks_decide_whether_the_sum_is_checked() {
    let world = World::new();
    let proof = async |edit: &dyn Fn(&mut pt_stem::model::Plan)| {
        let mut plan = at_depth(world.plan(EngineKind::Render), BitDepth::Int16);
        plan.output.on_existing = OnExisting::Replace;
        edit(&mut plan);
        run(&plan, &world.context()).await.unwrap().proof
    };
    let gain = proof(&|plan| plan.stems[0].gain_db = -6.0).await;
    assert_eq!(gain.verdict, Verdict::NotChecked);
    assert!(gain.note.contains("'Drums' has a gain"), "{}", gain.note);
    let orphan = proof(&|plan| drop(plan.stems.pop())).await;
    assert_eq!(orphan.note, "'Pad' is in no stem");
    let off = proof(&|plan| plan.output.proof = ProofMode::Off).await;
    assert_eq!(off.verdict, Verdict::NotChecked);
    let dithered = proof(&|plan| plan.output.dither = Dither::Tpdf).await;
    assert_eq!(dithered.verdict, Verdict::Pass);
    let peak = dithered.peak_dbfs.unwrap();
    assert!(peak > -95.0 && peak < dithered.threshold_dbfs.unwrap());
}

#[tokio::test]
async fn a_clipped_stem_fails_the_sum_and_the_job_only_where_that_is_demanded() {
    let world = World::new();
    wav(&world.session().join("audio/Bass.wav"), 1, 1.5, LENGTH);
    let mut plan = world.plan(EngineKind::Render);
    let report = run(&plan, &world.context()).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::Fail);
    assert_eq!(report.proof.diagnosis[1].stem.as_deref(), Some("Bass"));
    let sum = |report: &Report| {
        let of_sum = |f: &&Finding| f.code == "sum_failed";
        report.findings.iter().find(of_sum).unwrap().level
    };
    assert_eq!(sum(&report), Level::Warning);
    assert_eq!(sum(&verify(&world.out(), None).unwrap()), Level::Warning);
    plan.output.proof = ProofMode::Required;
    plan.output.on_existing = OnExisting::Replace;
    let demanded = run(&plan, &world.context()).await.unwrap();
    assert_eq!(sum(&demanded), Level::Error);
    let clipped = report.findings.iter().find(|f| f.code == "clipped");
    assert_eq!(clipped.unwrap().file.as_deref(), Some("Bass.wav"));
    assert!(world.out().join("Bass.wav").exists());
}

#[tokio::test]
async fn a_proof_that_is_demanded_and_cannot_be_made_is_refused_before_anything_is_made() {
    let world = World::new();
    let mut plan = world.plan(EngineKind::Render);
    plan.output.proof = ProofMode::Required;
    plan.stems[0].gain_db = -3.0;
    let error = run(&plan, &world.context()).await.unwrap_err();
    assert!(error.message.contains("a gain of -3 dB"), "{error}");
    assert!(!world.out().exists());
    plan.output.proof = ProofMode::Auto;
    let report = run(&plan, &world.context()).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
}

#[tokio::test]
async fn an_existing_file_is_refused_before_and_at_the_end_and_never_lost() {
    let world = World::new();
    let plan = world.plan(EngineKind::Render);
    std::fs::create_dir_all(world.out()).unwrap();
    let bass = world.out().join("Bass.wav");
    std::fs::write(&bass, "mine").unwrap();
    let error = run(&plan, &world.context()).await.unwrap_err();
    assert!(error.message.contains("Bass.wav"), "{error}");
    assert_eq!(names(&world.out()), ["Bass.wav"]);

    std::fs::remove_file(&bass).unwrap();
    let cancel = CancellationToken::new();
    let error = run_with(1, &plan, &world.context(), &cancel, |event| {
        if matches!(
            event,
            EngineEvent::Progress {
                stage: Stage::Verifying,
                ..
            }
        ) {
            std::fs::write(&bass, "mine").unwrap();
        }
    })
    .await
    .unwrap_err();
    assert!(error.message.contains("Bass.wav"), "{error}");
    assert_eq!(std::fs::read(&bass).unwrap(), b"mine");
    assert_eq!(
        names(&world.out()),
        ["Bass.wav", "Drums.wav", "Pad.wav", "manifest.json"]
    );

    let mut replace = plan.clone();
    replace.output.on_existing = OnExisting::Replace;
    run(&replace, &world.context()).await.unwrap();
    assert_eq!(samples(&bass)[0], 0.25);
}

#[tokio::test]
async fn a_cancelled_render_leaves_nothing() {
    let world = World::new();
    let cancel = CancellationToken::new();
    let plan = world.plan(EngineKind::Render);
    let error = run_with(1, &plan, &world.context(), &cancel, |_| cancel.cancel())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted);
    assert_eq!(names(&world.out()), [""; 0]);
}

#[tokio::test]
async fn missing_and_damaged_sources_are_named() {
    let world = World::new();
    let pad = world.session().join("audio/Pad.wav");
    std::fs::remove_file(&pad).unwrap();
    let error = run(&world.plan(EngineKind::Render), &world.context())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Media);
    assert!(error.chain().contains("Pad.wav"), "{}", error.chain());
    assert_eq!(names(&world.out()), [""; 0]);
    std::fs::write(&pad, "no audio at all").unwrap();
    let error = run(&world.plan(EngineKind::Render), &world.context())
        .await
        .unwrap_err();
    assert!(error.chain().contains("Pad"), "{}", error.chain());
    assert_eq!(names(&world.out()), [""; 0]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_a_clear_error() {
    let world = World::new();
    std::fs::write(world.out(), "a file").unwrap();
    let error = run(&world.plan(EngineKind::Render), &world.context())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Storage);
    assert!(error.message.contains("out"), "{error}");
    assert!(!error.hints.is_empty());
}

#[tokio::test]
async fn plans_that_cannot_be_carried_out_say_why() {
    let world = World::new();
    let refusal = async |edit: &dyn Fn(&mut pt_stem::model::Plan)| {
        let mut plan = world.plan(EngineKind::Render);
        edit(&mut plan);
        let error = run(&plan, &world.context()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Recipe);
        error.message
    };
    let orphan = Finding::new(Level::Error, "orphan", "'Pad' is in no stem");
    assert!(
        refusal(&|plan| plan.findings.push(orphan.clone()))
            .await
            .contains("'Pad'")
    );
    assert!(refusal(&|plan| plan.range.end = 0).await.contains("empty"));
    assert!(
        refusal(&|plan| plan.output.rate = 999)
            .await
            .contains("999 Hz")
    );
    assert!(
        refusal(&|plan| plan.stems[0].file = "../x.wav".into())
            .await
            .contains("../x.wav")
    );
    assert!(
        refusal(&|plan| plan.stems[0].file = "bass.WAV".into())
            .await
            .contains("two files")
    );
    let large = refusal(&|plan| {
        plan.range.end = 1 << 30;
        for stem in &mut plan.stems {
            stem.format = FileFormat::Aiff;
            stem.bits = BitDepth::Int24;
        }
    });
    assert!(large.await.contains("4 GiB"));
    assert!(!world.root.path().join("x.wav").exists());
}

#[tokio::test]
async fn a_foreign_manifest_stops_the_print_and_stays() {
    let world = World::new();
    std::fs::create_dir_all(world.out()).unwrap();
    let path = world.out().join("manifest.json");
    std::fs::write(&path, r#"{"name": "web app"}"#).unwrap();
    run(&world.plan(EngineKind::Render), &world.context())
        .await
        .unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap(), br#"{"name": "web app"}"#);
    assert_eq!(names(&world.out()), ["manifest.json"]);
}

#[tokio::test]
async fn leftovers_of_a_dead_print_are_swept() {
    let world = World::new();
    let dead = world.out().join(".pt-stem-99");
    std::fs::create_dir_all(&dead).unwrap();
    std::fs::write(dead.join(".lock"), "").unwrap();
    std::fs::write(dead.join("huge.wav"), "x").unwrap();
    std::fs::write(world.out().join("Bass.wav.part"), "half").unwrap();
    std::fs::create_dir_all(world.out().join(".pt-stem-notes")).unwrap();
    run(&world.plan(EngineKind::Render), &world.context())
        .await
        .unwrap();
    let left = names(&world.out());
    assert_eq!(
        left,
        [
            ".pt-stem-notes",
            "Bass.wav",
            "Drums.wav",
            "Pad.wav",
            "manifest.json"
        ]
    );
}

#[tokio::test]
async fn two_prints_never_share_a_folder() {
    let world = World::new();
    let (plan, context) = (world.plan(EngineKind::Render), world.context());
    // Nobody takes the events, so this print waits.
    let (events, mut received) = mpsc::channel(1);
    let (first_plan, first_context) = (plan.clone(), context.clone());
    let first = tokio::spawn(async move {
        let cancel = CancellationToken::new();
        print(JobId(1), &first_plan, &first_context, events, cancel).await
    });
    received.recv().await.unwrap();
    let error = run(&plan, &context).await.unwrap_err();
    assert!(error.message.contains("another program"), "{error}");
    while received.recv().await.is_some() {}
    first.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_export_writes_no_manifest() {
    let world = World::new();
    let mut plan = world.plan_of(EngineKind::Render, &[("two", &["Kick", "Pad"])]);
    plan.kind = PlanKind::Export;
    let report = run(&plan, &world.context()).await.unwrap();
    assert_eq!(names(&world.out()), ["two.wav"]);
    assert_eq!(samples(&world.out().join("two.wav"))[0], 0.15625);
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
}

#[tokio::test]
async fn progress_reaches_the_end_of_every_file() {
    let world = World::new();
    let plan = world.plan(EngineKind::Render);
    let mut done = vec![0; plan.stems.len()];
    let (mut files, mut heard) = (0, vec![false; plan.stems.len()]);
    let cancel = CancellationToken::new();
    run_with(1, &plan, &world.context(), &cancel, |event| match event {
        EngineEvent::Progress {
            item, done: frames, ..
        } => {
            assert!(*frames >= done[*item]);
            done[*item] = *frames;
        }
        EngineEvent::Levels { item, levels } => {
            assert_eq!(levels.recent_dbfs.len(), 2);
            heard[*item] = levels.peak_dbfs.is_some();
        }
        EngineEvent::FileDone(_) => files += 1,
        EngineEvent::Finding(_) => {}
    })
    .await
    .unwrap();
    assert_eq!((done, files), (vec![LENGTH; 3], 3));
    assert_eq!(heard, [true; 3], "levels of every file while it is made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_render_waits_at_its_block_and_goes_on_to_the_same_files() {
    let (held, free) = (World::new(), World::new());
    let context = held.context();
    context.brake.set(true);
    let (plan, brake) = (held.plan(EngineKind::Render), context.brake.clone());
    let task = tokio::spawn(async move { run(&plan, &context).await });
    // One of the same length that is not held comes to its end meanwhile.
    run(&free.plan(EngineKind::Render), &free.context())
        .await
        .unwrap();
    assert!(!task.is_finished());
    brake.set(false);
    task.await.unwrap().unwrap();
    assert_eq!(names(&held.out()), names(&free.out()));
    for file in ["Drums.wav", "Bass.wav", "Pad.wav"] {
        assert_eq!(
            samples(&held.out().join(file)),
            samples(&free.out().join(file))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_render_is_cancelled() {
    let world = World::new();
    let context = world.context();
    context.brake.set(true);
    let (events, mut told) = mpsc::channel(64);
    let cancel = CancellationToken::new();
    let (plan, stop) = (world.plan(EngineKind::Render), cancel.clone());
    let task = tokio::spawn(async move { print(JobId(1), &plan, &context, events, stop).await });
    told.recv().await.expect("it has begun");
    cancel.cancel();
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted);
    assert!(names(&world.out()).is_empty(), "{:?}", names(&world.out()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_delivered_of_a_source_that_changes_meanwhile() {
    let world = World::new();
    let kick = world.session().join("audio/Kick.wav");
    let plan = world.plan(EngineKind::Render);
    let (context, cancel) = (world.context(), CancellationToken::new());
    let mut is_changed = false;
    let outcome = run_with(1, &plan, &context, &cancel, |event| {
        // Levels are told once everything is open, and those of three files before the end.
        if matches!(event, EngineEvent::Levels { .. }) && !is_changed {
            let file = std::fs::File::options().append(true).open(&kick).unwrap();
            let later = std::time::SystemTime::now() + Duration::from_secs(100);
            file.set_modified(later).unwrap();
            is_changed = true;
        }
    });
    let error = outcome.await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Media);
    assert!(error.message.contains("Kick.wav"), "{}", error.message);
    assert!(names(&world.out()).is_empty(), "{:?}", names(&world.out()));
    // Left alone it is printed.
    run(&plan, &world.context()).await.unwrap();
}

/// Of the world's tracks: a mono one, panned.
fn pan_a_track(world: &World, track: &str, pan: f64) {
    let path = world.session().join("session.json");
    let mut session: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let tracks = session["tracks"].as_array_mut().unwrap();
    let found = tracks.iter_mut().find(|t| t["name"] == track).unwrap();
    assert_eq!(found["channels"], 1);
    found["pan"] = pan.into();
    std::fs::write(&path, serde_json::to_vec(&session).unwrap()).unwrap();
}

#[tokio::test]
async fn the_plans_pan_law_makes_the_files_and_their_proof() {
    for (law, centre) in [
        (PanLaw::SessionFolder, 0.5_f64.sqrt()),
        (PanLaw::Depth2_5, 0.5_f64.powf(5.0 / 12.0)),
        (PanLaw::Depth4_5, 0.5_f64.powf(0.75)),
        (PanLaw::Depth6, 0.5),
    ] {
        // The sum is checked against the printed mix, and against a render of it.
        for prints_mix in [true, false] {
            let world = World::new();
            pan_a_track(&world, "Bass", 0.0);
            let mut plan = at_depth(world.plan(EngineKind::Render), BitDepth::Float32);
            if prints_mix {
                plan = with_mix(plan);
            }
            plan.output.pan_law = law;
            plan.output.proof = ProofMode::Required;
            let report = run(&plan, &world.context()).await.unwrap();
            assert_eq!(report.proof.verdict, Verdict::Pass, "{law}");
            let got = samples(&world.out().join("Bass.wav"));
            let error = got.iter().map(|x| (x - 0.25 * centre).abs());
            assert!(error.fold(0.0, f64::max) < 1e-7, "{law}: {}", got[0]);
        }
    }
}

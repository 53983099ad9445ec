//! The bounce engine over the real simulator: what it prints, and that the session is always as it
//! was.

mod ended;

use pt_stem::engine::verify::verify;
use pt_stem::model::job::Verdict;
use pt_stem::model::stem::{BitDepth, EngineKind};
use pt_stem::model::{Plan, Range, TrackFlag};
use pt_stem::simulator::{Api, faults::Faults};

use crate::rig::{Rig, state};
use crate::session::{LENGTH, World, at_depth, findings, names, run, samples, with_mix};

#[tokio::test]
async fn both_engines_make_the_same_files_and_verify_agrees() {
    for bits in [BitDepth::Int24, BitDepth::Float32] {
        let rig = Rig::new().await;
        let before = rig.in_use().await;
        let plan = at_depth(rig.plan().await, bits);
        let report = run(&plan, &rig.context).await.unwrap();
        assert_eq!(findings(&report), [] as [&pt_stem::model::Finding; 0]);
        assert_eq!(
            (report.proof.verdict, report.proof.note.as_str()),
            (Verdict::Pass, "render")
        );
        assert_eq!(state(&rig.client).await, before);
        assert_eq!(rig.leases(), 0);
        assert_eq!(
            names(&rig.world.out()),
            ["Bass.wav", "Drums.wav", "Pad.wav", "manifest.json"]
        );
        let checked = verify(&rig.world.out(), None).unwrap();
        assert_eq!(
            (checked.findings, checked.proof.verdict),
            (vec![], Verdict::Pass)
        );

        let mut rendered = at_depth(rig.world.plan(EngineKind::Render), bits);
        rendered.output.dir = rig.world.root.path().join("rendered");
        run(&rendered, &rig.context).await.unwrap();
        for file in ["Bass.wav", "Drums.wav", "Pad.wav"] {
            let bounced = samples(&rig.world.out().join(file));
            let rendered = samples(&rendered.output.dir.join(file));
            assert_eq!(bounced.len() as u64, 2 * LENGTH);
            assert_eq!(bounced, rendered, "{file}");
        }
    }
}

#[tokio::test]
async fn a_printed_mix_is_what_the_sum_is_checked_against() {
    let rig = Rig::new().await;
    let plan = with_mix(rig.plan().await);
    let report = run(&plan, &rig.context).await.unwrap();
    assert_eq!(
        (report.proof.verdict, report.proof.note.as_str()),
        (Verdict::Pass, "printed")
    );
    assert_eq!(samples(&rig.world.out().join("mix.wav"))[0], 0.46875);
    assert_eq!(
        verify(&rig.world.out(), None).unwrap().proof.verdict,
        Verdict::Pass
    );
}

#[tokio::test]
async fn a_range_and_a_gain_are_printed_as_asked() {
    let rig = Rig::new().await;
    let mut plan = rig.plan().await;
    plan.range = Range::new(1_000, 5_000);
    plan.stems[1].gain_db = 20.0 * 0.5_f64.log10();
    let report = run(&plan, &rig.context).await.unwrap();
    let bass = samples(&rig.world.out().join("Bass.wav"));
    assert_eq!(bass.len(), 8_000);
    assert!(bass.iter().all(|x| (x - 0.125).abs() < 1e-6));
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
}

/// Before 2025.6 Pro Tools prints what is selected, whatever the job asked for.
#[tokio::test]
async fn a_selection_elsewhere_is_not_printed_as_the_range() {
    let rig = Rig::speaking(Api::V5, World::new()).await;
    let mut plan = rig.plan().await;
    plan.range = Range::new(1_000, 5_000);
    // As long as the range: the length of the file would tell nothing.
    let elsewhere = Range::new(5_000, 9_000);
    rig.client.set_timeline(Some(0), elsewhere).await.unwrap();
    let ignored = "[[fault]]\nkind = 'no_effect'\ncommand = 'SetTimelineSelection'\n";
    let ignore = |times: u32| {
        let faults = Faults::parse(&format!("{ignored}times = {times}\n"), "test");
        rig.control().set_faults(faults.unwrap());
    };
    ignore(0);
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert!(error.chain().contains("does not take the range"), "{error}");
    assert_eq!(names(&rig.world.out()), Vec::<String>::new());
    ignore(1);
    let report = run(&plan, &rig.context).await.unwrap();
    assert_eq!(report.files.len(), 3);
    let (_, selected) = rig.client.timeline().await.unwrap();
    assert_eq!(selected, elsewhere, "put back");
}

#[tokio::test]
async fn a_solo_safe_track_is_kept_out_of_stems_that_it_is_not_in() {
    let rig = Rig::new().await;
    rig.set(TrackFlag::SoloSafe, "Click").await;
    rig.set(TrackFlag::SoloSafe, "Pad").await;
    let before = state(&rig.client).await;
    let report = run(&rig.plan().await, &rig.context).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::Pass);
    assert_eq!(samples(&rig.world.out().join("Bass.wav"))[0], 0.25);
    assert_eq!(samples(&rig.world.out().join("Pad.wav"))[0], 0.03125);
    assert_eq!(state(&rig.client).await, before);
}

#[tokio::test]
async fn a_stem_of_muted_tracks_is_silence_and_says_so() {
    let rig = Rig::new().await;
    let plan = rig.world.plan_of(
        EngineKind::Bounce,
        &[("Ghost", &["Muted"]), ("Bass", &["Bass"])],
    );
    let report = run(&rig.fit(plan).await, &rig.context).await.unwrap();
    let found = findings(&report);
    let codes: Vec<&str> = found.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["silent_stem", "silent"]);
    let ghost = samples(&rig.world.out().join("Ghost.wav"));
    assert!(ghost.len() as u64 == 2 * LENGTH && ghost.iter().all(|x| *x == 0.0));
    assert_eq!(samples(&rig.world.out().join("Bass.wav"))[0], 0.25);
}

#[tokio::test]
async fn a_track_muted_since_the_plan_is_told() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    rig.set(TrackFlag::Mute, "Snare").await;
    let report = run(&plan, &rig.context).await.unwrap();
    let finding = &report.findings[0];
    assert_eq!(finding.code, "changed_since_plan");
    assert_eq!(finding.track.as_deref(), Some("Snare"));
    assert_eq!(samples(&rig.world.out().join("Drums.wav"))[0], 0.125);
}

#[tokio::test]
async fn what_cannot_be_bounced_is_refused_before_anything_changes() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let refusal = async |plan: &Plan| {
        let error = run(plan, &rig.context).await.unwrap_err();
        assert!(!error.hints.is_empty(), "{error}");
        error.message
    };
    let plan = rig.plan().await;
    let mut other = plan.clone();
    other.session_path = "/elsewhere/Other.ptx".into();
    assert!(refusal(&other).await.contains("Other.ptx"));
    let mut source = plan.clone();
    source.output.mix_source = "output:Out 77".into();
    assert!(refusal(&source).await.contains("Out 77"));
    let mut gone = plan.clone();
    gone.stems[0].tracks[0].name = "Kik".into();
    assert!(refusal(&gone).await.contains("Kik"));
    rig.client.toggle_play().await.unwrap();
    assert!(refusal(&plan).await.contains("transport"));
    rig.client.toggle_play().await.unwrap();
    assert_eq!(state(&rig.client).await.0, before.0);
    rig.set(TrackFlag::RecordEnable, "Pad").await;
    assert!(refusal(&plan).await.contains("'Pad' is record-armed"));
    assert_eq!(state(&rig.client).await.0, before.0);
    assert_eq!(names(&rig.world.out()), [""; 0]);
    assert_eq!(rig.leases(), 0);
}

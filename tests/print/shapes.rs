//! Files whose shape is not that of the stem: mono of what has two sides, and a file for each channel.

use pt_stem::error::ErrorKind;
use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::stem::{BitDepth, ChannelMode, EngineKind};
use pt_stem::model::{Level, Plan};
use tokio_util::sync::CancellationToken;

use crate::rig::Rig;
use crate::session::{LENGTH, RATE, World, names, run, run_with, samples, wav};

/// 'Pad' with two different sides.
fn wide() -> World {
    let world = World::new();
    let spec = WriteSpec {
        sample_rate: RATE,
        channels: 2,
        bits: BitDepth::Float32,
        time_reference: None,
    };
    let path = world.session().join("audio/Pad.wav");
    let mut writer = Writer::create(&path, spec).unwrap();
    writer
        .write(&[0.125, -0.0625].repeat(LENGTH as usize))
        .unwrap();
    writer.finish().unwrap();
    world
}

#[tokio::test]
async fn a_bounce_with_two_sides_is_not_made_mono_unasked() {
    let rig = Rig::of(wide()).await;
    let plan = rig.world.plan_of(
        EngineKind::Bounce,
        &[("Bass", &["Bass"]), ("Pad", &["Pad"])],
    );
    let mut plan = rig.fit(plan).await;
    for stem in &mut plan.stems {
        (stem.channels, stem.channel_count) = (ChannelMode::AsTracks, 1);
    }
    let report = run(&plan, &rig.context).await.unwrap();
    let finding = report
        .findings
        .iter()
        .find(|f| f.code == "not_mono")
        .unwrap();
    assert_eq!(
        (finding.level, finding.stem.as_deref()),
        (Level::Error, Some("Pad"))
    );
    assert!(finding.text.contains("-14.5 dBFS"), "{}", finding.text);
    assert_eq!(names(&rig.world.out()), ["Bass.wav", "manifest.json"]);
    // Who asks for half of both sides gets it.
    plan.stems.remove(0);
    plan.stems[0].channels = ChannelMode::Mono;
    run(&plan, &rig.context).await.unwrap();
    assert!(rig.world.out().join("Pad.wav").is_file());
}

/// Bass and Pad, each side in a file of its own.
fn split(world: &World, engine: EngineKind) -> Plan {
    let mut plan = world.plan_of(engine, &[("Bass", &["Bass"]), ("Pad", &["Pad"])]);
    for stem in &mut plan.stems {
        stem.file = format!("{}.L.wav", stem.name);
        stem.more_files = vec![format!("{}.R.wav", stem.name)];
    }
    plan
}

#[tokio::test]
async fn split_files_come_and_go_together() {
    let world = wide();
    let plan = split(&world, EngineKind::Render);
    std::fs::create_dir_all(world.out()).unwrap();
    // What a killed print left of either side is in nobody's way.
    for left in ["Pad.L.wav.part", "Pad.R.wav.part"] {
        std::fs::write(world.out().join(left), "half").unwrap();
    }
    let cancel = CancellationToken::new();
    let stopped = run_with(1, &plan, &world.context(), &cancel, |_| cancel.cancel()).await;
    assert_eq!(stopped.unwrap_err().kind, ErrorKind::Interrupted);
    assert_eq!(names(&world.out()), [""; 0]);
    // A side that is there already is found before anything is made.
    let taken = world.out().join("Bass.R.wav");
    std::fs::write(&taken, "mine").unwrap();
    let error = run(&plan, &world.context()).await.unwrap_err();
    assert!(error.message.contains("Bass.R.wav"), "{error}");
    assert_eq!(names(&world.out()), ["Bass.R.wav"]);
    std::fs::remove_file(&taken).unwrap();
    let report = run(&plan, &world.context()).await.unwrap();
    let wanted = [
        "Bass.L.wav",
        "Bass.R.wav",
        "Pad.L.wav",
        "Pad.R.wav",
        "manifest.json",
    ];
    assert_eq!(names(&world.out()), wanted);
    let values = ["Pad.L.wav", "Pad.R.wav"].map(|name| samples(&world.out().join(name))[7]);
    assert_eq!(values, [0.125, -0.0625]);
    let levels: Vec<_> = report
        .files
        .iter()
        .map(|file| (file.channels, file.channel.as_deref()))
        .collect();
    assert_eq!(
        levels,
        [
            (1, Some("L")),
            (1, Some("R")),
            (1, Some("L")),
            (1, Some("R"))
        ]
    );
    let mut more = plan.clone();
    more.stems[1].more_files.push("Pad.C.wav".into());
    let error = run(&more, &world.context()).await.unwrap_err();
    assert!(error.message.contains("too many or too few"), "{error}");
}

#[tokio::test]
async fn each_side_that_is_clipped_is_named() {
    let world = World::new();
    wav(&world.session().join("audio/Bass.wav"), 1, 1.5, LENGTH);
    let report = run(&split(&world, EngineKind::Render), &world.context())
        .await
        .unwrap();
    let clipped = report
        .findings
        .iter()
        .filter(|finding| finding.code == "clipped");
    let clipped: Vec<_> = clipped.map(|finding| finding.file.as_deref()).collect();
    assert_eq!(clipped, [Some("Bass.L.wav"), Some("Bass.R.wav")]);
    assert!(
        report
            .files
            .iter()
            .take(2)
            .all(|file| file.levels.clipped_samples == LENGTH)
    );
}

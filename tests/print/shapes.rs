//! The shapes of files that a bounce can spoil.

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::Level;
use pt_stem::model::stem::{BitDepth, ChannelMode, EngineKind};

use crate::rig::Rig;
use crate::session::{LENGTH, RATE, World, names, run};

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

//! A session as long as a day with its clips at the end: what they sound like does not depend on where
//! they lie, and nothing of the time before them is worked on.

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::Range;
use pt_stem::model::job::Verdict;
use pt_stem::model::stem::{BitDepth, EngineKind};
use serde_json::{Value, json};

use crate::session::{LENGTH, RATE, World, at_depth, names, run, samples, with_mix};

/// 24 hours.
const DAY: u64 = 24 * 3600 * RATE as u64;
/// What the range has before the clips.
const BEFORE: u64 = 1_000;

/// A world whose tracks have fades, automation, pan and overlapping clips of noise from `at` on.
fn world(at: u64, length: u64) -> World {
    let world = World::new();
    let path = world.session().join("session.json");
    let mut session: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    session["length"] = length.into();
    for (n, track) in session["tracks"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        let n = n as u64;
        noise(&world, track);
        let mut clip = track["clips"][0].clone();
        clip["start"] = at.into();
        clip["length"] = (LENGTH - 9_001 - n).into();
        clip["fade_in"] = (4_001 + n).into();
        clip["fade_out_shape"] = "equal_power".into();
        clip["fade_out"] = 30_011.into();
        let mut second = clip.clone();
        second["start"] = (at + 7_919 + n).into();
        second["offset"] = 13.into();
        // The source ends before it does.
        second["length"] = 42_000.into();
        track["clips"] = json!([clip, second]);
        track["pan"] = (0.25 * n as f64 - 0.5).into();
        let point = |offset: u64, db: f64| json!([at + offset, db]);
        track["volume_points"] = json!([
            point(0, -3.0),
            point(11_003, -144.0),
            point(11_003, 1.5),
            point(33_333 + n, -20.0)
        ]);
    }
    std::fs::write(&path, session.to_string()).unwrap();
    world
}

fn noise(world: &World, track: &Value) {
    let channels = track["channels"].as_u64().unwrap();
    let file = track["clips"][0]["file"].as_str().unwrap();
    let spec = WriteSpec {
        sample_rate: RATE,
        channels: channels as u16,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create(&world.session().join(file), spec).unwrap();
    let mut state = channels;
    let samples = (0..LENGTH * channels).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f64 / f64::from(1 << 27)
    });
    writer.write(&samples.collect::<Vec<_>>()).unwrap();
    writer.finish().unwrap();
}

async fn print(world: &World, start: u64) -> Vec<Vec<f64>> {
    let plan = with_mix(world.plan(EngineKind::Render));
    let mut plan = at_depth(plan, BitDepth::Float32);
    plan.range = Range::new(start as i64, (start + BEFORE + LENGTH) as i64);
    let report = run(&plan, &world.context()).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::Pass);
    let files = names(&world.out());
    let files = files.iter().filter(|name| name.ends_with(".wav"));
    files.map(|name| samples(&world.out().join(name))).collect()
}

#[tokio::test]
async fn clips_at_the_end_of_a_day_sound_as_at_its_beginning() {
    let early = print(&world(BEFORE, BEFORE + LENGTH), 0).await;
    let late = print(&world(DAY - LENGTH, DAY), DAY - LENGTH - BEFORE).await;
    assert_eq!(early.len(), 4);
    for (early, late) in early.iter().zip(&late) {
        assert_eq!(early.len() as u64, 2 * (BEFORE + LENGTH));
        assert!(early.iter().any(|x| x.abs() > 0.001));
        assert_eq!(early, late);
    }
}

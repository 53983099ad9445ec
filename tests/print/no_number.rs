//! Sources that hold no numbers: the job fails and names the source, its clip and the place.

use pt_stem::error::ErrorKind;
use pt_stem::model::stem::EngineKind;

use crate::session::{LENGTH, RATE, World, names, run, wav_of};

/// Prints with one bad sample in the audio of a track, at another rate where that is given.
async fn failed(bad: f64, source_rate: u32, out_rate: u32) -> String {
    let world = World::new();
    let frames = LENGTH * u64::from(source_rate) / u64::from(RATE);
    let mut samples = vec![0.25; frames as usize];
    samples[30_001] = bad;
    wav_of(
        &world.session().join("audio/Bass.wav"),
        1,
        source_rate,
        &samples,
    );
    let mut plan = world.plan(EngineKind::Render);
    plan.output.rate = out_rate;
    let error = run(&plan, &world.context()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Media);
    assert!(
        error.hints[0].contains("mute its clips"),
        "{:?}",
        error.hints
    );
    assert_eq!(names(&world.out()), [] as [&str; 0]);
    error.chain()
}

#[tokio::test]
async fn the_source_the_clip_and_the_place_are_named() {
    for (bad, source, out, at) in [
        (f64::NAN, RATE, RATE, 30_001),
        (f64::NEG_INFINITY, RATE, RATE, 30_001),
        (f64::INFINITY, RATE, 44_100, 30_001),
        (f64::NAN, 44_100, RATE, 32_654),
        (f64::INFINITY, 44_100, RATE, 32_654),
        (f64::NAN, 96_000, 88_200, 15_000),
    ] {
        let text = failed(bad, source, out).await;
        for word in [
            "track 'Bass', clip at 01:00:00:00",
            "Bass.wav' is damaged at frame 30001",
            "no number",
            &format!("heard at sample {at} of the session"),
        ] {
            assert!(
                text.contains(word),
                "{source} to {out}: '{word}' is not in: {text}"
            );
        }
    }
}

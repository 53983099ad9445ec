//! What edits make of clips: consolidated, faded, renamed with their files.

use super::*;

#[tokio::test]
async fn consolidating_changes_no_sample() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], SECOND, SECOND + 1_000).await;
    bench.edit("Cut").await;
    bench.select(&["Ramp"], 5_000, 5_000).await;
    bench.edit("Paste").await;
    let before = bench.printed(FRAMES).await;
    bench
        .select(&["Ramp", "Empty"], 4_000, SECOND + 2_000)
        .await;
    bench.edit("ConsolidateClip").await;
    assert_samples(&bench.printed(FRAMES).await, &before, "consolidated");

    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = Path::new(path["session_path"]["path"].as_str().unwrap()).to_owned();
    let folder = path.parent().unwrap().join("Audio Files");
    let file = left(&folder.join("Ramp_01.wav"));
    assert_samples(&file, &before[4_000..SECOND + 2_000], "the file");
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(names.len(), 1, "an empty track makes no file");
    assert_eq!(clips::clip_ids(&mut bench, "Ramp_01").await.len(), 1);
    assert!(!bench.path("song/Audio Files").exists());

    bench.ok("Undo", Value::Null).await;
    assert_samples(&bench.printed(FRAMES).await, &before, "undone");
    bench.ok("Redo", Value::Null).await;
    bench.ok("SaveSession", Value::Null).await;
    bench.ok("CloseSession", Value::Null).await;
    let open = json!({ "session_path": path.display().to_string() });
    bench.ok("OpenSession", open).await;
    assert_samples(&bench.printed(FRAMES).await, &before, "opened again");
    bench.select(&["Empty"], 0, 100).await;
    assert_eq!(
        bench.refused("ConsolidateClip", Value::Null).await,
        "PT_NoClipsFound"
    );
    bench.end().await;
}

#[tokio::test]
async fn fades_follow_their_formula_and_survive_cuts() {
    for (name, shape) in [
        ("Equal Power 50 ms", "equal_power"),
        ("S-Curve 50 ms", "s_curve"),
        ("S-Curve Equal Power 50 ms", "s_curve_power"),
        ("Slow Start 50 ms", "linear+50"),
    ] {
        fades_follow(name, shape.parse().unwrap()).await;
    }
}

async fn fades_follow(name: &str, shape: FadeShape) {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], 0, FRAMES).await;
    let preset = |name: &str| json!({ "fade_preset_name": name, "auto_adjust_bounds": true });
    let answer = bench.ok("CreateFadesBasedOnPreset", preset(name)).await;
    assert_eq!(answer["fade_preset_name"], name);
    let length = 2_400;
    let gain = |part: usize| curve(part as f64 / length as f64, shape);
    let faded: Vec<f64> = (0..FRAMES)
        .map(|at| {
            let ends = gain(at.min(length)) * gain((FRAMES - at).min(length));
            f64::from((ramp(at) * ends) as f32)
        })
        .collect();
    assert_samples(&bench.printed(FRAMES).await, &faded, "faded");

    // A cut through a fade leaves each side its part of the curve, over a save too.
    for (from, to) in [(1_000, 1_500), (FRAMES - 900, FRAMES - 800)] {
        bench.select(&["Ramp"], from, to).await;
        bench.edit("Cut").await;
        bench.edit("Paste").await;
    }
    assert_samples(&bench.printed(FRAMES).await, &faded, "cut through");
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = path["session_path"]["path"].clone();
    bench
        .ok("CloseSession", json!({ "save_on_close": true }))
        .await;
    bench
        .ok("OpenSession", json!({ "session_path": path }))
        .await;
    assert_samples(&bench.printed(FRAMES).await, &faded, "saved");

    // Where two clips meet they are crossed, as far as there is audio behind them.
    let mut bench = {
        bench.end().await;
        Bench::ramp().await
    };
    bench.select(&["Ramp"], SECOND, 2 * SECOND).await;
    bench.edit("Cut").await;
    bench.select(&["Ramp"], SECOND, SECOND + 24_000).await;
    bench.edit("Paste").await;
    bench.select(&["Ramp"], 90_000, 100_000).await;
    bench
        .ok("CreateFadesBasedOnPreset", preset("Linear 10 ms"))
        .await;
    let mixed = bench.printed(FRAMES).await;
    let cross = 480;
    for at in 0..cross {
        let place = 2 * SECOND - cross / 2 + at;
        let x = at as f64 / cross as f64;
        let wanted = ramp(place) * (1.0 - x) + ramp(place) * x;
        assert!((mixed[place] - wanted).abs() < 1e-7, "crossed at {place}");
    }
    let kind = bench
        .refused("CreateFadesBasedOnPreset", preset("Nobody's"))
        .await;
    assert_eq!(kind, "PT_NoPresetFound");
    bench.end().await;
}

#[tokio::test]
async fn clips_are_renamed_with_their_files() {
    let mut bench = Bench::ramp().await;
    let whole = bench.printed(FRAMES).await;
    let rename = json!({ "clip_name": "Ramp-01", "new_name": "Climb", "rename_file": true });
    bench.ok("RenameTargetClip", rename.clone()).await;
    assert_eq!(
        bench.refused("RenameTargetClip", rename).await,
        "PT_NoClipsFound"
    );
    assert_eq!(clips::clip_ids(&mut bench, "Climb").await.len(), 1);
    assert!(clips::clip_ids(&mut bench, "Ramp-01").await.is_empty());
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = Path::new(path["session_path"]["path"].as_str().unwrap()).to_owned();
    assert!(
        path.with_file_name("Audio Files")
            .join("Climb.wav")
            .is_file()
    );
    assert!(
        bench.path("song/audio/Ramp.wav").is_file(),
        "not ours to move"
    );
    assert_samples(&bench.printed(FRAMES).await, &whole, "renamed");

    let selected = |name: &str| json!({ "clip_location": "CL_Timeline", "new_name": name, "rename_file": false });
    bench.select(&["Ramp"], 0, FRAMES - 1).await;
    assert_eq!(
        bench.refused("RenameSelectedClip", selected("Top")).await,
        "PT_NoClipsFound"
    );
    bench.select(&["Ramp"], 0, FRAMES).await;
    assert_eq!(
        bench.refused("RenameSelectedClip", selected("Climb")).await,
        "OS_DuplicateName"
    );
    assert_eq!(
        bench.refused("RenameSelectedClip", selected("")).await,
        "PT_InvalidParameter"
    );
    bench.ok("RenameSelectedClip", selected("Top")).await;
    assert_eq!(clips::clip_ids(&mut bench, "Top").await.len(), 1);
    bench.ok("UndoAll", Value::Null).await;
    assert_samples(&bench.printed(FRAMES).await, &whole, "undone");
    bench.end().await;
}

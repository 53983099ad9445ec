//! Cutting, pasting and repeating, and what follows the edit selection.

use super::*;

#[tokio::test]
async fn a_second_is_cut_and_pasted_elsewhere() {
    let mut bench = Bench::ramp().await;
    let whole = played(&[(Some(0), FRAMES)]);
    assert_samples(&bench.printed(FRAMES).await, &whole, "untouched");
    bench.select(&["Ramp"], SECOND, 2 * SECOND).await;
    bench.edit("Cut").await;
    let cut = played(&[
        (Some(0), SECOND),
        (None, SECOND),
        (Some(2 * SECOND), SECOND),
    ]);
    assert_samples(&bench.printed(FRAMES).await, &cut, "cut");
    let place = 2 * SECOND + 24_000;
    bench.select(&["Ramp"], place, place).await;
    bench.edit("Paste").await;
    let selection = bench.edit_selection().await;
    assert_eq!(selection, ("120000".to_owned(), "168000".to_owned()));
    let pasted = played(&[
        (Some(0), SECOND),
        (None, SECOND),
        (Some(2 * SECOND), 24_000),
        (Some(SECOND), SECOND),
    ]);
    assert_samples(&bench.printed(168_000).await, &pasted, "pasted");
    let answer = bench.ok("Undo", json!({ "levels": 1 })).await;
    assert_eq!(answer["operations"][0]["operation"], "Paste");
    assert!(answer["operations"][0]["time"].is_string());
    assert_samples(&bench.printed(FRAMES).await, &cut, "paste undone");
    let answer = bench.ok("UndoAll", Value::Null).await;
    assert_eq!(answer["operations"].as_array().unwrap().len(), 1);
    assert_samples(&bench.printed(FRAMES).await, &whole, "all undone");
    let answer = bench.ok("Redo", json!({ "levels": 2 })).await;
    assert_eq!(answer["operations"][0]["operation"], "Cut");
    assert_samples(&bench.printed(168_000).await, &pasted, "redone");
    bench.edit("ClearUndoQueue").await;
    let answer = bench.ok("UndoAll", Value::Null).await;
    assert_eq!(answer["operations"], json!([]));
    assert_eq!(
        bench.refused("Undo", json!({ "levels": 1 })).await,
        "PT_CannotBeDone"
    );
    bench.end().await;
}

#[tokio::test]
async fn shuffle_closes_up_and_repeats_push_on() {
    let mut bench = Bench::ramp().await;
    bench
        .ok("SetEditMode", json!({ "edit_mode": "EMO_Shuffle" }))
        .await;
    bench.select(&["Ramp"], SECOND, 2 * SECOND).await;
    bench.edit("Clear").await;
    let closed = [(Some(0), SECOND), (Some(2 * SECOND), SECOND)];
    assert_samples(
        &bench.printed(2 * SECOND).await,
        &played(&closed),
        "closed up",
    );
    bench.select(&["Ramp"], 1_000, 2_000).await;
    bench
        .ok("RepeatSelection", json!({ "num_repeats": 2 }))
        .await;
    assert_eq!(
        bench.edit_selection().await,
        ("2000".to_owned(), "4000".to_owned())
    );
    let pushed = played(&[
        (Some(0), 2_000),
        (Some(1_000), 1_000),
        (Some(1_000), 1_000),
        (Some(2_000), SECOND - 2_000),
        (Some(2 * SECOND), SECOND),
    ]);
    assert_samples(
        &bench.printed(2 * SECOND + 2_000).await,
        &pushed,
        "pushed on",
    );
    bench.ok("UndoAll", Value::Null).await;
    bench
        .ok("SetEditMode", json!({ "edit_mode": "EMO_Slip" }))
        .await;
    bench.select(&["Ramp"], 1_000, 2_000).await;
    bench.edit("DuplicateSelection").await;
    let over = played(&[
        (Some(0), 2_000),
        (Some(1_000), 1_000),
        (Some(3_000), FRAMES - 3_000),
    ]);
    assert_samples(&bench.printed(FRAMES).await, &over, "laid over");
    bench.select(&["Ramp"], 500, 2_500).await;
    bench.edit("TrimToSelection").await;
    let trimmed = played(&[
        (None, 500),
        (Some(500), 1_500),
        (Some(1_000), 500),
        (None, 500),
        (Some(3_000), 1_000),
    ]);
    assert_samples(&bench.printed(4_000).await, &trimmed, "trimmed");
    bench.edit("Copy").await;
    bench.select(&["Empty"], 0, 5_000).await;
    let fill = json!({ "paste_special_option": "Repeat_To_Fill_Selection" });
    bench.ok("PasteSpecial", fill).await;
    bench.set("SetTrackMuteState", &["Ramp"], true).await;
    let round = played(&[(Some(500), 1_500), (Some(1_000), 500)]);
    let filled: Vec<f64> = round.iter().cycle().take(5_000).copied().collect();
    // The track is new to audio: it has a pan, at -3 dB in the middle.
    let got = bench.printed(5_000).await;
    let pan = got[0] / filled[0];
    for (at, (got, wanted)) in got.iter().zip(&filled).enumerate() {
        assert!((got - wanted * pan).abs() < 1e-7, "filled at {at}");
    }
    bench.end().await;
}

#[tokio::test]
async fn special_forms_take_gain_and_automation() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], 0, FRAMES).await;
    let option = |word: &str| json!({ "automation_data_option": word });
    for (word, command) in [
        ("All_Automation", "CopySpecial"),
        ("Clip_Gain", "CutSpecial"),
        ("Clip_Effects", "CutSpecial"),
        ("PlugIn_Automation", "ClearSpecial"),
        ("Pan_Automation", "ClearSpecial"),
    ] {
        assert_eq!(bench.ok(command, option(word)).await, Value::Null);
    }
    let whole = played(&[(Some(0), FRAMES)]);
    assert_samples(&bench.printed(FRAMES).await, &whole, "nothing to take");
    for (command, body, kind) in [
        ("CutSpecial", json!({}), "PT_InvalidParameter"),
        ("PasteSpecial", json!({}), "PT_InvalidParameter"),
        (
            "PasteSpecial",
            json!({ "paste_special_option": "Merge" }),
            "PT_CannotBeDone",
        ),
    ] {
        assert_eq!(bench.refused(command, body.clone()).await, kind, "{body}");
    }
    bench.end().await;
}

#[tokio::test]
async fn selections_are_linked_or_not() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], 100, 200).await;
    let mut options = bench.ok("GetEditModeOptions", Value::Null).await;
    assert_eq!(
        options["edit_mode_options"]["link_timeline_and_edit_selection"],
        true
    );
    options["edit_mode_options"]["link_timeline_and_edit_selection"] = json!(false);
    bench.ok("SetEditModeOptions", options.clone()).await;
    bench.select(&["Ramp"], 300, 400).await;
    let own = ("100".to_owned(), "200".to_owned());
    assert_eq!(bench.edit_selection().await, own);
    bench.edit("Clear").await;
    let cleared = played(&[(Some(0), 100), (None, 100), (Some(200), 300)]);
    assert_samples(&bench.printed(500).await, &cleared, "the edit selection");
    let all = bench
        .ok("SelectAllClipsOnTrack", json!({ "track_name": "Pair" }))
        .await;
    assert_eq!(all["track_name"], "Pair");
    assert_eq!(bench.edit_selection().await.1, LENGTH.to_string());
    let timeline = json!({ "location_type": "TLType_Samples" });
    let answer = bench.ok("GetTimelineSelection", timeline.clone()).await;
    assert_eq!(answer["in_time"], "300");
    options["edit_mode_options"]["link_timeline_and_edit_selection"] = json!(true);
    bench.ok("SetEditModeOptions", options).await;
    let answer = bench.ok("GetTimelineSelection", timeline).await;
    assert_eq!(answer["out_time"], LENGTH.to_string());

    let extend = json!({ "tracks_to_extend_to": ["Ramp"] });
    bench
        .ok("ExtendSelectionToTargetTracks", extend.clone())
        .await;
    bench.edit("Clear").await;
    assert_samples(&bench.printed(500).await, &vec![0.0; 500], "both tracks");
    bench.end().await;
}

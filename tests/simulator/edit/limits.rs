//! What cannot be edited, and taking edits back.

use super::*;

#[tokio::test]
async fn edits_that_cannot_be_are_refused() {
    let mut bench = Bench::ramp().await;
    let commands = [
        "Cut",
        "Copy",
        "Clear",
        "TrimToSelection",
        "ConsolidateClip",
        "GroupClips",
        "UngroupClips",
        "UngroupAllClips",
        "RegroupClips",
        "DuplicateSelection",
    ];
    for command in commands {
        bench.select(&["Ramp"], 10, 10).await;
        assert_eq!(bench.refused(command, Value::Null).await, "PT_NoSelection");
        bench.select(&[], 10, 20).await;
        assert_eq!(bench.refused(command, Value::Null).await, "PT_NoSelection");
    }
    assert_eq!(bench.refused("Paste", Value::Null).await, "PT_CannotBeDone");
    bench.select(&["Pair"], 0, 100).await;
    bench.edit("Copy").await;
    bench.select(&["Ramp"], 0, 0).await;
    assert_eq!(
        bench.refused("Paste", Value::Null).await,
        "PT_CannotBeDone",
        "stereo on mono"
    );
    for (times, kind) in [
        (0, "PT_InvalidParameter"),
        (-1, "PT_InvalidParameter"),
        (i32::MAX, "PT_ArgumentOutOfRange"),
    ] {
        bench.select(&["Ramp"], 0, 4_800).await;
        let body = json!({ "num_repeats": times });
        assert_eq!(
            bench.refused("RepeatSelection", body).await,
            kind,
            "{times}"
        );
    }
    bench.select(&["Ramp"], 0, 1).await;
    let body = json!({ "num_repeats": 200_000 });
    assert_eq!(
        bench.refused("RepeatSelection", body).await,
        "PT_CannotBeDone"
    );
    bench.select(&["Ramp"], 0, 100).await;
    bench.set("SetTrackFrozenState", &["Ramp"], true).await;
    assert_eq!(bench.refused("Cut", Value::Null).await, "PT_CannotBeDone");
    for (command, body) in [
        ("SelectAllClipsOnTrack", json!({ "track_name": "Nobody" })),
        (
            "ExtendSelectionToTargetTracks",
            json!({ "tracks_to_extend_to": ["Nobody"] }),
        ),
    ] {
        assert_eq!(bench.refused(command, body).await, "PT_NoTrackFound");
    }
    let none = json!({ "track_name": "Empty" });
    assert_eq!(
        bench.refused("SelectAllClipsOnTrack", none).await,
        "PT_NoClipsFound"
    );
    let whole = played(&[(Some(0), FRAMES)]);
    bench.set("SetTrackFrozenState", &["Ramp"], false).await;
    assert_samples(&bench.printed(FRAMES).await, &whole, "as before");
    let answer = bench.ok("UndoAll", Value::Null).await;
    assert_eq!(answer["operations"], json!([]), "nothing was done");
    bench.end().await;
}

#[tokio::test]
async fn markers_are_undone_too() {
    let mut bench = Bench::ramp().await;
    let marker = json!({ "name": "Here", "start_time": "01:00:01:00", "time_properties": "TP_Marker",
        "reference": "MLR_Absolute", "number": 1 });
    bench.ok("CreateMemoryLocation", marker).await;
    let count = |answer: Value| answer["memory_locations"].as_array().unwrap().len();
    let all = json!({ "pagination_request": { "limit": 100, "offset": 0 } });
    assert_eq!(count(bench.ok("GetMemoryLocations", all.clone()).await), 1);
    bench.ok("Undo", Value::Null).await;
    assert_eq!(count(bench.ok("GetMemoryLocations", all.clone()).await), 0);
    bench.ok("Redo", Value::Null).await;
    assert_eq!(count(bench.ok("GetMemoryLocations", all).await), 1);
    bench.end().await;
}

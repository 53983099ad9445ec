//! Transport, selection, memory locations.

use super::*;

#[tokio::test]
async fn plays_stops_and_records() {
    let mut bench = Bench::open().await;
    let state = async |bench: &mut Bench| {
        let answer = bench.ok("GetTransportState", Value::Null).await;
        answer["current_setting"].as_str().unwrap().to_owned()
    };
    bench.ok("TogglePlayState", Value::Null).await;
    assert_eq!(state(&mut bench).await, "TS_TransportPlaying");
    bench.clock.advance_micros(90 * 1_000_000);
    assert_eq!(
        state(&mut bench).await,
        "TS_TransportPlaying",
        "past the end"
    );
    let here = json!({ "number": -1, "name": "Here", "start_time": "cur_pos",
        "time_properties": "TP_Marker", "reference": "MLR_Absolute" });
    bench.ok("CreateMemoryLocation", here).await;
    let kind = bench
        .refused("SetSessionBitDepth", json!({ "bit_depth": "Bit16" }))
        .await;
    assert_eq!(kind, "PT_CannotBeDone", "while playing");
    bench.ok("TogglePlayState", json!({})).await;
    assert_eq!(state(&mut bench).await, "TS_TransportStopped");
    let markers = bench.ok("GetMemoryLocations", json!({})).await;
    assert_eq!(markers["memory_locations"][1]["start_time"], "4320000");

    bench.ok("ToggleRecordEnable", Value::Null).await;
    let armed = bench.ok("GetTransportArmed", Value::Null).await;
    assert_eq!(armed["is_transport_armed"], true);
    bench.ok("TogglePlayState", Value::Null).await;
    assert_eq!(state(&mut bench).await, "TS_TransportRecording");
    bench.ok("TogglePlayState", Value::Null).await;
    let armed = bench.ok("GetTransportArmed", Value::Null).await;
    assert_eq!(armed["is_transport_armed"], false);
    bench.ok("PlayHalfSpeed", Value::Null).await;
    assert_eq!(state(&mut bench).await, "TS_TransportPlayingHalfSpeed");
    bench.ok("PlayHalfSpeed", Value::Null).await;

    let answer = bench
        .ok("SetRecordMode", json!({ "record_mode": "RMode_Loop" }))
        .await;
    assert_eq!(answer["current_record_mode"], "RM_Loop");
    bench
        .ok("SetPlaybackMode", json!({ "playback_mode": "PM_Loop" }))
        .await;
    let modes = bench.ok("GetPlaybackMode", Value::Null).await;
    assert_eq!(modes["current_settings"], json!(["PM_Loop"]));
    bench.end().await;
}

#[tokio::test]
async fn selects_in_all_time_formats() {
    let mut bench = Bench::open().await;
    for (kind, start, end, expected) in [
        ("TLType_Samples", "24000", "48000", "24000"),
        (
            "TLType_TimeCode",
            "01:00:00:12.50",
            "01:00:01:00",
            "01:00:00:12.50",
        ),
        ("TLType_MinSecs", "0:00.500", "0:01", "0:00.500"),
        ("TLType_Seconds", "0.5", "1.0", "0.500000"),
        ("TLType_BarsBeats", " 1| 2| 000", "1|3|000", "1|2|000"),
        ("TLType_FeetFrames", "0+12", "1+08.00", "0+12.00"),
        ("TLType_Ticks", "960", "1920", "960"),
    ] {
        let body = json!({ "in_time": start, "out_time": end, "play_start_marker_time": "",
            "pre_roll_enabled": "TB_None", "location_type": kind });
        assert_eq!(bench.ok("SetTimelineSelection", body).await, Value::Null);
        let answer = bench
            .ok("GetTimelineSelection", json!({ "location_type": kind }))
            .await;
        assert_eq!(answer["in_time"], expected);
        let answer = bench
            .ok(
                "GetTimelineSelection",
                json!({ "location_type": "TLType_Samples" }),
            )
            .await;
        assert_eq!(answer["in_time"], "24000", "{kind}");
        assert_eq!(answer["out_time"], "48000", "{kind}");
        assert_eq!(answer["play_start_marker_time"], "24000");
    }
    let older = bench
        .ok("GetTimelineSelection", json!({ "time_scale": "Samples" }))
        .await;
    assert_eq!(older["in_time"], "24000");
    let counter = bench.ok("GetTimelineSelection", json!({})).await;
    assert_eq!(counter["in_time"], "01:00:00:12.50");
    bench
        .ok(
            "SetTimelineSelection",
            json!({ "in_time": "480", "location_type": "TLType_Samples" }),
        )
        .await;
    let point = bench
        .ok(
            "GetTimelineSelection",
            json!({ "location_type": "TLType_Samples" }),
        )
        .await;
    assert_eq!(
        (&point["in_time"], &point["out_time"]),
        (&json!("480"), &json!("480"))
    );
    for (body, kind) in [
        (
            json!({ "in_time": "500", "out_time": "400", "location_type": 1 }),
            "PT_InvalidSelection",
        ),
        (
            json!({ "in_time": "-1", "location_type": 1 }),
            "PT_ArgumentOutOfRange",
        ),
        (
            json!({ "in_time": "soon", "location_type": 5 }),
            "PT_InvalidParameter",
        ),
        (
            json!({ "in_time": "1", "location_type": "TLType_Moons" }),
            "PT_InvalidParameter",
        ),
    ] {
        assert_eq!(bench.refused("SetTimelineSelection", body).await, kind);
    }
    let body = json!({ "time_type": "TLType_MinSecs",
        "location": { "location": "72000", "time_type": "TLType_Samples" } });
    let answer = bench.ok("GetTimeAsType", body).await;
    assert_eq!(answer["converted_location"]["location"], "0:01.500");
    bench.end().await;
}

#[tokio::test]
async fn keeps_memory_locations() {
    let mut bench = Bench::open().await;
    let create = |number: i32, name: &str, start: &str| {
        json!({ "number": number, "name": name, "start_time": start, "end_time": "",
            "time_properties": "TP_Marker", "reference": "MLR_Absolute", "comments": "c",
            "general_properties": { "track_visibility": false }, "color_index": 3 })
    };
    bench
        .ok("CreateMemoryLocation", create(0, "Chorus", "01:00:02:00"))
        .await;
    let kind = bench
        .refused("CreateMemoryLocation", create(2, "Again", "0"))
        .await;
    assert_eq!(kind, "PT_InvalidParameter");
    let mut stored = create(5, "Range", "100");
    stored["time_properties"] = json!("TP_Selection");
    stored["end_time"] = json!("900");
    bench.ok("CreateMemoryLocation", stored).await;
    bench
        .ok("EditMemoryLocation", create(1, "Verse 1", "48000"))
        .await;
    let body = json!({ "pagination_request": { "limit": 1000, "offset": 0 } });
    let answer = bench.ok("GetMemoryLocations", body).await;
    let list: Vec<(i64, &str, &str)> = answer["memory_locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| {
            (
                m["number"].as_i64().unwrap(),
                m["name"].as_str().unwrap(),
                m["start_time"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        list,
        [
            (1, "Verse 1", "48000"),
            (2, "Chorus", "96000"),
            (5, "Range", "100")
        ]
    );
    bench
        .ok("SelectMemoryLocation", json!({ "number": 5 }))
        .await;
    let samples = json!({ "location_type": "TLType_Samples" });
    let selection = bench.ok("GetTimelineSelection", samples).await;
    assert_eq!(selection["out_time"], "900");
    let answer = bench
        .ok("ClearMemoryLocation", json!({ "location_list": [1, 9] }))
        .await;
    assert_eq!(answer["success_count"], 1);
    assert_eq!(answer["failure_list"], json!([9]));
    let answer = bench.ok("ClearAllMemoryLocations", Value::Null).await;
    assert_eq!(answer["success_count"], 2);
    bench.end().await;
}

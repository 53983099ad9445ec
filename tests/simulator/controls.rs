//! Session Setup, times, tracks by id, automation: what is set is read back, kept over save and
//! reopen, and refused where it cannot be.

use super::*;

impl Bench {
    async fn get(&mut self, command: &str, field: &str) -> Value {
        self.ok(command, Value::Null).await[field].clone()
    }

    async fn reopen(&mut self) {
        let path = self.ok("GetSessionPath", Value::Null).await["session_path"]["path"].clone();
        self.ok("CloseSession", json!({ "save_on_close": true }))
            .await;
        self.ok("OpenSession", json!({ "session_path": path }))
            .await;
    }
}

#[tokio::test]
async fn keeps_the_session_setup() {
    let mut bench = Bench::open().await;
    let ids = bench.ok("GetSessionIDs", Value::Null).await;
    let settings = [
        (
            "SessionBitDepth",
            "bit_depth",
            json!("Bit16"),
            "current_setting",
        ),
        (
            "SessionAudioFormat",
            "audio_format",
            json!("SAF_AIFF"),
            "current_setting",
        ),
        (
            "SessionInterleavedState",
            "interleaved_state",
            json!(false),
            "current_setting",
        ),
        (
            "SessionTimeCodeRate",
            "time_code_rate",
            json!("STCR_Fps24"),
            "current_setting",
        ),
        (
            "SessionFeetFramesRate",
            "feet_frames_rate",
            json!("SFFR_Fps23976"),
            "current_setting",
        ),
        (
            "SessionAudioRatePullSettings",
            "audio_rate_pull",
            json!("SRP_Up4Down01"),
            "current_setting",
        ),
        (
            "SessionVideoRatePullSettings",
            "video_rate_pull",
            json!("SRP_Down01"),
            "current_setting",
        ),
        (
            "SessionLength",
            "session_length",
            json!("08:00:00:00"),
            "session_length",
        ),
    ];
    for (name, field, value, _) in &settings {
        bench
            .ok(&format!("Set{name}"), json!({ *field: value }))
            .await;
    }
    bench
        .ok(
            "SetTrackTimebase",
            json!({ "track_names": ["Kick"], "timebase": "TTB_Ticks" }),
        )
        .await;
    bench
        .ok(
            "SetTrackColor",
            json!({ "track_names": ["Vox"], "color_index": 3 }),
        )
        .await;
    for round in 0..2 {
        for (name, _, value, answer) in &settings {
            let kept = bench.get(&format!("Get{name}"), answer).await;
            assert_eq!(&kept, value, "{name}, round {round}");
        }
        let tracks = bench.tracks().await;
        assert_eq!(tracks[1]["timebase"], "TTB_Ticks");
        assert_eq!(tracks[4]["color"], "#ffff9933");
        assert_eq!(bench.ok("GetSessionIDs", Value::Null).await, ids);
        bench.reopen().await;
    }
    let place = json!({ "session_name": "Copy", "session_location": bench.dir.path() });
    bench.ok("SaveSessionAs", place).await;
    let copy = bench.ok("GetSessionIDs", Value::Null).await;
    assert_eq!(copy["origin_id"], ids["origin_id"]);
    assert_eq!(copy["parent_id"], ids["instance_id"]);
    bench.reopen().await;
    assert_eq!(bench.ok("GetSessionIDs", Value::Null).await, copy);

    bench.ok("TogglePlayState", Value::Null).await;
    for (name, field, value, _) in &settings {
        let kind = bench
            .refused(&format!("Set{name}"), json!({ *field: value }))
            .await;
        assert_eq!(kind, "PT_CannotBeDone", "{name} while playing");
        bench.ok("TogglePlayState", Value::Null).await;
        let wrong = if value.is_boolean() {
            json!(["x"])
        } else {
            json!("Purple")
        };
        let kind = bench
            .refused(&format!("Set{name}"), json!({ *field: wrong }))
            .await;
        assert_eq!(kind, "PT_InvalidParameter", "{name}");
        bench.ok("TogglePlayState", Value::Null).await;
    }
    bench.end().await;
}

#[tokio::test]
async fn moves_the_start_and_what_keeps_its_timecode() {
    let mut bench = Bench::open().await;
    let list = json!({ "pagination_request": { "limit": 10, "offset": 0 } });
    let start = |answer: &Value| answer["memory_locations"][0]["start_time"].clone();
    let relative = json!({ "session_start_time": "00:59:59:00", "track_offset_opts": "TimeCode",
        "maintain_relative_position": true });
    bench.ok("SetSessionStartTime", relative).await;
    assert_eq!(
        start(&bench.ok("GetMemoryLocations", list.clone()).await),
        "24000"
    );
    let absolute = json!({ "session_start_time": "00:59:57:00" });
    bench.ok("SetSessionStartTime", absolute).await;
    assert_eq!(
        start(&bench.ok("GetMemoryLocations", list.clone()).await),
        "120000"
    );
    let seconds = json!({ "location": { "location": "60:00", "time_type": "TLType_MinSecs" },
        "maintain_relative_position": true });
    bench.ok("SetSessionStartTime", seconds).await;
    assert_eq!(
        bench.get("GetSessionStartTime", "session_start_time").await,
        "01:00:00:00.00"
    );
    for (wrong, kind) in [
        (
            json!({ "session_start_time": "01:00:10:00" }),
            "PT_CannotBeDone",
        ),
        (json!({ "session_start_time": "" }), "PT_InvalidParameter"),
        (
            json!({ "session_start_time": "1|1", "track_offset_opts": "BarsBeats" }),
            "PT_InvalidParameter",
        ),
    ] {
        assert_eq!(bench.refused("SetSessionStartTime", wrong).await, kind);
    }
    bench.end().await;
}

#[tokio::test]
async fn tells_of_delay_compensation() {
    let mut bench = Bench::with(
        |root| {
            let file = root.join("session.json");
            let mut session: Value =
                serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            session["system_delay"] = json!(1024);
            session["delay_compensation"] = json!(false);
            std::fs::write(&file, session.to_string()).unwrap();
            SessionChoice::Open(root.to_owned())
        },
        Faults::default(),
    )
    .await;
    for _ in 0..2 {
        let delay = bench.ok("GetSessionSystemDelayInfo", Value::Null).await;
        assert_eq!(
            delay,
            json!({ "samples": 1024, "delay_compensation_enabled": false })
        );
        bench.reopen().await;
    }
    bench.end().await;
}

#[tokio::test]
async fn converts_times() {
    let mut bench = Bench::open().await;
    let at = |location: &str, kind: &str| json!({ "location": location, "time_type": kind });
    let request = json!({ "location": at("01:00:01:00", "TLType_TimeCode"),
        "time_type": "TLType_Samples" });
    let answer = bench.ok("GetTimeAsType", request).await;
    assert_eq!(answer["converted_location"], at("48000", "TLType_Samples"));
    let request = json!({ "first_location": at("01:00:01:00", "TLType_TimeCode"),
        "second_location": at("0:03.000", "TLType_MinSecs"), "desired_length_type": "BTType_Frames" });
    let answer = bench.ok("SubtractLocations", request).await;
    assert_eq!(
        answer["length"],
        json!({ "length": -50, "time_type": "BTType_Frames" })
    );
    let length = |length: i64, kind: &str| json!({ "length": length, "time_type": kind });
    let request = json!({ "location": at("2|1|000", "TLType_BarsBeats"),
        "length": length(24_000, "BTType_Samples") });
    let answer = bench.ok("AddLengthToLocation", request).await;
    assert_eq!(answer["result_location"], at("2|2|000", "TLType_BarsBeats"));
    let position = |position: i64, kind: &str| json!({ "position": position, "time_type": kind });
    let request = json!({ "first_position": position(96_000, "BTType_Samples"),
        "second_position": position(1920, "BTType_Ticks") });
    let answer = bench.ok("SubtractPositions", request).await;
    assert_eq!(answer["length"], length(48_000, "BTType_Samples"));
    let request = json!({ "position": position(1920, "BTType_Ticks"),
        "length": length(25, "BTType_Frames") });
    let answer = bench.ok("AddLengthToPosition", request).await;
    assert_eq!(answer["result_position"], position(3840, "BTType_Ticks"));
    let early =
        json!({ "location": at("0", "TLType_Samples"), "length": length(-1, "BTType_Samples") });
    assert_eq!(
        bench.refused("AddLengthToLocation", early).await,
        "PT_ArgumentOutOfRange"
    );
    let early = json!({ "position": position(0, "BTType_Samples"), "length": length(-1, "BTType_Samples") });
    assert_eq!(
        bench.refused("AddLengthToPosition", early).await,
        "PT_ArgumentOutOfRange"
    );
    bench.end().await;
}

#[tokio::test]
async fn colours_and_deletes_tracks_by_id_or_name() {
    let mut bench = Bench::open().await;
    let palette = json!({ "color_palette_target": "CPTarget_Tracks" });
    let palette = bench.ok("GetColorPalette", palette).await["color_list"].clone();
    let tracks = bench.tracks().await;
    let (kick, bass) = (tracks[1]["id"].clone(), tracks[3]["id"].clone());
    let request = json!({ "track_ids": [kick, bass], "color_index": 7 });
    assert_eq!(bench.ok("SetTrackColor", request).await["success_count"], 2);
    let tracks = bench.tracks().await;
    assert_eq!(tracks[1]["color"], palette[6]);
    assert_eq!(tracks[3]["color"], palette[6]);
    for (wrong, kind) in [
        (
            json!({ "track_ids": [kick], "track_names": ["Bass"], "color_index": 1 }),
            "PT_InvalidParameter",
        ),
        (json!({ "color_index": 1 }), "PT_InvalidParameter"),
        (
            json!({ "track_names": ["Bass"], "color_index": 0 }),
            "PT_ArgumentOutOfRange",
        ),
        (
            json!({ "track_names": ["Bass"], "color_index": 97 }),
            "PT_ArgumentOutOfRange",
        ),
        (
            json!({ "track_ids": ["{0-0-0-0}"], "color_index": 1 }),
            "PT_NoTrackFound",
        ),
    ] {
        assert_eq!(bench.refused("SetTrackColor", wrong).await, kind);
    }
    let keep = json!({ "track_names": ["DRUMS"],
        "delete_track_behavior_options": { "keep_folder_members": true } });
    assert_eq!(bench.ok("DeleteTracks", keep).await["success_count"], 1);
    let names = |tracks: &[Value]| -> Vec<String> {
        tracks
            .iter()
            .map(|t| t["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let tracks = bench.tracks().await;
    assert_eq!(
        names(&tracks),
        ["Kick", "Snare", "Bass", "Vox", "Verb", "Master"]
    );
    assert_eq!(tracks[0]["parent_folder_name"], "");
    bench
        .ok("DeleteTracks", json!({ "track_ids": [kick] }))
        .await;
    assert_eq!(
        bench
            .refused("DeleteTracks", json!({ "track_names": ["Kick"] }))
            .await,
        "PT_NoTrackFound"
    );
    bench.reopen().await;
    assert_eq!(
        names(&bench.tracks().await),
        ["Snare", "Bass", "Vox", "Verb", "Master"]
    );
    bench.end().await;
}

#[tokio::test]
async fn automation_is_read_back_and_heard() {
    let mut bench = Bench::open().await;
    let id = bench.tracks().await[3]["id"].clone();
    let volume = json!({ "section": "TSId_MainOut", "control_type": "TCType_Volume" });
    let at = |sample: &str, value: f64| {
        json!({ "time": { "location": sample,
        "time_type": "TLType_Samples" }, "value": value })
    };
    let request = json!({ "track_id": id, "control_id": volume,
        "breakpoints": [at("0", -6.0), at("24000", -6.0)] });
    bench.ok("SetTrackControlBreakpoints", request).await;
    let request = json!({ "track_name": "Bass", "control_id": volume });
    let points = bench.ok("GetTrackControlBreakpoints", request).await["breakpoints"].clone();
    assert_eq!(points, json!([at("0", -6.0), at("24000", -6.0)]));
    let info = bench
        .ok("GetTrackControlInfo", json!({ "track_names": ["Bass"] }))
        .await;
    assert_eq!(info["control_info"][0]["min_value"], -144.0);
    assert_eq!(info["control_info"].as_array().unwrap().len(), 2);
    bench.set("SetTrackSoloState", &["Bass"], true).await;
    let dir = bench.dir.path().to_owned();
    bench
        .ok("ExportMix", mix_request(&dir, "quiet", "Bit24"))
        .await;
    let (_, left, _) = read_constant(&dir.join("quiet.wav"));
    assert!((left - 0.0625 * 10_f64.powf(-0.3)).abs() < 1e-6, "{left}");

    let send = json!({ "section": "TSId_SendA", "control_type": "TCType_Volume" });
    for (control, points, kind) in [
        (&send, json!([at("0", 0.0)]), "PT_UnsupportedCommand"),
        (&volume, json!([at("0", 12.5)]), "PT_ArgumentOutOfRange"),
        (&volume, json!([at("noon", 0.0)]), "PT_InvalidParameter"),
        (&volume, json!([{ "value": 0.0 }]), "PT_InvalidParameter"),
        (&json!({}), json!([at("0", 0.0)]), "PT_InvalidParameter"),
    ] {
        let request = json!({ "track_id": id, "control_id": control, "breakpoints": points });
        assert_eq!(
            bench.refused("SetTrackControlBreakpoints", request).await,
            kind
        );
    }
    bench.end().await;
}

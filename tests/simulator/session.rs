//! The connection and the session: facts, saving, opening, text export.

use super::*;

#[tokio::test]
async fn connects_and_refuses_as_pro_tools_does() {
    let mut bench = Bench::with(|_| SessionChoice::None, Faults::default()).await;
    let registered = bench.session_id.clone();
    for session_id in ["", "not-registered"] {
        bench.session_id = session_id.to_owned();
        let ready = bench.ok("HostReadyCheck", Value::Null).await;
        assert_eq!(ready, json!({ "is_host_ready": true }));
        let version = bench.ok("GetPTSLVersion", Value::Null).await;
        assert_eq!(version["version"], 2025);
        assert_eq!(version["version_minor"], 10);
        let kind = bench.refused("GetSessionName", Value::Null).await;
        assert_eq!(kind, "PT_Forbidden");
    }
    bench.session_id = registered;
    let names = json!({ "company_name": "A", "application_name": "B" });
    let answer = bench.ok("RegisterConnection", names).await;
    assert_eq!(answer.as_object().unwrap().len(), 1);
    for command in [
        "GetSessionName",
        "GetTrackList",
        "TogglePlayState",
        "SaveSession",
    ] {
        let kind = bench.refused(command, json!({})).await;
        assert_eq!(kind, "PT_NoOpenedSession", "{command}");
    }
    for command in ["WriteSelectedTranscriptionToJSONFile", "UpdateVideo"] {
        let kind = bench.refused(command, json!({})).await;
        assert_ne!(kind, "PT_Forbidden", "{command}");
    }
    for number in [60, 160, 9_999, -1] {
        let response = bench.send(number, "").await;
        let header = response.header.clone().unwrap();
        assert_eq!((header.command, header.version), (number, 5), "echoed");
        assert_eq!(outcome(&response).unwrap_err().0, "PT_UnsupportedCommand");
    }
    let response = bench.send(13, "").await;
    let task_id = response.header.unwrap().task_id;
    let status = bench
        .ok("GetTaskStatus", json!({ "task_id": task_id }))
        .await;
    assert_eq!(status["status"], "Completed");
    let kind = bench
        .refused("GetTaskStatus", json!({ "task_id": "x" }))
        .await;
    assert_eq!(kind, "PT_InvalidTask");
    bench.end().await;
}

#[tokio::test]
async fn tells_the_facts_of_the_session() {
    let mut bench = Bench::open().await;
    for (command, field, expected) in [
        ("GetSessionName", "session_name", json!("Söng")),
        ("GetSessionSampleRate", "sample_rate", json!("SR_48000")),
        ("GetSessionBitDepth", "current_setting", json!("Bit24")),
        (
            "GetSessionAudioFormat",
            "current_setting",
            json!("SAF_WAVE"),
        ),
        ("GetSessionInterleavedState", "current_setting", json!(true)),
        (
            "GetSessionInterleavedState",
            "possible_settings",
            json!(["true", "false"]),
        ),
        (
            "GetSessionTimeCodeRate",
            "current_setting",
            json!("STCR_Fps25"),
        ),
        (
            "GetSessionFeetFramesRate",
            "current_setting",
            json!("SFFR_Fps24"),
        ),
        (
            "GetSessionAudioRatePullSettings",
            "current_setting",
            json!("SRP_None"),
        ),
        (
            "GetSessionVideoRatePullSettings",
            "current_setting",
            json!("SRP_None"),
        ),
        (
            "GetSessionStartTime",
            "session_start_time",
            json!("01:00:00:00.00"),
        ),
        ("GetSessionLength", "session_length", json!("24:00:00:00")),
        (
            "GetTransportState",
            "current_setting",
            json!("TS_TransportStopped"),
        ),
        ("GetTransportArmed", "is_transport_armed", json!(false)),
        ("GetPlaybackMode", "current_settings", json!(["PM_Normal"])),
        ("GetRecordMode", "current_setting", json!("RM_Normal")),
        ("GetEditMode", "current_setting", json!("EMO_Slip")),
        ("GetEditTool", "current_setting", json!("ET_Selector")),
        ("GetMainCounterFormat", "current_setting", json!("TimeCode")),
        (
            "GetMainCounterFormat",
            "current_type",
            json!("TLType_TimeCode"),
        ),
        ("GetMonitorOutputPath", "monitor_path", json!("Out 1-2")),
    ] {
        let answer = bench.ok(command, Value::Null).await;
        assert_eq!(answer[field], expected, "{command}");
    }
    let ids = bench.ok("GetSessionIDs", Value::Null).await;
    assert_eq!(ids["origin_id"], ids["instance_id"]);
    assert_eq!(ids["parent_id"], "{00000000-00000000-00000000-00000000}");
    for (command, body, getter) in [
        (
            "SetSessionBitDepth",
            json!({ "bit_depth": "Bit16" }),
            "GetSessionBitDepth",
        ),
        (
            "SetSessionTimeCodeRate",
            json!({ "time_code_rate": "STCR_Fps24" }),
            "GetSessionTimeCodeRate",
        ),
        (
            "SetSessionAudioFormat",
            json!({ "audio_format": "SAF_AIFF" }),
            "GetSessionAudioFormat",
        ),
    ] {
        let answer = bench.ok(command, body.clone()).await;
        assert_eq!(answer, Value::Null);
        let wanted = body.as_object().unwrap().values().next().unwrap().clone();
        let answer = bench.ok(getter, Value::Null).await;
        assert_eq!(answer["current_setting"], wanted);
    }
    let kind = bench
        .refused("SetSessionBitDepth", json!({ "bit_depth": "Bit17" }))
        .await;
    assert_eq!(kind, "PT_InvalidParameter");
    bench.end().await;
}

#[tokio::test]
async fn saves_closes_and_opens_without_touching_what_was_opened() {
    let mut bench = Bench::open().await;
    let original = std::fs::read(bench.path("song/session.json")).unwrap();
    let path = async |bench: &mut Bench| {
        let answer = bench.ok("GetSessionPath", Value::Null).await;
        assert_eq!(answer["session_path"]["info"]["is_online"], true);
        PathBuf::from(answer["session_path"]["path"].as_str().unwrap())
    };
    let copy = path(&mut bench).await;
    assert!(copy.is_file() && copy.ends_with("Söng.ptx"), "{copy:?}");
    let beside = pt_stem::import::open(copy.parent().unwrap()).unwrap();
    assert_eq!(beside.folder.stems.len(), 1, "clients read stems there");
    assert_eq!(beside.folder.arrangement.length, LENGTH);
    assert!(
        beside
            .folder
            .arrangement
            .files
            .iter()
            .all(|f| f.path.is_file())
    );

    bench.set("SetTrackMuteState", &["Bass"], true).await;
    bench.ok("SaveSession", Value::Null).await;
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    bench
        .ok("CloseSession", json!({ "save_on_close": false }))
        .await;
    assert_eq!(
        bench.refused("GetSessionName", Value::Null).await,
        "PT_NoOpenedSession"
    );
    let again = json!({ "session_path": copy, "behavior_options": {} });
    bench.ok("OpenSession", again).await;
    let tracks = bench.tracks().await;
    let muted: Vec<bool> = tracks
        .iter()
        .map(|track| track["track_attributes"]["is_muted"] == true)
        .collect();
    assert_eq!(muted, [false, false, false, true, false, false, false]);

    let location = format!("{}/", bench.dir.path().display());
    let save_as = json!({ "session_name": "Copy", "session_location": location });
    bench.ok("SaveSessionAs", save_as.clone()).await;
    assert_eq!(path(&mut bench).await, bench.path("Copy/Copy.ptx"));
    let ids = bench.ok("GetSessionIDs", Value::Null).await;
    assert_eq!(ids["parent_id"], ids["origin_id"]);
    assert_ne!(ids["instance_id"], ids["origin_id"]);
    assert_eq!(
        bench.refused("SaveSessionAs", save_as).await,
        "OS_DuplicateName"
    );

    for (body, kind) in [
        (
            json!({ "session_path": "/nowhere/x.ptx" }),
            "OS_NoSessionFound",
        ),
        (json!({ "session_path": "" }), "OS_NoFilePathFound"),
        (json!({ "session_path": "x.ptx" }), "OS_NoLocationFound"),
    ] {
        assert_eq!(bench.refused("OpenSession", body).await, kind);
    }
    let name = bench.ok("GetSessionName", Value::Null).await;
    assert_eq!(name["session_name"], "Copy", "a failed open closes nothing");

    let create = json!({ "session_name": "New", "session_location": location,
        "file_type": "FT_WAVE", "sample_rate": "SR_96000", "bit_depth": "Bit32Float",
        "input_output_settings": "IO_Last", "is_interleaved": true });
    for _ in 0..2 {
        bench.ok("CreateSession", create.clone()).await;
    }
    std::fs::create_dir(bench.path("Theirs")).unwrap();
    std::fs::write(bench.path("Theirs/Theirs.ptx"), "of a real Pro Tools").unwrap();
    let mut theirs = create;
    theirs["session_name"] = json!("Theirs");
    for command in ["CreateSession", "SaveSessionAs"] {
        let refused = bench.refused(command, theirs.clone()).await;
        assert_eq!(refused, "OS_DuplicateName", "{command}");
    }
    let inside = std::fs::read_dir(bench.path("Theirs")).unwrap();
    assert_eq!(inside.count(), 1, "nobody's own folder is touched");
    theirs["session_name"] = json!("x".repeat(300));
    let refused = bench.refused("CreateSession", theirs).await;
    assert_eq!(refused, "OS_CharactersLimit");
    let rate = bench.ok("GetSessionSampleRate", Value::Null).await;
    assert_eq!(rate["sample_rate"], "SR_96000");
    assert!(bench.tracks().await.is_empty());

    assert_eq!(
        std::fs::read(bench.path("song/session.json")).unwrap(),
        original
    );
    let inside: Vec<_> = std::fs::read_dir(bench.path("song")).unwrap().collect();
    assert_eq!(inside.len(), 2, "the opened folder has what it had");
    bench.end().await;
}

#[tokio::test]
async fn exports_the_session_as_text() {
    let mut bench = Bench::open().await;
    let mut body = json!({ "include_file_list": true, "include_clip_list": true,
        "include_markers": true, "include_track_edls": true, "track_list_type": "AllTracks",
        "track_offset_options": "TimeCode", "output_type": "ESI_String" });
    let answer = bench.ok("ExportSessionInfoAsText", body.clone()).await;
    let text = answer["session_info"].as_str().unwrap();
    for line in [
        "SESSION NAME:\tSöng",
        "TIMECODE FORMAT:\t25 Frame",
        "TRACK NAME:\tBass (Stereo)",
        "TRACK NAME:\tKick",
        "1       \t1       \tKick-01                       \t   01:00:00:00\t   01:00:01:00\t   00:00:01:00\tUnmuted",
        "M A R K E R S  L I S T I N G",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
    body["output_type"] = json!("ESI_File");
    body["output_path"] = json!(bench.path("export.txt"));
    bench.ok("ExportSessionInfoAsText", body).await;
    assert_eq!(
        std::fs::read_to_string(bench.path("export.txt")).unwrap(),
        text
    );
    bench.end().await;
}

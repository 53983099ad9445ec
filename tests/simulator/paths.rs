//! BounceTrack, signal paths and where tracks go.

use super::sound::{ONE, TWO, desk, strip, track};
use super::*;

#[tokio::test]
async fn one_track_is_bounced_by_itself() {
    let mut bench = desk(json!([
        track(
            "One",
            json!({ "volume_db": -20.0, "pan": -1.0, "mute": true })
        ),
        track("Two", json!({ "sends": [{ "bus": "FX" }], "solo": true })),
        strip(
            "Return",
            "aux",
            json!({ "input": "FX", "volume_db": -20.0 })
        ),
        strip("Group", "vca", json!({})),
        strip("Master", "master", json!({})),
    ]))
    .await;
    let out = bench.path("out");
    let tracks = bench.tracks().await;
    let id = |name: &str| {
        let track = tracks.iter().find(|track| track["name"] == name).unwrap();
        track["id"].as_str().unwrap().to_owned()
    };
    let request = |id: String, prefix: &str, volume: bool, pan: bool| {
        json!({ "src_track_id": id, "file_name_prefix": prefix, "file_type": "EMFType_WAV",
            "audio_info": { "bit_depth": "Bit32Float", "export_format": "EFormat_Interleaved" },
            "location_info": { "file_destination": "EMFDestination_Directory",
                "directory": out.display().to_string() },
            "in_location": { "location": LENGTH.to_string(), "time_type": "TLType_Samples" },
            "out_location": { "location": (LENGTH + 100).to_string(), "time_type": "TLType_Samples" },
            "automation_options": { "render_volume_automation": volume, "render_pan_automation": pan } })
    };
    for (name, prefix, volume, pan, file, values) in [
        ("One", "a", false, false, "a.wav", (ONE, ONE)),
        ("One", "b", true, false, "b.wav", (0.025, 0.025)),
        ("One", "c", true, true, "c-St.wav", (0.025, 0.0)),
        ("Return", "", true, false, "Return-St.wav", (0.0125, 0.0125)),
    ] {
        let answer = bench
            .ok("BounceTrack", request(id(name), prefix, volume, pan))
            .await;
        let path = out.join(file);
        assert_eq!(answer["file_paths"], json!([path.display().to_string()]));
        let (frames, left, right) = read_constant(&path);
        assert_eq!(frames, 100);
        assert!(
            (left - values.0).abs() < 1e-7 && (right - values.1).abs() < 1e-7,
            "{file}"
        );
    }
    let answer = bench
        .ok("BounceTrack", request(id("Group"), "vca", true, true))
        .await;
    assert_eq!(answer["file_paths"], json!([]), "success and no files");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 4);

    let bare = id("One").trim_matches(['{', '}']).to_owned();
    let (kind, text) = bench
        .call("BounceTrack", request(bare, "x", true, true))
        .await
        .unwrap_err();
    assert_eq!(kind, "PT_InvalidParameter");
    assert!(text.contains("parse Sys_TrackUID"), "{text}");
    let unknown = "{00000000-00000000-00000000-00000001}".to_owned();
    for (request, kind) in [
        (request(unknown, "x", true, true), "PT_NoTrackFound"),
        (
            request(id("Master"), "x", true, true),
            "PT_ForbiddenTrackType",
        ),
        (request(id("One"), "a", true, false), "OS_DuplicateName"),
        (
            request(id("One"), "../x", true, false),
            "OS_IllegalCharacters",
        ),
    ] {
        assert_eq!(bench.refused("BounceTrack", request).await, kind);
    }
    let mut selection = request(id("One"), "selection", false, false);
    for key in ["in_location", "out_location"] {
        selection.as_object_mut().unwrap().remove(key);
    }
    let (_, text) = bench
        .call("BounceTrack", selection.clone())
        .await
        .unwrap_err();
    assert!(text.contains("no content on the timeline"), "{text}");
    let range =
        json!({ "in_time": "48000", "out_time": "48007", "location_type": "TLType_Samples" });
    bench.ok("SetTimelineSelection", range).await;
    bench.ok("BounceTrack", selection).await;
    assert_eq!(read_constant(&out.join("selection.wav")).0, 7);
    bench.end().await;
}

#[tokio::test]
async fn paths_are_created_assigned_and_saved() {
    let mut bench = desk(json!([
        track("One", json!({})),
        track("Two", json!({ "sends": [{ "bus": "FX" }] })),
        strip("Return", "aux", json!({ "input": "FX" })),
    ]))
    .await;
    let path = |name: &str, kind: &str, format: &str| json!({ "signalpath_name": name, "signalpath_type": kind, "signalpath_format": format });
    let made = bench
        .ok("CreateSignalPath", path("DX", "SPType_Bus", "SFormat_Mono"))
        .await;
    assert_eq!(made["signalpath_info"]["name"], "DX");
    assert_eq!(made["signalpath_info"]["format"], "SFormat_Mono");
    let dx = made["signalpath_info"]["id"].as_str().unwrap().to_owned();
    for (path, kind) in [
        (
            path("DX", "SPType_Bus", "SFormat_Stereo"),
            "OS_DuplicateName",
        ),
        (
            path("5.1.4", "SPType_Bus", "SFormat_5_1_4"),
            "PT_CannotBeDone",
        ),
        (
            path("In", "SPType_Input", "SFormat_Mono"),
            "PT_CannotBeDone",
        ),
        (
            path("", "SPType_Bus", "SFormat_Mono"),
            "PT_InvalidParameter",
        ),
    ] {
        assert_eq!(bench.refused("CreateSignalPath", path).await, kind);
    }
    let assign =
        |names: &[&str], ids: &[&str]| json!({ "track_names": names, "signalpath_ids": ids });
    let set = "SetTrackMainOutputAssignments";
    assert_eq!(bench.ok(set, assign(&["One"], &[&dx])).await, Value::Null);
    assert_eq!(bench.main_level().await, 2.0 * TWO);
    let file = bench.ok("GetSessionPath", Value::Null).await;
    let file = file["session_path"]["path"].clone();
    bench.ok("SaveSession", Value::Null).await;
    bench
        .ok("CloseSession", json!({ "save_on_close": false }))
        .await;
    bench
        .ok("OpenSession", json!({ "session_path": file }))
        .await;
    assert_eq!(
        bench.main_level().await,
        2.0 * TWO,
        "kept over save and reopen"
    );
    let out = bench.path("out");
    let mut mono = mix_request(&out, "mono", "Bit24");
    mono["mix_source_list"] = json!([{ "source_type": "EMSType_Bus", "name": "DX (Mono)" }]);
    mono["end_time"]["location"] = json!("10");
    bench.ok("ExportMix", mono).await;
    assert_eq!(
        Reader::open(&out.join("mono.wav")).unwrap().info().channels,
        1
    );

    bench.ok(set, assign(&["One"], &[])).await;
    assert_eq!(
        bench.level_of("EMSType_Bus", "DX").await.0,
        0.0,
        "no output"
    );
    for (body, kind) in [
        (assign(&["Nobody"], &[&dx]), "PT_NoTrackFound"),
        (assign(&["One"], &["{nothing}"]), "PT_InvalidParameter"),
        (assign(&[], &[&dx]), "PT_InvalidParameter"),
    ] {
        assert_eq!(bench.refused(set, body).await, kind);
    }
    bench.end().await;
}

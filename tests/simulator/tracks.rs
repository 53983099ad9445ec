//! Track lists and track switches.

use super::*;

#[tokio::test]
async fn lists_tracks_with_filters_and_pages() {
    let mut bench = Bench::open().await;
    let tracks = bench.tracks().await;
    let kick = &tracks[1];
    assert_eq!(kick["name"], "Kick");
    assert_eq!(kick["index"], 2);
    assert_eq!(kick["type"], "TT_Audio");
    assert_eq!(kick["format"], "TF_Mono");
    assert_eq!(kick["color"], "#ff2a7fff");
    assert_eq!(kick["parent_folder_name"], "DRUMS");
    assert_eq!(kick["parent_folder_id"], tracks[0]["id"]);
    assert_eq!(kick["track_attributes"]["is_hidden"], "None");
    assert_eq!(kick["track_attributes"]["contains_clips"], true);
    let id = kick["id"].as_str().unwrap();
    assert_eq!(id.len(), 37);
    assert!(id.starts_with('{') && id.ends_with('}'));
    assert_eq!(tracks[0]["type"], "TT_BasicFolder");

    bench.set("SetTrackMuteState", &["Kick", "Vox"], true).await;
    bench.set("SetTrackHiddenState", &["DRUMS"], true).await;
    bench.set("SetTrackInactiveState", &["Vox"], true).await;
    let filter = |filters: &[(&str, bool)], additive: bool| {
        let list: Vec<Value> = filters
            .iter()
            .map(|(filter, inverted)| json!({ "filter": filter, "is_inverted": inverted }))
            .collect();
        json!({ "track_filter_list": list, "is_filter_list_additive": additive })
    };
    for (body, expected) in [
        (filter(&[("Muted", false)], false), "Kick Vox"),
        (
            filter(&[("Muted", true)], false),
            "DRUMS Snare Bass Verb Master",
        ),
        (
            filter(&[("Muted", false), ("TLFilter_Inactive", false)], false),
            "Vox",
        ),
        (
            filter(&[("HiddenExplicitly", false), ("Inactive", false)], true),
            "DRUMS Vox",
        ),
        (filter(&[("Hidden", false)], false), "DRUMS Kick Snare"),
        (filter(&[("HiddenImplicitly", false)], false), "Kick Snare"),
        (
            filter(&[("WithClipsOnMainPlaylist", false)], false),
            "Kick Snare Bass Vox",
        ),
        (
            json!({ "track_filter_list": [{ "filter": 0 }] }),
            "DRUMS Kick Snare Bass Vox Verb Master",
        ),
        (
            json!({ "pagination_request": { "limit": 2, "offset": 1 } }),
            "Kick Snare",
        ),
        (
            json!({ "pagination_request": { "limit": 1000, "offset": 6 } }),
            "Master",
        ),
        (json!({ "page_limit": 1 }), "DRUMS"),
    ] {
        let answer = bench.ok("GetTrackList", body.clone()).await;
        let names: Vec<&str> = answer["track_list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|track| track["name"].as_str().unwrap())
            .collect();
        assert_eq!(names.join(" "), expected, "{body}");
    }
    let tracks = bench.tracks().await;
    assert_eq!(tracks[0]["track_attributes"]["is_hidden"], "SetExplicitly");
    assert_eq!(tracks[1]["track_attributes"]["is_hidden"], "SetImplicitly");
    bench.end().await;
}

#[tokio::test]
async fn switches_tracks_or_none_at_all() {
    let mut bench = Bench::open().await;
    for (command, attribute, name) in [
        ("SetTrackMuteState", "is_muted", "Kick"),
        ("SetTrackSoloState", "is_soloed", "Kick"),
        ("SetTrackSoloSafeState", "is_soloed_safe", "Verb"),
        ("SetTrackRecordEnableState", "is_record_enabled", "Vox"),
        (
            "SetTrackRecordSafeEnableState",
            "is_record_enabled_safe",
            "Bass",
        ),
        ("SetTrackFrozenState", "is_frozen", "Vox"),
        ("SetTrackOpenState", "is_open", "DRUMS"),
        ("SetTrackSmartDspState", "is_smart_dsp_on", "Kick"),
    ] {
        for on in [true, false] {
            bench.set(command, &[name], on).await;
            let tracks = bench.tracks().await;
            let track = tracks.iter().find(|track| track["name"] == name).unwrap();
            assert_eq!(track["track_attributes"][attribute], on, "{command}");
        }
    }
    bench.set("SetTrackInputMonitorState", &["Vox"], true).await;
    let state = bench.tracks().await[4]["track_attributes"]["is_input_monitoring_on"].clone();
    assert_eq!(state, "SetExplicitly");
    bench
        .set("SetTrackInputMonitorState", &["Vox"], false)
        .await;

    let before = bench.tracks().await;
    for (command, names, kind) in [
        (
            "SetTrackMuteState",
            json!(["Kick", "Kik"]),
            "PT_NoTrackFound",
        ),
        (
            "SetTrackMuteState",
            json!(["Kick", "Master"]),
            "PT_ForbiddenTrackType",
        ),
        (
            "SetTrackRecordEnableState",
            json!(["Kick", "Verb"]),
            "PT_ForbiddenTrackType",
        ),
        ("SetTrackSoloState", json!([]), "PT_InvalidParameter"),
        (
            "SetTrackSoloState",
            json!(["Kick\u{1b}[31m"]),
            "PT_NoTrackFound",
        ),
        ("SetTrackSoloState", json!("Kick"), "PT_InvalidParameter"),
        (
            "SetTrackOpenState",
            json!(["Kick"]),
            "PT_ForbiddenTrackType",
        ),
    ] {
        let body = json!({ "track_names": names, "enabled": true });
        assert_eq!(
            bench.refused(command, body).await,
            kind,
            "{command} {names}"
        );
    }
    assert_eq!(bench.tracks().await, before, "nothing changed");

    let made = bench
        .ok(
            "CreateNewTracks",
            json!({ "number_of_tracks": 2, "track_name": "Gtr 🎸", "track_format": "TF_Stereo",
                "track_type": "TT_Audio", "track_timebase": "TTB_Samples" }),
        )
        .await;
    assert_eq!(made["created_track_names"], json!(["Gtr 🎸 1", "Gtr 🎸 2"]));
    let renamed = json!({ "current_name": "Gtr 🎸 1", "new_name": "吉他" });
    bench.ok("RenameTargetTrack", renamed).await;
    assert_eq!(bench.tracks().await[7]["name"], "吉他");
    let taken = json!({ "current_name": "吉他", "new_name": "Kick" });
    assert_eq!(
        bench.refused("RenameTargetTrack", taken).await,
        "OS_DuplicateName"
    );

    let select = json!({ "track_names": ["Kick", "Bass"], "selection_mode": "SM_Replace" });
    bench.ok("SelectTracksByName", select).await;
    let less = json!({ "track_names": ["Kick"], "selection_mode": "SM_Subtract" });
    let answer = bench.ok("SelectTracksByName", less).await;
    assert_eq!(answer["track_list"][0]["name"], "Bass");
    assert_eq!(answer["track_list"].as_array().unwrap().len(), 1);
    bench.end().await;
}

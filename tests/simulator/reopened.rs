//! What a session is after saving and opening again: all that it was, whatever its tracks are called.

use super::*;

/// Two folders, two audio tracks, two aux returns of one name each; always the second of them has
/// something that the first has not.
fn write_twins(root: &Path) {
    std::fs::create_dir_all(root.join("audio")).unwrap();
    constant(&root.join("audio/Vox.wav"), 1, 0.25);
    let clips = json!([{ "file": "audio/Vox.wav", "start": 0, "offset": 0, "length": LENGTH }]);
    let session = json!({
        "version": 1, "rate": RATE, "length": LENGTH, "name": "Twins", "busses": ["Verb"],
        "tracks": [
            { "name": "Vox", "type": "folder" },
            { "name": "VOX", "type": "folder", "id": "{00000000-00000000-00000000-00000001}" },
            { "name": "Vox", "channels": 1 },
            { "name": "Vox", "channels": 1, "clips": clips, "folder": "VOX", "volume_db": -6.0,
                "sends": [{ "bus": "Verb" }] },
            { "name": "Verb", "type": "aux", "channels": 2 },
            { "name": "Verb", "type": "aux", "channels": 2, "input": "Verb", "reverb": {} },
            { "name": "Movie", "type": "video" },
        ],
    });
    std::fs::write(root.join("session.json"), session.to_string()).unwrap();
}

async fn twins() -> Bench {
    let choice = |root: &Path| {
        write_twins(root);
        SessionChoice::Open(root.to_owned())
    };
    Bench::with(choice, Faults::default()).await
}

async fn path(bench: &mut Bench) -> PathBuf {
    let answer = bench.ok("GetSessionPath", Value::Null).await;
    PathBuf::from(answer["session_path"]["path"].as_str().unwrap())
}

/// What lies on disk; that a track plays nothing may be said or not.
fn saved(file: &Path) -> Value {
    let text = std::fs::read(file.with_file_name("session.json")).unwrap();
    let mut session: Value = serde_json::from_slice(&text).unwrap();
    for track in session["tracks"].as_array_mut().unwrap() {
        let track = track.as_object_mut().unwrap();
        track.retain(|_, value| *value != json!([]));
    }
    session
}

/// Saves, closes, opens: the track list before and after, and what lay on disk both times.
async fn reopen(bench: &mut Bench) -> ([Vec<Value>; 2], [Value; 2]) {
    let file = path(bench).await;
    let before = bench.tracks().await;
    bench.ok("SaveSession", Value::Null).await;
    let first = saved(&file);
    bench.ok("CloseSession", json!({})).await;
    bench
        .ok("OpenSession", json!({ "session_path": file }))
        .await;
    let after = bench.tracks().await;
    bench.ok("SaveSession", Value::Null).await;
    ([before, after], [first, saved(&file)])
}

#[tokio::test]
async fn tracks_of_one_name_stay_who_they_are() {
    let mut bench = twins().await;
    let folder = bench.tracks().await[1]["id"].clone();
    let rename = json!({ "track_id": folder, "new_name": "Vox" });
    bench.ok("RenameTargetTrack", rename).await;
    let made = bench
        .ok(
            "CreateNewTracks",
            json!({ "number_of_tracks": 1, "track_name": "Silent", "track_type": "TT_Audio",
                "track_format": "TF_Mono", "insertion_point_position": "TIPoint_First" }),
        )
        .await;
    let rename = json!({ "track_id": made["created_track_ids"][0], "new_name": "Vox" });
    bench.ok("RenameTargetTrack", rename).await;

    let ([before, after], [first, second]) = reopen(&mut bench).await;
    let clips = |tracks: &[Value]| -> Vec<bool> {
        let clips = |track: &Value| track["track_attributes"]["contains_clips"] == true;
        tracks.iter().map(clips).collect()
    };
    let only_the_fifth = [false, false, false, false, true, false, false, false];
    assert_eq!(clips(&before), only_the_fifth);
    assert_eq!(clips(&after), only_the_fifth);
    assert_eq!(after[4]["parent_folder_id"], folder, "the second folder");
    assert_eq!(before, after);
    assert_eq!(first, second);
    let tracks = second["tracks"].as_array().unwrap();
    assert!(tracks[5].get("reverb").is_none() && tracks[6].get("reverb").is_some());
    assert!(tracks[3].get("sends").is_none() && tracks[4].get("sends").is_some());
    bench.end().await;
}

#[tokio::test]
async fn every_switch_of_a_strip_is_kept() {
    let mut bench = twins().await;
    bench
        .ok(
            "CreateNewTracks",
            json!({ "number_of_tracks": 1, "track_name": "Wide", "track_type": "TT_Audio",
                "track_format": "TF_5_1" }),
        )
        .await;
    let mut fresh = bench.tracks().await;
    for command in [
        "SetTrackMuteState",
        "SetTrackSoloState",
        "SetTrackSoloSafeState",
        "SetTrackRecordEnableState",
        "SetTrackInputMonitorState",
        "SetTrackSmartDspState",
        "SetTrackDSPModeSafeState",
        "SetTrackHiddenState",
        "SetTrackInactiveState",
        "SetTrackFrozenState",
    ] {
        bench.set(command, &["Wide"], true).await;
    }
    bench.set("SetTrackOpenState", &["VOX"], false).await;
    let movie = json!({ "track_name": "Movie", "enabled": false });
    bench.ok("SetTrackOnlineState", movie).await;
    let select = json!({ "track_names": ["Verb", "Wide"], "selection_mode": "SM_Replace" });
    bench.ok("SelectTracksByName", select).await;

    let ([before, after], [first, second]) = reopen(&mut bench).await;
    let wide = fresh.pop().unwrap();
    let (old, new) = (&wide["track_attributes"], &after[7]["track_attributes"]);
    for (name, was) in old.as_object().unwrap() {
        let is_another = !matches!(
            name.as_str(),
            "contains_clips"
                | "contains_automation"
                | "is_locked"
                | "is_open"
                | "is_online"
                | "is_record_enabled_safe"
                | "has_edit_selection"
        );
        assert_eq!(&new[name] != was, is_another, "{name}");
    }
    assert_eq!(after[7]["format"], "TF_5_1");
    assert_eq!(after[6]["track_attributes"]["is_online"], false);
    assert_eq!(after[1]["track_attributes"]["is_open"], false);
    assert_eq!(before, after);
    assert_eq!(first, second);
    bench.end().await;
}

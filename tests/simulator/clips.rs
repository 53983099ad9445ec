//! Clips: the list, playlists and their elements, spotting, and what of it survives a save.

use super::*;

pub fn samples(at: i64) -> Value {
    json!({ "location": at.to_string(), "time_type": "TLType_Samples" })
}

/// Ids of the clip of that root name, one a channel.
pub async fn clip_ids(bench: &mut Bench, root: &str) -> Vec<String> {
    let answer = bench.ok("CId_GetClipList", json!({})).await;
    let clips = answer["clips"].as_array().unwrap();
    clips
        .iter()
        .filter(|clip| clip["clip_root_name"] == root)
        .map(|clip| clip["clip_id"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn elements(bench: &mut Bench, playlist: &str) -> Vec<Value> {
    let body = json!({ "playlist_name": playlist, "time_format": "TLType_Samples" });
    let answer = bench.ok("CId_GetPlaylistElements", body).await;
    answer["elements_list"].as_array().unwrap().clone()
}

/// Kind (`clip`, or the fade's type), start and end of each element.
pub fn shape(elements: &[Value]) -> Vec<(String, i64, i64)> {
    let number = |value: &Value| value["location"].as_str().unwrap().parse().unwrap();
    elements
        .iter()
        .map(|element| {
            let first = &element["channel_clips"][0];
            let kind = first["fade_info"]["type"].as_str().unwrap_or("clip");
            assert_eq!(
                kind == "clip",
                first["clip_id"] != "",
                "only clips have ids"
            );
            let (start, end) = (&element["start_time"], &element["end_time"]);
            (kind.to_owned(), number(start), number(end))
        })
        .collect()
}

/// Two clips with a crossfade, one muted, an alternate playlist, a loose clip.
fn edit_session(root: &Path) {
    let file = root.join("session.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut session: Value = serde_json::from_str(&text).unwrap();
    let vox = session["tracks"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|track| track["name"] == "Vox")
        .unwrap();
    vox["clips"] = json!([
        { "file": "audio/Vox.wav", "start": 0, "offset": 0, "length": 1000, "fade_in": 10,
          "fade_out": 100, "name": "Verse", "gain_db": -6.0 },
        { "file": "audio/Vox.wav", "start": 900, "offset": 5000, "length": 1000, "fade_in": 100,
          "fade_in_shape": "equal_power" },
        { "file": "audio/Vox.wav", "start": 3000, "offset": 0, "length": 500, "mute": true,
          "fade_out": 50, "fade_out_shape": "s_curve-20" },
    ]);
    vox["playlists"] = json!([{ "name": "Vox.01", "clips": [
        { "file": "audio/Vox.wav", "start": 7, "offset": 9, "length": 70 }] }]);
    session["clip_list"] = json!([{ "file": "audio/Bass.wav", "offset": 100, "length": 200,
        "channels": 2, "name": "Loose" }]);
    std::fs::write(file, session.to_string()).unwrap();
}

async fn edited() -> Bench {
    let choice = |root: &Path| {
        edit_session(root);
        SessionChoice::Open(root.to_owned())
    };
    Bench::with(choice, Faults::default()).await
}

#[tokio::test]
async fn the_clip_list_pages_and_names_channels() {
    let mut bench = edited().await;
    let all = bench.ok("CId_GetClipList", json!({})).await;
    let names: Vec<_> = all["clips"]
        .as_array()
        .unwrap()
        .iter()
        .map(|clip| clip["clip_full_name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Kick-01",
            "Snare-01",
            "Bass-01.L",
            "Bass-01.R",
            "Verse",
            "Vox-01",
            "Vox-02",
            "Vox-03",
            "Loose.L",
            "Loose.R"
        ]
    );
    let loose = &all["clips"][8];
    assert_eq!(loose["start_point"]["position"], 100);
    assert_eq!(loose["src_end_point"]["position"], 300);
    assert_eq!(loose["clip_type"], "ClipType_Audio");

    let mut paged = Vec::new();
    for offset in (0..10).step_by(3) {
        let page = json!({ "pagination_request": { "limit": 3, "offset": offset } });
        let answer = bench.ok("CId_GetClipList", page).await;
        assert_eq!(answer["pagination_response"]["total"], 10);
        paged.extend(answer["clips"].as_array().unwrap().clone());
    }
    assert_eq!(Value::from(paged), all["clips"]);

    let info = json!({ "file_id": loose["file_id"] });
    let info = bench.ok("CId_GetMediaFileInfo", info).await;
    let info = &info["audio_file_info"];
    assert_eq!(info["num_channels"], 2);
    assert_eq!(info["sample_rate"], "SR_48000");
    assert_eq!(info["encoding"], "Bit24");
    assert_eq!(info["length"]["length"], LENGTH);
    assert_eq!(info["stem_format"], "SFormat_Stereo");
    let unknown = json!({ "file_id": "{00000000-00000000-00000000-00000000}" });
    assert_eq!(
        bench.refused("CId_GetMediaFileInfo", unknown).await,
        "PT_FileNotFound"
    );
    bench.end().await;
}

#[tokio::test]
async fn playlists_have_clips_and_fades() {
    let mut bench = edited().await;
    let tracks = bench.tracks().await;
    let vox = tracks.iter().find(|track| track["name"] == "Vox").unwrap();
    let by_id = json!({ "track_id": vox["id"] });
    let answer = bench.ok("CId_GetTrackPlaylists", by_id).await;
    let by_name = bench
        .ok("CId_GetTrackPlaylists", json!({ "track_name": "Vox" }))
        .await;
    assert_eq!(answer, by_name);
    let playlists = answer["playlists"].as_array().unwrap();
    let facts: Vec<_> = playlists
        .iter()
        .map(|p| (p["playlist_name"].as_str().unwrap(), p["is_target"] == true))
        .collect();
    assert_eq!(facts, [("Vox", true), ("Vox.01", false)]);
    assert_eq!(playlists[1]["playlist_type"], "PType_Alternate");
    for body in [
        json!({ "track_id": vox["id"], "track_name": "" }),
        json!({ "track_id": "", "track_name": "Vox" }),
        json!({}),
    ] {
        let error = bench.refused("CId_GetTrackPlaylists", body).await;
        assert_eq!(error, "PT_InvalidParameter");
    }
    let unknown = json!({ "track_name": "Vax" });
    let error = bench.refused("CId_GetTrackPlaylists", unknown).await;
    assert_eq!(error, "PT_NoTrackFound");

    let main = elements(&mut bench, "Vox").await;
    let expected = [
        ("FadeType_In", 0, 10),
        ("clip", 0, 1000),
        ("FadeType_X", 900, 1000),
        ("clip", 900, 1900),
        ("clip", 3000, 3500),
        ("FadeType_Out", 3450, 3500),
    ]
    .map(|(kind, start, end)| (kind.to_owned(), start, end));
    assert_eq!(shape(&main), expected);
    assert_eq!(main[1]["play_time"]["location"], "10");
    assert_eq!(
        main[2]["channel_clips"][0]["fade_info"]["slope"],
        "FSlope_EqualPower"
    );
    let info = |element: usize| main[element]["channel_clips"][0]["fade_info"].clone();
    // The clip that goes fades straight, the one that comes by the slope.
    assert_eq!(info(2)["out_shape"]["shape"], "FShape_Standard");
    let bent = info(5);
    assert_eq!(bent["slope"], "FSlope_EqualGain");
    assert_eq!(bent["out_shape"]["shape"], "FShape_SShaped");
    assert_eq!(bent["out_shape"]["curve_bias"], -20);
    assert_eq!(bent["in_shape"], Value::Null);
    assert_eq!(main[4]["clip_instance_attributes"]["is_muted"], true);
    let verse = clip_ids(&mut bench, "Verse").await;
    assert_eq!(main[1]["channel_clips"][0]["clip_id"], verse[0]);

    let id = &playlists[1]["playlist_id"];
    let other = json!({ "playlist_id": id, "time_format": "TLType_TimeCode" });
    let other = bench.ok("CId_GetPlaylistElements", other).await;
    assert_eq!(other["elements_list"].as_array().unwrap().len(), 1);
    let start = &other["elements_list"][0]["start_time"];
    assert!(
        start["location"]
            .as_str()
            .unwrap()
            .starts_with("01:00:00:00")
    );

    let within = json!({ "playlist_name": "Vox", "start_time": samples(1000),
        "end_time": samples(3000), "pagination_request": { "limit": 5, "offset": 0 } });
    let within = bench.ok("CId_GetPlaylistElements", within).await;
    assert_eq!(within["pagination_response"]["total"], 1);
    let both = json!({ "playlist_id": id, "playlist_name": "" });
    let error = bench.refused("CId_GetPlaylistElements", both).await;
    assert_eq!(error, "PT_InvalidParameter");

    let stereo = elements(&mut bench, "Bass").await;
    let bass = clip_ids(&mut bench, "Bass-01").await;
    let ids: Vec<_> = stereo[0]["channel_clips"]
        .as_array()
        .unwrap()
        .iter()
        .map(|clip| clip["clip_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, bass);
    bench.end().await;
}

#[tokio::test]
async fn spotted_clips_sound_and_come_back() {
    let mut bench = edited().await;
    let out = bench.path("out");
    std::fs::create_dir(&out).unwrap();
    let loose = clip_ids(&mut bench, "Loose").await;
    let spot = |ids: &[String], track: &str, at: i64| {
        json!({ "src_clips": ids, "dst_track_name": track,
            "dst_location_data": { "location_type": "Start", "location": samples(at) } })
    };
    let one = spot(&loose[..1], "Bass", 0);
    let error = bench.refused("CId_SpotClipsByID", one).await;
    assert_eq!(error, "PT_CannotBeDone", "a stereo track wants both ids");
    for (body, kind) in [
        (spot(&loose, "Vox", 0), "PT_CannotBeDone"),
        (spot(&loose, "Verb", 0), "PT_ForbiddenTrackType"),
        (spot(&loose, "Nobody", 0), "PT_NoTrackFound"),
        (spot(&["{0}".to_owned()], "Bass", 0), "PT_NoClipsFound"),
        (spot(&[], "Bass", 0), "PT_NoClipsFound"),
    ] {
        assert_eq!(bench.refused("CId_SpotClipsByID", body).await, kind);
    }
    // Over the end of the session, which grows; and into a new stereo track.
    bench
        .ok("CId_SpotClipsByID", spot(&loose, "Bass", 47_900))
        .await;
    let new = json!({ "number_of_tracks": 1, "track_name": "New", "track_format": "TF_Stereo",
        "track_type": "TT_Audio", "track_timebase": "TTB_Samples" });
    bench.ok("CreateNewTracks", new).await;
    let timecode = json!({ "src_clips": loose, "dst_track_name": "New",
        "dst_location_data": { "location_type": "Start", "location_value": "01:00:02:00",
            "location_options": "TimeCode" } });
    bench.ok("CId_SpotClipsByID", timecode).await;
    let clip = |kind: &str, start, end| (kind.to_owned(), start, end);
    assert_eq!(
        shape(&elements(&mut bench, "Bass").await),
        [clip("clip", 0, 47_900), clip("clip", 47_900, 48_100)]
    );
    bench.set("SetTrackSoloState", &["New", "Bass"], true).await;
    for (name, from, to, value) in [
        ("before", 0, 100, 0.0625),
        ("after", 48_000, 48_100, 0.0625),
        ("none", 48_100, 48_200, 0.0),
        ("new", 96_000, 96_200, 0.0625),
    ] {
        let mut request = mix_request(&out, name, "Bit32Float");
        request["start_time"] = samples(from);
        request["end_time"] = samples(to);
        bench.ok("ExportMix", request).await;
        let frames = usize::try_from(to - from).unwrap();
        let file = out.join(format!("{name}.wav"));
        assert_eq!(read_constant(&file), (frames, value, value), "{name}");
    }

    // Gain and fades of clips are heard, before and after.
    bench.set("SetTrackSoloState", &["Vox"], true).await;
    bench
        .set("SetTrackSoloState", &["New", "Bass"], false)
        .await;
    let mut vox = mix_request(&out, "vox", "Bit32Float");
    bench.ok("ExportMix", vox.clone()).await;
    let heard = std::fs::read(out.join("vox.wav")).unwrap();
    let before = (
        bench.ok("CId_GetClipList", json!({})).await,
        elements(&mut bench, "Vox").await,
        elements(&mut bench, "Vox.01").await,
        elements(&mut bench, "New").await,
    );
    let path = bench.ok("GetSessionPath", Value::Null).await;
    bench
        .ok("CloseSession", json!({ "save_on_close": true }))
        .await;
    let open = json!({ "session_path": path["session_path"]["path"] });
    bench.ok("OpenSession", open).await;
    vox["file_name"] = json!("vox again");
    bench.ok("ExportMix", vox).await;
    assert_eq!(std::fs::read(out.join("vox again.wav")).unwrap(), heard);
    let after = elements(&mut bench, "Vox").await;
    assert_eq!(shape(&after), shape(&before.1));
    assert_eq!(after[4]["clip_instance_attributes"]["is_muted"], true);
    assert_eq!(
        shape(&elements(&mut bench, "Vox.01").await),
        shape(&before.2)
    );
    assert_eq!(shape(&elements(&mut bench, "New").await), shape(&before.3));
    let roots = |answer: &Value| -> Vec<String> {
        let clips = answer["clips"].as_array().unwrap();
        let mut names: Vec<_> = clips
            .iter()
            .map(|clip| clip["clip_root_name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let list = bench.ok("CId_GetClipList", json!({})).await;
    assert_eq!(roots(&list), roots(&before.0), "no clip was lost");
    bench.end().await;
}

#[tokio::test]
async fn the_selected_clip_is_spotted() {
    let mut bench = edited().await;
    let body = |at: i64| {
        json!({ "track_offset_options": "Samples",
        "location_data": { "location_type": "Start", "location_options": "Samples",
            "location_value": at.to_string() } })
    };
    assert_eq!(bench.refused("Spot", body(5)).await, "PT_NoClipsFound");
    let names = json!({ "track_names": ["Vox"], "selection_mode": "SM_Replace" });
    bench.ok("SelectTracksByName", names).await;
    let selection = json!({ "in_time": "2900", "out_time": "3600",
        "location_type": "TLType_Samples" });
    bench.ok("SetTimelineSelection", selection).await;
    bench.ok("Spot", body(10_000)).await;
    let found = shape(&elements(&mut bench, "Vox").await);
    assert_eq!(found[4], ("clip".to_owned(), 10_000, 10_500));
    assert_eq!(found[5], ("FadeType_Out".to_owned(), 10_450, 10_500));
    assert_eq!(found.len(), 6);
    bench.end().await;
}

#[tokio::test]
async fn files_are_found_by_filters() {
    let mut bench = edited().await;
    let names = |answer: &Value| -> Vec<String> {
        let files = answer["file_locations"].as_array().unwrap();
        let name = |file: &Value| {
            let path = PathBuf::from(file["path"].as_str().unwrap());
            path.file_stem().unwrap().to_string_lossy().into_owned()
        };
        files.iter().map(name).collect()
    };
    let all = bench.ok("GetFileLocation", json!({})).await;
    assert_eq!(names(&all), ["Kick", "Snare", "Bass", "Vox"]);
    assert_eq!(all["file_locations"][0]["info"]["is_online"], true);
    std::fs::remove_file(all["file_locations"][1]["path"].as_str().unwrap()).unwrap();
    for (filters, expected) in [
        (json!(["All_Files"]), vec!["Kick", "Snare", "Bass", "Vox"]),
        (json!(["Offline_Files"]), vec!["Snare"]),
        (
            json!(["OnTimeline_Files", "Online_Files"]),
            vec!["Kick", "Bass", "Vox"],
        ),
        (json!(["Video_Files"]), vec![]),
    ] {
        let body = json!({ "file_filters": filters });
        let answer = bench.ok("GetFileLocation", body).await;
        assert_eq!(names(&answer), expected);
    }
    let body = json!({ "pagination_request": { "limit": 1, "offset": 2 } });
    let page = bench.ok("GetFileLocation", body).await;
    assert_eq!(names(&page), ["Bass"]);
    assert_eq!(page["stats"]["total"], 4);

    let paths = |at: usize| all["file_locations"][at]["path"].clone();
    let body = json!({ "file_list": [paths(0), paths(1), "/nowhere.wav"] });
    let answer = bench.ok("RefreshTargetAudioFiles", body).await;
    assert_eq!(
        (&answer["success_count"], &answer["failure_count"]),
        (&json!(1), &json!(2))
    );
    bench.ok("RefreshAllModifiedAudioFiles", Value::Null).await;
    bench.end().await;
}

#[tokio::test]
async fn clips_are_made_of_files() {
    let mut bench = edited().await;
    let all = bench.ok("GetFileLocation", json!({})).await;
    let id = |at: usize| all["file_locations"][at]["file_id"].clone();
    let point = |at: i64| json!({ "position": at, "time_type": "BTType_Samples" });
    let entry = |name: &str, file: Value, from: i64, to: i64| {
        json!({ "name": name, "clip_info": [{ "file_id": file, "src_start_point": point(from),
            "src_end_point": point(to) }] })
    };
    let body = json!({ "clip_list": [entry("Hit", id(0), 10, 20), entry("Low", id(2), 0, 50)] });
    let answer = bench.ok("CId_CreateAudioClips", body).await;
    assert_eq!(
        answer["clip_list"][0]["clip_ids"].as_array().unwrap().len(),
        1
    );
    assert_eq!(
        answer["clip_list"][1]["clip_ids"].as_array().unwrap().len(),
        2
    );
    let hit = clip_ids(&mut bench, "Hit").await;
    assert_eq!(answer["clip_list"][0]["clip_ids"], json!(hit));
    // One that is wrong keeps all from being made.
    let far = i64::try_from(LENGTH).unwrap() + 1;
    let body = json!({ "clip_list": [entry("A", id(0), 1, 2), entry("B", id(0), 0, far)] });
    assert_eq!(
        bench.refused("CId_CreateAudioClips", body).await,
        "PT_ArgumentOutOfRange"
    );
    assert!(clip_ids(&mut bench, "A").await.is_empty());
    bench.end().await;
}

/// Numbers and texts that mean no good: refused, and nothing changes.
#[tokio::test]
async fn hostile_bodies_change_nothing() {
    let mut bench = edited().await;
    let before = bench.ok("CId_GetClipList", json!({})).await;
    let id = before["clips"][0]["clip_id"].clone();
    let file = before["clips"][0]["file_id"].clone();
    let far = i64::MAX;
    let point = |at: i64| json!({ "position": at, "time_type": "BTType_Samples" });
    let place = |text: &str| json!({ "location_type": "End", "location_value": text });
    let clip = |from: i64, to: i64| {
        json!({ "clip_list": [{ "clip_info": [{ "file_id": file, "src_start_point": point(from),
            "src_end_point": point(to) }] }] })
    };
    let page = |limit: i64| json!({ "pagination_request": { "limit": limit, "offset": 0 } });
    let spot =
        |at: Value| json!({ "src_clips": [id], "dst_track_name": "Kick", "dst_location_data": at });
    for (command, body, kind) in [
        ("CId_GetClipList", page(-1), "PT_InvalidParameter"),
        ("GetFileLocation", page(-1), "PT_InvalidParameter"),
        (
            "CId_CreateAudioClips",
            clip(far, far),
            "PT_ArgumentOutOfRange",
        ),
        (
            "CId_CreateAudioClips",
            clip(i64::MIN, 5),
            "PT_ArgumentOutOfRange",
        ),
        ("CId_CreateAudioClips", clip(9, 3), "PT_ArgumentOutOfRange"),
        ("CId_CreateAudioClips", json!({}), "PT_InvalidParameter"),
        (
            "CId_CreateAudioClips",
            json!({ "clip_list": [{}] }),
            "PT_InvalidParameter",
        ),
        (
            "CId_SpotClipsByID",
            spot(place("five")),
            "PT_InvalidParameter",
        ),
        (
            "CId_SpotClipsByID",
            spot(json!({ "location": samples(far) })),
            "PT_ArgumentOutOfRange",
        ),
        (
            "CId_SpotClipsByID",
            spot(Value::Null),
            "PT_InvalidParameter",
        ),
        (
            "CId_SpotClipsByID",
            spot(place("01:00:00:01")),
            "PT_ArgumentOutOfRange",
        ),
        ("Spot", json!({}), "PT_InvalidParameter"),
        ("Import", json!({ "audio_data": 7 }), "PT_InvalidParameter"),
        ("RefreshTargetAudioFiles", json!({}), "PT_InvalidParameter"),
    ] {
        let error = bench.refused(command, body.clone()).await;
        assert_eq!(error, kind, "{command} {body}");
    }
    let after = bench.ok("CId_GetClipList", json!({})).await;
    assert_eq!(after, before);
    let kick = elements(&mut bench, "Kick").await;
    assert_eq!(kick.len(), 1);
    bench.end().await;
}

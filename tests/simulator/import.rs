//! Import and export of audio: what is brought in sounds sample for sample, what goes out is what
//! lay in the file, and what cannot be done leaves nothing behind.

use super::clips::{clip_ids, elements, samples, shape};
use super::*;

/// A 24-bit WAV whose samples all differ.
fn ramp(path: &Path, channels: u16, rate: u32, frames: usize) -> Vec<f64> {
    let spec = WriteSpec {
        sample_rate: rate,
        channels,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let values: Vec<f64> = (0..frames * usize::from(channels))
        .map(|index| index as f64 / 8_388_608.0)
        .collect();
    let mut writer = Writer::create(path, spec).unwrap();
    writer.write(&values).unwrap();
    writer.finish().unwrap();
    values
}

fn read_all(path: &Path) -> (u16, Vec<f64>) {
    let mut reader = Reader::open(path).unwrap();
    let channels = reader.info().channels;
    let mut samples = Vec::new();
    let mut block = vec![0.0; 4096 * usize::from(channels)];
    loop {
        let frames = reader.read(&mut block).unwrap();
        if frames == 0 {
            return (channels, samples);
        }
        samples.extend_from_slice(&block[..frames * usize::from(channels)]);
    }
}

fn import(file: &Path, operations: &str, destination: &str, location: Value) -> Value {
    json!({ "import_type": "Audio", "audio_data": {
        "file_list": [file], "audio_operations": operations, "audio_destination": destination,
        "audio_location": "ML_Spot", "destination_path": "", "location_data": location } })
}

fn spot(at: i64) -> Value {
    json!({ "location_type": "Start", "location_options": "Samples",
        "location_value": at.to_string() })
}

async fn names(bench: &mut Bench) -> Vec<String> {
    let tracks = bench.tracks().await;
    let name = |track: &Value| track["name"].as_str().unwrap().to_owned();
    tracks.iter().map(name).collect()
}

/// Bounces the soloed tracks.
async fn bounce(bench: &mut Bench, name: &str, from: i64, to: i64) -> Vec<f64> {
    let out = bench.path("out");
    std::fs::create_dir_all(&out).unwrap();
    let mut request = mix_request(&out, name, "Bit32Float");
    request["start_time"] = samples(from);
    request["end_time"] = samples(to);
    bench.ok("ExportMix", request).await;
    read_all(&out.join(format!("{name}.wav"))).1
}

async fn session_folder(bench: &mut Bench) -> PathBuf {
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = PathBuf::from(path["session_path"]["path"].as_str().unwrap());
    path.parent().unwrap().to_owned()
}

#[tokio::test]
async fn an_imported_file_is_heard_as_it_is() {
    let mut bench = Bench::open().await;
    let file = bench.path("Take 7.wav");
    let values = ramp(&file, 2, RATE, 3_000);
    for (operations, name) in [("AddAudio", "Take 7"), ("CopyAudio", "Take 7 1")] {
        let body = import(&file, operations, "MD_NewTrack", spot(50_000));
        let answer = bench.ok("Import", body).await;
        let used = PathBuf::from(answer["file_list"][0].as_str().unwrap());
        let folder = session_folder(&mut bench).await;
        match operations {
            "AddAudio" => assert_eq!(used, file),
            _ => assert_eq!(used, folder.join("Audio Files/Take 7.wav")),
        }
        assert_eq!(names(&mut bench).await.last().unwrap(), name);
        bench.set("SetTrackSoloState", &[name], true).await;
        let heard = bounce(&mut bench, name, 49_990, 53_010).await;
        bench.set("SetTrackSoloState", &[name], false).await;
        assert!(heard[..20].iter().chain(&heard[6_020..]).all(|s| *s == 0.0));
        assert_eq!(heard[20..6_020], values, "{operations}");
    }
    // The copy and the link are two files, with a clip of their own each.
    assert_eq!(clip_ids(&mut bench, "Take 7").await.len(), 2);
    assert_eq!(clip_ids(&mut bench, "Take 7-01").await.len(), 2);
    // A mono file stands in the middle, as a new track of Pro Tools does.
    let mono = bench.path("Mono.wav");
    let values = ramp(&mono, 1, RATE, 100);
    bench
        .ok("Import", import(&mono, "AddAudio", "MD_NewTrack", spot(10)))
        .await;
    bench.set("SetTrackSoloState", &["Mono"], true).await;
    let heard = bounce(&mut bench, "mono", 10, 110).await;
    for (both, value) in heard.chunks(2).zip(values) {
        let side = value * std::f64::consts::FRAC_1_SQRT_2;
        assert_eq!(both[0], both[1]);
        assert!((both[0] - side).abs() < 1e-7, "{} {side}", both[0]);
    }
    let end = json!({ "location_type": "End", "location": samples(5_000) });
    let early = json!({ "location_type": "End", "location": samples(50) });
    assert_eq!(
        bench
            .refused("Import", import(&file, "AddAudio", "MD_NewTrack", early))
            .await,
        "PT_ArgumentOutOfRange"
    );
    bench
        .ok("Import", import(&file, "AddAudio", "MD_NewTrack", end))
        .await;
    let third = elements(&mut bench, "Take 7 2").await;
    assert_eq!(shape(&third), [("clip".to_owned(), 2_000, 5_000)]);
    bench.end().await;
}

#[tokio::test]
async fn undo_takes_an_import_back() {
    let mut bench = Bench::open().await;
    let file = bench.path("Take.wav");
    ramp(&file, 1, RATE, 100);
    let before = names(&mut bench).await;
    bench
        .ok("Import", import(&file, "AddAudio", "MD_NewTrack", spot(0)))
        .await;
    assert_eq!(names(&mut bench).await.len(), before.len() + 1);
    let undone = bench.ok("CId_Undo", json!({ "levels": 1 })).await;
    assert_eq!(undone["operations"][0]["operation"], "Import Audio");
    assert_eq!(names(&mut bench).await, before);
    bench.ok("CId_Redo", json!({ "levels": 1 })).await;
    assert_eq!(names(&mut bench).await.len(), before.len() + 1);
    assert_eq!(elements(&mut bench, "Take").await.len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_and_leaves_nothing() {
    let mut bench = Bench::open().await;
    let fast = bench.path("Fast.wav");
    ramp(&fast, 1, 44_100, 100);
    let good = bench.path("Good.wav");
    ramp(&good, 1, RATE, 100);
    let before = names(&mut bench).await;
    let missing = bench.path("no.wav");
    let to_track = |file: &Path, operations: &str| import(file, operations, "MD_NewTrack", spot(0));
    let mut no_location = to_track(&good, "AddAudio");
    no_location["audio_data"]
        .as_object_mut()
        .unwrap()
        .remove("location_data");
    for (body, kind) in [
        (to_track(&fast, "AddAudio"), "PT_CannotBeDone"),
        (to_track(&fast, "CopyAudio"), "PT_CannotBeDone"),
        (to_track(&missing, "AddAudio"), "PT_FileNotFound"),
        (no_location, "PT_InvalidParameter"),
        (json!({ "import_type": "Audio" }), "PT_UnknownError"),
        (json!({ "import_type": "Session" }), "PT_InvalidParameter"),
        (
            import(&good, "AddAudio", "MD_MainVideoTrack", spot(0)),
            "PT_NoVideoTrackFound",
        ),
        (
            json!({ "import_type": "Session", "session_path": bench.path("song"), "session_data": {} }),
            "PT_InvalidParameter",
        ),
    ] {
        assert_eq!(bench.refused("Import", body.clone()).await, kind, "{body}");
    }
    let (_, message) = bench
        .call("Import", to_track(&fast, "AddAudio"))
        .await
        .unwrap_err();
    assert!(
        message.starts_with("No audio files were imported"),
        "{message}"
    );
    assert_eq!(names(&mut bench).await, before);
    let folder = session_folder(&mut bench).await.join("Audio Files");
    let left = std::fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(left, 0);
    let error = bench.refused("ImportVideo", json!({ "video_file_list": ["/a.mov"] }));
    assert_eq!(error.await, "PT_NoVideoEngineFound");
    let error = bench.refused("CId_WriteSelectedTranscriptionToJSONFile", Value::Null);
    assert_eq!(error.await, "PT_CannotBeDone");
    bench.end().await;
}

/// Pro Tools completes such an import and brings in nothing; only converting helps.
#[tokio::test]
async fn foreign_formats_come_in_by_conversion_only() {
    let mut bench = Bench::open().await;
    let file = bench.path("Take.flac");
    let values = ramp(&file, 1, RATE, 50);
    let before = names(&mut bench).await;
    let answer = bench
        .ok("Import", import(&file, "CopyAudio", "MD_NewTrack", spot(0)))
        .await;
    assert_eq!(answer["file_list"], json!([]));
    assert_eq!(names(&mut bench).await, before);
    let answer = bench
        .ok(
            "Import",
            import(&file, "ConvertAudio", "MD_NewTrack", spot(0)),
        )
        .await;
    let used = Path::new(answer["file_list"][0].as_str().unwrap());
    assert!(used.ends_with("Audio Files/Take.wav"));
    assert_eq!(read_all(used), (1, values));
    assert_eq!(names(&mut bench).await.len(), before.len() + 1);
    bench.end().await;
}

#[tokio::test]
async fn the_clip_list_takes_files_and_tells_failures() {
    let mut bench = Bench::open().await;
    let good = bench.path("Good.wav");
    let values = ramp(&good, 1, RATE, 500);
    let fast = bench.path("Fast.wav");
    ramp(&fast, 3, RATE, 10);
    let body = json!({ "file_list": [good, fast, "/no.wav"], "audio_operations": "ConvertAudio" });
    let answer = bench.ok("CId_ImportAudioToClipList", body).await;
    assert_eq!(answer["failure_list"].as_array().unwrap().len(), 2);
    let entry = &answer["file_list"][0];
    assert_eq!(entry["original_input_path"], json!(good));
    let file = &entry["destination_file_list"][0];
    let ids = clip_ids(&mut bench, "Good").await;
    assert_eq!(file["clip_id_list"], json!(ids));
    let (channels, copied) = read_all(Path::new(file["file_path"].as_str().unwrap()));
    assert_eq!((channels, copied), (1, values));
    let info = json!({ "file_id": file["file_id"] });
    let info = bench.ok("CId_GetMediaFileInfo", info).await;
    assert_eq!(info["audio_file_info"]["length"]["length"], 500);
    let off = json!({ "file_filters": ["NotOnTimeline_Files"] });
    let off = bench.ok("GetFileLocation", off).await;
    assert_eq!(off["file_locations"][0]["file_id"], file["file_id"]);

    // It is in the list still when the session was closed and opened.
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let close = json!({ "save_on_close": true });
    bench.ok("CloseSession", close).await;
    let open = json!({ "session_path": path["session_path"]["path"] });
    bench.ok("OpenSession", open).await;
    assert_eq!(clip_ids(&mut bench, "Good").await, ids);
    bench.end().await;
}

#[tokio::test]
async fn exported_clips_are_what_lay_in_the_file() {
    let mut bench = Bench::open().await;
    let file = bench.path("Take.wav");
    let values = ramp(&file, 2, RATE, 2_000);
    let out = bench.path("clips");
    std::fs::create_dir(&out).unwrap();
    let export = |format: &str, bits: &str, duplicates: &str| {
        json!({ "file_path": format!("{}/", out.display()), "format": format, "file_type": "WAV",
            "bit_depth": bits, "duplicate_names": duplicates })
    };
    let request = export("EF_Interleaved", "Bit24", "AutoRenaming");
    let error = bench.refused("ExportClipsAsFiles", request.clone()).await;
    assert_eq!(error, "PT_NoSelection");
    bench
        .ok("Import", import(&file, "AddAudio", "MD_NewTrack", spot(0)))
        .await;
    let names = json!({ "track_names": ["Take"], "selection_mode": "SM_Replace" });
    bench.ok("SelectTracksByName", names).await;
    let selection =
        json!({ "in_time": "0", "out_time": "2000", "location_type": "TLType_Samples" });
    bench.ok("SetTimelineSelection", selection).await;
    bench.ok("ExportClipsAsFiles", request.clone()).await;
    let bytes = |name: &str| std::fs::read(out.join(name)).unwrap();
    assert_eq!(bytes("Take.wav"), std::fs::read(&file).unwrap());
    bench.ok("ExportClipsAsFiles", request).await;
    assert_eq!(bytes("Take-01.wav"), bytes("Take.wav"));

    let request = export("EF_MultipleMono", "Bit32Float", "AutoRenaming");
    bench.ok("ExportClipsAsFiles", request).await;
    for (channel, name) in ["Take.L.wav", "Take.R.wav"].into_iter().enumerate() {
        let expected: Vec<f64> = values.iter().skip(channel).step_by(2).copied().collect();
        assert_eq!(read_all(&out.join(name)), (1, expected), "{name}");
    }
    let request = export("EF_Mono", "Bit32Float", "ReplacingWithNewFiles");
    bench.ok("ExportClipsAsFiles", request).await;
    assert_eq!(read_all(&out.join("Take.wav")).0, 1);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 4);

    let mut aiff = export("EF_Mono", "Bit16", "AutoRenaming");
    aiff["file_type"] = json!("AIFF");
    assert_eq!(
        bench.refused("ExportClipsAsFiles", aiff).await,
        "PT_CannotBeDone"
    );
    let mut mac = export("EF_Mono", "Bit16", "AutoRenaming");
    mac["file_path"] = json!("Macintosh HD:tmp");
    assert_eq!(
        bench.refused("ExportClipsAsFiles", mac).await,
        "PT_UnknownError"
    );
    bench.end().await;
}

#[tokio::test]
async fn tracks_of_another_session_come_in() {
    let mut bench = Bench::open().await;
    let other = bench.path("other");
    std::fs::create_dir_all(other.join("audio")).unwrap();
    let values = ramp(&other.join("audio/gtr.wav"), 2, RATE, 1_000);
    let session = json!({ "version": 1, "rate": RATE, "length": 1_000, "timecode_rate": "25",
        "start_timecode": "01:00:02:00", "tracks": [
            { "name": "GTRS", "type": "folder" },
            { "name": "Gtr", "channels": 2, "folder": "GTRS", "pan": null, "volume_points": [[0, -6.0]],
              "clips": [{ "file": "audio/gtr.wav", "start": 100, "length": 900, "gain_db": 6.0 }] },
            { "name": "Bass", "channels": 2,
              "clips": [{ "file": "audio/gtr.wav", "start": 0, "length": 10 }] }] });
    std::fs::write(other.join("session.json"), session.to_string()).unwrap();
    let body = |matching: &str, playlists: &str, mapping: &str, audio: &str| {
        json!({ "session_path": other, "import_type": "Session", "session_data": {
            "audio_options": audio, "match_options": matching, "playlist_options": playlists,
            "timecode_mapping_units": mapping, "timecode_mapping_start_time": "01:00:01:00",
            "track_data_to_import": { "clips_and_media": true } } })
    };
    let new = |mapping: &str, audio: &str| {
        body(
            "MT_ImportAsNewTrack",
            "ImportReplaceExistingPlaylists",
            mapping,
            audio,
        )
    };
    let before = names(&mut bench).await;
    let link = "LinkToSourceAudio";
    let consolidate = new(
        "MaintainRelativeTimeCodeValues",
        "ConsolidateFromSourceAudio",
    );
    assert_eq!(
        bench.refused("Import", consolidate).await,
        "PT_CannotBeDone"
    );
    // Nobody said where the tracks go: nothing comes.
    let none = body(
        "MT_None",
        "ImportReplaceExistingPlaylists",
        "MapStartTimeCodeTo",
        link,
    );
    bench.ok("Import", none).await;
    assert_eq!(names(&mut bench).await, before);

    for (mapping, audio, gtr, start) in [
        ("MaintainAbsoluteTimeCodeValues", link, "Gtr", 96_100),
        (
            "MaintainRelativeTimeCodeValues",
            "CopyFromSourceAudio",
            "Gtr 1",
            100,
        ),
        ("MapStartTimeCodeTo", link, "Gtr 2", 48_100),
    ] {
        bench.ok("Import", new(mapping, audio)).await;
        let found = elements(&mut bench, gtr).await;
        assert_eq!(
            shape(&found),
            [("clip".to_owned(), start, start + 900)],
            "{mapping}"
        );
        bench.set("SetTrackSoloState", &[gtr], true).await;
        let heard = bounce(&mut bench, mapping, start, start + 900).await;
        bench.set("SetTrackSoloState", &[gtr], false).await;
        assert_eq!(
            heard,
            values[..1_800],
            "without gain and automation: {mapping}"
        );
    }
    let tracks = bench.tracks().await;
    let folder = |name: &str| {
        let track = tracks.iter().find(|track| track["name"] == name).unwrap();
        track["parent_folder_name"].clone()
    };
    assert_eq!(
        (folder("Gtr"), folder("Gtr 1")),
        (json!("GTRS"), json!("GTRS 1"))
    );
    let copied = session_folder(&mut bench).await.join("Audio Files/gtr.wav");
    assert!(copied.is_file());

    let long = i64::try_from(LENGTH).unwrap();
    for (playlists, expected) in [
        ("DoNotImport", vec![("clip".to_owned(), 0, long)]),
        (
            "ImportOverlayNewOnExistingPlaylists",
            vec![("clip".to_owned(), 0, 10), ("clip".to_owned(), 10, long)],
        ),
        (
            "ImportReplaceExistingPlaylists",
            vec![("clip".to_owned(), 0, 10)],
        ),
    ] {
        let mapping = "MaintainRelativeTimeCodeValues";
        bench
            .ok("Import", body("MT_MatchTracks", playlists, mapping, link))
            .await;
        assert_eq!(
            shape(&elements(&mut bench, "Bass").await),
            expected,
            "{playlists}"
        );
    }
    bench.end().await;
}

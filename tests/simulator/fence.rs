//! `--root`: clients write and read below one folder, whatever path they name and however it leads out.

use super::*;

async fn fenced() -> Bench {
    let options = Options {
        root: Some(PathBuf::from("ground")),
        allow_control: true,
        ..Options::default()
    };
    let mut bench = Bench::start(|root| SessionChoice::Open(root.to_owned()), options).await;
    std::fs::create_dir(bench.path("beyond")).unwrap();
    std::fs::create_dir(bench.path("ground/in")).unwrap();
    let all = json!({ "in_time": "0", "out_time": "48000", "location_type": "TLType_Samples" });
    bench.ok("SetTimelineSelection", all).await;
    let names = json!({ "track_names": ["Kick"], "selection_mode": "SM_Replace" });
    bench.ok("SelectTracksByName", names).await;
    bench
}

/// The id of the track Kick.
async fn kick(bench: &mut Bench) -> Value {
    let tracks = bench.tracks().await;
    tracks.iter().find(|track| track["name"] == "Kick").unwrap()["id"].clone()
}

/// Every command that takes a folder or file to write, with this one in it.
fn writing(place: &Path, kick: &Value) -> Vec<(&'static str, Value)> {
    let mix = mix_request(place, "mix", "Bit24");
    let mut into_session = mix.clone();
    into_session["location_info"]["file_destination"] = json!("EM_FD_SessionFolder");
    let track = json!({ "src_track_id": kick, "file_name_prefix": "bt", "file_type": "EMFType_WAV",
        "audio_info": mix["audio_info"], "location_info": mix["location_info"],
        "offline_bounce": "TB_True" });
    let new = json!({ "session_name": "New", "session_location": place, "file_type": "FT_WAVE",
        "sample_rate": "SR_48000", "bit_depth": "Bit24", "is_interleaved": true });
    let clips = json!({ "file_path": place, "format": "EF_Interleaved", "file_type": "WAV",
        "bit_depth": "Bit24", "duplicate_names": "AutoRenaming" });
    let text = json!({ "output_type": "ESI_File", "output_path": place.join("session.txt") });
    vec![
        ("ExportMix", mix),
        ("ExportMix", into_session),
        ("BounceTrack", track),
        ("ExportClipsAsFiles", clips),
        ("ExportSessionInfoAsText", text),
        (
            "SaveSessionAs",
            json!({ "session_name": "Saved", "session_location": place }),
        ),
        ("CreateSession", new),
    ]
}

fn import(file: &Path, operations: &str, into: &str) -> Value {
    json!({ "import_type": "Audio", "audio_data": { "file_list": [file],
        "audio_operations": operations, "audio_destination": "MD_NewTrack",
        "audio_location": "ML_SessionStart", "destination_path": into,
        "location_data": { "location_type": "Start", "location_options": "Samples",
            "location_value": "0" } } })
}

fn import_session(path: &Path) -> Value {
    json!({ "session_path": path, "import_type": "Session", "session_data": {
        "audio_options": "CopyFromSourceAudio", "match_options": "MT_ImportAsNewTrack",
        "playlist_options": "ImportReplaceExistingPlaylists",
        "timecode_mapping_units": "MaintainRelativeTimeCodeValues",
        "timecode_mapping_start_time": "01:00:00:00",
        "track_data_to_import": { "clips_and_media": true } } })
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

#[tokio::test]
async fn clients_write_below_the_root_alone() {
    let mut bench = fenced().await;
    let kick = kick(&mut bench).await;
    let (beyond, ground) = (bench.path("beyond"), bench.path("ground"));
    let mut ways = vec![
        beyond.clone(),
        ground.join("../beyond"),
        ground.join("in/../../beyond"),
    ];
    #[cfg(unix)]
    {
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(bench.path(to), ground.join(name)).unwrap();
        };
        link("beyond", "out");
        link("nowhere", "dangling");
        ways.extend([
            ground.join("out"),
            ground.join("dangling"),
            ground.join("out/deeper"),
        ]);
    }
    // A name that only begins like the root.
    std::fs::create_dir(bench.path("ground2")).unwrap();
    ways.push(bench.path("ground2"));
    for way in &ways {
        for (command, body) in writing(way, &kick) {
            let (kind, message) = bench.call(command, body.clone()).await.unwrap_err();
            assert_eq!(kind, "OS_WritePermissions", "{command} {body}");
            assert!(message.contains("does not lie below"), "{message}");
        }
    }
    let mine = bench.path("song/audio/Kick.wav");
    for (operations, into) in [
        ("CopyAudio", &beyond),
        ("ConvertAudio", &ground.join("../beyond")),
    ] {
        let body = import(&mine, operations, into.to_str().unwrap());
        assert_eq!(bench.refused("Import", body).await, "OS_WritePermissions");
    }
    for place in ["beyond", "ground2"] {
        assert_eq!(files(&bench.path(place)), Vec::<String>::new(), "{place}");
    }
    assert!(!bench.path("nowhere").exists());

    // All of it works below the root.
    for (command, body) in writing(&ground.join("in"), &kick) {
        // The same file a second time, in the session's folder by a whole path.
        if body["location_info"]["file_destination"] == "EM_FD_SessionFolder" {
            continue;
        }
        bench.ok(command, body).await;
    }
    let made = files(&ground.join("in"));
    for name in ["New", "Saved", "bt.wav", "mix.wav", "session.txt"] {
        assert!(made.iter().any(|made| made == name), "{name} in {made:?}");
    }
    bench.end().await;
}

#[tokio::test]
async fn what_needs_no_path_stays_below_the_root_too() {
    let mut bench = fenced().await;
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = PathBuf::from(path["session_path"]["path"].as_str().unwrap());
    let ground = bench.path("ground").canonicalize().unwrap();
    assert!(path.starts_with(&ground), "{}", path.display());
    let folder = path.parent().unwrap().to_owned();
    let mut mix = mix_request(Path::new(""), "mix", "Bit24");
    mix["location_info"] = json!({ "file_destination": "EM_FD_SessionFolder", "directory": "" });
    bench.ok("ExportMix", mix).await;
    assert!(folder.join("Bounced Files/mix.wav").is_file());
    bench.ok("SaveSession", Value::Null).await;
    bench.ok("ConsolidateClip", Value::Null).await;
    assert!(folder.join("Audio Files/Kick_01.wav").is_file());
    bench.end().await;
}

#[tokio::test]
async fn clients_read_below_the_root_and_what_is_served() {
    let mut bench = fenced().await;
    let ground = bench.path("ground");
    constant(&bench.path("beyond/Secret.wav"), 1, 0.5);
    constant(&ground.join("Fine.wav"), 1, 0.5);
    let secret = bench.path("beyond/Secret.wav");
    let mut ways = vec![secret.clone(), ground.join("../beyond/Secret.wav")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, ground.join("Link.wav")).unwrap();
        ways.push(ground.join("Link.wav"));
    }
    for way in &ways {
        let body = import(way, "CopyAudio", "");
        assert_eq!(
            bench.refused("Import", body).await,
            "OS_ReadError",
            "{way:?}"
        );
        let body = json!({ "file_list": [way], "audio_operations": "CopyAudio" });
        let refused = bench.refused("CId_ImportAudioToClipList", body).await;
        assert_eq!(refused, "OS_ReadError", "{way:?}");
    }
    for mine in [ground.join("Fine.wav"), bench.path("song/audio/Kick.wav")] {
        bench.ok("Import", import(&mine, "CopyAudio", "")).await;
    }

    // Sessions elsewhere, and sessions of the root that play what lies elsewhere.
    write_session(&bench.path("beyond/song"));
    let planted = ground.join("planted");
    std::fs::create_dir(&planted).unwrap();
    let session = |file: &Path| {
        json!({ "version": 1, "rate": RATE, "length": LENGTH, "tracks": [{ "name": "A",
            "channels": 1, "clips": [{ "file": file, "start": 0, "length": LENGTH }] }] })
    };
    let plant = |file: &Path| {
        std::fs::write(planted.join("session.json"), session(file).to_string()).unwrap();
    };
    let control = |path: &Path| json!({ "switch_session": path }).to_string();
    let mut refused = vec![bench.path("beyond/song"), ground.join("../beyond/song")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(bench.path("beyond/song"), ground.join("song")).unwrap();
        refused.push(ground.join("song"));
    }
    refused.push(planted.clone());
    for file in ["../../beyond/Secret.wav", secret.to_str().unwrap()] {
        plant(Path::new(file));
        for path in &refused {
            let open = json!({ "session_path": path });
            let kind = bench.refused("OpenSession", open).await;
            assert_eq!(kind, "OS_ReadError", "{path:?}");
            let kind = bench.refused("Import", import_session(path)).await;
            assert_eq!(kind, "OS_ReadError", "{path:?}");
            let answer = bench
                .send(pt_stem::simulator::control::COMMAND, &control(path))
                .await;
            assert!(outcome(&answer).is_err(), "{path:?}");
        }
    }
    let name = bench.ok("GetSessionName", Value::Null).await;
    assert_eq!(name["session_name"], "Söng");
    plant(Path::new("../Fine.wav"));
    bench.ok("Import", import_session(&planted)).await;
    bench
        .ok("OpenSession", json!({ "session_path": planted }))
        .await;
    assert_eq!(bench.tracks().await.len(), 1);
    bench.end().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_session_of_the_root_has_no_folders_elsewhere() {
    let mut bench = fenced().await;
    let ground = bench.path("ground");
    for name in ["Audio Files", "Bounced Files", "session.json"] {
        let song = ground.join(format!("with {name}"));
        std::fs::create_dir(&song).unwrap();
        let beyond = bench.path(&format!("beyond/{name}"));
        let link = || std::os::unix::fs::symlink(&beyond, song.join(name)).unwrap();
        let text = json!({ "version": 1, "rate": RATE, "length": LENGTH, "tracks": [] });
        if name == "session.json" {
            std::fs::write(&beyond, text.to_string()).unwrap();
        } else {
            std::fs::create_dir(&beyond).unwrap();
            std::fs::write(song.join("session.json"), text.to_string()).unwrap();
        }
        link();
        std::fs::write(song.join("x.ptx"), "").unwrap();
        let open = json!({ "session_path": song.join("x.ptx") });
        assert_eq!(
            bench.refused("OpenSession", open).await,
            "OS_WritePermissions",
            "{name}"
        );
    }
    bench.end().await;
}

#[tokio::test]
async fn a_root_that_is_none_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    for name in ["missing", "file"] {
        let options = Options {
            root: Some(dir.path().join(name)),
            state_dir: dir.path().join("state"),
            ..Options::default()
        };
        let error = Simulator::start(options, CancellationToken::new())
            .await
            .unwrap_err();
        assert!(error.message.contains(name), "{error}");
    }
}

//! Every command of PTSL once, with a plausible request: it is carried out, or refused as a Pro
//! Tools refuses it that lacks what the command needs. And every command with hostile bodies.

use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use pt_stem::ptsl::wire;

/// Commands that are refused by their nature: no video engine, no transcription, no template.
const LACKING: &[(&str, &str)] = &[
    ("UpdateVideo", "PT_NoVideoTrackFound"),
    ("EnableCueProVideoPlugIn", "PT_NoVideoEngineFound"),
    ("ImportVideo", "PT_NoVideoEngineFound"),
    ("ExportSelectedTracksAsAAFOMF", "PT_CannotBeDone"),
    ("WriteSelectedTranscriptionToJSONFile", "PT_CannotBeDone"),
    ("SetTrackOnlineState", "PT_NoTrackFound"),
];

/// What has to be done before a command makes sense.
fn before(command: &str) -> Vec<(&'static str, Value)> {
    let all = || ("SelectAllClipsOnTrack", json!({ "track_name": "Bass" }));
    let range = json!({ "in_time": "4800", "out_time": "9600", "location_type": "TLType_Samples" });
    let range = || ("SetTimelineSelection", range.clone());
    let bass = || ("SelectTracksByName", json!({ "track_names": ["Bass"] }));
    match command {
        "EndScrub" | "ContinueScrub" => vec![("BeginScrub", json!({ "start_position": 0 }))],
        "Paste" => vec![all(), ("Copy", Value::Null)],
        "PasteSpecial" => vec![
            all(),
            (
                "CopySpecial",
                json!({ "automation_data_option": "All_Automation" }),
            ),
        ],
        "Undo" | "UndoAll" => vec![all(), ("Clear", Value::Null)],
        "Redo" | "RedoAll" => vec![
            all(),
            ("Clear", Value::Null),
            ("Undo", json!({ "levels": 1 })),
        ],
        "UngroupClips" | "UngroupAllClips" => vec![all(), ("GroupClips", Value::Null)],
        "RegroupClips" => vec![
            all(),
            ("GroupClips", Value::Null),
            ("UngroupClips", Value::Null),
        ],
        "TrimToSelection" | "ConsolidateClip" | "ExtendSelectionToTargetTracks" => {
            vec![bass(), range()]
        }
        "ExportMix" | "BounceTrack" => vec![range()],
        "ExportSelectedTracksAsAAFOMF" => vec![bass()],
        "Cut"
        | "Copy"
        | "Clear"
        | "CutSpecial"
        | "CopySpecial"
        | "ClearSpecial"
        | "GroupClips"
        | "RepeatSelection"
        | "DuplicateSelection"
        | "RenameSelectedClip"
        | "Spot"
        | "ExportClipsAsFiles"
        | "CreateFadesBasedOnPreset"
        | "WriteSelectedTranscriptionToJSONFile" => vec![bass(), all()],
        _ => vec![],
    }
}

/// Ids that bodies need.
struct Known {
    dir: String,
    session: String,
    kick: String,
    bass: String,
    task: String,
    job: String,
    menu: String,
    clip: String,
    clip_name: String,
    file: String,
    playlist: String,
    wav: String,
}

/// A request as a client would send it.
fn plausible(command: &str, known: &Known) -> Value {
    let at = |sample: &str| json!({ "location": sample, "time_type": "TLType_Samples" });
    let length = json!({ "length": 480, "time_type": "BTType_Samples" });
    let position = json!({ "position": 960, "time_type": "BTType_Samples" });
    let state = |names: &[&str]| json!({ "track_names": names, "enabled": true });
    let mark = json!({ "number": 5, "name": "Chorus", "start_time": "01:00:00:10",
        "time_properties": "TP_Marker", "reference": "MLR_Absolute", "location": "MLC_MainRuler" });
    let volume = json!({ "section": "TSId_MainOut", "control_type": "TCType_Volume" });
    let page = json!({ "limit": 100, "offset": 0 });
    let events = json!({ "events": [{ "event_id": "EId_SessionClosed" }] });
    let start = json!({ "location_type": "SLType_Start", "location_options": "TimeCode",
        "location_value": "01:00:00:00", "location": at("0") });
    let mix = mix_request(Path::new(&known.dir), "coverage", "Bit24");
    let clip_info = json!([{ "file_id": known.file, "src_start_point": position,
        "src_end_point": { "position": 1920, "time_type": "BTType_Samples" } }]);
    match command {
        "CreateSession" => json!({ "session_name": "New", "session_location": known.dir,
            "file_type": "FT_WAVE", "sample_rate": "SR_48000", "bit_depth": "Bit24",
            "input_output_settings": "IO_Last", "is_interleaved": true }),
        "OpenSession" => json!({ "session_path": known.session, "behavior_options": {} }),
        "Import" => json!({ "import_type": "Audio", "audio_data": { "file_list": [known.wav],
            "audio_operations": "CopyAudio", "audio_destination": "MD_NewTrack",
            "audio_location": "ML_SessionStart", "location_data": start } }),
        "GetTrackList" | "GetMemoryLocations" | "GetClipList" => {
            json!({ "pagination_request": page })
        }
        "SelectAllClipsOnTrack" => json!({ "track_name": "Bass" }),
        "ExtendSelectionToTargetTracks" => json!({ "tracks_to_extend_to": ["Kick", "Vox"] }),
        "CreateFadesBasedOnPreset" => {
            json!({ "fade_preset_name": "Linear 10 ms", "auto_adjust_bounds": true })
        }
        "RenameTargetTrack" => json!({ "current_name": "Vox", "new_name": "Lead" }),
        "ExportClipsAsFiles" => {
            json!({ "file_path": format!("{}/", known.dir), "format": "EF_Interleaved",
            "file_type": "EFType_WAV", "bit_depth": "Bit24", "duplicate_names": "AutoRenaming" })
        }
        "ExportSelectedTracksAsAAFOMF" => {
            json!({ "file_type": "AAF_WAV", "container_file_name": "x",
            "container_file_location": known.dir, "sequence_name": "x" })
        }
        "GetTaskStatus" => json!({ "task_id": known.task }),
        "RefreshTargetAudioFiles" => json!({ "file_list": [known.wav] }),
        "GetFileLocation" => json!({ "pagination_request": page, "file_filters": ["All_Files"] }),
        "CloseSession" => json!({ "save_on_close": false }),
        "SaveSessionAs" => json!({ "session_name": "Copy", "session_location": known.dir }),
        "CutSpecial" | "CopySpecial" | "ClearSpecial" => {
            json!({ "automation_data_option": "All_Automation" })
        }
        "PasteSpecial" => json!({ "paste_special_option": "Repeat_To_Fill_Selection" }),
        "ExportMix" => mix,
        "BounceTrack" => json!({ "src_track_id": known.bass, "file_name_prefix": "bt",
            "file_type": "EMFType_WAV", "audio_info": mix["audio_info"],
            "location_info": mix["location_info"], "offline_bounce": "TB_True" }),
        "Spot" => json!({ "track_offset_options": "Samples", "location_data": start }),
        "ExportSessionInfoAsText" => {
            json!({ "include_track_edls": true, "output_type": "ESI_String" })
        }
        "GetDynamicProperties" => json!({ "property_type": "DP_EM_DolbyAtmosInfo" }),
        "SetPlaybackMode" => json!({ "playback_mode": "PM_Loop" }),
        "SetRecordMode" => json!({ "record_mode": "RM_QuickPunch" }),
        "SetSessionAudioFormat" => json!({ "audio_format": "SAF_WAVE" }),
        "SetSessionBitDepth" => json!({ "bit_depth": "Bit16" }),
        "SetSessionInterleavedState" => json!({ "interleaved_state": true }),
        "SetSessionTimeCodeRate" => json!({ "time_code_rate": "STCR_Fps24" }),
        "SetSessionFeetFramesRate" => json!({ "feet_frames_rate": "SFFR_Fps25" }),
        "SetSessionAudioRatePullSettings" => json!({ "audio_rate_pull": "SRP_Up01" }),
        "SetSessionVideoRatePullSettings" => json!({ "video_rate_pull": "SRP_Up01" }),
        "SetSessionStartTime" => {
            json!({ "session_start_time": "00:59:50:00", "track_offset_opts": "TimeCode" })
        }
        "SetSessionLength" => json!({ "session_length": "10:00:00:00" }),
        "ClearMemoryLocation" => json!({ "location_list": [1] }),
        "RenameSelectedClip" => json!({ "clip_location": "CL_Timeline", "new_name": "Bass 2" }),
        "RenameTargetClip" => json!({ "clip_name": known.clip_name, "new_name": "Vox 2" }),
        "EditMemoryLocation" | "CreateMemoryLocation" => mark,
        "RegisterConnection" => json!({ "company_name": "A", "application_name": "B" }),
        "CreateNewTracks" => {
            json!({ "number_of_tracks": 1, "track_name": "New", "track_type": "TT_Audio",
            "track_format": "TF_Mono", "track_timebase": "TTB_Samples" })
        }
        "SelectTracksByName" => json!({ "track_names": ["Kick"], "selection_mode": "SM_Replace" }),
        "SetEditMode" => json!({ "edit_mode": "EMO_Slip" }),
        "SetEditTool" => json!({ "edit_tool": "ET_Selector" }),
        "RecallZoomPreset" => json!({ "zoom_preset": 2 }),
        "SetEditModeOptions" => json!({ "edit_mode_options": { "layered_editing": true } }),
        "SetTimelineSelection" => json!({ "in_time": "01:00:00:00", "out_time": "01:00:00:10" }),
        "GetTimelineSelection" | "GetEditSelection" => json!({ "location_type": "TLType_Samples" }),
        "ImportVideo" => {
            json!({ "video_file_list": [known.wav], "destination": "MD_MainVideoTrack",
            "location": "ML_SessionStart" })
        }
        "SelectMemoryLocation" => json!({ "number": 1 }),
        "SetTrackOpenState" => state(&["DRUMS"]),
        "SetTrackOnlineState" => json!({ "track_name": "Video", "enabled": true }),
        name if name.starts_with("SetTrack") && name.ends_with("State") => state(&["Vox"]),
        "SetMemoryLocationsManageMode" => json!({ "enabled": true }),
        "SetMainCounterFormat" | "SetSubCounterFormat" => {
            json!({ "location_type": "TLType_MinSecs" })
        }
        "Undo" | "Redo" => json!({ "levels": 1 }),
        "RepeatSelection" => json!({ "num_repeats": 2 }),
        "GetTimeAsType" => json!({ "location": at("480"), "time_type": "TLType_TimeCode" }),
        "SubtractLocations" => json!({ "first_location": at("480"), "second_location": at("10"),
            "desired_length_type": "BTType_Samples" }),
        "AddLengthToLocation" => json!({ "location": at("480"), "length": length }),
        "SubtractPositions" => json!({ "first_position": position, "second_position": position }),
        "AddLengthToPosition" => json!({ "position": position, "length": length }),
        "ImportAudioToClipList" => {
            json!({ "file_list": [known.wav], "audio_operations": "CopyAudio" })
        }
        "SpotClipsByID" => json!({ "src_clips": [known.clip], "dst_track_id": known.kick,
            "dst_location_data": start }),
        "GetMediaFileInfo" => json!({ "file_id": known.file }),
        "CreateAudioClips" => {
            json!({ "clip_list": [{ "name": "Part", "channel_format": "SFormat_Mono",
            "clip_info": clip_info }] })
        }
        "GetExportMixSourceList" => json!({ "type": "EMSType_Output" }),
        "CreateBatchJob" => json!({ "job": { "name": "Again" } }),
        "GetBatchJobStatus" | "CompleteBatchJob" | "CancelBatchJob" => json!({ "id": known.job }),
        "SubscribeToEvents" | "UnsubscribeFromEvents" => events,
        "BeginScrub" => json!({ "start_position": 480 }),
        "ContinueScrub" => json!({ "velocity": 100 }),
        "EnableCueProVideoPlugIn" => json!({ "enable": true }),
        "UpdateVideo" => json!({ "frame_position": 10 }),
        "EnableAPI" | "ExchangePublicKeys" => json!({ "client_key_string": "abc" }),
        "CreateSignalPath" => json!({ "signalpath_name": "Bus 9", "signalpath_type": "SPType_Bus",
            "signalpath_format": "SFormat_Stereo" }),
        "SetTrackMainOutputAssignments" => json!({ "track_names": ["Bass"], "signalpath_ids": [] }),
        "GetTrackControlInfo" => json!({ "track_names": ["Bass"], "control_id": volume }),
        "GetTrackControlBreakpoints" => json!({ "track_name": "Bass", "control_id": volume }),
        "SetTrackControlBreakpoints" => json!({ "track_id": known.bass, "control_id": volume,
            "breakpoints": [{ "time": at("0"), "value": -3.0 }] }),
        "InstallMenuHandler" => json!({ "menu_info": { "menu_area": "MArea_Export",
            "menu_label": [{ "locale": "en", "ui_string": "Stems" }] } }),
        "UninstallMenuHandler" => json!({ "menu_item_id": known.menu }),
        "SetTrackColor" => json!({ "track_names": ["Bass"], "color_index": 4 }),
        "GetTrackPlaylists" => json!({ "track_id": known.kick }),
        "SetTrackTimebase" => json!({ "track_names": ["Bass"], "timebase": "TTB_Ticks" }),
        "GetColorPalette" => json!({ "color_palette_target": "CPTarget_Tracks" }),
        "DeleteTracks" => json!({ "track_names": ["Snare"] }),
        "GetPlaylistElements" => {
            json!({ "playlist_id": known.playlist, "time_format": "TLType_Samples" })
        }
        _ => Value::Null,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The ids of a session that was just opened; whatever is not there yet is empty.
async fn known(bench: &mut Bench) -> Known {
    let dir = bench.dir.path().display().to_string();
    let session = bench.ok("GetSessionPath", Value::Null).await["session_path"]["path"].clone();
    let tracks = bench.tracks().await;
    let clips = bench.ok("GetClipList", json!({})).await;
    let response = bench.send(13, "").await;
    let kick = text(&tracks[1]["id"]);
    let lists = bench
        .ok("GetTrackPlaylists", json!({ "track_id": kick }))
        .await;
    let job = json!({ "job": { "name": "Stems", "is_cancelable": true } });
    let item = json!({ "menu_info": { "menu_area": "MArea_Import",
        "menu_label": [{ "locale": "en", "ui_string": "Stems" }] } });
    let job = bench.call("CreateBatchJob", job).await.unwrap_or_default();
    let kick_clip = clips["clips"].as_array().unwrap().iter();
    let kick_clip = kick_clip
        .clone()
        .find(|clip| text(&clip["clip_full_name"]).starts_with("Kick"));
    Known {
        wav: format!("{dir}/song/audio/Kick.wav"),
        dir,
        session: text(&session),
        kick,
        bass: text(&tracks[3]["id"]),
        task: response.header.unwrap().task_id,
        job: text(&job["id"]),
        menu: text(&bench.ok("InstallMenuHandler", item).await["menu_item_id"]),
        clip: kick_clip
            .map(|clip| text(&clip["clip_id"]))
            .unwrap_or_default(),
        clip_name: kick_clip
            .map(|clip| text(&clip["clip_root_name"]))
            .unwrap_or_default(),
        file: kick_clip
            .map(|clip| text(&clip["file_id"]))
            .unwrap_or_default(),
        playlist: text(&lists["playlists"][0]["playlist_id"]),
    }
}

/// Whether an answer is what the command is supposed to give.
fn is_whole(id: wire::CommandId, name: &str, body: &Value) -> bool {
    let (_, answer) = wire::bodies(id);
    let has_fields = answer.is_some_and(|message| message.fields().len() > 0);
    !body.is_null() || !has_fields || name == "PollEvents"
}

#[tokio::test]
async fn every_command_is_answered() {
    let mut bench = Bench::open().await;
    let folder = bench.path("song");
    let (mut answered, mut missing, mut wrong) = (0, Vec::new(), Vec::new());
    let all = names::commands();
    let total = all.len();
    for (id, name) in all {
        // Copied anew from its folder.
        bench
            .ok("OpenSession", json!({ "session_path": folder }))
            .await;
        let known = known(&mut bench).await;
        let end = json!({ "id": known.job });
        if name == "CreateBatchJob" {
            bench.ok("CompleteBatchJob", end.clone()).await;
        }
        let mut outcome = Ok(Value::Null);
        for (command, body) in before(&name) {
            outcome = bench.call(command, body).await;
            if outcome.is_err() {
                break;
            }
        }
        if outcome.is_ok() {
            outcome = bench.call(&name, plausible(&name, &known)).await;
        }
        let expected = LACKING.iter().find(|(command, _)| *command == name);
        match (&outcome, expected) {
            (Ok(body), None) if is_whole(id, &name, body) => answered += 1,
            (Err((kind, _)), Some((_, refusal))) if kind == refusal => answered += 1,
            (Err((kind, _)), _) if kind == "PT_UnsupportedCommand" => missing.push(name.clone()),
            _ => wrong.push(format!("{name}: {outcome:?}")),
        }
        if name == "CreateBatchJob" {
            let id = outcome.unwrap()["id"].clone();
            bench.ok("CompleteBatchJob", json!({ "id": id })).await;
        }
        // Two of the commands have ended it already.
        let _ = bench.call("CompleteBatchJob", end).await;
    }
    println!("commands answered: {answered} of {total}");
    println!("without an answer: {missing:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(missing.is_empty(), "without an answer: {missing:?}");
    bench.end().await;
}

/// Any text but paths: nothing is to be written where chance points to.
const ODD_TEXT: &str = "[^\\pC/:\\\\]{0,16}";

/// JSON that fits a field badly: wrong sorts, huge texts, deep nesting, and now and then the right
/// one.
fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop_oneof![
            Just(0_i64),
            Just(-1),
            Just(1),
            Just(i64::MAX),
            Just(i64::MIN)
        ]
        .prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ODD_TEXT.prop_map(Value::from),
        prop::sample::select(vec![
            "Kick",
            "Bass",
            "TT_Audio",
            "All",
            "SR_48000",
            "01:00:00:00",
            "99:99:99:99",
            "-1",
            "",
            "../../../etc",
            "{}",
            "{00000000-2a000000-0-0}",
            "1|1|000",
            "TLType_Samples",
            "BTType_Ticks",
            "\u{0}\u{1b}[2J",
            "9223372036854775807",
        ])
        .prop_map(Value::from),
        Just(Value::from("x".repeat(100_000))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A body with a message's own fields, each with something odd or something of its own sort.
fn odd_body(
    message: Option<prost_reflect::MessageDescriptor>,
    depth: usize,
) -> BoxedStrategy<Value> {
    let Some(message) = message else {
        return odd_value().boxed();
    };
    let fields: Vec<_> = message
        .fields()
        .map(|field| {
            let name = field.name().to_owned();
            let inner = match field.kind() {
                prost_reflect::Kind::Message(inner) if depth < 4 => {
                    odd_body(Some(inner), depth + 1)
                }
                prost_reflect::Kind::String => {
                    prop_oneof![ODD_TEXT.prop_map(Value::from), odd_value()].boxed()
                }
                prost_reflect::Kind::Bool => {
                    prop_oneof![any::<bool>().prop_map(Value::from), odd_value()].boxed()
                }
                _ => prop_oneof![
                    any::<i32>().prop_map(Value::from),
                    (0..4).prop_map(Value::from),
                    odd_value()
                ]
                .boxed(),
            };
            let value = match field.is_list() {
                true => prop_oneof![
                    3 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
                    1 => odd_value(),
                ]
                .boxed(),
                false => inner,
            };
            (Just(name), prop::option::weighted(0.7, value))
        })
        .collect();
    fields
        .prop_map(|fields| {
            let given = fields
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            Value::Object(given.collect())
        })
        .boxed()
}

#[tokio::test]
async fn hostile_bodies_harm_no_command() {
    let mut bench = Bench::open().await;
    let path = bench.ok("GetSessionPath", Value::Null).await["session_path"]["path"].clone();
    let seed: u64 = std::env::var("PT_STEM_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()) ^ 0x9e37_79b9);
    println!("PT_STEM_SEED={seed}");
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    for (id, name) in names::commands() {
        let open = json!({ "session_path": path });
        bench.ok("OpenSession", open).await;
        let bodies = odd_body(wire::bodies(id).0, 0);
        for _ in 0..12 {
            let body = bodies.new_tree(&mut runner).unwrap().current();
            let request = bench.request(id as i32, &body.to_string());
            let answer = bench.client.send_grpc_request(request).await;
            let answer = answer.unwrap_or_else(|error| panic!("{name} {body}: {error}"));
            let header = answer.into_inner().header.unwrap();
            assert_eq!(header.command, id as i32);
        }
        let deep = format!("{}{}", "{\"a\":".repeat(5000), "1");
        let response = bench.send(id as i32, &deep).await;
        assert_eq!(response.header.unwrap().command, id as i32, "{name}");
    }
    bench
        .ok("OpenSession", json!({ "session_path": path }))
        .await;
    assert!(!bench.tracks().await.is_empty(), "and it still answers");
    bench.end().await;
}

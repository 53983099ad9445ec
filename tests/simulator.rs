//! The simulator over real gRPC: what any PTSL client may rely on, and py-ptsl as the foreign judge.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pt_stem::clock::ManualClock;
use pt_stem::media::decode::Reader;
use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::stem::BitDepth;
use pt_stem::ptsl::names;
use pt_stem::ptsl::wire::ptsl_client::PtslClient;
use pt_stem::ptsl::wire::{Request, RequestHeader, Response, TaskStatus};
use pt_stem::simulator::{Options, SessionChoice, Simulator, faults::Faults};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

const RATE: u32 = 48_000;
const LENGTH: u64 = 48_000;

/// A WAV file in which every sample has one value: sums of such files tell who is in them.
fn constant(path: &Path, channels: u16, value: f64) {
    let spec = WriteSpec {
        sample_rate: RATE,
        channels,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    let frames = usize::try_from(LENGTH).unwrap();
    writer
        .write(&vec![value; frames * usize::from(channels)])
        .unwrap();
    writer.finish().unwrap();
}

/// DRUMS (Kick 1/4, Snare 1/8), Bass 1/16 (stereo), Vox 1/32, an aux, a master.
fn write_session(root: &Path) {
    std::fs::create_dir_all(root.join("audio")).unwrap();
    let track = |name: &str, channels: u16, value: f64, folder: Option<&str>| {
        let file = format!("audio/{name}.wav");
        constant(&root.join(&file), channels, value);
        json!({ "name": name, "channels": channels, "pan": null, "folder": folder,
            "color": "#2a7fff",
            "clips": [{ "file": file, "start": 0, "offset": 0, "length": LENGTH }] })
    };
    let session = json!({
        "version": 1, "rate": RATE, "length": LENGTH, "name": "Söng",
        "timecode_rate": "25", "start_timecode": "01:00:00:00",
        "tracks": [
            { "name": "DRUMS", "type": "folder" },
            track("Kick", 1, 0.25, Some("DRUMS")),
            track("Snare", 1, 0.125, Some("DRUMS")),
            track("Bass", 2, 0.0625, None),
            track("Vox", 1, 0.03125, None),
            { "name": "Verb", "type": "aux", "channels": 2 },
            { "name": "Master", "type": "master", "channels": 2 },
        ],
        "markers": [{ "number": 1, "name": "Verse", "start": 24_000 }],
        "stems": [{ "name": "All", "channels": 2, "gain_db": 0.0,
            "tracks": ["Kick", "Snare", "Bass", "Vox"] }],
    });
    std::fs::write(root.join("session.json"), session.to_string()).unwrap();
}

/// A running simulator with a registered client.
struct Bench {
    dir: tempfile::TempDir,
    client: PtslClient<Channel>,
    session_id: String,
    addresses: Vec<SocketAddr>,
    clock: ManualClock,
    stop: CancellationToken,
    simulator: Simulator,
}

type Refused = (String, String);

impl Bench {
    async fn with(choice: impl FnOnce(&Path) -> SessionChoice, faults: Faults) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("song");
        write_session(&root);
        let clock = ManualClock::default();
        let stop = CancellationToken::new();
        let options = Options {
            session: choice(&root),
            bind: vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()],
            faults,
            state_dir: dir.path().join("state"),
            clock: Arc::new(clock.clone()),
        };
        let simulator = Simulator::start(options, stop.clone()).await.unwrap();
        let addresses = simulator.addresses().to_vec();
        let client = PtslClient::connect(format!("http://{}", addresses[0]))
            .await
            .unwrap();
        let mut bench = Self {
            dir,
            client,
            session_id: String::new(),
            addresses,
            clock,
            stop,
            simulator,
        };
        let names = json!({ "company_name": "Test", "application_name": "tests" });
        let answer = bench.call("RegisterConnection", names).await.unwrap();
        bench.session_id = answer["session_id"].as_str().unwrap().to_owned();
        bench
    }

    async fn open() -> Self {
        Self::with(
            |root| SessionChoice::Open(root.to_owned()),
            Faults::default(),
        )
        .await
    }

    fn request(&self, command: i32, body: &str) -> Request {
        Request {
            header: Some(RequestHeader {
                command,
                version: 5,
                session_id: self.session_id.clone(),
                ..RequestHeader::default()
            }),
            request_body_json: body.to_owned(),
        }
    }

    async fn send(&mut self, command: i32, body: &str) -> Response {
        let request = self.request(command, body);
        let answer = self.client.send_grpc_request(request).await.unwrap();
        answer.into_inner()
    }

    /// The answer's body (null when it is empty), or the error's type and message.
    async fn call(&mut self, command: &str, body: Value) -> Result<Value, Refused> {
        let number = names::command(command).unwrap() as i32;
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        outcome(&self.send(number, &body).await)
    }

    async fn ok(&mut self, command: &str, body: Value) -> Value {
        self.call(command, body.clone())
            .await
            .unwrap_or_else(|error| panic!("{command} {body}: {error:?}"))
    }

    /// The type of the error.
    async fn refused(&mut self, command: &str, body: Value) -> String {
        match self.call(command, body.clone()).await {
            Ok(answer) => panic!("{command} {body} was answered {answer}"),
            Err((kind, _)) => kind,
        }
    }

    async fn set(&mut self, command: &str, names: &[&str], enabled: bool) {
        let answer = self
            .ok(command, json!({ "track_names": names, "enabled": enabled }))
            .await;
        assert_eq!(answer, Value::Null, "setters answer with an empty body");
    }

    async fn tracks(&mut self) -> Vec<Value> {
        let answer = self.ok("GetTrackList", json!({})).await;
        answer["track_list"].as_array().unwrap().clone()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn end(self) {
        drop(self.client);
        self.stop.cancel();
        self.simulator.closed().await;
    }
}

fn outcome(response: &Response) -> Result<Value, Refused> {
    let header = response.header.as_ref().unwrap();
    match TaskStatus::try_from(header.status).unwrap() {
        TaskStatus::Completed => {
            assert!(response.response_error_json.is_empty());
            match response.response_body_json.as_str() {
                "" => Ok(Value::Null),
                body => Ok(serde_json::from_str(body).unwrap()),
            }
        }
        TaskStatus::Failed => {
            assert!(response.response_body_json.is_empty());
            let error: Value = serde_json::from_str(&response.response_error_json).unwrap();
            let error = &error["errors"][0];
            assert_eq!(error.as_object().unwrap().len(), 3, "py-ptsl is strict");
            assert_eq!(error["is_warning"], false);
            let text = |key: &str| error[key].as_str().unwrap().to_owned();
            Err((text("command_error_type"), text("command_error_message")))
        }
        status => panic!("{status:?}"),
    }
}

fn mix_request(dir: &Path, name: &str, bits: &str) -> Value {
    json!({
        "file_name": name, "file_type": "EM_WAV",
        "mix_source_list": [{ "source_type": "EMSType_Output", "name": "Out 1-2" }],
        "audio_info": { "compression_type": "CT_PCM", "export_format": "EF_Interleaved",
            "bit_depth": bits, "sample_rate": "SR_48000", "pad_to_frame_boundary": "TB_False",
            "delivery_format": "EM_DF_SingleFile" },
        "video_info": { "include_video": "TB_False", "export_option": "VE_None" },
        "location_info": { "import_after_bounce": "TB_False",
            "file_destination": "EM_FD_Directory", "directory": format!("{}/", dir.display()) },
        "dolby_atmos_info": {}, "offline_bounce": "TB_True",
        "start_time": { "location": "0", "time_type": "TLType_Samples" },
        "end_time": { "location": "4800", "time_type": "TLType_Samples" },
    })
}

/// Frames and the left and right value of a file that holds one value.
fn read_constant(path: &Path) -> (usize, f64, f64) {
    let mut reader = Reader::open(path).unwrap();
    let channels = usize::from(reader.info().channels);
    let mut samples = Vec::new();
    let mut block = vec![0.0; 4096 * channels];
    loop {
        let frames = reader.read(&mut block).unwrap();
        if frames == 0 {
            break;
        }
        samples.extend_from_slice(&block[..frames * channels]);
    }
    let (left, right) = (samples[0], samples[channels - 1]);
    for frame in samples.chunks(channels) {
        assert_eq!((frame[0], frame[channels - 1]), (left, right));
    }
    (samples.len() / channels, left, right)
}

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
    for command in ["PollEvents", "SubscribeToEvents", "Spot", "GroupClips"] {
        let kind = bench.refused(command, json!({})).await;
        assert_eq!(kind, "PT_UnsupportedCommand", "{command}");
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

#[tokio::test]
async fn bounces_what_is_audible() {
    let mut bench = Bench::open().await;
    let out = bench.path("out");
    std::fs::create_dir(&out).unwrap();
    let all = ["DRUMS", "Kick", "Snare", "Bass", "Vox"];
    let (kick, snare, bass, vox) = (0.25, 0.125, 0.0625, 0.03125);
    let table: &[(&[(&str, &str)], f64)] = &[
        (&[], kick + snare + bass + vox),
        (&[("SetTrackMuteState", "Kick")], snare + bass + vox),
        (&[("SetTrackMuteState", "DRUMS")], bass + vox),
        (&[("SetTrackSoloState", "DRUMS")], kick + snare),
        (
            &[
                ("SetTrackSoloState", "Bass"),
                ("SetTrackSoloSafeState", "Vox"),
            ],
            bass + vox,
        ),
        (&[("SetTrackInactiveState", "DRUMS")], bass + vox),
        (&[("SetTrackRecordEnableState", "Bass")], kick + snare + vox),
        (&[("SetTrackInputMonitorState", "Vox")], kick + snare + bass),
        (
            &[("SetTrackHiddenState", "Kick")],
            kick + snare + bass + vox,
        ),
        (
            &[("SetTrackSoloState", "Kick"), ("SetTrackMuteState", "Kick")],
            0.0,
        ),
    ];
    for (index, (changes, expected)) in table.iter().enumerate() {
        for (command, name) in *changes {
            bench.set(command, &[name], true).await;
        }
        let bits = ["Bit32Float", "Bit24", "Bit16"][index % 3];
        let name = format!("mix {index}");
        let answer = bench.ok("ExportMix", mix_request(&out, &name, bits)).await;
        assert_eq!(answer, Value::Null);
        let file = out.join(format!("{name}.wav"));
        assert_eq!(
            read_constant(&file),
            (4800, *expected, *expected),
            "{changes:?}"
        );
        for command in [
            "SetTrackMuteState",
            "SetTrackSoloState",
            "SetTrackSoloSafeState",
            "SetTrackInactiveState",
            "SetTrackHiddenState",
        ] {
            bench.set(command, &all, false).await;
        }
        for command in ["SetTrackRecordEnableState", "SetTrackInputMonitorState"] {
            bench.set(command, &["Bass", "Vox"], false).await;
        }
    }
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().collect();
    assert_eq!(left.len(), table.len(), "no file aside is left");

    let mut request = mix_request(&out, "selection", "Bit32Float");
    request.as_object_mut().unwrap().remove("start_time");
    request.as_object_mut().unwrap().remove("end_time");
    assert_eq!(
        bench.refused("ExportMix", request.clone()).await,
        "PT_NoSelection"
    );
    bench
        .ok(
            "SetTimelineSelection",
            json!({ "in_time": "100", "out_time": "1100", "location_type": "TLType_Samples" }),
        )
        .await;
    bench.ok("ExportMix", request).await;
    let file = out.join("selection.wav");
    assert_eq!(read_constant(&file).0, 1000);
    let stamp = Reader::open(&file).unwrap().info().time_reference;
    assert_eq!(stamp, Some(3600 * 48_000 + 100), "stamped with its place");

    bench.set("SetTrackMuteState", &["Bass"], true).await;
    let mut mono = mix_request(&out, "mono", "Bit32Float");
    mono["audio_info"]["export_format"] = json!("EF_Mono");
    bench.ok("ExportMix", mono).await;
    assert_eq!(read_constant(&out.join("mono.wav")).1, kick + snare + vox);
    let mut pair = mix_request(&out, "pair", "Bit32Float");
    pair["audio_info"]["export_format"] = json!("EF_MultipleMono");
    bench.ok("ExportMix", pair).await;
    for tail in ["L", "R"] {
        let file = out.join(format!("pair.{tail}.wav"));
        assert_eq!(read_constant(&file).0, 4800);
    }
    bench.end().await;
}

#[tokio::test]
async fn refuses_bounces_that_cannot_be() {
    let mut bench = Bench::open().await;
    let out = bench.path("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("taken.wav"), b"precious").unwrap();
    let change = |pointer: &str, value: Value| {
        let mut request = mix_request(&out, "file", "Bit24");
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    let missing = format!("{}/nowhere/", out.display());
    for (request, kind) in [
        (change("/file_name", json!("taken")), "OS_DuplicateName"),
        (
            change("/file_name", json!("../escape")),
            "OS_IllegalCharacters",
        ),
        (change("/file_name", json!("")), "PT_InvalidParameter"),
        (
            change("/file_name", json!("x".repeat(300))),
            "OS_CharactersLimit",
        ),
        (
            change("/mix_source_list/0/name", json!("Out 3-4")),
            "PT_InvalidParameter",
        ),
        (change("/mix_source_list", json!([])), "PT_InvalidParameter"),
        (
            change("/location_info/directory", json!(missing)),
            "OS_NoLocationFound",
        ),
        (
            change("/location_info/directory", json!("relative/")),
            "OS_NoLocationFound",
        ),
        (
            change("/audio_info/sample_rate", json!("SR_96000")),
            "PT_CannotBeDone",
        ),
        (
            change("/file_type", json!("EMFType_MP3")),
            "PT_CannotBeDone",
        ),
        (change("/end_time/location", json!("0")), "PT_NoSelection"),
        (
            change("/end_time/location", json!("-9")),
            "PT_ArgumentOutOfRange",
        ),
        (
            change("/location_info/import_after_bounce", json!("TB_True")),
            "PT_CannotBeDone",
        ),
    ] {
        assert_eq!(
            bench.refused("ExportMix", request.clone()).await,
            kind,
            "{request}"
        );
    }
    assert_eq!(std::fs::read(out.join("taken.wav")).unwrap(), b"precious");
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left behind");

    std::fs::remove_file(bench.path("song/audio/Vox.wav")).unwrap();
    let request = mix_request(&out, "gone", "Bit24");
    let (kind, message) = bench.call("ExportMix", request).await.unwrap_err();
    assert_eq!(kind, "PT_FileNotFound");
    assert!(message.contains("Vox"), "{message}");
    assert!(!out.join("gone.wav").exists());

    let list = bench
        .ok(
            "GetExportMixSourceList",
            json!({ "type": "EMSType_Output" }),
        )
        .await;
    assert_eq!(list["source_list"], json!(["Out 1-2"]));
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
    bench.ok("CreateSession", create).await;
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

#[tokio::test]
async fn streams_the_progress_of_long_commands() {
    let mut bench = Bench::open().await;
    for (command, expected) in [("SaveSession", 2), ("GetTrackList", 1), ("PollEvents", 1)] {
        let number = names::command(command).unwrap() as i32;
        let request = bench.request(number, "");
        let mut stream = bench
            .client
            .send_grpc_streaming_request(request)
            .await
            .unwrap()
            .into_inner();
        let mut states = Vec::new();
        while let Some(message) = stream.message().await.unwrap() {
            let header = message.header.unwrap();
            assert_eq!(header.command, number);
            states.push(TaskStatus::try_from(header.status).unwrap());
        }
        assert_eq!(states.len(), expected, "{command}");
        if expected == 2 {
            assert_eq!(states, [TaskStatus::InProgress, TaskStatus::Completed]);
        }
    }
    bench.end().await;
}

#[tokio::test]
async fn survives_hostile_clients() {
    let mut bench = Bench::open().await;
    let number = |name: &str| names::command(name).unwrap() as i32;
    for body in [
        "{",
        "[]",
        "42",
        "\"x\"",
        "{\"track_filter_list\": 7}",
        "{} trailing",
        "\u{0}",
    ] {
        let response = bench.send(number("GetTrackList"), body).await;
        assert_eq!(
            outcome(&response).unwrap_err().0,
            "PT_InvalidParameter",
            "{body:?}"
        );
    }
    let deep = "[".repeat(100_000);
    let response = bench.send(number("SetTrackMuteState"), &deep).await;
    assert_eq!(outcome(&response).unwrap_err().0, "PT_InvalidParameter");
    for body in [
        json!({ "pagination_request": { "limit": -1, "offset": 0 } }),
        json!({ "pagination_request": { "limit": 1, "offset": -7 } }),
        json!({ "track_filter_list": [{ "filter": "Purple" }] }),
    ] {
        assert_eq!(
            bench.refused("GetTrackList", body).await,
            "PT_InvalidParameter"
        );
    }
    let far = json!({ "pagination_request": { "limit": i32::MAX, "offset": i32::MAX } });
    let answer = bench.ok("GetTrackList", far).await;
    assert_eq!(answer["track_list"], json!([]));
    for count in [i32::MAX, -1] {
        let wrong = json!({ "number_of_tracks": count, "track_name": "x",
            "track_type": "TT_Audio", "track_format": "TF_Mono" });
        assert_eq!(
            bench.refused("CreateNewTracks", wrong).await,
            "PT_InvalidParameter"
        );
    }
    let numbers = json!({ "track_names": ["Kick"], "enabled": true, "unknown": [1, 2] });
    bench.ok("SetTrackMuteState", numbers).await;
    let numeric = json!({ "in_time": "1", "out_time": "2", "location_type": 1 });
    bench.ok("SetTimelineSelection", numeric).await;

    let huge = bench.request(number("GetTrackList"), &" ".repeat(17 * 1024 * 1024));
    assert!(
        bench.client.send_grpc_request(huge).await.is_err(),
        "over the limit"
    );
    let headless = Request::default();
    let answer = bench.client.send_grpc_request(headless).await.unwrap();
    assert!(outcome(&answer.into_inner()).is_err());
    assert_eq!(bench.tracks().await.len(), 7, "and it still answers");
    bench.end().await;
}

#[tokio::test]
async fn listens_on_both_families_and_one_port() {
    let bench = Bench::with(|_| SessionChoice::None, Faults { latency_ms: 30 }).await;
    let port = bench.addresses[0].port();
    assert!(
        bench
            .addresses
            .iter()
            .all(|a| a.port() == port && port != 0)
    );
    for address in &bench.addresses {
        let begun = std::time::Instant::now();
        let mut client = PtslClient::connect(format!("http://{address}"))
            .await
            .unwrap();
        let request = bench.request(13, "");
        client.send_grpc_request(request).await.unwrap();
        assert!(begun.elapsed().as_millis() >= 30, "every answer is late");
    }
    let taken = Options {
        session: SessionChoice::None,
        bind: vec![bench.addresses[0]],
        faults: Faults::default(),
        state_dir: bench.path("other"),
        clock: Arc::new(ManualClock::default()),
    };
    let error = Simulator::start(taken, CancellationToken::new())
        .await
        .unwrap_err();
    assert!(error.message.contains(&port.to_string()), "{error}");
    bench.end().await;
}

#[tokio::test]
async fn two_simulators_never_share_a_copy() {
    let first = Bench::open().await;
    let stop = CancellationToken::new();
    let options = Options {
        session: SessionChoice::Open(first.path("song")),
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        faults: Faults::default(),
        state_dir: first.path("state"),
        clock: Arc::new(ManualClock::default()),
    };
    let second = Simulator::start(options, stop.clone()).await.unwrap();
    let worlds = std::fs::read_dir(first.path("state/worlds"))
        .unwrap()
        .count();
    assert_eq!(worlds, 2);
    stop.cancel();
    second.closed().await;
    first.end().await;
}

/// py-ptsl's own client and engine against the simulator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn py_ptsl_gets_along() {
    let python = ["python3", "python"].into_iter().find(|python| {
        std::process::Command::new(python)
            .args(["-c", "import ptsl, grpc"])
            .output()
            .is_ok_and(|output| output.status.success())
    });
    let Some(python) = python else {
        println!("skipped: python with py-ptsl is not installed");
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
        return;
    };
    let bench = Bench::open().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/ptsl_engine.py");
    let mut command = std::process::Command::new(python);
    command
        .arg(script)
        .arg(format!("127.0.0.1:{}", bench.addresses[0].port()))
        .arg(bench.dir.path());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    println!("{text}");
    bench.end().await;
}

//! The typed client against odd servers.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pt_stem::error::{Error, ErrorKind};
use pt_stem::model::track::TrackFlag;
use pt_stem::model::{Range, TrackKind, TransportState};
use pt_stem::ptsl::client::{BounceFormat, Client, ExportMix};
use pt_stem::ptsl::error::PtslError;
use pt_stem::ptsl::wire::{CommandId as C, Response, ResponseHeader};
use serde_json::{Value, json};

use super::scripted::{Reply, Script, Server, body, refused, track};

/// Long enough for a loaded machine, and never waited for when things go well.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

async fn connect(script: &Arc<Script>) -> (Server, Client) {
    let server = Server::start(script);
    let client = Client::connect("127.0.0.1", server.port(), LONG)
        .await
        .unwrap();
    (server, client)
}

fn sent(script: &Script, command: C) -> Value {
    let calls = script.calls(command);
    serde_json::from_str(&calls.last().unwrap().request_body_json).unwrap()
}

#[tokio::test]
async fn registers_and_speaks_the_version_that_the_server_told() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    assert_eq!(client.server().ptsl_version, "2025.6");
    assert!(client.server().has_events);
    client.transport().await.unwrap();
    let header = script.calls(C::GetTransportState)[0]
        .header
        .clone()
        .unwrap();
    assert_eq!(header.session_id, "one");
    assert_eq!((header.version, header.version_minor), (2025, 6));
    let first = script.calls(C::HostReadyCheck)[0].header.clone().unwrap();
    assert_eq!((first.version, first.session_id.as_str()), (5, ""));
}

#[tokio::test]
async fn an_old_server_is_spoken_to_in_its_own_version() {
    let script = Script::new();
    for command in [C::HostReadyCheck, C::GetPtslVersion, C::RegisterConnection] {
        script.on(command, move |request| {
            match (request.header.as_ref().unwrap().version, command) {
                (3, C::GetPtslVersion) => body(json!({"version": 3})),
                (3, C::RegisterConnection) => body(json!({"session_id": "x"})),
                (3, _) => body(json!({})),
                _ => refused("SDK_VersionMismatch"),
            }
        });
    }
    let (_server, client) = connect(&script).await;
    assert_eq!(client.server().ptsl_version, "3");
    assert!(!client.server().has_events);
}

#[tokio::test]
async fn a_version_that_the_server_tells_but_does_not_take_is_not_insisted_on() {
    let script = Script::new();
    script.on(C::RegisterConnection, |request| {
        match request.header.as_ref().unwrap().version {
            5 => body(json!({"session_id": "x"})),
            _ => refused("401"),
        }
    });
    let (_server, client) = connect(&script).await;
    assert_eq!(client.server().ptsl_version, "2025.6");
}

#[tokio::test]
async fn a_host_that_is_starting_is_asked_again() {
    let script = Script::new();
    let mut answers = vec![
        body(json!({"session_id": "late"})),
        Reply::Body(String::new()),
        Reply::Body("{}".to_owned()),
    ];
    script.on(C::RegisterConnection, move |_| answers.pop().unwrap());
    let mut ready = vec![body(json!({})), body(json!({"is_host_ready": false}))];
    script.on(C::HostReadyCheck, move |_| {
        ready.pop().unwrap_or(body(json!({"is_host_ready": true})))
    });
    let (_server, _client) = connect(&script).await;
    assert_eq!(script.calls(C::RegisterConnection).len(), 3);
}

#[tokio::test]
async fn a_host_that_never_gets_ready_is_an_error_that_says_so() {
    let script = Script::new();
    script.on(C::HostReadyCheck, |_| body(json!({"is_host_ready": false})));
    let server = Server::start(&script);
    let error = Client::connect("127.0.0.1", server.port(), SHORT)
        .await
        .unwrap_err();
    let error = Error::from(error);
    assert_eq!(error.kind, ErrorKind::NotConnected);
    assert!(
        error.message.contains("still starting"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn tracks_are_read_in_every_family_of_names() {
    let families = [
        (
            "AudioTrack",
            "TF_5_1",
            "SetExplicitlyAndImplicitly",
            "SetImplicitly",
        ),
        (
            "TT_Audio",
            "TF_5_1",
            "SetExplicitlyAndImplicitly",
            "SetImplicitly",
        ),
        (
            "TType_Audio",
            "TFormat_5_1",
            "TAState_SetExplicitlyAndImplicitly",
            "TAState_SetImplicitly",
        ),
    ];
    let mut read = Vec::new();
    for (kind, format, both, implicit) in families {
        let script = Script::new();
        *script.tracks.lock().unwrap() = vec![json!({
            "name": "Züge\n\u{1b}[2J", "type": kind, "format": format, "id": "{a}", "index": 1,
            "color": "#ff2a2a2a", "parent_folder_name": "DRUMS", "brand_new": {"x": [1]},
            "track_attributes": {"is_muted": true, "is_hidden": both, "is_inactive": implicit,
                "is_input_monitoring_on": implicit, "is_unheard_of": "Perhaps"}
        })];
        let (_server, client) = connect(&script).await;
        read.push(client.tracks().await.unwrap().remove(0));
    }
    let first = &read[0];
    assert_eq!(
        (first.kind, first.channels, first.format.as_str()),
        (TrackKind::Audio, 6, "5.1")
    );
    assert!(first.muted && !first.soloed && first.input_monitoring);
    assert!(first.hidden.explicit && first.hidden.implicit);
    assert!(!first.inactive.explicit && first.inactive.implicit);
    assert_eq!(first.folder.as_deref(), Some("DRUMS"));
    assert_eq!(first.color, Some([0x2a; 3]));
    assert!(read.iter().all(|track| track == first), "{read:#?}");
}

#[tokio::test]
async fn numbers_gaps_and_the_unknown_are_read_too() {
    let script = Script::new();
    *script.tracks.lock().unwrap() = vec![
        json!({"name": "n", "type": 3, "format": 1}),
        json!({"name": "u", "type": "TType_Theremin", "format": "TFormat_99", "track_attributes": null}),
        json!({}),
    ];
    let (_server, client) = connect(&script).await;
    let kinds: Vec<_> = client
        .tracks()
        .await
        .unwrap()
        .iter()
        .map(|t| (t.kind, t.channels))
        .collect();
    assert_eq!(
        kinds,
        [
            (TrackKind::Aux, 1),
            (TrackKind::Other, 0),
            (TrackKind::Other, 0)
        ]
    );
    script.on(C::GetTrackList, |_| {
        Reply::Body(r#"{"track_list": {}}"#.to_owned())
    });
    assert_eq!(client.tracks().await.unwrap(), []);
}

#[tokio::test]
async fn long_lists_come_in_pages_and_short_sighted_servers_end() {
    let script = Script::new();
    *script.tracks.lock().unwrap() = (0..2500).map(|i| track(&format!("T{i}"), i)).collect();
    let (_server, client) = connect(&script).await;
    assert_eq!(client.tracks().await.unwrap().len(), 2500);
    assert_eq!(script.calls(C::GetTrackList).len(), 3);
    let all: Vec<Value> = script.tracks.lock().unwrap().clone();
    script.on(C::GetTrackList, move |_| body(json!({"track_list": all})));
    assert_eq!(client.tracks().await.unwrap().len(), 2500);
    // The old way: `stats`, no offset, and a limit of its own.
    let all: Vec<Value> = script.tracks.lock().unwrap().clone();
    script.on(C::GetTrackList, move |request| {
        let asked: Value = serde_json::from_str(&request.request_body_json).unwrap();
        let limit = asked["page_limit"]
            .as_u64()
            .filter(|l| *l > 0)
            .unwrap_or(1000) as usize;
        let page: Vec<_> = all.iter().take(limit).collect();
        body(json!({"track_list": page, "stats": {"total": all.len()}}))
    });
    assert_eq!(client.tracks().await.unwrap().len(), 2500);
}

#[tokio::test]
async fn refusals_keep_their_type_in_every_shape() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    for shape in [
        r#"{"errors":[{"command_error_type":"PT_Info","is_warning":true},{"command_error_type":"PT_NoOpenedSession","command_error_message":"x"}]}"#,
        r#"{"command_error_type":"106","command_error_message":"x"}"#,
        r#"{"errors":[{"command_error_type":106,"command_error_message":"x"}]}"#,
    ] {
        script.on(C::GetSessionPath, move |_| Reply::Refused(shape.to_owned()));
        let error = client.session_path().await.unwrap_err();
        assert!(error.is_no_session(), "{error}");
        assert_eq!(Error::from(error).kind.exit_code(), 5);
    }
    script.on(C::GetSessionPath, |_| Reply::Refused(String::new()));
    assert!(matches!(
        client.session_path().await,
        Err(PtslError::Refused { .. })
    ));
    assert!(
        client
            .export_session_text()
            .await
            .unwrap_err()
            .is_unsupported()
    );
}

#[tokio::test]
async fn broken_json_is_mended_and_rubbish_named() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::GetSessionPath, |_| {
        Reply::Body(r#"{"session_path":{"path":"C:\Users\new\Song.ptx"}}"#.to_owned())
    });
    assert_eq!(
        client.session_path().await.unwrap(),
        r"C:\Users\new\Song.ptx"
    );
    script.on(C::GetTrackList, |_| {
        Reply::Body(r#"{"track_list":[{"name":"\xe9\xbc\x93"}]}"#.to_owned())
    });
    assert_eq!(client.tracks().await.unwrap()[0].name, "鼓");
    for rubbish in ["<html>", "[1]", "{\"track_list\":[[[", "\u{0}"] {
        script.on(C::GetTrackList, move |_| Reply::Body(rubbish.to_owned()));
        let error = client.tracks().await.unwrap_err();
        assert!(matches!(error, PtslError::Unreadable { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused_and_the_connection_lives() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::GetSessionPath, |_| Reply::Body("x".repeat(65 << 20)));
    let error = client.session_path().await.unwrap_err();
    assert!(matches!(error, PtslError::Unreadable { .. }), "{error}");
    script.off(C::GetSessionPath);
    client.session_path().await.unwrap();
}

#[tokio::test]
async fn a_call_that_hangs_times_out_and_leaves_the_queue_usable() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::GetTransportState, |_| Reply::Hang);
    let error = client
        .call(C::GetTransportState, "", Some(SHORT))
        .await
        .unwrap_err();
    assert!(matches!(error, PtslError::Timeout { .. }), "{error}");
    script.off(C::GetTransportState);
    assert_eq!(
        client.transport().await.unwrap().state,
        TransportState::Stopped
    );
}

#[tokio::test]
async fn calls_go_one_after_another() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    let calls = (0..40).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.session_path().await.unwrap() })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert_eq!(script.most_at_once.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn grpc_failures_are_told_apart() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    let kind = |error: PtslError| match error {
        PtslError::Unreachable { .. } => "unreachable",
        PtslError::Timeout { .. } => "timeout",
        PtslError::NotPtsl { .. } => "not ptsl",
        PtslError::Unreadable { .. } => "unreadable",
        _ => "other",
    };
    for (status, expected) in [
        (tonic::Status::unavailable("down"), "unreachable"),
        (tonic::Status::cancelled("late"), "timeout"),
        (tonic::Status::deadline_exceeded("late"), "timeout"),
        (tonic::Status::internal("boom"), "unreadable"),
        (tonic::Status::resource_exhausted("much"), "unreadable"),
    ] {
        script.on(C::GetSessionPath, move |_| Reply::Failed(status.clone()));
        assert_eq!(kind(client.session_path().await.unwrap_err()), expected);
    }
    for header in [
        None,
        Some(ResponseHeader {
            status: 77,
            ..ResponseHeader::default()
        }),
    ] {
        script.on(C::GetSessionPath, move |_| {
            Reply::Raw(Response {
                header: header.clone(),
                ..Response::default()
            })
        });
        assert_eq!(kind(client.session_path().await.unwrap_err()), "unreadable");
    }
}

#[tokio::test]
async fn a_task_in_progress_is_followed_to_its_end() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::SaveSession, |_| Reply::Task("t1".to_owned()));
    let mut states = vec!["Completed", "TStatus_InProgress", "Queued"];
    script.on(C::GetTaskStatus, move |request| {
        assert!(request.request_body_json.contains("\"t1\""));
        body(json!({"task_id": "t1", "status": states.pop().unwrap(), "progress": 0}))
    });
    client.save_session().await.unwrap();
    assert_eq!(script.calls(C::GetTaskStatus).len(), 3);
    for (state, message) in [
        ("Failed", "refused"),
        ("TStatus_Vanished", "without a name"),
    ] {
        script.on(C::GetTaskStatus, move |_| body(json!({"status": state})));
        let error = client.save_session().await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[tokio::test]
async fn session_facts_come_in_old_and_new_words() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    let info = client.session().await.unwrap();
    assert_eq!(
        (info.name.as_str(), info.sample_rate, info.bit_depth),
        ("Song", 48_000, 24)
    );
    assert_eq!(info.ruler.start().to_string(), "01:00:00:00");
    assert_eq!(info.max_length, Some(24 * 3600 * 48_000));
    assert_eq!(info.audio_format, "WAV");
    assert!(info.interleaved);
    script.on(C::GetSessionSampleRate, |_| {
        body(json!({"sample_rate": "SRate_96000"}))
    });
    script.on(C::GetSessionTimeCodeRate, |_| {
        body(json!({"current_setting": "SSTCRate_Fps2997Drop"}))
    });
    script.on(C::GetSessionStartTime, |_| {
        body(json!({"session_start_time": "00:59:57;02"}))
    });
    for command in [
        C::GetSessionIDs,
        C::GetSessionLength,
        C::GetSessionAudioFormat,
    ] {
        script.on(command, |_| refused("PT_UnsupportedCommand"));
    }
    let info = client.session().await.unwrap();
    assert_eq!(info.sample_rate, 96_000);
    assert_eq!(info.ruler.start().to_string(), "00:59:57;02");
    assert_eq!((info.max_length, info.origin_id.as_str()), (None, ""));
    script.on(C::GetSessionSampleRate, |_| {
        body(json!({"sample_rate": "SR_None"}))
    });
    let error = client.session().await.unwrap_err();
    assert!(error.to_string().contains("SR_None"), "{error}");
}

#[tokio::test]
async fn times_are_samples_whatever_the_counter_shows() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    assert_eq!(client.timeline().await.unwrap(), (0, Range::new(0, 48_000)));
    let asked = sent(&script, C::GetTimelineSelection);
    assert_eq!(
        asked,
        json!({"time_scale": "Samples", "location_type": "TLType_Samples"})
    );
    script.on(C::GetTimelineSelection, |_| {
        body(json!({"in_time": "01:00:01:00", "out_time": " 2| 1| 000"}))
    });
    script.on(C::CIdGetTimeAsType, |_| {
        body(json!({"converted_location": {"location": "96000", "time_type": "TLType_Samples"}}))
    });
    assert_eq!(
        client.timeline().await.unwrap(),
        (48_000, Range::new(48_000, 96_000))
    );
    client
        .set_timeline(Some(5), Range::new(5, 10))
        .await
        .unwrap();
    let asked = sent(&script, C::SetTimelineSelection);
    assert_eq!(
        (
            &asked["in_time"],
            &asked["out_time"],
            &asked["play_start_marker_time"],
            &asked["location_type"]
        ),
        (
            &json!("5"),
            &json!("10"),
            &json!("5"),
            &json!("TLType_Samples")
        )
    );
}

#[tokio::test]
async fn markers_are_samples_and_new_ones_take_the_next_number() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::GetMemoryLocations, |_| {
        body(json!({"memory_locations": [
            {"number": 3, "name": "A", "start_time": "96000", "end_time": "97000", "time_properties": "TP_Marker"},
            {"number": 4, "name": "B", "start_time": "100", "end_time": "200", "time_properties": "TProperties_Selection"},
            {"number": 5, "name": "C", "start_time": "4|1|000", "time_properties": "TP_Marker"},
            {"number": 9, "name": "D", "start_time": "1", "time_properties": "TP_Marker", "track_name": "Vox", "comments": "c"},
            {"number": 6, "name": "E", "time_properties": "TP_None"}
        ]}))
    });
    let markers = client.markers().await.unwrap();
    let told: Vec<_> = markers
        .iter()
        .map(|m| (m.number, m.start, m.end, m.track.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (3, 96_000, None, None),
            (4, 100, Some(200), None),
            (9, 1, None, Some("Vox"))
        ]
    );
    client.create_marker("Chorus", 48_960).await.unwrap();
    let asked = sent(&script, C::CreateMemoryLocation);
    assert_eq!(
        (
            &asked["number"],
            &asked["name"],
            &asked["start_time"],
            &asked["time_properties"]
        ),
        (
            &json!(10),
            &json!("Chorus"),
            &json!("01:00:01:00.50"),
            &json!("TP_Marker")
        )
    );
}

#[tokio::test]
async fn flags_are_set_by_name_in_one_call() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    let names = ["Kick".to_owned(), "Vox_Unknown".to_owned()];
    client
        .set_flag(TrackFlag::Mute, &names, false)
        .await
        .unwrap();
    assert_eq!(
        sent(&script, C::SetTrackMuteState),
        json!({"track_names": ["Kick", "Vox_Unknown"], "enabled": false})
    );
    client.set_flag(TrackFlag::Solo, &[], true).await.unwrap();
    assert!(script.calls(C::SetTrackSoloState).is_empty());
}

fn drums() -> ExportMix {
    ExportMix {
        file_name: "Drums".to_owned(),
        directory: "/tmp/stems".to_owned(),
        sources: vec!["output:Out 1-2".to_owned()],
        format: BounceFormat::Wav,
        sample_rate: 48_000,
        range: Range::new(0, 48_000),
        offline: true,
    }
}

#[tokio::test]
async fn a_wrong_mix_source_is_answered_with_the_right_ones() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::CIdGetExportMixSourceList, |_| {
        body(json!({"source_list": ["Main (Stereo)", "Cue"]}))
    });
    script.on(C::ExportMix, |request| {
        if request.request_body_json.contains("\"Main (Stereo)\"") {
            Reply::Body(String::new())
        } else {
            refused("PT_InvalidParameter")
        }
    });
    let error = client
        .export_mix(&drums(), LONG)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("Main (Stereo), Cue"), "{error}");
    let main = ExportMix {
        sources: vec!["output:Main".to_owned()],
        ..drums()
    };
    client.export_mix(&main, LONG).await.unwrap();
}

/// A server that says something else to everybody, or nothing.
fn stranger(says: &'static [u8], closes: bool) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if !says.is_empty() {
                let _ = stream.read(&mut [0; 64]);
                let _ = stream.write_all(says);
            }
            if !closes {
                kept.push(stream);
            }
        }
    });
    port
}

#[tokio::test]
async fn strangers_on_the_port_are_recognised() {
    for (says, what) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "HTTP/1",
        ),
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "SSH"),
        (&[0xff; 64][..], "garbage"),
    ] {
        let error = Client::connect("127.0.0.1", stranger(says, false), LONG)
            .await
            .unwrap_err();
        assert!(
            matches!(error, PtslError::NotPtsl { .. }),
            "{what}: {error:?}"
        );
        let error = Error::from(error);
        assert_eq!(error.kind.exit_code(), 3);
        assert!(!error.hints.is_empty());
    }
    let error = Client::connect("127.0.0.1", stranger(b"", false), SHORT)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PtslError::Timeout { .. }),
        "silent: {error:?}"
    );
    let error = Client::connect("127.0.0.1", stranger(b"", true), LONG)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PtslError::Unreachable { .. }),
        "closing: {error:?}"
    );
}

#[tokio::test]
async fn nobody_there_and_no_such_host_are_unreachable() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for host in ["127.0.0.1", "localhost", "not a host", ""] {
        let error = Client::connect(host, port, LONG).await.unwrap_err();
        assert!(
            matches!(error, PtslError::Unreachable { .. }),
            "{host}: {error}"
        );
    }
}

#[tokio::test]
async fn a_grpc_server_without_ptsl_is_not_ptsl() {
    let script = Script::new();
    script.on(C::HostReadyCheck, |_| {
        Reply::Failed(tonic::Status::unimplemented("what?"))
    });
    let server = Server::start(&script);
    let error = Client::connect("127.0.0.1", server.port(), LONG)
        .await
        .unwrap_err();
    assert!(matches!(error, PtslError::NotPtsl { .. }), "{error}");
}

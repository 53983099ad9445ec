//! The typed client against odd servers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pt_stem::error::{Error, ErrorKind};
use pt_stem::model::{Range, TransportState};
use pt_stem::ptsl::client::{BounceFormat, Client, ExportMix};
use pt_stem::ptsl::error::PtslError;
use pt_stem::ptsl::wire::{CommandId as C, Response, ResponseHeader};
use serde_json::{Value, json};

use super::scripted::{Reply, Script, Server, body, refused};

/// Long enough for a loaded machine, and never waited for when things go well.
pub const LONG: Duration = Duration::from_secs(20);

pub const SHORT: Duration = Duration::from_millis(300);

pub async fn connect(script: &Arc<Script>) -> (Server, Client) {
    let server = Server::start(script);
    let client = Client::connect("127.0.0.1", server.port(), LONG)
        .await
        .unwrap();
    (server, client)
}

pub fn sent(script: &Script, command: C) -> Value {
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

//! Events and polling tell the same; lost and dead streams; echoes; long commands.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::model::link::Hold;
use pt_stem::model::track::TrackFlag;
use pt_stem::model::{LinkEvent, LinkPhase};
use pt_stem::ptsl::client::Client;
use pt_stem::ptsl::wire::CommandId as C;
use serde_json::json;

use super::bench::Bench;
use super::scripted::{Reply, Script, Server, refused};

const LONG: Duration = Duration::from_secs(20);

fn with_events() -> Arc<Script> {
    let script = Script::new();
    *script.told.lock().unwrap() = Some(None);
    script
}

async fn subscribed(script: &Script, times: usize) {
    while script.calls(C::CIdSubscribeToEvents).len() < times {
        tokio::task::yield_now().await;
    }
}

async fn muted(bench: &mut Bench) -> Vec<String> {
    let tracks = bench.tracks().await;
    let muted = tracks.iter().filter(|track| track.muted);
    muted.map(|track| track.name.clone()).collect()
}

/// The track list as it was when the test began, whatever happens to it: only events can tell.
fn freeze(script: &Arc<Script>) {
    let tracks = script.tracks.lock().unwrap().clone();
    script.on(C::GetTrackList, move |_| {
        super::scripted::body(json!({"track_list": tracks}))
    });
}

#[tokio::test]
async fn an_event_is_told_without_a_poll() {
    let script = with_events();
    let (_server, mut bench) = Bench::beside(&script).await;
    subscribed(&script, 1).await;
    freeze(&script);
    let data = json!({"track_id": "{0-0-0-1}", "state": true});
    assert!(script.tell("EId_TrackMuteStateChanged", data));
    assert_eq!(muted(&mut bench).await, ["Bass"]);
}

#[tokio::test]
async fn a_lost_stream_is_polled_for_and_opened_again() {
    let script = with_events();
    let (_server, mut bench) = Bench::beside(&script).await;
    subscribed(&script, 1).await;
    *script.told.lock().unwrap() = Some(None);
    script.set_muted("Vox", true);
    assert_eq!(muted(&mut bench).await, ["Vox"]);
    subscribed(&script, 2).await;
}

#[tokio::test]
async fn a_stream_that_tells_nothing_is_given_up_and_polled_for() {
    let script = with_events();
    let (_server, mut bench) = Bench::beside(&script).await;
    subscribed(&script, 1).await;
    script.set_muted("Kick", true);
    assert_eq!(muted(&mut bench).await, ["Kick"]);
    subscribed(&script, 2).await;
}

#[tokio::test]
async fn a_closed_session_is_told_at_once() {
    let script = with_events();
    let (_server, mut bench) = Bench::beside(&script).await;
    subscribed(&script, 1).await;
    *script.path.lock().unwrap() = None;
    script.tell("EId_SessionClosed", json!({}));
    bench
        .until(|event| matches!(event, LinkEvent::Session(None)).then_some(()))
        .await;
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_a_dialog_is_not() {
    let script = Script::new();
    let server = Server::start(&script);
    let client = Client::connect("127.0.0.1", server.port(), LONG)
        .await
        .unwrap();
    let mut answers = vec![
        refused("PT_HostIsBusy"),
        Reply::Refused(
            r#"{"errors":[{"command_error_type":"PT_NoOpenedSession","command_error_message":"The session state is already changing.","is_warning":false}]}"#.to_owned(),
        ),
    ];
    let usual = Arc::clone(&script);
    script.on(C::SetTrackMuteState, move |request| {
        answers
            .pop()
            .unwrap_or_else(|| usual.usual(C::SetTrackMuteState, request))
    });
    client
        .set_flag(TrackFlag::Mute, &["Kick".to_owned()], true)
        .await
        .unwrap();
    assert_eq!(script.calls(C::SetTrackMuteState).len(), 3);
    script.on(C::SaveSession, |_| refused("PT_NoOpenedSession"));
    assert!(client.save_session().await.unwrap_err().is_no_session());
    assert_eq!(script.calls(C::SaveSession).len(), 1);
}

#[tokio::test]
async fn a_task_that_waits_for_somebody_is_told() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    script.on(C::SaveSession, |_| Reply::Task("t".to_owned()));
    let usual = Arc::new(std::sync::Mutex::new("TStatus_WaitingForUserInput"));
    let state = Arc::clone(&usual);
    script.on(C::GetTaskStatus, move |_| {
        super::scripted::body(json!({"status": *state.lock().unwrap(), "progress": 0}))
    });
    let client = bench.link.client().borrow().clone().unwrap();
    let saving = tokio::spawn(async move { client.save_session().await });
    bench
        .until(|event| match event {
            LinkEvent::Work(Some(work)) if work.hold == Hold::Dialog => Some(work.command),
            _ => None,
        })
        .await;
    *usual.lock().unwrap() = "Completed";
    bench
        .until(|event| matches!(event, LinkEvent::Work(None)).then_some(()))
        .await;
    saving.await.unwrap().unwrap();
}

/// 106 in the words that Pro Tools has for it while a dialog is up.
fn unable() -> Reply {
    let error = json!({"errors": [{
        "command_error_type": "PT_NoOpenedSession",
        "command_error_message": "Unable to complete the command.",
        "is_warning": false,
    }]});
    Reply::Refused(error.to_string())
}

#[tokio::test]
async fn a_dialog_that_denies_the_session_is_told_and_closes_nothing() {
    for script in [Script::new(), with_events()] {
        let server = Server::start(&script);
        let mut bench = Bench::start(server.port());
        bench.settled().await;
        for command in [C::GetTransportState, C::GetSessionPath, C::GetTrackList] {
            script.on(command, |_| unable());
        }
        let mut phases = Vec::new();
        let mut next = async |wanted: fn(&LinkPhase) -> bool| {
            bench
                .until(|event| match event {
                    LinkEvent::Session(None) => panic!("it was not closed"),
                    LinkEvent::Phase(phase) => {
                        phases.push(phase.clone());
                        wanted(&phase).then_some(())
                    }
                    _ => None,
                })
                .await;
        };
        next(|phase| matches!(phase, LinkPhase::Blocked { .. })).await;
        for command in [C::GetTransportState, C::GetSessionPath, C::GetTrackList] {
            script.off(command);
        }
        next(|phase| *phase == LinkPhase::Linked).await;
        assert_eq!(phases.len(), 2, "{phases:?}");
    }
}

#[tokio::test]
async fn a_track_is_renamed_by_one_of_its_two_names() {
    let script = Script::new();
    let server = Server::start(&script);
    let client = Client::connect("127.0.0.1", server.port(), LONG)
        .await
        .unwrap();
    script.on(C::RenameTargetTrack, |_| Reply::Body(String::new()));
    for id in ["{0-0-0-1}", ""] {
        let id = pt_stem::model::TrackId(id.to_owned());
        client.rename_track(&id, "Kick", "Kick 2").await.unwrap();
    }
    let bodies: Vec<serde_json::Value> = script
        .calls(C::RenameTargetTrack)
        .iter()
        .map(|request| serde_json::from_str(&request.request_body_json).unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"track_id": "{0-0-0-1}", "new_name": "Kick 2"}),
            json!({"current_name": "Kick", "new_name": "Kick 2"}),
        ]
    );
}

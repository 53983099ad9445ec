//! What the link survives: restarts, lost registrations, other sessions, dialogs, silence, long
//! commands.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::error::ErrorKind;
use pt_stem::model::{LinkEvent, LinkPhase, Range, TransportState};
use pt_stem::ptsl::client::{BounceFormat, ExportMix};
use pt_stem::ptsl::request::{LinkCommand, Request};
use pt_stem::ptsl::wire::CommandId as C;
use serde_json::json;
use tokio::sync::Notify;

use super::bench::{Bench, GUARD, mute};
use super::scripted::{Reply, Script, Server, body, refused};

#[tokio::test]
async fn a_restart_on_the_same_port_is_survived_and_everything_read_again() {
    let script = Script::new();
    let server = Server::start(&script);
    let address = server.address;
    let mut bench = Bench::start(server.port());
    bench.settled().await;
    drop(server);
    bench
        .phase(|phase| {
            matches!(phase, LinkPhase::Waiting { reason, .. } if reason.kind == ErrorKind::NotConnected)
        })
        .await;
    assert!(bench.link.client().borrow().is_none());
    let fault = bench.ask(Request::Play).await.unwrap_err();
    assert_eq!(fault.kind, ErrorKind::NotConnected);
    script.set_muted("Kick", true);
    let _server = Server::at(address, &script);
    bench
        .link
        .send(LinkCommand::Connect {
            host: None,
            port: None,
        })
        .await;
    bench.linked().await;
    assert!(bench.tracks().await[0].muted);
    assert!(bench.link.client().borrow().is_some());
}

#[tokio::test]
async fn a_lost_registration_is_renewed_at_once() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    script.on(C::RegisterConnection, |_| {
        body(json!({"session_id": "two"}))
    });
    let usual = Arc::clone(&script);
    script.on(C::GetTransportState, move |request| {
        match request.header.as_ref().unwrap().session_id.as_str() {
            "two" => usual.usual(C::GetTransportState, request),
            _ => refused("SDK_SessionIdParseError"),
        }
    });
    bench.phase(|phase| *phase == LinkPhase::Connecting).await;
    bench.linked().await;
    assert_eq!(script.calls(C::RegisterConnection).len(), 2);
}

#[tokio::test]
async fn sessions_come_go_and_change() {
    let script = Script::new();
    *script.path.lock().unwrap() = None;
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench
        .phase(|phase| matches!(phase, LinkPhase::NoSession { .. }))
        .await;
    for name in ["A", "B"] {
        *script.path.lock().unwrap() = Some(format!("/S/{name}/{name}.ptx"));
        let info = bench
            .until(|event| match event {
                LinkEvent::Session(info) => Some(info),
                _ => None,
            })
            .await;
        assert_eq!(info.unwrap().name, name);
        bench.settled().await;
    }
    *script.path.lock().unwrap() = None;
    let info = bench
        .until(|event| match event {
            LinkEvent::Session(info) => Some(info),
            _ => None,
        })
        .await;
    assert_eq!(info, None);
    bench
        .phase(|phase| matches!(phase, LinkPhase::NoSession { .. }))
        .await;
}

#[tokio::test]
async fn a_dialog_that_denies_the_session_for_a_moment_does_not_close_it() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    let mut times = 2;
    let usual = Arc::clone(&script);
    let done = Arc::new(Notify::new());
    let tell = Arc::clone(&done);
    script.on(C::GetTransportState, move |request| {
        if times > 0 {
            times -= 1;
            return refused("PT_NoOpenedSession");
        }
        tell.notify_one();
        usual.usual(C::GetTransportState, request)
    });
    done.notified().await;
    script.set_muted("Kick", true);
    bench
        .until(|event| match event {
            LinkEvent::Session(_) | LinkEvent::Phase(_) => panic!("{event:?}"),
            LinkEvent::Tracks(_) => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn silence_is_stale_and_an_answer_is_the_truth_again() {
    let script = Script::new();
    let server = Server::start(&script);
    let mut bench = Bench::with(server.port(), Duration::from_millis(500), true);
    bench.settled().await;
    script.on(C::GetTransportState, |_| Reply::Hang);
    bench
        .phase(|phase| matches!(phase, LinkPhase::Stale { .. }))
        .await;
    assert!(
        bench.link.client().borrow().is_some(),
        "the connection stands"
    );
    script.set_muted("Vox", true);
    script.off(C::GetTransportState);
    bench.linked().await;
    assert!(bench.tracks().await[2].muted);
}

#[tokio::test]
async fn while_a_bounce_runs_nothing_is_asked_and_requests_are_refused() {
    let script = Script::new();
    let server = Server::start(&script);
    let mut bench = Bench::with(server.port(), Duration::from_millis(500), true);
    bench.settled().await;
    let end = Arc::new(Notify::new());
    let held = Arc::clone(&end);
    script.on(C::ExportMix, move |_| {
        Reply::After(Arc::clone(&held), String::new())
    });
    let client = bench.link.client().borrow().clone().unwrap();
    let bounce = tokio::spawn(async move {
        let request = ExportMix {
            file_name: "Mix".to_owned(),
            directory: "/tmp".to_owned(),
            sources: vec!["output:Out 1-2".to_owned()],
            format: BounceFormat::Wav,
            sample_rate: 48_000,
            range: Range::new(0, 1),
            offline: true,
        };
        client.export_mix(&request, GUARD).await
    });
    bench
        .until(|event| match event {
            LinkEvent::Transport(transport) => {
                (transport.state == TransportState::Busy).then_some(())
            }
            LinkEvent::Phase(phase) => panic!("{phase:?}"),
            _ => None,
        })
        .await;
    let fault = bench.ask(mute(&["Kick"], true)).await.unwrap_err();
    assert!(fault.message.contains("printing"), "{}", fault.message);
    while script.calls(C::ExportMix).is_empty() {
        tokio::task::yield_now().await;
    }
    let calls = script.call_count();
    // Longer than the deadline of ordinary calls: no news for that long would otherwise be stale.
    let quiet = tokio::time::timeout(Duration::from_millis(700), bench.events.recv()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    assert_eq!(script.call_count(), calls);
    end.notify_one();
    bounce.await.unwrap().unwrap();
    bench
        .until(|event| match event {
            LinkEvent::Transport(transport) => {
                (transport.state == TransportState::Stopped).then_some(())
            }
            LinkEvent::Phase(phase) => panic!("{phase:?}"),
            _ => None,
        })
        .await;
}

//! The link actor: what it tells, when, and how it survives.

use pt_stem::error::ErrorKind;
use pt_stem::model::{LinkEvent, LinkPhase, Range};
use pt_stem::ptsl::request::{LinkCommand, Request};
use pt_stem::ptsl::wire::CommandId as C;
use serde_json::json;

use super::bench::{Bench, GUARD, mute};
use super::scripted::{Reply, Script, Server, body, refused, track};

#[tokio::test]
async fn everything_is_told_after_connecting_and_then_only_changes() {
    let script = Script::new();
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    let mut kinds = Vec::new();
    bench
        .until(|event| {
            kinds.push(match &event {
                LinkEvent::Phase(phase) => format!("{phase:?}"),
                LinkEvent::Server(server) => server.ptsl_version.clone(),
                LinkEvent::Session(info) => info.as_ref().unwrap().name.clone(),
                LinkEvent::Tracks(tracks) => format!("{} tracks", tracks.len()),
                LinkEvent::Markers(markers) => markers[0].name.clone(),
                LinkEvent::Selection(range) => format!("{:?}", range.unwrap()),
                LinkEvent::Transport(_) => return Some(()),
                other => format!("{other:?}"),
            });
            None
        })
        .await;
    let selection = format!("{:?}", Range::new(0, 48_000));
    assert_eq!(
        kinds,
        [
            "Connecting",
            "2025.6",
            "Song",
            "Linked",
            "3 tracks",
            "Verse",
            selection.as_str()
        ]
    );
    assert!(bench.link.client().borrow().is_some());
    // A change made elsewhere is the next thing told, however many polls were made in between.
    let polls = script.call_count();
    while script.call_count() < polls + 60 {
        tokio::task::yield_now().await;
    }
    script.set_muted("Bass", true);
    let mut between = Vec::new();
    let tracks = bench
        .until(|event| match event {
            LinkEvent::Tracks(tracks) => Some(tracks),
            LinkEvent::RoundTrip(_) => None,
            other => {
                between.push(format!("{other:?}"));
                None
            }
        })
        .await;
    assert_eq!(between, Vec::<String>::new());
    assert!(
        tracks
            .iter()
            .all(|track| track.muted == (track.name == "Bass"))
    );
}

#[tokio::test]
async fn a_flag_is_set_confirmed_and_answered() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    let id = bench.send(mute(&["Kick", "Vox"], true)).await;
    let mut order = Vec::new();
    bench
        .until(|event| match event {
            LinkEvent::Tracks(tracks) => {
                order.push(tracks.iter().filter(|track| track.muted).count());
                None
            }
            LinkEvent::Answer {
                id: answered,
                outcome,
            } => {
                assert_eq!((answered, outcome), (id, Ok(None)));
                Some(())
            }
            _ => None,
        })
        .await;
    assert_eq!(order, [2], "the tracks come before the answer");
    assert_eq!(script.calls(C::SetTrackMuteState).len(), 1);
}

#[tokio::test]
async fn names_that_hit_several_tracks_or_none_are_refused_before_anything_is_sent() {
    let script = Script::new();
    script.tracks.lock().unwrap().push(track("Vox", 3));
    let (_server, mut bench) = Bench::beside(&script).await;
    let fault = bench.ask(mute(&["Kick", "Vox"], true)).await.unwrap_err();
    assert!(
        fault.message.contains("'Vox' stands for 2 tracks"),
        "{}",
        fault.message
    );
    let fault = bench.ask(mute(&["Bas"], true)).await.unwrap_err();
    assert!(
        fault.hints.iter().any(|hint| hint.contains("Bass")),
        "{fault:?}"
    );
    assert!(script.calls(C::SetTrackMuteState).is_empty());
    script.on(C::SetTrackMuteState, |_| refused("PT_CannotBeDone"));
    let fault = bench.ask(mute(&["Kick"], true)).await.unwrap_err();
    assert_eq!(fault.kind, ErrorKind::Refused);
}

#[tokio::test]
async fn play_and_stop_look_first() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    let toggles = || script.calls(C::TogglePlayState).len();
    assert_eq!(bench.ask(Request::Stop).await, Ok(None));
    assert_eq!(toggles(), 0, "stop on a stopped transport does nothing");
    assert_eq!(bench.ask(Request::Play).await, Ok(None));
    assert_eq!(bench.ask(Request::Play).await, Ok(None));
    assert_eq!(toggles(), 1);
    assert_eq!(bench.ask(Request::Stop).await, Ok(None));
    assert_eq!(toggles(), 2);
    // A transport that is still cueing is waited for.
    let mut readings = vec![
        "TS_TransportPlaying",
        "TS_TransportIsCueing",
        "TS_TransportIsCueing",
    ];
    script.on(C::GetTransportState, move |_| {
        let state = if readings.len() > 1 {
            readings.pop().unwrap()
        } else {
            readings[0]
        };
        body(json!({"current_setting": state}))
    });
    assert_eq!(bench.ask(Request::Play).await, Ok(None));
    assert_eq!(toggles(), 2);
}

#[tokio::test]
async fn record_arms_first_and_disarms_when_it_cannot_roll() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    script.on(C::ToggleRecordEnable, |_| Reply::Body(String::new()));
    script.on(C::TogglePlayState, |_| refused("PT_CannotBeDone"));
    assert!(bench.ask(Request::Record).await.is_err());
    assert_eq!(script.calls(C::ToggleRecordEnable).len(), 2);
    script.off(C::TogglePlayState);
    assert_eq!(bench.ask(Request::Record).await, Ok(None));
    assert_eq!(script.calls(C::ToggleRecordEnable).len(), 3);
}

#[tokio::test]
async fn any_command_can_be_called_by_name() {
    let script = Script::new();
    let (_server, mut bench) = Bench::beside(&script).await;
    let call = |command: &str| Request::Call {
        command: command.to_owned(),
        body: String::new(),
    };
    let answer = bench.ask(call("GetSessionLength")).await.unwrap().unwrap();
    assert!(answer.contains("24:00:00:00"));
    assert_eq!(bench.ask(call("CId_SaveSession")).await, Ok(None));
    let fault = bench.ask(call("GetSessionLenght")).await.unwrap_err();
    assert_eq!(fault.kind, ErrorKind::Usage);
    assert!(
        fault
            .hints
            .iter()
            .any(|hint| hint.contains("GetSessionLength")),
        "{fault:?}"
    );
}

#[tokio::test]
async fn it_connects_when_told_and_disconnects_when_told() {
    let script = Script::new();
    let server = Server::start(&script);
    let mut bench = Bench::with(1, GUARD, false);
    assert_eq!(
        bench.ask(Request::Play).await.unwrap_err().kind,
        ErrorKind::NotConnected
    );
    let port = Some(server.port());
    bench
        .link
        .send(LinkCommand::Connect { host: None, port })
        .await;
    bench.settled().await;
    bench.link.send(LinkCommand::Disconnect).await;
    bench.phase(|phase| *phase == LinkPhase::Offline).await;
    assert!(bench.link.client().borrow().is_none());
    bench
        .link
        .send(LinkCommand::Connect {
            host: None,
            port: None,
        })
        .await;
    bench.linked().await;
}

#[tokio::test]
async fn cancelling_ends_it_even_in_a_call_that_hangs() {
    let script = Script::new();
    script.on(C::GetSessionTimeCodeRate, |_| Reply::Hang);
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    while script.calls(C::GetSessionTimeCodeRate).is_empty() {
        tokio::task::yield_now().await;
    }
    bench.stop.cancel();
    let ended = async { while bench.events.recv().await.is_some() {} };
    tokio::time::timeout(GUARD, ended).await.expect("it ended");
    assert!(!bench.link.send(LinkCommand::Refresh).await);
}

#[tokio::test]
async fn ten_thousand_tracks_are_told_once_and_again_only_when_one_changes() {
    let script = Script::new();
    *script.tracks.lock().unwrap() = (0..10_000)
        .map(|i| track(&format!("Track {i}"), i))
        .collect();
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    assert_eq!(bench.tracks().await.len(), 10_000);
    script.set_muted("Track 9999", true);
    assert!(bench.tracks().await[9999].muted);
}

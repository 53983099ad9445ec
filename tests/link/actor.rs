//! The link actor: what it tells, when, and how it survives.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::clock::SystemClock;
use pt_stem::error::ErrorKind;
use pt_stem::model::link::{Fault, RequestId};
use pt_stem::model::track::TrackFlag;
use pt_stem::model::{LinkEvent, LinkPhase, Range, Track, TransportState};
use pt_stem::ptsl::client::{BounceFormat, ExportMix};
use pt_stem::ptsl::link::{Link, LinkOptions};
use pt_stem::ptsl::request::{LinkCommand, Request};
use pt_stem::ptsl::wire::CommandId as C;
use serde_json::json;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::scripted::{Reply, Script, Server, body, refused, track};

/// Far beyond what anything takes; reached only when something is wrong.
const GUARD: Duration = Duration::from_secs(60);

pub struct Bench {
    pub link: Link,
    events: mpsc::Receiver<LinkEvent>,
    pub stop: CancellationToken,
    asked: u64,
    seen: Vec<String>,
}

impl Bench {
    pub fn start(port: u16) -> Self {
        Self::with(port, Duration::from_secs(20), true)
    }

    fn with(port: u16, timeout: Duration, autoconnect: bool) -> Self {
        Self::looking(port, timeout, autoconnect, Duration::from_millis(10))
    }

    /// Polls this often.
    pub fn polling(port: u16, poll: Duration) -> Self {
        Self::looking(port, Duration::from_secs(20), true, poll)
    }

    fn looking(port: u16, timeout: Duration, autoconnect: bool, poll: Duration) -> Self {
        let (sender, events) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let options = LinkOptions {
            host: "127.0.0.1".to_owned(),
            port,
            timeout,
            poll,
            autoconnect,
        };
        let clock = Arc::new(SystemClock::default());
        let link = Link::start(options, clock, sender, stop.clone());
        Self {
            link,
            events,
            stop,
            asked: 0,
            seen: Vec::new(),
        }
    }

    /// The next event for which `pick` gives something.
    pub async fn until<T>(&mut self, mut pick: impl FnMut(LinkEvent) -> Option<T>) -> T {
        let seen = &mut self.seen;
        let events = &mut self.events;
        let waited = tokio::time::timeout(GUARD, async {
            loop {
                let event = events.recv().await.expect("the link ended");
                let text = format!("{event:?}");
                seen.push(text.chars().take(120).collect());
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        })
        .await;
        waited.unwrap_or_else(|_| panic!("nothing came after {:#?}", self.seen))
    }

    pub async fn phase(&mut self, wanted: impl Fn(&LinkPhase) -> bool) {
        self.until(|event| {
            matches!(&event, LinkEvent::Phase(phase) if wanted(phase)).then_some(())
        })
        .await;
    }

    pub async fn linked(&mut self) {
        self.phase(|phase| *phase == LinkPhase::Linked).await;
    }

    pub async fn tracks(&mut self) -> Vec<Track> {
        self.until(|event| match event {
            LinkEvent::Tracks(tracks) => Some(tracks),
            _ => None,
        })
        .await
    }

    /// The transport is the last that a fetch tells.
    pub async fn settled(&mut self) {
        self.until(|event| matches!(event, LinkEvent::Transport(_)).then_some(()))
            .await;
    }

    async fn ask(&mut self, request: Request) -> Result<Option<String>, Fault> {
        let id = self.send(request).await;
        self.until(|event| match event {
            LinkEvent::Answer {
                id: answered,
                outcome,
            } if answered == id => Some(outcome),
            _ => None,
        })
        .await
    }

    async fn send(&mut self, request: Request) -> RequestId {
        self.asked += 1;
        let id = RequestId(self.asked);
        assert!(self.link.send(LinkCommand::Request { id, request }).await);
        id
    }
}

fn mute(names: &[&str], on: bool) -> Request {
    Request::SetFlag {
        flag: TrackFlag::Mute,
        tracks: names.iter().map(|name| (*name).to_owned()).collect(),
        on,
    }
}

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
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
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
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
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
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
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
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
    script.on(C::ToggleRecordEnable, |_| Reply::Body(String::new()));
    script.on(C::TogglePlayState, |_| refused("PT_CannotBeDone"));
    assert!(bench.ask(Request::Record).await.is_err());
    assert_eq!(script.calls(C::ToggleRecordEnable).len(), 2);
    script.off(C::TogglePlayState);
    assert_eq!(bench.ask(Request::Record).await, Ok(None));
    assert_eq!(script.calls(C::ToggleRecordEnable).len(), 3);
}

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
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
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
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
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

#[tokio::test]
async fn any_command_can_be_called_by_name() {
    let script = Script::new();
    let server = Server::start(&script);
    let mut bench = Bench::start(server.port());
    bench.settled().await;
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

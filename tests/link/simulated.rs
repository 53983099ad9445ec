//! The link against the simulator: two clients of one server.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pt_stem::clock::SystemClock;
use pt_stem::model::track::TrackFlag;
use pt_stem::model::{LinkEvent, Range, TransportState};
use pt_stem::ptsl::client::{Client, CommandId};
use pt_stem::ptsl::request::LinkCommand;
use pt_stem::simulator::{Api, Options, SessionChoice, Simulator, faults::Faults};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::bench::Bench;

const LONG: Duration = Duration::from_secs(60);

async fn simulator(state: &Path, api: Api, stop: &CancellationToken) -> Simulator {
    let options = Options {
        session: SessionChoice::Demo("demo".to_owned()),
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        faults: Faults::default(),
        state_dir: state.to_owned(),
        clock: Arc::new(SystemClock::default()),
        api,
        ..Options::default()
    };
    Simulator::start(options, stop.clone()).await.unwrap()
}

#[tokio::test]
async fn what_another_client_changes_appears() {
    let state = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let simulator = simulator(state.path(), Api::default(), &stop).await;
    let port = simulator.addresses()[0].port();
    let mut bench = Bench::start(port);
    bench.linked().await;
    let tracks = bench.tracks().await;
    assert!(tracks.len() > 10);

    let other = Client::connect("127.0.0.1", port, LONG).await.unwrap();
    let info = other.session().await.unwrap();
    assert!(info.sample_rate >= 44_100 && !info.name.is_empty());
    assert!(!other.markers().await.unwrap().is_empty());
    let name = tracks
        .iter()
        .find(|t| t.kind.is_sounding() && !t.muted)
        .unwrap()
        .name
        .clone();
    other
        .set_flag(TrackFlag::Mute, std::slice::from_ref(&name), true)
        .await
        .unwrap();
    bench
        .until(|event| match event {
            LinkEvent::Tracks(tracks) => tracks
                .iter()
                .any(|t| t.name == name && t.muted)
                .then_some(()),
            _ => None,
        })
        .await;

    other
        .set_timeline(Some(4800), Range::new(4800, 96_000))
        .await
        .unwrap();
    assert_eq!(
        other.timeline().await.unwrap(),
        (4800, Range::new(4800, 96_000))
    );
    bench
        .until(|event| match event {
            LinkEvent::Selection(range) => (range == Some(Range::new(4800, 96_000))).then_some(()),
            _ => None,
        })
        .await;

    other.toggle_play().await.unwrap();
    for wanted in [TransportState::Playing, TransportState::Stopped] {
        bench
            .until(|event| match event {
                LinkEvent::Transport(transport) => (transport.state == wanted).then_some(()),
                _ => None,
            })
            .await;
        if wanted == TransportState::Playing {
            other.toggle_play().await.unwrap();
        }
    }
    bench.stop.cancel();
    stop.cancel();
    simulator.closed().await;
}

/// What a second client does, and how long each thing took to be told, in the order done.
async fn told(api: Api, poll: Duration) -> Vec<(String, Duration)> {
    let state = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let simulator = simulator(state.path(), api, &stop).await;
    let port = simulator.addresses()[0].port();
    let mut bench = Bench::polling(port, poll);
    let other = Client::connect("127.0.0.1", port, LONG).await.unwrap();
    let name = bench.tracks().await[1].name.clone();
    bench.settled().await;
    // The first look may still be under way, and events not yet asked for: this one is not timed.
    let first = std::slice::from_ref(&name);
    other
        .set_flag(TrackFlag::SoloSafe, first, true)
        .await
        .unwrap();
    bench.link.send(LinkCommand::Refresh).await;
    bench.settled().await;

    let mut told = Vec::new();
    let flags = [
        TrackFlag::Mute,
        TrackFlag::Solo,
        TrackFlag::RecordEnable,
        TrackFlag::InputMonitor,
    ];
    for (flag, on) in flags
        .iter()
        .flat_map(|flag| [(*flag, true), (*flag, false)])
    {
        let asked = Instant::now();
        other.set_flag(flag, first, on).await.unwrap();
        bench
            .until(|event| match event {
                LinkEvent::Tracks(tracks) => {
                    let track = tracks.iter().find(|track| track.name == name)?;
                    (track.flag(flag) == on).then_some(())
                }
                _ => None,
            })
            .await;
        told.push((format!("{flag:?} {on}"), asked.elapsed()));
    }
    let path = other.session_path().await.unwrap();
    let body = json!({
        "session_name": "Other", "session_location": state.path(),
        "file_type": "FT_WAVE", "sample_rate": "SR_48000", "bit_depth": "Bit24",
        "input_output_settings": "IO_Last", "is_interleaved": true,
    });
    for step in ["create", "open", "close"] {
        let asked = Instant::now();
        match step {
            "create" => {
                let command = CommandId::CreateSession;
                other.call(command, &body.to_string(), None).await.map(drop)
            }
            "open" => other.open_session(&path).await,
            _ => other.close_session(false).await,
        }
        .unwrap();
        let is_it = |name: Option<&str>| match step {
            "create" => name == Some("Other"),
            "open" => name.is_some_and(|name| name != "Other"),
            _ => name.is_none(),
        };
        bench
            .until(|event| match event {
                LinkEvent::Session(info) => {
                    is_it(info.as_ref().map(|info| info.name.as_str())).then_some(())
                }
                _ => None,
            })
            .await;
        told.push((step.to_owned(), asked.elapsed()));
    }
    bench.stop.cancel();
    stop.cancel();
    simulator.closed().await;
    told
}

/// With events nothing waits for a poll: there is none within the hour.
#[tokio::test]
async fn events_and_polling_tell_the_same() {
    let events = told(Api::default(), Duration::from_secs(3600)).await;
    let polled = told(Api::V5, Duration::from_millis(500)).await;
    for ((what, by_event), (same, by_poll)) in events.iter().zip(&polled) {
        assert_eq!(what, same);
        println!("{what:<20} {by_event:>9.1?} by event {by_poll:>9.1?} by a poll every 500 ms");
    }
    assert_eq!(events.len(), polled.len());
}

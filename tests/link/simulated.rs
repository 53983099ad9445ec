//! The link against the simulator: two clients of one server.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::clock::SystemClock;
use pt_stem::model::track::TrackFlag;
use pt_stem::model::{LinkEvent, Range, TransportState};
use pt_stem::ptsl::client::Client;
use pt_stem::simulator::{Options, SessionChoice, Simulator, faults::Faults};
use tokio_util::sync::CancellationToken;

use super::actor::Bench;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_another_client_changes_appears() {
    let state = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let options = Options {
        session: SessionChoice::Demo("demo".to_owned()),
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        faults: Faults::default(),
        state_dir: state.path().to_owned(),
        clock: Arc::new(SystemClock::default()),
        ..Options::default()
    };
    let simulator = Simulator::start(options, stop.clone()).await.unwrap();
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

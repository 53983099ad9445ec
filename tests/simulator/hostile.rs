//! Clients and circumstances that mean no good.

use super::*;

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
    for enabled in [json!("maybe"), json!(1), json!([])] {
        let wrong = json!({ "track_names": ["Kick"], "enabled": enabled });
        assert_eq!(
            bench.refused("SetTrackMuteState", wrong).await,
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
    let bench = Bench::with(
        |_| SessionChoice::None,
        Faults {
            latency_ms: 30,
            ..Faults::default()
        },
    )
    .await;
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
        ..Options::default()
    };
    let error = Simulator::start(taken, CancellationToken::new())
        .await
        .unwrap_err();
    assert!(error.message.contains(&port.to_string()), "{error}");
    bench.end().await;
}

#[tokio::test]
async fn says_that_it_is_not_ready_until_the_session_is_open() {
    let dir = tempfile::tempdir().unwrap();
    write_session(&dir.path().join("song"));
    let stop = CancellationToken::new();
    let options = Options {
        session: SessionChoice::Open(dir.path().join("song")),
        state_dir: dir.path().join("state"),
        ..Options::default()
    };
    let starting = Simulator::listen(options, stop.clone()).await.unwrap();
    let address = starting.addresses()[0];
    let mut client = PtslClient::connect(format!("http://{address}"))
        .await
        .unwrap();
    let mut ask = async |command: &str| {
        let header = RequestHeader {
            command: names::command(command).unwrap() as i32,
            version: 5,
            ..RequestHeader::default()
        };
        let request = Request {
            header: Some(header),
            request_body_json: r#"{"company_name":"Test","application_name":"t"}"#.to_owned(),
        };
        outcome(
            &client
                .send_grpc_request(request)
                .await
                .unwrap()
                .into_inner(),
        )
    };
    let ready = ask("HostReadyCheck").await.unwrap();
    assert_eq!(ready["is_host_ready"], false);
    assert_eq!(ask("RegisterConnection").await.unwrap(), Value::Null);
    assert_eq!(ask("GetPTSLVersion").await.unwrap()["version"], 2025);
    let refused = ask("GetTrackList").await.unwrap_err();
    assert_eq!(refused.0, "PT_NoOpenedSession");
    let simulator = starting.open().await.unwrap();
    let ready = ask("HostReadyCheck").await.unwrap();
    assert_eq!(ready["is_host_ready"], true);
    assert!(ask("RegisterConnection").await.unwrap()["session_id"].is_string());
    stop.cancel();
    simulator.closed().await;
}

/// Panics whenever it is asked and armed: a stand-in for a defect within any command.
#[derive(Default)]
struct Tripping(Arc<std::sync::atomic::AtomicBool>);

impl pt_stem::clock::Clock for Tripping {
    fn now(&self) -> pt_stem::model::Now {
        let is_armed = self.0.load(std::sync::atomic::Ordering::SeqCst);
        assert!(!is_armed, "the clock was tripped on purpose");
        pt_stem::model::Now::default()
    }
}

#[tokio::test]
async fn a_defect_in_one_command_is_its_error_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    write_session(&dir.path().join("song"));
    let stop = CancellationToken::new();
    let clock = Tripping::default();
    let armed = Arc::clone(&clock.0);
    let options = Options {
        session: SessionChoice::Open(dir.path().join("song")),
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        state_dir: dir.path().join("state"),
        clock: Arc::new(clock),
        ..Options::default()
    };
    let simulator = Simulator::start(options, stop.clone()).await.unwrap();
    let client = PtslClient::connect(format!("http://{}", simulator.addresses()[0]))
        .await
        .unwrap();
    let ask = async |command: &str, session_id: &str| {
        let header = RequestHeader {
            command: names::command(command).unwrap() as i32,
            version: 5,
            session_id: session_id.to_owned(),
            ..RequestHeader::default()
        };
        let request = Request {
            header: Some(header),
            request_body_json: r#"{"company_name":"Test","application_name":"t"}"#.to_owned(),
        };
        let answer = client.clone().send_grpc_request(request).await.unwrap();
        outcome(&answer.into_inner())
    };
    let id = ask("RegisterConnection", "").await.unwrap()["session_id"].clone();
    let id = id.as_str().unwrap();
    for _ in 0..2 {
        armed.store(true, std::sync::atomic::Ordering::SeqCst);
        let broken = ask("GetTrackList", id).await.unwrap_err();
        assert_eq!(broken.0, "PT_UnknownError");
        armed.store(false, std::sync::atomic::Ordering::SeqCst);
        let tracks = ask("GetTrackList", id).await.unwrap();
        assert_eq!(tracks["track_list"].as_array().unwrap().len(), 7);
    }
    stop.cancel();
    simulator.closed().await;
}

#[tokio::test]
async fn lets_go_of_its_address_when_there_is_no_session() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        session: SessionChoice::Open(dir.path().join("nowhere")),
        state_dir: dir.path().join("state"),
        ..Options::default()
    };
    let stop = CancellationToken::new();
    let starting = Simulator::listen(options, stop).await.unwrap();
    let address = starting.addresses()[0];
    starting.open().await.unwrap_err();
    while tokio::net::TcpListener::bind(address).await.is_err() {
        tokio::task::yield_now().await;
    }
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
        ..Options::default()
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

//! Connection, session, tracks and transport.

use serde_json::json;

use crate::bench::{Bench, RATE, Setup, TRACKS};

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_told_cut_and_made_again() {
    let bench = Bench::new().await;
    let status = bench.get("/api/v1/connection/status").await.is(200);
    assert_eq!(status["connected"], true);
    assert_eq!(status["host"], "127.0.0.1");
    assert!(status["last_connected"].is_string());
    let port = status["port"].clone();

    bench
        .post("/api/v1/connection/disconnect", json!({}))
        .await
        .done(200);
    let status = bench.get("/api/v1/connection/status").await.is(200);
    assert_eq!(status["connected"], false);
    assert!(status["last_connected"].is_string(), "{status}");
    for path in [
        "/api/v1/session/info",
        "/api/v1/tracks",
        "/api/v1/transport/status",
    ] {
        bench.get(path).await.fails(503, "not_connected");
    }
    for path in [
        "/api/v1/transport/play",
        "/api/v1/transport/stop",
        "/api/v1/transport/record",
    ] {
        bench
            .send("POST", path, &[], b"")
            .await
            .fails(503, "not_connected");
    }

    let body = json!({ "host": "127.0.0.1", "port": port, "timeout": 60 });
    bench
        .post("/api/v1/connection/connect", body)
        .await
        .done(200);
    let status = bench.get("/api/v1/connection/status").await.is(200);
    assert_eq!(status["connected"], true);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_address_is_told_as_such() {
    let bench = Bench::live().await;
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let body = json!({ "host": "127.0.0.1", "port": port });
    let error = bench.post("/api/v1/connection/connect", body).await;
    error.fails(503, "not_connected");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_and_its_tracks_are_told() {
    let bench = Bench::new().await;
    let session = bench.get("/api/v1/session/info").await.is(200);
    assert_eq!(session["session_name"], "Test");
    assert_eq!(session["sample_rate"], RATE);
    assert_eq!(session["track_count"], TRACKS.len());
    assert_eq!(session["transport_state"], "stopped");
    assert_eq!(session["is_playing"], false);
    let session = bench
        .until("/api/v1/session/info", |info| info["duration"].is_number())
        .await;
    assert_eq!(session["duration"], 1.0);

    let tracks = bench.get("/api/v1/tracks").await.done(200);
    let rows = tracks["tracks"].as_array().unwrap();
    assert_eq!(rows.len(), TRACKS.len());
    for (row, (name, _, muted)) in rows.iter().zip(TRACKS) {
        assert_eq!(
            (&row["name"], &row["type"]),
            (&json!(name), &json!("audio"))
        );
        assert_eq!(
            (&row["is_muted"], &row["is_soloed"]),
            (&json!(muted), &json!(false))
        );
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transport_plays_and_stops() {
    let bench = Bench::new().await;
    let post = |path: &'static str| bench.send("POST", path, &[], b"");
    post("/api/v1/transport/play").await.done(200);
    let status = bench.get("/api/v1/transport/status").await.is(200);
    assert_eq!(
        (&status["state"], &status["is_playing"]),
        (&json!("playing"), &json!(true))
    );
    assert_eq!(status["position_is_estimate"], true);
    let session = bench.get("/api/v1/session/info").await.is(200);
    assert_eq!(session["is_playing"], true);
    post("/api/v1/transport/stop").await.done(200);
    let status = bench.get("/api/v1/transport/status").await.is(200);
    assert_eq!(status["state"], "stopped");
    // A stopped transport is no error.
    post("/api/v1/transport/stop").await.done(200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_there_is_nothing_to_tell() {
    let bench = Bench::of(Setup {
        has_session: false,
        ..Setup::default()
    })
    .await;
    let status = bench.get("/api/v1/connection/status").await.is(200);
    assert_eq!(status["connected"], true);
    for path in ["/api/v1/session/info", "/api/v1/transport/status"] {
        bench.get(path).await.fails(409, "no_session");
    }
    bench.close().await;
}

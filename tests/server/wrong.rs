//! Requests that make no sense, and those that come from the wrong place.

use serde_json::json;

use crate::bench::Bench;

const CONNECT: &str = "/api/v1/connection/connect";
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_or_of_another_type_is_refused_with_the_field() {
    let bench = Bench::new().await;
    for text in ["{", "[]", "\"text\"", "{\"port\": 1", "\u{0}", "nul"] {
        bench
            .send("POST", CONNECT, &[JSON], text.as_bytes())
            .await
            .fails(400, "usage");
    }
    for (body, field) in [
        (json!({ "port": "31416" }), "port"),
        (json!({ "port": 70_000 }), "port"),
        (json!({ "port": -1 }), "port"),
        (json!({ "port": 0 }), "port"),
        (json!({ "host": 5 }), "host"),
        (json!({ "timeout": 0 }), "timeout"),
        (json!({ "timeout": 1e9 }), "timeout"),
    ] {
        let error = bench.post(CONNECT, body.clone()).await.fails(400, "usage");
        assert_eq!(error["details"]["field"], field, "{body}: {error}");
    }
    let broken = b"{\"host\": \"\xff\xfe\"}";
    bench
        .send("POST", CONNECT, &[JSON], broken)
        .await
        .fails(400, "usage");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_of_the_known_paths_are_let_pass() {
    let bench = Bench::new().await;
    let body = json!({ "client": "old", "nested": { "a": [1] } });
    bench.post(CONNECT, body).await.done(200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_bodies_are_cut_off() {
    let bench = Bench::new().await;
    let body = vec![b' '; 5 << 20];
    let answer = bench.send("POST", CONNECT, &[JSON], &body).await;
    answer.fails(413, "usage");
    // One that only says so.
    let head = format!(
        "POST {CONNECT} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: \
         application/json\r\nContent-Length: 99999999999\r\n\r\n{{}}",
        bench.address()
    );
    bench.raw(head.as_bytes()).await.fails(413, "usage");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_in_the_header_is_turned_away() {
    let bench = Bench::new().await;
    for host in [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "",
    ] {
        bench
            .send("GET", "/api/v1/tracks", &[("Host", host)], b"")
            .await
            .fails(403, "host");
    }
    for host in [
        "[evil.example]",
        "[127.0.0.1]",
        "::1",
        "2130706433",
        "127.1",
    ] {
        bench
            .send("GET", "/api/v1/tracks", &[("Host", host)], b"")
            .await
            .fails(403, "host");
    }
    for head in [
        "GET /api/v1/tracks HTTP/1.1\r\nHost: localhost\r\nHost: evil.example",
        "GET /api/v1/tracks HTTP/1.1\r\nHost: evil.example\r\nHost: localhost",
        "GET http://evil.example/api/v1/tracks HTTP/1.1\r\nHost: localhost",
        "GET /api/v1/tracks HTTP/1.0",
    ] {
        let text = format!("{head}\r\nConnection: close\r\n\r\n");
        bench.raw(text.as_bytes()).await.fails(403, "host");
    }
    // An address is no name that could be turned to somewhere else.
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:99",
        "[::1]:8000",
        "192.168.1.20:8000",
    ] {
        bench
            .send("GET", "/api/v1/tracks", &[("Host", host)], b"")
            .await
            .done(200);
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_methods_that_are_not_there_have_the_one_shape_too() {
    let bench = Bench::new().await;
    bench.get("/api/v1/nothing").await.fails(404, "not_found");
    let answer = bench.delete("/api/v1/tracks").await;
    answer.fails(405, "method");
    assert!(
        answer
            .header("allow")
            .is_some_and(|allow| allow.contains("GET"))
    );
    bench.close().await;
}

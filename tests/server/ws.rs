//! The state and what happens to it, over a WebSocket.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async};

use crate::bench::{Bench, LIMIT, Setup, TRACKS};

/// Somebody who listens, with the state as the messages give it.
pub struct Listener {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub state: Value,
    log: Vec<Value>,
    pub seq: u64,
}

pub type Refusal = Box<Response<Option<Vec<u8>>>>;

pub async fn open(
    bench: &Bench,
    path: &str,
    headers: &[(&'static str, &str)],
    socket: TcpSocket,
) -> Result<Listener, Refusal> {
    let address = bench.address();
    let mut request = format!("ws://{address}{path}")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(Listener {
            socket,
            state: Value::Null,
            log: Vec::new(),
            seq: 0,
        }),
        Err(Error::Http(response)) => Err(response),
        Err(error) => panic!("{error}"),
    }
}

/// Listens, and is told the first message.
pub async fn listen(bench: &Bench, query: &str) -> Listener {
    let path = format!("/ws{query}");
    let opened = open(bench, &path, &[], TcpSocket::new_v4().unwrap()).await;
    let mut listener = opened.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    listener.next().await;
    listener
}

async fn refused(bench: &Bench, path: &str, headers: &[(&'static str, &str)]) -> (u16, Value) {
    match open(bench, path, headers, TcpSocket::new_v4().unwrap()).await {
        Ok(_) => panic!("{path} {headers:?} is let in"),
        Err(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            let body = serde_json::from_slice(body).unwrap_or(Value::Null);
            (response.status().as_u16(), body)
        }
    }
}

impl Listener {
    /// Whatever comes next but pings; a test that waits in vain fails.
    async fn heard(&mut self) -> Option<Result<Message, Error>> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Ping(_))) => {}
                    heard => return heard,
                }
            }
        };
        let heard = tokio::time::timeout(LIMIT, next).await;
        heard.unwrap_or_else(|_| panic!("nothing comes after {}: {}", self.seq, self.state))
    }

    /// The next message, applied to the state.
    pub async fn next(&mut self) -> Value {
        match self.heard().await.unwrap().unwrap() {
            Message::Text(text) => self.take(&text),
            other => panic!("{other:?}"),
        }
    }

    fn take(&mut self, text: &str) -> Value {
        let message: Value = serde_json::from_str(text).unwrap();
        let seq = message["seq"].as_u64().unwrap();
        assert!(seq >= self.seq, "{} comes after {}", seq, self.seq);
        self.seq = seq;
        let data = &message["data"];
        let whole = data.get("state").filter(|_| message["type"] == "status");
        if let Some(state) = whole {
            self.state = state.clone();
            self.log = data["log"].as_array().cloned().unwrap_or_default();
        }
        if let Some(patch) = data.get("patch") {
            let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
            json_patch::patch(&mut self.state, &patch).unwrap();
        }
        if message["type"] == "log" {
            self.log.push(data.clone());
        }
        message
    }

    /// Listens until the state is as wanted.
    pub async fn until(&mut self, is_so: impl Fn(&Value) -> bool) {
        while !is_so(&self.state) {
            self.next().await;
        }
    }

    /// Listens until it knows everything that the server shows, and fails unless it is the same.
    pub async fn agrees(&mut self, bench: &Bench) {
        let shown = bench.get("/api/v1/state").await.is(200);
        let seq = shown["seq"].as_u64().unwrap();
        while self.seq < seq {
            self.next().await;
        }
        if self.seq > seq {
            return Box::pin(self.agrees(bench)).await;
        }
        self.state["seq"] = json!(seq);
        assert_eq!(self.state, shown);
    }

    async fn say(&mut self, text: impl Into<String>) {
        let text: String = text.into();
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Reads to the end, and gives the reason.
    pub async fn goodbye(&mut self) -> CloseFrame {
        loop {
            match self.heard().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame,
                Some(Ok(Message::Text(text))) => drop(self.take(&text)),
                Some(Ok(_)) => {}
                end => panic!("no goodbye: {end:?}"),
            }
        }
    }
}

async fn play(bench: &Bench) {
    let done = bench.post("/api/v1/transport/play", json!({})).await;
    done.done(200);
}

async fn stop(bench: &Bench) {
    let done = bench.post("/api/v1/transport/stop", json!({})).await;
    done.done(200);
}

async fn mute(bench: &Bench, track: &str) {
    let body = json!({ "arguments": [track] });
    bench.post("/api/v1/actions/mute", body).await.done(200);
}

fn state_word(state: &Value) -> &str {
    state["transport"]["state"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_state_and_its_patches_give_the_state() {
    let bench = Bench::new().await;
    let mut listener = listen(&bench, "").await;
    assert_eq!(listener.state["session"]["session_name"], "Test");
    assert_eq!(
        listener.state["tracks"].as_array().unwrap().len(),
        TRACKS.len()
    );
    assert!(!listener.log.is_empty());
    listener.agrees(&bench).await;

    play(&bench).await;
    mute(&bench, "Kick").await;
    mute(&bench, "Snare").await;
    stop(&bench).await;
    listener.agrees(&bench).await;
    assert_eq!(listener.state["tracks"][0]["is_muted"], true);
    // The same under the other name.
    let other = open(&bench, "/api/v1/ws", &[], TcpSocket::new_v4().unwrap()).await;
    let mut other = other.unwrap();
    other.next().await;
    other.agrees(&bench).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_told_what_was_missed() {
    let bench = Bench::new().await;
    let mut listener = listen(&bench, "").await;
    listener.agrees(&bench).await;
    let (seq, known) = (listener.seq, listener.state.clone());
    listener.socket.close(None).await.unwrap();

    mute(&bench, "Bass").await;
    play(&bench).await;
    stop(&bench).await;
    let path = format!("/ws?since={seq}");
    let opened = open(&bench, &path, &[], TcpSocket::new_v4().unwrap()).await;
    let mut again = opened.unwrap();
    again.state = known;
    let first = again.next().await;
    assert_eq!(first["data"], json!({ "patch": [] }));
    assert_eq!(first["seq"], seq);
    again.agrees(&bench).await;
    assert_eq!(again.state["tracks"][2]["is_muted"], true);

    // Of another run of the program, or of the future: everything.
    for since in ["1", "9000000000000000"] {
        let fresh = listen(&bench, &format!("?since={since}")).await;
        assert_eq!(fresh.state["session"]["session_name"], "Test");
    }
    let (status, body) = refused(&bench, "/ws?since=-1", &[]).await;
    assert_eq!((status, &body["error_code"]), (400, &json!("usage")));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_chosen_topics_are_told() {
    let bench = Bench::new().await;
    let mut listener = listen(&bench, "?topics=transport,log").await;
    let mut names: Vec<&String> = listener.state.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["schema", "seq", "transport"]);
    mute(&bench, "Kick").await;
    play(&bench).await;
    loop {
        let message = listener.next().await;
        if message["type"] == "log" {
            continue;
        }
        assert_eq!(message["data"]["patch"][0]["path"], "/transport");
        break;
    }
    assert_eq!(state_word(&listener.state), "playing");

    listener
        .say(r#"{"action":"topics","topics":["tracks"]}"#)
        .await;
    listener.until(|state| state.get("tracks").is_some()).await;
    assert!(listener.state.get("transport").is_none());
    assert_eq!(listener.state["tracks"][0]["is_muted"], true);

    let (status, body) = refused(&bench, "/ws?topics=transport,faders", &[]).await;
    assert_eq!((status, &body["details"]["field"]), (400, &json!("topics")));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_listeners_see_the_transport_change() {
    let bench = Bench::new().await;
    let mut listeners = Vec::new();
    for _ in 0..20 {
        listeners.push(listen(&bench, "?topics=transport").await);
    }
    play(&bench).await;
    for listener in &mut listeners {
        listener.until(|state| state_word(state) == "playing").await;
    }
    stop(&bench).await;
    for listener in &mut listeners {
        listener.until(|state| state_word(state) == "stopped").await;
    }
    // Who comes while it plays is told where it is by now.
    play(&bench).await;
    let late = listen(&bench, "?topics=transport").await;
    assert_eq!(late.state["transport"]["position_is_estimate"], true);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_places_are_not_let_in() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.origins = vec!["https://mix.example".to_owned()]),
        ..Setup::default()
    })
    .await;
    let ours = format!("http://{}", bench.address());
    for origin in [ours.as_str(), "https://mix.example"] {
        let plain = TcpSocket::new_v4().unwrap();
        assert!(
            open(&bench, "/ws", &[("origin", origin)], plain)
                .await
                .is_ok()
        );
    }
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "file://",
        "",
    ] {
        let (status, body) = refused(&bench, "/ws", &[("origin", origin)]).await;
        assert_eq!(
            (status, &body["error_code"]),
            (403, &json!("origin")),
            "{origin}"
        );
        // The same for what changes something: a browser would send it, and hide only the answer.
        let headers = [("Origin", origin)];
        let answer = bench
            .send("POST", "/api/v1/transport/play", &headers, b"")
            .await;
        answer.fails(403, "origin");
    }
    let status = bench.get("/api/v1/transport/status").await.is(200);
    assert_eq!(status["state"], "stopped");
    bench.get("/ws").await.fails(400, "usage");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_wanted_of_listeners_too() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.token = Some("0123456789abcdef".to_owned())),
        ..Setup::default()
    })
    .await;
    for path in [
        "/ws",
        "/ws?token=",
        "/ws?token=wrong",
        "/api/v1/ws?token=0123456789abcde",
    ] {
        let (status, body) = refused(&bench, path, &[]).await;
        assert_eq!(
            (status, &body["error_code"]),
            (401, &json!("token")),
            "{path}"
        );
    }
    listen(&bench, "?token=0123456789abcdef&topics=jobs").await;
    let bearer = [("authorization", "Bearer 0123456789abcdef")];
    let plain = TcpSocket::new_v4().unwrap();
    assert!(open(&bench, "/ws", &bearer, plain).await.is_ok());
    assert_eq!(
        refused(&bench, "/ws", &[("host", "evil.example")]).await.0,
        403
    );
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_and_too_much_of_it_ends() {
    let bench = Bench::new().await;
    let mut listener = listen(&bench, "?topics=jobs").await;
    for text in [
        "",
        "[]",
        "play",
        r#"{"action":"format"}"#,
        r#"{"action":"topics","topics":["faders"]}"#,
        r#"{"action":"topics"}"#,
    ] {
        listener.say(text).await;
        let answer = listener.next().await;
        assert_eq!(answer["type"], "error", "{text}");
        assert_eq!(answer["data"]["error_code"], "usage");
        assert!(answer["data"]["message"].is_string());
        assert_eq!(answer["seq"], listener.seq);
    }
    listener
        .socket
        .send(Message::binary(vec![0; 10]))
        .await
        .unwrap();
    assert_eq!(listener.next().await["type"], "error");
    for _ in 0..200 {
        // It may be gone by then.
        let _ = listener.socket.send(Message::text("x")).await;
    }
    assert_eq!(u16::from(listener.goodbye().await.code), 1008);

    let mut large = listen(&bench, "?topics=jobs").await;
    let _ = large.socket.send(Message::text("x".repeat(100_000))).await;
    assert_eq!(u16::from(large.goodbye().await.code), 1009);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_server_is_told() {
    let bench = Bench::new().await;
    let mut listener = listen(&bench, "").await;
    let (goodbye, ()) = tokio::join!(listener.goodbye(), bench.close());
    assert_eq!(u16::from(goodbye.code), 1001);
}

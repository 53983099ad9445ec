//! What listeners are told of prints, and what becomes of a listener that does not listen.

use futures_util::SinkExt as _;
use pt_stem::app::state::Mode;
use pt_stem::simulator::faults::Faults;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::{Bench, Setup};
use crate::ws::{Listener, listen, open};

/// Prints on what counts as a real Pro Tools; the second file waits for an answer to a dialog.
pub async fn held() -> Bench {
    let text =
        "[[fault]]\nkind = 'waiting'\ncommand = 'ExportMix'\nfrom = 2\nuntil = 'dismissed'\n";
    Bench::of(Setup {
        mode: Mode::Live,
        faults: Faults::parse(text, "test").unwrap(),
        ..Setup::default()
    })
    .await
}

/// Starts a print and gives the number of its job.
pub async fn print(bench: &Bench, dir: &str) -> u64 {
    let body = json!({ "output_dir": dir, "engine": "bounce", "wait": false });
    let answer = bench.post("/api/v1/stems/separate", body).await.done(202);
    answer["task_id"].as_str().unwrap().parse().unwrap()
}

fn job(state: &Value, id: u64) -> &Value {
    let mut jobs = state["jobs"].as_array().unwrap().iter();
    jobs.find(|job| job["id"] == id).unwrap_or(&Value::Null)
}

fn is_held(job: &Value) -> bool {
    let mut items = job["items"].as_array().into_iter().flatten();
    items.any(|item| item["stage"] == "dialog")
}

/// Listens until a message of that type comes.
async fn message(listener: &mut Listener, kind: &str) -> Value {
    loop {
        let message = listener.next().await;
        if message["type"] == kind {
            return message["data"].clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_print_is_told_from_its_beginning_to_its_end() {
    let bench = held().await;
    let mut listener = listen(&bench, "").await;
    let mut jobs_only = listen(&bench, "?topics=jobs").await;
    let id = print(&bench, "night").await;
    let mut progress = Vec::new();
    while !is_held(job(&listener.state, id)) {
        let message = listener.next().await;
        if message["type"] == "progress" {
            progress.push(message["data"].clone());
        }
    }
    let last = progress.last().expect("progress is told");
    let row = &last["jobs"][0];
    assert_eq!((&row["id"], &row["state"]), (&json!(id), &json!("running")));
    let percent = row["progress"].as_f64().unwrap();
    assert!(percent > 0.0 && percent < 100.0, "{row}");
    assert!(row["rate"].is_number(), "{row}");
    // Nobody knows how long a dialog stands.
    assert_eq!(row["estimated_time_remaining"], Value::Null, "{row}");
    listener.agrees(&bench).await;

    bench.control().dismiss();
    for listener in [&mut listener, &mut jobs_only] {
        let done = message(listener, "complete").await;
        assert_eq!((&done["id"], &done["state"]), (&json!(id), &json!("done")));
        assert_eq!(done["verdict"], "pass", "{done}");
        assert_eq!(done["report"]["files"].as_array().unwrap().len(), 2);
    }
    listener.agrees(&bench).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_print_that_comes_to_nothing_is_told_as_an_error() {
    let bench = held().await;
    let mut listener = listen(&bench, "?topics=jobs").await;
    let id = print(&bench, "night").await;
    listener.until(|state| is_held(job(state, id))).await;
    let stop = format!("/api/v1/export/stop/{id}");
    bench.post(&stop, json!({})).await.done(200);
    bench.control().dismiss();
    let end = message(&mut listener, "error").await;
    let told = (&end["id"], &end["state"]);
    assert_eq!(told, (&json!(id), &json!("cancelled")));
    bench.close().await;
}

/// How many listen, as the metrics have it.
async fn listeners(bench: &Bench) -> u64 {
    let metrics = bench.get("/metrics").await;
    let text = String::from_utf8(metrics.body).unwrap();
    let mut lines = text.lines();
    let number = lines.find_map(|line| line.strip_prefix("pt_stem_websocket_clients "));
    number.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_keep_up_is_let_go_with_the_reason() {
    let bench = Bench::new().await;
    let narrow = TcpSocket::new_v4().unwrap();
    narrow.set_recv_buffer_size(4096).unwrap();
    let mut slow = open(&bench, "/ws", &[], narrow).await.unwrap();
    slow.next().await;
    let mut quick = listen(&bench, "").await;
    // Wants more and more, and reads none of it.
    let flood = async {
        let wish = || Message::text(r#"{"action":"state"}"#);
        while slow.socket.send(wish()).await.is_ok() {}
    };
    let crowd = async {
        for round in 0..1000 {
            if listeners(&bench).await == 1 {
                return;
            }
            let word = ["mute", "unmute"][round % 2];
            let path = format!("/api/v1/actions/{word}");
            let body = json!({ "arguments": ["Kick"] });
            bench.post(&path, body).await.done(200);
            // Nobody else waits for it.
            quick.agrees(&bench).await;
        }
        panic!("messages without end wait for who does not listen");
    };
    tokio::select! {
        () = flood => panic!("it is gone without a word"),
        () = crowd => {}
    }
    let goodbye = slow.goodbye().await;
    assert_eq!(u16::from(goodbye.code), 1008);
    assert!(goodbye.reason.contains("too slow"), "{}", goodbye.reason);
    quick.agrees(&bench).await;

    // It comes back, and is told what it missed.
    let path = format!("/ws?since={}", slow.seq);
    let opened = open(&bench, &path, &[], TcpSocket::new_v4().unwrap()).await;
    let mut again = opened.unwrap();
    again.state = slow.state;
    assert_eq!(again.next().await["data"], json!({ "patch": [] }));
    again.agrees(&bench).await;
    bench.close().await;
}

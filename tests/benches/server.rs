//! How much the server bears, and how quickly it answers: 200 WebSocket clients that must see every
//! change of the transport while 2,000 requests a second read, and the time of a read beside a
//! FastAPI backend on py-ptsl before the same simulator. `cargo bench --bench server`. Prints
//! tables; asserts nothing.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pt-stem");
const LISTENERS: usize = 200;
const READERS: usize = 50;
const READS_A_SECOND: usize = 2_000;
const CHANGES: usize = 20;
const READS: [&str; 4] = [
    "/api/v1/connection/status",
    "/api/v1/session/info",
    "/api/v1/tracks",
    "/api/v1/transport/status",
];

/// A process that ends with us.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn program(home: &std::path::Path, words: &[&str]) -> Process {
    let child = Command::new(PROGRAM)
        .args(words)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("PT_STEM__SERVER__CHANGES_PER_SECOND", "100000")
        .current_dir(home)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Process(child)
}

fn wait_for_line(process: &mut Process, text: &str) {
    let mut lines = BufReader::new(process.0.stderr.take().unwrap()).lines();
    let found = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| line.contains(text));
    assert!(found, "ended before '{text}'");
    std::thread::spawn(move || lines.for_each(drop));
}

/// A connection that is kept.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(port: u16) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let buffer = Vec::new();
        Some(Self { stream, buffer })
    }

    /// Status and bytes of the answer.
    async fn send(&mut self, method: &str, path: &str) -> Option<(u16, usize)> {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.ok()?;
        self.buffer.clear();
        let mut chunk = [0; 16384];
        loop {
            let count = self
                .stream
                .read(&mut chunk)
                .await
                .ok()
                .filter(|count| *count > 0)?;
            self.buffer.extend_from_slice(&chunk[..count]);
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
            let status = head.get(9..12)?.parse().ok()?;
            let length: usize = head
                .split("content-length: ")
                .nth(1)?
                .lines()
                .next()?
                .parse()
                .ok()?;
            if self.buffer.len() >= end + 4 + length {
                return Some((status, length));
            }
        }
    }
}

async fn until_ready(port: u16) {
    let mut pace = interval(Duration::from_millis(100));
    loop {
        pace.tick().await;
        let Some(mut client) = Client::connect(port).await else {
            continue;
        };
        if let Some((200, _)) = client.send("GET", "/api/v1/session/info").await {
            return;
        }
    }
}

/// Counts the transport states that it is told of until nothing comes for a while.
async fn listen(port: u16, ready: Arc<AtomicUsize>) -> usize {
    let address = format!("ws://127.0.0.1:{port}/ws?topics=transport");
    let (mut socket, _) = tokio_tungstenite::connect_async(address).await.unwrap();
    let mut seen = 0;
    let first = socket.next().await;
    assert!(first.is_some_and(|message| message.is_ok()));
    ready.fetch_add(1, Ordering::SeqCst);
    while let Ok(Some(Ok(message))) = timeout(Duration::from_secs(5), socket.next()).await {
        if let Message::Text(text) = message {
            seen += usize::from(text.contains("/transport") && text.contains("\"playing\""));
            seen += usize::from(text.contains("/transport") && text.contains("\"stopped\""));
        }
    }
    seen
}

/// Reads at a pace; gives the times in microseconds.
async fn read(port: u16, end: Instant) -> Vec<u64> {
    let mut client = Client::connect(port).await.unwrap();
    let mut pace = interval(Duration::from_secs_f64(
        READERS as f64 / READS_A_SECOND as f64,
    ));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut times = Vec::new();
    let mut at = 0;
    while Instant::now() < end {
        pace.tick().await;
        let began = Instant::now();
        let answer = client.send("GET", READS[at % READS.len()]).await;
        assert_eq!(answer.unwrap().0, 200);
        times.push(u64::try_from(began.elapsed().as_micros()).unwrap());
        at += 1;
    }
    times
}

fn quantiles(mut times: Vec<u64>) -> (u64, u64, u64) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    (at(0.5), at(0.99), at(1.0))
}

async fn load(port: u16) {
    let ready = Arc::new(AtomicUsize::new(0));
    let listeners: Vec<_> = (0..LISTENERS)
        .map(|_| tokio::spawn(listen(port, Arc::clone(&ready))))
        .collect();
    let mut pace = interval(Duration::from_millis(20));
    while ready.load(Ordering::SeqCst) < LISTENERS {
        pace.tick().await;
    }
    let began = Instant::now();
    let end = began + Duration::from_millis(600) * u32::try_from(CHANGES + 1).unwrap();
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(read(port, end)))
        .collect();
    let mut hand = Client::connect(port).await.unwrap();
    let mut pace = interval(Duration::from_millis(600));
    for change in 0..CHANGES {
        pace.tick().await;
        let verb = if change % 2 == 0 { "play" } else { "stop" };
        let path = format!("/api/v1/transport/{verb}");
        assert_eq!(hand.send("POST", &path).await.unwrap().0, 200);
    }
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await.unwrap());
    }
    let took = began.elapsed().as_secs_f64();
    let reads = times.len() as f64 / took;
    let mut missed = 0;
    for listener in listeners {
        missed += CHANGES.saturating_sub(listener.await.unwrap());
    }
    let (median, high, highest) = quantiles(times);
    println!(
        "{LISTENERS} WebSocket clients, {READERS} readers, {CHANGES} changes of the transport"
    );
    println!(
        "{reads:.0} reads a second; microseconds: median {median}, 99 % {high}, highest {highest}"
    );
    println!("changes missed, all clients together: {missed}");
}

async fn reads(port: u16, path: &str, count: usize) -> (u64, u64, u64) {
    let mut client = Client::connect(port).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        assert_eq!(client.send("GET", path).await.unwrap().0, 200);
        times.push(u64::try_from(began.elapsed().as_micros()).unwrap());
    }
    quantiles(times)
}

async fn compare(ours: u16, ptsl: u16) {
    let port = free_port();
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/benches/server/fastapi_backend.py"
    );
    let imports = "import fastapi, uvicorn, ptsl";
    let has_them = Command::new("python3").args(["-c", imports]).output();
    if !has_them.is_ok_and(|output| output.status.success()) {
        println!("skipped: the comparison needs python3 with fastapi, uvicorn and py-ptsl");
        return;
    }
    let child = Command::new("python3")
        .args([script, &ptsl.to_string(), &port.to_string()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _backend = Process(child);
    until_ready(port).await;
    println!("one read after another, microseconds: median, 99 %, highest");
    println!(
        "{:<28}{:>24}{:>28}{:>8}",
        "", "pt-stem", "FastAPI and py-ptsl", "ratio"
    );
    for path in READS.into_iter().skip(1) {
        // In turns, so that both see the same machine.
        let (mut own, mut other) = ((0, 0, 0), (0, 0, 0));
        for _ in 0..3 {
            own = reads(ours, path, 300).await;
            other = reads(port, path, 300).await;
        }
        let ratio = other.0 as f64 / own.0.max(1) as f64;
        let (a, b) = (own, other);
        println!(
            "{path:<28}{:>8}{:>8}{:>8}{:>12}{:>8}{:>8}{ratio:>8.1}",
            a.0, a.1, a.2, b.0, b.1, b.2
        );
    }
}

fn main() {
    let home = tempfile::tempdir().unwrap();
    let (ptsl, http) = (free_port(), free_port());
    let bind = format!("127.0.0.1:{ptsl}");
    let mut simulator = program(home.path(), &["simulate", "--demo", "--bind", &bind]);
    wait_for_line(&mut simulator, "stop it with Ctrl-C");
    let bind = format!("127.0.0.1:{http}");
    let port = ptsl.to_string();
    let words = [
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "serve",
        "--bind",
        &bind,
    ];
    let mut server = program(home.path(), &words);
    wait_for_line(&mut server, "serving on");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        until_ready(http).await;
        load(http).await;
        compare(http, ptsl).await;
    });
}

//! A simulator, the application on top of it and its server, and a small client that speaks HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pt_stem::app::runtime::{App, RuntimeOptions, Sharing};
use pt_stem::app::state::Mode;
use pt_stem::clock::{Clock, SystemClock};
use pt_stem::config::Config;
use pt_stem::server::{Server, ServerOptions};
use pt_stem::simulator::{Control, Options, SessionChoice, Simulator, faults::Faults};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

pub const RATE: u32 = 48_000;
/// Frames of the session, one second.
pub const LENGTH: u64 = 48_000;

/// Track, constant sample, muted. All values and their sums are exact in every format.
pub const TRACKS: [(&str, f64, bool); 5] = [
    ("Kick", 0.125, false),
    ("Snare", 0.0625, false),
    ("Bass", 0.25, false),
    ("Muted", 0.5, true),
    ("Click", 0.03125, false),
];

/// How long anything may take before the test fails.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How a bench is set up.
pub struct Setup {
    /// `Open`: the stems are rendered. `Live`: they are bounced.
    pub mode: Mode,
    /// Without one no session is open.
    pub has_session: bool,
    pub faults: Faults,
    /// The application's.
    pub clock: Arc<dyn Clock>,
    /// Changes the options of the server.
    pub adjust: Box<dyn FnOnce(&mut ServerOptions) + Send>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            mode: Mode::Open(PathBuf::from("session")),
            has_session: true,
            faults: Faults::default(),
            clock: Arc::new(SystemClock::default()),
            adjust: Box::new(|_| {}),
        }
    }
}

/// Everything that runs for one test, in a folder of its own.
pub struct Bench {
    dir: tempfile::TempDir,
    simulator: Simulator,
    server: Server,
    stop: CancellationToken,
    token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Its JSON, if it has this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        self.json()
    }

    /// Fails the test unless it is an error of the one shape.
    #[track_caller]
    pub fn fails(&self, status: u16, code: &str) -> Value {
        let error = self.is(status);
        assert_eq!(error["success"], false, "{error}");
        assert_eq!(error["error_code"], code, "{error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert!(error["details"].is_object(), "{error}");
        assert!(error["timestamp"].as_str().unwrap().ends_with('Z'));
        error
    }

    /// The envelope of a success.
    #[track_caller]
    pub fn done(&self, status: u16) -> Value {
        let value = self.is(status);
        assert_eq!(value["success"], true, "{value}");
        assert!(value["message"].is_string() && value["timestamp"].is_string());
        value
    }
}

impl Bench {
    /// The session of [`TRACKS`], rendered.
    pub async fn new() -> Self {
        Self::of(Setup::default()).await
    }

    /// The same on what counts as a real Pro Tools: bounced.
    pub async fn live() -> Self {
        Self::of(Setup {
            mode: Mode::Live,
            ..Setup::default()
        })
        .await
    }

    pub async fn of(setup: Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        session_folder(&dir.path().join("session"));
        let simulator = simulator(dir.path(), &setup, stop.clone()).await;
        let config = Arc::new(Config::default());
        let mode = match setup.mode {
            Mode::Open(path) => Mode::Open(dir.path().join(path)),
            mode => mode,
        };
        let mut options = RuntimeOptions::new(config, mode, dir.path().join("state"));
        options.host = "127.0.0.1".to_owned();
        options.port = simulator.addresses()[0].port();
        options.sharing = Sharing::Alone;
        options.clock = Arc::clone(&setup.clock);
        let app = App::start(options).unwrap();
        let out = dir.path().join("out");
        std::fs::create_dir_all(&out).unwrap();
        let mut options =
            ServerOptions::new(out, dir.path().join("state"), dir.path().join("config"));
        options.bind = ([127, 0, 0, 1], 0).into();
        options.timeout = Duration::from_secs(60);
        options.changes_per_second = 100_000;
        (setup.adjust)(&mut options);
        let token = options.token.clone();
        let server = Server::start(app, options).await.unwrap();
        let bench = Self {
            dir,
            simulator,
            server,
            stop,
            token,
        };
        bench.linked(setup.has_session).await;
        bench
    }

    /// Waits until the connection stands, and the session is read.
    async fn linked(&self, has_session: bool) {
        let wanted = if has_session { "linked" } else { "no_session" };
        self.until("/api/v1/connection/status", |status| {
            status["state"] == wanted
        })
        .await;
        if has_session {
            // The stems come from the plan, which is made beside.
            self.until("/api/v1/tracks", |tracks| {
                tracks["total_count"] == TRACKS.len() && tracks["tracks"][0]["stem"] == "Drums"
            })
            .await;
        }
    }

    /// Asks again and again until the answer is as wanted.
    pub async fn until(&self, path: &str, mut is_so: impl FnMut(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let value = self.get(path).await.json();
            if is_so(&value) {
                return value;
            }
            assert!(began.elapsed() < LIMIT, "{path} is still {value}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The output root.
    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.server.address()
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let kind = [("Content-Type", "application/json")];
        self.send("POST", path, &kind, body.to_string().as_bytes())
            .await
    }

    /// Any request, with the token where there is one. A `Host` among the headers takes the place of the right one.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text.push_str(&format!("Host: {}\r\n", self.address()));
        }
        if let Some(token) = &self.token
            && !headers.iter().any(|(name, _)| *name == "Authorization")
        {
            text.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes).await
    }

    /// Sends these bytes and reads one whole answer.
    pub async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        let (mut read, mut write) = stream.split();
        let mut heard = Vec::new();
        let hear = async {
            while !is_whole(&heard) && read.read_buf(&mut heard).await.unwrap_or(0) > 0 {}
        };
        // Who is refused early is answered while still sending.
        let send = async {
            let _ = write.write_all(bytes).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = hear => {}
            () = send => {}
            () = tokio::time::sleep(2 * LIMIT) => panic!("no answer to {:?}", String::from_utf8_lossy(bytes)),
        }
        parse(&heard)
    }

    /// Ends everything in order.
    pub async fn close(self) {
        if let Some(app) = self.server.end().await {
            app.end().await;
        }
        self.stop.cancel();
        self.simulator.closed().await;
    }
}

/// Whether nothing more can come of the answer; one without a length ends with the connection.
fn is_whole(heard: &[u8]) -> bool {
    let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&heard[..end]).to_ascii_lowercase();
    let mut lines = head.split("\r\n");
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    match length {
        Some(length) => heard.len() >= end + 4 + length.parse::<usize>().unwrap(),
        None => heard.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn parse(heard: &[u8]) -> Answer {
    let end = heard.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(heard)));
    let head = String::from_utf8_lossy(&heard[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let is_chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let rest = &heard[end + 4..];
    Answer {
        status,
        headers,
        body: if is_chunked {
            unchunk(rest)
        } else {
            rest.to_vec()
        },
    }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..at]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[at + 2..at + 2 + size]);
        rest = &rest[at + 2 + size + 2..];
    }
    body
}

async fn simulator(dir: &Path, setup: &Setup, stop: CancellationToken) -> Simulator {
    let options = Options {
        session: match setup.has_session {
            true => SessionChoice::Open(dir.join("session")),
            false => SessionChoice::None,
        },
        bind: vec![([127, 0, 0, 1], 0).into()],
        faults: setup.faults.clone(),
        state_dir: dir.join("simulator"),
        clock: Arc::new(SystemClock::default()),
        ..Options::default()
    };
    Simulator::start(options, stop).await.unwrap()
}

/// Writes the session of [`TRACKS`], with two stems and a track that belongs to none.
fn session_folder(dir: &Path) {
    std::fs::create_dir_all(dir.join("audio")).unwrap();
    let mut rows = Vec::new();
    for (name, value, mute) in TRACKS {
        let file = format!("audio/{name}.wav");
        constant(&dir.join(&file), value);
        rows.push(json!({
            "name": name, "channels": 1, "mute": mute, "volume_db": 0.0, "pan": null,
            "volume_points": [],
            "clips": [{ "file": file, "start": 0, "offset": 0, "length": LENGTH, "gain_db": 0.0,
                "fade_in": 0, "fade_in_shape": "linear", "fade_out": 0,
                "fade_out_shape": "linear", "mute": false }],
        }));
    }
    let session = json!({
        "version": 1, "name": "Test", "rate": RATE, "length": LENGTH, "tracks": rows,
        "ignore": ["Click"],
        "stems": [
            { "name": "Drums", "channels": 2, "gain_db": 0.0, "tracks": ["Kick", "Snare"] },
            { "name": "Rest", "channels": 2, "gain_db": 0.0, "tracks": ["Bass", "Muted"] },
        ],
    });
    std::fs::write(dir.join("session.json"), session.to_string()).unwrap();
}

fn constant(path: &Path, value: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for _ in 0..LENGTH {
        wav.write_sample((value * f64::from(1 << 23)) as i32)
            .unwrap();
    }
    wav.finalize().unwrap();
}

/// Fails the test unless the file is stereo, of that many frames, and holds this value throughout.
#[track_caller]
pub fn holds(path: &Path, frames: u64, value: f64) {
    let mut wav =
        hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let spec = wav.spec();
    assert_eq!((spec.channels, u64::from(wav.duration())), (2, frames));
    let scale = match spec.sample_format {
        hound::SampleFormat::Int => f64::from(1_u32 << (spec.bits_per_sample - 1)),
        hound::SampleFormat::Float => 1.0,
    };
    let samples: Vec<f64> = match spec.sample_format {
        hound::SampleFormat::Int => wav
            .samples::<i32>()
            .map(|s| f64::from(s.unwrap()))
            .collect(),
        hound::SampleFormat::Float => wav
            .samples::<f32>()
            .map(|s| f64::from(s.unwrap()))
            .collect(),
    };
    let wrong = samples.iter().position(|sample| sample / scale != value);
    assert_eq!(
        wrong,
        None,
        "{} holds {:?} in place of {value}",
        path.display(),
        wrong.map(|at| samples[at] / scale)
    );
}

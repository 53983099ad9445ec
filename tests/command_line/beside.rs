//! A service that prints on a real connection: what other shells see of it and ask of it, what it
//! counts, and how it ends while it prints.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use pt_stem::simulator::faults::Faults;
use pt_stem::simulator::{Control, Options, SessionChoice, Simulator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, Said};
use crate::service::Service;
use crate::wave::{self, RATE};

const LIMIT: Duration = Duration::from_secs(60);

/// The second file of a print waits until a dialog is answered.
const HELD: &str =
    "[[fault]]\nkind = 'waiting'\ncommand = 'ExportMix'\nfrom = 2\nuntil = 'dismissed'\n";

fn session(bench: &Bench) {
    let dir = bench.path("session");
    let tracks = ["Kick", "Bass", "Vox"].map(|name| {
        let file = format!("audio/{name}.wav");
        wave::tone(&dir.join(&file), 1, 110.0, 2000.0, RATE / 4);
        let clip = json!({ "file": file, "start": 0, "offset": 0, "length": RATE / 4 });
        json!({ "name": name, "channels": 1, "pan": 0.0, "clips": [clip] })
    });
    let text = json!({
        "version": 1, "name": "Bench", "rate": RATE, "length": RATE / 4, "tracks": tracks,
        "stems": [
            { "name": "Low", "channels": 2, "tracks": ["Kick", "Bass"] },
            { "name": "Vox", "channels": 2, "tracks": ["Vox"] },
        ],
    });
    std::fs::write(dir.join("session.json"), text.to_string()).unwrap();
}

/// A Pro Tools that other processes connect to.
struct Stage {
    bench: Bench,
    port: String,
    control: Control,
    runtime: Runtime,
    stop: CancellationToken,
    simulator: Option<Simulator>,
}

impl Stage {
    fn new() -> Self {
        let bench = Bench::new();
        session(&bench);
        let (runtime, stop) = (Runtime::new().unwrap(), CancellationToken::new());
        let options = Options {
            session: SessionChoice::Open(bench.path("session")),
            bind: vec![([127, 0, 0, 1], 0).into()],
            state_dir: bench.path("simulator"),
            faults: Faults::parse(HELD, "test").unwrap(),
            ..Options::default()
        };
        let started = Simulator::start(options, stop.clone());
        let simulator = runtime.block_on(started).unwrap();
        Self {
            bench,
            port: simulator.addresses()[0].port().to_string(),
            control: simulator.control(),
            runtime,
            stop,
            simulator: Some(simulator),
        }
    }

    fn serve(&self, env: &[(&str, &str)]) -> Service {
        let args = ["--port", &self.port, "--bind", "127.0.0.1:0"];
        let service = Service::of(&self.bench, &args, env);
        until(&service, "/api/v1/tracks", |told| {
            told["tracks"][2]["stem"] == "Vox"
        });
        service
    }

    /// A print that stands at its second file.
    fn held(&self, service: &Service, dir: &str) {
        let body = json!({ "output_dir": dir, "engine": "bounce", "wait": false });
        let kind = "Content-Type: application/json\r\n";
        let said = service.say("POST", "/api/v1/stems/separate", kind, &body.to_string());
        assert!(said.starts_with("HTTP/1.1 202"), "{said}");
        until(service, "/api/v1/state", |state| {
            let items = state["jobs"][0]["items"].as_array().into_iter().flatten();
            items.clone().any(|item| item["stage"] == "dialog")
        });
    }

    fn shell(&self, args: &[&str]) -> Said {
        let all = [&["--json", "--port", &self.port], args].concat();
        self.bench.run(&all).exits(0)
    }

    fn spawn(&self, args: &[&str]) -> Child {
        let all = [&["--json", "--port", &self.port], args].concat();
        let mut command = self.bench.command(&all);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn jobs(&self) -> Value {
        self.shell(&["jobs"]).json()["jobs"].take()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.control.dismiss();
        self.stop.cancel();
        if let Some(simulator) = self.simulator.take() {
            self.runtime.block_on(simulator.closed());
        }
    }
}

/// Asks again and again until the answer is as wanted.
fn until(service: &Service, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let (_, body) = service.get(path, "");
        let told = serde_json::from_str(&body).unwrap_or_default();
        if is_so(&told) {
            return told;
        }
        assert!(began.elapsed() < LIMIT, "{path} is still {told}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn another_shell_sees_the_print_and_steers_it_over_the_one_connection() {
    let stage = Stage::new();
    let service = stage.serve(&[]);
    stage.held(&service, "night");
    for _ in 0..5 {
        let status = stage.shell(&["status"]).json();
        assert_eq!(status["jobs"][0]["state"], "running", "{status}");
    }
    let jobs = stage.jobs();
    assert_eq!(jobs[0]["progress"], 50.0, "{jobs}");
    assert_eq!(jobs[0]["items"][1]["stage"], "dialog", "{jobs}");
    assert_eq!(jobs[0]["estimated_time_remaining"], Value::Null, "{jobs}");
    let shown = stage.bench.run(&["jobs", "show", "1"]).exits(0).out;
    assert!(shown.contains("shows a dialog"), "{shown}");

    // A print of another shell waits behind it, in the same queue.
    let out = stage.bench.path("other");
    let out = out.to_str().unwrap();
    let second = stage.spawn(&["stems", "print", "--engine", "render", "--out", out]);
    until(&service, "/api/v1/state", |state| {
        state["jobs"].as_array().is_some_and(|jobs| jobs.len() == 2)
    });
    assert_eq!(stage.jobs()[1]["state"], "queued");
    let asked = stage.shell(&["jobs", "cancel", "2"]).json();
    assert_eq!(asked["granted"], "soon", "{asked}");
    let ended = Said::from(second.wait_with_output().unwrap());
    assert_ne!(ended.code, 0, "{ended:?}");
    assert_eq!(stage.jobs()[1]["state"], "cancelled");
    let again = stage.bench.run(&["jobs", "cancel", "2"]);
    assert!(again.err.contains("cancelled"), "{again:?}");

    // One that is being cancelled says so.
    stage.shell(&["jobs", "cancel", "1"]);
    let jobs = stage.jobs();
    assert_eq!(jobs[0]["is_cancelling"], true, "{jobs}");
    stage.control.dismiss();
    until(&service, "/api/v1/state", |state| {
        let jobs = state["jobs"].as_array().into_iter().flatten();
        jobs.clone().all(|job| job["state"] == "cancelled")
    });
    let calls = stage.control.calls();
    assert_eq!(calls["RegisterConnection"], 1, "nobody else connected");
}

#[test]
fn a_print_is_counted_for_prometheus() {
    let stage = Stage::new();
    stage
        .control
        .set_faults(Faults::parse("latency_ms = 1\n", "test").unwrap());
    let service = stage.serve(&[]);
    // It looks on at the first one, and counts what that one does.
    let guest = stage.serve(&[]);
    let body = json!({ "output_dir": "night", "engine": "bounce" }).to_string();
    let kind = "Content-Type: application/json\r\n";
    let said = service.say("POST", "/api/v1/stems/separate", kind, &body);
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    let said: Value = serde_json::from_str(said.split_once("\r\n\r\n").unwrap().1).unwrap();
    let files = said["stem_files"].as_array().unwrap().iter();
    let bytes: u64 = files.map(|file| file["size"].as_u64().unwrap()).sum();
    let (_, text) = service.get("/metrics", "");
    let written = text
        .lines()
        .find_map(|line| line.strip_prefix("pt_stem_written_bytes_total "));
    let written: u64 = written.unwrap().parse().unwrap();
    assert!(written >= bytes && bytes > 0, "{written} of {bytes}");
    let exports = stage.control.calls()["ExportMix"];
    for line in [
        "pt_stem_jobs{state=\"done\"} 1".to_owned(),
        "pt_stem_jobs_ended_total{state=\"done\"} 1".to_owned(),
        "pt_stem_proofs_total{result=\"pass\"} 1".to_owned(),
        format!("pt_stem_ptsl_call_duration_seconds_count{{command=\"ExportMix\"}} {exports}"),
        format!(
            "pt_stem_ptsl_call_duration_seconds_bucket{{le=\"+Inf\",command=\"ExportMix\"}} {exports}"
        ),
    ] {
        assert!(text.lines().any(|own| own == line), "no {line} in {text}");
    }
    let mut lines = text.lines();
    let pace = lines.find_map(|line| line.strip_prefix("pt_stem_job_realtime_factor "));
    assert!(pace.unwrap().parse::<f64>().unwrap() > 0.0, "{text}");
    for line in [
        "pt_stem_jobs_ended_total{state=\"done\"} 1".to_owned(),
        format!("pt_stem_ptsl_call_duration_seconds_count{{command=\"ExportMix\"}} {exports}"),
    ] {
        let began = Instant::now();
        while !guest.get("/metrics", "").1.contains(&line) {
            assert!(began.elapsed() < LIMIT, "the guest does not count {line}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Waits until no more changes are taken.
#[cfg(unix)]
fn is_ending(service: &Service) {
    let began = Instant::now();
    loop {
        let said = service.say("POST", "/api/v1/transport/stop", "", "");
        if said.starts_with("HTTP/1.1 503") && said.contains("\"interrupted\"") {
            return;
        }
        assert!(began.elapsed() < LIMIT, "it still takes changes: {said}");
        std::thread::yield_now();
    }
}

#[cfg(unix)]
const FINISH: (&str, &str) = ("PT_STEM__SERVER__ON_SHUTDOWN", "finish");

#[cfg(target_os = "linux")]
#[test]
fn told_to_end_it_finishes_its_print_where_the_settings_want_it() {
    let stage = Stage::new();
    let path = stage.bench.path("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let hears = |wanted: &str| {
        let mut text = [0; 512];
        loop {
            let length = socket.recv(&mut text).expect(wanted);
            if String::from_utf8_lossy(&text[..length]).contains(wanted) {
                return;
            }
        }
    };
    let service = stage.serve(&[FINISH, ("NOTIFY_SOCKET", path.to_str().unwrap())]);
    stage.held(&service, "night");
    service.terminate();
    hears("STOPPING=1");
    hears("EXTEND_TIMEOUT_USEC=");
    is_ending(&service);
    // It is still to be watched.
    let state = until(&service, "/api/v1/state", |_| true);
    assert_eq!(state["jobs"][0]["state"], "running");
    stage.control.dismiss();
    assert_eq!(service.ended().0, Some(0));
    let jobs = stage.jobs();
    assert_eq!(jobs[0]["state"], "done", "{jobs}");
    assert_eq!(jobs[0]["verdict"], "pass", "{jobs}");
    assert!(stage.bench.path("output/night/manifest.json").exists());
}

#[cfg(unix)]
#[test]
fn told_twice_it_cancels_its_print_and_puts_the_session_back() {
    let stage = Stage::new();
    let before = stage.shell(&["tracks"]).json();
    let service = stage.serve(&[FINISH]);
    stage.held(&service, "night");
    service.terminate();
    is_ending(&service);
    service.terminate();
    let began = Instant::now();
    while stage.jobs()[0]["is_cancelling"] != true {
        assert!(began.elapsed() < LIMIT, "it is not cancelled");
    }
    stage.control.dismiss();
    assert_eq!(service.ended().0, Some(0));
    assert_eq!(stage.jobs()[0]["state"], "cancelled");
    assert_eq!(stage.shell(&["tracks"]).json(), before);
}

#[cfg(unix)]
#[test]
fn told_again_while_it_puts_back_in_vain_it_gives_up_and_says_so() {
    let stage = Stage::new();
    let service = stage.serve(&[]);
    stage.held(&service, "night");
    service.terminate();
    // Nobody is let in any more.
    let began = Instant::now();
    while std::net::TcpStream::connect(&service.address).is_ok() {
        assert!(began.elapsed() < LIMIT, "it still serves");
    }
    service.terminate();
    let interrupted = pt_stem::error::ErrorKind::Interrupted.exit_code();
    assert_eq!(service.ended().0, Some(i32::from(interrupted)));
    stage.control.dismiss();
    stage.bench.run(&["--port", &stage.port, "rescue"]).exits(0);
}

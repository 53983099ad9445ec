//! The program as a service: started, asked over HTTP, told to end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::{Bench, Said, session_folder};

/// A running `serve`; killed at the end of the test.
pub struct Service {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: String,
}

impl Service {
    /// Starts it with `--json` on a free port, unless `args` say another.
    pub fn start(bench: &Bench, args: &[&str], env: &[(&str, &str)]) -> Self {
        let session = session_folder(&bench.path("session"), 2, 0.1);
        Self::over(bench, &session, args, env)
    }

    /// The same over another folder.
    pub fn over(bench: &Bench, session: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let session = session.to_str().unwrap();
        Self::of(bench, &[&["--open", session], args].concat(), env)
    }

    /// The same on whatever `args` say.
    pub fn of(bench: &Bench, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = bench.command(&[&["serve", "--json"], args].concat());
        for name in ["HOST", "PORT", "DEBUG"] {
            command.env_remove(name);
        }
        command.envs(env.iter().copied());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("serve said '{line}': {error}"));
        assert_eq!(said["schema"], 1);
        let address = said["address"].as_str().unwrap().to_owned();
        Self {
            child,
            out,
            address,
        }
    }

    /// Waits until the session is open.
    pub fn opened(&self) {
        let began = Instant::now();
        let has_tracks = || {
            let (status, body) = self.get("/api/v1/tracks", "");
            status == 200 && !body.contains("\"total_count\":0")
        };
        while !has_tracks() {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "no session opens"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Status and body of a GET with further header lines.
    pub fn get(&self, path: &str, headers: &str) -> (u16, String) {
        let text = self.say("GET", path, headers, "");
        let status = text.split(' ').nth(1).unwrap_or_default();
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status.parse().unwrap(), body.to_owned())
    }

    /// The whole answer to a request.
    pub fn say(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (host, length) = (&self.address, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Tells it to end, and gives its exit code with what else it wrote on stdout.
    #[cfg(unix)]
    pub fn end(self) -> (Option<i32>, String) {
        self.terminate();
        self.ended()
    }

    #[cfg(unix)]
    pub fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// Waits until it has ended: its exit code, and what else it wrote on stdout.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(unix)]
fn a_service_says_where_it_is_and_ends_when_told() {
    let bench = Bench::new();
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &[]);
    let (status, body) = service.get("/api/v1/connection/status", "");
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("\"connected\""), "{body}");
    assert_eq!(service.end(), (Some(0), String::new()), "one line, no more");
}

#[test]
#[cfg(unix)]
fn every_change_stands_in_the_log_with_who_and_what() {
    let bench = Bench::new();
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &[]);
    service.opened();
    let json = "Content-Type: application/json\r\n";
    let proxied = format!("{json}X-Forwarded-For: 192.0.2.7, x\r\n");
    for (path, headers, body) in [
        ("/api/v1/actions/unmute", json, r#"{ "arguments": ["T2"] }"#),
        ("/api/v1/transport/play?token=swordfish", "", ""),
        ("/api/v1/export/stop/77", proxied.as_str(), "{}"),
        (
            "/api/v1/stems/separate",
            json,
            r#"{ "output_dir": "../x" }"#,
        ),
        (
            "/api/v1/stems/separate",
            json,
            r#"{ "output_dir": "night", "restore_sends": 1, "stem_configs": [{ "name": "A", "tracks": ["T1"] }] }"#,
        ),
    ] {
        service.say("POST", path, headers, body);
    }
    service.get("/api/v1/tracks", "");
    assert_eq!(service.end().0, Some(0));
    let log = bench.log();
    let line = |words: &[&str]| {
        let has_all = |line: &&str| words.iter().all(|word| line.contains(word));
        let found = log.lines().filter(has_all).count();
        assert_eq!(found, 1, "{words:?} in {log}");
    };
    line(&["127.0.0.1:", "POST", "/api/v1/actions/unmute", "200"]);
    line(&["127.0.0.1:", "unmute T2"]);
    line(&["127.0.0.1:", "POST", "/api/v1/transport/play", "200"]);
    line(&["for 192.0.2.7", "POST", "/api/v1/export/stop/77", "404"]);
    line(&["127.0.0.1:", "POST", "/api/v1/stems/separate", "400"]);
    line(&["127.0.0.1:", "POST", "/api/v1/stems/separate", "200"]);
    line(&["127.0.0.1:", "job=1", "Stems of Bench", "/night"]);
    line(&["127.0.0.1:", "ignored", "restore_sends"]);
    assert!(!log.contains("swordfish"), "no secrets: {log}");
    assert!(!log.contains("/api/v1/tracks"), "reading is no change");
}

#[test]
fn what_was_left_out_on_opening_stands_in_the_plan() {
    let bench = Bench::new();
    let folder = bench.path("loose");
    std::fs::create_dir(&folder).unwrap();
    crate::wave::tone(&folder.join("Kick.wav"), 1, 110.0, 2000.0, 4800);
    std::fs::write(folder.join("Torn.wav"), "RIFF, or so it says").unwrap();
    let service = Service::over(&bench, &folder, &["--bind", "127.0.0.1:0"], &[]);
    service.opened();
    let json = "Content-Type: application/json\r\n";
    let body = r#"{ "stem_configs": [{ "name": "A", "tracks": ["Kick"] }] }"#;
    let said = service.say("POST", "/api/v1/stems/plan", json, body);
    assert!(said.contains("Torn.wav"), "{said}");
    let said = service.say("POST", "/api/v1/stems/separate", json, body);
    assert!(
        said.contains("200 OK") && said.contains("Torn.wav"),
        "{said}"
    );
}

#[test]
fn the_address_comes_from_dotenv_and_the_environment() {
    let bench = Bench::new();
    std::fs::write(bench.path(".env"), "HOST=::1\nPORT=99999\n").unwrap();
    let said = bench.run(&["serve"]).exits(2);
    assert!(said.err.contains("PORT"), "{}", said.err);
    std::fs::write(bench.path(".env"), "HOST=127.0.0.1\nPORT=1\n").unwrap();
    let service = Service::start(&bench, &[], &[("PORT", "0")]);
    assert!(service.address.starts_with("127.0.0.1:"));
}

#[test]
fn others_reach_it_with_a_token_only() {
    let bench = Bench::new();
    let everywhere = ["--bind", "0.0.0.0:0"];
    let said = bench.run(&[&["serve"], &everywhere[..]].concat()).exits(2);
    assert!(said.err.contains("pt-stem token"), "{}", said.err);
    let token = bench.run(&["token"]).exits(0).out;
    assert_eq!(token.trim().len(), 64);
    let mut service = Service::start(&bench, &everywhere, &[]);
    service.address = service.address.replace("0.0.0.0", "127.0.0.1");
    let path = "/api/v1/connection/status";
    assert_eq!(service.get(path, "").0, 401);
    let wrong = format!("Authorization: Bearer {}\r\n", "0".repeat(64));
    assert_eq!(service.get(path, &wrong).0, 401);
    let right = format!("Authorization: Bearer {}\r\n", token.trim());
    assert_eq!(service.get(path, &right).0, 200);
}

#[test]
fn a_token_is_made_once_shown_when_asked_and_replaced_when_asked() {
    let bench = Bench::new();
    let token = |args: &[&str]| -> Said { bench.run(&[&["token"], args].concat()) };
    assert_eq!(token(&["--show"]).code, 2, "none yet");
    let made = token(&[]).exits(0).out;
    let again = token(&[]).exits(0);
    assert_eq!(again.out, "", "not shown unasked");
    assert!(again.err.contains("--show"));
    assert_eq!(token(&["--show"]).exits(0).out, made);
    let other = token(&["--new", "--json"]).exits(0).json();
    assert_eq!(other["made"], true);
    assert_ne!(other["token"], made.trim());
    assert_eq!(token(&["--show", "--json"]).json()["token"], other["token"]);
}

#[test]
#[cfg(unix)]
fn a_token_that_others_can_read_serves_nobody() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    bench.run(&["token"]).exits(0);
    let file = bench.path("config/pt-stem/token");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&file) & 0o777, 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = bench.run(&["serve", "--bind", "0.0.0.0:0"]).exits(2);
    assert!(said.err.contains("chmod 600"), "{}", said.err);
}

#[test]
fn a_token_can_be_wanted_on_this_machine_too() {
    let bench = Bench::new();
    let wanted = [("PT_STEM__SERVER__REQUIRE_TOKEN", "true")];
    let mut command = bench.command(&["serve", "--demo"]);
    let said = Said::from(command.envs(wanted).output().unwrap()).exits(2);
    assert!(said.err.contains("pt-stem token"), "{}", said.err);
    bench.run(&["token"]).exits(0);
    let args = ["--bind", "127.0.0.1:0"];
    let service = Service::start(&bench, &args, &wanted);
    assert_eq!(service.get("/api/v1/tracks", "").0, 401);
    let service = Service::start(&bench, &args, &[]);
    assert_ne!(service.get("/api/v1/tracks", "").0, 401);
}

/// What a path answers, as JSON.
fn json(service: &Service, path: &str) -> (u16, Value) {
    let (status, body) = service.get(path, "");
    let value =
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"));
    (status, value)
}

#[test]
fn it_says_who_it_is_and_how_it_is() {
    let bench = Bench::new();
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &[]);
    let (status, home) = json(&service, "/");
    assert_eq!((status, &home["name"]), (200, &"pt-stem".into()));
    for link in ["docs", "openapi", "health"] {
        let path = home[link].as_str().unwrap();
        assert!([200, 303].contains(&service.get(path, "").0), "{path}");
    }
    assert_eq!(json(&service, "/health").0, 200);
    let connected = service.say("POST", "/api/v1/connection/connect", "", "");
    assert!(connected.starts_with("HTTP/1.1 200"), "{connected}");
    let (status, health) = json(&service, "/api/v1/system/health");
    assert_eq!((status, &health["success"]), (200, &true.into()));
    assert_eq!(health["ptsl_connected"], true);
    for name in ["protools_version", "ptsl_version"] {
        assert_eq!(health[name], "2025.10");
    }
    let system = &health["system_status"];
    for name in ["cpu_usage", "memory_usage", "disk_usage"] {
        let percent = system[name].as_f64().unwrap();
        assert!((0.0..=100.0).contains(&percent), "{name} {percent}");
    }
    assert_eq!(system["active_tasks"], 0);
    assert!(system["uptime"].as_f64().unwrap() > 0.0);
    assert_eq!(service.get("/redoc", "").0, 307);
}

#[test]
fn what_is_not_there_is_refused_in_the_one_shape_of_errors() {
    let bench = Bench::new();
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &[]);
    let (status, error) = json(&service, "/api/v1/nothing%1b");
    assert_eq!((status, &error["error_code"]), (404, &"not_found".into()));
    assert_eq!(error["success"], false);
    assert!(error["timestamp"].is_string() && error["details"].is_object());
    let answer = service.say("GET", "/api/v1/transport/play", "", "");
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert!(
        answer.to_lowercase().contains("\r\nallow: post"),
        "{answer}"
    );
    assert!(answer.contains("\"error_code\":\"method\""), "{answer}");
}

#[test]
fn changes_are_logged_and_limited() {
    let bench = Bench::new();
    let slow = [("PT_STEM__SERVER__CHANGES_PER_SECOND", "1")];
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &slow);
    let stop = || service.say("POST", "/api/v1/transport/stop?token=swordfish", "", "");
    let refused = (0..10)
        .map(|_| stop())
        .find(|answer| answer.starts_with("HTTP/1.1 429"));
    let refused = refused.expect("the third at the latest, unless each takes a second");
    assert!(
        refused.to_lowercase().contains("\r\nretry-after: 1\r\n"),
        "{refused}"
    );
    assert!(refused.contains("\"error_code\":\"rate\""), "{refused}");
    assert_eq!(json(&service, "/health").0, 200, "reading is not limited");
    drop(service);
}

#[test]
fn debug_tells_what_lies_behind_an_error() {
    for (debug, is_told) in [("1", true), ("0", false)] {
        let bench = Bench::new();
        let args = ["--bind", "127.0.0.1:0"];
        let service = Service::start(&bench, &args, &[("DEBUG", debug)]);
        let path = "/api/v1/actions/mute";
        let said = service.say("POST", path, "", "{\"arguments\": 7}");
        let (_, body) = said.split_once("\r\n\r\n").unwrap();
        let error: Value = serde_json::from_str(body).unwrap();
        let causes = error["details"]["causes"].as_array();
        assert_eq!(causes.is_some(), is_told, "{error}");
        let line = |cause: &Value| cause.as_str().unwrap().contains("line 1 column");
        assert!(
            causes.is_none_or(|causes| causes.iter().any(line)),
            "{error}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_refusal_by_the_server_is_one_clear_line_of_the_log() {
    let bench = Bench::new();
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &[]);
    service.say("POST", "/api/v1/connection/connect", "", "");
    service.say("POST", "/api/v1/connection/disconnect", "", "");
    let said = service.say("POST", "/api/v1/transport/play", "", "");
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
    service.end();
    let line = "refused status=503 why=not connected to Pro Tools";
    let log = bench.log();
    assert!(log.contains(line), "{log}");
}

#[test]
#[cfg(target_os = "linux")]
fn systemd_hears_that_it_is_ready_alive_and_stopping() {
    let bench = Bench::new();
    let path = bench.path("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let next = |wanted: &str| {
        let mut text = [0; 512];
        loop {
            let length = socket.recv(&mut text).unwrap();
            if String::from_utf8_lossy(&text[..length]).contains(wanted) {
                return;
            }
        }
    };
    let env = [
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("WATCHDOG_USEC", "150000"),
    ];
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &env);
    next("READY=1");
    next("WATCHDOG=1");
    next("WATCHDOG=1");
    service.end();
    next("STOPPING=1");
}

#[test]
fn metrics_count_calls_and_requests() {
    let bench = Bench::new();
    let service = Service::start(&bench, &["--bind", "127.0.0.1:0"], &[]);
    service.say("POST", "/api/v1/connection/connect", "", "");
    service.get("/api/v1/tracks", "");
    service.get("/nothing/here", "");
    let answer = service.say("GET", "/metrics", "", "");
    assert!(answer.contains("application/openmetrics-text"), "{answer}");
    for words in [
        "pt_stem_connection_up 1",
        "pt_stem_ptsl_call_duration_seconds_count{command=\"RegisterConnection\"}",
        "pt_stem_http_requests_total{method=\"GET\",route=\"/api/v1/tracks\",status=",
        "route=\"none\",status=\"404\"",
    ] {
        assert!(answer.contains(words), "no {words} in {answer}");
    }
    assert!(
        !answer.contains("/nothing/here"),
        "paths of strangers are no labels"
    );
}

#[test]
fn the_interface_serves_where_the_settings_want_it_and_goes_on_where_it_cannot() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 2, 0.1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (bind, words) in [
        ("127.0.0.1:0", "serving on http://127.0.0.1:"),
        (&*taken, "not served over HTTP"),
    ] {
        let mut command = bench.command(&["--plain", "--open", session.to_str().unwrap()]);
        command
            .env("PT_STEM__SERVER__ENABLED", "true")
            .env("PT_STEM__SERVER__BIND", bind);
        Said::from(command.output().unwrap()).exits(0);
        let log = bench.log();
        assert!(log.contains(words), "no {words} in {log}");
    }
}

#[test]
fn logs_show_the_end_and_follow_over_midnight() {
    let bench = Bench::new();
    let dir = bench.path("state/pt-stem/log");
    std::fs::create_dir_all(&dir).unwrap();
    let day = |n: u32| dir.join(format!("pt-stem.2026-01-0{n}.log"));
    std::fs::write(day(1), "a\nb\n").unwrap();
    std::fs::write(day(2), "c\x1b[2J\nd\nbegun").unwrap();
    let last = |n: &str| bench.run(&["logs", "-n", n]).exits(0).out;
    assert_eq!(
        last("1"),
        "d\n",
        "a line that is being written is not shown"
    );
    let three = last("3");
    assert!(
        three.starts_with("b\n") && !three.contains('\x1b'),
        "{three:?}"
    );
    let mut following = bench
        .command(&["logs", "--follow", "-n", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(following.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        line
    };
    assert_eq!(next(), "d\n");
    let mut file = std::fs::File::options().append(true).open(day(2)).unwrap();
    writeln!(file, " ended").unwrap();
    assert_eq!(next(), "begun ended\n");
    std::fs::write(day(3), "next day\n").unwrap();
    assert_eq!(next(), "next day\n");
    following.kill().unwrap();
    following.wait().unwrap();
}

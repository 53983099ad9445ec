//! Safe by default: who may ask, how much, how slowly; and that one can tell when it is not well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pt_stem::clock::{Clock, SystemClock};
use pt_stem::model::Now;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{Answer, Bench, LIMIT, Setup};

const AUDIO: &str = "/api/v1/export/audio";
const MUTE: &str = "/api/v1/actions/mute";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A clock that stands still together with whoever asks it while it is held.
#[derive(Default)]
struct Stuck {
    held: Mutex<()>,
    clock: SystemClock,
}

impl Stuck {
    fn hold(&self) -> MutexGuard<'_, ()> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Stuck {
    fn now(&self) -> Now {
        // Whatever else the thread would do goes on elsewhere.
        tokio::task::block_in_place(|| drop(self.hold()));
        self.clock.now()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_does_not_answer_is_not_well() {
    let clock = Arc::new(Stuck::default());
    let bench = Bench::of(Setup {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Setup::default()
    })
    .await;
    let health = bench.get("/health").await.is(200);
    assert_eq!(health["status"], "ok");
    let system = bench.get("/api/v1/system/health").await.done(200);
    assert_eq!(system["ptsl_connected"], true, "{system}");
    assert!(system["protools_version"].is_string(), "{system}");
    for name in [
        "cpu_usage",
        "memory_usage",
        "disk_usage",
        "uptime",
        "active_tasks",
    ] {
        assert!(
            system["system_status"][name].is_number(),
            "{name}: {system}"
        );
    }
    let (holding, held) = std::sync::mpsc::channel();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let stuck = Arc::clone(&clock);
    let holder = std::thread::spawn(move || {
        let _held = stuck.hold();
        holding.send(()).unwrap();
        let _ = gone.recv();
    });
    held.recv().unwrap();
    // Something happens, so that the application asks for the time.
    let change = async { bench.send("POST", "/api/v1/transport/play", &[], b"").await };
    let seen = async {
        loop {
            let answer = bench.get("/health").await;
            if answer.status != 200 {
                answer.fails(503, "unwell");
                bench
                    .get("/api/v1/system/health")
                    .await
                    .fails(503, "unwell");
                break;
            }
        }
        go.send(()).unwrap();
    };
    let (change, ()) = tokio::join!(change, seen);
    change.done(200);
    holder.join().unwrap();
    bench.get("/health").await.is(200);
    bench.close().await;
}

async fn with_token() -> Bench {
    Bench::of(Setup {
        adjust: Box::new(|options| options.token = Some(TOKEN.to_owned())),
        ..Setup::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_is_told() {
    let bench = with_token().await;
    let none = ("Authorization", "");
    for path in [
        "/",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/ws",
        "/api/v1/state",
        "/api/v1/files",
        "/api/v1/files/download?path=x",
        "/api/v1/system/health",
        "/nothing",
    ] {
        let answer = bench.send("GET", path, &[none], b"").await;
        answer.fails(401, "token");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
    }
    let bare = &TOKEN[..TOKEN.len() - 1];
    for wrong in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {bare}"),
        format!("Bearer {TOKEN}0"),
        format!("Bearer {}", TOKEN.to_uppercase()),
        format!("Basic {TOKEN}"),
        TOKEN.to_owned(),
        format!("Bearer {TOKEN}, Bearer {TOKEN}"),
    ] {
        for (method, path) in [
            ("GET", "/api/v1/tracks"),
            ("POST", "/api/v1/transport/play"),
        ] {
            let header = ("Authorization", wrong.as_str());
            let answer = bench.send(method, path, &[header], b"").await;
            answer.fails(401, "token");
        }
    }
    for query in [
        format!("?token={bare}"),
        format!("?xtoken={TOKEN}"),
        "?token=".to_owned(),
    ] {
        let path = format!("/api/v1/tracks{query}");
        bench
            .send("GET", &path, &[none], b"")
            .await
            .fails(401, "token");
    }
    let path = format!("/api/v1/tracks?x=1&token={TOKEN}");
    bench.send("GET", &path, &[none], b"").await.done(200);
    for right in [format!("Bearer {TOKEN}"), format!("bearer  {TOKEN}")] {
        let header = ("Authorization", right.as_str());
        bench
            .send("GET", "/api/v1/tracks", &[header], b"")
            .await
            .done(200);
    }
    bench.send("GET", "/health", &[none], b"").await.is(200);
    assert_eq!(bench.send("GET", "/ui", &[none], b"").await.status, 200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_ask_only_where_they_are_listed() {
    let bench = Bench::new().await;
    let evil = ("Origin", "http://evil.example");
    let play = "/api/v1/transport/play";
    for origin in [
        "http://evil.example",
        "null",
        "file://",
        "http://127.0.0.1:1",
    ] {
        let answer = bench.send("POST", play, &[("Origin", origin)], b"").await;
        answer.fails(403, "origin");
    }
    let answer = bench.send("GET", "/api/v1/tracks", &[evil], b"").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let own = format!("http://{}", bench.address());
    bench
        .send("POST", play, &[("Origin", &own)], b"")
        .await
        .done(200);
    bench.close().await;

    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.origins = vec!["http://desk.example".to_owned()]),
        ..Setup::default()
    })
    .await;
    let ours = ("Origin", "http://desk.example");
    let answer = bench.send("POST", play, &[ours], b"").await;
    answer.done(200);
    let allowed = |answer: &Answer| {
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_eq!(allowed(&answer).as_deref(), Some("http://desk.example"));
    let asks = ("Access-Control-Request-Method", "POST");
    let answer = bench.send("OPTIONS", play, &[ours, asks], b"").await;
    assert_eq!((answer.status, allowed(&answer).is_some()), (200, true));
    let answer = bench.send("OPTIONS", play, &[evil, asks], b"").await;
    assert_eq!(allowed(&answer), None);
    bench
        .send("POST", play, &[evil], b"")
        .await
        .fails(403, "origin");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stalls_is_not_waited_for() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.limits.idle = Duration::from_millis(50)),
        ..Setup::default()
    })
    .await;
    for (header, begun) in [
        ("Content-Length: 100", "{\"host\""),
        ("Content-Length: 100", ""),
        ("Transfer-Encoding: chunked", "2\r\n{}\r\n"),
    ] {
        let text = format!(
            "POST /api/v1/connection/connect HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\n{header}\r\n\r\n{begun}",
            bench.address()
        );
        bench.raw(text.as_bytes()).await.fails(408, "usage");
    }
    bench.get("/api/v1/tracks").await.done(200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_makes_only_so_many_changes() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.changes_per_second = 1),
        ..Setup::default()
    })
    .await;
    let stop = || bench.send("POST", "/api/v1/transport/stop", &[], b"");
    stop().await.done(200);
    // Wrong ones count too.
    bench
        .post("/api/v1/transport/nothing", json!({}))
        .await
        .fails(404, "not_found");
    let mut refused = None;
    for _ in 0..100 {
        let answer = stop().await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a hundred changes were taken");
    refused.fails(429, "rate");
    assert_eq!(refused.header("retry-after"), Some("1"));
    for _ in 0..50 {
        bench.get("/api/v1/tracks").await.done(200);
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_are_told_to_come_again() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.limits.connections = 3),
        ..Setup::default()
    })
    .await;
    let ask = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", bench.address());
    let mut open = Vec::new();
    let mut told = Vec::new();
    // A connection that has just been closed may still count.
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(bench.address()).await.unwrap();
        let _ = stream.write_all(ask.as_bytes()).await;
        let mut heard = [0; 12];
        let read = stream.read_exact(&mut heard);
        let read = tokio::time::timeout(LIMIT, read).await.unwrap();
        match read {
            Ok(_) if heard == *b"HTTP/1.1 200" => open.push(stream),
            _ => told.push(heard),
        }
        if open.len() == 3 && told.last().is_some_and(|heard| heard == b"HTTP/1.1 503") {
            break;
        }
    }
    assert_eq!((open.len(), told.is_empty()), (3, false));
    drop(open);
    let answers = |status: &Value| {
        let is_full = status["error_code"] == "full";
        assert!(is_full || status["connected"] == true, "{status}");
        !is_full
    };
    bench.until("/api/v1/connection/status", answers).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_takes_no_more_than_it_may_however_many_come_at_once() {
    let bench = Bench::live().await;
    // The first job waits in front of all others.
    let faults = "[[fault]]\nkind = 'waiting'\ncommand = 'ExportMix'\nuntil = 'dismissed'\n";
    let faults = pt_stem::simulator::faults::Faults::parse(faults, "test").unwrap();
    bench.control().set_faults(faults);
    let held = bench
        .post(AUDIO, json!({ "file_name": "held" }))
        .await
        .done(202);
    let status = format!(
        "/api/v1/export/status/{}",
        held["task_id"].as_str().unwrap()
    );
    bench
        .until(&status, |task| task["status"] == "running")
        .await;
    let ask = |n: usize| {
        let body = json!({ "file_name": format!("n{n}"), "engine": "render" });
        bench.post(AUDIO, body)
    };
    let mut waiting = 0;
    for round in 0..13 {
        let asked = (0..10).map(|n| ask(round * 10 + n));
        let answers = futures_util::future::join_all(asked).await;
        for answer in answers {
            match answer.status {
                202 => waiting += 1,
                _ => drop(answer.fails(429, "queue_full")),
            }
        }
    }
    assert_eq!(waiting, 100);
    bench.control().dismiss();
    bench
        .post("/api/v1/actions/cancel-all", json!({}))
        .await
        .done(200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_write_no_further_than_other_requests() {
    let save = async |bench: &Bench, path: &str| {
        let body = json!({ "arguments": [path] });
        bench.post("/api/v1/actions/recipe-save", body).await
    };
    let bench = Bench::new().await;
    for (path, status, code) in [
        ("../x.toml", 400, "usage"),
        ("a/../../x.toml", 400, "usage"),
    ] {
        save(&bench, path).await.fails(status, code);
    }
    save(&bench, "kept.toml").await.done(200);
    assert!(bench.out().join("kept.toml").is_file(), "below the root");
    let call = json!({ "arguments": ["GetPTSLVersion"] });
    bench
        .post("/api/v1/actions/call", call.clone())
        .await
        .done(200);
    bench.close().await;

    for proxied in [false, true] {
        let bench = Bench::of(Setup {
            adjust: Box::new(move |options| {
                options.token = Some(TOKEN.to_owned());
                match proxied {
                    true => options.hosts = vec!["stems.example.org".to_owned()],
                    false => options.bind = ([0, 0, 0, 0], 0).into(),
                }
            }),
            ..Setup::default()
        })
        .await;
        let outside = bench.path("outside.toml");
        let outside = outside.to_str().unwrap();
        save(&bench, outside).await.fails(403, "outside");
        assert!(!bench.path("outside.toml").exists());
        bench
            .post("/api/v1/actions/call", call.clone())
            .await
            .fails(403, "outside");
        let body = json!({ "output_dir": bench.path("elsewhere") });
        bench.post(AUDIO, body).await.fails(403, "outside");
        bench.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_folders_take_prints_from_everywhere() {
    let listed = tempfile::tempdir().unwrap();
    let place = listed.path().to_owned();
    let bench = Bench::of(Setup {
        adjust: Box::new(move |options| {
            options.bind = ([0, 0, 0, 0], 0).into();
            options.token = Some(TOKEN.to_owned());
            options.write_roots = vec![place];
        }),
        ..Setup::default()
    })
    .await;
    let dir = listed.path().join("night");
    let body = json!({ "output_dir": dir, "file_name": "mix" });
    let answer = bench.post(AUDIO, body).await.done(202);
    let task = crate::prints::ended(&bench, &answer).await;
    assert_eq!(task["status"], "completed", "{task}");
    let path = format!(
        "/api/v1/files/download?path={}",
        dir.join("mix.wav").display()
    );
    let answer = bench.get(&path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, std::fs::read(dir.join("mix.wav")).unwrap());
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_recipes_are_not_read() {
    let bench = Bench::new().await;
    let own = bench.path("config/recipes");
    std::fs::create_dir_all(&own).unwrap();
    let text = "[[stem]]\nname = \"One\"\ntracks = [\"Kick\"]\n";
    std::fs::write(own.join("mine.toml"), text).unwrap();
    std::fs::write(bench.path("config/token"), TOKEN).unwrap();
    std::fs::write(bench.out().join("plain.txt"), "secret\n").unwrap();
    std::fs::write(bench.path("config/config.toml"), "webhook = secret\n").unwrap();
    let ask = async |recipe: &str| {
        let body = json!({ "recipe": recipe, "allow_orphans": true });
        bench.post("/api/v1/stems/plan", body).await
    };
    ask("mine.toml").await.is(200);
    for (recipe, status) in [
        ("token", 404),
        ("config.toml", 404),
        ("../config.toml", 400),
        ("plain.txt", 400),
    ] {
        let answer = ask(recipe).await;
        assert_eq!(answer.status, status, "{recipe}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains(TOKEN) && !text.contains("secret"), "{text}");
    }
    #[cfg(unix)]
    {
        let config = bench.path("config/config.toml");
        std::os::unix::fs::symlink(config, bench.out().join("link.toml")).unwrap();
        ask("link.toml").await.fails(403, "outside");
        let list = bench.get("/api/v1/recipes").await.is(200);
        assert_eq!(list["total_count"], 1, "{list}");
        assert_eq!(list["recipes"][0]["name"], "mine");
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pro_tools_that_does_not_answer_in_time_is_late() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.timeout = Duration::from_millis(300)),
        ..Setup::default()
    })
    .await;
    let faults = "[[fault]]\nkind = 'hang'\ncommand = 'SetTrackMuteState'\n";
    let faults = pt_stem::simulator::faults::Faults::parse(faults, "test").unwrap();
    bench.control().set_faults(faults);
    let body = json!({ "arguments": ["Kick"] }).to_string();
    let answer = bench.send("POST", MUTE, &[JSON], body.as_bytes()).await;
    answer.fails(504, "timeout");
    bench.control().dismiss();
    bench.close().await;
}

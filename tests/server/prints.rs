//! Stems, exports and tasks, with the files that come of them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bench::{Bench, LENGTH, Setup, holds};

const SEPARATE: &str = "/api/v1/stems/separate";
const AUDIO: &str = "/api/v1/export/audio";
const DRUMS: f64 = 0.125 + 0.0625;
const BASS: f64 = 0.25;

/// Waits until a task has ended, and gives its status.
pub async fn ended(bench: &Bench, answer: &Value) -> Value {
    let id = answer["task_id"].as_str().unwrap();
    let path = format!("/api/v1/export/status/{id}");
    let open = ["pending", "running"];
    bench
        .until(&path, |task| {
            !open.contains(&task["status"].as_str().unwrap())
        })
        .await
}

/// The only exported file of a task that is done.
fn only_file(task: &Value) -> PathBuf {
    assert_eq!(task["status"], "completed", "{task}");
    let files = task["result"]["exported_files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{task}");
    PathBuf::from(files[0].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_own_stems_are_printed_and_proven() {
    let bench = Bench::new().await;
    let body = json!({ "output_dir": "night/one" });
    let answer = bench.post(SEPARATE, body.clone()).await.done(200);
    assert_eq!(answer["proof"]["verdict"], "pass", "{answer}");
    let dir = bench.out().canonicalize().unwrap().join("night/one");
    let files = answer["stem_files"].as_array().unwrap();
    for (file, (name, value)) in files.iter().zip([("Drums", DRUMS), ("Rest", BASS)]) {
        assert_eq!(file["name"], name);
        assert_eq!(file["duration"], 1.0);
        assert_eq!(file["peak"], 20.0 * value.log10());
        let path = Path::new(file["file_path"].as_str().unwrap());
        assert!(path.starts_with(&dir), "{file}");
        assert_eq!(file["size"], std::fs::metadata(path).unwrap().len());
        holds(path, LENGTH, value);
    }
    assert_eq!(files.len(), 2);
    let manifest = std::fs::read(dir.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["files"].as_array().unwrap().len(), 2);

    // The same again: the files are there.
    let error = bench.post(SEPARATE, body).await.fails(409, "exists");
    assert_eq!(error["details"]["findings"][0]["code"], "file_exists");
    let body = json!({ "output_dir": "night/one", "on_existing": "version" });
    bench.post(SEPARATE, body).await.done(200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stems_named_in_the_request_are_printed_at_once_or_later() {
    let bench = Bench::new().await;
    let configs = json!([
        { "name": "All drums", "type": "drums", "tracks": ["Kick", "Sn*"], "restore_sends": 1 },
        { "name": "Low", "tracks": ["Bass"] },
    ]);
    let body = json!({
        "output_dir": "a", "stem_configs": configs, "format": "wav", "bit_depth": 32,
        "range": "0..24000", "wait": false, "restore_automation": true,
    });
    let answer = bench.post(SEPARATE, body).await.done(202);
    assert_eq!(answer["stem_files"], json!([]));
    let task = ended(&bench, &answer).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(
        (&task["progress"], &task["total_snapshots"]),
        (&json!(100.0), &json!(2))
    );
    assert_eq!(task["data"]["task_id"], task["task_id"]);
    for name in ["created_at", "started_at", "completed_at"] {
        assert!(task[name].as_str().unwrap().ends_with('Z'), "{task}");
    }
    let result = &task["result"];
    assert_eq!(
        (&result["success"], &result["failed_snapshots"]),
        (&json!(true), &json!([]))
    );
    let files = result["exported_files"].as_array().unwrap();
    for (file, value) in files.iter().zip([DRUMS, BASS]) {
        holds(Path::new(file.as_str().unwrap()), 24_000, value);
    }
    assert_eq!(files.len(), 2);

    let tasks = bench.get("/api/v1/export/tasks").await.done(200);
    assert_eq!(tasks["total_count"], 1);
    let path = format!("/api/v1/export/tasks/{}", task["task_id"].as_str().unwrap());
    bench.delete(&path).await.done(200);
    bench.delete(&path).await.fails(404, "not_found");
    let tasks = bench.get("/api/v1/export/tasks").await.done(200);
    assert_eq!(tasks["tasks"], json!([]));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_prints_the_same_and_leaves_the_session_as_it_was() {
    let bench = Bench::live().await;
    let before = bench.get("/api/v1/tracks").await.done(200)["tracks"].clone();
    let body = json!({ "output_dir": "b", "engine": "bounce" });
    let answer = bench.post(SEPARATE, body).await.done(200);
    let files = answer["stem_files"].as_array().unwrap();
    for (file, value) in files.iter().zip([DRUMS, BASS]) {
        holds(
            Path::new(file["file_path"].as_str().unwrap()),
            LENGTH,
            value,
        );
    }
    bench
        .until("/api/v1/tracks", |tracks| tracks["tracks"] == before)
        .await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recipes_come_as_text_or_as_files_and_write_no_further_than_requests() {
    let bench = Bench::new().await;
    let text = "[[stem]]\nname = \"One\"\ntracks = [\"Kick\", \"Snare\", \"Bass\", \"Muted\"]\n";
    let body = json!({ "output_dir": "c", "recipe_text": text });
    let answer = bench.post(SEPARATE, body).await.done(200);
    let file = answer["stem_files"][0]["file_path"].as_str().unwrap();
    holds(Path::new(file), LENGTH, DRUMS + BASS);

    std::fs::write(bench.out().join("own.toml"), text).unwrap();
    let body = json!({ "output_dir": "d", "recipe": "own.toml" });
    bench.post(SEPARATE, body).await.done(200);
    for (body, status, code) in [
        (json!({ "recipe": "nothing.toml" }), 404, "not_found"),
        (json!({ "recipe": "../state/x" }), 400, "usage"),
        (json!({ "recipe": "/etc/passwd" }), 403, "outside"),
        (json!({ "recipe_text": "[[stem" }), 422, "recipe"),
        (
            json!({ "recipe_text": text, "recipe": "own.toml" }),
            400,
            "usage",
        ),
        (
            json!({ "recipe_text": format!("[output]\nroot = \"../x\"\n{text}") }),
            400,
            "usage",
        ),
        (
            json!({ "recipe_text": "[[stem]]\nname = \"One\"\ntracks = [\"Kick\"]" }),
            422,
            "plan",
        ),
    ] {
        bench.post(SEPARATE, body).await.fails(status, code);
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_printed_is_told_before_anything_starts() {
    let bench = Bench::new().await;
    let stem = |tracks: Value| json!([{ "name": "A", "tracks": tracks }]);
    let long = "x".repeat(300);
    let many: Vec<Value> = (0..1001)
        .map(|n| json!({ "name": n.to_string() }))
        .collect();
    for (body, status, code) in [
        (json!({ "stem_configs": stem(json!(["Kik"])) }), 422, "plan"),
        (
            json!({ "stem_configs": stem(json!(["Kick"])), "range": "x" }),
            422,
            "recipe",
        ),
        (json!({ "stem_configs": [{ "name": " " }] }), 400, "usage"),
        (json!({ "stem_configs": [{ "name": long }] }), 400, "usage"),
        (json!({ "stem_configs": many }), 400, "usage"),
        (json!({ "stem_configs": stem(json!("Kick")) }), 400, "usage"),
        (json!({ "bit_depth": 20 }), 400, "usage"),
        (json!({ "format": "ogg" }), 400, "usage"),
        (json!({ "engine": "magic" }), 400, "usage"),
        (json!({ "output_dir": "../x" }), 400, "usage"),
        (json!({ "output_dir": "a/../../x" }), 400, "usage"),
        (json!({ "output_dir": "a\u{0}b" }), 400, "usage"),
    ] {
        bench.post(SEPARATE, body).await.fails(status, code);
    }
    let error = bench
        .post(SEPARATE, json!({ "stem_configs": stem(json!(["Kik"])) }))
        .await;
    let error = error.fails(422, "plan");
    assert!(error.to_string().contains("Kick"), "{error}");
    assert_eq!(
        bench.get("/api/v1/export/tasks").await.done(200)["total_count"],
        0
    );
    assert_eq!(std::fs::read_dir(bench.out()).unwrap().count(), 0);
    bench.close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn output_leaves_neither_through_links_nor_by_whole_paths_of_strangers() {
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| {
            options.bind = ([0, 0, 0, 0], 0).into();
            options.token = Some("secret".to_owned());
            options.hosts = vec!["0.0.0.0".to_owned()];
        }),
        ..Setup::default()
    })
    .await;
    let outside = bench.path("outside");
    std::fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, bench.out().join("link")).unwrap();
    for dir in ["link", "link/deeper", outside.to_str().unwrap(), "/tmp"] {
        let body = json!({ "output_dir": dir });
        bench.post(SEPARATE, body).await.fails(403, "outside");
        let body = json!({ "output_dir": dir });
        bench.post(AUDIO, body).await.fails(403, "outside");
    }
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_take_tracks_a_range_and_a_name() {
    let bench = Bench::new().await;
    let outside = bench.path("elsewhere");
    let body = json!({
        "tracks": ["Kick", "Bass"], "start": 0.25, "end": 0.75, "bit_depth": 16,
        "file_name": "two {braces}.wav", "output_dir": outside,
    });
    let answer = bench.post(AUDIO, body).await.done(202);
    let file = only_file(&ended(&bench, &answer).await);
    assert_eq!(file.file_name().unwrap(), "two {braces}.wav");
    holds(&file, 24_000, 0.125 + BASS);
    assert!(!outside.join("manifest.json").exists());

    // The whole mix, to the end.
    let body = json!({ "start": "0.5", "file_name": "rest" });
    let answer = bench.post(AUDIO, body).await.done(202);
    let file = only_file(&ended(&bench, &answer).await);
    assert_eq!(file, bench.out().canonicalize().unwrap().join("rest.wav"));
    holds(&file, 24_000, DRUMS + BASS);

    for (body, status, code) in [
        (json!({ "start": 2, "end": 1 }), 400, "usage"),
        (json!({ "start": -1 }), 400, "usage"),
        (json!({ "start": "nonsense" }), 400, "usage"),
        (json!({ "end": 1e300 }), 400, "usage"),
        (json!({ "file_name": "../x" }), 400, "usage"),
        (json!({ "file_name": ".wav" }), 400, "usage"),
        (json!({ "file_name": "rest" }), 409, "exists"),
        (json!({ "tracks": ["Nobody"] }), 422, "plan"),
        (json!({ "sample_rate": 44_000 }), 422, "plan"),
    ] {
        bench.post(AUDIO, body).await.fails(status, code);
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_are_not_there_and_sessions_that_are_not_open() {
    let bench = Bench::of(Setup {
        has_session: false,
        ..Setup::default()
    })
    .await;
    for id in ["1", "0", "-1", "abc", "99999999999999999999", "%00"] {
        let status = format!("/api/v1/export/status/{id}");
        bench.get(&status).await.fails(404, "not_found");
        let stop = format!("/api/v1/export/stop/{id}");
        bench.post(&stop, json!({})).await.fails(404, "not_found");
        let task = format!("/api/v1/export/tasks/{id}");
        bench.delete(&task).await.fails(404, "not_found");
    }
    for path in [SEPARATE, AUDIO] {
        bench.post(path, json!({})).await.fails(409, "no_session");
    }
    bench.close().await;
}

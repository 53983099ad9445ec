//! Tasks while one of them holds Pro Tools: what is busy, what is full, what is stopped.

use pt_stem::app::state::Mode;
use pt_stem::simulator::faults::Faults;
use serde_json::{Value, json};

use crate::bench::{Bench, Setup};
use crate::prints::ended;

const AUDIO: &str = "/api/v1/export/audio";

#[tokio::test(flavor = "multi_thread")]
async fn a_held_bounce_is_busy_the_queue_fills_and_all_of_it_can_be_stopped() {
    let text = "[[fault]]\nkind = 'waiting'\ncommand = 'ExportMix'\nuntil = 'dismissed'\n";
    let bench = Bench::of(Setup {
        mode: Mode::Live,
        faults: Faults::parse(text, "test").unwrap(),
        ..Setup::default()
    })
    .await;
    let held = bench
        .post(AUDIO, json!({ "file_name": "held" }))
        .await
        .done(202);
    let id = held["task_id"].as_str().unwrap();
    let status = format!("/api/v1/export/status/{id}");
    let task = bench
        .until(&status, |task| task["current_snapshot"] == 1)
        .await;
    assert_eq!(
        (&task["status"], &task["result"]),
        (&json!("running"), &Value::Null)
    );
    assert_eq!(task["total_snapshots"], 1);
    assert!(task["current_snapshot_name"].is_string(), "{task}");

    let path = format!("/api/v1/export/tasks/{id}");
    bench.delete(&path).await.fails(409, "busy");
    let state = json!({ "name": "A", "trackStates": [{ "trackName": "Kick", "is_soloed": true }] });
    let error = bench
        .post(
            "/api/v1/session/apply-snapshot",
            json!({ "snapshot": state }),
        )
        .await;
    assert_eq!(error.fails(409, "busy")["details"]["task_id"], id);

    let next = |n: usize| json!({ "file_name": format!("next {n}"), "engine": "render" });
    let mut waiting = Vec::new();
    for n in 0..100 {
        waiting.push(bench.post(AUDIO, next(n)).await.done(202));
    }
    bench.post(AUDIO, next(100)).await.fails(429, "queue_full");
    let first = waiting[0]["task_id"].as_str().unwrap();
    let status = format!("/api/v1/export/status/{first}");
    let task = bench.get(&status).await.done(200);
    assert_eq!(
        (&task["status"], &task["progress"]),
        (&json!("pending"), &json!(0.0))
    );
    assert_eq!(
        (&task["current_snapshot"], &task["started_at"]),
        (&json!(0), &Value::Null)
    );

    for task in &waiting {
        let path = format!("/api/v1/export/stop/{}", task["task_id"].as_str().unwrap());
        bench.post(&path, json!({})).await.done(200);
    }
    let task = ended(&bench, &waiting[0]).await;
    assert_eq!(task["status"], "cancelled");
    assert_eq!(task["result"]["success"], false);
    assert_eq!(
        task["result"]["failed_snapshots"].as_array().unwrap().len(),
        1
    );
    let path = format!("/api/v1/export/stop/{first}");
    bench.post(&path, json!({})).await.fails(409, "job");

    bench.control().dismiss();
    let task = ended(&bench, &held).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert!(bench.out().join("held.wav").exists());
    bench.close().await;
}

//! Connecting and loading 1,000 tracks, against py-ptsl asking the same. Run with
//! `cargo test --test link -- --ignored --nocapture thousand`.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use pt_stem::simulator::{Options, SessionChoice, Simulator};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::bench::Bench;

const SCRIPT: &str = r#"
import json, sys, time
from ptsl import Engine
from ptsl import PTSL_pb2 as pt
from ptsl.client import Client
calls = 0
send = Client._send_sync_request
def counted(self, *args, **kwargs):
    global calls
    calls += 1
    return send(self, *args, **kwargs)
Client._send_sync_request = counted
started = time.perf_counter()
e = Engine(company_name="c", application_name="a", address=sys.argv[1])
e.ptsl_version(); e.session_path(); e.session_name(); e.session_sample_rate()
e.session_timecode_rate(); e.session_start_time(); e.session_bit_depth()
e.get_session_ids(); e.session_length(); e.session_audio_format(); e.session_interleaved_state()
tracks = e.track_list(); e.get_memory_locations()
e.get_timeline_selection(format=pt.TLType_Samples) if "format" in e.get_timeline_selection.__code__.co_varnames else e.get_timeline_selection()
e.transport_state(); e.transport_armed()
print(json.dumps({"calls": calls, "ms": (time.perf_counter() - started) * 1000, "tracks": len(tracks)}))
"#;

fn python(address: &str) -> Option<Value> {
    let output = Command::new("python3")
        .args(["-c", SCRIPT, address])
        .output()
        .ok()?;
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(text.lines().last()?).ok()
}

fn session(root: &Path) {
    let tracks: Vec<Value> = (0..1000)
        .map(|i| json!({"name": format!("Track {i}"), "channels": 2, "clips": []}))
        .collect();
    let session = json!({
        "version": 1, "rate": 48_000, "length": 48_000, "name": "Big",
        "timecode_rate": "25", "start_timecode": "01:00:00:00", "tracks": tracks,
    });
    std::fs::create_dir_all(root.join("audio")).unwrap();
    std::fs::write(root.join("session.json"), session.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn a_thousand_tracks_are_loaded_faster_than_by_py_ptsl() {
    let dir = tempfile::tempdir().unwrap();
    session(dir.path());
    let stop = CancellationToken::new();
    let options = Options {
        session: SessionChoice::Open(dir.path().to_owned()),
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        state_dir: dir.path().join("state"),
        ..Options::default()
    };
    let simulator = Simulator::start(options, stop.clone()).await.unwrap();
    let address = simulator.addresses()[0];
    for _ in 0..3 {
        let started = Instant::now();
        let mut bench = Bench::start(address.port());
        assert_eq!(bench.tracks().await.len(), 1000);
        bench.settled().await;
        let ours = started.elapsed().as_secs_f64() * 1000.0;
        let calls = bench.link.client().borrow().as_ref().unwrap().call_count();
        bench.stop.cancel();
        let at = address.to_string();
        let Some(theirs) = tokio::task::spawn_blocking(move || python(&at))
            .await
            .unwrap()
        else {
            println!("skipped: no python3 with py-ptsl");
            break;
        };
        assert_eq!(theirs["tracks"], 1000);
        println!(
            "1,000 tracks: {calls} calls, {ours:.1} ms; py-ptsl {} calls, {:.1} ms; ratio {:.2}",
            theirs["calls"],
            theirs["ms"].as_f64().unwrap(),
            ours / theirs["ms"].as_f64().unwrap()
        );
        assert!(calls < theirs["calls"].as_u64().unwrap());
    }
    stop.cancel();
    simulator.closed().await;
}

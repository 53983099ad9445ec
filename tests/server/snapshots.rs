//! Snapshots: printed, applied, told about.

use std::path::Path;

use serde_json::{Value, json};

use crate::bench::{Bench, LENGTH, TRACKS, holds};
use crate::prints::ended;

const START: &str = "/api/v1/export/start";
const APPLY: &str = "/api/v1/session/apply-snapshot";

/// A snapshot of all tracks as a client of this kind keeps it.
fn snapshot(name: &str, soloed: &[&str], muted: &[&str]) -> Value {
    let states: Vec<Value> = TRACKS
        .iter()
        .map(|(track, ..)| {
            json!({
                "trackId": "", "trackName": track, "is_soloed": soloed.contains(track),
                "is_muted": muted.contains(track), "type": "audio", "color": "#112233",
            })
        })
        .collect();
    json!({
        "id": "1", "name": name, "trackStates": states, "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": null,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_snapshot_becomes_a_file_of_what_sounds_in_it() {
    for bench in [Bench::new().await, Bench::live().await] {
        let body = json!({
            "snapshots": [
                snapshot("Drums", &["Kick", "Snare"], &["Muted"]),
                snapshot("No bass", &[], &["Bass", "Muted", "Click"]),
                snapshot("Solo and mute", &["Kick", "Bass"], &["Kick", "Muted"]),
                snapshot("Everything", &[], &["Muted"]),
            ],
            "export_settings": {
                "file_format": "wav", "mix_source_name": "Out 1-2", "mix_source_type": "Output",
                "online_export": false, "file_prefix": "p{1}_", "output_path": "snaps",
                "restore_plugins": true,
            },
            "start_time": 0, "end_time": 0.5,
        });
        let answer = bench.post(START, body.clone()).await.done(202);
        let task = ended(&bench, &answer).await;
        assert_eq!(task["status"], "completed", "{task}");
        let files = task["result"]["exported_files"].as_array().unwrap();
        let all = 0.125 + 0.0625 + 0.25 + 0.03125;
        for (file, (name, value)) in files.iter().zip([
            ("p{1}_Drums.wav", 0.1875),
            ("p{1}_No bass.wav", 0.1875),
            ("p{1}_Solo and mute.wav", 0.25),
            ("p{1}_Everything.wav", all),
        ]) {
            let file = Path::new(file.as_str().unwrap());
            assert_eq!(file.file_name().unwrap(), name);
            holds(file, LENGTH / 2, value);
        }
        assert_eq!(files.len(), 4);
        bench.post(START, body).await.fails(409, "exists");
        bench.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_stand_for_what_is_in_them_and_solo_safe_tracks_sound_always() {
    for bench in [Bench::new().await, Bench::live().await] {
        let clip = |name: &str| {
            let file = bench.path(&format!("session/audio/{name}.wav"));
            json!([{ "file": file, "start": 0, "length": LENGTH }])
        };
        let track = |name: &str, folder: Option<&str>, safe: bool| {
            json!({ "name": name, "channels": 1, "pan": null, "folder": folder, "solo_safe": safe,
                "clips": clip(name) })
        };
        let session = json!({
            "version": 1, "name": "Nested", "rate": 48_000, "length": LENGTH, "tracks": [
                { "name": "DRUMS", "type": "folder" },
                track("Kick", Some("DRUMS"), false),
                track("Snare", Some("DRUMS"), false),
                track("Bass", None, false),
                track("Click", None, true),
            ],
        });
        let dir = bench.path("nested");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("session.json"), session.to_string()).unwrap();
        bench.control().switch_session(dir).await.unwrap();
        bench
            .until("/api/v1/session/info", |info| {
                info["session_name"] == "Nested"
            })
            .await;
        bench
            .until("/api/v1/tracks", |tracks| tracks["total_count"] == 5)
            .await;
        let of = |name: &str, states: Value| json!({ "name": name, "trackStates": states });
        let body = json!({ "snapshots": [
            of("folder", json!([{ "trackName": "DRUMS", "is_soloed": true }])),
            of("muted folder", json!([{ "trackName": "DRUMS", "is_muted": true }])),
            of("one of it", json!([{ "trackName": "Snare", "is_soloed": true },
                { "trackName": "Click", "is_muted": true }])),
        ] });
        let answer = bench.post(START, body).await.done(202);
        let task = ended(&bench, &answer).await;
        assert_eq!(task["status"], "completed", "{task}");
        let files = task["result"]["exported_files"].as_array().unwrap();
        let click = 0.03125;
        for (file, value) in files
            .iter()
            .zip([0.125 + 0.0625 + click, 0.25 + click, 0.0625])
        {
            holds(Path::new(file.as_str().unwrap()), LENGTH, value);
        }
        assert_eq!(files.len(), 3);
        bench.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_that_cannot_be_printed_are_refused_with_the_reason() {
    let bench = Bench::new().await;
    let one = |snapshot: Value| json!({ "snapshots": [snapshot] });
    let strange =
        json!({ "name": "A", "trackStates": [{ "trackName": "Gone", "is_soloed": true }] });
    let bus = json!({
        "snapshots": [snapshot("A", &["Kick"], &[])],
        "export_settings": { "mix_source_name": "DX", "mix_source_type": "Bus" },
    });
    let nameless = json!({ "name": "A", "trackStates": [{ "is_soloed": true }] });
    for (body, status, code, word) in [
        (one(strange), 422, "plan", "Gone"),
        (
            one(snapshot("A", &["Muted"], &[])),
            422,
            "plan",
            "muted now",
        ),
        (
            one(snapshot("A", &["Kick"], &["Kick"])),
            422,
            "plan",
            "nothing sounds",
        ),
        (one(snapshot("", &["Kick"], &[])), 400, "usage", "name"),
        (one(nameless), 400, "usage", "trackName"),
        (bus, 422, "plan", "bus"),
        (json!({ "snapshots": [] }), 400, "usage", "no snapshots"),
        (json!({}), 400, "usage", "snapshots"),
        (
            json!({ "snapshots": [snapshot("A", &["Kick"], &[]), snapshot("A", &["Bass"], &[])] }),
            422,
            "plan",
            "two stems",
        ),
    ] {
        let error = bench.post(START, body).await.fails(status, code);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(word), "{word}: {error}");
    }
    // One that is gone and was not heard does no harm.
    let mut harmless = snapshot("A", &["Kick"], &["Muted"]);
    let states = harmless["trackStates"].as_array_mut().unwrap();
    states.push(json!({ "trackName": "Gone", "is_muted": true }));
    let answer = bench.post(START, one(harmless)).await.done(202);
    assert_eq!(ended(&bench, &answer).await["status"], "completed");
    bench.close().await;
}

/// Names of the tracks that are soloed, and of those that are muted.
async fn switches(bench: &Bench) -> (Vec<String>, Vec<String>) {
    let tracks = bench.get("/api/v1/tracks").await.done(200);
    let on = |field: &str| -> Vec<String> {
        let rows = tracks["tracks"].as_array().unwrap().iter();
        rows.filter(|row| row[field] == true)
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    (on("is_soloed"), on("is_muted"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_applied_and_only_what_differs_is_changed() {
    let bench = Bench::new().await;
    let body = json!({ "snapshot": snapshot("A", &["Kick", "Bass"], &["Snare"]) });
    let answer = bench.post(APPLY, body.clone()).await.done(200);
    assert_eq!(answer["changed"], 4, "{answer}");
    let (soloed, muted) = switches(&bench).await;
    assert_eq!(
        (soloed, muted),
        (
            vec!["Kick".to_owned(), "Bass".to_owned()],
            vec!["Snare".to_owned()]
        )
    );
    assert_eq!(bench.post(APPLY, body).await.done(200)["changed"], 0);

    // Without the field around it; one track is unknown, the others are left alone.
    let body = json!({ "name": "B", "trackStates": [
        { "trackName": "Kick" }, { "trackName": "Gone", "is_muted": true },
    ] });
    let answer = bench.post(APPLY, body).await.done(200);
    assert_eq!(answer["unknown_tracks"], json!(["Gone"]));
    assert_eq!(
        answer["unlisted_tracks"],
        json!(["Snare", "Bass", "Muted", "Click"])
    );
    assert_eq!(switches(&bench).await.0, ["Bass"]);
    bench.post(APPLY, json!({})).await.fails(400, "usage");
    bench
        .post(APPLY, json!({ "snapshot": { "name": "A" } }))
        .await
        .fails(400, "usage");

    let off = json!({ "snapshot": snapshot("C", &[], &["Muted"]) });
    bench.post(APPLY, off).await.done(200);
    bench
        .post("/api/v1/connection/disconnect", json!({}))
        .await
        .done(200);
    let body = json!({ "snapshot": snapshot("A", &[], &[]) });
    bench.post(APPLY, body).await.fails(503, "not_connected");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_are_counted() {
    let bench = Bench::new().await;
    let mut one = snapshot("A & ü", &["Kick", "Bass"], &["Kick", "Muted"]);
    let states = one["trackStates"].as_array_mut().unwrap();
    states.push(json!({ "trackName": "Gone", "type": "aux" }));
    let encoded: String = one
        .to_string()
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let path = format!("/api/v1/session/snapshot-info?snapshot_data={encoded}");
    let answer = bench.get(&path).await.done(200);
    assert_eq!(answer["snapshot"]["name"], "A & ü");
    assert_eq!(answer["snapshot"]["trackStates"][0]["trackName"], "Kick");
    let expected = json!({
        "total_tracks": 6, "soloed_tracks": 2, "muted_tracks": 2, "audible_tracks": 1,
        "track_types": { "audio": 5, "aux": 1 }, "unknown_tracks": ["Gone"],
    });
    assert_eq!(answer["statistics"], expected);
    for query in [
        "",
        "?snapshot_data=",
        "?snapshot_data=%7B",
        "?snapshot_data=[]",
        "?x=1",
    ] {
        let path = format!("/api/v1/session/snapshot-info{query}");
        bench.get(&path).await.fails(400, "usage");
    }
    bench.close().await;
}

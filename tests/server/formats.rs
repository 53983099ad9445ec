//! Ranges by timecode, containers and depths, mix sources, real time: what a request may ask of a print.

use std::path::Path;

use pt_stem::media::decode::Reader;
use serde_json::{Value, json};

use crate::bench::{Bench, LENGTH, TRACKS, holds};
use crate::prints::ended;

const AUDIO: &str = "/api/v1/export/audio";
const START: &str = "/api/v1/export/start";
const ALL: f64 = 0.125 + 0.0625 + 0.25;

/// The one file of a task that is done.
async fn printed(bench: &Bench, path: &str, body: Value) -> std::path::PathBuf {
    let answer = bench.post(path, body).await.done(202);
    let task = ended(bench, &answer).await;
    assert_eq!(task["status"], "completed", "{task}");
    let files = task["result"]["exported_files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{task}");
    Path::new(files[0].as_str().unwrap()).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_told_in_timecode_too() {
    let bench = Bench::new().await;
    let info = bench.get("/api/v1/session/info").await.is(200);
    let start = info["start_timecode"].as_str().unwrap();
    let rate: u64 = info["timecode_rate"].as_str().unwrap().parse().unwrap();
    let at = |frame: u64| format!("{}:{frame:02}", start.rsplit_once(':').unwrap().0);
    let body = json!({ "start": at(rate / 5), "end": at(rate / 5 * 3), "file_name": "part" });
    let file = printed(&bench, AUDIO, body).await;
    let frames = LENGTH * (rate / 5 * 2) / rate;
    holds(&file, frames, ALL);
    let snapshot =
        json!({ "name": "A", "trackStates": [{ "trackName": "Bass", "is_soloed": true }] });
    let body = json!({ "snapshots": [snapshot], "start_time": start, "end_time": at(rate / 5) });
    holds(
        &printed(&bench, START, body).await,
        LENGTH * (rate / 5) / rate,
        0.25,
    );
    for (field, wrong) in [
        ("start", "99:99:99:99"),
        ("start", "00:00:00:00:00"),
        ("end", "-1"),
        ("end", ""),
    ] {
        let mut body = json!({ "file_name": "wrong" });
        body[field] = json!(wrong);
        let error = bench.post(AUDIO, body).await.fails(400, "usage");
        assert_eq!(error["details"]["field"], field, "{wrong}: {error}");
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_are_what_they_say_and_what_they_cannot_hold_is_refused() {
    let bench = Bench::new().await;
    for bits in [16, 24, 32] {
        let body = json!({ "format": "wav", "bit_depth": bits, "file_name": bits.to_string() });
        let file = printed(&bench, AUDIO, body).await;
        assert_eq!(
            hound::WavReader::open(&file)
                .unwrap()
                .spec()
                .bits_per_sample,
            bits
        );
    }
    let snapshots = json!([{ "name": "A", "trackStates": [{ "trackName": "Bass" }] }]);
    // What is not written says so before anything starts, and what to do.
    for format in ["mp3", "m4a", "mxf"] {
        let body = json!({ "format": format, "file_name": "no" });
        let error = bench.post(AUDIO, body).await.fails(422, "plan");
        assert!(
            error["message"].as_str().unwrap().contains(format),
            "{error}"
        );
        assert!(error["details"]["hints"][0].is_string(), "{error}");
    }
    let settings = |format: &str| json!({ "snapshots": snapshots, "export_settings": { "file_format": format } });
    bench.post(START, settings("mp3")).await.fails(400, "usage");
    let jobs = bench.get("/api/v1/jobs").await.is(200);
    assert_eq!(jobs["total_count"], 3);
    bench.close().await;
}

/// Fails the test unless an integer file is stereo, of the session's length and holds this value throughout.
fn whole_holds(path: &Path, bits: u16, value: f64) {
    let mut reader = Reader::open(path).unwrap();
    let info = reader.info();
    assert_eq!((info.channels, info.bits, info.float), (2, bits, false));
    let mut samples = vec![0.0; 2 * LENGTH as usize + 2];
    assert_eq!(reader.read(&mut samples).unwrap() as u64, LENGTH);
    assert!(samples[..2 * LENGTH as usize].iter().all(|s| *s == value));
}

#[tokio::test(flavor = "multi_thread")]
async fn aiff_and_flac_are_printed_proven_and_verified() {
    for live in [false, true] {
        let bench = if live {
            Bench::live().await
        } else {
            Bench::new().await
        };
        for (format, extension) in [("aiff", "aif"), ("flac", "flac")] {
            for bits in [16, 24] {
                let body = json!({
                    "format": format, "bit_depth": bits, "file_name": bits.to_string(),
                    "tracks": ["Bass"],
                });
                let file = printed(&bench, AUDIO, body).await;
                assert_eq!(file.extension().unwrap(), extension);
                whole_holds(&file, bits, 0.25);
            }
            let no = json!({ "format": format, "bit_depth": 32, "file_name": "no" });
            let error = bench.post(AUDIO, no).await.fails(422, "plan");
            let said = error["message"].as_str().unwrap();
            assert!(said.contains(&format.to_uppercase()), "{error}");
            let stems = json!({ "output_dir": format!("stems {format}"), "format": format });
            let answer = bench.post("/api/v1/stems/separate", stems).await.done(200);
            assert_eq!(answer["proof"]["verdict"], "pass", "{answer}");
        }
        for (format, extension) in [("aiff", "aif"), ("flac", "flac")] {
            let body = json!({
                "snapshots": [{ "name": "A", "trackStates": [{ "trackName": "Bass", "is_soloed": true }] }],
                "export_settings": { "file_format": format },
            });
            let file = printed(&bench, START, body).await;
            assert_eq!(file.extension().unwrap(), extension);
            whole_holds(&file, 24, 0.25);
        }
        bench.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_takes_the_source_that_it_is_told_and_the_time_that_it_needs() {
    let bench = Bench::live().await;
    let states: Vec<Value> = TRACKS
        .iter()
        .map(|(name, _, muted)| json!({ "trackName": name, "is_muted": muted }))
        .collect();
    let ask = |name: &str, kind: &str, source: &str, online: bool| {
        json!({
            "snapshots": [{ "name": name, "trackStates": states }],
            "export_settings": { "mix_source_name": source, "mix_source_type": kind,
                "online_export": online },
        })
    };
    let all = ALL + 0.03125;
    for (name, kind, online) in [("out", "Output", true), ("physical", "PhysicalOut", false)] {
        let file = printed(&bench, START, ask(name, kind, "Out 1-2", online)).await;
        holds(&file, LENGTH, all);
    }
    for (kind, source) in [
        ("Bus", "Nobody"),
        ("Output", "Out 99"),
        ("PhysicalOut", "x"),
    ] {
        let answer = bench.post(START, ask("no", kind, source, false)).await;
        let said = match answer.status {
            202 => ended(&bench, &answer.json()).await,
            _ => answer.fails(422, "plan"),
        };
        assert_ne!(said["status"], "completed", "{said}");
        assert!(said.to_string().contains(source), "{said}");
    }
    bench
        .post(START, ask("no", "Aux", "x", false))
        .await
        .fails(400, "usage");
    bench.close().await;
}

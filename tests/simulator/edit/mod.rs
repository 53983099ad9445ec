//! Editing: what a bounce prints after it, sample by sample, and what is refused.

mod limits;
mod made;
mod pieces;

use super::*;
use pt_stem::audio::fade::curve;
use pt_stem::model::FadeShape;

/// Frames of the ramp's file: three seconds.
const FRAMES: usize = 144_000;

const SECOND: usize = 48_000;

/// No two samples of the ramp are alike, and all are exact in 24 bits.
fn ramp(frame: usize) -> f64 {
    (frame + 1) as f64 / 262_144.0
}

/// Ramp (mono), Pair (stereo, 1/4 throughout), Empty (mono), all without pan.
fn ramp_session(root: &Path) -> SessionChoice {
    let spec = WriteSpec {
        sample_rate: RATE,
        channels: 1,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create(&root.join("audio/Ramp.wav"), spec).unwrap();
    let samples: Vec<f64> = (0..FRAMES).map(ramp).collect();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
    constant(&root.join("audio/Pair.wav"), 2, 0.25);
    let track = |name: &str, channels: u16, clips: Value| json!({ "name": name, "channels": channels, "pan": null, "clips": clips });
    let session = json!({
        "version": 1, "rate": RATE, "length": FRAMES, "name": "Edits",
        "tracks": [
            track("Ramp", 1, json!([{ "file": "audio/Ramp.wav", "start": 0, "offset": 0,
                "length": FRAMES }])),
            track("Pair", 2, json!([{ "file": "audio/Pair.wav", "start": 0, "offset": 0,
                "length": LENGTH, "mute": true }])),
            track("Empty", 1, json!([])),
        ],
    });
    std::fs::write(root.join("session.json"), session.to_string()).unwrap();
    SessionChoice::Open(root.to_owned())
}

impl Bench {
    async fn ramp() -> Self {
        Self::with(ramp_session, Faults::default()).await
    }

    async fn select(&mut self, tracks: &[&str], start: usize, end: usize) {
        let names = json!({ "track_names": tracks, "selection_mode": "SM_Replace" });
        self.ok("SelectTracksByName", names).await;
        let range = json!({ "in_time": start.to_string(), "out_time": end.to_string(),
            "location_type": "TLType_Samples" });
        self.ok("SetTimelineSelection", range).await;
    }

    async fn edit(&mut self, command: &str) {
        assert_eq!(self.ok(command, Value::Null).await, Value::Null);
    }

    async fn edit_selection(&mut self) -> (String, String) {
        let body = json!({ "location_type": "TLType_Samples" });
        let answer = self.ok("CId_GetEditSelection", body).await;
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        (text("in_time"), text("out_time"))
    }

    /// The left channel of a float bounce of the first `frames`.
    async fn printed(&mut self, frames: usize) -> Vec<f64> {
        let out = self.path("out");
        std::fs::create_dir_all(&out).unwrap();
        let mut request = mix_request(&out, "mix", "Bit32Float");
        request["end_time"]["location"] = json!(frames.to_string());
        self.ok("ExportMix", request).await;
        let file = out.join("mix.wav");
        let samples = left(&file);
        std::fs::remove_file(file).unwrap();
        assert_eq!(samples.len(), frames);
        samples
    }
}

fn left(path: &Path) -> Vec<f64> {
    let (samples, channels) = samples(path);
    samples.into_iter().step_by(channels).collect()
}

/// Pieces of the ramp (from, to), `None` for silence of that many samples.
fn played(pieces: &[(Option<usize>, usize)]) -> Vec<f64> {
    pieces
        .iter()
        .flat_map(|(from, length)| (0..*length).map(move |at| from.map_or(0.0, |f| ramp(f + at))))
        .collect()
}

fn assert_samples(got: &[f64], wanted: &[f64], what: &str) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let wrong = got.iter().zip(wanted).position(|(a, b)| a != b);
    if let Some(at) = wrong {
        panic!("{what}: sample {at} is {}, not {}", got[at], wanted[at]);
    }
}

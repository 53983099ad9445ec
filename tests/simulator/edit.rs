//! Editing: what a bounce prints after it, sample by sample, and what is refused.

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
    let mut reader = Reader::open(path).unwrap();
    let channels = usize::from(reader.info().channels);
    let mut samples = Vec::new();
    let mut block = vec![0.0; 4096 * channels];
    loop {
        let frames = reader.read(&mut block).unwrap();
        if frames == 0 {
            return samples;
        }
        samples.extend(block[..frames * channels].iter().step_by(channels));
    }
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

#[tokio::test]
async fn a_second_is_cut_and_pasted_elsewhere() {
    let mut bench = Bench::ramp().await;
    let whole = played(&[(Some(0), FRAMES)]);
    assert_samples(&bench.printed(FRAMES).await, &whole, "untouched");
    bench.select(&["Ramp"], SECOND, 2 * SECOND).await;
    bench.edit("Cut").await;
    let cut = played(&[
        (Some(0), SECOND),
        (None, SECOND),
        (Some(2 * SECOND), SECOND),
    ]);
    assert_samples(&bench.printed(FRAMES).await, &cut, "cut");
    let place = 2 * SECOND + 24_000;
    bench.select(&["Ramp"], place, place).await;
    bench.edit("Paste").await;
    let selection = bench.edit_selection().await;
    assert_eq!(selection, ("120000".to_owned(), "168000".to_owned()));
    let pasted = played(&[
        (Some(0), SECOND),
        (None, SECOND),
        (Some(2 * SECOND), 24_000),
        (Some(SECOND), SECOND),
    ]);
    assert_samples(&bench.printed(168_000).await, &pasted, "pasted");
    let answer = bench.ok("Undo", json!({ "levels": 1 })).await;
    assert_eq!(answer["operations"][0]["operation"], "Paste");
    assert!(answer["operations"][0]["time"].is_string());
    assert_samples(&bench.printed(FRAMES).await, &cut, "paste undone");
    let answer = bench.ok("UndoAll", Value::Null).await;
    assert_eq!(answer["operations"].as_array().unwrap().len(), 1);
    assert_samples(&bench.printed(FRAMES).await, &whole, "all undone");
    let answer = bench.ok("Redo", json!({ "levels": 2 })).await;
    assert_eq!(answer["operations"][0]["operation"], "Cut");
    assert_samples(&bench.printed(168_000).await, &pasted, "redone");
    bench.edit("ClearUndoQueue").await;
    let answer = bench.ok("UndoAll", Value::Null).await;
    assert_eq!(answer["operations"], json!([]));
    assert_eq!(
        bench.refused("Undo", json!({ "levels": 1 })).await,
        "PT_CannotBeDone"
    );
    bench.end().await;
}

#[tokio::test]
async fn shuffle_closes_up_and_repeats_push_on() {
    let mut bench = Bench::ramp().await;
    bench
        .ok("SetEditMode", json!({ "edit_mode": "EMO_Shuffle" }))
        .await;
    bench.select(&["Ramp"], SECOND, 2 * SECOND).await;
    bench.edit("Clear").await;
    let closed = [(Some(0), SECOND), (Some(2 * SECOND), SECOND)];
    assert_samples(
        &bench.printed(2 * SECOND).await,
        &played(&closed),
        "closed up",
    );
    bench.select(&["Ramp"], 1_000, 2_000).await;
    bench
        .ok("RepeatSelection", json!({ "num_repeats": 2 }))
        .await;
    assert_eq!(
        bench.edit_selection().await,
        ("2000".to_owned(), "4000".to_owned())
    );
    let pushed = played(&[
        (Some(0), 2_000),
        (Some(1_000), 1_000),
        (Some(1_000), 1_000),
        (Some(2_000), SECOND - 2_000),
        (Some(2 * SECOND), SECOND),
    ]);
    assert_samples(
        &bench.printed(2 * SECOND + 2_000).await,
        &pushed,
        "pushed on",
    );
    bench.ok("UndoAll", Value::Null).await;
    bench
        .ok("SetEditMode", json!({ "edit_mode": "EMO_Slip" }))
        .await;
    bench.select(&["Ramp"], 1_000, 2_000).await;
    bench.edit("DuplicateSelection").await;
    let over = played(&[
        (Some(0), 2_000),
        (Some(1_000), 1_000),
        (Some(3_000), FRAMES - 3_000),
    ]);
    assert_samples(&bench.printed(FRAMES).await, &over, "laid over");
    bench.select(&["Ramp"], 500, 2_500).await;
    bench.edit("TrimToSelection").await;
    let trimmed = played(&[
        (None, 500),
        (Some(500), 1_500),
        (Some(1_000), 500),
        (None, 500),
        (Some(3_000), 1_000),
    ]);
    assert_samples(&bench.printed(4_000).await, &trimmed, "trimmed");
    bench.edit("Copy").await;
    bench.select(&["Empty"], 0, 5_000).await;
    let fill = json!({ "paste_special_option": "Repeat_To_Fill_Selection" });
    bench.ok("PasteSpecial", fill).await;
    bench.set("SetTrackMuteState", &["Ramp"], true).await;
    let round = played(&[(Some(500), 1_500), (Some(1_000), 500)]);
    let filled: Vec<f64> = round.iter().cycle().take(5_000).copied().collect();
    // The track is new to audio: it has a pan, at -3 dB in the middle.
    let got = bench.printed(5_000).await;
    let pan = got[0] / filled[0];
    for (at, (got, wanted)) in got.iter().zip(&filled).enumerate() {
        assert!((got - wanted * pan).abs() < 1e-7, "filled at {at}");
    }
    bench.end().await;
}

#[tokio::test]
async fn consolidating_changes_no_sample() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], SECOND, SECOND + 1_000).await;
    bench.edit("Cut").await;
    bench.select(&["Ramp"], 5_000, 5_000).await;
    bench.edit("Paste").await;
    let before = bench.printed(FRAMES).await;
    bench
        .select(&["Ramp", "Empty"], 4_000, SECOND + 2_000)
        .await;
    bench.edit("ConsolidateClip").await;
    assert_samples(&bench.printed(FRAMES).await, &before, "consolidated");

    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = Path::new(path["session_path"]["path"].as_str().unwrap()).to_owned();
    let folder = path.parent().unwrap().join("Audio Files");
    let file = left(&folder.join("Ramp_01.wav"));
    assert_samples(&file, &before[4_000..SECOND + 2_000], "the file");
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(names.len(), 1, "an empty track makes no file");
    assert_eq!(clips::clip_ids(&mut bench, "Ramp_01").await.len(), 1);
    assert!(!bench.path("song/Audio Files").exists());

    bench.ok("Undo", Value::Null).await;
    assert_samples(&bench.printed(FRAMES).await, &before, "undone");
    bench.ok("Redo", Value::Null).await;
    bench.ok("SaveSession", Value::Null).await;
    bench.ok("CloseSession", Value::Null).await;
    let open = json!({ "session_path": path.display().to_string() });
    bench.ok("OpenSession", open).await;
    assert_samples(&bench.printed(FRAMES).await, &before, "opened again");
    bench.select(&["Empty"], 0, 100).await;
    assert_eq!(
        bench.refused("ConsolidateClip", Value::Null).await,
        "PT_NoClipsFound"
    );
    bench.end().await;
}

#[tokio::test]
async fn fades_follow_their_formula_and_survive_cuts() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], 0, FRAMES).await;
    let preset = |name: &str| json!({ "fade_preset_name": name, "auto_adjust_bounds": true });
    let answer = bench
        .ok("CreateFadesBasedOnPreset", preset("Equal Power 50 ms"))
        .await;
    assert_eq!(answer["fade_preset_name"], "Equal Power 50 ms");
    let length = 2_400;
    let gain = |part: usize| curve(part as f64 / length as f64, FadeShape::EqualPower);
    let faded: Vec<f64> = (0..FRAMES)
        .map(|at| {
            let ends = gain(at.min(length)) * gain((FRAMES - at).min(length));
            f64::from((ramp(at) * ends) as f32)
        })
        .collect();
    assert_samples(&bench.printed(FRAMES).await, &faded, "faded");

    // A cut through a fade leaves each side its part of the curve, over a save too.
    for (from, to) in [(1_000, 1_500), (FRAMES - 900, FRAMES - 800)] {
        bench.select(&["Ramp"], from, to).await;
        bench.edit("Cut").await;
        bench.edit("Paste").await;
    }
    assert_samples(&bench.printed(FRAMES).await, &faded, "cut through");
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = path["session_path"]["path"].clone();
    bench
        .ok("CloseSession", json!({ "save_on_close": true }))
        .await;
    bench
        .ok("OpenSession", json!({ "session_path": path }))
        .await;
    assert_samples(&bench.printed(FRAMES).await, &faded, "saved");

    // Where two clips meet they are crossed, as far as there is audio behind them.
    let mut bench = {
        bench.end().await;
        Bench::ramp().await
    };
    bench.select(&["Ramp"], SECOND, 2 * SECOND).await;
    bench.edit("Cut").await;
    bench.select(&["Ramp"], SECOND, SECOND + 24_000).await;
    bench.edit("Paste").await;
    bench.select(&["Ramp"], 90_000, 100_000).await;
    bench
        .ok("CreateFadesBasedOnPreset", preset("Linear 10 ms"))
        .await;
    let mixed = bench.printed(FRAMES).await;
    let cross = 480;
    for at in 0..cross {
        let place = 2 * SECOND - cross / 2 + at;
        let x = at as f64 / cross as f64;
        let wanted = ramp(place) * (1.0 - x) + ramp(place) * x;
        assert!((mixed[place] - wanted).abs() < 1e-7, "crossed at {place}");
    }
    let kind = bench
        .refused("CreateFadesBasedOnPreset", preset("Nobody's"))
        .await;
    assert_eq!(kind, "PT_NoPresetFound");
    bench.end().await;
}

#[tokio::test]
async fn special_forms_take_gain_and_automation() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], 0, FRAMES).await;
    let option = |word: &str| json!({ "automation_data_option": word });
    for (word, command) in [
        ("All_Automation", "CopySpecial"),
        ("Clip_Gain", "CutSpecial"),
        ("Clip_Effects", "CutSpecial"),
        ("PlugIn_Automation", "ClearSpecial"),
        ("Pan_Automation", "ClearSpecial"),
    ] {
        assert_eq!(bench.ok(command, option(word)).await, Value::Null);
    }
    let whole = played(&[(Some(0), FRAMES)]);
    assert_samples(&bench.printed(FRAMES).await, &whole, "nothing to take");
    for (command, body, kind) in [
        ("CutSpecial", json!({}), "PT_InvalidParameter"),
        ("PasteSpecial", json!({}), "PT_InvalidParameter"),
        (
            "PasteSpecial",
            json!({ "paste_special_option": "Merge" }),
            "PT_CannotBeDone",
        ),
    ] {
        assert_eq!(bench.refused(command, body.clone()).await, kind, "{body}");
    }
    bench.end().await;
}

#[tokio::test]
async fn selections_are_linked_or_not() {
    let mut bench = Bench::ramp().await;
    bench.select(&["Ramp"], 100, 200).await;
    let mut options = bench.ok("GetEditModeOptions", Value::Null).await;
    assert_eq!(
        options["edit_mode_options"]["link_timeline_and_edit_selection"],
        true
    );
    options["edit_mode_options"]["link_timeline_and_edit_selection"] = json!(false);
    bench.ok("SetEditModeOptions", options.clone()).await;
    bench.select(&["Ramp"], 300, 400).await;
    let own = ("100".to_owned(), "200".to_owned());
    assert_eq!(bench.edit_selection().await, own);
    bench.edit("Clear").await;
    let cleared = played(&[(Some(0), 100), (None, 100), (Some(200), 300)]);
    assert_samples(&bench.printed(500).await, &cleared, "the edit selection");
    let all = bench
        .ok("SelectAllClipsOnTrack", json!({ "track_name": "Pair" }))
        .await;
    assert_eq!(all["track_name"], "Pair");
    assert_eq!(bench.edit_selection().await.1, LENGTH.to_string());
    let timeline = json!({ "location_type": "TLType_Samples" });
    let answer = bench.ok("GetTimelineSelection", timeline.clone()).await;
    assert_eq!(answer["in_time"], "300");
    options["edit_mode_options"]["link_timeline_and_edit_selection"] = json!(true);
    bench.ok("SetEditModeOptions", options).await;
    let answer = bench.ok("GetTimelineSelection", timeline).await;
    assert_eq!(answer["out_time"], LENGTH.to_string());

    let extend = json!({ "tracks_to_extend_to": ["Ramp"] });
    bench
        .ok("ExtendSelectionToTargetTracks", extend.clone())
        .await;
    bench.edit("Clear").await;
    assert_samples(&bench.printed(500).await, &vec![0.0; 500], "both tracks");
    bench.end().await;
}

#[tokio::test]
async fn clips_are_renamed_with_their_files() {
    let mut bench = Bench::ramp().await;
    let whole = bench.printed(FRAMES).await;
    let rename = json!({ "clip_name": "Ramp-01", "new_name": "Climb", "rename_file": true });
    bench.ok("RenameTargetClip", rename.clone()).await;
    assert_eq!(
        bench.refused("RenameTargetClip", rename).await,
        "PT_NoClipsFound"
    );
    assert_eq!(clips::clip_ids(&mut bench, "Climb").await.len(), 1);
    assert!(clips::clip_ids(&mut bench, "Ramp-01").await.is_empty());
    let path = bench.ok("GetSessionPath", Value::Null).await;
    let path = Path::new(path["session_path"]["path"].as_str().unwrap()).to_owned();
    assert!(
        path.with_file_name("Audio Files")
            .join("Climb.wav")
            .is_file()
    );
    assert!(
        bench.path("song/audio/Ramp.wav").is_file(),
        "not ours to move"
    );
    assert_samples(&bench.printed(FRAMES).await, &whole, "renamed");

    let selected = |name: &str| json!({ "clip_location": "CL_Timeline", "new_name": name, "rename_file": false });
    bench.select(&["Ramp"], 0, FRAMES - 1).await;
    assert_eq!(
        bench.refused("RenameSelectedClip", selected("Top")).await,
        "PT_NoClipsFound"
    );
    bench.select(&["Ramp"], 0, FRAMES).await;
    assert_eq!(
        bench.refused("RenameSelectedClip", selected("Climb")).await,
        "OS_DuplicateName"
    );
    assert_eq!(
        bench.refused("RenameSelectedClip", selected("")).await,
        "PT_InvalidParameter"
    );
    bench.ok("RenameSelectedClip", selected("Top")).await;
    assert_eq!(clips::clip_ids(&mut bench, "Top").await.len(), 1);
    bench.ok("UndoAll", Value::Null).await;
    assert_samples(&bench.printed(FRAMES).await, &whole, "undone");
    bench.end().await;
}

#[tokio::test]
async fn edits_that_cannot_be_are_refused() {
    let mut bench = Bench::ramp().await;
    let commands = [
        "Cut",
        "Copy",
        "Clear",
        "TrimToSelection",
        "ConsolidateClip",
        "GroupClips",
        "UngroupClips",
        "UngroupAllClips",
        "RegroupClips",
        "DuplicateSelection",
    ];
    for command in commands {
        bench.select(&["Ramp"], 10, 10).await;
        assert_eq!(bench.refused(command, Value::Null).await, "PT_NoSelection");
        bench.select(&[], 10, 20).await;
        assert_eq!(bench.refused(command, Value::Null).await, "PT_NoSelection");
    }
    assert_eq!(bench.refused("Paste", Value::Null).await, "PT_CannotBeDone");
    bench.select(&["Pair"], 0, 100).await;
    bench.edit("Copy").await;
    bench.select(&["Ramp"], 0, 0).await;
    assert_eq!(
        bench.refused("Paste", Value::Null).await,
        "PT_CannotBeDone",
        "stereo on mono"
    );
    for (times, kind) in [
        (0, "PT_InvalidParameter"),
        (-1, "PT_InvalidParameter"),
        (i32::MAX, "PT_ArgumentOutOfRange"),
    ] {
        bench.select(&["Ramp"], 0, 4_800).await;
        let body = json!({ "num_repeats": times });
        assert_eq!(
            bench.refused("RepeatSelection", body).await,
            kind,
            "{times}"
        );
    }
    bench.select(&["Ramp"], 0, 1).await;
    let body = json!({ "num_repeats": 200_000 });
    assert_eq!(
        bench.refused("RepeatSelection", body).await,
        "PT_CannotBeDone"
    );
    bench.select(&["Ramp"], 0, 100).await;
    bench.set("SetTrackFrozenState", &["Ramp"], true).await;
    assert_eq!(bench.refused("Cut", Value::Null).await, "PT_CannotBeDone");
    for (command, body) in [
        ("SelectAllClipsOnTrack", json!({ "track_name": "Nobody" })),
        (
            "ExtendSelectionToTargetTracks",
            json!({ "tracks_to_extend_to": ["Nobody"] }),
        ),
    ] {
        assert_eq!(bench.refused(command, body).await, "PT_NoTrackFound");
    }
    let none = json!({ "track_name": "Empty" });
    assert_eq!(
        bench.refused("SelectAllClipsOnTrack", none).await,
        "PT_NoClipsFound"
    );
    let whole = played(&[(Some(0), FRAMES)]);
    bench.set("SetTrackFrozenState", &["Ramp"], false).await;
    assert_samples(&bench.printed(FRAMES).await, &whole, "as before");
    let answer = bench.ok("UndoAll", Value::Null).await;
    assert_eq!(answer["operations"], json!([]), "nothing was done");
    bench.end().await;
}

#[tokio::test]
async fn markers_are_undone_too() {
    let mut bench = Bench::ramp().await;
    let marker = json!({ "name": "Here", "start_time": "01:00:01:00", "time_properties": "TP_Marker",
        "reference": "MLR_Absolute", "number": 1 });
    bench.ok("CreateMemoryLocation", marker).await;
    let count = |answer: Value| answer["memory_locations"].as_array().unwrap().len();
    let all = json!({ "pagination_request": { "limit": 100, "offset": 0 } });
    assert_eq!(count(bench.ok("GetMemoryLocations", all.clone()).await), 1);
    bench.ok("Undo", Value::Null).await;
    assert_eq!(count(bench.ok("GetMemoryLocations", all.clone()).await), 0);
    bench.ok("Redo", Value::Null).await;
    assert_eq!(count(bench.ok("GetMemoryLocations", all).await), 1);
    bench.end().await;
}

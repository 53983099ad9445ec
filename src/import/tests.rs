//! Sessions on disk, good and bad, through `open` and `write`.

use std::path::Path;

use serde_json::{Value, json};

use super::{open, session_folder};
use crate::media::encode::{WriteSpec, Writer};
use crate::model::session::ImportedSession;
use crate::model::stem::BitDepth;
use crate::model::{FadeShape, Finding, Level, TrackKind};

fn folder(value: &Value) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("session.json"), value.to_string()).unwrap();
    dir
}

fn read(value: &Value) -> ImportedSession {
    open(folder(value).path()).unwrap()
}

fn refusal(value: &Value) -> String {
    open(folder(value).path()).unwrap_err().to_string()
}

fn full() -> Value {
    json!({
        "version": 1, "rate": 48000, "length": 96000, "name": "Night", "future": {"x": 1},
        "start_timecode": "01:00:00;02", "timecode_rate": "29.97 df", "ignore": ["Click", "Ref *"],
        "markers": [{"number": 3, "name": "Verse", "start": 480, "end": 960, "comments": "c", "track": "Kick"},
                    {"name": "End", "start": 96000}],
        "tracks": [
            {"name": "DRUMS", "type": "folder", "color": "#ff8800", "open": false},
            {"name": "Kick", "channels": 1, "folder": "DRUMS", "mute": true, "solo": true, "solo_safe": true,
             "hidden": true, "inactive": true, "comments": "new\nline", "record_enabled": true,
             "input_monitoring": true, "volume_db": -3.5, "pan": -0.25,
             "volume_points": [[0, -6.0], [48000, 0.0]], "pan_points": [[0, -1], [10, 1.0]],
             "clips": [{"file": "audio/k.wav", "start": -100, "offset": 7, "length": 5000, "gain_db": 1.5,
                        "fade_in": 10, "fade_in_shape": "equal_power", "fade_out": 20, "mute": true, "name": "Kick hit"}],
             "playlists": [{"name": "Kick.01", "clips": [{"file": "audio/k.wav", "start": 5, "length": 6}]}]},
            {"name": "Verb", "type": "aux", "format": "stereo"},
            {"name": "Fader", "type": "vca"},
        ],
        "clip_list": [{"file": "audio/l.wav", "offset": 3, "length": 4, "channels": 2, "name": "Loose"}],
        "stems": [{"name": "Drums", "channels": 2, "gain_db": -1.0, "tracks": ["Kick"]},
                  {"name": "Rest", "folder": "DRUMS", "regex": "^K", "color": "#ff8800", "except": ["Kick"],
                   "type": "mx", "file": "{n}_{stem}", "channels": "as-tracks"}],
    })
}

#[test]
fn every_field_is_read() {
    let session = read(&full());
    assert_eq!(session.info.name, "Night");
    assert_eq!(session.info.ruler.start().to_string(), "01:00:00;02");
    assert!(session.info.path.ends_with("Night.ptx"));
    let kinds: Vec<_> = session.tracks.iter().map(|t| t.kind).collect();
    assert_eq!(
        kinds,
        [
            TrackKind::Folder,
            TrackKind::Audio,
            TrackKind::Aux,
            TrackKind::Vca
        ]
    );
    let kick = &session.tracks[1];
    assert!(kick.muted && kick.soloed && kick.solo_safe && kick.record_enabled);
    assert!(kick.input_monitoring && kick.hidden.explicit && kick.inactive.explicit);
    assert_eq!(kick.folder_id, Some(session.tracks[0].id.clone()));
    assert_eq!(
        (kick.volume_db, kick.pan, kick.channels),
        (Some(-3.5), Some(-0.25), 1)
    );
    assert_eq!(session.tracks[0].color, Some([255, 136, 0]));
    let lane = session.folder.arrangement.lane("Kick").unwrap();
    assert_eq!(lane.clips[0].start, -100);
    assert_eq!(lane.clips[0].fade_in_shape, FadeShape::EqualPower);
    assert_eq!(lane.clips[0].name, "Kick hit");
    assert_eq!(lane.alternates[0].name, "Kick.01");
    assert_eq!(lane.alternates[0].clips[0].start, 5);
    let loose = &session.folder.arrangement.clip_list[0];
    assert_eq!(
        (
            loose.file,
            loose.offset,
            loose.length,
            loose.channels,
            &*loose.name
        ),
        (1, 3, 4, 2, "Loose")
    );
    assert_eq!(lane.pan_points.len(), 2);
    assert_eq!(session.markers[0].end, Some(960));
    assert_eq!(session.markers[1].number, 2);
    assert_eq!(session.folder.stems[1].regex.as_deref(), Some("^K"));
}

#[test]
fn what_is_written_reads_the_same() {
    let dir = folder(&full());
    let first = open(dir.path()).unwrap();
    session_folder::write(&first, dir.path()).unwrap();
    assert_eq!(open(dir.path()).unwrap(), first);

    let elsewhere = tempfile::tempdir().unwrap();
    session_folder::write(&first, elsewhere.path()).unwrap();
    let moved = open(elsewhere.path()).unwrap();
    let path = |session: &ImportedSession| session.folder.arrangement.files[0].path.clone();
    assert_eq!(path(&moved), path(&first), "audio stays where it was");
    assert_eq!(moved.tracks, first.tracks);
    assert_eq!(
        moved.folder.arrangement.lanes,
        first.folder.arrangement.lanes
    );
}

#[test]
fn ids_have_pro_tools_form_and_do_not_change() {
    let (a, b) = (read(&full()), read(&full()));
    assert_eq!(a.tracks, b.tracks);
    let id = &a.tracks[1].id.0;
    let groups: Vec<_> = id.trim_matches(['{', '}']).split('-').collect();
    assert!(id.starts_with('{') && id.ends_with('}'));
    assert!(
        groups.len() == 4 && groups.iter().all(|g| g.len() == 8),
        "{id}"
    );
    assert_ne!(a.tracks[0].id, a.tracks[1].id);

    // A track keeps its id under another name; an id that two tracks give is the first one's.
    let dir = folder(&full());
    let mut renamed = open(dir.path()).unwrap();
    renamed.tracks[1].name = "Renamed".to_owned();
    let kept = renamed.tracks[1].id.clone();
    session_folder::write(&renamed, dir.path()).unwrap();
    assert_eq!(open(dir.path()).unwrap().tracks[1].id, kept);
    renamed.tracks[0].id = kept.clone();
    session_folder::write(&renamed, dir.path()).unwrap();
    let again = open(dir.path()).unwrap();
    assert_eq!(again.tracks[0].id, kept);
    assert_ne!(again.tracks[1].id, kept);
}

#[test]
fn wrong_values_are_refused_with_their_place() {
    let with = |track: Value| json!({"version": 1, "rate": 48000, "length": 10, "tracks": [{"name": "A"}, track]});
    let clip = |clip: Value| {
        with(
            json!({"name": "Kick", "channels": 1, "clips": [{"file": "a.wav", "start": 0, "length": 1}, clip]}),
        )
    };
    let cases = [
        (json!([]), "session.json"),
        (
            json!({"version": 2, "rate": 48000}),
            "'version' must be a whole number from 1 to 1, not 2",
        ),
        (
            json!({"version": 1}),
            "'rate' must be the sample rate in Hz, not missing",
        ),
        (
            json!({"rate": 48000, "length": -1}),
            "the session: 'length'",
        ),
        (
            json!({"rate": 48000, "length": 1e300}),
            "the session: 'length'",
        ),
        (
            json!({"rate": 48000, "tracks": 7}),
            "'tracks' must be a list, not 7",
        ),
        (
            json!({"rate": 48000, "start_timecode": "25:00:00:00"}),
            "'start_timecode'",
        ),
        (
            json!({"rate": 48000, "timecode_rate": "29.96"}),
            "'timecode_rate'",
        ),
        (
            json!({"rate": 48000, "markers": [{"name": "x"}]}),
            "marker 1 of the list: 'start'",
        ),
        (
            json!({"rate": 48000, "stems": [{"tracks": []}]}),
            "stem 1 '': 'name'",
        ),
        (with(json!({})), "track 2 '': 'name'"),
        (with(json!("x")), "track 2 ''"),
        (
            with(json!({"name": "Kick", "channels": 6})),
            "track 2 'Kick': 'channels' must be a whole number from 1 to 2, not 6",
        ),
        (
            with(json!({"name": "Kick", "channels": 1, "format": "stereo"})),
            "track 2 'Kick': 'channels'",
        ),
        (
            with(json!({"name": "Kick", "volume_db": "loud"})),
            "track 2 'Kick': 'volume_db' must be a number from -600 to 144, not \"loud\"",
        ),
        (
            with(json!({"name": "Kick", "pan": 1.5})),
            "'pan' must be a number from -1 to 1, not 1.5",
        ),
        (with(json!({"name": "Kick", "color": "red"})), "'color'"),
        (
            with(json!({"name": "Kick", "mute": "yes"})),
            "'mute' must be true or false, not \"yes\"",
        ),
        (
            with(json!({"name": "Kick", "volume_points": [[0]]})),
            "'volume_points' must be a list of [sample, value",
        ),
        (
            with(json!({"name": "Kick", "volume_points": [[i64::MIN, 0.0]]})),
            "'volume_points'",
        ),
        (
            with(json!({"name": "Kick", "pan_points": [[0, 2.0]]})),
            "'pan_points'",
        ),
        (
            clip(json!({"start": 0, "length": 1})),
            "track 'Kick', clip 2: 'file'",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0.5, "length": 1})),
            "track 'Kick', clip 2: 'start' must be a whole number",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0, "length": -5})),
            "track 'Kick', clip 2: 'length' must be a whole number from 0",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0, "length": 1, "offset": -1})),
            "'offset'",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0, "length": 1, "gain_db": 1e9})),
            "'gain_db'",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0})),
            "'length' must be a count of samples, not missing",
        ),
    ];
    for (value, wanted) in cases {
        let said = refusal(&value);
        assert!(
            said.contains(wanted),
            "{value}\n said {said}\n not {wanted}"
        );
    }
}

#[test]
fn broken_json_is_refused_with_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("session.json");
    for (text, wanted) in [
        (
            "{\n  \"rate\": 48000,\n  \"length\" 5\n}",
            "line 3, column 12: expected `:`",
        ),
        ("{\"rate\": NaN}", "line 1, column 10"),
        ("{\"rate\": 1e999}", "line 1"),
        ("", "line 1, column 0"),
        ("{} {}", "line 1, column 4: trailing characters"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("session.json"), "{error}");
        assert!(error.contains(wanted), "{text}: {error}");
    }
    std::fs::write(&file, "[".repeat(100_000)).unwrap();
    assert!(open(dir.path()).is_err());
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

#[test]
fn odd_sessions_open_with_findings() {
    let with = |tracks: Value| json!({"rate": 48000, "length": 9, "tracks": tracks});
    let cases = [
        (json!({"rate": 48000, "tracks": []}), "empty_session"),
        (
            with(json!([{"name": "A"}, {"name": "A"}])),
            "duplicate_track",
        ),
        (
            with(json!([{"name": "A", "type": "hologram"}])),
            "unknown_track_type",
        ),
        (
            with(json!([{"name": "A", "folder": "Nowhere"}])),
            "unknown_folder",
        ),
        (
            with(json!([{"name": "A", "volume_points": [[9, 0], [3, -1]]}])),
            "unsorted_points",
        ),
        (
            with(json!([{"name": "A", "clips": [{"file": "no.wav", "start": 0, "length": 9}]}])),
            "missing_audio",
        ),
    ];
    for (value, code) in cases {
        let session = read(&value);
        assert_eq!(codes(&session.findings), [code], "{value}");
        assert!(!session.findings[0].fix.is_empty());
    }
}

#[test]
fn points_on_one_sample_keep_their_order() {
    let session = read(&json!({"rate": 48000, "length": 9, "tracks": [
        {"name": "A", "volume_points": [[9, 1.0], [3, -1.0], [9, 2.0], [3, -2.0]]}]}));
    let lane = session.folder.arrangement.lane("A").unwrap();
    let values: Vec<f64> = lane.volume_points.iter().map(|p| p.value).collect();
    assert_eq!(values, [-1.0, -2.0, 1.0, 2.0]);
}

#[test]
fn a_missing_file_is_named_with_track_and_clip() {
    let clip = |file: &str| json!({"file": file, "start": 0, "length": 9, "fade_in": 2, "fade_in_shape": "wavy"});
    let session = read(&json!({"rate": 48000, "length": 9, "tracks": [
        {"name": "Kick", "channels": 1, "clips": [{"file": "x.wav", "start": 0, "length": 4}, clip("no.wav"), clip("no.wav")]}]}));
    let missing: Vec<_> = session
        .folder
        .audio_findings
        .iter()
        .filter(|f| f.code == "missing_audio")
        .collect();
    assert_eq!(missing.len(), 2, "one a file and track");
    assert_eq!(
        missing[1].text,
        "track 'Kick', clip 2 (and 1 more clips): 'no.wav' is missing"
    );
    assert_eq!(missing[1].file.as_deref(), Some("no.wav"));
    assert!(
        missing
            .iter()
            .all(|f| f.level == Level::Error && f.track.as_deref() == Some("Kick"))
    );
    assert!(codes(&session.folder.audio_findings).contains(&"unknown_fade"));
}

#[test]
fn a_session_opens_by_its_files_too() {
    let dir = folder(&full());
    let ptx = dir.path().join("Night.ptx");
    std::fs::write(&ptx, "").unwrap();
    assert_eq!(open(&ptx).unwrap().info.path, ptx.display().to_string());
    assert_eq!(
        open(&dir.path().join("session.json")).unwrap().tracks.len(),
        4
    );
}

#[test]
fn what_is_no_session_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, "text").unwrap();
        path
    };
    for (path, wanted) in [
        (dir.path().join("nowhere"), "does not exist"),
        (at("real.ptx"), "only Pro Tools"),
        (at("notes.txt"), "no text export"),
        (at("picture.png"), "not a folder"),
        (dir.path().to_owned(), "no audio file"),
    ] {
        let error = open(&path).unwrap_err();
        assert!(error.message.contains(wanted), "{}", error.message);
    }
}

#[test]
fn ten_thousand_tracks_open() {
    let tracks: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": format!("T{n}"), "folder": "F", "channels": 1}))
        .chain([json!({"name": "F", "type": "folder"})])
        .collect();
    let session = read(&json!({"rate": 48000, "length": 9, "tracks": tracks}));
    assert_eq!(session.tracks.len(), 10_001);
    assert!(session.findings.is_empty());
    assert!(Path::new(&session.folder.root).is_absolute());
}

fn wav(path: &Path, sample_rate: u32, channels: u16, time_reference: Option<u64>) {
    let spec = WriteSpec {
        sample_rate,
        channels,
        bits: BitDepth::Int24,
        time_reference,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    writer
        .write(&vec![0.5; 100 * usize::from(channels)])
        .unwrap();
    writer.finish().unwrap();
}

#[test]
fn audio_that_does_not_suit_its_track_is_named() {
    let clip = |file: &str| json!({"file": file, "start": 0, "length": 100});
    let dir = folder(&json!({"rate": 48000, "length": 100, "tracks": [
        {"name": "Good", "channels": 1, "clips": [clip("good.wav")]},
        {"name": "Fast", "channels": 1, "clips": [clip("fast.wav")]},
        {"name": "Wide", "channels": 2, "clips": [clip("good.wav")]},
        {"name": "Torn", "channels": 1, "clips": [clip("torn.wav")]}]}));
    wav(&dir.path().join("good.wav"), 48_000, 1, None);
    wav(&dir.path().join("fast.wav"), 96_000, 1, None);
    std::fs::write(dir.path().join("torn.wav"), b"RIFF, or so it says").unwrap();
    let session = open(dir.path()).unwrap();
    let found: Vec<_> = session
        .findings
        .iter()
        .map(|f| (f.track.as_deref().unwrap(), f.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("Fast", "wrong_rate"),
            ("Wide", "wrong_channels"),
            ("Torn", "damaged_audio")
        ]
    );
    assert_eq!(session.info.bit_depth, 24);
}

#[test]
fn a_plain_folder_is_placed_by_its_time_stamps() {
    let dir = tempfile::tempdir().unwrap();
    let hour = 48_000 * 3600;
    wav(&dir.path().join("b.wav"), 48_000, 2, Some(hour + 500));
    wav(&dir.path().join("A.wav"), 48_000, 1, Some(hour));
    wav(&dir.path().join("c.wav"), 48_000, 1, None);
    std::fs::write(dir.path().join("torn.wav"), b"no").unwrap();
    std::fs::write(dir.path().join("notes.txt"), b"no").unwrap();
    let session = open(dir.path()).unwrap();
    let placed: Vec<_> = session
        .folder
        .arrangement
        .lanes
        .iter()
        .map(|lane| {
            (
                lane.track.as_str(),
                lane.channels,
                lane.clips[0].start,
                lane.clips[0].length,
            )
        })
        .collect();
    assert_eq!(
        placed,
        [("A", 1, 0, 100), ("b", 2, 500, 100), ("c", 1, 0, 100)]
    );
    assert_eq!(session.info.ruler.start().to_string(), "01:00:00:00");
    assert_eq!(session.folder.arrangement.length, 600);
    assert_eq!(codes(&session.findings), ["damaged_audio"]);

    wav(&dir.path().join("d.wav"), 44_100, 1, None);
    let error = open(dir.path()).unwrap_err().message;
    assert!(
        error.contains("44100 Hz: d.wav") && error.contains("48000 Hz: A.wav, b.wav, c.wav"),
        "{error}"
    );
}

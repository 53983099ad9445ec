//! Sessions on disk, good and bad, through `open` and `write`.

mod audio;
mod refused;

use std::path::Path;

use serde_json::{Value, json};

use super::{open, session_folder};
use crate::model::session::ImportedSession;
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

//! Large sessions: as the messages of a link, and as a folder on disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use pt_stem::app::state::{FileEntry, Mode};
use pt_stem::app::{Msg, State};
use pt_stem::config::Config;
use pt_stem::model::session::SessionFolder;
use pt_stem::model::{
    Arrangement, LinkEvent, LinkPhase, Ruler, SessionInfo, StemSpec, TimecodeRate, Track, TrackId,
    TrackKind,
};
use serde_json::json;

use crate::tell;

/// Tracks in a folder with the folder itself; a folder is a stem.
const IN_A_FOLDER: u32 = 10;

fn folder(number: u32) -> String {
    format!("Folder {}", number / IN_A_FOLDER)
}

fn name(number: u32) -> String {
    match number % IN_A_FOLDER {
        0 => folder(number),
        _ => format!("Track {number} Long Name"),
    }
}

/// A linked state with so many tracks, a tenth as many stems; the tracks once more.
pub fn linked(count: u32) -> (State, Vec<Track>) {
    let tracks: Vec<Track> = (0..count).map(track).collect();
    let stems = (0..count / IN_A_FOLDER).map(|number| StemSpec {
        name: format!("Stem {number}"),
        folder: Some(folder(number * IN_A_FOLDER)),
        ..StemSpec::default()
    });
    let known = SessionFolder {
        arrangement: Arc::new(Arrangement {
            sample_rate: 48_000,
            length: 48_000 * 600,
            ..Arrangement::default()
        }),
        stems: stems.collect(),
        ..SessionFolder::default()
    };
    let mut state = State::new(Arc::new(Config::default()), Mode::Live);
    for event in [
        LinkEvent::Phase(LinkPhase::Linked),
        LinkEvent::Session(Some(Box::new(info()))),
        LinkEvent::Tracks(Arc::new(tracks.clone())),
        LinkEvent::Markers(Vec::new()),
        LinkEvent::Selection(None),
        LinkEvent::Folder(Some(Arc::new(known))),
    ] {
        tell(&mut state, Msg::Link(event));
    }
    (state, tracks)
}

fn track(number: u32) -> Track {
    let is_folder = number.is_multiple_of(IN_A_FOLDER);
    Track {
        id: TrackId(format!("{{{number:08x}-0000-0000-00000000}}")),
        name: name(number),
        kind: match is_folder {
            true => TrackKind::Folder,
            false => TrackKind::Audio,
        },
        index: number + 1,
        channels: 2,
        format: "stereo".to_owned(),
        color: Some([90, 169, 230]),
        folder: (!is_folder).then(|| folder(number)),
        ..Track::default()
    }
}

fn info() -> SessionInfo {
    SessionInfo {
        name: "Long night".to_owned(),
        path: "/Volumes/MIX/Long night.ptx".to_owned(),
        origin_id: String::new(),
        instance_id: String::new(),
        sample_rate: 48_000,
        bit_depth: 24,
        ruler: Ruler {
            rate: TimecodeRate::Fps2997Drop,
            sample_rate: 48_000,
            start_frame: 107_892,
        },
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    }
}

/// A folder of so many files.
pub fn files(count: u64) -> Vec<FileEntry> {
    let file = |number: u64| FileEntry {
        name: format!("Long night_Stem {number:04}.wav"),
        bytes: 172_800_000 + number,
        modified_ms: Some(1_750_082_551_000 + number),
        seconds: Some(600.0),
        peak_dbfs: Some(-3.1),
        integrated_lufs: Some(-23.0),
        ..FileEntry::default()
    };
    (0..count).map(file).collect()
}

/// The same session as a folder that the simulator opens; without clips.
pub fn write(dir: &Path, count: u32) {
    let tracks: Vec<_> = (0..count)
        .map(|number| match number % IN_A_FOLDER {
            0 => json!({ "name": name(number), "channels": 2, "type": "folder", "clips": [] }),
            _ => json!({
                "name": name(number), "channels": 2, "folder": folder(number), "mute": false,
                "volume_db": 0.0, "pan": null, "volume_points": [], "clips": [],
            }),
        })
        .collect();
    let stems: Vec<_> = (0..count / IN_A_FOLDER)
        .map(|stem| {
            let first = stem * IN_A_FOLDER;
            let tracks: Vec<_> = (first + 1..first + IN_A_FOLDER).map(name).collect();
            let stem = format!("Stem {stem}");
            json!({ "name": stem, "channels": 2, "gain_db": 0.0, "tracks": tracks })
        })
        .collect();
    let session = json!({
        "version": 1, "name": "Long night", "rate": 48_000, "length": 48_000 * 600,
        "tracks": tracks, "stems": stems,
    });
    fs::create_dir_all(dir.join("audio")).expect("a folder");
    fs::write(dir.join("session.json"), session.to_string()).expect("a session");
}

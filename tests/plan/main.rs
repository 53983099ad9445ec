//! Plans: what a recipe and a session come to, and everything that is said about it. Sessions are
//! built in code; nothing is read or written.

mod conditions;
mod coverage;
mod names;
mod recipes;
mod selectors;
mod ways;
mod whole;
mod widths;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use pt_stem::error::ErrorKind;
use pt_stem::model::clip::SourceFile;
use pt_stem::model::plan::PlanKind;
use pt_stem::model::routing::StripRouting;
use pt_stem::model::session::SessionFolder;
use pt_stem::model::stem::{BitDepth, EngineKind, FileFormat, OnExisting, StemSpec};
use pt_stem::model::track::Inherited;
use pt_stem::model::*;
use pt_stem::plan::recipe::{Recipe, parse_stem_argument};
use pt_stem::plan::{self, Overrides, Source, Surroundings};

fn track(name: &str, kind: TrackKind) -> Track {
    Track {
        id: TrackId(format!("{{{name}}}")),
        name: name.to_owned(),
        kind,
        channels: if kind.is_sounding() { 2 } else { 0 },
        ..Track::default()
    }
}

fn audio(name: &str) -> Track {
    track(name, TrackKind::Audio)
}

fn inside(mut track: Track, folder: &str) -> Track {
    track.folder = Some(folder.to_owned());
    track
}

fn clip(start: i64, length: u64) -> Clip {
    Clip {
        start,
        length,
        ..Clip::default()
    }
}

/// A live session: what PTSL tells, no folder.
fn live(tracks: Vec<Track>) -> Session {
    Session {
        info: SessionInfo {
            name: "Song".to_owned(),
            path: "/Volumes/Audio/Song.ptx".to_owned(),
            origin_id: String::new(),
            instance_id: String::new(),
            sample_rate: 48_000,
            bit_depth: 24,
            ruler: Ruler {
                rate: TimecodeRate::Fps25,
                sample_rate: 48_000,
                start_frame: 25 * 3600,
            },
            max_length: Some(1 << 40),
            audio_format: "WAV".to_owned(),
            interleaved: true,
        },
        tracks: Arc::new(tracks),
        markers: Vec::new(),
        transport: Transport::default(),
        selection: None,
        folder: None,
    }
}

/// A session with a folder: two seconds, one clip a sounding track.
fn session(tracks: Vec<Track>) -> Session {
    let lanes = tracks
        .iter()
        .filter(|track| track.kind.is_sounding())
        .map(|track| Lane {
            track: track.name.clone(),
            channels: track.channels,
            clips: vec![clip(0, 96_000)],
            ..Lane::default()
        })
        .collect();
    let folder = SessionFolder {
        root: PathBuf::from("/sessions/song"),
        arrangement: Arc::new(Arrangement {
            sample_rate: 48_000,
            length: 96_000,
            files: vec![SourceFile {
                path: PathBuf::from("/sessions/song/audio/a.wav"),
                name: "audio/a.wav".to_owned(),
            }],
            lanes,
            ..Arrangement::default()
        }),
        ..SessionFolder::default()
    };
    Session {
        folder: Some(Arc::new(folder)),
        ..live(tracks)
    }
}

fn change(session: &mut Session, how: impl FnOnce(&mut SessionFolder)) {
    let mut folder = (**session.folder.as_ref().unwrap()).clone();
    how(&mut folder);
    session.folder = Some(Arc::new(folder));
}

fn lanes(folder: &mut SessionFolder) -> &mut Vec<Lane> {
    &mut Arc::make_mut(&mut folder.arrangement).lanes
}

/// The band that most tests use.
fn band() -> Vec<Track> {
    vec![
        track("DRUMS", TrackKind::Folder),
        inside(audio("Kick"), "DRUMS"),
        inside(audio("Snare"), "DRUMS"),
        inside(track("OVERHEADS", TrackKind::RoutingFolder), "DRUMS"),
        inside(audio("OH L"), "OVERHEADS"),
        inside(audio("OH R"), "OVERHEADS"),
        audio("Bass"),
        audio("Click"),
        track("Verb", TrackKind::Aux),
        track("Synth", TrackKind::Instrument),
        track("Keys MIDI", TrackKind::Midi),
        track("Master", TrackKind::Master),
    ]
}

fn around() -> Surroundings {
    Surroundings {
        simulated: true,
        free_bytes: Some(1 << 40),
        date: "2026-11-22".to_owned(),
        ..Surroundings::default()
    }
}

fn recipe(text: &str) -> Source {
    Source::Recipe(Box::new(Recipe::parse(text, "recipe.toml").unwrap()))
}

fn named(stems: &[&str]) -> Source {
    Source::Named(
        stems
            .iter()
            .map(|s| parse_stem_argument(s).unwrap())
            .collect(),
    )
}

fn make(session: &Session, source: &Source) -> Plan {
    plan::make(session, source, &Overrides::default(), &around()).unwrap()
}

fn made(text: &str) -> Plan {
    make(&session(band()), &recipe(text))
}

fn tracks(plan: &Plan, stem: usize) -> Vec<&str> {
    plan.stems[stem]
        .tracks
        .iter()
        .map(|t| t.name.as_str())
        .collect()
}

fn finding<'p>(plan: &'p Plan, code: &str) -> &'p Finding {
    let found = plan.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no '{code}' in {:#?}", plan.findings))
}

fn errors(plan: &Plan) -> Vec<&str> {
    let errors = plan.findings.iter().filter(|f| f.level == Level::Error);
    errors.map(|finding| finding.code.as_str()).collect()
}

const WHOLE: &str = r#"
[[stem]]
name = "Drums"
folder = "DRUMS"
[[stem]]
name = "Rest"
tracks = ["Bass", "Verb", "Synth"]
[ignore]
tracks = ["Click"]
"#;

fn tracks_of(plan: &Plan) -> Vec<&str> {
    tracks(plan, 0)
}

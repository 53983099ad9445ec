//! The routing session: half a minute of the demo's song with what makes stems go wrong.
//!
//! | track | is there for |
//! | --- | --- |
//! | `Vocal Verb` | an aux return that another track's solo cuts: stems lose their reverb |
//! | `Drum Room` | a solo-safe aux return: it sounds whoever is soloed |
//! | `DRUMS` | a routing folder: its members feed its bus; the folder itself sends to `Room` |
//! | `MUSIC`, `VOX` | basic folders |
//! | `Vox VCA` | a VCA master, 1 dB down: its mute silences, its solo solos the voices |
//! | `EP` | an instrument track; its clips stand for its instrument |
//! | `Bass` | solo-safe: it sounds in stems that it is not in, unless it is muted for them |
//! | `Lead Vox` | has a pre-fader send, to a bus that nothing reads |
//! | `Harm Lo`, `Claps` | hidden but heard; inactive |
//! | `Master` | a master fader with a limiter. Inactive at first, so that the stems add up; made active, it limits the mix by several dB and breaks the sum |

use std::io;
use std::path::Path;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::describe::{
    LimiterFile, MarkerFile, ReverbFile, SendFile, SessionFile, StemFile, TrackFile, WiringFile,
};
use super::lay;
use super::parts::{Part, Studio};
use super::score::{BAR, BREAK, CHORUS, CHORUS_2};
use super::song::{self, Source, Strip};
use super::wav;

/// Goes up whenever a byte of the session changes, so that a newer program remakes it.
pub const VERSION: u32 = 1;

/// The bars of the song that it takes.
const FIRST: i64 = CHORUS.bar;
const BARS: i64 = CHORUS_2.bar + CHORUS_2.bars - FIRST;

const VERB: &str = "Verb";
const ROOM: &str = "Room";
const CUE: &str = "Cue";

/// Name and colour.
type Folder = (&'static str, &'static str);

const DRUMS: Folder = ("DRUMS", "#d9534f");
const MUSIC: Folder = ("MUSIC", "#7fb241");
const VOX: Folder = ("VOX", "#4f8fe0");
const RETURN_COLOR: &str = "#a070d0";

fn send(bus: &'static str, level_db: f64) -> SendFile {
    SendFile {
        bus,
        level_db,
        pre_fader: false,
    }
}

/// Tracks of the song with the folder that they are in here, and their wiring.
fn players() -> Vec<(&'static str, Option<Folder>, WiringFile)> {
    let plain = WiringFile::default;
    let with = |sends: Vec<SendFile>| WiringFile { sends, ..plain() };
    let voice = |level_db: f64| WiringFile {
        vcas: vec!["Vox VCA"],
        ..with(vec![send(VERB, level_db)])
    };
    let mut lead = voice(-7.0);
    lead.sends.push(SendFile {
        pre_fader: true,
        ..send(CUE, -3.0)
    });
    vec![
        ("Kick", Some(DRUMS), plain()),
        ("Snare", Some(DRUMS), with(vec![send(VERB, -16.0)])),
        ("Hi-Hat", Some(DRUMS), plain()),
        ("Claps", Some(DRUMS), plain()),
        (
            "Bass",
            Some(MUSIC),
            WiringFile {
                solo_safe: true,
                ..plain()
            },
        ),
        ("EP", Some(MUSIC), with(vec![send(ROOM, -14.0)])),
        ("Lead Vox", Some(VOX), lead),
        ("Harm Hi", Some(VOX), voice(-4.0)),
        ("Harm Lo", Some(VOX), voice(-4.0)),
        (
            "Click",
            None,
            WiringFile {
                output: Some(CUE),
                ..plain()
            },
        ),
    ]
}

/// Writes `session.json` and `audio/` into an empty folder.
pub fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir(folder.join("audio"))?;
    let studio = Studio::new();
    let strips = song::strips();
    let tracks = players()
        .into_par_iter()
        .filter_map(|(name, group, wiring)| {
            let strip = strips.iter().find(|strip| strip.name == name)?;
            let Source::Player(play) = strip.source else {
                return None;
            };
            Some((strip, play, group, wiring))
        })
        .map(|(strip, play, group, wiring)| {
            record(folder, strip, &cut(play(&studio)), group, wiring)
        })
        .collect::<io::Result<Vec<TrackFile>>>()?;
    let mut text = serde_json::to_string_pretty(&session(tracks))?;
    text.push('\n');
    std::fs::write(folder.join("session.json"), text)
}

/// What of a part is heard here, moved to the start, with the takes that it needs.
fn cut(part: Part) -> Part {
    let mut out = Part {
        crossfade: part.crossfade,
        ..Part::default()
    };
    let mut takes: Vec<usize> = Vec::new();
    for placed in &part.placements {
        let (start, end) = (
            placed.bar.max(FIRST),
            (placed.bar + placed.bars).min(FIRST + BARS),
        );
        if start >= end {
            continue;
        }
        let take = takes.iter().position(|take| *take == placed.take);
        let take = take.unwrap_or_else(|| {
            takes.push(placed.take);
            takes.len() - 1
        });
        let skip = placed.skip + start - placed.bar;
        out.place(take, start - FIRST, skip, end - start, placed.gain_db);
    }
    let kept = takes.iter().filter_map(|take| part.takes.get(*take));
    out.takes = kept.cloned().collect();
    out
}

fn record(
    folder: &Path,
    strip: &Strip,
    part: &Part,
    group: Option<Folder>,
    wiring: WiringFile,
) -> io::Result<TrackFile> {
    let file = |take: usize| {
        let name = part.takes.get(take).map_or("", |take| &*take.name);
        format!("audio/{name}.wav")
    };
    for (index, take) in part.takes.iter().enumerate() {
        wav::write(&folder.join(file(index)), &take.channels, 48_000)?;
    }
    let here = |points: Vec<(i64, f64)>| -> Vec<(i64, f64)> {
        let moved = points.into_iter();
        moved.map(|(at, value)| (at - FIRST * BAR, value)).collect()
    };
    let track = song::track(strip, part, file);
    Ok(TrackFile {
        kind: if strip.name == "EP" {
            "instrument"
        } else {
            "audio"
        },
        folder: group.map(|(name, _)| name.to_owned()),
        color: group.map_or("#8a8f98", |(_, color)| color).to_owned(),
        hidden: strip.name == "Harm Lo",
        inactive: strip.name == "Claps",
        volume_points: here(track.volume_points),
        pan_points: here(track.pan_points),
        clips: lay::clips(part, BARS, file),
        wiring,
        ..track
    })
}

/// A track that plays nothing itself.
fn silent(name: &str, kind: &'static str, color: &str, wiring: WiringFile) -> TrackFile {
    TrackFile {
        name: name.to_owned(),
        kind,
        format: if kind == "aux" { "stereo" } else { "" },
        channels: 2,
        color: color.to_owned(),
        folder: None,
        mute: false,
        hidden: false,
        inactive: false,
        comments: String::new(),
        volume_db: 0.0,
        pan: None,
        volume_points: Vec::new(),
        pan_points: Vec::new(),
        wiring,
        clips: Vec::new(),
    }
}

fn verb(bus: &'static str, solo_safe: bool, seconds: f64, damp_hz: f64) -> WiringFile {
    WiringFile {
        solo_safe,
        input: Some(bus),
        reverb: Some(ReverbFile {
            seconds,
            pre_delay_ms: 18.0,
            damp_hz,
        }),
        ..WiringFile::default()
    }
}

/// Tracks behind those that play: returns, the VCA master, the master fader.
fn desk() -> Vec<TrackFile> {
    let master = WiringFile {
        limiter: Some(LimiterFile {
            gain_db: 6.0,
            ceiling_db: -6.0,
        }),
        ..WiringFile::default()
    };
    vec![
        TrackFile {
            comments: "Not solo-safe: solo a voice and it is dry".to_owned(),
            ..silent(
                "Vocal Verb",
                "aux",
                RETURN_COLOR,
                verb(VERB, false, 2.2, 4_500.0),
            )
        },
        TrackFile {
            volume_db: -2.0,
            ..silent(
                "Drum Room",
                "aux",
                RETURN_COLOR,
                verb(ROOM, true, 0.6, 7_000.0),
            )
        },
        TrackFile {
            volume_db: -1.0,
            ..silent("Vox VCA", "vca", VOX.1, WiringFile::default())
        },
        TrackFile {
            inactive: true,
            comments: "Make it active and the stems no longer add up".to_owned(),
            ..silent("Master", "master", "#8a8f98", master)
        },
    ]
}

fn session(sounding: Vec<TrackFile>) -> SessionFile {
    let folders = [
        (DRUMS, "routing_folder", "Drums", "drums"),
        (MUSIC, "folder", "Music", "music"),
        (VOX, "folder", "Vocals", "vocals"),
    ];
    let mut tracks = Vec::new();
    let mut stems = Vec::new();
    for ((folder, color), kind, stem, stem_kind) in folders {
        let members = sounding
            .iter()
            .filter(|track| track.folder.as_deref() == Some(folder));
        let mut wiring = WiringFile::default();
        if kind == "routing_folder" {
            wiring.sends.push(send(ROOM, -10.0));
        }
        tracks.push(silent(folder, kind, color, wiring));
        tracks.extend(members.clone().cloned());
        stems.push(StemFile {
            name: stem.to_owned(),
            kind: stem_kind.to_owned(),
            channels: 2,
            gain_db: 0.0,
            tracks: members.map(|track| track.name.clone()).collect(),
        });
    }
    tracks.extend(sounding.iter().filter(|t| t.folder.is_none()).cloned());
    tracks.extend(desk());
    SessionFile {
        version: 1,
        name: "Night Bus Routing".to_owned(),
        rate: 48_000,
        bits: 24,
        length: BARS * BAR,
        start_timecode: "01:00:00:00".to_owned(),
        timecode_rate: "30".to_owned(),
        markers: markers(),
        ignore: vec!["Click".to_owned()],
        returns: vec!["Vocal Verb".to_owned(), "Drum Room".to_owned()],
        busses: vec![VERB.to_owned(), ROOM.to_owned(), CUE.to_owned()],
        stems,
        tracks,
    }
}

fn markers() -> Vec<MarkerFile> {
    let places = [
        (CHORUS.bar, CHORUS.name),
        (BREAK.bar, BREAK.name),
        (CHORUS_2.bar, CHORUS_2.name),
        (FIRST + BARS, "End"),
    ];
    let markers = places.into_iter().zip(1..);
    markers
        .map(|((bar, name), number)| MarkerFile {
            number,
            name: name.to_owned(),
            start: (bar - FIRST) * BAR,
            end: None,
            comments: String::new(),
        })
        .collect()
}

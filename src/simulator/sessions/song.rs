//! The demo session's mix window: tracks, faders, pans, automation, colours, stems and markers.

use super::describe::{MarkerFile, SessionFile, StemFile, TrackFile, WiringFile};
use super::lay;
use super::parts::{Part, Studio, bass, drums, effects, guitars, keys, vocals};
use super::score::{BAR, BARS, BREAK, CHORUS, CHORUS_2, CHORUS_3, INTRO, OUTRO, Section, VERSE};

/// What a strip plays.
#[derive(Clone, Copy)]
pub enum Source {
    Player(fn(&Studio) -> Part),
    /// The rough mix of everything else; an inactive track, or it would sound in a bounce.
    Reference,
}

/// One strip of the mix window.
#[derive(Clone, Copy)]
pub struct Strip {
    pub name: &'static str,
    /// Index into [`GROUPS`]; `None` stands outside of folders and stems.
    pub group: Option<usize>,
    pub source: Source,
    pub volume_db: f64,
    pub pan: Option<f64>,
    pub muted: bool,
    pub hidden: bool,
    pub comments: &'static str,
    /// Bar of the song and dB.
    pub volume: &'static [(f64, f64)],
    /// Bar of the song and position.
    pub pans: &'static [(f64, f64)],
}

/// A folder with its stem.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    pub folder: &'static str,
    pub stem: &'static str,
    pub kind: &'static str,
    pub color: &'static str,
}

const fn group(
    folder: &'static str,
    stem: &'static str,
    kind: &'static str,
    color: &'static str,
) -> Group {
    Group {
        folder,
        stem,
        kind,
        color,
    }
}

pub const GROUPS: [Group; 6] = [
    group("DRUMS", "Drums", "drums", "#d9534f"),
    group("BASS", "Bass", "bass", "#e0a030"),
    group("GUITARS", "Guitars", "guitars", "#7fb241"),
    group("KEYS", "Keys", "keys", "#3fa7a0"),
    group("VOCALS", "Vocals", "vocals", "#4f8fe0"),
    group("FX PRINTS", "FX", "fx", "#a070d0"),
];

const fn strip(
    name: &'static str,
    group: usize,
    player: fn(&Studio) -> Part,
    volume_db: f64,
    pan: f64,
) -> Strip {
    Strip {
        name,
        group: Some(group),
        source: Source::Player(player),
        volume_db,
        pan: Some(pan),
        muted: false,
        hidden: false,
        comments: "",
        volume: &[],
        pans: &[],
    }
}

/// All strips in the order of the edit window, folders left out.
pub fn strips() -> Vec<Strip> {
    let mut strips = rhythm();
    strips.extend(harmony());
    strips.extend(voices());
    strips.push(Strip {
        group: None,
        pan: None,
        muted: false,
        comments: "96 bpm. Not for print.",
        ..strip("Click", 0, drums::click, -18.0, 0.0)
    });
    strips.push(Strip {
        group: None,
        source: Source::Reference,
        comments: "Rough of the first evening, from the second chorus on",
        ..strip("Ref Mix", 0, drums::click, -3.0, 0.0)
    });
    strips
}

fn rhythm() -> Vec<Strip> {
    vec![
        Strip {
            comments: "Inside mic only",
            ..strip("Kick", 0, drums::kick, -13.0, 0.0)
        },
        Strip {
            volume: &[
                (0.0, 0.0),
                (12.0, 0.0),
                (12.01, 1.0),
                (16.0, 1.0),
                (16.01, -1.5),
                (20.0, 0.8),
            ],
            ..strip("Snare", 0, drums::snare, -11.6, 0.0)
        },
        strip("Hi-Hat", 0, drums::hat, -21.5, 0.35),
        strip("Toms", 0, drums::toms, -16.5, 0.0),
        strip("OH", 0, drums::overheads, -9.5, 0.0),
        Strip {
            comments: "Up in the choruses",
            volume: &[
                (0.0, -4.0),
                (11.9, -4.0),
                (12.0, 0.0),
                (16.0, 0.0),
                (16.5, -6.0),
                (19.5, -2.0),
                (20.0, 0.5),
                (28.0, 0.5),
                (30.0, -3.0),
            ],
            ..strip("Room", 0, drums::room, -16.5, 0.0)
        },
        strip("Claps", 0, drums::claps, -14.5, -0.15),
        Strip {
            pans: &[
                (0.0, -0.5),
                (2.0, -0.5),
                (4.0, 0.4),
                (12.0, 0.4),
                (16.0, -0.4),
                (20.0, 0.5),
                (30.0, 0.5),
            ],
            ..strip("Shaker", 0, drums::shaker, -21.5, 0.4)
        },
        Strip {
            muted: true,
            comments: "Producer: leave out for now",
            ..strip("Tambourine", 0, drums::tambourine, -19.0, -0.4)
        },
        Strip {
            volume: &[
                (0.0, 0.0),
                (12.0, 0.0),
                (12.25, 1.0),
                (16.0, 1.0),
                (16.25, -0.5),
                (20.0, 1.0),
            ],
            ..strip("Bass", 1, bass::electric, -10.0, 0.0)
        },
        strip("Sub", 1, bass::sub, -21.0, 0.0),
    ]
}

fn harmony() -> Vec<Strip> {
    vec![
        strip("Acoustic L", 2, guitars::acoustic_left, -8.0, -0.75),
        strip("Acoustic R", 2, guitars::acoustic_right, -7.5, 0.75),
        Strip {
            volume: &[
                (0.0, -8.0),
                (2.0, 0.0),
                (4.0, 0.0),
                (4.2, -3.0),
                (12.0, -3.0),
                (12.01, -1.0),
            ],
            pans: &[(0.0, -0.2), (4.0, -0.45), (12.0, -0.45), (12.01, -0.6)],
            ..strip("Riff", 2, guitars::riff, -11.0, -0.45)
        },
        strip("Clean", 2, guitars::clean, -9.5, 0.5),
        Strip {
            comments: "Suitcase",
            pans: &[
                (0.0, -0.3),
                (2.0, 0.3),
                (4.0, -0.3),
                (6.0, 0.25),
                (8.0, -0.2),
                (10.0, 0.25),
                (12.0, 0.1),
                (16.0, -0.35),
                (18.0, 0.35),
                (20.0, 0.1),
                (28.0, 0.1),
                (29.5, -0.25),
            ],
            volume: &[
                (0.0, 0.0),
                (4.0, 0.0),
                (4.5, -2.0),
                (12.0, -2.0),
                (12.01, -1.0),
                (16.0, -1.0),
                (16.01, 1.0),
                (20.0, -1.0),
                (28.0, 1.0),
            ],
            ..strip("EP", 3, keys::piano, -11.0, 0.1)
        },
        Strip {
            volume: &[
                (0.0, -14.0),
                (3.5, 0.0),
                (4.0, 0.0),
                (12.0, 0.0),
                (16.0, -1.0),
                (19.9, 3.0),
                (20.0, 0.0),
                (28.0, 0.0),
                (30.0, -9.0),
            ],
            ..strip("Pad", 3, keys::high_pad, -12.5, 0.0)
        },
        Strip {
            hidden: true,
            comments: "Below the pad in the break",
            ..strip("Pad Low", 3, keys::low_pad, -17.0, 0.0)
        },
    ]
}

fn voices() -> Vec<Strip> {
    fn lead(studio: &Studio) -> Part {
        studio.lead.clone()
    }
    vec![
        Strip {
            comments: "Comp of takes 3, 5 and 8",
            volume: &[
                (4.0, 0.0),
                (7.5, 0.0),
                (8.0, 0.8),
                (11.5, 1.2),
                (12.0, 0.5),
                (16.0, 0.5),
                (18.0, 1.5),
                (20.0, 0.5),
                (24.0, 0.8),
                (28.0, 0.0),
                (29.5, -1.0),
            ],
            ..strip("Lead Vox", 4, lead, -5.5, 0.0)
        },
        strip("Vox Dbl L", 4, vocals::double_left, -13.5, -0.6),
        strip("Vox Dbl R", 4, vocals::double_right, -13.5, 0.6),
        strip("Harm Hi", 4, vocals::harmony_high, -13.0, -0.3),
        strip("Harm Lo", 4, vocals::harmony_low, -14.0, 0.3),
        Strip {
            volume: &[
                (12.0, -1.0),
                (16.0, -1.0),
                (16.01, -6.0),
                (19.8, 1.0),
                (20.0, -1.0),
                (28.0, 0.0),
            ],
            ..strip("BGV", 4, vocals::choir, -8.5, 0.0)
        },
        Strip {
            volume: &[
                (4.0, 0.0),
                (12.0, 0.0),
                (16.0, 2.0),
                (20.0, 0.0),
                (28.0, 3.0),
            ],
            ..strip("Vox Verb", 5, effects::vocal_reverb, -15.5, 0.0)
        },
        Strip {
            volume: &[
                (8.0, -3.0),
                (11.0, 0.0),
                (12.0, -4.0),
                (15.0, 0.0),
                (16.0, 1.0),
                (20.0, -4.0),
                (28.0, 0.0),
            ],
            pans: &[(8.0, 0.0), (16.0, -0.3), (18.0, 0.3), (20.0, 0.0)],
            ..strip("Vox Delay", 5, effects::vocal_delay, -12.0, 0.0)
        },
        strip("Snare Verb", 5, effects::snare_reverb, -16.1, 0.0),
    ]
}

/// Samples and values of points that stand in bars.
pub fn points(points: &[(f64, f64)]) -> Vec<(i64, f64)> {
    points
        .iter()
        .map(|(bar, value)| ((bar * BAR as f64) as i64, *value))
        .collect()
}

/// The track of a strip that plays `part`; `file` names the file of a take.
pub fn track(strip: &Strip, part: &Part, file: impl Fn(usize) -> String) -> TrackFile {
    let group = strip.group.and_then(|group| GROUPS.get(group));
    let channels = part.takes.first().map_or(1, |take| take.channels.len());
    TrackFile {
        name: strip.name.to_owned(),
        kind: "audio",
        format: if channels == 2 { "stereo" } else { "mono" },
        channels: channels as u16,
        color: group.map_or("#8a8f98", |group| group.color).to_owned(),
        folder: group.map(|group| group.folder.to_owned()),
        mute: strip.muted,
        hidden: strip.hidden,
        inactive: matches!(strip.source, Source::Reference),
        comments: strip.comments.to_owned(),
        volume_db: strip.volume_db,
        pan: strip.pan,
        volume_points: points(strip.volume),
        pan_points: points(strip.pans),
        wiring: WiringFile::default(),
        clips: lay::clips(part, BARS, file),
    }
}

fn folder(group: &Group) -> TrackFile {
    TrackFile {
        name: group.folder.to_owned(),
        kind: "folder",
        format: "",
        channels: 2,
        color: group.color.to_owned(),
        folder: None,
        mute: false,
        hidden: false,
        inactive: false,
        comments: String::new(),
        volume_db: 0.0,
        pan: None,
        volume_points: Vec::new(),
        pan_points: Vec::new(),
        wiring: WiringFile::default(),
        clips: Vec::new(),
    }
}

/// The whole session from its sounding tracks, which are in the order of [`strips`].
pub fn session(sounding: Vec<TrackFile>) -> SessionFile {
    let of_group = |group: &Group| -> Vec<TrackFile> {
        let in_folder = |track: &&TrackFile| track.folder.as_deref() == Some(group.folder);
        sounding.iter().filter(in_folder).cloned().collect()
    };
    let mut tracks = Vec::new();
    let mut stems = Vec::new();
    for group in &GROUPS {
        let members = of_group(group);
        stems.push(StemFile {
            name: group.stem.to_owned(),
            kind: group.kind.to_owned(),
            channels: 2,
            gain_db: 0.0,
            tracks: members.iter().map(|track| track.name.clone()).collect(),
        });
        tracks.push(folder(group));
        tracks.extend(members);
    }
    let outside = sounding.iter().filter(|track| track.folder.is_none());
    let ignore = outside.clone().map(|track| track.name.clone()).collect();
    tracks.extend(outside.cloned());
    SessionFile {
        version: 1,
        name: "Night Bus".to_owned(),
        rate: 48_000,
        bits: 24,
        length: BARS * BAR,
        start_timecode: "01:00:00:00".to_owned(),
        timecode_rate: "30".to_owned(),
        markers: markers(),
        ignore,
        stems,
        tracks,
        busses: Vec::new(),
        returns: Vec::new(),
    }
}

fn markers() -> Vec<MarkerFile> {
    let sections: [&Section; 7] = [
        &INTRO, &VERSE, &CHORUS, &BREAK, &CHORUS_2, &CHORUS_3, &OUTRO,
    ];
    let end = (BARS, "End");
    let mut markers: Vec<MarkerFile> = sections
        .iter()
        .map(|section| (section.bar, section.name))
        .chain([end])
        .zip(1..)
        .map(|((bar, name), number)| MarkerFile {
            number,
            name: name.to_owned(),
            start: bar * BAR,
            end: None,
            comments: String::new(),
        })
        .collect();
    markers.push(MarkerFile {
        number: 20,
        name: "Hook".to_owned(),
        start: CHORUS.bar * BAR,
        end: Some((CHORUS.bar + CHORUS.bars) * BAR),
        comments: "Eight seconds for the teaser".to_owned(),
    });
    markers
}

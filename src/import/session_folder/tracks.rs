//! Tracks of `session.json` with their lanes and clips. Owns defaults, ids and folder relations;
//! what the audio files say is `audio`'s.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::audio::{Files, OddClip};

use super::fields::{FieldError, Fields, GAINS, Place};
use super::{MOST_CLIPS, MOST_TRACKS, WIDE, clips, routing};
use crate::model::clip::Playlist;
use crate::model::layout;
use crate::model::routing::StripRouting;
use crate::model::session::StripSetup;
use crate::model::track::Inherited;
use crate::model::{Breakpoint, Finding, Lane, Layout, Level, Track, TrackId, TrackKind, text};

const MOST_PLAYLISTS: usize = 10_000;

/// What the list of tracks comes to.
#[derive(Default)]
pub(super) struct Tracks {
    pub tracks: Vec<Track>,
    pub lanes: Vec<Lane>,
    /// Those that have a wiring of their own.
    pub strips: Vec<StripRouting>,
    pub odd_clips: Vec<OddClip>,
    /// More of the strips, where something stands there.
    pub setups: BTreeMap<TrackId, StripSetup>,
}

/// Takes the tracks one by one, in their order.
pub(super) struct Reader {
    root: PathBuf,
    out: Tracks,
    files: Files,
    findings: Vec<Finding>,
    known: HashSet<TrackId>,
    /// How many have come.
    count: usize,
    /// What is wrong with the first wrong one.
    fault: Option<FieldError>,
    /// What is wrong with the first wide one in a session of version 1.
    wide: Option<FieldError>,
}

impl Reader {
    /// Audio files are looked for in `root`.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            out: Tracks::default(),
            files: Files::new(root),
            findings: Vec::new(),
            known: HashSet::new(),
            count: 0,
            fault: None,
            wide: None,
        }
    }

    /// A list begins: whatever came before is forgotten.
    pub fn start(&mut self) {
        *self = Self::new(&self.root);
    }

    /// The next one. Nothing more is taken after one that is wrong, or one too many.
    pub fn take(&mut self, track: &Value) {
        self.count += 1;
        if self.fault.is_none() && self.count <= MOST_TRACKS {
            self.fault = self.add(track).err();
        }
    }

    fn add(&mut self, value: &Value) -> Result<(), FieldError> {
        let (number, findings, out) = (self.count, &mut self.findings, &mut self.out);
        let unnamed = Fields::of(value, "tracks", Place::Track { number, name: "" })?;
        let name = unnamed
            .text("name")?
            .ok_or_else(|| unnamed.wrong("name", "the track's name"))?;
        let fields = unnamed.at(Place::Track { number, name });
        let mut track = strip(&fields, name, number, findings)?;
        if !self.known.insert(track.id.clone()) {
            track.id = track_id(name, number);
            self.known.insert(track.id.clone());
        }
        let is_wide = track.channels > 2;
        let is_played = !is_wide || has_clips(&fields)?;
        let field = match fields.text("format")? {
            // Version 1 takes the name of any format on a track that plays nothing.
            Some(_) if is_played => Some("format"),
            Some(_) => None,
            None => Some("channels"),
        };
        if let Some(field) = field.filter(|_| is_wide && self.wide.is_none()) {
            let wanted = format!("mono or stereo: wider tracks need \"version\": {WIDE}");
            self.wide = Some(fields.wrong(field, wanted));
        }
        if is_played {
            let channels = track.channels;
            let mut lane = lane(
                &fields,
                channels,
                &mut self.files,
                &mut out.odd_clips,
                findings,
            )?;
            lane.track = name.to_owned();
            if track.kind.is_sounding() || !lane.clips.is_empty() {
                track.volume_db = Some(lane.volume_db);
                lane.track_id = track.id.clone();
                out.lanes.push(lane);
            }
        }
        let mut wiring = routing::strip(&fields, name)?;
        wiring.track_id = track.id.clone();
        if !wiring.is_plain() {
            out.strips.push(wiring);
        }
        let setup = setup(&fields)?;
        if setup != StripSetup::default() {
            out.setups.insert(track.id.clone(), setup);
        }
        out.tracks.push(track);
        Ok(())
    }

    /// All of them, the files that their clips name, and what is odd about them.
    pub fn finish(self, session: &Fields<'_>) -> Result<(Tracks, Files, Vec<Finding>), FieldError> {
        session.list("tracks", MOST_TRACKS)?;
        if self.count > MOST_TRACKS {
            return Err(session.too_long("tracks", MOST_TRACKS, self.count));
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let is_old = session
            .whole("version", 1..=WIDE)?
            .is_none_or(|version| version < WIDE);
        if let Some(fault) = self.wide.filter(|_| is_old) {
            return Err(fault);
        }
        let (mut out, mut findings) = (self.out, self.findings);
        link_folders(&mut out.tracks, &mut findings);
        report_duplicates(&out.tracks, &mut findings);
        routing::report(&out.tracks, &out.strips, &mut findings);
        Ok((out, self.files, findings))
    }
}

fn setup(fields: &Fields<'_>) -> Result<StripSetup, FieldError> {
    let flag = |key| -> Result<bool, FieldError> { Ok(fields.flag(key)?.unwrap_or(false)) };
    Ok(StripSetup {
        selected: flag("selected")?,
        smart_dsp: flag("smart_dsp")?,
        dsp_safe: flag("dsp_safe")?,
        offline: flag("offline")?,
    })
}

/// A stable identity in Pro Tools' form, from the track's name and place.
pub(in crate::import) fn track_id(name: &str, number: usize) -> TrackId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(number as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    let hex = hasher.finalize().to_hex();
    let (high, low) = (hex.get(..8), hex.get(8..16));
    TrackId(format!(
        "{{00000000-2a000000-{}-{}}}",
        high.unwrap_or_default(),
        low.unwrap_or_default()
    ))
}

/// Groups of hexadecimal digits in braces, as Pro Tools writes them.
fn is_id(text: &str) -> bool {
    let inside = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    inside.is_some_and(|text| {
        text.len() <= 64
            && text.contains(|c: char| c.is_ascii_hexdigit())
            && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
    })
}

fn strip(
    fields: &Fields<'_>,
    name: &str,
    number: usize,
    findings: &mut Vec<Finding>,
) -> Result<Track, FieldError> {
    let kind = match fields.text("type")? {
        None => TrackKind::Audio,
        Some(word) => kind(word).unwrap_or_else(|| {
            findings.push(
                Finding::new(
                    Level::Warning,
                    "unknown_track_type",
                    format!(
                        "track '{}' is of the unknown type '{}' and is not printed",
                        text::fit(name, 60),
                        text::fit(word, 40)
                    ),
                )
                .track(name)
                .fix("use audio, midi, aux, instrument, master, vca, folder, routing_folder or video"),
            );
            TrackKind::Other
        }),
    };
    let explicit = |key| -> Result<Inherited, FieldError> {
        Ok(Inherited {
            explicit: fields.flag(key)?.unwrap_or(false),
            implicit: false,
        })
    };
    let flag = |key| -> Result<bool, FieldError> { Ok(fields.flag(key)?.unwrap_or(false)) };
    let (channels, format) = channels(fields, kind)?;
    Ok(Track {
        id: fields
            .text("id")?
            .filter(|id| is_id(id))
            .map_or_else(|| track_id(name, number), |id| TrackId(id.to_owned())),
        name: name.to_owned(),
        kind,
        index: number as u32,
        channels,
        format,
        color: color(fields)?,
        folder: fields
            .text("folder")?
            .filter(|f| !f.is_empty())
            .map(str::to_owned),
        folder_id: fields
            .text("folder_id")?
            .filter(|id| is_id(id))
            .map(|id| TrackId(id.to_owned())),
        muted: flag("mute")?,
        soloed: flag("solo")?,
        solo_safe: flag("solo_safe")?,
        record_enabled: flag("record_enabled")?,
        input_monitoring: flag("input_monitoring")?,
        hidden: explicit("hidden")?,
        inactive: explicit("inactive")?,
        frozen: flag("frozen")?,
        open: fields.flag("open")?.unwrap_or(kind.is_folder()),
        volume_db: fields.number("volume_db", GAINS)?,
        pan: fields.number("pan", -1.0..=1.0)?,
        comments: fields.text("comments")?.unwrap_or_default().to_owned(),
        follows_bars: fields
            .flag("follows_bars")?
            .unwrap_or(matches!(kind, TrackKind::Midi | TrackKind::Instrument)),
        record_safe: flag("record_safe")?,
    })
}

fn kind(word: &str) -> Option<TrackKind> {
    TrackKind::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word))
        .ok()
}

/// Whether clips lie on its main playlist or on another.
fn has_clips(fields: &Fields<'_>) -> Result<bool, FieldError> {
    let is_empty = fields.list("clips", MOST_CLIPS)?.is_empty();
    Ok(!is_empty || !fields.list("playlists", MOST_PLAYLISTS)?.is_empty())
}

/// Channels and the format's name, each from the other where only one is given.
fn channels(fields: &Fields<'_>, kind: TrackKind) -> Result<(u16, String), FieldError> {
    let format = fields.text("format")?.unwrap_or_default();
    if !kind.is_sounding() {
        return Ok((0, format.to_owned()));
    }
    let named = Layout::named(format);
    let is_usual = format.is_empty() || named.is_some_and(|layout| !layout.is_wide());
    if !is_usual && !has_clips(fields)? {
        // Nothing is lost of what plays nothing.
        let told = named.map_or(0, |layout| i64::from(layout.channels()));
        let channels = fields.whole("channels", 0..=64)?.unwrap_or(told);
        return Ok((channels as u16, format.to_owned()));
    }
    if named.is_none() && !format.is_empty() {
        let wanted = "mono, stereo, LCR, quad, 5.0, 5.1, 7.0 or 7.1";
        return Err(fields.wrong("format", wanted));
    }
    let most = i64::from(layout::MOST);
    let count = fields
        .whole("channels", 1..=most)?
        .map(|count| count as u16);
    if let (Some(count), Some(named)) = (count, named)
        && count != named.channels()
    {
        let wanted = format!("{} on a {format} track", named.channels());
        return Err(fields.wrong("channels", wanted));
    }
    let layout = named.or_else(|| Layout::of(count?)).unwrap_or_default();
    Ok((layout.channels(), layout.name().to_owned()))
}

fn color(fields: &Fields<'_>) -> Result<Option<[u8; 3]>, FieldError> {
    let Some(text) = fields.text("color")? else {
        return Ok(None);
    };
    crate::model::track::parse_color(text)
        .map(Some)
        .ok_or_else(|| fields.wrong("color", "a colour like #3c7dd9"))
}

fn lane(
    fields: &Fields<'_>,
    channels: u16,
    files: &mut Files,
    odd: &mut Vec<OddClip>,
    findings: &mut Vec<Finding>,
) -> Result<Lane, FieldError> {
    let name = fields.text("name")?.unwrap_or_default();
    let clips = clips::read(fields, name, files, odd)?;
    let mut alternates = Vec::new();
    for value in fields.list("playlists", MOST_PLAYLISTS)? {
        let playlist = Fields::of(value, "playlists", fields.place())?;
        alternates.push(Playlist {
            name: playlist.text("name")?.unwrap_or_default().to_owned(),
            clips: clips::read(&playlist, name, files, &mut Vec::new())?,
        });
    }
    if channels > 2 {
        on_the_spot(fields)?;
    }
    let counted = fields.whole("channels", 1..=i64::from(channels.max(2)))?;
    let mono = counted == Some(1)
        || counted.is_none()
            && fields
                .text("format")?
                .is_some_and(|f| f.eq_ignore_ascii_case("mono"));
    Ok(Lane {
        track: name.to_owned(),
        track_id: TrackId::default(),
        channels: match (mono, channels) {
            (true, _) => 1,
            (false, wide @ 3..) => wide,
            (false, _) => 2,
        },
        volume_db: fields.number("volume_db", GAINS)?.unwrap_or(0.0),
        pan: fields.number("pan", -1.0..=1.0)?,
        volume_points: sorted(
            fields.points("volume_points", GAINS)?,
            name,
            "volume",
            findings,
        ),
        pan_points: sorted(
            fields.points("pan_points", -1.0..=1.0)?,
            name,
            "pan",
            findings,
        ),
        clips,
        alternates,
    })
}

/// A wide track has no pan: its channels go straight to those of an output.
fn on_the_spot(fields: &Fields<'_>) -> Result<(), FieldError> {
    const WANTED: &str = "left out: a track of more than two channels goes straight to its output";
    if fields.number("pan", -1.0..=1.0)?.is_some() {
        return Err(fields.wrong("pan", WANTED));
    }
    match fields.points("pan_points", -1.0..=1.0)?.is_empty() {
        true => Ok(()),
        false => Err(fields.wrong("pan_points", WANTED)),
    }
}

/// Points in the order of time. Of two on one sample the later one in the file holds, so the sort
/// is a stable one.
fn sorted(
    mut points: Vec<Breakpoint>,
    track: &str,
    what: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Breakpoint> {
    if !points.is_sorted_by_key(|point| point.at) {
        points.sort_by_key(|point| point.at);
        findings.push(
            Finding::new(
                Level::Warning,
                "unsorted_points",
                format!(
                    "the {what} points of track '{}' are not in the order of time; they were sorted",
                    text::fit(track, 60)
                ),
            )
            .track(track)
            .fix("write the points in the order of time"),
        );
    }
    points
}

fn link_folders(tracks: &mut [Track], findings: &mut Vec<Finding>) {
    let mut folders: HashMap<String, TrackId> = HashMap::new();
    let mut ids: HashSet<(TrackId, String)> = HashSet::new();
    for track in tracks.iter().filter(|track| track.kind.is_folder()) {
        ids.insert((track.id.clone(), track.name.clone()));
        folders
            .entry(track.name.clone())
            .or_insert_with(|| track.id.clone());
    }
    for track in tracks {
        let said = track.folder_id.take();
        let Some(folder) = &track.folder else {
            continue;
        };
        // Of folders with one name the identity tells which; a name that was changed by hand counts.
        track.folder_id = said
            .filter(|id| ids.contains(&(id.clone(), folder.clone())))
            .or_else(|| folders.get(folder).cloned());
        if track.folder_id.is_none() {
            findings.push(
                Finding::new(
                    Level::Warning,
                    "unknown_folder",
                    format!(
                        "track '{}' says that it is in '{}', which is no folder of this session",
                        text::fit(&track.name, 60),
                        text::fit(folder, 60)
                    ),
                )
                .track(&track.name)
                .fix("give the parent the type 'folder', or correct the name"),
            );
        }
    }
}

fn report_duplicates(tracks: &[Track], findings: &mut Vec<Finding>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for track in tracks {
        let count = seen.entry(&track.name).or_default();
        *count += 1;
        if *count == 2 {
            findings.push(
                Finding::new(
                    Level::Warning,
                    "duplicate_track",
                    format!(
                        "two tracks are named '{}': a name does not tell which is meant",
                        text::fit(&track.name, 60)
                    ),
                )
                .track(&track.name)
                .fix("rename one of them"),
            );
        }
    }
}

//! Rows become clips: the channels of a track's events joined, and for each clip the file that it
//! plays and where in it, or why that is not known. An export never says where in its file a clip
//! starts: that is known only of a clip as long as its whole file.
//!
//! User time stamps decide nothing: anybody may set them, and then they tell another place.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;

use super::audio::{Audio, Found};
use super::rows::{EventRow, TextExport, TrackBlock};
use super::time::Times;
use crate::media::split;
use crate::model::Range;

/// Channels that a lane may have.
const MOST_CHANNELS: u16 = 2;

/// A clip with all its channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Without `.L` and `.R`.
    pub name: String,
    pub place: Range,
    pub muted: bool,
}

/// Why a clip is not rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The time is in bars and beats, in whole seconds, or no time at all.
    PlaceUnknown,
    /// The channels of the track do not agree.
    Uneven,
    /// The format has more channels than can be mixed.
    TooManyChannels(String),
    /// It is shorter than its file, or no file has its name.
    OffsetUnknown(String),
    /// The file's name, and the files that have it.
    Ambiguous(String, Vec<PathBuf>),
    /// The file's name.
    Missing(String),
    /// The file cannot be played on this track: name and reason.
    Unfit(String, String),
    /// No folder with audio was given.
    NoAudio,
    /// A pair of mono files.
    Split(String),
}

/// A file that is played from its start to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Played {
    pub path: PathBuf,
    pub frames: u64,
}

/// Channels of a track by its format; 0 for formats that are not known.
pub fn channels(track: &TrackBlock) -> u16 {
    let told = match track.format.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("mono") => 1,
        Some("stereo") => 2,
        Some("lcr") => 3,
        Some("quad" | "lcrs") => 4,
        // `5.1`: the digits count channels.
        Some(format) => format
            .split('.')
            .filter_map(|digits| digits.split(' ').next()?.parse::<u16>().ok())
            .fold(0, u16::saturating_add),
    };
    let seen = track.events.iter().map(|event| event.channel).max();
    told.max(seen.unwrap_or(0))
}

/// The name without the channel, and the channel.
pub(super) fn side(name: &str) -> (&str, Option<char>) {
    match (name.strip_suffix(".L"), name.strip_suffix(".R")) {
        (Some(base), _) => (base, Some('L')),
        (_, Some(base)) => (base, Some('R')),
        _ => (name, None),
    }
}

/// The clips of a track in the order of time, and what could not be joined.
pub fn clips(track: &TrackBlock, times: &Times) -> (Vec<Joined>, Vec<(Joined, Why)>) {
    let wide = channels(track);
    let mut clips = Vec::new();
    let mut lost = Vec::new();
    // Events of the second channel, by what they must share with the first.
    let mut seconds: HashMap<(&str, &str, &str), VecDeque<&EventRow>> = HashMap::new();
    for event in track
        .events
        .iter()
        .filter(|e| e.channel == 2 && !e.is_fade())
    {
        let key = (
            event.start.as_str(),
            event.end.as_str(),
            side(&event.name).0,
        );
        seconds.entry(key).or_default().push_back(event);
    }
    // Of wide tracks, which are not joined, every channel may be the only one with a clip.
    let is_first = |e: &&EventRow| e.channel == 1 || wide > MOST_CHANNELS;
    let firsts = track.events.iter().filter(is_first);
    let firsts = firsts.filter(|e| !e.is_fade());
    for event in firsts {
        let base = if wide == 1 {
            event.name.as_str()
        } else {
            side(&event.name).0
        };
        let second = (wide == MOST_CHANNELS).then(|| {
            let key = (event.start.as_str(), event.end.as_str(), base);
            seconds.get_mut(&key).and_then(VecDeque::pop_front)
        });
        let place = place(event, times);
        let joined = Joined {
            name: base.to_owned(),
            place: place.unwrap_or_default(),
            muted: event.muted && second.flatten().is_none_or(|second| second.muted),
        };
        let why = match (place, second) {
            _ if wide > MOST_CHANNELS => Some(Why::TooManyChannels(
                track
                    .format
                    .clone()
                    .unwrap_or_else(|| format!("{wide} channels")),
            )),
            (None, _) => Some(Why::PlaceUnknown),
            (_, Some(None)) => Some(Why::Uneven),
            (_, Some(Some(second))) if second.muted != event.muted => Some(Why::Uneven),
            _ => None,
        };
        match why {
            None => clips.push(joined),
            Some(why) => lost.push((joined, why)),
        }
    }
    let alone = seconds
        .into_values()
        .flatten()
        .filter(|_| wide == MOST_CHANNELS);
    for event in alone {
        let joined = Joined {
            name: event.name.clone(),
            place: place(event, times).unwrap_or_default(),
            muted: event.muted,
        };
        lost.push((joined, Why::Uneven));
    }
    clips.sort_by_key(|clip| clip.place.start);
    lost.sort_by(|a, b| (a.0.place.start, &a.0.name).cmp(&(b.0.place.start, &b.0.name)));
    (clips, lost)
}

fn place(event: &EventRow, times: &Times) -> Option<Range> {
    if !times.is_fine() {
        return None;
    }
    let place = Range::new(times.samples(&event.start)?, times.samples(&event.end)?);
    (place.start <= place.end).then_some(place)
}

/// Which file each clip name of the clip list plays: its name, where all rows agree.
pub(super) struct ClipList<'a> {
    files: HashMap<&'a str, HashSet<&'a str>>,
}

impl<'a> ClipList<'a> {
    pub fn new(export: &'a TextExport) -> Self {
        let mut files: HashMap<&str, HashSet<&str>> = HashMap::new();
        for row in &export.clips {
            for name in [row.name.as_str(), side(&row.name).0] {
                files.entry(name).or_default().insert(&row.file);
            }
        }
        Self { files }
    }

    /// The one file of a clip; of several, which.
    fn file(&self, clip: &str) -> Option<Result<String, Vec<&'a str>>> {
        let files = self.files.get(clip)?;
        let mut all: Vec<&str> = files.iter().copied().collect();
        all.sort_unstable();
        let one = match all.as_slice() {
            [one] => Some((*one).to_owned()),
            [left, right] => halves(left, right),
            _ => None,
        };
        Some(one.ok_or(all))
    }
}

/// What a stereo file would be called of which these are the sides: `Vox.wav` for `Vox.L.wav` and
/// `Vox.R.wav`.
fn halves(left: &str, right: &str) -> Option<String> {
    let (left, ending) = left.rsplit_once('.')?;
    let (right, other) = right.rsplit_once('.')?;
    let base = left.strip_suffix(".L")?;
    (ending == other && right.strip_suffix(".R") == Some(base)).then(|| format!("{base}.{ending}"))
}

/// The file that a clip plays whole.
pub(super) fn source(
    clip: &Joined,
    channels: u16,
    times: &Times,
    list: &ClipList<'_>,
    audio: &mut Audio,
) -> Result<Played, Why> {
    let (found, named) = match list.file(&clip.name) {
        Some(Ok(file)) => (audio.named(&file), file),
        Some(Err(files)) => {
            let text = format!(
                "the clip list gives the name to several files: {}",
                files.join(", ")
            );
            return Err(Why::OffsetUnknown(text));
        }
        None => (audio.of_clip(&clip.name), clip.name.clone()),
    };
    let path = match found {
        Found::One(path) => path,
        Found::Several(paths) => return Err(Why::Ambiguous(named, paths)),
        // Opened as one source by the name that both have together.
        Found::Split(left, right) => match split::whole(&left) {
            Some(whole) if split::files(&whole) == [left, right] => whole,
            _ => return Err(Why::Split(named)),
        },
        // Without a row in a clip list nothing says that there is a file at all.
        Found::None if list.file(&clip.name).is_some() => return Err(Why::Missing(named)),
        Found::None => {
            return Err(Why::OffsetUnknown("no clip list names its file".to_owned()));
        }
    };
    let (info, frames) = match audio.facts(&path) {
        Ok(facts) => facts,
        Err(error) => return Err(Why::Unfit(named, format!("cannot be read: {error}"))),
    };
    if info.sample_rate != times.ruler.sample_rate {
        let text = format!(
            "has {} Hz and the session {} Hz",
            info.sample_rate, times.ruler.sample_rate
        );
        return Err(Why::Unfit(named, text));
    }
    if clip.place.len().abs_diff(*frames) > times.unit() {
        let text = format!(
            "it is {} samples long and its file {frames}",
            clip.place.len()
        );
        return Err(Why::OffsetUnknown(text));
    }
    if info.channels != channels {
        let text = format!("has {} channels and the track {channels}", info.channels);
        return Err(Why::Unfit(named, text));
    }
    let frames = *frames;
    Ok(Played { path, frames })
}

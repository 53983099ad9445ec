//! What was told becomes lanes and gaps. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use super::ask::{Told, TrackTold};
use super::lacks;
use super::places::{Places, Why};
use crate::import::text_export::{self, Times, TrackBlock};
use crate::model::paths::PathMap;
use crate::model::session::{Gap, ImportedSession, SessionFolder, Setup};
use crate::model::{
    Arrangement, Clip, FadeShape, Finding, Lane, Level, Range, SessionInfo, Track, TrackKind, text,
};
use crate::ptsl::playlists::{Element, Fade, FadeCurve, FadeCurveShape, FadeKind};

/// The session as far as it is known.
pub(super) struct Assembly {
    tracks: Vec<Track>,
    arrangement: Arrangement,
    gaps: Vec<Gap>,
}

/// The clips of one track, and those that are not rendered: name, place, reason.
#[derive(Default)]
struct Pieces {
    clips: Vec<Clip>,
    lost: Vec<(String, Range, Why)>,
    odd_fades: usize,
}

impl Assembly {
    pub fn of(info: &SessionInfo, tracks: &[Track], told: &Told, paths: &PathMap) -> Self {
        let mut places = Places::new(&told.clips, &told.files, paths);
        let blocks = Blocks::new(told, info);
        let mut out = Self {
            tracks: tracks.iter().map(plain).collect(),
            arrangement: Arrangement {
                sample_rate: info.sample_rate,
                ..Arrangement::default()
            },
            gaps: lacks::of_session(told, tracks),
        };
        let nothing = TrackTold::default();
        let mut end = 0;
        for (index, track) in tracks.iter().enumerate() {
            let of_track = told.tracks.get(index).unwrap_or(&nothing);
            let block = blocks.of(track);
            out.gaps
                .extend(lacks::of_track(track, of_track, block, told));
            if track.kind != TrackKind::Audio {
                continue;
            }
            let pieces = match (track.channels, told.has_playlists) {
                (3.., _) => Pieces::default(),
                (_, true) => from_elements(&of_track.elements, &mut places),
                (_, false) => blocks.pieces(block, &mut places),
            };
            let lost = pieces.lost.iter().map(|(_, place, _)| place.end);
            let ends = pieces.clips.iter().map(Clip::end).chain(lost);
            end = end.max(ends.max().unwrap_or(0));
            out.gaps.extend(gaps(track, &pieces));
            out.arrangement
                .lanes
                .push(lane(track, of_track, pieces.clips));
        }
        out.arrangement.length = u64::try_from(end).unwrap_or(0);
        out.arrangement.files = places.used;
        out
    }

    pub fn into_session(self, info: &SessionInfo) -> ImportedSession {
        ImportedSession {
            info: info.clone(),
            tracks: self.tracks,
            markers: Vec::new(),
            folder: SessionFolder {
                arrangement: Arc::new(self.arrangement),
                gaps: self.gaps,
                is_live: true,
                ..SessionFolder::default()
            },
            findings: Vec::new(),
            setup: Setup::default(),
        }
    }
}

/// A session folder knows mono and stereo; wider strips play nothing here, which a gap says.
fn plain(track: &Track) -> Track {
    let mut track = track.clone();
    track.channels = track.channels.clamp(1, 2);
    track.format = if track.channels == 1 {
        "mono"
    } else {
        "stereo"
    }
    .to_owned();
    track
}

fn lane(track: &Track, told: &TrackTold, clips: Vec<Clip>) -> Lane {
    Lane {
        track: track.name.clone(),
        channels: track.channels.clamp(1, 2),
        volume_points: told.volume.clone(),
        pan_points: told.pan.clone(),
        clips,
        ..Lane::default()
    }
}

fn from_elements<'a>(elements: &'a [Element], places: &mut Places<'a>) -> Pieces {
    let mut out = Pieces::default();
    for element in elements {
        let ids: Vec<&str> = element
            .channels
            .iter()
            .filter_map(|piece| piece.clip.as_deref())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let place = Range::new(element.start, element.end);
        let found = if ids.len() == element.channels.len() {
            places.of_ids(&ids)
        } else {
            Err(Why::new(
                "uneven_channels",
                "one of its channels is empty",
                "consolidate the clip in Pro Tools, or print with --engine bounce",
            ))
        };
        let name = found.as_ref().ok().and_then(|channels| channels.first());
        let name = name.map(|clip| clip.root_name.clone()).unwrap_or_default();
        match found.and_then(|channels| places.clip(&channels, place)) {
            Ok(mut clip) => {
                clip.muted = element.muted;
                out.clips.push(clip);
            }
            Err(_) if element.muted => {}
            Err(why) => out.lost.push((name, place, why)),
        }
    }
    for element in elements {
        let fade = element.channels.iter().find_map(|piece| piece.fade);
        if let Some(fade) = fade.filter(|_| element.channels.iter().all(|p| p.clip.is_none())) {
            let is_known = lay_fade(&mut out.clips, element, &fade);
            out.odd_fades += usize::from(!is_known);
        }
    }
    out
}

/// Puts a fade on the clip that begins or ends with it. `false` where its shape is not ours, or no
/// clip is there; it is a straight one then, or none.
fn lay_fade(clips: &mut [Clip], element: &Element, fade: &Fade) -> bool {
    let length = element.end.abs_diff(element.start);
    let shape = match fade.equal_power {
        Some(true) => FadeShape::EqualPower,
        _ => FadeShape::Linear,
    };
    let is_plain = |curve: &FadeCurve| {
        curve.shape == FadeCurveShape::Standard && curve.bias == 0 && curve.start_percent == 0.0
    };
    let curves = [&fade.fade_in, &fade.fade_out];
    let mut is_known = fade.equal_power.is_some() && curves.into_iter().flatten().all(is_plain);
    if matches!(fade.kind, FadeKind::In | FadeKind::Cross) {
        match clips.iter_mut().find(|clip| clip.start == element.start) {
            Some(clip) => (clip.fade_in, clip.fade_in_shape) = (length, shape),
            None => is_known = false,
        }
    }
    if matches!(fade.kind, FadeKind::Out | FadeKind::Cross) {
        match clips.iter_mut().find(|clip| clip.end() == element.end) {
            Some(clip) => (clip.fade_out, clip.fade_out_shape) = (length, shape),
            None => is_known = false,
        }
    }
    is_known
}

/// The tracks of the session text, by name.
struct Blocks<'a> {
    by_name: HashMap<&'a str, Option<&'a TrackBlock>>,
    times: Option<Times>,
}

impl<'a> Blocks<'a> {
    fn new(told: &'a Told, info: &SessionInfo) -> Self {
        let mut by_name: HashMap<&str, Option<&TrackBlock>> = HashMap::new();
        for block in told.text.iter().flat_map(|text| &text.tracks) {
            by_name
                .entry(&block.name)
                .and_modify(|known| *known = None)
                .or_insert(Some(block));
        }
        Self {
            by_name,
            times: told.text.as_ref().map(|text| Times::of(text, info.ruler)),
        }
    }

    fn of(&self, track: &Track) -> Option<&'a TrackBlock> {
        self.by_name.get(track.name.as_str()).copied().flatten()
    }

    fn pieces(&self, block: Option<&'a TrackBlock>, places: &mut Places<'_>) -> Pieces {
        let mut out = Pieces::default();
        let (Some(block), Some(times)) = (block, &self.times) else {
            return out;
        };
        let wide = text_export::channels(block);
        let (joined, lost) = text_export::clips(block, times);
        for clip in joined {
            let names: Vec<String> = match wide {
                2 => ["L", "R"]
                    .map(|side| format!("{}.{side}", clip.name))
                    .to_vec(),
                _ => vec![clip.name.clone()],
            };
            let found = places.of_names(&names);
            match found.and_then(|channels| places.clip(&channels, clip.place)) {
                Ok(mut found) => {
                    found.muted = clip.muted;
                    out.clips.push(found);
                }
                Err(_) if clip.muted => {}
                Err(why) => out.lost.push((clip.name, clip.place, why)),
            }
        }
        for (clip, _) in lost.into_iter().filter(|(clip, _)| !clip.muted) {
            let why = Why::new(
                "uneven_channels",
                "its channels or its place are not told clearly",
                "consolidate the clip in Pro Tools, or print with --engine bounce",
            );
            out.lost.push((clip.name, clip.place, why));
        }
        out.odd_fades = block.events.iter().filter(|event| event.is_fade()).count();
        out
    }
}

fn gaps(track: &Track, pieces: &Pieces) -> Vec<Gap> {
    let shown = text::fit(&track.name, 60);
    let mut gaps = Vec::new();
    for (name, place, why) in &pieces.lost {
        let text = format!(
            "track '{shown}', clip '{}' is not rendered: {}",
            text::fit(name, 60),
            text::fit(&why.what, 300)
        );
        gaps.push(Gap {
            finding: Finding::new(Level::Error, why.code, text)
                .track(&track.name)
                .fix(why.fix),
            range: Some(*place),
        });
    }
    if pieces.odd_fades > 0 {
        let text = format!(
            "track '{shown}' has {} fades whose shape is not told; they are straight in this render, or not in it",
            pieces.odd_fades
        );
        gaps.push(Gap {
            finding: Finding::new(Level::Warning, "fade_unknown", text)
                .track(&track.name)
                .fix("print with --engine bounce where the fades matter"),
            range: None,
        });
    }
    gaps
}

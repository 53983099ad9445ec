//! What was told becomes lanes and gaps. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use super::ask::{Told, TrackTold};
use super::lacks;
use super::places::{Places, Why};
use crate::import::text_export::{self, Times, TrackBlock};
use crate::model::fade_shape::{Curve, MOST_BIAS};
use crate::model::paths::PathMap;
use crate::model::session::{Gap, ImportedSession, SessionFolder, Setup};
use crate::model::{
    Arrangement, Clip, FadeShape, Finding, Lane, Level, Range, SessionInfo, Track, TrackKind, text,
};
use crate::ptsl::playlists::{Element, Fade, FadeCurve, FadeCurveShape, FadeKind, FadeSlope};

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
    /// Fades of which nobody tells what they are.
    odd_fades: usize,
    /// Fades of a told shape that has no published curve.
    own_fades: usize,
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
            match lay_fade(&mut out.clips, element, &fade) {
                Known::Told => {}
                Known::Own => out.own_fades += 1,
                Known::Not => out.odd_fades += 1,
            }
        }
    }
    out
}

/// How well a fade is known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Told,
    /// Its shape is told, and the curve of that shape is ours.
    Own,
    /// Its shape is not ours, or no clip is there; it is a straight one then, or none.
    Not,
}

/// Puts a fade on the clip that begins or ends with it.
fn lay_fade(clips: &mut [Clip], element: &Element, fade: &Fade) -> Known {
    let length = element.end.abs_diff(element.start);
    let mut known = Known::Told;
    if matches!(fade.kind, FadeKind::In | FadeKind::Cross) {
        let (shape, how) = shape(fade.slope, fade.fade_in);
        known = known.max(how);
        match clips.iter_mut().find(|clip| clip.start == element.start) {
            Some(clip) => (clip.fade_in, clip.fade_in_shape) = (length, shape),
            None => known = Known::Not,
        }
    }
    if matches!(fade.kind, FadeKind::Out | FadeKind::Cross) {
        let (shape, how) = shape(fade.slope, fade.fade_out);
        known = known.max(how);
        match clips.iter_mut().find(|clip| clip.end() == element.end) {
            Some(clip) => (clip.fade_out, clip.fade_out_shape) = (length, shape),
            None => known = Known::Not,
        }
    }
    known
}

/// Our shape of one side of a fade. A curve that is not told is a standard one.
fn shape(slope: FadeSlope, told: Option<FadeCurve>) -> (FadeShape, Known) {
    let equal_power = slope == FadeSlope::EqualPower;
    let plain = Curve {
        equal_power,
        ..Curve::default()
    };
    let Some(told) = told else {
        let known = match slope {
            FadeSlope::EqualGain | FadeSlope::EqualPower => Known::Told,
            FadeSlope::Unlinked | FadeSlope::Unknown => Known::Not,
        };
        return (FadeShape::of(plain), known);
    };
    let s_shaped = match told.shape {
        FadeCurveShape::Standard => false,
        FadeCurveShape::SShaped => true,
        FadeCurveShape::Legacy | FadeCurveShape::Unknown => {
            return (FadeShape::of(plain), Known::Not);
        }
    };
    let bias = i8::try_from(told.bias).ok();
    let bias = bias.filter(|bias| bias.unsigned_abs() <= MOST_BIAS.unsigned_abs());
    let shape = FadeShape::of(Curve {
        s_shaped,
        equal_power,
        bias: bias.unwrap_or(0),
    });
    let is_known = bias.is_some() && told.start_percent == 0.0 && slope != FadeSlope::Unknown;
    let known = match shape {
        _ if !is_known => Known::Not,
        FadeShape::Linear | FadeShape::EqualPower => Known::Told,
        FadeShape::Curved(_) => Known::Own,
    };
    (shape, known)
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
    for (count, code, what) in [
        (
            pieces.odd_fades,
            "fade_unknown",
            "fades whose shape is not told; they are straight in this render, or not in it",
        ),
        (
            pieces.own_fades,
            "fade_formula",
            "fades of a shape whose exact curve Pro Tools does not publish; this render draws its own",
        ),
    ] {
        if count > 0 {
            let text = format!("track '{shown}' has {count} {what}");
            gaps.push(Gap {
                finding: Finding::new(Level::Warning, code, text)
                    .track(&track.name)
                    .fix("print with --engine bounce where the fades matter"),
                range: None,
            });
        }
    }
    gaps
}

//! Cutting and laying on one lane: a stretch of clips and automation taken, closed up or put in,
//! over what is there or before it. Parts of clips sound as before, to the sample.

use crate::model::clip::{Clip, clear};
use crate::model::{Breakpoint, Lane, Range};

use super::points;

/// A stretch of a lane; times count from its start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stretch {
    pub length: i64,
    pub clips: Vec<Clip>,
    /// Empty where the lane has no automation, or where it does not follow.
    pub volume: Vec<Breakpoint>,
    pub pan: Vec<Breakpoint>,
}

/// How an edit treats what is not selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Shuffle: cuts close up, and what is put in pushes the rest on.
    pub shuffle: bool,
    /// Automation goes where its clips go.
    pub follow: bool,
}

fn signed(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// What lies in the range.
pub fn copy(lane: &Lane, range: Range, follow: bool) -> Stretch {
    let clips = lane
        .clips
        .iter()
        .filter_map(|clip| clip.between(range.start, range.end))
        .map(|mut clip| {
            clip.start = clip.start.saturating_sub(range.start);
            clip
        })
        .collect();
    let points = |points: &[Breakpoint]| {
        if follow {
            points::copy(points, range.start, range.end)
        } else {
            Vec::new()
        }
    };
    Stretch {
        length: signed(range.len()),
        clips,
        volume: points(&lane.volume_points),
        pan: points(&lane.pan_points),
    }
}

/// Takes away what lies in the range; in shuffle mode the rest closes up.
pub fn remove(lane: &mut Lane, range: Range, rules: Rules) {
    clear(&mut lane.clips, range.start, range.end);
    if rules.shuffle {
        push(
            &mut lane.clips,
            range.end,
            signed(range.len()).saturating_neg(),
        );
    }
    if rules.follow {
        for list in [&mut lane.volume_points, &mut lane.pan_points] {
            points::remove(list, range.start, range.end, rules.shuffle);
        }
    }
}

fn push(clips: &mut [Clip], from: i64, by: i64) {
    for clip in clips.iter_mut().filter(|clip| clip.start >= from) {
        clip.start = clip.start.saturating_add(by);
    }
}

/// Cuts the clips that reach over `at` in two.
pub fn separate(clips: &mut Vec<Clip>, at: i64) {
    *clips = clips
        .iter()
        .flat_map(|clip| [clip.between(i64::MIN, at), clip.between(at, i64::MAX)])
        .flatten()
        .collect();
}

/// Puts a stretch in at `at`: over what is there, or in shuffle mode before it.
pub fn insert(lane: &mut Lane, at: i64, stretch: &Stretch, rules: Rules) {
    if rules.shuffle {
        separate(&mut lane.clips, at);
        push(&mut lane.clips, at, stretch.length);
    } else {
        clear(&mut lane.clips, at, at.saturating_add(stretch.length));
    }
    lane.clips.extend(stretch.clips.iter().map(|clip| Clip {
        start: clip.start.saturating_add(at),
        ..clip.clone()
    }));
    lane.clips.sort_by_key(|clip| clip.start);
    if rules.follow {
        insert_points(lane, at, stretch, rules.shuffle);
    }
}

/// Only the automation of a stretch.
pub fn insert_points(lane: &mut Lane, at: i64, stretch: &Stretch, push: bool) {
    let volume = (&*stretch.volume, stretch.length);
    points::insert(&mut lane.volume_points, at, volume, 0.0, push);
    // Without a pan stage there is nothing to automate.
    if let Some(pan) = lane.pan.or((!lane.pan_points.is_empty()).then_some(0.0)) {
        points::insert(
            &mut lane.pan_points,
            at,
            (&stretch.pan, stretch.length),
            pan,
            push,
        );
    }
}

/// A stretch repeated until it is `length` long; the last round may be cut short.
pub fn fill(stretch: &Stretch, length: i64) -> Stretch {
    let mut filled = Stretch {
        length,
        ..Stretch::default()
    };
    let mut at = 0;
    while at < length && stretch.length > 0 {
        filled.clips.extend(stretch.clips.iter().filter_map(|clip| {
            let start = clip.start.saturating_add(at);
            let clip = Clip {
                start,
                ..clip.clone()
            };
            clip.between(i64::MIN, length)
        }));
        let moved = |point: &Breakpoint| Breakpoint {
            at: point.at.saturating_add(at),
            ..*point
        };
        filled.volume.extend(stretch.volume.iter().map(moved));
        filled.pan.extend(stretch.pan.iter().map(moved));
        at = at.saturating_add(stretch.length);
    }
    for list in [&mut filled.volume, &mut filled.pan] {
        list.dedup();
        *list = points::copy(list, 0, length);
    }
    filled
}

//! Fades by preset: at every end of a clip that the selection holds, and crossfades where two
//! clips meet. Existing fades stay. A crossfade needs audio beyond the clips' ends; where there is
//! not enough it moves or shortens if that is allowed, and else is left out.

use std::collections::HashMap;

use crate::model::fade_shape::Curve;
use crate::model::{Clip, FadeShape, Range};
use crate::ptsl::wire::CommandErrorType::PtNoPresetFound;

use super::edit::no_clips;
use super::{Failure, OpenSession, Outcome};

/// The presets of every session here: name, milliseconds, shape.
pub const PRESETS: [(&str, u64, FadeShape); 9] = [
    ("Linear 10 ms", 10, FadeShape::Linear),
    ("Linear 50 ms", 50, FadeShape::Linear),
    ("Equal Power 10 ms", 10, FadeShape::EqualPower),
    ("Equal Power 50 ms", 50, FadeShape::EqualPower),
    ("S-Curve 10 ms", 10, curved(true, false, 0)),
    ("S-Curve 50 ms", 50, curved(true, false, 0)),
    ("S-Curve Equal Power 50 ms", 50, curved(true, true, 0)),
    ("Slow Start 50 ms", 50, curved(false, false, 50)),
    ("Fast Start 50 ms", 50, curved(false, false, -50)),
];

const fn curved(s_shaped: bool, equal_power: bool, bias: i8) -> FadeShape {
    FadeShape::Curved(Curve {
        s_shaped,
        equal_power,
        bias,
    })
}

/// Length and shape of the fades to be made.
#[derive(Debug, Clone, Copy)]
pub struct Fade {
    /// Samples.
    length: u64,
    shape: FadeShape,
    /// Crossfades that do not fit are moved or shortened.
    adjust: bool,
}

/// A preset by its name, or PT_NoPresetFound.
pub fn preset(name: &str, sample_rate: u32, adjust: bool) -> Outcome<Fade> {
    let found = PRESETS
        .iter()
        .find(|(known, _, _)| known.eq_ignore_ascii_case(name.trim()));
    let Some((_, millis, shape)) = found else {
        let names = PRESETS.map(|(name, _, _)| name).join(", ");
        return Err(Failure::new(
            PtNoPresetFound,
            format!("There is no fade preset '{name}'. There are: {names}."),
        ));
    };
    Ok(Fade {
        length: u64::from(sample_rate) * millis / 1000,
        shape: *shape,
        adjust,
    })
}

impl OpenSession {
    /// Makes fades at the ends of the clips in the edit selection. `frames` are the lengths of the
    /// audio files by their index; what follows a clip in a file that is not in it is not used.
    pub fn fade_clips(&mut self, fade: Fade, frames: &HashMap<usize, u64>) -> Outcome<()> {
        let selected = self.selected()?;
        let mut is_touched = false;
        for track in selected.tracks {
            if let Some(lane) = self.lane_mut(track) {
                is_touched |= apply(&mut lane.clips, selected.range, fade, frames);
            }
        }
        if is_touched { Ok(()) } else { Err(no_clips()) }
    }
}

/// Whether any end of a clip lies in the range.
fn apply(clips: &mut [Clip], range: Range, fade: Fade, frames: &HashMap<usize, u64>) -> bool {
    clips.sort_by_key(|clip| clip.start);
    let is_inside = |at: i64| (range.start..=range.end).contains(&at);
    let mut is_touched = false;
    for index in 0..clips.len() {
        let (before, rest) = clips.split_at_mut(index);
        let Some((clip, after)) = rest.split_first_mut() else {
            break;
        };
        let from = before.iter().map(Clip::end).max().unwrap_or(i64::MIN);
        if is_inside(clip.start) {
            is_touched = true;
            let room = room(before, clip, after);
            let neighbour = before.last_mut().filter(|other| other.end() == clip.start);
            match neighbour {
                Some(left) if from == clip.start => cross(left, clip, fade, frames, room),
                _ if from < clip.start && clip.fade_in == 0 => {
                    clip.fade_in = fade.length.min(clip.length / 2);
                    clip.fade_in_shape = fade.shape;
                    clip.fade_in_skip = 0;
                }
                _ => {}
            }
        }
        if is_inside(clip.end()) {
            is_touched = true;
            let is_free = after.first().is_none_or(|next| next.start > clip.end());
            if is_free && from <= clip.end() && clip.fade_out == 0 {
                clip.fade_out = fade.length.min(clip.length / 2);
                clip.fade_out_shape = fade.shape;
                clip.fade_out_skip = 0;
            }
        }
    }
    is_touched
}

/// How far a crossfade at the start of `clip` may reach back and on without meeting a third clip.
fn room(before: &[Clip], clip: &Clip, after: &[Clip]) -> (u64, u64) {
    let others = before.iter().rev().skip(1).map(Clip::end).max();
    let back = others.map_or(u64::MAX, |end| clip.start.abs_diff(end.min(clip.start)));
    let next = after.first().map(|next| next.start.max(clip.start));
    (
        back,
        next.map_or(u64::MAX, |next| next.abs_diff(clip.start)),
    )
}

/// Crosses from `left` to `right`, which begins where `left` ends.
fn cross(
    left: &mut Clip,
    right: &mut Clip,
    fade: Fade,
    frames: &HashMap<usize, u64>,
    (back, on): (u64, u64),
) {
    if left.fade_out > 0 || right.fade_in > 0 {
        return;
    }
    let played = left.offset.saturating_add(left.length);
    let behind = frames.get(&left.file).copied().unwrap_or(0);
    // Neither reaches over more than half of the other.
    let most_before = right.offset.min(left.length / 2).min(back);
    let most_after = behind.saturating_sub(played).min(right.length / 2).min(on);
    let half = fade.length / 2;
    let fits = most_before >= half && most_after >= fade.length - half;
    if !fits && !fade.adjust {
        return;
    }
    let length = fade.length.min(most_before + most_after);
    let before = half.min(most_before).max(length.saturating_sub(most_after));
    let after = length - before.min(length);
    let before = length - after;
    right.start = right
        .start
        .saturating_sub(i64::try_from(before).unwrap_or(0));
    right.offset -= before;
    right.length += before;
    left.length += after;
    for (samples, shape, skip) in [
        (
            &mut left.fade_out,
            &mut left.fade_out_shape,
            &mut left.fade_out_skip,
        ),
        (
            &mut right.fade_in,
            &mut right.fade_in_shape,
            &mut right.fade_in_skip,
        ),
    ] {
        (*samples, *shape, *skip) = (length, fade.shape, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(start: i64, offset: u64, length: u64) -> Clip {
        Clip {
            start,
            offset,
            length,
            ..Clip::default()
        }
    }

    fn faded(clips: &[Clip], range: Range, adjust: bool) -> Vec<(i64, u64, u64, u64, u64)> {
        let fade = Fade {
            length: 10,
            shape: FadeShape::Linear,
            adjust,
        };
        let mut clips = clips.to_vec();
        apply(&mut clips, range, fade, &HashMap::from([(0, 1000)]));
        clips
            .iter()
            .map(|c| (c.start, c.offset, c.length, c.fade_in, c.fade_out))
            .collect()
    }

    #[test]
    fn ends_get_fades_and_joints_crossfades() {
        let all = Range::new(0, 1000);
        let apart = [clip(0, 0, 100), clip(200, 0, 8)];
        assert_eq!(
            faded(&apart, all, false),
            [(0, 0, 100, 10, 10), (200, 0, 8, 4, 4)]
        );
        assert_eq!(
            faded(&apart, Range::new(50, 150), false),
            [(0, 0, 100, 0, 10), (200, 0, 8, 0, 0)]
        );
        let joint = [clip(0, 0, 100), clip(100, 500, 100)];
        assert_eq!(
            faded(&joint, Range::new(90, 110), false),
            [(0, 0, 105, 0, 10), (95, 495, 105, 10, 0)]
        );
        // Audio enough before the right clip only.
        let at_the_end = [clip(0, 900, 100), clip(100, 500, 100)];
        assert_eq!(
            faded(&at_the_end, Range::new(90, 110), false),
            [(0, 900, 100, 0, 0), (100, 500, 100, 0, 0)]
        );
        assert_eq!(
            faded(&at_the_end, Range::new(90, 110), true),
            [(0, 900, 100, 0, 10), (90, 490, 110, 10, 0)]
        );
        let short = [clip(0, 0, 100), clip(100, 3, 100)];
        assert_eq!(
            faded(&short, Range::new(90, 110), true),
            [(0, 0, 107, 0, 10), (97, 0, 103, 10, 0)]
        );
    }

    #[test]
    fn presets_go_by_name() {
        assert_eq!(preset("linear 10 MS", 48_000, false).unwrap().length, 480);
        let error = preset("Mine", 48_000, false).unwrap_err();
        assert_eq!(error.kind, PtNoPresetFound);
        assert!(error.message.contains("Equal Power 50 ms"));
    }
}

//! What holds for every sequence of edits: what is cut and pasted back sounds as before, undo
//! restores the exact former state, and clips lie over each other only where they are crossfaded.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::OpenSession;
use super::fades;
use super::splice::Rules;
use super::tests::session;
use crate::audio::automation::Points;
use crate::audio::fade::Envelope;
use crate::model::clip::{FadeShape, SourceFile};
use crate::model::{Arrangement, Breakpoint, Clip, Lane, Range};
use crate::ptsl::wire::AutomationDataOptions as Special;

const LENGTH: i64 = 4_000;
const FRAMES: u64 = 3_000;

/// A sample of an audio file: no two are alike.
fn sample(file: usize, frame: u64) -> f64 {
    if frame >= FRAMES {
        return 0.0;
    }
    let mixed = (frame + 1).wrapping_mul(2_654_435_761) ^ ((file as u64 + 1) << 20);
    (mixed % 10_007) as f64 / 10_007.0 - 0.5
}

/// What a lane plays: clips, then volume.
fn play(lane: &Lane) -> Vec<f64> {
    let mut mix = vec![0.0; usize::try_from(LENGTH).unwrap()];
    for clip in lane.clips.iter().filter(|clip| !clip.muted) {
        let envelope = Envelope::new(clip);
        for at in clip.start.max(0)..clip.end().min(LENGTH) {
            let into = at.abs_diff(clip.start);
            let value = sample(clip.file, clip.offset + into) * envelope.at(into);
            mix[usize::try_from(at).unwrap()] += value;
        }
    }
    let points = Points::new(&lane.volume_points);
    for (at, value) in (0..).zip(&mut mix) {
        *value *= libm::pow(10.0, points.value(at).unwrap_or(0.0) / 20.0);
    }
    mix
}

fn mix(session: &OpenSession) -> Vec<Vec<f64>> {
    session.arrangement.lanes.iter().map(play).collect()
}

fn assert_same_sound(a: &[Vec<f64>], b: &[Vec<f64>]) {
    for (lane, (a, b)) in a.iter().zip(b).enumerate() {
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            assert!((a - b).abs() < 1e-9, "lane {lane} sample {at}: {a} {b}");
        }
    }
}

/// Clips side by side, some with gaps, fades and gains.
fn clips() -> impl Strategy<Value = Vec<Clip>> {
    let fade = || prop_oneof![Just(0_u64), 1..300_u64];
    let words = ["linear", "equal_power", "s_curve", "equal_power-40"];
    let shapes = words.map(|word| word.parse::<FadeShape>().unwrap());
    let shape = || prop::sample::select(shapes.to_vec());
    let gap = prop_oneof![Just(0_i64), 1..300_i64];
    let clip = (
        (gap, 1..900_u64, 0..2_500_u64, 0..3_usize),
        (fade(), shape(), fade(), shape()),
        (prop::sample::select(&[0.0, -6.0, 3.5][..]), 0..10),
    );
    prop::collection::vec(clip, 0..6).prop_map(|list| {
        let mut at = 0;
        let mut clips = Vec::new();
        for ((gap, length, offset, file), (fade_in, ins, fade_out, outs), (gain_db, mute)) in list {
            at += gap;
            clips.push(Clip {
                file,
                start: at,
                offset,
                length,
                gain_db,
                fade_in,
                fade_in_shape: ins,
                fade_out,
                fade_out_shape: outs,
                muted: mute == 0,
                ..Clip::default()
            });
            at += i64::try_from(length).unwrap();
        }
        clips
    })
}

fn points() -> impl Strategy<Value = Vec<Breakpoint>> {
    prop::collection::vec((0..LENGTH, -20.0..6.0), 0..6).prop_map(|mut list| {
        list.sort_by_key(|(at, _)| *at);
        list.into_iter().map(Breakpoint::from).collect()
    })
}

/// Four audio tracks of random clips and volume.
fn world() -> impl Strategy<Value = OpenSession> {
    let lane = (clips(), points());
    prop::collection::vec(lane, 4).prop_map(|lanes| {
        let mut session = session();
        let arrangement = Arc::make_mut(&mut session.arrangement);
        for (lane, (clips, points)) in arrangement.lanes.iter_mut().zip(lanes) {
            lane.clips = clips;
            lane.volume_points = points;
        }
        arrangement.files = (0..3)
            .map(|number| SourceFile {
                path: format!("/nowhere/{number}.wav").into(),
                name: number.to_string(),
            })
            .collect();
        session
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    (any::<bool>(), any::<bool>()).prop_map(|(shuffle, follow)| Rules { shuffle, follow })
}

#[derive(Debug, Clone)]
enum Step {
    Select(i64, i64, u8),
    Cut,
    Copy,
    Paste,
    Fill,
    Clear,
    Trim,
    Repeat(i64),
    Fade(usize, bool),
    Group,
    Ungroup(bool),
    Regroup,
    Special(u8, i32),
    Undo(usize),
    Redo(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..LENGTH, 0..900_i64, any::<u8>()).prop_map(|(s, l, t)| Step::Select(s, l, t)),
        2 => Just(Step::Cut),
        1 => Just(Step::Copy),
        3 => Just(Step::Paste),
        1 => Just(Step::Fill),
        1 => Just(Step::Clear),
        1 => Just(Step::Trim),
        1 => (1..4_i64).prop_map(Step::Repeat),
        3 => (0..4_usize, any::<bool>()).prop_map(|(preset, fit)| Step::Fade(preset, fit)),
        1 => Just(Step::Group),
        1 => any::<bool>().prop_map(Step::Ungroup),
        1 => Just(Step::Regroup),
        2 => (0..3_u8, 1..6).prop_map(|(what, data)| Step::Special(what, data)),
        1 => (1..4_usize).prop_map(Step::Undo),
        1 => (1..4_usize).prop_map(Step::Redo),
    ]
}

/// Selects a range on the audio tracks whose bits are set.
fn select(session: &mut OpenSession, start: i64, length: i64, tracks: u8) {
    session.select_edit(Range::new(start, start + length));
    for (index, strip) in session.strips.iter_mut().enumerate() {
        strip.selected = strip.lane.is_some() && tracks & (1 << index) != 0;
    }
}

/// Takes the step; a refusal is as good.
fn take(session: &mut OpenSession, step: &Step, rules: Rules) {
    let frames: HashMap<usize, u64> = (0..3).map(|file| (file, FRAMES)).collect();
    let _ = match *step {
        Step::Select(start, length, tracks) => {
            select(session, start, length, tracks);
            Ok(())
        }
        Step::Cut => session.edit("Cut", |s| s.cut(rules)),
        Step::Copy => session.copy(rules),
        Step::Paste => session.edit("Paste", |s| s.paste(rules)),
        Step::Fill => session.edit("Fill", |s| s.paste_to_fill(rules)),
        Step::Clear => session.edit("Clear", |s| s.clear_selection(rules)),
        Step::Trim => session.edit("Trim", |s| s.trim_to_selection(rules)),
        Step::Repeat(times) => session.edit("Repeat", |s| s.repeat_selection(times, rules)),
        Step::Fade(preset, fit) => {
            let (name, _, _) = fades::PRESETS[preset];
            let fade = fades::preset(name, 8_000, fit).unwrap();
            session.edit("Fades", |s| s.fade_clips(fade, &frames))
        }
        Step::Group => session.edit("Group", OpenSession::group_clips),
        Step::Ungroup(all) => session.edit("Ungroup", |s| s.ungroup_clips(all)),
        Step::Regroup => session.edit("Regroup", OpenSession::regroup_clips),
        Step::Special(what, data) => {
            let data = Special::try_from(data).unwrap();
            session.edit("Special", |s| match what {
                0 => s.copy_special(data),
                1 => s.cut_special(data),
                _ => s.clear_special(data),
            })
        }
        Step::Undo(levels) => session.undo(levels).map(drop),
        Step::Redo(levels) => session.redo(levels).map(drop),
    };
}

/// Two clips may share samples only where one fades out and the other in.
fn check_overlaps(arrangement: &Arrangement) {
    for lane in &arrangement.lanes {
        for (index, left) in lane.clips.iter().enumerate() {
            for right in lane.clips.iter().skip(index + 1) {
                if left.start.max(right.start) >= left.end().min(right.end()) {
                    continue;
                }
                let outs = left.end() - i64::try_from(left.fade_out).unwrap();
                let ins = right.start + i64::try_from(right.fade_in).unwrap();
                assert!(
                    right.start >= outs && left.end() <= ins && left.start <= right.start,
                    "{left:?} lies over {right:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_cut_and_pasted_back_sounds_as_before(
        mut session in world(), rules in rules(), fade in any::<bool>(),
        start in 0..LENGTH, length in 1..2_000_i64, tracks in any::<u8>(),
    ) {
        if fade {
            select(&mut session, 0, LENGTH, u8::MAX);
            take(&mut session, &Step::Fade(3, true), rules);
        }
        let before = mix(&session);
        select(&mut session, start, length, tracks | 2);
        session.edit("Cut", |s| s.cut(rules)).unwrap();
        prop_assert_eq!(session.edit_range().start, start);
        let (cut, edits) = (mix(&session), session.history.depth().0);
        session.edit("Paste", |s| s.paste(rules)).unwrap();
        assert_same_sound(&mix(&session), &before);
        if session.history.depth().0 > edits {
            session.undo(1).unwrap();
            assert_same_sound(&mix(&session), &cut);
        }
    }

    #[test]
    fn undo_restores_every_state_and_clips_never_pile_up(
        mut session in world(), rules in rules(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let first = session.arrangement.clone();
        check_overlaps(&first);
        for step in &steps {
            take(&mut session, step, rules);
            check_overlaps(&session.arrangement);
        }
        session.redo(usize::MAX).unwrap_or_default();
        let last = session.arrangement.clone();
        let (depth, _) = session.history.depth();
        for _ in 0..depth {
            session.undo(1).unwrap();
            check_overlaps(&session.arrangement);
        }
        prop_assert_eq!(&*session.arrangement, &*first);
        session.redo(usize::MAX).unwrap_or_default();
        prop_assert_eq!(&*session.arrangement, &*last);
    }
}

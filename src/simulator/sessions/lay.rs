//! Placements become clips: crossfades where one follows another, short fades elsewhere, and
//! tails that ring as far as there is room.

use super::describe::ClipFile;
use super::parts::{HEAD, Part};
use super::score::BAR;

/// Joins end this many samples before the bar line, so that no attack is faded.
const BEFORE_BAR: i64 = 720;
/// A clip that follows nothing starts this early.
const PICK_UP: i64 = 1_200;
/// Fade-in of such a clip, and the longest fade-out of a tail.
const SOFT_START: i64 = 480;
const TAIL_FADE: i64 = 24_000;
/// Even at the session's start, where a hand that came early would click.
const SHORTEST: i64 = 96;

/// The clips of a part in a session of `bars`; `file` gives the name of a take's file.
pub fn clips(part: &Part, bars: i64, file: impl Fn(usize) -> String) -> Vec<ClipFile> {
    let mut clips = Vec::new();
    for (index, placed) in part.placements.iter().enumerate() {
        let frames = part
            .takes
            .get(placed.take)
            .and_then(|take| take.channels.first())
            .map_or(0, |channel| channel.len() as i64);
        let before = index
            .checked_sub(1)
            .and_then(|before| part.placements.get(before));
        let after = part.placements.get(index + 1);
        let follows = before.is_some_and(|before| before.bar + before.bars == placed.bar);
        let lead = if follows {
            BEFORE_BAR + part.crossfade
        } else {
            PICK_UP.min(placed.bar * BAR)
        };
        let start = placed.bar * BAR - lead;
        let offset = HEAD + placed.skip * BAR - lead;
        let end_bar = placed.bar + placed.bars;
        let is_followed = after.is_some_and(|after| after.bar == end_bar);
        let latest = after.map_or(bars * BAR, |after| after.bar * BAR - PICK_UP);
        let end = if is_followed {
            end_bar * BAR - BEFORE_BAR
        } else {
            latest.min(start + frames - offset)
        };
        let length = end - start;
        let tail = (end - end_bar * BAR).clamp(960, TAIL_FADE);
        clips.push(ClipFile {
            file: file(placed.take),
            start,
            offset,
            length,
            gain_db: placed.gain_db,
            fade_in: if follows {
                part.crossfade
            } else {
                SOFT_START.min(lead).max(SHORTEST)
            },
            fade_in_shape: shape(follows),
            fade_out: if is_followed { part.crossfade } else { tail },
            fade_out_shape: shape(is_followed),
            mute: false,
        });
    }
    clips
}

/// Different sounds are joined at constant power, ends are straight.
fn shape(joined: bool) -> &'static str {
    if joined { "equal_power" } else { "linear" }
}

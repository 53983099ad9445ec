//! Clips on lanes: what a session folder knows about the audio of each track, and PTSL does not.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use super::fade_shape::FadeShape;
use super::{Breakpoint, TrackId};

/// A piece of an audio file placed on the timeline. All times are samples at the session's rate.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Clip {
    /// Index into [`Arrangement::files`].
    pub file: usize,
    /// Place on the timeline, from the session start; may be negative.
    pub start: i64,
    /// First sample of the file that is played.
    pub offset: u64,
    /// Samples played; past the end of the file is silence.
    pub length: u64,
    pub gain_db: f64,
    /// Samples; 0 is no fade.
    pub fade_in: u64,
    pub fade_in_shape: FadeShape,
    pub fade_out: u64,
    pub fade_out_shape: FadeShape,
    pub muted: bool,
    /// As the session calls it; empty where it does not say.
    pub name: String,
    /// Samples at the head of the fade-in that an edit cut away: the curve is as long as this and
    /// `fade_in` together, and the clip begins inside it.
    pub fade_in_skip: u64,
    /// Samples at the tail of the fade-out that an edit cut away.
    pub fade_out_skip: u64,
    /// Names of the clip groups that it is in, outermost first.
    pub groups: Vec<String>,
}

impl Clip {
    /// First sample after the clip.
    pub fn end(&self) -> i64 {
        self.start
            .saturating_add(i64::try_from(self.length).unwrap_or(i64::MAX))
    }

    /// What of the clip lies between two places: the whole of it, or a part without the name, of
    /// which every sample sounds as before; `None` where nothing is left.
    pub fn between(&self, from: i64, to: i64) -> Option<Self> {
        let (start, end) = (self.start.max(from), self.end().min(to));
        if start >= end {
            return None;
        }
        let mut part = self.clone();
        let cut = start.abs_diff(self.start);
        part.start = start;
        part.offset = self.offset.saturating_add(cut);
        part.length = end.abs_diff(start);
        (part.fade_in, part.fade_in_skip) = cut_fade(self.fade_in, self.fade_in_skip, cut);
        let cut = self.end().abs_diff(end);
        (part.fade_out, part.fade_out_skip) = cut_fade(self.fade_out, self.fade_out_skip, cut);
        if part.length < self.length {
            part.name.clear();
        }
        Some(part)
    }
}

/// What is left of a fade (its samples, those cut away) behind a cut of `cut` samples.
fn cut_fade(fade: u64, skip: u64, cut: u64) -> (u64, u64) {
    match fade.saturating_sub(cut) {
        0 => (0, 0),
        left => (left, skip.saturating_add(cut)),
    }
}

/// What a track plays, in the order clips, volume, pan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lane {
    /// The track's name as it stands in the session.
    pub track: String,
    /// The track's identity; empty where only its name is known.
    pub track_id: TrackId,
    /// 1 to 8, of more than two in the order of [`super::Layout`]; every clip's file has as many.
    pub channels: u16,
    /// Fader, added to the automation, dB.
    pub volume_db: f64,
    /// -1 left to 1 right; `None` is no pan stage at all (mono to both sides at unity).
    pub pan: Option<f64>,
    /// dB; empty is 0 dB throughout.
    pub volume_points: Vec<Breakpoint>,
    /// -1 to 1; replaces `pan` where not empty.
    pub pan_points: Vec<Breakpoint>,
    /// The main playlist.
    pub clips: Vec<Clip>,
    /// Playlists that are kept and not heard.
    pub alternates: Vec<Playlist>,
}

/// Clips of a track under a name of their own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Playlist {
    pub name: String,
    pub clips: Vec<Clip>,
}

/// A piece of an audio file that the clip list names and no lane plays. Samples as in [`Clip`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedClip {
    /// Index into [`Arrangement::files`].
    pub file: usize,
    pub offset: u64,
    pub length: u64,
    /// Of the file.
    pub channels: u16,
    /// Empty where the session does not say.
    pub name: String,
}

/// An audio file that clips refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Absolute, or relative to the working directory.
    pub path: PathBuf,
    /// The name as the session writes it, for messages.
    pub name: String,
}

/// All lanes of a session with their files.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Arrangement {
    /// Hz.
    pub sample_rate: u32,
    /// Samples of the whole session.
    pub length: u64,
    pub files: Vec<SourceFile>,
    pub lanes: Vec<Lane>,
    /// Beside what the lanes play.
    pub clip_list: Vec<ListedClip>,
}

impl Arrangement {
    /// The lane of the track named `track`.
    pub fn lane(&self, track: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.track == track)
    }
}

/// Takes away what clips play from `from` up to `to`. A clip that reaches over both ends becomes
/// two.
pub fn clear(clips: &mut Vec<Clip>, from: i64, to: i64) {
    if from >= to {
        return;
    }
    let untouched = |clip: &Clip| clip.end() <= from || clip.start >= to;
    *clips = clips
        .iter()
        .flat_map(|clip| {
            if untouched(clip) {
                return [Some(clip.clone()), None];
            }
            [clip.between(i64::MIN, from), clip.between(to, i64::MAX)]
        })
        .flatten()
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip() -> Clip {
        Clip {
            start: 100,
            offset: 10,
            length: 50,
            fade_in: 5,
            fade_out: 6,
            name: "Kick".to_owned(),
            ..Clip::default()
        }
    }

    #[test]
    fn clearing_keeps_what_lies_outside() {
        // Range, and start, offset, length, fades and whether the name stays of what is left.
        type Left = &'static [(i64, u64, u64, u64, u64, bool)];
        let table: &[(i64, i64, Left)] = &[
            (0, 100, &[(100, 10, 50, 5, 6, true)]),
            (150, 900, &[(100, 10, 50, 5, 6, true)]),
            (120, 120, &[(100, 10, 50, 5, 6, true)]),
            (100, 150, &[]),
            (0, 110, &[(110, 20, 40, 0, 6, false)]),
            (140, 200, &[(100, 10, 40, 5, 0, false)]),
            (
                103,
                104,
                &[(100, 10, 3, 5, 0, false), (104, 14, 46, 1, 6, false)],
            ),
        ];
        for (from, to, expected) in table {
            let mut clips = vec![clip()];
            clear(&mut clips, *from, *to);
            let left: Vec<_> = clips
                .iter()
                .map(|c| {
                    let named = !c.name.is_empty();
                    (c.start, c.offset, c.length, c.fade_in, c.fade_out, named)
                })
                .collect();
            assert_eq!(left, *expected, "{from}..{to}");
        }
    }
}

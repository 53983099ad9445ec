//! Channels of a file that the recipe leaves to its tracks (`channels = "as-tracks"`): mono where every
//! track of the stem is mono and stays in the centre for the whole range, stereo otherwise, and stereo
//! with a note where that is not known (nobody tells what Pro Tools' plug-ins make of a mono track).
//!
//! A mono file is one side of the stereo stem: played on both sides at unity, which is what a session
//! folder's `pan: null` does, it is the stem again. The gain that the pan law has at the centre is in it.

use super::draft::Draft;
use super::preflight::names;
use super::way::Route;
use crate::model::plan::PlannedStem;
use crate::model::stem::{ChannelMode, EngineKind, Way};
use crate::model::text::fit;
use crate::model::{Breakpoint, Finding, Lane, Level, Range};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Mono,
    Unknown,
    Stereo,
}

impl Draft<'_> {
    /// Channels of the file of a stem of these tracks.
    pub(super) fn channel_count(&self, mode: ChannelMode, tracks: &[usize], route: &Route) -> u16 {
        match mode {
            ChannelMode::Stereo => 2,
            ChannelMode::Mono => 1,
            ChannelMode::Wide(layout) => layout.channels(),
            ChannelMode::AsTracks if route.way == Way::Source => 2,
            ChannelMode::AsTracks if self.width(tracks) == Width::Mono => 1,
            ChannelMode::AsTracks => 2,
        }
    }

    /// The widest of the tracks.
    fn width(&self, tracks: &[usize]) -> Width {
        let mut width = Width::Mono;
        for index in tracks {
            match self.width_of(*index) {
                Width::Stereo => return Width::Stereo,
                Width::Unknown => width = Width::Unknown,
                Width::Mono => {}
            }
        }
        if tracks.is_empty() {
            return Width::Stereo;
        }
        width
    }

    fn width_of(&self, index: usize) -> Width {
        let Some(track) = self.roster.tracks.get(index) else {
            return Width::Stereo;
        };
        let is_rendered = self.engine == EngineKind::Render;
        let Some(lane) = self.sound.lane(&track.name) else {
            return match track.channels {
                // A render has nothing of it.
                1 if is_rendered => Width::Mono,
                0 | 1 => Width::Unknown,
                _ => Width::Stereo,
            };
        };
        if lane.channels != 1 || !stays_in_the_centre(lane, self.range) {
            return Width::Stereo;
        }
        let is_told = self.sound.source(self.engine).is_some() && !self.sound.is_wired(&track.name);
        match is_rendered || is_told {
            true => Width::Mono,
            false => Width::Unknown,
        }
    }

    /// What is to be said of files that are left to their tracks.
    pub(super) fn width_findings<'f>(
        &self,
        files: impl IntoIterator<Item = (&'f PlannedStem, &'f [usize])>,
    ) -> Vec<Finding> {
        let (mut mono, mut unknown) = (Vec::new(), Vec::new());
        for (file, tracks) in files {
            if file.channels != ChannelMode::AsTracks {
                continue;
            }
            if file.channel_count == 1 {
                mono.push(&file.name);
            } else if file.is_source() || self.width(tracks) == Width::Unknown {
                unknown.push(&file.name);
            }
        }
        let mono = (!mono.is_empty()).then(|| written_mono(&mono));
        let unknown = (!unknown.is_empty()).then(|| not_known(&unknown));
        mono.into_iter().chain(unknown).collect()
    }
}

/// Whether nothing of the range is heard away from the centre.
fn stays_in_the_centre(lane: &Lane, range: Range) -> bool {
    let mut points: Vec<&Breakpoint> = lane.pan_points.iter().collect();
    if points.is_empty() {
        return lane.pan.is_none_or(|pan| pan == 0.0);
    }
    points.sort_by_key(|point| point.at);
    // Values hold before the first point and after the last, and run straight between them.
    let last = range.end.saturating_sub(1);
    let first = points.partition_point(|point| point.at <= range.start);
    let mut heard = points.partition_point(|point| point.at <= last);
    let runs_on = heard == 0 || points.get(heard - 1).is_some_and(|point| point.at < last);
    heard += usize::from(runs_on);
    let heard = points.iter().take(heard).skip(first.saturating_sub(1));
    heard.into_iter().all(|point| point.value == 0.0)
}

fn written_mono(stems: &[&String]) -> Finding {
    let text = match stems {
        [only] => format!("'{}' is mono and centred: its file is mono", fit(only, 60)),
        several => format!("mono and centred, so written in mono: {}", names(several)),
    };
    Finding::new(Level::Note, "written_mono", text).fix(
        "play it on both sides at unity to have the stem again; a track that pans takes away its \
         law's gain at the centre once more",
    )
}

fn not_known(stems: &[&String]) -> Finding {
    let text = format!(
        "written in stereo, since Pro Tools does not tell whether they sound in mono: {}",
        names(stems)
    );
    Finding::new(Level::Note, "mono_not_known", text)
        .fix("write channels = \"mono\" into the stems that are mono")
}

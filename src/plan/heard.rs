//! What is heard of chosen tracks: clips, where they are told, and what Pro Tools plays that no render
//! has.

use super::choose::can_return;
use super::draft::Draft;
use crate::model::Track;
use crate::model::text::fit;

impl Draft<'_> {
    /// Whether clips are heard in the file. What a bus is fed, or what a track without clips plays, is
    /// not told.
    pub(super) fn has_clips(&self, tracks: &[usize], is_source: bool) -> Option<bool> {
        let audible: Vec<&Track> = tracks
            .iter()
            .filter(|index| !self.roster.is_silent(**index))
            .filter_map(|index| self.roster.tracks.get(*index))
            .collect();
        let is_fed = |track: &&Track| can_return(track.kind) || track.kind.is_folder();
        let is_told = !is_source && (audible.is_empty() || !audible.iter().all(is_fed));
        let names = audible.iter().map(|track| track.name.as_str());
        self.sound
            .has_clips(names)
            .filter(|has_clips| *has_clips || is_told)
    }

    /// Why a render of these tracks would not be the mix that Pro Tools plays: what they hear of
    /// sends and plug-ins, and what the way to the output does, is not in it.
    pub(super) fn unrendered(&self, mix: &[usize], ignored: &[usize]) -> Option<String> {
        let mut heard = mix
            .iter()
            .filter(|index| !self.roster.is_silent(**index))
            .filter_map(|index| self.roster.tracks.get(*index));
        let fed = heard
            .find(|track| can_return(track.kind) && self.sound.lane(&track.name).is_none())
            .map(|track| track.name.as_str());
        let wired = || {
            let present = self.roster.tracks.iter().enumerate();
            let playing = present.filter(|(index, track)| {
                !self.roster.is_silent(*index)
                    && !track.inactive.is_set()
                    && ignored.binary_search(index).is_err()
            });
            playing
                .map(|(_, track)| track.name.as_str())
                .find(|name| self.sound.is_wired(name))
        };
        Some(format!(
            "'{}' makes sound that no render has",
            fit(fed.or_else(wired)?, 60)
        ))
    }
}

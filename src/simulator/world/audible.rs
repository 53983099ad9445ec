//! What is heard: mute, solo in place, solo safe, inactive, record enable and input monitoring,
//! with what folders pass on to their members.

use super::OpenSession;
use crate::model::tree::Tree;

impl OpenSession {
    /// For each track whether its own sound reaches the mix, as Pro Tools bounces it.
    ///
    /// - A mute on the track or on a folder above it silences it, solo or not.
    /// - An inactive track, or one in an inactive folder, has no output.
    /// - A record-enabled or input-monitoring track plays its input, and nothing is plugged in.
    /// - While anything is soloed, only soloed tracks, members of soloed folders and solo-safe
    ///   tracks are left.
    pub fn audible(&self) -> Vec<bool> {
        let tree = self.tree();
        let any_solo = self
            .strips
            .iter()
            .any(|strip| strip.track.soloed && !strip.track.inactive.is_set());
        (0..self.strips.len())
            .map(|index| self.is_heard(index, &tree, any_solo))
            .collect()
    }

    fn is_heard(&self, index: usize, tree: &Tree, any_solo: bool) -> bool {
        let Some(strip) = self.strips.get(index) else {
            return false;
        };
        let track = &strip.track;
        if !track.kind.is_sounding()
            || track.inactive.is_set()
            || track.record_enabled
            || track.input_monitoring
        {
            return false;
        }
        let mut is_soloed = track.soloed || track.solo_safe;
        let mut is_muted = track.muted;
        let mut at = tree.parent(index);
        while let Some(parent) = at {
            if let Some(folder) = self.strips.get(parent) {
                is_muted |= folder.track.muted;
                is_soloed |= folder.track.soloed;
            }
            at = tree.parent(parent);
        }
        !is_muted && (is_soloed || !any_solo)
    }

    /// Lanes of the tracks that are heard; with `below`, only those inside that folder.
    pub fn audible_lanes(&self, below: Option<usize>) -> Vec<usize> {
        let tree = self.tree();
        let heard = self.audible();
        self.strips
            .iter()
            .enumerate()
            .filter(|(index, _)| heard.get(*index).copied().unwrap_or(false))
            .filter(|(index, _)| below.is_none_or(|folder| tree.is_below(*index, folder)))
            .filter_map(|(_, strip)| strip.lane)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::simulator::world::tests::session;
    use crate::simulator::world::tracks::Switch::{
        self, Inactive, InputMonitor, Mute, RecordEnable, Solo, SoloSafe,
    };

    /// Names of the audio tracks that are heard.
    fn heard(changes: &[(Switch, &str)]) -> Vec<String> {
        let mut session = session();
        for (switch, name) in changes {
            session
                .switch(*switch, &[(*name).to_owned()], true)
                .unwrap();
        }
        session
            .audible()
            .iter()
            .zip(&session.strips)
            .filter(|(heard, _)| **heard)
            .map(|(_, strip)| strip.track.name.clone())
            .collect()
    }

    #[test]
    fn rules_of_what_is_heard() {
        // The session: folder DRUMS (Kick, Snare), routing folder VOX (Lead), Bass, Verb (aux).
        let table: &[(&[(Switch, &str)], &str)] = &[
            (&[], "Kick Snare Lead Bass Verb"),
            (&[(Mute, "Kick")], "Snare Lead Bass Verb"),
            (&[(Mute, "DRUMS")], "Lead Bass Verb"),
            (&[(Mute, "VOX")], "Kick Snare Bass Verb"),
            (&[(Inactive, "DRUMS")], "Lead Bass Verb"),
            (&[(Inactive, "Bass")], "Kick Snare Lead Verb"),
            (&[(RecordEnable, "Bass")], "Kick Snare Lead Verb"),
            (&[(InputMonitor, "Lead")], "Kick Snare Bass Verb"),
            (&[(Solo, "Bass")], "Bass"),
            (&[(Solo, "Bass"), (SoloSafe, "Verb")], "Bass Verb"),
            (&[(SoloSafe, "Verb")], "Kick Snare Lead Bass Verb"),
            (&[(Solo, "DRUMS")], "Kick Snare"),
            (&[(Solo, "VOX")], "Lead"),
            (&[(Solo, "Lead")], "Lead"),
            (&[(Solo, "DRUMS"), (Mute, "Kick")], "Snare"),
            (&[(Solo, "Kick"), (Mute, "DRUMS")], ""),
            (&[(Solo, "Kick"), (Mute, "Kick")], ""),
            (
                &[(Solo, "Kick"), (Inactive, "Kick")],
                "Snare Lead Bass Verb",
            ),
            (
                &[(Solo, "Bass"), (SoloSafe, "Verb"), (Mute, "Verb")],
                "Bass",
            ),
        ];
        for (changes, expected) in table {
            assert_eq!(heard(changes).join(" "), *expected, "after {changes:?}");
        }
    }

    #[test]
    fn lanes_follow_the_tracks() {
        let session = session();
        assert_eq!(session.audible_lanes(None), [0, 1, 2, 3]);
        let drums = session
            .strips
            .iter()
            .position(|s| s.track.name == "DRUMS")
            .unwrap();
        assert_eq!(session.audible_lanes(Some(drums)), [0, 1]);
    }
}

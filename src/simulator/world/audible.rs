//! What is heard: mute, solo in place, solo safe, inactive, record enable and input monitoring,
//! with what folders and VCA masters pass on to their members.

use super::OpenSession;
use super::routing::Wires;
use crate::model::{Track, TrackKind};

/// What leaves each strip, in the order of the tracks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Its output and its post-fader sends.
    pub output: Vec<bool>,
    /// Its pre-fader sends, which neither a mute nor another track's solo stops.
    pub pre_fader: Vec<bool>,
}

impl Wires<'_> {
    /// Which strips are heard, as Pro Tools bounces them.
    ///
    /// - A mute on the track, on a folder above it or on a VCA master silences it, solo or not.
    /// - An inactive track, or one in an inactive folder, has no output.
    /// - A record-enabled or input-monitoring track plays its input, and nothing is plugged in.
    /// - While anything is soloed, only soloed tracks, members of soloed folders and VCA masters,
    ///   and solo-safe tracks are left; aux returns are cut like everything else. A routing folder
    ///   stays open for what is left in it.
    /// - A VCA master's solo counts for nothing while one of its members is soloed itself.
    pub fn heard(&self) -> Heard {
        let strips = &self.session.strips;
        let any_solo = strips.iter().any(|strip| is_soloed(&strip.track));
        let soloed_vcas = self.soloed_vcas();
        let mut is_left: Vec<bool> = (0..strips.len())
            .map(|index| !any_solo || self.is_left(index, &soloed_vcas))
            .collect();
        for index in 0..strips.len() {
            if is_left.get(index) == Some(&true) {
                self.open_folders_above(index, &mut is_left);
            }
        }
        let is_alive = |index: usize| {
            strips.get(index).is_some_and(|strip| {
                let track = &strip.track;
                (track.kind.is_sounding() || track.kind == TrackKind::RoutingFolder)
                    && !track.inactive.is_set()
                    && !track.record_enabled
                    && !track.input_monitoring
            })
        };
        let pre_fader: Vec<bool> = (0..strips.len()).map(is_alive).collect();
        let is_heard = |(index, (alive, left)): (usize, (&bool, &bool))| {
            *alive && *left && !self.is_muted(index)
        };
        Heard {
            output: pre_fader
                .iter()
                .zip(&is_left)
                .enumerate()
                .map(is_heard)
                .collect(),
            pre_fader,
        }
    }

    fn is_muted(&self, index: usize) -> bool {
        let is_muted = |index: usize| {
            let strip = self.session.strips.get(index);
            strip.is_some_and(|strip| strip.track.muted)
        };
        is_muted(index)
            || self.above(index).any(is_muted)
            || self.vcas_of(index).into_iter().any(is_muted)
    }

    /// Whether a solo leaves it.
    fn is_left(&self, index: usize, soloed_vcas: &[usize]) -> bool {
        let track = |index: usize| self.session.strips.get(index).map(|strip| &strip.track);
        track(index).is_some_and(|track| track.soloed || track.solo_safe)
            || self
                .above(index)
                .any(|folder| track(folder).is_some_and(|track| track.soloed))
            || !soloed_vcas.is_empty()
                && self
                    .vcas_of(index)
                    .iter()
                    .any(|vca| soloed_vcas.contains(vca))
    }

    /// VCA masters whose solo counts.
    fn soloed_vcas(&self) -> Vec<usize> {
        let strips = &self.session.strips;
        let mut soloed: Vec<usize> = (0..strips.len())
            .filter(|index| {
                let strip = strips.get(*index);
                strip.is_some_and(|s| s.track.kind == TrackKind::Vca && is_soloed(&s.track))
            })
            .collect();
        if soloed.is_empty() {
            return soloed;
        }
        for (index, strip) in strips.iter().enumerate() {
            if strip.track.kind != TrackKind::Vca && is_soloed(&strip.track) {
                let overridden = self.vcas_of(index);
                soloed.retain(|vca| !overridden.contains(vca));
            }
        }
        soloed
    }

    fn open_folders_above(&self, index: usize, is_left: &mut [bool]) {
        for folder in self.above(index) {
            if let Some(slot) = is_left.get_mut(folder) {
                *slot = true;
            }
        }
    }
}

fn is_soloed(track: &Track) -> bool {
    track.soloed && !track.inactive.is_set()
}

impl OpenSession {
    /// For each track whether its own sound reaches where it goes; see [`Wires::heard`].
    pub fn audible(&self) -> Vec<bool> {
        Wires::new(self).heard().output
    }
}

#[cfg(test)]
mod tests {
    use crate::simulator::world::OpenSession;
    use crate::simulator::world::tests::session;
    use crate::simulator::world::tracks::Switch::{
        self, Inactive, InputMonitor, Mute, RecordEnable, Solo, SoloSafe,
    };

    /// Names of the tracks that are heard.
    fn heard(changes: &[(Switch, &str)]) -> Vec<String> {
        after(session(), changes)
    }

    fn after(mut session: OpenSession, changes: &[(Switch, &str)]) -> Vec<String> {
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
            (&[], "Kick Snare VOX Lead Bass Verb"),
            (&[(Mute, "Kick")], "Snare VOX Lead Bass Verb"),
            (&[(Mute, "DRUMS")], "VOX Lead Bass Verb"),
            (&[(Mute, "VOX")], "Kick Snare Bass Verb"),
            (&[(Inactive, "DRUMS")], "VOX Lead Bass Verb"),
            (&[(Inactive, "Bass")], "Kick Snare VOX Lead Verb"),
            (&[(RecordEnable, "Bass")], "Kick Snare VOX Lead Verb"),
            (&[(InputMonitor, "Lead")], "Kick Snare VOX Bass Verb"),
            (&[(Solo, "Bass")], "Bass"),
            (&[(Solo, "Bass"), (SoloSafe, "Verb")], "Bass Verb"),
            (&[(SoloSafe, "Verb")], "Kick Snare VOX Lead Bass Verb"),
            (&[(Solo, "DRUMS")], "Kick Snare"),
            (&[(Solo, "VOX")], "VOX Lead"),
            (&[(Solo, "Lead")], "VOX Lead"),
            (&[(Solo, "DRUMS"), (Mute, "Kick")], "Snare"),
            (&[(Solo, "Kick"), (Mute, "DRUMS")], ""),
            (&[(Solo, "Kick"), (Mute, "Kick")], ""),
            (
                &[(Solo, "Kick"), (Inactive, "Kick")],
                "Snare VOX Lead Bass Verb",
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

    /// VCA "All" holds Kick, Bass and the VCA "Band", which holds Snare.
    #[test]
    fn vcas_pass_mute_and_solo_on() {
        use crate::model::{Track, TrackKind};
        let table: &[(&[(Switch, &str)], &str)] = &[
            (&[], "Kick Snare VOX Lead Bass Verb"),
            (&[(Mute, "All")], "VOX Lead Verb"),
            (&[(Mute, "Band")], "Kick VOX Lead Bass Verb"),
            (
                &[(Mute, "All"), (Inactive, "All")],
                "Kick Snare VOX Lead Bass Verb",
            ),
            (&[(Solo, "All")], "Kick Snare Bass"),
            (&[(Solo, "Band")], "Snare"),
            (&[(Solo, "All"), (SoloSafe, "Verb")], "Kick Snare Bass Verb"),
            // A member's own solo wins over that of its master.
            (&[(Solo, "All"), (Solo, "Kick")], "Kick"),
            (&[(Solo, "All"), (Solo, "Snare")], "Snare"),
            (&[(Solo, "All"), (Solo, "Lead")], "Kick Snare VOX Lead Bass"),
            // And the master's clears it when it comes later.
            (&[(Solo, "Kick"), (Solo, "All")], "Kick Snare Bass"),
            (&[(Solo, "Lead"), (Solo, "All")], "Kick Snare VOX Lead Bass"),
        ];
        for (changes, expected) in table {
            let mut session = session();
            for name in ["All", "Band"] {
                let mut strip = session.strips[0].clone();
                strip.track = Track {
                    name: name.to_owned(),
                    kind: TrackKind::Vca,
                    ..Track::default()
                };
                session.strips.push(strip);
            }
            for (member, vca) in [
                ("Kick", "All"),
                ("Bass", "All"),
                ("Band", "All"),
                ("Snare", "Band"),
            ] {
                let strip = session.strips.iter_mut().find(|s| s.track.name == member);
                strip.unwrap().wiring.vcas.push(vca.to_owned());
            }
            assert_eq!(
                after(session, changes).join(" "),
                *expected,
                "after {changes:?}"
            );
        }
    }
}

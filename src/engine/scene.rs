//! The plan's tracks in the session as it is now: what each file needs of their switches, what the
//! job must keep open for all of them, and which must get another name. Changes nothing.

use std::collections::{BTreeSet, HashSet};

use super::isolate::{Isolation, Scene, key};
use super::present::{Known, ambiguous, changed_since, ready_to_print, safe_return, unique};
use crate::error::Result;
use crate::model::plan::PlannedStem;
use crate::model::stem::Way;
use crate::model::tree::Tree;
use crate::model::{Plan, Track, TrackId, TrackKind};

/// The session as one look saw it.
struct Look<'a> {
    tracks: &'a [Track],
    tree: Tree,
    known: Known<'a>,
    silent: HashSet<&'a str>,
}

impl<'a> Look<'a> {
    fn new(tracks: &'a [Track]) -> Self {
        let tree = Tree::new(tracks);
        let silent = tree.silent(tracks);
        let silent = tracks.iter().zip(silent).filter(|(_, silent)| *silent);
        Self {
            silent: silent.map(|(track, _)| key(track)).collect(),
            known: Known::of(tracks),
            tracks,
            tree,
        }
    }
}

impl Scene {
    /// Finds the plan's tracks in the session as it is now.
    ///
    /// # Errors
    /// Tracks that are gone, armed, monitoring their input, or share a name that must be set.
    pub fn new(plan: &Plan, tracks: &[Track]) -> Result<Self> {
        let mut scene = Self {
            muted: tracks
                .iter()
                .map(|track| (key(track).to_owned(), track.muted))
                .collect(),
            ..Self::default()
        };
        let look = Look::new(tracks);
        let mut told = BTreeSet::new();
        for file in plan.printed() {
            let isolation = scene.isolate(plan, file, &look, &mut told)?;
            scene.files.push(isolation);
        }
        scene.make_safe(plan, &look)?;
        let touched: HashSet<&str> = tracks
            .iter()
            .filter(|track| track.soloed || scene.touches(track))
            .map(|track| track.name.as_str())
            .collect();
        if plan.output.rename_duplicates {
            scene.renames = renames(&touched, tracks)?;
        } else {
            unique(&touched, tracks)?;
        }
        Ok(scene)
    }

    fn touches(&self, track: &Track) -> bool {
        let key = key(track);
        self.safe.contains(key)
            || self
                .files
                .iter()
                .any(|file| file.solo.contains(key) || file.mute.contains(key))
    }

    fn isolate(
        &mut self,
        plan: &Plan,
        file: &PlannedStem,
        look: &Look<'_>,
        told: &mut BTreeSet<String>,
    ) -> Result<Isolation> {
        let mut isolation = Isolation::default();
        let (mut members, mut hears_midi) = (HashSet::new(), false);
        for planned in &file.tracks {
            let track = look.known.find(planned)?;
            members.insert(key(track));
            ready_to_print(track)?;
            let audible = !look.silent.contains(key(track));
            if audible == planned.silent && told.insert(track.name.clone()) {
                self.findings.push(changed_since(track, audible));
            }
            if audible {
                isolation.heard.insert(key(track).to_owned());
                hears_midi |= matches!(track.kind, TrackKind::Instrument | TrackKind::Aux);
            }
        }
        isolation.is_silent = isolation.heard.is_empty() && file.way != Way::Source;
        if file.way != Way::Solo {
            return Ok(isolation);
        }
        isolation.solo.clone_from(&isolation.heard);
        if hears_midi {
            // A solo silences MIDI tracks too, and with them the instruments that they play.
            let midi = look.tracks.iter().filter(|t| t.kind == TrackKind::Midi);
            let midi = midi.filter(|track| !look.silent.contains(key(track)));
            isolation
                .solo
                .extend(midi.map(|track| key(track).to_owned()));
        }
        for track in look.tracks.iter().filter(|track| track.solo_safe) {
            let is_ignored = plan.coverage.ignored.contains(&track.name);
            let own_sound = matches!(track.kind, TrackKind::Audio | TrackKind::Instrument)
                || (track.kind == TrackKind::Aux && is_ignored);
            let is_return = plan.returns.iter().any(|planned| planned.is(track));
            if own_sound && !is_return && !track.muted && !members.contains(key(track)) {
                isolation.mute.insert(key(track).to_owned());
            }
            let is_mix = plan.mix.as_ref().is_some_and(|mix| std::ptr::eq(mix, file));
            if track.kind == TrackKind::Aux
                && !is_return
                && !is_mix
                && members.contains(key(track))
                && plan.stems.len() > 1
                && told.insert(format!("solo-safe {}", track.name))
            {
                self.findings.push(safe_return(track));
            }
        }
        Ok(isolation)
    }

    /// What a solo must not cut off: the returns, and the routing folders above soloed tracks,
    /// whose own solo would let all their members through.
    fn make_safe(&mut self, plan: &Plan, look: &Look<'_>) -> Result<()> {
        if plan.printed().all(|file| file.way != Way::Solo) {
            return Ok(());
        }
        for planned in &plan.returns {
            let track = look.known.find(planned)?;
            ready_to_print(track)?;
            self.safe.insert(key(track).to_owned());
        }
        for (index, track) in look.tracks.iter().enumerate() {
            if !self.files.iter().any(|file| file.solo.contains(key(track))) {
                continue;
            }
            let mut at = look.tree.parent(index);
            while let Some(parent) = at {
                if let Some(folder) = look.tracks.get(parent)
                    && folder.kind == TrackKind::RoutingFolder
                {
                    self.safe.insert(key(folder).to_owned());
                }
                at = look.tree.parent(parent);
            }
        }
        Ok(())
    }
}

/// Names of their own for tracks that share one that the job must set: all but the first.
fn renames(touched: &HashSet<&str>, tracks: &[Track]) -> Result<Vec<(TrackId, String)>> {
    let mut taken: HashSet<String> = tracks.iter().map(|track| track.name.clone()).collect();
    let mut seen = HashSet::new();
    let mut renames = Vec::new();
    for track in tracks {
        if !touched.contains(track.name.as_str()) || seen.insert(track.name.as_str()) {
            continue;
        }
        if track.id.0.is_empty() {
            return Err(ambiguous(&track.name));
        }
        let mut number = 2_u32;
        let mut name = format!("{} (pt-stem {number})", track.name);
        while !taken.insert(name.clone()) {
            number += 1;
            name = format!("{} (pt-stem {number})", track.name);
        }
        renames.push((track.id.clone(), name));
    }
    Ok(renames)
}

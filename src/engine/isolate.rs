//! Which switches of which tracks let one file's sound through, worked out before anything is
//! changed, set in few calls and always read back: "completed" is no proof.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::compare::{self, Strange};
use super::hold::Hold;
use super::present::left_out;
use crate::error::{Error, ErrorKind, Result};
use crate::model::tree::Tree;
use crate::model::{Finding, Track, TrackFlag, TrackId, TrackKind};
use crate::ptsl::client::Client;

/// Rounds of changing and reading back.
const ROUNDS: usize = 3;

/// A track by its id, or by its name where the server gives none.
pub fn key(track: &Track) -> &str {
    if track.id.0.is_empty() {
        &track.name
    } else {
        &track.id.0
    }
}

/// The solo and mute states that let one file's tracks through, and no others. Nothing is soloed
/// for what is printed from a mix source of its own, or by a track bounce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Isolation {
    pub(super) solo: HashSet<String>,
    /// Solo-safe tracks that would sound in a file that they are not in.
    pub(super) mute: HashSet<String>,
    /// Tracks that must be able to sound, soloed or not.
    pub(super) heard: HashSet<String>,
    pub(super) is_silent: bool,
}

impl Isolation {
    /// None of its tracks sounds: nothing would be soloed, and Pro Tools would print everything.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// The one track that a track bounce prints.
    pub fn only(&self) -> Option<&str> {
        let mut heard = self.heard.iter();
        match (heard.next(), heard.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// What several files that are printed in one pass need.
    pub fn together<'i>(all: impl IntoIterator<Item = &'i Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, one| {
            sum.heard.extend(one.heard.iter().cloned());
            sum
        })
    }

    /// A folder may show as soloed because all that sounds in it is. If anything else lies in it,
    /// its solo would let that through.
    fn shows_members(&self, folder: usize, present: &[Track], tree: &Tree) -> bool {
        let mut members = present
            .iter()
            .enumerate()
            .filter(|(index, track)| track.kind.is_sounding() && tree.is_below(*index, folder))
            .peekable();
        present
            .get(folder)
            .is_some_and(|track| track.soloed && track.kind.is_folder())
            && members.peek().is_some()
            && members.all(|(_, track)| self.solo.contains(key(track)))
    }
}

/// The session before the first change, and what each file needs.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    pub(super) muted: HashMap<String, bool>,
    /// Solo-safe while the job runs: returns, and routing folders that printed tracks go through.
    pub(super) safe: HashSet<String>,
    /// One a file, in the plan's order.
    pub files: Vec<Isolation>,
    pub findings: Vec<Finding>,
    /// Tracks that get a name of their own for the job: which, and what name.
    pub renames: Vec<(TrackId, String)>,
}

impl Scene {
    /// Tracks that are not as this file needs them, with what is wrong.
    fn wrong(&self, isolation: &Isolation, present: &[Track]) -> Vec<String> {
        let tree = Tree::new(present);
        let mut wrong = Vec::new();
        let mut found = 0;
        for (index, track) in present.iter().enumerate() {
            let mut not = |state: &str| wrong.push(format!("'{}' is {state}", track.name));
            let solo = isolation.solo.contains(key(track));
            if track.soloed != solo && !isolation.shows_members(index, present, &tree) {
                not(if track.soloed { "soloed" } else { "not soloed" });
            }
            if track.muted != self.wants_mute(isolation, track) {
                not(if track.muted { "muted" } else { "not muted" });
            }
            if self.wants_safe(isolation, track) && !track.solo_safe {
                not("not solo-safe");
            }
            if isolation.heard.contains(key(track)) {
                found += 1;
                if let Some(why) = left_out(track) {
                    not(why);
                }
            }
        }
        if found < isolation.heard.len() {
            wrong.push("a track of this file is gone".into());
        }
        wrong
    }

    fn wants_mute(&self, isolation: &Isolation, track: &Track) -> bool {
        isolation.mute.contains(key(track))
            || self.muted.get(key(track)).copied().unwrap_or(track.muted)
    }

    fn wants_safe(&self, isolation: &Isolation, track: &Track) -> bool {
        !isolation.solo.is_empty() && self.safe.contains(key(track))
    }

    /// Lets this file's tracks through, in few calls, and reads it back.
    pub async fn apply(
        &self,
        client: &Client,
        hold: &mut Hold,
        isolation: &Isolation,
    ) -> Result<()> {
        let mut present = hold.look(client).await?;
        let mut strange = Vec::new();
        for round in 0..ROUNDS {
            let calls = self.calls(isolation, &present);
            if calls.is_empty() {
                break;
            }
            if round > 1 {
                // What had to be corrected twice hangs on what the job itself sets.
                strange.clear();
            }
            for (flag, on, names) in &calls {
                hold.set(client, *flag, *on, names).await?;
            }
            let now = hold.look(client).await?;
            hold.settle(&now)?;
            if round == 0 {
                strange = self.strange(isolation, &calls, &present, &now);
            }
            present = now;
        }
        match self.wrong(isolation, &present).as_slice() {
            [] => hold.keep(&strange, &present),
            wrong => Err(Error::new(
                ErrorKind::Refused,
                format!(
                    "Pro Tools did not isolate the tracks: {}",
                    wrong.iter().take(4).cloned().collect::<Vec<_>>().join(", ")
                ),
            )
            .hint("Set the solo mode to Latch, suspend mix groups and VCAs that link solo or mute, and print again")),
        }
    }

    /// Switches that changed with the calls and that no call named. When a single correction
    /// holds, nothing links them to what the job sets: they are a human's.
    fn strange(
        &self,
        isolation: &Isolation,
        calls: &[(TrackFlag, bool, Vec<String>)],
        before: &[Track],
        after: &[Track],
    ) -> Vec<Strange> {
        let tree = Tree::new(after);
        let shown: HashSet<&str> = (0..after.len())
            .filter(|index| isolation.shows_members(*index, after, &tree))
            .filter_map(|index| after.get(index).map(key))
            .collect();
        let mut strange = compare::unnamed(calls, before, after);
        strange.retain(|change| {
            change.flag != TrackFlag::Solo || !shown.contains(change.track.as_str())
        });
        strange
    }

    /// Solos off with VCAs first, since a VCA's solo hides those of its members; then what must
    /// sound and what must not; solos on last.
    fn calls(
        &self,
        isolation: &Isolation,
        present: &[Track],
    ) -> Vec<(TrackFlag, bool, Vec<String>)> {
        let tree = Tree::new(present);
        let folders: HashSet<&str> = (0..present.len())
            .filter(|index| isolation.shows_members(*index, present, &tree))
            .filter_map(|index| present.get(index).map(key))
            .collect();
        let names = |wanted: &dyn Fn(&Track) -> bool| -> Vec<String> {
            let names: BTreeSet<String> = present
                .iter()
                .filter(|track| wanted(track))
                .map(|track| track.name.clone())
                .collect();
            names.into_iter().collect()
        };
        let solo = |track: &Track| isolation.solo.contains(key(track));
        let mute = |track: &Track| self.wants_mute(isolation, track);
        let off = |track: &Track| track.soloed && !solo(track) && !folders.contains(key(track));
        let is_vca = |track: &Track| track.kind == TrackKind::Vca;
        [
            (
                TrackFlag::Solo,
                false,
                names(&|track| off(track) && is_vca(track)),
            ),
            (
                TrackFlag::Solo,
                false,
                names(&|track| off(track) && !is_vca(track)),
            ),
            (
                TrackFlag::SoloSafe,
                true,
                names(&|track| self.wants_safe(isolation, track) && !track.solo_safe),
            ),
            (
                TrackFlag::Mute,
                true,
                names(&|track| !track.muted && mute(track)),
            ),
            (
                TrackFlag::Mute,
                false,
                names(&|track| track.muted && !mute(track)),
            ),
            (
                TrackFlag::Solo,
                true,
                names(&|track| !track.soloed && solo(track)),
            ),
        ]
        .into_iter()
        .filter(|(_, _, names)| !names.is_empty())
        .collect()
    }

    /// Something that must be set for one of the files, if anything must.
    pub fn first_change(&self, present: &[Track]) -> Option<(TrackFlag, bool, String)> {
        let printed = self.files.iter().filter(|file| !file.is_silent());
        let mut calls = printed.flat_map(|file| self.calls(file, present));
        let (flag, on, names) = calls.next()?;
        Some((flag, on, names.into_iter().next()?))
    }

    /// What somebody changed while a file was printed that spoils the file.
    pub async fn spoiled(
        &self,
        client: &Client,
        hold: &mut Hold,
        isolation: &Isolation,
    ) -> Result<Option<String>> {
        let present = hold.look(client).await?;
        Ok(self.wrong(isolation, &present).into_iter().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(name: &str, kind: TrackKind, folder: Option<&str>, soloed: bool) -> Track {
        Track {
            id: TrackId(format!("{{{name}}}")),
            name: name.into(),
            kind,
            folder: folder.map(str::to_owned),
            soloed,
            ..Track::default()
        }
    }

    /// A folder with two tracks, and one beside it.
    fn present(folder: bool, kick: bool, snare: bool) -> Vec<Track> {
        vec![
            track("DRUMS", TrackKind::Folder, None, folder),
            track("Kick", TrackKind::Audio, Some("DRUMS"), kick),
            track("Snare", TrackKind::Audio, Some("DRUMS"), snare),
            track("Bass", TrackKind::Audio, None, false),
        ]
    }

    fn scene(tracks: &[Track]) -> Scene {
        Scene {
            muted: tracks
                .iter()
                .map(|track| (key(track).to_owned(), track.muted))
                .collect(),
            ..Scene::default()
        }
    }

    fn solo(names: &[&str]) -> Isolation {
        let solo: HashSet<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
        Isolation {
            heard: solo.clone(),
            solo,
            ..Isolation::default()
        }
    }

    #[test]
    fn a_soloed_folder_is_fine_only_when_all_in_it_is_wanted() {
        for (folder, kick, snare, wanted, fine) in [
            (false, true, true, &["Kick", "Snare"][..], true),
            (true, true, true, &["Kick", "Snare"], true),
            (true, true, false, &["Kick"], false),
            (true, false, false, &["Bass"], false),
            (false, true, false, &["Kick"], true),
        ] {
            let tracks = present(folder, kick, snare);
            let wrong = scene(&tracks).wrong(&solo(wanted), &tracks);
            assert_eq!(wrong.is_empty(), fine, "{wrong:?}");
        }
    }

    #[test]
    fn a_track_that_pro_tools_would_leave_out_or_that_is_gone_is_wrong() {
        let wanted = solo(&["Kick"]);
        let sound = present(false, true, false);
        let scene = scene(&sound);
        assert!(scene.wrong(&wanted, &sound).is_empty());
        let changes: [fn(&mut Vec<Track>); 4] = [
            |tracks| tracks[1].record_enabled = true,
            |tracks| tracks[1].input_monitoring = true,
            |tracks| tracks[1].inactive.explicit = true,
            |tracks| drop(tracks.remove(1)),
        ];
        for change in changes {
            let mut tracks = sound.clone();
            change(&mut tracks);
            assert_eq!(scene.wrong(&wanted, &tracks).len(), 1);
        }
    }

    #[test]
    fn calls_are_few_and_in_order() {
        let mut tracks = present(true, false, false);
        tracks[3].muted = true;
        let scene = scene(&tracks);
        let mut isolation = solo(&["Kick", "Snare"]);
        isolation.mute.insert("{Bass}".into());
        tracks[3].muted = false;
        let calls = scene.calls(&isolation, &tracks);
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            calls,
            [
                (TrackFlag::Mute, true, names(&["Bass"])),
                (TrackFlag::Solo, true, names(&["Kick", "Snare"])),
            ]
        );
        let alone = scene.calls(&solo(&["Bass"]), &tracks);
        assert_eq!(alone[0], (TrackFlag::Solo, false, names(&["DRUMS"])));
    }
}

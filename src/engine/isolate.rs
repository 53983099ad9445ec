//! Which tracks are soloed and muted for each file of a bounce, worked out before anything is
//! changed, set in few calls and always read back: "completed" is no proof.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::PlannedTrack;
use crate::model::text::nearest;
use crate::model::tree::Tree;
use crate::model::{Finding, Level, Plan, Track, TrackFlag, TrackId, TrackKind};
use crate::ptsl::client::Client;

/// Rounds of changing and reading back.
const ROUNDS: usize = 3;

/// A track by its id, or by its name where the server gives none.
fn key(track: &Track) -> &str {
    if track.id.0.is_empty() {
        &track.name
    } else {
        &track.id.0
    }
}

/// The solo and mute states that let one file's tracks through, and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Isolation {
    solo: HashSet<String>,
    /// Solo-safe tracks that would sound in a file that they are not in.
    mute: HashSet<String>,
}

impl Isolation {
    /// Nothing would be soloed, and Pro Tools would print everything.
    pub fn is_silent(&self) -> bool {
        self.solo.is_empty()
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
#[derive(Debug, Clone)]
pub struct Scene {
    muted: HashMap<String, bool>,
    /// One a file, in the plan's order.
    pub files: Vec<Isolation>,
    pub findings: Vec<Finding>,
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
            files: Vec::new(),
            findings: Vec::new(),
        };
        let mut touched: HashSet<&str> = tracks
            .iter()
            .filter(|track| track.soloed)
            .map(|track| track.name.as_str())
            .collect();
        let silent = Tree::new(tracks).silent(tracks);
        let silent: HashSet<&str> = tracks
            .iter()
            .zip(silent)
            .filter(|(_, silent)| *silent)
            .map(|(track, _)| key(track))
            .collect();
        let mut told = BTreeSet::new();
        let known = Known::of(tracks);
        for file in plan.files() {
            let mut isolation = Isolation::default();
            let mut members = HashSet::new();
            for planned in &file.tracks {
                let track = known.find(planned)?;
                members.insert(key(track));
                ready_to_print(track)?;
                let audible = !silent.contains(key(track));
                if audible == planned.silent && told.insert(track.name.clone()) {
                    scene.findings.push(changed_since(track, audible));
                }
                if audible {
                    isolation.solo.insert(key(track).to_owned());
                    touched.insert(&track.name);
                }
            }
            for track in tracks.iter().filter(|track| track.solo_safe) {
                let own_sound = matches!(track.kind, TrackKind::Audio | TrackKind::Instrument);
                if own_sound && !track.muted && !members.contains(key(track)) {
                    isolation.mute.insert(key(track).to_owned());
                    touched.insert(&track.name);
                }
                if track.kind == TrackKind::Aux
                    && members.contains(key(track))
                    && plan.stems.len() > 1
                    && told.insert(format!("solo-safe {}", track.name))
                {
                    scene.findings.push(safe_return(track));
                }
            }
            scene.files.push(isolation);
        }
        unique(&touched, tracks)?;
        Ok(scene)
    }

    /// Tracks that are not as this file needs them, with what is wrong.
    fn wrong(&self, isolation: &Isolation, present: &[Track]) -> Vec<String> {
        let tree = Tree::new(present);
        let mut wrong = Vec::new();
        let mut found = 0;
        for (index, track) in present.iter().enumerate() {
            let solo = isolation.solo.contains(key(track));
            if track.soloed != solo && !isolation.shows_members(index, present, &tree) {
                let state = if track.soloed { "soloed" } else { "not soloed" };
                wrong.push(format!("'{}' is {state}", track.name));
            }
            if track.muted != self.wants_mute(isolation, track) {
                let state = if track.muted { "muted" } else { "not muted" };
                wrong.push(format!("'{}' is {state}", track.name));
            }
            if solo {
                found += 1;
                wrong.extend(left_out(track).map(|why| format!("'{}' is {why}", track.name)));
            }
        }
        if found < isolation.solo.len() {
            wrong.push("a track of this file is gone".into());
        }
        wrong
    }

    fn wants_mute(&self, isolation: &Isolation, track: &Track) -> bool {
        isolation.mute.contains(key(track))
            || self.muted.get(key(track)).copied().unwrap_or(track.muted)
    }

    /// Lets this file's tracks through, in at most four calls, and reads it back.
    pub async fn apply(&self, client: &Client, isolation: &Isolation) -> Result<()> {
        let mut present = client.tracks().await?;
        for _ in 0..ROUNDS {
            let calls = self.calls(isolation, &present);
            if calls.is_empty() {
                break;
            }
            for (flag, on, names) in calls {
                client.set_flag(flag, &names, on).await?;
            }
            present = client.tracks().await?;
        }
        match self.wrong(isolation, &present).as_slice() {
            [] => Ok(()),
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
        [
            (
                TrackFlag::Solo,
                false,
                names(&|track| track.soloed && !solo(track) && !folders.contains(key(track))),
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

    /// Whether the tracks are still isolated after a bounce; says what somebody changed.
    pub async fn still(&self, client: &Client, isolation: &Isolation, file: &str) -> Result<()> {
        let present = client.tracks().await?;
        match self.wrong(isolation, &present).first() {
            None => Ok(()),
            Some(wrong) => Err(Error::new(
                ErrorKind::Job,
                format!("somebody changed solo or mute while '{file}' was bounced: {wrong}"),
            )
            .hint("The file was not delivered; print again and leave Pro Tools alone meanwhile")),
        }
    }
}

/// Tracks by id and by name.
struct Known<'a> {
    ids: HashMap<&'a TrackId, &'a Track>,
    /// `None` where several share the name.
    names: HashMap<&'a str, Option<&'a Track>>,
}

impl<'a> Known<'a> {
    fn of(tracks: &'a [Track]) -> Self {
        let mut names = HashMap::new();
        for track in tracks {
            names
                .entry(track.name.as_str())
                .and_modify(|known| *known = None)
                .or_insert(Some(track));
        }
        let with_id = tracks.iter().filter(|track| !track.id.0.is_empty());
        Self {
            ids: with_id.map(|track| (&track.id, track)).collect(),
            names,
        }
    }

    fn find(&self, planned: &PlannedTrack) -> Result<&'a Track> {
        if let Some(track) = self.ids.get(&planned.id) {
            return Ok(track);
        }
        match self.names.get(planned.name.as_str()) {
            Some(Some(track)) => Ok(track),
            Some(None) => Err(ambiguous(&planned.name)),
            None => {
                let error = Error::new(
                    ErrorKind::Job,
                    format!("the session has no track '{}' any more", planned.name),
                );
                Err(match nearest(&planned.name, self.names.keys().copied()) {
                    Some(near) => {
                        error.hint(format!("The nearest is '{near}'; make the plan again"))
                    }
                    None => error.hint("Make the plan again"),
                })
            }
        }
    }
}

fn ambiguous(name: &str) -> Error {
    Error::new(
        ErrorKind::Job,
        format!("several tracks are called '{name}', and Pro Tools would change all of them"),
    )
    .hint("Give them names of their own and plan again")
}

fn unique(touched: &HashSet<&str>, tracks: &[Track]) -> Result<()> {
    let mut seen = HashSet::new();
    for track in tracks {
        if touched.contains(track.name.as_str()) && !seen.insert(track.name.as_str()) {
            return Err(ambiguous(&track.name));
        }
    }
    Ok(())
}

const INACTIVE: &str = "inactive";

/// Why Pro Tools would leave a track out of a bounce whatever its solo and mute say.
fn left_out(track: &Track) -> Option<&'static str> {
    if track.record_enabled {
        Some("record-armed")
    } else if track.input_monitoring {
        Some("monitoring its input")
    } else if track.inactive.is_set() {
        Some(INACTIVE)
    } else {
        None
    }
}

fn ready_to_print(track: &Track) -> Result<()> {
    let Some(what) = left_out(track).filter(|what| *what != INACTIVE) else {
        return Ok(());
    };
    Err(Error::new(
        ErrorKind::Job,
        format!(
            "'{}' is {what}: Pro Tools leaves it out of a bounce",
            track.name
        ),
    )
    .hint("Switch it off and print again"))
}

fn changed_since(track: &Track, audible: bool) -> Finding {
    let now = if audible { "audible" } else { "silent" };
    Finding::new(
        Level::Warning,
        "changed_since_plan",
        format!(
            "'{}' is {now} now, and was not when the plan was made",
            track.name
        ),
    )
    .track(track.name.clone())
    .fix("Make the plan again if the change was not meant")
}

fn safe_return(track: &Track) -> Finding {
    Finding::new(
        Level::Warning,
        "solo_safe_return",
        format!(
            "'{}' is solo-safe: it sounds in every stem, not only in its own",
            track.name
        ),
    )
    .track(track.name.clone())
    .fix("Take it out of the stem, or switch its solo-safe off")
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
            files: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn solo(names: &[&str]) -> Isolation {
        Isolation {
            solo: names.iter().map(|name| format!("{{{name}}}")).collect(),
            mute: HashSet::new(),
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

//! The session against its record: what is not as it is to be, what a human changed, and the calls
//! that put the rest back, in their order. Pure.

use std::collections::{BTreeSet, HashMap};

use super::isolate::key;
use super::lease::LeaseRecord;
use super::states::TrackState;
use crate::model::{Track, TrackFlag, TrackId, TrackKind};

/// One switch of one track that is not as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub name: String,
    pub flag: TrackFlag,
    /// The recorded value.
    pub on: bool,
}

/// A switch that changed while others were set: linked to them, or a human's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// The track's [`key`].
    pub track: String,
    pub flag: TrackFlag,
    pub on: bool,
}

/// Calls that set switches: which, how, of which tracks.
pub type Calls = [(TrackFlag, bool, Vec<String>)];

/// Switches of a kind that was set which changed although no call named their track.
pub fn unnamed(calls: &Calls, before: &[Track], after: &[Track]) -> Vec<Strange> {
    let was: HashMap<&str, &Track> = before.iter().map(|track| (key(track), track)).collect();
    let mut strange = Vec::new();
    for track in after {
        let Some(old) = was.get(key(track)) else {
            continue;
        };
        for flag in TrackFlag::ALL
            .into_iter()
            .filter(|f| track.flag(*f) != old.flag(*f))
        {
            let mut setting = calls.iter().filter(|(set, _, _)| *set == flag).peekable();
            if setting.peek().is_some() && setting.all(|call| !call.2.contains(&track.name)) {
                strange.push(Strange {
                    track: key(track).to_owned(),
                    flag,
                    on: track.flag(flag),
                });
            }
        }
    }
    strange
}

/// As [`unnamed`], without what hangs on the solo of a VCA or a folder by itself.
pub fn unlinked(calls: &Calls, before: &[Track], after: &[Track]) -> Vec<Strange> {
    let leads = |track: &&Track| track.kind == TrackKind::Vca || track.kind.is_folder();
    let leads_solo = after.iter().filter(leads).any(|track| {
        let mut solos = calls.iter().filter(|(flag, _, _)| *flag == TrackFlag::Solo);
        solos.any(|(_, _, names)| names.contains(&track.name))
    });
    let lead: BTreeSet<&str> = after.iter().filter(leads).map(key).collect();
    let mut strange = unnamed(calls, before, after);
    strange.retain(|change| {
        let follows = change.flag == TrackFlag::Solo && leads_solo;
        !(follows || lead.contains(change.track.as_str()))
    });
    strange
}

/// Recorded tracks with the present ones, by id, else by a name that stands for one track only.
pub fn matched<'a>(
    recorded: &'a [TrackState],
    present: &'a [Track],
) -> Vec<(&'a TrackState, Option<&'a Track>)> {
    let mut by_id: HashMap<&TrackId, &Track> = HashMap::new();
    let mut by_name: HashMap<&str, Vec<&Track>> = HashMap::new();
    for track in present {
        if !track.id.0.is_empty() {
            by_id.insert(&track.id, track);
        }
        by_name.entry(&track.name).or_default().push(track);
    }
    let known: BTreeSet<&TrackId> = recorded.iter().map(|state| &state.id).collect();
    recorded
        .iter()
        .map(|state| {
            let track = by_id.get(&state.id).copied().or_else(|| {
                let name = state.renamed.as_ref().unwrap_or(&state.name);
                match by_name.get(name.as_str()).map(Vec::as_slice) {
                    Some([one]) if one.id.0.is_empty() || !known.contains(&one.id) => Some(*one),
                    _ => None,
                }
            });
            (state, track)
        })
        .collect()
}

/// Calls `with` for every recorded track that is there.
pub fn each(
    record: &mut LeaseRecord,
    present: &[Track],
    mut with: impl FnMut(&mut TrackState, &Track),
) {
    let found: Vec<Option<Track>> = matched(&record.tracks, present)
        .into_iter()
        .map(|(_, track)| track.cloned())
        .collect();
    for (state, track) in record.tracks.iter_mut().zip(found) {
        if let Some(track) = track {
            with(state, &track);
        }
    }
}

/// Takes what is not as the job left it for a human's: it stays.
pub fn observe(record: &mut LeaseRecord, present: &[Track]) {
    let unsure = record.unsure.clone();
    each(record, present, |state, track| {
        for flag in TrackFlag::ALL.iter().filter(|flag| !unsure.contains(flag)) {
            state.observe(track, *flag);
        }
    });
}

/// What is not as it is to be.
pub fn differences(recorded: &[TrackState], present: &[Track]) -> Vec<Difference> {
    let mut found = Vec::new();
    for (state, track) in matched(recorded, present) {
        let Some(track) = track else { continue };
        for flag in TrackFlag::ALL {
            if let Some(on) = state.target(flag).filter(|on| track.flag(flag) != *on) {
                found.push(Difference {
                    name: track.name.clone(),
                    flag,
                    on,
                });
            }
        }
    }
    found
}

/// Calls in order: solos off with VCAs first, everything but solo, solos on with VCAs before their
/// members, since a soloed VCA clears the members' own solos. `thorough` takes all solos off and on
/// again.
pub fn steps(
    recorded: &[TrackState],
    present: &[Track],
    thorough: bool,
) -> Vec<(TrackFlag, bool, Vec<String>)> {
    let pairs: Vec<(&TrackState, &Track)> = matched(recorded, present)
        .into_iter()
        .filter_map(|(state, track)| Some((state, track?)))
        .collect();
    let wishes = wishes(&pairs);
    let names = |flag: TrackFlag, on: bool, wanted: &dyn Fn(&Track) -> bool| {
        let mut seen = BTreeSet::new();
        let names: Vec<String> = pairs
            .iter()
            .filter(|(state, track)| {
                let target = state.target(flag);
                let is_off_again = flag == TrackFlag::Solo && thorough && track.flag(flag);
                let is_due = match on {
                    true => target == Some(true) && (thorough || !track.flag(flag)),
                    false => {
                        target.is_some()
                            && track.flag(flag)
                            && (is_off_again || target == Some(false))
                    }
                };
                let is_settable = wishes.get(&(track.name.as_str(), flag)) != Some(&None);
                is_due && is_settable && wanted(track)
            })
            .map(|(_, track)| track.name.clone())
            .filter(|name| seen.insert(name.clone()))
            .collect();
        (flag, on, names)
    };
    let (any, vca) = (|_: &Track| true, |t: &Track| t.kind == TrackKind::Vca);
    let member = |track: &Track| !vca(track);
    let mut all = vec![
        names(TrackFlag::Solo, false, &vca),
        names(TrackFlag::Solo, false, &member),
    ];
    for flag in TrackFlag::ALL
        .into_iter()
        .filter(|flag| *flag != TrackFlag::Solo)
    {
        // Only solos are set again: others are not linked to each other.
        let due = |track: &Track, on| track.flag(flag) != on;
        all.push(names(flag, true, &|track| due(track, true)));
        all.push(names(flag, false, &any));
    }
    all.push(names(TrackFlag::Solo, true, &vca));
    all.push(names(TrackFlag::Solo, true, &member));
    all.retain(|(_, _, names)| !names.is_empty());
    all
}

/// What the tracks of each name want of a switch; `None` where they do not agree. A name that
/// several tracks share changes them all: only safe when they want the same.
fn wishes<'a>(
    pairs: &[(&'a TrackState, &'a Track)],
) -> HashMap<(&'a str, TrackFlag), Option<bool>> {
    let mut wishes = HashMap::new();
    for (state, track) in pairs {
        for flag in TrackFlag::ALL {
            let wanted = state.target(flag);
            let known = wishes.entry((track.name.as_str(), flag)).or_insert(wanted);
            if *known != wanted {
                *known = None;
            }
        }
    }
    wishes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(id: &str, name: &str, muted: bool, soloed: bool) -> TrackState {
        TrackState::from(&track(id, name, muted, soloed))
    }

    fn track(id: &str, name: &str, muted: bool, soloed: bool) -> Track {
        Track {
            id: TrackId(id.into()),
            name: name.into(),
            muted,
            soloed,
            ..Track::default()
        }
    }

    #[test]
    fn a_renamed_track_is_found_by_id_and_a_new_id_by_its_name() {
        let recorded = [
            state("{1}", "A", true, false),
            state("{2}", "B", false, true),
        ];
        let present = [
            track("{1}", "A2", false, false),
            track("{9}", "B", false, false),
        ];
        let found = differences(&recorded, &present);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].on), ("A2", true));
        assert_eq!((found[1].name.as_str(), found[1].on), ("B", true));
    }

    #[test]
    fn a_name_never_stands_for_a_track_that_is_known_by_its_id() {
        let recorded = [
            state("{1}", "A", true, false),
            state("{2}", "B", false, false),
        ];
        // {1} is gone, and {2} now carries its name.
        let present = [track("{2}", "A", false, false)];
        assert_eq!(differences(&recorded, &present), []);
    }

    #[test]
    fn solos_go_off_first_and_come_back_last_with_vcas_before_members() {
        let recorded = [
            state("{1}", "Drum", false, false),
            state("{2}", "Vox", true, true),
            state("{3}", "VCA", false, true),
            state("{4}", "Gtr", false, false),
        ];
        let mut present = vec![
            track("{1}", "Drum", false, true),
            track("{2}", "Vox", false, false),
            track("{3}", "VCA", false, false),
            track("{4}", "Gtr", true, false),
        ];
        present[2].kind = TrackKind::Vca;
        let got: Vec<(TrackFlag, bool, String)> = steps(&recorded, &present, false)
            .into_iter()
            .map(|(flag, on, names)| (flag, on, names.join("+")))
            .collect();
        assert_eq!(
            got,
            [
                (TrackFlag::Solo, false, "Drum".to_owned()),
                (TrackFlag::Mute, true, "Vox".to_owned()),
                (TrackFlag::Mute, false, "Gtr".to_owned()),
                (TrackFlag::Solo, true, "VCA".to_owned()),
                (TrackFlag::Solo, true, "Vox".to_owned()),
            ]
        );
    }

    #[test]
    fn tracks_as_recorded_are_not_touched() {
        let recorded = [
            state("{1}", "A", true, true),
            state("{2}", "B", false, false),
        ];
        let present = [
            track("{1}", "A", true, true),
            track("{2}", "B", false, false),
        ];
        assert!(steps(&recorded, &present, false).is_empty());
    }

    #[test]
    fn twins_that_want_different_things_are_left_alone() {
        let recorded = [
            state("{1}", "A", true, false),
            state("{2}", "A", false, false),
        ];
        let present = [
            track("{1}", "A", false, false),
            track("{2}", "A", false, false),
        ];
        assert!(steps(&recorded, &present, false).is_empty());
        let same = [
            state("{1}", "A", true, false),
            state("{2}", "A", true, false),
        ];
        assert_eq!(
            steps(&same, &present, false),
            [(TrackFlag::Mute, true, vec!["A".to_owned()])]
        );
    }
}

//! Putting a session back to a recorded state: what differs, in which order it is changed, and the
//! reading back that proves it. Knows nothing about files.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::lease::{LeaseRecord, TrackState};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Track, TrackFlag, TrackId, TrackKind};
use crate::ptsl::client::Client;

/// Rounds of changing and reading back: groups and VCAs can pull other tracks along.
const ROUNDS: usize = 3;

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutBack {
    /// Tracks whose solo or mute had to be changed, by their present name.
    pub changed: Vec<String>,
    /// Recorded tracks that the session does not have any more.
    pub gone: Vec<String>,
    /// Whether selection and play start are the recorded ones.
    pub timeline: bool,
}

/// One switch of one track that is not as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub name: String,
    pub flag: TrackFlag,
    /// The recorded value.
    pub on: bool,
}

/// Recorded tracks with the present ones, by id, else by a name that stands for one track only.
fn matched<'a>(
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
                match by_name.get(state.name.as_str()).map(Vec::as_slice) {
                    Some([one]) if one.id.0.is_empty() || !known.contains(&one.id) => Some(*one),
                    _ => None,
                }
            });
            (state, track)
        })
        .collect()
}

/// What is not as recorded.
pub fn differences(recorded: &[TrackState], present: &[Track]) -> Vec<Difference> {
    let mut found = Vec::new();
    for (state, track) in matched(recorded, present) {
        let Some(track) = track else { continue };
        for (flag, on) in [
            (TrackFlag::Mute, state.muted),
            (TrackFlag::Solo, state.soloed),
        ] {
            if track.flag(flag) != on {
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

/// Calls in order: solos off, mutes on, mutes off, solos on with VCAs before their members, since
/// a soloed VCA clears the members' own solos. `thorough` takes all solos off and on again.
fn steps(
    recorded: &[TrackState],
    present: &[Track],
    thorough: bool,
) -> Vec<(TrackFlag, bool, Vec<String>)> {
    let pairs: Vec<(&TrackState, &Track)> = matched(recorded, present)
        .into_iter()
        .filter_map(|(state, track)| Some((state, track?)))
        .filter(|(state, track)| is_settable(state, track, recorded))
        .collect();
    let names = |wanted: &dyn Fn(&TrackState, &Track) -> bool| -> Vec<String> {
        let mut seen = BTreeSet::new();
        pairs
            .iter()
            .filter(|(state, track)| wanted(state, track))
            .map(|(_, track)| track.name.clone())
            .filter(|name| seen.insert(name.clone()))
            .collect()
    };
    let is_vca = |track: &Track| track.kind == TrackKind::Vca;
    let solo_on = |state: &TrackState, track: &Track| state.soloed && (thorough || !track.soloed);
    let all = [
        (
            TrackFlag::Solo,
            false,
            names(&|state, track| track.soloed && (thorough || !state.soloed)),
        ),
        (
            TrackFlag::Mute,
            true,
            names(&|state, track| state.muted && !track.muted),
        ),
        (
            TrackFlag::Mute,
            false,
            names(&|state, track| !state.muted && track.muted),
        ),
        (
            TrackFlag::Solo,
            true,
            names(&|state, track| is_vca(track) && solo_on(state, track)),
        ),
        (
            TrackFlag::Solo,
            true,
            names(&|state, track| !is_vca(track) && solo_on(state, track)),
        ),
    ];
    all.into_iter()
        .filter(|(_, _, names)| !names.is_empty())
        .collect()
}

/// A name that several tracks share changes them all: only safe when they want the same.
fn is_settable(state: &TrackState, track: &Track, recorded: &[TrackState]) -> bool {
    recorded
        .iter()
        .filter(|other| other.name == track.name)
        .all(|other| other.muted == state.muted && other.soloed == state.soloed)
}

/// Puts tracks and timeline back and reads them back. Keeps asking while Pro Tools is busy with
/// something else and does not answer, for at most `patience`.
///
/// # Errors
/// A lost connection, a session without any recorded track, or tracks that would not change.
pub async fn put_back(
    client: &Client,
    record: &LeaseRecord,
    patience: Duration,
) -> Result<PutBack> {
    let give_up = tokio::time::Instant::now() + patience;
    let mut changed = BTreeSet::new();
    let mut present = loop {
        match client.tracks().await {
            Ok(tracks) => break tracks,
            Err(error) if error.is_lost() || tokio::time::Instant::now() >= give_up => {
                return Err(error.into());
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    };
    let pairs = matched(&record.tracks, &present);
    let gone: Vec<String> = pairs
        .iter()
        .filter(|(_, track)| track.is_none())
        .map(|(state, _)| state.name.clone())
        .collect();
    if !record.tracks.is_empty() && gone.len() == record.tracks.len() {
        return Err(Error::new(
            ErrorKind::Refused,
            "the open session has none of the recorded tracks",
        ));
    }
    for round in 0..ROUNDS {
        let wrong = differences(&record.tracks, &present);
        if wrong.is_empty() {
            break;
        }
        changed.extend(wrong.into_iter().map(|difference| difference.name));
        for (flag, on, names) in steps(&record.tracks, &present, round > 0) {
            set(client, flag, &names, on).await?;
        }
        present = client.tracks().await?;
    }
    let wrong = differences(&record.tracks, &present);
    if !wrong.is_empty() {
        return Err(not_restored(&wrong));
    }
    Ok(PutBack {
        changed: changed.into_iter().collect(),
        gone,
        timeline: put_timeline_back(client, record).await?,
    })
}

fn not_restored(wrong: &[Difference]) -> Error {
    let list: Vec<String> = wrong
        .iter()
        .take(8)
        .map(|difference| {
            let switch = match difference.flag {
                TrackFlag::Solo => "solo",
                _ => "mute",
            };
            let on = if difference.on { "on" } else { "off" };
            format!("'{}' {switch} {on}", difference.name)
        })
        .collect();
    let more = match wrong.len().saturating_sub(8) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::new(
        ErrorKind::Refused,
        format!("Pro Tools did not take back {}{more}", list.join(", ")),
    )
    .hint("Set these by hand, or run `pt-stem rescue` when no dialog is open in Pro Tools")
}

/// One call for all names; where Pro Tools refuses the list, one call each, so that one bad track
/// does not keep the others changed. Reading back decides.
async fn set(client: &Client, flag: TrackFlag, names: &[String], on: bool) -> Result<()> {
    let Err(error) = client.set_flag(flag, names, on).await else {
        return Ok(());
    };
    if error.is_lost() || names.len() < 2 {
        return if error.is_lost() {
            Err(error.into())
        } else {
            Ok(())
        };
    }
    for name in names {
        let one = std::slice::from_ref(name);
        if let Err(error) = client.set_flag(flag, one, on).await
            && error.is_lost()
        {
            return Err(error.into());
        }
    }
    Ok(())
}

async fn put_timeline_back(client: &Client, record: &LeaseRecord) -> Result<bool> {
    let Some((play_start, range)) = record.timeline else {
        return Ok(true);
    };
    let wanted = (play_start, range);
    match client.timeline().await {
        Ok(present) if present == wanted => return Ok(true),
        Err(error) if error.is_lost() => return Err(error.into()),
        _ => {}
    }
    if let Err(error) = client.set_timeline(Some(play_start), range).await
        && error.is_lost()
    {
        return Err(error.into());
    }
    Ok(client
        .timeline()
        .await
        .is_ok_and(|present| present == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(id: &str, name: &str, muted: bool, soloed: bool) -> TrackState {
        TrackState {
            id: TrackId(id.into()),
            name: name.into(),
            muted,
            soloed,
        }
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

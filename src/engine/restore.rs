//! Putting a session back to a recorded state: what differs, in which order it is changed, and the
//! reading back that proves it. Knows nothing about files.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use super::lease::{LeaseRecord, TrackState};
use crate::error::{Error, ErrorKind};
use crate::model::{Track, TrackFlag, TrackId, TrackKind};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// Rounds of changing and reading back: groups and VCAs can pull other tracks along.
const ROUNDS: usize = 3;

/// Time between two tries.
const AGAIN: Duration = Duration::from_millis(500);

/// How long a session that is said not to be open is waited for.
const NO_SESSION: Duration = Duration::from_secs(60);

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
    let wishes = wishes(recorded);
    let is_settable = |state: &TrackState, track: &Track| {
        let wish = wishes.get(track.name.as_str());
        wish.is_none_or(|wish| *wish == Some((state.muted, state.soloed)))
    };
    let pairs: Vec<(&TrackState, &Track)> = matched(recorded, present)
        .into_iter()
        .filter_map(|(state, track)| Some((state, track?)))
        .filter(|(state, track)| is_settable(state, track))
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

/// What the tracks of each recorded name want of mute and solo; `None` where they do not agree. A
/// name that several tracks share changes them all: only safe when they want the same.
fn wishes(recorded: &[TrackState]) -> HashMap<&str, Option<(bool, bool)>> {
    let mut wishes = HashMap::new();
    for state in recorded {
        let wanted = Some((state.muted, state.soloed));
        let known = wishes.entry(state.name.as_str()).or_insert(wanted);
        if *known != wanted {
            *known = None;
        }
    }
    wishes
}

/// Why a session was not put back.
#[derive(Debug)]
pub enum Stuck {
    /// The connection is gone, or the server knows us no more: a new connection may do it.
    Line(PtslError),
    /// Trying again would not help.
    Final(Error),
}

impl From<Stuck> for Error {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Line(error) => error.into(),
            Stuck::Final(error) => error,
        }
    }
}

/// Why one try failed.
enum Trouble {
    Ptsl(PtslError),
    /// Pro Tools refused to change what these differ in: it is busy, or shows a dialog.
    Refused(Error),
    Final(Error),
}

impl From<PtslError> for Trouble {
    fn from(error: PtslError) -> Self {
        Self::Ptsl(error)
    }
}

/// Puts tracks and timeline back and reads them back. Keeps asking while Pro Tools is busy with
/// something else, refuses or does not answer, for at most `patience`.
///
/// # Errors
/// A lost connection, another session, one without any recorded track, or tracks that would not
/// change.
pub async fn put_back(
    client: &Client,
    record: &LeaseRecord,
    patience: Duration,
) -> std::result::Result<PutBack, Stuck> {
    let started = Instant::now();
    let mut changed = BTreeSet::new();
    let mut troubled = false;
    loop {
        let trouble = match attempt(client, record, &mut changed).await {
            Ok(done) if !troubled => return Ok(done),
            // A command that was refused or not answered may still be carried out when a dialog
            // is dismissed: look once more.
            Ok(_) => {
                troubled = false;
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            Err(trouble) => trouble,
        };
        troubled = true;
        let waited = started.elapsed();
        match trouble {
            Trouble::Final(error) => return Err(Stuck::Final(error)),
            Trouble::Ptsl(error) if is_of_the_line(&error) => return Err(Stuck::Line(error)),
            // A dialog makes Pro Tools say "no session" too; a closed one is not waited for as long.
            Trouble::Ptsl(error)
                if waited >= patience || (error.is_no_session() && waited >= NO_SESSION) =>
            {
                return Err(Stuck::Final(error.into()));
            }
            Trouble::Refused(error) if waited >= patience => return Err(Stuck::Final(error)),
            Trouble::Ptsl(_) | Trouble::Refused(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

fn is_of_the_line(error: &PtslError) -> bool {
    error.is_lost() || error.is_unregistered() || matches!(error, PtslError::NotPtsl { .. })
}

async fn attempt(
    client: &Client,
    record: &LeaseRecord,
    changed: &mut BTreeSet<String>,
) -> std::result::Result<PutBack, Trouble> {
    let refuse = |text: String| Trouble::Final(Error::new(ErrorKind::Refused, text));
    let open = client.session_path().await?;
    if open != record.session_path {
        return Err(refuse(format!(
            "'{open}' is open instead of '{}'",
            record.session_path
        )));
    }
    let mut present = client.tracks().await?;
    let pairs = matched(&record.tracks, &present);
    let gone: Vec<String> = pairs
        .iter()
        .filter(|(_, track)| track.is_none())
        .map(|(state, _)| state.name.clone())
        .collect();
    if !record.tracks.is_empty() && gone.len() == record.tracks.len() {
        return Err(refuse(
            "the open session has none of the recorded tracks".into(),
        ));
    }
    let mut refused = false;
    for round in 0..ROUNDS {
        let wrong = differences(&record.tracks, &present);
        if wrong.is_empty() {
            break;
        }
        changed.extend(wrong.into_iter().map(|difference| difference.name));
        for (flag, on, names) in steps(&record.tracks, &present, round > 0) {
            refused |= !set(client, flag, &names, on).await?;
        }
        present = client.tracks().await?;
    }
    let wrong = differences(&record.tracks, &present);
    if !wrong.is_empty() {
        let error = not_restored(&wrong);
        return Err(if refused {
            Trouble::Refused(error)
        } else {
            Trouble::Final(error)
        });
    }
    Ok(PutBack {
        changed: changed.iter().cloned().collect(),
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
/// does not keep the others changed. Says whether all were taken; reading back decides.
async fn set(
    client: &Client,
    flag: TrackFlag,
    names: &[String],
    on: bool,
) -> std::result::Result<bool, PtslError> {
    match client.set_flag(flag, names, on).await {
        Ok(()) => return Ok(true),
        Err(error @ PtslError::Refused { .. }) if !is_of_the_line(&error) => {}
        Err(error) => return Err(error),
    }
    if names.len() < 2 {
        return Ok(false);
    }
    let mut all = true;
    for name in names {
        match client.set_flag(flag, std::slice::from_ref(name), on).await {
            Ok(()) => {}
            Err(error @ PtslError::Refused { .. }) if !is_of_the_line(&error) => all = false,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

async fn put_timeline_back(
    client: &Client,
    record: &LeaseRecord,
) -> std::result::Result<bool, PtslError> {
    let Some((play_start, range)) = record.timeline else {
        return Ok(true);
    };
    let wanted = (play_start, range);
    match client.timeline().await {
        Ok(present) if present == wanted => return Ok(true),
        Err(error) if is_of_the_line(&error) => return Err(error),
        _ => {}
    }
    if let Err(error) = client.set_timeline(Some(play_start), range).await
        && is_of_the_line(&error)
    {
        return Err(error);
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

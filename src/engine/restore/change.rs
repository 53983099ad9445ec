//! Changing what differs: switches, names, selection. Reading back decides whether it was done.

use std::time::Duration;

use super::there::{check_session, tracks};
use super::trouble::{Trouble, is_passing, is_refusal, not_renamed};
use crate::engine::another::Asked;
use crate::engine::compare::matched;
use crate::engine::lease::LeaseRecord;
use crate::engine::states::TrackState;
use crate::model::{Track, TrackFlag};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// Rounds of changing and reading back: groups and VCAs can pull other tracks along.
pub(super) const ROUNDS: usize = 3;

/// Time between two tries.
pub(super) const AGAIN: Duration = Duration::from_millis(500);

/// One call for all names; where Pro Tools refuses the list, one call each, so that one bad track
/// does not keep the others changed. Says whether all were taken; reading back decides.
pub(super) async fn set(
    client: &Client,
    flag: TrackFlag,
    names: &[String],
    on: bool,
) -> std::result::Result<bool, PtslError> {
    match client.set_flag(flag, names, on).await {
        Ok(()) => return Ok(true),
        Err(error @ PtslError::Refused { .. }) if is_refusal(&error) => {}
        Err(error) => return Err(error),
    }
    if names.len() < 2 {
        return Ok(false);
    }
    let mut all = true;
    for name in names {
        match client.set_flag(flag, std::slice::from_ref(name), on).await {
            Ok(()) => {}
            Err(error @ PtslError::Refused { .. }) if is_refusal(&error) => all = false,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Gives renamed tracks their names back and reads them back; says whether there were any. One that
/// a human renamed meanwhile keeps that name.
pub(super) async fn names_back(
    client: &Client,
    record: &LeaseRecord,
    mut present: Vec<Track>,
    asked: &mut Option<Asked>,
) -> std::result::Result<bool, Trouble> {
    let mut refusal = None;
    for round in 0..=ROUNDS {
        let renamed: Vec<(&TrackState, &Track)> = matched(&record.tracks, &present)
            .into_iter()
            .filter_map(|(state, track)| Some((state, track?)))
            .filter(|(state, track)| state.renamed.as_ref() == Some(&track.name))
            .collect();
        let Some((state, track)) = renamed.first() else {
            return Ok(round > 0);
        };
        if round == ROUNDS {
            return Err(Trouble::Refused(not_renamed(state, track, refusal)));
        }
        for (state, track) in &renamed {
            let (from, to) = (&track.name, &state.name);
            check_session(client, record, asked).await?;
            *asked = Some(Asked::Rename(track.id.clone(), from.clone(), to.clone()));
            match client.rename_track(&track.id, from, to).await {
                Ok(()) => {}
                Err(error @ PtslError::Refused { .. }) if is_refusal(&error) => {
                    refusal = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        present = tracks(client, record, asked).await?;
    }
    Ok(true)
}

/// What became of selection and play start.
pub(super) struct Selection {
    /// They had to be set, and were.
    pub changed: bool,
    pub is_recorded: bool,
}

/// Selects what was selected, unless a human selected something meanwhile.
pub(super) async fn put_timeline_back(
    client: &Client,
    record: &LeaseRecord,
    asked: &mut Option<Asked>,
) -> std::result::Result<Selection, Trouble> {
    let selection = |changed, is_recorded| Selection {
        changed,
        is_recorded,
    };
    let Some((play_start, range)) = record.timeline else {
        return Ok(selection(false, true));
    };
    for round in 0..=ROUNDS {
        match client.timeline().await {
            Ok(present) if present == (play_start, range) => return Ok(selection(round > 0, true)),
            // Somebody selects something meanwhile: that stays.
            Ok((_, selected))
                if !selected.is_empty()
                    && record.timeline_set.is_none_or(|ours| ours != selected) =>
            {
                return Ok(selection(false, record.timeline_set.is_none()));
            }
            Err(error) if is_passing(&error) => return Err(error.into()),
            _ => {}
        }
        if round == ROUNDS {
            break;
        }
        if round > 0 {
            tokio::time::sleep(AGAIN).await;
        }
        check_session(client, record, asked).await?;
        *asked = Some(Asked::Selection(range));
        match client.set_timeline(Some(play_start), range).await {
            Err(error) if is_passing(&error) => return Err(error.into()),
            // Reading back decides.
            _ => {}
        }
    }
    Ok(selection(false, false))
}

//! Putting a session back to a recorded state: what differs, in which order it is changed, and the
//! reading back that proves it. Knows nothing about files.

mod change;
mod there;
mod trouble;

use std::time::Duration;

use tokio::time::Instant;

use self::change::{AGAIN, ROUNDS, names_back, put_timeline_back, set};
use self::there::{check_session, tracks};
use self::trouble::{Trouble, is_of_the_line, not_restored};
use crate::engine::another::Asked;
use crate::engine::compare::{Strange, differences, each, matched, observe, steps, unlinked};
use crate::engine::isolate::key;
use crate::engine::lease::LeaseRecord;
use crate::engine::states::{ByHand, TrackState, Unanswered};
use crate::error::{Error, ErrorKind};
use crate::model::{Track, TrackFlag};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// How long a command that was not answered is waited for to take effect after all.
const LATE: Duration = Duration::from_secs(3);

/// How long a session that is said not to be open is waited for.
const NO_SESSION: Duration = Duration::from_secs(60);

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutBack {
    /// Tracks of which something had to be changed, by their present name.
    pub changed: Vec<String>,
    /// What a human changed meanwhile: it stays.
    pub by_hand: Vec<ByHand>,
    /// Commands that were not answered, whose effect has not been seen, and that may still come.
    pub unanswered: Vec<Unanswered>,
    /// Recorded tracks that the session does not have any more.
    pub gone: Vec<String>,
    /// Whether selection and play start are the recorded ones.
    pub timeline: bool,
}

/// Whether the job that held the lease is just ending, or ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    Ending,
    Later,
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

/// Where the record is kept up to date while it is put back.
pub type Keep<'a> = &'a (dyn Fn(&LeaseRecord) -> crate::error::Result<()> + Sync);

/// Puts tracks, names and timeline back and reads them back. Keeps asking while Pro Tools is busy
/// with something else, refuses or does not answer, for at most `patience`. What a human changed
/// stays.
///
/// # Errors
/// A lost connection, another session, one without any recorded track, or tracks that would not
/// change.
pub async fn put_back(
    client: &Client,
    record: &mut LeaseRecord,
    keep: Keep<'_>,
    patience: Duration,
    contact: Contact,
) -> std::result::Result<PutBack, Stuck> {
    let started = Instant::now();
    let mut done = PutBack::default();
    // A command that was refused or not answered may still be carried out when a dialog is
    // dismissed: look until nothing had to be changed any more.
    let mut suspicious = !record.unanswered.is_empty();
    let mut quiet_since: Option<Instant> = None;
    // What was asked last, and may have met another session.
    let mut asked = None;
    loop {
        let tried = attempt(client, record, keep, !suspicious, &mut asked, &mut done).await;
        let trouble = match tried {
            // What was changed is looked at once more: a human may have been at it as well.
            Ok(changed) if !suspicious => {
                if !changed || started.elapsed() >= patience {
                    return Ok(done);
                }
                continue;
            }
            Ok(changed) => {
                let was_quiet = quiet_since.is_some() && !changed;
                let quiet = *quiet_since.get_or_insert_with(Instant::now);
                if changed {
                    quiet_since = Some(Instant::now());
                }
                let waits = contact == Contact::Ending && !record.unanswered.is_empty();
                if was_quiet && (!waits || quiet.elapsed() >= LATE) {
                    if contact == Contact::Later {
                        record.unanswered.clear();
                    }
                    done.unanswered.clone_from(&record.unanswered);
                    return Ok(done);
                }
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            Err(trouble) => trouble,
        };
        (suspicious, quiet_since) = (true, None);
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

/// One try; says whether anything had to be changed. `alone` when no other command of the job can
/// still come: what changes then without having been asked for is a human's.
async fn attempt(
    client: &Client,
    record: &mut LeaseRecord,
    keep: Keep<'_>,
    alone: bool,
    asked: &mut Option<Asked>,
    done: &mut PutBack,
) -> std::result::Result<bool, Trouble> {
    let mut present = tracks(client, record, asked).await?;
    record
        .unanswered
        .retain(|command| !command.is_seen(&present));
    done.gone = gone(record, &present).map_err(Trouble::Final)?;
    observe(record, &present);
    done.by_hand = record.tracks.iter().flat_map(TrackState::by_hand).collect();
    let (mut refused, mut rounds, mut strange) = (false, 0, Vec::new());
    for round in 0..ROUNDS {
        let wrong = differences(&record.tracks, &present);
        if wrong.is_empty() {
            break;
        }
        rounds += 1;
        for difference in wrong {
            if !done.changed.contains(&difference.name) {
                done.changed.push(difference.name);
            }
        }
        let steps = steps(&record.tracks, &present, round > 0);
        // Killed now, the values on the way are nobody's.
        doubt(record, keep, &steps);
        for (flag, on, names) in &steps {
            let (flag, on) = (*flag, *on);
            check_session(client, record, asked).await?;
            *asked = Some(Asked::Switch(flag, on, names.clone()));
            let outcome = set(client, flag, names, on).await;
            if outcome.as_ref().is_err_and(PtslError::is_unanswered) {
                record.unanswered.push(Unanswered {
                    flag: Some(flag),
                    on,
                    names: names.clone(),
                });
            }
            refused |= !outcome?;
        }
        let now = tracks(client, record, asked).await?;
        if alone {
            observe(record, &now);
        }
        if round == 0 {
            strange = unlinked(&steps, &present, &now);
        }
        present = now;
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
    if alone {
        // What had to be corrected more than once hangs on what is set.
        strange.retain(|_| rounds == 2);
        settle(record, keep, &present, &strange);
    }
    let renamed = names_back(client, record, present, asked).await?;
    let selection = put_timeline_back(client, record, asked).await?;
    done.timeline = selection.is_recorded;
    done.changed.sort_unstable();
    Ok(rounds > 0 || renamed || selection.changed)
}

/// All is as it was: what differs from now on is a human's, and so is what was `strange`.
fn settle(record: &mut LeaseRecord, keep: Keep<'_>, present: &[Track], strange: &[Strange]) {
    let unsure = std::mem::take(&mut record.unsure);
    if unsure.is_empty() && strange.is_empty() {
        return;
    }
    each(record, present, |state, track| {
        for flag in &unsure {
            state.settle(track, *flag);
        }
        for change in strange.iter().filter(|change| change.track == key(track)) {
            state.keep_value(change.flag, change.on);
        }
    });
    if let Err(error) = keep(record) {
        tracing::warn!(error = %error.chain(), "the lease while it is put back");
    }
}

/// Recorded tracks that are not there any more.
fn gone(record: &LeaseRecord, present: &[Track]) -> std::result::Result<Vec<String>, Error> {
    let gone: Vec<String> = matched(&record.tracks, present)
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
    Ok(gone)
}

fn doubt(record: &mut LeaseRecord, keep: Keep<'_>, steps: &[(TrackFlag, bool, Vec<String>)]) {
    let before = record.unsure.len();
    for (flag, _, _) in steps {
        if !record.unsure.contains(flag) {
            record.unsure.push(*flag);
        }
    }
    if record.unsure.len() > before
        && let Err(error) = keep(record)
    {
        tracing::warn!(error = %error.chain(), "the lease while it is put back");
    }
}

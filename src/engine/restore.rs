//! Putting a session back to a recorded state: what differs, in which order it is changed, and the
//! reading back that proves it. Knows nothing about files.

use std::time::Duration;

use tokio::time::Instant;

use super::compare::{Difference, Strange, differences, each, matched, observe, steps, unlinked};
use super::isolate::key;
use super::lease::{Identity, LeaseRecord};
use super::rescue::{Asked, another_is_open};
use super::states::{ByHand, TrackState, Unanswered, word};
use crate::error::{Error, ErrorKind};
use crate::model::{Track, TrackFlag};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// Rounds of changing and reading back: groups and VCAs can pull other tracks along.
const ROUNDS: usize = 3;

/// Time between two tries.
const AGAIN: Duration = Duration::from_millis(500);

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

fn is_of_the_line(error: &PtslError) -> bool {
    error.is_lost() || error.is_unregistered() || matches!(error, PtslError::NotPtsl { .. })
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
    let selected = put_timeline_back(client, record, asked, done).await?;
    done.changed.sort_unstable();
    Ok(rounds > 0 || renamed || selected)
}

/// The tracks of the lease's session. Somebody may open another one at any moment: the question
/// after it comes after the tracks.
async fn tracks(
    client: &Client,
    record: &LeaseRecord,
    asked: &mut Option<Asked>,
) -> std::result::Result<Vec<Track>, Trouble> {
    let present = client.tracks().await?;
    let open = Identity::of(client).await?;
    if record.is_of(&open) {
        // Whatever was asked was done here.
        *asked = None;
        return Ok(present);
    }
    Err(another(client, record, &open, asked).await)
}

/// Names of tracks mean others in another session.
async fn check_session(
    client: &Client,
    record: &LeaseRecord,
    asked: &Option<Asked>,
) -> std::result::Result<(), Trouble> {
    let path = client.session_path().await?;
    if path == record.session_path {
        return Ok(());
    }
    let origin = String::new();
    Err(another(client, record, &Identity { path, origin }, asked).await)
}

async fn another(
    client: &Client,
    record: &LeaseRecord,
    open: &Identity,
    asked: &Option<Asked>,
) -> Trouble {
    let error = another_is_open(record, open);
    Trouble::Final(match asked {
        Some(asked) => error.hint(asked.look_there(client).await),
        None => error,
    })
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

/// Gives renamed tracks their names back and reads them back; says whether there were any. One that
/// a human renamed meanwhile keeps that name.
async fn names_back(
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

fn not_renamed(state: &TrackState, track: &Track, refusal: Option<PtslError>) -> Error {
    let why = refusal.map_or_else(
        || "it says that it did".to_owned(),
        |error| error.to_string(),
    );
    let text = format!(
        "Pro Tools would not call '{}' '{}' again: {why}",
        track.name, state.name
    );
    Error::new(ErrorKind::Refused, text).hint("Rename it by hand, then run `pt-stem rescue`")
}

fn not_restored(wrong: &[Difference]) -> Error {
    let list: Vec<String> = wrong
        .iter()
        .take(8)
        .map(|difference| {
            format!(
                "'{}' {}",
                difference.name,
                word(difference.flag, difference.on)
            )
        })
        .collect();
    let more = match wrong.len().saturating_sub(8) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::new(
        ErrorKind::Refused,
        format!(
            "Pro Tools did not let these be put back: {}{more}",
            list.join(", ")
        ),
    )
    .hint("Set these by hand, or run `pt-stem rescue` when no dialog is open in Pro Tools")
}

/// Refused for good: neither the line nor the time ran out.
fn is_refusal(error: &PtslError) -> bool {
    !is_of_the_line(error) && !error.is_unanswered()
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

/// Selects what was selected; says whether that was necessary and done. Tells in `done` whether
/// the selection is the recorded one.
async fn put_timeline_back(
    client: &Client,
    record: &LeaseRecord,
    asked: &mut Option<Asked>,
    done: &mut PutBack,
) -> std::result::Result<bool, Trouble> {
    done.timeline = true;
    let Some((play_start, range)) = record.timeline else {
        return Ok(false);
    };
    for round in 0..=ROUNDS {
        match client.timeline().await {
            Ok(present) if present == (play_start, range) => return Ok(round > 0),
            // Somebody selects something meanwhile: that stays.
            Ok((_, selected))
                if !selected.is_empty()
                    && record.timeline_set.is_none_or(|ours| ours != selected) =>
            {
                done.timeline = record.timeline_set.is_none();
                return Ok(false);
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
    done.timeline = false;
    Ok(false)
}

/// No answer to the question: it is to be asked again later.
fn is_passing(error: &PtslError) -> bool {
    is_of_the_line(error) || error.is_unanswered() || error.is_no_session() || error.is_busy()
}

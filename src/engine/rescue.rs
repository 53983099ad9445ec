//! Putting back what a lease of before recorded: asked for, by the running program itself for its own
//! jobs, or on the way to the next bounce. Touches no other session than the lease's.

use std::path::Path;
use std::time::Duration;

use super::compare;
use super::lease::{
    Identity, LeaseRecord, discard, open_leases, record_path, server_key, server_lock, storage,
    write,
};
use super::restore::{self, Contact};
use super::states::{ByHand, word};
use tokio::sync::{Mutex, MutexGuard};

use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;
use crate::model::{Range, Track, TrackFlag, TrackId};
use crate::platform::lock::try_lock;
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// What a rescue did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// Tracks of which something had to be changed.
    pub changed: Vec<String>,
    /// What a human changed meanwhile, and what therefore stays.
    pub by_hand: Vec<ByHand>,
    /// Recorded tracks that the session does not have any more.
    pub gone: Vec<String>,
}

/// The refusal to start on a session that an earlier bounce left changed.
pub fn left_behind(session: &str) -> Error {
    Error::new(
        ErrorKind::Job,
        format!("an interrupted bounce left solo and mute of '{session}' changed"),
    )
    .hint("Run `pt-stem rescue` first: it puts them back")
}

/// Clears the way for a bounce of this session: leases with nothing left to put back are closed,
/// those of jobs of this run are put back. One of another server or session is none of ours.
///
/// # Errors
/// When a dead program's lease for this session is open: `rescue` must be asked for.
pub async fn clear_way(
    state_dir: &Path,
    client: &Client,
    open: &Identity,
    tracks: &[Track],
) -> Result<Vec<Rescued>> {
    let mut rescued = Vec::new();
    for lease in open_leases(state_dir)? {
        if !lease.is_of(open) || server_key(&lease.address) != server_key(client.address()) {
            continue;
        }
        if lease.is_of_this_run() {
            rescued.push(rescue_all(state_dir, &lease, client).await?);
        } else if !is_settled(&lease, tracks) {
            return Err(left_behind(&lease.session));
        } else {
            discard(state_dir, &lease)?;
        }
    }
    Ok(rescued)
}

/// Nothing of what it recorded is left to put back, and nothing can come any more.
pub(super) fn is_settled(lease: &LeaseRecord, tracks: &[Track]) -> bool {
    let mut lease = lease.clone();
    compare::observe(&mut lease, tracks);
    lease.unanswered.is_empty() && compare::differences(&lease.tracks, tracks).is_empty()
}

/// Puts back what the lease recorded and closes it. Returns the names of the tracks that had to be
/// changed; [`rescue_all`] also tells which are gone.
pub async fn rescue(state_dir: &Path, lease: &LeaseRecord, client: &Client) -> Result<Vec<String>> {
    let rescued = rescue_all(state_dir, lease, client).await?;
    for track in &rescued.gone {
        tracing::warn!(%track, "a recorded track is not in the session any more");
    }
    Ok(rescued.changed)
}

/// Puts back what the lease recorded, reads it back and closes the lease.
///
/// # Errors
/// When another session is open, none of the recorded tracks is there, another program bounces, or
/// the state read back is not the recorded one. The lease then stays open.
pub async fn rescue_all(state_dir: &Path, lease: &LeaseRecord, client: &Client) -> Result<Rescued> {
    let _server = server_lock(state_dir, client.address())?;
    let path = record_path(state_dir, lease.job).with_extension("lock");
    let Some(_alive) = try_lock(&path).map_err(|error| storage("Locking", &path, error))? else {
        return Err(Error::new(
            ErrorKind::Job,
            format!("job {} is still running in another program", lease.job),
        )
        .hint("Cancel it there: it then puts the session back itself"));
    };
    let open = Identity::of(client).await?;
    if !lease.is_of(&open) {
        return Err(another_is_open(lease, &open));
    }
    let mut record = lease.clone();
    let path = record_path(state_dir, lease.job);
    let keep = |record: &LeaseRecord| write(&path, record);
    let patience = Duration::from_secs(30);
    let back = restore::put_back(client, &mut record, &keep, patience, Contact::Later).await?;
    discard(state_dir, lease)?;
    Ok(Rescued {
        changed: back.changed,
        by_hand: back.by_hand,
        gone: back.gone,
    })
}

/// Held while a job takes its lease and while this run puts its own leases back: neither finds the
/// other's locks in its way.
static TURN: Mutex<()> = Mutex::const_new(());

/// Waits until this run puts nothing back.
pub(super) async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// Puts back, over this connection, what jobs of this run left changed in the session that is open.
/// Gives nothing when there is nothing of that kind.
pub async fn rescue_own(state_dir: &Path, client: &Client) -> Result<Vec<(LeaseRecord, Rescued)>> {
    let _turn = turn().await;
    let mut rescued = Vec::new();
    for lease in open_leases(state_dir)? {
        if !lease.is_of_this_run() || server_key(&lease.address) != server_key(client.address()) {
            continue;
        }
        if lease.is_of(&Identity::of(client).await?) {
            let done = rescue_all(state_dir, &lease, client).await?;
            rescued.push((lease, done));
        }
    }
    Ok(rescued)
}

/// Whether a job of this run left a lease open.
pub fn has_own(state_dir: &Path) -> bool {
    open_leases(state_dir).is_ok_and(|leases| leases.iter().any(LeaseRecord::is_of_this_run))
}

/// What was asked of the session when somebody opened another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A switch of the tracks of these names.
    Switch(TrackFlag, bool, Vec<String>),
    /// The name of a track of this identity, from and to.
    Rename(TrackId, String, String),
    Selection(Range),
}

impl Asked {
    /// What there is in another session of what was asked, in words; `None` when there is nothing.
    fn seen_in(&self, tracks: &[Track], selection: Option<Range>) -> Option<String> {
        let quoted = |name: &str| format!("'{}'", clean(name));
        match self {
            Self::Switch(flag, on, names) => {
                let hit: Vec<String> = tracks
                    .iter()
                    .filter(|track| names.contains(&track.name) && track.flag(*flag) == *on)
                    .map(|track| quoted(&track.name))
                    .collect();
                (!hit.is_empty()).then(|| format!("{} {}", hit.join(", "), word(*flag, *on)))
            }
            Self::Rename(id, from, to) => {
                let is_it = |track: &Track| id.0.is_empty() || track.id == *id;
                let is_there = tracks.iter().any(|track| is_it(track) && track.name == *to);
                is_there.then(|| format!("{} called {}", quoted(from), quoted(to)))
            }
            Self::Selection(range) => (selection == Some(*range))
                .then(|| "the job's range selected on the timeline".to_owned()),
        }
    }

    /// What was asked, in words, where nobody can look.
    fn in_words(&self) -> String {
        match self {
            Self::Switch(flag, on, names) => {
                let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
                format!("{} {}", names.join(", "), word(*flag, *on))
            }
            Self::Rename(_, from, to) => format!("'{from}' called '{to}'"),
            Self::Selection(_) => "the job's range selected on the timeline".to_owned(),
        }
    }

    /// A command that was under way when somebody opened another session may have been done there.
    /// Looks, and tells what its user should look at; what it was before nobody knows, and so
    /// nothing is changed there.
    pub async fn look_there(&self, client: &Client) -> String {
        let asked = "what was asked at that moment";
        let look = async {
            let tracks = client.tracks().await?;
            let selection = client.timeline().await.ok().map(|(_, range)| range);
            Ok::<_, PtslError>(self.seen_in(&tracks, selection))
        };
        match look.await {
            Ok(None) => format!("Nothing of {asked} is to be seen in the other session"),
            Ok(Some(what)) => format!(
                "Of {asked} this may have been done in the other session: {what}; look \
                 there, or revert it to what was saved"
            ),
            Err(_) => format!(
                "What was asked at that moment may have been done in the other session: look \
                 there for {}",
                self.in_words()
            ),
        }
    }
}

/// The refusal to touch a session that the lease is not of.
pub fn another_is_open(lease: &LeaseRecord, open: &Identity) -> Error {
    let what = if open.path == lease.session_path {
        format!("another session stands at '{}' now", open.path)
    } else {
        format!("'{}' is open", open.path)
    };
    Error::new(
        ErrorKind::Refused,
        format!("the lease is of '{}', but {what}: nothing is touched there", lease.session_path),
    )
    .hint(format!(
        "Open '{}' in Pro Tools: a running pt-stem puts it back then, `pt-stem rescue` does it by hand",
        lease.session
    ))
}

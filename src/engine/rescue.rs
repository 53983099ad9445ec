//! Putting back what a lease of before recorded: asked for, by the running program itself for its own
//! jobs, or on the way to the next bounce. Touches no other session than the lease's.

use std::path::Path;
use std::time::Duration;

use super::another::another_is_open;
use super::compare;
use super::lease::{
    Identity, LeaseRecord, discard, open_leases, record_path, server_key, server_lock, storage,
    write,
};
use super::restore::{self, Contact};
use super::states::ByHand;
use tokio::sync::{Mutex, MutexGuard};

use crate::error::{Error, ErrorKind, Result};
use crate::model::Track;
use crate::platform::lock::try_lock;
use crate::ptsl::client::Client;

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

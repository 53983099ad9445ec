//! The lease: solo and mute of every track, the selection and the play start, recorded durably
//! before a bounce changes anything and put back on every way out.
//!
//! One file a running bounce, `<state>/leases/<job>.json`. A lock beside it lives as long as the
//! process, so a lease whose lock is free was left by a program that died.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::restore::{self, PutBack};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{JobId, Range, Track, TrackId};
use crate::platform::lock::{FileLock, try_lock};
use crate::platform::{atomic, lock};
use crate::ptsl::client::Client;

/// A record of more bytes than ten thousand tracks with the longest names need is not ours.
const MAX_BYTES: u64 = 64 << 20;

/// The recorded state of one track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackState {
    pub id: TrackId,
    pub name: String,
    pub muted: bool,
    pub soloed: bool,
}

impl From<&Track> for TrackState {
    fn from(track: &Track) -> Self {
        Self {
            id: track.id.clone(),
            name: track.name.clone(),
            muted: track.muted,
            soloed: track.soloed,
        }
    }
}

/// An open lease as found on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    pub job: JobId,
    /// `host:port` of the server.
    pub address: String,
    pub session: String,
    pub session_path: String,
    /// Milliseconds since 1970.
    pub taken_ms: u64,
    pub tracks: Vec<TrackState>,
    /// Play start marker and timeline selection, session samples.
    #[serde(default)]
    pub timeline: Option<(i64, Range)>,
    /// The server died with the program that took the lease: nothing is left to put back.
    #[serde(default)]
    pub is_embedded: bool,
}

/// What a rescue did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// Tracks whose solo or mute had to be changed.
    pub changed: Vec<String>,
    /// Recorded tracks that the session does not have any more.
    pub gone: Vec<String>,
}

/// A lease held by this process. Dropping it leaves the record on disk for a rescue; only
/// [`Lease::close`] ends it.
#[derive(Debug)]
pub struct Lease {
    record: LeaseRecord,
    path: PathBuf,
    alive: FileLock,
    _server: FileLock,
}

fn leases_dir(state_dir: &Path) -> PathBuf {
    state_dir.join("leases")
}

fn record_path(state_dir: &Path, job: JobId) -> PathBuf {
    leases_dir(state_dir).join(format!("{job}.json"))
}

fn storage(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Storage,
        format!("{what} '{}' failed", path.display()),
    )
    .because(error)
    .hint("The state folder must be writable: without a record the session could not be put back")
}

/// All names of the own machine are one server.
fn server_key(address: &str) -> String {
    let address = address.to_lowercase();
    let (host, port) = address.rsplit_once(':').unwrap_or((address.as_str(), ""));
    let host = match host {
        "localhost" | "127.0.0.1" | "[::1]" | "::1" => "loopback",
        other => other,
    };
    format!("{host}:{port}")
}

fn server_lock(state_dir: &Path, address: &str) -> Result<FileLock> {
    let key = blake3::hash(server_key(address).as_bytes()).to_hex();
    let path = leases_dir(state_dir).join(format!("server-{}.lock", key.get(..16).unwrap_or("")));
    lock::try_lock(&path)
        .map_err(|error| storage("Locking", &path, error))?
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Job,
                format!("another program is bouncing from the Pro Tools at {address}"),
            )
            .hint("Wait until it is done: two bounces at once would print each other's solos")
        })
}

impl Lease {
    /// Writes the record durably and takes the locks. Nothing may be changed before this returns.
    ///
    /// # Errors
    /// When another process bounces from this server, when the job's earlier lease is still open,
    /// or when the record cannot be written.
    pub fn take(state_dir: &Path, record: LeaseRecord) -> Result<Self> {
        let server = server_lock(state_dir, &record.address)?;
        let path = record_path(state_dir, record.job);
        let lock_path = path.with_extension("lock");
        let alive = try_lock(&lock_path)
            .map_err(|error| storage("Locking", &lock_path, error))?
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Job,
                    format!("job {} is running in another program", record.job),
                )
            })?;
        if path.exists() {
            return Err(left_behind(&record.session));
        }
        let text = serde_json::to_vec_pretty(&record).map_err(|error| {
            Error::new(ErrorKind::Internal, "the lease cannot be written").because(error)
        })?;
        atomic::write(&path, &text).map_err(|error| storage("Writing", &path, error))?;
        Ok(Self {
            record,
            path,
            alive,
            _server: server,
        })
    }

    pub fn record(&self) -> &LeaseRecord {
        &self.record
    }

    /// Removes the record: the session is as it was.
    pub fn close(self) -> Result<()> {
        let Self { path, alive, .. } = self;
        remove(&path)?;
        drop(alive);
        let _ = std::fs::remove_file(path.with_extension("lock"));
        Ok(())
    }
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|error| storage("Removing", path, error))?;
    if let Some(dir) = path.parent() {
        let _ = atomic::sync_dir(dir);
    }
    Ok(())
}

/// The refusal to start on a session that an earlier bounce left changed.
pub fn left_behind(session: &str) -> Error {
    Error::new(
        ErrorKind::Job,
        format!("an interrupted bounce left solo and mute of '{session}' changed"),
    )
    .hint("Run `pt-stem rescue` first: it puts them back")
}

fn read(path: &Path) -> std::io::Result<LeaseRecord> {
    use std::io::Read as _;
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(MAX_BYTES)
        .read_to_end(&mut text)?;
    serde_json::from_slice(&text).map_err(std::io::Error::other)
}

/// Leases that no running program holds: what a `kill -9` left behind, oldest first. A record that
/// cannot be read is left out and logged.
pub fn open_leases(state_dir: &Path) -> Result<Vec<LeaseRecord>> {
    let dir = leases_dir(state_dir);
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(storage("Reading", &dir, error)),
    };
    let mut leases = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        match try_lock(&path.with_extension("lock")) {
            Ok(None) => continue,
            Ok(Some(_free)) => {}
            Err(error) => return Err(storage("Locking", &path, error)),
        }
        match read(&path) {
            Ok(lease) if lease.is_embedded => discard(state_dir, &lease)?,
            Ok(lease) => leases.push(lease),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a lease cannot be read");
            }
        }
    }
    leases.sort_by_key(|lease| (lease.taken_ms, lease.job));
    Ok(leases)
}

/// Refuses to go on when a dead program's lease for this session is still open. A lease with
/// nothing left to put back is closed on the way; one of another server is none of ours.
pub fn refuse_left_behind(
    state_dir: &Path,
    address: &str,
    session_path: &str,
    tracks: &[Track],
) -> Result<()> {
    for lease in open_leases(state_dir)? {
        if lease.session_path != session_path || server_key(&lease.address) != server_key(address) {
            continue;
        }
        if !restore::differences(&lease.tracks, tracks).is_empty() {
            return Err(left_behind(&lease.session));
        }
        discard(state_dir, &lease)?;
    }
    Ok(())
}

/// Closes a dead program's lease without putting anything back.
pub fn discard(state_dir: &Path, lease: &LeaseRecord) -> Result<()> {
    let path = record_path(state_dir, lease.job);
    remove(&path)?;
    let _ = std::fs::remove_file(path.with_extension("lock"));
    Ok(())
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
    let open = client.session_path().await?;
    if open != lease.session_path {
        return Err(Error::new(
            ErrorKind::Refused,
            format!(
                "the lease is of '{}', but '{open}' is open",
                lease.session_path
            ),
        )
        .hint(format!(
            "Open '{}' in Pro Tools and run `pt-stem rescue` again",
            lease.session
        )));
    }
    let PutBack { changed, gone, .. } =
        restore::put_back(client, lease, Duration::from_secs(30)).await?;
    discard(state_dir, lease)?;
    Ok(Rescued { changed, gone })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(job: u32) -> LeaseRecord {
        LeaseRecord {
            job: JobId(job),
            address: "127.0.0.1:31416".into(),
            session: "Song".into(),
            session_path: "/s/Song.ptx".into(),
            taken_ms: 1,
            tracks: vec![TrackState {
                id: TrackId("{1}".into()),
                name: "Kick".into(),
                muted: true,
                soloed: false,
            }],
            timeline: Some((0, Range::new(0, 48_000))),
            is_embedded: false,
        }
    }

    fn kick(muted: bool) -> Track {
        Track {
            id: TrackId("{1}".into()),
            name: "Kick".into(),
            muted,
            ..Track::default()
        }
    }

    #[test]
    fn a_held_lease_is_not_open_and_a_dropped_one_is() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(open_leases(state.path()).unwrap(), []);
        let lease = Lease::take(state.path(), record(7)).unwrap();
        assert_eq!(open_leases(state.path()).unwrap(), []);
        drop(lease);
        assert_eq!(open_leases(state.path()).unwrap(), [record(7)]);
    }

    #[test]
    fn the_lease_of_a_dead_embedded_simulator_is_no_ones() {
        let state = tempfile::tempdir().unwrap();
        let mut embedded = record(7);
        embedded.is_embedded = true;
        drop(Lease::take(state.path(), embedded).unwrap());
        assert_eq!(open_leases(state.path()).unwrap(), []);
        assert!(!record_path(state.path(), JobId(7)).exists());
    }

    #[test]
    fn a_closed_lease_leaves_nothing() {
        let state = tempfile::tempdir().unwrap();
        let lease = Lease::take(state.path(), record(7)).unwrap();
        lease.close().unwrap();
        assert_eq!(open_leases(state.path()).unwrap(), []);
        assert!(!record_path(state.path(), JobId(7)).exists());
    }

    #[test]
    fn one_server_has_one_bounce_whatever_its_name() {
        let state = tempfile::tempdir().unwrap();
        let _first = Lease::take(state.path(), record(7)).unwrap();
        let mut second = record(8);
        second.address = "localhost:31416".into();
        assert!(Lease::take(state.path(), second.clone()).is_err());
        second.address = "localhost:31417".into();
        assert!(Lease::take(state.path(), second).is_ok());
    }

    #[test]
    fn a_recorded_state_is_never_overwritten() {
        let state = tempfile::tempdir().unwrap();
        drop(Lease::take(state.path(), record(7)).unwrap());
        let mut again = record(7);
        again.tracks.clear();
        let error = Lease::take(state.path(), again).unwrap_err();
        assert!(error.hints.iter().any(|hint| hint.contains("rescue")));
        assert_eq!(open_leases(state.path()).unwrap(), [record(7)]);
    }

    #[test]
    fn a_dead_lease_stops_the_next_bounce_only_when_something_is_changed() {
        let state = tempfile::tempdir().unwrap();
        drop(Lease::take(state.path(), record(7)).unwrap());
        let check = |address: &str, path: &str, muted| {
            refuse_left_behind(state.path(), address, path, &[kick(muted)])
        };
        check("elsewhere:31416", "/s/Song.ptx", false).unwrap();
        check("localhost:31416", "/s/Other.ptx", false).unwrap();
        assert!(check("localhost:31416", "/s/Song.ptx", false).is_err());
        check("localhost:31416", "/s/Song.ptx", true).unwrap();
        assert_eq!(open_leases(state.path()).unwrap(), []);
    }

    #[test]
    fn a_torn_or_foreign_file_hides_no_other_lease() {
        let state = tempfile::tempdir().unwrap();
        drop(Lease::take(state.path(), record(7)).unwrap());
        std::fs::write(state.path().join("leases/9.json"), b"{\"job\":9").unwrap();
        std::fs::write(state.path().join("leases/notes.txt"), b"hello").unwrap();
        assert_eq!(open_leases(state.path()).unwrap(), [record(7)]);
    }
}

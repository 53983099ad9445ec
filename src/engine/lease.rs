//! The lease: solo and mute of every track, the selection and the play start, recorded durably
//! before a bounce changes anything and put back on every way out.
//!
//! One file a running bounce, `<state>/leases/<job>.json`. A lock beside it lives as long as the
//! process, so a lease whose lock is free was left by a program that died.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::rescue::left_behind;
pub use super::rescue::{Rescued, rescue, rescue_all};
pub use super::states::TrackState;
use super::states::Unanswered;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{JobId, Range, Track, TrackFlag};
use crate::platform::lock::{FileLock, try_lock};
use crate::platform::{atomic, lock};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// A record of more bytes than ten thousand tracks with the longest names need is not ours.
const MAX_BYTES: u64 = 64 << 20;

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
    /// Pro Tools' own identity of the session; empty where it tells none.
    #[serde(default)]
    pub origin_id: String,
    /// The run of the program that took it.
    #[serde(default)]
    pub run: String,
    /// Switches that the job was just changing: nobody knows whose their present values are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<TrackFlag>,
    /// Commands that were not answered and may still be carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<Unanswered>,
    /// The timeline selection that the job set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline_set: Option<Range>,
}

/// This run of the program: leases of a job that died in it are put back without being asked for.
static RUN: LazyLock<String> = LazyLock::new(|| uuid::Uuid::new_v4().to_string());

impl LeaseRecord {
    /// The record of a session before anything is changed.
    pub fn new(job: JobId, address: &str, open: &Identity, tracks: &[Track]) -> Self {
        Self {
            job,
            address: address.to_owned(),
            session: String::new(),
            session_path: open.path.clone(),
            taken_ms: 0,
            tracks: tracks.iter().map(TrackState::from).collect(),
            timeline: None,
            is_embedded: false,
            origin_id: open.origin.clone(),
            run: RUN.clone(),
            unsure: Vec::new(),
            unanswered: Vec::new(),
            timeline_set: None,
        }
    }

    /// Taken by a job of this run of the program.
    pub fn is_of_this_run(&self) -> bool {
        self.run == *RUN
    }

    /// Whether that is the session that the lease is of. A copy or a `save as` elsewhere is not:
    /// what the job changed lies in the file that it was started on.
    pub fn is_of(&self, open: &Identity) -> bool {
        self.session_path == open.path
            && (self.origin_id.is_empty()
                || open.origin.is_empty()
                || self.origin_id == open.origin)
    }
}

/// What tells sessions apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub path: String,
    /// Empty where the server tells none.
    pub origin: String,
}

impl Identity {
    /// Of the session that is open now.
    pub async fn of(client: &Client) -> std::result::Result<Self, PtslError> {
        let mut path = client.session_path().await?;
        loop {
            let origin = match client.session_ids().await {
                Ok(ids) => ids.origin,
                Err(error) if error.is_unsupported() => String::new(),
                Err(error) => return Err(error),
            };
            // Somebody may open another session between the two questions.
            let again = client.session_path().await?;
            if again == path {
                return Ok(Self { path, origin });
            }
            path = again;
        }
    }
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

pub(super) fn record_path(state_dir: &Path, job: JobId) -> PathBuf {
    leases_dir(state_dir).join(format!("{job}.json"))
}

pub(super) fn storage(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Storage,
        format!("{what} '{}' failed", path.display()),
    )
    .because(error)
    .hint("The state folder must be writable: without a record the session could not be put back")
}

/// All names of the own machine are one server.
pub(super) fn server_key(address: &str) -> String {
    let address = address.to_lowercase();
    let (host, port) = address.rsplit_once(':').unwrap_or((address.as_str(), ""));
    let host = match host {
        "localhost" | "127.0.0.1" | "[::1]" | "::1" => "loopback",
        other => other,
    };
    format!("{host}:{port}")
}

pub(super) fn server_lock(state_dir: &Path, address: &str) -> Result<FileLock> {
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
        write(&path, &record)?;
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

    /// To be [saved](Lease::save) before what it says may happen.
    pub fn record_mut(&mut self) -> &mut LeaseRecord {
        &mut self.record
    }

    /// Writes the record anew, durably.
    pub fn save(&self) -> Result<()> {
        self.save_as(&self.record)
    }

    /// Writes this as the record.
    pub fn save_as(&self, record: &LeaseRecord) -> Result<()> {
        write(&self.path, record)
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

pub(super) fn write(path: &Path, record: &LeaseRecord) -> Result<()> {
    let text = serde_json::to_vec(record).map_err(|error| {
        Error::new(ErrorKind::Internal, "the lease cannot be written").because(error)
    })?;
    atomic::write(path, &text).map_err(|error| storage("Writing", path, error))
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|error| storage("Removing", path, error))?;
    if let Some(dir) = path.parent() {
        let _ = atomic::sync_dir(dir);
    }
    Ok(())
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
            Ok(lease) if lease.is_embedded && !lease.is_of_this_run() => {
                discard(state_dir, &lease)?
            }
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

/// Closes a dead program's lease without putting anything back.
pub fn discard(state_dir: &Path, lease: &LeaseRecord) -> Result<()> {
    let path = record_path(state_dir, lease.job);
    remove(&path)?;
    let _ = std::fs::remove_file(path.with_extension("lock"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::rescue::is_settled;
    use super::*;
    use crate::model::TrackId;

    fn record(job: u32) -> LeaseRecord {
        LeaseRecord {
            session: "Song".into(),
            taken_ms: 1,
            timeline: Some((0, Range::new(0, 48_000))),
            run: "a dead program's".into(),
            ..LeaseRecord::new(JobId(job), "127.0.0.1:31416", &song(), &[kick(true)])
        }
    }

    fn song() -> Identity {
        Identity {
            path: "/s/Song.ptx".into(),
            origin: "{o}".into(),
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
    fn a_lease_is_settled_when_nothing_differs_and_nothing_can_come() {
        assert!(is_settled(&record(7), &[kick(true)]));
        let mut changed = record(7);
        changed.unsure = vec![TrackFlag::Mute];
        assert!(!is_settled(&changed, &[kick(false)]));
        // Not of the job's making: a human unmuted it, and so it stays.
        assert!(is_settled(&record(7), &[kick(false)]));
        let mut late = record(7);
        late.unanswered.push(Unanswered {
            flag: Some(TrackFlag::Solo),
            on: true,
            names: vec!["Kick".into()],
        });
        assert!(!is_settled(&late, &[kick(true)]));
    }

    #[test]
    fn a_session_is_known_by_its_path_and_its_identity() {
        let of = |path: &str, origin: &str| {
            record(7).is_of(&Identity {
                path: path.into(),
                origin: origin.into(),
            })
        };
        assert!(of("/s/Song.ptx", "{o}"));
        assert!(of("/s/Song.ptx", ""), "an old server tells none");
        assert!(!of("/s/Song.ptx", "{p}"), "another one made at that place");
        assert!(!of("/s/Copy.ptx", "{o}"));
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

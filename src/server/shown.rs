//! The state as clients see it, in sections that are made anew only when they change.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::app::{State, shape};
use crate::model::job::JobState;
use crate::model::{JobId, Now, SessionInfo, Track, TrackId, Transport};

/// The whole state under one number.
#[derive(Debug)]
pub struct Shown {
    /// Grows with every change, and over restarts of the program.
    pub seq: u64,
    pub connection: Arc<Value>,
    /// `null` without a session.
    pub session: Arc<Value>,
    /// The rows of the tracks.
    pub tracks: Arc<Value>,
    /// As of the moment when it last changed; see [`Shown::transport_at`].
    pub transport: Arc<Value>,
    /// Newest first.
    pub jobs: Arc<Value>,
    /// Sessions that interrupted bounces left changed.
    pub leases: Arc<Value>,
    /// Lines that were ever logged.
    pub logged: u64,
    /// When the first of these states was made, milliseconds since 1970.
    pub since_ms: u64,
    seen: Seen,
}

/// What the sections were made from.
#[derive(Debug, Default)]
struct Seen {
    tracks: Arc<Vec<Track>>,
    stem_of: Arc<HashMap<TrackId, Vec<String>>>,
    transport: Option<(SessionInfo, Transport)>,
    jobs: Vec<(JobId, JobState)>,
}

impl Shown {
    pub fn new(state: &State, now: Now) -> Self {
        let nothing = Self {
            seq: 0,
            connection: Arc::default(),
            session: Arc::default(),
            tracks: Arc::default(),
            transport: Arc::default(),
            jobs: Arc::default(),
            leases: Arc::default(),
            logged: 0,
            since_ms: now.unix_ms,
            seen: Seen::default(),
        };
        let first = nothing.next(state, now, false).unwrap_or(nothing);
        Self {
            // A number of an earlier run of the program is always smaller.
            seq: now.unix_ms.saturating_mul(1000).max(1),
            ..first
        }
    }

    /// What is shown after a change; `None` when everything looks the same. The progress of jobs
    /// stays as it is when it may be held.
    pub fn next(&self, state: &State, now: Now, holds_progress: bool) -> Option<Self> {
        let marks = marks(state);
        let holds_progress = holds_progress && marks == self.seen.jobs;
        let session = state.session.as_ref();
        let (tracks, seen) = self.tracks(state);
        let transport = session.map(|session| (session.info.clone(), session.transport));
        let next = Self {
            seq: self.seq + 1,
            connection: keep(&self.connection, shape::connection(state)),
            session: keep(&self.session, session.map_or(Value::Null, shape::session)),
            tracks,
            transport: if transport == self.seen.transport && self.seq > 0 {
                Arc::clone(&self.transport)
            } else {
                let made = session.map(|session| shape::transport(session, now));
                keep(&self.transport, made.unwrap_or_default())
            },
            jobs: match holds_progress {
                true => Arc::clone(&self.jobs),
                false => keep(&self.jobs, jobs(state)),
            },
            leases: keep(&self.leases, json!(state.open_leases.len())),
            logged: state.logged,
            since_ms: self.since_ms,
            seen: Seen {
                transport,
                jobs: marks,
                ..seen
            },
        };
        (self.seq == 0 || self.differs(&next)).then_some(next)
    }

    fn differs(&self, other: &Self) -> bool {
        let mut pairs = self.sections().into_iter().zip(other.sections());
        self.logged != other.logged
            || pairs.any(|((_, ours), (_, theirs))| !Arc::ptr_eq(ours, theirs))
    }

    /// The state that a job was in.
    pub fn job_state(&self, id: JobId) -> Option<JobState> {
        let mut jobs = self.seen.jobs.iter();
        jobs.find(|(known, _)| *known == id)
            .map(|(_, state)| *state)
    }

    /// Whether the same jobs are in the same states.
    pub fn has_same_jobs(&self, other: &Self) -> bool {
        self.seen.jobs == other.seen.jobs
    }

    fn tracks(&self, state: &State) -> (Arc<Value>, Seen) {
        let session = state.session.as_ref();
        let rows = session.map_or_else(Arc::default, |session| Arc::clone(&session.tracks));
        let same_rows = Arc::ptr_eq(&rows, &self.seen.tracks) || rows == self.seen.tracks;
        if same_rows && state.stem_of == *self.seen.stem_of && self.seq > 0 {
            let seen = Seen {
                tracks: rows,
                stem_of: Arc::clone(&self.seen.stem_of),
                ..Seen::default()
            };
            return (Arc::clone(&self.tracks), seen);
        }
        let mut whole = shape::tracks(state);
        let value = whole.get_mut("tracks").map(Value::take);
        let seen = Seen {
            tracks: rows,
            stem_of: Arc::new(state.stem_of.clone()),
            ..Seen::default()
        };
        (keep(&self.tracks, value.unwrap_or_default()), seen)
    }

    /// The names of the sections with their values.
    pub fn sections(&self) -> [(&'static str, &Arc<Value>); 6] {
        [
            ("connection", &self.connection),
            ("session", &self.session),
            ("tracks", &self.tracks),
            ("transport", &self.transport),
            ("jobs", &self.jobs),
            ("open_leases", &self.leases),
        ]
    }

    /// Everything in one object.
    pub fn whole(&self) -> Value {
        let mut map = Map::new();
        map.insert("schema".to_owned(), json!(shape::SCHEMA));
        map.insert("seq".to_owned(), json!(self.seq));
        for (name, value) in self.sections() {
            map.insert(name.to_owned(), Value::clone(value));
        }
        Value::Object(map)
    }

    /// The transport at this moment: its position runs while it plays.
    pub fn transport_at(&self, now: Now) -> Option<Value> {
        let (info, transport) = self.seen.transport.as_ref()?;
        Some(shape::transport_of(info, transport, now))
    }

    /// Whether Pro Tools answers.
    pub fn is_connected(&self) -> bool {
        self.connection.get("connected") == Some(&Value::Bool(true))
    }
}

fn marks(state: &State) -> Vec<(JobId, JobState)> {
    let jobs = state.jobs.jobs().iter();
    jobs.map(|job| (job.id, job.state)).collect()
}

fn jobs(state: &State) -> Value {
    state.jobs.jobs().iter().rev().map(shape::job).collect()
}

/// The old value where it is equal: nobody needs to be told.
fn keep(old: &Arc<Value>, new: Value) -> Arc<Value> {
    if **old == new {
        Arc::clone(old)
    } else {
        Arc::new(new)
    }
}

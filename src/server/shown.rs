//! The state as clients see it, in sections that are made anew only when they change.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::app::{State, shape};
use crate::model::{Now, SessionInfo, Track, TrackId, Transport};

/// The whole state under one number.
#[derive(Debug)]
pub struct Shown {
    /// Grows with every change.
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
    seen: Seen,
}

/// What the sections were made from.
#[derive(Debug, Default)]
struct Seen {
    tracks: Arc<Vec<Track>>,
    stem_of: Arc<HashMap<TrackId, Vec<String>>>,
    transport: Option<(SessionInfo, Transport)>,
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
            seen: Seen::default(),
        };
        nothing.next(state, now).unwrap_or(nothing)
    }

    /// What is shown after a change; `None` when everything looks the same.
    pub fn next(&self, state: &State, now: Now) -> Option<Self> {
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
            jobs: keep(&self.jobs, jobs(state)),
            leases: keep(&self.leases, json!(state.open_leases.len())),
            seen: Seen { transport, ..seen },
        };
        (self.seq == 0 || self.differs(&next)).then_some(next)
    }

    fn differs(&self, other: &Self) -> bool {
        let mut pairs = self.sections().into_iter().zip(other.sections());
        pairs.any(|((_, ours), (_, theirs))| !Arc::ptr_eq(ours, theirs))
    }

    fn tracks(&self, state: &State) -> (Arc<Value>, Seen) {
        let rows = state.session.as_ref().map_or(&[][..], |s| &s.tracks);
        let same = *rows == **self.seen.tracks && state.stem_of == *self.seen.stem_of;
        if same && self.seq > 0 {
            let seen = Seen {
                tracks: Arc::clone(&self.seen.tracks),
                stem_of: Arc::clone(&self.seen.stem_of),
                transport: None,
            };
            return (Arc::clone(&self.tracks), seen);
        }
        let mut whole = shape::tracks(state);
        let value = whole.get_mut("tracks").map(Value::take);
        let seen = Seen {
            tracks: Arc::new(rows.to_vec()),
            stem_of: Arc::new(state.stem_of.clone()),
            transport: None,
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

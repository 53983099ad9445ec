//! What has happened between two states, as messages. PURE: every message is made once, whoever
//! listens.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};

use super::shown::Shown;
use crate::app::{State, shape};
use crate::model::job::JobState;
use crate::model::{Job, Now};

/// What clients can choose among: the sections of the state, and the log.
pub const TOPICS: [&str; 7] = [
    "connection",
    "session",
    "tracks",
    "transport",
    "jobs",
    "open_leases",
    "log",
];

/// A choice of [`TOPICS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topics(u8);

impl Topics {
    pub const ALL: Self = Self((1 << TOPICS.len()) - 1);

    /// Of a list with commas; nothing means everything. The error is the word that is none of them.
    pub fn parse(list: &str) -> Result<Self, String> {
        let words = list.split(',').map(str::trim).filter(|w| !w.is_empty());
        let chosen = words.map(|word| Self::one(word).ok_or_else(|| word.to_owned()));
        let bits = chosen.collect::<Result<Vec<Self>, String>>()?;
        match bits.iter().fold(0, |all, one| all | one.0) {
            0 => Ok(Self::ALL),
            bits => Ok(Self(bits)),
        }
    }

    fn one(word: &str) -> Option<Self> {
        let place = TOPICS.iter().position(|topic| *topic == word)?;
        Some(Self(1 << place))
    }

    pub fn has(self, topic: &str) -> bool {
        Self::one(topic).is_some_and(|one| self.0 & one.0 != 0)
    }
}

/// A message to everybody who listens to its topic.
#[derive(Debug)]
pub struct Bulletin {
    pub seq: u64,
    pub topic: &'static str,
    /// JSON.
    pub text: Utf8Bytes,
}

/// A message as it goes over the wire.
pub fn message(kind: &str, seq: u64, data: &Value) -> Utf8Bytes {
    let value = json!({ "type": kind, "seq": seq, "data": data });
    value.to_string().into()
}

/// The state as it is now: the chosen sections, and the last lines of the log.
pub fn whole(shown: &Shown, topics: Topics, log: Vec<Value>, now: Now) -> Utf8Bytes {
    let mut state = shown.whole();
    if let Value::Object(map) = &mut state {
        let transport = shown.transport_at(now).unwrap_or_default();
        map.insert("transport".to_owned(), transport);
        map.retain(|name, _| topics.has(name) || name == "schema" || name == "seq");
    }
    let mut data = json!({ "state": state });
    if let (true, Value::Object(map)) = (topics.has("log"), &mut data) {
        map.insert("log".to_owned(), Value::Array(log));
    }
    message("status", shown.seq, &data)
}

/// What is told of a change, numbered from `before` on. Never empty where the two differ.
pub fn between(before: &Shown, after: &Shown, state: &State) -> Vec<Bulletin> {
    let mut told = Telling {
        seq: before.seq,
        bulletins: Vec::new(),
    };
    let pairs = before.sections().into_iter().zip(after.sections());
    for ((name, old), (_, new)) in pairs {
        if Arc::ptr_eq(old, new) {
            continue;
        }
        if name == "jobs" && before.has_same_jobs(after) {
            let data = json!({ "patch": patch(name, old, new), "jobs": under_way(state) });
            told.add("progress", name, &data);
        } else {
            told.add("status", name, &json!({ "patch": patch(name, old, new) }));
        }
    }
    for job in ended(before, after, state) {
        let kind = match job.state {
            JobState::Done => "complete",
            _ => "error",
        };
        told.add(kind, "jobs", &end(job));
    }
    for line in new_lines(before.logged, state) {
        told.add("log", "log", &line);
    }
    told.bulletins
}

struct Telling {
    seq: u64,
    bulletins: Vec<Bulletin>,
}

impl Telling {
    fn add(&mut self, kind: &str, topic: &'static str, data: &Value) {
        self.seq += 1;
        self.bulletins.push(Bulletin {
            seq: self.seq,
            topic,
            text: message(kind, self.seq, data),
        });
    }
}

/// RFC 6902 on the whole state. A section whose changes are longer than itself is replaced.
fn patch(section: &str, old: &Value, new: &Value) -> Value {
    let path = format!("/{section}");
    let replaced = json!([{ "op": "replace", "path": path, "value": new }]);
    // A position that runs is not in the state: only whole does the section make sense.
    if section == "transport" {
        return replaced;
    }
    let Ok(mut steps) = serde_json::to_value(json_patch::diff(old, new)) else {
        return replaced;
    };
    for step in steps.as_array_mut().into_iter().flatten() {
        if let Some(Value::String(below)) = step.get_mut("path") {
            below.insert_str(0, &path);
        }
    }
    if steps.to_string().len() < replaced.to_string().len() {
        steps
    } else {
        replaced
    }
}

/// How far the jobs are that are not over.
fn under_way(state: &State) -> Vec<Value> {
    let jobs = state.jobs.jobs().iter().filter(|job| !job.state.is_over());
    jobs.map(|job| {
        let whole = shape::job(job);
        let fields = [
            "id",
            "state",
            "progress",
            "estimated_time_remaining",
            "rate",
        ];
        let fields = fields.map(|name| {
            (
                name.to_owned(),
                whole.get(name).cloned().unwrap_or_default(),
            )
        });
        Value::Object(fields.into_iter().collect())
    })
    .collect()
}

/// Jobs that were under way, or unknown and begun since, and are over.
fn ended<'a>(
    before: &'a Shown,
    after: &'a Shown,
    state: &'a State,
) -> impl Iterator<Item = &'a Job> {
    let is_news = !before.has_same_jobs(after);
    let jobs = state.jobs.jobs().iter().filter(move |_| is_news);
    jobs.filter(|job| {
        job.state.is_over()
            && match before.job_state(job.id) {
                Some(state) => !state.is_over(),
                None => job.created_ms >= before.since_ms,
            }
    })
}

/// A job that is over, with what it came to.
fn end(job: &Job) -> Value {
    let mut value = shape::job(job);
    if let (Value::Object(map), Some(report)) = (&mut value, &job.report) {
        map.insert("report".to_owned(), shape::report(report));
    }
    value
}

/// The lines of the log behind the first `known`.
pub fn new_lines(known: u64, state: &State) -> impl Iterator<Item = Value> {
    let new = usize::try_from(state.logged.saturating_sub(known)).unwrap_or(usize::MAX);
    let skipped = state.log.len().saturating_sub(new);
    state.log.iter().skip(skipped).map(shape::log_line)
}

//! Who is told what has happened: a bounded queue a listener, a short history for those who come
//! back, and the newest state for everybody. Who does not keep up is let go; nobody waits for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::news::{self, Bulletin, Topics};
use super::shown::Shown;
use crate::app::State;
use crate::model::Now;

/// Listeners at most.
const SEATS: usize = 512;
/// Messages that may wait for one listener.
const QUEUE: usize = 256;
/// Messages and bytes of the history.
const HISTORY: usize = 1024;
const HISTORY_BYTES: usize = 4 << 20;
/// Lines of the log that a newcomer is given.
const LOG: usize = 100;
/// History is made for so long after the last listener has gone.
const MEMORY: Duration = Duration::from_secs(120);

/// Tells, and lets listen. Clones share it.
#[derive(Clone)]
pub struct Feed {
    inner: Arc<Mutex<Inner>>,
    shown: watch::Sender<Arc<Shown>>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Inner {
    lines: Vec<Line>,
    history: VecDeque<Arc<Bulletin>>,
    bytes: usize,
    log: VecDeque<Value>,
    /// When somebody last listened.
    heard: Option<Instant>,
}

/// The feed's end of a listener.
struct Line {
    topics: Topics,
    queue: mpsc::Sender<Arc<Bulletin>>,
    overflow: CancellationToken,
}

/// A listener's end.
pub struct Seat {
    pub topics: Topics,
    /// The number of what it was last told.
    pub seq: u64,
    /// What it is to be told before anything else.
    pub first: Vec<Utf8Bytes>,
    pub news: mpsc::Receiver<Arc<Bulletin>>,
    /// It has not kept up: nothing more will come.
    pub overflow: CancellationToken,
    /// The server is ending.
    pub stop: CancellationToken,
}

impl Feed {
    pub fn new(state: &State, now: Now, stop: CancellationToken) -> Self {
        let inner = Inner {
            log: last(news::new_lines(0, state).collect()),
            ..Inner::default()
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            shown: watch::Sender::new(Arc::new(Shown::new(state, now))),
            stop,
        }
    }

    pub fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.borrow())
    }

    pub fn watch(&self) -> watch::Receiver<Arc<Shown>> {
        self.shown.subscribe()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        let inner = self.lock();
        let lines = inner.lines.iter();
        lines.filter(|line| !line.queue.is_closed()).count()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what is new, and tells it to those who listen.
    pub fn tell(&self, mut next: Shown, state: &State) {
        let mut inner = self.lock();
        let before = self.shown();
        inner.log.extend(news::new_lines(before.logged, state));
        inner.log = last(std::mem::take(&mut inner.log));
        if inner.is_heard() {
            for bulletin in news::between(&before, &next, state) {
                next.seq = bulletin.seq;
                inner.send(Arc::new(bulletin));
            }
        } else {
            inner.history.clear();
            inner.bytes = 0;
        }
        self.shown.send_replace(Arc::new(next));
    }

    /// Takes a seat. Whoever has been told everything up to `since` is told what came after it, if
    /// that is still known; anybody else the whole state. `None` when all seats are taken.
    pub fn listen(&self, topics: Topics, since: Option<u64>, now: Now) -> Option<Seat> {
        self.seat(&mut self.lock(), topics, since, now)
    }

    /// Gives a seat for one of other topics, without anybody seeing the listener gone. `None` when
    /// it had not kept up.
    pub fn change(&self, seat: &mut Seat, topics: Topics, now: Now) -> Option<()> {
        let mut inner = self.lock();
        if seat.overflow.is_cancelled() {
            return None;
        }
        seat.news.close();
        *seat = self.seat(&mut inner, topics, None, now)?;
        Some(())
    }

    fn seat(
        &self,
        inner: &mut Inner,
        topics: Topics,
        since: Option<u64>,
        now: Now,
    ) -> Option<Seat> {
        inner.lines.retain(|line| !line.queue.is_closed());
        if inner.lines.len() >= SEATS {
            return None;
        }
        let shown = self.shown();
        let missed = since.and_then(|since| inner.missed(since, &shown, topics));
        let first = match missed {
            Some(missed) => missed,
            None => {
                let log = inner.log.iter().cloned().collect();
                vec![news::whole(&shown, topics, log, now)]
            }
        };
        let (queue, news) = mpsc::channel(QUEUE);
        let overflow = CancellationToken::new();
        inner.lines.push(Line {
            topics,
            queue,
            overflow: overflow.clone(),
        });
        inner.heard = Some(Instant::now());
        Some(Seat {
            topics,
            seq: shown.seq,
            first,
            news,
            overflow,
            stop: self.stop.clone(),
        })
    }
}

impl Inner {
    fn is_heard(&mut self) -> bool {
        self.lines.retain(|line| !line.queue.is_closed());
        if !self.lines.is_empty() {
            self.heard = Some(Instant::now());
        }
        self.heard.is_some_and(|heard| heard.elapsed() < MEMORY)
    }

    fn send(&mut self, bulletin: Arc<Bulletin>) {
        self.lines.retain(|line| {
            if !line.topics.has(bulletin.topic) {
                return true;
            }
            let has_room = line.queue.try_send(Arc::clone(&bulletin)).is_ok();
            if !has_room {
                line.overflow.cancel();
            }
            has_room
        });
        self.bytes += bulletin.text.len();
        self.history.push_back(bulletin);
        while self.history.len() > HISTORY || self.bytes > HISTORY_BYTES {
            let Some(oldest) = self.history.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.len();
        }
    }

    /// What was told after `since`, behind a message that says so; `None` when it is not known.
    fn missed(&self, since: u64, shown: &Shown, topics: Topics) -> Option<Vec<Utf8Bytes>> {
        let oldest = self.history.front().map_or(shown.seq + 1, |b| b.seq);
        let is_known = since.saturating_add(1) >= oldest && since <= shown.seq;
        is_known.then(|| {
            let later = self.history.iter().filter(|b| b.seq > since);
            let chosen = later.filter(|bulletin| topics.has(bulletin.topic));
            let hello = news::message("status", since, &serde_json::json!({ "patch": [] }));
            std::iter::once(hello)
                .chain(chosen.map(|bulletin| bulletin.text.clone()))
                .collect()
        })
    }
}

fn last(mut lines: VecDeque<Value>) -> VecDeque<Value> {
    let surplus = lines.len().saturating_sub(LOG);
    lines.drain(..surplus);
    lines
}

//! How often each command of Pro Tools was called, and how long it took. One table a program run,
//! handed to whoever calls and to whoever tells.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// Seconds, from a poll on the same machine to a long bounce.
const BUCKETS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallLabels {
    pub command: String,
}

/// Calls that may wait for one who listens; who is later misses some.
const ROOM: usize = 256;

/// A call that is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Call {
    pub command: String,
    pub is_ok: bool,
    pub took: Duration,
}

/// The table. Clones share it.
#[derive(Debug, Clone)]
pub struct Calls {
    pub seconds: Family<CallLabels, Histogram, fn() -> Histogram>,
    pub failures: Family<CallLabels, Counter>,
    told: broadcast::Sender<Call>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            seconds: Family::new_with_constructor(histogram),
            failures: Family::default(),
            told: broadcast::Sender::new(ROOM),
        }
    }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Calls {
    /// Those that are counted from now on.
    pub fn listen(&self) -> broadcast::Receiver<Call> {
        self.told.subscribe()
    }

    /// Counts one that is over.
    pub fn count(&self, command: &str, is_ok: bool, took: Duration) {
        let labels = CallLabels {
            command: command.to_owned(),
        };
        let seconds = self.seconds.get_or_create(&labels);
        seconds.observe(took.as_secs_f64());
        drop(seconds);
        if !is_ok {
            self.failures.get_or_create(&labels).inc();
        }
        // Nobody may listen.
        let _ = self.told.send(Call {
            command: labels.command,
            is_ok,
            took,
        });
    }
}

//! Time as a dependency: the system's clock, and one that tests move by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::model::Now;

/// Something that knows what time it is.
pub trait Clock: Send + Sync + 'static {
    /// Monotonic and wall time, read together.
    fn now(&self) -> Now;
}

/// `YYYY-MM-DD` where this machine is.
pub fn local_date(unix_ms: u64) -> String {
    local(unix_ms).strftime("%Y-%m-%d").to_string()
}

/// RFC 3339 in UTC, whole seconds.
pub fn utc_text(unix_ms: u64) -> String {
    timestamp(unix_ms / 1000 * 1000).to_string()
}

fn timestamp(unix_ms: u64) -> jiff::Timestamp {
    i64::try_from(unix_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .unwrap_or_default()
}

fn local(unix_ms: u64) -> jiff::Zoned {
    timestamp(unix_ms).to_zoned(jiff::tz::TimeZone::system())
}

/// The clock of the machine.
#[derive(Debug, Clone)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let unix_ms = u64::try_from(unix.as_millis()).unwrap_or(u64::MAX);
        Now {
            mono_us: u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX),
            unix_ms,
            offset_s: local(unix_ms).offset().seconds(),
        }
    }
}

/// A clock that stands still until it is moved. Clones share their time.
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    micros: Arc<AtomicU64>,
}

impl ManualClock {
    /// Moves the time forward by `micros` microseconds.
    pub fn advance_micros(&self, micros: u64) {
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Now {
        let mono_us = self.micros.load(Ordering::SeqCst);
        Now {
            mono_us,
            unix_ms: 1_750_000_000_000 + mono_us / 1000,
            offset_s: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_at_the_edges() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_795_380_300, "2026-11-22T20:45:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc_text(unix * 1000), text);
        }
    }
}

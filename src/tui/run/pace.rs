//! What paces the loop: at most one frame a slot, and the moments at which it wakes without an event.
//! Where nothing is due there is no timer. Pure.

use std::time::Duration;

use crate::app::State;
use crate::model::LinkPhase;
use crate::tui::panes;
use crate::tui::style::Look;

/// When to draw and when to wake, in microseconds of the loop's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Something may look different.
    dirty: bool,
    /// No frame before this moment.
    next_frame_us: u64,
    /// When a sequence of keys that has begun is given up.
    pub keys_end_us: Option<u64>,
}

impl Default for Pace {
    /// The first frame is due at once.
    fn default() -> Self {
        Self {
            dirty: true,
            next_frame_us: 0,
            keys_end_us: None,
        }
    }
}

impl Pace {
    /// Something may look different: a frame is due in the next slot.
    pub fn touch(&mut self) {
        self.dirty = true;
    }

    /// Whether a frame is to be drawn now; then its slot of `frame_us` is taken.
    pub fn take_slot(&mut self, now_us: u64, frame_us: u64) -> bool {
        let is_due = self.dirty && now_us >= self.next_frame_us;
        if is_due {
            self.dirty = false;
            self.next_frame_us = now_us + frame_us;
        }
        is_due
    }

    /// How long to wait without an event; `None` waits for ever. `change_us` is when the picture
    /// changes by itself.
    pub fn wait(&self, now_us: u64, change_us: Option<u64>) -> Option<Duration> {
        let frame = self.dirty.then_some(self.next_frame_us);
        let deadline = [frame, self.keys_end_us, change_us]
            .into_iter()
            .flatten()
            .min()?;
        Some(Duration::from_micros(deadline.saturating_sub(now_us)))
    }
}

/// The next moment at which the picture changes by itself.
pub fn next_change(state: &State, look: &Look) -> Option<u64> {
    let now = state.now.mono_us;
    let toast = state.ui.toast.as_ref().map(|toast| toast.until_us);
    let step = if look.animated { 100_000 } else { 1_000_000 };
    let counter = panes::transport::is_moving(state).then_some(now + step);
    let waveform = state.overviews.due_us;
    let seconds = match state.link.phase {
        LinkPhase::Waiting { .. } | LinkPhase::Stale { .. } | LinkPhase::Blocked { .. } => {
            Some(now + 1_000_000)
        }
        _ => state.link.work.as_ref().map(|_| now + 1_000_000),
    };
    [toast, counter, waveform, seconds]
        .into_iter()
        .flatten()
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u64 = 1_000_000 / 30;

    #[test]
    fn frames_keep_their_distance_and_rest_has_no_timer() {
        let mut pace = Pace::default();
        assert!(pace.take_slot(0, FRAME), "the first frame is due at once");
        assert_eq!(pace.wait(0, None), None, "nothing moves, nothing wakes");
        pace.touch();
        assert!(!pace.take_slot(FRAME - 1, FRAME), "the slot has not come");
        assert_eq!(pace.wait(FRAME - 1, None), Some(Duration::from_micros(1)));
        assert!(pace.take_slot(FRAME, FRAME));
        assert!(!pace.take_slot(10 * FRAME, FRAME), "nothing has changed");
    }

    #[test]
    fn the_nearest_of_frame_keys_and_change_wakes() {
        let mut pace = Pace::default();
        assert!(pace.take_slot(0, 1_000_000));
        pace.touch();
        for (keys, change, wait) in [
            (None, None, 1_000_000),
            (Some(400_000), None, 400_000),
            (Some(400_000), Some(100_000), 100_000),
            (Some(0), Some(100_000), 0),
        ] {
            pace.keys_end_us = keys;
            let found = pace.wait(0, change);
            assert_eq!(
                found,
                Some(Duration::from_micros(wait)),
                "{keys:?} {change:?}"
            );
        }
    }
}

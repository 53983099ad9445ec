//! Ways out: quit with a question while jobs wait or run, and Ctrl-C.

use crate::action::Action;
use crate::app::wire::Seat;
use crate::app::{Effect, State};

use super::notices::{self, count};
use super::overlays;
use crate::app::state::Severity;

/// A second Ctrl-C within this time quits.
const TWICE_US: u64 = 1_000_000;

/// Quits; asks first while jobs of this program run or wait.
pub fn quit(state: &mut State, confirmed: bool, out: &mut Vec<Effect>) {
    let running = state.own_jobs().filter(|job| job.has_begun()).count();
    let queued = state
        .own_jobs()
        .filter(|job| job.state == crate::model::JobState::Queued)
        .count();
    let handed = match state.link.seat {
        Seat::Own => state.handed,
        Seat::Guest { .. } => 0,
    };
    if running + queued + handed > 0 && state.config.confirm.quit_with_jobs && !confirmed {
        let mut details = Vec::new();
        if handed > 0 && running == 0 {
            let text = "What was just confirmed begins, is cancelled, and the session put back.";
            details.push(text.to_owned());
        }
        if running > 0 {
            details.push("The running job is cancelled and the session put back.".to_owned());
        }
        if queued > 0 {
            details.push(format!("{} held for the next time.", count(queued, "job")));
        }
        overlays::question(
            state,
            "Quit while jobs run?".to_owned(),
            details,
            Action::Quit,
        );
        return;
    }
    state.quitting = true;
    out.push(Effect::Quit);
}

/// The first press steps out of what is open, the second within a second quits like `q`.
pub fn interrupt(state: &mut State, out: &mut Vec<Effect>) {
    let now = state.now.mono_us;
    let last = state.ui.interrupted_us.replace(now);
    if last.is_some_and(|last| now.saturating_sub(last) < TWICE_US) {
        state.ui.interrupted_us = None;
        return quit(state, false, out);
    }
    overlays::back(state);
    notices::toast(state, Severity::Info, "Ctrl-C again quits");
}

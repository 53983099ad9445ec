//! The worst places of a failed sum: stepping through them, and Pro Tools' selection moved there.

use super::{available, notices, tracks};
use crate::app::Effect;
use crate::app::state::{Overlay, Pane, Severity, State};
use crate::error::ErrorKind;
use crate::model::job::Place;
use crate::model::{Job, Range};
use crate::ptsl::request::Request;

impl State {
    /// The worst places of the job whose details are open, the worst first; empty where there are none.
    pub fn places(&self) -> &[Place] {
        let is_open = matches!(self.ui.overlay, Some(Overlay::Inspector { .. }));
        match self.job_under_cursor() {
            Some(job) if is_open && self.ui.focus == Pane::Jobs => worst(job),
            _ => &[],
        }
    }

    /// Which of a job's worst places is looked at.
    pub fn place(&self, job: &Job) -> Option<usize> {
        let (id, at) = self.ui.place?;
        (id == job.id && at < worst(job).len()).then_some(at)
    }

    fn job_under_cursor(&self) -> Option<&Job> {
        let at = self.index_under_cursor(Pane::Jobs)?;
        self.jobs.jobs().get(at)
    }
}

/// The worst places of a job's proof, the worst first.
pub fn worst(job: &Job) -> &[Place] {
    let residual = job.report.as_ref().and_then(|r| r.proof.residual.as_ref());
    residual.map_or(&[], |residual| &residual.worst)
}

/// To the next or previous of the worst places, around the ends. `false` where there are none.
pub fn step(state: &mut State, forward: bool) -> bool {
    let count = state.places().len();
    let Some(job) = state.job_under_cursor().filter(|_| count > 0) else {
        return false;
    };
    let next = match state.place(job) {
        None if forward => 0,
        None => count - 1,
        Some(at) if forward => (at + 1) % count,
        Some(at) => (at + count - 1) % count,
    };
    state.ui.place = Some((job.id, next));
    true
}

/// Moves Pro Tools' selection to the place that is looked at, the worst at first, half a second to
/// either side. `false` where there is none.
pub fn select(state: &mut State, out: &mut Vec<Effect>) -> bool {
    let place = state.job_under_cursor().and_then(|job| {
        let at = state.place(job).unwrap_or(0);
        Some((job, state.places().get(at)?))
    });
    let Some((job, place)) = place else {
        return false;
    };
    let plan = &job.plan;
    let around = i64::from(plan.sample_rate / 2);
    let sample = plan.sample_at(place.frame);
    let range = Range::new(sample.saturating_sub(around).max(0), sample + around);
    let open = state.session.as_ref().map(|session| &session.info);
    let is_other =
        open.is_some_and(|open| (&open.name, &open.path) != (&plan.session, &plan.session_path));
    if let Some(fault) = available::place_refusal(state) {
        notices::refuse(state, fault.kind, fault.message);
    } else if is_other {
        let text = format!(
            "the place is in '{}', and another session is open",
            plan.session
        );
        notices::refuse(state, ErrorKind::Usage, text);
    } else {
        let text = format!(
            "selects {} to {}",
            plan.ruler.timecode_at(range.start),
            plan.ruler.timecode_at(range.end)
        );
        tracks::ask(state, Request::SetSelection(range), "select the place", out);
        notices::toast(state, Severity::Info, &text);
    }
    true
}

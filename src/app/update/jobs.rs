//! The queue as seen and touched from here.

use crate::action::Action;
use crate::app::state::{Pane, Severity};
use crate::app::{Effect, State};
use crate::jobs::queue::JobCommand;
use crate::model::job::{Report, Verdict};
use crate::model::link::Fault;
use crate::model::stem::EngineKind;
use crate::model::{Job, JobEvent, JobId, JobState, Level};

use super::notices::{self, count};
use super::{overlays, planning};

/// What is wanted of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Cancel,
    Pause,
    Retry,
    Remove,
    Up,
    Down,
    Show,
}

impl Wish {
    fn fits(self, state: &State, job: &Job) -> bool {
        match self {
            Self::Cancel => !job.state.is_over(),
            Self::Pause => match job.state {
                JobState::Queued | JobState::Paused => true,
                JobState::Running => job.plan.engine == EngineKind::Render,
                _ => false,
            },
            Self::Retry => job.state.is_over() && job.state != JobState::Done,
            Self::Remove => job.state.is_over(),
            Self::Up => state.jobs.can_move(job.id, false),
            Self::Down => state.jobs.can_move(job.id, true),
            Self::Show => true,
        }
    }

    fn reason(self, job: &Job) -> String {
        let state = job.state.word();
        match self {
            Self::Cancel => format!("job {} is {state} already", job.id),
            Self::Pause if job.state == JobState::Running => format!(
                "job {} is bouncing and holds Pro Tools' solo and mute: it can be cancelled, not paused",
                job.id
            ),
            Self::Pause if job.state == JobState::Verifying => {
                format!("job {} is being checked and nearly over", job.id)
            }
            Self::Up | Self::Down if !job.is_waiting() => {
                format!("job {} is {state}: only waiting jobs can be moved", job.id)
            }
            Self::Up => format!("job {} is the first that waits", job.id),
            Self::Down => format!("job {} is the last that waits", job.id),
            Self::Pause => format!("job {} is {state}", job.id),
            Self::Retry if job.state == JobState::Done => {
                format!("job {} is done: print again instead", job.id)
            }
            Self::Retry => format!("job {} is {state}", job.id),
            Self::Remove => format!("job {} is {state}: cancel it first", job.id),
            Self::Show => String::new(),
        }
    }
}

/// The job that a wish is about: the numbered one, the one under the cursor of the job pane, or
/// (from other panes) the one that it fits best. The error says why there is none.
pub fn find(state: &State, number: Option<u32>, wish: Wish) -> Result<&Job, String> {
    let jobs = state.jobs.jobs();
    let job = if let Some(number) = number {
        let job = state.jobs.get(JobId(number));
        job.ok_or_else(|| format!("there is no job {number}"))?
    } else if state.ui.focus == Pane::Jobs {
        let index = state
            .shown(Pane::Jobs)
            .get(state.cursor(Pane::Jobs))
            .copied();
        let job = index.and_then(|index| jobs.get(index));
        job.ok_or_else(|| "there is no job".to_owned())?
    } else {
        let active = state.jobs.active().filter(|job| wish.fits(state, job));
        let job = active.or_else(|| jobs.iter().rev().find(|job| wish.fits(state, job)));
        job.or_else(|| jobs.last())
            .ok_or_else(|| "there is no job".to_owned())?
    };
    if wish.fits(state, job) {
        Ok(job)
    } else {
        Err(wish.reason(job))
    }
}

/// Cancels, after a question when it runs.
pub fn cancel(state: &mut State, number: Option<u32>, confirmed: bool, out: &mut Vec<Effect>) {
    let Ok(job) = find(state, number, Wish::Cancel) else {
        return;
    };
    let (id, title) = (job.id, job.title.clone());
    if job.has_begun() && state.config.confirm.cancel && !confirmed {
        let details = vec![
            "Finished files stay, unfinished ones are removed.".to_owned(),
            "The session is put back as it was.".to_owned(),
        ];
        let question = format!("Cancel job {id}, {title}?");
        overlays::question(state, question, details, Action::Cancel(Some(id.0)));
        return;
    }
    out.push(Effect::Job(JobCommand::Cancel(id)));
}

/// The jobs of this program that wait or run, those that wait first: none starts meanwhile.
pub fn all_open(state: &State) -> Vec<&Job> {
    let open = |job: &&Job| !job.state.is_over() && !job.elsewhere;
    let mut jobs: Vec<&Job> = state.jobs.jobs().iter().filter(open).collect();
    jobs.sort_by_key(|job| job.has_begun());
    jobs
}

/// Cancels all of them, after a question.
pub fn cancel_all(state: &mut State, confirmed: bool, out: &mut Vec<Effect>) {
    let open = all_open(state);
    if confirmed {
        out.extend(
            open.iter()
                .map(|job| Effect::Job(JobCommand::Cancel(job.id))),
        );
        return;
    }
    let number = count(open.len(), "job");
    let mut details: Vec<String> = open
        .iter()
        .take(8)
        .map(|job| format!("job {}, {}: {}", job.id, job.state.word(), job.title))
        .collect();
    if open.len() > details.len() {
        details.push(format!("and {} more", open.len() - details.len()));
    }
    details.push("Finished files stay, and the session is put back as it was.".to_owned());
    overlays::question(
        state,
        format!("Cancel {number}?"),
        details,
        Action::CancelAll,
    );
}

/// Lets a waiting job change places with its neighbour.
pub fn step(state: &State, number: Option<u32>, down: bool, out: &mut Vec<Effect>) {
    let wish = if down { Wish::Down } else { Wish::Up };
    if let Ok(job) = find(state, number, wish) {
        let id = job.id;
        out.push(Effect::Job(JobCommand::Move { id, down }));
    }
}

/// Holds a queued job or a running render, or lets a held one go on.
pub fn pause(state: &State, number: Option<u32>, out: &mut Vec<Effect>) {
    if let Ok(job) = find(state, number, Wish::Pause) {
        let command = if job.state == JobState::Paused {
            JobCommand::Resume(job.id)
        } else {
            JobCommand::Pause(job.id)
        };
        out.push(Effect::Job(command));
    }
}

pub fn retry(state: &State, number: Option<u32>, out: &mut Vec<Effect>) {
    if let Ok(job) = find(state, number, Wish::Retry) {
        out.push(Effect::Job(JobCommand::Retry(job.id)));
    }
}

pub fn remove(state: &State, number: Option<u32>, out: &mut Vec<Effect>) {
    if let Ok(job) = find(state, number, Wish::Remove) {
        out.push(Effect::Job(JobCommand::Remove(job.id)));
    }
}

/// Shows the folder of the job under the cursor in the file pane.
pub fn open_folder(state: &mut State, out: &mut Vec<Effect>) {
    if let Ok(job) = find(state, None, Wish::Show) {
        let dir = job.plan.output.dir.clone();
        super::files::show(state, dir, out);
        state.ui.focus = Pane::Files;
    }
}

/// Follows what the runner tells. The cursor stays at its job, and goes to a new one.
pub fn event(state: &mut State, event: JobEvent, out: &mut Vec<Effect>) {
    let held = job_under_cursor(state);
    state.jobs.apply(&event);
    if let JobEvent::Added(_)
    | JobEvent::Refused(_)
    | JobEvent::Answer {
        outcome: Err(_), ..
    } = &event
    {
        state.handed = state.handed.saturating_sub(1);
    }
    keep_cursor(state, held);
    match event {
        JobEvent::Restored(_) => restored(state),
        JobEvent::Added(job) => {
            let text = format!("job {}: {} queued", job.id, job.title);
            notices::say(state, Severity::Info, &source(job.id), &text);
            keep_cursor(state, Some(job.id));
        }
        JobEvent::State { id, state: now, .. } => {
            let text = format!("{}{}", title(state, id), now.word());
            notices::log(state, Severity::Info, &source(id), &text);
        }
        JobEvent::FileDone { id, file } => {
            let text = format!("{} written", file.path);
            notices::log(state, Severity::Ok, &source(id), &text);
            look_again(state, id, out);
        }
        JobEvent::Finding { id, finding } => {
            let severity = match finding.level {
                Level::Note => Severity::Info,
                Level::Warning => Severity::Warning,
                Level::Error => Severity::Error,
            };
            notices::log(state, severity, &source(id), &finding.text);
        }
        JobEvent::Ended {
            id,
            state: end,
            fault,
            report,
            ..
        } => {
            ended(state, id, end, fault, report.as_deref());
            look_again(state, id, out);
        }
        JobEvent::Cancelling(id) => {
            let text = "cancelling, and putting the session back";
            notices::say(state, Severity::Info, &source(id), text);
        }
        JobEvent::Refused(fault)
        | JobEvent::Answer {
            outcome: Err(fault),
            ..
        } => notices::fail(state, "jobs", fault),
        JobEvent::Answer { .. }
        | JobEvent::Progress { .. }
        | JobEvent::Levels { .. }
        | JobEvent::Moved { .. }
        | JobEvent::Removed(_) => {}
    }
}

fn job_under_cursor(state: &State) -> Option<JobId> {
    let index = *state.shown(Pane::Jobs).get(state.cursor(Pane::Jobs))?;
    state.jobs.jobs().get(index).map(|job| job.id)
}

fn keep_cursor(state: &mut State, held: Option<JobId>) {
    state.relist(Pane::Jobs);
    let row = state.shown(Pane::Jobs).iter().position(|index| {
        let job = state.jobs.jobs().get(*index);
        job.is_some_and(|job| Some(job.id) == held)
    });
    if let Some(row) = row {
        state.ui.cursors.entry(Pane::Jobs).or_default().row = row;
    }
}

fn source(id: JobId) -> String {
    format!("job {id}")
}

fn title(state: &State, id: JobId) -> String {
    let job = state.jobs.get(id);
    job.map_or_else(String::new, |job| format!("{}: ", job.title))
}

fn restored(state: &mut State) {
    state.knows_jobs = true;
    let jobs = state.jobs.jobs();
    let of = |wanted| jobs.iter().filter(|job| job.state == wanted).count();
    let (interrupted, held) = (of(JobState::Interrupted), of(JobState::Paused));
    let mut parts = Vec::new();
    if interrupted > 0 {
        parts.push(format!("{} interrupted", count(interrupted, "job")));
    }
    if held > 0 {
        parts.push(format!("{} held: p resumes", count(held, "job")));
    }
    if !parts.is_empty() {
        let text = parts.join(", ");
        notices::log(state, Severity::Warning, "jobs", &text);
    }
}

fn ended(
    state: &mut State,
    id: JobId,
    end: JobState,
    fault: Option<Fault>,
    report: Option<&Report>,
) {
    let title = title(state, id);
    match (end, fault) {
        (JobState::Done, _) => {
            let files = count(report.map_or(0, |report| report.files.len()), "file");
            let proof = match report.map(|report| report.proof.verdict) {
                Some(Verdict::Pass) => ", the sum is the mix",
                Some(Verdict::Fail) => ", the sum is NOT the mix",
                _ => "",
            };
            let severity = match report.map(|report| report.proof.verdict) {
                Some(Verdict::Fail) => Severity::Warning,
                _ => Severity::Ok,
            };
            let text = format!("{title}{files} printed{proof}");
            notices::say(state, severity, &source(id), &text);
        }
        (_, Some(mut fault)) if end != JobState::Cancelled => {
            fault.message = format!("{title}{}", fault.message);
            notices::fail(state, &source(id), fault);
        }
        _ => {
            let text = format!("{title}{}", end.word());
            notices::say(state, Severity::Warning, &source(id), &text);
        }
    }
}

/// A job has written files: the pane and the plan want to know.
fn look_again(state: &mut State, id: JobId, out: &mut Vec<Effect>) {
    let Some(dir) = state.jobs.get(id).map(|job| job.plan.output.dir.clone()) else {
        return;
    };
    if state.files.dir == dir || state.files.entries.is_empty() {
        super::files::show(state, dir.clone(), out);
    }
    planning::survey(state, dir, out);
}

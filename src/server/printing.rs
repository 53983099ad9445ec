//! Prints as requests ask for them: a plan that is sure to be of the present session, its errors as
//! answers before anything starts, a job in the queue, and its end.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Service;
use super::paths::{self, Purpose};
use super::reply::{Failure, blocking};
use crate::app::JobCommand;
use crate::app::runtime::App;
use crate::model::plan::PlanKind;
use crate::model::text::fit;
use crate::model::{Finding, Job, JobId, JobState, Level, Plan, Session};
use crate::plan::range;
use crate::plan::{Overrides, Source};

/// Jobs that may wait.
const MOST_WAITING: usize = 100;
/// Findings in an answer.
const MOST_FINDINGS: usize = 1000;
/// Seconds of a session at most: what a position may be.
const LONGEST: f64 = 7.0 * 24.0 * 3600.0;
/// A job is followed for as long as it takes.
const LONG: Duration = Duration::from_secs(7 * 24 * 3600);

/// Seconds from the session start, or a timecode.
#[derive(Debug, Clone, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Moment {
    Seconds(f64),
    Timecode(String),
}

/// Which engine makes the files: `auto` renders in the simulator and bounces on a Pro Tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    #[default]
    Auto,
    Bounce,
    Render,
}

impl Engine {
    pub fn kind(self) -> Option<crate::model::stem::EngineKind> {
        use crate::model::stem::EngineKind;
        match self {
            Self::Auto => None,
            Self::Bounce => Some(EngineKind::Bounce),
            Self::Render => Some(EngineKind::Render),
        }
    }
}

/// What is to be printed.
pub struct Order {
    pub source: Source,
    pub overrides: Overrides,
    pub kind: PlanKind,
    /// `{}` stands for the session's name.
    pub title: String,
}

/// A view with the session read whole. Refuses when there is none.
pub async fn view(service: &Service) -> Result<App, Failure> {
    service.ready()?;
    let mut app = service.desk.view().await?;
    let limit = service.timeout.saturating_mul(3);
    app.ready(Some(limit), &CancellationToken::new()).await?;
    Ok(app)
}

/// Refuses when too many jobs wait.
async fn room(service: &Service) -> Result<(), Failure> {
    let waiting = |app: &mut App| {
        let jobs = app.state.jobs.jobs().iter();
        jobs.filter(|job| job.is_waiting()).count()
    };
    if service.desk.with(waiting).await? < MOST_WAITING {
        return Ok(());
    }
    let text = format!("{MOST_WAITING} jobs wait already: cancel some, or try again later");
    let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "queue_full");
    Err(Failure::new(status, code, text))
}

/// The folder that a request names, else the one given, else the output root.
pub async fn output_dir(
    service: &Service,
    field: &'static str,
    named: Option<String>,
) -> Result<PathBuf, Failure> {
    let options = std::sync::Arc::clone(&service.options);
    let named = named.unwrap_or_default();
    let looked = move || paths::resolve(&options, field, &named, Purpose::Write);
    blocking(looked).await
}

/// What would be printed.
pub async fn plan(app: &mut App, order: Order) -> Result<Plan, Failure> {
    let cancel = CancellationToken::new();
    let planned = app.plan(&order.source, order.overrides, order.kind, &cancel);
    Ok(planned.await?)
}

/// Plans and queues. Gives the job's number. Refuses when too many jobs wait.
pub async fn queue(service: &Service, app: &mut App, order: Order) -> Result<JobId, Failure> {
    room(service).await?;
    let title = order.title.clone();
    let plan = plan(app, order).await?;
    refuse_errors(&plan)?;
    let title = title.replace("{}", &fit(&plan.session, 100));
    let dir = plan.output.dir.clone();
    let plan = Box::new(plan);
    // Others have queued theirs meanwhile.
    let _queueing = service.queueing.lock().await;
    room(service).await?;
    // Through the desk: whoever asks for the job next finds it there.
    let submit = JobCommand::Submit {
        title: title.clone(),
        plan,
    };
    let id = service.desk.order(service.timeout, submit).await?;
    tracing::info!(job = id.0, title, dir = %dir.display(), "a print is asked for over HTTP");
    Ok(id)
}

/// Files that exist are a conflict; everything else that is wrong is about the request.
fn refuse_errors(plan: &Plan) -> Result<(), Failure> {
    let errors: Vec<&Finding> = plan
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .collect();
    let Some(first) = errors.first() else {
        return Ok(());
    };
    let (status, code) = match errors.iter().all(|error| is_there(error)) {
        true => (StatusCode::CONFLICT, "exists"),
        false => (StatusCode::UNPROCESSABLE_ENTITY, "plan"),
    };
    let message = match errors.len() {
        1 => first.text.clone(),
        n => format!("{n} errors, the first: {}", first.text),
    };
    let mut failure = Failure::new(status, code, message);
    let shown: Vec<&Finding> = plan.findings.iter().take(MOST_FINDINGS).collect();
    let hints: Vec<&str> = errors.iter().map(|error| error.fix.as_str()).collect();
    failure.details = json!({ "findings": shown, "hints": distinct(hints) });
    Err(failure)
}

fn is_there(finding: &Finding) -> bool {
    matches!(finding.code.as_str(), "file_exists" | "session_audio")
}

fn distinct(mut hints: Vec<&str>) -> Vec<&str> {
    hints.retain(|hint| !hint.is_empty());
    hints.sort_unstable();
    hints.dedup();
    hints.truncate(20);
    hints
}

/// Waits for the end of a job. What did not come to a good end is the error.
pub async fn ended(service: &Service, id: JobId) -> Result<Box<Job>, Failure> {
    let job = service
        .desk
        .until(LONG, move |app| match app.state.jobs.get(id) {
            Some(job) if !job.state.is_over() => None,
            Some(job) => Some(Ok(Some(Box::new(job.clone())))),
            None => Some(Ok(None)),
        })
        .await?;
    let job = job.ok_or_else(|| Failure::missing(format!("job {id} was taken off the list")))?;
    match (job.state, &job.fault) {
        (JobState::Done, _) => Ok(job),
        (JobState::Cancelled, _) => Err(of_job(
            id,
            Failure::new(StatusCode::CONFLICT, "cancelled", "the job was cancelled"),
        )),
        (_, Some(fault)) => Err(of_job(id, Failure::from(fault.clone()))),
        (state, None) => {
            let text = format!("the job ended as {}", state.word());
            Err(of_job(id, Failure::new(StatusCode::CONFLICT, "job", text)))
        }
    }
}

fn of_job(id: JobId, mut failure: Failure) -> Failure {
    if let Some(details) = failure.details.as_object_mut() {
        details.insert("task_id".to_owned(), json!(id.to_string()));
    }
    failure
}

/// The words of a range for what lies between two moments; `None` where none is given. An open start
/// is that of the session, an open end the end of its last clip.
pub fn between(
    session: Option<&Session>,
    start: (&str, Option<&Moment>),
    end: (&str, Option<&Moment>),
) -> Result<Option<String>, Failure> {
    let Some(session) = session.filter(|_| start.1.is_some() || end.1.is_some()) else {
        return Ok(None);
    };
    let from = start.1.map_or(Ok(0), |at| samples(session, start.0, at))?;
    let to = match end.1 {
        Some(at) => samples(session, end.0, at)?,
        None => {
            range::parse("session", session)
                .map_err(crate::error::Error::from)?
                .end
        }
    };
    if to <= from {
        let text = format!("{} does not lie after {}", end.0, start.0);
        return Err(Failure::field(end.0, text));
    }
    Ok(Some(format!("{from}..{to}")))
}

/// Samples from the session start.
fn samples(session: &Session, field: &str, moment: &Moment) -> Result<i64, Failure> {
    let seconds = match moment {
        Moment::Seconds(seconds) => Some(*seconds),
        Moment::Timecode(text) => text.trim().parse::<f64>().ok(),
    };
    let wrong = |why: String| Failure::field(field, format!("{field}: {why}"));
    match (seconds, moment) {
        (Some(seconds), _) if (0.0..=LONGEST).contains(&seconds) => {
            Ok((seconds * f64::from(session.info.sample_rate)).round() as i64)
        }
        (Some(_), _) => Err(wrong(format!("seconds are 0 to {LONGEST}"))),
        (None, Moment::Timecode(text)) => session
            .info
            .ruler
            .parse(text.trim())
            .map_err(|error| wrong(error.to_string())),
        (None, Moment::Seconds(_)) => Err(wrong("is no number".to_owned())),
    }
}

/// Refuses a list or a text that is longer than it may be.
pub fn bounded(field: &str, length: usize, most: usize) -> Result<(), Failure> {
    match length > most {
        true => Err(Failure::field(
            field,
            format!("{field}: {length} are more than {most}"),
        )),
        false => Ok(()),
    }
}

/// Text within a pattern of file names, where braces are tokens.
pub fn plain(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Refuses what is no part of a file name.
pub fn file_part(field: &str, text: &str) -> Result<(), Failure> {
    bounded(field, text.len(), 200)?;
    let is_odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    match text.contains(is_odd) || matches!(text.trim(), "." | "..") {
        true => Err(Failure::field(
            field,
            format!("{field} is no part of a file name"),
        )),
        false => Ok(()),
    }
}

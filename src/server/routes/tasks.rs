//! `/api/v1/export/…` about what was started: a task is a job of the queue, by its number.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::stems::place;
use crate::app::JobCommand;
use crate::clock::utc_text;
use crate::model::job::Stage;
use crate::model::text::fit;
use crate::model::{Job, JobId, JobState};
use crate::server::Service;
use crate::server::body::Named;
use crate::server::reply::{Done, ErrorBody, Failure, Reply, envelope};

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(tasks))
        .routes(routes!(stop))
        .routes(routes!(remove))
}

/// Where a task stands.
#[derive(serde::Serialize, ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)]
enum TaskWord {
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// What a task came to.
#[derive(serde::Serialize, ToSchema)]
#[allow(dead_code)]
struct TaskResult {
    success: bool,
    /// Whole paths.
    exported_files: Vec<String>,
    /// Names of what was not printed.
    failed_snapshots: Vec<String>,
    /// Seconds that it took.
    total_duration: f64,
    error_message: Option<String>,
}

/// A task.
#[derive(serde::Serialize, ToSchema)]
#[allow(dead_code)]
struct TaskBody {
    task_id: String,
    title: String,
    status: TaskWord,
    /// 0 to 100; 100 only when it is done.
    progress: f64,
    /// The one that is printed now, from 1; 0 before the first.
    current_snapshot: u64,
    total_snapshots: u64,
    current_snapshot_name: Option<String>,
    /// Seconds; null where it is not known.
    estimated_time_remaining: Option<f64>,
    /// RFC 3339.
    created_at: String,
    started_at: Option<String>,
    completed_at: Option<String>,
    /// Null until it has ended.
    result: Option<TaskResult>,
}

/// A task, twice: clients look in either place.
#[derive(serde::Serialize, ToSchema)]
#[allow(dead_code)]
struct StatusBody {
    success: bool,
    message: String,
    timestamp: String,
    data: TaskBody,
    #[serde(flatten)]
    same: TaskBody,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct TasksBody {
    success: bool,
    message: String,
    timestamp: String,
    /// Newest first.
    tasks: Vec<TaskBody>,
    total_count: u64,
}

/// How far a task is.
#[utoipa::path(get, path = "/api/v1/export/status/{task_id}", tag = "print",
    params(("task_id" = String, Path, description = "As the request that started it was told")),
    responses(
        (status = 200, description = "The task", body = StatusBody),
        (status = "4XX", description = "There is no such task", body = ErrorBody),
        (status = 503, description = "The server is ending", body = ErrorBody),
    ))]
async fn status(State(service): State<Service>, Named(id): Named<String>) -> Reply<Value> {
    let id = number(&id)?;
    let task = find(&service, id, task).await?;
    let mut fields = task.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("data".to_owned(), task);
    }
    let word = fields.get("status").and_then(Value::as_str);
    let message = format!("task {id} is {}", word.unwrap_or_default());
    Ok(Json(envelope(message, fields)))
}

/// All tasks, newest first.
#[utoipa::path(get, path = "/api/v1/export/tasks", tag = "print",
    responses(
        (status = 200, description = "Tasks", body = TasksBody),
        (status = 503, description = "The server is ending", body = ErrorBody),
    ))]
async fn tasks(State(service): State<Service>) -> Reply<Value> {
    let all = |app: &mut crate::app::App| -> Vec<Value> {
        app.state.jobs.jobs().iter().rev().map(task).collect()
    };
    let tasks = service.desk.with(all).await?;
    let count = tasks.len();
    let fields = json!({ "tasks": tasks, "total_count": count });
    Ok(Json(envelope(format!("{count} tasks"), fields)))
}

/// Cancels a task that waits or runs. A bounce puts the session back first: look at its status.
#[utoipa::path(post, path = "/api/v1/export/stop/{task_id}", tag = "print",
    params(("task_id" = String, Path, description = "As the request that started it was told")),
    responses(
        (status = 200, description = "It is being cancelled", body = Done),
        (status = "4XX", description = "No such task, or it has ended", body = ErrorBody),
        (status = "5XX", description = "The server is ending", body = ErrorBody),
    ))]
async fn stop(State(service): State<Service>, Named(id): Named<String>) -> Reply<Done> {
    let id = number(&id)?;
    let state = find(&service, id, |job| job.state).await?;
    if state.is_over() {
        let text = format!("task {id} has ended already: {}", word(state));
        return Err(Failure::new(StatusCode::CONFLICT, "job", text));
    }
    let command = JobCommand::Cancel(id);
    service.desk.order(service.timeout, command).await?;
    tracing::info!(job = id.0, "cancelled over HTTP");
    Ok(Done::json(format!("task {id} is being cancelled")))
}

/// Takes an ended task off the list; its files stay.
#[utoipa::path(delete, path = "/api/v1/export/tasks/{task_id}", tag = "print",
    params(("task_id" = String, Path, description = "As the request that started it was told")),
    responses(
        (status = 200, description = "Gone", body = Done),
        (status = "4XX", description = "No such task, or it has not ended", body = ErrorBody),
        (status = "5XX", description = "The server is ending", body = ErrorBody),
    ))]
async fn remove(State(service): State<Service>, Named(id): Named<String>) -> Reply<Done> {
    let id = number(&id)?;
    let state = find(&service, id, |job| job.state).await?;
    if !state.is_over() {
        let text = format!("task {id} is {}: stop it first", word(state));
        return Err(Failure::new(StatusCode::CONFLICT, "busy", text));
    }
    let command = JobCommand::Remove(id);
    service.desk.order(service.timeout, command).await?;
    tracing::info!(job = id.0, "taken off the list over HTTP");
    Ok(Done::json(format!("task {id} is off the list")))
}

fn missing(id: &str) -> Failure {
    Failure::missing(format!("there is no task '{}'", fit(id, 40)))
}

fn number(id: &str) -> Result<JobId, Failure> {
    id.parse().map(JobId).map_err(|_| missing(id))
}

async fn find<T: Send + 'static>(
    service: &Service,
    id: JobId,
    look: fn(&Job) -> T,
) -> Result<T, Failure> {
    let found = move |app: &mut crate::app::App| app.state.jobs.get(id).map(look);
    let found = service.desk.with(found).await?;
    found.ok_or_else(|| missing(&id.to_string()))
}

fn word(state: JobState) -> &'static str {
    match state {
        JobState::Queued | JobState::Paused => "pending",
        JobState::Running | JobState::Verifying => "running",
        JobState::Done => "completed",
        JobState::Failed | JobState::Interrupted => "failed",
        JobState::Cancelled => "cancelled",
    }
}

fn task(job: &Job) -> Value {
    let is_begun = |stage: Stage| stage != Stage::Waiting;
    let current = job.items.iter().rposition(|item| is_begun(item.stage));
    let name = current.and_then(|at| job.items.get(at));
    // One that is held in the middle has begun.
    let status = match job.has_begun() {
        true => "running",
        false => word(job.state),
    };
    json!({
        "task_id": job.id.to_string(),
        "title": job.title,
        "status": status,
        "progress": (job.fraction() * 1000.0).round() / 10.0,
        "current_snapshot": current.map_or(0, |at| at + 1),
        "total_snapshots": job.items.len(),
        "current_snapshot_name": name.map(|item| item.name.as_str()),
        "estimated_time_remaining": if job.state.is_over() { None } else { job.seconds_left() },
        "created_at": utc_text(job.created_ms),
        "started_at": job.started_ms.map(utc_text),
        "completed_at": job.ended_ms.map(utc_text),
        "result": job.state.is_over().then(|| result(job)),
    })
}

fn result(job: &Job) -> Value {
    let files = job.report.iter().flat_map(|report| &report.files);
    let files: Vec<_> = files
        .map(|file| place(&job.plan.output.dir, file))
        .collect();
    let failed = job.items.iter().filter(|item| item.stage != Stage::Done);
    let failed: Vec<&str> = failed.map(|item| item.name.as_str()).collect();
    let began = job.started_ms.unwrap_or(job.created_ms);
    let took = job.ended_ms.map_or(0, |ended| ended.saturating_sub(began));
    let error = match (&job.fault, job.state) {
        (Some(fault), _) => Some(fault.message.clone()),
        (None, JobState::Done) => None,
        (None, state) => Some(format!("it ended as {}", state.word())),
    };
    json!({
        "success": job.state == JobState::Done,
        "exported_files": files,
        "failed_snapshots": failed,
        "total_duration": took as f64 / 1000.0,
        "error_message": error,
    })
}

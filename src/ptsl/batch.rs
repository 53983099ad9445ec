//! Batch jobs (since 2025.6): Pro Tools shows a progress window and keeps others out while one is
//! open. And the state of a task that was answered before it was done.

use super::client::{Client, Result, unreadable};
use super::json;
use super::wire::{
    BatchJobDefinition, CancelBatchJobRequestBody, CommandId, CompleteBatchJobRequestBody,
    CreateBatchJobRequestBody, CreateBatchJobResponseBody, GetBatchJobStatusRequestBody,
    GetTaskStatusRequestBody, TaskStatus,
};

/// What the progress window says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchJob {
    pub name: String,
    pub description: String,
    /// Milliseconds without a request after which Pro Tools gives it up.
    pub timeout_ms: u32,
    pub is_cancelable: bool,
    pub cancel_on_failure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    Pending,
    Running,
    Completed,
    TimedOut,
    Failed,
    /// By us, or by the human in the progress window.
    Canceled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchStatus {
    pub state: BatchState,
    /// 0 to 100.
    pub progress: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Queued, pending or in progress.
    Running,
    Completed,
    Failed,
    /// Pro Tools shows a dialog to somebody.
    WaitingForUser,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskReading {
    pub state: TaskState,
    /// 0 to 100; many versions say 0 to the end.
    pub progress: u8,
}

pub(super) fn percent(progress: i32) -> u8 {
    u8::try_from(progress.clamp(0, 100)).unwrap_or(0)
}

/// What a status means; `None` for a number without a name.
pub(super) fn task_state(status: i32) -> Option<TaskState> {
    Some(match TaskStatus::try_from(status).ok()? {
        TaskStatus::Queued | TaskStatus::Pending | TaskStatus::InProgress => TaskState::Running,
        TaskStatus::Completed | TaskStatus::CompletedWithBadResponse => TaskState::Completed,
        TaskStatus::Failed | TaskStatus::FailedWithBadErrorResponse => TaskState::Failed,
        TaskStatus::WaitingForUserInput => TaskState::WaitingForUser,
    })
}

impl Client {
    /// Opens a batch job; every request of this client belongs to it until it is completed or
    /// cancelled.
    pub async fn create_batch_job(&self, job: &BatchJob) -> Result<String> {
        let command = CommandId::CIdCreateBatchJob;
        let request = CreateBatchJobRequestBody {
            job: Some(BatchJobDefinition {
                name: job.name.clone(),
                description: job.description.clone(),
                timeout: i32::try_from(job.timeout_ms).unwrap_or(i32::MAX),
                is_cancelable: job.is_cancelable,
                cancel_on_failure: job.cancel_on_failure,
            }),
        };
        let body = json::request("CreateBatchJobRequestBody", &request)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        let answer: CreateBatchJobResponseBody = self.ask(command, &body).await?;
        if answer.id.is_empty() {
            return Err(unreadable(command, "the batch job has no id"));
        }
        self.set_batch(Some((answer.id.clone(), 0)));
        Ok(answer.id)
    }

    /// Tells with the next request how far the open batch job is; 0 to 100.
    pub fn batch_progress(&self, id: &str, progress: u8) {
        self.set_batch(Some((id.to_owned(), progress.min(100))));
    }

    pub async fn batch_job_status(&self, id: &str) -> Result<BatchStatus> {
        let command = CommandId::CIdGetBatchJobStatus;
        let request = GetBatchJobStatusRequestBody { id: id.to_owned() };
        let body = json::request("GetBatchJobStatusRequestBody", &request).unwrap_or_default();
        let answer = self.ask_value(command, &body).await?;
        let info = answer
            .get("job_info")
            .ok_or_else(|| unreadable(command, "it tells nothing"))?;
        let state = match json::enum_at(info, "status", "BatchJobStatus") {
            Some(1) => BatchState::Pending,
            Some(2) => BatchState::Running,
            Some(3) => BatchState::Completed,
            Some(4) => BatchState::TimedOut,
            Some(5) => BatchState::Failed,
            Some(6) => BatchState::Canceled,
            _ => return Err(unreadable(command, "its status has no known name")),
        };
        let progress = info.get("progress").and_then(serde_json::Value::as_i64);
        let progress = progress.and_then(|p| i32::try_from(p).ok()).unwrap_or(0);
        Ok(BatchStatus {
            state,
            progress: percent(progress),
        })
    }

    /// Closes the batch job and its window.
    pub async fn complete_batch_job(&self, id: &str) -> Result<()> {
        self.set_batch(None);
        let request = CompleteBatchJobRequestBody { id: id.to_owned() };
        let command = CommandId::CIdCompleteBatchJob;
        self.ask_text(command, "CompleteBatchJobRequestBody", &request)
            .await?;
        Ok(())
    }

    pub async fn cancel_batch_job(&self, id: &str) -> Result<()> {
        self.set_batch(None);
        let request = CancelBatchJobRequestBody { id: id.to_owned() };
        let command = CommandId::CIdCancelBatchJob;
        self.ask_text(command, "CancelBatchJobRequestBody", &request)
            .await?;
        Ok(())
    }

    /// Where a task stands that was answered before it was done.
    pub async fn task_status(&self, task_id: &str) -> Result<TaskReading> {
        let command = CommandId::GetTaskStatus;
        let request = GetTaskStatusRequestBody {
            task_id: task_id.to_owned(),
        };
        let body = json::request("GetTaskStatusRequestBody", &request).unwrap_or_default();
        read_task(&self.ask_value(command, &body).await?)
            .ok_or_else(|| unreadable(command, "the task has a state without a name"))
    }
}

/// The body of GetTaskStatus; `None` when its status is none that is known.
pub(super) fn read_task(answer: &serde_json::Value) -> Option<TaskReading> {
    let status = json::enum_at(answer, "status", "TaskStatus")?;
    let progress = answer.get("progress").and_then(serde_json::Value::as_i64);
    Some(TaskReading {
        state: task_state(status)?,
        progress: percent(progress.and_then(|p| i32::try_from(p).ok()).unwrap_or(0)),
    })
}

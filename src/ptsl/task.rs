//! The state of a task that was answered before it was done.

use super::client::{Client, Result, unreadable};
use super::json;
use super::wire::{CommandId, GetTaskStatusRequestBody, TaskStatus};

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

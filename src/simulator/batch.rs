//! The header of a request that belongs to a batch job, and which commands no batch job holds up.

use crate::ptsl::json;
use crate::ptsl::wire::{
    BatchJobRequestHeaderData, CommandId, RequestHeader, VersionedRequestHeader,
};

use super::commands;
use super::world::{Failure, Outcome};

/// The first version whose headers carry jobs.
const SINCE: i32 = 2025;

/// The batch job that a request says it belongs to.
pub fn header(header: &RequestHeader) -> Outcome<Option<BatchJobRequestHeaderData>> {
    let text = header.versioned_request_header_json.trim();
    if text.is_empty() || header.version < SINCE {
        return Ok(None);
    }
    let versioned: VersionedRequestHeader =
        json::read("VersionedRequestHeader", text).map_err(|error| {
            Failure::invalid(format!("The versioned header cannot be read: {error}."))
        })?;
    Ok(versioned.batch_job_header.filter(|job| !job.id.is_empty()))
}

/// Commands that are answered whoever's batch job runs.
pub fn is_free(command: CommandId) -> bool {
    commands::is_open_to_all(command)
        || matches!(
            command,
            CommandId::GetTaskStatus
                | CommandId::CIdCreateBatchJob
                | CommandId::CIdGetBatchJobStatus
                | CommandId::CIdCompleteBatchJob
                | CommandId::CIdCancelBatchJob
                | CommandId::CIdSubscribeToEvents
                | CommandId::CIdUnsubscribeFromEvents
                | CommandId::CIdPollEvents
        )
}

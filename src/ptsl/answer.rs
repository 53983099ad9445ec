//! What an answer means: the body of a command that is done, or why there is none. Knows states and
//! gRPC codes, not bodies.

use std::error::Error as _;
use std::time::Duration;

use tonic::{Code, Status};

use super::error::PtslError;
use super::status::{is_protocol_trouble, status_reason};
use super::wire::{CommandId, Response, TaskStatus};
use super::{names, refusal};

/// The channel that a call failed on.
pub struct Wire<'a> {
    pub address: &'a str,
    /// Deadline of ordinary calls.
    pub timeout: Duration,
    /// A PTSL answer has come over it.
    pub has_spoken: bool,
}

/// The body of an answer that says how its command ended.
pub fn settle(command: CommandId, response: Response) -> Result<String, PtslError> {
    let name = names::command_name(command);
    let status = response.header.map_or(0, |header| header.status);
    match TaskStatus::try_from(status) {
        Ok(TaskStatus::Completed | TaskStatus::CompletedWithBadResponse) => {
            for entry in refusal::entries(&response.response_error_json) {
                tracing::warn!(command = name, kind = entry.kind, "{}", entry.message);
            }
            Ok(response.response_body_json)
        }
        Ok(TaskStatus::Failed | TaskStatus::FailedWithBadErrorResponse) => {
            Err(refusal::refusal(&name, &response.response_error_json))
        }
        Ok(TaskStatus::WaitingForUserInput) => Err(unreadable(
            command,
            "Pro Tools waits for somebody at its screen",
        )),
        Ok(_) => Err(unreadable(
            command,
            "it was queued and nothing tells its end",
        )),
        Err(_) => Err(unreadable(command, &format!("state {status} is unknown"))),
    }
}

/// What a failed gRPC call means, by what is known of the server.
pub fn failure(wire: &Wire<'_>, command: CommandId, status: &Status) -> PtslError {
    let reason = status_reason(status);
    let is_local = status.source().is_some();
    let unreachable = || PtslError::Unreachable {
        address: wire.address.to_owned(),
        reason: reason.clone(),
    };
    let not_ptsl = || PtslError::NotPtsl {
        address: wire.address.to_owned(),
        reason: reason.clone(),
    };
    match status.code() {
        Code::Cancelled if is_local => unreachable(),
        Code::Cancelled | Code::DeadlineExceeded => PtslError::Timeout {
            command: names::command_name(command),
            after: wire.timeout,
        },
        Code::Unavailable => unreachable(),
        Code::ResourceExhausted | Code::OutOfRange | Code::DataLoss => unreadable(command, &reason),
        _ if wire.has_spoken && is_local => unreachable(),
        _ if wire.has_spoken => unreadable(command, &reason),
        _ if is_local && !is_protocol_trouble(status) => unreachable(),
        _ => not_ptsl(),
    }
}

/// An answer that came and says nothing that can be used.
pub fn unreadable(command: CommandId, reason: &str) -> PtslError {
    PtslError::Unreadable {
        command: names::command_name(command),
        reason: reason.to_owned(),
    }
}

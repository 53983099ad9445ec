//! The gRPC channel: one call at a time, a deadline on each, every way to fail made a
//! [`PtslError`]. Knows envelopes, not bodies.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tonic::codec::CompressionEncoding;
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use super::error::PtslError;
use super::refusal::{self, shown};
use super::wire::ptsl_client::PtslClient;
use super::wire::{
    CommandId, GetTaskStatusRequestBody, Request, RequestHeader, Response, TaskStatus,
};
use super::{json, names};

type Result<T> = std::result::Result<T, PtslError>;

/// Largest answer that is read: 10,000 tracks take about 8 MB.
const LARGEST_ANSWER: usize = 64 << 20;

/// A PTSL version: one number up to 5 (2024.10), three since 2025.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: i32,
    pub minor: i32,
    pub revision: i32,
}

impl Version {
    pub const fn new(major: i32, minor: i32, revision: i32) -> Self {
        Self {
            major,
            minor,
            revision,
        }
    }

    /// Since 2025.6 enums have an Unknown at 0, ExportMix has `mix_source_list`, events exist.
    pub fn is_modern(self) -> bool {
        self.major >= 2025
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.major)?;
        if self.minor > 0 || self.revision > 0 {
            write!(f, ".{}", self.minor)?;
        }
        if self.revision > 0 {
            write!(f, ".{}", self.revision)?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Identity {
    session_id: String,
    version: Version,
    /// Id and percent of the open batch job.
    batch: Option<(String, u8)>,
}

/// A channel to one server.
#[derive(Debug)]
pub struct Channel {
    address: String,
    timeout: Duration,
    stub: PtslClient<tonic::transport::Channel>,
    /// Pro Tools carries out one command after another; so do we.
    queue: Mutex<()>,
    identity: RwLock<Identity>,
    /// The long command that holds the queue or waits for it.
    busy: watch::Sender<Option<CommandId>>,
    /// A PTSL answer has come over this channel.
    has_spoken: AtomicBool,
    round_trip_us: AtomicU64,
}

/// `host:port`, with brackets around an IPv6 address.
pub fn address(host: &str, port: u16) -> String {
    let host = host.trim();
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Whether a command may hold Pro Tools for longer than an ordinary deadline.
pub fn is_long(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::ExportMix
            | CommandId::CIdBounceTrack
            | CommandId::CreateSession
            | CommandId::OpenSession
            | CommandId::SaveSession
            | CommandId::SaveSessionAs
            | CommandId::CloseSession
            | CommandId::Import
            | CommandId::ImportVideo
            | CommandId::CIdImportAudioToClipList
            | CommandId::ExportClipsAsFiles
            | CommandId::ExportSelectedTracksAsAafomf
            | CommandId::ConsolidateClip
    )
}

impl Channel {
    /// Opens the connection; speaks no PTSL yet.
    pub async fn open(host: &str, port: u16, timeout: Duration) -> Result<Self> {
        let address = address(host, port);
        let unreachable = |reason: String| PtslError::Unreachable {
            address: address.clone(),
            reason,
        };
        // No HTTP/2 pings: a gRPC server in C++ ends the connection after three that come within
        // five minutes without data, which a long bounce is. TCP notices a dead peer as well.
        let endpoint = Endpoint::from_shared(format!("http://{address}"))
            .map_err(|_| unreachable("that is not a host name".to_owned()))?
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            .tcp_keepalive(Some(Duration::from_secs(30)))
            .tcp_nodelay(true);
        let transport = tokio::time::timeout(timeout, endpoint.connect())
            .await
            .map_err(|_| unreachable("connecting took too long".to_owned()))?
            .map_err(|error| unreachable(root_cause(&error)))?;
        let stub = PtslClient::new(transport)
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(LARGEST_ANSWER);
        Ok(Self {
            address,
            timeout,
            stub,
            queue: Mutex::new(()),
            identity: RwLock::new(Identity {
                session_id: String::new(),
                version: Version::new(5, 0, 0),
                batch: None,
            }),
            busy: watch::channel(None).0,
            has_spoken: AtomicBool::new(false),
            round_trip_us: AtomicU64::new(0),
        })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub fn busy(&self) -> watch::Receiver<Option<CommandId>> {
        self.busy.subscribe()
    }

    /// Microseconds that the last short call took, without waiting for its turn.
    pub fn round_trip_us(&self) -> u64 {
        self.round_trip_us.load(Ordering::Relaxed)
    }

    /// The version that requests are sent with.
    pub fn version(&self) -> Version {
        self.identity().version
    }

    pub fn set_version(&self, version: Version) {
        self.identity
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .version = version;
    }

    pub fn set_session_id(&self, session_id: String) {
        self.identity
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .session_id = session_id;
    }

    pub fn set_batch(&self, batch: Option<(String, u8)>) {
        self.identity
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .batch = batch;
    }

    fn identity(&self) -> Identity {
        self.identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends one command and gives the body of its answer. The deadline counts from the moment
    /// that its turn has come; a call that runs out of time leaves the queue free, though Pro
    /// Tools may still carry it out.
    pub async fn call(
        &self,
        command: CommandId,
        body: String,
        deadline: Duration,
    ) -> Result<String> {
        let _mark = is_long(command).then(|| Busy::mark(&self.busy, command));
        let _turn = self.queue.lock().await;
        let started = Instant::now();
        let outcome = tokio::time::timeout(deadline, self.exchange(command, body))
            .await
            .unwrap_or_else(|_| {
                Err(PtslError::Timeout {
                    command: names::command_name(command),
                    after: deadline,
                })
            });
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if outcome.is_ok() && !is_long(command) {
            self.round_trip_us.store(took, Ordering::Relaxed);
        }
        tracing::trace!(
            command = names::command_name(command),
            took_us = took,
            ok = outcome.is_ok(),
            "ptsl call"
        );
        outcome
    }

    async fn exchange(&self, command: CommandId, body: String) -> Result<String> {
        let response = self.send(command, body).await?;
        let header = response.header.clone().unwrap_or_default();
        let has_task = !header.task_id.is_empty();
        match TaskStatus::try_from(header.status) {
            Ok(TaskStatus::Queued | TaskStatus::Pending | TaskStatus::InProgress)
                if !has_task && !response.response_body_json.is_empty() =>
            {
                Ok(response.response_body_json)
            }
            Ok(
                TaskStatus::Queued
                | TaskStatus::Pending
                | TaskStatus::InProgress
                | TaskStatus::WaitingForUserInput,
            ) if has_task => {
                self.follow(command, header.task_id).await?;
                Ok(response.response_body_json)
            }
            _ => self.settle(command, response),
        }
    }

    async fn send(&self, command: CommandId, body: String) -> Result<Response> {
        let identity = self.identity();
        let versioned = identity.batch.map(|(id, progress)| {
            serde_json::json!({"batch_job_header": {"id": id, "progress": progress}}).to_string()
        });
        let request = Request {
            header: Some(RequestHeader {
                command: command as i32,
                version: identity.version.major,
                version_minor: identity.version.minor,
                version_revision: identity.version.revision,
                session_id: identity.session_id,
                versioned_request_header_json: versioned.unwrap_or_default(),
                ..RequestHeader::default()
            }),
            request_body_json: body,
        };
        let answer = self.stub.clone().send_grpc_request(request).await;
        let response = answer
            .map_err(|status| self.failure(command, &status))?
            .into_inner();
        self.has_spoken.store(true, Ordering::Relaxed);
        Ok(response)
    }

    /// Waits for the end of a command that was answered before it was done.
    async fn follow(&self, command: CommandId, task_id: String) -> Result<()> {
        let body = json::request(
            "GetTaskStatusRequestBody",
            &GetTaskStatusRequestBody { task_id },
        )
        .unwrap_or_default();
        let mut pause = Duration::from_millis(100);
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
            let response = self.send(CommandId::GetTaskStatus, body.clone()).await?;
            let answer = self.settle(CommandId::GetTaskStatus, response)?;
            let status = json::value(&answer)
                .ok()
                .and_then(|value| json::enum_at(&value, "status", "TaskStatus"))
                .and_then(|number| TaskStatus::try_from(number).ok());
            match status {
                Some(TaskStatus::Completed | TaskStatus::CompletedWithBadResponse) => return Ok(()),
                Some(TaskStatus::Failed | TaskStatus::FailedWithBadErrorResponse) => {
                    return Err(refusal::refusal(&names::command_name(command), ""));
                }
                Some(_) => {}
                None => {
                    return Err(unreadable(command, "its task has a state without a name"));
                }
            }
        }
    }

    fn settle(&self, command: CommandId, response: Response) -> Result<String> {
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

    /// What a failed gRPC call means.
    fn failure(&self, command: CommandId, status: &Status) -> PtslError {
        let reason = status_reason(status);
        let is_local = status.source().is_some();
        let unreachable = || PtslError::Unreachable {
            address: self.address.clone(),
            reason: reason.clone(),
        };
        let not_ptsl = || PtslError::NotPtsl {
            address: self.address.clone(),
            reason: reason.clone(),
        };
        let has_spoken = self.has_spoken.load(Ordering::Relaxed);
        match status.code() {
            Code::Cancelled if is_local => unreachable(),
            Code::Cancelled | Code::DeadlineExceeded => PtslError::Timeout {
                command: names::command_name(command),
                after: self.timeout,
            },
            Code::Unavailable => unreachable(),
            Code::ResourceExhausted | Code::OutOfRange | Code::DataLoss => {
                unreadable(command, &reason)
            }
            _ if has_spoken && is_local => unreachable(),
            _ if has_spoken => unreadable(command, &reason),
            _ if is_local && !is_protocol_trouble(status) => unreachable(),
            _ => not_ptsl(),
        }
    }
}

/// Bytes came that are no HTTP/2, as opposed to none.
fn is_protocol_trouble(status: &Status) -> bool {
    let text = chain(status);
    !text.contains("reset by peer")
        && !text.contains("broken pipe")
        && [
            "protocol error",
            "FRAME_SIZE",
            "PROTOCOL_ERROR",
            "frame with invalid size",
            "preface",
        ]
        .iter()
        .any(|sign| text.contains(sign))
}

fn unreadable(command: CommandId, reason: &str) -> PtslError {
    PtslError::Unreadable {
        command: names::command_name(command),
        reason: reason.to_owned(),
    }
}

fn chain(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut next = status.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

fn status_reason(status: &Status) -> String {
    match status.source() {
        Some(source) => root_cause(source),
        None if status.message().is_empty() => status.code().description().to_owned(),
        None => shown(status.message()),
    }
}

/// The innermost cause, which is the one that says something.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    shown(&cause.to_string())
}

/// Says which long command is under way as long as it lives.
struct Busy<'a>(&'a watch::Sender<Option<CommandId>>);

impl<'a> Busy<'a> {
    fn mark(busy: &'a watch::Sender<Option<CommandId>>, command: CommandId) -> Self {
        busy.send_replace(Some(command));
        Self(busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

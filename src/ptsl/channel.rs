//! The gRPC channel: one call at a time, a deadline on each, every way to fail made a
//! [`PtslError`]. Knows envelopes, not bodies.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tonic::codec::CompressionEncoding;
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use super::answer::{self, unreadable};
use super::error::PtslError;
use super::long::{Busy, LongCall, Working, is_long};
use super::refusal;
use super::status::root_cause;
use super::task::{self, TaskState};
use super::version::Version;
use super::wire::ptsl_client::PtslClient;
use super::wire::{
    CommandId, GetTaskStatusRequestBody, Request, RequestHeader, Response, TaskStatus,
};
use super::{json, names};
use crate::telemetry::calls::Calls;

type Result<T> = std::result::Result<T, PtslError>;

/// Largest answer that is read: 10,000 tracks take about 8 MB.
const LARGEST_ANSWER: usize = 64 << 20;

#[derive(Debug, Clone)]
struct Identity {
    session_id: String,
    version: Version,
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
    work: watch::Sender<Option<LongCall>>,
    /// Of the next long command.
    expected: std::sync::Mutex<Option<Duration>>,
    /// The server has no streams: everything goes through the unary call.
    has_no_streams: AtomicBool,
    calls: AtomicU64,
    table: Calls,
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

impl Channel {
    /// Opens the connection; speaks no PTSL yet.
    pub async fn open(host: &str, port: u16, timeout: Duration, table: Calls) -> Result<Self> {
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
            }),
            busy: watch::channel(None).0,
            work: watch::channel(None).0,
            expected: std::sync::Mutex::new(None),
            has_no_streams: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            table,
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

    pub fn work(&self) -> watch::Receiver<Option<LongCall>> {
        self.work.subscribe()
    }

    pub fn call_count(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub fn expect_length(&self, expected: Option<Duration>) {
        *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = expected;
    }

    /// Changes what is told of the long command, if there is one.
    pub fn tell_work(&self, change: impl FnOnce(&mut LongCall)) {
        self.work.send_if_modified(|work| {
            let Some(call) = work else { return false };
            let before = call.clone();
            change(call);
            *call != before
        });
    }

    fn news(&self, state: Option<TaskState>, progress: u8) {
        self.tell_work(|call| {
            let is_dialog = state == Some(TaskState::WaitingForUser);
            if progress != call.progress || is_dialog != call.is_dialog {
                call.moved = Instant::now();
            }
            call.progress = progress;
            call.is_dialog = is_dialog;
        });
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
        let expected = self
            .expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let _work = is_long(command).then(|| Working::mark(&self.work, command, expected));
        let outcome = tokio::time::timeout(deadline, self.exchange(command, body))
            .await
            .unwrap_or_else(|_| {
                Err(PtslError::Timeout {
                    command: names::command_name(command),
                    after: deadline,
                })
            });
        let name = names::command_name(command);
        self.table.count(&name, outcome.is_ok(), started.elapsed());
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
        let streams = is_long(command)
            && self.version().is_modern()
            && !self.has_no_streams.load(Ordering::Relaxed);
        let response = match streams {
            true => self.send_streaming(command, body).await?,
            false => self.send(command, body).await?,
        };
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
            _ => answer::settle(command, response),
        }
    }

    /// A long command over the streaming call, whose messages tell dialogs and progress.
    async fn send_streaming(&self, command: CommandId, body: String) -> Result<Response> {
        let request = self.request(command, body.clone());
        let opened = self.stub.clone().send_grpc_streaming_request(request).await;
        let mut stream = match opened {
            Err(status) if status.code() == Code::Unimplemented => {
                self.has_no_streams.store(true, Ordering::Relaxed);
                return self.send(command, body).await;
            }
            Err(status) => return Err(self.failure(command, &status)),
            Ok(stream) => stream.into_inner(),
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut last = None;
        while let Some(response) = stream
            .message()
            .await
            .map_err(|status| self.failure(command, &status))?
        {
            let header = response.header.clone().unwrap_or_default();
            let state = task::task_state(header.status);
            if matches!(state, Some(TaskState::Completed | TaskState::Failed)) {
                return Ok(response);
            }
            self.news(state, task::percent(header.progress));
            last = Some(response);
        }
        last.ok_or_else(|| unreadable(command, "its stream ended without a word"))
    }

    /// Opens a stream that stays open; it takes no turn in the queue.
    pub async fn open_stream(
        &self,
        command: CommandId,
        body: String,
    ) -> Result<tonic::Streaming<Response>> {
        let request = self.request(command, body);
        let mut stub = self.stub.clone();
        let opened = stub.send_grpc_streaming_request(request);
        match tokio::time::timeout(self.timeout, opened).await {
            Ok(Ok(stream)) => Ok(stream.into_inner()),
            Ok(Err(status)) if status.code() == Code::Unimplemented => {
                Err(refusal::unsupported(&names::command_name(command)))
            }
            Ok(Err(status)) => Err(self.failure(command, &status)),
            Err(_) => Err(PtslError::Timeout {
                command: names::command_name(command),
                after: self.timeout,
            }),
        }
    }

    async fn send(&self, command: CommandId, body: String) -> Result<Response> {
        let request = self.request(command, body);
        self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = self.stub.clone().send_grpc_request(request).await;
        let response = answer
            .map_err(|status| self.failure(command, &status))?
            .into_inner();
        self.has_spoken.store(true, Ordering::Relaxed);
        Ok(response)
    }

    /// What a failed gRPC call means.
    pub fn failure(&self, command: CommandId, status: &Status) -> PtslError {
        let wire = answer::Wire {
            address: &self.address,
            timeout: self.timeout,
            has_spoken: self.has_spoken.load(Ordering::Relaxed),
        };
        answer::failure(&wire, command, status)
    }

    fn request(&self, command: CommandId, body: String) -> Request {
        let identity = self.identity();
        Request {
            header: Some(RequestHeader {
                command: command as i32,
                version: identity.version.major,
                version_minor: identity.version.minor,
                version_revision: identity.version.revision,
                session_id: identity.session_id,
                ..RequestHeader::default()
            }),
            request_body_json: body,
        }
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
            let answer = answer::settle(CommandId::GetTaskStatus, response)?;
            let reading = json::value(&answer)
                .ok()
                .and_then(|value| task::read_task(&value));
            match reading.map(|reading| reading.state) {
                Some(TaskState::Completed) => return Ok(()),
                Some(TaskState::Failed) => {
                    return Err(refusal::refusal(&names::command_name(command), ""));
                }
                Some(state) => self.news(Some(state), reading.map_or(0, |told| told.progress)),
                None => {
                    return Err(unreadable(command, "its task has a state without a name"));
                }
            }
        }
    }
}

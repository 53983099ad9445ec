//! The gRPC face: the two calls of PTSL, limits on what comes in. It knows few commands; nearly
//! everything goes into the queue.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::error::Result;
use crate::ptsl::wire::ptsl_server::{Ptsl, PtslServer};
use crate::ptsl::wire::{CommandId, Request, Response, TaskStatus};

use super::answer::Reply;
use super::beside;
use super::commands;
use super::control;
use super::faults::LongCalls;
use super::front::{Front, Task};
use super::queue::{Call, Job};
use super::sockets::{self, Cut};
use super::streams;

/// Bytes of the largest request.
pub const LARGEST_REQUEST: usize = 16 * 1024 * 1024;

/// The service that is registered with tonic.
#[derive(Clone)]
pub struct Service {
    pub jobs: mpsc::Sender<Job>,
    pub front: Arc<Front>,
    /// Ends with the simulator.
    pub stop: CancellationToken,
}

pub(super) fn ending() -> Status {
    Status::new(Code::Unavailable, "the simulator is ending")
}

fn command(request: &Request) -> Option<CommandId> {
    let header = request.header.as_ref()?;
    CommandId::try_from(header.command).ok()
}

/// A request with the connection that it came over.
struct Incoming {
    request: Request,
    task: Task,
    cut: Option<Cut>,
    /// The way back of a stream, for events.
    events: Option<streams::Sender>,
}

impl Service {
    fn incoming(&self, request: tonic::Request<Request>) -> Incoming {
        let cut = request.extensions().get::<Cut>().cloned();
        let request = request.into_inner();
        let task = self.front.begin(&request);
        Incoming {
            request,
            task,
            cut,
            events: None,
        }
    }

    async fn answer(&self, incoming: Incoming) -> Result<Response, Status> {
        let Incoming {
            request,
            task,
            cut,
            events,
        } = incoming;
        if control::is_control(&request) {
            return control::answer(&self.front, &self.jobs, &request).await;
        }
        if command(&request) == Some(CommandId::GetTaskStatus) {
            return beside::task_status(self, &request, &task, cut.as_ref()).await;
        }
        if let Some(outcome) = self.front.while_starting(&request) {
            let reply = Reply {
                request: &request,
                task_id: &task.id,
                api: self.front.api,
            };
            return Ok(reply.response(&outcome, &[]));
        }
        let (reply, answer) = oneshot::channel();
        let call = Call {
            request,
            task,
            cut,
            life: self.front.life(),
            reply: Some(reply),
            events,
        };
        let call = Job::Call(Box::new(call));
        self.jobs.send(call).await.map_err(|_| ending())?;
        // Without an answer somebody ended it: the simulator, a restart, a fault.
        answer.await.map_err(|_| match self.stop.is_cancelled() {
            true => ending(),
            false => Status::new(Code::Unavailable, "the program went without an answer"),
        })
    }
}

#[tonic::async_trait]
impl Ptsl for Service {
    async fn send_grpc_request(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Response>, Status> {
        let incoming = self.incoming(request);
        let is_long = command(&incoming.request).is_some_and(commands::is_long);
        if is_long && self.front.unknown().long_calls == LongCalls::Task {
            let reply = Reply {
                request: &incoming.request,
                task_id: &incoming.task.id,
                api: self.front.api,
            };
            let response = reply.underway((TaskStatus::InProgress, 0));
            let service = self.clone();
            // What comes of it is the task's status.
            tokio::spawn(async move { service.answer(incoming).await });
            return Ok(tonic::Response::new(response));
        }
        self.answer(incoming).await.map(tonic::Response::new)
    }

    type SendGrpcStreamingRequestStream = ReceiverStream<Result<Response, Status>>;

    async fn send_grpc_streaming_request(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Self::SendGrpcStreamingRequestStream>, Status> {
        let mut incoming = self.incoming(request);
        let service = self.clone();
        if command(&incoming.request) == Some(CommandId::CIdPollEvents) {
            let (sender, stream) = mpsc::channel(streams::DEPTH);
            incoming.events = Some(sender.clone());
            tokio::spawn(async move { service.poll(incoming, sender).await });
            return Ok(tonic::Response::new(ReceiverStream::new(stream)));
        }
        let (sender, stream) = mpsc::channel(2);
        tokio::spawn(async move { service.stream(incoming, sender).await });
        Ok(tonic::Response::new(ReceiverStream::new(stream)))
    }
}

impl Service {
    /// A stream of events: the queue fills it, unless it refuses.
    async fn poll(self, incoming: Incoming, sender: streams::Sender) {
        let answer = self.answer(incoming).await;
        let is_open = answer.as_ref().is_ok_and(|response| {
            let header = response.header.as_ref();
            header.is_some_and(|header| header.status == TaskStatus::Completed as i32)
        });
        if !is_open {
            let _ = sender.send(answer).await;
        }
    }

    /// News of a command that takes long, then its answer. A client that left already needs no
    /// news; its command is carried out all the same.
    async fn stream(self, incoming: Incoming, sender: mpsc::Sender<Result<Response, Status>>) {
        let request = incoming.request.clone();
        let id = incoming.task.id.clone();
        let reply = Reply {
            request: &request,
            task_id: &id,
            api: self.front.api,
        };
        let is_long = command(&request).is_some_and(commands::is_long);
        let mut news = incoming.task.state.subscribe();
        let mut last = (TaskStatus::InProgress, 0);
        if is_long {
            let _ = sender.send(Ok(reply.underway(last))).await;
        }
        let answer = self.answer(incoming);
        tokio::pin!(answer);
        loop {
            tokio::select! {
                biased;
                response = &mut answer => {
                    let _ = sender.send(response).await;
                    break;
                }
                changed = news.changed() => {
                    if changed.is_err() {
                        let response = answer.await;
                        let _ = sender.send(response).await;
                        break;
                    }
                    let now = *news.borrow_and_update();
                    let is_news = matches!(
                        now.0,
                        TaskStatus::InProgress | TaskStatus::WaitingForUserInput
                    );
                    let is_waiting = now.0 == TaskStatus::WaitingForUserInput;
                    if is_news && now != last && (is_long || is_waiting) {
                        last = now;
                        let _ = sender.send(Ok(reply.underway(now))).await;
                    }
                }
            }
        }
    }
}

/// Serves one listener until the token is cancelled.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: CancellationToken,
) -> std::result::Result<(), tonic::transport::Error> {
    let (sender, incoming) = mpsc::channel(16);
    let front = Arc::clone(&service.front);
    let accepting = sockets::accept(listener, front, sender, stop.clone());
    tokio::spawn(accepting);
    let service = PtslServer::new(service)
        .max_decoding_message_size(LARGEST_REQUEST)
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip);
    tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming_shutdown(ReceiverStream::new(incoming), stop.cancelled_owned())
        .await
}

//! The one queue that all commands of all connections go through, one after another, as on Pro
//! Tools' main thread. A command is carried out even when its client has gone meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::ptsl::wire::{self, CommandErrorType, CommandId, Request, Response, TaskStatus};

use super::answer::{self, Body};
use super::commands::{self, Step};
use super::faults::Faults;
use super::store::Home;
use super::world::{Failure, Outcome, World};

/// Tasks that GetTaskStatus remembers, connections that stay registered.
const REMEMBERED: usize = 4096;

/// A request with the way back to its client.
pub struct Call {
    pub request: Request,
    pub task_id: String,
    pub reply: oneshot::Sender<Response>,
}

/// The actor that owns the world.
pub struct Queue {
    world: World,
    home: Home,
    faults: Faults,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    connections: VecDeque<String>,
    tasks: VecDeque<(String, TaskStatus)>,
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(item);
}

impl Queue {
    pub fn new(
        world: World,
        home: Home,
        faults: Faults,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            world,
            home,
            faults,
            clock,
            stop,
            connections: VecDeque::new(),
            tasks: VecDeque::new(),
        }
    }

    /// Serves calls until the token is cancelled; a command that has begun is finished.
    pub async fn run(mut self, mut calls: mpsc::Receiver<Call>) {
        loop {
            let call = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                call = calls.recv() => call,
            };
            let Some(call) = call else { break };
            // Half before and half after: a client that dies meanwhile may or may not have had
            // its way.
            self.wait(self.faults.latency_ms / 2).await;
            let outcome = self.carry_out(&call.request).await;
            self.wait(self.faults.latency_ms.div_ceil(2)).await;
            let status = if outcome.is_ok() {
                TaskStatus::Completed
            } else {
                TaskStatus::Failed
            };
            remember(&mut self.tasks, (call.task_id.clone(), status));
            let response = answer::response(&call.request, &call.task_id, &outcome);
            // The client may have gone; its command stays done.
            let _ = call.reply.send(response);
        }
    }

    async fn wait(&self, millis: u64) {
        if millis > 0 {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(Duration::from_millis(millis)) => {}
            }
        }
    }

    async fn carry_out(&mut self, request: &Request) -> Outcome<Body> {
        let header = request.header.clone().unwrap_or_default();
        let command = CommandId::try_from(header.command).map_err(|_| commands::unsupported())?;
        let body = &request.request_body_json;
        if command == CommandId::RegisterConnection {
            return self.register(body);
        }
        let is_known = || self.connections.contains(&header.session_id);
        if !commands::is_open_to_all(command) && !is_known() {
            return Err(Failure::new(
                CommandErrorType::PtForbidden,
                "The connection is not registered: the session_id is missing or unknown.",
            ));
        }
        if command == CommandId::GetTaskStatus {
            return self.task_status(body);
        }
        tracing::debug!(command = command.as_str_name(), "simulator command");
        let now = self.clock.now();
        match commands::run(&mut self.world, &self.home, command, body, now)? {
            Step::Done(body) => Ok(body),
            Step::Later(work) => {
                let stop = self.stop.clone();
                let change = tokio::task::spawn_blocking(move || work.run(&stop))
                    .await
                    .map_err(|error| {
                        Failure::new(
                            CommandErrorType::PtUnknownError,
                            format!("The command broke off: {error}."),
                        )
                    })??;
                Ok(change.apply(&mut self.world))
            }
        }
    }

    fn register(&mut self, body: &str) -> Outcome<Body> {
        let request: wire::RegisterConnectionRequestBody =
            commands::read("RegisterConnectionRequestBody", body)?;
        if request.company_name.is_empty() || request.application_name.is_empty() {
            return Err(Failure::invalid(
                "company_name and application_name must be given.",
            ));
        }
        let id = uuid::Uuid::new_v4().to_string();
        remember(&mut self.connections, id.clone());
        Ok(Some(json!({ "session_id": id })))
    }

    fn task_status(&self, body: &str) -> Outcome<Body> {
        let request: wire::GetTaskStatusRequestBody =
            commands::read("GetTaskStatusRequestBody", body)?;
        let (task_id, status) = self
            .tasks
            .iter()
            .rev()
            .find(|(id, _)| *id == request.task_id)
            .ok_or_else(|| {
                Failure::new(
                    CommandErrorType::PtInvalidTask,
                    "There is no task with that id.",
                )
            })?;
        answer::body(
            "GetTaskStatusResponseBody",
            &wire::GetTaskStatusResponseBody {
                task_id: task_id.clone(),
                status: *status as i32,
                progress: 100,
            },
        )
    }
}

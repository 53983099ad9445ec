//! What is known in front of the queue, and can be answered while it is busy: registrations, tasks,
//! dialogs, counts of calls, and who is let in at all.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::ptsl::names;
use crate::ptsl::wire::{self, CommandErrorType, CommandId, Request, RequestHeader, TaskStatus};

use super::answer::{self, Body};
use super::api::Api;
use super::commands;
use super::dialogs::Dialogs;
use super::faults::{Faults, Script, TaskId, Turn, Unknown};
use super::world::{Failure, Outcome};

/// Tasks that GetTaskStatus remembers, connections that stay registered.
const REMEMBERED: usize = 4096;

/// Status and progress in percent of a task.
pub type Progress = (TaskStatus, i32);

/// The version that a request says.
pub fn asked(header: &RequestHeader) -> (i32, i32, i32) {
    (
        header.version,
        header.version_minor,
        header.version_revision,
    )
}

/// One request on its way, as GetTaskStatus sees it.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: String,
    pub state: watch::Sender<Progress>,
}

/// Everything that requests share before and beside the queue.
#[derive(Debug)]
pub struct Front {
    pub api: Api,
    pub allow_control: bool,
    pub dialogs: Dialogs,
    script: Mutex<Script>,
    ledger: Mutex<Ledger>,
    /// Whether the session of the start is open; before that nothing is.
    has_started: AtomicBool,
}

/// What a restart forgets.
#[derive(Debug, Default)]
struct Ledger {
    connections: VecDeque<String>,
    tasks: VecDeque<Task>,
    /// Ends with the present run of the program that is played.
    life: CancellationToken,
    closed_until: Option<Instant>,
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(item);
}

impl Front {
    pub fn new(api: Api, allow_control: bool, faults: Faults) -> Self {
        Self {
            api,
            allow_control,
            dialogs: Dialogs::default(),
            script: Mutex::new(Script::new(faults)),
            ledger: Mutex::default(),
            has_started: AtomicBool::new(false),
        }
    }

    /// From now on commands go into the queue.
    pub fn start(&self) {
        self.has_started.store(true, Ordering::Release);
    }

    /// What a program answers that is still starting: not ready, its version, an empty registration,
    /// and that the session is about to change. `None` once it has started.
    pub fn while_starting(&self, request: &Request) -> Option<Outcome<Body>> {
        if self.has_started.load(Ordering::Acquire) {
            return None;
        }
        let number = request.header.as_ref().map_or(-1, |header| header.command);
        let command = CommandId::try_from(number).ok();
        Some(match command.filter(|command| self.has(*command)) {
            None => Err(commands::unsupported()),
            Some(CommandId::HostReadyCheck) => Ok(Some(json!({ "is_host_ready": false }))),
            Some(CommandId::GetPtslVersion) => commands::session::version(self.api),
            Some(CommandId::RegisterConnection) => Ok(None),
            Some(_) => Err(Failure::new(
                CommandErrorType::PtNoOpenedSession,
                "The session state is already changing.",
            )),
        })
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and says what comes with it.
    pub fn turn(&self, command: CommandId) -> Turn {
        self.script().turn(command)
    }

    pub fn unknown(&self) -> Unknown {
        self.script().faults().unknown.clone()
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.script().replace(faults);
    }

    /// Calls so far by command.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.script().calls()
    }

    /// The token that ends with the present run.
    pub fn life(&self) -> CancellationToken {
        self.ledger().life.clone()
    }

    /// Whether nobody is let in just now.
    pub fn is_down(&self) -> bool {
        let closed = self.ledger().closed_until;
        closed.is_some_and(|until| Instant::now() < until)
    }

    /// Resolves once somebody is let in.
    pub async fn until_up(&self) {
        let closed = self.ledger().closed_until;
        if let Some(until) = closed {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Forgets registrations and tasks, and cuts every connection.
    pub fn restart(&self, down: Duration) {
        let old = {
            let mut ledger = self.ledger();
            let closed_until = (!down.is_zero()).then(|| Instant::now() + down);
            let new = Ledger {
                closed_until,
                ..Ledger::default()
            };
            std::mem::replace(&mut *ledger, new)
        };
        self.dialogs.dismiss();
        old.life.cancel();
    }

    /// Registers a client; its session_id.
    pub fn register(&self) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        remember(&mut self.ledger().connections, id.clone());
        id
    }

    /// A task for a request that has just come in.
    pub fn begin(&self, request: &Request) -> Task {
        let given = request
            .header
            .as_ref()
            .map(|header| header.task_id.as_str())
            .filter(|id| !id.is_empty() && id.len() <= 256);
        let id = match (given, self.unknown().task_id) {
            (Some(id), TaskId::Echo) => id.to_owned(),
            _ => uuid::Uuid::new_v4().to_string(),
        };
        let task = Task {
            id,
            state: watch::Sender::new((TaskStatus::Queued, 0)),
        };
        remember(&mut self.ledger().tasks, task.clone());
        task
    }

    fn has(&self, command: CommandId) -> bool {
        let needs_luck = matches!(
            command,
            CommandId::CIdGetTrackControlInfo | CommandId::CIdGetTrackControlBreakpoints
        );
        self.api.has(command) && (!needs_luck || self.unknown().track_control)
    }

    /// The command of a request that may go on; what else is refused.
    pub fn admit(&self, header: &RequestHeader) -> Outcome<CommandId> {
        let command = CommandId::try_from(header.command)
            .ok()
            .filter(|command| self.has(*command))
            .ok_or_else(commands::unsupported)?;
        if commands::is_open_to_all(command) {
            return Ok(command);
        }
        let unknown = self.unknown();
        if !self.api.welcomes(asked(header), &unknown) {
            return Err(Failure::new(
                CommandErrorType::SdkVersionMismatch,
                format!(
                    "The version of the request does not go with this server, which speaks {}.",
                    self.api
                ),
            ));
        }
        let is_known = self.ledger().connections.contains(&header.session_id);
        if is_known {
            return Ok(command);
        }
        let wanted = unknown.bad_session_id;
        let error = names::number_of("CommandErrorType", &wanted)
            .or_else(|| wanted.parse().ok())
            .and_then(|number| CommandErrorType::try_from(number).ok());
        match error {
            Some(error) => Err(Failure::new(
                error,
                "The connection is not registered: the session_id is missing or unknown.",
            )),
            None => Ok(command),
        }
    }

    /// GetTaskStatus.
    pub fn task_status(&self, body: &str) -> Outcome<Body> {
        let request: wire::GetTaskStatusRequestBody =
            commands::read("GetTaskStatusRequestBody", body)?;
        let found = {
            let ledger = self.ledger();
            let mut tasks = ledger.tasks.iter().rev();
            tasks
                .find(|task| task.id == request.task_id)
                .map(|task| *task.state.borrow())
        };
        let (status, progress) = found.ok_or_else(|| {
            Failure::new(
                CommandErrorType::PtInvalidTask,
                "There is no task with that id.",
            )
        })?;
        answer::body(
            "GetTaskStatusResponseBody",
            &wire::GetTaskStatusResponseBody {
                task_id: request.task_id,
                status: status as i32,
                progress,
            },
        )
    }
}

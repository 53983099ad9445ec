//! The application without a screen, for the command line: the state, the runtime and the loop
//! between them, with ways to wait.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Runtime, RuntimeOptions};
use crate::action::Action;
use crate::app::state::{ClipsState, Overlay, Told};
use crate::app::{Effect, Msg, State, update};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::jobs::queue::JobCommand;
use crate::model::inspection::{Inspection, Question};
use crate::model::link::{Fault, RequestId};
use crate::model::{JobEvent, JobId, LinkEvent, LinkPhase, Now, Plan};
use crate::ptsl::request::{LinkCommand, Request};
use crate::telemetry::calls::Calls;

/// An action on its way.
#[derive(Debug)]
pub struct Begun {
    name: String,
    rest: Vec<Effect>,
    open: Vec<RequestId>,
    /// The JSON text that Pro Tools answered, where there was one.
    pub answer: Option<String>,
    /// A file of ours is being written.
    writes: bool,
}

/// State and runtime with the loop between them.
pub struct App {
    pub state: State,
    runtime: Runtime,
    inbox: mpsc::Receiver<Msg>,
    clock: Arc<dyn Clock>,
    /// Requests whose answers somebody waits for.
    awaited: BTreeSet<RequestId>,
    answers: HashMap<RequestId, Result<Option<String>, Fault>>,
    /// The same of what is wanted of the runner.
    orders: HashMap<RequestId, Result<JobId, Fault>>,
}

impl App {
    /// Starts the actors on the current tokio runtime.
    pub fn start(options: RuntimeOptions) -> Result<Self> {
        let mut state = State::new(Arc::clone(&options.config), options.mode.clone());
        state.link.address = format!("{}:{}", options.host, options.port);
        let clock = Arc::clone(&options.clock);
        let (runtime, inbox) = Runtime::start(options)?;
        Ok(Self::on(state, runtime, inbox, clock))
    }

    /// On actors that run already; see [`Runtime::join`].
    pub fn on(
        mut state: State,
        runtime: Runtime,
        inbox: mpsc::Receiver<Msg>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        state.now = clock.now();
        state.base = std::env::current_dir().unwrap_or_default();
        Self {
            state,
            runtime,
            inbox,
            clock,
            awaited: BTreeSet::new(),
            answers: HashMap::new(),
            orders: HashMap::new(),
        }
    }

    /// Another view on the same actors, with a state of its own that knows what this one was told.
    pub fn join(&self) -> Self {
        let (runtime, inbox) = self.runtime.join();
        let mut state = State::new(Arc::clone(&self.state.config), self.state.mode.clone());
        state.link.address.clone_from(&self.state.link.address);
        Self::on(state, runtime, inbox, Arc::clone(&self.clock))
    }

    /// What was asked of Pro Tools by this process, and by the one that it looks on.
    pub fn calls(&self) -> Calls {
        self.runtime.calls()
    }

    /// The present moment.
    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Waits for at least one message and applies all that have come. Gives their number, 0 when
    /// no more can come. Safe to be cancelled.
    pub async fn next(&mut self) -> usize {
        let mut messages = Vec::new();
        let count = self.inbox.recv_many(&mut messages, 256).await;
        for msg in messages {
            self.absorb(msg);
        }
        count
    }

    /// Waits until `decide` gives something. Without an answer within `limit` the error is of
    /// kind `Late`, when cancelled of kind `Interrupted`.
    pub async fn wait_for<T>(
        &mut self,
        limit: Option<Duration>,
        cancel: &CancellationToken,
        mut decide: impl FnMut(&State) -> Option<Result<T>>,
    ) -> Result<T> {
        self.wait_with(limit, cancel, |app| decide(&app.state))
            .await
    }

    /// Waits until the state is as wanted; see [`App::wait_for`].
    pub async fn wait_until(
        &mut self,
        limit: Option<Duration>,
        cancel: &CancellationToken,
        mut is_so: impl FnMut(&State) -> bool,
    ) -> Result<()> {
        self.wait_for(limit, cancel, |state| is_so(state).then_some(Ok(())))
            .await
    }

    /// Waits until a session is open and read, its folder included. A refused connection or a
    /// server without a session is an error at once.
    pub async fn ready(
        &mut self,
        limit: Option<Duration>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        self.wait_for(limit, cancel, |state| match &state.link.phase {
            LinkPhase::Waiting { reason, .. } => Some(Err(error(reason.clone()))),
            LinkPhase::NoSession { may_be_dialog } => Some(Err(no_session(*may_be_dialog))),
            LinkPhase::Linked if state.session.is_some() && state.loaded.is_whole() => Some(Ok(())),
            _ => None,
        })
        .await
    }

    /// Waits until the server has answered at all, with or without a session.
    pub async fn connected(
        &mut self,
        limit: Option<Duration>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        self.wait_for(limit, cancel, |state| match &state.link.phase {
            LinkPhase::Waiting { reason, .. } => Some(Err(error(reason.clone()))),
            LinkPhase::NoSession { .. } | LinkPhase::Linked | LinkPhase::Blocked { .. } => {
                Some(Ok(()))
            }
            _ => None,
        })
        .await
    }

    /// Carries out an action that needs no further question, and waits for the answers to what it
    /// asked of Pro Tools. What is refused is the error. Gives what only a view could do.
    pub async fn dispatch(
        &mut self,
        action: Action,
        cancel: &CancellationToken,
    ) -> Result<Vec<Effect>> {
        let mut begun = self.begin(action)?;
        self.wait_with(None, cancel, |app| app.outcome(&mut begun))
            .await
    }

    /// Carries out an action that needs no further question; [`App::outcome`] tells what came of
    /// it. What is refused at once is the error.
    pub fn begin(&mut self, action: Action) -> Result<Begun> {
        let known: BTreeSet<RequestId> = self.state.requests.keys().copied().collect();
        self.state.ui.last_fault = None;
        let name = action.to_string();
        let rest = self.absorb(Msg::Confirmed(action));
        if let Some(fault) = self.state.ui.last_fault.take() {
            return Err(error(fault));
        }
        let asked: Vec<RequestId> = self.state.requests.keys().copied().collect();
        let open: Vec<RequestId> = asked.into_iter().filter(|id| !known.contains(id)).collect();
        self.awaited.extend(&open);
        Ok(Begun {
            name,
            rest,
            open,
            answer: None,
            writes: self.state.writing > 0,
        })
    }

    /// What came of an action, once every answer is here.
    pub fn outcome(&mut self, begun: &mut Begun) -> Option<Result<Vec<Effect>>> {
        while let Some(id) = begun.open.last() {
            let outcome = self.answers.remove(id)?;
            self.awaited.remove(id);
            begun.open.pop();
            match outcome {
                Ok(answer) => begun.answer = answer.or(begun.answer.take()),
                Err(fault) => return Some(Err(error(fault))),
            }
        }
        if begun.writes {
            if self.state.writing > 0 {
                return None;
            }
            if let Some(fault) = self.state.ui.last_fault.take() {
                return Some(Err(error(fault)));
            }
        }
        let asked = self.state.ui.overlay.take();
        Some(match asked {
            Some(overlay) => Err(asks(&begun.name, &overlay)),
            None => Ok(std::mem::take(&mut begun.rest)),
        })
    }

    /// Asks Pro Tools for something and waits for the answer: the JSON text of its body, where
    /// there is one.
    pub async fn request(
        &mut self,
        request: Request,
        cancel: &CancellationToken,
    ) -> Result<Option<String>> {
        let id = self.number();
        self.runtime
            .perform(vec![Effect::Link(LinkCommand::Request { id, request })]);
        self.answer(id, cancel).await
    }

    async fn answer(
        &mut self,
        id: RequestId,
        cancel: &CancellationToken,
    ) -> Result<Option<String>> {
        self.awaited.insert(id);
        let outcome = self
            .wait_with(None, cancel, |app| app.answers.remove(&id).map(Ok))
            .await;
        self.awaited.remove(&id);
        outcome?.map_err(error)
    }

    /// Asks Pro Tools for its clips, as a render needs them; nothing where the session's folder can
    /// be read. Clips that were told before are told anew.
    pub async fn read_clips(&mut self, cancel: &CancellationToken) -> Result<()> {
        if !self.state.wants_clips() {
            return Ok(());
        }
        self.state.clips = ClipsState::Asked;
        self.runtime.perform(vec![Effect::ReadClips]);
        self.wait_for(None, cancel, |state| match &state.clips {
            ClipsState::Asked => None,
            ClipsState::Refused(fault) => Some(Err(error(fault.clone()))),
            ClipsState::Unasked | ClipsState::Known => Some(Ok(())),
        })
        .await
    }

    /// Asks Pro Tools what a bounce should know before it starts.
    pub async fn inspect(
        &mut self,
        question: Question,
        cancel: &CancellationToken,
    ) -> Result<Arc<Inspection>> {
        self.state.told = Told::Asked;
        let question = Box::new(question);
        self.runtime.perform(vec![Effect::Inspect(question)]);
        self.wait_for(None, cancel, |state| match &state.told {
            Told::Asked => None,
            Told::Known(told) => Some(Ok(Arc::clone(told))),
            Told::Refused(fault) => Some(Err(error(fault.clone()))),
            Told::Unasked => Some(Err(Error::new(
                ErrorKind::NoSession,
                "another session was opened meanwhile",
            ))),
        })
        .await
    }

    /// Puts a plan into the queue and gives the number of its job.
    pub async fn submit(
        &mut self,
        plan: Plan,
        title: String,
        cancel: &CancellationToken,
    ) -> Result<JobId> {
        let plan = Box::new(plan);
        self.order(JobCommand::Submit { title, plan }, cancel).await
    }

    /// Wants something of the runner and waits for what comes of it.
    pub async fn order(
        &mut self,
        command: JobCommand,
        cancel: &CancellationToken,
    ) -> Result<JobId> {
        let ask = self.begin_order(command);
        self.wait_with(None, cancel, |app| app.order_outcome(ask))
            .await
    }

    /// Wants something of the runner; [`App::order_outcome`] tells what came of it.
    pub fn begin_order(&mut self, command: JobCommand) -> RequestId {
        let ask = self.number();
        self.awaited.insert(ask);
        self.runtime.order(ask, command);
        ask
    }

    /// The job that was made or meant, once that is known.
    pub fn order_outcome(&mut self, ask: RequestId) -> Option<Result<JobId>> {
        let outcome = self.orders.remove(&ask)?;
        self.awaited.remove(&ask);
        Some(outcome.map_err(error))
    }

    fn number(&mut self) -> RequestId {
        let id = RequestId(self.state.next_request);
        self.state.next_request += 1;
        id
    }

    /// Asks for a job to be cancelled; its events tell what came of it.
    pub fn cancel(&mut self, id: JobId) {
        self.job(JobCommand::Cancel(id));
    }

    /// Asks for something about a job; its events tell what came of it.
    pub fn job(&mut self, command: JobCommand) {
        self.runtime.perform(vec![Effect::Job(command)]);
    }

    /// Ends in order: a running job is cancelled and puts the session back. Gives what was refused
    /// or went wrong meanwhile, such as a hook that failed.
    pub async fn end(self) -> Vec<Fault> {
        self.runtime.shutdown(self.inbox).await
    }

    async fn wait_with<T>(
        &mut self,
        limit: Option<Duration>,
        cancel: &CancellationToken,
        mut decide: impl FnMut(&mut Self) -> Option<Result<T>>,
    ) -> Result<T> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            if let Some(outcome) = decide(self) {
                return outcome;
            }
            let over = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    return Err(Error::new(ErrorKind::Interrupted, "interrupted"));
                }
                count = self.next() => {
                    if count == 0 {
                        return Err(Error::new(ErrorKind::Internal, "the application has ended"));
                    }
                }
                () = over => {
                    let text = format!("no answer from {} in time", self.state.link.address);
                    return Err(Error::new(ErrorKind::Late, text)
                        .hint("Pro Tools may be showing a dialog: look at its screen"));
                }
            }
        }
    }

    fn absorb(&mut self, msg: Msg) -> Vec<Effect> {
        match &msg {
            Msg::Link(LinkEvent::Answer { id, outcome }) if self.awaited.contains(id) => {
                self.answers.insert(*id, outcome.clone());
            }
            Msg::Job(JobEvent::Answer { ask, outcome }) if self.awaited.contains(ask) => {
                self.orders.insert(*ask, outcome.clone());
            }
            _ => {}
        }
        let now = self.clock.now();
        let mut effects = Vec::new();
        for effect in update(&mut self.state, msg, now) {
            match effect {
                // No screen waits here, and whoever reads the state wants its plan.
                Effect::Plan(planning) => {
                    let planned = Msg::Planned(Box::new(planning.make()));
                    effects.extend(update(&mut self.state, planned, now));
                }
                // Nobody sees it, and reading a whole track would slow down a print.
                Effect::Overview { .. } => {}
                other => effects.push(other),
            }
        }
        self.runtime.perform(effects)
    }
}

fn no_session(may_be_dialog: bool) -> Error {
    let error = |text| Error::new(ErrorKind::NoSession, text);
    match may_be_dialog {
        true => error("no session is open, or Pro Tools is showing a dialog")
            .hint("Look at its screen: close the dialog, or open a session"),
        false => error("no session is open").hint("Open a session in Pro Tools"),
    }
}

/// Why an action was not done: it wants an answer that nobody is here to give.
fn asks(name: &str, overlay: &Overlay) -> Error {
    match overlay {
        Overlay::Confirm { question, .. } => {
            let text = format!("'{name}' was not done, since it asks: {question}");
            Error::new(ErrorKind::Usage, text)
                .hint("The terminal interface takes the answer; pt-stem --plain does too")
        }
        _ => {
            let text =
                format!("'{name}' asks a question that only the terminal interface can show");
            Error::new(ErrorKind::Usage, text)
                .hint("Printing from the command line: pt-stem stems print")
        }
    }
}

/// The surface error of a fault.
fn error(fault: Fault) -> Error {
    Error::from(fault)
}

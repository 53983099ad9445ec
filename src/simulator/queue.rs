//! The one queue that all commands of all connections go through, one after another, as on Pro
//! Tools' main thread. A command is carried out even when its client has gone meanwhile.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::ptsl::wire::{self, CommandErrorType, CommandId, Request, Response};

use super::answer::Body;
use super::batch;
use super::commands::{self, Step, files};
use super::dialogs;
use super::faults::{Hand, LostClient};
use super::front::{Front, Task};
use super::sockets::Cut;
use super::spoil::Mishap;
use super::store::Home;
use super::streams::{self, Stream, Streams};
use super::work::{Change, Progress, Work};
use super::world::{Failure, Outcome, World};

/// What the queue is asked to do.
pub enum Job {
    Call(Box<Call>),
    /// Somebody at the machine, with the way back to whoever sent them.
    Human(Hand, oneshot::Sender<Outcome<()>>),
    Switch(PathBuf, oneshot::Sender<Outcome<()>>),
    Close(oneshot::Sender<Outcome<()>>),
    /// A human picks a menu item of a client's.
    Menu(String, oneshot::Sender<Outcome<()>>),
}

/// A request with the way back to its client.
pub struct Call {
    pub request: Request,
    pub task: Task,
    /// Of the connection that it came over.
    pub cut: Option<Cut>,
    /// Ends when the program that is played is restarted; calls from before it are forgotten.
    pub life: CancellationToken,
    /// `None` for a call that was answered already and is carried out late.
    pub reply: Option<oneshot::Sender<Response>>,
    /// Where events go, for PollEvents on the streaming call.
    pub events: Option<streams::Sender>,
}

/// The actor that owns the world.
pub struct Queue {
    pub(super) world: World,
    pub(super) home: Home,
    pub(super) front: Arc<Front>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    /// Calls that wait to be carried out late.
    pub(super) late: JoinSet<Option<Call>>,
    /// Clients that get no answer.
    pub(super) held: Vec<oneshot::Sender<Response>>,
    streams: Streams,
    /// The connection that the running batch job's owner last used.
    owner_line: Option<Cut>,
}

impl Queue {
    pub fn new(
        world: World,
        home: Home,
        front: Arc<Front>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            world,
            home,
            front,
            clock,
            stop,
            late: JoinSet::new(),
            held: Vec::new(),
            streams: Streams::default(),
            owner_line: None,
        }
    }

    /// Serves calls until the token is cancelled; a command that has begun is finished.
    pub async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let stop = self.stop.clone();
        loop {
            let job = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(late) = self.late.join_next() => match late {
                    Ok(Some(call)) => Some(Job::Call(Box::new(call))),
                    _ => continue,
                },
                job = jobs.recv() => job,
            };
            let Some(job) = job else { break };
            // A defect in one command must not take the program away from all.
            if AssertUnwindSafe(self.serve(job))
                .catch_unwind()
                .await
                .is_err()
            {
                tracing::error!("a command of the simulator broke off");
            }
        }
    }

    /// What hangs is let go when the simulator ends; what writes files is told to.
    async fn serve(&mut self, job: Job) {
        match job {
            Job::Call(call) => self.turn(*call).await,
            Job::Human(hand, done) => {
                let _ = done.send(self.human(&hand));
            }
            Job::Switch(path, done) => {
                let _ = done.send(self.switch(path).await);
            }
            Job::Close(done) => {
                self.world.session = None;
                let _ = done.send(Ok(()));
            }
            Job::Menu(item, done) => {
                let _ = done.send(self.world.pick_menu_item(&item));
            }
        }
        self.tell();
    }

    pub(super) fn now(&self) -> crate::model::Now {
        self.clock.now()
    }

    /// Whatever waits, waits no longer than the simulator runs; false then.
    pub(super) async fn unless_stopped(&self, waiting: impl Future<Output = bool>) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            over = waiting => over,
        }
    }

    pub(super) async fn pause(&self, time: Duration, life: &CancellationToken) {
        self.unless_stopped(async {
            tokio::select! {
                () = life.cancelled() => false,
                () = dialogs::sleep(time) => true,
            }
        })
        .await;
    }

    /// A human turns a switch.
    pub(super) fn human(&mut self, hand: &Hand) -> Outcome<()> {
        let names = std::slice::from_ref(&hand.track);
        self.world.session()?.switch(hand.switch, names, hand.on)
    }

    /// A human opens another session.
    pub(super) async fn switch(&mut self, path: PathBuf) -> Outcome<()> {
        let (home, fence) = (self.home.clone(), self.world.fence.clone());
        let opened = tokio::task::spawn_blocking(move || files::opened(&home, &fence, &path));
        let session = opened
            .await
            .map_err(|error| Failure::cannot(format!("{error}.")))??;
        self.world.session = Some(session);
        Ok(())
    }

    /// Carries out a command that was let in. One that panics is answered as an error, and what it
    /// changed before stays.
    pub(super) async fn unbroken(
        &mut self,
        command: CommandId,
        call: &Call,
        mishaps: Vec<Mishap>,
        progress: Progress,
    ) -> Outcome<Body> {
        let carried_out = AssertUnwindSafe(self.carry_out(command, call, mishaps, progress));
        carried_out.catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(command = command.as_str_name(), "broke off");
            Err(Failure::new(
                CommandErrorType::PtUnknownError,
                "The command broke off: this is a defect of the simulator.",
            ))
        })
    }

    async fn carry_out(
        &mut self,
        command: CommandId,
        call: &Call,
        mishaps: Vec<Mishap>,
        progress: Progress,
    ) -> Outcome<Body> {
        let body = &call.request.request_body_json;
        if command == CommandId::RegisterConnection {
            return self.register(body);
        }
        tracing::debug!(command = command.as_str_name(), "simulator command");
        let now = self.now();
        // What humans did meanwhile is told first.
        self.tell();
        let header = call.request.header.clone().unwrap_or_default();
        self.world.caller.clone_from(&header.session_id);
        if let (CommandId::CIdPollEvents, Some(sender)) = (command, &call.events) {
            self.open_stream(call, sender.clone());
            return Ok(None);
        }
        let job = batch::header(&header)?;
        self.world.batch.settle(now);
        self.note_owner(&header.session_id, call);
        if !batch::is_free(command) {
            let job = job.as_ref().map(|job| (&*job.id, job.progress));
            self.world.batch.enter(&header.session_id, job, now)?;
        }
        let step = commands::run(&mut self.world, &self.home, command, body, now);
        let outcome = match step {
            Ok(Step::Done(body)) => Ok(body),
            Ok(Step::Later(work)) => self.work(*work, call, mishaps, progress).await,
            Err(failure) => Err(failure),
        };
        if command == CommandId::CIdCreateBatchJob {
            self.note_owner(&header.session_id, call);
        }
        if let (Err(_), Some(job)) = (&outcome, &job) {
            self.world.batch.failed(&job.id);
        }
        self.tell();
        outcome
    }

    /// Ends the batch job of a client whose connection is gone, and remembers which connection the
    /// owner of the running one has now.
    fn note_owner(&mut self, client: &str, call: &Call) {
        let Some(owner) = self.world.batch.owner().map(str::to_owned) else {
            self.owner_line = None;
            return;
        };
        if owner == client {
            if call.cut.is_some() {
                self.owner_line.clone_from(&call.cut);
            }
            return;
        }
        let is_gone = |line: &Cut| line.gone.is_cancelled();
        let ends = self.front.unknown().lost_client == LostClient::End;
        if ends && self.owner_line.as_ref().is_some_and(is_gone) {
            self.world.batch.abandon();
        }
    }

    fn open_stream(&mut self, call: &Call, sender: streams::Sender) {
        let stream = Stream {
            sender,
            request: call.request.clone(),
            task_id: call.task.id.clone(),
            life: call.life.clone(),
        };
        let client = self.world.caller.clone();
        self.streams.open(&client, stream, self.world.api);
        self.tell();
    }

    /// Tells clients what has happened since the last time.
    fn tell(&mut self) {
        self.world.notice();
        self.streams.flush(&mut self.world);
    }

    async fn work(
        &mut self,
        work: Work,
        call: &Call,
        mishaps: Vec<Mishap>,
        progress: Progress,
    ) -> Outcome<Body> {
        let life = call.life.child_token();
        let stop = life.clone();
        let bounced = self
            .world
            .session
            .as_ref()
            .map(|session| session.folder.join(commands::BOUNCED_FILES));
        let mut working = tokio::task::spawn_blocking(move || -> Outcome<Change> {
            let change = work.run(&stop, &progress)?;
            for mishap in mishaps {
                mishap.spoil(change.files(), bounced.as_deref())?;
            }
            Ok(change)
        });
        let worked = tokio::select! {
            worked = &mut working => worked,
            () = self.stop.cancelled() => {
                life.cancel();
                working.await
            }
        };
        let change = worked.map_err(|error| {
            Failure::new(
                CommandErrorType::PtUnknownError,
                format!("The command broke off: {error}."),
            )
        })??;
        if call.life.is_cancelled() {
            return Err(Failure::cannot("The program ended."));
        }
        Ok(change.apply(&mut self.world))
    }

    fn register(&mut self, body: &str) -> Outcome<Body> {
        let request: wire::RegisterConnectionRequestBody =
            commands::read("RegisterConnectionRequestBody", body)?;
        if request.company_name.is_empty() || request.application_name.is_empty() {
            return Err(Failure::invalid(
                "company_name and application_name must be given.",
            ));
        }
        Ok(Some(json!({ "session_id": self.front.register() })))
    }
}

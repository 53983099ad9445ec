//! The loop of the plain interface: lines in, sentences out. From a pipe a line is taken when what
//! the one before asked for has been answered; at its end the jobs are waited for.

use std::io::{IsTerminal, Write as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::{Talk, lines, spoken};
use crate::action::Action;
use crate::app::runtime::Runtime;
use crate::app::{Effect, Msg, State, update};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{JobEvent, JobId, JobState, LinkEvent, LinkPhase};
use crate::platform::signals::Signal;
use crate::platform::suspend::suspend;
use crate::tui::run::{Setup, ends, hangup, receive};

/// Runs until it is told to quit, or until the input has ended and the jobs too. The session is put
/// back in every case. Errors: `Job` when a job begun here failed and nobody was left to be told,
/// `Interrupted` when a signal ended it.
pub async fn run(setup: Setup) -> Result<()> {
    let Setup {
        state,
        runtime,
        mut inbox,
        clock,
        again,
        messages,
        ..
    } = setup;
    let mut plain = Plain {
        state,
        runtime,
        clock,
        again,
        is_person: std::io::stdin().is_terminal(),
        talk: Talk::default(),
        has_input: true,
        has_link: false,
        failed: Vec::new(),
        over: None,
        is_gone: false,
    };
    plain.talk.is_paged = plain.is_person;
    let outcome = plain.turn(&mut inbox, messages).await;
    let Plain {
        mut state,
        runtime,
        clock,
        is_gone,
        ..
    } = plain;
    if is_gone {
        hangup::finish(&mut state, &runtime, &mut inbox, &clock).await;
    }
    if state.own_work().is_some() {
        let _ = say("Cancelling the running job and putting the session back.");
    }
    for fault in runtime.shutdown(inbox).await {
        let _ = say(&spoken::sentence(&fault.message));
    }
    outcome
}

struct Plain {
    state: State,
    runtime: Runtime,
    clock: Arc<dyn Clock>,
    again: Arc<Notify>,
    /// Somebody types, and it is no pipe.
    is_person: bool,
    talk: Talk,
    has_input: bool,
    /// The connection has told something.
    has_link: bool,
    failed: Vec<JobId>,
    over: Option<Result<()>>,
    /// The terminal is not there any more.
    is_gone: bool,
}

impl Plain {
    async fn turn(
        &mut self,
        inbox: &mut mpsc::Receiver<Msg>,
        mut messages: Option<mpsc::Receiver<Msg>>,
    ) -> Result<()> {
        let mut signals = ends::signals()?;
        let mut typed = lines::read();
        let mut batch = Vec::new();
        self.say_all(vec![
            "PT-STEM. Type help for what can be done, quit to end.".to_owned(),
        ]);
        self.talk.told.know_place(&self.state);
        loop {
            self.tell();
            if let Some(result) = self.over.take() {
                return result;
            }
            let listens = self.has_input && (self.is_person || self.is_settled());
            tokio::select! {
                biased;
                signal = signals.next() => self.signal(signal),
                count = inbox.recv_many(&mut batch, 256) => {
                    if count == 0 {
                        return Err(ends::abandoned());
                    }
                    for msg in batch.drain(..) {
                        self.apply(msg);
                    }
                }
                Some(msg) = receive(&mut messages) => self.apply(msg),
                line = typed.recv(), if listens => match line {
                    Some(line) => self.hear(&line),
                    None => self.end_of_input(),
                },
                () = tokio::time::sleep(self.quiet()), if !self.has_input && self.is_idle() => {
                    self.over = Some(self.verdict());
                }
                () = tokio::time::sleep(Duration::from_secs(1)), if self.needs_time() => {
                    self.apply(Msg::Tick);
                }
            }
        }
    }

    fn hear(&mut self, line: &str) {
        let reply = self.talk.hear(line, &self.state);
        let is_answered = !reply.lines.is_empty();
        self.say_all(reply.lines);
        for msg in reply.messages {
            self.apply(msg);
        }
        if is_answered {
            self.talk.told.know_place(&self.state);
        }
    }

    fn end_of_input(&mut self) {
        self.has_input = false;
        // Nobody is left to answer.
        while self.state.ui.overlay.is_some() {
            self.apply(Msg::Action(Action::Back));
        }
    }

    fn apply(&mut self, msg: Msg) {
        match &msg {
            Msg::Link(LinkEvent::Phase(_)) => self.has_link = true,
            Msg::Job(JobEvent::Ended {
                id,
                state: JobState::Failed | JobState::Interrupted,
                ..
            }) => self.failed.push(*id),
            _ => {}
        }
        let now = self.clock.now();
        let effects = update(&mut self.state, msg, now);
        for effect in self.runtime.perform(effects) {
            match effect {
                Effect::Copy(text) => self.say_all(vec![text]),
                Effect::Reload => self.again.notify_one(),
                Effect::Suspend => self.suspend(),
                Effect::Quit => self.over = Some(Ok(())),
                _ => {}
            }
        }
    }

    /// Says what is new, and asks what is open.
    fn tell(&mut self) {
        loop {
            let mut lines = self.talk.told.news(&self.state);
            let (asked, close) = self.talk.ask(&self.state);
            lines.extend(asked);
            if self.state.ui.overlay.is_none() {
                lines.extend(self.talk.told.place(&self.state));
            }
            self.say_all(lines);
            match close {
                Some(msg) => self.apply(msg),
                None => return,
            }
        }
    }

    fn say_all(&mut self, lines: Vec<String>) {
        for line in lines {
            if say(&line).is_err() {
                // Nobody listens any more.
                self.over = Some(Ok(()));
                return;
            }
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Interrupt if self.is_person => self.apply(Msg::Action(Action::Interrupt)),
            Signal::Interrupt | Signal::Terminate => self.over = Some(Err(ends::by_signal())),
            Signal::Hangup => {
                self.is_gone = true;
                self.over = Some(Err(ends::by_signal()));
            }
            Signal::Suspend => self.suspend(),
            Signal::Continue | Signal::Resize => {}
        }
    }

    fn suspend(&mut self) {
        let text = match ends::no_suspension(&self.state) {
            Some(reason) => spoken::sentence(reason),
            None => match suspend() {
                Ok(()) => "Continued.".to_owned(),
                Err(error) => error.to_string(),
            },
        };
        self.say_all(vec![text]);
    }

    /// Whether everything that was asked for has been answered.
    fn is_settled(&self) -> bool {
        let state = &self.state;
        let is_ready = match state.link.phase {
            LinkPhase::Connecting => false,
            LinkPhase::Linked => state.session.is_some() && state.loaded.is_whole(),
            _ => true,
        };
        self.has_link
            && is_ready
            && self.state.handed == 0
            && state.requests.is_empty()
            && state.writing == 0
            && state.pending.is_empty()
    }

    /// How long nothing must come before the end: what was done may be noticed with the next poll.
    fn quiet(&self) -> Duration {
        let poll = self.state.config.connection.poll_ms;
        Duration::from_millis((poll + 200).min(900))
    }

    /// Whether nothing goes on any more.
    fn is_idle(&self) -> bool {
        let waits = |job: &crate::model::Job| !job.elsewhere && !job.state.is_over();
        let held = |job: &crate::model::Job| job.state == JobState::Paused;
        let mut jobs = self.state.jobs.jobs().iter();
        self.is_settled() && !jobs.any(|job| waits(job) && !held(job))
    }

    /// Whether something changes by time alone.
    fn needs_time(&self) -> bool {
        let state = &self.state;
        !state.pending.is_empty() || state.ui.toast.is_some() || state.link.work.is_some()
    }

    fn verdict(&self) -> Result<()> {
        match self.failed.first() {
            None => Ok(()),
            Some(id) => Err(Error::new(ErrorKind::Job, format!("job {id} failed"))
                .hint(format!("`pt-stem jobs show {id}` tells why"))),
        }
    }
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

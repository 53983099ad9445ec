//! The loop: waits for signals, input and messages, applies them, and draws at most once a frame
//! slot. Without anything that moves it waits without a timer.

use std::io::IsTerminal;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{Notify, mpsc};

use super::appearance::Appearance;
use super::input::Hands;
use super::keys::Resolver;
use super::panes;
use super::style::Look;
use super::terminal::{self, Terminal, own};
use super::view::{self, Memory, Scene};
use crate::app::runtime::Runtime;
use crate::app::state::{LogLine, Severity};
use crate::app::{Effect, Msg, Reload, State, update};
use crate::clock::Clock;
use crate::config::UserFiles;
use crate::error::{Error, ErrorKind, Result};
use crate::model::stem::EngineKind;
use crate::model::text::clean;
use crate::model::{JobEvent, LinkPhase};
use crate::platform::signals::{Signal, Signals};
use crate::platform::suspend::suspend;

/// Everything that the interface runs on.
pub struct Setup {
    pub state: State,
    pub runtime: Runtime,
    pub inbox: mpsc::Receiver<Msg>,
    pub clock: Arc<dyn Clock>,
    pub files: UserFiles,
    /// Asks for the user's files to be read again; the answer comes as a message.
    pub again: Arc<Notify>,
    /// More messages, from whoever started the interface: log lines, the address of a simulator
    /// that is still being made ready.
    pub messages: Option<mpsc::Receiver<Msg>>,
    /// Where the user's themes are.
    pub config_dir: PathBuf,
    /// Where crash reports go.
    pub state_dir: PathBuf,
    pub log_dir: PathBuf,
}

/// Jobs that ran longer than this ring the bell when they end.
const LONG_JOB_MS: u64 = 30_000;

/// Runs the interface until it is quit. The terminal is given back and the session put back in
/// every case. Errors: `Usage` without a terminal, `Interrupted` when a signal or the end of the
/// terminal ended it, `Internal` after a fault of its own.
pub async fn run(setup: Setup) -> Result<()> {
    let Setup {
        state,
        runtime,
        mut inbox,
        clock,
        files,
        again,
        messages,
        config_dir,
        state_dir,
        log_dir,
    } = setup;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        runtime.shutdown(inbox).await;
        return Err(
            Error::new(ErrorKind::Usage, "the interface needs a terminal")
                .hint("Use a command, such as `pt-stem status`, where there is none"),
        );
    }
    terminal::report_panics(&state_dir, &log_dir);
    let appearance = Appearance::new(files, config_dir);
    let mut interface = match Interface::new(state, runtime, clock, appearance, again) {
        Ok(interface) => interface,
        Err(refused) => {
            let (runtime, error) = *refused;
            runtime.shutdown(inbox).await;
            return Err(error);
        }
    };
    let looped = AssertUnwindSafe(interface.turn(&mut inbox, messages));
    let outcome = looped.catch_unwind().await;
    terminal::leave();
    let Interface { runtime, state, .. } = interface;
    if state.jobs.active().is_some() {
        terminal::say("cancelling the running job and putting the session back …");
    }
    for fault in runtime.shutdown(inbox).await {
        terminal::say(&fault.message);
    }
    drop(std::panic::take_hook());
    match outcome {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            ErrorKind::Internal,
            "the interface stopped because of a fault of its own",
        )),
    }
}

struct Interface {
    state: State,
    runtime: Runtime,
    clock: Arc<dyn Clock>,
    appearance: Appearance,
    /// Asks for the user's files to be read again.
    again: Arc<Notify>,
    terminal: Terminal,
    memory: Memory,
    hands: Hands,
    /// Something may look different.
    dirty: bool,
    /// No frame before this moment.
    next_frame_us: u64,
    keys_end_us: Option<u64>,
    title: String,
    /// Our own suspension is followed by a signal that says what we know.
    resumed: bool,
    over: Option<Result<()>>,
}

impl Interface {
    fn new(
        state: State,
        runtime: Runtime,
        clock: Arc<dyn Clock>,
        appearance: Appearance,
        again: Arc<Notify>,
    ) -> std::result::Result<Self, Box<(Runtime, Error)>> {
        let terminal = match Terminal::enter(state.config.ui.mouse) {
            Ok(terminal) => terminal,
            Err(error) => {
                let text = "the terminal cannot be used";
                let error = Error::new(ErrorKind::Storage, text).because(error);
                return Err(Box::new((runtime, error)));
            }
        };
        let hands = Hands::new(Resolver::new(&state.keymap));
        Ok(Self {
            state,
            runtime,
            clock,
            appearance,
            again,
            terminal,
            memory: Memory::default(),
            hands,
            dirty: true,
            next_frame_us: 0,
            keys_end_us: None,
            title: String::new(),
            resumed: false,
            over: None,
        })
    }

    /// Turns until something ends it.
    async fn turn(
        &mut self,
        inbox: &mut mpsc::Receiver<Msg>,
        mut messages: Option<mpsc::Receiver<Msg>>,
    ) -> Result<()> {
        let mut signals = Signals::listen().map_err(|error| {
            Error::new(ErrorKind::Internal, "signals cannot be heard").because(error)
        })?;
        let mut events = EventStream::new();
        let mut batch = Vec::new();
        loop {
            if let Some(result) = self.over.take() {
                return result;
            }
            self.draw_if_due()?;
            let wake = self.wake();
            tokio::select! {
                biased;
                signal = signals.next() => self.signal(signal)?,
                event = events.next() => match event {
                    Some(Ok(event)) => self.event(event),
                    Some(Err(_)) | None => self.over = Some(Err(ended("the terminal is gone"))),
                },
                count = inbox.recv_many(&mut batch, 256) => {
                    if count == 0 {
                        return Err(Error::new(ErrorKind::Internal, "the application has ended"));
                    }
                    for msg in batch.drain(..) {
                        self.apply(msg);
                    }
                }
                Some(msg) = receive(&mut messages) => self.apply(msg),
                () = sleep(wake) => self.time_has_come(),
            }
        }
    }

    fn event(&mut self, event: Event) {
        if let Event::Resize(..) = event {
            self.terminal.forget();
            self.dirty = true;
            return;
        }
        let now = self.clock.now().mono_us;
        let messages = self.hands.messages(event, &self.state, &self.memory, now);
        self.keys_end_us = self
            .hands
            .resolver
            .is_pending()
            .then(|| now + self.state.config.ui.key_timeout_ms * 1000);
        for msg in messages {
            self.apply(msg);
        }
    }

    fn apply(&mut self, msg: Msg) {
        let ended = match &msg {
            Msg::Job(JobEvent::Ended { id, .. }) => Some(*id),
            _ => None,
        };
        if let Msg::Reload(Reload::Taken(files, _)) = &msg {
            self.take(files.as_ref().clone());
        }
        let now = self.clock.now();
        let effects = own(|| update(&mut self.state, msg, now));
        self.dirty = true;
        for effect in self.runtime.perform(effects) {
            match effect {
                Effect::Copy(text) => {
                    let _ = self.terminal.copy(&text);
                }
                Effect::Mouse(on) => drop(self.terminal.mouse(on)),
                Effect::Theme(name) => self.take_theme(&name),
                Effect::Redraw => self.terminal.forget(),
                Effect::Suspend => self.suspend(),
                Effect::Reload => self.again.notify_one(),
                Effect::Quit => self.over = Some(Ok(())),
                _ => {}
            }
        }
        if let Some(id) = ended {
            self.ring(id);
        }
    }

    /// Takes what the user's files say now.
    fn take(&mut self, files: UserFiles) {
        self.hands.resolver = Resolver::new(&files.keymap);
        self.appearance.take(files);
    }

    fn take_theme(&mut self, name: &str) {
        if let Err(error) = self.appearance.choose(name) {
            self.warn(&error.chain());
        }
    }

    /// Tells of the end of a long job, also to who looks elsewhere.
    fn ring(&mut self, id: crate::model::JobId) {
        let Some(job) = self.state.jobs.get(id) else {
            return;
        };
        let took = match (job.started_ms, job.ended_ms) {
            (Some(started), Some(ended)) => ended.saturating_sub(started),
            _ => 0,
        };
        if took >= LONG_JOB_MS {
            let text = format!("PT-STEM: {} {}", job.title, job.state.word());
            let _ = self.terminal.notify(&text);
        }
    }

    fn signal(&mut self, signal: Signal) -> Result<()> {
        match signal {
            Signal::Interrupt | Signal::Terminate => {
                self.over = Some(Err(ended("ended by a signal")))
            }
            Signal::Hangup => self.over = Some(Err(ended("the terminal is gone"))),
            Signal::Suspend => self.suspend(),
            Signal::Continue => {
                if !std::mem::take(&mut self.resumed) {
                    self.terminal.pause(|| ()).map_err(lost)?;
                }
                self.dirty = true;
            }
        }
        Ok(())
    }

    fn suspend(&mut self) {
        let bounces = |job: &crate::model::Job| job.plan.engine == EngineKind::Bounce;
        if self.state.jobs.active().is_some_and(bounces) {
            self.warn("a bounce runs; suspending would leave Pro Tools changed meanwhile");
            return;
        }
        let mut outcome = Ok(());
        if let Err(error) = self.terminal.pause(|| outcome = suspend()) {
            self.over = Some(Err(lost(error)));
            return;
        }
        self.resumed = outcome.is_ok();
        if let Err(error) = outcome {
            self.warn(&error.to_string());
        }
        self.dirty = true;
    }

    fn warn(&mut self, text: &str) {
        let line = LogLine {
            unix_ms: self.clock.now().unix_ms,
            severity: Severity::Warning,
            source: "terminal".to_owned(),
            text: text.to_owned(),
        };
        self.apply(Msg::Log(line));
    }

    /// A timer has run out: of a key sequence, or of something shown.
    fn time_has_come(&mut self) {
        let now = self.clock.now().mono_us;
        if self.keys_end_us.is_some_and(|end| end <= now) {
            self.keys_end_us = None;
            self.hands.resolver.reset();
            self.apply(Msg::PendingKeys(String::new()));
        }
        if next_change(&self.state, &self.appearance.look).is_some_and(|at| at <= now) {
            self.apply(Msg::Tick);
        }
    }

    /// When to wake without an event; `None` waits for ever.
    fn wake(&self) -> Option<Duration> {
        let now = self.clock.now().mono_us;
        let frame = self.dirty.then_some(self.next_frame_us);
        let deadline = [
            frame,
            self.keys_end_us,
            next_change(&self.state, &self.appearance.look),
        ]
        .into_iter()
        .flatten()
        .min()?;
        Some(Duration::from_micros(deadline.saturating_sub(now)))
    }

    fn draw_if_due(&mut self) -> Result<()> {
        for text in terminal::task_panics() {
            self.apply(Msg::Log(LogLine {
                unix_ms: self.clock.now().unix_ms,
                severity: Severity::Error,
                source: "fault".to_owned(),
                text,
            }));
        }
        let now = self.clock.now().mono_us;
        if !self.dirty || now < self.next_frame_us {
            return Ok(());
        }
        self.dirty = false;
        self.next_frame_us = now + self.appearance.frame_us();
        let size = self.terminal.size().map_err(lost)?;
        let scene = Scene {
            state: &self.state,
            look: &self.appearance.look,
            keymap: &self.state.keymap,
        };
        let memory = &mut self.memory;
        let (frame, cursor) = own(|| view::draw(&scene, size, memory));
        self.terminal.show(frame, cursor).map_err(lost)?;
        self.name_window()?;
        self.tell_page_rows();
        Ok(())
    }

    fn name_window(&mut self) -> Result<()> {
        let title = title(&self.state);
        if title != self.title {
            self.terminal.title(&title).map_err(lost)?;
            self.title = title;
        }
        Ok(())
    }

    fn tell_page_rows(&mut self) {
        let known = &self.state.ui.page_rows;
        let news: Vec<_> = self
            .memory
            .page_rows
            .iter()
            .filter(|(pane, rows)| known.get(pane) != Some(rows))
            .map(|(pane, rows)| (*pane, *rows))
            .collect();
        for (pane, rows) in news {
            let now = self.clock.now();
            let effects = own(|| update(&mut self.state, Msg::PageRows(pane, rows), now));
            self.runtime.perform(effects);
        }
    }
}

/// The next moment at which the picture changes by itself.
fn next_change(state: &State, look: &Look) -> Option<u64> {
    let now = state.now.mono_us;
    let toast = state.ui.toast.as_ref().map(|toast| toast.until_us);
    let step = if look.animated { 100_000 } else { 1_000_000 };
    let counter = panes::transport::is_moving(state).then_some(now + step);
    let seconds = match state.link.phase {
        LinkPhase::Waiting { .. } | LinkPhase::Stale { .. } | LinkPhase::Blocked { .. } => {
            Some(now + 1_000_000)
        }
        _ => state.link.work.as_ref().map(|_| now + 1_000_000),
    };
    [toast, counter, seconds].into_iter().flatten().min()
}

/// The window's title: the session, and how far the running job is, in steps of 5 %.
fn title(state: &State) -> String {
    let mut title = "PT-STEM".to_owned();
    if let Some(session) = &state.session {
        title = format!("{title} {}", clean(&session.info.name));
    }
    if let Some(job) = state.jobs.active() {
        let percent = (job.fraction() * 20.0).floor() * 5.0;
        title = format!("{title}: {percent:.0} %");
    }
    title
}

async fn receive(messages: &mut Option<mpsc::Receiver<Msg>>) -> Option<Msg> {
    let Some(receiver) = messages else {
        return std::future::pending().await;
    };
    let msg = receiver.recv().await;
    if msg.is_none() {
        *messages = None;
        return std::future::pending().await;
    }
    msg
}

async fn sleep(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

fn ended(text: &str) -> Error {
    Error::new(ErrorKind::Interrupted, text)
}

fn lost(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Interrupted, "the terminal is gone").because(error)
}

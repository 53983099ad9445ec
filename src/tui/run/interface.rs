//! The loop: waits for signals, input and messages, applies them, and draws at most once a frame
//! slot. Without anything that moves it waits without a timer.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use tokio::sync::{Notify, mpsc};

use super::ends;
use super::pace::{self, Pace};
use super::show::Progress;
use crate::app::runtime::Runtime;
use crate::app::state::{LogLine, Severity};
use crate::app::{Effect, Msg, Reload, State, update};
use crate::clock::Clock;
use crate::config::UserFiles;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{JobEvent, JobId};
use crate::tui::appearance::Appearance;
use crate::tui::background::{Background, Heard};
use crate::tui::events::Events;
use crate::tui::input::Hands;
use crate::tui::keys::Resolver;
use crate::tui::osc::Manner;
use crate::tui::terminal::{Terminal, own};
use crate::tui::view::Memory;

/// How long a sequence is waited for after its followers were shown.
const SEQUENCE_US: u64 = 10_000_000;
/// Jobs that ran longer than this ring the bell when they end.
const LONG_JOB_MS: u64 = 30_000;

/// The application, the terminal it is seen in, and the hands on the keys.
pub(super) struct Interface {
    pub(super) state: State,
    pub(super) runtime: Runtime,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) appearance: Appearance,
    /// Asks for the user's files to be read again.
    again: Arc<Notify>,
    pub(super) terminal: Terminal,
    pub(super) memory: Memory,
    pub(super) hands: Hands,
    background: Background,
    pub(super) pace: Pace,
    pub(super) title: String,
    /// Our own suspension is followed by a signal that says what we know.
    pub(super) resumed: bool,
    pub(super) over: Option<Result<()>>,
    /// The terminal is not there any more.
    pub(super) is_gone: bool,
    pub(super) manner: Manner,
    pub(super) progress: Progress,
}

impl Interface {
    pub(super) fn new(
        mut state: State,
        runtime: Runtime,
        clock: Arc<dyn Clock>,
        appearance: Appearance,
        again: Arc<Notify>,
    ) -> std::result::Result<Self, Box<(Runtime, Error)>> {
        state.ui.themes = appearance.own_themes();
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
            manner: manner(&state),
            state,
            runtime,
            clock,
            appearance,
            again,
            terminal,
            memory: Memory::default(),
            hands,
            background: Background::default(),
            pace: Pace::default(),
            title: String::new(),
            resumed: false,
            over: None,
            is_gone: false,
            progress: Progress::default(),
        })
    }

    /// Turns until something ends it.
    pub(super) async fn turn(
        &mut self,
        inbox: &mut mpsc::Receiver<Msg>,
        mut messages: Option<mpsc::Receiver<Msg>>,
    ) -> Result<()> {
        let mut signals = ends::signals()?;
        self.draw_if_due()?;
        // Consoles of Windows do not answer among the keys.
        if self.appearance.wants_background() && cfg!(unix) {
            self.terminal.ask_background().map_err(ends::lost)?;
            self.background.asked();
        }
        let mut events = Events::listen();
        let mut batch = Vec::new();
        loop {
            if self.draw_if_due().is_err() {
                self.hung_up();
            }
            if let Some(result) = self.over.take() {
                return result;
            }
            let now = self.clock.now().mono_us;
            let wake = self.pace.wait(now, self.next_change());
            tokio::select! {
                biased;
                signal = signals.next() => {
                    if self.signal(signal).is_err() {
                        self.hung_up();
                    }
                }
                event = events.next() => match event {
                    Some(event) => self.event(event),
                    None => self.hung_up(),
                },
                count = inbox.recv_many(&mut batch, 256) => {
                    if count == 0 {
                        return Err(ends::abandoned());
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
            // On Unix the signal has told already, and this comes with some later key.
            if cfg!(not(unix)) {
                self.resized();
            }
            return;
        }
        let events = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                match self.background.key(key) {
                    Heard::Keys(keys) => keys.into_iter().map(Event::Key).collect(),
                    Heard::Answer(light) => {
                        if let Some(light) = light {
                            self.appearance.answered(light);
                            self.pace.touch();
                        }
                        Vec::new()
                    }
                }
            }
            event => vec![event],
        };
        for event in events {
            self.input(event);
        }
    }

    pub(super) fn resized(&mut self) {
        self.terminal.forget();
        self.pace.touch();
    }

    pub(super) fn hung_up(&mut self) {
        self.is_gone = true;
        self.over = Some(Err(ends::gone()));
    }

    fn input(&mut self, event: Event) {
        let now = self.clock.now().mono_us;
        let messages = self.hands.messages(event, &self.state, &self.memory, now);
        let is_pending = self.hands.resolver.is_pending();
        self.pace.keys_end_us =
            is_pending.then(|| now + self.state.config.ui.key_timeout_ms * 1000);
        for msg in messages {
            self.apply(msg);
        }
    }

    pub(super) fn apply(&mut self, msg: Msg) {
        let ended = match &msg {
            Msg::Job(JobEvent::Ended { id, .. }) => Some(*id),
            _ => None,
        };
        if let Msg::Reload(Reload::Taken(files, _)) = &msg {
            self.take(files.as_ref().clone());
        }
        let now = self.clock.now();
        let is_new = matches!(&msg, Msg::Reload(_));
        let effects = own(|| update(&mut self.state, msg, now));
        if is_new {
            self.manner = manner(&self.state);
        }
        self.pace.touch();
        for effect in self.runtime.perform(effects) {
            match effect {
                Effect::Copy(text) => {
                    let manner = self.manner;
                    let _ = self.terminal.send(|out| manner.copy(out, &text));
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
        self.state.ui.themes = self.appearance.own_themes();
        self.appearance.take(files);
    }

    fn take_theme(&mut self, name: &str) {
        if let Err(error) = self.appearance.choose(name) {
            self.warn(&error.chain());
        }
    }

    /// When the picture changes by itself.
    fn next_change(&self) -> Option<u64> {
        pace::next_change(&self.state, &self.appearance.look)
    }

    /// Tells of the end of a long job, also to who looks elsewhere.
    fn ring(&mut self, id: JobId) {
        let Some(job) = self.state.jobs.get(id) else {
            return;
        };
        let took = match (job.started_ms, job.ended_ms) {
            (Some(started), Some(ended)) => ended.saturating_sub(started),
            _ => 0,
        };
        if took >= LONG_JOB_MS {
            let text = format!("PT-STEM: {} {}", job.title, job.state.word());
            let manner = self.manner;
            let _ = self.terminal.send(|out| manner.notify(out, &text));
        }
    }

    pub(super) fn warn(&mut self, text: &str) {
        let line = LogLine {
            unix_ms: self.clock.now().unix_ms,
            severity: Severity::Warning,
            source: "terminal".to_owned(),
            text: text.to_owned(),
        };
        self.apply(Msg::Say(line));
    }

    /// A timer has run out: of a key sequence, or of something shown.
    fn time_has_come(&mut self) {
        let now = self.clock.now().mono_us;
        if self.pace.keys_end_us.is_some_and(|end| end <= now) {
            if self.state.ui.which {
                self.pace.keys_end_us = None;
                self.hands.resolver.reset();
                self.apply(Msg::PendingKeys(String::new()));
            } else {
                self.pace.keys_end_us = Some(now + SEQUENCE_US);
                self.apply(Msg::Which);
            }
        }
        if self.next_change().is_some_and(|at| at <= now) {
            self.apply(Msg::Tick);
        }
    }
}

/// The next message of whoever started the interface; waits for ever when there is none to come.
pub(in crate::tui) async fn receive(messages: &mut Option<mpsc::Receiver<Msg>>) -> Option<Msg> {
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

fn manner(state: &State) -> Manner {
    Manner::new(state.config.ui.notify, |name| std::env::var(name).ok())
}

//! What the loop shows: a frame when its slot has come, and the window's title when it is another one.

use super::ends::lost;
use super::interface::Interface;
use crate::app::state::{LogLine, Overlay, Severity};
use crate::app::{Msg, State, update};
use crate::error::Result;
use crate::model::text::clean;
use crate::tui::terminal::{self, own};
use crate::tui::view::{self, Scene};

/// Microseconds after which the terminal is told again how far the job is.
const RENEWED_US: u64 = 5_000_000;

/// What the terminal was last told about the running job.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    shown: Option<u8>,
    at_us: u64,
}

impl Interface {
    pub(super) fn draw_if_due(&mut self) -> Result<()> {
        for text in terminal::task_panics() {
            self.apply(Msg::Say(LogLine {
                unix_ms: self.clock.now().unix_ms,
                severity: Severity::Error,
                source: "fault".to_owned(),
                text,
            }));
        }
        let now = self.clock.now().mono_us;
        if !self.pace.take_slot(now, self.appearance.frame_us()) {
            return Ok(());
        }
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
        self.tell_progress(now)?;
        self.tell_back();
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

    /// A bar outside of the screen, where the settings want one. Terminals take one away that is
    /// not renewed now and then.
    fn tell_progress(&mut self, now: u64) -> Result<()> {
        let wanted = self.state.config.ui.progress;
        let job = self.state.jobs.active().filter(|_| wanted);
        let percent = job.map(|job| (job.fraction() * 100.0) as u8);
        let Progress { shown, at_us } = self.progress;
        let is_old = percent.is_some() && now.saturating_sub(at_us) >= RENEWED_US;
        if shown != percent || is_old {
            self.progress = Progress {
                shown: percent,
                at_us: now,
            };
            let manner = self.manner;
            let told = self.terminal.send(|out| manner.progress(out, percent));
            told.map_err(lost)?;
        }
        Ok(())
    }

    /// Takes the bar away.
    pub(super) fn end_progress(&mut self) {
        if self.progress.shown.take().is_some() {
            let manner = self.manner;
            let _ = self.terminal.send(|out| manner.progress(out, None));
        }
    }

    /// What only a view knows: how much fits, and where long texts end.
    fn tell_back(&mut self) {
        let known = &self.state.ui.page_rows;
        let news = self
            .memory
            .page_rows
            .iter()
            .filter(|(pane, rows)| known.get(pane) != Some(rows))
            .map(|(pane, rows)| Msg::PageRows(*pane, *rows));
        let open = self.state.ui.overlay.as_ref();
        let details = self
            .memory
            .details_first
            .filter(|at| matches!(open, Some(Overlay::Inspector { first }) if first != at));
        let news: Vec<Msg> = news.chain(details.map(Msg::DetailsFrom)).collect();
        for message in news {
            let now = self.clock.now();
            let effects = own(|| update(&mut self.state, message, now));
            self.runtime.perform(effects);
        }
    }
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

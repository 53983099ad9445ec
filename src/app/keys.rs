//! Which keys hold now, and the pages that are made of them: footer, help, the popup of an unfinished
//! sequence. Views and input agree through this; bindings themselves live in `config::keymap`.

use crate::action::{Action, ActionInfo, Group};
use crate::app::rows::Filter;
use crate::app::state::{Overlay, Pane, State};
use crate::app::update::available::unavailable;
use crate::config::keymap::{self, Binding, Context, When};
use crate::model::JobState;

/// The context of a pane's own bindings.
pub fn context(pane: Pane) -> Context {
    match pane {
        Pane::Tracks | Pane::Matrix => Context::Tracks,
        Pane::Stems => Context::Stems,
        Pane::Jobs => Context::Jobs,
        Pane::Files => Context::Files,
        Pane::Log => Context::Log,
        Pane::Transport | Pane::Timeline => Context::Transport,
        Pane::Link => Context::Global,
    }
}

/// An action of the catalogue without arguments, or with a stand-in where it needs one.
pub fn sample(info: &ActionInfo) -> Option<Action> {
    Action::parse(info.name)
        .or_else(|_| Action::parse(&format!("{} 1", info.name)))
        .ok()
}

/// A line of the help page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    Chapter(&'static str),
    Entry {
        keys: String,
        command: String,
        text: String,
        place: String,
        /// Why it cannot be done now.
        reason: Option<String>,
    },
}

impl State {
    /// Where keys are looked for now, the nearest first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.ui.overlay {
            Some(_) => Context::Dialog.path(),
            None => context(self.ui.focus).path(),
        }
    }

    /// Whether the condition of a binding is so.
    pub fn holds(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Question => {
                matches!(
                    self.ui.overlay,
                    Some(Overlay::Confirm { .. } | Overlay::Print(_))
                )
            }
            When::Reading => {
                matches!(
                    self.ui.overlay,
                    Some(Overlay::Inspector { .. } | Overlay::Fault(_))
                )
            }
            When::Playing => {
                let session = self.session.as_ref();
                session.is_some_and(|session| session.transport.is_rolling())
            }
            When::Filtered => !self.filter_text(self.ui.focus).trim().is_empty(),
            When::Folder => {
                let row = self.rows.get(self.cursor(Pane::Tracks));
                self.ui.focus == Pane::Tracks && row.is_some_and(|row| row.has_children)
            }
            When::Failed => !self.places().is_empty(),
            When::Paused => {
                let shown = self.shown(Pane::Jobs);
                let job = shown.get(self.cursor(Pane::Jobs));
                job.and_then(|index| self.jobs.jobs().get(*index))
                    .is_some_and(|job| job.state == JobState::Paused)
            }
        }
    }

    /// Bindings for the footer, the most important first.
    pub fn footer(&self) -> Vec<&Binding> {
        self.keymap.footer(self.contexts(), |when| self.holds(when))
    }

    /// What can follow the keys typed so far.
    pub fn following(&self) -> Vec<(String, &Binding)> {
        let typed = &self.ui.pending_keys;
        self.keymap
            .following(self.contexts(), |when| self.holds(when), typed)
    }

    /// The help page: the chapters that hold something for a search by key, name, words or place.
    /// A search that is a key finds what it does.
    pub fn help(&self, search: &str) -> Vec<HelpLine> {
        let pages = keymap::page(&self.keymap);
        let wanted = keymap::normal(search).ok().filter(|wanted| {
            let bindings = self.keymap.bindings.iter();
            let mut keys = bindings.flat_map(|binding| &binding.keys);
            keys.any(|keys| keymap::normal(keys).as_ref() == Ok(wanted))
        });
        let mut filter = Filter::new(search);
        let small = search.to_lowercase();
        let mut fits = |line: &keymap::Line| match (&wanted, &mut filter) {
            (Some(wanted), _) => line.binding.is_some_and(|binding| {
                let mut keys = binding.keys.iter();
                keys.any(|keys| keymap::normal(keys).as_ref() == Ok(wanted))
            }),
            (None, None) => true,
            // Names fuzzily; in sentences a fuzzy search finds too much.
            (None, Some(filter)) => {
                let words = format!("{} {}", line.description(), line.place()).to_lowercase();
                filter.score(line.info.name).is_some()
                    || small.split_whitespace().all(|word| words.contains(word))
            }
        };
        let mut found = Vec::new();
        for (group, lines) in pages {
            let lines: Vec<_> = lines.into_iter().filter(|line| fits(line)).collect();
            if !lines.is_empty() {
                found.push(HelpLine::Chapter(Group::title(group)));
                found.extend(lines.iter().map(|line| self.help_line(line)));
            }
        }
        found
    }

    fn help_line(&self, line: &keymap::Line) -> HelpLine {
        let action = match line.binding {
            Some(binding) => Some(binding.action.clone()),
            None => sample(line.info),
        };
        HelpLine::Entry {
            keys: line.keys().join("  "),
            command: line.command(),
            text: line.description().to_owned(),
            place: line.place(),
            reason: action.and_then(|action| self.reason_behind(&action)),
        }
    }

    /// Why an action cannot be done on the panes behind the overlay that shows it.
    pub fn reason_behind(&self, action: &Action) -> Option<String> {
        match action {
            Action::Confirm => None,
            action => unavailable(self, action),
        }
    }
}

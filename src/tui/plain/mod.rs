//! The interface without a full screen: one sentence a line, numbered choices, nothing is ever drawn
//! over. For screen readers, for scripts and for terminals that can do nothing. It shows the same
//! state and sends the same messages as the full one; no escape sequence comes from here.

mod ask;
mod events;
mod hear;
mod lines;
mod lists;
mod rows;
mod run;
mod spoken;

pub use run::run;

use crate::action::Action;
use crate::app::Msg;
use crate::app::state::{Overlay, Pane};

/// What a number stands for.
#[derive(Debug, Clone)]
enum Choice {
    /// Messages that carry the choice out.
    Send(Vec<Msg>),
    /// A row of a list: the cursor goes there, and what can be done with it is offered.
    Row(Pane, usize),
    /// An action that wants words behind its name.
    Words(&'static str, &'static str),
}

impl Choice {
    fn act(action: Action) -> Self {
        Self::Send(vec![Msg::Action(action)])
    }
}

/// The conversation: what was offered last, what has been told.
#[derive(Debug, Default)]
struct Talk {
    /// What the numbers stand for now.
    choices: Vec<Choice>,
    /// Lines of a long list that have not been said.
    rest: Vec<String>,
    /// Long lists are said in pages, for whoever listens to them.
    is_paged: bool,
    /// The dialog as it was last asked.
    asked: Option<Overlay>,
    /// Asked for the text of a filter.
    asked_filter: bool,
    told: events::Told,
}

/// Lines of a list that are said at once.
const PAGE: usize = 20;

impl Talk {
    /// Offers a list under its heading; every line has a choice, and gets its number.
    fn offer(&mut self, heading: String, entries: Vec<(String, Choice)>) -> Vec<String> {
        let (texts, choices): (Vec<String>, Vec<Choice>) = entries.into_iter().unzip();
        self.choices = choices;
        let lines = texts.into_iter().enumerate();
        let numbered = lines.map(|(index, text)| format!("{}: {text}", index + 1));
        let mut all: Vec<String> = std::iter::once(heading).chain(numbered).collect();
        self.rest.clear();
        if self.is_paged && all.len() > PAGE + 1 {
            self.rest = all.split_off(PAGE + 1);
            all.push(self.how_many_more());
        }
        all
    }

    /// The next page of a long list.
    fn more(&mut self) -> Vec<String> {
        if self.rest.is_empty() {
            return vec!["That was all.".to_owned()];
        }
        let keep = self.rest.split_off(PAGE.min(self.rest.len()));
        let mut page = std::mem::replace(&mut self.rest, keep);
        if !self.rest.is_empty() {
            page.push(self.how_many_more());
        }
        page
    }

    fn how_many_more(&self) -> String {
        format!("{} more: type more, or a number.", self.rest.len())
    }
}

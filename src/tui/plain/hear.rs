//! What a typed line means: a number of what was offered, the name of a list or of an action, an
//! answer, or text that was asked for.

use super::{Choice, Talk, ask, events, rows, spoken};
use crate::action::{Action, ActionInfo, catalogue};
use crate::app::rows::Filter;
use crate::app::state::{Overlay, Pane};
use crate::app::update::Input;
use crate::app::{Msg, State, unavailable};

/// What follows from a line: messages for the application, and sentences at once.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub messages: Vec<Msg>,
    pub lines: Vec<String>,
}

impl Reply {
    fn say(line: impl Into<String>) -> Self {
        Self {
            lines: vec![line.into()],
            ..Self::default()
        }
    }

    fn send(messages: Vec<Msg>) -> Self {
        Self {
            messages,
            ..Self::default()
        }
    }
}

impl Talk {
    pub(super) fn hear(&mut self, line: &str, state: &State) -> Reply {
        let line = line.trim();
        // A colon makes a command of anything, also where text is asked for.
        if let Some(command) = line.strip_prefix(':') {
            return self.command(command.trim(), state);
        }
        if let Some(reply) = self.answer(line, state) {
            return reply;
        }
        match line.parse::<usize>() {
            Ok(number) => self.number(number, state),
            Err(_) => self.command(line, state),
        }
    }

    /// What the open dialog makes of a line; `None` leaves it to numbers and commands.
    fn answer(&self, line: &str, state: &State) -> Option<Reply> {
        let back = || Reply::send(vec![Msg::Action(Action::Back)]);
        let is_number = line.parse::<usize>().is_ok();
        match &state.ui.overlay {
            Some(Overlay::Print(dialog)) if dialog.editing.is_some() => Some(typed(line)),
            Some(Overlay::Confirm { .. } | Overlay::Print(_)) => match line {
                "y" | "yes" => Some(Reply::send(vec![Msg::Action(Action::Confirm)])),
                "n" | "no" | "back" | "cancel" => Some(back()),
                _ if is_number => None,
                _ => Some(Reply::say(
                    "A question is open: type one of its numbers, yes or no.",
                )),
            },
            Some(Overlay::Assign { .. }) => match line {
                "" | "back" => Some(back()),
                _ if is_number => None,
                name => Some(Reply::send(ask::take_stem(name.to_owned()))),
            },
            Some(Overlay::Pick(_)) => match line {
                "" | "back" => Some(back()),
                _ if is_number => None,
                name => Some(typed(name)),
            },
            Some(_) if state.is_typing() => Some(match line {
                "" | "back" => back(),
                text => typed(text),
            }),
            None if state.ui.filtering => Some(match line {
                "" => back(),
                text => typed(text),
            }),
            _ => None,
        }
    }

    fn number(&mut self, number: usize, state: &State) -> Reply {
        let choice = number.checked_sub(1).and_then(|at| self.choices.get(at));
        match choice.cloned() {
            None => Reply::say(match self.choices.len() {
                0 => "Nothing is offered by number now: type help.".to_owned(),
                count => format!("There is no number {number}: 1 to {count} are offered."),
            }),
            Some(Choice::Send(messages)) => Reply::send(messages),
            Some(Choice::Words(name, arguments)) => {
                Reply::say(format!("It wants words: type {name} {arguments}"))
            }
            Some(Choice::Row(pane, row)) => Reply {
                messages: vec![Msg::Point(pane, row)],
                lines: self.row(state, pane, row),
            },
        }
    }

    fn command(&mut self, line: &str, state: &State) -> Reply {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let said = |lines| Reply {
            lines,
            ..Reply::default()
        };
        if let Some(pane) = rows::pane(word) {
            return self.list(state, pane, rest);
        }
        match word {
            "" | "where" => said(events::everything(state)),
            "help" | "?" | "palette" => said(self.actions(state, rest)),
            "more" => said(self.more()),
            _ => match Action::parse(line) {
                Ok(action) => Reply::send(vec![Msg::Action(action)]),
                Err(error) => Reply::say(spoken::sentence(&format!("{error}; help tells all"))),
            },
        }
    }

    /// A list, with the filter that is typed behind its name.
    fn list(&mut self, state: &State, pane: Pane, filter: &str) -> Reply {
        let mut wanted = Filter::new(filter);
        let count = state.row_count(pane);
        let mut entries = Vec::new();
        for row in 0..count {
            let Some(text) = rows::row(state, pane, row) else {
                continue;
            };
            let fits = wanted.as_mut().is_none_or(|f| f.score(&text).is_some());
            if fits {
                entries.push((text, Choice::Row(pane, row)));
            }
        }
        let name = rows::name(pane);
        let heading = match (entries.len(), count) {
            (0, 0) => format!("No {name}."),
            (0, _) => format!("None of {count} {name} fits."),
            (1, _) => format!("1 {}; its number takes it:", name.trim_end_matches('s')),
            (some, _) => format!("{some} {name}; a number takes one:"),
        };
        let number = Pane::ALL.iter().position(|other| *other == pane);
        let focus = number.and_then(|at| u8::try_from(at + 1).ok());
        Reply {
            lines: self.offer(heading, entries),
            messages: focus
                .map(|n| Msg::Action(Action::Pane(n)))
                .into_iter()
                .collect(),
        }
    }

    /// A row that was taken, and what can be done with it.
    fn row(&mut self, state: &State, pane: Pane, row: usize) -> Vec<String> {
        let text = rows::row(state, pane, row).unwrap_or_default();
        let mut entries = Vec::new();
        for name in rows::actions(pane) {
            let info = catalogue().iter().find(|info| info.name == *name);
            let (Some(info), Ok(action)) = (info, Action::parse(name)) else {
                continue;
            };
            let text = format!("{name}, {}", spoken::line(info.description));
            entries.push((text, Choice::act(action)));
        }
        self.offer(spoken::sentence(&text), entries)
    }

    /// All actions that fit a word, with why they cannot be done now.
    pub(super) fn actions(&mut self, state: &State, word: &str) -> Vec<String> {
        let mut wanted = Filter::new(word);
        let mut fits = |info: &ActionInfo| {
            let text = format!("{} {}", info.name, info.description);
            wanted.as_mut().is_none_or(|f| f.score(&text).is_some())
        };
        let fitting = catalogue().iter().filter(|info| fits(info));
        let entries: Vec<_> = fitting.map(|info| entry(state, info)).collect();
        if entries.is_empty() {
            return vec!["No action fits.".to_owned()];
        }
        let lists: Vec<&str> = Pane::ALL
            .into_iter()
            .filter(|pane| pane.list() == *pane && *pane != Pane::Link)
            .map(rows::name)
            .collect();
        let mut lines = vec![format!(
            "Lists: {}, each with words to look for behind it. An empty line tells where you are.",
            lists.join(", ")
        )];
        let heading = "Actions, by number or by name:".to_owned();
        lines.extend(self.offer(heading, entries));
        lines
    }
}

fn entry(state: &State, info: &'static ActionInfo) -> (String, Choice) {
    let action = Action::parse(info.name);
    let reason = action.as_ref().ok().and_then(|a| unavailable(state, a));
    let mut text = [info.name, info.arguments].join(" ").trim_end().to_owned();
    text = format!(
        "{}, {}",
        spoken::line(&text),
        spoken::line(info.description)
    );
    if let Some(reason) = reason {
        text = format!("{text}; not now: {}", spoken::line(&reason));
    }
    let choice = match action {
        Ok(action) => Choice::act(action),
        Err(_) => Choice::Words(info.name, info.arguments),
    };
    (text, choice)
}

/// Text for the field that has the focus, in place of what it holds.
fn typed(text: &str) -> Reply {
    Reply::send(vec![
        Msg::Input(Input::Clear),
        Msg::Input(Input::Insert(text.to_owned())),
        Msg::Input(Input::Submit),
    ])
}

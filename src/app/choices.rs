//! What the palette and the stem choice offer for a text. Views and `update` agree through this.

use std::cmp::Reverse;

use crate::action::{Action, ActionInfo, catalogue};
use crate::app::complete::{self, Candidate};
use crate::app::keys::sample;
use crate::app::rows::Filter;
use crate::app::state::State;
use crate::config::keymap;

/// A line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaletteRow {
    /// An action that fits what is typed.
    Action(PaletteEntry),
    /// The command as it is typed, with its arguments.
    Typed(PaletteEntry),
    /// A way to go on with the arguments.
    Argument(Candidate),
}

impl PaletteRow {
    /// The action that it is about; `None` for an argument.
    pub fn entry(&self) -> Option<&PaletteEntry> {
        match self {
            Self::Action(entry) | Self::Typed(entry) => Some(entry),
            Self::Argument(_) => None,
        }
    }
}

/// An action of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteEntry {
    pub info: &'static ActionInfo,
    /// Its first key as shown.
    pub keys: String,
    /// Why it cannot be done now.
    pub reason: Option<String>,
}

/// The action that a line names, once its name is followed by a blank.
pub fn named(text: &str) -> Option<&'static ActionInfo> {
    let (name, _) = text.trim_start().split_once(char::is_whitespace)?;
    catalogue().iter().find(|info| info.name == name)
}

/// The actions that fit the text by name, key or words, best first; all in the order of the help
/// page for a blank one. Behind a name and a blank, what its arguments can be.
pub fn palette(state: &State, text: &str) -> Vec<PaletteRow> {
    if let Some(info) = named(text).filter(|info| !info.arguments.is_empty()) {
        let action = Action::parse(text).ok().or_else(|| sample(info));
        let typed = PaletteRow::Typed(entry(state, info, action));
        let candidates = complete::candidates(state, info, text).into_iter();
        return std::iter::once(typed)
            .chain(candidates.map(PaletteRow::Argument))
            .collect();
    }
    let word = text.trim();
    let key = keymap::normal(word).ok();
    let has_key = |info: &ActionInfo| {
        let own = state.keymap.bindings.iter();
        own.filter(|binding| binding.action.name() == info.name)
            .flat_map(|binding| &binding.keys)
            .any(|keys| keymap::normal(keys).ok() == key)
    };
    let mut found: Vec<(u32, &'static ActionInfo)> = match Filter::new(word) {
        None => catalogue().iter().map(|info| (0, info)).collect(),
        Some(mut filter) => catalogue()
            .iter()
            .filter_map(|info| {
                // A hit in the name is worth more than one in the description.
                let exact = if info.name == word { 4000 } else { 0 };
                let key = if key.is_some() && has_key(info) {
                    2000
                } else {
                    0
                };
                let name = filter.score(info.name).map(|score| score + 1000);
                let score = name.or_else(|| filter.score(info.description));
                (score.is_some() || key > 0).then(|| (score.unwrap_or(0) + exact + key, info))
            })
            .collect(),
    };
    found.sort_by_key(|(score, _)| Reverse(*score));
    found
        .into_iter()
        .map(|(_, info)| PaletteRow::Action(entry(state, info, sample(info))))
        .collect()
}

fn entry(state: &State, info: &'static ActionInfo, action: Option<Action>) -> PaletteEntry {
    let bare = Action::parse(info.name).ok();
    let keys = bare.map_or_else(Vec::new, |action| state.keymap.keys_for(&action));
    PaletteEntry {
        info,
        keys: keys
            .first()
            .map_or_else(String::new, |keys| keymap::show(keys)),
        reason: action.and_then(|action| state.reason_behind(&action)),
    }
}

/// A line of the stem choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignChoice {
    Stem(String),
    /// A stem that is not in the plan yet.
    New(String),
    /// Take the assignment by hand away.
    ByRecipe,
}

/// The stems that fit the text, a new one of that name, and the way back to the recipe.
pub fn assign_choices(state: &State, text: &str) -> Vec<AssignChoice> {
    let names = complete::stems(state);
    let text = text.trim();
    let is_new = !text.is_empty() && !names.contains(&text);
    let mut filter = Filter::new(text);
    let mut choices: Vec<AssignChoice> = names
        .into_iter()
        .filter(|name| filter.as_mut().is_none_or(|f| f.score(name).is_some()))
        .map(|name| AssignChoice::Stem(name.to_owned()))
        .collect();
    if is_new {
        choices.push(AssignChoice::New(text.to_owned()));
    }
    if text.is_empty() && !state.assigned.is_empty() {
        choices.push(AssignChoice::ByRecipe);
    }
    choices
}

/// Begins the name of a new stem in the stem choice.
pub const NEW_NAME: char = 'n';

/// The letter that picks each choice: one of its own name where it is free, else any; `None` when
/// there are more choices than letters.
pub fn assign_letters(choices: &[AssignChoice]) -> Vec<Option<char>> {
    let mut free: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    free.retain(|letter| *letter != NEW_NAME);
    let mut letters = Vec::with_capacity(choices.len());
    for choice in choices {
        let letter = match choice {
            AssignChoice::Stem(name) | AssignChoice::New(name) => {
                let own = name.chars().flat_map(char::to_lowercase);
                let own = own.into_iter().find(|letter| free.contains(letter));
                own.or(free.first().copied())
            }
            AssignChoice::ByRecipe => Some('-'),
        };
        free.retain(|left| Some(*left) != letter);
        letters.push(letter);
    }
    letters
}

//! What the palette and the stem choice offer for a text. Views and `update` agree through this.

use std::cmp::Reverse;

use crate::action::{Action, ActionInfo, catalogue};
use crate::app::rows::Filter;
use crate::app::state::State;
use crate::app::update::available::unavailable;

/// A line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteEntry {
    pub info: &'static ActionInfo,
    /// Why it cannot be done now.
    pub reason: Option<String>,
}

/// The actions that fit the text, best first; all in the order of the help page for a blank one.
/// With arguments typed only the first word counts.
pub fn palette(state: &State, text: &str) -> Vec<PaletteEntry> {
    let word = text.split_whitespace().next().unwrap_or_default();
    let mut found: Vec<(u32, &'static ActionInfo)> = match Filter::new(word) {
        None => catalogue().iter().map(|info| (0, info)).collect(),
        Some(mut filter) => catalogue()
            .iter()
            .filter_map(|info| {
                // A hit in the name is worth more than one in the description.
                let name = filter.score(info.name).map(|score| score + 1000);
                let exact = u32::from(info.name == word) * 1000;
                let score = name.or_else(|| filter.score(info.description))?;
                Some((score + exact, info))
            })
            .collect(),
    };
    found.sort_by_key(|(score, _)| Reverse(*score));
    found
        .into_iter()
        .map(|(_, info)| PaletteEntry {
            info,
            reason: Action::parse(info.name)
                .ok()
                .and_then(|action| unavailable(state, &action)),
        })
        .collect()
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
    let mut names: Vec<&str> = Vec::new();
    if let Some(Ok(plan)) = &state.plan {
        names.extend(plan.stems.iter().map(|stem| stem.name.as_str()));
    }
    let mut by_hand: Vec<&str> = state.assigned.values().map(String::as_str).collect();
    by_hand.sort_unstable();
    for name in by_hand {
        if !names.contains(&name) {
            names.push(name);
        }
    }
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

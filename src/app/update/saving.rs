//! Recipes: taken from a file, and saved into one. A file that changed meanwhile is overwritten only
//! after a question.

use std::path::PathBuf;

use crate::action::Action;
use crate::app::state::{Change, RecipeState, Severity};
use crate::app::{Effect, State};
use crate::model::link::Fault;
use crate::model::text::clean;
use crate::plan::Source;
use crate::plan::recipe::Recipe;

use super::{notices, overlays, palette, planning, stems, undo};

/// What came of writing a recipe.
#[derive(Debug, Clone, PartialEq)]
pub enum Saved {
    /// The text that stands in the file now.
    Written(String),
    /// It is not what it was when the stems were read, or is there unexpectedly; nothing was
    /// written.
    Changed,
}

/// A recipe was read.
pub fn loaded(
    state: &mut State,
    path: PathBuf,
    source: Result<Box<Source>, Fault>,
    out: &mut Vec<Effect>,
) {
    let shown = path.display().to_string();
    let before = stems::before(state);
    let has_past = stems::is_edited(state) || state.recipe != RecipeState::FromSession;
    match source {
        Ok(source) => {
            notices::say(state, Severity::Ok, "recipe", &format!("{shown} loaded"));
            state.recipe = RecipeState::Loaded {
                path,
                source: *source,
            };
            state.assigned.clear();
        }
        Err(fault) => {
            notices::fail(state, "recipe", fault.clone());
            state.recipe = RecipeState::Broken { path, fault };
        }
    }
    // Its places were those of another list.
    state.edited = None;
    if has_past {
        undo::remember(state, Change::Stems(Box::new(before)));
    }
    planning::replan(state, out);
}

/// Writes the stems; asks for a path where there is none.
pub fn save(state: &mut State, path: Option<String>, confirmed: bool, out: &mut Vec<Effect>) {
    if path.is_none() && state.recipe == RecipeState::FromSession {
        return palette::ask(state, "recipe-save ", out);
    }
    let draft = match stems::draft(state, path.as_deref()) {
        Ok(draft) => draft,
        Err(fault) => {
            notices::refuse(state, fault.kind, fault.message.clone());
            state.ui.last_fault = Some(fault);
            return;
        }
    };
    let agreed = state.may_overwrite.take();
    let overwrite = confirmed && agreed.as_ref() == Some(&draft.path);
    state.writing += 1;
    out.push(Effect::SaveRecipe {
        path: draft.path,
        text: draft.text,
        was: draft.was,
        overwrite,
    });
}

/// What came of it.
pub fn saved(
    state: &mut State,
    path: PathBuf,
    outcome: Result<Saved, Fault>,
    out: &mut Vec<Effect>,
) {
    state.writing = state.writing.saturating_sub(1);
    let shown = clean(&path.display().to_string()).into_owned();
    match outcome {
        Ok(Saved::Written(text)) => match Recipe::parse(&text, &shown) {
            Ok(recipe) => {
                let before = stems::before(state);
                state.recipe = RecipeState::Loaded {
                    path,
                    source: Source::Recipe(Box::new(recipe)),
                };
                state.edited = None;
                state.assigned.clear();
                undo::remember(state, Change::Stems(Box::new(before)));
                notices::say(state, Severity::Ok, "recipe", &format!("{shown} saved"));
                planning::replan(state, out);
            }
            Err(error) => notices::fail(state, "recipe", Fault::from(error)),
        },
        Ok(Saved::Changed) => {
            let is_own =
                matches!(&state.recipe, RecipeState::Loaded { path: own, .. } if *own == path);
            let (question, detail) = match is_own {
                true => (
                    format!("{shown} was changed meanwhile. Overwrite it?"),
                    "What somebody else wrote there is lost; recipe-save with another path keeps it.",
                ),
                false => (
                    format!("{shown} is there already. Overwrite it?"),
                    "What stands in it is lost.",
                ),
            };
            let action = Action::RecipeSave(Some(path.display().to_string()));
            state.may_overwrite = Some(path);
            overlays::question(state, question, vec![detail.to_owned()], action);
        }
        Err(mut fault) => {
            fault.message = format!("the recipe was not saved: {}", fault.message);
            notices::fail(state, "recipe", fault);
        }
    }
}

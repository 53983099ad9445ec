//! Undo and redo of what is ours to undo: switches, assignments by hand, the list of stems, and the
//! choices of the print dialog while it is open.

use crate::app::state::{Change, Overlay, StemsBefore};
use crate::app::{Effect, State};

use super::{planning, printing, stems, tracks};

const DEPTH: usize = 200;

/// Keeps what a change replaced; a new change ends what could be done again.
pub fn remember(state: &mut State, change: Change) {
    state.redo.clear();
    push(&mut state.undo, change);
}

fn push(stack: &mut Vec<Change>, change: Change) {
    if stack.len() >= DEPTH {
        stack.remove(0);
    }
    stack.push(change);
}

pub fn undo(state: &mut State, out: &mut Vec<Effect>) {
    if matches!(state.ui.overlay, Some(Overlay::Print(_))) {
        return printing::undo(state, false, out);
    }
    if let Some(change) = state.undo.pop()
        && let Some(inverse) = put_back(state, change, out)
    {
        push(&mut state.redo, inverse);
    }
}

pub fn redo(state: &mut State, out: &mut Vec<Effect>) {
    if matches!(state.ui.overlay, Some(Overlay::Print(_))) {
        return printing::undo(state, true, out);
    }
    if let Some(change) = state.redo.pop()
        && let Some(inverse) = put_back(state, change, out)
    {
        push(&mut state.undo, inverse);
    }
}

/// Restores the values of a change; gives the change that does the opposite, `None` when nothing
/// had to be changed.
fn put_back(state: &mut State, change: Change, out: &mut Vec<Effect>) -> Option<Change> {
    match change {
        Change::Flags { flag, before } => {
            let before = tracks::set(state, flag, &before, out)?;
            Some(Change::Flags { flag, before })
        }
        Change::Assigned { before } => {
            let now = before
                .iter()
                .map(|(id, _)| (id.clone(), state.assigned.get(id).cloned()))
                .collect();
            for (id, stem) in before {
                match stem {
                    Some(stem) => drop(state.assigned.insert(id, stem)),
                    None => drop(state.assigned.remove(&id)),
                }
            }
            planning::replan(state, out);
            Some(Change::Assigned { before: now })
        }
        Change::Stems(before) => {
            let now = stems::before(state);
            let StemsBefore {
                recipe,
                edited,
                assigned,
            } = *before;
            (state.recipe, state.edited, state.assigned) = (recipe, edited, assigned);
            planning::replan(state, out);
            Some(Change::Stems(Box::new(now)))
        }
        Change::Several(changes) => {
            let mut inverse = Vec::new();
            for change in changes.into_iter().rev() {
                inverse.extend(put_back(state, change, out));
            }
            (!inverse.is_empty()).then_some(Change::Several(inverse))
        }
    }
}

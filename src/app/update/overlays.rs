//! What lies over the panes: questions, palette, help, inspector; and stepping out.

use crate::action::{Action, Motion};
use crate::app::choices::{AssignChoice, NEW_NAME, assign_choices, assign_letters};
use crate::app::state::{Change, Overlay, Pane, TextField};
use crate::app::{Effect, State};
use crate::error::ErrorKind;

use super::{
    Input, console, moving, notices, palette, picks, places, planning, printing, text, tracks, undo,
};

/// Asks before something dangerous; the yes is the action.
pub fn question(state: &mut State, question: String, details: Vec<String>, action: Action) {
    state.ui.overlay = Some(Overlay::Confirm {
        question,
        details,
        action: Box::new(action),
    });
}

/// Opens an overlay, or closes it when it is the one that is open.
pub fn toggle(state: &mut State, overlay: Overlay) {
    let open = state.ui.overlay.as_ref();
    let is_open =
        open.is_some_and(|open| std::mem::discriminant(open) == std::mem::discriminant(&overlay));
    state.ui.overlay = (!is_open).then_some(overlay);
}

/// Opens help over whatever is open, which is there again when help is closed.
pub fn help(state: &mut State) {
    match state.ui.overlay.take() {
        Some(Overlay::Help { .. }) => state.ui.overlay = state.ui.behind.take().map(|open| *open),
        open => {
            state.ui.behind = open.map(Box::new);
            state.ui.overlay = Some(Overlay::Help {
                search: TextField::default(),
                row: 0,
            });
        }
    }
}

/// One step out: input, overlay, range, filter, selection, zoom.
pub fn back(state: &mut State) {
    if matches!(state.ui.overlay, Some(Overlay::Pick(_))) {
        return picks::back(state);
    }
    if let Some(overlay) = &mut state.ui.overlay {
        match overlay {
            Overlay::Print(dialog) if dialog.editing.is_some() => dialog.editing = None,
            Overlay::Help { .. } => help(state),
            Overlay::Print(dialog) if dialog.question.is_some() => {
                dialog.question = None;
                dialog.agreed.clear();
            }
            _ => state.ui.overlay = None,
        }
        return;
    }
    let pane = state.ui.focus;
    let has_filter = !state.filter_text(pane).is_empty();
    if state.ui.filtering || has_filter {
        state.ui.filtering = false;
        state.ui.filters.remove(&pane.list());
        super::search::refilter(state, pane);
    } else if state.ui.range_anchor.is_some() {
        state.ui.range_anchor = None;
    } else if !state.ui.selected.is_empty() {
        state.ui.selected.clear();
    } else if state.ui.zoomed {
        state.ui.zoomed = false;
    }
    state.ui.toast = None;
}

/// A motion while an overlay is open. Lists whose length only the view knows go on without end;
/// the view holds them.
pub fn motion(state: &mut State, motion: Motion, out: &mut Vec<Effect>) {
    let count = match &state.ui.overlay {
        Some(Overlay::Palette { .. }) => return palette::motion(state, motion),
        Some(Overlay::Assign { input, .. }) => assign_choices(state, &input.text).len(),
        Some(Overlay::Help { search, .. }) => state.help(&search.text).len(),
        Some(Overlay::Print(_)) => return printing::motion(state, motion, out),
        Some(Overlay::Pick(_)) => return picks::motion(state, motion),
        Some(Overlay::Console(_)) => return console::motion(state, motion),
        Some(Overlay::Inspector { first }) => {
            let first = *first;
            return details(state, motion, first);
        }
        _ => return,
    };
    if let Some(Overlay::Assign { row, .. } | Overlay::Help { row, .. }) = &mut state.ui.overlay {
        *row = moving::target(motion, *row, count, 10);
    }
}

/// Lines that a page of details moves by.
const DETAILS_PAGE: usize = 8;

/// Pages scroll the details; they follow the cursor otherwise.
fn details(state: &mut State, motion: Motion, first: usize) {
    match motion {
        Motion::PageUp | Motion::PageDown | Motion::HalfPageUp | Motion::HalfPageDown => {
            let first = moving::target(motion, first, usize::MAX, DETAILS_PAGE);
            details_from(state, first);
        }
        _ => moving::move_cursor(state, motion),
    }
}

/// Shows the details, when they are open, from that line on.
pub fn details_from(state: &mut State, line: usize) {
    if let Some(Overlay::Inspector { first }) = &mut state.ui.overlay {
        *first = line;
    }
}

/// Text for the field that has the focus.
pub fn input(state: &mut State, input: &Input, out: &mut Vec<Effect>) {
    match input {
        Input::Submit => return submit(state, out),
        Input::Complete => return complete(state, out),
        Input::Insert(typed) if picks(state, typed, out) => return,
        _ => {}
    }
    let Some(field) = text::focused(state) else {
        return;
    };
    if !field.edit(input) {
        return;
    }
    match &mut state.ui.overlay {
        Some(Overlay::Palette { .. }) => palette::typed(state, out),
        Some(Overlay::Assign { row, .. } | Overlay::Help { row, .. }) => *row = 0,
        Some(Overlay::Pick(pick)) => pick.row = 0,
        Some(_) => {}
        None => super::search::refilter(state, state.ui.focus),
    }
}

/// Tab in a field: completes where something is known, else goes on.
fn complete(state: &mut State, out: &mut Vec<Effect>) {
    match &state.ui.overlay {
        Some(Overlay::Palette { .. }) => palette::complete(state, out),
        Some(Overlay::Print(_)) => printing::complete(state, out),
        Some(Overlay::Pick(_)) => picks::mark(state),
        Some(Overlay::Console(_)) => {}
        Some(_) => motion(state, Motion::Down, out),
        None => {}
    }
}

/// Enter in a field or an overlay.
pub fn submit(state: &mut State, out: &mut Vec<Effect>) {
    match &state.ui.overlay {
        Some(Overlay::Palette { .. }) => palette::run(state, out),
        Some(Overlay::Assign { .. }) => assign_chosen(state, out),
        Some(Overlay::Pick(_)) => picks::take(state, out),
        Some(Overlay::Console(_)) => console::submit(state, out),
        Some(Overlay::Print(dialog)) if dialog.editing.is_some() => {
            printing::accept_text(state, out);
        }
        Some(Overlay::Print(_)) => printing::enter(state, out),
        Some(Overlay::Inspector { .. }) => {
            if !places::select(state, out) {
                state.ui.overlay = None;
            }
        }
        Some(Overlay::Fault(_)) => state.ui.overlay = None,
        // A question wants a clear yes, and help has nothing to choose.
        Some(Overlay::Confirm { .. } | Overlay::Help { .. }) => {}
        None => state.ui.filtering = false,
    }
}

/// The clear yes.
pub fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    match &state.ui.overlay {
        Some(Overlay::Confirm { action, .. }) => {
            let action = (**action).clone();
            state.ui.overlay = None;
            super::act(state, action, true, out);
        }
        Some(Overlay::Print(_)) => printing::submit(state, out),
        _ => {}
    }
}

/// Opens the choice of a stem for the selection.
pub fn ask_stem(state: &mut State) {
    state.ui.overlay = Some(Overlay::Assign {
        input: TextField::default(),
        row: 0,
        naming: false,
    });
}

/// A letter in the choice of a stem: of a stem, or of the way to type a name.
fn picks(state: &mut State, typed: &str, out: &mut Vec<Effect>) -> bool {
    let Some(Overlay::Assign { naming, .. }) = &state.ui.overlay else {
        return false;
    };
    let mut letters = typed.chars();
    let letter = letters.next().filter(|_| letters.next().is_none());
    let (Some(letter), false) = (letter, *naming) else {
        return false;
    };
    let choices = assign_choices(state, "");
    let picked = assign_letters(&choices)
        .iter()
        .position(|own| *own == Some(letter));
    if let Some(at) = picked {
        state.ui.overlay = None;
        take_choice(state, choices.into_iter().nth(at), out);
        return true;
    }
    if let Some(Overlay::Assign { naming, .. }) = &mut state.ui.overlay {
        *naming = true;
    }
    // `n` for a new name, `/` to look for one: they stand for themselves in no name yet.
    matches!(letter, NEW_NAME | '/')
}

fn assign_chosen(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Overlay::Assign { input, row, .. }) = &state.ui.overlay else {
        return;
    };
    let choice = assign_choices(state, &input.text).into_iter().nth(*row);
    state.ui.overlay = None;
    take_choice(state, choice, out);
}

fn take_choice(state: &mut State, choice: Option<AssignChoice>, out: &mut Vec<Effect>) {
    match choice {
        Some(AssignChoice::Stem(name) | AssignChoice::New(name)) => assign(state, Some(name), out),
        Some(AssignChoice::ByRecipe) => assign(state, None, out),
        None => {}
    }
}

/// Puts the selection into the stem of the matrix's column; where it was put there by hand, the
/// recipe decides again.
pub fn assign_column(state: &mut State, out: &mut Vec<Effect>) {
    let name = match &state.plan {
        Some(Ok(plan)) => plan
            .stems
            .get(state.ui.matrix_column)
            .map(|stem| &stem.name),
        _ => None,
    };
    let Some(name) = name.cloned() else {
        return notices::refuse(state, ErrorKind::Usage, "there is no stem to put it into");
    };
    let ids = tracks::targets(state, &[]).unwrap_or_default();
    let ids = tracks::sounding(state, &ids);
    let is_there = |id| state.assigned.get(id) == Some(&name);
    let all_there = !ids.is_empty() && ids.iter().all(is_there);
    assign(state, (!all_there).then_some(name), out);
}

/// Puts the selection into a stem; `None` leaves it to the recipe again.
pub fn assign(state: &mut State, stem: Option<String>, out: &mut Vec<Effect>) {
    let ids = match tracks::targets(state, &[]) {
        Ok(ids) => ids,
        Err(text) => return notices::refuse(state, ErrorKind::Usage, text),
    };
    let ids = tracks::sounding(state, &ids);
    if ids.is_empty() {
        let text = "what is selected makes no sound of its own";
        return notices::refuse(state, ErrorKind::Usage, text);
    }
    let before: Vec<_> = ids
        .iter()
        .map(|id| (id.clone(), state.assigned.get(id).cloned()))
        .filter(|(_, before)| *before != stem)
        .collect();
    if before.is_empty() {
        return;
    }
    for (id, _) in &before {
        match &stem {
            Some(stem) => drop(state.assigned.insert(id.clone(), stem.clone())),
            None => drop(state.assigned.remove(id)),
        }
    }
    undo::remember(state, Change::Assigned { before });
    planning::replan(state, out);
    if state.ui.focus.list() == Pane::Tracks {
        state.ui.range_anchor = None;
    }
}

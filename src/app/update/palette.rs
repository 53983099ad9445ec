//! The `:` palette: running what is typed or chosen, completing it, and what was run before.

use crate::action::{Action, Motion};
use crate::app::choices::{PaletteRow, named, palette};
use crate::app::complete;
use crate::app::state::{Overlay, TextField};
use crate::app::{Effect, State};
use crate::error::ErrorKind;

use super::{moving, notices, overlays};

/// Commands that are remembered.
pub const HISTORY: usize = 200;

/// Opens it, or closes it.
pub fn toggle(state: &mut State) {
    state.ui.recalled = None;
    let empty = Overlay::Palette {
        input: TextField::default(),
        row: 0,
    };
    overlays::toggle(state, empty);
}

/// Opens it with the beginning of a command, to be gone on with.
pub fn ask(state: &mut State, line: &str, out: &mut Vec<Effect>) {
    state.ui.recalled = None;
    set(state, line.to_owned(), 0);
    look_into_folder(state, out);
}

/// What stands in it: the text, and the row chosen.
fn open(state: &State) -> Option<(&str, usize)> {
    match &state.ui.overlay {
        Some(Overlay::Palette { input, row }) => Some((&input.text, *row)),
        _ => None,
    }
}

fn set(state: &mut State, line: String, row: usize) {
    state.ui.overlay = Some(Overlay::Palette {
        input: TextField::with(line),
        row,
    });
}

/// The text has changed.
pub fn typed(state: &mut State, out: &mut Vec<Effect>) {
    state.ui.recalled = None;
    if let Some(Overlay::Palette { row, .. }) = &mut state.ui.overlay {
        *row = 0;
    }
    look_into_folder(state, out);
}

/// A path is being typed: asks for the names in its folder, unless they are there.
fn look_into_folder(state: &State, out: &mut Vec<Effect>) {
    let Some((text, _)) = open(state) else { return };
    let folder = named(text).and_then(|info| complete::folder(info, text));
    let known = state.ui.names.as_ref().map(|(dir, _)| dir);
    if let Some(folder) = folder.filter(|folder| known != Some(folder)) {
        out.push(Effect::Names(folder));
    }
}

/// Up from the first row goes back through what was run before; down comes forward again.
pub fn motion(state: &mut State, motion: Motion) {
    let Some((text, row)) = open(state) else {
        return;
    };
    let count = palette(state, text).len();
    let last = state.ui.history.len();
    let at = state.ui.recalled;
    match (motion, at) {
        (Motion::Up, at) if row == 0 => {
            let Some(earlier) = at.unwrap_or(last).checked_sub(1) else {
                return;
            };
            recall(state, Some(earlier));
        }
        (Motion::Down, Some(at)) if row == 0 => recall(state, Some(at + 1)),
        _ => {
            let to = moving::target(motion, row, count, 10);
            if let Some(Overlay::Palette { row, .. }) = &mut state.ui.overlay {
                *row = to;
            }
        }
    }
}

/// Beyond the newest stands the empty line.
fn recall(state: &mut State, at: Option<usize>) {
    let line = at.and_then(|at| state.ui.history.get(at)).cloned();
    state.ui.recalled = at.filter(|_| line.is_some());
    set(state, line.unwrap_or_default(), 0);
}

/// Tab: takes the chosen row into the line; the first that fits when the line itself is chosen.
pub fn complete(state: &mut State, out: &mut Vec<Effect>) {
    let Some((text, row)) = open(state) else {
        return;
    };
    let rows = palette(state, text);
    let chosen = match rows.get(row) {
        Some(PaletteRow::Typed(_)) => rows.get(1),
        chosen => chosen,
    };
    let line = match chosen {
        Some(PaletteRow::Action(entry)) if entry.info.arguments.is_empty() => {
            entry.info.name.to_owned()
        }
        Some(PaletteRow::Action(entry)) => format!("{} ", entry.info.name),
        // Behind a folder its names follow; behind a track the next one.
        Some(PaletteRow::Argument(candidate)) if more(&candidate.line) => {
            format!("{} ", candidate.line)
        }
        Some(PaletteRow::Argument(candidate)) => candidate.line.clone(),
        _ => return,
    };
    set(state, line, 0);
    typed(state, out);
}

/// Whether another argument may follow.
fn more(line: &str) -> bool {
    named(line).is_some_and(|info| info.arguments.contains('…') || info.arguments.contains(' '))
}

/// Enter: runs what is typed, or the chosen row.
pub fn run(state: &mut State, out: &mut Vec<Effect>) {
    let Some((text, row)) = open(state) else {
        return;
    };
    let typed = text.trim().to_owned();
    let rows = palette(state, text);
    let as_typed = Action::parse(&typed);
    let (line, action) = match rows.into_iter().nth(row) {
        Some(PaletteRow::Argument(candidate)) => {
            let action = Action::parse(&candidate.line);
            (candidate.line, action)
        }
        Some(PaletteRow::Action(entry)) if row > 0 || as_typed.is_err() => {
            let name = entry.info.name.to_owned();
            match Action::parse(&name) {
                Ok(action) => (name, Ok(action)),
                // It needs arguments: let them be typed.
                Err(_) => return self::complete(state, out),
            }
        }
        _ if typed.is_empty() => return,
        _ => (typed, as_typed),
    };
    match action {
        Ok(action) => {
            remember(state, line.clone());
            out.push(Effect::Remember(line));
            state.ui.overlay = None;
            super::act(state, action, false, out);
        }
        Err(error) => notices::refuse(state, ErrorKind::Usage, error.to_string()),
    }
}

/// What was run before the program was started, the newest last.
pub fn recalled(state: &mut State, lines: Vec<String>) {
    let since = std::mem::replace(&mut state.ui.history, lines);
    for line in since {
        remember(state, line);
    }
}

fn remember(state: &mut State, line: String) {
    state.ui.recalled = None;
    state.ui.history.retain(|known| *known != line);
    state.ui.history.push(line);
    if state.ui.history.len() > HISTORY {
        state.ui.history.remove(0);
    }
}

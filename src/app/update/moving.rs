//! Cursors and focus.

use crate::action::Motion;
use crate::app::State;
use crate::app::state::{Cursor, Pane};

use super::tracks;

/// Rows of a page where the view has not told.
const PAGE: usize = 10;

/// Where a motion leads in a list of `count` rows.
pub fn target(motion: Motion, row: usize, count: usize, page: usize) -> usize {
    let (page, half) = (page.max(1), (page / 2).max(1));
    let wanted = match motion {
        Motion::Up => row.saturating_sub(1),
        Motion::Down => row.saturating_add(1),
        Motion::PageUp => row.saturating_sub(page),
        Motion::PageDown => row.saturating_add(page),
        Motion::HalfPageUp => row.saturating_sub(half),
        Motion::HalfPageDown => row.saturating_add(half),
        Motion::Top => 0,
        Motion::Bottom => usize::MAX,
        Motion::Left | Motion::Right => row,
    };
    wanted.min(count.saturating_sub(1))
}

/// Moves the cursor of the focused pane up or down.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let pane = state.ui.focus;
    let page = state.ui.page_rows.get(&pane).copied().unwrap_or(PAGE);
    let row = target(motion, state.cursor(pane), state.row_count(pane), page);
    set_cursor(state, pane, row);
}

/// Puts the cursor onto a row, at most the last; a range selection follows it.
pub fn set_cursor(state: &mut State, pane: Pane, row: usize) {
    let pane = pane.list();
    let last = state.row_count(pane).saturating_sub(1);
    let row = row.min(last);
    state.ui.cursors.insert(pane, Cursor { row });
    super::overlays::details_from(state, 0);
    if pane == Pane::Tracks {
        tracks::extend_range(state);
    }
}

/// Moves the cursor of the matrix by a stem.
pub fn move_column(state: &mut State, motion: Motion) {
    let count = match &state.plan {
        Some(Ok(plan)) => plan.stems.len(),
        _ => 0,
    };
    let motion = match motion {
        Motion::Left => Motion::Up,
        _ => Motion::Down,
    };
    state.ui.matrix_column = target(motion, state.ui.matrix_column, count, 1);
}

/// Gives the focus to the pane `by` places further.
pub fn turn_focus(state: &mut State, by: usize) {
    let count = Pane::ALL.len();
    let at = Pane::ALL.iter().position(|pane| *pane == state.ui.focus);
    if let Some(pane) = Pane::ALL.get((at.unwrap_or(0) + by) % count) {
        state.ui.focus = *pane;
    }
}

/// Gives the focus to the pane of that number, from 1.
pub fn focus_number(state: &mut State, number: u8) -> bool {
    let index = usize::from(number).checked_sub(1);
    match index.and_then(|index| Pane::ALL.get(index)) {
        Some(pane) => {
            state.ui.focus = *pane;
            true
        }
        None => false,
    }
}

/// Keeps every cursor on a row that exists.
pub fn clamp(state: &mut State) {
    for pane in Pane::ALL.into_iter().filter(|pane| pane.list() == *pane) {
        let row = state.cursor(pane);
        if row > 0 {
            let last = state.row_count(pane).saturating_sub(1);
            if row > last {
                state.ui.cursors.insert(pane, Cursor { row: last });
            }
        }
    }
}

//! The console: any PTSL command typed by hand, its answer to be read and scrolled, and what was typed
//! before.

use crate::action::{Action, Motion};
use crate::app::state::{Call, Console, Overlay, TextField};
use crate::app::{Effect, State};
use crate::model::link::{Fault, RequestId};
use crate::model::text::clean;

use super::{available, notices, overlays, pro_tools};

/// Calls that are remembered.
const CALLS: usize = 50;
/// Lines of one answer that are kept.
const LINES: usize = 20_000;
/// Lines that a page scrolls.
const PAGE: usize = 10;

pub fn toggle(state: &mut State) {
    overlays::toggle(state, Overlay::Console(Console::default()));
}

/// A command has been sent; it stands in the console, which opens when somebody looks.
pub fn sent(state: &mut State, request: RequestId, line: String, show: bool) {
    state.ui.calls.push_back(Call {
        request,
        line: clean(&line).into_owned(),
        answer: None,
    });
    if state.ui.calls.len() > CALLS {
        state.ui.calls.pop_front();
    }
    if show {
        state.ui.overlay = Some(Overlay::Console(Console::default()));
    }
}

/// An answer has come; `true` when it stands in the open console.
pub fn answered(
    state: &mut State,
    request: RequestId,
    outcome: &Result<Option<String>, Fault>,
) -> bool {
    let calls = state.ui.calls.iter_mut();
    let Some(call) = calls.rev().find(|call| call.request == request) else {
        return false;
    };
    call.answer = Some(match outcome {
        Ok(body) => Ok(pretty(body.as_deref().unwrap_or_default())),
        Err(fault) => Err(fault.clone()),
    });
    matches!(state.ui.overlay, Some(Overlay::Console(_)))
}

/// JSON with a line a value; what is none as it is.
fn pretty(body: &str) -> Vec<String> {
    let text = serde_json::from_str::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned());
    let mut lines: Vec<String> = text
        .lines()
        .take(LINES)
        .map(|line| clean(line).into_owned())
        .collect();
    let left = text.lines().count().saturating_sub(lines.len());
    if left > 0 {
        lines.push(format!("… and {}", notices::count(left, "line")));
    }
    lines
}

/// Enter: sends what is typed.
pub fn submit(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Overlay::Console(console)) = &state.ui.overlay else {
        return;
    };
    let line = console.input.text.trim().to_owned();
    let (command, body) = match line.split_once(char::is_whitespace) {
        Some((command, body)) => (command.to_owned(), Some(body.trim().to_owned())),
        None => (line.clone(), None),
    };
    if command.is_empty() {
        return;
    }
    let action = Action::Call {
        command: command.clone(),
        body: body.clone(),
    };
    if let Some(fault) = available::refusal(state, &action) {
        return notices::refuse(state, fault.kind, fault.message);
    }
    if pro_tools::call(state, command, body, true, out)
        && let Some(Overlay::Console(console)) = &mut state.ui.overlay
    {
        *console = Console::default();
    }
}

/// Up and down bring back what was typed, pages scroll the answers.
pub fn motion(state: &mut State, motion: Motion) {
    let lines: usize = state.ui.calls.iter().map(height).sum();
    let count = state.ui.calls.len();
    let line = |back: usize| {
        let at = count.checked_sub(back + 1)?;
        state.ui.calls.get(at).map(|call| call.line.clone())
    };
    let Some(Overlay::Console(console)) = &state.ui.overlay else {
        return;
    };
    let recalled = match (motion, console.recalled) {
        (Motion::Up, None) => Some(0),
        (Motion::Up, Some(back)) => Some((back + 1).min(count.saturating_sub(1))),
        (Motion::Down, Some(back)) => back.checked_sub(1),
        (_, recalled) => recalled,
    };
    let text = match motion {
        Motion::Up | Motion::Down if recalled != console.recalled => {
            Some(recalled.and_then(line).unwrap_or_default())
        }
        _ => None,
    };
    let Some(Overlay::Console(console)) = &mut state.ui.overlay else {
        return;
    };
    if let Some(text) = text {
        console.input = TextField::with(text);
        console.recalled = recalled;
    }
    console.back = match motion {
        Motion::PageUp => console.back + PAGE,
        Motion::HalfPageUp => console.back + PAGE / 2,
        Motion::PageDown => console.back.saturating_sub(PAGE),
        Motion::HalfPageDown => console.back.saturating_sub(PAGE / 2),
        Motion::Top => lines,
        Motion::Bottom => 0,
        _ => console.back,
    }
    .min(lines.saturating_sub(1));
}

/// Lines that a call takes: itself and its answer.
pub fn height(call: &Call) -> usize {
    1 + match &call.answer {
        None => 1,
        Some(Ok(lines)) => lines.len().max(1),
        Some(Err(fault)) => 1 + fault.hints.len(),
    }
}

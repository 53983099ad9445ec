//! Toasts, log lines and refusals: everything that the program says by itself. Texts are cleaned
//! here, once.

use crate::action::LogLevel;
use crate::app::State;
use crate::app::state::{LogLine, Severity, Toast};
use crate::error::ErrorKind;
use crate::model::link::Fault;
use crate::model::text::clean;

const LOG_LINES: usize = 100_000;

/// Microseconds that a message stays.
fn lifetime_us(severity: Severity) -> u64 {
    match severity {
        Severity::Info | Severity::Ok => 4_000_000,
        Severity::Warning => 7_000_000,
        Severity::Error => 12_000_000,
    }
}

/// Shows a message above the footer.
pub fn toast(state: &mut State, severity: Severity, text: &str) {
    state.ui.toast = Some(Toast {
        severity,
        text: clean(text).into_owned(),
        until_us: state.now.mono_us.saturating_add(lifetime_us(severity)),
    });
}

/// Adds a line to the log; a cursor on the last line stays on the last line.
pub fn log(state: &mut State, severity: Severity, source: &str, text: &str) {
    let line = LogLine {
        unix_ms: state.now.unix_ms,
        severity,
        source: clean(source).into_owned(),
        text: clean(text).into_owned(),
    };
    append(state, line);
}

pub fn append(state: &mut State, line: LogLine) {
    let pane = crate::app::state::Pane::Log;
    let is_whole = state.filter_text(pane).is_empty() && state.ui.log_level == LogLevel::All;
    let follows = is_whole && state.cursor(pane) + 1 >= state.log.len();
    state.log.push_back(line);
    state.logged += 1;
    let is_full = state.log.len() > LOG_LINES;
    if is_full {
        state.log.pop_front();
        if !follows && let Some(cursor) = state.ui.cursors.get_mut(&pane) {
            cursor.row = cursor.row.saturating_sub(1);
        }
    }
    state.relist_log(usize::from(is_full));
    if follows {
        let row = state.log.len().saturating_sub(1);
        state.ui.cursors.entry(pane).or_default().row = row;
    }
}

/// Shows only the lines of the log that are bad enough; `None` takes the next level.
pub fn show_level(state: &mut State, level: Option<LogLevel>) {
    let now = state.ui.log_level;
    let next = level.unwrap_or(match now {
        LogLevel::All => LogLevel::Warnings,
        LogLevel::Warnings => LogLevel::Errors,
        LogLevel::Errors => LogLevel::All,
    });
    state.ui.log_level = next;
    let pane = crate::app::state::Pane::Log;
    state.relist(pane);
    super::moving::set_cursor(state, pane, usize::MAX);
    toast(state, Severity::Info, &format!("log: {}", next.word()));
}

/// Says both in the log and above the footer.
pub fn say(state: &mut State, severity: Severity, source: &str, text: &str) {
    log(state, severity, source, text);
    toast(state, severity, text);
}

/// Something failed or was refused: message, log, and kept for `last-error`.
pub fn fail(state: &mut State, source: &str, fault: Fault) {
    say(state, Severity::Error, source, &fault.message);
    state.ui.last_fault = Some(fault);
}

/// Something cannot be done now.
pub fn refuse(state: &mut State, kind: ErrorKind, text: impl Into<String>) {
    let fault = fault(kind, text);
    toast(state, Severity::Warning, &fault.message);
    state.ui.last_fault = Some(fault);
}

/// A cleaned fault without hints.
pub fn fault(kind: ErrorKind, text: impl Into<String>) -> Fault {
    Fault {
        kind,
        message: clean(&text.into()).into_owned(),
        hints: Vec::new(),
    }
}

/// Ends what has been shown long enough. `true` when something went.
pub fn expire(state: &mut State) -> bool {
    let now = state.now.mono_us;
    let over = state.ui.toast.as_ref().is_some_and(|t| t.until_us <= now);
    if over {
        state.ui.toast = None;
    }
    over
}

/// `3 tracks`, `1 track`.
pub fn count(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

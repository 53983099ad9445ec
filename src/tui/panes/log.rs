//! The log: newest at the bottom; follows it unless it has the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::LogLevel;
use crate::app::State;
use crate::app::rows::Filter;
use crate::app::state::{LogLine, Pane, Severity};
use crate::config::theme::Role;
use crate::model::text::{fit, width};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{self, piece};
use crate::tui::words;

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let state = scene.state;
    let shown = state.shown(Pane::Log);
    let title = scene.title(Pane::Log, "Log");
    let inside = scene.frame(buf, area, Pane::Log, &title, &note(state, shown.len()));
    let focused = state.ui.focus == Pane::Log;
    let last = shown.len().saturating_sub(1);
    let cursor = if focused {
        state.cursor(Pane::Log).min(last)
    } else {
        last
    };
    let mut filter = Filter::new(state.filter_text(Pane::Log));
    let window = memory.window(Pane::Log, area, inside, cursor, shown.len());
    for (y, index) in (0..inside.height).zip(window) {
        let Some(entry) = shown.get(index).and_then(|at| state.log.get(*at)) else {
            continue;
        };
        line(scene, buf, inside, y, entry, filter.as_mut());
        if focused && index == cursor {
            let row = Rect::new(inside.x, inside.y + y, inside.width, 1);
            paint::text(buf, inside, 0, y, "►", scene.style(Role::Focus));
            paint::select(buf, row, scene.style(Role::Selection));
        }
    }
}

/// The least severity that is shown, and how many lines are left out.
fn note(state: &State, shown: usize) -> String {
    let level = match state.ui.log_level {
        LogLevel::All => "INFO+",
        LogLevel::Warnings => "WARN+",
        LogLevel::Errors => "ERROR",
    };
    match state.log.len() {
        all if all == shown => level.to_owned(),
        all => format!("{shown} of {all}  {level}"),
    }
}

fn line(
    scene: &Scene,
    buf: &mut Buffer,
    inside: Rect,
    y: u16,
    entry: &LogLine,
    filter: Option<&mut Filter>,
) {
    let (word, role) = severity(entry.severity);
    let dim = scene.style(Role::Dim);
    let head = [
        piece(
            words::time_of_day(scene.state.now.local_ms(entry.unix_ms)),
            dim,
        ),
        piece(format!(" {word:<5} "), scene.style(role)),
        piece(padded(short(&entry.source), 8), dim),
    ];
    let at = paint::line(buf, inside, 1, y, &head);
    let shown = fit(&entry.text, usize::from(inside.width.saturating_sub(at)));
    let text = scene.found(filter, &shown, scene.style(Role::Text));
    paint::line(buf, inside, at, y, &text);
}

/// Who speaks: of a longer name the first word, of a job its number.
fn short(source: &str) -> &str {
    match source.split_once(' ') {
        Some((first, _)) if first != "job" => first,
        _ => source,
    }
}

fn padded(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let blanks = (columns + 1).saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(blanks))
}

/// Word and role of a severity.
pub fn severity(severity: Severity) -> (&'static str, Role) {
    match severity {
        Severity::Info => ("INFO", Role::Dim),
        Severity::Ok => ("OK", Role::Ok),
        Severity::Warning => ("WARN", Role::Warn),
        Severity::Error => ("ERROR", Role::Error),
    }
}

//! The log: newest at the bottom; follows it unless it has the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

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
    let inside = scene.frame(buf, area, Pane::Log, &title, "");
    let focused = state.ui.focus == Pane::Log;
    let last = shown.len().saturating_sub(1);
    let cursor = if focused {
        state.cursor(Pane::Log).min(last)
    } else {
        last
    };
    let window = memory.window(Pane::Log, area, inside, cursor, shown.len());
    for (y, index) in (0..inside.height).zip(window) {
        let Some(entry) = shown.get(index).and_then(|at| state.log.get(*at)) else {
            continue;
        };
        line(scene, buf, inside, y, entry);
        if focused && index == cursor {
            let row = Rect::new(inside.x, inside.y + y, inside.width, 1);
            paint::text(buf, inside, 0, y, "►", scene.style(Role::Focus));
            paint::select(buf, row, scene.style(Role::Selection));
        }
    }
}

fn line(scene: &Scene, buf: &mut Buffer, inside: Rect, y: u16, entry: &LogLine) {
    let (word, role) = severity(entry.severity);
    let dim = scene.style(Role::Dim);
    let pieces = [
        piece(
            words::time_of_day(scene.state.now.local_ms(entry.unix_ms)),
            dim,
        ),
        piece(format!(" {word:<5} "), scene.style(role)),
        piece(padded(&entry.source, 8), dim),
        piece(entry.text.clone(), scene.style(Role::Text)),
    ];
    paint::line(buf, inside, 1, y, &pieces);
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

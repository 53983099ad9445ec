//! The console: commands typed by hand, the newest at the bottom, with their answers.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, open_box};
use crate::app::state::{Call, Console};
use crate::app::update::console::height;
use crate::config::theme::Role;
use crate::model::text::fit;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, text};

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    console: &Console,
    memory: &mut Memory,
) -> Option<Position> {
    let tall = buf.area.height.saturating_sub(4);
    let inside = open_box(scene, buf, "PTSL console", tall, memory);
    let rows = inside.height.saturating_sub(2);
    let above = Rect {
        height: rows,
        ..inside
    };
    let calls = &scene.state.ui.calls;
    if calls.is_empty() {
        let hint = "A command and its JSON body: GetTrackList {\"page_limit\": 5}";
        text(buf, above, 1, 0, hint, scene.style(Role::Dim));
    }
    let total: usize = calls.iter().map(height).sum();
    let room = usize::from(rows);
    let back = console.back.min(total.saturating_sub(room));
    let first = total.saturating_sub(room + back);
    let mut at = 0;
    for call in calls {
        let end = at + height(call);
        for number in at.max(first)..end.min(first + room) {
            let y = u16::try_from(number - first).unwrap_or(u16::MAX);
            answer(scene, buf, above, y, call, number - at);
        }
        at = end;
    }
    let below = Rect {
        y: inside.y + rows.min(inside.height),
        height: inside.height - rows,
        ..inside
    };
    let cursor = input(scene, buf, below, ">", &console.input);
    let (key, dim) = (scene.style(Role::Accent), scene.style(Role::Dim));
    let more = match back {
        0 => String::new(),
        back => format!("  {back} lines below"),
    };
    let hint = [
        piece("Enter", key),
        piece(" send   ", dim),
        piece("↑ ↓", key),
        piece(" earlier   ", dim),
        piece("PgUp PgDn", key),
        piece(format!(" scroll{more}   "), dim),
        piece("Esc", key),
        piece(" back", dim),
    ];
    line(buf, below, 1, 1, &hint);
    cursor
}

/// Line `number` of a call: the command itself, then its answer.
fn answer(scene: &Scene, buf: &mut Buffer, area: Rect, y: u16, call: &Call, number: usize) {
    let room = usize::from(area.width.saturating_sub(2));
    let (shown, role) = match (number.checked_sub(1), &call.answer) {
        (None, _) => (format!("> {}", call.line), Role::Accent),
        (Some(_), None) => ("…".to_owned(), Role::Dim),
        (Some(at), Some(Ok(lines))) => match lines.get(at) {
            Some(line) => (line.clone(), Role::Text),
            None => ("done".to_owned(), Role::Ok),
        },
        (Some(0), Some(Err(fault))) => (format!("✗ {}", fault.message), Role::Error),
        (Some(at), Some(Err(fault))) => {
            let hint = fault.hints.get(at - 1).cloned().unwrap_or_default();
            (format!("  {hint}"), Role::Text)
        }
    };
    text(buf, area, 1, y, &fit(&shown, room), scene.style(role));
}

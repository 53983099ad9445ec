//! The `:` palette: every action by name, with its key and why it cannot be done now; behind a name,
//! what its arguments can be.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::app::choices::{PaletteEntry, PaletteRow, named, palette};
use crate::app::rows::Filter;
use crate::app::state::TextField;
use crate::config::theme::Role;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, right, text};

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    typed: &TextField,
    row: usize,
    memory: &mut Memory,
) -> Option<Position> {
    let rows = palette(scene.state, &typed.text);
    let height = buf.area.height.saturating_sub(4).min(20);
    let inside = open_box(scene, buf, "Commands", height, memory);
    let cursor = input(scene, buf, inside, ":", typed);
    let below = Rect {
        y: inside.y + inside.height.min(1),
        height: inside.height.saturating_sub(1),
        ..inside
    };
    let count = format!("{} ", rows.len());
    right(buf, inside, 20, 0, &[piece(count, scene.style(Role::Dim))]);
    if rows.is_empty() {
        let nothing = "No action fits. `?` lists them all.";
        text(buf, below, 2, 0, nothing, scene.style(Role::Dim));
    }
    let count = rows.len();
    let mut filter = Filter::new(match named(&typed.text) {
        Some(_) => "",
        None => typed.text.trim(),
    });
    list(
        scene,
        buf,
        below,
        row,
        count,
        memory,
        |buf, at, index| match rows.get(index) {
            Some(PaletteRow::Action(found)) => action(scene, buf, at, found, filter.as_mut()),
            Some(PaletteRow::Typed(found)) => usage(scene, buf, at, found),
            Some(PaletteRow::Argument(found)) => {
                let end = text(buf, at, 4, 0, &found.shown, scene.style(Role::Text));
                let note = [piece(found.note.clone(), scene.style(Role::Dim))];
                line(buf, at, (end + 2).max(36), 0, &note);
            }
            None => {}
        },
    );
    cursor
}

fn action(
    scene: &Scene,
    buf: &mut Buffer,
    at: Rect,
    found: &PaletteEntry,
    filter: Option<&mut Filter>,
) {
    let info = found.info;
    let is_off = found.reason.is_some();
    let role = if is_off { Role::Dim } else { Role::Text };
    let mut name = scene.found(filter, info.name, scene.style(role));
    name.push(piece(format!(" {}", info.arguments), scene.style(role)));
    let end = line(buf, at, 2, 0, &name);
    let key = if found.keys.is_empty() {
        "—"
    } else {
        &found.keys
    };
    let key_role = if is_off { Role::Dim } else { Role::Accent };
    let end = text(buf, at, (end + 2).max(24), 0, key, scene.style(key_role));
    let mut pieces = vec![piece(info.description, scene.style(Role::Dim))];
    if let Some(reason) = &found.reason {
        // The reason is worth more than what it does.
        pieces.insert(0, piece(format!("({reason})  "), scene.style(Role::Warn)));
    }
    line(buf, at, (end + 2).max(34), 0, &pieces);
}

/// The command as it is typed: how it goes on, and why it cannot be done.
fn usage(scene: &Scene, buf: &mut Buffer, at: Rect, found: &PaletteEntry) {
    let info = found.info;
    let mut pieces = vec![
        piece(
            format!("{} {}  ", info.name, info.arguments),
            scene.style(Role::Accent),
        ),
        piece(info.description, scene.style(Role::Dim)),
    ];
    if let Some(reason) = &found.reason {
        pieces.push(piece(format!("  ({reason})"), scene.style(Role::Warn)));
    }
    line(buf, at, 2, 0, &pieces);
}

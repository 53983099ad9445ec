//! The `:` palette: every action by name, with its key and why it cannot be done now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::action::Action;
use crate::app::choices::{PaletteEntry, palette};
use crate::app::state::TextField;
use crate::config::Keymap;
use crate::config::theme::Role;
use crate::tui::keys::show;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, right, text};

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    typed: &TextField,
    row: usize,
    memory: &mut Memory,
) -> Option<Position> {
    let matches = palette(scene.state, &typed.text);
    let height = buf.area.height.saturating_sub(4).min(20);
    let inside = open_box(scene, buf, "Commands", height, memory);
    let cursor = input(scene, buf, inside, ":", typed);
    let count = format!("{} ", matches.len());
    right(buf, inside, 20, 0, &[piece(count, scene.style(Role::Dim))]);
    let below = Rect {
        y: inside.y + inside.height.min(1),
        height: inside.height.saturating_sub(1),
        ..inside
    };
    list(
        scene,
        buf,
        below,
        row,
        matches.len(),
        memory,
        |buf, at, index| {
            if let Some(found) = matches.get(index) {
                entry(scene, buf, at, found);
            }
        },
    );
    cursor
}

fn entry(scene: &Scene, buf: &mut Buffer, at: Rect, found: &PaletteEntry) {
    let info = found.info;
    let action = Action::parse(info.name).ok();
    let role = if found.reason.is_some() {
        Role::Dim
    } else {
        Role::Text
    };
    let name = format!("{} {}", info.name, info.arguments);
    text(buf, at, 2, 0, &name, scene.style(role));
    let key = action.map_or_else(String::new, |action| key(scene.keymap, &action));
    text(buf, at, 25, 0, &key, scene.style(Role::Accent));
    let mut pieces = vec![piece(info.description, scene.style(Role::Dim))];
    if let Some(reason) = &found.reason {
        pieces.push(piece(format!("  ({reason})"), scene.style(Role::Warn)));
    }
    line(buf, at, 36, 0, &pieces);
}

fn key(keymap: &Keymap, action: &Action) -> String {
    let found = keymap.bindings.iter().find(|b| b.action == *action);
    found
        .and_then(|binding| binding.keys.first())
        .map_or_else(String::new, |key| show(key))
}

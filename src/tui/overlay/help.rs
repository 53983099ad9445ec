//! Every key and action by chapter, made from the keymap, with a search.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::app::keys::HelpLine;
use crate::app::state::TextField;
use crate::config::theme::Role;
use crate::model::text::fit;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, right, text};

const NOTE: &str = "Shift-drag selects text, `%` frees the mouse; `:` takes every name";

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    search: &TextField,
    row: usize,
    memory: &mut Memory,
) -> Option<Position> {
    let lines = scene.state.help(&search.text);
    let height = buf.area.height.saturating_sub(2);
    let inside = open_box(scene, buf, "Keys", height, memory);
    let cursor = input(scene, buf, inside, "/", search);
    if search.text.is_empty() {
        let hint = piece("a key, a name, or words ", scene.style(Role::Dim));
        right(buf, inside, 4, 0, &[hint]);
    }
    let below = Rect {
        y: inside.y + inside.height.min(1),
        height: inside.height.saturating_sub(2),
        ..inside
    };
    let count = lines.len();
    list(scene, buf, below, row, count, memory, |buf, at, index| {
        if let Some(found) = lines.get(index) {
            draw_line(scene, buf, at, found);
        }
    });
    if lines.is_empty() {
        let nothing = "No key and no action fits.";
        text(buf, below, 2, 0, nothing, scene.style(Role::Dim));
    }
    let last = inside.height.saturating_sub(1);
    text(buf, inside, 1, last, NOTE, scene.style(Role::Dim));
    cursor
}

fn draw_line(scene: &Scene, buf: &mut Buffer, at: Rect, found: &HelpLine) {
    match found {
        HelpLine::Chapter(title) => {
            text(buf, at, 1, 0, title, scene.style(Role::Focus));
        }
        HelpLine::Entry {
            keys,
            command,
            text: words,
            place,
            reason,
        } => {
            let off = reason.is_some();
            let key_role = if off { Role::Dim } else { Role::Accent };
            let role = if off { Role::Dim } else { Role::Text };
            let keys = if keys.is_empty() { "—" } else { keys };
            text(buf, at, 2, 0, &fit(keys, 15), scene.style(key_role));
            text(buf, at, 18, 0, &fit(command, 15), scene.style(Role::Dim));
            let mut pieces = vec![piece(words.clone(), scene.style(role))];
            if !place.is_empty() {
                pieces.insert(0, piece(format!("{place}: "), scene.style(Role::Dim)));
            }
            if let Some(reason) = reason {
                pieces.push(piece(format!("  ({reason})"), scene.style(Role::Warn)));
            }
            line(buf, at, 34, 0, &pieces);
        }
    }
}

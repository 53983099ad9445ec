//! Every key and action, made from the keymap, with a search.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::app::rows::Filter;
use crate::app::state::TextField;
use crate::config::Keymap;
use crate::config::keymap::Context;
use crate::config::theme::Role;
use crate::tui::keys::show;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, text};

/// One line of the help page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub keys: String,
    pub text: String,
    pub place: &'static str,
}

/// The bindings that match a search by key, words or place.
pub fn entries(keymap: &Keymap, search: &str) -> Vec<Entry> {
    let mut filter = Filter::new(search);
    keymap
        .bindings
        .iter()
        .map(|binding| Entry {
            keys: binding
                .keys
                .iter()
                .map(|key| show(key))
                .collect::<Vec<_>>()
                .join("  "),
            text: binding.description.clone(),
            place: place(binding.context),
        })
        .filter(|entry| {
            let all = format!("{} {} {}", entry.keys, entry.text, entry.place);
            filter
                .as_mut()
                .is_none_or(|filter| filter.score(&all).is_some())
        })
        .collect()
}

fn place(context: Context) -> &'static str {
    match context {
        Context::Global => "",
        Context::Tracks => "tracks",
        Context::Stems => "stems",
        Context::Jobs => "jobs",
        Context::Files => "files",
        Context::Log => "log",
        Context::Transport => "transport",
        Context::Dialog => "dialogs",
    }
}

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    search: &TextField,
    row: usize,
    memory: &mut Memory,
) -> Option<Position> {
    let entries = entries(scene.keymap, &search.text);
    let height = buf.area.height.saturating_sub(2);
    let inside = open_box(scene, buf, "Keys", height, memory);
    let cursor = input(scene, buf, inside, "/", search);
    let below = Rect {
        y: inside.y + inside.height.min(2),
        height: inside.height.saturating_sub(3),
        ..inside
    };
    list(
        scene,
        buf,
        below,
        row,
        entries.len(),
        memory,
        |buf, at, index| {
            let Some(entry) = entries.get(index) else {
                return;
            };
            text(buf, at, 2, 0, &entry.keys, scene.style(Role::Accent));
            let pieces = [
                piece(format!("  {}", entry.text), scene.style(Role::Text)),
                piece(format!("  {}", entry.place), scene.style(Role::Dim)),
            ];
            line(buf, at, 20, 0, &pieces);
        },
    );
    let last = inside.height.saturating_sub(1);
    let note = "Shift with the mouse selects text; every action is also in the : palette";
    text(buf, inside, 1, last, note, scene.style(Role::Dim));
    cursor
}

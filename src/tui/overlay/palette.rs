//! The `:` palette: every action by name, with its key and why it cannot be done now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::action::{ActionInfo, catalogue};
use crate::app::rows::Filter;
use crate::app::state::TextField;
use crate::app::unavailable;
use crate::config::Keymap;
use crate::config::theme::Role;
use crate::action::Action;
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
    let matches = matching(&typed.text);
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
    list(scene, buf, below, row, matches.len(), memory, |buf, at, index| {
        if let Some(info) = matches.get(index) {
            entry(scene, buf, at, info);
        }
    });
    cursor
}

fn entry(scene: &Scene, buf: &mut Buffer, at: Rect, info: &ActionInfo) {
    let action = Action::parse(info.name).ok();
    let reason = action.as_ref().and_then(|action| unavailable(scene.state, action));
    let role = if reason.is_some() { Role::Dim } else { Role::Text };
    let name = format!("{} {}", info.name, info.arguments);
    text(buf, at, 2, 0, &name, scene.style(role));
    let key = action.map_or_else(String::new, |action| key(scene.keymap, &action));
    text(buf, at, 28, 0, &key, scene.style(Role::Accent));
    let mut pieces = vec![piece(info.description, scene.style(Role::Dim))];
    if let Some(reason) = reason {
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

/// The actions that a text may mean, the best first.
fn matching(typed: &str) -> Vec<&'static ActionInfo> {
    let name = typed.split_whitespace().next().unwrap_or("");
    let mut filter = Filter::new(name);
    let mut found: Vec<(u32, &ActionInfo)> = catalogue()
        .iter()
        .filter_map(|info| {
            let text = format!("{} {}", info.name, info.description);
            let score = filter.as_mut().map_or(Some(0), |f| f.score(&text))?;
            Some((score, info))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, info)| info).collect()
}

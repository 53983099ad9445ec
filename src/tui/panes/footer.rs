//! The lower lines: the newest message, or the filter being typed; and the keys worth knowing now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::log::severity;
use crate::action::Action;
use crate::app::state::{Overlay, Severity};
use crate::app::unavailable;
use crate::config::keymap::Binding;
use crate::config::theme::Role;
use crate::model::text::fit;
use crate::tui::keys::show;
use crate::tui::view::Scene;
use crate::tui::widgets::field;
use crate::tui::widgets::paint::{columns, line, piece, right, text};

/// Keys in the footer at most, beside help and quit.
const MOST: usize = 9;

/// The message line; gives the cursor's place while a filter is typed.
pub fn message(scene: &Scene, buf: &mut Buffer, area: Rect) -> Option<Position> {
    let ui = &scene.state.ui;
    if ui.filtering {
        let empty = crate::app::state::TextField::default();
        let typed = ui.filters.get(&ui.focus.list()).unwrap_or(&empty);
        let at = text(buf, area, 1, 0, "/ ", scene.style(Role::Accent));
        let room = usize::from(area.width.saturating_sub(at + 1));
        let (shown, cursor) = field::view(&typed.text, typed.cursor, room);
        text(buf, area, at, 0, &shown, scene.style(Role::Text));
        let x = area.x + at + u16::try_from(cursor).unwrap_or(0);
        return Some(Position::new(x.min(area.right().saturating_sub(1)), area.y));
    }
    if !ui.pending_keys.is_empty() {
        let label = format!("{} … ", ui.pending_keys);
        right(buf, area, 0, 0, &[piece(label, scene.style(Role::Accent))]);
    }
    if let Some(toast) = &ui.toast {
        let (_, role) = severity(toast.severity);
        let mark = match toast.severity {
            Severity::Info => "·",
            Severity::Ok => "✓",
            Severity::Warning => "!",
            Severity::Error => "✗",
        };
        let room = usize::from(area.width.saturating_sub(2));
        let shown = fit(&format!("{mark} {}", toast.text), room);
        text(buf, area, 1, 0, &shown, scene.style(role));
    } else if let Some((job, session)) = scene.state.open_leases.first() {
        let shown = format!(
            "! job {job} was interrupted and left '{session}' changed: `:rescue` puts it back"
        );
        let room = usize::from(area.width.saturating_sub(2));
        text(buf, area, 1, 0, &fit(&shown, room), scene.style(Role::Warn));
    }
    None
}

/// The bindings of the moment by weight: help first, quit at the right.
pub fn keys(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let ui = &scene.state.ui;
    if scene.state.is_typing() {
        let (key, dim) = (scene.style(Role::Accent), scene.style(Role::Dim));
        let words: &[(&str, &str)] = match ui.overlay {
            Some(Overlay::Palette { .. }) => &[
                ("Enter", "run"),
                ("Tab", "complete"),
                ("↑ ↓", "choose, earlier"),
                ("Esc", "back"),
            ],
            Some(Overlay::Help { .. }) => &[("↑ ↓", "scroll"), ("Esc", "back")],
            None => &[("Enter", "keep"), ("↑ ↓", "move"), ("Esc", "clear")],
            Some(_) => &[("Enter", "take"), ("↑ ↓", "choose"), ("Esc", "back")],
        };
        let pieces: Vec<_> = words
            .iter()
            .flat_map(|(name, does)| {
                [
                    piece(format!("{name} "), key),
                    piece(format!("{does}  "), dim),
                ]
            })
            .collect();
        line(buf, area, 1, 0, &pieces);
        return;
    }
    let mut x = 1;
    let mut limit = area.width;
    let entries = scene.state.footer();
    let is_edge = |binding: &Binding| matches!(binding.action, Action::Quit | Action::Help);
    if ui.overlay.is_none() {
        let of = |action: Action| entries.iter().find(|binding| binding.action == action);
        if let Some(quit) = of(Action::Quit) {
            let start = right(buf, area, 0, 0, &entry(scene, quit, false));
            limit = start.saturating_sub(1).min(area.width);
        }
        if let Some(help) = of(Action::Help) {
            x = line(buf, area, x, 0, &entry(scene, help, false));
        }
    }
    for binding in entries
        .into_iter()
        .filter(|binding| !is_edge(binding))
        .take(MOST)
    {
        let is_off = unavailable(scene.state, &binding.action).is_some();
        let pieces = entry(scene, binding, is_off);
        let needed: u16 = pieces.iter().map(|p| columns(&p.text)).sum();
        if x.saturating_add(needed) > limit {
            continue;
        }
        x = line(buf, area, x, 0, &pieces);
    }
}

/// What cannot be done now is all dim.
fn entry(scene: &Scene, binding: &Binding, is_off: bool) -> [super::Piece; 2] {
    let key = binding
        .keys
        .first()
        .map_or_else(String::new, |key| show(key));
    let role = if is_off { Role::Dim } else { Role::Accent };
    [
        piece(format!("{key} "), scene.style(role)),
        piece(format!("{}  ", binding.label), scene.style(Role::Dim)),
    ]
}

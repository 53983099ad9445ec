//! The lower lines: the newest message, or the filter being typed; and the keys worth knowing now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::log::severity;
use crate::action::Action;
use crate::app::state::Severity;
use crate::app::unavailable;
use crate::config::keymap::{Binding, Context};
use crate::config::theme::Role;
use crate::model::TrackFlag;
use crate::model::text::fit;
use crate::tui::keys::{context, show};
use crate::tui::view::Scene;
use crate::tui::widgets::field;
use crate::tui::widgets::paint::{columns, line, piece, right, text};

/// The message line; gives the cursor's place while a filter is typed.
pub fn message(scene: &Scene, buf: &mut Buffer, area: Rect) -> Option<Position> {
    let ui = &scene.state.ui;
    if ui.filtering {
        let empty = crate::app::state::TextField::default();
        let typed = ui.filters.get(&ui.focus).unwrap_or(&empty);
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
        let pieces = [
            piece("Enter ", key),
            piece("take  ", dim),
            piece("↑ ↓ ", key),
            piece("choose  ", dim),
            piece("Esc ", key),
            piece("back", dim),
        ];
        line(buf, area, 1, 0, &pieces);
        return;
    }
    let contexts = if ui.overlay.is_some() {
        vec![Context::Dialog]
    } else {
        vec![context(ui.focus), Context::Global]
    };
    let mut wanted: Vec<&Binding> = scene
        .keymap
        .bindings
        .iter()
        .filter(|b| contexts.contains(&b.context) && b.weight > 0 && !b.keys.is_empty())
        .filter(|b| !matches!(b.action, Action::Quit | Action::Help))
        .filter(|b| b.action != Action::Confirm || unavailable(scene.state, &b.action).is_none())
        .collect();
    wanted.sort_by_key(|binding| std::cmp::Reverse(binding.weight));
    let mut told = Vec::new();
    wanted.retain(|binding| {
        let is_new = !told.contains(&&binding.action);
        told.push(&binding.action);
        is_new
    });
    let find = |action: &Action| scene.keymap.bindings.iter().find(|b| b.action == *action);
    let mut x = 1;
    let mut limit = area.width;
    if ui.overlay.is_none() {
        if let Some(quit) = find(&Action::Quit) {
            let at = entry(scene, quit, "quit");
            let start = right(buf, area, 0, 0, &at);
            limit = start.saturating_sub(1).min(area.width);
        }
        if let Some(help) = find(&Action::Help) {
            x = line(buf, area, x, 0, &entry(scene, help, "help"));
        }
    }
    for binding in wanted {
        let pieces = entry(scene, binding, &label(binding));
        let needed: u16 = pieces.iter().map(|p| columns(&p.text)).sum();
        if x.saturating_add(needed) > limit {
            continue;
        }
        x = line(buf, area, x, 0, &pieces);
    }
}

fn entry(scene: &Scene, binding: &Binding, label: &str) -> [super::Piece; 2] {
    let key = binding
        .keys
        .first()
        .map_or_else(String::new, |key| show(key));
    [
        piece(format!("{key} "), scene.style(Role::Accent)),
        piece(format!("{label}  "), scene.style(Role::Dim)),
    ]
}

/// The shortest words for a binding: its description up to the first comma, in small letters,
/// where there is nothing shorter.
fn label(binding: &Binding) -> String {
    let short = match &binding.action {
        Action::Flag { flag, .. } => match flag {
            TrackFlag::Mute => "mute",
            TrackFlag::Solo => "solo",
            TrackFlag::SoloSafe => "solo safe",
            TrackFlag::RecordEnable => "arm",
            TrackFlag::InputMonitor => "input",
        },
        Action::Palette => "command",
        Action::Filter => "find",
        Action::TogglePlay => "play",
        Action::NextPane => "pane",
        Action::SelectRow => "select",
        Action::Assign(None) => "stem",
        Action::Print(_) => "print",
        Action::PrintAll => "print all",
        Action::Cancel(None) => "cancel",
        Action::Pause(None) => "pause",
        Action::Retry(None) => "retry",
        Action::OpenFolder => "folder",
        Action::Zoom => "zoom",
        Action::Open => "open",
        Action::Confirm => "yes",
        Action::Back => "back",
        _ => return described(&binding.description),
    };
    short.to_owned()
}

fn described(text: &str) -> String {
    let short = text.split([',', ':', '(']).next().unwrap_or(text).trim();
    let mut chars = short.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

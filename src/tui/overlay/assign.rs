//! Which stem the selection goes into: one of the plan's, or a new name.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::app::State;
use crate::app::rows::Filter;
use crate::app::state::TextField;
use crate::config::theme::Role;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::text;
use crate::tui::words::count;

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    typed: &TextField,
    row: usize,
    memory: &mut Memory,
) -> Option<Position> {
    let choices = choices(scene.state, &typed.text);
    let height = u16::try_from(choices.len() + 4).unwrap_or(u16::MAX).min(20);
    let title = match scene.state.ui.selected.len() {
        0 => "Assign this track to".to_owned(),
        n => format!("Assign {} to", count(n, "track")),
    };
    let inside = open_box(scene, buf, &title, height, memory);
    let cursor = input(scene, buf, inside, ">", typed);
    let below = Rect {
        y: inside.y + inside.height.min(2),
        height: inside.height.saturating_sub(2),
        ..inside
    };
    list(scene, buf, below, row, choices.len(), memory, |buf, at, index| {
        if let Some(name) = choices.get(index) {
            text(buf, at, 2, 0, name, scene.style(Role::Text));
        }
    });
    cursor
}

/// The stems that a text may mean, the plan's first.
fn choices(state: &State, typed: &str) -> Vec<String> {
    let mut filter = Filter::new(typed);
    let stems = match &state.plan {
        Some(Ok(plan)) => plan.stems.iter().map(|stem| stem.name.clone()).collect(),
        _ => Vec::new(),
    };
    stems
        .into_iter()
        .filter(|name: &String| filter.as_mut().is_none_or(|f| f.score(name).is_some()))
        .collect()
}

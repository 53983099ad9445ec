//! Which stem the selection goes into: one of the plan's, or a new name.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::app::choices::{AssignChoice, NEW_NAME, assign_choices, assign_letters};
use crate::app::rows::Filter;
use crate::app::state::TextField;
use crate::config::theme::Role;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, text};
use crate::tui::words::count;

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    typed: &TextField,
    (row, naming): (usize, bool),
    memory: &mut Memory,
) -> Option<Position> {
    let choices = assign_choices(scene.state, &typed.text);
    let letters = match naming {
        true => Vec::new(),
        false => assign_letters(&choices),
    };
    let height = u16::try_from(choices.len() + 4).unwrap_or(u16::MAX).min(20);
    let title = match scene.state.ui.selected.len() {
        0 => "Assign this track to".to_owned(),
        n => format!("Assign {} to", count(n, "track")),
    };
    let inside = open_box(scene, buf, &title, height, memory);
    let cursor = if naming {
        input(scene, buf, inside, ">", typed)
    } else {
        let (key, dim) = (scene.style(Role::Accent), scene.style(Role::Dim));
        let hint = [
            piece("its letter", key),
            piece(" takes a stem   ", dim),
            piece(NEW_NAME.to_string(), key),
            piece(" new stem   ", dim),
            piece("/", key),
            piece(" by name", dim),
        ];
        line(buf, inside, 1, 0, &hint);
        None
    };
    let below = Rect {
        y: inside.y + inside.height.min(2),
        height: inside.height.saturating_sub(2),
        ..inside
    };
    let mut filter = Filter::new(&typed.text).filter(|_| naming);
    list(
        scene,
        buf,
        below,
        row,
        choices.len(),
        memory,
        |buf, at, index| {
            let Some(choice) = choices.get(index) else {
                return;
            };
            let (label, role) = match choice {
                AssignChoice::Stem(name) => (name.clone(), Role::Text),
                AssignChoice::New(name) => (format!("new stem '{name}'"), Role::Accent),
                AssignChoice::ByRecipe => ("as the recipe says".to_owned(), Role::Dim),
            };
            let letter = letters.get(index).copied().flatten();
            if let Some(letter) = letter {
                text(
                    buf,
                    at,
                    2,
                    0,
                    &letter.to_string(),
                    scene.style(Role::Accent),
                );
            }
            let column = if naming { 2 } else { 5 };
            let label = scene.found(filter.as_mut(), &label, scene.style(role));
            line(buf, at, column, 0, &label);
        },
    );
    cursor
}

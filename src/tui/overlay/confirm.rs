//! Questions that want a yes, and errors with what to do about them.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::{WIDEST, open_box};
use crate::config::theme::Role;
use crate::model::link::Fault;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{self, Piece, piece};

/// `y` is yes; Enter is not.
pub fn question(
    scene: &Scene,
    buf: &mut Buffer,
    question: &str,
    details: &[String],
    memory: &mut Memory,
) {
    let text = scene.style(Role::Text);
    let mut lines = paragraphs(buf, details, text);
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    lines.push(vec![
        piece("y", scene.style(Role::Accent)),
        piece(" yes   ", scene.style(Role::Dim)),
        piece("n", scene.style(Role::Accent)),
        piece(" or ", scene.style(Role::Dim)),
        piece("Esc", scene.style(Role::Accent)),
        piece(" no", scene.style(Role::Dim)),
    ]);
    show(scene, buf, question, &lines, memory);
}

/// What happened, and what to do.
pub fn fault(scene: &Scene, buf: &mut Buffer, fault: &Fault, memory: &mut Memory) {
    let message = [format!("✗ {}", fault.message)];
    let mut lines = paragraphs(buf, &message, scene.style(Role::Error));
    if !fault.hints.is_empty() {
        lines.push(Vec::new());
        let hints: Vec<String> = fault.hints.iter().map(|hint| format!("→ {hint}")).collect();
        lines.extend(paragraphs(buf, &hints, scene.style(Role::Text)));
    }
    lines.push(Vec::new());
    lines.push(vec![
        piece("Esc", scene.style(Role::Accent)),
        piece(" close", scene.style(Role::Dim)),
    ]);
    show(scene, buf, "Error", &lines, memory);
}

fn paragraphs(buf: &Buffer, texts: &[String], style: Style) -> Vec<Vec<Piece>> {
    let room = usize::from(WIDEST.min(buf.area.width).saturating_sub(6));
    texts
        .iter()
        .flat_map(|text| paint::wrap(text, room))
        .map(|line| vec![piece(line, style)])
        .collect()
}

fn show(scene: &Scene, buf: &mut Buffer, title: &str, lines: &[Vec<Piece>], memory: &mut Memory) {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let inside = open_box(scene, buf, title, height, memory);
    // When the lines do not fit, the last ones (the answers) must be there.
    let skip = lines.len().saturating_sub(usize::from(inside.height));
    for (y, line) in (0..inside.height).zip(lines.iter().skip(skip)) {
        paint::line(buf, inside, 1, y, line);
    }
}

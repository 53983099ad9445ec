//! What is shown when the terminal is too small for anything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::Overlay;
use crate::config::theme::Role;
use crate::tui::layout::SMALLEST;
use crate::tui::view::Scene;
use crate::tui::widgets::paint;

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let (state, words, _) = super::header::phase(scene);
    let mut lines = vec![
        format!(
            "terminal {}x{}, PT-STEM needs {}x{}",
            area.width, area.height, SMALLEST.width, SMALLEST.height
        ),
        format!("{state} {words}"),
    ];
    if let Some(job) = scene.state.jobs.active() {
        lines.push(format!(
            "job {} {} {:.0} %",
            job.id,
            job.title,
            job.fraction() * 100.0
        ));
    }
    match &scene.state.ui.overlay {
        Some(Overlay::Confirm { question, .. }) => {
            lines.push(question.clone());
            lines.push("y yes  Esc no".to_owned());
        }
        _ => lines.push("q quit".to_owned()),
    }
    let mut y = 0;
    for text in lines {
        for part in paint::wrap(&text, usize::from(area.width)) {
            if y >= area.height {
                return;
            }
            paint::text(buf, area, 0, y, &part, scene.style(Role::Text));
            y += 1;
        }
    }
}

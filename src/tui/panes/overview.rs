//! The waveform of what is under the cursor, or why there is none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::model::overview::Overview;
use crate::model::text::clean;
use crate::tui::view::Scene;
use crate::tui::widgets::paint;
use crate::tui::widgets::wave::{Ink, wave};

/// What is known of the waveform.
pub(super) enum Shape<'a> {
    Known(&'a Overview),
    /// Not yet, or not at all: in words.
    Words(String),
}

pub(super) fn shape<'a>(scene: &Scene<'a>) -> Shape<'a> {
    let state = scene.state;
    let found = state
        .overviews
        .wanted
        .as_ref()
        .and_then(|of| state.overviews.get(of));
    match found {
        Some(Ok(overview)) => Shape::Known(overview),
        Some(Err(fault)) => Shape::Words(format!("no waveform: {}", clean(&fault.message))),
        None => Shape::Words(match state.no_overview() {
            Some(reason) => format!("no waveform: {reason}"),
            None => "reading…".to_owned(),
        }),
    }
}

/// Draws the frames from `from` up to `to`, or says in the middle why not.
pub(super) fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, shape: &Shape, span: [u64; 2]) {
    let overview = match shape {
        Shape::Known(overview) => overview,
        Shape::Words(words) => {
            let lines = paint::wrap(words, usize::from(area.width));
            let first = usize::from(area.height).saturating_sub(lines.len()) / 2;
            let first = u16::try_from(first).unwrap_or(0);
            for (y, line) in (first..area.height).zip(&lines) {
                paint::text(buf, area, 0, y, line, scene.style(Role::Dim));
            }
            return;
        }
    };
    let ink = if scene.look.ascii {
        Ink::Ascii
    } else {
        Ink::Braille
    };
    let [from, to] = span;
    let peaks = overview.columns(from, to, usize::from(area.width) * ink.peaks());
    let style = scene.style(if scene.is_stale() {
        Role::Dim
    } else {
        Role::Accent
    });
    for (y, line) in (0..area.height).zip(wave(&peaks, usize::from(area.height), ink)) {
        paint::text(buf, area, 0, y, &line, style);
    }
    over(scene, buf, area, &peaks, ink);
}

/// Marks in the top line where the sound goes beyond full scale.
fn over(scene: &Scene, buf: &mut Buffer, area: Rect, peaks: &[f32], ink: Ink) {
    for (x, cell) in (0..area.width).zip(peaks.chunks(ink.peaks())) {
        if cell.iter().any(|peak| *peak > 1.0) {
            paint::text(buf, area, x, 0, "!", scene.style(Role::Error));
        }
    }
}

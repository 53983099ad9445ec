//! One file a pane: what of the state stands where.

pub mod files;
pub mod footer;
pub mod header;
pub mod inspector;
mod job_detail;
pub mod jobs;
pub mod link;
pub mod log;
pub mod matrix;
pub mod overview;
mod proof;
pub mod small;
pub mod stems;
pub mod timeline;
pub mod tracks;
pub mod transport;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::view::{Memory, Scene};
use super::widgets::paint::{self, Piece, piece};
use super::widgets::table::{self, Column, Row};
use crate::app::rows::Filter;
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::text::fit;

/// Draws a pane.
pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, pane: Pane, memory: &mut Memory) {
    match pane {
        Pane::Tracks => tracks::draw(scene, buf, area, memory),
        Pane::Stems => stems::draw(scene, buf, area, memory),
        Pane::Jobs => jobs::draw(scene, buf, area, memory),
        Pane::Files => files::draw(scene, buf, area, memory),
        Pane::Log => log::draw(scene, buf, area, memory),
        Pane::Transport => transport::draw(scene, buf, area, memory),
        Pane::Timeline => timeline::draw(scene, buf, area, memory),
        Pane::Matrix => matrix::draw(scene, buf, area, memory),
        Pane::Link => link::draw(scene, buf, area, memory),
    }
}

/// A list of rows: titles in the first line, then the rows in view, with the cursor's mark before
/// each. `row` makes the cells of the n-th row shown.
pub(super) struct List<'a> {
    pub pane: Pane,
    /// The whole pane, for clicks.
    pub area: Rect,
    /// Where titles and rows go.
    pub inside: Rect,
    pub columns: &'a [Column],
    pub count: usize,
    pub cursor: usize,
}

impl List<'_> {
    pub fn draw(
        &self,
        scene: &Scene,
        buf: &mut Buffer,
        memory: &mut Memory,
        mut row: impl FnMut(usize) -> Row,
    ) {
        let inside = self.inside;
        let table_area = Rect {
            x: inside.x.saturating_add(1).min(inside.right()),
            width: inside.width.saturating_sub(1),
            ..inside
        };
        let placed = table::place(self.columns, table_area.width);
        let mut filter = Filter::new(scene.state.filter_text(self.pane));
        let named = self.columns.iter().position(|c| NAMES.contains(&c.title));
        let named = placed.iter().find(|at| Some(at.column) == named).copied();
        let row = |index| {
            let mut row = row(index);
            if let (Some(filter), Some(named)) = (&mut filter, named) {
                mark(scene, &mut row, named, filter);
            }
            row
        };
        table::titles(
            buf,
            table_area,
            self.columns,
            &placed,
            scene.style(Role::Dim),
        );
        let height = inside.height.saturating_sub(1);
        let below = Rect {
            y: inside.bottom().saturating_sub(height),
            height,
            ..inside
        };
        let rows_area = Rect {
            x: table_area.x,
            width: table_area.width,
            ..below
        };
        let window = memory.window(self.pane, self.area, below, self.cursor, self.count);
        let focused = scene.state.ui.focus == self.pane;
        table::rows(buf, rows_area, self.columns, &placed, window.clone(), row);
        if window.contains(&self.cursor) {
            let y = u16::try_from(self.cursor - window.start).unwrap_or(u16::MAX);
            if focused {
                let at = Rect::new(
                    rows_area.x,
                    rows_area.y.saturating_add(y),
                    rows_area.width,
                    1,
                );
                paint::select(buf, at, scene.style(Role::Selection));
            }
            let role = if focused { Role::Focus } else { Role::Dim };
            paint::text(buf, below, 0, y, "►", scene.style(role));
        }
    }
}

/// Columns that filters look into.
const NAMES: [&str; 4] = ["Name", "Stem", "Job", "Marker"];

/// Shows in a row's name what the filter found.
fn mark(scene: &Scene, row: &mut Row, named: table::Placed, filter: &mut Filter) {
    if let Some(cell) = row.cells.get_mut(named.column)
        && let [only] = cell.as_slice()
    {
        let shown = fit(&only.text, usize::from(named.width));
        *cell = scene.found(Some(filter), &shown, only.style);
    }
}

/// One cell of one style.
pub(super) fn cell(text: impl Into<String>, style: Style) -> Vec<Piece> {
    vec![piece(text, style)]
}

/// A text in the middle of an empty pane: what is missing, and what to do.
pub(super) fn nothing(scene: &Scene, buf: &mut Buffer, inside: Rect, text: &str) {
    let width = usize::from(inside.width.saturating_sub(2));
    for (y, part) in (1..inside.height).zip(paint::wrap(text, width)) {
        paint::text(buf, inside, 1, y, &part, scene.style(Role::Dim));
    }
}

//! Tables that draw only the rows in view, with columns that give way when there is little room.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{self, Piece};
use crate::model::text::{fit, width};

/// A column. One of them should be `fill`: it takes what the others leave, at least its `width`.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub title: &'static str,
    pub width: u16,
    pub fill: bool,
    pub right: bool,
    /// Goes when there is no room: the highest first, 0 never.
    pub drop: u8,
}

/// A column of fixed width.
pub const fn column(title: &'static str, width: u16, drop: u8) -> Column {
    Column {
        title,
        width,
        fill: false,
        right: false,
        drop,
    }
}

impl Column {
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    pub const fn fill(mut self) -> Self {
        self.fill = true;
        self
    }
}

/// A column that is shown: its number, where it starts, how wide it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub column: usize,
    pub x: u16,
    pub width: u16,
}

/// Chooses and places columns with one blank between them.
pub fn place(columns: &[Column], room: u16) -> Vec<Placed> {
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let get = |index: usize| columns.get(index);
    let needed = |shown: &[usize]| -> u16 {
        let cells = shown.iter().filter_map(|i| get(*i)).map(|c| c.width);
        cells.fold(0_u16, u16::saturating_add)
            + u16::try_from(shown.len().saturating_sub(1)).unwrap_or(u16::MAX)
    };
    while needed(&shown) > room {
        let worst = shown
            .iter()
            .copied()
            .filter(|i| get(*i).is_some_and(|c| c.drop > 0))
            .max_by_key(|i| get(*i).map_or(0, |c| c.drop));
        let Some(worst) = worst else { break };
        shown.retain(|i| *i != worst);
    }
    let spare = room.saturating_sub(needed(&shown));
    let mut x = 0_u16;
    let mut placed = Vec::with_capacity(shown.len());
    for index in shown {
        let Some(column) = get(index) else { continue };
        let wanted = column.width + if column.fill { spare } else { 0 };
        let width = wanted.min(room.saturating_sub(x));
        if width > 0 {
            placed.push(Placed {
                column: index,
                x,
                width,
            });
        }
        x = x.saturating_add(wanted).saturating_add(1);
    }
    placed
}

/// First row to show so that the cursor stays in view, two rows from the edge where possible,
/// moving as little as possible from `top`.
pub fn scroll(top: usize, cursor: usize, count: usize, height: usize) -> usize {
    if height == 0 || count <= height {
        return 0;
    }
    let margin = 2.min(height.saturating_sub(1) / 2);
    let highest = cursor.saturating_sub(margin);
    let lowest = (cursor + margin + 1).saturating_sub(height);
    top.clamp(lowest.min(highest), highest).min(count - height)
}

/// One row: a style under all of it, and a cell for each column.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub style: Style,
    pub cells: Vec<Vec<Piece>>,
}

/// Draws the column titles in the first line of the area.
pub fn titles(buf: &mut Buffer, area: Rect, columns: &[Column], placed: &[Placed], style: Style) {
    for at in placed {
        let Some(column) = columns.get(at.column) else {
            continue;
        };
        let title = fit(column.title, usize::from(at.width));
        let pad = if column.right {
            at.width.saturating_sub(paint::columns(&title))
        } else {
            0
        };
        paint::text(buf, area, at.x + pad, 0, &title, style);
    }
}

/// Draws the rows `window` from the area's first line on, asking `row` for each.
pub fn rows(
    buf: &mut Buffer,
    area: Rect,
    columns: &[Column],
    placed: &[Placed],
    window: Range<usize>,
    mut row: impl FnMut(usize) -> Row,
) {
    for (y, index) in (0..area.height).zip(window) {
        let content = row(index);
        let line = Rect::new(area.x, area.y + y, area.width, 1);
        paint::tint(buf, line, content.style);
        for at in placed {
            let Some(pieces) = content.cells.get(at.column) else {
                continue;
            };
            let cell = Rect::new(area.x + at.x, line.y, at.width, 1).intersection(area);
            let is_right = columns.get(at.column).is_some_and(|c| c.right);
            let used: usize = pieces.iter().map(|p| width(&p.text)).sum();
            let pad = if is_right {
                usize::from(cell.width).saturating_sub(used)
            } else {
                0
            };
            let start = u16::try_from(pad).unwrap_or(0);
            paint::line(buf, cell, start, 0, pieces);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::paint::piece;

    const COLUMNS: [Column; 3] = [
        column("#", 3, 0).right(),
        column("Name", 6, 0).fill(),
        column("Note", 4, 1),
    ];

    #[test]
    fn columns_give_way_and_the_name_takes_the_rest() {
        let names = |room| -> Vec<_> {
            place(&COLUMNS, room)
                .iter()
                .map(|p| (p.column, p.x, p.width))
                .collect()
        };
        assert_eq!(names(20), [(0, 0, 3), (1, 4, 11), (2, 16, 4)]);
        assert_eq!(names(14), [(0, 0, 3), (1, 4, 10)]);
        assert_eq!(names(6), [(0, 0, 3), (1, 4, 2)]);
        assert_eq!(names(0), []);
    }

    #[test]
    fn scrolling_moves_little_and_keeps_a_margin() {
        for (top, cursor, count, height, wanted) in [
            (0, 0, 5, 10, 0),
            (0, 7, 100, 10, 0),
            (0, 8, 100, 10, 1),
            (50, 51, 100, 10, 49),
            (0, 99, 100, 10, 90),
            (95, 99, 100, 10, 90),
            (10, 0, 100, 10, 0),
            (3, 2, 10, 1, 2),
            (3, 2, 10, 0, 0),
        ] {
            assert_eq!(
                scroll(top, cursor, count, height),
                wanted,
                "{top} {cursor} {count} {height}"
            );
        }
    }

    #[test]
    fn only_rows_in_view_are_asked_for() {
        let mut asked = Vec::new();
        let area = Rect::new(0, 0, 14, 3);
        let mut buf = Buffer::empty(area);
        let placed = place(&COLUMNS, 14);
        rows(&mut buf, area, &COLUMNS, &placed, 4000..10_000, |index| {
            asked.push(index);
            Row {
                cells: vec![
                    vec![piece(index.to_string(), Style::new())],
                    vec![piece("a\nb", Style::new())],
                ],
                ..Row::default()
            }
        });
        assert_eq!(asked, [4000, 4001, 4002]);
        let first: String = (0..14).map(|x| buf[(x, 0)].symbol()).collect();
        assert_eq!(first, "4…0 a\u{fffd}b       ");
    }
}

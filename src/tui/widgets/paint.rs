//! The lowest level: text into a rectangle, clipped and cleaned.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::model::text::{clean, fit, steady, width};

/// A piece of text in one style.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub text: String,
    pub style: Style,
}

/// Shorthand for a [`Piece`].
pub fn piece(text: impl Into<String>, style: Style) -> Piece {
    Piece {
        text: text.into(),
        style,
    }
}

/// Columns of a text on the screen.
pub fn columns(text: &str) -> u16 {
    u16::try_from(width(&steady(&clean(text)))).unwrap_or(u16::MAX)
}

/// Writes at column `x` (relative to the area) of line `y`; returns the column after it.
pub fn text(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let area = area.intersection(buf.area);
    if y >= area.height || x >= area.width {
        return x;
    }
    let room = usize::from(area.width - x);
    let (end, _) = buf.set_stringn(area.x + x, area.y + y, steady(&clean(text)), room, style);
    end.saturating_sub(area.x)
}

/// Writes pieces one after another, shortening the last one that does not fit.
pub fn line(buf: &mut Buffer, area: Rect, x: u16, y: u16, pieces: &[Piece]) -> u16 {
    let mut at = x;
    for part in pieces {
        let room = usize::from(area.width.saturating_sub(at));
        if room == 0 {
            break;
        }
        at = text(buf, area, at, y, &fit(&part.text, room), part.style);
    }
    at
}

/// Writes pieces so that they end at the right edge; nothing when they do not fit after `from`.
/// Returns the column where they start, or the area's width.
pub fn right(buf: &mut Buffer, area: Rect, from: u16, y: u16, pieces: &[Piece]) -> u16 {
    let wanted: u16 = pieces
        .iter()
        .fold(0, |sum, part| sum.saturating_add(columns(&part.text)));
    let start = area.width.saturating_sub(wanted);
    if wanted > area.width || start < from {
        return area.width;
    }
    line(buf, area, start, y, pieces);
    start
}

/// Breaks a text into lines of at most `room` columns, at blanks where there are some.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let text = clean(text);
    if room == 0 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let needed = width(word);
        if !current.is_empty() && width(&current) + 1 + needed > room {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&fit(word, room));
    }
    if !current.is_empty() {
        lines.push(current);
    }
    lines
}

/// Puts a style over whole lines of an area.
pub fn tint(buf: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buf.area);
    buf.set_style(area, style);
}

/// Puts the cursor's style over a row that is drawn: a theme's own letters on its own ground, or
/// they could not be told apart. Track colours stay.
pub fn select(buf: &mut Buffer, area: Rect, style: Style) {
    for position in area.intersection(buf.area).positions() {
        let Some(cell) = buf.cell_mut(position) else {
            continue;
        };
        if style.fg.is_some() {
            cell.modifier.remove(Modifier::DIM);
        }
        match (cell.symbol(), style.bg) {
            ("▌" | "▏", Some(ground)) => cell.set_bg(ground),
            _ => cell.set_style(style),
        };
    }
}

/// Empties an area.
pub fn clear(buf: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buf.area);
    for position in area.positions() {
        if let Some(cell) = buf.cell_mut(position) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

/// Takes everything back, behind an overlay.
pub fn recede(buf: &mut Buffer, style: Style) {
    for cell in &mut buf.content {
        let reversed = cell.modifier.contains(Modifier::REVERSED);
        cell.modifier = Modifier::DIM;
        if !reversed {
            cell.set_style(style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(buf: &Buffer, y: u16) -> String {
        (0..buf.area.width)
            .map(|x| buf[(x, y)].symbol().to_owned())
            .collect()
    }

    #[test]
    fn text_is_clipped_and_cleaned() {
        let area = Rect::new(1, 0, 6, 1);
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        let end = text(&mut buf, area, 1, 0, "a\x1b[31mlong", Style::new());
        assert_eq!(row(&buf, 0), "  a\u{fffd}[31 ");
        assert_eq!(end, 6);
        assert_eq!(text(&mut buf, area, 9, 0, "x", Style::new()), 9);
        assert_eq!(text(&mut buf, area, 0, 3, "x", Style::new()), 0);
    }

    #[test]
    fn right_aligned_pieces_give_way_to_what_stands_left() {
        let area = Rect::new(0, 0, 8, 1);
        let mut buf = Buffer::empty(area);
        let parts = [piece("ab", Style::new()), piece("cd", Style::new())];
        assert_eq!(right(&mut buf, area, 5, 0, &parts), 8);
        assert_eq!(row(&buf, 0), "        ");
        assert_eq!(right(&mut buf, area, 4, 0, &parts), 4);
        assert_eq!(row(&buf, 0), "    abcd");
    }

    #[test]
    fn wrapping_breaks_at_blanks_and_shortens_long_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("abcdefghij k", 5),
            ["abcd…".replace("abcd…", "ab…ij"), "k".to_owned()]
        );
        assert!(wrap("x", 0).is_empty());
    }
}

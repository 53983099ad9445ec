//! Frames: thick with a bold title when focused, thin otherwise, so that focus shows without colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{columns, text};
use crate::model::text::fit;

/// What stands in a frame's upper edge, and how the frame looks.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    pub title: &'a str,
    /// At the right of the upper edge.
    pub note: &'a str,
    pub thick: bool,
    pub border: Style,
    pub title_style: Style,
}

/// Draws the frame and returns the area inside.
pub fn frame(buf: &mut Buffer, area: Rect, frame: &Frame) -> Rect {
    let area = area.intersection(buf.area);
    if area.width < 2 || area.height < 2 {
        return Rect::new(area.x, area.y, 0, 0);
    }
    let [tl, tr, bl, br, h, v] = if frame.thick {
        ["┏", "┓", "┗", "┛", "━", "┃"]
    } else {
        ["┌", "┐", "└", "┘", "─", "│"]
    };
    let (last_x, last_y) = (area.width - 1, area.height - 1);
    for x in 1..last_x {
        text(buf, area, x, 0, h, frame.border);
        text(buf, area, x, last_y, h, frame.border);
    }
    for y in 1..last_y {
        text(buf, area, 0, y, v, frame.border);
        text(buf, area, last_x, y, v, frame.border);
    }
    for (x, y, corner) in [
        (0, 0, tl),
        (last_x, 0, tr),
        (0, last_y, bl),
        (last_x, last_y, br),
    ] {
        text(buf, area, x, y, corner, frame.border);
    }
    titles(buf, area, frame);
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}

fn titles(buf: &mut Buffer, area: Rect, frame: &Frame) {
    let room = area.width.saturating_sub(6);
    let title = fit(frame.title, usize::from(room));
    let mut end = 2;
    if !title.is_empty() {
        end = text(buf, area, 2, 0, &format!(" {title} "), frame.title_style);
    }
    let wanted = columns(frame.note);
    let start = area.width.saturating_sub(wanted.saturating_add(4));
    if wanted > 0 && start > end {
        text(
            buf,
            area,
            start,
            0,
            &format!(" {} ", frame.note),
            frame.title_style,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(buf: &Buffer) -> Vec<String> {
        (0..buf.area.height)
            .map(|y| (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect())
            .collect()
    }

    #[test]
    fn title_left_note_right() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 3));
        let area = buf.area;
        let inside = frame(
            &mut buf,
            area,
            &Frame {
                title: "Jobs",
                note: "2/8",
                thick: true,
                ..Frame::default()
            },
        );
        assert_eq!(
            lines(&buf),
            [
                "┏━ Jobs ━━━━━ 2/8 ━┓",
                "┃                  ┃",
                "┗━━━━━━━━━━━━━━━━━━┛"
            ]
        );
        assert_eq!(inside, Rect::new(1, 1, 18, 1));
    }

    #[test]
    fn no_room_is_no_frame() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 1, 5));
        let area = buf.area;
        assert!(frame(&mut buf, area, &Frame::default()).is_empty());
    }
}

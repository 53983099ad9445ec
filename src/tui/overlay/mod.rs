//! What lies over the panes: one file a dialog. The rest of the screen is dim meanwhile.

pub mod assign;
pub mod confirm;
pub mod console;
pub mod help;
pub mod palette;
pub mod pick;
pub mod print;
pub mod which;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::layout::centered;
use super::panes;
use super::view::{Memory, Scene};
use super::widgets::frame::{Frame, frame};
use super::widgets::table::scroll;
use super::widgets::{field, paint};
use crate::app::state::{Overlay, Pane, TextField};
use crate::config::theme::Role;

/// Columns of a dialog at most.
const WIDEST: u16 = 72;

/// Draws the open overlay; gives the cursor's place where text is typed.
pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    open: &Overlay,
    memory: &mut Memory,
) -> Option<Position> {
    match open {
        Overlay::Help { search, row } => help::draw(scene, buf, search, *row, memory),
        Overlay::Palette { input, row } => palette::draw(scene, buf, input, *row, memory),
        Overlay::Assign { input, row, naming } => {
            assign::draw(scene, buf, input, (*row, *naming), memory)
        }
        Overlay::Confirm {
            question, details, ..
        } => {
            confirm::question(scene, buf, question, details, memory);
            None
        }
        Overlay::Fault(fault) => {
            confirm::fault(scene, buf, fault, memory);
            None
        }
        Overlay::Print(dialog) => print::draw(scene, buf, dialog, memory),
        Overlay::Pick(pick) => pick::draw(scene, buf, pick, memory),
        Overlay::Console(console) => console::draw(scene, buf, console, memory),
        Overlay::Inspector => {
            let height = buf.area.height.saturating_sub(4).min(24);
            let inside = open_box(scene, buf, "Details", height, memory);
            if scene.state.ui.focus == Pane::Jobs {
                panes::jobs::whole(scene, buf, inside, memory);
            } else {
                panes::inspector::draw(scene, buf, inside);
            }
            None
        }
    }
}

/// Opens a box in the middle of the screen and empties it; `height` includes the frame.
fn open_box(
    scene: &Scene,
    buf: &mut Buffer,
    title: &str,
    height: u16,
    memory: &mut Memory,
) -> Rect {
    // The message line and the keys stay in view.
    let room = Rect {
        height: buf.area.height.saturating_sub(2),
        ..buf.area
    };
    let width = WIDEST.min(room.width.saturating_sub(2));
    let area = centered(room, width, height);
    memory.overlay = Some(area);
    paint::clear(buf, area, scene.style(Role::Background));
    frame(
        buf,
        area,
        &Frame {
            title,
            thick: true,
            border: scene.style(Role::Focus),
            title_style: scene.style(Role::Focus),
            ..Frame::default()
        },
    )
}

/// A line of text being typed, after a mark; gives the cursor's place.
fn input(
    scene: &Scene,
    buf: &mut Buffer,
    inside: Rect,
    mark: &str,
    typed: &TextField,
) -> Option<Position> {
    if inside.is_empty() {
        return None;
    }
    let at = paint::text(buf, inside, 1, 0, mark, scene.style(Role::Accent)) + 1;
    let room = usize::from(inside.width.saturating_sub(at + 1));
    let (shown, cursor) = field::view(&typed.text, typed.cursor, room);
    paint::text(buf, inside, at, 0, &shown, scene.style(Role::Text));
    let x = inside.x + at + u16::try_from(cursor).unwrap_or(0);
    Some(Position::new(
        x.min(inside.right().saturating_sub(1)),
        inside.y,
    ))
}

/// Rows of a list with a cursor, in view; draws the cursor's mark.
fn list(
    scene: &Scene,
    buf: &mut Buffer,
    area: Rect,
    row: usize,
    count: usize,
    memory: &mut Memory,
    mut line: impl FnMut(&mut Buffer, Rect, usize),
) {
    let height = usize::from(area.height);
    let row = row.min(count.saturating_sub(1));
    memory.overlay_top = scroll(memory.overlay_top, row, count, height);
    let first = memory.overlay_top;
    for (y, index) in (0..area.height).zip(first..count) {
        let at = Rect::new(area.x, area.y + y, area.width, 1);
        line(buf, at, index);
        if index == row {
            paint::text(buf, at, 0, 0, "►", scene.style(Role::Focus));
            paint::select(buf, at, scene.style(Role::Selection));
        }
    }
}

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
use super::widgets::paint::Piece;
use super::widgets::table::scroll;
use super::widgets::{field, paint};
use super::words;
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
        Overlay::Inspector { first } => {
            details(scene, buf, *first, memory);
            None
        }
    }
}

/// Rows of the details, frame included, where nothing needs more.
const DETAILS: u16 = 24;

/// Details of the row under the cursor, from a line on.
fn details(scene: &Scene, buf: &mut Buffer, first: usize, memory: &mut Memory) {
    let room = buf.area.height.saturating_sub(4);
    let columns = WIDEST
        .min(buf.area.width.saturating_sub(2))
        .saturating_sub(4);
    let is_job = scene.state.ui.focus == Pane::Jobs;
    let lines = if is_job {
        let room = usize::from(room.saturating_sub(2));
        panes::jobs::whole(scene, memory, columns, room)
    } else {
        panes::inspector::lines(scene, columns)
    };
    let wanted = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let inside = open_box(scene, buf, "Details", wanted.max(DETAILS).min(room), memory);
    let area = match is_job {
        true => inside,
        false => panes::inspector::sound(scene, buf, inside, lines.len()),
    };
    memory.details_first = Some(scrolled(scene, buf, area, &lines, first));
}

/// Lines from the `first` on, and how many there are above or below those that fit. Gives the line
/// that is really the first.
fn scrolled(
    scene: &Scene,
    buf: &mut Buffer,
    area: Rect,
    lines: &[Vec<Piece>],
    first: usize,
) -> usize {
    let height = usize::from(area.height);
    // The last row tells of the other lines, and then cannot show one.
    let fitting = match height {
        height if lines.len() > height => height.saturating_sub(1),
        height => height,
    };
    let first = first.min(lines.len().saturating_sub(fitting));
    for (y, line) in (0..area.height).zip(lines.iter().skip(first).take(fitting)) {
        paint::line(buf, area, 1, y, line);
    }
    if fitting < lines.len() && height > 0 {
        let below = lines.len() - fitting - first;
        let more = match (below, first) {
            (0, above) => format!("… PgUp: {} above", words::count(above, "line")),
            (below, _) => format!("… PgDn: {} more", words::count(below, "line")),
        };
        paint::text(buf, area, 1, area.height - 1, &more, scene.style(Role::Dim));
    }
    first
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

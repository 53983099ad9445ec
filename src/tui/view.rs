//! The state as a picture: lays out, draws the panes and the overlay, and remembers what a click
//! would hit. Drawing changes nothing but the [`Memory`].

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Modifier, Style};

use super::layout::{PaneId, layout};
use super::levels::Meters;
use super::style::{Look, ascii};
use super::widgets::frame::{self, Frame};
use super::widgets::paint::{self, Piece};
use super::widgets::table::scroll;
use super::{overlay, panes};
use crate::app::State;
use crate::app::rows::Filter;
use crate::app::state::Pane;
use crate::config::Keymap;
use crate::config::theme::Role;

/// What the view keeps from one frame to the next.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Memory {
    /// First row in view of each pane.
    pub tops: HashMap<Pane, usize>,
    /// First row in view of the open overlay's list.
    pub overlay_top: usize,
    /// Where each pane's rows stand now.
    pub hits: Vec<Hit>,
    /// Rows that fit into each pane shown now.
    pub page_rows: HashMap<Pane, usize>,
    /// First stem in view of the matrix.
    pub matrix_left: usize,
    /// The levels that are shown, with their held peaks.
    pub meters: Meters,
    /// First line of the open details, as far as there are lines.
    pub details_first: Option<usize>,
    /// Where the overlay stands.
    pub overlay: Option<Rect>,
    /// The terminal has no room for what keys would act on.
    pub too_small: bool,
}

/// A pane on the screen, and its list of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub pane: Pane,
    pub area: Rect,
    pub rows: Rect,
    /// Row of the pane in the first line of `rows`.
    pub first: usize,
    pub count: usize,
}

/// Everything that drawing needs.
#[derive(Debug)]
pub struct Scene<'a> {
    pub state: &'a State,
    pub look: &'a Look,
    pub keymap: &'a Keymap,
}

impl Scene<'_> {
    pub fn style(&self, role: Role) -> Style {
        self.look.style(role)
    }

    /// What is shown may be old, or is not there.
    pub fn is_stale(&self) -> bool {
        !matches!(
            self.state.link.phase,
            crate::model::LinkPhase::Linked | crate::model::LinkPhase::NoSession { .. }
        )
    }

    /// A text with what a filter found in it, seen without colour too.
    pub fn found(&self, filter: Option<&mut Filter>, text: &str, style: Style) -> Vec<Piece> {
        let Some(filter) = filter else {
            return vec![paint::piece(text, style)];
        };
        let found = self.style(Role::Accent).add_modifier(Modifier::UNDERLINED);
        let parts = filter.parts(text).into_iter();
        parts
            .map(|(part, is_found)| paint::piece(part, if is_found { found } else { style }))
            .collect()
    }

    /// The frame of a pane; returns the area inside.
    pub fn frame(&self, buf: &mut Buffer, area: Rect, pane: Pane, title: &str, note: &str) -> Rect {
        let focused = self.state.ui.focus == pane;
        let role = if focused { Role::Focus } else { Role::Border };
        frame::frame(
            buf,
            area,
            &Frame {
                title,
                note,
                thick: focused,
                border: self.style(role),
                title_style: self.style(if focused { Role::Focus } else { Role::Dim }),
            },
        )
    }

    /// Title with the pane's number, its filter and its order.
    pub fn title(&self, pane: Pane, name: &str) -> String {
        let number = Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0) + 1;
        let mut title = format!("{number} {name}");
        let filter = self.state.filter_text(pane);
        if !filter.is_empty() {
            title = format!("{title} /{filter}");
        }
        if let Some(sort) = self.state.sort(pane) {
            let turned = if sort.reversed { " ↑" } else { "" };
            title = format!("{title}  sort: {}{turned}", sort.key.word());
        }
        title
    }
}

impl Memory {
    /// Notes where a pane's rows stand and returns the rows in view.
    pub fn window(
        &mut self,
        pane: Pane,
        area: Rect,
        rows: Rect,
        cursor: usize,
        count: usize,
    ) -> std::ops::Range<usize> {
        let height = usize::from(rows.height);
        let top = self.tops.entry(pane).or_default();
        *top = scroll(*top, cursor.min(count.saturating_sub(1)), count, height);
        let first = *top;
        self.page_rows.insert(pane, height);
        self.hits.push(Hit {
            pane,
            area,
            rows,
            first,
            count,
        });
        first..(first + height).min(count)
    }
}

/// Draws a frame of the given size; returns it with the cursor's place, if text is being typed.
pub fn draw(scene: &Scene, size: Size, memory: &mut Memory) -> (Buffer, Option<Position>) {
    let mut buf = Buffer::empty(Rect::new(0, 0, size.width, size.height));
    memory.hits.clear();
    memory.page_rows.clear();
    memory.overlay = None;
    memory.details_first = None;
    let jobs = &scene.state.jobs;
    let is_running = |id| jobs.get(id).is_some_and(|job| job.state.is_active());
    memory.meters.keep(is_running);
    let ui = &scene.state.ui;
    let screen = buf.area;
    let background = scene.style(Role::Background);
    if background != Style::new() {
        paint::tint(&mut buf, screen, background);
    }
    let mut cursor = None;
    let mut too_small = false;
    for (id, area) in layout(size, ui.focus, ui.zoomed) {
        match id {
            PaneId::TooSmall => {
                too_small = true;
                panes::small::draw(scene, &mut buf, area);
            }
            PaneId::Header => panes::header::connection(scene, &mut buf, area),
            PaneId::Facts => panes::header::session(scene, &mut buf, area),
            PaneId::Tabs => panes::header::tabs(scene, &mut buf, area),
            PaneId::Pane(pane) => panes::draw(scene, &mut buf, area, pane, memory),
            PaneId::Inspector => panes::inspector::pane(scene, &mut buf, area),
            PaneId::JobStrip => panes::jobs::strip(scene, &mut buf, area),
            PaneId::TransportStrip => panes::transport::strip(scene, &mut buf, area),
            PaneId::Message => cursor = panes::footer::message(scene, &mut buf, area),
            PaneId::Footer => panes::footer::keys(scene, &mut buf, area),
        }
    }
    memory.too_small = too_small;
    if let Some(open) = &ui.overlay
        && !too_small
    {
        paint::recede(&mut buf, scene.style(Role::Dim));
        for (id, area) in layout(size, ui.focus, ui.zoomed) {
            match id {
                PaneId::Message => drop(panes::footer::message(scene, &mut buf, area)),
                PaneId::Footer => panes::footer::keys(scene, &mut buf, area),
                _ => {}
            }
        }
        cursor = overlay::draw(scene, &mut buf, open, memory);
    }
    if ui.which && !too_small {
        overlay::which::draw(scene, &mut buf);
    }
    if scene.look.ascii {
        to_ascii(&mut buf);
    }
    (buf, cursor)
}

fn to_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if let Some(plain) = ascii(cell.symbol()) {
            cell.set_symbol(plain);
        }
    }
}

//! Tracks against stems: a mark for each membership. Holes and doubles show without colour. Scrolls
//! both ways; only what is in view is worked out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::tracks::{indented, why_empty};
use super::{nothing, stems};
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::plan::PlannedStem;
use crate::model::text::{fit, width};
use crate::model::{Plan, Track};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{self, piece};
use crate::tui::words;

/// Columns of a stem at least and at most, without the blank behind it.
const STEM: [usize; 2] = [3, 9];
/// Columns of the mark that sums a row up: `—` in none, `?` in several.
const SUM: u16 = 2;

/// Where the columns of the stems stand.
struct Grid<'a> {
    stems: &'a [PlannedStem],
    /// First stem in view.
    first: usize,
    /// Column of each stem in view, from the pane's inside, and its width.
    places: Vec<(u16, u16)>,
    name: u16,
}

impl<'a> Grid<'a> {
    fn new(plan: &'a Plan, names: u16, room: u16, column: usize, first: usize) -> Self {
        let name = names.clamp(8, 28).min(room / 2);
        let start = name + 1 + SUM + 1;
        let stems = plan.stems.as_slice();
        let wide = |at: usize| {
            let name = stems.get(at).map_or(0, |stem| width(&stem.name));
            u16::try_from(name.clamp(STEM[0], STEM[1])).unwrap_or(9)
        };
        // How many fit depends on where they start: the cursor's stem has to be among them.
        let mut first = first.min(column);
        let fits = |first: usize| {
            let mut x = start;
            let mut places = Vec::new();
            for at in first..stems.len() {
                let wide = wide(at);
                if x + wide > room {
                    break;
                }
                places.push((x, wide));
                x += wide + 1;
            }
            places
        };
        let mut places = fits(first);
        while column >= first + places.len().max(1) && first < column {
            first += 1;
            places = fits(first);
        }
        Self {
            stems,
            first,
            places,
            name,
        }
    }

    fn in_view(&self) -> impl Iterator<Item = (usize, &'a PlannedStem, (u16, u16))> + '_ {
        let stems = self.stems.iter().enumerate().skip(self.first);
        stems
            .zip(&self.places)
            .map(|((at, stem), place)| (at, stem, *place))
    }
}

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let state = scene.state;
    let count = state.rows.len();
    let cursor = state.cursor(Pane::Matrix).min(count.saturating_sub(1));
    let title = scene.title(Pane::Matrix, "Matrix");
    let inside = scene.frame(buf, area, Pane::Matrix, &title, &note(scene));
    let head = inside.height.min(1);
    let foot = u16::from(inside.height > 6);
    let rows = Rect {
        y: inside.y + head,
        height: inside.height - head - foot,
        ..inside
    };
    let window = memory.window(Pane::Matrix, area, rows, cursor, count);
    let Some(session) = &state.session else {
        return nothing(scene, buf, inside, why_empty(&state.link.phase));
    };
    let Some(Ok(plan)) = &state.plan else {
        return nothing(scene, buf, inside, &stems::why_no_plan(state));
    };
    if plan.stems.is_empty() {
        let text = "No stems yet: `s` puts the selected tracks into a new one.";
        return nothing(scene, buf, inside, text);
    }
    let name = |row: usize| {
        let row = *state.rows.get(row)?;
        Some((
            indented(scene, row, session.tracks.get(row.track)?),
            session.tracks.get(row.track)?,
        ))
    };
    let names = window
        .clone()
        .filter_map(name)
        .map(|(name, _)| paint::columns(&name))
        .max();
    let column = state.ui.matrix_column.min(plan.stems.len() - 1);
    let inner = Rect {
        x: inside.x + 1.min(inside.width),
        width: inside.width.saturating_sub(1),
        ..inside
    };
    let grid = Grid::new(
        plan,
        names.unwrap_or(8),
        inner.width,
        column,
        memory.matrix_left,
    );
    memory.matrix_left = grid.first;
    heads(scene, buf, inner, &grid, column);
    for (y, at) in (0..rows.height).zip(window) {
        let line = Rect::new(inner.x, rows.y + y, inner.width, 1);
        if let Some((name, track)) = name(at) {
            row(scene, buf, line, &grid, &name, track, plan);
        }
        if at == cursor {
            let focused = state.ui.focus == Pane::Matrix;
            if focused {
                select(scene, buf, line, &grid, column);
            }
            let role = if focused { Role::Focus } else { Role::Dim };
            let edge = Rect {
                x: inside.x,
                ..line
            };
            paint::text(buf, edge, 0, 0, "►", scene.style(role));
        }
    }
    if foot > 0 {
        legend(scene, buf, inner, &grid);
    }
}

fn note(scene: &Scene) -> String {
    let Some(Ok(plan)) = &scene.state.plan else {
        return String::new();
    };
    let coverage = &plan.coverage;
    match (coverage.orphans.len(), coverage.doubles.len()) {
        (0, 0) => "every track in one stem".to_owned(),
        (none, 0) => format!("{none} in none"),
        (0, more) => format!("{more} in several"),
        (none, more) => format!("{none} in none  {more} in several"),
    }
}

fn heads(scene: &Scene, buf: &mut Buffer, inside: Rect, grid: &Grid, column: usize) {
    let dim = scene.style(Role::Dim);
    paint::text(buf, inside, 0, 0, "Track", dim);
    for (at, stem, (x, wide)) in grid.in_view() {
        let role = if at == column { Role::Focus } else { Role::Dim };
        let name = fit(&stem.name, usize::from(wide));
        paint::text(buf, inside, x, 0, &name, scene.style(role));
    }
    if grid.first > 0
        && let Some((x, _)) = grid.places.first()
    {
        paint::text(buf, inside, x.saturating_sub(1), 0, "‹", dim);
    }
    if grid.first + grid.places.len() < grid.stems.len() {
        paint::text(buf, inside, inside.width.saturating_sub(1), 0, "›", dim);
    }
}

fn row(
    scene: &Scene,
    buf: &mut Buffer,
    line: Rect,
    grid: &Grid,
    name: &str,
    track: &Track,
    plan: &Plan,
) {
    let is_dim = scene.is_stale() || !track.kind.is_sounding() || track.inactive.is_set();
    let base = scene.style(if is_dim { Role::Dim } else { Role::Text });
    let name = fit(name, usize::from(grid.name));
    paint::text(buf, line, 0, 0, &name, base);
    let state = scene.state;
    let stems = state.stem_of.get(&track.id).map_or(&[][..], Vec::as_slice);
    let (sum, role) = match stems.len() {
        0 if plan.coverage.orphans.contains(&track.name) => ("—", Role::Warn),
        0 | 1 => ("", Role::Dim),
        _ => ("?", Role::Error),
    };
    paint::text(buf, line, grid.name + 1, 0, sum, scene.style(role));
    if !track.kind.is_sounding() && stems.is_empty() {
        return;
    }
    let by_hand = state.assigned.contains_key(&track.id);
    let is_silent = track.muted || track.inactive.is_set();
    for (_, stem, (x, wide)) in grid.in_view() {
        let (mark, role) = if !stems.contains(&stem.name) {
            ("·", Role::Dim)
        } else if stems.len() > 1 {
            ("?", Role::Error)
        } else if by_hand {
            ("*", Role::Accent)
        } else if is_silent {
            ("○", Role::Dim)
        } else {
            ("●", Role::Ok)
        };
        paint::text(buf, line, x + (wide - 1) / 2, 0, mark, scene.style(role));
    }
}

/// The cursor's row, and in it the cell of the cursor's column between brackets.
fn select(scene: &Scene, buf: &mut Buffer, line: Rect, grid: &Grid, column: usize) {
    let found = grid.in_view().find(|(at, ..)| *at == column);
    if let Some((.., (x, wide))) = found {
        let middle = x + (wide - 1) / 2;
        let style = scene.style(Role::Focus);
        paint::text(buf, line, middle.saturating_sub(1), 0, "[", style);
        paint::text(buf, line, middle + 1, 0, "]", style);
    }
    paint::select(buf, line, scene.style(Role::Selection));
}

fn legend(scene: &Scene, buf: &mut Buffer, inside: Rect, grid: &Grid) {
    let dim = scene.style(Role::Dim);
    let y = inside.height.saturating_sub(1);
    let text = "● in  * by hand  ○ silent  ? in several  — in none";
    let end = paint::line(buf, inside, 0, y, &[piece(text, dim)]);
    let shown = match grid.places.len() {
        all if all == grid.stems.len() => words::count(all, "stem"),
        some => format!(
            "stems {}-{} of {}",
            grid.first + 1,
            grid.first + some,
            grid.stems.len()
        ),
    };
    paint::right(buf, inside, end + 2, y, &[piece(shown, dim)]);
}

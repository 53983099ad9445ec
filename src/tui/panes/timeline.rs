//! The session from its start to its end: the waveform under the cursor, the selection, the
//! markers, the play head, a ruler. With the files in focus: the file under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::nothing;
use super::overview::{self, Shape};
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::overview::OverviewOf;
use crate::model::text::{clean, fit, width};
use crate::model::{Marker, Session, Timecode};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint;
use crate::tui::words;

/// Seconds between two marks of the ruler.
const STEPS: [u64; 14] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200,
];
/// Columns that a mark of the ruler takes at least.
const MARK: u64 = 14;

/// The part of the session that is shown, over the columns of a pane.
#[derive(Clone, Copy)]
struct Axis {
    /// Samples from the session start; more than 0.
    end: i64,
    width: u16,
}

impl Axis {
    fn of(scene: &Scene, session: &Session, width: u16) -> Self {
        let second = i64::from(session.info.sample_rate.max(1));
        let length = session.content_length().unwrap_or(0);
        let markers = session.markers.iter().map(|marker| marker.start);
        let selected = session.selection.map_or(0, |range| range.end);
        let place = session
            .transport
            .position(session.info.sample_rate, scene.state.now);
        let known = i64::try_from(length).unwrap_or(i64::MAX);
        // The play head may run beyond the end; then the picture is left alone until it is far out.
        let far = if place > known {
            place / (60 * second) * 60 * second + 60 * second
        } else {
            0
        };
        let end = markers.chain([known, selected, far, second]).max();
        Self {
            end: end
                .unwrap_or(second)
                .min(crate::model::timecode::FARTHEST_SAMPLE),
            width,
        }
    }

    /// The column of a sample; `None` outside.
    fn column(self, sample: i64) -> Option<u16> {
        if sample < 0 || sample > self.end || self.width == 0 {
            return None;
        }
        let column = i128::from(sample) * i128::from(self.width) / i128::from(self.end.max(1));
        Some(
            u16::try_from(column)
                .unwrap_or(u16::MAX)
                .min(self.width - 1),
        )
    }
}

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let state = scene.state;
    let title = scene.title(Pane::Timeline, "Timeline");
    let room = usize::from(area.width).saturating_sub(title.chars().count() + 10);
    let inside = scene.frame(buf, area, Pane::Timeline, &title, &fit(&note(scene), room));
    let rows = Rect {
        height: 0,
        ..inside
    };
    memory.window(Pane::Timeline, area, rows, 0, 0);
    let inside = Rect {
        x: inside.x + 1.min(inside.width),
        width: inside.width.saturating_sub(2),
        ..inside
    };
    if let Some(OverviewOf::File(_)) = &state.overviews.wanted {
        return file(scene, buf, inside);
    }
    let Some(session) = &state.session else {
        return nothing(scene, buf, inside, "No session.");
    };
    let axis = Axis::of(scene, session, inside.width);
    let [sound, range, markers, ruler] = lines(inside);
    let shape = overview::shape(scene);
    overview::draw(scene, buf, sound, &shape, [0, axis.end.unsigned_abs()]);
    selection(scene, buf, range, session, axis);
    self::markers(scene, buf, markers, session, axis);
    self::ruler(scene, buf, ruler, session, axis);
}

/// What the waveform is of.
fn note(scene: &Scene) -> String {
    let state = scene.state;
    match &state.overviews.wanted {
        Some(OverviewOf::File(path)) => path.file_name().map_or_else(String::new, |name| {
            clean(&name.to_string_lossy()).into_owned()
        }),
        Some(OverviewOf::Track(id)) => {
            let track = state.tracks().iter().find(|track| track.id == *id);
            track.map_or_else(String::new, |track| clean(&track.name).into_owned())
        }
        None => String::new(),
    }
}

/// Where the sound, the selection, the markers and the ruler stand; the ruler last to go.
fn lines(inside: Rect) -> [Rect; 4] {
    let mut rest = inside;
    let mut below = |wanted: bool| {
        let height = u16::from(wanted && rest.height > 0);
        rest.height -= height;
        Rect {
            y: rest.y + rest.height,
            height,
            ..inside
        }
    };
    let ruler = below(inside.height >= 2);
    let markers = below(inside.height >= 3);
    let range = below(inside.height >= 4);
    [rest, range, markers, ruler]
}

/// In and out, and the play head.
fn selection(scene: &Scene, buf: &mut Buffer, area: Rect, session: &Session, axis: Axis) {
    let style = scene.style(Role::Focus);
    if let Some(range) = session.selection {
        let first = axis.column(range.start.max(0));
        let last = axis.column(range.end.min(axis.end));
        if let (Some(first), Some(last)) = (first, last) {
            for x in first..=last {
                paint::text(buf, area, x, 0, "━", style);
            }
            let is_point = range.is_empty();
            paint::text(buf, area, last, 0, "┫", style);
            let start = if is_point || first == last {
                "╋"
            } else {
                "┣"
            };
            paint::text(buf, area, first, 0, start, style);
            let room = usize::from(last.saturating_sub(first).saturating_sub(1));
            let label = format!(" {} ", words::duration(seconds(session, range.len())));
            if !is_point && width(&label) < room {
                paint::text(buf, area, first + 2, 0, &label, scene.style(Role::Dim));
            }
        }
    }
    let transport = &session.transport;
    let place = transport.position(session.info.sample_rate, scene.state.now);
    if let Some(x) = axis.column(place) {
        let mark = if transport.is_estimate() {
            "▲~"
        } else {
            "▲"
        };
        let role = if scene.is_stale() {
            Role::Dim
        } else {
            Role::Accent
        };
        paint::text(buf, area, x, 0, mark, scene.style(role));
    }
}

fn seconds(session: &Session, samples: u64) -> f64 {
    samples as f64 / f64::from(session.info.sample_rate.max(1))
}

/// The markers by name where there is room, the one under the cursor always.
fn markers(scene: &Scene, buf: &mut Buffer, area: Rect, session: &Session, axis: Axis) {
    let state = scene.state;
    let focused = matches!(state.ui.focus, Pane::Transport | Pane::Timeline);
    let chosen = state
        .index_under_cursor(Pane::Transport)
        .filter(|_| focused)
        .and_then(|at| session.markers.get(at));
    let mut taken: Vec<(u16, u16)> = Vec::new();
    let shown = state.shown(Pane::Transport);
    let listed = shown.iter().filter_map(|at| session.markers.get(*at));
    for marker in chosen.into_iter().chain(listed) {
        let is_chosen = chosen.is_some_and(|chosen| std::ptr::eq(chosen, marker));
        let Some(x) = axis.column(marker.start) else {
            continue;
        };
        let label = label(marker, is_chosen, area.width.saturating_sub(x));
        let end = x.saturating_add(paint::columns(&label)).saturating_add(1);
        let is_free = |from: u16, to: u16| taken.iter().all(|(a, b)| to <= *a || from >= *b);
        let role = if is_chosen { Role::Focus } else { Role::Text };
        if is_free(x, end) {
            paint::text(buf, area, x, 0, &label, scene.style(role));
            taken.push((x, end));
        } else if is_free(x, x + 1) {
            paint::text(buf, area, x, 0, "▾", scene.style(Role::Dim));
            taken.push((x, x + 1));
        }
    }
    if session.markers.is_empty() {
        paint::text(buf, area, 0, 0, "no markers", scene.style(Role::Dim));
    }
}

fn label(marker: &Marker, is_chosen: bool, room: u16) -> String {
    let mark = if is_chosen { "►" } else { "▾" };
    let name = if marker.name.is_empty() {
        marker.number.to_string()
    } else {
        fit(&marker.name, 16)
    };
    match room {
        0..4 => mark.to_owned(),
        room => fit(&format!("{mark}{name}"), usize::from(room)),
    }
}

/// Timecode at round distances.
fn ruler(scene: &Scene, buf: &mut Buffer, area: Rect, session: &Session, axis: Axis) {
    let ruler = &session.info.ruler;
    let nominal = u64::from(ruler.rate.nominal().max(1));
    let step = step(seconds(session, axis.end.unsigned_abs()), area.width) * nominal;
    let is_whole =
        !ruler.rate.is_drop() && nominal <= 100 && ruler.start_frame.is_multiple_of(nominal);
    let style = scene.style(Role::Dim);
    let mut free = 0;
    // Frame numbers count without the labels that drop frame leaves out: marks stay a constant
    // distance apart, and their labels tell where they are.
    for number in 0..=u64::from(area.width) {
        let frame = ruler
            .start_frame
            .saturating_add(number.saturating_mul(step));
        let place = ruler.sample_of(Timecode::new(frame, ruler.rate));
        if place > axis.end {
            break;
        }
        let Some(x) = axis.column(place).filter(|x| *x >= free) else {
            continue;
        };
        let mut text = format!("╵{}", ruler.timecode_at(place));
        if is_whole {
            text.truncate(text.len().saturating_sub(3));
        }
        if x + paint::columns(&text) <= area.width {
            free = paint::text(buf, area, x, 0, &text, style) + 1;
        }
    }
}

/// Seconds between two marks, so that their labels have room.
fn step(seconds: f64, width: u16) -> u64 {
    let marks = (u64::from(width) / MARK).max(1) as f64;
    let least = seconds / marks;
    let found = STEPS.into_iter().find(|step| *step as f64 >= least);
    found.unwrap_or_else(|| (least / 3600.0).ceil().clamp(1.0, 1e6) as u64 * 3600)
}

/// A file: its sound, and minutes from its own start.
fn file(scene: &Scene, buf: &mut Buffer, inside: Rect) {
    let height = u16::from(inside.height >= 2);
    let sound = Rect {
        height: inside.height - height,
        ..inside
    };
    let shape = overview::shape(scene);
    let frames = match &shape {
        Shape::Known(overview) => overview.frames,
        Shape::Words(_) => 0,
    };
    overview::draw(scene, buf, sound, &shape, [0, frames]);
    let entry = scene.state.index_under_cursor(Pane::Files);
    let entry = entry.and_then(|at| scene.state.files.entries.get(at));
    let ruler = Rect {
        y: sound.bottom(),
        height,
        ..inside
    };
    let style = scene.style(Role::Dim);
    let Some(length) = entry.and_then(|entry| entry.seconds).filter(|s| *s > 0.0) else {
        paint::text(buf, ruler, 0, 0, "from its start to its end", style);
        return;
    };
    let step = step(length, inside.width);
    let mut free = 0;
    for number in 0..=u64::from(inside.width) {
        let place = (number * step) as f64;
        if place > length {
            break;
        }
        let x = (place / length * f64::from(inside.width)) as u16;
        let text = format!("╵{}", words::duration(place));
        if x >= free && x + paint::columns(&text) <= inside.width {
            free = paint::text(buf, ruler, x, 0, &text, style) + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_room_for_their_words() {
        for (seconds, width, wanted) in [
            (10.0, 196, 1),
            (754.0, 196, 60),
            (754.0, 58, 300),
            (86_400.0, 58, 21_600),
            (0.0, 0, 1),
        ] {
            assert_eq!(step(seconds, width), wanted, "{seconds} {width}");
        }
    }

    #[test]
    fn samples_stand_in_columns() {
        let axis = Axis {
            end: 1000,
            width: 10,
        };
        assert_eq!(axis.column(0), Some(0));
        assert_eq!(axis.column(999), Some(9));
        assert_eq!(axis.column(1000), Some(9));
        assert_eq!(axis.column(1001), None);
        assert_eq!(axis.column(-1), None);
        assert_eq!(Axis { end: 1, width: 0 }.column(0), None);
    }
}

//! The transport: state, counter, selection, markers. The counter is an estimate while it runs,
//! since PTSL tells no position, and says so.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{List, cell, nothing};
use crate::app::State;
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::transport::TransportState;
use crate::model::{LinkPhase, Session};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::digits::digits;
use crate::tui::widgets::paint::{self, Piece, piece};
use crate::tui::widgets::table::{Column, Row, column};
use crate::tui::words;

const COLUMNS: [Column; 4] = [
    column("#", 4, 0).right(),
    column("Marker", 12, 0).fill(),
    column("Place", 12, 0),
    column("Comment", 16, 1),
];

/// Whether the counter moves by itself now.
pub fn is_moving(state: &State) -> bool {
    state.link.phase == LinkPhase::Linked
        && state
            .session
            .as_ref()
            .is_some_and(|session| session.transport.is_rolling())
}

fn word(session: &Session) -> (&'static str, &'static str, Role) {
    match session.transport.state {
        TransportState::Stopped if session.transport.record_armed => {
            ("■", "STOP armed", Role::Record)
        }
        TransportState::Stopped => ("■", "STOP", Role::Text),
        TransportState::Playing => ("►", "PLAY", Role::Ok),
        TransportState::Recording => ("●", "RECORD", Role::Record),
        TransportState::Busy => ("·", "BUSY", Role::Warn),
    }
}

fn counter(state: &State, session: &Session) -> String {
    let info = &session.info;
    let position = session.transport.position(info.sample_rate, state.now);
    info.ruler.timecode_at(position).to_string()
}

fn mark(session: &Session) -> &'static str {
    if session.transport.is_estimate() {
        "~"
    } else {
        ""
    }
}

/// The first marker after the position.
fn next_marker(state: &State, session: &Session) -> Option<String> {
    let rate = session.info.sample_rate.max(1);
    let position = session.transport.position(rate, state.now);
    let next = session
        .markers
        .iter()
        .filter(|marker| marker.start > position)
        .min_by_key(|marker| marker.start)?;
    let seconds = (next.start - position) as f64 / f64::from(rate);
    Some(format!("{} in {}", next.name, words::duration(seconds)))
}

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let title = scene.title(Pane::Transport, "Transport");
    let inside = scene.frame(buf, area, Pane::Transport, &title, "");
    let Some(session) = &scene.state.session else {
        nothing(scene, buf, inside, "No session.");
        return;
    };
    let head = Rect {
        height: inside.height.min(3),
        ..inside
    };
    if scene.look.ascii || inside.width < 96 || inside.height < 3 {
        plain(scene, buf, head, session);
    } else {
        big(scene, buf, head, session);
    }
    let below = Rect {
        y: head.bottom(),
        height: inside.height - head.height,
        ..inside
    };
    if below.height > 1 {
        markers(scene, buf, area, below, session, memory);
    } else {
        let rows = Rect { height: 0, ..below };
        memory.window(Pane::Transport, area, rows, 0, 0);
    }
}

fn facts(state: &State, session: &Session) -> Vec<(&'static str, String)> {
    let ruler = &session.info.ruler;
    let rate = f64::from(session.info.sample_rate.max(1));
    let mut facts = Vec::new();
    if let Some(range) = session.selection {
        facts.push(("in ", ruler.timecode_at(range.start).to_string()));
        if range.is_empty() {
            facts.push(("out", "—".to_owned()));
            facts.push(("len", "—".to_owned()));
        } else {
            facts.push(("out", ruler.timecode_at(range.end).to_string()));
            facts.push(("len", words::duration(range.len() as f64 / rate)));
        }
    }
    if let Some(next) = next_marker(state, session) {
        facts.push(("next", next));
    }
    facts
}

fn labelled(scene: &Scene, (label, value): &(&'static str, String)) -> [Piece; 2] {
    [
        piece(format!("{label} "), scene.style(Role::Dim)),
        piece(value.clone(), scene.style(Role::Text)),
    ]
}

fn big(scene: &Scene, buf: &mut Buffer, area: Rect, session: &Session) {
    let state = scene.state;
    let (symbol, name, role) = word(session);
    let estimate = if session.transport.is_estimate() {
        "  ~est"
    } else {
        ""
    };
    paint::line(
        buf,
        area,
        2,
        0,
        &[
            piece(format!("{symbol} {name}"), scene.style(role)),
            piece(estimate, scene.style(Role::Dim)),
        ],
    );
    let text = counter(state, session);
    let shown = format!("{text}{}", mark(session));
    paint::text(buf, area, 2, 1, &shown, scene.style(Role::Text));
    let offset = session
        .transport
        .position(session.info.sample_rate, state.now)
        .max(0);
    let seconds = offset as f64 / f64::from(session.info.sample_rate.max(1));
    let since = format!("+{}", words::duration(seconds));
    paint::text(buf, area, 2, 2, &since, scene.style(Role::Dim));
    let style = scene.style(if scene.is_stale() {
        Role::Dim
    } else {
        Role::Accent
    });
    let mut end = 0;
    for (y, row) in (0..3).zip(digits(&text)) {
        end = paint::text(buf, area, 18, y, &row, style).max(end);
    }
    let facts = facts(state, session);
    let column = end + 3;
    for (y, fact) in (0..3).zip(&facts) {
        paint::line(buf, area, column, y, &labelled(scene, fact));
    }
    for (y, fact) in (0..3).zip(facts.iter().skip(3)) {
        paint::line(buf, area, column + 20, y, &labelled(scene, fact));
    }
    if area.width >= 150 {
        let place = Rect {
            x: area.x + 110.min(area.width),
            width: area.width.saturating_sub(110),
            ..area
        };
        jobs(scene, buf, place);
    }
}

/// The running job and everything that waits, beside the counter.
fn jobs(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let jobs = &scene.state.jobs;
    let Some(active) = jobs.active() else {
        return;
    };
    let title = format!("job {}", active.id);
    let left = active.seconds_left();
    let mut lines = vec![(title, active.fraction(), left)];
    if let Some(fraction) = jobs.fraction().filter(|_| jobs.jobs().len() > 1) {
        lines.push(("all".to_owned(), fraction, jobs.seconds_left()));
    }
    for (y, (name, fraction, left)) in (0..2).zip(lines) {
        let cells = usize::from(area.width.saturating_sub(32)).min(40);
        let left = left.map_or_else(String::new, |left| {
            format!("  {} left", words::duration(left))
        });
        let pieces = [
            piece(format!("{name:<8} "), scene.style(Role::Dim)),
            piece(
                bar(fraction, cells, scene.look.ascii),
                scene.style(Role::Accent),
            ),
            piece(
                format!(" {:>3.0} %{left}", fraction * 100.0),
                scene.style(Role::Text),
            ),
        ];
        paint::line(buf, area, 0, y, &pieces);
    }
}

fn plain(scene: &Scene, buf: &mut Buffer, area: Rect, session: &Session) {
    let state = scene.state;
    let (symbol, name, role) = word(session);
    let place = format!("  {}{}", counter(state, session), mark(session));
    paint::line(
        buf,
        area,
        1,
        0,
        &[
            piece(format!("{symbol} {name}"), scene.style(role)),
            piece(place, scene.style(Role::Accent)),
        ],
    );
    let mut x = 1;
    for fact in facts(state, session) {
        x = paint::line(buf, area, x, 1, &labelled(scene, &fact)) + 2;
    }
}

fn markers(
    scene: &Scene,
    buf: &mut Buffer,
    area: Rect,
    inside: Rect,
    session: &Session,
    memory: &mut Memory,
) {
    let shown = scene.state.shown(Pane::Transport);
    let list = List {
        pane: Pane::Transport,
        area,
        inside,
        columns: &COLUMNS,
        count: shown.len(),
        cursor: scene
            .state
            .cursor(Pane::Transport)
            .min(shown.len().saturating_sub(1)),
    };
    let dim = scene.style(Role::Dim);
    list.draw(scene, buf, memory, |index| {
        let marker = shown.get(index).and_then(|at| session.markers.get(*at));
        marker.map_or_else(Row::default, |marker| Row {
            style: Style::new(),
            cells: vec![
                cell(marker.number.to_string(), dim),
                cell(marker.name.clone(), scene.style(Role::Text)),
                cell(
                    session.info.ruler.timecode_at(marker.start).to_string(),
                    dim,
                ),
                cell(marker.comments.clone(), dim),
            ],
        })
    });
    if shown.is_empty() {
        nothing(scene, buf, inside, "No markers.");
    }
}

/// The transport in one line.
pub fn strip(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let Some(session) = &scene.state.session else {
        return;
    };
    let (symbol, name, role) = word(session);
    let place = format!("  {}{}", counter(scene.state, session), mark(session));
    let mut pieces = vec![
        piece(format!("{symbol} {name}"), scene.style(role)),
        piece(format!("{place:<15}"), scene.style(Role::Accent)),
    ];
    let mut used: u16 = pieces.iter().map(|part| paint::columns(&part.text)).sum();
    for fact in facts(scene.state, session) {
        let parts = labelled(scene, &fact);
        used = used.saturating_add(2).saturating_add(
            parts
                .iter()
                .map(|part| paint::columns(&part.text))
                .sum::<u16>(),
        );
        if used >= area.width {
            break;
        }
        pieces.push(piece("  ", Style::new()));
        pieces.extend(parts);
    }
    paint::line(buf, area, 1, 0, &pieces);
}

//! The connection: where it goes, what answers, how fast, and what waits for an answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{header, inspector};
use crate::app::state::{Mode, Pane};
use crate::app::wire::Seat;
use crate::model::LinkPhase;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint;
use crate::tui::words;

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let title = scene.title(Pane::Link, "Connection");
    let (mark, word, role) = header::phase(scene);
    let inside = scene.frame(buf, area, Pane::Link, &title, "");
    memory.window(
        Pane::Link,
        area,
        Rect {
            height: 0,
            ..inside
        },
        0,
        0,
    );
    let state = format!("{mark} {word}");
    paint::text(buf, inside, 1, 0, &state, scene.style(role));
    let lines = inspector::labelled(scene, inside.width.saturating_sub(2), &facts(scene));
    for (y, pieces) in (1..inside.height).zip(lines) {
        paint::line(buf, inside, 1, y, &pieces);
    }
}

/// Label and value of each line.
pub(super) fn facts(scene: &Scene) -> Vec<(&'static str, String)> {
    let state = scene.state;
    let link = &state.link;
    let now = state.now.mono_us;
    let ago = |since: u64| words::duration(now.saturating_sub(since) as f64 / 1e6);
    let mut facts = vec![("address", link.address.clone())];
    match &state.mode {
        Mode::Live => {}
        Mode::Demo(name) => facts.push(("server", format!("built-in simulator, session '{name}'"))),
        Mode::Open(path) => {
            facts.push((
                "server",
                format!("built-in simulator of {}", path.display()),
            ));
        }
    }
    match &link.phase {
        LinkPhase::Waiting {
            retry_at_us,
            reason,
        } => {
            facts.push(("why", reason.message.clone()));
            facts.extend(reason.hints.iter().map(|hint| ("", hint.clone())));
            let seconds = retry_at_us.saturating_sub(now).div_ceil(1_000_000);
            facts.push(("again", format!("in {seconds} s")));
        }
        LinkPhase::Stale { since_us } => facts.push(("silent", format!("for {}", ago(*since_us)))),
        LinkPhase::Blocked { since_us } => {
            let text = format!("for {}: answer the dialog in Pro Tools", ago(*since_us));
            facts.push(("refusing", text));
        }
        _ => {}
    }
    let is_there = !matches!(
        link.phase,
        LinkPhase::Offline | LinkPhase::Connecting | LinkPhase::Waiting { .. }
    );
    if is_there {
        facts.extend(server(scene));
    }
    if let Some(work) = &link.work {
        facts.push((
            "busy with",
            format!("{} for {}", work.command, ago(work.since_us)),
        ));
    }
    let mut asked: Vec<_> = state.requests.values().collect();
    asked.sort_by_key(|asked| asked.since_us);
    for asked in asked.into_iter().take(5) {
        facts.push(("asked", asked.what.clone()));
    }
    facts
}

fn server(scene: &Scene) -> Vec<(&'static str, String)> {
    let link = &scene.state.link;
    let version = match link.server.ptsl_version.as_str() {
        "" => "not told".to_owned(),
        version => version.to_owned(),
    };
    let trip = match link.round_trip_us {
        Some(micros) => words::round_trip(micros).to_owned(),
        None => "not measured yet".to_owned(),
    };
    let news = if link.server.has_events {
        "events for switches and session; the rest is polled"
    } else {
        "polled: this version has no events"
    };
    let mut facts = vec![
        ("PTSL", version),
        ("round trip", trip),
        ("updates", news.to_owned()),
    ];
    if let Seat::Guest { pid } = link.seat {
        let text = format!("pt-stem, process {pid}; this one looks on");
        facts.push(("held by", text));
    }
    if let Some(session) = &scene.state.session {
        facts.push(("session", session.info.path.clone()));
        let clips = match &session.folder {
            Some(folder) if folder.is_live => "told by Pro Tools".to_owned(),
            Some(folder) => format!("read from {}", folder.root.display()),
            None => "the session's folder cannot be read from here".to_owned(),
        };
        facts.push(("clips", clips));
    }
    facts
}

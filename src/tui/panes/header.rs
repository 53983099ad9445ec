//! The upper lines: the connection, the session's constant facts, and the tabs of small screens.
//! No clock and no round trip here: what stands still costs no bytes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::{Mode, Pane};
use crate::config::theme::Role;
use crate::model::LinkPhase;
use crate::model::link::Hold;
use crate::model::text::{clean, fit};
use crate::tui::view::Scene;
use crate::tui::widgets::paint::{columns, line, piece, right, text, tint};
use crate::tui::words;

/// Mark, word and role of the connection's state.
pub fn phase(scene: &Scene) -> (&'static str, &'static str, Role) {
    match scene.state.link.phase {
        LinkPhase::Offline | LinkPhase::Waiting { .. } => ("○", "offline", Role::Error),
        LinkPhase::Connecting => ("◌", "connecting", Role::Warn),
        LinkPhase::NoSession { .. } => ("◐", "registered", Role::Warn),
        LinkPhase::Linked => ("●", "linked", Role::Ok),
        LinkPhase::Stale { .. } => ("◑", "stale", Role::Warn),
        LinkPhase::Blocked { .. } => ("◒", "blocked", Role::Error),
    }
}

fn details(scene: &Scene) -> String {
    let state = scene.state;
    let link = &state.link;
    let now = state.now.mono_us;
    match &link.phase {
        LinkPhase::Offline => format!("{}  : connect", link.address),
        LinkPhase::Waiting {
            retry_at_us,
            reason,
        } => {
            let seconds = retry_at_us.saturating_sub(now).div_ceil(1_000_000);
            format!("{}  retry in {seconds}s  {}", link.address, reason.message)
        }
        LinkPhase::Connecting => link.address.clone(),
        LinkPhase::NoSession {
            may_be_dialog: true,
        } => "no session is open, or Pro Tools is showing a dialog: look at its screen".to_owned(),
        LinkPhase::NoSession { .. } => {
            "waiting for a session: open one in Pro Tools or : open-session".to_owned()
        }
        LinkPhase::Linked if link.work.is_some() => work(scene),
        LinkPhase::Linked => {
            let version = &link.server.ptsl_version;
            if version.is_empty() {
                link.address.clone()
            } else {
                format!("{}  PTSL {version}", link.address)
            }
        }
        LinkPhase::Stale { since_us } => {
            let seconds = now.saturating_sub(*since_us) / 1_000_000;
            format!("no answer for {seconds}s: a dialog there? what is shown is old")
        }
        LinkPhase::Blocked { since_us } => {
            let seconds = now.saturating_sub(*since_us) / 1_000_000;
            format!("a dialog in Pro Tools? it refuses all for {seconds}s: look there")
        }
    }
}

/// The long command: elapsed against expected, and what may hold it.
fn work(scene: &Scene) -> String {
    let state = scene.state;
    let Some(work) = &state.link.work else {
        return String::new();
    };
    let elapsed = state.now.mono_us.saturating_sub(work.since_us);
    let seconds = |micros: u64| words::duration(micros as f64 / 1e6);
    let time = match work.expected_us {
        Some(expected) => format!("{} of about {}", seconds(elapsed), seconds(expected)),
        None => seconds(elapsed),
    };
    let held = match work.hold {
        Hold::Running => "",
        Hold::Quiet => "  Pro Tools may be showing a dialog",
        Hold::Dialog => "  Pro Tools shows a dialog: answer it",
    };
    format!("{}  {time}{held}", work.command)
}

pub fn connection(scene: &Scene, buf: &mut Buffer, area: Rect) {
    tint(buf, area, scene.style(Role::Surface));
    let (mark, word, role) = phase(scene);
    let on = |role| scene.style(Role::Surface).patch(scene.style(role));
    let mut pieces = vec![piece(" PT-STEM  ", on(Role::Accent))];
    match &scene.state.mode {
        Mode::Live => {}
        Mode::Demo(_) => pieces.push(piece("◆ demo  ", on(Role::Accent))),
        Mode::Open(_) => pieces.push(piece("◆ simulator  ", on(Role::Accent))),
    }
    pieces.push(piece(format!("{mark} {word} "), on(role)));
    pieces.push(piece(format!(" {}", details(scene)), on(Role::Text)));
    let end = line(buf, area, 0, 0, &pieces);
    let mut notes = Vec::new();
    let jobs = super::jobs::summary(scene.state);
    if area.width >= 160 && !jobs.is_empty() {
        notes.push(format!("jobs {jobs}"));
    }
    if scene.state.mode.is_simulated() {
        notes.push("no Pro Tools is touched".to_owned());
    }
    if let Some(free) = scene.state.free_bytes {
        notes.push(format!("disk {}", words::bytes(free)));
    }
    while !notes.is_empty() {
        let all = format!("{} ", notes.join("   "));
        if right(buf, area, end + 2, 0, &[piece(all, on(Role::Dim))]) < area.width {
            break;
        }
        notes.remove(0);
    }
}

pub fn session(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let on = |role| scene.style(Role::Surface).patch(scene.style(role));
    tint(buf, area, scene.style(Role::Surface));
    let Some(session) = &scene.state.session else {
        text(buf, area, 1, 0, "no session", on(Role::Dim));
        return;
    };
    let info = &session.info;
    let depth = if info.bit_depth == 32 {
        "32 float".to_owned()
    } else {
        format!("{} bit", info.bit_depth)
    };
    let mut facts = vec![
        words::rate(info.sample_rate),
        depth,
        info.ruler.rate.text().to_owned(),
        info.ruler.start().to_string(),
    ];
    if let Some(length) = session.content_length() {
        let seconds = length as f64 / f64::from(info.sample_rate.max(1));
        facts.push(format!("+{}", words::duration(seconds)));
    }
    if area.width >= 100 {
        facts.insert(2, info.audio_format.clone());
        facts.push(words::count(session.markers.len(), "marker"));
    }
    let joined = format!("{} ", clean(&facts.join("  ")));
    let room = area.width.saturating_sub(columns(&joined) + 3);
    let name = fit(&info.name, usize::from(room.max(12)));
    let mut end = text(buf, area, 1, 0, &name, on(Role::Accent));
    if area.width >= 160 {
        let room = usize::from(room.saturating_sub(end));
        end = text(buf, area, end + 3, 0, &fit(&info.path, room), on(Role::Dim));
    }
    right(buf, area, end + 1, 0, &[piece(joined, on(Role::Text))]);
}

/// The panes with their numbers, as many words as there is room for.
pub fn tabs(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let state = scene.state;
    let filter = state.filter_text(state.ui.focus);
    let note = if filter.is_empty() {
        String::new()
    } else {
        format!("filter: {filter} ")
    };
    let room = area.width.saturating_sub(columns(&note) + 1);
    let labels = (0..5).map(|step| labels(scene, step));
    let fits = |labels: &[String]| {
        let wide = labels.iter().map(|label| columns(label));
        wide.fold(1_u16, u16::saturating_add) <= room
    };
    let mut found = labels.skip_while(|labels| !fits(labels));
    let labels = found.next().unwrap_or_else(|| self::labels(scene, 4));
    let mut x = 1;
    for (pane, label) in Pane::ALL.into_iter().zip(labels) {
        let focused = state.ui.focus == pane;
        let role = if focused { Role::Focus } else { Role::Dim };
        x = text(buf, area, x, 0, &label, scene.style(role));
    }
    let note = piece(note, scene.style(Role::Warn));
    right(buf, area, x + 1, 0, &[note]);
}

/// The tabs; each step says less, the last one little but numbers.
fn labels(scene: &Scene, step: usize) -> Vec<String> {
    let focus = scene.state.ui.focus;
    let numbered = Pane::ALL.into_iter().enumerate();
    numbered
        .map(|(index, pane)| {
            let name = match (step, pane) {
                (4, pane) if pane != focus => "",
                (3, Pane::Transport | Pane::Timeline | Pane::Matrix | Pane::Link)
                    if pane != focus =>
                {
                    ""
                }
                (2.., Pane::Transport) => "Transp",
                (2.., Pane::Timeline) => "Time",
                _ => name(pane),
            };
            let count = count(scene, pane).filter(|_| step == 0 || pane == focus);
            let count = count.map_or_else(String::new, |count| count.to_string());
            let parts = [(index + 1).to_string(), name.to_owned(), count];
            let full: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            match (pane == focus, step) {
                (true, 0 | 1) => format!("[{}]", full.join(" ")),
                (false, 0 | 1) => format!(" {} ", full.join(" ")),
                (true, _) => format!("[{}] ", full.join(" ")),
                (false, _) => format!("{} ", full.join(" ")),
            }
        })
        .collect()
}

fn count(scene: &Scene, pane: Pane) -> Option<usize> {
    let state = scene.state;
    match pane {
        Pane::Tracks => state.session.as_ref().map(|session| session.tracks.len()),
        Pane::Stems => {
            let plan = state.plan.as_ref()?.as_ref().ok()?;
            Some(plan.stems.len())
        }
        Pane::Jobs => Some(state.jobs.jobs().len()),
        _ => None,
    }
}

/// A pane's name.
pub fn name(pane: Pane) -> &'static str {
    match pane {
        Pane::Tracks => "Tracks",
        Pane::Stems => "Stems",
        Pane::Jobs => "Jobs",
        Pane::Files => "Files",
        Pane::Log => "Log",
        Pane::Transport => "Transport",
        Pane::Timeline => "Timeline",
        Pane::Matrix => "Matrix",
        Pane::Link => "Link",
    }
}

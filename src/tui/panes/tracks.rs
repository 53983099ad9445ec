//! The track table: folders as a tree, colour bar, switches, stem.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{List, cell, nothing};
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::tree::TreeRow;
use crate::model::{LinkPhase, Plan, Track, TrackFlag};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{Piece, piece};
use crate::tui::widgets::table::{Column, Row, column};

const COLUMNS: [Column; 8] = [
    column("", 2, 0),
    column("#", 4, 2).right(),
    column("Name", 12, 0).fill(),
    column("Typ", 3, 1),
    column("MSRI", 4, 0),
    column("Fmt", 4, 4),
    column("Stem", 8, 0),
    column("Note", 7, 3),
];

const FLAGS: [(TrackFlag, &str, Role); 4] = [
    (TrackFlag::Mute, "M", Role::Mute),
    (TrackFlag::Solo, "S", Role::Solo),
    (TrackFlag::RecordEnable, "R", Role::Record),
    (TrackFlag::InputMonitor, "I", Role::Accent),
];

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let state = scene.state;
    let count = state.rows.len();
    let cursor = state.cursor(Pane::Tracks).min(count.saturating_sub(1));
    let selected = match state.ui.selected.len() {
        0 => String::new(),
        n => format!("  {n} sel"),
    };
    let place = if count == 0 { 0 } else { cursor + 1 };
    let title = scene.title(Pane::Tracks, "Tracks");
    let note = format!("{place}/{count}{selected}");
    let inside = scene.frame(buf, area, Pane::Tracks, &title, &note);
    let list = List {
        pane: Pane::Tracks,
        area,
        inside,
        columns: &COLUMNS,
        count,
        cursor,
    };
    let Some(session) = &state.session else {
        list.draw(scene, buf, memory, |_| Row::default());
        nothing(scene, buf, inside, why_empty(&state.link.phase));
        return;
    };
    let plan = state.plan.as_ref().and_then(|plan| plan.as_ref().ok());
    list.draw(scene, buf, memory, |index| {
        let Some(row) = state.rows.get(index) else {
            return Row::default();
        };
        session
            .tracks
            .get(row.track)
            .map_or_else(Row::default, |track| track_row(scene, *row, track, plan))
    });
    if count == 0 {
        let text = if session.tracks.is_empty() {
            "This session has no tracks."
        } else {
            "No track is shown: the filter matches none, or all are hidden."
        };
        nothing(scene, buf, inside, text);
    }
}

/// Why there are no tracks.
pub(super) fn why_empty(phase: &LinkPhase) -> &'static str {
    match phase {
        LinkPhase::NoSession {
            may_be_dialog: true,
        } => "Pro Tools has no session open, or is showing a dialog.",
        LinkPhase::NoSession { .. } => "Pro Tools has no session open.",
        LinkPhase::Offline => "Not connected. `:connect HOST` connects.",
        LinkPhase::Waiting { .. } => "Not connected; will be tried again. `:connect` tries now.",
        LinkPhase::Connecting | LinkPhase::Linked => "Reading the session …",
        LinkPhase::Stale { .. } => "The server does not answer.",
        LinkPhase::Blocked { .. } => "Pro Tools refuses everything: a dialog may be up.",
    }
}

fn track_row(scene: &Scene, row: TreeRow, track: &Track, plan: Option<&Plan>) -> Row {
    let state = scene.state;
    let is_dim = scene.is_stale() || track.inactive.is_set() || track.hidden.is_set();
    let base = scene.style(if is_dim { Role::Dim } else { Role::Text });
    let dim = scene.style(Role::Dim);
    let is_selected = state.ui.selected.contains(&track.id);
    let bar = if track.inactive.is_set() {
        "▏"
    } else {
        "▌"
    };
    let (stem, stem_role) = stem(scene, track, plan);
    Row {
        style: Style::new(),
        cells: vec![
            vec![
                piece(
                    if is_selected { "*" } else { " " },
                    scene.style(Role::Accent),
                ),
                piece(bar, scene.look.track(track.color)),
            ],
            cell(track.index.to_string(), dim),
            cell(indented(scene, row, track), base),
            cell(track.kind.code(), dim),
            flags(scene, track),
            cell(short_format(&track.format), dim),
            cell(stem, scene.style(stem_role)),
            cell(note(track, plan), scene.style(Role::Warn)),
        ],
    }
}

/// The name where it stands in the tree, folders with their fold.
pub(super) fn indented(scene: &Scene, row: TreeRow, track: &Track) -> String {
    let fold = match (
        row.has_children || track.kind.is_folder(),
        scene.state.ui.folded.contains(&track.id),
    ) {
        (false, _) => "",
        (true, false) => "▾ ",
        (true, true) => "▸ ",
    };
    let indent = "  ".repeat(usize::from(row.depth.min(12)));
    format!("{indent}{fold}{}", track.name)
}

fn flags(scene: &Scene, track: &Track) -> Vec<Piece> {
    FLAGS
        .iter()
        .map(|(flag, letter, role)| {
            let key = (track.id.clone(), *flag);
            if scene.state.pending.contains_key(&key) {
                piece("?", scene.style(Role::Dim))
            } else if track.flag(*flag) {
                piece(*letter, scene.style(*role))
            } else {
                piece("·", scene.style(Role::Dim))
            }
        })
        .collect()
}

/// `DIA` by recipe, `DIA*` by hand, `DIA?` in several, `—` in none, `·` where none is needed.
pub fn stem(scene: &Scene, track: &Track, plan: Option<&Plan>) -> (String, Role) {
    let by_hand = scene.state.assigned.contains_key(&track.id);
    match scene.state.stem_of.get(&track.id).map(Vec::as_slice) {
        Some([one]) if by_hand => (format!("{one}*"), Role::Accent),
        Some([one]) => (one.clone(), Role::Text),
        Some([first, ..]) => (format!("{first}?"), Role::Error),
        _ if is_orphan(track, plan) => ("—".to_owned(), Role::Warn),
        _ => ("·".to_owned(), Role::Dim),
    }
}

fn is_orphan(track: &Track, plan: Option<&Plan>) -> bool {
    plan.is_some_and(|plan| plan.coverage.orphans.contains(&track.name))
}

/// What is out of the ordinary, in words.
fn note(track: &Track, plan: Option<&Plan>) -> &'static str {
    let ignored = plan.is_some_and(|plan| plan.coverage.ignored.contains(&track.name));
    [
        (track.inactive.is_set(), "inact"),
        (track.soloed, "solo!"),
        (track.record_enabled, "armed"),
        (track.muted, "muted"),
        (track.frozen, "frozen"),
        (track.hidden.is_set(), "hidden"),
        (is_orphan(track, plan), "none"),
        (ignored, "ignored"),
        (track.solo_safe, "safe"),
    ]
    .into_iter()
    .find(|(holds, _)| *holds)
    .map_or("", |(_, word)| word)
}

fn short_format(format: &str) -> &str {
    match format {
        "stereo" => "st",
        other => other,
    }
}

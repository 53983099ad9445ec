//! Everything about the row under the cursor: as a pane on wide screens, as an overlay elsewhere.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overview::{self, Shape};
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::level::decibels;
use crate::model::text::clean;
use crate::model::{Clip, Track};
use crate::tui::view::Scene;
use crate::tui::widgets::frame::{Frame, frame};
use crate::tui::widgets::paint::{self, Piece, piece};
use crate::tui::words;

/// Columns of the labels.
const LABELS: usize = 11;

pub fn pane(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let inside = frame(
        buf,
        area,
        &Frame {
            title: "Inspector",
            border: scene.style(Role::Border),
            title_style: scene.style(Role::Dim),
            ..Frame::default()
        },
    );
    draw(scene, buf, inside);
}

/// The lines themselves, and below them the waveform where there is room.
pub fn draw(scene: &Scene, buf: &mut Buffer, inside: Rect) {
    let lines = lines(scene, inside.width.saturating_sub(2));
    let text = sound(scene, buf, inside, lines.len());
    for (y, pieces) in (0..text.height).zip(lines) {
        paint::line(buf, text, 1, y, &pieces);
    }
}

/// The facts as lines of so many columns; a long value goes on below.
pub fn lines(scene: &Scene, columns: u16) -> Vec<Vec<Piece>> {
    labelled(scene, columns, &facts(scene))
}

/// Draws the waveform at the bottom, where there is one; what is left is for `count` lines.
pub fn sound(scene: &Scene, buf: &mut Buffer, inside: Rect, count: usize) -> Rect {
    let wanted = u16::try_from(count).unwrap_or(u16::MAX);
    let spare = inside.height.saturating_sub(wanted);
    let has_sound = matches!(scene.state.ui.focus.list(), Pane::Tracks | Pane::Files);
    let height = match spare {
        _ if !has_sound || inside.height < 8 => 0,
        0..4 => 3,
        spare => (spare - 1).min(5),
    };
    if height > 0 {
        let sound = Rect {
            x: inside.x + 1.min(inside.width),
            width: inside.width.saturating_sub(2),
            y: inside.bottom() - height,
            height,
        };
        waveform(scene, buf, sound);
    }
    Rect {
        height: inside.height - height,
        ..inside
    }
}

/// The waveform over the whole width, with its highest peak.
fn waveform(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let shape = overview::shape(scene);
    let mut area = area;
    let mut span = [0, 0];
    if let Shape::Known(overview) = &shape {
        span = [0, overview.frames];
        let peak = overview.peaks.iter().copied().fold(0.0, f32::max);
        let text = match decibels(f64::from(peak)) {
            Some(peak) => format!("{peak:.1} dBFS"),
            None => "silent".to_owned(),
        };
        paint::text(buf, area, 0, 0, "highest", scene.style(Role::Dim));
        paint::text(buf, area, 11, 0, &text, scene.style(Role::Text));
        area = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
    }
    overview::draw(scene, buf, area, &shape, span);
}

/// Lines of label and value; a long value goes on below.
pub(super) fn labelled(scene: &Scene, columns: u16, facts: &[(&str, String)]) -> Vec<Vec<Piece>> {
    let (label, text) = (scene.style(Role::Dim), scene.style(Role::Text));
    let room = usize::from(columns).saturating_sub(LABELS);
    let mut lines = Vec::new();
    for (name, value) in facts {
        for (index, part) in paint::wrap(value, room).into_iter().enumerate() {
            let head = if index == 0 { *name } else { "" };
            let head = piece(format!("{head:<LABELS$}"), label);
            lines.push(vec![head, piece(part, text)]);
        }
    }
    lines
}

/// Label and value of each line, for what is under the cursor of the focused pane.
pub fn facts(scene: &Scene) -> Vec<(&'static str, String)> {
    let state = scene.state;
    let focus = state.ui.focus;
    let at = state.index_under_cursor(focus);
    let found = match (focus, at) {
        (Pane::Stems, Some(at)) => stem(scene, at),
        (Pane::Jobs, Some(at)) => job(scene, at),
        (Pane::Files, Some(at)) => file(scene, at),
        (Pane::Log, Some(at)) => state
            .log
            .get(at)
            .map(|line| vec![("from", line.source.clone()), ("text", line.text.clone())]),
        (Pane::Tracks | Pane::Matrix, Some(at)) => state
            .session
            .as_ref()
            .and_then(|session| session.tracks.get(at))
            .map(|track| self::track(scene, track)),
        _ => None,
    };
    found.unwrap_or_else(|| super::link::facts(scene))
}

fn track(scene: &Scene, track: &Track) -> Vec<(&'static str, String)> {
    let mut states = Vec::new();
    for (on, word) in [
        (track.muted, "muted"),
        (track.soloed, "soloed"),
        (track.solo_safe, "solo safe"),
        (track.record_enabled, "record-armed"),
        (track.input_monitoring, "input monitoring"),
        (track.inactive.is_set(), "inactive"),
        (track.hidden.is_set(), "hidden"),
        (track.frozen, "frozen"),
    ] {
        if on {
            states.push(word);
        }
    }
    let plan = scene
        .state
        .plan
        .as_ref()
        .and_then(|plan| plan.as_ref().ok());
    let (mut stem, _) = super::tracks::stem(scene, track, plan);
    let stems = scene.state.stem_of.get(&track.id);
    if let Some(stems) = stems.filter(|stems| stems.len() > 1) {
        stem = format!("in several: {}", stems.join(", "));
    } else if scene.state.assigned.contains_key(&track.id) {
        stem.push_str(" by hand");
    }
    let mut facts = vec![
        ("track", format!("{} {}", track.index, clean(&track.name))),
        ("type", format!("{} {}", track.kind.word(), track.format)),
        (
            "folder",
            track.folder.clone().unwrap_or_else(|| "—".to_owned()),
        ),
        ("stem", stem),
        (
            "state",
            if states.is_empty() {
                "—".to_owned()
            } else {
                states.join(", ")
            },
        ),
    ];
    if let Some(color) = track.color_hex() {
        facts.push(("colour", color));
    }
    if let Some(volume) = track.volume_db {
        facts.push(("volume", format!("{volume:+.1} dB")));
    }
    if !track.comments.is_empty() {
        facts.push(("comment", track.comments.clone()));
    }
    facts.extend(clips(scene, track));
    facts.push(("id", track.id.to_string()));
    facts
}

/// How many clips the track plays, and where they begin and end.
fn clips(scene: &Scene, track: &Track) -> Option<(&'static str, String)> {
    let session = scene.state.session.as_ref()?;
    let lanes = &session.folder.as_ref()?.arrangement.lanes;
    let lane = lanes.iter().find(|lane| lane.track == track.name)?;
    let first = lane.clips.iter().map(|clip| clip.start).min();
    let last = lane.clips.iter().map(Clip::end).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Some(("clips", "none".to_owned()));
    };
    let place = |sample| session.info.ruler.timecode_at(sample).to_string();
    let count = lane.clips.len();
    let text = format!("{count}, from {} to {}", place(first), place(last));
    Some(("clips", text))
}

fn stem(scene: &Scene, at: usize) -> Option<Vec<(&'static str, String)>> {
    let plan = scene.state.plan.as_ref()?.as_ref().ok()?;
    let stem = plan.files().nth(at)?;
    let names: Vec<String> = stem
        .tracks
        .iter()
        .take(200)
        .map(|track| {
            let silent = if track.silent { " (silent)" } else { "" };
            format!("{}{silent}", clean(&track.name))
        })
        .collect();
    Some(vec![
        ("stem", stem.name.clone()),
        ("file", stem.files_text()),
        (
            "format",
            format!("{} bit {}", stem.bits.bits(), stem.format.extension()),
        ),
        ("length", words::duration(plan.seconds)),
        ("gain", format!("{:+.1} dB", stem.gain_db)),
        ("tracks", names.join(", ")),
    ])
}

fn job(scene: &Scene, at: usize) -> Option<Vec<(&'static str, String)>> {
    let job = scene.state.jobs.jobs().get(at)?;
    let mut facts = vec![
        ("job", format!("{} {}", job.id, job.title)),
        ("state", job.state.word().to_owned()),
        ("engine", job.plan.engine.word().to_owned()),
        ("session", job.plan.session.clone()),
        ("folder", job.plan.output.dir.display().to_string()),
        ("files", job.items.len().to_string()),
        ("size", words::bytes(job.plan.bytes)),
    ];
    if let Some(fault) = &job.fault {
        facts.push(("failed", fault.message.clone()));
        facts.extend(fault.hints.iter().map(|hint| ("", hint.clone())));
    }
    Some(facts)
}

fn file(scene: &Scene, at: usize) -> Option<Vec<(&'static str, String)>> {
    let files = &scene.state.files;
    let entry = files.entries.get(at)?;
    Some(vec![
        ("file", entry.name.clone()),
        ("folder", files.dir.display().to_string()),
        ("size", words::bytes(entry.bytes)),
        (
            "length",
            entry
                .seconds
                .map_or_else(|| "—".to_owned(), words::duration),
        ),
        ("peak", format!("{} dBFS", words::level(entry.peak_dbfs))),
        (
            "true peak",
            format!("{} dBTP", words::level(entry.true_peak_dbtp)),
        ),
        (
            "loudness",
            format!("{} LUFS", words::level(entry.integrated_lufs)),
        ),
        ("verdict", super::files::verdict(entry.verdict).2.to_owned()),
    ])
}

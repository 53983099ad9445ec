//! The queue: one line a job, the one under the cursor in detail below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{List, cell, job_detail, nothing};
use crate::app::State;
use crate::app::state::Pane;
use crate::config::theme::Role;
use crate::model::job::{Stage, Verdict};
use crate::model::text::fit;
use crate::model::{Job, JobState};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::paint::{self, Piece, piece};
use crate::tui::widgets::table::{Column, Row, column};
use crate::tui::words;

const COLUMNS: [Column; 6] = [
    column("#", 3, 0).right(),
    column("Job", 8, 0).fill(),
    column("Progress", 16, 1),
    column("State", 11, 0),
    column("Left", 6, 2).right(),
    column("Rate", 6, 3).right(),
];

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let state = scene.state;
    let shown = state.shown(Pane::Jobs);
    let jobs = state.jobs.jobs();
    let title = scene.title(Pane::Jobs, "Jobs");
    let inside = scene.frame(buf, area, Pane::Jobs, &title, &summary(state));
    let cursor = state.cursor(Pane::Jobs).min(shown.len().saturating_sub(1));
    let under_cursor = shown.get(cursor).and_then(|at| jobs.get(*at));
    let current = match state.jobs.active() {
        Some(active) if state.ui.focus != Pane::Jobs => Some(active),
        _ => under_cursor,
    };
    let wanted = u16::try_from(shown.len())
        .unwrap_or(u16::MAX)
        .saturating_add(1);
    let least = wanted.min(inside.height / 2).max(2);
    let room = usize::from(inside.height.saturating_sub(least).saturating_sub(1));
    let details = current.map_or_else(Vec::new, |job| {
        job_detail::lines(scene, memory, job, inside.width.saturating_sub(2), room)
    });
    let lines = u16::try_from(details.len() + 1).unwrap_or(u16::MAX);
    let below = lines.min(inside.height.saturating_sub(least));
    let table = Rect {
        height: inside.height.saturating_sub(below),
        ..inside
    };
    let list = List {
        pane: Pane::Jobs,
        area,
        inside: table,
        columns: &COLUMNS,
        count: shown.len(),
        cursor,
    };
    list.draw(scene, buf, memory, |index| {
        let job = shown.get(index).and_then(|at| jobs.get(*at));
        job.map_or_else(Row::default, |job| row(scene, job))
    });
    if shown.is_empty() {
        nothing(
            scene,
            buf,
            inside,
            "Nothing in the queue. `r` prints the stem under the cursor, `P` all.",
        );
        return;
    }
    let hidden = details
        .len()
        .saturating_sub(usize::from(below.saturating_sub(1)));
    for (y, pieces) in (table.height + 1..inside.height).zip(details) {
        paint::line(buf, inside, 1, y, &pieces);
    }
    if hidden > 0 && below > 0 {
        let text = format!("{}: Enter shows them ", words::count(hidden, "more line"));
        let rest = piece(text, scene.style(Role::Dim));
        paint::right(buf, inside, 0, table.height, &[rest]);
    }
}

/// Everything about the job under the cursor, for the details; `columns` wide, with room for so
/// many lines.
pub fn whole(scene: &Scene, memory: &mut Memory, columns: u16, room: usize) -> Vec<Vec<Piece>> {
    let state = scene.state;
    let at = state.index_under_cursor(Pane::Jobs);
    match at.and_then(|at| state.jobs.jobs().get(at)) {
        Some(job) => job_detail::lines(scene, memory, job, columns, room),
        None => {
            let text = "No job is under the cursor.";
            vec![vec![piece(text, scene.style(Role::Dim))]]
        }
    }
}

/// What runs, waits and failed, in a few words; empty for nothing.
pub(super) fn summary(state: &State) -> String {
    let mut active = 0;
    let mut waiting = 0;
    let mut failed = 0;
    for job in state.jobs.jobs() {
        match job.state {
            JobState::Running | JobState::Verifying => active += 1,
            JobState::Queued | JobState::Paused => waiting += 1,
            JobState::Failed | JobState::Interrupted => failed += 1,
            JobState::Done | JobState::Cancelled => {}
        }
    }
    [(active, "run"), (waiting, "wait"), (failed, "✗")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{word} {count}"))
        .collect::<Vec<_>>()
        .join("  ")
}

fn row(scene: &Scene, job: &Job) -> Row {
    let (word, role) = word(job);
    let left = if job.state.is_active() {
        time_left(job)
    } else {
        String::new()
    };
    let rate = if job.rate > 0.0 && job.rate.is_finite() {
        format!("{:.1}x", job.rate.min(9999.0))
    } else {
        String::new()
    };
    let progress = if matches!(job.state, JobState::Cancelled) {
        String::new()
    } else {
        bar(job.fraction(), 16, scene.look.ascii)
    };
    Row {
        style: Style::new(),
        cells: vec![
            cell(job.id.to_string(), scene.style(Role::Dim)),
            cell(job.title.clone(), scene.style(Role::Text)),
            cell(progress, scene.style(Role::Accent)),
            cell(word, scene.style(role)),
            cell(left, scene.style(Role::Dim)),
            cell(rate, scene.style(Role::Dim)),
        ],
    }
}

/// A job's state, as per cent only while samples are made.
fn word(job: &Job) -> (String, Role) {
    let in_dialog = job.items.iter().any(|item| item.stage == Stage::Dialog);
    match job.state {
        JobState::Done => match job.report.as_ref().map(|report| report.proof.verdict) {
            Some(Verdict::Fail) => ("! sum fails".to_owned(), Role::Warn),
            _ => ("✓ done".to_owned(), Role::Ok),
        },
        JobState::Failed | JobState::Interrupted => {
            (format!("✗ {}", job.state.word()), Role::Error)
        }
        JobState::Cancelled => ("✗ cancelled".to_owned(), Role::Dim),
        JobState::Queued | JobState::Paused => (format!("· {}", job.state.word()), Role::Dim),
        _ if job.cancelling => ("⟳ cancelling".to_owned(), Role::Warn),
        JobState::Running if in_dialog => ("! dialog".to_owned(), Role::Warn),
        JobState::Running => (format!("⟳ {:.0} %", job.fraction() * 100.0), Role::Accent),
        JobState::Verifying => ("⟳ verifying".to_owned(), Role::Accent),
    }
}

pub(super) fn time_left(job: &Job) -> String {
    match job.seconds_left() {
        Some(seconds) if job.fraction() < 0.05 => format!("~{}", words::duration(seconds)),
        Some(seconds) => words::duration(seconds),
        None => "—".to_owned(),
    }
}

/// The running job, or what waits, in one line.
pub fn strip(scene: &Scene, buf: &mut Buffer, area: Rect) {
    let state = scene.state;
    let summary = summary(state);
    let Some(job) = state.jobs.active() else {
        let text = match (state.jobs.jobs().last(), summary.is_empty()) {
            (None, _) => "no jobs".to_owned(),
            (Some(last), true) => format!("{} {}: {}", last.id, last.title, word(last).0),
            (Some(_), false) => format!("jobs {summary}"),
        };
        paint::text(buf, area, 1, 0, &text, scene.style(Role::Dim));
        return;
    };
    let current = job
        .items
        .iter()
        .find(|item| !matches!(item.stage, Stage::Done | Stage::Waiting))
        .map_or(job.title.as_str(), |item| item.name.as_str());
    let (text, role) = word(job);
    let accent = scene.style(Role::Accent);
    let pieces = [
        piece(
            fit(&format!("{} {current} ", job.id), 24),
            scene.style(Role::Text),
        ),
        piece(bar(job.fraction(), 22, scene.look.ascii), accent),
        piece(format!(" {text}"), scene.style(role)),
        piece(format!("  {} left", time_left(job)), scene.style(Role::Dim)),
    ];
    let end = paint::line(buf, area, 1, 0, &pieces);
    let note = piece(format!("{summary} "), scene.style(Role::Dim));
    paint::right(buf, area, end + 1, 0, &[note]);
}

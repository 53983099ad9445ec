//! The stem table: what would be printed, how far it is, and what the plan has to say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{List, cell, nothing};
use crate::app::State;
use crate::app::state::{Pane, RecipeState};
use crate::config::theme::Role;
use crate::model::finding::Level;
use crate::model::job::{Item, Stage};
use crate::model::plan::PlannedStem;
use crate::model::text::fit;
use crate::model::{Finding, Job, JobState, Layout, Plan};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint;
use crate::tui::widgets::table::{Column, Row, column};

const COLUMNS: [Column; 6] = [
    column("Stem", 12, 0),
    column("Trk", 3, 0).right(),
    column("Ch", 2, 3),
    column("Engine", 6, 2),
    column("File", 14, 1).fill(),
    column("State", 11, 0),
];

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let state = scene.state;
    let shown = state.shown(Pane::Stems);
    let title = scene.title(Pane::Stems, "Stems");
    let inside = scene.frame(buf, area, Pane::Stems, &title, &note(state, shown.len()));
    let plan = match &state.plan {
        Some(Ok(plan)) => plan,
        _ => return nothing(scene, buf, inside, &why_no_plan(state)),
    };
    let mut findings = worst_first(&plan.findings);
    // Files that are there matter when they would be printed again: the dialog says so then.
    findings.retain(|finding| finding.code != "file_exists");
    let proof = super::proof::newest(scene).filter(|_| inside.height > 6);
    let lines = u16::try_from(findings.len()).unwrap_or(u16::MAX);
    let lines = lines.saturating_add(u16::from(proof.is_some()));
    let spare = inside
        .height
        .saturating_sub(1)
        .saturating_sub(u16::try_from(shown.len()).unwrap_or(u16::MAX));
    let below = lines.min(spare.max(inside.height / 3));
    let table = Rect {
        height: inside.height.saturating_sub(below),
        ..inside
    };
    let list = List {
        pane: Pane::Stems,
        area,
        inside: table,
        columns: &COLUMNS,
        count: shown.len(),
        cursor: state.cursor(Pane::Stems).min(shown.len().saturating_sub(1)),
    };
    let files: Vec<&PlannedStem> = plan.files().collect();
    list.draw(scene, buf, memory, |index| {
        let stem = shown.get(index).and_then(|at| files.get(*at));
        stem.map_or_else(Row::default, |stem| row(scene, plan, stem))
    });
    let end = if let Some(proof) = proof {
        let last = inside.height - 1;
        let text = fit(&proof.text, usize::from(inside.width.saturating_sub(2)));
        paint::text(buf, inside, 1, last, &text, proof.style);
        last
    } else {
        inside.height
    };
    for (y, finding) in (table.height..end).zip(findings) {
        let (mark, role) = mark(finding.level);
        let width = usize::from(inside.width.saturating_sub(2));
        let text = fit(&format!("{mark} {}", finding.text), width);
        paint::text(buf, inside, 1, y, &text, scene.style(role));
    }
}

/// Why there is no plan, with what to do about it.
pub(super) fn why_no_plan(state: &State) -> String {
    match &state.plan {
        Some(Err(fault)) => {
            let hints = fault.hints.iter().map(String::as_str);
            let parts: Vec<&str> = std::iter::once(fault.message.as_str())
                .chain(hints)
                .collect();
            parts.join(". ")
        }
        _ if state.planning.is_some() => "The plan is being made.".to_owned(),
        _ => "No stems yet: open a session, or give a recipe.".to_owned(),
    }
}

fn note(state: &State, count: usize) -> String {
    let recipe = match &state.recipe {
        RecipeState::FromSession => "session",
        RecipeState::Loaded { .. } => "recipe",
        RecipeState::Broken { .. } => "✗ recipe",
    };
    format!("{recipe}  {count}")
}

/// Mark and role of a finding's level.
pub fn mark(level: Level) -> (&'static str, Role) {
    match level {
        Level::Error => ("✗", Role::Error),
        Level::Warning => ("!", Role::Warn),
        Level::Note => ("·", Role::Dim),
    }
}

/// The findings, errors first.
pub fn worst_first(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    sorted
}

fn row(scene: &Scene, plan: &Plan, stem: &PlannedStem) -> Row {
    let (state, role) = progress(scene.state, stem);
    let base = if scene.is_stale() {
        Role::Dim
    } else {
        Role::Text
    };
    let dim = scene.style(Role::Dim);
    Row {
        style: Style::new(),
        cells: vec![
            cell(stem.name.clone(), scene.style(base)),
            cell(stem.tracks.len().to_string(), dim),
            cell(width(stem.layout()), dim),
            cell(plan.engine.word(), dim),
            cell(stem.files_text(), dim),
            cell(state, scene.style(role)),
        ],
    }
}

/// How far the newest job is with this stem.
fn progress(state: &State, stem: &PlannedStem) -> (String, Role) {
    let newest = state.jobs.jobs().iter().rev().find_map(|job| {
        let item = job.items.iter().find(|item| item.name == stem.name)?;
        Some((job, item))
    });
    newest.map_or((String::new(), Role::Dim), |(job, item)| {
        item_state(job, item)
    })
}

/// A file's state in a word or per cent, with its mark.
pub fn item_state(job: &Job, item: &Item) -> (String, Role) {
    match (item.stage, job.state) {
        (Stage::Done, _) | (_, JobState::Done) => ("✓ done".to_owned(), Role::Ok),
        (Stage::Failed, _) | (_, JobState::Failed) => ("✗ failed".to_owned(), Role::Error),
        (_, JobState::Cancelled | JobState::Interrupted) => {
            (format!("✗ {}", job.state.word()), Role::Warn)
        }
        (Stage::Dialog, _) => ("! dialog".to_owned(), Role::Warn),
        (Stage::Verifying, _) => ("⟳ verify".to_owned(), Role::Accent),
        (Stage::Printing, JobState::Paused) => ("· paused".to_owned(), Role::Dim),
        (Stage::Printing, _) => {
            let fraction = if item.total == 0 {
                0.0
            } else {
                (item.done as f64 / item.total as f64).clamp(0.0, 0.99)
            };
            (format!("⟳ {:.0} %", fraction * 100.0), Role::Accent)
        }
        (Stage::Waiting, _) => ("· wait".to_owned(), Role::Dim),
    }
}

/// Two or three letters for the channels of a stem.
fn width(layout: Layout) -> &'static str {
    match layout {
        Layout::Mono => "mo",
        Layout::Stereo => "st",
        Layout::Quad => "4.0",
        wide => wide.name(),
    }
}

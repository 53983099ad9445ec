//! The output folder.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{List, cell, nothing};
use crate::app::state::{FileEntry, Pane};
use crate::config::theme::Role;
use crate::model::job::Verdict;
use crate::model::text::fit;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::table::{Column, Row, column};
use crate::tui::words;

const COLUMNS: [Column; 6] = [
    column("Name", 20, 0).fill(),
    column("Len", 7, 2).right(),
    column("Size", 8, 0).right(),
    column("LUFS", 5, 1).right(),
    column("TP", 5, 3).right(),
    column("Sum", 6, 0),
];

pub fn draw(scene: &Scene, buf: &mut Buffer, area: Rect, memory: &mut Memory) {
    let files = &scene.state.files;
    let shown = scene.state.shown(Pane::Files);
    let title = scene.title(Pane::Files, "Files");
    let room = usize::from(area.width).saturating_sub(title.chars().count() + 10);
    let dir = fit(&files.dir.display().to_string(), room);
    let inside = scene.frame(buf, area, Pane::Files, &title, &dir);
    let list = List {
        pane: Pane::Files,
        area,
        inside,
        columns: &COLUMNS,
        count: shown.len(),
        cursor: scene
            .state
            .cursor(Pane::Files)
            .min(shown.len().saturating_sub(1)),
    };
    list.draw(scene, buf, memory, |index| {
        let entry = shown.get(index).and_then(|at| files.entries.get(*at));
        entry.map_or_else(Row::default, |entry| row(scene, entry))
    });
    if let Some(fault) = &files.fault {
        nothing(scene, buf, inside, &fault.message);
    } else if shown.is_empty() {
        nothing(scene, buf, inside, "Nothing has been printed here yet.");
    }
}

fn row(scene: &Scene, entry: &FileEntry) -> Row {
    let dim = scene.style(Role::Dim);
    let (mark, role) = if entry.is_part {
        ("⟳ part", Role::Warn)
    } else {
        let (mark, role, _) = verdict(entry.verdict);
        (mark, role)
    };
    let name = if entry.is_dir {
        format!("{}/", entry.name)
    } else {
        entry.name.clone()
    };
    let measured = |value: Option<f64>| value.map_or_else(String::new, |v| words::level(Some(v)));
    let size = if entry.is_dir {
        String::new()
    } else {
        words::bytes(entry.bytes)
    };
    Row {
        style: Style::new(),
        cells: vec![
            cell(
                name,
                scene.style(if entry.is_part { Role::Dim } else { Role::Text }),
            ),
            cell(entry.seconds.map_or_else(String::new, words::duration), dim),
            cell(size, dim),
            cell(measured(entry.integrated_lufs), dim),
            cell(measured(entry.true_peak_dbtp), dim),
            cell(mark, scene.style(role)),
        ],
    }
}

/// Mark, role and meaning of what the manifest says of a file.
pub(super) fn verdict(verdict: Option<Verdict>) -> (&'static str, Role, &'static str) {
    match verdict {
        Some(Verdict::Pass) => ("✓ PASS", Role::Ok, "PASS: the stems sum to the mix"),
        Some(Verdict::Fail) => (
            "✗ FAIL",
            Role::Error,
            "FAIL: the sum is wrong, or the file is not as printed",
        ),
        Some(Verdict::NotChecked) => ("· none", Role::Dim, "the sum was not checked"),
        None => ("", Role::Dim, "no manifest tells of this file"),
    }
}

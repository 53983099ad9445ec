//! The print dialog: exactly what would be written, and the choices that change it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{open_box, scrolled};
use crate::app::state::{PrintDialog, PrintField, PrintQuestion};
use crate::app::update::printing;
use crate::config::theme::Role;
use crate::model::Plan;
use crate::model::finding::Level;
use crate::model::stem::EngineKind;
use crate::model::text::{fit, width};
use crate::tui::panes::stems::{mark, worst_first};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::field;
use crate::tui::widgets::paint::{self, Piece, piece};
use crate::tui::words;

/// Column of the values.
const VALUES: u16 = 18;
/// Lines of the summary that are always there: what is wrong with the plan is not to be missed.
const LEAST: u16 = 3;

pub fn draw(
    scene: &Scene,
    buf: &mut Buffer,
    dialog: &PrintDialog,
    memory: &mut Memory,
) -> Option<Position> {
    let room = usize::from(
        super::WIDEST
            .min(buf.area.width.saturating_sub(2))
            .saturating_sub(4),
    );
    let summary = summary(scene, dialog, room);
    let fields = PrintField::ALL.len();
    let wanted = u16::try_from(summary.len() + fields + 5).unwrap_or(u16::MAX);
    let title = title(dialog);
    let inside = open_box(scene, buf, &title, wanted, memory);
    let room = inside.height.saturating_sub(LEAST + 2).max(1);
    let shown = u16::try_from(fields).unwrap_or(room).min(room);
    let below = shown + 2;
    let head = inside.height.saturating_sub(below);
    let above = Rect {
        height: head,
        ..inside
    };
    scrolled(scene, buf, above, &summary, dialog.first);
    let area = Rect {
        y: inside.y + head,
        height: inside.height - head,
        ..inside
    };
    let cursor = choices(scene, buf, area, dialog, usize::from(shown));
    match dialog.question {
        Some(open) => question(scene, buf, inside, open),
        None => answers(scene, buf, inside, dialog),
    }
    cursor
}

fn title(dialog: &PrintDialog) -> String {
    match &dialog.plan {
        Ok(plan) => format!("Print {}", words::count(plan.written().count(), "file")),
        Err(_) => "Print".to_owned(),
    }
}

/// Findings and numbers first, then the files.
fn summary(scene: &Scene, dialog: &PrintDialog, room: usize) -> Vec<Vec<Piece>> {
    let plan = match &dialog.plan {
        Ok(plan) => plan,
        Err(fault) => {
            let mut lines = Vec::new();
            for text in paint::wrap(&format!("✗ {}", fault.message), room) {
                lines.push(vec![piece(text, scene.style(Role::Error))]);
            }
            for hint in &fault.hints {
                for text in paint::wrap(hint, room) {
                    lines.push(vec![piece(text, scene.style(Role::Text))]);
                }
            }
            return lines;
        }
    };
    let mut lines = numbers(scene, plan);
    for finding in worst_first(&plan.findings) {
        if finding.level == Level::Note {
            continue;
        }
        let (sign, role) = mark(finding.level);
        let fix = if finding.fix.is_empty() {
            String::new()
        } else {
            format!(": {}", words::advice(&finding.fix))
        };
        for text in paint::wrap(&format!("{sign} {}{fix}", finding.text), room) {
            lines.push(vec![piece(text, scene.style(role))]);
        }
    }
    for stem in plan.files() {
        let tracks = match stem.formula {
            Some(_) => "computed".to_owned(),
            None => words::count(stem.tracks.len(), "track"),
        };
        let name = fit(&stem.name, 14);
        let pad = " ".repeat(15_usize.saturating_sub(width(&name)));
        lines.push(vec![
            piece(format!("{name}{pad}"), scene.style(Role::Text)),
            piece(format!("{tracks:<10} "), scene.style(Role::Dim)),
            piece(stem.files_text(), scene.style(Role::Accent)),
        ]);
    }
    lines
}

fn numbers(scene: &Scene, plan: &Plan) -> Vec<Vec<Piece>> {
    let (text, dim) = (scene.style(Role::Text), scene.style(Role::Dim));
    let needed = plan.bytes.saturating_add(plan.scratch_bytes);
    let space = match scene.state.free_bytes {
        Some(free) => format!(
            "needs {}, {} free",
            words::bytes(needed),
            words::bytes(free)
        ),
        None => format!("needs {}", words::bytes(needed)),
    };
    let mut lines = vec![vec![
        piece(format!("{} each, ", words::duration(plan.seconds)), text),
        piece(space, text),
        piece(
            format!(
                ", {} {} bit",
                words::rate(plan.output.rate),
                plan.output.bits.bits()
            ),
            dim,
        ),
    ]];
    if let Some(asking) = printing::asking(scene.state, plan) {
        lines.push(vec![piece(format!("{asking} …"), text)]);
    }
    if plan.engine == EngineKind::Bounce {
        let note = "Pro Tools bounces and is busy meanwhile; solo and mute are put back";
        lines.push(vec![piece(note, dim)]);
    }
    lines
}

/// So many of the fields, the one that has the focus among them.
fn choices(
    scene: &Scene,
    buf: &mut Buffer,
    area: Rect,
    dialog: &PrintDialog,
    shown: usize,
) -> Option<Position> {
    let mut cursor = None;
    let first = (dialog.field + 1).saturating_sub(shown);
    let fields = PrintField::ALL.into_iter().enumerate().skip(first);
    for (y, (index, field)) in (0..area.height).zip(fields.take(shown)) {
        let row = Rect::new(area.x, area.y + y, area.width, 1);
        let focused = index == dialog.field;
        if focused {
            paint::text(buf, row, 0, 0, "►", scene.style(Role::Focus));
        }
        paint::text(buf, row, 2, 0, field.label(), scene.style(Role::Dim));
        let room = usize::from(row.width.saturating_sub(VALUES + 1));
        match &dialog.editing {
            Some(typed) if focused => {
                let (shown, column) = field::view(&typed.text, typed.cursor, room);
                paint::text(buf, row, VALUES, 0, &shown, scene.style(Role::Accent));
                let x = row.x + VALUES + u16::try_from(column).unwrap_or(0);
                cursor = Some(Position::new(x.min(row.right().saturating_sub(1)), row.y));
            }
            _ => {
                let shown = fit(&dialog.value(field), room);
                paint::text(buf, row, VALUES, 0, &shown, scene.style(Role::Text));
            }
        }
        if focused {
            paint::select(buf, row, scene.style(Role::Selection));
        }
    }
    let more = PrintField::ALL.len().saturating_sub(first + shown);
    let below = u16::try_from(shown).unwrap_or(u16::MAX);
    if more > 0 && below < area.height {
        let row = Rect::new(area.x, area.y + below, area.width, 1);
        paint::text(
            buf,
            row,
            2,
            0,
            &format!("↓ {more} more"),
            scene.style(Role::Dim),
        );
    }
    cursor
}

/// What stands between the yes and the print.
fn question(scene: &Scene, buf: &mut Buffer, inside: Rect, open: PrintQuestion) {
    let (text, detail) = open.text();
    let (key, dim) = (scene.style(Role::Accent), scene.style(Role::Dim));
    let lines = [
        vec![piece(text, scene.style(Role::Warn))],
        vec![piece(detail, dim)],
        vec![
            piece("y", key),
            piece(" yes   ", dim),
            piece("n", key),
            piece(" or ", dim),
            piece("Esc", key),
            piece(" back to the dialog", dim),
        ],
    ];
    let rows = 3.min(inside.height);
    let skip = 3 - usize::from(rows);
    for (y, line) in (inside.height - rows..inside.height).zip(lines.iter().skip(skip)) {
        let row = Rect::new(inside.x, inside.y + y, inside.width, 1);
        paint::clear(buf, row, scene.style(Role::Background));
        paint::line(buf, row, 1, 0, line);
    }
}

fn answers(scene: &Scene, buf: &mut Buffer, inside: Rect, dialog: &PrintDialog) {
    let Some(last) = inside.height.checked_sub(1) else {
        return;
    };
    let (key, dim) = (scene.style(Role::Accent), scene.style(Role::Dim));
    let is_typing = dialog.editing.is_some();
    let possible = dialog.plan.as_ref().is_ok_and(|plan| !plan.has_errors());
    let mut pieces = Vec::new();
    if possible && !is_typing {
        pieces.extend([piece("y", key), piece(" print   ", dim)]);
    }
    let (change, back) = if is_typing {
        let change = [piece("Enter", key), piece(" take over   ", dim)];
        (change, " leave it as it was")
    } else {
        let change = [piece("← → Enter", key), piece(" change   ", dim)];
        (change, " cancel")
    };
    pieces.extend(change);
    pieces.extend([piece("Esc", key), piece(back, dim)]);
    let row = Rect::new(inside.x, inside.y + last, inside.width, 1);
    paint::clear(buf, row, scene.style(Role::Background));
    paint::line(buf, row, 1, 0, &pieces);
}

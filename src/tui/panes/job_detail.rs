//! One job in detail: stages, time, levels while it is rendered, proof, findings.

use super::proof;
use super::stems::{item_state, mark, worst_first};
use crate::config::theme::Role;
use crate::model::job::{Item, Stage};
use crate::model::stem::EngineKind;
use crate::model::text::{fit, width};
use crate::model::{Job, JobState};
use crate::tui::levels::Meter;
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::meter::{Zone, meter};
use crate::tui::widgets::paint::{self, Piece, piece};
use crate::tui::words;

/// Lines of the full meters of a file with two channels.
const METER_LINES: usize = 3;

/// The lines, for a pane of `columns` with room for about `room` lines.
pub(super) fn lines(
    scene: &Scene,
    memory: &mut Memory,
    job: &Job,
    columns: u16,
    room: usize,
) -> Vec<Vec<Piece>> {
    let columns = usize::from(columns);
    let mut lines = vec![title(scene, job, columns)];
    lines.extend(trouble(scene, job, columns));
    if job.state.is_active() {
        lines.push(stages(scene, job));
        lines.extend(time(scene, job));
    }
    if let Some(report) = job.report.as_ref().filter(|_| job.state.is_over()) {
        lines.extend(proof::lines(scene, &report.proof, columns));
        lines.extend(proof::over_time(scene, job, columns));
    }
    lines.extend(items(
        scene,
        memory,
        job,
        columns,
        room.saturating_sub(lines.len()),
    ));
    if let Some(report) = &job.report {
        for finding in worst_first(&report.findings) {
            let (sign, role) = mark(finding.level);
            for text in paint::wrap(&format!("{sign} {}", finding.text), columns) {
                lines.push(vec![piece(text, scene.style(role))]);
            }
            for text in paint::wrap(&words::advice(&finding.fix), columns.saturating_sub(2)) {
                lines.push(vec![piece(format!("  {text}"), scene.style(Role::Dim))]);
            }
        }
    }
    lines
}

fn title(scene: &Scene, job: &Job, columns: usize) -> Vec<Piece> {
    let title = fit(&format!("{} {}", job.id, job.title), columns);
    let elsewhere = if job.elsewhere {
        ", another window's"
    } else {
        ""
    };
    let engine = job.plan.engine.word();
    let rest = format!("  {engine}{elsewhere} → {}", job.plan.output.dir.display());
    vec![
        piece(title, scene.style(Role::Accent)),
        piece(rest, scene.style(Role::Dim)),
    ]
}

/// What went wrong, and what waits for somebody.
fn trouble(scene: &Scene, job: &Job, columns: usize) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    let mut say = |text: &str, role| {
        for text in paint::wrap(text, columns) {
            lines.push(vec![piece(text, scene.style(role))]);
        }
    };
    if let Some(fault) = &job.fault {
        say(&format!("✗ {}", fault.message), Role::Error);
        for hint in &fault.hints {
            say(hint, Role::Text);
        }
    }
    if job.items.iter().any(|item| item.stage == Stage::Dialog) {
        let text = "! Pro Tools shows a dialog and waits for somebody to answer it";
        say(text, Role::Warn);
    }
    lines
}

/// How many files have come through each stage.
fn stages(scene: &Scene, job: &Job) -> Vec<Piece> {
    let all = job.items.len();
    let count = |through: fn(Stage) -> bool| {
        let items = job.items.iter();
        items.filter(|item| through(item.stage)).count()
    };
    let verb = match job.plan.engine {
        EngineKind::Render => "render",
        _ => "bounce",
    };
    let printed = count(|stage| matches!(stage, Stage::Verifying | Stage::Done));
    let verified = count(|stage| stage == Stage::Done);
    let is_summed = job.state == JobState::Verifying && verified == all;
    let mut pieces = Vec::new();
    for (name, done, is_next) in [
        (verb, printed, true),
        ("verify", verified, printed > verified),
        ("sum", 0, is_summed),
    ] {
        let (sign, role) = match (done == all && all > 0, is_next) {
            (true, _) => ("✓", Role::Ok),
            (false, true) => ("⟳", Role::Accent),
            (false, false) => ("·", Role::Dim),
        };
        let count = if name == "sum" {
            String::new()
        } else {
            format!(" {done}/{all}")
        };
        let text = format!("{sign} {name}{count}   ");
        pieces.push(piece(text, scene.style(role)));
    }
    pieces
}

/// Rate and time left; what a bounce cannot tell yet.
fn time(scene: &Scene, job: &Job) -> Vec<Vec<Piece>> {
    let mut parts = Vec::new();
    if job.rate > 0.0 && job.rate.is_finite() {
        parts.push(format!("{:.1}x real time", job.rate.min(9999.0)));
        parts.push(format!("{} left", super::jobs::time_left(job)));
    }
    let levels =
        (job.plan.engine == EngineKind::Bounce).then(|| "levels after the bounce".to_owned());
    let known = (!parts.is_empty()).then(|| parts.join(", "));
    let dim = scene.style(Role::Dim);
    known
        .into_iter()
        .chain(levels)
        .map(|text| vec![piece(text, dim)])
        .collect()
}

/// The files, each with its levels as far as there is room.
fn items(
    scene: &Scene,
    memory: &mut Memory,
    job: &Job,
    columns: usize,
    room: usize,
) -> Vec<Vec<Piece>> {
    let is_live = |item: &Item| item.live.is_some() && item.stage == Stage::Printing;
    let live = job.items.iter().filter(|item| is_live(item)).count();
    let spare = room.saturating_sub(job.items.len());
    let full = (spare / METER_LINES).min(live);
    let mut shown = 0;
    let mut lines = Vec::new();
    for (index, item) in job.items.iter().enumerate() {
        let Some(levels) = item.live.as_deref().filter(|_| is_live(item)) else {
            lines.push(quiet(scene, job, item, columns));
            continue;
        };
        let now = scene.state.now.mono_us;
        let every = scene.look.levels_us;
        let meter = memory.meters.take((job.id, index), levels, now, every);
        if shown < full {
            shown += 1;
            lines.push(quiet(scene, job, item, columns));
            lines.extend(bridge(scene, meter, columns));
        } else {
            lines.push(compact(scene, job, item, meter, columns));
        }
    }
    lines
}

/// A file without meters: its state, name, and what was measured of it.
fn quiet(scene: &Scene, job: &Job, item: &Item, columns: usize) -> Vec<Piece> {
    let (state, role) = item_state(job, item);
    let measured = measured(job, &item.file);
    let mut pieces = vec![piece(format!("{state:<10} "), scene.style(role))];
    if measured.is_empty() {
        let file = fit(&item.file, columns.saturating_sub(11));
        pieces.push(piece(file, scene.style(Role::Text)));
        return pieces;
    }
    pieces.push(piece(padded(&item.name, 12), scene.style(Role::Text)));
    let mut room = columns.saturating_sub(24);
    for part in measured {
        let part = format!(" {part} ");
        if width(&part) > room {
            break;
        }
        room -= width(&part);
        pieces.push(piece(part, scene.style(Role::Dim)));
    }
    pieces
}

/// A name in so many columns, and a blank.
fn padded(name: &str, columns: usize) -> String {
    let name = fit(name, columns);
    let blanks = " ".repeat(columns.saturating_sub(width(&name)) + 1);
    format!("{name}{blanks}")
}

/// Loudness, true peak and size; nothing where nothing was measured.
fn measured(job: &Job, file: &str) -> Vec<String> {
    let report = job.report.as_ref();
    let Some(file) = report.and_then(|r| r.files.iter().find(|f| f.path == file)) else {
        return Vec::new();
    };
    let levels = &file.levels;
    if levels.silent {
        return vec!["silent".to_owned(), words::bytes(file.bytes)];
    }
    let mut measured = vec![
        format!("{:>5} LUFS", words::level(levels.integrated_lufs)),
        format!("{:>5} dBTP", words::level(levels.true_peak_dbtp)),
        words::bytes(file.bytes),
    ];
    if levels.ends_sounding() {
        measured.push("tail cut?".to_owned());
    }
    if let Some(correlation) = levels.correlation {
        measured.push(format!("corr {correlation:+.2}"));
    }
    measured
}

/// A file with one meter of its louder side, and two numbers.
fn compact(scene: &Scene, job: &Job, item: &Item, shown: &Meter, columns: usize) -> Vec<Piece> {
    let (state, role) = item_state(job, item);
    let sides = shown.levels.recent_dbfs.iter().copied().flatten();
    let level = sides.fold(None, |most: Option<f64>, level| {
        Some(most.map_or(level, |most| most.max(level)))
    });
    let held = (0..shown.levels.recent_dbfs.len()).filter_map(|side| shown.held(side));
    let held = held.fold(None, |most: Option<f64>, held| {
        Some(most.map_or(held, |most| most.max(held)))
    });
    let numbers = format!(
        " {:>5}  I {:>5}",
        words::level(level),
        words::level(shown.levels.integrated_lufs)
    );
    let used = 9 + 13 + width(&numbers);
    let mut pieces = vec![
        piece(format!("{state:<8} "), scene.style(role)),
        piece(padded(&item.name, 12), scene.style(Role::Text)),
    ];
    pieces.extend(bar(
        scene,
        level,
        held,
        columns.saturating_sub(used).min(60),
    ));
    pieces.push(piece(numbers, scene.style(Role::Dim)));
    pieces
}

/// A meter for each side, and the loudness below.
fn bridge(scene: &Scene, shown: &Meter, columns: usize) -> Vec<Vec<Piece>> {
    let dim = scene.style(Role::Dim);
    let sides = shown.levels.recent_dbfs.len().min(2);
    let mut lines = Vec::new();
    for side in 0..sides {
        let level = shown.levels.recent_dbfs.get(side).copied().flatten();
        let held = shown.held(side);
        let name = match (sides, side) {
            (1, _) => "M",
            (_, 0) => "L",
            _ => "R",
        };
        let numbers = format!(" {:>5} pk {:>5}", words::level(level), words::level(held));
        let mut pieces = vec![piece(format!("  {name} "), dim)];
        let cells = columns.saturating_sub(4 + width(&numbers)).min(64);
        pieces.extend(bar(scene, level, held, cells));
        pieces.push(piece(numbers, scene.style(Role::Text)));
        lines.push(pieces);
    }
    lines.push(loudness(scene, shown, columns));
    lines
}

/// Integrated, short-term and momentary loudness, and the true peak; the range where it fits.
fn loudness(scene: &Scene, shown: &Meter, columns: usize) -> Vec<Piece> {
    let levels = &shown.levels;
    let mut text = format!(
        "    I {:>5}  S {:>5}  M {:>5} LUFS",
        words::level(levels.integrated_lufs),
        words::level(levels.short_term_lufs),
        words::level(levels.momentary_lufs)
    );
    let peak = format!("  TP {:>5} dBTP", words::level(levels.true_peak_dbtp));
    let range = format!("  LRA {:>4} LU", words::level(levels.range_lu));
    for part in [peak, range] {
        if width(&text) + width(&part) <= columns {
            text.push_str(&part);
        }
    }
    vec![piece(text, scene.style(Role::Dim))]
}

fn bar(scene: &Scene, level: Option<f64>, held: Option<f64>, cells: usize) -> Vec<Piece> {
    meter(level, held, cells, scene.look.ascii)
        .into_iter()
        .map(|(zone, text)| {
            let role = match zone {
                Zone::Low => Role::MeterLow,
                Zone::Mid => Role::MeterMid,
                Zone::High => Role::MeterHigh,
                Zone::Rest => Role::Dim,
            };
            piece(text, scene.style(role))
        })
        .collect()
}

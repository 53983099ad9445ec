//! Whether the stems sum to the mix, in words: verdict, what is left, and how much may be.

use crate::config::theme::Role;
use crate::model::Job;
use crate::model::job::{Proof, Verdict};
use crate::model::text::{clean, width};
use crate::tui::view::Scene;
use crate::tui::widgets::paint::{self, Piece, piece};
use crate::tui::widgets::strip::{column, strip};
use crate::tui::words;

/// The verdict in a line, what is left in another, and what would explain a failure.
pub(super) fn lines(scene: &Scene, proof: &Proof, columns: usize) -> Vec<Vec<Piece>> {
    let (text, role) = verdict(proof);
    let mut lines = vec![vec![piece(text, scene.style(role))]];
    if let Some(text) = residual(proof) {
        lines.push(vec![piece(format!("  {text}"), scene.style(Role::Text))]);
    }
    for diagnosis in &proof.diagnosis {
        if let Some(told) = diagnosis.told() {
            let what = clean(&told.what).into_owned();
            let texts = [
                ("  ", "", what.as_str(), Role::Warn),
                ("    ", "why: ", told.why, Role::Text),
                ("    ", "fix: ", told.fix, Role::Text),
            ];
            for (indent, head, text, role) in texts {
                let room = columns.saturating_sub(indent.len());
                for line in paint::wrap(&format!("{head}{text}"), room) {
                    lines.push(vec![piece(format!("{indent}{line}"), scene.style(role))]);
                }
            }
            continue;
        }
        let stem = diagnosis.stem.as_deref().unwrap_or("");
        let value = diagnosis.value.map_or_else(String::new, |value| {
            format!(" {value:.2} {}", diagnosis.unit.as_deref().unwrap_or(""))
        });
        let text = format!("  {} {stem}{value}", diagnosis.fault);
        lines.push(vec![piece(text, scene.style(Role::Warn))]);
    }
    lines
}

/// A failed sum's residual over time, what may be left being blank, and below it the place that is looked
/// at, or the worst.
pub(super) fn over_time(scene: &Scene, job: &Job, columns: usize) -> Vec<Vec<Piece>> {
    let proof = job.report.as_ref().map(|report| &report.proof);
    let Some((proof, residual)) = proof.and_then(|proof| Some((proof, proof.residual.as_ref()?)))
    else {
        return Vec::new();
    };
    let cells = columns.saturating_sub(4).min(residual.peaks_dbfs.len());
    let (Some(top), true) = (proof.peak_dbfs, cells > 0) else {
        return Vec::new();
    };
    let floor = proof.threshold_dbfs.unwrap_or(-144.0).min(top - 6.0);
    let drawn = strip(&residual.peaks_dbfs, [floor, top], cells, scene.look.ascii);
    let mut lines = vec![vec![piece(format!("  {drawn}"), scene.style(Role::Error))]];
    let chosen = scene.state.place(job);
    let at = chosen.unwrap_or(0);
    let Some(place) = residual.worst.get(at) else {
        return lines;
    };
    let value = usize::try_from(place.frame / residual.frames_per_value.max(1)).unwrap_or(0);
    let mark = column(value, residual.peaks_dbfs.len(), cells);
    let timecode = clean(&place.timecode);
    let level = words::level(place.peak_dbfs);
    let count = residual.worst.len();
    let text = match chosen {
        Some(_) => format!("place {} of {count}: {timecode}, {level} dBFS", at + 1),
        None => format!("worst at {timecode}, {level} dBFS"),
    };
    // The words stand on the side of the mark that has room for them.
    let (sign, room) = (if scene.look.ascii { "^" } else { "▲" }, width(&text) + 1);
    let line = match mark.checked_sub(room) {
        Some(blanks) if mark + room >= columns.saturating_sub(2) => {
            format!("  {}{text} {sign}", " ".repeat(blanks))
        }
        _ => format!("  {}{sign} {text}", " ".repeat(mark)),
    };
    lines.push(vec![piece(line, scene.style(Role::Text))]);
    lines
}

fn verdict(proof: &Proof) -> (String, Role) {
    match proof.verdict {
        Verdict::Pass => ("✓ PASS stems sum to the mix".to_owned(), Role::Ok),
        Verdict::Fail => ("✗ FAIL stems do not sum to the mix".to_owned(), Role::Error),
        Verdict::NotChecked if proof.note.is_empty() => ("· sum not checked".to_owned(), Role::Dim),
        Verdict::NotChecked => (format!("· sum not checked: {}", proof.note), Role::Dim),
    }
}

fn residual(proof: &Proof) -> Option<String> {
    if proof.verdict == Verdict::NotChecked {
        return None;
    }
    let Some(peak) = proof.peak_dbfs else {
        return Some("no difference in any sample".to_owned());
    };
    let mut text = format!("residual peak {peak:.1}");
    if proof.rms_dbfs.is_some() {
        text.push_str(&format!(", RMS {}", words::level(proof.rms_dbfs)));
    }
    text.push_str(" dBFS");
    if let Some(allowed) = proof.threshold_dbfs {
        text.push_str(&format!(", allowed {allowed:.1}"));
    }
    Some(text)
}

/// The newest job that proved its stems, in one line.
pub(super) fn newest(scene: &Scene) -> Option<Piece> {
    let jobs: &[Job] = scene.state.jobs.jobs();
    let (job, proof) = jobs
        .iter()
        .filter_map(|job| Some((job, &job.report.as_ref()?.proof)))
        .filter(|(job, proof)| job.state.is_over() && proof.verdict != Verdict::NotChecked)
        .max_by_key(|(job, _)| job.id)?;
    let (word, role) = match proof.verdict {
        Verdict::Pass => ("✓ sum PASS", Role::Ok),
        _ => ("✗ sum FAIL", Role::Error),
    };
    let residual = residual(proof).unwrap_or_default();
    let text = format!("{word} in job {}: {residual}", job.id);
    Some(piece(text, scene.style(role)))
}

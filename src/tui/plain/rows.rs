//! The rows of the lists as sentences.

use super::spoken;
use crate::app::State;
use crate::app::state::{FileEntry, Pane};
use crate::model::job::Verdict;
use crate::model::{Job, Track, TrackFlag};
use crate::tui::words;

/// What a list is called.
pub fn name(pane: Pane) -> &'static str {
    match pane {
        Pane::Tracks | Pane::Matrix => "tracks",
        Pane::Stems => "stems",
        Pane::Jobs => "jobs",
        Pane::Files => "files",
        Pane::Log => "log",
        Pane::Transport | Pane::Timeline => "markers",
        Pane::Link => "connection",
    }
}

/// The list of a name, as it is typed.
pub fn pane(word: &str) -> Option<Pane> {
    let found = Pane::ALL.into_iter().find(|pane| name(*pane) == word);
    found.or((word == "transport").then_some(Pane::Transport))
}

/// Actions that make sense for a row of a list.
pub fn actions(pane: Pane) -> &'static [&'static str] {
    match pane {
        Pane::Tracks | Pane::Matrix => &[
            "mute",
            "solo",
            "arm",
            "input",
            "assign",
            "select-row",
            "open",
            "inspector",
        ],
        Pane::Stems => &["print", "inspector"],
        Pane::Jobs => &[
            "cancel",
            "pause",
            "retry",
            "remove",
            "open-folder",
            "copy-path",
            "inspector",
        ],
        Pane::Files => &["open", "copy-path", "inspector"],
        Pane::Log => &["inspector"],
        Pane::Transport | Pane::Timeline => &["open"],
        Pane::Link => &[],
    }
}

/// The n-th row shown of a list.
pub fn row(state: &State, pane: Pane, row: usize) -> Option<String> {
    let at = *state.shown(pane).get(row)?;
    let text = match pane {
        Pane::Link => return None,
        Pane::Tracks | Pane::Matrix => track(state, state.session.as_ref()?.tracks.get(at)?),
        Pane::Stems => stem(state, at)?,
        Pane::Jobs => job(state.jobs.jobs().get(at)?),
        Pane::Files => file(state.files.entries.get(at)?),
        Pane::Log => {
            let entry = state.log.get(at)?;
            let time = words::time_of_day(state.now.local_ms(entry.unix_ms));
            format!("{time} {}: {}", entry.source, entry.text)
        }
        Pane::Transport | Pane::Timeline => {
            let session = state.session.as_ref()?;
            let marker = session.markers.get(at)?;
            let place = session.info.ruler.timecode_at(marker.start);
            format!("marker {}, {}, at {place}", marker.number, marker.name)
        }
    };
    Some(spoken::line(&text))
}

fn track(state: &State, track: &Track) -> String {
    let mut parts = vec![track.name.clone(), track.kind.word().replace('_', " ")];
    if !track.format.is_empty() {
        parts.push(track.format.clone());
    }
    if let Some(folder) = &track.folder {
        parts.push(format!("in {folder}"));
    }
    match state.stem_of.get(&track.id).map(Vec::as_slice) {
        Some([one]) => parts.push(format!("stem {one}")),
        Some(several) if !several.is_empty() => {
            parts.push(format!("in several stems: {}", several.join(" and ")));
        }
        _ if is_orphan(state, track) => parts.push("in no stem".to_owned()),
        _ => {}
    }
    for flag in TrackFlag::ALL {
        if track.flag(flag) {
            parts.push(flag_word(flag).to_owned());
        }
    }
    for (holds, word) in [
        (track.inactive.is_set(), "inactive"),
        (track.hidden.is_set(), "hidden"),
        (state.ui.folded.contains(&track.id), "folded"),
        (state.ui.selected.contains(&track.id), "selected"),
    ] {
        if holds {
            parts.push(word.to_owned());
        }
    }
    parts.join(", ")
}

fn is_orphan(state: &State, track: &Track) -> bool {
    let plan = state.plan.as_ref().and_then(|plan| plan.as_ref().ok());
    plan.is_some_and(|plan| plan.coverage.orphans.contains(&track.name))
}

/// What a switch that is on is called.
pub fn flag_word(flag: TrackFlag) -> &'static str {
    match flag {
        TrackFlag::Mute => "muted",
        TrackFlag::Solo => "soloed",
        TrackFlag::SoloSafe => "solo safe",
        TrackFlag::RecordEnable => "record-armed",
        TrackFlag::InputMonitor => "input monitored",
    }
}

fn stem(state: &State, at: usize) -> Option<String> {
    let plan = state.plan.as_ref()?.as_ref().ok()?;
    let stem = plan.files().nth(at)?;
    let tracks = words::count(stem.tracks.len(), "track");
    Some(format!(
        "{}, {tracks}, file {}",
        stem.name,
        stem.files_text()
    ))
}

/// A job with its state.
pub fn job(job: &Job) -> String {
    let mut text = format!("job {}, {}, {}", job.id, job.title, job.state.word());
    if job.state.is_active() {
        text.push_str(&format!(", {:.0} percent", job.fraction() * 100.0));
        if let Some(seconds) = job.seconds_left() {
            text.push_str(&format!(", {} left", spoken::duration(seconds)));
        }
    }
    match job.report.as_ref().map(|report| report.proof.verdict) {
        Some(Verdict::Pass) => text.push_str(", the sum is the mix"),
        Some(Verdict::Fail) => text.push_str(", the sum is NOT the mix"),
        _ => {}
    }
    if let Some(fault) = &job.fault {
        text.push_str(&format!(": {}", fault.message));
    }
    text
}

fn file(entry: &FileEntry) -> String {
    if entry.is_dir {
        return format!("{}, folder", entry.name);
    }
    let mut parts = vec![entry.name.clone(), words::bytes(entry.bytes)];
    if entry.is_part {
        parts.push("unfinished".to_owned());
    }
    parts.extend(entry.seconds.map(spoken::duration));
    let level = |value: Option<f64>, unit| value.map(|value| format!("{value:.1} {unit}"));
    parts.extend(level(entry.peak_dbfs, "dBFS peak"));
    parts.extend(level(entry.integrated_lufs, "LUFS"));
    parts.join(", ")
}

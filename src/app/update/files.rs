//! The file pane: which folder, and what lies in it.

use std::path::PathBuf;

use crate::app::state::{FileEntry, Overlay, Pane};
use crate::app::{Effect, State};
use crate::model::link::Fault;

use super::{notices, overview};

/// The entry under the cursor.
pub fn cursor_entry(state: &State) -> Option<&FileEntry> {
    let index = *state.shown(Pane::Files).get(state.cursor(Pane::Files))?;
    state.files.entries.get(index)
}

/// Goes to a folder.
pub fn show(state: &mut State, dir: PathBuf, out: &mut Vec<Effect>) {
    if state.files.dir != dir {
        state.files.dir.clone_from(&dir);
        state.files.entries.clear();
        state.files.fault = None;
        state.ui.cursors.entry(Pane::Files).or_default().row = 0;
        state.ui.filters.remove(&Pane::Files);
    }
    out.push(Effect::ListFiles(dir));
}

/// Enter: into a folder, or the details of a file.
pub fn open(state: &mut State, out: &mut Vec<Effect>) {
    let Some(entry) = cursor_entry(state) else {
        return;
    };
    if entry.is_dir {
        let dir = state.files.dir.join(&entry.name);
        show(state, dir, out);
    } else {
        state.ui.overlay = Some(Overlay::Inspector { first: 0 });
    }
}

/// To the folder above.
pub fn up(state: &mut State, out: &mut Vec<Effect>) {
    let parent = state.files.dir.parent().map(PathBuf::from);
    if let Some(parent) = parent.filter(|parent| !parent.as_os_str().is_empty()) {
        show(state, parent, out);
    }
}

/// A listing has come; one of a folder that was left is too late.
pub fn listed(state: &mut State, dir: &PathBuf, entries: Result<Vec<FileEntry>, Fault>) {
    if *dir != state.files.dir {
        return;
    }
    let held = cursor_entry(state).map(|entry| entry.name.clone());
    match entries {
        Ok(entries) => {
            if state.files.entries != entries {
                overview::forget_files(state);
            }
            state.files.entries = entries;
            state.files.fault = None;
        }
        Err(fault) => {
            state.files.entries.clear();
            state.files.fault = Some(fault.clone());
            notices::fail(state, "files", fault);
        }
    }
    let row = state.shown(Pane::Files).iter().position(|index| {
        let entry = state.files.entries.get(*index);
        entry.is_some_and(|entry| Some(&entry.name) == held.as_ref())
    });
    if let Some(row) = row {
        state.ui.cursors.entry(Pane::Files).or_default().row = row;
    }
}

/// The path that `copy-path` is about: of the file, the job's folder, the stem's file, or the
/// session.
pub fn path_under_cursor(state: &State) -> Option<String> {
    let path = match state.ui.focus {
        Pane::Files => {
            let dir = &state.files.dir;
            cursor_entry(state).map_or_else(|| dir.clone(), |entry| dir.join(&entry.name))
        }
        Pane::Jobs => {
            let job = super::jobs::find(state, None, super::jobs::Wish::Show).ok()?;
            job.plan.output.dir.clone()
        }
        Pane::Stems => {
            let Some(Ok(plan)) = &state.plan else {
                return None;
            };
            let stem = super::planning::cursor_stem(state)?;
            plan.output.dir.join(&stem.file)
        }
        _ => {
            return state
                .session
                .as_ref()
                .map(|session| session.info.path.clone());
        }
    };
    // Whole, and without the `.` of a setting: it is pasted somewhere else.
    let whole: PathBuf = state.base.join(path).components().collect();
    Some(whole.display().to_string())
}

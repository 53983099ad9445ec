//! The waveform of what is under the cursor: asked for when the cursor has stayed there a moment,
//! kept for when it comes back.

use std::sync::Arc;

use crate::app::state::{Pane, State};
use crate::app::{Effect, update::files};
use crate::model::file_name;
use crate::model::link::Fault;
use crate::model::overview::{Overview, OverviewOf, OverviewSource};

/// How long the cursor rests before a sound is read.
const REST_US: u64 = 150_000;
/// Waveforms that are kept.
const KEPT: usize = 256;

impl State {
    /// Why there can be no waveform of what is under the cursor, where that is known.
    pub fn no_overview(&self) -> Option<&'static str> {
        let Some(of) = &self.overviews.wanted else {
            return Some(match self.ui.focus {
                Pane::Files => "no sound file is under the cursor",
                _ => "no track is under the cursor",
            });
        };
        let OverviewOf::Track(id) = of else {
            return None;
        };
        let session = self.session.as_ref()?;
        let track = session.tracks.iter().find(|track| track.id == *id)?;
        let Some(folder) = &session.folder else {
            return Some("the session's folder cannot be read from here");
        };
        let lanes = folder.arrangement.lanes.iter();
        match lanes.filter(|lane| lane.track == track.name).count() {
            0 => Some("it has no clips of its own"),
            1 => None,
            _ => Some("several tracks have this name"),
        }
    }
}

/// The session's clips are not what they were.
pub fn forget_tracks(state: &mut State) {
    forget(state, |of| matches!(of, OverviewOf::Track(_)));
}

/// The folder's files are not what they were.
pub fn forget_files(state: &mut State) {
    forget(state, |of| matches!(of, OverviewOf::File(_)));
}

fn forget(state: &mut State, goes: impl Fn(&OverviewOf) -> bool) {
    let overviews = &mut state.overviews;
    overviews.known.retain(|(of, _)| !goes(of));
    if overviews.wanted.as_ref().is_some_and(goes) {
        overviews.wanted = None;
    }
}

/// Wants the waveform under the cursor, and asks for it once the cursor rests.
pub fn follow(state: &mut State, out: &mut Vec<Effect>) {
    let now = state.now.mono_us;
    let under = under_cursor(state);
    if state.overviews.wanted != under {
        let is_new = under
            .as_ref()
            .is_some_and(|of| state.overviews.get(of).is_none());
        state.overviews.due_us = is_new.then(|| now.saturating_add(REST_US));
        state.overviews.wanted = under;
    }
    if state.overviews.due_us.is_none_or(|due| now < due) {
        return;
    }
    state.overviews.due_us = None;
    if let Some(of) = state.overviews.wanted.clone()
        && let Some(source) = source(state, &of)
    {
        out.push(Effect::Overview { of, source });
    }
}

/// It has been read, or cannot be.
pub fn read(state: &mut State, of: OverviewOf, outcome: Result<Arc<Overview>, Fault>) {
    let known = &mut state.overviews.known;
    known.retain(|(other, _)| *other != of);
    known.push_back((of, outcome));
    if known.len() > KEPT {
        known.pop_front();
    }
}

fn under_cursor(state: &State) -> Option<OverviewOf> {
    match state.ui.focus {
        Pane::Files => {
            let entry = files::cursor_entry(state)?;
            let path = state.files.dir.join(&entry.name);
            (!entry.is_dir && file_name::is_audio(&entry.name)).then_some(OverviewOf::File(path))
        }
        _ => Some(OverviewOf::Track(state.cursor_track()?.id.clone())),
    }
}

fn source(state: &State, of: &OverviewOf) -> Option<OverviewSource> {
    match of {
        OverviewOf::File(path) => Some(OverviewSource::File(path.clone())),
        OverviewOf::Track(id) => {
            let session = state.session.as_ref()?;
            let track = session.tracks.iter().find(|track| track.id == *id)?;
            let lane = lane_of(state, &track.name)?;
            let arrangement = Arc::clone(&session.folder.as_ref()?.arrangement);
            Some(OverviewSource::Lane { arrangement, lane })
        }
    }
}

/// The lane of a track; `None` where several share the name.
fn lane_of(state: &State, track: &str) -> Option<usize> {
    let folder = state.session.as_ref()?.folder.as_ref()?;
    let mut named = folder
        .arrangement
        .lanes
        .iter()
        .enumerate()
        .filter(|(_, lane)| lane.track == track);
    let (index, _) = named.next()?;
    named.next().is_none().then_some(index)
}

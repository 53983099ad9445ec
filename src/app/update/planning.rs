//! The plan that is always there: recipe, session and assignments by hand, made anew whenever
//! something that it depends on changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{notices, overview};
use crate::app::planned::{Planned, Planning, stem_of};
use crate::app::state::{ClipsState, Pane, RecipeState, Survey, Told};
use crate::app::{Effect, State};
use crate::model::inspection::Inspection;
use crate::model::link::Fault;
use crate::model::plan::{PlanKind, PlannedStem};
use crate::model::session::SessionFolder;
use crate::model::stem::EngineKind;
use crate::model::{Plan, Session, Track};
use crate::plan::{self, Overrides, Source, Surroundings};

/// Tracks up to which a plan is made within the update, well below a millisecond. That of a larger
/// session is asked for, and comes milliseconds later.
const MOST_AT_ONCE: usize = 500;

/// The stem (or mix) under the cursor of the stem pane.
pub fn cursor_stem(state: &State) -> Option<&PlannedStem> {
    let Some(Ok(plan)) = &state.plan else {
        return None;
    };
    let index = *state.shown(Pane::Stems).get(state.cursor(Pane::Stems))?;
    plan.files().nth(index)
}

impl State {
    /// What is put over the recipe when nothing was chosen: the default folder, unless the recipe
    /// names one.
    pub fn base_overrides(&self) -> Overrides {
        let has_root = match &self.recipe {
            RecipeState::Loaded {
                source: Source::Recipe(recipe),
                ..
            } => recipe.output.root.is_some(),
            _ => false,
        };
        Overrides {
            dir: (!has_root).then(|| self.config.output.root.clone()),
            ..Overrides::default()
        }
    }

    /// Whether a render would have to ask Pro Tools for its clips, and has not.
    pub fn wants_clips(&self) -> bool {
        let is_blind = |session: &Session| session.folder.is_none();
        !self.mode.is_simulated()
            && self.clips == ClipsState::Unasked
            && self.loaded.folder
            && self.session.as_ref().is_some_and(is_blind)
    }

    fn surroundings(&self, dir: &Path) -> Surroundings {
        let survey = self.surveys.get(dir).cloned().unwrap_or_default();
        Surroundings {
            simulated: self.mode.is_simulated(),
            free_bytes: survey.free_bytes,
            existing: survey.existing,
            own_audio: survey.own_audio,
            date: date(self.now.local_ms(self.now.unix_ms)),
            kind: PlanKind::Stems,
            told: match &self.told {
                Told::Known(told) => Some(Arc::clone(told)),
                _ => None,
            },
        }
    }
}

/// `YYYY-MM-DD` of a local moment, see [`crate::model::Now::local_ms`].
fn date(local_ms: u64) -> String {
    let moment = i64::try_from(local_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.unwrap_or_default().strftime("%Y-%m-%d").to_string()
}

/// Makes a plan with these overrides, of other stems than the state's where they are given. When it
/// would print into a folder that has not been looked at, asks for that; the answer makes the plan
/// anew.
pub fn make(
    state: &mut State,
    source: Option<&Source>,
    overrides: &Overrides,
    out: &mut Vec<Effect>,
) -> Option<Result<Plan, Fault>> {
    state.session.as_ref()?;
    ask_for_clips(state, overrides, out);
    let own = source.is_none().then(|| state.source());
    let source = source.or(own.as_ref())?;
    let around = around(state, source, overrides, out);
    let plan = plan::make(state.session.as_ref()?, source, overrides, &around);
    Some(plan.map_err(Fault::from))
}

/// What surrounds a plan. The folder that it would print into is looked at, unless it was.
fn around(
    state: &mut State,
    source: &Source,
    overrides: &Overrides,
    out: &mut Vec<Effect>,
) -> Surroundings {
    let dir = plan::dir(source, overrides);
    let around = state.surroundings(&dir);
    if !state.surveys.contains_key(&dir) {
        state.surveys.insert(dir.clone(), Survey::default());
        survey(state, dir, out);
    }
    around
}

/// Asks for the clips when a render is wanted and the session's folder cannot be read.
fn ask_for_clips(state: &mut State, overrides: &Overrides, out: &mut Vec<Effect>) {
    if overrides.engine == Some(EngineKind::Render) && state.wants_clips() {
        state.clips = ClipsState::Asked;
        out.push(Effect::ReadClips);
    }
}

/// Forgets clips that were told earlier: the next render asks again.
pub fn forget_clips(state: &mut State) {
    let Some(session) = &mut state.session else {
        return;
    };
    if session.folder.as_ref().is_some_and(|folder| folder.is_live) {
        session.folder = None;
        state.clips = ClipsState::Unasked;
    }
}

/// The answer of [`Effect::ReadClips`].
pub fn clips_told(
    state: &mut State,
    outcome: Result<Arc<SessionFolder>, Fault>,
    out: &mut Vec<Effect>,
) {
    // Another session may have been opened meanwhile.
    if state.clips != ClipsState::Asked {
        return;
    }
    match outcome {
        Ok(folder) => {
            state.clips = ClipsState::Known;
            if let Some(session) = &mut state.session {
                session.folder = Some(folder);
            }
            state.surveys.clear();
            overview::forget_tracks(state);
        }
        Err(fault) => {
            state.clips = ClipsState::Refused(fault.clone());
            notices::fail(state, "clips", fault);
        }
    }
    replan(state, out);
}

/// Asks what a bounce of the plan should know, unless it was asked since the dialog was opened.
pub fn inspect(state: &mut State, plan: &Plan, out: &mut Vec<Effect>) {
    let Some(session) = state
        .session
        .as_ref()
        .filter(|_| state.told == Told::Unasked)
    else {
        return;
    };
    let question = plan::inspected::question(plan, &session.info.path, &session.tracks);
    if let Some(question) = question {
        state.told = Told::Asked;
        out.push(Effect::Inspect(Box::new(question)));
    }
}

/// The answer of [`Effect::Inspect`].
pub fn inspected(
    state: &mut State,
    outcome: Result<Arc<Inspection>, Fault>,
    out: &mut Vec<Effect>,
) {
    state.told = match outcome {
        Ok(told) => Told::Known(told),
        Err(fault) => {
            notices::fail(state, "plan", fault.clone());
            Told::Refused(fault)
        }
    };
    replan(state, out);
}

/// Looks (again) at a folder that stems would go to.
pub fn survey(state: &mut State, dir: PathBuf, out: &mut Vec<Effect>) {
    const MOST: usize = 64;
    if state.surveys.len() > MOST {
        state.surveys.retain(|known, _| *known == dir);
    }
    let session = state.session.as_ref();
    out.push(Effect::Survey {
        dir,
        path: session.map_or_else(String::new, |session| session.info.path.clone()),
        folder: session.and_then(|session| session.folder.clone()),
    });
}

/// Makes the plan of everything, and the stem column, anew; that of a large session is asked for.
/// The plan of the print dialog is always made here and now.
pub fn replan(state: &mut State, out: &mut Vec<Effect>) {
    match state.tracks().len() > MOST_AT_ONCE {
        true => ask(state, out),
        false => replan_now(state, out),
    }
    super::printing::refresh(state, out);
}

fn replan_now(state: &mut State, out: &mut Vec<Effect>) {
    let overrides = state.base_overrides();
    state.plan = make(state, None, &overrides, out);
    state.stem_of = match &state.plan {
        Some(Ok(plan)) => stem_of(plan),
        _ => Default::default(),
    };
    state.planning = None;
}

/// Asks for the plan; an earlier one that is still being made is not wanted any more.
fn ask(state: &mut State, out: &mut Vec<Effect>) {
    let Some(session) = state.session.clone() else {
        return;
    };
    let (source, overrides) = (state.source(), state.base_overrides());
    let around = around(state, &source, &overrides, out);
    let number = state.next_request;
    state.next_request += 1;
    state.planning = Some(number);
    out.push(Effect::Plan(Box::new(Planning {
        number,
        session,
        source,
        overrides,
        around,
    })));
}

/// The answer of [`Effect::Plan`].
pub fn planned(state: &mut State, planned: Planned) {
    if state.planning == Some(planned.number) {
        state.planning = None;
        state.plan = Some(planned.plan);
        state.stem_of = planned.stem_of;
    }
}

/// Makes the plan that is being made elsewhere at once, because what comes next relies on it. The
/// answer is then dropped.
pub fn settle(state: &mut State, out: &mut Vec<Effect>) {
    if state.planning.is_some() {
        replan_now(state, out);
    }
}

/// Whether something changed that a plan depends on. Solo, for one, decides nothing.
pub fn affects_plan(old: &[Track], new: &[Track]) -> bool {
    fn relevant(track: &Track) -> impl PartialEq {
        (
            (
                &track.id,
                &track.name,
                track.kind,
                track.channels,
                &track.format,
            ),
            (track.color, &track.folder, &track.folder_id, track.muted),
            (
                track.record_enabled,
                track.input_monitoring,
                track.solo_safe,
            ),
            (track.hidden, track.inactive, track.frozen),
        )
    }
    old.len() != new.len()
        || old
            .iter()
            .zip(new)
            .any(|(old, new)| relevant(old) != relevant(new))
}

/// Whether the plan of everything follows the timeline selection.
pub fn follows_selection(state: &State) -> bool {
    match &state.recipe {
        RecipeState::Loaded {
            source: Source::Recipe(recipe),
            ..
        } => recipe.output.range.as_deref() == Some("selection"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_civil() {
        for (ms, expected) in [
            (0, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (1_735_689_599_999, "2024-12-31"),
            (1_735_689_600_000, "2025-01-01"),
            (4_107_542_400_000, "2100-03-01"),
        ] {
            assert_eq!(date(ms), expected);
        }
    }
}

//! The list of stems edited by hand: new ones, names, order, deletion, and saving it. Assignments of
//! tracks lie over it; a recipe file is changed only when it is saved.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::state::{Change, EditedStem, Pane, RecipeState, Severity, StemsBefore};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::model::StemSpec;
use crate::model::link::Fault;
use crate::model::text::{clean, nearest};
use crate::plan::recipe::{Ignore, Recipe};
use crate::plan::{Source, formula};

use super::notices::{self, fault};
use super::{moving, palette, planning, tracks, undo};

impl State {
    fn recipe(&self) -> Option<&Recipe> {
        match &self.recipe {
            RecipeState::Loaded {
                source: Source::Recipe(recipe),
                ..
            } => Some(recipe),
            _ => None,
        }
    }

    /// The stems before anything is assigned by hand, in their order.
    fn stem_list(&self) -> Vec<EditedStem> {
        if let Some(edited) = &self.edited {
            return edited.to_vec();
        }
        let folder = self.session.as_ref().and_then(|s| s.folder.as_ref());
        let stems = match (&self.recipe, self.recipe(), folder) {
            (_, Some(recipe), _) => recipe.stems.as_slice(),
            (
                RecipeState::Loaded {
                    source: Source::Named(stems),
                    ..
                },
                ..,
            ) => stems.as_slice(),
            (RecipeState::Loaded { .. }, ..) => &[],
            (_, _, Some(folder)) => folder.stems.as_slice(),
            _ => &[],
        };
        let edited = |(origin, spec): (usize, &StemSpec)| EditedStem {
            origin: Some(origin),
            spec: spec.clone(),
        };
        stems.iter().enumerate().map(edited).collect()
    }

    /// The stems with what was assigned by hand, and what the recipe still ignores.
    fn wished(&self) -> (Vec<EditedStem>, Ignore) {
        let mut ignore = self
            .recipe()
            .map(|recipe| recipe.ignore.clone())
            .unwrap_or_default();
        let mut stems = self.stem_list();
        self.assign_by_hand(&mut stems, &mut ignore);
        (stems, ignore)
    }

    /// Where the stems come from: the recipe, else the session's own, with what was edited and
    /// assigned by hand put over it.
    pub fn source(&self) -> Source {
        let base = match &self.recipe {
            RecipeState::Loaded { source, .. } => source.clone(),
            RecipeState::FromSession | RecipeState::Broken { .. } => Source::Session,
        };
        if self.assigned.is_empty() && self.edited.is_none() {
            return base;
        }
        let (edited, ignore) = self.wished();
        let placed = edited.iter().map(|stem| (stem.origin, &stem.spec));
        let versions = self.recipe().map(|recipe| formula::follow(recipe, placed));
        let stems: Vec<StemSpec> = edited.into_iter().map(|stem| stem.spec).collect();
        let folder = self.session.as_ref().and_then(|s| s.folder.as_ref());
        let has_own = folder.is_some_and(|folder| !folder.stems.is_empty());
        match base {
            Source::Recipe(mut recipe) => {
                recipe.versions = versions.unwrap_or_default();
                (recipe.stems, recipe.ignore) = (stems, ignore);
                // No longer what the file says; the plan makes its own.
                recipe.hash.clear();
                Source::Recipe(recipe)
            }
            Source::Session if has_own => Source::Recipe(Box::new(Recipe {
                stems,
                ..Recipe::default()
            })),
            // Nothing but what was made by hand: who names three stems wants three stems.
            Source::Session | Source::Named(_) => Source::Named(stems),
            Source::Export(tracks) => Source::Export(tracks),
        }
    }

    /// Takes every assigned track out of all stems but its own. Goes by name, as recipes do.
    fn assign_by_hand(&self, stems: &mut Vec<EditedStem>, ignore: &mut Ignore) {
        let names: HashMap<_, _> = self.tracks().iter().map(|t| (&t.id, &t.name)).collect();
        let assigned: BTreeMap<&String, &String> = self
            .assigned
            .iter()
            .filter_map(|(id, stem)| names.get(id).map(|name| (*name, stem)))
            .collect();
        let selects =
            |stem: &StemSpec| stem.folder.is_some() || stem.regex.is_some() || stem.color.is_some();
        let is_empty = |stem: &StemSpec| !selects(stem) && stem.tracks.is_empty();
        let sounding = self.tracks().iter().filter(|t| t.kind.is_sounding());
        let sounding: HashSet<&str> = sounding.map(|track| track.name.as_str()).collect();
        // Names of folders and patterns among the tracks stand for others.
        let takes_more = |stem: &StemSpec| {
            let mut names = stem.tracks.iter();
            selects(stem) || names.any(|name| !sounding.contains(name.as_str()))
        };
        // One that was made without tracks waits for them.
        let waiting: Vec<String> = stems
            .iter()
            .filter(|stem| is_empty(&stem.spec))
            .map(|stem| stem.spec.name.clone())
            .collect();
        for (track, wanted) in assigned {
            if !stems.iter().any(|stem| stem.spec.name == *wanted) {
                let spec = StemSpec {
                    name: wanted.clone(),
                    ..StemSpec::default()
                };
                stems.push(EditedStem { origin: None, spec });
            }
            ignore.tracks.retain(|name| name != track);
            for stem in stems.iter_mut().map(|stem| &mut stem.spec) {
                if stem.name == *wanted {
                    stem.except.retain(|name| name != track);
                    if !stem.tracks.contains(track) {
                        stem.tracks.push(track.clone());
                    }
                } else {
                    stem.tracks.retain(|name| name != track);
                    if takes_more(stem) && !stem.except.contains(track) {
                        stem.except.push(track.clone());
                    }
                }
            }
        }
        // A stem that named only what stands elsewhere now is gone.
        stems.retain(|stem| {
            let has_source = stem.spec.source.is_some();
            !is_empty(&stem.spec) || has_source || waiting.contains(&stem.spec.name)
        });
    }
}

/// What there is now, to come back to.
pub fn before(state: &State) -> StemsBefore {
    StemsBefore {
        recipe: state.recipe.clone(),
        edited: state.edited.clone(),
        assigned: state.assigned.clone(),
    }
}

/// The stems by name, in their order. Asked for every frame, so the plan answers.
fn names(state: &State) -> Vec<&str> {
    match &state.plan {
        Some(Ok(plan)) => plan.stems.iter().map(|stem| stem.name.as_str()).collect(),
        _ => {
            let edited = state.edited.iter().flat_map(|stems| stems.iter());
            edited.map(|stem| stem.spec.name.as_str()).collect()
        }
    }
}

/// The named stem, or the one under the cursor, with its place.
fn find(state: &State, name: Option<&str>) -> Result<(usize, String), Fault> {
    let usage = |text: String| fault(ErrorKind::Usage, text);
    let stems = names(state);
    let name = match name {
        Some(name) => name.to_owned(),
        None => match planning::cursor_stem(state) {
            Some(stem) => stem.name.clone(),
            None => return Err(usage("there is no stem under the cursor".to_owned())),
        },
    };
    let place = stems.iter().position(|stem| *stem == name);
    place.map(|place| (place, name.clone())).ok_or_else(|| {
        let near =
            nearest(&name, stems.iter().copied()).map(|near| format!("; did you mean '{near}'?"));
        usage(format!(
            "there is no stem '{name}'{}",
            near.unwrap_or_default()
        ))
    })
}

/// Why stems cannot be edited now; `name` as in [`find`].
pub fn refusal(state: &State, name: Option<&str>, step: Option<bool>) -> Option<Fault> {
    let (place, name) = match find(state, name) {
        Ok(found) => found,
        Err(fault) => return Some(fault),
    };
    let last = names(state).len().saturating_sub(1);
    let text = match step {
        Some(false) if place == 0 => format!("'{name}' is the first stem"),
        Some(true) if place == last => format!("'{name}' is the last stem"),
        _ => return None,
    };
    Some(fault(ErrorKind::Usage, text))
}

/// The list, ready to be changed: stems that exist by assignment only stand in it too.
fn list(state: &State) -> Vec<EditedStem> {
    let mut stems = state.stem_list();
    for made in state.wished().0 {
        if !stems.iter().any(|stem| stem.spec.name == made.spec.name) {
            stems.push(EditedStem {
                origin: None,
                spec: StemSpec {
                    name: made.spec.name,
                    ..StemSpec::default()
                },
            });
        }
    }
    stems
}

fn take(state: &mut State, stems: Vec<EditedStem>, before: StemsBefore, out: &mut Vec<Effect>) {
    state.edited = Some(Arc::new(stems));
    undo::remember(state, Change::Stems(Box::new(before)));
    planning::replan(state, out);
}

fn refuse(state: &mut State, fault: Fault) {
    notices::refuse(state, fault.kind, fault.message);
}

/// A name that no other stem has.
fn new_name(state: &State, name: &str) -> Result<String, String> {
    let name = clean(name.trim()).into_owned();
    if name.is_empty() {
        return Err("a stem needs a name".to_owned());
    }
    let taken = state.wished().0.iter().any(|stem| stem.spec.name == name);
    if taken {
        return Err(format!("there is a stem '{name}' already"));
    }
    Ok(name)
}

/// A stem behind the one under the cursor; the selected tracks go into it.
pub fn make(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let name = match new_name(state, name) {
        Ok(name) => name,
        Err(text) => return notices::refuse(state, ErrorKind::Usage, text),
    };
    let before = before(state);
    let mut stems = list(state);
    let at = match find(state, None) {
        Ok((_, under)) if state.ui.focus == Pane::Stems => stems
            .iter()
            .position(|stem| stem.spec.name == under)
            .map_or(stems.len(), |place| place + 1),
        _ => stems.len(),
    };
    let spec = StemSpec {
        name: name.clone(),
        ..StemSpec::default()
    };
    stems.insert(at, EditedStem { origin: None, spec });
    let selected = match state.ui.selected.is_empty() {
        true => Vec::new(),
        false => tracks::targets(state, &[]).unwrap_or_default(),
    };
    let selected = tracks::sounding(state, &selected);
    let count = selected.len();
    for id in selected {
        state.assigned.insert(id, name.clone());
    }
    take(state, stems, before, out);
    to_stem(state, &name);
    let text = match count {
        0 => format!("stem '{name}' has no tracks yet: select some and assign them with s"),
        count => format!("stem '{name}' with {}", notices::count(count, "track")),
    };
    notices::toast(state, Severity::Ok, &text);
}

/// Another name for the stem under the cursor.
pub fn rename(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let old = match find(state, None) {
        Ok((_, old)) => old,
        Err(fault) => return refuse(state, fault),
    };
    if old == name.trim() {
        return;
    }
    let name = match new_name(state, name) {
        Ok(name) => name,
        Err(text) => return notices::refuse(state, ErrorKind::Usage, text),
    };
    let before = before(state);
    let mut stems = list(state);
    for stem in stems.iter_mut().filter(|stem| stem.spec.name == old) {
        stem.spec.name.clone_from(&name);
    }
    for stem in state.assigned.values_mut().filter(|stem| **stem == old) {
        stem.clone_from(&name);
    }
    take(state, stems, before, out);
    to_stem(state, &name);
    if name.contains('"') && names_in_versions(state, &old) {
        let text = format!("the versions still name '{old}': no formula can name '{name}'");
        notices::say(state, Severity::Warning, "recipe", &text);
    }
}

fn names_in_versions(state: &State, name: &str) -> bool {
    let mut versions = state
        .recipe()
        .into_iter()
        .flat_map(|recipe| &recipe.versions);
    versions.any(|version| version.formula.contains(name))
}

/// Lets the name be typed, beginning with the present one.
pub fn ask_name(state: &mut State, out: &mut Vec<Effect>) {
    match find(state, None) {
        Ok((_, name)) => palette::ask(state, &format!("stem-rename {name}"), out),
        Err(fault) => refuse(state, fault),
    }
}

/// One place up or down.
pub fn step(state: &mut State, name: Option<&str>, down: bool, out: &mut Vec<Effect>) {
    let name = match find(state, name) {
        Ok((_, name)) => name,
        Err(fault) => return refuse(state, fault),
    };
    let before = before(state);
    let mut stems = list(state);
    let Some(at) = stems.iter().position(|stem| stem.spec.name == name) else {
        return;
    };
    let to = if down { at + 1 } else { at.wrapping_sub(1) };
    if to >= stems.len() {
        return;
    }
    stems.swap(at, to);
    take(state, stems, before, out);
    to_stem(state, &name);
}

/// Out of the list; what was assigned to it by hand is left to the recipe again.
pub fn delete(state: &mut State, name: Option<&str>, out: &mut Vec<Effect>) {
    let name = match find(state, name) {
        Ok((_, name)) => name,
        Err(fault) => return refuse(state, fault),
    };
    let before = before(state);
    let mut stems = list(state);
    stems.retain(|stem| stem.spec.name != name);
    state.assigned.retain(|_, stem| *stem != name);
    take(state, stems, before, out);
    let text = format!("stem '{name}' deleted: undo brings it back");
    notices::toast(state, Severity::Ok, &text);
}

/// Puts the cursor of the stem pane onto a stem.
fn to_stem(state: &mut State, name: &str) {
    let Some(Ok(plan)) = &state.plan else { return };
    let Some(index) = plan.files().position(|stem| stem.name == name) else {
        return;
    };
    let row = state.shown(Pane::Stems).iter().position(|at| *at == index);
    if let Some(row) = row {
        moving::set_cursor(state, Pane::Stems, row);
    }
}

/// Whether there is something that a recipe file does not say.
pub fn is_edited(state: &State) -> bool {
    state.edited.is_some() || !state.assigned.is_empty()
}

/// The recipe that a save would write.
pub(super) struct Draft {
    pub path: PathBuf,
    pub text: String,
    /// Hash of what is thought to be on the disk; `None` for a file that is not there.
    pub was: Option<String>,
}

/// Makes the text to be saved, without a path that of the loaded recipe.
pub(super) fn draft(state: &State, path: Option<&str>) -> Result<Draft, Fault> {
    let loaded = match &state.recipe {
        RecipeState::Loaded { path, .. } => Some(path.clone()),
        RecipeState::Broken { path, .. } => Some(path.clone()),
        RecipeState::FromSession => None,
    };
    let path = match (path, &loaded) {
        (Some(path), _) => PathBuf::from(path.trim()),
        (None, Some(path)) => path.clone(),
        (None, None) => return Err(fault(ErrorKind::Usage, "a recipe needs a path")),
    };
    let is_own = loaded.as_ref() == Some(&path);
    if let RecipeState::Broken { fault: wrong, .. } = &state.recipe
        && is_own
    {
        let mut refusal = wrong.clone();
        refusal
            .hints
            .push("Correct the file, or save under another name".to_owned());
        return Err(refusal);
    }
    let (stems, ignore) = state.wished();
    if stems.is_empty() {
        return Err(fault(ErrorKind::Recipe, "there is no stem to be saved"));
    }
    let recipe = state.recipe();
    let text = recipe.map_or("", |recipe| &recipe.text);
    let stems: Vec<_> = stems
        .into_iter()
        // Places in a session's own list are none in a file.
        .map(|stem| (stem.origin.filter(|_| recipe.is_some()), stem.spec))
        .collect();
    let name = path.display().to_string();
    let text = crate::plan::rewrite::rewrite(text, &name, &stems, &ignore)?;
    Ok(Draft {
        path,
        text,
        was: recipe.filter(|_| is_own).map(|recipe| recipe.hash.clone()),
    })
}

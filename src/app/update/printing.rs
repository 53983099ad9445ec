//! The print dialog: what would be written, the choices, and the yes that queues a job.

use std::path::PathBuf;

use crate::action::Motion;
use crate::app::state::{
    ClipsState, Overlay, Pane, PrintDialog, PrintField, PrintQuestion, Severity, TextField, Told,
};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::jobs::queue::JobCommand;
use crate::model::link::Fault;
use crate::model::stem::{EngineKind, OnExisting};
use crate::model::text::{clean, nearest};
use crate::model::{Level, Plan};
use crate::plan::{Overrides, Source};

use super::notices::{self, count};
use super::planning;

/// Opens the dialog for the named stems, or those under the cursor.
pub fn open(state: &mut State, names: Vec<String>, out: &mut Vec<Effect>) {
    let only = if names.is_empty() {
        match under_cursor(state) {
            Ok(names) => names,
            Err(text) => return notices::refuse(state, ErrorKind::Usage, text),
        }
    } else {
        names
    };
    if let Some(Ok(plan)) = &state.plan {
        let stems = || plan.stems.iter().map(|stem| stem.name.as_str());
        if let Some(unknown) = only.iter().find(|name| !stems().any(|stem| stem == *name)) {
            let near = nearest(unknown, stems()).map(|near| format!("; did you mean '{near}'?"));
            let text = format!("there is no stem '{unknown}'{}", near.unwrap_or_default());
            return notices::refuse(state, ErrorKind::Usage, text);
        }
    }
    open_with(state, None, only, out);
}

/// Opens the dialog for other stems than those of the stem pane.
pub fn open_source(state: &mut State, source: Source, out: &mut Vec<Effect>) {
    open_with(state, Some(source), Vec::new(), out);
}

/// Opens the dialog for everything that is planned.
pub fn open_all(state: &mut State, out: &mut Vec<Effect>) {
    open_with(state, None, Vec::new(), out);
}

fn open_with(state: &mut State, source: Option<Source>, only: Vec<String>, out: &mut Vec<Effect>) {
    // Clips may have been moved since they were told.
    planning::forget_clips(state);
    state.told = Told::Unasked;
    let overrides = Overrides {
        only,
        ..state.base_overrides()
    };
    let Some(plan) = planning::make(state, source.as_ref(), &overrides, out) else {
        return notices::refuse(state, ErrorKind::NoSession, "no session is open");
    };
    if let Ok(plan) = &plan {
        // What lies there may have changed since the last look.
        planning::survey(state, plan.output.dir.clone(), out);
        planning::inspect(state, plan, out);
    }
    state.ui.overlay = Some(Overlay::Print(Box::new(PrintDialog {
        source,
        overrides,
        undo: Vec::new(),
        redo: Vec::new(),
        question: None,
        agreed: Vec::new(),
        field: 0,
        first: 0,
        editing: None,
        plan,
    })));
}

/// Names of the stems that the cursor stands on, or that the selected tracks are in.
fn under_cursor(state: &State) -> Result<Vec<String>, String> {
    if state.ui.focus == Pane::Stems {
        return match planning::cursor_stem(state) {
            Some(stem) => Ok(vec![stem.name.clone()]),
            None => Err("there is no stem under the cursor".to_owned()),
        };
    }
    let ids = super::tracks::targets(state, &[])?;
    let mut names: Vec<String> = Vec::new();
    for stem in ids.iter().filter_map(|id| state.stem_of.get(id)).flatten() {
        if !names.contains(stem) {
            names.push(stem.clone());
        }
    }
    if names.is_empty() {
        return Err("the track is in no stem: assign it with s".to_owned());
    }
    Ok(names)
}

/// The dialog, when it is open.
pub fn open_dialog(state: &State) -> Option<&PrintDialog> {
    match &state.ui.overlay {
        Some(Overlay::Print(dialog)) => Some(dialog),
        _ => None,
    }
}

/// Makes the dialog's plan anew, when it is open. What was asked about another plan is asked again,
/// and a question that has become idle is withdrawn.
pub fn refresh(state: &mut State, out: &mut Vec<Effect>) {
    let Some(dialog) = open_dialog(state) else {
        return;
    };
    let (source, overrides) = (dialog.source.clone(), dialog.overrides.clone());
    let plan = planning::make(state, source.as_ref(), &overrides, out);
    if let Some(Ok(plan)) = &plan {
        planning::inspect(state, plan, out);
    }
    if let Some(Overlay::Print(dialog)) = &mut state.ui.overlay {
        let plan =
            plan.unwrap_or_else(|| Err(notices::fault(ErrorKind::NoSession, "no session is open")));
        if dialog.plan != plan {
            dialog.plan = plan;
            dialog.question = None;
            dialog.agreed.clear();
        }
    }
    withdraw(state);
}

/// Takes back a question that there is no reason for any more.
fn withdraw(state: &mut State) {
    let needed = match open_dialog(state).map(|dialog| &dialog.plan) {
        Some(Ok(plan)) => questions(state, plan),
        _ => Vec::new(),
    };
    if let Some(Overlay::Print(dialog)) = &mut state.ui.overlay
        && dialog.question.is_some_and(|open| !needed.contains(&open))
    {
        dialog.question = None;
    }
}

/// One choice of the open dialog back, or forward again.
pub fn undo(state: &mut State, redo: bool, out: &mut Vec<Effect>) {
    if let Some(Overlay::Print(dialog)) = &mut state.ui.overlay
        && dialog.step_back(redo)
    {
        refresh(state, out);
    }
}

/// Why no choice can be taken back.
pub fn no_way_back(state: &State, redo: bool) -> Option<Fault> {
    let dialog = open_dialog(state)?;
    let (stack, word) = match redo {
        false => (&dialog.undo, "undo"),
        true => (&dialog.redo, "redo"),
    };
    let text = format!("there is nothing to {word} in this dialog");
    stack
        .is_empty()
        .then(|| notices::fault(ErrorKind::Usage, text))
}

/// Lines that the summary is moved by, and that a finding takes at most before it is not counted on.
const SUMMARY_PAGE: usize = 4;
const FINDING_LINES: usize = 4;

/// Moves between the fields, turns the focused one, or turns the pages of the summary.
pub fn motion(state: &mut State, motion: Motion, out: &mut Vec<Effect>) {
    let leaves = matches!(
        motion,
        Motion::Up | Motion::Down | Motion::Top | Motion::Bottom
    );
    if leaves {
        // What was typed counts, however its field is left.
        accept_text(state, out);
    }
    let Some(Overlay::Print(dialog)) = &mut state.ui.overlay else {
        return;
    };
    if dialog.question.is_some() {
        return;
    }
    match motion {
        Motion::Left | Motion::Right if dialog.editing.is_none() => {
            dialog.choose(motion == Motion::Right);
            refresh(state, out);
        }
        Motion::Left | Motion::Right => {}
        Motion::PageUp | Motion::PageDown | Motion::HalfPageUp | Motion::HalfPageDown => {
            let most = dialog.plan.as_ref().map_or(0, |plan| {
                plan.files().count() + plan.findings.len() * FINDING_LINES
            });
            dialog.first = super::moving::target(motion, dialog.first, most, SUMMARY_PAGE);
        }
        _ => {
            let count = PrintField::ALL.len();
            dialog.field = super::moving::target(motion, dialog.field, count, count);
        }
    }
}

/// Enter: edits a text, turns a choice. It never prints.
pub fn enter(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Overlay::Print(dialog)) = &mut state.ui.overlay else {
        return;
    };
    let field = dialog.focused();
    if dialog.question.is_some() {
        // Only a clear yes answers it.
    } else if field.is_text() {
        dialog.editing = Some(TextField::with(dialog.value(field)));
    } else {
        dialog.choose(true);
        refresh(state, out);
    }
}

/// Takes over the text that was edited; a blank one goes back to the recipe's.
pub fn accept_text(state: &mut State, out: &mut Vec<Effect>) {
    let base = state.base_overrides();
    let Some(Overlay::Print(dialog)) = &mut state.ui.overlay else {
        return;
    };
    let Some(edited) = dialog.editing.take() else {
        return;
    };
    let text = edited.text.trim().to_owned();
    let mut overrides = dialog.overrides.clone();
    match dialog.focused() {
        PrintField::Folder if text.is_empty() => overrides.dir = base.dir,
        PrintField::Folder => overrides.dir = Some(PathBuf::from(text)),
        PrintField::Range => overrides.range = (!text.is_empty()).then_some(text),
        _ => return,
    }
    dialog.change(overrides);
    refresh(state, out);
}

/// Tab in the folder: the names that begin so, one after another; asks for them when they are not
/// known.
pub fn complete(state: &mut State, out: &mut Vec<Effect>) {
    let known = state.ui.names.clone();
    let Some(Overlay::Print(dialog)) = &mut state.ui.overlay else {
        return;
    };
    let is_folder = dialog.focused() == PrintField::Folder;
    let Some(field) = dialog.editing.as_mut().filter(|_| is_folder) else {
        return motion(state, Motion::Down, out);
    };
    let folder = crate::app::complete::folder_of(&field.text);
    match known.filter(|(dir, _)| *dir == folder) {
        None => {
            state.ui.completing = true;
            out.push(Effect::Names(folder));
        }
        Some((_, names)) => {
            let Some((path, fitting)) = crate::app::complete::folder_like(&field.text, &names)
            else {
                return notices::toast(state, Severity::Info, "no folder begins so");
            };
            let is_stuck = path == field.text;
            *field = TextField::with(path);
            if is_stuck && fitting.len() > 1 {
                let text = fitting.join("  ");
                notices::toast(state, Severity::Info, &text);
            }
        }
    }
}

/// The names of a folder have come: goes on with the Tab that asked for them.
pub fn names_came(state: &mut State, out: &mut Vec<Effect>) {
    if std::mem::take(&mut state.ui.completing)
        && open_dialog(state).is_some_and(|dialog| dialog.editing.is_some())
    {
        complete(state, out);
    }
}

/// What Pro Tools is being asked before this print and has not answered yet, as a clause.
pub fn asking(state: &State, plan: &Plan) -> Option<&'static str> {
    match plan.engine {
        EngineKind::Bounce => (state.told == Told::Asked)
            .then_some("Pro Tools is being asked about offline files and muted clips"),
        EngineKind::Render => {
            (state.clips == ClipsState::Asked).then_some("Pro Tools is being asked about its clips")
        }
    }
}

/// What has to be agreed to before this print.
fn questions(state: &State, plan: &Plan) -> Vec<PrintQuestion> {
    let refused = plan.engine == EngineKind::Bounce && matches!(state.told, Told::Refused(_));
    let unanswered = refused || asking(state, plan).is_some();
    let survey = state.surveys.get(&plan.output.dir);
    let unknown = survey.is_none_or(|survey| !survey.answered);
    let replaces = plan.output.on_existing == OnExisting::Replace;
    let there = |file: &str| {
        let existing = survey.iter().flat_map(|survey| &survey.existing);
        existing
            .into_iter()
            .any(|name| name.to_lowercase() == file.to_lowercase())
    };
    let count = plan.written().filter(|file| there(file)).count();
    let mut questions = Vec::new();
    if unanswered || (replaces && unknown) {
        questions.push(PrintQuestion::Unanswered);
    }
    if replaces && count > 0 {
        questions.push(PrintQuestion::Replace(count));
    }
    questions
}

/// Why the dialog's plan cannot be carried out now.
pub fn obstacle(state: &State, dialog: &PrintDialog) -> Option<Fault> {
    let plan = match &dialog.plan {
        Ok(plan) => plan,
        Err(fault) => return Some(fault.clone()),
    };
    let worst = plan.findings.iter().find(|f| f.level == Level::Error);
    if let Some(finding) = worst {
        let mut fault = notices::fault(ErrorKind::Recipe, finding.text.clone());
        if !finding.fix.is_empty() {
            fault.hints.push(finding.fix.clone());
        }
        return Some(fault);
    }
    if plan.files().next().is_none() {
        return Some(notices::fault(
            ErrorKind::Recipe,
            "there is nothing to print",
        ));
    }
    if plan.engine == EngineKind::Bounce {
        return super::available::not_linked(state);
    }
    None
}

/// The yes of the dialog: queues the job.
pub fn submit(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Overlay::Print(dialog)) = &state.ui.overlay else {
        return;
    };
    if dialog.editing.is_some() {
        accept_text(state, out);
        return;
    }
    if let Some(fault) = obstacle(state, dialog) {
        notices::refuse(state, fault.kind, fault.message.clone());
        state.ui.last_fault = Some(fault);
        return;
    }
    let needed = match &dialog.plan {
        Ok(plan) => questions(state, plan),
        Err(_) => Vec::new(),
    };
    if let Some(Overlay::Print(dialog)) = &mut state.ui.overlay {
        dialog.agreed.extend(dialog.question.take());
        let open = needed.into_iter().find(|q| !dialog.agreed.contains(q));
        if open.is_some() {
            dialog.question = open;
            return;
        }
    }
    if let Some(Overlay::Print(dialog)) = state.ui.overlay.take()
        && let Ok(plan) = dialog.plan
    {
        out.push(Effect::Job(JobCommand::Submit {
            title: title(&plan),
            plan: Box::new(plan),
        }));
    }
}

/// What a job is called: its stems, or how many.
pub fn title(plan: &Plan) -> String {
    let names: Vec<&str> = plan.files().map(|stem| stem.name.as_str()).collect();
    if names.len() <= 3 {
        return clean(&names.join(", ")).into_owned();
    }
    let session = clean(&plan.session);
    format!("{} of {session}", count(names.len(), "file"))
}

//! The print dialog: what would be written, the choices, and the yes that queues a job.

use std::path::PathBuf;

use crate::action::Motion;
use crate::app::state::{Overlay, Pane, PrintDialog, PrintField, TextField, Told};
use crate::app::{Effect, State};
use crate::error::ErrorKind;
use crate::jobs::queue::JobCommand;
use crate::model::link::Fault;
use crate::model::stem::{BitDepth, EngineKind, FileFormat, OnExisting};
use crate::model::text::{clean, nearest};
use crate::model::{Level, Plan};
use crate::plan::Overrides;

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
    open_with(state, only, out);
}

/// Opens the dialog for everything that is planned.
pub fn open_all(state: &mut State, out: &mut Vec<Effect>) {
    open_with(state, Vec::new(), out);
}

fn open_with(state: &mut State, only: Vec<String>, out: &mut Vec<Effect>) {
    // Clips may have been moved since they were told.
    planning::forget_clips(state);
    state.told = Told::Unasked;
    let overrides = Overrides {
        only,
        ..state.base_overrides()
    };
    let Some(plan) = planning::make(state, &overrides, out) else {
        return notices::refuse(state, ErrorKind::NoSession, "no session is open");
    };
    if let Ok(plan) = &plan {
        // What lies there may have changed since the last look.
        planning::survey(state, plan.output.dir.clone(), out);
        planning::inspect(state, plan, out);
    }
    state.ui.overlay = Some(Overlay::Print(Box::new(PrintDialog {
        overrides,
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

/// Makes the dialog's plan anew, when it is open.
pub fn refresh(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Overlay::Print(dialog)) = &state.ui.overlay else {
        return;
    };
    let overrides = dialog.overrides.clone();
    let plan = planning::make(state, &overrides, out);
    if let Some(Ok(plan)) = &plan {
        planning::inspect(state, plan, out);
    }
    if let Some(Overlay::Print(dialog)) = &mut state.ui.overlay {
        dialog.plan =
            plan.unwrap_or_else(|| Err(notices::fault(ErrorKind::NoSession, "no session is open")));
    }
}

impl PrintDialog {
    /// The field that has the focus.
    pub fn focused(&self) -> PrintField {
        let last = PrintField::Mix;
        PrintField::ALL.get(self.field).copied().unwrap_or(last)
    }

    /// The value of a field as shown, raw.
    pub fn value(&self, field: PrintField) -> String {
        let plan = self.plan.as_ref().ok();
        match field {
            PrintField::Folder => {
                let dir = self.overrides.dir.as_ref();
                let dir = dir.or_else(|| plan.map(|plan| &plan.output.dir));
                dir.map(|dir| dir.display().to_string()).unwrap_or_default()
            }
            PrintField::Engine => match (self.overrides.engine, plan) {
                (Some(engine), _) => engine.word().to_owned(),
                (None, Some(plan)) => format!("auto ({})", plan.engine.word()),
                (None, None) => "auto".to_owned(),
            },
            PrintField::Format => self.format().extension().to_owned(),
            PrintField::Bits => match self.bits() {
                BitDepth::Float32 => "32 float".to_owned(),
                depth => depth.bits().to_string(),
            },
            PrintField::Range => match &self.overrides.range {
                Some(range) => range.clone(),
                None => plan.map(range_text).unwrap_or_default(),
            },
            PrintField::OnExisting => match self.on_existing() {
                OnExisting::Refuse => "refuse",
                OnExisting::Version => "version",
                OnExisting::Replace => "replace",
            }
            .to_owned(),
            PrintField::Mix => if self.mix() { "yes" } else { "no" }.to_owned(),
            PrintField::Orphans => match self.overrides.allow_orphans {
                true => "allow",
                false => "refuse",
            }
            .to_owned(),
        }
    }

    fn format(&self) -> FileFormat {
        let planned = self.plan.as_ref().map(|plan| plan.output.format);
        self.overrides.format.or(planned.ok()).unwrap_or_default()
    }

    fn bits(&self) -> BitDepth {
        let planned = self.plan.as_ref().map(|plan| plan.output.bits);
        self.overrides.bits.or(planned.ok()).unwrap_or_default()
    }

    fn on_existing(&self) -> OnExisting {
        let planned = self.plan.as_ref().map(|plan| plan.output.on_existing);
        self.overrides
            .on_existing
            .or(planned.ok())
            .unwrap_or_default()
    }

    fn mix(&self) -> bool {
        let planned = self.plan.as_ref().is_ok_and(|plan| plan.mix.is_some());
        self.overrides.mix.unwrap_or(planned)
    }

    /// Chooses the next (or previous) value of the focused field.
    fn choose(&mut self, forward: bool) {
        let overrides = &self.overrides;
        let turned = match self.focused() {
            PrintField::Engine => {
                let all = [None, Some(EngineKind::Render), Some(EngineKind::Bounce)];
                let engine = turn(&all, overrides.engine, forward);
                Overrides {
                    engine,
                    ..overrides.clone()
                }
            }
            PrintField::Format => {
                let all = [FileFormat::Wav, FileFormat::Aiff, FileFormat::Flac];
                let format = Some(turn(&all, self.format(), forward));
                Overrides {
                    format,
                    ..overrides.clone()
                }
            }
            PrintField::Bits => {
                let all = [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32];
                let bits = Some(turn(&all, self.bits(), forward));
                Overrides {
                    bits,
                    ..overrides.clone()
                }
            }
            PrintField::OnExisting => {
                let all = [OnExisting::Refuse, OnExisting::Version, OnExisting::Replace];
                let on_existing = Some(turn(&all, self.on_existing(), forward));
                Overrides {
                    on_existing,
                    ..overrides.clone()
                }
            }
            PrintField::Mix => Overrides {
                mix: Some(!self.mix()),
                ..overrides.clone()
            },
            PrintField::Orphans => Overrides {
                allow_orphans: !overrides.allow_orphans,
                ..overrides.clone()
            },
            PrintField::Folder | PrintField::Range => return,
        };
        self.overrides = turned;
    }
}

fn range_text(plan: &Plan) -> String {
    let timecode = |sample| plan.ruler.timecode_at(sample).to_string();
    format!(
        "{}..{}",
        timecode(plan.range.start),
        timecode(plan.range.end)
    )
}

fn turn<T: PartialEq + Copy>(all: &[T], now: T, forward: bool) -> T {
    let at = all.iter().position(|value| *value == now).unwrap_or(0);
    let step = if forward {
        1
    } else {
        all.len().saturating_sub(1)
    };
    all.get((at + step) % all.len().max(1))
        .copied()
        .unwrap_or(now)
}

/// Lines that the summary is moved by, and that a finding takes at most before it is not counted on.
const SUMMARY_PAGE: usize = 4;
const FINDING_LINES: usize = 4;

/// Moves between the fields, turns the focused one, or turns the pages of the summary.
pub fn motion(state: &mut State, motion: Motion, out: &mut Vec<Effect>) {
    let Some(Overlay::Print(dialog)) = &mut state.ui.overlay else {
        return;
    };
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
            dialog.editing = None;
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
    if field.is_text() {
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
    match dialog.focused() {
        PrintField::Folder if text.is_empty() => dialog.overrides.dir = base.dir,
        PrintField::Folder => dialog.overrides.dir = Some(PathBuf::from(text)),
        PrintField::Range => dialog.overrides.range = (!text.is_empty()).then_some(text),
        _ => return,
    }
    refresh(state, out);
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

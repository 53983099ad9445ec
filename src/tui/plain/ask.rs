//! Dialogs as questions with numbered answers.

use super::{Choice, Talk, spoken};
use crate::action::{Action, Motion};
use crate::app::choices::{AssignChoice, assign_choices};
use crate::app::state::{Overlay, PrintDialog, PrintField};
use crate::app::update::{Input, printing};
use crate::app::{Msg, State};
use crate::model::{Level, Plan};
use crate::tui::style::Look;
use crate::tui::view::Scene;
use crate::tui::words;

impl Talk {
    /// Asks what is open, if that has changed; what only shows something is told and closed.
    pub(super) fn ask(&mut self, state: &State) -> (Vec<String>, Option<Msg>) {
        let open = state.ui.overlay.clone();
        if self.asked != open {
            let before = std::mem::replace(&mut self.asked, open.clone());
            let Some(open) = open else {
                self.choices.clear();
                return (Vec::new(), None);
            };
            return self.overlay(state, &open, before);
        }
        let asks_filter = open.is_none() && state.ui.filtering;
        if asks_filter && !self.asked_filter {
            self.asked_filter = true;
            return (
                vec!["Type what to look for; an empty line ends it.".into()],
                None,
            );
        }
        self.asked_filter = asks_filter;
        (Vec::new(), None)
    }

    fn overlay(
        &mut self,
        state: &State,
        open: &Overlay,
        before: Option<Overlay>,
    ) -> (Vec<String>, Option<Msg>) {
        let close = Some(Msg::Action(Action::Back));
        match open {
            Overlay::Confirm {
                question, details, ..
            } => {
                let mut lines = vec![spoken::sentence(question)];
                lines.extend(details.iter().map(|detail| spoken::sentence(detail)));
                let answers = vec![
                    ("yes".to_owned(), Choice::act(Action::Confirm)),
                    ("no".to_owned(), Choice::act(Action::Back)),
                ];
                let answers = self.offer("Type a number:".to_owned(), answers);
                (lines.into_iter().chain(answers).collect(), None)
            }
            Overlay::Print(dialog) => {
                let before = match before {
                    Some(Overlay::Print(before)) => Some(before),
                    _ => None,
                };
                // After a question nobody remembers the dialog's numbers.
                let before = before.filter(|before| before.question.is_none());
                (self.print(state, dialog, before.as_deref()), None)
            }
            Overlay::Assign { .. } => (self.assign(state), None),
            Overlay::Palette { input, .. } if !input.text.trim().is_empty() => {
                let name = input.text.split_whitespace().next().unwrap_or_default();
                let line = format!(
                    "{name} asks for more: type it in one line, {name} and what it is about."
                );
                (vec![line], close)
            }
            Overlay::Help { .. } | Overlay::Palette { .. } => (self.actions(state, ""), close),
            Overlay::Inspector { .. } => {
                let look = Look::bare();
                let scene = Scene {
                    state,
                    look: &look,
                    keymap: &state.keymap,
                };
                let facts = crate::tui::panes::inspector::facts(&scene).into_iter();
                let lines = facts.map(|(name, value)| spoken::sentence(&format!("{name} {value}")));
                (lines.collect(), close)
            }
            Overlay::Fault(fault) => {
                let texts = std::iter::once(&fault.message).chain(&fault.hints);
                (texts.map(|text| spoken::sentence(text)).collect(), close)
            }
            Overlay::Pick(pick) => (self.pick(state, pick), None),
            Overlay::Console(_) => self.console(state, before.as_ref()),
        }
    }

    /// The print dialog whole, or what a change of it has come to.
    fn print(
        &mut self,
        state: &State,
        dialog: &PrintDialog,
        before: Option<&PrintDialog>,
    ) -> Vec<String> {
        if let Some(open) = dialog.question {
            let (question, detail) = open.text();
            let answers = vec![
                ("yes".to_owned(), Choice::act(Action::Confirm)),
                ("no".to_owned(), Choice::act(Action::Back)),
            ];
            let mut lines = vec![spoken::sentence(&question), spoken::sentence(detail)];
            lines.extend(self.offer("Type a number:".to_owned(), answers));
            return lines;
        }
        if dialog.editing.is_some() {
            let field = PrintField::ALL.get(dialog.field).copied();
            let name = field.map_or("value", PrintField::label);
            return vec![format!(
                "Type the {name}; an empty line takes the usual one."
            )];
        }
        let mut lines = match &dialog.plan {
            Ok(plan) => summary(plan),
            Err(fault) => {
                let texts = std::iter::once(&fault.message).chain(&fault.hints);
                texts.map(|text| spoken::sentence(text)).collect()
            }
        };
        let mut entries = vec![("print".to_owned(), Choice::act(Action::Confirm))];
        for (index, field) in PrintField::ALL.into_iter().enumerate() {
            let mut messages = to_field(dialog.field, index);
            messages.push(Msg::Input(Input::Submit));
            let text = format!("{}: {}", field.label(), spoken::line(&dialog.value(field)));
            entries.push((text, Choice::Send(messages)));
        }
        let markers = "the range from one marker to another".to_owned();
        entries.push((markers, Choice::act(Action::Markers)));
        entries.push(("cancel".to_owned(), Choice::act(Action::Back)));
        let Some(before) = before else {
            let plan = dialog.plan.as_ref().ok();
            let asking = plan.and_then(|plan| printing::asking(state, plan));
            lines.extend(asking.map(spoken::sentence));
            lines.extend(self.offer("Type a number:".to_owned(), entries));
            return lines;
        };
        // The numbers stay what they were: only what a change has changed is said again.
        let values = |dialog: &PrintDialog| PrintField::ALL.map(|field| dialog.value(field));
        let (now, then) = (values(dialog), values(before));
        let changed: Vec<String> = entries
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                let field = index.checked_sub(1);
                field.is_some_and(|at| now.get(at) != then.get(at))
            })
            .map(|(index, (text, _))| format!("{}: {text}", index + 1))
            .collect();
        let same_plan = summary_of(before) == summary_of(dialog);
        let _ = self.offer(String::new(), entries);
        if same_plan {
            lines.clear();
        }
        lines.extend(changed);
        lines
    }

    fn assign(&mut self, state: &State) -> Vec<String> {
        let choices = assign_choices(state, "");
        let mut entries = Vec::new();
        for (index, choice) in choices.into_iter().enumerate() {
            let (text, messages) = match choice {
                AssignChoice::Stem(name) | AssignChoice::New(name) => {
                    (spoken::line(&name), take_stem(name))
                }
                AssignChoice::ByRecipe => {
                    let down = Msg::Action(Action::Move(Motion::Down));
                    let mut messages = vec![down; index];
                    messages.push(Msg::Input(Input::Submit));
                    ("as the recipe says".to_owned(), messages)
                }
            };
            entries.push((text, Choice::Send(messages)));
        }
        entries.push(("no change".to_owned(), Choice::act(Action::Back)));
        let heading = "Into which stem? Type a number, or the name of a new one:";
        self.offer(heading.to_owned(), entries)
    }
}

/// Closes the choice and assigns by name.
pub(super) fn take_stem(name: String) -> Vec<Msg> {
    vec![
        Msg::Action(Action::Back),
        Msg::Action(Action::Assign(Some(name))),
    ]
}

/// The steps from one field of the dialog to another.
fn to_field(from: usize, to: usize) -> Vec<Msg> {
    let motion = if to > from { Motion::Down } else { Motion::Up };
    vec![Msg::Action(Action::Move(motion)); to.abs_diff(from)]
}

fn summary_of(dialog: &PrintDialog) -> Vec<String> {
    match &dialog.plan {
        Ok(plan) => summary(plan),
        Err(fault) => vec![fault.message.clone()],
    }
}

/// What would be printed, and what there is to say against it.
fn summary(plan: &Plan) -> Vec<String> {
    let needed = plan.bytes.saturating_add(plan.scratch_bytes);
    let mut lines = vec![format!(
        "Print {} into {}, {} each, {}, with the engine {}.",
        words::count(plan.files().count(), "file"),
        spoken::line(&plan.output.dir.display().to_string()),
        spoken::duration(plan.seconds),
        words::bytes(needed),
        plan.engine.word(),
    )];
    for stem in plan.files() {
        let tracks = words::count(stem.tracks.len(), "track");
        lines.push(spoken::sentence(&format!(
            "{}, {tracks}, file {}",
            stem.name,
            stem.files_text()
        )));
    }
    let mut findings: Vec<_> = plan.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    for finding in findings {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => continue,
        };
        let fix = if finding.fix.is_empty() {
            String::new()
        } else {
            format!(": {}", finding.fix)
        };
        lines.push(spoken::sentence(&format!("{level}: {}{fix}", finding.text)));
    }
    lines
}

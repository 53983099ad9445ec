//! The print dialog as data: its choices, its plan, and what it still asks. `update::printing` acts.

use crate::app::state::TextField;
use crate::model::Plan;
use crate::model::link::Fault;
use crate::model::stem::{BitDepth, EngineKind, FileFormat, OnExisting};
use crate::plan::{self, Overrides, Source};

/// The print dialog: what would be written, and the choices that change it.
#[derive(Debug, Clone, PartialEq)]
pub struct PrintDialog {
    /// Other stems than those of the stem pane.
    pub source: Option<Source>,
    pub overrides: Overrides,
    /// Choices that were there before, the newest last; and those that were undone.
    pub undo: Vec<Overrides>,
    pub redo: Vec<Overrides>,
    /// What a yes is asked for now.
    pub question: Option<PrintQuestion>,
    /// What has been answered with yes.
    pub agreed: Vec<PrintQuestion>,
    /// The field that has the focus, an index into [`PrintField::ALL`].
    pub field: usize,
    /// Line of the summary that is shown first, as far as there are more than fit.
    pub first: usize,
    /// Being edited, when it is a text.
    pub editing: Option<TextField>,
    /// Made anew with every change; the error when nothing can be planned.
    pub plan: Result<Plan, Fault>,
}

/// What is asked before a print begins, beside the dialog itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintQuestion {
    /// Pro Tools has not told yet what a print should know.
    Unanswered,
    /// So many files are there already and would be replaced.
    Replace(usize),
}

impl PrintQuestion {
    /// The question and what stands behind it.
    pub fn text(self) -> (String, &'static str) {
        match self {
            Self::Unanswered => (
                "Print although Pro Tools has not answered yet?".to_owned(),
                "Offline files, muted clips and files in the folder are not known yet.",
            ),
            Self::Replace(1) => (
                "Replace 1 file?".to_owned(),
                "The old file is gone when the new one is whole.",
            ),
            Self::Replace(files) => (
                format!("Replace {files} files?"),
                "Each old file is gone when the new one is whole.",
            ),
        }
    }
}

/// The choices of the print dialog, in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintField {
    /// Text.
    Folder,
    Engine,
    Format,
    Bits,
    /// Of the files, in Hz.
    Rate,
    /// A file for each channel.
    Split,
    /// Text, in the recipe's words.
    Range,
    OnExisting,
    /// Also write the mix.
    Mix,
    /// Whether tracks in no stem keep a recipe from being printed.
    Orphans,
}

impl PrintField {
    pub const ALL: [Self; 10] = [
        Self::Folder,
        Self::Engine,
        Self::Format,
        Self::Bits,
        Self::Rate,
        Self::Split,
        Self::Range,
        Self::OnExisting,
        Self::Mix,
        Self::Orphans,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Engine => "engine",
            Self::Format => "format",
            Self::Bits => "bits",
            Self::Rate => "sample rate",
            Self::Split => "split",
            Self::Range => "range",
            Self::OnExisting => "existing files",
            Self::Mix => "mix too",
            Self::Orphans => "orphans",
        }
    }

    /// Typed, not chosen.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Folder | Self::Range)
    }
}

impl PrintDialog {
    /// Takes other choices; the ones before can be undone.
    pub fn change(&mut self, overrides: Overrides) {
        if self.overrides == overrides {
            return;
        }
        self.redo.clear();
        self.undo
            .push(std::mem::replace(&mut self.overrides, overrides));
    }

    /// The choices before, or those that were undone; `false` when there are none.
    pub fn step_back(&mut self, redo: bool) -> bool {
        let (from, to) = match redo {
            false => (&mut self.undo, &mut self.redo),
            true => (&mut self.redo, &mut self.undo),
        };
        let Some(overrides) = from.pop() else {
            return false;
        };
        to.push(std::mem::replace(&mut self.overrides, overrides));
        true
    }

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
            PrintField::Rate => match (self.rate(), plan) {
                (Some(rate), Some(plan)) if rate == plan.sample_rate => {
                    format!("{rate} Hz (session)")
                }
                (Some(rate), _) => format!("{rate} Hz"),
                (None, _) => "session".to_owned(),
            },
            PrintField::Split => match self.split() {
                true => "one file a channel",
                false => "no",
            }
            .to_owned(),
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

    /// Hz; `None` is the session's, where that is not known.
    fn rate(&self) -> Option<u32> {
        let planned = self.plan.as_ref().map(|plan| plan.output.rate);
        planned.ok().or(self.overrides.rate)
    }

    /// Rates that files can have: the session's first where it is a rare one.
    fn rates(&self) -> Vec<Option<u32>> {
        let session = self.plan.as_ref().map(|plan| plan.sample_rate);
        let rare = session.ok().filter(|rate| !plan::RATES.contains(rate));
        let rates = rare.into_iter().chain(plan::RATES);
        rates.map(Some).collect()
    }

    fn split(&self) -> bool {
        let is_split = |plan: &Plan| plan.files().any(|file| !file.more_files.is_empty());
        let planned = self.plan.as_ref().is_ok_and(is_split);
        self.overrides.split.unwrap_or(planned)
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
    pub fn choose(&mut self, forward: bool) {
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
            PrintField::Rate => Overrides {
                rate: turn(&self.rates(), self.rate(), forward),
                ..overrides.clone()
            },
            PrintField::Split => Overrides {
                split: Some(!self.split()),
                ..overrides.clone()
            },
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
            PrintField::Range => {
                // What was typed or picked is left for the recipe's.
                let all = [None, Some("session"), Some("selection")];
                let range = turn(&all, overrides.range.as_deref(), forward);
                Overrides {
                    range: range.map(str::to_owned),
                    ..overrides.clone()
                }
            }
            PrintField::Folder => return,
        };
        self.change(turned);
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

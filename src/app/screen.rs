//! What belongs to the person in front of the screen: focus, cursors, filters, what lies over the
//! panes, messages and the log.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;

use crate::action::{Action, LogLevel};
use crate::model::JobId;
use crate::model::link::Fault;
use crate::model::track::TrackId;

use super::dialog::PrintDialog;
use super::lists::{Cursor, Pane, Sort};
use super::picking::{Call, Console, Pick};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Ok,
    Warning,
    Error,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A line of the log pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub unix_ms: u64,
    pub severity: Severity,
    /// Short name of the part that speaks: `link`, `plan`, `job 3`.
    pub source: String,
    pub text: String,
}

/// The message line above the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub severity: Severity,
    pub text: String,
    pub until_us: u64,
}

/// A line of text being typed. `cursor` counts characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextField {
    pub text: String,
    pub cursor: usize,
}

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Keys, with a search text and scroll position.
    Help { search: TextField, row: usize },
    /// The `:` palette.
    Palette { input: TextField, row: usize },
    /// A question whose yes is an action.
    Confirm {
        question: String,
        details: Vec<String>,
        action: Box<Action>,
    },
    /// The print dialog.
    Print(Box<PrintDialog>),
    /// Which stem to assign the selection to.
    Assign {
        input: TextField,
        row: usize,
        /// A name is being typed: letters pick no more.
        naming: bool,
    },
    /// A list to pick from: markers or snapshots.
    Pick(Box<Pick>),
    /// Commands typed by hand.
    Console(Console),
    /// Details of the row under the cursor, from this line on. The view holds it to what there is.
    Inspector { first: usize },
    /// The last error with its hints.
    Fault(Fault),
}

/// What belongs to the person in front of the screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UiState {
    pub focus: Pane,
    pub zoomed: bool,
    pub show_hidden: bool,
    pub cursors: HashMap<Pane, Cursor>,
    /// Rows that fit into each pane, told by the view, for paging.
    pub page_rows: HashMap<Pane, usize>,
    pub selected: BTreeSet<TrackId>,
    /// Start of a range selection in the track table, while one is being made.
    pub range_anchor: Option<usize>,
    /// What was selected before the range selection.
    pub range_base: BTreeSet<TrackId>,
    pub folded: BTreeSet<TrackId>,
    /// The filter of each pane; being typed when `filtering`.
    pub filters: HashMap<Pane, TextField>,
    pub filtering: bool,
    /// The order of each pane, where it is not the one that the pane starts with.
    pub sorts: HashMap<Pane, Sort>,
    /// Column of the matrix that the cursor is in.
    pub matrix_column: usize,
    /// What the log pane leaves out.
    pub log_level: LogLevel,
    pub overlay: Option<Overlay>,
    /// The job and the number of the worst place that is looked at.
    pub place: Option<(JobId, usize)>,
    pub toast: Option<Toast>,
    pub last_fault: Option<Fault>,
    /// Keys typed of an unfinished sequence, for the footer.
    pub pending_keys: String,
    /// Whether to show what can follow them.
    pub which: bool,
    pub interrupted_us: Option<u64>,
    /// Whether the program takes the mouse, when that was changed since it began.
    pub mouse: Option<bool>,
    /// What was run from the palette, the newest last.
    pub history: Vec<String>,
    /// Commands sent by hand and what came of them, the newest last.
    pub calls: VecDeque<Call>,
    /// The one of them that stands in the palette.
    pub recalled: Option<usize>,
    /// The names in the folder that a path was last completed in; folders end with a slash.
    pub names: Option<(PathBuf, Vec<String>)>,
    /// Names of the PTSL commands that `call` takes.
    pub commands: Vec<String>,
    /// The user's own themes.
    pub themes: Vec<String>,
    /// What help was opened over.
    pub behind: Option<Box<Overlay>>,
    /// A Tab waits for those names.
    pub completing: bool,
}

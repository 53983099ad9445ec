//! The pure update: a message and a moment change the state and ask for effects. One file a concern;
//! nothing here reads a clock, a file or the network.

pub mod available;

use std::path::PathBuf;

use crate::action::Action;
use crate::app::effect::Effect;
use crate::app::state::{FileEntry, LogLine, Pane, State};
use crate::model::link::Fault;
use crate::model::{Finding, JobEvent, JobId, LinkEvent, Now};
use crate::plan::Source;

/// What happened.
#[derive(Debug, Clone)]
pub enum Msg {
    Action(Action),
    /// An action that has been confirmed already: no questions.
    Confirmed(Action),
    /// Text for the field that is being typed in (filter, palette, dialog).
    Input(Input),
    Link(LinkEvent),
    Job(JobEvent),
    Files {
        dir: PathBuf,
        entries: Result<Vec<FileEntry>, Fault>,
    },
    Surveyed {
        dir: PathBuf,
        free_bytes: Option<u64>,
        existing: Vec<String>,
    },
    RecipeLoaded {
        path: PathBuf,
        source: Result<Box<Source>, Fault>,
    },
    /// What was odd about the session's folder.
    Findings(Vec<Finding>),
    Leases(Vec<(JobId, String)>),
    Rescued(Result<Vec<String>, Fault>),
    Log(LogLine),
    /// The view tells how many rows fit.
    PageRows(Pane, usize),
    /// A click: the pane takes the focus, its cursor goes to the row (counted from the pane's
    /// first row, beyond the end means the last).
    Point(Pane, usize),
    /// Keys of an unfinished sequence.
    PendingKeys(String),
    /// Time has passed: toasts end, countdowns count.
    Tick,
}

/// An edit of the text field that has the focus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Typed or pasted; line breaks become blanks.
    Insert(String),
    Backspace,
    Delete,
    Left,
    Right,
    Home,
    End,
    DeleteWord,
    Clear,
    Submit,
}

/// Changes the state and returns what is to be done. Synchronous, below a millisecond.
pub fn update(_state: &mut State, _msg: Msg, _now: Now) -> Vec<Effect> {
    Vec::new()
}

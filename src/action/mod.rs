//! Every action once: its name, arguments and description. Keys, the `:` palette, the command line
//! (`pt-stem do`) and REST all speak this language; `app::update` is the only place that acts.

mod parse;
mod show;
mod work;

use serde::{Deserialize, Serialize};

use crate::model::track::TrackFlag;

/// What a flag should become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    On,
    Off,
    Toggle,
}

/// Where a movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Motion {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    Top,
    Bottom,
}

/// In which order a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortKey {
    /// As the session, the plan, the queue or the folder has them.
    Order,
    Name,
    Type,
    Stem,
    Size,
    Time,
    Number,
    State,
}

impl SortKey {
    pub const ALL: [Self; 8] = [
        Self::Order,
        Self::Name,
        Self::Type,
        Self::Stem,
        Self::Size,
        Self::Time,
        Self::Number,
        Self::State,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Name => "name",
            Self::Type => "type",
            Self::Stem => "stem",
            Self::Size => "size",
            Self::Time => "time",
            Self::Number => "number",
            Self::State => "state",
        }
    }
}

/// What is done with a snapshot of solo and mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotVerb {
    Store,
    /// Sets the session to it.
    Recall,
    /// Its audible tracks as one stem.
    Print,
    Delete,
}

impl SnapshotVerb {
    pub fn action_name(self) -> &'static str {
        match self {
            Self::Store => "snapshot-store",
            Self::Recall => "snapshot-recall",
            Self::Print => "snapshot-print",
            Self::Delete => "snapshot-delete",
        }
    }
}

/// How bad a line of the log is at least, to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    #[default]
    All,
    Warnings,
    Errors,
}

impl LogLevel {
    pub const ALL: [Self; 3] = [Self::All, Self::Warnings, Self::Errors];

    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Warnings => "warnings",
            Self::Errors => "errors",
        }
    }
}

/// Something that a user can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    Move(Motion),
    NextPane,
    PreviousPane,
    /// Pane by number, from 1.
    Pane(u8),
    /// Fold or unfold, open details, go to the marker or place; in a dialog: the default choice.
    Open,
    /// One step out: input, filter, overlay, selection. Never quits.
    Back,
    /// Yes to the question that is open.
    Confirm,

    TogglePlay,
    Play,
    Stop,
    Record,
    /// To a timecode, a sample or a marker name; empty is the session start.
    Locate(String),
    /// The list of markers; in the print dialog, to pick its range.
    Markers,
    /// The timeline selection from one marker to another, by name or number.
    SelectMarkers {
        from: String,
        to: String,
    },

    SelectRow,
    SelectRange,
    SelectInvert,

    /// Switches of the named tracks; of the selection or the cursor row when none is named.
    Flag {
        flag: TrackFlag,
        tracks: Vec<String>,
        switch: Switch,
    },
    /// Puts the selection into a stem; `None` asks which.
    Assign(Option<String>),
    /// A stem of that name, with the selected tracks in it; `None` asks for the name.
    StemNew(Option<String>),
    /// Another name for the stem under the cursor; `None` asks for it.
    StemRename(Option<String>),
    /// One place up or down; the stem under the cursor when `None`.
    StemMove {
        stem: Option<String>,
        down: bool,
    },
    StemDelete(Option<String>),
    /// Writes the stems into their recipe file, or into another one.
    RecipeSave(Option<String>),

    /// Opens the print dialog for the stems under the cursor, or the named ones.
    Print(Vec<String>),
    PrintAll,
    /// Job under the cursor when `None`.
    Cancel(Option<u32>),
    Pause(Option<u32>),
    Retry(Option<u32>),
    /// Every job that waits or runs.
    CancelAll,
    /// A waiting job one place up or down.
    JobMove {
        job: Option<u32>,
        down: bool,
    },
    /// Takes an ended job off the list; its files stay.
    Remove(Option<u32>),
    /// Takes the stems from a recipe file.
    Recipe(String),

    Filter,
    NextMatch,
    PreviousMatch,
    /// Sorts the focused list; the same key again turns it round, `None` takes the next key.
    Sort(Option<SortKey>),
    /// The matrix of tracks and stems, or back to the track table.
    Matrix,
    /// What the log shows; `None` takes the next level.
    LogLevel(Option<LogLevel>),
    Palette,
    Help,
    Undo,
    Redo,
    Zoom,
    ToggleHidden,
    Inspector,
    CopyPath,
    OpenFolder,
    LastError,
    /// Whether the program takes the mouse.
    Mouse(Switch),
    /// Another theme until the program ends.
    Theme(String),
    /// Draws everything anew.
    Redraw,

    Connect {
        host: Option<String>,
        port: Option<u16>,
    },
    Disconnect,
    Refresh,
    /// Settings, keys and themes from their files again.
    Reload,
    /// An empty path asks for one.
    OpenSession(String),
    SaveSession,
    CloseSession,
    /// Any PTSL command with a JSON body.
    Call {
        command: String,
        body: Option<String>,
    },
    /// Commands typed by hand, and what came of them.
    Console,
    /// The list of solo and mute snapshots.
    Snapshots,
    /// `None` asks which.
    Snapshot {
        verb: SnapshotVerb,
        name: Option<String>,
    },
    /// Puts back what an interrupted bounce left changed.
    Rescue,

    Suspend,
    /// First press steps out, second within a second quits.
    Interrupt,
    Quit,
}

impl Action {
    /// Whether a row under a cursor would decide what is changed.
    pub fn is_about_the_cursor(&self) -> bool {
        match self {
            Self::Flag { tracks, .. } => tracks.is_empty(),
            Self::Cancel(job) | Self::Pause(job) | Self::Retry(job) | Self::Remove(job) => {
                job.is_none()
            }
            Self::JobMove { job, .. } => job.is_none(),
            Self::Snapshot { name, .. } => name.is_none(),
            Self::OpenSession(path) => path.is_empty(),
            Self::RecipeSave(path) => path.is_none(),
            _ => false,
        }
    }

    /// Whether it is about what a screen shows: its cursor, selection, panes, dialogs, and stems
    /// assigned by hand. Without a screen it has no effect.
    pub fn is_of_the_screen(&self) -> bool {
        match self {
            Self::Move(_)
            | Self::NextPane
            | Self::PreviousPane
            | Self::Pane(_)
            | Self::Open
            | Self::Back
            | Self::Confirm
            | Self::SelectRow
            | Self::SelectRange
            | Self::SelectInvert
            | Self::Assign(_)
            | Self::StemNew(_)
            | Self::StemRename(_)
            | Self::StemMove { .. }
            | Self::StemDelete(_)
            | Self::Recipe(_)
            | Self::Markers
            | Self::Console
            | Self::Snapshots
            | Self::Filter
            | Self::NextMatch
            | Self::PreviousMatch
            | Self::Sort(_)
            | Self::Undo
            | Self::Redo
            | Self::Zoom
            | Self::Matrix
            | Self::LogLevel(_)
            | Self::ToggleHidden
            | Self::Inspector
            | Self::OpenFolder
            | Self::LastError
            | Self::Mouse(_)
            | Self::Theme(_)
            | Self::Redraw
            | Self::Reload
            | Self::Suspend
            | Self::Interrupt
            | Self::Quit => true,
            Self::TogglePlay
            | Self::Play
            | Self::Stop
            | Self::Record
            | Self::Locate(_)
            | Self::SelectMarkers { .. }
            | Self::Snapshot { .. }
            | Self::CancelAll
            | Self::JobMove { .. }
            | Self::Flag { .. }
            | Self::RecipeSave(_)
            | Self::Print(_)
            | Self::PrintAll
            | Self::Cancel(_)
            | Self::Pause(_)
            | Self::Retry(_)
            | Self::Remove(_)
            | Self::Palette
            | Self::Help
            | Self::CopyPath
            | Self::Connect { .. }
            | Self::Disconnect
            | Self::Refresh
            | Self::OpenSession(_)
            | Self::SaveSession
            | Self::CloseSession
            | Self::Call { .. }
            | Self::Rescue => false,
        }
    }
}

/// One line of help about an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// kebab-case; what keymaps, `:` and `pt-stem do` say.
    pub name: &'static str,
    /// Arguments as shown in help, such as `[NAME…]`; empty when there are none.
    pub arguments: &'static str,
    pub description: &'static str,
    pub group: Group,
}

/// What actions are about: the chapters of the help page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    Moving,
    Transport,
    Tracks,
    Stems,
    Jobs,
    Lists,
    Session,
    Screen,
}

impl Group {
    pub const ALL: [Self; 8] = [
        Self::Moving,
        Self::Transport,
        Self::Tracks,
        Self::Stems,
        Self::Jobs,
        Self::Lists,
        Self::Session,
        Self::Screen,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Moving => "Moving",
            Self::Transport => "Transport",
            Self::Tracks => "Tracks",
            Self::Stems => "Stems",
            Self::Jobs => "Jobs and files",
            Self::Lists => "Lists",
            Self::Session => "Session and connection",
            Self::Screen => "Screen and program",
        }
    }
}

pub use parse::{ActionError, catalogue};

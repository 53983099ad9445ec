//! What the update wants done, as data. `runtime` does it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::planned::Planning;
use crate::jobs::queue::JobCommand;
use crate::model::inspection::Question;
use crate::model::overview::{OverviewOf, OverviewSource};
use crate::model::session::SessionFolder;
use crate::model::snapshot::SnapshotChange;
use crate::ptsl::request::LinkCommand;

/// One thing to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Link(LinkCommand),
    Job(JobCommand),
    /// Read a folder for the file pane.
    ListFiles(PathBuf),
    /// Ask for the free space of a folder and the names in it, for planning, and which of them are audio
    /// of the session of that path.
    Survey {
        dir: PathBuf,
        path: String,
        folder: Option<Arc<SessionFolder>>,
    },
    /// Ask for the names in a folder, to complete a path that is being typed.
    Names(PathBuf),
    /// Keep a line of the palette for the next start.
    Remember(String),
    LoadRecipe(PathBuf),
    /// Write a recipe, unless what lies there is not what it `was` (its hash; `None`: nothing).
    SaveRecipe {
        path: PathBuf,
        text: String,
        was: Option<String>,
        overwrite: bool,
    },
    /// Change the snapshots of the session of that path, and read them.
    Snapshots {
        session: String,
        change: Option<SnapshotChange>,
    },
    /// Make the plan of a large session; [`crate::app::Msg::Planned`] answers.
    Plan(Box<Planning>),
    /// Ask Pro Tools for its clips, for a render without the session's folder.
    ReadClips,
    /// Ask Pro Tools what a bounce should know before it starts.
    Inspect(Box<Question>),
    /// Read a sound for its waveform; a later one replaces one that is still being read.
    Overview {
        of: OverviewOf,
        source: OverviewSource,
    },
    /// Put back the open leases over the present connection.
    Rescue,
    /// To the terminal's clipboard. Only the terminal interface can.
    Copy(String),
    /// Whether the terminal reports the mouse. Only the terminal interface can, as with all below.
    Mouse(bool),
    /// Take the theme of that name.
    Theme(String),
    /// Draw everything anew.
    Redraw,
    /// Read settings, keys and themes again.
    Reload,
    Suspend,
    Quit,
}

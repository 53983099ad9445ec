//! The one state. Everything a view shows is here or follows from it.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::wire::Seat;
use crate::config::{Config, Keymap};
use crate::jobs::queue::Queue;
use crate::model::inspection::Inspection;
use crate::model::job::Verdict;
use crate::model::link::{Fault, RequestId, ServerInfo, Work};
use crate::model::overview::{Overview, OverviewOf};
use crate::model::snapshot::Snapshot;
use crate::model::track::{TrackFlag, TrackId};
use crate::model::tree::{Tree, TreeRow};
use crate::model::{Finding, Job, JobId, LinkPhase, Now, Plan, Session, StemSpec};
use crate::plan::Source;

pub use super::dialog::{PrintDialog, PrintField, PrintQuestion};
pub use super::picking::{Call, Console, Pick, PickOf};
pub use super::planned::StemOf;

pub use super::screen::{LogLine, Overlay, Severity, TextField, Toast, UiState};

pub use crate::app::lists::{Cursor, Listing, Pane, Sort};

/// Against what the program runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// A Pro Tools, or a simulator that somebody started.
    #[default]
    Live,
    /// The embedded simulator with a built-in session.
    Demo(String),
    /// The embedded simulator with an opened folder.
    Open(PathBuf),
}

impl Mode {
    pub fn is_simulated(&self) -> bool {
        !matches!(self, Self::Live)
    }
}

/// The connection as shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkView {
    pub phase: LinkPhase,
    /// `host:port`.
    pub address: String,
    pub server: ServerInfo,
    /// The long command that holds Pro Tools.
    pub work: Option<Work>,
    /// Microseconds.
    pub round_trip_us: Option<u64>,
    /// Who holds it.
    pub seat: Seat,
}

/// A flag change that Pro Tools has not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    pub on: bool,
    pub request: RequestId,
    pub since_us: u64,
}

/// A request to Pro Tools that has not been answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What it is about, for messages: `mute 3 tracks`.
    pub what: String,
    pub since_us: u64,
    /// Tell the answer's body to the user (`:call`).
    pub show_answer: bool,
}

/// Clips that Pro Tools itself tells, where the session's folder cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ClipsState {
    /// Nobody wanted a render yet.
    #[default]
    Unasked,
    Asked,
    /// They are the session's folder now.
    Known,
    Refused(Fault),
}

/// What Pro Tools told about a bounce; asked anew for every print.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Told {
    #[default]
    Unasked,
    Asked,
    Known(Arc<Inspection>),
    Refused(Fault),
}

/// What has been read since the session was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    pub tracks: bool,
    pub markers: bool,
    pub selection: bool,
    /// Whether it is known if the session's folder can be read from here.
    pub folder: bool,
}

impl Loaded {
    /// Whether a plan finds everything that it may ask for.
    pub fn is_whole(&self) -> bool {
        self.tracks && self.markers && self.selection && self.folder
    }
}

/// What is known of a folder that stems would be printed into; empty until the answer is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    pub free_bytes: Option<u64>,
    pub existing: Vec<String>,
    /// Those of `existing` that are audio of the session.
    pub own_audio: Vec<String>,
    pub answered: bool,
}

/// Where the stems come from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum RecipeState {
    /// The session folder's own, if it has some.
    #[default]
    FromSession,
    Loaded {
        path: PathBuf,
        source: Source,
    },
    Broken {
        path: PathBuf,
        fault: Fault,
    },
}

/// A file of the file pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileEntry {
    pub name: String,
    pub bytes: u64,
    pub is_dir: bool,
    /// Unfinished.
    pub is_part: bool,
    /// Last change, where the system tells.
    pub modified_ms: Option<u64>,
    /// Seconds, peak and loudness where the manifest tells.
    pub seconds: Option<f64>,
    pub peak_dbfs: Option<f64>,
    pub true_peak_dbtp: Option<f64>,
    pub integrated_lufs: Option<f64>,
    /// Whether it is what the manifest says, without errors, and the sum of its set was right;
    /// `None` where no manifest tells of it.
    pub verdict: Option<Verdict>,
}

/// The waveforms that are known, and the one that is wanted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overviews {
    /// Oldest first; a refusal says why there is none.
    pub known: VecDeque<(OverviewOf, Result<Arc<Overview>, Fault>)>,
    /// What is under the cursor.
    pub wanted: Option<OverviewOf>,
    /// When it is read, if the cursor stays there.
    pub due_us: Option<u64>,
}

impl Overviews {
    pub fn get(&self, of: &OverviewOf) -> Option<&Result<Arc<Overview>, Fault>> {
        let (_, found) = self.known.iter().find(|(known, _)| known == of)?;
        Some(found)
    }
}

/// The folder in the file pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilesView {
    pub dir: PathBuf,
    pub entries: Vec<FileEntry>,
    pub fault: Option<Fault>,
}

/// An undoable change of ours.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Flags {
        flag: TrackFlag,
        /// Tracks with the value they had.
        before: Vec<(TrackId, bool)>,
    },
    Assigned {
        /// Tracks with the stems they stood in by hand before.
        before: Vec<(TrackId, Option<String>)>,
    },
    /// Names, order, number of stems, or another recipe.
    Stems(Box<StemsBefore>),
    /// All at once.
    Several(Vec<Change>),
}

/// A stem of the list as it is edited.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EditedStem {
    /// Its place in the list that was edited, from 0; `None` for a new one.
    pub origin: Option<usize>,
    pub spec: StemSpec,
}

/// Where the stems came from, before a change.
#[derive(Debug, Clone, PartialEq)]
pub struct StemsBefore {
    pub recipe: RecipeState,
    pub edited: Option<Arc<Vec<EditedStem>>>,
    pub assigned: HashMap<TrackId, String>,
}

/// Everything.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub config: Arc<Config>,
    pub keymap: Arc<Keymap>,
    pub mode: Mode,
    /// What relative paths of the settings are relative to.
    pub base: PathBuf,
    pub link: LinkView,
    /// `None` while no session is open or known.
    pub session: Option<Session>,
    pub loaded: Loaded,
    pub clips: ClipsState,
    pub told: Told,
    /// Folder relations of the session's tracks.
    pub tree: Tree,
    /// Rows of the track table: unfolded, shown, matching the filter.
    pub rows: Vec<TreeRow>,
    pub pending: HashMap<(TrackId, TrackFlag), Pending>,
    /// Requests on their way.
    pub requests: HashMap<RequestId, Asked>,
    pub recipe: RecipeState,
    /// Files of ours that are being written.
    pub writing: usize,
    /// Of the open session, oldest first; `None` until they are read.
    pub snapshots: Option<Vec<Snapshot>>,
    /// The recipe file that a question is open about.
    pub may_overwrite: Option<PathBuf>,
    /// The list of stems as it was edited; `None` as long as it is the recipe's.
    pub edited: Option<Arc<Vec<EditedStem>>>,
    /// Assignments made by hand over the recipe: track to stem.
    pub assigned: HashMap<TrackId, String>,
    /// The plan of everything, for the stem pane and the stem column.
    pub plan: Option<Result<Plan, Fault>>,
    /// Stem names by track, from the plan.
    pub stem_of: StemOf,
    /// The number of the plan that is being made elsewhere: the one here is older than the state.
    /// Only views look at it then; see `update::planning::settle`.
    pub planning: Option<u64>,
    pub jobs: Queue,
    /// The queue has been told: when it is empty, there are no jobs.
    pub knows_jobs: bool,
    /// Prints that were handed over and that the queue has not told of.
    pub handed: usize,
    pub files: FilesView,
    pub overviews: Overviews,
    /// Newest last.
    pub log: VecDeque<LogLine>,
    /// Lines that were ever written to it.
    pub logged: u64,
    /// The folders that plans would print into, as they were last looked at.
    pub surveys: HashMap<PathBuf, Survey>,
    /// Bytes free where stems would be printed, when known.
    pub free_bytes: Option<u64>,
    /// Tracks that an interrupted bounce left changed, with the session's name.
    pub open_leases: Vec<(JobId, String)>,
    /// What was odd about the session's folder.
    pub findings: Vec<Finding>,
    pub undo: Vec<Change>,
    pub redo: Vec<Change>,
    pub next_request: u64,
    pub ui: UiState,
    /// Lists that are filtered or sorted, see `rows`.
    pub listings: HashMap<Pane, Listing>,
    /// The last moment that update was told.
    pub now: Now,
    pub quitting: bool,
}

impl State {
    /// Nothing known yet: the first frame.
    pub fn new(config: Arc<Config>, mode: Mode) -> Self {
        let address = format!("{}:{}", config.connection.host, config.connection.port);
        Self {
            files: FilesView {
                dir: config.output.root.clone(),
                ..FilesView::default()
            },
            config,
            keymap: Arc::default(),
            mode,
            base: PathBuf::new(),
            link: LinkView {
                address,
                ..LinkView::default()
            },
            session: None,
            loaded: Loaded::default(),
            clips: ClipsState::default(),
            told: Told::default(),
            tree: Tree::default(),
            rows: Vec::new(),
            pending: HashMap::new(),
            requests: HashMap::new(),
            recipe: RecipeState::default(),
            writing: 0,
            snapshots: None,
            may_overwrite: None,
            edited: None,
            assigned: HashMap::new(),
            plan: None,
            stem_of: StemOf::new(),
            planning: None,
            jobs: Queue::default(),
            knows_jobs: false,
            handed: 0,
            overviews: Overviews::default(),
            log: VecDeque::new(),
            logged: 0,
            surveys: HashMap::new(),
            free_bytes: None,
            open_leases: Vec::new(),
            findings: Vec::new(),
            undo: Vec::new(),
            redo: Vec::new(),
            next_request: 1,
            ui: UiState::default(),
            listings: HashMap::new(),
            now: Now::default(),
            quitting: false,
        }
    }

    /// The jobs that run or wait in this process, and would not without it.
    pub fn own_jobs(&self) -> impl Iterator<Item = &Job> {
        let is_here = self.link.seat == Seat::Own;
        let jobs = self.jobs.jobs().iter();
        jobs.filter(move |job| is_here && !job.elsewhere)
    }

    /// The one of them that runs.
    pub fn own_work(&self) -> Option<&Job> {
        self.own_jobs().find(|job| job.state.is_active())
    }

    /// Whether keys are text for a field now, and no commands.
    pub fn is_typing(&self) -> bool {
        match &self.ui.overlay {
            Some(
                Overlay::Palette { .. }
                | Overlay::Assign { .. }
                | Overlay::Help { .. }
                | Overlay::Pick(_)
                | Overlay::Console(_),
            ) => true,
            Some(Overlay::Print(dialog)) => dialog.editing.is_some(),
            Some(_) => false,
            None => self.ui.filtering,
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new(Arc::new(Config::default()), Mode::default())
    }
}

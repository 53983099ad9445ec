//! Jobs: plans being carried out, and the events that tell how far they are.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::level::LiveLevels;
use super::link::{Fault, RequestId};
use super::manifest::ManifestFile;
use super::{Finding, Plan};

/// Number of a job, unique over all running instances, counted up for ever.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct JobId(pub u32);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    Queued,
    Paused,
    Running,
    Verifying,
    Done,
    Failed,
    Cancelled,
    /// The program died while it ran.
    Interrupted,
}

impl JobState {
    /// Nothing more will happen to it by itself.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Failed | Self::Cancelled | Self::Interrupted
        )
    }

    pub fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Verifying)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Paused => "paused",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What one file of a job is going through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    #[default]
    Waiting,
    /// The engine is making the samples.
    Printing,
    /// Pro Tools shows a dialog and waits for a human.
    Dialog,
    /// The samples are there, the asked format is being written or checked.
    Verifying,
    Done,
    Failed,
}

/// Progress of one file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Item {
    /// Stem name.
    pub name: String,
    /// File name.
    pub file: String,
    /// Of a split stem, the files of its other channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_files: Vec<String>,
    pub stage: Stage,
    /// Frames done of `Progress::total` of this file.
    pub done: u64,
    pub total: u64,
    /// While the render engine makes it.
    #[serde(skip)]
    pub live: Option<Box<LiveLevels>>,
}

impl Item {
    /// The names of all its files.
    pub fn written(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.file).chain(&self.more_files)
    }
}

/// A plan in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub title: String,
    pub plan: Plan,
    pub state: JobState,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    #[serde(default)]
    pub started_ms: Option<u64>,
    #[serde(default)]
    pub ended_ms: Option<u64>,
    pub items: Vec<Item>,
    /// Audio seconds made a second of wall time, smoothed; 0 when unknown.
    #[serde(default)]
    pub rate: f64,
    #[serde(default)]
    pub fault: Option<Fault>,
    #[serde(default)]
    pub report: Option<Report>,
    /// Run by another instance of the program: shown, and touched only by way of its owner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// It was told to end and has not ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelling: bool,
}

impl Job {
    /// A queued job for a plan.
    pub fn new(id: JobId, title: String, plan: Plan, created_ms: u64) -> Self {
        let total = plan.frames();
        let items = plan
            .files()
            .map(|stem| Item {
                name: stem.name.clone(),
                file: stem.file.clone(),
                more_files: stem.more_files.clone(),
                total,
                ..Item::default()
            })
            .collect();
        Self {
            id,
            title,
            plan,
            state: JobState::Queued,
            created_ms,
            started_ms: None,
            ended_ms: None,
            items,
            rate: 0.0,
            fault: None,
            report: None,
            elsewhere: false,
            cancelling: false,
        }
    }

    /// It runs, or is held in the middle of it.
    pub fn has_begun(&self) -> bool {
        let held = self.state == JobState::Paused && self.started_ms.is_some();
        self.state.is_active() || held
    }

    /// Its turn has not come: it can be moved.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Paused) && !self.has_begun()
    }

    /// Frames of all files that are done, and that there are.
    pub fn frames(&self) -> (u64, u64) {
        let items = self.items.iter();
        items.fold((0_u64, 0_u64), |(done, total), item| {
            let now = item.done.min(item.total);
            (done.saturating_add(now), total.saturating_add(item.total))
        })
    }

    /// Audio seconds of one of its files that are made a second of wall time: those that are printed at
    /// the same time go equally fast. 0 when unknown, and for files that are not printed now.
    pub fn rate_of(&self, item: &Item) -> f64 {
        let is_printed = |item: &&Item| item.stage == Stage::Printing;
        if !is_printed(&item) {
            return 0.0;
        }
        let together = self.items.iter().filter(is_printed).count();
        self.rate / together.max(1) as f64
    }

    /// Seconds until the samples of one of its files are made, when a rate is known.
    pub fn seconds_left_of(&self, item: &Item) -> Option<f64> {
        let rate = self.rate_of(item) * f64::from(self.plan.output.rate);
        let left = item.total.saturating_sub(item.done);
        (!self.cancelling && rate > 0.0).then(|| left as f64 / rate)
    }

    /// 0 to 1; 1 only when the job is done.
    pub fn fraction(&self) -> f64 {
        if self.state == JobState::Done {
            return 1.0;
        }
        let (done, total) = self.frames();
        if total == 0 {
            return 0.0;
        }
        (done as f64 / total as f64).min(0.99)
    }

    /// Seconds left, when a rate is known; nobody knows how long a dialog stands.
    pub fn seconds_left(&self) -> Option<f64> {
        let mut items = self.items.iter();
        let is_held = self.cancelling || items.any(|item| item.stage == Stage::Dialog);
        if is_held || self.rate <= 0.0 || self.plan.output.rate == 0 {
            return None;
        }
        let (done, total) = self.frames();
        Some((total - done) as f64 / f64::from(self.plan.output.rate) / self.rate)
    }
}

/// Whether the sum of the stems is the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    #[default]
    NotChecked,
}

/// One explanation of a failed sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Diagnosis {
    pub fault: String,
    pub stem: Option<String>,
    pub value: Option<f64>,
    pub unit: Option<String>,
}

/// The sum of the stems against the mix.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Proof {
    pub verdict: Verdict,
    /// Highest sample of the residual, dBFS; `None` for an exact zero or when not checked.
    pub peak_dbfs: Option<f64>,
    /// Where that is.
    #[serde(default)]
    pub peak_at: Option<Place>,
    pub rms_dbfs: Option<f64>,
    /// RMS of the loudest moment, and what rounding alone leaves, dBFS.
    #[serde(default)]
    pub loudest_rms_dbfs: Option<f64>,
    #[serde(default)]
    pub rounding_rms_dbfs: Option<f64>,
    pub threshold_dbfs: Option<f64>,
    /// Of a failed sum: what is left over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<Course>,
    #[serde(default)]
    pub diagnosis: Vec<Diagnosis>,
    /// Why it was not checked, or what the mix was: `render`, `printed`, `given`.
    #[serde(default)]
    pub note: String,
}

/// The residual of a failed sum over time. Frames are those of the files, from their beginning.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Course {
    pub frames_per_value: u64,
    /// The highest of each span, dBFS; `None` where nothing is left.
    pub peaks_dbfs: Vec<Option<f64>>,
    /// The places above the threshold, the worst first, apart from each other; 20 at most.
    pub worst: Vec<Place>,
}

/// A place of the residual.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Place {
    pub frame: u64,
    /// Where that is on the session's ruler; empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timecode: String,
    pub peak_dbfs: Option<f64>,
}

impl Proof {
    /// Says where its places are on the session's ruler.
    pub fn name_places(&mut self, timecode: impl Fn(u64) -> String) {
        let worst = self.residual.iter_mut().flat_map(|left| &mut left.worst);
        for place in self.peak_at.iter_mut().chain(worst) {
            place.timecode = timecode(place.frame);
        }
    }
}

/// What a job, or a verification, came to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    pub files: Vec<ManifestFile>,
    pub findings: Vec<Finding>,
    pub proof: Proof,
}

/// What the runner reports about jobs. Progress is "newest wins", the rest is delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum JobEvent {
    /// The whole queue as the store has it (at start, or when another process changed it).
    Restored(Vec<Job>),
    Added(Box<Job>),
    State {
        id: JobId,
        state: JobState,
        at_ms: u64,
    },
    /// A waiting job has changed places with the waiting one before or behind it.
    Moved {
        id: JobId,
        down: bool,
    },
    /// `rate`: audio seconds a second of wall time, smoothed.
    Progress {
        id: JobId,
        item: usize,
        stage: Stage,
        done: u64,
        rate: f64,
    },
    /// Newest wins.
    Levels {
        id: JobId,
        item: usize,
        levels: Box<LiveLevels>,
    },
    FileDone {
        id: JobId,
        file: Box<ManifestFile>,
    },
    Finding {
        id: JobId,
        finding: Finding,
    },
    Ended {
        id: JobId,
        state: JobState,
        at_ms: u64,
        fault: Option<Fault>,
        report: Option<Box<Report>>,
    },
    Removed(JobId),
    /// A running job was told to end; it puts the session back first.
    Cancelling(JobId),
    /// A command that could not be carried out: the record cannot be written, the job is not in a
    /// state for it.
    Refused(Fault),
    /// What came of a command that somebody waits for: the job that it made or was about. Comes
    /// after what it changed, and in place of `Refused`.
    Answer {
        ask: RequestId,
        outcome: Result<JobId, Fault>,
    },
}

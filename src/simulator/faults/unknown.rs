//! What nobody has written down about real servers, as switches with a stated default, so that a
//! client can be tested against every answer that is possible.

use serde::Deserialize;

/// `[unknown]` of a faults file. The defaults are this simulator's guess.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unknown {
    /// The error to a missing or unknown session_id (default `PT_Forbidden`); `accept` lets it pass.
    pub bad_session_id: String,
    /// Bytes beyond which an answer becomes PT_ResponseLengthExceeded; 0, the default, is never.
    pub longest_answer: usize,
    pub task_id: TaskId,
    pub duplicate_names: DuplicateNames,
    pub filters: Filters,
    /// Hours that SetSessionLength wants at least: 0 by default, 6 with PTSL 1.
    pub session_length_min_hours: Option<u8>,
    /// A request that says version 2, which no Pro Tools ever had.
    pub header_version_2: Verdict,
    /// A request that says a version newer than the server's.
    pub newer_version: Verdict,
    pub long_calls: LongCalls,
    /// Whether 148 and 149 (GetTrackControlInfo, GetTrackControlBreakpoints) work on 2025.10.
    pub track_control: bool,
    /// The batch job of a client whose connection is gone.
    pub lost_client: LostClient,
    /// Names of enum values that a server before 2025.6 cannot know.
    pub new_names: Verdict,
}

impl Default for Unknown {
    fn default() -> Self {
        Self {
            bad_session_id: "PT_Forbidden".to_owned(),
            longest_answer: 0,
            task_id: TaskId::default(),
            duplicate_names: DuplicateNames::default(),
            filters: Filters::default(),
            session_length_min_hours: None,
            header_version_2: Verdict::Refuse,
            newer_version: Verdict::Refuse,
            long_calls: LongCalls::default(),
            track_control: true,
            lost_client: LostClient::default(),
            new_names: Verdict::Accept,
        }
    }
}

/// The task_id of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskId {
    /// The client's, or one of the server's own where it gave none.
    #[default]
    Echo,
    /// Always one of the server's own.
    Own,
}

/// Which tracks a state setter means when several have the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateNames {
    #[default]
    All,
    First,
    Refuse,
}

/// How several filters of GetTrackList go together when the request is not additive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filters {
    #[default]
    And,
    Or,
}

/// What becomes of a batch job when its client's connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostClient {
    /// It fails as soon as another client asks for something.
    #[default]
    End,
    /// It holds the others up until its timeout.
    Keep,
}

/// Lets it pass, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Accept,
    Refuse,
}

/// What the unary call does with commands that take long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongCalls {
    /// Blocks until done.
    #[default]
    Block,
    /// Answers InProgress with a task_id for GetTaskStatus.
    Task,
}

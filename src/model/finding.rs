//! Findings: what a plan, preflight, check or lint has to say, with what to do about it.

use serde::{Deserialize, Serialize};

/// The code of a finding about a file that ends too early: what its clips lack is silent.
pub const CUT_AUDIO: &str = "cut_audio";

/// How bad a finding is. An error stops a plan from being carried out.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Note,
    Warning,
    Error,
}

/// One thing worth saying. `code` is stable and in snake_case; scripts test it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    pub level: Level,
    pub code: String,
    #[serde(default)]
    pub stem: Option<String>,
    #[serde(default)]
    pub track: Option<String>,
    #[serde(default)]
    pub file: Option<String>,
    pub text: String,
    #[serde(default)]
    pub fix: String,
}

impl Finding {
    /// A finding about nothing in particular; say where with the other methods.
    pub fn new(level: Level, code: &str, text: impl Into<String>) -> Self {
        Self {
            level,
            code: code.to_owned(),
            stem: None,
            track: None,
            file: None,
            text: text.into(),
            fix: String::new(),
        }
    }

    #[must_use]
    pub fn stem(mut self, stem: impl Into<String>) -> Self {
        self.stem = Some(stem.into());
        self
    }

    #[must_use]
    pub fn track(mut self, track: impl Into<String>) -> Self {
        self.track = Some(track.into());
        self
    }

    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

//! Recipe and session become a plan: selectors, coverage, naming, findings, forecast. Pure.

mod arithmetic;
mod choose;
mod complain;
pub mod coverage;
mod draft;
pub mod forecast;
pub mod formula;
mod heard;
pub mod inspected;
mod lacking;
mod layout;
mod make;
pub mod naming;
mod output;
pub mod preflight;
pub mod presets;
pub mod range;
pub mod recipe;
mod report;
pub mod rewrite;
pub mod select;
pub mod suggest;
mod title;
mod versions;
mod way;
mod width;
mod wish;

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::model::inspection::Inspection;
use crate::model::plan::PlanKind;
use crate::model::stem::{BitDepth, EngineKind, FileFormat, Measure, OnExisting, StemSpec, Way};
use crate::model::{Plan, Session};
pub use output::RATES;
use range::RangeError;
use recipe::Recipe;
pub use report::{Place, matrix, report};

/// Which stems are wanted, and how strict the coverage is.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A recipe file: orphans and doubles are errors.
    Recipe(Box<Recipe>),
    /// The session folder's own stems and `ignore`: the same.
    Session,
    /// Named on the spot (`--stem`, REST): orphans and doubles are warnings.
    Named(Vec<StemSpec>),
    /// One mix of the named tracks; of every sounding track when empty.
    Export(Vec<String>),
}

/// What the command line, the dialog or REST put over the recipe's `[output]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overrides {
    pub dir: Option<PathBuf>,
    pub engine: Option<EngineKind>,
    pub on_existing: Option<OnExisting>,
    pub allow_orphans: bool,
    pub file: Option<String>,
    pub bits: Option<BitDepth>,
    /// Hz.
    pub rate: Option<u32>,
    pub format: Option<FileFormat>,
    /// In the recipe's words: `session`, `selection`, `IN..OUT`, `marker:A..marker:B`.
    pub range: Option<String>,
    pub measure: Option<Measure>,
    pub preset: Option<String>,
    pub mix: Option<bool>,
    /// Only these stems of the recipe, by name.
    pub only: Vec<String>,
    /// How every stem is printed, over what the recipe says.
    pub way: Option<Way>,
    /// Names or globs of aux returns, beside those of the recipe and of the session.
    pub returns: Vec<String>,
    pub rename_duplicates: bool,
    /// A file for each channel.
    pub split: Option<bool>,
    /// What a bounce prints: `output:…`, `bus:…`, `physical:…`.
    pub mix_source: Option<String>,
    /// Real-time bounce.
    pub online: Option<bool>,
}

/// What planning needs to know of the world beside the session.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surroundings {
    /// `--demo` or `--open`: the engine `auto` is then `render`, else `bounce`.
    pub simulated: bool,
    /// Bytes free where the files go, when known.
    pub free_bytes: Option<u64>,
    /// File names already in the output folder.
    pub existing: Vec<String>,
    /// Those of them that are audio of the session: nothing replaces them.
    pub own_audio: Vec<String>,
    /// `YYYY-MM-DD`, for the token `{date}`.
    pub date: String,
    pub kind: PlanKind,
    /// What Pro Tools told when it was asked about the plan; see [`inspected::question`].
    pub told: Option<Arc<Inspection>>,
}

/// The folder that a plan would print into.
pub fn dir(source: &Source, overrides: &Overrides) -> PathBuf {
    let root = match source {
        Source::Recipe(recipe) => recipe.output.root.as_ref(),
        Source::Session | Source::Named(_) | Source::Export(_) => None,
    };
    output::dir(root, overrides)
}

/// Makes the plan. Fails only where nothing can be planned at all (a recipe that selects with a
/// broken pattern, no range); everything else becomes a finding.
pub fn make(
    session: &Session,
    source: &Source,
    overrides: &Overrides,
    around: &Surroundings,
) -> Result<Plan> {
    make::make(session, source, overrides, around)
}

//! What was typed for the linter. Shapes and help texts only.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong; 1 something is (an error among the findings); \
2 usage. Warnings and notes do not fail. What cannot be measured is listed as not measured, and \
never passed."
)]
pub struct LintArgs {
    /// Folder of audio files, whoever made them; not the folders below it
    pub dir: PathBuf,
    /// Delivery preset (see `pt-stem presets`) [default: the rules of the house]
    #[arg(long, value_name = "ID")]
    pub preset: Option<String>,
    /// The mix that the stems should sum to, where it lies elsewhere
    #[arg(long, value_name = "FILE")]
    pub mix: Option<PathBuf>,
    /// Loudness of the dialogue as your own meter shows it, LKFS: it is held against the preset, and
    /// marked as given
    #[arg(long, value_name = "LKFS", allow_negative_numbers = true)]
    pub dialog_lkfs: Option<f64>,
    /// Write the findings as JUnit XML too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Put right what needs no sample changed: names and time stamps. Shows the plan and asks
    #[arg(long)]
    pub fix: bool,
    /// Carry the plan of --fix out without asking
    #[arg(long, requires = "fix")]
    pub yes: bool,
}

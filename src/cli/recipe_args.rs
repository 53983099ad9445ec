//! What was typed about recipes that people keep. Shapes and help texts only.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Recipe to write; without it the text goes to stdout
    pub file: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The recipe
    pub recipe: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct SnapshotArgs {
    /// Name of the stem; one of that name in the recipe is changed
    pub name: String,
    /// Recipe that gets the stem, made if it is not there [default: the configured one]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
}

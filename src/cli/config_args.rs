//! The arguments of `pt-stem config` and `pt-stem schema`.

use clap::{Subcommand, ValueEnum};

/// Files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaArg {
    /// config.toml
    Config,
    /// manifest.json beside printed stems
    Manifest,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every setting with its value
    Show {
        /// And which layer it comes from: built-in, file and line, environment, command line
        #[arg(long)]
        origin: bool,
    },
    /// Where the configuration file is
    Path,
    /// Write a fully commented configuration file where there is none
    Init {
        /// Print a commented .env for `serve` instead
        #[arg(long)]
        env: bool,
    },
}

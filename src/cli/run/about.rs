//! What the program says of itself: completions, manual page, licences, themes, keys.

use clap::CommandFactory as _;
use serde_json::json;

use crate::action::catalogue;
use crate::cli::args::Cli;
use crate::cli::output::{self, Output, Table};
use crate::config::{Keymap, Theme};
use crate::error::{Error, ErrorKind, Result};

/// The completion script of a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pt-stem", &mut script);
    output::block(&String::from_utf8_lossy(&script))
}

/// The manual page in roff.
pub fn man() -> Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| {
            Error::new(ErrorKind::Internal, "the manual page cannot be made").because(error)
        })?;
    output::block(&String::from_utf8_lossy(&page))
}

/// Licences of everything inside.
pub fn licenses() -> Result<()> {
    output::block(include_str!("../third_party.txt"))
}

/// The themes that `--theme` knows.
pub fn themes(output: Output) -> Result<()> {
    let names = Theme::builtin_names();
    output.show(&json!({ "schema": 1, "themes": names }), || {
        names.iter().map(|name| format!("{name}\n")).collect()
    })
}

/// All bindings, then the actions without a key.
pub fn keys(output: Output, keymap: &Keymap) -> Result<()> {
    let rows: Vec<_> = keymap
        .bindings
        .iter()
        .map(|binding| {
            json!({
                "keys": binding.keys,
                "action": binding.action.to_string(),
                "where": binding.context.word(),
                "description": binding.description,
            })
        })
        .collect();
    let actions: Vec<_> = catalogue()
        .iter()
        .map(|info| {
            json!({
                "name": info.name,
                "arguments": info.arguments,
                "description": info.description,
            })
        })
        .collect();
    let value = json!({ "schema": 1, "keys": rows, "actions": actions });
    output.show(&value, || {
        let mut table = Table::new(&["KEYS", "ACTION", "WHERE", "DOES"]);
        for binding in &keymap.bindings {
            table.row([
                binding.keys.join(", "),
                binding.action.to_string(),
                binding.context.word().to_owned(),
                binding.description.clone(),
            ]);
        }
        let mut all = Table::new(&["ACTION", "ARGUMENTS", "DOES"]);
        for info in catalogue() {
            all.row([
                info.name.to_owned(),
                info.arguments.to_owned(),
                info.description.to_owned(),
            ]);
        }
        format!("{table}\nEvery action, for `:` and `pt-stem do`:\n\n{all}")
    })
}

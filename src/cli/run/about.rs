//! What the program says of itself: completions, manual page, licences, themes, keys.

use clap::CommandFactory as _;
use serde_json::json;

use crate::action::catalogue;
use crate::cli::args::Cli;
use crate::cli::output::{self, Output, Table};
use crate::config::{Keymap, Theme, keymap};
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

/// Every action by chapter with its keys; as JSON all bindings, then all actions.
pub fn keys(output: Output, keymap: &Keymap, markdown: bool) -> Result<()> {
    if markdown {
        return output::block(&keymap::markdown(keymap));
    }
    let rows: Vec<_> = keymap
        .bindings
        .iter()
        .map(|binding| {
            json!({
                "keys": binding.keys,
                "action": binding.action.to_string(),
                "where": binding.context.word(),
                "when": binding.when.word(),
                "description": binding.description,
                "weight": binding.weight,
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
                "group": info.group,
            })
        })
        .collect();
    let value = json!({ "schema": 1, "keys": rows, "actions": actions });
    output.show(&value, || {
        let mut table = Table::new(&["KEYS", "ACTION", "DOES", "WHERE"]);
        for (group, lines) in keymap::page(keymap) {
            table.row([const { String::new() }; 4]);
            let title = group.title().to_uppercase();
            table.row([title, String::new(), String::new(), String::new()]);
            for line in lines {
                table.row([
                    line.keys().join("  "),
                    line.command(),
                    line.description().to_owned(),
                    line.place(),
                ]);
            }
        }
        format!("{table}\nEvery action works from `:` and with `pt-stem do` too.\n")
    })
}

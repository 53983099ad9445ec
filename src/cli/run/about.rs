//! What the program says of itself: completions, manual page, licences, themes, keys.

use clap::CommandFactory as _;
use serde_json::json;

use crate::action::catalogue;
use crate::cli::args::Cli;
use crate::cli::output::{self, Output, Table};
use crate::config::{Keymap, Theme, keymap};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::places::Places;

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

/// The themes that `--theme` knows, or the text of a built-in one.
pub fn themes(name: Option<&str>, places: &Places, output: Output) -> Result<()> {
    if let Some(name) = name {
        let text = Theme::builtin_text(name).ok_or_else(|| {
            Error::new(
                ErrorKind::Usage,
                format!("there is no built-in theme '{name}'"),
            )
            .hint(format!("Themes: {}", Theme::builtin_names().join(", ")))
        })?;
        return output::block(text);
    }
    let own = Theme::user_names(&places.config);
    let builtin = Theme::builtin_names();
    let replaced = |name: &&str| !own.iter().any(|own| own == name);
    let inside: Vec<&str> = builtin.iter().copied().filter(replaced).collect();
    let names: Vec<&str> = inside
        .iter()
        .copied()
        .chain(own.iter().map(String::as_str))
        .collect();
    output.show(&json!({ "schema": 1, "themes": names }), || {
        let mut table = Table::new(&["THEME", "FROM"]);
        for name in &names {
            let file = Theme::user_file(name, &places.config);
            let from = match inside.contains(name) {
                true => "built-in".to_owned(),
                false => file.display().to_string(),
            };
            table.row([(*name).to_owned(), from]);
        }
        table.to_string()
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

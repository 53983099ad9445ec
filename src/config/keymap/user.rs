//! The user's `keymap.toml`: a table a context, `"keys" = "action"`, `"none"` to unbind.

use std::collections::BTreeMap;

use crokey::KeyCombination;
use toml::Spanned;

use super::{Binding, Context, Keymap, describe, normal};
use crate::action::Action;
use crate::config::text::{at, toml_error};
use crate::error::{Error, Result};
use crate::model::text::nearest;

/// One line of the file, understood.
struct Entry {
    context: Context,
    keys: String,
    sequence: Vec<KeyCombination>,
    /// `None` unbinds.
    action: Option<Action>,
    /// Byte in the file.
    place: usize,
}

type Table = BTreeMap<String, BTreeMap<String, Spanned<String>>>;

pub(super) fn apply(mut keymap: Keymap, text: &str, name: &str) -> Result<Keymap> {
    let tables: Table =
        toml::from_str(text).map_err(|error| toml_error(name, text, &error, &[]))?;
    let mut entries = Vec::new();
    for (table, lines) in tables {
        let Some(context) = Context::ALL
            .into_iter()
            .find(|context| context.word() == table)
        else {
            return Err(unknown_table(text, name, &table));
        };
        for (keys, action) in lines {
            entries.push(entry(context, keys, action, text, name)?);
        }
    }
    // Global keys first: what they take from a pane, the pane's own line may give back.
    entries.sort_by_key(|entry: &Entry| entry.context);
    no_twins(&entries, text, name)?;
    for entry in &entries {
        bind(&mut keymap, entry);
    }
    keymap.bindings.retain(|binding| !binding.keys.is_empty());
    for entry in &entries {
        no_hiding(&keymap, entry, text, name)?;
    }
    Ok(keymap)
}

fn unknown_table(text: &str, name: &str, table: &str) -> Error {
    let words = Context::ALL.map(Context::word);
    let place = text.find(&format!("[{table}")).unwrap_or(0);
    let error = at(name, text, place, format!("there is no context '{table}'"));
    match nearest(table, words) {
        Some(near) => error.hint(format!("Did you mean [{near}]?")),
        None => error.hint(format!("Contexts: {}", words.join(", "))),
    }
}

fn entry(
    context: Context,
    keys: String,
    action: Spanned<String>,
    text: &str,
    name: &str,
) -> Result<Entry> {
    let place = action.span().start;
    let sequence = normal(&keys).map_err(|error| at(name, text, place, error.to_string()))?;
    let action = match action.get_ref().as_str() {
        "none" => None,
        words => Some(Action::parse(words).map_err(|error| {
            at(name, text, place, error.to_string()).hint("`pt-stem keys` lists all actions")
        })?),
    };
    Ok(Entry {
        context,
        keys,
        sequence,
        action,
        place,
    })
}

fn word(action: Option<&Action>) -> String {
    action.map_or_else(|| "none".to_owned(), Action::to_string)
}

/// Two ways to write one key (`S`, `shift-s`) must not say two things.
fn no_twins(entries: &[Entry], text: &str, name: &str) -> Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        let twin = entries.iter().take(index).find(|other| {
            other.context == entry.context
                && other.sequence == entry.sequence
                && other.action != entry.action
        });
        if let Some(twin) = twin {
            let what = format!(
                "'{}' is bound to '{}' and, as '{}', to '{}'",
                entry.keys,
                word(entry.action.as_ref()),
                twin.keys,
                word(twin.action.as_ref()),
            );
            return Err(at(name, text, entry.place, what).hint("Take one of the two lines away"));
        }
    }
    Ok(())
}

fn bind(keymap: &mut Keymap, entry: &Entry) {
    for binding in &mut keymap.bindings {
        // A key taken globally is also taken where a pane repeats its global default.
        let repeats = entry.context == Context::Global && binding.context != Context::Dialog;
        if binding.context == entry.context || repeats {
            binding
                .keys
                .retain(|keys| normal(keys).as_ref() != Ok(&entry.sequence));
        }
    }
    let Some(action) = &entry.action else {
        return;
    };
    let same = keymap
        .bindings
        .iter_mut()
        .find(|binding| binding.context == entry.context && binding.action == *action);
    match same {
        // The user's own key is the one that help and footer show first.
        Some(binding) => binding.keys.insert(0, entry.keys.clone()),
        None => keymap.bindings.push(Binding {
            keys: vec![entry.keys.clone()],
            description: describe(action),
            action: action.clone(),
            context: entry.context,
            weight: 0,
        }),
    }
}

/// A key that begins a sequence must not be bound alone: the sequence could never be typed.
fn no_hiding(keymap: &Keymap, entry: &Entry, text: &str, name: &str) -> Result<()> {
    let Some(action) = &entry.action else {
        return Ok(());
    };
    for binding in keymap.help(entry.context) {
        for keys in &binding.keys {
            let Ok(other) = normal(keys) else {
                continue;
            };
            let (short, long) = if other.len() < entry.sequence.len() {
                (&other, &entry.sequence)
            } else {
                (&entry.sequence, &other)
            };
            if short.len() < long.len() && long.starts_with(short) {
                let what = format!(
                    "'{}' ({action}) and '{keys}' ({}) are in conflict: the longer one could never be typed",
                    entry.keys, binding.action,
                );
                return Err(at(name, text, entry.place, what)
                    .hint(format!("Unbind the other: \"{keys}\" = \"none\"")));
            }
        }
    }
    Ok(())
}

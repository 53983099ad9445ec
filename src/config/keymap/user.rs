//! The user's `keymap.toml`: a table a context, `"keys" = "action"`, `"none"` to unbind; with a
//! condition `"keys" = { action = "…", when = "…" }`, or a list of those. `"none"` also takes the
//! sequences away that begin with the key, so that `"g" = ["none", "help"]` makes it a key of its own.

use std::collections::BTreeMap;

use crokey::KeyCombination;
use toml::Spanned;

use super::{Binding, Context, Keymap, When, normal};
use crate::action::Action;
use crate::config::text::{at, toml_error};
use crate::error::{Error, Result};
use crate::model::text::nearest;

/// One line of the file, understood.
struct Entry {
    context: Context,
    when: When,
    keys: String,
    sequence: Vec<KeyCombination>,
    /// `None` unbinds.
    action: Option<Action>,
    /// Byte in the file.
    place: usize,
}

type Table = BTreeMap<String, BTreeMap<String, Spanned<toml::Value>>>;

pub(super) fn apply(mut keymap: Keymap, text: &str, name: &str) -> Result<Keymap> {
    let tables: Table = toml::from_str(text).map_err(|error| toml_error(name, text, &error))?;
    let mut entries = Vec::new();
    for (table, lines) in tables {
        let Some(context) = Context::ALL
            .into_iter()
            .find(|context| context.word() == table)
        else {
            return Err(unknown_table(text, name, &table));
        };
        for (keys, value) in lines {
            let place = value.span().start;
            entry(context, &keys, value.get_ref(), place, &mut entries)
                .map_err(|(what, hint)| at(name, text, place, what).hint(hint))?;
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
        no_hiding(&keymap, entry, &entries, text, name)?;
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

/// What was wrong with a line, and what to do.
type Wrong = (String, String);

fn entry(
    context: Context,
    keys: &str,
    value: &toml::Value,
    place: usize,
    entries: &mut Vec<Entry>,
) -> std::result::Result<(), Wrong> {
    if let toml::Value::Array(list) = value {
        for value in list.iter().filter(|value| !value.is_array()) {
            entry(context, keys, value, place, entries)?;
        }
        return Ok(());
    }
    let (words, when) = action_and_condition(value)?;
    let sequence = normal(keys).map_err(|error| {
        let hint = "`pt-stem keys` shows how keys are written";
        (error.to_string(), hint.to_owned())
    })?;
    let action = match words {
        "none" => None,
        words => Some(Action::parse(words).map_err(|error| {
            let hint = "`pt-stem keys` lists all actions";
            (error.to_string(), hint.to_owned())
        })?),
    };
    entries.push(Entry {
        context,
        when,
        keys: keys.to_owned(),
        sequence,
        action,
        place,
    });
    Ok(())
}

fn action_and_condition(value: &toml::Value) -> std::result::Result<(&str, When), Wrong> {
    const FORM: &str =
        "Write \"keys\" = \"action\", or { action = \"action\", when = \"condition\" }";
    if let Some(words) = value.as_str() {
        return Ok((words, When::Always));
    }
    let wrong = |what: String| (what, FORM.to_owned());
    let table = value
        .as_table()
        .ok_or_else(|| wrong("an action is a text".to_owned()))?;
    if let Some(other) = table
        .keys()
        .find(|key| !["action", "when"].contains(&key.as_str()))
    {
        let near = nearest(other, ["action", "when"]);
        let near = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        return Err(wrong(format!("a binding has no '{other}'{near}")));
    }
    let words = table.get("action").and_then(toml::Value::as_str);
    let words = words.ok_or_else(|| wrong("the binding names no action".to_owned()))?;
    let Some(when) = table.get("when") else {
        return Ok((words, When::Always));
    };
    let found = When::ALL
        .into_iter()
        .find(|known| when.as_str() == Some(known.word()));
    match found {
        Some(found) => Ok((words, found)),
        None => Err((
            format!("there is no condition {when}"),
            format!("Conditions: {}", When::ALL.map(When::word).join(", ")),
        )),
    }
}

/// The line of an entry, from 1.
fn line(text: &str, entry: &Entry) -> usize {
    let before = text.get(..entry.place).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn word(action: Option<&Action>) -> String {
    action.map_or_else(|| "none".to_owned(), Action::to_string)
}

/// Two ways to write one key (`S`, `shift-s`) must not say two things.
fn no_twins(entries: &[Entry], text: &str, name: &str) -> Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        let twin = entries.iter().take(index).find(|other| {
            (other.context, other.when) == (entry.context, entry.when)
                && other.sequence == entry.sequence
                && other.action != entry.action
                && !(other.place == entry.place && other.action.is_none())
        });
        if let Some(twin) = twin {
            let line = line(text, twin);
            let what = format!(
                "'{}' is bound to '{}' and, as '{}' in line {line}, to '{}'",
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
        let same_place = binding.context == entry.context || repeats;
        if same_place && (entry.when == When::Always || entry.when == binding.when) {
            binding.keys.retain(|keys| match normal(keys) {
                Ok(keys) if entry.action.is_none() => !keys.starts_with(&entry.sequence),
                Ok(keys) => keys != entry.sequence,
                Err(_) => true,
            });
        }
    }
    let Some(action) = &entry.action else {
        return;
    };
    let same = keymap.bindings.iter_mut().find(|binding| {
        (binding.context, binding.when) == (entry.context, entry.when) && binding.action == *action
    });
    match same {
        // The user's own key is the one that help and footer show first.
        Some(binding) => binding.keys.insert(0, entry.keys.clone()),
        None => {
            let mut binding = Binding::new(entry.context, entry.when, "", action.clone());
            binding.keys = vec![entry.keys.clone()];
            keymap.bindings.push(binding);
        }
    }
}

/// A key that begins a sequence must not be bound alone: the sequence could never be typed.
fn no_hiding(
    keymap: &Keymap,
    entry: &Entry,
    entries: &[Entry],
    text: &str,
    name: &str,
) -> Result<()> {
    let Some(action) = &entry.action else {
        return Ok(());
    };
    for binding in keymap.bindings.iter().filter(|b| do_meet(b, entry)) {
        for keys in &binding.keys {
            let Ok(other) = normal(keys) else {
                continue;
            };
            let is_hidden =
                other.len() > entry.sequence.len() && other.starts_with(&entry.sequence);
            let hides = other.len() < entry.sequence.len() && entry.sequence.starts_with(&other);
            if !is_hidden && !hides {
                continue;
            }
            let what = format!(
                "'{}' ({action}) and '{keys}' ({}) are in conflict: the longer one could never be typed",
                entry.keys, binding.action,
            );
            let own = entries.iter().find(|own| {
                own.sequence == other && own.context == binding.context && own.action.is_some()
            });
            let hint = match own {
                Some(own) => {
                    let line = line(text, own);
                    format!("Take one of the two lines away; the other is line {line}")
                }
                None if is_hidden => {
                    format!(
                        "Free the key: \"{}\" = [\"none\", \"{action}\"]",
                        entry.keys
                    )
                }
                None => {
                    let context = binding.context.word();
                    format!("Unbind the other, in [{context}]: \"{keys}\" = \"none\"")
                }
            };
            return Err(at(name, text, entry.place, what).hint(hint));
        }
    }
    Ok(())
}

/// Whether there is a pane in which both are looked for.
fn do_meet(binding: &Binding, entry: &Entry) -> bool {
    Context::ALL.iter().any(|context| {
        let path = context.path();
        path.contains(&binding.context) && path.contains(&entry.context)
    })
}

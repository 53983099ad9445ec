//! Settings, keys and themes that changed while the program runs.

use std::sync::Arc;

use super::notices::{self, fault};
use super::{Reload, files, planning};
use crate::app::Effect;
use crate::app::state::{Severity, State};
use crate::config::{Config, KEYS};
use crate::error::ErrorKind;

pub fn reload(state: &mut State, reload: Reload, out: &mut Vec<Effect>) {
    match reload {
        Reload::Taken(files, changes) => {
            state.keymap = Arc::new(files.keymap);
            let old = std::mem::replace(&mut state.config, files.config);
            told(state, &changes);
            follow(state, &old, out);
        }
        Reload::Refused(refused) => {
            // The nearest key is to be read without opening anything.
            let hint = refused.hints.first().map_or("", String::as_str);
            let text = format!("{}. {hint}", without_column(&refused.message));
            let mut told = fault(ErrorKind::Config, text.trim_end_matches([' ', '.']));
            told.hints = refused.hints;
            told.hints
                .push("Until it is right, what held before stays".to_owned());
            notices::fail(state, "config", told);
        }
        Reload::Blind(fault) => {
            notices::log(state, Severity::Warning, "config", &fault.message);
        }
    }
}

/// The line finds the place, and the message line is short.
fn without_column(message: &str) -> String {
    let Some((before, rest)) = message.split_once(", column ") else {
        return message.to_owned();
    };
    format!(
        "{before}{}",
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
    )
}

fn told(state: &mut State, changes: &[String]) {
    if changes.is_empty() {
        notices::toast(state, Severity::Info, "read again: nothing has changed");
        return;
    }
    let is_later = |change: &&String| {
        let key = KEYS.iter().find(|key| key.name == **change);
        key.is_some_and(|key| !key.is_live()) || *change == "paths"
    };
    let later: Vec<&str> = changes
        .iter()
        .filter(is_later)
        .map(String::as_str)
        .collect();
    let mut text = format!("read again: {}", changes.join(", "));
    if !later.is_empty() {
        text = format!("{text}; from the next start: {}", later.join(", "));
    }
    notices::say(state, Severity::Ok, "config", &text);
}

/// What follows from settings that are not simply looked up when they are needed.
fn follow(state: &mut State, old: &Arc<Config>, out: &mut Vec<Effect>) {
    let new = Arc::clone(&state.config);
    if new.output.recipe != old.output.recipe
        && let Some(path) = &new.output.recipe
    {
        out.push(Effect::LoadRecipe(path.clone()));
    }
    if new.ui.mouse != old.ui.mouse && state.ui.mouse.is_none() {
        out.push(Effect::Mouse(new.ui.mouse));
    }
    if new.output.root != old.output.root {
        if state.files.dir == old.output.root {
            files::show(state, new.output.root.clone(), out);
        }
        planning::replan(state, out);
    }
}

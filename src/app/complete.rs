//! What the words of a command line can be completed to: tracks, stems, markers, jobs, themes,
//! files, and choices, as far as they are known.

use std::path::{Path, PathBuf};

use crate::action::{Action, ActionInfo};
use crate::app::rows::{Filter, sort_keys};
use crate::app::state::{Pane, State};
use crate::app::update::available::unavailable;
use crate::app::update::snapshots;
use crate::config::Theme;

/// Candidates at most.
const MOST: usize = 200;

/// What the last word of a command line can become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The whole line with it.
    pub line: String,
    pub shown: String,
    /// What it is, in a few words.
    pub note: String,
}

/// The start of the last word, as the reader of commands splits, and the word without its quote.
fn last_word(text: &str) -> (usize, &str) {
    let mut start = 0;
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        start += rest.len() - trimmed.len();
        let quoted = trimmed.strip_prefix('"');
        let end = match quoted {
            Some(inside) => inside.find('"').map(|at| at + 2),
            None => trimmed.find(char::is_whitespace),
        };
        let Some(end) = end else {
            return (start, quoted.unwrap_or(trimmed));
        };
        start += end;
        rest = trimmed.get(end..).unwrap_or("");
    }
}

/// The folder to look into for the path that is being typed, when the action takes one.
pub fn folder(info: &ActionInfo, text: &str) -> Option<PathBuf> {
    takes_path(info).then(|| split_path(last_word(text).1).0.into())
}

fn takes_path(info: &ActionInfo) -> bool {
    matches!(info.arguments, "PATH" | "[PATH]")
}

/// The folder that a path being typed lies in.
pub fn folder_of(path: &str) -> PathBuf {
    split_path(path).0.into()
}

/// What a path can become: the folder that it begins, else what all that fit have in common.
/// With it the names that fit; none when nothing does.
pub fn folder_like<'a>(path: &str, names: &'a [String]) -> Option<(String, Vec<&'a str>)> {
    let (folder, wanted) = split_path(path);
    let small = wanted.to_lowercase();
    let fits = |name: &&str| {
        name.ends_with(std::path::is_separator) && name.to_lowercase().starts_with(&small)
    };
    let names: Vec<&str> = names.iter().map(String::as_str).filter(fits).collect();
    let (first, rest) = names.split_first()?;
    let mut common = (*first).to_owned();
    for name in rest {
        let same = common.chars().zip(name.chars()).take_while(|(a, b)| a == b);
        common = same.map(|(letter, _)| letter).collect();
    }
    if common.chars().count() < wanted.chars().count() {
        common = wanted.to_owned();
    }
    Some((format!("{folder}{common}"), names))
}

/// Folder, with its slash, and the beginning of a name.
fn split_path(path: &str) -> (&str, &str) {
    let at = path.rfind(std::path::is_separator).map_or(0, |at| at + 1);
    path.split_at(at)
}

/// What fits the last word of a line that begins with an action's name; the best first.
pub fn candidates(state: &State, info: &ActionInfo, text: &str) -> Vec<Candidate> {
    let (start, word) = last_word(text);
    let before = text.get(..start).unwrap_or(text);
    let (folder, wanted) = if takes_path(info) {
        split_path(word)
    } else {
        ("", word)
    };
    let mut found: Vec<(bool, u32, Candidate)> = Vec::new();
    let small = wanted.to_lowercase();
    let mut filter = Filter::new(wanted);
    let is_first = before.trim() == info.name;
    for (name, note) in known(state, info, folder, is_first) {
        let score = match &mut filter {
            None => 0,
            Some(filter) => match filter.score(&name) {
                Some(score) => score,
                None => continue,
            },
        };
        let value = format!("{folder}{name}");
        let quoted = if value.contains(char::is_whitespace) && !value.contains('"') {
            format!("\"{value}\"")
        } else {
            value
        };
        let begins = name.to_lowercase().starts_with(&small);
        let candidate = Candidate {
            line: format!("{before}{quoted}"),
            shown: name,
            note,
        };
        found.push((!begins, u32::MAX - score, candidate));
    }
    found.sort_by_key(|(begins_not, score, _)| (*begins_not, *score));
    found.truncate(MOST);
    found
        .into_iter()
        .map(|(_, _, candidate)| candidate)
        .collect()
}

/// Everything that the argument can be, each with what it is; `is_first`: it follows the name.
fn known(state: &State, info: &ActionInfo, folder: &str, is_first: bool) -> Vec<(String, String)> {
    let plain = |name: &str| (name.to_owned(), String::new());
    match info.arguments {
        "TRACK…" | "[TRACK…]" => {
            let tracks = state.tracks().iter();
            tracks
                .map(|track| (track.name.clone(), track.kind.code().to_owned()))
                .collect()
        }
        "[STEM]" | "[STEM…]" => stems(state).iter().map(|name| plain(name)).collect(),
        "[PLACE]" | "FROM TO" => {
            let markers = state.session.iter().flat_map(|session| &session.markers);
            markers.map(|marker| plain(&marker.name)).collect()
        }
        "[JOB]" => jobs(state, info),
        "PATH" | "[PATH]" => match &state.ui.names {
            Some((dir, names)) if dir == Path::new(folder) => {
                names.iter().map(|name| plain(name)).collect()
            }
            _ => Vec::new(),
        },
        // Behind the command stands its body.
        "COMMAND [JSON]" if is_first => {
            let commands = state.ui.commands.iter();
            commands.map(|name| plain(name)).collect()
        }
        "[NAME]" if info.name.starts_with("snapshot-") => {
            let known = state.known_snapshots().iter();
            known
                .map(|snapshot| (snapshot.name.clone(), snapshots::facts(snapshot)))
                .collect()
        }
        "NAME" if info.name == "theme" => {
            let own = state.ui.themes.iter().map(String::as_str);
            let mut names: Vec<&str> = Theme::builtin_names().into_iter().chain(own).collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().map(plain).collect()
        }
        "N" => (1..)
            .zip(Pane::ALL)
            .map(|(number, pane)| (number.to_string(), pane.word().to_owned()))
            .collect(),
        _ if info.name == "sort" => {
            let keys = sort_keys(state.ui.focus).iter();
            keys.map(|key| plain(key.word())).collect()
        }
        choices if choices.contains('|') && !choices.contains(' ') => {
            let choices = choices.trim_matches(['[', ']']);
            choices.split('|').map(plain).collect()
        }
        _ => Vec::new(),
    }
}

/// The stems of the plan, then those that were only assigned to by hand.
pub fn stems(state: &State) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    if let Some(Ok(plan)) = &state.plan {
        names.extend(plan.stems.iter().map(|stem| stem.name.as_str()));
    }
    let edited = state.edited.iter().flat_map(|stems| stems.iter());
    for name in edited.map(|stem| stem.spec.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut by_hand: Vec<&str> = state.assigned.values().map(String::as_str).collect();
    by_hand.sort_unstable();
    for name in by_hand {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The jobs that the action can be done to.
fn jobs(state: &State, info: &ActionInfo) -> Vec<(String, String)> {
    let jobs = state.jobs.jobs().iter();
    jobs.filter(|job| {
        let action = Action::parse(&format!("{} {}", info.name, job.id));
        action.is_ok_and(|action| unavailable(state, &action).is_none())
    })
    .map(|job| (job.id.to_string(), job.title.clone()))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_split_as_commands_are() {
        for (text, start, word) in [
            ("mute", 0, "mute"),
            ("mute ", 5, ""),
            ("mute Ki", 5, "Ki"),
            ("mute \"OH L", 5, "OH L"),
            ("mute \"OH L\" Ki", 12, "Ki"),
            ("mute \"OH L\" ", 12, ""),
            ("  mute ü", 7, "ü"),
            ("", 0, ""),
        ] {
            assert_eq!(last_word(text), (start, word), "{text}");
        }
    }

    #[test]
    fn paths_are_split_behind_the_last_slash() {
        for (path, folder, name) in [
            ("", "", ""),
            ("a", "", "a"),
            ("/a", "/", "a"),
            ("./a/b", "./a/", "b"),
            ("a/", "a/", ""),
        ] {
            assert_eq!(split_path(path), (folder, name), "{path}");
        }
    }
}

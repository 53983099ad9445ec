//! The arrows of the house: who may import whom, which modules are pure, and how large a room may
//! grow. The table is the one of `src/lib.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that everybody may use, but the pure ones only `error`.
const LEAVES: [&str; 4] = ["error", "clock", "telemetry", "platform"];

/// A module (or a file of one) with what it may import beside the leaves. The longest prefix wins.
#[rustfmt::skip]
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("action", &["model"]),
    ("plan", &["model"]),
    ("audio", &["model"]),
    ("media", &["model", "audio"]),
    ("mixdown", &["model", "audio", "media"]),
    ("import", &["model", "audio", "media"]),
    ("ptsl", &["model"]),
    ("simulator", &["model", "audio", "media", "mixdown", "import", "ptsl::wire", "ptsl::names", "ptsl::json"]),
    ("engine", &["model", "plan", "audio", "media", "mixdown", "import", "ptsl::client", "ptsl::error",
                 "ptsl::clips", "ptsl::controls", "ptsl::playlists"]),
    ("jobs", &["model", "plan", "engine"]),
    ("jobs/queue", &["model"]),
    ("config", &["model", "action"]),
    ("app", &["model", "action", "plan", "config", "jobs::queue", "ptsl::request"]),
    ("app/runtime", &["model", "action", "plan", "config", "jobs", "engine", "import", "ptsl::link", "ptsl::request"]),
    ("tui", &["app", "action", "config", "model", "plan"]),
    ("tui/widgets", &["model", "config", "tui"]),
    ("server", &["app", "action", "config", "model", "plan"]),
    ("cli", &["app", "action", "config", "server", "tui", "simulator", "model", "plan", "engine::verify", "engine::lint", "engine::lease",
              "jobs::store", "ptsl::client", "ptsl::describe", "ptsl::names", "ptsl::error"]),
];

/// Modules without clock, files, network and tasks.
const PURE: [&str; 6] = ["model", "action", "plan", "audio", "app", "jobs/queue"];
const IMPURE_FILES: [&str; 1] = ["app/runtime"];
const IMPURE_WORDS: [&str; 8] = [
    "tokio::",
    "tonic::",
    "ratatui::",
    "crossterm::",
    "std::fs",
    "Instant::now",
    "SystemTime::now",
    "std::env",
];

fn source_files() -> Vec<(String, String)> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let name = |path: &Path| {
        let below = path.strip_prefix(&root).unwrap().with_extension("");
        below.to_string_lossy().replace('\\', "/")
    };
    paths
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The code of a file without comments and without its unit tests.
fn production(text: &str) -> String {
    let inline_tests = text
        .match_indices("#[cfg(test)]\nmod ")
        .find(|(at, _)| text[*at..].lines().nth(1).is_some_and(|l| l.ends_with('{')));
    let text = inline_tests.map_or(text, |(at, _)| &text[..at]);
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every `crate::a::b` that the code names, grouped imports unfolded, two levels deep.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, text) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            unfold(&code[at + text.len()..], "", &mut found);
        }
    }
    found
}

fn unfold(rest: &str, prefix: &str, found: &mut BTreeSet<String>) {
    if prefix.contains("::") {
        found.insert(prefix.to_owned());
        return;
    }
    if let Some(group) = rest.strip_prefix('{') {
        for part in split_group(group) {
            unfold(part.trim(), prefix, found);
        }
        return;
    }
    let word: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    if word.is_empty() || word == "self" {
        if !prefix.is_empty() {
            found.insert(prefix.to_owned());
        }
        return;
    }
    let path = [prefix, &word].into_iter().filter(|p| !p.is_empty());
    let path = path.collect::<Vec<_>>().join("::");
    match rest[word.len()..].strip_prefix("::") {
        Some(next) => unfold(next, &path, found),
        None => {
            found.insert(path);
        }
    }
}

/// The parts of `a, b::{c, d}, e} …` up to the closing brace.
fn split_group(group: &str) -> Vec<&str> {
    let (mut level, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => level -= 1,
            ',' if level == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

fn within(file: &str, module: &str) -> bool {
    file == module || file.starts_with(&format!("{module}/"))
}

fn top(path: &str) -> &str {
    path.split(['/', ':']).next().unwrap_or(path)
}

fn is_pure(file: &str) -> bool {
    PURE.iter().any(|module| within(file, module))
        && !IMPURE_FILES.iter().any(|module| within(file, module))
}

#[test]
fn imports_run_only_along_the_table() {
    let mut wrong = Vec::new();
    for (file, text) in source_files() {
        if ["lib", "main"].contains(&file.as_str()) || LEAVES.contains(&top(&file)) {
            continue;
        }
        let (module, allowed) = ALLOWED
            .iter()
            .filter(|(module, _)| within(&file, module))
            .max_by_key(|(module, _)| module.len())
            .unwrap_or_else(|| panic!("src/{file}.rs is in no room of the table"));
        for import in imports(&production(&text)) {
            let first = top(&import);
            let is_macro = first.starts_with(char::is_uppercase);
            let own = first == top(module);
            let leaf = LEAVES.contains(&first) && (!is_pure(&file) || first == "error");
            let listed = allowed.iter().any(|allow| {
                first == *allow || import == *allow || import.starts_with(&format!("{allow}::"))
            });
            if !(own || leaf || listed || is_macro) {
                wrong.push(format!("src/{file}.rs imports crate::{import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden arrows:\n{}", wrong.join("\n"));
}

#[test]
fn pure_modules_touch_nothing_outside() {
    let mut wrong = Vec::new();
    for (file, text) in source_files() {
        let code = production(&text);
        for word in IMPURE_WORDS {
            if is_pure(&file) && code.contains(word) {
                wrong.push(format!("src/{file}.rs uses {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "not pure:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_terminal_writes_escape_sequences() {
    let mut wrong = Vec::new();
    for (file, text) in source_files() {
        let code = production(&text);
        let is_terminal = ["tui/terminal", "tui/osc", "tui/pen"]
            .iter()
            .any(|room| within(&file, room));
        if !is_terminal && (code.contains("\\x1b") || code.contains("\\u{1b}")) {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "terminal bytes outside tui: {wrong:?}");
}

#[test]
fn every_room_says_what_it_is_and_stays_small() {
    let mut wrong = Vec::new();
    for (file, text) in source_files() {
        if !text.lines().take(3).any(|line| line.starts_with("//!")) {
            wrong.push(format!("src/{file}.rs has no module doc"));
        }
        let lines = text.lines().count();
        if lines > 500 {
            wrong.push(format!("src/{file}.rs has {lines} lines, more than 500"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

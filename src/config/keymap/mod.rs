//! Keys as data: one record a binding, from which dispatch, footer, help, palette, the popup of
//! unfinished sequences, `pt-stem keys` and the README's table are made.

mod defaults;
mod notation;
mod page;
mod user;

use std::path::Path;

use crate::action::{Action, catalogue};
use crate::error::Result;

pub use notation::{KeyError, combination, normal, show, show_key};
pub use page::{Line, markdown, page};

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but in text entry and dialogs.
    Global,
    Tracks,
    Stems,
    Jobs,
    Files,
    Log,
    Transport,
    /// While a dialog or overlay is open.
    Dialog,
}

impl Context {
    pub const ALL: [Self; 8] = [
        Self::Global,
        Self::Tracks,
        Self::Stems,
        Self::Jobs,
        Self::Files,
        Self::Log,
        Self::Transport,
        Self::Dialog,
    ];

    /// The name of its table in `keymap.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Tracks => "tracks",
            Self::Stems => "stems",
            Self::Jobs => "jobs",
            Self::Files => "files",
            Self::Log => "log",
            Self::Transport => "transport",
            Self::Dialog => "dialog",
        }
    }

    /// Where a key is looked for, the nearest first.
    pub fn path(self) -> &'static [Self] {
        match self {
            Self::Global => &[Self::Global],
            Self::Tracks => &[Self::Tracks, Self::Global],
            Self::Stems => &[Self::Stems, Self::Global],
            Self::Jobs => &[Self::Jobs, Self::Global],
            Self::Files => &[Self::Files, Self::Global],
            Self::Log => &[Self::Log, Self::Global],
            Self::Transport => &[Self::Transport, Self::Global],
            Self::Dialog => &[Self::Dialog],
        }
    }
}

/// What must be so for a binding to hold, beside its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum When {
    #[default]
    Always,
    /// A question or the print dialog is open: something takes a yes.
    Question,
    /// Details or an error is open.
    Reading,
    /// The transport runs.
    Playing,
    /// The focused list has a filter.
    Filtered,
    /// The track under the cursor is a folder.
    Folder,
    /// The job under the cursor is paused.
    Paused,
    /// The details of a job whose sum failed are open.
    Failed,
}

impl When {
    pub const ALL: [Self; 8] = [
        Self::Always,
        Self::Question,
        Self::Reading,
        Self::Playing,
        Self::Filtered,
        Self::Folder,
        Self::Paused,
        Self::Failed,
    ];

    /// As `keymap.toml` writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Question => "question",
            Self::Reading => "reading",
            Self::Playing => "playing",
            Self::Filtered => "filtered",
            Self::Folder => "folder",
            Self::Paused => "paused",
            Self::Failed => "failed",
        }
    }
}

/// One binding.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Key sequences in crokey's notation, keys of a sequence separated by a blank: `g g`,
    /// `ctrl-u`. A capital letter is the letter with shift.
    pub keys: Vec<String>,
    pub action: Action,
    pub context: Context,
    pub when: When,
    pub description: String,
    /// The shortest words, for the footer.
    pub label: String,
    /// 0 is not in the footer; higher comes first.
    pub weight: u8,
}

impl Binding {
    /// A binding with the words of the catalogue, not in the footer.
    pub fn new(context: Context, when: When, keys: &str, action: Action) -> Self {
        let description = describe(&action);
        Self {
            keys: keys.split("  ").map(str::to_owned).collect(),
            label: short(&description),
            description,
            action,
            context,
            when,
            weight: 0,
        }
    }
}

/// All bindings in the order of the help page.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymap {
    pub bindings: Vec<Binding>,
}

impl Default for Keymap {
    /// The keys of a program without a `keymap.toml`.
    fn default() -> Self {
        Self {
            bindings: defaults::bindings(),
        }
    }
}

impl Keymap {
    /// The default keys with what `keymap.toml` in `config_dir` changes, if it is there.
    ///
    /// # Errors
    /// `Config` with file and line: no TOML, unknown table, key, or action, or keys in conflict.
    pub fn load(config_dir: &Path) -> Result<Self> {
        let path = config_dir.join("keymap.toml");
        match super::text::read(&path)? {
            Some(text) => Self::default().with(&text, &path.display().to_string()),
            None => Ok(Self::default()),
        }
    }

    /// These keys changed by the text of a `keymap.toml`; `name` is for messages.
    pub fn with(self, text: &str, name: &str) -> Result<Self> {
        user::apply(self, text, name)
    }

    /// Bindings that hold in these contexts, as a key finds them: the nearest context first, and
    /// in it those with a condition before those without.
    pub fn holding(&self, contexts: &[Context], holds: impl Fn(When) -> bool) -> Vec<&Binding> {
        let mut found = Vec::new();
        for context in contexts {
            let here = || self.bindings.iter().filter(|b| b.context == *context);
            found.extend(here().filter(|b| b.when != When::Always && holds(b.when)));
            found.extend(here().filter(|b| b.when == When::Always));
        }
        found
    }

    /// The keys that may follow `typed` (as shown or as bindings write it), each with its binding.
    pub fn following<'a>(
        &'a self,
        contexts: &[Context],
        holds: impl Fn(When) -> bool,
        typed: &str,
    ) -> Vec<(String, &'a Binding)> {
        let Ok(typed) = normal(typed) else {
            return Vec::new();
        };
        let mut found: Vec<(String, &Binding)> = Vec::new();
        for binding in self.holding(contexts, holds) {
            for keys in &binding.keys {
                let rest = normal(keys).ok().and_then(|keys| {
                    let rest = keys.strip_prefix(typed.as_slice())?;
                    let shown: Vec<String> = rest.iter().map(|key| show_key(*key)).collect();
                    (!shown.is_empty()).then(|| shown.join(" "))
                });
                if let Some(rest) = rest.filter(|rest| found.iter().all(|(known, _)| known != rest))
                {
                    found.push((rest, binding));
                }
            }
        }
        found
    }

    /// Bindings for the footer: only what holds and has a weight, the heaviest first, each action
    /// and each key once.
    pub fn footer(&self, contexts: &[Context], holds: impl Fn(When) -> bool) -> Vec<&Binding> {
        let mut told: Vec<&Action> = Vec::new();
        let mut taken: Vec<&str> = Vec::new();
        let mut wanted = self.holding(contexts, holds);
        wanted.retain(|binding| {
            let Some(key) = binding.keys.first() else {
                return false;
            };
            let is_new = !told.contains(&&binding.action) && !taken.contains(&key.as_str());
            taken.push(key);
            let is_told = is_new && binding.weight > 0;
            if is_told {
                told.push(&binding.action);
            }
            is_told
        });
        wanted.sort_by_key(|binding| std::cmp::Reverse(binding.weight));
        wanted
    }

    /// Every sequence that does `action`, in any context.
    pub fn keys_for(&self, action: &Action) -> Vec<&str> {
        let mut keys = Vec::new();
        for binding in self.bindings.iter().filter(|b| b.action == *action) {
            for key in &binding.keys {
                if !keys.contains(&key.as_str()) {
                    keys.push(key.as_str());
                }
            }
        }
        keys
    }
}

/// What the catalogue says of an action.
fn describe(action: &Action) -> String {
    let name = action.name();
    let info = catalogue().iter().find(|info| info.name == name);
    let text = info.map_or("", |info| info.description);
    match action {
        Action::Pane(number) => format!("Pane {number}"),
        Action::Locate(place) if place.is_empty() => "Transport to the start".to_owned(),
        Action::Sort(None) => "The next order".to_owned(),
        Action::Sort(Some(key)) => format!("Sort by {}", key.word()),
        _ => text.to_owned(),
    }
}

/// A description up to its first comma, in small letters.
fn short(text: &str) -> String {
    let short = text.split([',', ':', ';', '(']).next().unwrap_or(text);
    let mut chars = short.trim().chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

//! Keys as data: one record a binding, from which dispatch, footer, help, palette and
//! `pt-stem keys` are made.

mod defaults;
mod notation;
mod user;

use std::path::Path;

use crate::action::{Action, catalogue};
use crate::error::Result;

pub use notation::{KeyError, combination, normal};

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

/// One binding.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Key sequences in crokey's notation, keys of a sequence separated by a blank: `g g`,
    /// `ctrl-u`. A capital letter is the letter with shift.
    pub keys: Vec<String>,
    pub action: Action,
    pub context: Context,
    pub description: String,
    /// 0 is not in the footer; higher comes first.
    pub weight: u8,
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

    /// Bindings that hold in a context, its own before the global ones, in the order of the help
    /// page.
    pub fn help(&self, context: Context) -> Vec<&Binding> {
        let own = |place: &Context| {
            let place = *place;
            self.bindings
                .iter()
                .filter(move |binding| binding.context == place)
        };
        context.path().iter().flat_map(own).collect()
    }

    /// The same for the footer: only what has a weight, the heaviest first.
    pub fn footer(&self, context: Context) -> Vec<&Binding> {
        let mut wanted = self.help(context);
        wanted.retain(|binding| binding.weight > 0 && !binding.keys.is_empty());
        wanted.sort_by_key(|binding| std::cmp::Reverse(binding.weight));
        wanted
    }

    /// Every sequence that does `action`, in any context.
    pub fn keys_for(&self, action: &Action) -> Vec<&str> {
        let bound = self
            .bindings
            .iter()
            .filter(|binding| binding.action == *action);
        bound
            .flat_map(|binding| binding.keys.iter().map(String::as_str))
            .collect()
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
        _ => text.to_owned(),
    }
}

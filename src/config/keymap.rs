//! Keys as data: one record a binding, from which dispatch, footer, help, palette and
//! `pt-stem keys` are made.

use crate::action::Action;

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// One binding.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Key sequences in crokey's notation, keys of a sequence separated by a blank: `g g`,
    /// `ctrl-u`, `shift-s` is `S`.
    pub keys: Vec<String>,
    pub action: Action,
    pub context: Context,
    pub description: String,
    /// 0 is not in the footer; higher comes first.
    pub weight: u8,
}

/// All bindings in the order of the help page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Keymap {
    pub bindings: Vec<Binding>,
}

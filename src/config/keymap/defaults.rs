//! The default keys: as in Pro Tools where it has one, as in vim and other terminal programs
//! elsewhere. None needs AltGr, none is taken by flow control (Ctrl-S, Ctrl-Q), tmux (Ctrl-B) or
//! screen (Ctrl-A).

use super::{Binding, Context, When};
use crate::action::Action;
use Context::{Dialog, Files, Global, Jobs, Log, Stems, Tracks, Transport};
use When::{Always, Failed, Filtered, Folder, Paused, Playing, Question, Reading};

/// Context, condition, keys (several are separated by two blanks), action, words and weight in the
/// footer. A row with a condition goes before the one without.
const TABLE: &[(Context, When, &str, &str, &str, u8)] = &[
    (Global, Always, "?  f1", "help", "help", 100),
    (Global, Always, ":", "palette", "command", 60),
    (Global, Always, "q", "quit", "quit", 99),
    (Global, Always, "k  up", "up", "", 0),
    (Global, Always, "j  down", "down", "", 0),
    (Global, Always, "h  left", "left", "", 0),
    (Global, Always, "l  right", "right", "", 0),
    (Global, Always, "pageup", "page-up", "", 0),
    (Global, Always, "pagedown", "page-down", "", 0),
    (Global, Always, "ctrl-u", "half-page-up", "", 0),
    (Global, Always, "ctrl-d", "half-page-down", "", 0),
    (Global, Always, "g g", "top", "", 0),
    (Global, Always, "G  end", "bottom", "", 0),
    (Global, Always, "tab", "next-pane", "pane", 40),
    (Global, Always, "shift-tab", "previous-pane", "", 0),
    (Global, Always, "1  g t", "pane 1", "", 0),
    (Global, Always, "2  g s", "pane 2", "", 0),
    (Global, Always, "3  g j", "pane 3", "", 0),
    (Global, Always, "4  g f", "pane 4", "", 0),
    (Global, Always, "5  g l", "pane 5", "", 0),
    (Global, Always, "6", "pane 6", "", 0),
    (Global, Always, "7", "pane 7", "", 0),
    (Global, Always, "8", "pane 8", "", 0),
    (Global, Always, "9", "pane 9", "", 0),
    (Global, Always, "enter", "open", "open", 0),
    (Global, Filtered, "esc", "back", "clear filter", 36),
    (Global, Always, "esc", "back", "back", 0),
    (Global, Playing, "space", "toggle-play", "stop", 50),
    (Global, Always, "space", "toggle-play", "play", 50),
    (Global, Always, "f12", "record", "record", 0),
    (Global, Always, "home", "locate", "to start", 0),
    (Global, Always, "v", "select-row", "select", 0),
    (Global, Always, "V", "select-range", "", 0),
    (Global, Always, "*", "select-invert", "", 0),
    (Global, Always, "m", "mute", "mute", 0),
    (Global, Always, "S", "solo", "solo", 0),
    (Global, Always, "R", "arm", "arm", 0),
    (Global, Always, "i", "input", "input", 0),
    (Global, Always, "s", "assign", "stem", 0),
    (Global, Always, "r", "print", "print", 55),
    (Global, Always, "P", "print-all", "print all", 45),
    (Global, Always, "x", "cancel", "cancel", 0),
    (Global, Always, "p", "pause", "pause", 0),
    (Global, Always, "t", "retry", "retry", 0),
    (Global, Always, "/", "filter", "find", 58),
    (Global, Filtered, "n", "next-match", "next match", 34),
    (Global, Filtered, "N", "previous-match", "", 0),
    (Global, Always, "n", "next-match", "next finding", 12),
    (Global, Always, "N", "previous-match", "", 0),
    (Global, Always, ", ,", "sort", "sort", 8),
    (Global, Always, "u", "undo", "", 0),
    (Global, Always, "ctrl-r", "redo", "", 0),
    (Global, Always, "Z", "zoom", "zoom", 10),
    (Global, Always, "H", "toggle-hidden", "hidden", 0),
    (Global, Always, "I", "inspector", "", 0),
    (Global, Always, "T", "matrix", "matrix", 0),
    (Global, Always, "y", "copy-path", "copy path", 0),
    (Global, Always, "o", "open-folder", "folder", 0),
    (Global, Always, "M", "markers", "markers", 0),
    (Global, Always, "b", "snapshots", "snapshots", 0),
    (Global, Always, "E", "last-error", "last error", 0),
    (Global, Always, "%", "mouse", "", 0),
    (Global, Always, "f5", "refresh", "", 0),
    (Global, Always, "ctrl-l", "redraw", "", 0),
    (Global, Always, "ctrl-c", "interrupt", "", 0),
    (Global, Always, "ctrl-z", "suspend", "", 0),
    // The same keys again where they belong, for the footer of their pane.
    (Tracks, Always, "m", "mute", "mute", 90),
    (Tracks, Always, "S", "solo", "solo", 88),
    (Tracks, Always, "R", "arm", "arm", 86),
    (Tracks, Always, "v", "select-row", "select", 84),
    (Tracks, Always, "s", "assign", "stem", 82),
    (Tracks, Always, "H", "toggle-hidden", "hidden", 20),
    (Tracks, Folder, "enter", "open", "fold", 30),
    (Tracks, Always, ", o", "sort order", "", 0),
    (Tracks, Always, ", n", "sort name", "", 0),
    (Tracks, Always, ", t", "sort type", "", 0),
    (Tracks, Always, ", s", "sort stem", "", 0),
    (Stems, Always, "r", "print", "print", 90),
    (Stems, Always, "P", "print-all", "print all", 88),
    (Stems, Always, "enter", "open", "open", 70),
    (Stems, Always, "a", "stem-new", "new", 62),
    (Stems, Always, "e  f2", "stem-rename", "rename", 61),
    (Stems, Always, "K", "stem-up", "", 0),
    (Stems, Always, "J", "stem-down", "", 0),
    (Stems, Always, "delete", "stem-delete", "", 0),
    (Stems, Always, "w", "recipe-save", "save recipe", 59),
    (Stems, Always, ", o", "sort order", "", 0),
    (Stems, Always, ", n", "sort name", "", 0),
    (Jobs, Always, "x", "cancel", "cancel", 90),
    (Jobs, Paused, "p", "pause", "resume", 88),
    (Jobs, Always, "p", "pause", "pause", 88),
    (Jobs, Always, "t", "retry", "retry", 86),
    (Jobs, Always, "delete", "remove", "remove", 0),
    (Jobs, Always, "o", "open-folder", "folder", 80),
    (Jobs, Always, "K", "job-up", "", 0),
    (Jobs, Always, "J", "job-down", "", 0),
    (Jobs, Always, "X", "cancel-all", "", 0),
    (Jobs, Always, ", o", "sort order", "", 0),
    (Jobs, Always, ", i", "sort number", "", 0),
    (Jobs, Always, ", s", "sort state", "", 0),
    (Jobs, Always, ", n", "sort name", "", 0),
    (Files, Always, "y", "copy-path", "copy path", 90),
    (Files, Always, "enter", "open", "open", 80),
    (Files, Always, ", n", "sort name", "", 0),
    (Files, Always, ", s", "sort size", "", 0),
    (Files, Always, ", t", "sort time", "", 0),
    (Log, Always, "E", "last-error", "last error", 90),
    (Log, Always, "L", "log-level", "level", 80),
    (Transport, Playing, "space", "toggle-play", "stop", 90),
    (Transport, Always, "space", "toggle-play", "play", 90),
    (Transport, Always, "f12", "record", "record", 88),
    (Transport, Always, "home", "locate", "to start", 86),
    (Transport, Always, ", t", "sort time", "", 0),
    (Transport, Always, ", n", "sort name", "", 0),
    (Dialog, Question, "y", "confirm", "yes", 100),
    (Dialog, Question, "n", "back", "no", 0),
    (Dialog, Failed, "n", "next-match", "next worst place", 60),
    (Dialog, Failed, "N", "previous-match", "", 0),
    (Dialog, Failed, "enter", "open", "select there", 58),
    (Dialog, Reading, "n", "next-match", "next finding", 50),
    (Dialog, Reading, "N", "previous-match", "", 0),
    (Dialog, Always, "esc  q", "back", "back", 88),
    (Dialog, Always, "enter", "open", "open", 0),
    (Dialog, Always, "k  up", "up", "", 0),
    (Dialog, Always, "j  down", "down", "", 0),
    (Dialog, Always, "h  left", "left", "", 0),
    (Dialog, Always, "l  right", "right", "", 0),
    (Dialog, Always, "pageup", "page-up", "", 0),
    (Dialog, Always, "pagedown", "page-down", "", 0),
    (Dialog, Always, "ctrl-u", "half-page-up", "", 0),
    (Dialog, Always, "ctrl-d", "half-page-down", "", 0),
    (Dialog, Always, "g g", "top", "", 0),
    (Dialog, Always, "G  end", "bottom", "", 0),
    (Dialog, Always, "tab", "next-pane", "pane", 0),
    (Dialog, Always, "shift-tab", "previous-pane", "", 0),
    (Dialog, Always, "/", "filter", "find", 0),
    (Dialog, Always, "m", "markers", "", 0),
    (Dialog, Always, "u", "undo", "", 0),
    (Dialog, Always, "ctrl-r", "redo", "", 0),
    (Dialog, Always, "?  f1", "help", "help", 0),
    (Dialog, Always, "ctrl-c", "interrupt", "", 0),
    (Dialog, Always, "ctrl-z", "suspend", "", 0),
];

pub(super) fn bindings() -> Vec<Binding> {
    TABLE
        .iter()
        .filter_map(|(context, when, keys, action, label, weight)| {
            let binding = Binding::new(*context, *when, keys, Action::parse(action).ok()?);
            let label = match *label {
                "" => binding.label,
                label => label.to_owned(),
            };
            Some(Binding {
                label,
                weight: *weight,
                ..binding
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Keymap, normal};
    use super::*;

    #[test]
    fn every_row_is_a_binding_with_words() {
        let bindings = bindings();
        assert_eq!(bindings.len(), TABLE.len());
        for binding in &bindings {
            assert!(!binding.description.is_empty(), "{binding:?}");
            for keys in &binding.keys {
                normal(keys).unwrap();
            }
        }
    }

    #[test]
    fn no_key_means_two_things_or_hides_a_sequence() {
        let mut seen = HashMap::new();
        for binding in bindings() {
            for keys in &binding.keys {
                let sequence = normal(keys).unwrap();
                let place = (binding.context, binding.when, sequence);
                let before = seen.insert(place, binding.action.clone());
                assert_eq!(before, None, "{keys} in {:?}", binding.context);
            }
        }
        for (context, _, sequence) in seen.keys() {
            let hides = |other: &&(Context, When, Vec<_>)| {
                context.path().contains(&other.0)
                    && other.2.len() > sequence.len()
                    && other.2.starts_with(sequence)
            };
            assert_eq!(seen.keys().find(hides), None);
        }
    }

    #[test]
    fn no_default_is_taken_by_the_terminal() {
        for binding in bindings() {
            for keys in &binding.keys {
                for taken in ["ctrl-s", "ctrl-q", "ctrl-b", "ctrl-a"] {
                    assert!(!keys.split(' ').any(|key| key == taken), "{keys}");
                }
                // Needs AltGr on a German, French or Nordic keyboard, or is a dead key there.
                assert!(
                    !keys.contains(['@', '[', ']', '{', '}', '\\', '|', '~', '^', '`', '´']),
                    "{keys}"
                );
                assert!(!keys.contains("ctrl-alt"), "{keys}");
            }
        }
    }

    #[test]
    fn a_dialog_is_not_confirmed_by_enter() {
        let keymap = Keymap::default();
        assert_eq!(keymap.keys_for(&Action::Confirm), ["y"]);
    }
}

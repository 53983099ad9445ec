//! The default keys: as in Pro Tools where it has one, as in vim and other terminal programs
//! elsewhere. None needs AltGr, none is taken by flow control (Ctrl-S, Ctrl-Q), tmux (Ctrl-B) or
//! screen (Ctrl-A).

use super::{Binding, Context, describe};
use crate::action::Action;
use Context::{Dialog, Files, Global, Jobs, Log, Stems, Tracks, Transport};

/// Context, keys (several are separated by two blanks), action, weight in the footer.
const TABLE: &[(Context, &str, &str, u8)] = &[
    (Global, "?  f1", "help", 100),
    (Global, ":", "palette", 60),
    (Global, "q", "quit", 99),
    (Global, "k  up", "up", 0),
    (Global, "j  down", "down", 0),
    (Global, "h  left", "left", 0),
    (Global, "l  right", "right", 0),
    (Global, "pageup", "page-up", 0),
    (Global, "pagedown", "page-down", 0),
    (Global, "ctrl-u", "half-page-up", 0),
    (Global, "ctrl-d", "half-page-down", 0),
    (Global, "g g", "top", 0),
    (Global, "G  end", "bottom", 0),
    (Global, "tab", "next-pane", 40),
    (Global, "shift-tab", "previous-pane", 0),
    (Global, "1", "pane 1", 0),
    (Global, "2", "pane 2", 0),
    (Global, "3", "pane 3", 0),
    (Global, "4", "pane 4", 0),
    (Global, "5", "pane 5", 0),
    (Global, "6", "pane 6", 0),
    (Global, "7", "pane 7", 0),
    (Global, "8", "pane 8", 0),
    (Global, "9", "pane 9", 0),
    (Global, "enter", "open", 0),
    (Global, "esc", "back", 0),
    (Global, "space", "toggle-play", 50),
    (Global, "f12", "record", 0),
    (Global, "home", "locate", 0),
    (Global, "v", "select-row", 0),
    (Global, "V", "select-range", 0),
    (Global, "*", "select-invert", 0),
    (Global, "m", "mute", 0),
    (Global, "S", "solo", 0),
    (Global, "R", "arm", 0),
    (Global, "i", "input", 0),
    (Global, "s", "assign", 0),
    (Global, "r", "print", 55),
    (Global, "P", "print-all", 45),
    (Global, "x", "cancel", 0),
    (Global, "p", "pause", 0),
    (Global, "t", "retry", 0),
    (Global, "/", "filter", 35),
    (Global, "n", "next-match", 0),
    (Global, "N", "previous-match", 0),
    (Global, "u", "undo", 0),
    (Global, "ctrl-r", "redo", 0),
    (Global, "Z", "zoom", 10),
    (Global, "H", "toggle-hidden", 0),
    (Global, "I", "inspector", 0),
    (Global, "y", "copy-path", 0),
    (Global, "o", "open-folder", 0),
    (Global, "E", "last-error", 0),
    (Global, "ctrl-c", "interrupt", 0),
    (Global, "ctrl-z", "suspend", 0),
    // The same keys again where they belong, for the footer of their pane.
    (Tracks, "m", "mute", 90),
    (Tracks, "S", "solo", 88),
    (Tracks, "R", "arm", 86),
    (Tracks, "v", "select-row", 84),
    (Tracks, "s", "assign", 82),
    (Tracks, "H", "toggle-hidden", 20),
    (Stems, "r", "print", 90),
    (Stems, "P", "print-all", 88),
    (Stems, "enter", "open", 70),
    (Jobs, "x", "cancel", 90),
    (Jobs, "p", "pause", 88),
    (Jobs, "t", "retry", 86),
    (Jobs, "delete", "remove", 0),
    (Jobs, "o", "open-folder", 80),
    (Files, "y", "copy-path", 90),
    (Files, "enter", "open", 80),
    (Log, "E", "last-error", 90),
    (Transport, "space", "toggle-play", 90),
    (Transport, "f12", "record", 88),
    (Transport, "home", "locate", 86),
    (Dialog, "y", "confirm", 100),
    (Dialog, "esc  n  q", "back", 90),
    (Dialog, "enter", "open", 0),
    (Dialog, "k  up", "up", 0),
    (Dialog, "j  down", "down", 0),
    (Dialog, "h  left", "left", 0),
    (Dialog, "l  right", "right", 0),
    (Dialog, "pageup", "page-up", 0),
    (Dialog, "pagedown", "page-down", 0),
    (Dialog, "ctrl-u", "half-page-up", 0),
    (Dialog, "ctrl-d", "half-page-down", 0),
    (Dialog, "g g", "top", 0),
    (Dialog, "G  end", "bottom", 0),
    (Dialog, "tab", "next-pane", 0),
    (Dialog, "shift-tab", "previous-pane", 0),
    (Dialog, "/", "filter", 0),
    (Dialog, "?  f1", "help", 0),
    (Dialog, "ctrl-c", "interrupt", 0),
    (Dialog, "ctrl-z", "suspend", 0),
];

pub(super) fn bindings() -> Vec<Binding> {
    TABLE
        .iter()
        .filter_map(|(context, keys, action, weight)| {
            let action = Action::parse(action).ok()?;
            Some(Binding {
                keys: keys.split("  ").map(str::to_owned).collect(),
                description: describe(&action),
                action,
                context: *context,
                weight: *weight,
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
                let before = seen.insert((binding.context, sequence), binding.action.clone());
                assert_eq!(before, None, "{keys} in {:?}", binding.context);
            }
        }
        for (context, sequence) in seen.keys() {
            let hides = |other: &&(Context, Vec<_>)| {
                other.0 == *context
                    && other.1.len() > sequence.len()
                    && other.1.starts_with(sequence)
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

//! From key events to actions: sequences of the keymap, in the context of the focused pane or dialog.

use crokey::KeyCombination;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::action::Action;
use crate::app::state::Pane;
use crate::config::Keymap;
use crate::config::keymap::{self as notation, Context};

/// What a key came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Action(Action),
    /// The beginning of a sequence; the keys typed so far, as text.
    Pending(String),
    /// Nothing is bound to it.
    Unbound,
}

#[derive(Debug, Clone)]
struct Sequence {
    keys: Vec<KeyCombination>,
    context: Context,
    action: Action,
}

/// The keymap made ready, and the keys typed of an unfinished sequence.
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    sequences: Vec<Sequence>,
    typed: Vec<KeyCombination>,
}

impl Resolver {
    /// Bindings whose keys cannot be read are left out; the keymap's own check reports them.
    pub fn new(keymap: &Keymap) -> Self {
        let mut sequences = Vec::new();
        for binding in &keymap.bindings {
            for text in &binding.keys {
                if let Ok(keys) = notation::normal(text) {
                    sequences.push(Sequence {
                        keys,
                        context: binding.context,
                        action: binding.action.clone(),
                    });
                }
            }
        }
        Self {
            sequences,
            typed: Vec::new(),
        }
    }

    pub fn is_pending(&self) -> bool {
        !self.typed.is_empty()
    }

    /// Forgets an unfinished sequence.
    pub fn reset(&mut self) {
        self.typed.clear();
    }

    /// Takes a key. `contexts` from the nearest to the farthest: the nearest that knows the
    /// sequence wins. A key that fits no sequence any more starts a new one.
    pub fn key(&mut self, event: KeyEvent, contexts: &[Context]) -> Outcome {
        let key = notation::combination(event.code, event.modifiers);
        self.typed.push(key);
        let outcome = self.look_up(contexts);
        if outcome != Outcome::Unbound || self.typed.len() == 1 {
            if !matches!(outcome, Outcome::Pending(_)) {
                self.typed.clear();
            }
            return outcome;
        }
        self.typed = vec![key];
        let outcome = self.look_up(contexts);
        if !matches!(outcome, Outcome::Pending(_)) {
            self.typed.clear();
        }
        outcome
    }

    fn look_up(&self, contexts: &[Context]) -> Outcome {
        let mut longer = false;
        for context in contexts {
            let here = self.sequences.iter().filter(|s| s.context == *context);
            for sequence in here.filter(|s| s.keys.starts_with(&self.typed)) {
                if sequence.keys.len() == self.typed.len() {
                    return Outcome::Action(sequence.action.clone());
                }
                longer = true;
            }
        }
        if longer {
            let keys: Vec<String> = self.typed.iter().map(|key| show_key(*key)).collect();
            Outcome::Pending(keys.join(" "))
        } else {
            Outcome::Unbound
        }
    }
}

/// The context of a pane's own bindings.
pub fn context(pane: Pane) -> Context {
    match pane {
        Pane::Tracks => Context::Tracks,
        Pane::Stems => Context::Stems,
        Pane::Jobs => Context::Jobs,
        Pane::Files => Context::Files,
        Pane::Log => Context::Log,
        Pane::Transport => Context::Transport,
    }
}

fn show_key(key: KeyCombination) -> String {
    let event: KeyEvent = KeyEvent::new(*key.codes.first(), key.modifiers);
    let mut text = String::new();
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        text.push_str("Ctrl-");
    }
    if event.modifiers.contains(KeyModifiers::ALT) {
        text.push_str("Alt-");
    }
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    match event.code {
        KeyCode::Char(' ') => text.push_str("Space"),
        KeyCode::Char(c) if shift => text.extend(c.to_uppercase()),
        KeyCode::Char(c) => text.push(c),
        other => {
            if shift {
                text.push_str("Shift-");
            }
            text.push_str(&other.to_string());
        }
    }
    text
}

/// A binding's keys as shown: `g g`, `Ctrl-u`, `S`.
pub fn show(keys: &str) -> String {
    match notation::normal(keys) {
        Ok(keys) => keys.into_iter().map(show_key).collect::<Vec<_>>().join(" "),
        Err(_) => keys.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Motion;
    use crate::config::keymap::Binding;

    fn bind(keys: &[&str], context: Context, action: Action) -> Binding {
        Binding {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            action,
            context,
            description: String::new(),
            weight: 0,
        }
    }

    fn resolver() -> Resolver {
        Resolver::new(&Keymap {
            bindings: vec![
                bind(&["g g"], Context::Global, Action::Move(Motion::Top)),
                bind(&["G", "end"], Context::Global, Action::Move(Motion::Bottom)),
                bind(&["r"], Context::Stems, Action::Print(Vec::new())),
                bind(&["r"], Context::Global, Action::Refresh),
                bind(&["ctrl-u"], Context::Global, Action::Undo),
                bind(&["shift-tab"], Context::Global, Action::PreviousPane),
                bind(&["?"], Context::Global, Action::Help),
                bind(&["space"], Context::Global, Action::TogglePlay),
            ],
        })
    }

    fn press(resolver: &mut Resolver, code: KeyCode, modifiers: KeyModifiers) -> Outcome {
        resolver.key(
            KeyEvent::new(code, modifiers),
            &[Context::Stems, Context::Global],
        )
    }

    #[test]
    fn keys_become_actions_however_the_terminal_reports_them() {
        use KeyCode::{BackTab, Char, End, Tab};
        let (none, shift) = (KeyModifiers::NONE, KeyModifiers::SHIFT);
        for (code, modifiers, wanted) in [
            (Char('G'), shift, Action::Move(Motion::Bottom)),
            (Char('G'), none, Action::Move(Motion::Bottom)),
            (Char('g'), shift, Action::Move(Motion::Bottom)),
            (End, none, Action::Move(Motion::Bottom)),
            (Char('r'), none, Action::Print(Vec::new())),
            (Char('u'), KeyModifiers::CONTROL, Action::Undo),
            (BackTab, shift, Action::PreviousPane),
            (BackTab, none, Action::PreviousPane),
            (Tab, shift, Action::PreviousPane),
            (Char('?'), shift, Action::Help),
            (Char('?'), none, Action::Help),
            (Char(' '), none, Action::TogglePlay),
        ] {
            let mut resolver = resolver();
            let outcome = press(&mut resolver, code, modifiers);
            assert_eq!(outcome, Outcome::Action(wanted), "{code:?} {modifiers:?}");
        }
    }

    #[test]
    fn sequences_wait_and_give_up() {
        let mut resolver = resolver();
        let none = KeyModifiers::NONE;
        let g = KeyCode::Char('g');
        assert_eq!(
            press(&mut resolver, g, none),
            Outcome::Pending("g".to_owned())
        );
        let top = Outcome::Action(Action::Move(Motion::Top));
        assert_eq!(press(&mut resolver, g, none), top);
        assert!(!resolver.is_pending());
        press(&mut resolver, g, none);
        let other = press(&mut resolver, KeyCode::Char('?'), none);
        assert_eq!(other, Outcome::Action(Action::Help));
        press(&mut resolver, g, none);
        let unbound = press(&mut resolver, KeyCode::Char('€'), none);
        assert_eq!(unbound, Outcome::Unbound);
        assert!(!resolver.is_pending());
    }

    #[test]
    fn keys_are_shown_as_people_write_them() {
        for (keys, wanted) in [
            ("g g", "g g"),
            ("shift-s", "S"),
            ("S", "S"),
            ("ctrl-u", "Ctrl-u"),
            ("space", "Space"),
            ("f12", "F12"),
        ] {
            assert_eq!(show(keys), wanted);
        }
    }
}

//! From key events to actions: sequences of the keymap, in the context of the focused pane or dialog.

use crokey::KeyCombination;
use crossterm::event::KeyEvent;

use crate::action::Action;
use crate::config::Keymap;
use crate::config::keymap::{self as notation, Context, When};

pub use crate::config::keymap::show;

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
    when: When,
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
        for binding in keymap.holding(&Context::ALL, |_| true) {
            for text in &binding.keys {
                if let Ok(keys) = notation::normal(text) {
                    sequences.push(Sequence {
                        keys,
                        context: binding.context,
                        when: binding.when,
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
    /// sequence wins, and in it a binding whose condition `holds` before one without. A key that
    /// fits no sequence ends it and does nothing else: a slip is no command.
    pub fn key(
        &mut self,
        event: KeyEvent,
        contexts: &[Context],
        holds: impl Fn(When) -> bool,
    ) -> Outcome {
        let key = notation::combination(event.code, event.modifiers);
        self.typed.push(key);
        let outcome = self.look_up(contexts, holds);
        if !matches!(outcome, Outcome::Pending(_)) {
            self.typed.clear();
        }
        outcome
    }

    fn look_up(&self, contexts: &[Context], holds: impl Fn(When) -> bool) -> Outcome {
        let mut longer = false;
        for context in contexts {
            let here = self.sequences.iter().filter(|s| s.context == *context);
            let holding = here.filter(|s| s.when == When::Always || holds(s.when));
            for sequence in holding.filter(|s| s.keys.starts_with(&self.typed)) {
                if sequence.keys.len() == self.typed.len() {
                    return Outcome::Action(sequence.action.clone());
                }
                longer = true;
            }
        }
        if longer {
            let keys: Vec<String> = self
                .typed
                .iter()
                .map(|key| notation::show_key(*key))
                .collect();
            Outcome::Pending(keys.join(" "))
        } else {
            Outcome::Unbound
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;
    use crate::action::Motion;
    use crate::config::keymap::Binding;

    fn bind(keys: &[&str], context: Context, action: Action) -> Binding {
        Binding::new(context, When::Always, &keys.join("  "), action)
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
            |when| when == When::Filtered,
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
        let slip = press(&mut resolver, KeyCode::Char('?'), none);
        assert_eq!(slip, Outcome::Unbound);
        assert!(!resolver.is_pending());
        let again = press(&mut resolver, KeyCode::Char('?'), none);
        assert_eq!(again, Outcome::Action(Action::Help));
    }

    #[test]
    fn a_condition_that_holds_goes_before_none() {
        let bind = |when, action| Binding::new(Context::Global, when, "n", action);
        let mut resolver = Resolver::new(&Keymap {
            bindings: vec![
                bind(When::Always, Action::Undo),
                bind(When::Playing, Action::Stop),
                bind(When::Filtered, Action::NextMatch),
            ],
        });
        let n = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::NONE);
        for (now, wanted) in [
            (When::Filtered, Action::NextMatch),
            (When::Playing, Action::Stop),
            (When::Folder, Action::Undo),
        ] {
            let outcome = resolver.key(n, &[Context::Global], |when| when == now);
            assert_eq!(outcome, Outcome::Action(wanted));
        }
    }
}

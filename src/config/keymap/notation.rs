//! How keys are written: `ctrl-u`, `shift-tab`, `f12`, `space`, one character for itself, and
//! blanks between the keys of a sequence.

use crokey::KeyCombination;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Most keys of a sequence.
const MOST_KEYS: usize = 4;

/// Why a text is no key sequence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("'{0}' is no key; keys look like: k, S, ctrl-u, shift-tab, f12, space, 'g g'")]
    Unknown(String),
    #[error("a key sequence has 1 to 4 keys")]
    Length,
}

/// A sequence in the one form in which equal sequences are equal texts.
pub fn normal(sequence: &str) -> Result<Vec<KeyCombination>, KeyError> {
    let keys = sequence
        .split_whitespace()
        .map(key)
        .collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() || keys.len() > MOST_KEYS {
        return Err(KeyError::Length);
    }
    Ok(keys)
}

/// Letters lower with shift, other characters without it (they differ already), back-tab as tab
/// with shift: terminals report them in both ways.
pub fn combination(code: KeyCode, mut modifiers: KeyModifiers) -> KeyCombination {
    let code = match code {
        KeyCode::Char(c) if c.is_alphabetic() => {
            if c.is_uppercase() {
                modifiers |= KeyModifiers::SHIFT;
            }
            KeyCode::Char(c.to_lowercase().next().unwrap_or(c))
        }
        KeyCode::Char(c) => {
            if c != ' ' {
                modifiers -= KeyModifiers::SHIFT;
            }
            KeyCode::Char(c)
        }
        KeyCode::BackTab => {
            modifiers |= KeyModifiers::SHIFT;
            KeyCode::Tab
        }
        other => other,
    };
    KeyCombination::one_key(code, modifiers)
}

fn key(text: &str) -> Result<KeyCombination, KeyError> {
    let unknown = || KeyError::Unknown(crate::model::text::fit(text, 40));
    let mut chars = text.chars();
    let (code, modifiers) = match (chars.next(), chars.next()) {
        (Some(one), None) => (KeyCode::Char(one), KeyModifiers::NONE),
        _ => {
            let parsed = crokey::parse(text).map_err(|_| unknown())?;
            if !parsed.is_ansi_compatible() {
                return Err(unknown());
            }
            let event: KeyEvent = parsed.into();
            (event.code, event.modifiers)
        }
    };
    Ok(combination(code, modifiers))
}

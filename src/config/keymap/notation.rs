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

/// A key as shown; [`normal`] reads it back.
pub fn show_key(key: KeyCombination) -> String {
    let event = KeyEvent::new(*key.codes.first(), key.modifiers);
    let mut text = String::new();
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        text.push_str("Ctrl-");
    }
    if event.modifiers.contains(KeyModifiers::ALT) {
        text.push_str("Alt-");
    }
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let name = match event.code {
        KeyCode::Char(' ') => "Space",
        KeyCode::Char(c) if shift && text.is_empty() => {
            text.extend(c.to_uppercase());
            return text;
        }
        KeyCode::Char('-') if !text.is_empty() => "Hyphen",
        KeyCode::Char(c) => {
            if shift {
                text.push_str("Shift-");
            }
            text.push(c);
            return text;
        }
        KeyCode::Enter => "Enter",
        KeyCode::Esc => "Esc",
        KeyCode::Tab | KeyCode::BackTab => "Tab",
        KeyCode::Backspace => "Backspace",
        KeyCode::Delete => "Delete",
        KeyCode::Insert => "Insert",
        KeyCode::Home => "Home",
        KeyCode::End => "End",
        KeyCode::PageUp => "PageUp",
        KeyCode::PageDown => "PageDown",
        KeyCode::Up => "Up",
        KeyCode::Down => "Down",
        KeyCode::Left => "Left",
        KeyCode::Right => "Right",
        KeyCode::F(number) => {
            if shift {
                text.push_str("Shift-");
            }
            text.push_str(&format!("F{number}"));
            return text;
        }
        _ => "?",
    };
    if shift {
        text.push_str("Shift-");
    }
    text.push_str(name);
    text
}

/// A binding's keys as shown: `g g`, `Ctrl-u`, `S`.
pub fn show(keys: &str) -> String {
    match normal(keys) {
        Ok(keys) => keys.into_iter().map(show_key).collect::<Vec<_>>().join(" "),
        Err(_) => keys.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_as_people_write_them_and_read_back() {
        for (keys, shown) in [
            ("g g", "g g"),
            ("shift-s", "S"),
            ("S", "S"),
            ("ctrl-u", "Ctrl-u"),
            ("ctrl-shift-u", "Ctrl-Shift-u"),
            ("space", "Space"),
            ("f12", "F12"),
            ("shift-f5", "Shift-F5"),
            ("pageup", "PageUp"),
            ("shift-tab", "Shift-Tab"),
            (", ,", ", ,"),
            ("?", "?"),
            ("-", "-"),
            ("alt-hyphen", "Alt-Hyphen"),
        ] {
            assert_eq!(show(keys), shown);
            assert_eq!(normal(shown), normal(keys), "{shown}");
        }
        for binding in crate::config::Keymap::default().bindings {
            for keys in &binding.keys {
                assert_eq!(normal(&show(keys)), normal(keys), "{keys}");
            }
        }
    }
}

//! Editing a line of text, and which field has the focus.

use crate::app::State;
use crate::app::state::{Overlay, TextField};

use super::Input;

/// A line never grows beyond this many characters.
const LONGEST: usize = 4096;

impl TextField {
    /// A field with the cursor behind the text.
    pub fn with(text: impl Into<String>) -> Self {
        let text: String = text.into();
        let cursor = text.chars().count();
        Self { text, cursor }
    }

    /// Byte position of a character.
    fn byte(&self, at: usize) -> usize {
        self.text
            .char_indices()
            .nth(at)
            .map_or(self.text.len(), |(byte, _)| byte)
    }

    fn remove(&mut self, from: usize, to: usize) {
        let (start, end) = (self.byte(from), self.byte(to));
        self.text.replace_range(start..end, "");
        self.cursor = from;
    }

    /// Carries out an edit; `true` when the text changed. `Submit` is not an edit.
    pub fn edit(&mut self, input: &Input) -> bool {
        let length = self.text.chars().count();
        self.cursor = self.cursor.min(length);
        let before = self.text.len();
        match input {
            Input::Insert(text) => {
                let room = LONGEST.saturating_sub(length);
                let text: String = text.chars().map(typed).take(room).collect();
                let at = self.byte(self.cursor);
                self.text.insert_str(at, &text);
                self.cursor += text.chars().count();
            }
            Input::Backspace if self.cursor > 0 => self.remove(self.cursor - 1, self.cursor),
            Input::Delete if self.cursor < length => self.remove(self.cursor, self.cursor + 1),
            Input::Left => self.cursor = self.cursor.saturating_sub(1),
            Input::Right => self.cursor = (self.cursor + 1).min(length),
            Input::Home => self.cursor = 0,
            Input::End => self.cursor = length,
            Input::DeleteWord => {
                let start = self.word_start();
                self.remove(start, self.cursor);
            }
            Input::Clear => *self = Self::default(),
            Input::Backspace | Input::Delete | Input::Submit | Input::Complete => {}
        }
        self.text.len() != before
    }

    /// Start of the word before the cursor.
    fn word_start(&self) -> usize {
        let head: Vec<char> = self.text.chars().take(self.cursor).collect();
        let word_end = head.iter().rposition(|c| !c.is_whitespace());
        word_end.map_or(0, |end| {
            head.iter()
                .take(end)
                .rposition(|c| c.is_whitespace())
                .map_or(0, |blank| blank + 1)
        })
    }
}

fn typed(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The field that is being typed in.
pub fn focused(state: &mut State) -> Option<&mut TextField> {
    match &mut state.ui.overlay {
        Some(Overlay::Palette { input, .. } | Overlay::Assign { input, .. }) => Some(input),
        Some(Overlay::Help { search, .. }) => Some(search),
        Some(Overlay::Print(dialog)) => dialog.editing.as_mut(),
        Some(_) => None,
        None if state.ui.filtering => {
            let pane = state.ui.focus.list();
            Some(state.ui.filters.entry(pane).or_default())
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str, cursor: usize, edits: &[Input]) -> (String, usize) {
        let mut field = TextField {
            text: text.to_owned(),
            cursor,
        };
        for edit in edits {
            field.edit(edit);
        }
        (field.text, field.cursor)
    }

    #[test]
    fn edits_count_characters_not_bytes() {
        use Input::{Backspace, Clear, Delete, DeleteWord, End, Home, Insert, Left, Right};
        let insert = |text: &str| Insert(text.to_owned());
        for (text, cursor, edits, expected) in [
            ("", 0, vec![insert("Kück")], ("Kück", 4)),
            ("Kück", 2, vec![Backspace], ("Kck", 1)),
            ("Kück", 1, vec![Delete], ("Kck", 1)),
            ("Kück", 4, vec![Delete, Right], ("Kück", 4)),
            ("ab", 0, vec![Backspace, Left], ("ab", 0)),
            ("ab", 1, vec![Home, insert("x")], ("xab", 1)),
            ("ab", 0, vec![End, insert("\n")], ("ab ", 3)),
            ("one two  ", 9, vec![DeleteWord], ("one ", 4)),
            ("one", 3, vec![DeleteWord, DeleteWord], ("", 0)),
            ("one", 2, vec![Clear], ("", 0)),
            ("a", 99, vec![Backspace], ("", 0)),
        ] {
            let (text, cursor) = after(text, cursor, &edits);
            assert_eq!((text.as_str(), cursor), expected, "{edits:?}");
        }
    }
}

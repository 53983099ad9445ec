//! Editing a line of text, and which field has the focus.

use tui_input::InputRequest;

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

    /// Carries out an edit; `true` when the text changed. `Submit` and `Complete` are no edits.
    pub fn edit(&mut self, input: &Input) -> bool {
        let mut line = tui_input::Input::new(std::mem::take(&mut self.text));
        line.handle(InputRequest::SetCursor(self.cursor));
        let requests = match input {
            Input::Insert(text) => {
                let room = LONGEST.saturating_sub(line.value().chars().count());
                let text = text.chars().map(typed).take(room);
                text.map(InputRequest::InsertChar).collect()
            }
            Input::Backspace => vec![InputRequest::DeletePrevChar],
            Input::Delete => vec![InputRequest::DeleteNextChar],
            Input::Left => vec![InputRequest::GoToPrevChar],
            Input::Right => vec![InputRequest::GoToNextChar],
            Input::Home => vec![InputRequest::GoToStart],
            Input::End => vec![InputRequest::GoToEnd],
            Input::DeleteWord => vec![InputRequest::DeletePrevWord],
            Input::Clear => vec![InputRequest::DeleteLine],
            Input::Submit | Input::Complete => Vec::new(),
        };
        let mut changed = false;
        for request in requests {
            let came_of_it = line.handle(request);
            changed |= came_of_it.is_some_and(|change| change.value);
        }
        self.cursor = line.cursor();
        self.text = line.value().to_owned();
        changed
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
        Some(Overlay::Pick(pick)) => Some(&mut pick.input),
        Some(Overlay::Console(console)) => Some(&mut console.input),
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

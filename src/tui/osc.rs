//! Escape sequences beyond drawing: the clipboard, the title, the bell. Makes bytes; `terminal`
//! writes them.

use std::io::{self, Write};

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;

use crate::model::text::clean;

/// Sends a text to the terminal's clipboard (OSC 52). There is no acknowledgement.
pub fn copy(out: &mut impl Write, text: &str) -> io::Result<()> {
    queue!(out, CopyToClipboard::to_clipboard_from(text))
}

/// Sets the title of the terminal's window.
pub fn title(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "\x1b]2;{}\x07", clean(text))
}

/// Asks for the background colour (OSC 11). The answer comes among the keys, if at all; tmux answers
/// by itself.
pub fn ask_background(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\x1b]11;?\x1b\\")
}

/// Rings the bell and, where the terminal knows OSC 9, shows a notification.
pub fn notify(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "\x1b]9;{}\x07\x07", clean(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_a_sequence() {
        let mut out = Vec::new();
        title(&mut out, "a\x07\x1b]52;c;eA==\x07b").unwrap();
        assert_eq!(out.iter().filter(|byte| **byte == 7).count(), 1);
        assert_eq!(out.iter().filter(|byte| **byte == 0x1b).count(), 1);
    }

    #[test]
    fn the_clipboard_gets_base64() {
        let mut out = Vec::new();
        copy(&mut out, "hello").unwrap();
        assert!(String::from_utf8(out).unwrap().contains("aGVsbG8="));
    }
}

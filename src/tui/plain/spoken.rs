//! Numbers and texts as one says them.

use crate::model::text::clean;

/// `42 seconds`, `1 minute 42`, `2 hours 5 minutes`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || !(0.0..=3.6e8).contains(&seconds) {
        return "an unknown time".to_owned();
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes, rest) {
        (0, 0, rest) => count(rest, "second"),
        (0, minutes, 0) => count(minutes, "minute"),
        (0, minutes, rest) => format!("{} {rest}", count(minutes, "minute")),
        (hours, 0, _) => count(hours, "hour"),
        (hours, minutes, _) => format!("{} {}", count(hours, "hour"), count(minutes, "minute")),
    }
}

fn count(number: u64, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

/// One line, safe for a terminal, in words where the screen has signs.
pub fn line(text: &str) -> String {
    let mut spoken = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '…' => spoken.push_str("..."),
            '—' => spoken.push_str("none"),
            '→' => spoken.push_str("to"),
            '✓' | '✗' | '⟳' | '·' | '►' => {}
            c => spoken.push(c),
        }
    }
    spoken.trim().to_owned()
}

/// The text with a capital letter in front and a full stop behind.
pub fn sentence(text: &str) -> String {
    let text = line(text);
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    let sentence = format!("{}{}", first.unwrap_or_default(), chars.as_str());
    if sentence.is_empty() || sentence.ends_with(['.', '?', '!', ':']) {
        return sentence;
    }
    format!("{sentence}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        for (seconds, wanted) in [
            (1.0, "1 second"),
            (42.4, "42 seconds"),
            (102.0, "1 minute 42"),
            (120.0, "2 minutes"),
            (3600.0, "1 hour"),
            (3900.0, "1 hour 5 minutes"),
            (f64::NAN, "an unknown time"),
            (-1.0, "an unknown time"),
        ] {
            assert_eq!(duration(seconds), wanted);
        }
    }

    #[test]
    fn lines_are_sentences_without_signs_or_control_characters() {
        for (text, wanted) in [
            ("job 1: done", "Job 1: done."),
            ("✗ failed …", "Failed ..."),
            ("Quit?", "Quit?"),
            ("", ""),
        ] {
            assert_eq!(sentence(text), wanted);
        }
        assert!(!line("a\x1b[2J\nb").contains(['\x1b', '\n']));
    }
}

//! A line of text being typed, scrolled so that the cursor stays in view.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::text::{clean, width};

/// The part that fits into `room` columns, and the cursor's column in it. `cursor` counts
/// characters of `text`; beyond the end counts as the end.
pub fn view(text: &str, cursor: usize, room: usize) -> (String, usize) {
    if room == 0 {
        return (String::new(), 0);
    }
    let before: String = text.chars().take(cursor).collect();
    let after: String = text.chars().skip(cursor).collect();
    let (before, after) = (clean(&before).into_owned(), clean(&after).into_owned());
    let mut graphemes: Vec<&str> = before.graphemes(true).collect();
    let mut used: usize = graphemes.iter().map(|g| width(g)).sum();
    let mut first = 0;
    while used >= room && first < graphemes.len() {
        used -= graphemes.get(first).map_or(0, |g| width(g));
        first += 1;
    }
    let column = used;
    let mut shown: Vec<&str> = graphemes.split_off(first);
    for grapheme in after.graphemes(true) {
        if used + width(grapheme) > room {
            break;
        }
        used += width(grapheme);
        shown.push(grapheme);
    }
    (shown.concat(), column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_view() {
        for (text, cursor, room, wanted) in [
            ("abc", 3, 10, ("abc", 3)),
            ("abc", 0, 2, ("ab", 0)),
            ("abcdef", 6, 4, ("def", 3)),
            ("abcdef", 99, 4, ("def", 3)),
            ("日本語", 3, 4, ("語", 2)),
            ("a\nb", 3, 10, ("a\u{fffd}b", 3)),
            ("abc", 1, 0, ("", 0)),
        ] {
            let (shown, column) = view(text, cursor, room);
            assert_eq!((shown.as_str(), column), wanted, "{text} {cursor} {room}");
        }
    }
}

//! Text from outside, made fit to be shown: no control characters, no direction overrides, NFC,
//! measured in terminal columns by grapheme.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

fn is_unshowable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The text as one line that is safe to send to a terminal: what would move the cursor, change
/// colours or turn the reading direction becomes `�`, and decomposed letters are composed.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unshowable) && is_nfc(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.nfc()
            .map(|c| if is_unshowable(c) { '\u{fffd}' } else { c })
            .collect(),
    )
}

/// The text with every sign as wide as all terminals agree on. Joined emoji, skin tones, keycaps and
/// the like are one sign for some and several for others, and would push what stands behind them:
/// of those only the first part is left. Marks without a letter would stick to what stands before.
pub fn steady(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.graphemes(true).all(|sign| first_part(sign).is_none()) {
        return Cow::Borrowed(text);
    }
    let signs = text.graphemes(true);
    Cow::Owned(signs.map(|sign| first_part(sign).unwrap_or(sign)).collect())
}

/// What is sure of a sign; `None` when all of it is.
fn first_part(sign: &str) -> Option<&str> {
    let seen = sign.trim_start_matches(|c: char| c.width().is_none_or(|width| width == 0));
    let parts: usize = seen.chars().filter_map(UnicodeWidthChar::width).sum();
    if parts != seen.width() {
        let first = seen.chars().next().map_or(0, char::len_utf8);
        return seen.get(..first);
    }
    (seen.is_empty() || seen.len() < sign.len()).then_some(seen)
}

/// Terminal columns that the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cleans, and shortens to `columns` with `…` in the middle, which keeps take numbers readable.
pub fn fit(text: &str, columns: usize) -> String {
    let text = clean(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let keep = columns - 1;
    let (head, tail) = (keep - keep / 2, keep / 2);
    let graphemes: Vec<&str> = text.graphemes(true).collect();
    let mut front = String::new();
    let mut used = 0;
    for grapheme in &graphemes {
        if used + grapheme.width() > head {
            break;
        }
        used += grapheme.width();
        front.push_str(grapheme);
    }
    let mut back: Vec<&str> = Vec::new();
    used = 0;
    for grapheme in graphemes.iter().rev() {
        if used + grapheme.width() > tail {
            break;
        }
        used += grapheme.width();
        back.push(grapheme);
    }
    back.reverse();
    format!("{front}…{}", back.concat())
}

/// The candidate that is most like `wanted`, if any is near enough to be a slip.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing takes the product of the lengths: names of a hostile length are compared in part.
    let short =
        |name: &str| -> String { name.chars().take(100).collect::<String>().to_lowercase() };
    let wanted = short(wanted);
    candidates
        .into_iter()
        .map(|candidate| {
            let other = short(candidate);
            let is_slip = wanted.len() > 2 && strsim::osa_distance(&wanted, &other) == 1;
            let least = if is_slip { 0.8 } else { 0.0 };
            let score = strsim::jaro_winkler(&wanted, &other).max(least);
            (score, candidate)
        })
        .filter(|(score, _)| *score >= 0.72)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_gone() {
        for (raw, wanted) in [
            ("Kick", "Kick"),
            ("a\nb\tc", "a\u{fffd}b\u{fffd}c"),
            (
                "\u{1b}[31mred\u{1b}]0;title\u{7}",
                "\u{fffd}[31mred\u{fffd}]0;title\u{fffd}",
            ),
            ("\u{9b}2J", "\u{fffd}2J"),
            ("abc\u{202e}cba", "abc\u{fffd}cba"),
            ("Cafe\u{301}", "Caf\u{e9}"),
            (
                "\u{1f469}\u{200d}\u{1f3a4} Vox",
                "\u{1f469}\u{200d}\u{1f3a4} Vox",
            ),
        ] {
            assert_eq!(clean(raw), wanted, "{raw:?}");
        }
    }

    #[test]
    fn long_names_are_cut_in_the_middle_by_columns() {
        let long = "x".repeat(295) + "Tk_03";
        assert_eq!(fit(&long, 12), "xxxxxx\u{2026}Tk_03");
        assert_eq!(fit("Kick", 4), "Kick");
        assert_eq!(fit("Kick", 3), "K\u{2026}k");
        assert_eq!(fit("Kick", 1), "\u{2026}");
        assert_eq!(fit("Kick", 0), "");
        for name in [
            "\u{1f3b8}".repeat(40),
            "\u{4e2d}\u{6587}".repeat(40),
            "e\u{301}".repeat(90),
        ] {
            for columns in 0..30 {
                assert!(width(&fit(&name, columns)) <= columns, "{name} {columns}");
            }
        }
    }

    #[test]
    fn signs_that_terminals_measure_differently_are_reduced_to_what_is_sure() {
        for (text, wanted) in [
            ("Kick", "Kick"),
            ("Caf\u{e9} \u{4e2d}\u{6587}", "Caf\u{e9} \u{4e2d}\u{6587}"),
            ("a\u{1f469}\u{200d}\u{1f467}b", "a\u{1f469}b"),
            ("\u{1f44d}\u{1f3fd}!", "\u{1f44d}!"),
            ("I \u{2764}\u{fe0f} it", "I \u{2764} it"),
            ("\u{f1}\u{323}", "\u{f1}\u{323}"),
            ("\u{301}x", "x"),
            ("\u{200d}\u{fe0f}\u{1f3fd}", "\u{1f3fd}"),
        ] {
            assert_eq!(steady(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn slips_find_their_word() {
        let known = ["Kick", "Snare", "Lead Vox"];
        for (wanted, found) in [
            ("kik", Some("Kick")),
            ("LeadVox", Some("Lead Vox")),
            ("kcik", Some("Kick")),
            ("Zither", None),
        ] {
            assert_eq!(nearest(wanted, known), found, "{wanted}");
        }
    }
}

//! Text from outside, made fit to be shown: no control characters, no direction overrides, NFC,
//! measured in terminal columns by grapheme.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

fn is_unshowable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
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
    let wanted = wanted.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let score = strsim::jaro_winkler(&wanted, &candidate.to_lowercase());
            (score, candidate)
        })
        .filter(|(score, _)| *score >= 0.72)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

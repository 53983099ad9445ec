//! File names that macOS, Windows and Linux all take, made from names that need not be.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of UTF-8 that a file name may have on all three systems.
pub const LONGEST: usize = 255;

/// Names that Windows keeps for devices, with any extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Endings of the names of files that may hold audio, in lower case.
const AUDIO: [&str; 21] = [
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "caf", "flac", "mp3", "m4a", "mp4",
    "m4b", "aac", "alac", "ogg", "oga", "mka", "mp2", "mp1",
];

/// Whether a file of this name may hold audio.
pub fn is_audio(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| AUDIO.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    // The longest of them has four letters.
    if stem.chars().count() > 4 {
        return false;
    }
    let upper = stem.to_uppercase();
    DEVICES.contains(&upper.as_str())
        || ["COM", "LPT"].iter().any(|port| {
            upper.strip_prefix(port).is_some_and(|digit| {
                matches!(
                    digit,
                    "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
                )
            })
        })
}

/// A legal name without extension, at most `longest` bytes (cut between graphemes): NFC, `_` for
/// what some system forbids, no blanks or dots at the ends, no device name. Never empty.
pub fn sanitize(name: &str, longest: usize) -> String {
    let legal: String = nfc(name)
        .chars()
        .map(|c| if is_forbidden(c) { '_' } else { c })
        .collect();
    let bare = |c: char| c == '.' || c.is_whitespace();
    let mut out = cut(legal.trim_matches(bare), longest)
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace())
        .trim_start()
        .to_owned();
    if is_device(&out) {
        let stem = out.split('.').next().unwrap_or_default().len();
        out.insert(stem, '_');
    }
    if out.is_empty() {
        out.push('_');
    }
    out
}

fn nfc(name: &str) -> Cow<'_, str> {
    match is_nfc(name) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.nfc().collect()),
    }
}

/// The first graphemes, as many as fit into so many bytes.
fn cut(text: &str, longest: usize) -> &str {
    if text.len() <= longest {
        return text;
    }
    let fits = |(at, grapheme): &(usize, &str)| at + grapheme.len() <= longest;
    let end = text.grapheme_indices(true).take_while(fits).last();
    let end = end.map_or(0, |(at, grapheme)| at + grapheme.len());
    text.get(..end).unwrap_or_default()
}

/// Two names with one key are one file on a system that ignores case or composes letters.
pub fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

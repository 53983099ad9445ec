//! The `bext` chunk of Broadcast Wave, version 2 (EBU Tech 3285): fields of a fixed length in ASCII.

use unicode_normalization::UnicodeNormalization as _;

use super::{Loudness, Tags, text};

/// Bytes without the coding history.
const FIXED: usize = 602;
const VERSION: u16 = 2;
/// A loudness that nobody measured.
pub const NOT_SET: i16 = 0x7FFF;
/// Bytes that the coding history may have.
const MOST_HISTORY: usize = 4096;

/// As long for the same texts, whatever the numbers.
pub fn encode(tags: &Tags, time_reference: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(FIXED + tags.coding_history.len());
    for (value, length) in [
        (&tags.description, 256),
        (&tags.originator, 32),
        (&tags.originator_reference, 32),
        (&tags.date, 10),
        (&tags.time, 8),
    ] {
        let end = out.len() + length;
        out.extend(ascii(value).bytes().take(length));
        out.resize(end, 0);
    }
    out.extend_from_slice(&time_reference.to_le_bytes());
    out.extend_from_slice(&VERSION.to_le_bytes());
    // No UMID.
    out.resize(412, 0);
    for level in tags.loudness.fields() {
        out.extend_from_slice(&hundredths(level).to_le_bytes());
    }
    out.resize(FIXED, 0);
    out.extend(ascii(&tags.coding_history).bytes().take(MOST_HISTORY));
    out
}

/// Reads a body into the tags; nothing from one that is too short.
pub fn decode(body: &[u8], tags: &mut Tags) {
    let part = |from: usize, length: usize| body.get(from..from + length);
    let word = |at: usize| part(at, 2).and_then(|bytes| <[u8; 2]>::try_from(bytes).ok());
    let time = part(338, 8).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    let (Some(time), Some(version)) = (time, word(346)) else {
        return;
    };
    let of = |from, length| part(from, length).map(text).unwrap_or_default();
    tags.description = of(0, 256);
    tags.originator = of(256, 32);
    tags.originator_reference = of(288, 32);
    tags.date = of(320, 10);
    tags.time = of(330, 8);
    tags.time_reference = Some(u64::from_le_bytes(time));
    let version = u16::from_le_bytes(version);
    tags.bext_version = Some(version);
    if version >= 2 {
        let level = |at| {
            let value = i16::from_le_bytes(word(at)?);
            (value != NOT_SET).then(|| f64::from(value) / 100.0)
        };
        tags.loudness = Loudness::of_fields([412, 414, 416, 418, 420].map(level));
    }
    tags.coding_history = body.get(FIXED..).map(text).unwrap_or_default();
}

fn hundredths(level: Option<f64>) -> i16 {
    let value = level.map(|level| (level * 100.0).round());
    let inside = value.filter(|value| (-32_768.0..32_767.0).contains(value));
    inside.map_or(NOT_SET, |value| value as i16)
}

/// Letters without their accents, `?` for what has no letter there.
fn ascii(value: &str) -> String {
    let is_mark = |c: &char| unicode_normalization::char::is_combining_mark(*c);
    let letters = value.nfkd().filter(|c| !is_mark(c));
    let known = |c: char| match c {
        '\r' | '\n' | ' '..='~' => c,
        _ => '?',
    };
    letters.map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let tags = Tags {
            description: "Jürgen – Vox".to_owned(),
            originator: "PT-STEM".to_owned(),
            date: "2026-11-23".to_owned(),
            time: "20:45:00".to_owned(),
            loudness: Loudness {
                integrated_lufs: Some(-23.004),
                true_peak_dbtp: Some(-1.239),
                ..Loudness::default()
            },
            coding_history: "A=PCM,F=48000\r\n".to_owned(),
            ..Tags::default()
        };
        let body = encode(&tags, 1 << 40);
        assert_eq!(body.len(), 602 + 15);
        assert_eq!(
            body.get(412..422).unwrap(),
            [4, 247, 255, 127, 132, 255, 255, 127, 255, 127]
        );
        let mut back = Tags::default();
        decode(&body, &mut back);
        assert_eq!(back.description, "Jurgen ? Vox");
        assert_eq!(
            (back.date.as_str(), back.time.as_str()),
            ("2026-11-23", "20:45:00")
        );
        assert_eq!(
            (back.time_reference, back.bext_version),
            (Some(1 << 40), Some(2))
        );
        assert_eq!(back.loudness.integrated_lufs, Some(-23.0));
        assert_eq!(back.loudness.true_peak_dbtp, Some(-1.24));
        assert_eq!(back.loudness.range_lu, None);
        assert_eq!(back.coding_history, "A=PCM,F=48000");
        let mut short = Tags::default();
        decode(body.get(..346).unwrap(), &mut short);
        assert_eq!(short, Tags::default());
    }

    #[test]
    fn levels_that_no_field_holds_are_not_set() {
        for level in [f64::NAN, f64::INFINITY, -400.0, 400.0, 327.67] {
            assert_eq!(hundredths(Some(level)), NOT_SET, "{level}");
        }
        assert_eq!(hundredths(Some(-327.68)), i16::MIN);
    }
}

//! Bytes to text: UTF-8, UTF-16 with or without a mark, and the Mac Roman of old systems. Takes any
//! bytes; lines may end with LF, CR LF or CR.

/// Mac Roman from 0x80, as Mac OS 8.5 and later have it.
const MAC_ROMAN: &str = "\
ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// Bytes that are looked at for the zeros of UTF-16 without a mark.
const LOOKED_AT: usize = 512;

/// The text with LF alone at the ends of lines.
pub(super) fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match zeros(bytes) {
            Some(Zeros::Odd) => utf16(bytes, u16::from_le_bytes),
            Some(Zeros::Even) => utf16(bytes, u16::from_be_bytes),
            None => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => mac_roman(bytes),
            },
        },
    };
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

/// Where the zero bytes of Latin text in UTF-16 stand.
enum Zeros {
    Odd,
    Even,
}

fn zeros(bytes: &[u8]) -> Option<Zeros> {
    let head = bytes.get(..LOOKED_AT.min(bytes.len()))?;
    let count = |first: usize| {
        head.iter()
            .skip(first)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (count(0), count(1));
    let many = head.len() / 4;
    match (even > many, odd > many) {
        (false, true) => Some(Zeros::Odd),
        (true, false) => Some(Zeros::Even),
        _ => None,
    }
}

fn utf16(bytes: &[u8], read: impl Fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| read(*pair));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn mac_roman(bytes: &[u8]) -> String {
    let high: Vec<char> = MAC_ROMAN.chars().collect();
    let read = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(place) => high
            .get(usize::from(place))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "TRACK NAME:\tCafé Élysées – “Vox”\nSTATE: \n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let roman: Vec<u8> = text
            .chars()
            .map(|c| match c.is_ascii() {
                true => c as u8,
                false => 0x80 + MAC_ROMAN.chars().position(|m| m == c).unwrap() as u8,
            })
            .collect();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for (what, bytes) in [
            ("UTF-8", text.as_bytes().to_vec()),
            ("marked UTF-8", marked(b"\xef\xbb\xbf", text.as_bytes())),
            ("marked UTF-16 LE", marked(b"\xff\xfe", &le)),
            ("marked UTF-16 BE", marked(b"\xfe\xff", &be)),
            ("UTF-16 LE", le),
            ("UTF-16 BE", be),
            ("Mac Roman", roman),
            ("CR LF", text.replace('\n', "\r\n").into_bytes()),
            ("CR", text.replace('\n', "\r").into_bytes()),
        ] {
            assert_eq!(decode(&bytes), text, "{what}");
        }
        assert_eq!(MAC_ROMAN.chars().count(), 128);
    }
}

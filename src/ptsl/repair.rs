//! Mends bodies that real servers send broken: backslashes of Windows paths, `\xNN` bytes, raw
//! control characters, an object where a list should be, values of a neighbouring type. Refuses
//! nothing: what it cannot mend stays as it is.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

/// Makes text that is nearly JSON into JSON. Seen with GetMonitorOutputPath on Windows
/// (unescaped backslashes) and with Chinese track names (`\xNN`).
pub fn text(broken: &str) -> String {
    let mut out = String::with_capacity(broken.len() + 16);
    let mut rest = broken;
    while let Some(open) = rest.find('"') {
        let (before, quoted) = rest.split_at(open + 1);
        out.push_str(before);
        let raw = has_foreign_escape(quoted);
        let length = string_length(quoted, raw);
        let (content, after) = quoted.split_at(length);
        write_string(&mut out, content, raw);
        rest = after;
        if let Some(closed) = rest.strip_prefix('"') {
            out.push('"');
            rest = closed;
        }
    }
    out.push_str(rest);
    out
}

/// Whether the string that starts here holds an escape that JSON does not know: then none of its
/// backslashes was meant as one.
fn has_foreign_escape(quoted: &str) -> bool {
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return false,
            '\\' => match chars.next() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {}
                Some('u') => {
                    if !is_hex(chars.as_str(), 4) {
                        return true;
                    }
                }
                Some('x') if is_hex(chars.as_str(), 2) => {}
                _ => return true,
            },
            _ => {}
        }
    }
    false
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() >= digits && text.bytes().take(digits).all(|b| b.is_ascii_hexdigit())
}

/// Bytes up to the closing quote. In a raw string a backslash before a quote escapes it only when
/// the JSON would not go on behind that quote.
fn string_length(quoted: &str, raw: bool) -> usize {
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        if c == '"' && (!escaped || (raw && ends_here(&quoted[at + 1..]))) {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    quoted.len()
}

fn ends_here(after: &str) -> bool {
    matches!(
        after.trim_start().chars().next(),
        None | Some(',' | '}' | ']' | ':')
    )
}

fn write_string(out: &mut String, content: &str, raw: bool) {
    let mut rest = content;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if c != '\\' {
            push_plain(out, c);
            rest = after;
            continue;
        }
        if let Some((decoded, length)) = decode_bytes(rest) {
            decoded.chars().for_each(|c| push_plain(out, c));
            rest = &rest[length..];
            continue;
        }
        let next = after.chars().next();
        let is_pair = next == Some('\\') || (!raw && next.is_some_and(|c| c != 'x'));
        match next {
            Some(next) if is_pair => {
                out.push('\\');
                out.push(next);
                rest = &after[next.len_utf8()..];
            }
            _ => {
                out.push_str("\\\\");
                rest = after;
            }
        }
    }
}

fn push_plain(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => out.push(c),
    }
}

/// A run of `\xNN` that spells UTF-8 beyond ASCII, and the bytes of text it takes.
fn decode_bytes(text: &str) -> Option<(String, usize)> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(after) = rest.strip_prefix("\\x") {
        let Some(byte) = after.get(..2).and_then(|d| u8::from_str_radix(d, 16).ok()) else {
            break;
        };
        bytes.push(byte);
        rest = &after[2..];
    }
    let decoded = String::from_utf8(bytes).ok()?;
    (!decoded.is_empty() && !decoded.is_ascii()).then(|| (decoded, text.len() - rest.len()))
}

/// Bends values towards the types of a message; drops what fits nowhere, so that one odd field
/// does not cost the whole answer.
pub fn shape(value: Value, message: &MessageDescriptor) -> Value {
    let Value::Object(object) = value else {
        return Value::Object(Map::new());
    };
    let mut shaped = Map::new();
    for (key, value) in object {
        let field = message
            .get_field_by_name(&key)
            .or_else(|| message.get_field_by_json_name(&key));
        if let Some(field) = field
            && let Some(value) = shape_field(value, &field)
        {
            shaped.insert(key, value);
        }
    }
    Value::Object(shaped)
}

fn shape_field(value: Value, field: &FieldDescriptor) -> Option<Value> {
    if !field.is_list() {
        return shape_one(value, &field.kind());
    }
    let items = match value {
        Value::Array(items) => items,
        Value::Object(object) if object.is_empty() => Vec::new(),
        Value::Null => return None,
        single => vec![single],
    };
    let kind = field.kind();
    Some(
        items
            .into_iter()
            .filter_map(|item| shape_one(item, &kind))
            .collect(),
    )
}

fn shape_one(value: Value, kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Message(message) => value.is_object().then(|| shape(value, message)),
        Kind::String => match value {
            Value::String(_) => Some(value),
            Value::Number(number) => Some(number.to_string().into()),
            Value::Bool(set) => Some(set.to_string().into()),
            _ => None,
        },
        Kind::Bool => match value {
            Value::Bool(_) => Some(value),
            Value::Number(number) => Some((number.as_f64() != Some(0.0)).into()),
            Value::String(word) => Some(means_yes(&word).into()),
            _ => None,
        },
        Kind::Enum(values) => match value {
            Value::Number(number) => i32::try_from(number.as_i64()?).ok().map(Into::into),
            Value::String(word) => match word.trim().parse::<i32>() {
                Ok(number) => Some(number.into()),
                Err(_) => Some(word.into()),
            },
            Value::Bool(set) if values.name() == "TrackAttributeState" => {
                Some(if set { "SetExplicitly" } else { "None" }.into())
            }
            _ => None,
        },
        Kind::Double | Kind::Float => match value {
            Value::Number(_) => Some(value),
            Value::String(word) => word.trim().parse::<f64>().ok().map(Into::into),
            _ => None,
        },
        Kind::Bytes => value.is_string().then_some(value),
        Kind::Int64 | Kind::Uint64 => match value {
            Value::Number(number) => number.as_i64().map(Into::into),
            Value::String(word) => word.trim().parse::<i64>().ok().map(Into::into),
            _ => None,
        },
        _ => {
            let number = match value {
                Value::Number(number) => number.as_f64()?,
                Value::String(word) => word.trim().parse().ok()?,
                _ => return None,
            };
            let in_range = number.is_finite() && number.abs() <= f64::from(i32::MAX);
            #[allow(clippy::cast_possible_truncation)]
            in_range.then(|| Value::from(number.trunc() as i64))
        }
    }
}

fn means_yes(word: &str) -> bool {
    let word = word.trim();
    word.eq_ignore_ascii_case("true")
        || word == "1"
        || word.ends_with("_True")
        || word.contains("SetExplicitly")
        || word.contains("SetImplicitly")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(broken: &str) -> Value {
        serde_json::from_str(&text(broken)).unwrap_or_else(|e| panic!("{e}: {}", text(broken)))
    }

    #[test]
    fn windows_paths_keep_every_backslash() {
        for (broken, path) in [
            (r#"{"p":"C:\Users\new\take"}"#, r"C:\Users\new\take"),
            (r#"{"p":"D:\Mix\","q":1}"#, r"D:\Mix\"),
            (r#"{"p": "\\Server\Studio" }"#, r"\Server\Studio"),
        ] {
            assert_eq!(mended(broken)["p"], path, "{broken}");
        }
    }

    #[test]
    fn byte_escapes_become_letters_beside_real_escapes() {
        let broken = r#"{"name":"\xe9\xbc\x93 \"A\" \n","b":"caf\xc3\xa9"}"#;
        assert_eq!(mended(broken)["name"], "鼓 \"A\" \n");
        assert_eq!(mended(broken)["b"], "café");
        assert_eq!(mended(r#"{"a":"\x41\xff"}"#)["a"], r"\x41\xff");
    }

    #[test]
    fn raw_control_characters_are_escaped() {
        assert_eq!(mended("{\"a\":\"x\ny\tz\"}")["a"], "x\ny\tz");
    }

    #[test]
    fn whole_json_stays_what_it_is() {
        for whole in [r#"{"a":"\\ \" é","b":["\u00e9",{}],"c":"C:\\x\\"}"#, "{}"] {
            let value: Value = serde_json::from_str(whole).unwrap();
            assert_eq!(mended(whole), value, "{whole}");
        }
    }

    #[test]
    fn odd_types_are_bent_and_nonsense_is_dropped() {
        let message = crate::ptsl::wire::message("GetTrackListResponseBody").unwrap();
        let odd = serde_json::json!({
            "track_list": {}, "stats": [], "junk": 1,
            "pagination_response": {"total": "12", "limit": 3.0, "offset": null},
        });
        assert_eq!(
            shape(odd, &message),
            serde_json::json!({"track_list": [], "pagination_response": {"total": 12, "limit": 3}})
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(broken in ".{0,80}", quoted in r#"(["\\xuna{}:,é0-9]){0,40}"#) {
            text(&broken);
            text(&quoted);
        }
    }
}

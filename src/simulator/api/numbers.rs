//! Enums as numbers in requests. With 2025.6 most enums got an Unknown in front and moved up; a
//! request whose header says a version before that means the old numbers. What moved how far is
//! read off the names: an enum's oldest value is the first that has a name of the oldest family.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::Value;

use crate::ptsl::wire::{self, CommandId};
use crate::ptsl::{json, names};

/// Enums whose first name is the newest and whose last is the oldest.
const REVERSED: [&str; 3] = ["RecordMode", "EM_FileType", "EM_SourceType"];

/// How many places each enum that moved has moved up.
static MOVED: LazyLock<HashMap<String, i32>> = LazyLock::new(|| {
    let enums = wire::pool().all_enums();
    let moved = enums.filter_map(|of| {
        let name = of.name().to_owned();
        // Its old names stand beside the wrong numbers.
        if name == "RecordMode" {
            return Some((name, 1));
        }
        let mut numbers: Vec<i32> = of.values().map(|value| value.number()).collect();
        numbers.sort_unstable();
        let first = numbers
            .into_iter()
            .find(|number| names::aliases(&name, *number).len() > 1)?;
        (1..=2).contains(&first).then_some((name, first))
    });
    moved.collect()
});

/// The present number of an old one.
pub fn modern(enum_name: &str, old: i32) -> i32 {
    // Its Unknown stood last.
    if enum_name == "ESI_OutputType" {
        return if (0..=2).contains(&old) {
            (old + 1) % 3
        } else {
            old
        };
    }
    let Some(places) = MOVED.get(enum_name) else {
        return old;
    };
    let new = old.saturating_add(*places);
    // Sample rates are their own numbers.
    let is_known = |number: i32| !names::aliases(enum_name, number).is_empty();
    if is_known(new) || !is_known(old) {
        new
    } else {
        old
    }
}

/// Whether a server before 2025.6 can know this name of a value.
pub fn is_old_name(enum_name: &str, name: &str) -> bool {
    let Some(number) = names::number_of(enum_name, name) else {
        return true;
    };
    if number < MOVED.get(enum_name).copied().unwrap_or(0) {
        return enum_name == "RecordMode" && name.starts_with("RM_");
    }
    let known = names::aliases(enum_name, number);
    let old = if REVERSED.contains(&enum_name) {
        known.last()
    } else {
        known.first()
    };
    known.len() < 2 || old.is_some_and(|old| old == name)
}

/// A request body with present numbers instead of old ones; `None` when nothing changes.
pub fn modern_body(command: CommandId, body: &str) -> Option<String> {
    let (message, _) = wire::bodies(command);
    // What cannot be read is refused by the command itself.
    let mut value = json::value(body).ok()?;
    let is_changed = walk(&message?, &mut value, &mut |enum_name, value| {
        let old = match &*value {
            Value::Number(number) => number.as_i64().and_then(|n| i32::try_from(n).ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let new = old.map(|old| modern(enum_name, old));
        let is_changed = new.is_some() && new != old;
        if let (true, Some(new)) = (is_changed, new) {
            *value = Value::from(new);
        }
        is_changed
    });
    is_changed.then(|| value.to_string())
}

/// The first name in a request that a server before 2025.6 cannot know.
pub fn new_name(command: CommandId, body: &str) -> Option<String> {
    let (message, _) = wire::bodies(command);
    let mut value = json::value(body).ok()?;
    let mut found = None;
    walk(&message?, &mut value, &mut |enum_name, value| {
        if let Value::String(name) = value
            && found.is_none()
            && !is_old_name(enum_name, name)
        {
            found = Some(name.clone());
        }
        false
    });
    found
}

/// Visits every enum value of a body; says whether a visit changed something.
pub fn walk(
    message: &MessageDescriptor,
    body: &mut Value,
    visit: &mut impl FnMut(&str, &mut Value) -> bool,
) -> bool {
    let Value::Object(body) = body else {
        return false;
    };
    let mut is_changed = false;
    for field in message.fields() {
        let items = match body.get_mut(field.name()) {
            Some(Value::Array(items)) => items.as_mut_slice(),
            Some(value) => std::slice::from_mut(value),
            None => continue,
        };
        for item in items {
            is_changed |= match field.kind() {
                Kind::Enum(of) => visit(of.name(), item),
                Kind::Message(inner) => walk(&inner, item, visit),
                _ => false,
            };
        }
    }
    is_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_numbers_become_the_present_ones() {
        for (enum_name, old, name) in [
            ("TrackListFilter", 0, "All"),
            ("TripleBool", 1, "TB_False"),
            ("TripleBool", 2, "TB_True"),
            ("TrackAttributeState", 0, "None"),
            ("TransportState", 0, "TS_TransportPlaying"),
            ("EM_FileType", 2, "EM_WAV"),
            ("EM_SourceType", 1, "Bus"),
            ("BitDepth", 1, "Bit16"),
            ("SampleRate", 0, "SR_None"),
            ("SampleRate", 48_000, "SR_48000"),
            ("SessionTimeCodeRate", 0, "STCR_Fps23976"),
            ("RecordMode", 1, "RMode_Loop"),
            ("ESI_OutputType", 0, "ESI_File"),
            ("ESI_OutputType", 1, "ESI_String"),
            ("ESI_OutputType", 2, "ESI_Unknown"),
            ("ExportAsAAFFileType", 0, "AAF_WAV"),
            ("AAFFileBitDepth", 0, "AAF_Bit16"),
            ("TrackType", 2, "AudioTrack"),
            ("TrackFormat", 2, "TF_Stereo"),
            ("TaskStatus", 3, "Completed"),
            ("CommandErrorType", 106, "PT_NoOpenedSession"),
            ("CommandId", 3, "GetTrackList"),
            ("TimelineLocationType", 1, "TLType_Samples"),
            ("EditMode", 1, "EMO_Shuffle"),
        ] {
            let wanted = names::number_of(enum_name, name).unwrap();
            assert_eq!(modern(enum_name, old), wanted, "{enum_name} {old}");
        }
        let moved = MOVED.len() + 1;
        assert!((40..=50).contains(&moved), "about 45 moved, not {moved}");
    }

    #[test]
    fn numbers_are_found_wherever_they_stand() {
        let body = r#"{"track_filter_list":[{"filter":0},{"filter":"4"},{"filter":"All"}]}"#;
        assert_eq!(
            modern_body(CommandId::GetTrackList, body).unwrap(),
            r#"{"track_filter_list":[{"filter":1},{"filter":5},{"filter":"All"}]}"#
        );
        for unchanged in [r#"{"track_filter_list":[]}"#, "", "nonsense"] {
            assert_eq!(modern_body(CommandId::GetTrackList, unchanged), None);
        }
    }

    #[test]
    fn names_are_as_old_as_they_are() {
        for (enum_name, name, is_old) in [
            ("TrackListFilter", "All", true),
            ("TrackListFilter", "TLFilter_All", false),
            ("TrackListFilter", "TLFilter_Unknown", false),
            ("TripleBool", "TB_True", true),
            ("RecordMode", "RM_Loop", true),
            ("RecordMode", "RM_Normal", true),
            ("RecordMode", "RMode_Loop", false),
            ("EM_FileType", "EM_WAV", true),
            ("EM_FileType", "EMFType_WAV", false),
            ("TrackType", "AudioTrack", true),
            ("TrackType", "TT_Audio", false),
            ("TimelineLocationType", "TLType_Samples", true),
        ] {
            assert_eq!(is_old_name(enum_name, name), is_old, "{enum_name} {name}");
        }
    }
}

//! Bodies: protobuf JSON inside a string. Field names as in the proto, enums by name, defaults
//! written out; reading tolerates unknown fields, missing fields, aliases, numbers and null.

use prost_reflect::{
    DeserializeOptions, DynamicMessage, Kind, MessageDescriptor, ReflectMessage as _, Value,
};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{names, repair, wire};

/// Why a text is no such body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the program knows no message {0}")]
    UnknownMessage(String),
    #[error("not a {message}: {reason}")]
    Unreadable { message: String, reason: String },
}

/// Reads a body leniently into the message `ptsl.<name>`. An empty text is an empty message.
pub fn read<T: prost::Message + Default>(name: &str, text: &str) -> Result<T, BodyError> {
    let descriptor =
        wire::message(name).ok_or_else(|| BodyError::UnknownMessage(name.to_owned()))?;
    let dynamic = read_dynamic(descriptor, text)?;
    dynamic
        .transcode_to()
        .map_err(|error| BodyError::Unreadable {
            message: name.to_owned(),
            reason: error.to_string(),
        })
}

/// The same for a message known at run time only.
pub fn read_dynamic(
    descriptor: MessageDescriptor,
    text: &str,
) -> Result<DynamicMessage, BodyError> {
    let message = descriptor.name().to_owned();
    if text.trim().is_empty() {
        return Ok(DynamicMessage::new(descriptor));
    }
    let unreadable = |reason: String| BodyError::Unreadable {
        message: message.clone(),
        reason,
    };
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let strict =
        DynamicMessage::deserialize_with_options(descriptor.clone(), &mut deserializer, &options)
            .and_then(|dynamic| deserializer.end().map(|()| dynamic));
    let Err(why) = strict else {
        return strict.map_err(|error| unreadable(error.to_string()));
    };
    let mended = value(text).map_err(|_| unreadable(why.to_string()))?;
    if !mended.is_object() {
        return Err(unreadable(why.to_string()));
    }
    let shaped = repair::shape(mended, &descriptor);
    DynamicMessage::deserialize_with_options(descriptor, shaped, &options)
        .map_err(|_| unreadable(why.to_string()))
}

/// A body as plain JSON, mended if need be. An empty text is an empty object.
pub fn value(text: &str) -> Result<serde_json::Value, BodyError> {
    if text.trim().is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    serde_json::from_str(text)
        .or_else(|why| serde_json::from_str(&repair::text(text)).map_err(|_| why))
        .map_err(|why| BodyError::Unreadable {
            message: "JSON body".to_owned(),
            reason: why.to_string(),
        })
}

/// The number that an enum field of a body means, however it is written; `None` when it is absent
/// or its name is unknown. `read` would silently make that 0, which means something for some.
pub fn enum_at(body: &serde_json::Value, field: &str, enum_name: &str) -> Option<i32> {
    match body.get(field)? {
        serde_json::Value::Number(number) => i32::try_from(number.as_i64()?).ok(),
        serde_json::Value::String(word) => names::meaning(enum_name, word),
        _ => None,
    }
}

/// What a written body leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// Nothing but messages that are not there.
    Nothing,
    /// Enums that say nothing: servers before 2025.6 do not know those names.
    Unsaid,
    /// Everything that is at its default.
    Defaults,
}

/// Writes a request: every scalar present as clients do, but no enum that says nothing.
pub fn request<T: prost::Message>(name: &str, body: &T) -> Result<String, BodyError> {
    written(name, body, Leave::Unsaid)
}

/// The same with everything left out that is at its default: for messages of options, where
/// presence is a statement.
pub fn sparse_request<T: prost::Message>(name: &str, body: &T) -> Result<String, BodyError> {
    written(name, body, Leave::Defaults)
}

/// Writes the message `ptsl.<name>` with every scalar present, enums under their first name.
pub fn write<T: prost::Message>(name: &str, body: &T) -> Result<String, BodyError> {
    written(name, body, Leave::Nothing)
}

fn written<T: prost::Message>(name: &str, body: &T, leave: Leave) -> Result<String, BodyError> {
    let descriptor =
        wire::message(name).ok_or_else(|| BodyError::UnknownMessage(name.to_owned()))?;
    let mut dynamic = DynamicMessage::new(descriptor);
    dynamic
        .transcode_from(body)
        .map_err(|error| BodyError::Unreadable {
            message: name.to_owned(),
            reason: error.to_string(),
        })?;
    serialized(&dynamic, leave)
}

/// The same for a message known at run time only.
pub fn write_dynamic(message: &DynamicMessage) -> Result<String, BodyError> {
    serialized(message, Leave::Nothing)
}

fn serialized(message: &DynamicMessage, leave: Leave) -> Result<String, BodyError> {
    serde_json::to_string(&Body { message, leave }).map_err(|error| BodyError::Unreadable {
        message: message.descriptor().name().to_owned(),
        reason: error.to_string(),
    })
}

/// A message on its way into JSON. prost-reflect's own writer names an enum by any of its aliases.
struct Body<'a> {
    message: &'a DynamicMessage,
    leave: Leave,
}

struct Item<'a> {
    value: &'a Value,
    kind: &'a Kind,
    leave: Leave,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let descriptor = self.message.descriptor();
        for field in descriptor.fields() {
            let kind = field.kind();
            let is_message = matches!(kind, Kind::Message(_)) && !field.is_list();
            let has_field = self.message.has_field(&field);
            if !has_field && (is_message || self.leave == Leave::Defaults) {
                continue;
            }
            let value = self.message.get_field(&field);
            if self.leave == Leave::Unsaid && is_unsaid(&value, &kind) {
                continue;
            }
            let item = Item {
                value: value.as_ref(),
                kind: &kind,
                leave: self.leave,
            };
            map.serialize_entry(field.name(), &item)?;
        }
        map.end()
    }
}

fn is_unsaid(value: &Value, kind: &Kind) -> bool {
    match (value, kind) {
        (Value::EnumNumber(0), Kind::Enum(values)) => names::aliases(values.name(), 0)
            .first()
            .is_some_and(|name| name.ends_with("Unknown")),
        _ => false,
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, leave) = (self.kind, self.leave);
        match self.value {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::I32(value) => serializer.serialize_i32(*value),
            Value::I64(value) => serializer.serialize_i64(*value),
            Value::U32(value) => serializer.serialize_u32(*value),
            Value::U64(value) => serializer.serialize_u64(*value),
            Value::F32(value) => serializer.serialize_f32(*value),
            Value::F64(value) => serializer.serialize_f64(*value),
            Value::String(value) => serializer.serialize_str(value),
            Value::Bytes(value) => serializer.serialize_str(&String::from_utf8_lossy(value)),
            Value::EnumNumber(number) => match kind {
                Kind::Enum(values) => match names::aliases(values.name(), *number).first() {
                    Some(name) => serializer.serialize_str(name),
                    None => serializer.serialize_i32(*number),
                },
                _ => serializer.serialize_i32(*number),
            },
            Value::Message(message) => Body { message, leave }.serialize(serializer),
            Value::List(items) => {
                serializer.collect_seq(items.iter().map(|value| Item { value, kind, leave }))
            }
            Value::Map(_) => serializer.serialize_unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ptsl::wire::{
        GetTrackListResponseBody, SetTimelineSelectionRequestBody, SetTrackMuteStateRequestBody,
        Track, TrackListFilter, TrackListInvertibleFilter,
    };

    #[test]
    fn reads_all_families_numbers_unknown_fields_and_gaps() {
        for track_type in ["\"AudioTrack\"", "\"TT_Audio\"", "\"TType_Audio\"", "2"] {
            let text = format!(
                r#"{{"track_list":[{{"name":"Kick","type":{track_type},"new":[1]}}],"x":null}}"#
            );
            let body: GetTrackListResponseBody = read("GetTrackListResponseBody", &text).unwrap();
            assert_eq!(body.track_list[0].r#type, 2, "{track_type}");
            assert_eq!(body.track_list[0].track_attributes, None);
        }
    }

    #[test]
    fn an_empty_body_is_an_empty_message_and_rubbish_is_an_error() {
        let empty: GetTrackListResponseBody = read("GetTrackListResponseBody", " ").unwrap();
        assert!(empty.track_list.is_empty());
        for rubbish in ["nonsense", "[]", "{}}", "{\"track_list\":[", "\"text\""] {
            let read: Result<GetTrackListResponseBody, _> =
                read("GetTrackListResponseBody", rubbish);
            assert!(read.is_err(), "{rubbish}");
        }
    }

    #[test]
    fn an_object_for_an_empty_list_and_switches_as_text_are_read() {
        let body: GetTrackListResponseBody =
            read("GetTrackListResponseBody", r#"{"track_list":{}}"#).unwrap();
        assert!(body.track_list.is_empty());
        let track: Track = read(
            "Track",
            r#"{"name":7,"track_attributes":{"is_muted":"true","is_hidden":true}}"#,
        )
        .unwrap();
        let attributes = track.track_attributes.unwrap();
        assert_eq!(
            (
                track.name.as_str(),
                attributes.is_muted,
                attributes.is_hidden
            ),
            ("7", true, 2)
        );
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!("{{\"track_list\":{}", "[".repeat(200_000));
        assert!(read::<GetTrackListResponseBody>("GetTrackListResponseBody", &deep).is_err());
    }

    #[test]
    fn requests_write_scalars_and_names_but_no_unsaid_enums() {
        let mute = SetTrackMuteStateRequestBody {
            track_names: vec!["Bass_Unknown".into()],
            enabled: false,
        };
        assert_eq!(
            request("SetTrackMuteStateRequestBody", &mute).unwrap(),
            r#"{"track_names":["Bass_Unknown"],"enabled":false}"#
        );
        let filter = TrackListInvertibleFilter {
            filter: TrackListFilter::All as i32,
            is_inverted: false,
        };
        assert_eq!(
            request("TrackListInvertibleFilter", &filter).unwrap(),
            r#"{"filter":"All","is_inverted":false}"#
        );
        let text = request(
            "SetTimelineSelectionRequestBody",
            &SetTimelineSelectionRequestBody::default(),
        )
        .unwrap();
        assert!(text.contains(r#""in_time":"""#), "{text}");
        assert!(!text.contains("Unknown"), "{text}");
    }

    #[test]
    fn every_enum_is_written_under_its_first_name() {
        let names = [
            (2, "AudioTrack"),
            (5, "Vca"),
            (15, "RoutingFolder"),
            (16, "CompLane"),
            (77, ""),
        ];
        for (number, name) in names {
            let track = Track {
                r#type: number,
                ..Track::default()
            };
            let text = write("Track", &track).unwrap();
            let expected = match name {
                "" => "\"type\":77".to_owned(),
                name => format!("\"type\":\"{name}\""),
            };
            assert!(text.contains(&expected), "{text}");
            let again: Track = read("Track", &text).unwrap();
            assert_eq!(again, track);
        }
    }

    #[test]
    fn an_enum_is_found_by_meaning() {
        let body = value(
            r#"{"a":"TS_TransportPlaying","b":1,"c":"TState_Warp","d":"STCRate_Fps2997Drop"}"#,
        )
        .unwrap();
        assert_eq!(enum_at(&body, "a", "TransportState"), Some(1));
        assert_eq!(enum_at(&body, "b", "TransportState"), Some(1));
        assert_eq!(enum_at(&body, "c", "TransportState"), None);
        assert_eq!(enum_at(&body, "d", "SessionTimeCodeRate"), Some(5));
        assert_eq!(enum_at(&body, "e", "SessionTimeCodeRate"), None);
    }
}

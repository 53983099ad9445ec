//! Requests as the descriptor knows them: written out for people, and bodies checked against it
//! before they are sent.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::names;
use super::wire::{self, CommandId};
use crate::model::text::{clean, nearest};

/// Messages inside messages that are looked into.
const DEEPEST: usize = 8;

/// Why a body does not fit, with the place in it and the nearest thing that would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Misfit {
    pub place: String,
    pub reason: String,
    pub hint: Option<String>,
}

/// A field with its type, and those of the message in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    /// `string`, `int32`, `bool`, `TrackType`, `PaginationRequest`; lists end with `[]`.
    pub kind: String,
    /// Words of an enum.
    pub words: Vec<String>,
    pub fields: Vec<Field>,
}

/// The fields of a command's request; empty when it takes none.
pub fn request_fields(command: CommandId) -> Vec<Field> {
    wire::bodies(command)
        .0
        .map(|message| fields(&message, 0))
        .unwrap_or_default()
}

/// The fields of a command's answer.
pub fn answer_fields(command: CommandId) -> Vec<Field> {
    wire::bodies(command)
        .1
        .map(|message| fields(&message, 0))
        .unwrap_or_default()
}

fn fields(message: &MessageDescriptor, depth: usize) -> Vec<Field> {
    if depth >= DEEPEST {
        return Vec::new();
    }
    let field = |field: FieldDescriptor| {
        let list = if field.is_list() { "[]" } else { "" };
        let (kind, words, inner) = match field.kind() {
            Kind::Message(inner) => (
                inner.name().to_owned(),
                Vec::new(),
                fields(&inner, depth + 1),
            ),
            Kind::Enum(values) => {
                let mut numbers: Vec<i32> = values.values().map(|value| value.number()).collect();
                numbers.sort_unstable();
                numbers.dedup();
                let word = |number| names::aliases(values.name(), number).first().cloned();
                let words = numbers.into_iter().filter_map(word).collect();
                (values.name().to_owned(), words, Vec::new())
            }
            plain => (format!("{plain:?}").to_lowercase(), Vec::new(), Vec::new()),
        };
        Field {
            name: field.name().to_owned(),
            kind: format!("{kind}{list}"),
            words,
            fields: inner,
        }
    };
    message.fields().map(field).collect()
}

/// Checks a body: fields that the request has, of the right type, with words that the enum knows.
pub fn check(command: CommandId, body: &Value) -> Result<(), Misfit> {
    let (Some(message), _) = wire::bodies(command) else {
        return match body.as_object() {
            Some(object) if object.is_empty() => Ok(()),
            _ => Err(Misfit {
                place: names::command_name(command),
                reason: "this command takes no body".to_owned(),
                hint: None,
            }),
        };
    };
    check_message(&message, body, "")
}

fn check_message(message: &MessageDescriptor, body: &Value, path: &str) -> Result<(), Misfit> {
    let Some(object) = body.as_object() else {
        return Err(misfit(path, &format!("a {} is an object", message.name())));
    };
    for (key, value) in object {
        let place = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let Some(field) = message.get_field_by_name(key) else {
            let known: Vec<String> = message.fields().map(|f| f.name().to_owned()).collect();
            let near = nearest(key, known.iter().map(String::as_str));
            return Err(Misfit {
                hint: Some(match near {
                    Some(near) => format!("Did you mean {near}?"),
                    None => format!("{} has {}", message.name(), known.join(", ")),
                }),
                ..misfit(&place, "there is no such field")
            });
        };
        match (value, field.is_list()) {
            (Value::Null, _) => {}
            (Value::Array(items), true) => {
                for (index, item) in items.iter().enumerate() {
                    check_value(&field.kind(), item, &format!("{place}[{index}]"))?;
                }
            }
            (_, true) => return Err(misfit(&place, "this is a list")),
            (value, false) => check_value(&field.kind(), value, &place)?,
        }
    }
    Ok(())
}

fn check_value(kind: &Kind, value: &Value, place: &str) -> Result<(), Misfit> {
    let wants = |fits: bool, what: &str| match fits {
        true => Ok(()),
        false => Err(misfit(place, &format!("this is {what}"))),
    };
    match kind {
        Kind::Message(inner) => check_message(inner, value, place),
        Kind::Enum(values) => match value {
            Value::String(word) if names::number_of(values.name(), word).is_some() => Ok(()),
            Value::String(word) => {
                let words: Vec<String> = values.values().map(|v| v.name().to_owned()).collect();
                let near = nearest(word, words.iter().map(String::as_str));
                let near = near.map(str::to_owned).or_else(|| {
                    let number = names::meaning(values.name(), word)?;
                    names::aliases(values.name(), number).first().cloned()
                });
                Err(Misfit {
                    hint: Some(match near {
                        Some(near) => format!("Did you mean {near}?"),
                        None => format!("{} has {}", values.name(), words.join(", ")),
                    }),
                    ..misfit(place, &format!("'{word}' is no {}", values.name()))
                })
            }
            Value::Number(number) => wants(
                number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                "a word or its number",
            ),
            _ => wants(false, "a word of an enum"),
        },
        Kind::String | Kind::Bytes => wants(value.is_string(), "text"),
        Kind::Bool => wants(value.is_boolean(), "true or false"),
        Kind::Double | Kind::Float => wants(is_number::<f64>(value), "a number"),
        Kind::Int64 | Kind::Uint64 => wants(is_number::<i64>(value), "a whole number"),
        _ => wants(is_number::<i32>(value), "a whole number of 32 bits"),
    }
}

/// Numbers may come as text, as in protobuf's JSON.
fn is_number<T: std::str::FromStr>(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.to_string().parse::<T>().is_ok(),
        Value::String(text) => text.trim().parse::<T>().is_ok(),
        _ => false,
    }
}

fn misfit(place: &str, reason: &str) -> Misfit {
    Misfit {
        place: match place {
            "" => "the body".to_owned(),
            place => clean(place).into_owned(),
        },
        reason: clean(reason).into_owned(),
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bodies_are_checked_and_the_nearest_known_thing_is_named() {
        for (command, body, expected) in [
            (
                CommandId::GetTrackList,
                json!({"page_limit": 5, "track_filter_list": [{"filter": "All"}]}),
                None,
            ),
            (CommandId::GetTrackList, json!({"page_limit": "5"}), None),
            (CommandId::SaveSession, json!({}), None),
            (
                CommandId::GetTrackList,
                json!({"page_limits": 5}),
                Some(("page_limits", "page_limit")),
            ),
            (
                CommandId::GetTrackList,
                json!({"track_filter_list": [{"filter": "Muteed"}]}),
                Some(("track_filter_list[0].filter", "Muted")),
            ),
            (
                CommandId::SetTrackMuteState,
                json!({"track_names": "Kick"}),
                Some(("track_names", "")),
            ),
            (
                CommandId::SetTrackMuteState,
                json!({"enabled": 1}),
                Some(("enabled", "")),
            ),
            (
                CommandId::SaveSession,
                json!({"x": 1}),
                Some(("SaveSession", "")),
            ),
        ] {
            match (check(command, &body), expected) {
                (Ok(()), None) => {}
                (Err(misfit), Some((place, near))) => {
                    assert_eq!(misfit.place, place);
                    let hint = misfit.hint.unwrap_or_default();
                    assert!(hint.contains(near), "{hint}");
                }
                (outcome, _) => panic!("{body}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn every_command_is_described() {
        for (command, name) in names::commands() {
            let has_body = wire::bodies(command).0.is_some();
            let told = request_fields(command);
            assert!(has_body || told.is_empty(), "{name}");
            for field in told {
                assert!(
                    !field.kind.is_empty() && !field.kind.contains('('),
                    "{name}"
                );
            }
        }
    }
}

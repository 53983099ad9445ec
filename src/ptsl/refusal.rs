//! Reads `response_error_json` in every shape that servers send it: a list, a bare object
//! (PTSL 1), types as name, digit string or number, warnings before the real error.

use serde_json::Value;

use super::error::PtslError;
use super::wire::CommandErrorType;
use super::{json, names};
use crate::model::text;

/// Longest message kept, in characters.
const LONGEST: usize = 600;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: String,
    pub code: i32,
    pub message: String,
    pub is_warning: bool,
}

/// The error that a failed command means: the first that is no warning.
pub fn refusal(command: &str, error_json: &str) -> PtslError {
    let entries = entries(error_json);
    let entry = entries
        .iter()
        .find(|entry| !entry.is_warning)
        .or(entries.first())
        .cloned()
        .unwrap_or_else(|| unknown("it gave no reason"));
    PtslError::Refused {
        command: command.to_owned(),
        kind: entry.kind,
        code: entry.code,
        message: entry.message,
    }
}

/// The refusal of a server that lacks the command.
pub fn unsupported(command: &str) -> PtslError {
    let code = CommandErrorType::PtUnsupportedCommand as i32;
    PtslError::Refused {
        command: command.to_owned(),
        kind: name(code),
        code,
        message: "this server does not have it".to_owned(),
    }
}

/// All entries, errors and warnings. Text that is no JSON is one error with that text.
pub fn entries(error_json: &str) -> Vec<Entry> {
    if error_json.trim().is_empty() {
        return Vec::new();
    }
    let Ok(value) = json::value(error_json) else {
        return vec![unknown(error_json)];
    };
    let list = match value {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("errors") {
            Some(Value::Array(list)) => list,
            Some(single @ Value::Object(_)) => vec![single],
            _ if object.is_empty() => Vec::new(),
            _ => vec![Value::Object(object)],
        },
        Value::String(message) => return vec![unknown(&message)],
        _ => Vec::new(),
    };
    list.iter().map(entry).collect()
}

fn entry(value: &Value) -> Entry {
    let code = json::enum_at(value, "command_error_type", "CommandErrorType");
    let word = value.get("command_error_type").and_then(Value::as_str);
    let kind = match (code, word) {
        (Some(code), _) => name(code),
        (None, Some(word)) => shown(word),
        (None, None) => name(CommandErrorType::PtUnknownError as i32),
    };
    let message = value
        .get("command_error_message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Entry {
        kind,
        code: code.unwrap_or(CommandErrorType::PtUnknownError as i32),
        message: if message.trim().is_empty() {
            "it gave no reason".to_owned()
        } else {
            shown(message)
        },
        is_warning: match value.get("is_warning") {
            Some(Value::Bool(set)) => *set,
            Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
            _ => false,
        },
    }
}

fn unknown(message: &str) -> Entry {
    Entry {
        kind: name(CommandErrorType::PtUnknownError as i32),
        code: CommandErrorType::PtUnknownError as i32,
        message: shown(message),
        is_warning: false,
    }
}

fn name(code: i32) -> String {
    names::name_for("CommandErrorType", code, names::Family::Old)
}

/// Cleaned and short enough for a message.
pub fn shown(message: &str) -> String {
    let cut: String = message.trim().chars().take(LONGEST).collect();
    text::clean(&cut).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error_json: &str) -> (String, i32, String) {
        match refusal("GetTrackList", error_json) {
            PtslError::Refused {
                kind,
                code,
                message,
                ..
            } => (kind, code, message),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn every_shape_of_error_is_read() {
        let no_session = (
            "PT_NoOpenedSession".to_owned(),
            106,
            "no session".to_owned(),
        );
        for shape in [
            r#"{"errors":[{"command_error_type":"PT_NoOpenedSession","command_error_message":"no session","is_warning":false}]}"#,
            r#"{"errors":[{"command_error_type":"CEType_PT_NoOpenedSession","command_error_message":"no session","extra":1}]}"#,
            r#"{"errors":[{"command_error_type":106,"command_error_message":"no session"}]}"#,
            r#"{"command_error_type":"106","command_error_message":"no session"}"#,
            r#"[{"command_error_type":"PT_NoOpenedSession","command_error_message":" no session "}]"#,
            r#"{"errors":[{"command_error_type":"PT_Info","command_error_message":"hm","is_warning":true},
                {"command_error_type":106,"command_error_message":"no session"}]}"#,
        ] {
            assert_eq!(told(shape), no_session, "{shape}");
        }
    }

    #[test]
    fn odd_errors_still_say_something() {
        for (shape, kind, message) in [
            ("", "PT_UnknownError", "it gave no reason"),
            (r#"{"errors":[]}"#, "PT_UnknownError", "it gave no reason"),
            ("boom \u{1b}[31m", "PT_UnknownError", "boom \u{fffd}[31m"),
            (
                r#"{"errors":[{"command_error_type":"PT_Brandnew","command_error_message":"x"}]}"#,
                "PT_Brandnew",
                "x",
            ),
            (
                r#"{"errors":[{"command_error_type":"PT_Info","command_error_message":"w","is_warning":true}]}"#,
                "PT_Info",
                "w",
            ),
        ] {
            let (got_kind, _, got_message) = told(shape);
            assert_eq!((got_kind.as_str(), got_message.as_str()), (kind, message));
        }
        assert!(told(&"x".repeat(1_000_000)).2.chars().count() <= LONGEST);
    }
}

//! Answers on the wire: bodies as JSON with enum names of the server's generation, errors in the
//! strict shape that clients parse, headers that repeat what they answer.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value as Field};
use serde_json::{Map, Value, json};

use crate::ptsl::names::{self, Family};
use crate::ptsl::wire::{self, CommandId, Request, Response, ResponseHeader, TaskStatus};

use super::api::{Api, shape};
use super::front::{Progress, asked};
use super::world::{Failure, Outcome};

/// Generation of enum names in answers.
const FAMILY: Family = Family::Middle;

/// The body of an answer; `None` is an empty body, as setters give it.
pub type Body = Option<Value>;

/// Names by enum and number: looking them up in the descriptors takes long.
static NAMES: LazyLock<Mutex<HashMap<(String, i32), String>>> = LazyLock::new(Mutex::default);

fn enum_name(name: &str, number: i32) -> String {
    let mut known = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() > 4096 {
        known.clear();
    }
    known
        .entry((name.to_owned(), number))
        .or_insert_with(|| names::name_for(name, number, FAMILY))
        .clone()
}

/// The message `ptsl.<name>` as a body: every field without presence written out.
pub fn body<T: prost::Message>(name: &str, message: &T) -> Result<Body, Failure> {
    let broken = |reason: String| {
        Failure::new(
            wire::CommandErrorType::PtUnknownError,
            format!("The answer {name} cannot be written: {reason}."),
        )
    };
    let descriptor = wire::message(name).ok_or_else(|| broken("unknown message".to_owned()))?;
    let mut dynamic = DynamicMessage::new(descriptor);
    dynamic
        .transcode_from(message)
        .map_err(|error| broken(error.to_string()))?;
    Ok(Some(object(&dynamic)))
}

fn object(message: &DynamicMessage) -> Value {
    let mut fields = Map::new();
    for field in message.descriptor().fields() {
        if field.supports_presence() && !message.has_field(&field) {
            continue;
        }
        let value = message.get_field(&field);
        fields.insert(field.name().to_owned(), plain(&value, &field.kind()));
    }
    Value::Object(fields)
}

fn plain(value: &Field, kind: &Kind) -> Value {
    match value {
        Field::Bool(on) => json!(on),
        Field::I32(number) => json!(number),
        Field::I64(number) => json!(number),
        Field::U32(number) => json!(number),
        Field::U64(number) => json!(number),
        Field::F32(number) => json!(number),
        Field::F64(number) => json!(number),
        Field::String(text) => json!(text),
        Field::EnumNumber(number) => match kind {
            Kind::Enum(of) => json!(enum_name(of.name(), *number)),
            _ => json!(number),
        },
        Field::Message(message) => object(message),
        Field::List(items) => items.iter().map(|item| plain(item, kind)).collect(),
        Field::Bytes(_) | Field::Map(_) => Value::Null,
    }
}

/// PTSL 1 sends the error itself, later versions a list.
fn error_json(failures: &[Failure], warnings: usize, api: Api) -> String {
    let errors: Vec<Value> = failures
        .iter()
        .enumerate()
        .map(|(at, failure)| {
            json!({
                "command_error_type": enum_name("CommandErrorType", failure.kind as i32),
                "command_error_message": failure.message,
                "is_warning": at < warnings,
            })
        })
        .collect();
    match errors.get(warnings).or(errors.first()) {
        Some(only) if api == Api::V1 => only.to_string(),
        _ => json!({ "errors": errors }).to_string(),
    }
}

/// What all answers to one request have in common.
pub struct Reply<'a> {
    pub request: &'a Request,
    pub task_id: &'a str,
    pub api: Api,
}

impl Reply<'_> {
    /// The answer itself; warnings stand before the error, or beside the body.
    pub fn response(&self, outcome: &Outcome<Body>, warnings: &[Failure]) -> Response {
        let (status, body) = match outcome {
            Ok(Some(body)) => (TaskStatus::Completed, self.shaped(body)),
            Ok(None) => (TaskStatus::Completed, String::new()),
            Err(_) => (TaskStatus::Failed, String::new()),
        };
        let mut failures = warnings.to_vec();
        failures.extend(outcome.as_ref().err().cloned());
        let response_error_json = match failures.as_slice() {
            [] => String::new(),
            failures => error_json(failures, warnings.len(), self.api),
        };
        let progress = match status {
            TaskStatus::Completed => 100,
            _ => 0,
        };
        Response {
            header: Some(self.header((status, progress))),
            response_body_json: body,
            response_error_json,
        }
    }

    fn shaped(&self, body: &Value) -> String {
        let header = self.request.header.clone().unwrap_or_default();
        let mut body = body.clone();
        if let Ok(command) = CommandId::try_from(header.command) {
            shape::answer(command, &mut body, self.api, asked(&header));
        }
        body.to_string()
    }

    /// The message that a stream gets while a long command runs.
    pub fn underway(&self, progress: Progress) -> Response {
        Response {
            header: Some(self.header(progress)),
            ..Response::default()
        }
    }

    fn header(&self, (status, progress): Progress) -> ResponseHeader {
        let asked = self.request.header.clone().unwrap_or_default();
        let (version, version_minor, version_revision) = if asked.version == 0 {
            self.api.version()
        } else {
            (asked.version, asked.version_minor, asked.version_revision)
        };
        ResponseHeader {
            task_id: self.task_id.to_owned(),
            command: asked.command,
            status: status as i32,
            progress,
            version,
            version_minor,
            version_revision,
            // The message behind it has no field yet.
            versioned_response_header_json: match asked.versioned_request_header_json.is_empty() {
                true => String::new(),
                false => "{}".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_speak_the_middle_family_and_leave_nothing_out() {
        let track = wire::Track {
            name: "Kick".to_owned(),
            r#type: wire::TrackType::AudioTrack as i32,
            format: wire::TrackFormat::TfStereo as i32,
            track_attributes: Some(wire::TrackAttributes {
                is_hidden: 1,
                ..Default::default()
            }),
            ..Default::default()
        };
        let body = body("Track", &track).unwrap().unwrap();
        assert_eq!(body["type"], "TT_Audio");
        assert_eq!(body["format"], "TF_Stereo");
        assert_eq!(body["track_attributes"]["is_hidden"], "None");
        assert_eq!(body["track_attributes"]["is_muted"], false);
        assert_eq!(body["parent_folder_name"], "");
    }

    #[test]
    fn errors_have_exactly_the_three_fields() {
        let failure = Failure::no_session();
        let error: Value = serde_json::from_str(&error_json(&[failure], 0, Api::V5)).unwrap();
        let fields: Vec<_> = error["errors"][0].as_object().unwrap().keys().collect();
        assert_eq!(fields.len(), 3);
        assert_eq!(
            error["errors"][0]["command_error_type"],
            "PT_NoOpenedSession"
        );
    }
}

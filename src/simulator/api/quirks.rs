//! What single versions refuse or do otherwise, as people have reported it.

use serde_json::Value;

use crate::ptsl::json;
use crate::ptsl::wire::{CommandErrorType as Kind, CommandId};
use crate::simulator::faults::{Unknown, Verdict};
use crate::simulator::world::{Failure, Outcome, World};

use super::{Api, numbers};

/// The body as this version reads it, or its refusal.
pub fn request(
    world: &World,
    unknown: &Unknown,
    asked: i32,
    command: CommandId,
    body: &mut String,
) -> Outcome<()> {
    let api = world.api;
    let counts_old = match asked {
        0 => api.is_old(),
        version => version < 2025,
    };
    if api.is_old()
        && unknown.new_names == Verdict::Refuse
        && let Some(name) = numbers::new_name(command, body)
    {
        return Err(Failure::invalid(format!("There is no '{name}'.")));
    }
    if counts_old && let Some(modern) = numbers::modern_body(command, body) {
        *body = modern;
    }
    let Ok(fields) = json::value(body) else {
        return Ok(());
    };
    let has = |key: &str| fields.get(key).is_some_and(|value| !value.is_null());
    match command {
        // 2024.x wants a page, and says it in its own way.
        CommandId::GetMemoryLocations
            if (Api::V3..=Api::V5).contains(&api) && !has("pagination_request") =>
        {
            Err(Failure::new(
                Kind::PtUnknownError,
                "VENUE is not connected.",
            ))
        }
        CommandId::CreateNewTracks if api.is_old() && !says(&fields, "track_timebase") => {
            Err(Failure::invalid("The track timebase must be given."))
        }
        CommandId::CIdBounceTrack
            if api == Api::V2025_6 && (has("in_location") || has("out_location")) =>
        {
            Err(Failure::new(
                Kind::PtUnknownError,
                "There is no content on the timeline.",
            ))
        }
        CommandId::SetSessionLength => length(world, unknown, &fields),
        CommandId::CreateMemoryLocation if api == Api::V1 => {
            at_the_start(world, fields, body);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether an enum says something.
fn says(fields: &Value, key: &str) -> bool {
    match fields.get(key) {
        Some(Value::String(name)) => !name.is_empty() && !name.ends_with("Unknown"),
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        _ => false,
    }
}

/// SetSessionLength has a minimum.
fn length(world: &World, unknown: &Unknown, fields: &Value) -> Outcome<()> {
    let by_version = if world.api == Api::V1 { 6 } else { 0 };
    let least = unknown.session_length_min_hours.unwrap_or(by_version);
    let hours: Option<u8> = fields
        .get("session_length")
        .and_then(Value::as_str)
        .and_then(|text| text.trim().split([':', ';']).next())
        .and_then(|hours| hours.parse().ok());
    match hours {
        Some(hours) if hours < least => Err(Failure::invalid(format!(
            "The session must be at least {least} hours long."
        ))),
        _ => Ok(()),
    }
}

/// 2023.9 does not know the running position: such a marker lands at the session's start.
fn at_the_start(world: &World, mut fields: Value, body: &mut String) {
    let Some(session) = &world.session else {
        return;
    };
    if fields.get("start_time").and_then(Value::as_str) != Some("cur_pos") {
        return;
    }
    if let Some(start) = fields.get_mut("start_time") {
        *start = Value::String(session.info.ruler.start().to_string());
        *body = fields.to_string();
    }
}

//! Commands: request bodies in, changes of the world, answers out. What takes long or touches
//! files is only prepared here and carried out by [`super::work`].

mod bounce_track;
mod bring;
mod clip_export;
mod clips;
mod controls;
mod delivery;
mod edit;
mod import;
mod import_session;
mod integration;
mod markers;
mod media;
mod paths;
mod playlists;
mod setup;
mod strips;
mod times;
mod tracks;
mod transport;

pub mod events;
pub mod export;
pub mod files;
pub mod session;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use crate::model::Now;
use crate::ptsl::wire::{self, CommandErrorType, CommandId};
use crate::ptsl::{json, names};

use super::answer::Body;
use super::store::Home;
use super::work::Work;
use super::world::{Failure, Outcome, World};

/// Folders in that of a session.
pub const AUDIO_FILES: &str = "Audio Files";
pub const BOUNCED_FILES: &str = "Bounced Files";

/// What comes of a command at once.
pub enum Step {
    Done(Body),
    /// Something for a blocking thread.
    Later(Box<Work>),
}

/// Commands that work without a registered connection.
pub fn is_open_to_all(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::HostReadyCheck | CommandId::RegisterConnection | CommandId::GetPtslVersion
    )
}

/// Commands whose stream starts with an InProgress message.
pub fn is_long(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::CreateSession
            | CommandId::OpenSession
            | CommandId::CloseSession
            | CommandId::SaveSession
            | CommandId::SaveSessionAs
            | CommandId::ExportMix
            | CommandId::CIdBounceTrack
            | CommandId::Import
            | CommandId::CIdImportAudioToClipList
            | CommandId::ExportClipsAsFiles
            | CommandId::ExportSessionInfoAsText
    )
}

/// Commands that write audio files, as far as faults can befall them.
pub fn writes_audio(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::ExportMix
            | CommandId::CIdBounceTrack
            | CommandId::ExportClipsAsFiles
            | CommandId::Import
            | CommandId::CIdImportAudioToClipList
    )
}

/// PT_UnsupportedCommand.
pub fn unsupported() -> Failure {
    Failure::new(
        CommandErrorType::PtUnsupportedCommand,
        "The command is not implemented.",
    )
}

/// Reads a request body; broken JSON, values of the wrong sort and words that no enum knows are
/// PT_InvalidParameter. An empty text is an empty body.
pub fn read<T: prost::Message + Default>(name: &str, body: &str) -> Outcome<T> {
    if !body.trim().is_empty() {
        let value: Value =
            serde_json::from_str(body).map_err(|error| Failure::invalid(format!("{error}.")))?;
        if let Some(message) = wire::message(name) {
            check(&message, &value)?;
        }
    }
    json::read(name, body).map_err(|error| Failure::invalid(format!("{error}.")))
}

/// Checks what reading would mend or quietly take for nothing.
fn check(message: &MessageDescriptor, body: &Value) -> Outcome<()> {
    let Value::Object(body) = body else {
        return Err(Failure::invalid("The body is not a JSON object."));
    };
    for field in message.fields() {
        let value = body.get(field.name()).unwrap_or(&Value::Null);
        let items = match (value, field.is_list()) {
            (Value::Null, _) => continue,
            (Value::Array(items), true) => items.as_slice(),
            (_, true) | (Value::Array(_), false) => return Err(wrong(&field)),
            (value, false) => std::slice::from_ref(value),
        };
        for item in items {
            let fits = match (field.kind(), item) {
                (Kind::Message(inner), Value::Object(_)) => {
                    check(&inner, item)?;
                    true
                }
                (Kind::Message(_), _) => false,
                // Pro Tools lets TB_Default pass, which some clients send.
                (Kind::Enum(of), Value::String(word)) => {
                    word == "TB_Default" || names::meaning(of.name(), word).is_some()
                }
                (Kind::String, item) => item.is_string(),
                (Kind::Bool, Value::String(word)) => {
                    word.is_empty() || word.parse::<bool>().is_ok()
                }
                (Kind::Bool, item) => item.is_boolean(),
                (_, Value::String(digits)) => {
                    digits.is_empty() || digits.trim().parse::<f64>().is_ok()
                }
                (_, item) => item.is_number(),
            };
            if !fits {
                return Err(wrong(&field));
            }
        }
    }
    Ok(())
}

fn wrong(field: &FieldDescriptor) -> Failure {
    Failure::invalid(format!("The value of {} is not valid.", field.name()))
}

/// Carries out one command of a registered client.
pub fn run(
    world: &mut World,
    home: &Home,
    command: CommandId,
    body: &str,
    now: Now,
) -> Outcome<Step> {
    if let Some(session) = &mut world.session {
        session.transport.settle(session.info.sample_rate, now);
        session.history.now = now;
        session.clips.note(&session.arrangement);
        let options = &world.settings.edit_options;
        session.link_selections(options.link_timeline_and_edit_selection);
    }
    if let Some(work) = files::prepare(world, home, command, body)? {
        return Ok(Step::Later(Box::new(work)));
    }
    type Prepare = fn(&mut World, CommandId, &str) -> Outcome<Option<Work>>;
    let rooms: &[Prepare] = &[
        clips::prepare,
        media::prepare,
        import::prepare,
        clip_export::prepare,
        edit::prepare,
    ];
    for prepare in rooms {
        if let Some(work) = prepare(world, command, body)? {
            return Ok(Step::Later(Box::new(work)));
        }
    }
    if command == CommandId::ExportMix {
        let work = export::prepare(world, body)?;
        return Ok(Step::Later(Box::new(work)));
    }
    if command == CommandId::CIdBounceTrack {
        let work = bounce_track::prepare(world, body)?;
        return Ok(Step::Later(Box::new(work)));
    }
    if command == CommandId::CIdGetExportMixSourceList {
        return export::source_list(world, body).map(Step::Done);
    }
    type Answer = fn(&mut World, CommandId, &str, Now) -> Option<Outcome<Body>>;
    let answers: &[Answer] = &[
        paths::answer,
        session::answer,
        setup::answer,
        tracks::answer,
        transport::answer,
        times::answer,
        events::answer,
        strips::answer,
        controls::answer,
        integration::answer,
        markers::answer,
        clips::answer,
        playlists::answer,
        edit::answer,
    ];
    for answer in answers {
        if let Some(outcome) = answer(world, command, body, now) {
            return outcome.map(Step::Done);
        }
    }
    Err(unsupported())
}

//! Commands: request bodies in, changes of the world, answers out. What takes long or touches
//! files is only prepared here and carried out by [`super::work`].

mod markers;
mod session;
mod tracks;
mod transport;

pub mod export;
pub mod files;

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::Value;

use crate::model::Now;
use crate::ptsl::wire::{self, CommandErrorType, CommandId};
use crate::ptsl::{json, names};

use super::answer::Body;
use super::store::Home;
use super::work::Work;
use super::world::{Failure, Outcome, World};

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
            | CommandId::ExportSessionInfoAsText
    )
}

/// PT_UnsupportedCommand.
pub fn unsupported() -> Failure {
    Failure::new(
        CommandErrorType::PtUnsupportedCommand,
        "The command is not implemented.",
    )
}

/// Reads a request body; broken JSON and words that no enum knows are PT_InvalidParameter.
fn read<T: prost::Message + Default>(name: &str, body: &str) -> Outcome<T> {
    let wrong = |error: json::BodyError| Failure::invalid(format!("{error}."));
    if let Some(message) = wire::message(name) {
        check_words(&message, &json::value(body).map_err(wrong)?)?;
    }
    json::read(name, body).map_err(wrong)
}

/// Looks for enum names that mean nothing, which reading would quietly take for 0.
fn check_words(message: &MessageDescriptor, body: &Value) -> Outcome<()> {
    for field in message.fields() {
        let Some(value) = body.get(field.name()) else {
            continue;
        };
        let items = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        for item in items {
            match (field.kind(), item) {
                (Kind::Message(inner), Value::Object(_)) => check_words(&inner, item)?,
                // Pro Tools lets TB_Default pass, which some clients send.
                (Kind::Enum(of), Value::String(word))
                    if word != "TB_Default" && names::meaning(of.name(), word).is_none() =>
                {
                    let word: String = word.chars().take(60).collect();
                    return Err(Failure::invalid(format!(
                        "'{word}' is no value of {}.",
                        field.name()
                    )));
                }
                _ => {}
            }
        }
    }
    Ok(())
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
    }
    if let Some(work) = files::prepare(world, home, command, body)? {
        return Ok(Step::Later(Box::new(work)));
    }
    if command == CommandId::ExportMix {
        let work = export::prepare(world, body)?;
        return Ok(Step::Later(Box::new(work)));
    }
    if command == CommandId::CIdGetExportMixSourceList {
        return export::source_list(world, body).map(Step::Done);
    }
    type Answer = fn(&mut World, CommandId, &str, Now) -> Option<Outcome<Body>>;
    let answers: [Answer; 4] = [
        session::answer,
        tracks::answer,
        transport::answer,
        markers::answer,
    ];
    for answer in answers {
        if let Some(outcome) = answer(world, command, body, now) {
            return outcome.map(Step::Done);
        }
    }
    Err(unsupported())
}

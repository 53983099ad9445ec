//! Commands: request bodies in, changes of the world, answers out. What takes long or touches
//! files is only prepared here and carried out by [`super::work`].

mod markers;
mod session;
mod tracks;
mod transport;

pub mod export;
pub mod files;

use crate::model::Now;
use crate::ptsl::json;
use crate::ptsl::wire::{CommandErrorType, CommandId};

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

/// Reads a request body; broken JSON is PT_InvalidParameter.
fn read<T: prost::Message + Default>(name: &str, body: &str) -> Outcome<T> {
    json::read(name, body).map_err(|error| Failure::invalid(format!("{error}.")))
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

//! `pt-stem transport`: play, stop, record, status.

use crate::action::Action;
use crate::app::shape;
use crate::cli::args::TransportCommand;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::error::{Error, ErrorKind, Result};
use crate::model::TransportState;

/// Carries the command out, waits until the transport is in that state, and tells it.
pub async fn run(desk: &mut Desk, command: TransportCommand, output: Output) -> Result<()> {
    let wanted = match command {
        TransportCommand::Status => None,
        TransportCommand::Play => Some((Action::Play, TransportState::Playing)),
        TransportCommand::Stop => Some((Action::Stop, TransportState::Stopped)),
        TransportCommand::Record => Some((Action::Record, TransportState::Recording)),
    };
    if let Some((action, state)) = wanted {
        desk.act(action).await?;
        desk.wait("the transport to follow", move |now| {
            let transport = now.session.as_ref().map(|session| session.transport);
            transport.is_some_and(|transport| transport.state == state)
        })
        .await?;
    }
    let now = desk.now();
    let Some(session) = &desk.state().session else {
        return Err(Error::new(ErrorKind::NoSession, "no session is open"));
    };
    let mut value = shape::transport(session, now);
    if let serde_json::Value::Object(map) = &mut value {
        map.insert("schema".to_owned(), shape::SCHEMA.into());
    }
    output.show(&value, || {
        let position = session.transport.position(session.info.sample_rate, now);
        format!(
            "{} at {}{}\n",
            shape::transport_word(session.transport.state),
            session.info.ruler.timecode_at(position),
            if session.transport.is_estimate() {
                " (estimated)"
            } else {
                ""
            },
        )
    })
}

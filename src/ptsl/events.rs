//! Events (since 2025.6): what can be watched, and the stream that tells it. Transport, selection
//! and names have no events.

use serde_json::Value;

use super::client::{Client, Result, unreadable};
use super::wire::{
    CommandId, EventId, EventRequestData, Response, SubscribeToEventsRequestBody, TaskStatus,
};
use super::{json, names, refusal};
use crate::model::TrackId;
use crate::model::track::TrackFlag;

/// Subscriptions sent with one request.
const AT_ONCE: usize = 2000;

/// What can be watched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Watch {
    /// Sessions that are opened, made or closed.
    Sessions,
    /// One switch of one track; solo safe has no event.
    Flag(TrackId, TrackFlag),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    SessionOpened,
    SessionClosed,
    Flag {
        track: TrackId,
        flag: TrackFlag,
        on: bool,
    },
    /// Something that was not asked for, or is not understood.
    Other,
}

/// Events as they come.
#[derive(Debug)]
pub struct EventStream {
    responses: tonic::Streaming<Response>,
    client: Client,
}

impl Client {
    /// Opens the stream of events. A second one of the same connection silently ends the first.
    pub async fn poll_events(&self) -> Result<EventStream> {
        let command = CommandId::CIdPollEvents;
        let responses = self.open_stream(command, String::new()).await?;
        Ok(EventStream {
            responses,
            client: self.clone(),
        })
    }

    /// Asks for events; those that the server has none for are left out.
    pub async fn subscribe(&self, watches: &[Watch]) -> Result<()> {
        let events: Vec<EventRequestData> = watches.iter().flat_map(requests).collect();
        for part in events.chunks(AT_ONCE) {
            let request = SubscribeToEventsRequestBody {
                events: part.to_vec(),
            };
            let command = CommandId::CIdSubscribeToEvents;
            self.ask_text(command, "SubscribeToEventsRequestBody", &request)
                .await?;
        }
        Ok(())
    }
}

impl EventStream {
    /// The next event. Waits for it; `None` when the server has ended the stream.
    pub async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            let Some(body) = self.next_body().await? else {
                return Ok(None);
            };
            let body = json::value(&body)
                .map_err(|error| unreadable(CommandId::CIdPollEvents, &error.to_string()))?;
            if let Some(event) = body.get("event") {
                return Ok(Some(read(event)));
            }
        }
    }

    /// The body of the next message that has one.
    pub async fn next_body(&mut self) -> Result<Option<String>> {
        let command = CommandId::CIdPollEvents;
        loop {
            let message = self.responses.message().await;
            let Some(response) = message.map_err(|status| self.client.failure(command, &status))?
            else {
                return Ok(None);
            };
            let status = response.header.as_ref().map_or(0, |header| header.status);
            if status == TaskStatus::Failed as i32 {
                let name = names::command_name(command);
                return Err(refusal::refusal(&name, &response.response_error_json));
            }
            if !response.response_body_json.trim().is_empty() {
                return Ok(Some(response.response_body_json));
            }
        }
    }
}

fn requests(watch: &Watch) -> Vec<EventRequestData> {
    let plain = |id: EventId| EventRequestData {
        event_id: id as i32,
        event_data_json: String::new(),
    };
    match watch {
        Watch::Sessions => [
            EventId::EIdSessionOpened,
            EventId::EIdSessionCreated,
            EventId::EIdSessionClosed,
        ]
        .map(plain)
        .to_vec(),
        Watch::Flag(track, flag) => event_of(*flag)
            .map(|id| EventRequestData {
                event_id: id as i32,
                event_data_json: serde_json::json!({"track_id": track.0}).to_string(),
            })
            .into_iter()
            .collect(),
    }
}

fn event_of(flag: TrackFlag) -> Option<EventId> {
    match flag {
        TrackFlag::Mute => Some(EventId::EIdTrackMuteStateChanged),
        TrackFlag::Solo => Some(EventId::EIdTrackSoloStateChanged),
        TrackFlag::RecordEnable => Some(EventId::EIdTrackRecordEnabledStateChanged),
        TrackFlag::InputMonitor => Some(EventId::EIdTrackInputMonitorStateChanged),
        TrackFlag::SoloSafe => None,
    }
}

fn read(event: &Value) -> Event {
    let id = json::enum_at(event, "event_id", "EventId").and_then(|id| EventId::try_from(id).ok());
    let flag = match id {
        Some(EventId::EIdSessionOpened | EventId::EIdSessionCreated) => {
            return Event::SessionOpened;
        }
        Some(EventId::EIdSessionClosed) => return Event::SessionClosed,
        Some(EventId::EIdTrackMuteStateChanged) => TrackFlag::Mute,
        Some(EventId::EIdTrackSoloStateChanged) => TrackFlag::Solo,
        Some(EventId::EIdTrackRecordEnabledStateChanged) => TrackFlag::RecordEnable,
        Some(EventId::EIdTrackInputMonitorStateChanged) => TrackFlag::InputMonitor,
        _ => return Event::Other,
    };
    let data = match event.get("event_data_json") {
        Some(Value::String(text)) => json::value(text).unwrap_or_default(),
        Some(data) => data.clone(),
        None => return Event::Other,
    };
    let Some(track) = data.get("track_id").and_then(Value::as_str) else {
        return Event::Other;
    };
    // Defaults are left out: no state is off.
    let on = match data.get("state") {
        Some(Value::Bool(on)) => *on,
        Some(_) => json::enum_at(&data, "state", "TrackAttributeState").is_some_and(|n| n >= 2),
        None => false,
    };
    Event::Flag {
        track: TrackId(track.to_owned()),
        flag,
        on,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_are_read_in_every_spelling() {
        let flag = |flag, on| Event::Flag {
            track: TrackId("{a}".to_owned()),
            flag,
            on,
        };
        for (id, data, event) in [
            (
                json!("EId_TrackMuteStateChanged"),
                r#"{"track_id":"{a}","state":true}"#,
                flag(TrackFlag::Mute, true),
            ),
            (
                json!(7),
                r#"{"track_id":"{a}"}"#,
                flag(TrackFlag::Solo, false),
            ),
            (
                json!("EId_TrackInputMonitorStateChanged"),
                r#"{"track_id":"{a}","state":"TAState_SetExplicitly"}"#,
                flag(TrackFlag::InputMonitor, true),
            ),
            (
                json!("EId_TrackInputMonitorStateChanged"),
                r#"{"track_id":"{a}","state":"None"}"#,
                flag(TrackFlag::InputMonitor, false),
            ),
            (json!("EId_SessionClosed"), "", Event::SessionClosed),
            (json!("EId_TrackNameChanged"), "{}", Event::Other),
            (json!("EId_TrackMuteStateChanged"), "nonsense", Event::Other),
        ] {
            assert_eq!(
                read(&json!({"event_id": id, "event_data_json": data})),
                event,
                "{id} {data}"
            );
        }
    }
}

//! Events and batch jobs as commands: subscriptions with their checks, the next event, jobs begun
//! and ended. How events get onto a stream is [`crate::simulator::streams`]'s.

use serde_json::{Value, json};

use crate::model::Now;
use crate::ptsl::wire::{
    self, CommandErrorType, CommandId, EventId, EventRequestData, EventResponseData,
};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::events::{Event, Wanted, input_state};
use crate::simulator::world::tracks::Strip;
use crate::simulator::world::{Failure, Outcome, World};

/// What one subscription asks for. Track events are about one track each.
fn wanted(request: &EventRequestData) -> Outcome<Wanted> {
    let field = match request.event_id() {
        EventId::EIdUnknown => return Err(Failure::invalid("There is no such event.")),
        EventId::EIdSessionOpened | EventId::EIdSessionCreated | EventId::EIdSessionClosed => {
            return Ok((request.event_id(), String::new()));
        }
        EventId::EIdMenuItemSelected => "menu_item_id",
        EventId::EIdBatchJobStatusChanged => "id",
        _ => "track_id",
    };
    let data: Value = serde_json::from_str(&request.event_data_json)
        .map_err(|_| Failure::invalid(format!("event_data_json must name a {field}.")))?;
    let id = data.get(field).and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() || id.len() > 256 {
        return Err(Failure::invalid(format!(
            "event_data_json must name a {field}."
        )));
    }
    if field == "track_id" && !(id.starts_with('{') && id.ends_with('}')) {
        return Err(Failure::invalid("The track_id could not be parsed."));
    }
    Ok((request.event_id(), id.to_owned()))
}

/// The list of both requests; they have the same field.
fn all_wanted(body: &str) -> Outcome<Vec<Wanted>> {
    let request: wire::SubscribeToEventsRequestBody = read("SubscribeToEventsRequestBody", body)?;
    if request.events.is_empty() {
        return Err(Failure::invalid("No events were given."));
    }
    request.events.iter().map(wanted).collect()
}

/// Refuses events of tracks that are not there.
fn check_subject(world: &World, (event, id): &Wanted) -> Outcome<()> {
    let is_about_tracks = matches!(
        event,
        EventId::EIdTrackMuteStateChanged
            | EventId::EIdTrackSoloStateChanged
            | EventId::EIdTrackRecordEnabledStateChanged
            | EventId::EIdTrackInputMonitorStateChanged
    );
    if !is_about_tracks {
        return Ok(());
    }
    let session = world.session.as_ref().ok_or_else(Failure::no_session)?;
    let is_it = |strip: &Strip| strip.track.id.0.eq_ignore_ascii_case(id);
    match session.strips.iter().any(is_it) {
        true => Ok(()),
        false => Err(Failure::new(
            CommandErrorType::PtNoTrackFound,
            format!("There is no track {id}."),
        )),
    }
}

/// An event as the body of an answer.
pub fn body_of(event: Event) -> Outcome<Body> {
    let id = event.id();
    let state = |name: &str, track_id: String, state: bool| {
        let body = wire::TrackMuteStateChangedResponseBody { track_id, state };
        answer::body(name, &body)
    };
    let data = match event {
        Event::SessionOpened | Event::SessionCreated | Event::SessionClosed => None,
        Event::Mute(track, on) => state("TrackMuteStateChangedResponseBody", track, on)?,
        Event::Solo(track, on) => state("TrackSoloStateChangedResponseBody", track, on)?,
        Event::RecordEnabled(track, on) => {
            state("TrackRecordEnabledStateChangedResponseBody", track, on)?
        }
        Event::InputMonitor(track_id, number) => answer::body(
            "TrackInputMonitorStateChangedResponseBody",
            &wire::TrackInputMonitorStateChangedResponseBody {
                track_id,
                state: input_state(number) as i32,
            },
        )?,
        Event::MenuItem(menu_item_id) => Some(json!({ "menu_item_id": menu_item_id })),
        Event::BatchJob(id, status) => answer::body(
            "BatchJobStatusChangedResponseBody",
            &wire::BatchJobStatusChangedResponseBody {
                id,
                status: status as i32,
            },
        )?,
    };
    answer::body(
        "PollEventsResponseBody",
        &wire::PollEventsResponseBody {
            event: Some(EventResponseData {
                event_id: id as i32,
                event_data_json: data.map(|data| data.to_string()).unwrap_or_default(),
            }),
        },
    )
}

/// The id that three of the batch commands carry.
fn job_id(body: &str) -> Outcome<String> {
    let request: wire::GetBatchJobStatusRequestBody = read("GetBatchJobStatusRequestBody", body)?;
    Ok(request.id)
}

fn create_job(world: &mut World, body: &str, now: Now) -> Outcome<Body> {
    let request: wire::CreateBatchJobRequestBody = read("CreateBatchJobRequestBody", body)?;
    let definition = request
        .job
        .ok_or_else(|| Failure::invalid("The job is missing."))?;
    let id = world.batch.create(definition, &world.caller, now)?;
    Ok(Some(json!({ "id": id })))
}

fn job_status(world: &mut World, body: &str) -> Outcome<Body> {
    let job_info = Some(world.batch.info(&job_id(body)?)?);
    answer::body(
        "GetBatchJobStatusResponseBody",
        &wire::GetBatchJobStatusResponseBody { job_info },
    )
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    now: Now,
) -> Option<Outcome<Body>> {
    Some(match command {
        CommandId::CIdSubscribeToEvents => all_wanted(body)
            .and_then(|wanted| {
                wanted
                    .iter()
                    .try_for_each(|one| check_subject(world, one))?;
                world.subscribe(wanted)
            })
            .map(|()| None),
        CommandId::CIdUnsubscribeFromEvents => all_wanted(body).and_then(|wanted| {
            // Of a track that is gone, a subscription may still be given back.
            let mut others = wanted.iter();
            others.try_for_each(|one| match world.watchers.has(&world.caller, one) {
                true => Ok(()),
                false => check_subject(world, one),
            })?;
            world.watchers.unsubscribe(&world.caller, &wanted);
            Ok(None)
        }),
        CommandId::CIdPollEvents => match world.watchers.next(&world.caller) {
            Some(event) => body_of(event),
            None => Ok(None),
        },
        CommandId::CIdCreateBatchJob => create_job(world, body, now),
        CommandId::CIdGetBatchJobStatus => job_status(world, body),
        CommandId::CIdCompleteBatchJob => job_id(body)
            .and_then(|id| world.batch.complete(&id))
            .map(|()| None),
        CommandId::CIdCancelBatchJob => job_id(body)
            .and_then(|id| world.batch.cancel(&id))
            .map(|()| None),
        _ => return None,
    })
}

//! Memory locations: get, create, edit, clear, select, manage mode.

use serde_json::json;

use crate::model::{Now, Range};
use crate::ptsl::wire::{
    self, CommandErrorType, CommandId, MarkerLocation, MemoryLocationReference, TimeProperties,
    TimelineLocationType,
};

use super::read;
use super::strips::palette_size;
use super::tracks::page;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::markers::MemoryLocation;
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

fn list(session: &OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetMemoryLocationsRequestBody = read("GetMemoryLocationsRequestBody", body)?;
    let (offset, limit) = page(request.pagination_request, 0)?;
    let times = session.times();
    let memory_locations = session
        .markers
        .iter()
        .skip(offset)
        .take(limit)
        .map(|marker| {
            let kind = match marker.reference {
                MemoryLocationReference::MlrBarBeat => TimelineLocationType::TlTypeBarsBeats,
                _ => TimelineLocationType::TlTypeSamples,
            };
            wire::MemoryLocation {
                number: marker.number,
                name: marker.name.clone(),
                start_time: times.format(marker.start, kind),
                end_time: times.format(marker.end, kind),
                time_properties: marker.time as i32,
                reference: marker.reference as i32,
                general_properties: Some(marker.general.clone()),
                comments: marker.comments.clone(),
                location: marker.location as i32,
                track_name: marker.track.clone(),
                color_index: marker.color,
            }
        })
        .collect();
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let (total, limit, offset) = (count(session.markers.len()), count(limit), count(offset));
    answer::body(
        "GetMemoryLocationsResponseBody",
        &wire::GetMemoryLocationsResponseBody {
            memory_locations,
            stats: Some(wire::Pagination {
                total,
                limit,
                offset,
            }),
            pagination_response: Some(wire::PaginationResponse {
                total,
                limit,
                offset,
            }),
        },
    )
}

/// What a create or edit request says; both have the same fields. What it leaves out is as it
/// was before, or the usual.
fn requested(session: &OpenSession, body: &str, now: Now, edits: bool) -> Outcome<MemoryLocation> {
    let request: wire::CreateMemoryLocationRequestBody =
        read("CreateMemoryLocationRequestBody", body)?;
    let old = session.markers.iter().find(|m| m.number == request.number);
    let old = old.filter(|_| edits);
    let times = session.times();
    let position = session.transport.position(session.info.sample_rate, now);
    let time = |text: &str, otherwise: i64| match text.trim() {
        "" => Ok(otherwise),
        "cur_pos" => Ok(position),
        text => times.parse(text, TimelineLocationType::TlTypeUnknown),
    };
    let given = |text: &str, old: Option<&String>| match text {
        "" => old.cloned().unwrap_or_default(),
        text => text.to_owned(),
    };
    let usual = old.map_or(session.selection, |old| Range::new(old.start, old.end));
    let start = time(&request.start_time, usual.start)?;
    let kind = match request.time_properties() {
        TimeProperties::TPropertiesUnknown => old.map_or(TimeProperties::TpMarker, |old| old.time),
        kind => kind,
    };
    let end = match kind {
        TimeProperties::TpSelection => time(&request.end_time, usual.end.max(start))?,
        _ => start,
    };
    let place = match request.location() {
        MarkerLocation::MlcUnknown if !request.track_name.is_empty() => MarkerLocation::MlcTrack,
        MarkerLocation::MlcUnknown => old.map_or(MarkerLocation::MlcMainRuler, |old| old.location),
        location => location,
    };
    let track = match place {
        MarkerLocation::MlcMainRuler => String::new(),
        _ => given(&request.track_name, old.map(|old| &old.track)),
    };
    Ok(MemoryLocation {
        number: request.number,
        name: given(&request.name, old.map(|old| &old.name)),
        start,
        end,
        time: kind,
        reference: match request.reference() {
            MemoryLocationReference::MlReferenceUnknown => {
                old.map_or(MemoryLocationReference::MlrAbsolute, |old| old.reference)
            }
            reference => reference,
        },
        location: place,
        track,
        color: color(request.color_index, old)?,
        comments: given(&request.comments, old.map(|old| &old.comments)),
        general: request
            .general_properties
            .or_else(|| old.map(|old| old.general.clone()))
            .unwrap_or_default(),
    })
}

/// A colour that an edit does not name is the next one of the palette, as seen with Pro Tools.
fn color(index: i32, old: Option<&MemoryLocation>) -> Outcome<i32> {
    match (index, old) {
        (0, None) => Ok(1),
        (0, Some(old)) => Ok(old.color % palette_size() + 1),
        (index, _) if (1..=palette_size()).contains(&index) => Ok(index),
        _ => Err(Failure::new(
            CommandErrorType::PtArgumentOutOfRange,
            format!("The color_index goes from 1 to {}.", palette_size()),
        )),
    }
}

fn clear(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::ClearMemoryLocationRequestBody =
        read("ClearMemoryLocationRequestBody", body)?;
    let failure_list = session.edit("Clear Memory Locations", |session| {
        Ok(session.clear_markers(&request.location_list))
    })?;
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    answer::body(
        "ClearMemoryLocationResponseBody",
        &wire::ClearMemoryLocationResponseBody {
            success_count: count(request.location_list.len() - failure_list.len()),
            failure_count: count(failure_list.len()),
            failure_list,
        },
    )
}

fn clear_all(session: &mut OpenSession) -> Outcome<Body> {
    let numbers: Vec<i32> = session.markers.iter().map(|m| m.number).collect();
    session.edit("Clear All Memory Locations", |session| {
        Ok(session.clear_markers(&numbers))
    })?;
    answer::body(
        "ClearAllMemoryLocationsResponseBody",
        &wire::ClearAllMemoryLocationsResponseBody {
            success_count: i32::try_from(numbers.len()).unwrap_or(i32::MAX),
            ..Default::default()
        },
    )
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    now: Now,
) -> Option<Outcome<Body>> {
    use CommandId as C;
    if !matches!(
        command,
        C::GetMemoryLocations
            | C::CreateMemoryLocation
            | C::EditMemoryLocation
            | C::ClearMemoryLocation
            | C::ClearAllMemoryLocations
            | C::SelectMemoryLocation
            | C::GetMemoryLocationsManageMode
            | C::SetMemoryLocationsManageMode
    ) {
        return None;
    }
    let manage = world.settings.markers_manage_mode;
    let session = match world.session() {
        Ok(session) => session,
        Err(failure) => return Some(Err(failure)),
    };
    Some(match command {
        C::GetMemoryLocations => list(session, body),
        C::CreateMemoryLocation => requested(session, body, now, false)
            .and_then(|marker| session.edit("New Memory Location", |s| s.create_marker(marker)))
            .map(|()| None),
        C::EditMemoryLocation => requested(session, body, now, true)
            .and_then(|marker| session.edit("Edit Memory Location", |s| s.edit_marker(marker)))
            .map(|()| None),
        C::ClearMemoryLocation => clear(session, body),
        C::ClearAllMemoryLocations => clear_all(session),
        C::SelectMemoryLocation => {
            read::<wire::SelectMemoryLocationRequestBody>("SelectMemoryLocationRequestBody", body)
                .and_then(|request| session.recall_marker(request.number))
                .map(|()| None)
        }
        C::GetMemoryLocationsManageMode => Ok(Some(json!({ "enabled": manage }))),
        _ => read::<wire::SetMemoryLocationsManageModeRequestBody>(
            "SetMemoryLocationsManageModeRequestBody",
            body,
        )
        .map(|request| {
            world.settings.markers_manage_mode = request.enabled;
            None
        }),
    })
}

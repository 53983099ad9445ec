//! Time conversions: locations between formats, differences and sums of locations, positions in
//! media and lengths.

use crate::model::Now;
use crate::ptsl::wire::{
    self, BasicTimeType, CommandId, MediaTimePosition, TimeLength, TimelineLocation,
    TimelineLocationType,
};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::times::Times;
use crate::simulator::world::{Failure, Outcome, World};

/// The session sample of a location that must be given.
fn sample_of(times: Times, location: Option<&TimelineLocation>) -> Outcome<i64> {
    let location = location.ok_or_else(|| Failure::invalid("A location is missing."))?;
    times.parse(&location.location, location.time_type())
}

/// A unit of lengths; what is not said is samples.
fn unit(number: i32) -> BasicTimeType {
    match BasicTimeType::try_from(number) {
        Ok(BasicTimeType::BtTypeUnknown) | Err(_) => BasicTimeType::BtTypeSamples,
        Ok(kind) => kind,
    }
}

fn length_in(times: Times, samples: i64, kind: BasicTimeType) -> TimeLength {
    TimeLength {
        length: times.length(samples, kind),
        time_type: kind as i32,
    }
}

fn samples_in(times: Times, length: Option<&TimeLength>) -> Outcome<i64> {
    let length = length.ok_or_else(|| Failure::invalid("The length is missing."))?;
    times.samples(length.length, unit(length.time_type))
}

fn position(position: Option<&MediaTimePosition>) -> Outcome<&MediaTimePosition> {
    position.ok_or_else(|| Failure::invalid("A position is missing."))
}

fn convert(times: Times, body: &str) -> Outcome<Body> {
    let request: wire::GetTimeAsTypeRequestBody = read("GetTimeAsTypeRequestBody", body)?;
    let sample = sample_of(times, request.location.as_ref())?;
    let kind = match request.time_type() {
        TimelineLocationType::TlTypeUnknown => {
            return Err(Failure::invalid("The wanted time format is missing."));
        }
        kind => kind,
    };
    answer::body(
        "GetTimeAsTypeResponseBody",
        &wire::GetTimeAsTypeResponseBody {
            converted_location: Some(TimelineLocation {
                location: times.format(sample, kind),
                time_type: kind as i32,
            }),
        },
    )
}

fn subtract_locations(times: Times, body: &str) -> Outcome<Body> {
    let request: wire::SubtractLocationsRequestBody = read("SubtractLocationsRequestBody", body)?;
    let first = sample_of(times, request.first_location.as_ref())?;
    let second = sample_of(times, request.second_location.as_ref())?;
    let length = length_in(times, first - second, unit(request.desired_length_type));
    answer::body(
        "SubtractLocationsResponseBody",
        &wire::SubtractLocationsResponseBody {
            length: Some(length),
        },
    )
}

fn add_to_location(times: Times, body: &str) -> Outcome<Body> {
    let request: wire::AddLengthToLocationRequestBody =
        read("AddLengthToLocationRequestBody", body)?;
    let from = sample_of(times, request.location.as_ref())?;
    let sum = from.saturating_add(samples_in(times, request.length.as_ref())?);
    times.check(sum, "The result")?;
    let location = request.location.unwrap_or_default();
    let kind = Times::kind_of(&location.location, location.time_type());
    answer::body(
        "AddLengthToLocationResponseBody",
        &wire::AddLengthToLocationResponseBody {
            result_location: Some(TimelineLocation {
                location: times.format(sum, kind),
                time_type: kind as i32,
            }),
        },
    )
}

fn subtract_positions(times: Times, body: &str) -> Outcome<Body> {
    let request: wire::SubtractPositionsRequestBody = read("SubtractPositionsRequestBody", body)?;
    let first = position(request.first_position.as_ref())?;
    let second = position(request.second_position.as_ref())?;
    let kind = unit(first.time_type);
    let samples = |at: &MediaTimePosition| times.samples(at.position, unit(at.time_type));
    let (from, to) = (samples(first)?, samples(second)?);
    let length = if unit(second.time_type) == kind {
        TimeLength {
            length: first.position - second.position,
            time_type: kind as i32,
        }
    } else {
        length_in(times, from - to, kind)
    };
    answer::body(
        "SubtractPositionsResponseBody",
        &wire::SubtractPositionsResponseBody {
            length: Some(length),
        },
    )
}

fn add_to_position(times: Times, body: &str) -> Outcome<Body> {
    let request: wire::AddLengthToPositionRequestBody =
        read("AddLengthToPositionRequestBody", body)?;
    let from = position(request.position.as_ref())?;
    let kind = unit(from.time_type);
    let start = times.samples(from.position, kind)?;
    let more = samples_in(times, request.length.as_ref())?;
    let length = request.length.unwrap_or_default();
    let position = if unit(length.time_type) == kind {
        from.position + length.length
    } else {
        times.length(start.saturating_add(more), kind)
    };
    if position < 0 {
        return Err(Failure::new(
            wire::CommandErrorType::PtArgumentOutOfRange,
            "The result lies before the start of the media.",
        ));
    }
    answer::body(
        "AddLengthToPositionResponseBody",
        &wire::AddLengthToPositionResponseBody {
            result_position: Some(MediaTimePosition {
                position,
                time_type: kind as i32,
            }),
        },
    )
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let run: fn(Times, &str) -> Outcome<Body> = match command {
        CommandId::CIdGetTimeAsType => convert,
        CommandId::CIdSubtractLocations => subtract_locations,
        CommandId::CIdAddLengthToLocation => add_to_location,
        CommandId::CIdSubtractPositions => subtract_positions,
        CommandId::CIdAddLengthToPosition => add_to_position,
        _ => return None,
    };
    Some(
        world
            .session()
            .and_then(|session| run(session.times(), body)),
    )
}

//! Transport, timeline selection and times: play, record, modes, selection in all formats.

use serde_json::{Value, json};

use crate::model::{Now, Range};
use crate::ptsl::wire::{self, CommandId, PlaybackMode, TimelineLocationType};

use super::read;
use super::session::triple;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::times::from_offset_options;
use crate::simulator::world::transport::RecordMode;
use crate::simulator::world::{Failure, OpenSession, Outcome, Settings, World};

/// The format that a request asks for: the newer field, else the older, else the main counter.
fn kind(location_type: i32, time_scale: i32, settings: &Settings) -> TimelineLocationType {
    let newer = TimelineLocationType::try_from(location_type).unwrap_or_default();
    if newer != TimelineLocationType::TlTypeUnknown {
        return newer;
    }
    let older = wire::TrackOffsetOptions::try_from(time_scale).unwrap_or_default();
    match from_offset_options(older) {
        TimelineLocationType::TlTypeUnknown => settings.main_counter,
        kind => kind,
    }
}

fn get_selection(session: &OpenSession, settings: &Settings, body: &str) -> Outcome<Body> {
    let request: wire::GetTimelineSelectionRequestBody =
        read("GetTimelineSelectionRequestBody", body)?;
    let kind = kind(request.location_type, request.time_scale, settings);
    let times = session.times();
    let text = |sample: i64| times.format(sample, kind);
    let rolls = session.rolls;
    answer::body(
        "GetTimelineSelectionResponseBody",
        &wire::GetTimelineSelectionResponseBody {
            play_start_marker_time: text(session.transport.play_start),
            in_time: text(session.selection.start),
            out_time: text(session.selection.end),
            pre_roll_start_time: text(rolls.pre),
            post_roll_stop_time: text(rolls.post),
            pre_roll_enabled: rolls.pre_enabled,
            post_roll_enabled: rolls.post_enabled,
        },
    )
}

fn set_selection(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SetTimelineSelectionRequestBody =
        read("SetTimelineSelectionRequestBody", body)?;
    let times = session.times();
    let kind = TimelineLocationType::try_from(request.location_type).unwrap_or_default();
    let time = |text: &str| -> Outcome<Option<i64>> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        times.parse(text, kind).map(Some)
    };
    let start = time(&request.in_time)?;
    let end = time(&request.out_time)?;
    let play_start = time(&request.play_start_marker_time)?;
    let pre = time(&request.pre_roll_start_time)?;
    let post = time(&request.post_roll_stop_time)?;
    let selection = match (start, end) {
        (Some(start), Some(end)) => Range::new(start, end),
        (Some(start), None) => Range::new(start, start),
        (None, Some(end)) => Range::new(session.selection.start, end),
        (None, None) => session.selection,
    };
    if selection.end < selection.start {
        return Err(Failure::new(
            wire::CommandErrorType::PtInvalidSelection,
            "The selection ends before it starts.",
        ));
    }
    session.selection = selection;
    if let Some(at) = play_start.or(start) {
        session.transport.play_start = at;
    }
    let rolls = &mut session.rolls;
    rolls.pre = pre.unwrap_or(rolls.pre);
    rolls.post = post.unwrap_or(rolls.post);
    rolls.pre_enabled = triple(request.pre_roll_enabled).unwrap_or(rolls.pre_enabled);
    rolls.post_enabled = triple(request.post_roll_enabled).unwrap_or(rolls.post_enabled);
    Ok(None)
}

fn possible_record_modes() -> Vec<Value> {
    RecordMode::ALL
        .iter()
        .map(|(mode, _)| json!(mode.name()))
        .collect()
}

/// The mode by its name: the numbers of PTSL's enum contradict its names.
fn set_record_mode(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: Value =
        serde_json::from_str(body).map_err(|error| Failure::invalid(format!("{error}.")))?;
    let mode = match request.get("record_mode") {
        Some(Value::String(name)) => RecordMode::parse(name),
        Some(Value::Number(number)) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .and_then(|number| RecordMode::ALL.get(number.wrapping_sub(1)))
            .map(|(mode, _)| *mode),
        _ => None,
    };
    session.transport.record_mode =
        mode.ok_or_else(|| Failure::invalid("There is no such record mode."))?;
    if request.get("record_arm_transport") == Some(&Value::Bool(true)) {
        session.transport.record_armed = true;
    }
    Ok(Some(json!({
        "current_record_mode": session.transport.record_mode.name(),
        "record_mode_list": possible_record_modes(),
    })))
}

fn set_playback_mode(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SetPlaybackModeRequestBody = read("SetPlaybackModeRequestBody", body)?;
    let mode = PlaybackMode::try_from(request.playback_mode).unwrap_or_default();
    if mode == PlaybackMode::PModeUnknown {
        return Err(Failure::invalid("There is no such playback mode."));
    }
    session.transport.set_playback_mode(mode);
    let list = session.transport.playback_modes();
    answer::body(
        "SetPlaybackModeResponseBody",
        &wire::SetPlaybackModeResponseBody {
            current_playback_mode: mode as i32,
            playback_mode_list: list.into_iter().map(|mode| mode as i32).collect(),
        },
    )
}

fn state(session: &OpenSession) -> Outcome<Body> {
    answer::body(
        "GetTransportStateResponseBody",
        &wire::GetTransportStateResponseBody {
            current_setting: session.transport.state() as i32,
            possible_settings: (1..=15).collect(),
        },
    )
}

fn playback_mode(session: &OpenSession) -> Outcome<Body> {
    let modes = session.transport.playback_modes();
    answer::body(
        "GetPlaybackModeResponseBody",
        &wire::GetPlaybackModeResponseBody {
            current_settings: modes.into_iter().map(|mode| mode as i32).collect(),
            possible_settings: (1..=3).collect(),
        },
    )
}

fn edit_selection(session: &OpenSession, settings: &Settings, body: &str) -> Outcome<Body> {
    let request: wire::GetEditSelectionRequestBody = read("GetEditSelectionRequestBody", body)?;
    let kind = kind(request.location_type, 0, settings);
    let times = session.times();
    answer::body(
        "GetEditSelectionResponseBody",
        &wire::GetEditSelectionResponseBody {
            in_time: times.format(session.edit_range().start, kind),
            out_time: times.format(session.edit_range().end, kind),
        },
    )
}

/// Play and record; setters with an empty body.
fn roll(session: &mut OpenSession, command: CommandId, now: Now) -> Outcome<Body> {
    let selection = session.selection;
    match command {
        CommandId::ToggleRecordEnable => session.transport.toggle_record_enable(),
        CommandId::PlayHalfSpeed => session.transport.toggle_half_speed(selection, false, now),
        CommandId::RecordHalfSpeed => session.transport.toggle_half_speed(selection, true, now),
        _ => session.transport.toggle_play(selection, now),
    }
    Ok(None)
}

/// The scrubber: positions are session samples.
fn scrub(session: &mut OpenSession, command: CommandId, body: &str, now: Now) -> Outcome<Body> {
    match command {
        CommandId::CIdBeginScrub => {
            let request: wire::BeginScrubRequestBody = read("BeginScrubRequestBody", body)?;
            session
                .times()
                .check(request.start_position, "The start_position")?;
            session.transport.begin_scrub(request.start_position, now)?;
            Ok(None)
        }
        CommandId::CIdContinueScrub => {
            let request: wire::ContinueScrubRequestBody = read("ContinueScrubRequestBody", body)?;
            let rate = session.info.sample_rate;
            let at = session
                .transport
                .continue_scrub(request.velocity, rate, now)?;
            answer::body(
                "ContinueScrubResponseBody",
                &wire::ContinueScrubResponseBody {
                    timeline_position: Some(wire::TimelineLocation {
                        location: at.to_string(),
                        time_type: TimelineLocationType::TlTypeSamples as i32,
                    }),
                },
            )
        }
        _ => {
            let at = session.transport.end_scrub()?;
            session.selection = Range::new(at, at);
            Ok(None)
        }
    }
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
        C::TogglePlayState
            | C::ToggleRecordEnable
            | C::PlayHalfSpeed
            | C::RecordHalfSpeed
            | C::GetTransportState
            | C::GetTransportArmed
            | C::GetPlaybackMode
            | C::SetPlaybackMode
            | C::GetRecordMode
            | C::SetRecordMode
            | C::GetTimelineSelection
            | C::SetTimelineSelection
            | C::CIdGetEditSelection
            | C::CIdBeginScrub
            | C::CIdContinueScrub
            | C::CIdEndScrub
    ) {
        return None;
    }
    let settings = world.settings.clone();
    let session = match world.session() {
        Ok(session) => session,
        Err(failure) => return Some(Err(failure)),
    };
    Some(match command {
        C::GetTransportState => state(session),
        C::GetTransportArmed => Ok(Some(json!({
            "is_transport_armed": session.transport.record_armed,
        }))),
        C::GetPlaybackMode => playback_mode(session),
        C::SetPlaybackMode => set_playback_mode(session, body),
        C::GetRecordMode => Ok(Some(json!({
            "current_setting": session.transport.record_mode.name(),
            "possible_settings": possible_record_modes(),
        }))),
        C::SetRecordMode => set_record_mode(session, body),
        C::GetTimelineSelection => get_selection(session, &settings, body),
        C::SetTimelineSelection => set_selection(session, body),
        C::CIdGetEditSelection => edit_selection(session, &settings, body),
        C::CIdBeginScrub | C::CIdContinueScrub | C::CIdEndScrub => {
            scrub(session, command, body, now)
        }
        _ => roll(session, command, now),
    })
}

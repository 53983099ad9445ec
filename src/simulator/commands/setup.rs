//! Session Setup: the setters of formats, rates, start and length, with what they do to the
//! timeline. All are refused while the transport runs.

use crate::model::TimecodeRate;
use crate::ptsl::names;
use crate::ptsl::wire::{
    self, BitDepth, CommandId, SessionAudioFormat, SessionFeetFramesRate, SessionRatePull,
    TimelineLocationType, TrackOffsetOptions,
};

use super::read;
use super::session::given;
use crate::model::Now;
use crate::simulator::answer::Body;
use crate::simulator::world::times::from_offset_options;
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// PTSL's number of the session's feet+frames rate.
pub fn feet_frames(session: &OpenSession) -> SessionFeetFramesRate {
    match session.setup.feet_frames {
        TimecodeRate::Fps23976 => SessionFeetFramesRate::SffrFps23976,
        TimecodeRate::Fps25 => SessionFeetFramesRate::SffrFps25,
        _ => SessionFeetFramesRate::SffrFps24,
    }
}

/// PTSL's number of a pull setting by its word; an unknown word is no pull.
pub fn pull(word: &str) -> i32 {
    names::number_of("SessionRatePull", &format!("SRP_{word}"))
        .unwrap_or(SessionRatePull::SrpNone as i32)
}

/// The word of a pull setting, as `session.json` keeps it.
fn pull_word(number: i32) -> Outcome<String> {
    given::<SessionRatePull>(number, "pull setting")?;
    let names = names::aliases("SessionRatePull", number);
    let word = names.first().and_then(|name| name.strip_prefix("SRP_"));
    Ok(word.unwrap_or("None").to_owned())
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let set: fn(&mut OpenSession, &str) -> Outcome<()> = match command {
        CommandId::SetSessionBitDepth => bit_depth,
        CommandId::SetSessionAudioFormat => audio_format,
        CommandId::SetSessionInterleavedState => |session, body| {
            let request: wire::SetSessionInterleavedStateRequestBody =
                read("SetSessionInterleavedStateRequestBody", body)?;
            session.info.interleaved = request.interleaved_state;
            Ok(())
        },
        CommandId::SetSessionTimeCodeRate => timecode_rate,
        CommandId::SetSessionStartTime => start_time,
        CommandId::SetSessionLength => |session, body| {
            let request: wire::SetSessionLengthRequestBody =
                read("SetSessionLengthRequestBody", body)?;
            session.set_longest(&request.session_length)
        },
        CommandId::SetSessionFeetFramesRate => feet_frames_rate,
        CommandId::SetSessionAudioRatePullSettings => |session, body| {
            let request: wire::SetSessionAudioRatePullSettingsRequestBody =
                read("SetSessionAudioRatePullSettingsRequestBody", body)?;
            session.setup.audio_pull = pull_word(request.audio_rate_pull)?;
            Ok(())
        },
        CommandId::SetSessionVideoRatePullSettings => |session, body| {
            let request: wire::SetSessionVideoRatePullSettingsRequestBody =
                read("SetSessionVideoRatePullSettingsRequestBody", body)?;
            session.setup.video_pull = pull_word(request.video_rate_pull)?;
            Ok(())
        },
        _ => return None,
    };
    let outcome = world.session().and_then(|session| {
        if session.transport.is_rolling() {
            return Err(Failure::cannot("Stop the transport first."));
        }
        set(session, body)?;
        session.changed = true;
        Ok(None)
    });
    Some(outcome)
}

fn bit_depth(session: &mut OpenSession, body: &str) -> Outcome<()> {
    let request: wire::SetSessionBitDepthRequestBody = read("SetSessionBitDepthRequestBody", body)?;
    session.info.bit_depth = match given(request.bit_depth, "bit depth")? {
        BitDepth::Bit16 => 16,
        BitDepth::Bit24 => 24,
        BitDepth::Bit32Float => 32,
        _ => return Err(Failure::invalid("Sessions do not have that bit depth.")),
    };
    Ok(())
}

fn audio_format(session: &mut OpenSession, body: &str) -> Outcome<()> {
    let request: wire::SetSessionAudioFormatRequestBody =
        read("SetSessionAudioFormatRequestBody", body)?;
    let format = match given(request.audio_format, "audio format")? {
        SessionAudioFormat::SafAiff => "AIFF",
        _ => "WAV",
    };
    format.clone_into(&mut session.info.audio_format);
    Ok(())
}

fn timecode_rate(session: &mut OpenSession, body: &str) -> Outcome<()> {
    let request: wire::SetSessionTimeCodeRateRequestBody =
        read("SetSessionTimeCodeRateRequestBody", body)?;
    let rate = usize::try_from(request.time_code_rate - 1)
        .ok()
        .and_then(|at| TimecodeRate::ALL.get(at))
        .ok_or_else(|| Failure::invalid("There is no such timecode rate."))?;
    session.set_timecode_rate(*rate);
    Ok(())
}

/// The start as a text in a format of the older or the newer kind; the plain field is timecode
/// where nothing else is said.
fn start_time(session: &mut OpenSession, body: &str) -> Outcome<()> {
    let request: wire::SetSessionStartTimeRequestBody =
        read("SetSessionStartTimeRequestBody", body)?;
    let options = TrackOffsetOptions::try_from(request.track_offset_opts).unwrap_or_default();
    let older = from_offset_options(options);
    let (text, kind) = match request.location {
        Some(place) if !place.location.is_empty() => (place.location.clone(), place.time_type()),
        _ => (request.session_start_time, older),
    };
    let kind = match kind {
        TimelineLocationType::TlTypeUnknown => TimelineLocationType::TlTypeTimeCode,
        kind => kind,
    };
    let start = session.start_from(&text, kind)?;
    session.move_start(start, request.maintain_relative_position)
}

fn feet_frames_rate(session: &mut OpenSession, body: &str) -> Outcome<()> {
    let request: wire::SetSessionFeetFramesRateRequestBody =
        read("SetSessionFeetFramesRateRequestBody", body)?;
    session.setup.feet_frames = match given(request.feet_frames_rate, "feet+frames rate")? {
        SessionFeetFramesRate::SffrFps23976 => TimecodeRate::Fps23976,
        SessionFeetFramesRate::SffrFps25 => TimecodeRate::Fps25,
        _ => TimecodeRate::Fps24,
    };
    Ok(())
}

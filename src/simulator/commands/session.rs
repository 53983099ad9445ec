//! Session facts: getters with possible settings, counters, edit modes. Their setters are in
//! [`super::setup`].

use serde_json::json;

use crate::model::{Now, TimecodeRate};
use crate::ptsl::wire::{self, CommandId, SessionAudioFormat, TimelineLocationType, TripleBool};

use super::{read, setup};
use crate::simulator::answer::{self, Body};
use crate::simulator::api::Api;
use crate::simulator::world::times::{from_offset_options, to_offset_options};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// The number of PTSL's BitDepth.
fn bit_depth(bits: u16) -> wire::BitDepth {
    match bits {
        16 => wire::BitDepth::Bit16,
        32 => wire::BitDepth::Bit32Float,
        _ => wire::BitDepth::Bit24,
    }
}

fn timecode_rate(rate: TimecodeRate) -> i32 {
    let at = TimecodeRate::ALL.iter().position(|known| *known == rate);
    at.and_then(|at| i32::try_from(at + 1).ok()).unwrap_or(0)
}

/// All values but the first of an enum that counts from 0.
fn all(last: i32) -> Vec<i32> {
    (1..=last).collect()
}

/// The audio format of the session's files.
fn audio_format(name: &str) -> SessionAudioFormat {
    if name.to_ascii_uppercase().starts_with("AIF") {
        SessionAudioFormat::SafAiff
    } else {
        SessionAudioFormat::SafWave
    }
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let outcome = match command {
        CommandId::HostReadyCheck => answer::body(
            "HostReadyCheckResponseBody",
            &wire::HostReadyCheckResponseBody {
                is_host_ready: true,
            },
        ),
        CommandId::GetPtslVersion => version(world.api),
        _ => {
            return identity(world, command)
                .or_else(|| formats(world, command))
                .or_else(|| counters(world, command, body))
                .or_else(|| editing(world, command, body));
        }
    };
    Some(outcome)
}

/// GetPTSLVersion, which needs neither a session nor a world.
pub fn version(api: Api) -> Outcome<Body> {
    let (version, version_minor, version_revision) = api.version();
    if api.is_old() {
        return Ok(Some(json!({ "version": version })));
    }
    answer::body(
        "GetPTSLVersionResponseBody",
        &wire::GetPtslVersionResponseBody {
            version,
            version_minor,
            version_revision,
        },
    )
}

fn with(
    world: &mut World,
    body: impl FnOnce(&OpenSession) -> Outcome<Body>,
) -> Option<Outcome<Body>> {
    Some(world.session().and_then(|session| body(session)))
}

/// Who the session is.
fn identity(world: &mut World, command: CommandId) -> Option<Outcome<Body>> {
    match command {
        CommandId::GetSessionName => with(world, |session| {
            Ok(Some(json!({ "session_name": session.info.name })))
        }),
        CommandId::GetSessionPath => with(world, |session| {
            Ok(Some(json!({ "session_path": {
                "path": session.info.path,
                "info": { "is_online": true },
            } })))
        }),
        CommandId::GetSessionIDs => with(world, |session| {
            Ok(Some(json!({
                "origin_id": session.info.origin_id,
                "instance_id": session.info.instance_id,
                "parent_id": session.setup.parent_id,
            })))
        }),
        CommandId::GetSessionStartTime => with(world, |session| {
            let start = session.info.ruler.start();
            Ok(Some(json!({ "session_start_time": format!("{start}.00") })))
        }),
        CommandId::GetSessionLength => with(world, |session| {
            let length = session.longest();
            Ok(Some(json!({ "session_length": length })))
        }),
        CommandId::GetSessionSystemDelayInfo => with(world, |session| {
            answer::body(
                "GetSessionSystemDelayInfoResponseBody",
                &wire::GetSessionSystemDelayInfoResponseBody {
                    samples: i32::try_from(session.setup.system_delay).unwrap_or(i32::MAX),
                    delay_compensation_enabled: session.setup.delay_compensation,
                },
            )
        }),
        _ => None,
    }
}

/// Formats and rates, with what else they could be.
fn formats(world: &mut World, command: CommandId) -> Option<Outcome<Body>> {
    match command {
        CommandId::GetSessionSampleRate => with(world, |session| {
            answer::body(
                "GetSessionSampleRateResponseBody",
                &wire::GetSessionSampleRateResponseBody {
                    sample_rate: i32::try_from(session.info.sample_rate).unwrap_or(0),
                },
            )
        }),
        CommandId::GetSessionBitDepth => with(world, |session| {
            answer::body(
                "GetSessionBitDepthResponseBody",
                &wire::GetSessionBitDepthResponseBody {
                    current_setting: bit_depth(session.info.bit_depth) as i32,
                    possible_settings: [16, 24, 32].map(|b| bit_depth(b) as i32).to_vec(),
                },
            )
        }),
        CommandId::GetSessionAudioFormat => with(world, |session| {
            answer::body(
                "GetSessionAudioFormatResponseBody",
                &wire::GetSessionAudioFormatResponseBody {
                    current_setting: audio_format(&session.info.audio_format) as i32,
                    possible_settings: all(2),
                },
            )
        }),
        // Pro Tools lists the possible booleans as texts here.
        CommandId::GetSessionInterleavedState => with(world, |session| {
            Ok(Some(json!({
                "current_setting": session.info.interleaved,
                "possible_settings": ["true", "false"],
            })))
        }),
        CommandId::GetSessionTimeCodeRate => with(world, |session| {
            answer::body(
                "GetSessionTimeCodeRateResponseBody",
                &wire::GetSessionTimeCodeRateResponseBody {
                    current_setting: timecode_rate(session.info.ruler.rate),
                    possible_settings: all(19),
                },
            )
        }),
        CommandId::GetSessionFeetFramesRate => with(world, |session| {
            answer::body(
                "GetSessionFeetFramesRateResponseBody",
                &wire::GetSessionFeetFramesRateResponseBody {
                    current_setting: setup::feet_frames(session) as i32,
                    possible_settings: all(3),
                },
            )
        }),
        CommandId::GetSessionAudioRatePullSettings => with(world, |session| {
            answer::body(
                "GetSessionAudioRatePullSettingsResponseBody",
                &wire::GetSessionAudioRatePullSettingsResponseBody {
                    current_setting: setup::pull(&session.setup.audio_pull),
                    possible_settings: all(9),
                },
            )
        }),
        CommandId::GetSessionVideoRatePullSettings => with(world, |session| {
            answer::body(
                "GetSessionVideoRatePullSettingsResponseBody",
                &wire::GetSessionVideoRatePullSettingsResponseBody {
                    current_setting: setup::pull(&session.setup.video_pull),
                    possible_settings: all(9),
                },
            )
        }),
        _ => None,
    }
}

/// The value of an enum field that must be given.
pub fn given<T: TryFrom<i32>>(number: i32, what: &str) -> Outcome<T> {
    T::try_from(number)
        .ok()
        .filter(|_| number > 0)
        .ok_or_else(|| Failure::invalid(format!("There is no such {what}.")))
}

/// The counters' formats, in both of PTSL's enums for them.
fn counters(world: &mut World, command: CommandId, body: &str) -> Option<Outcome<Body>> {
    let counter = |kind: TimelineLocationType| {
        answer::body(
            "GetMainCounterFormatResponseBody",
            &wire::GetMainCounterFormatResponseBody {
                current_setting: to_offset_options(kind) as i32,
                possible_settings: all(5),
                current_type: kind as i32,
                possible_types: [1, 4, 5, 6, 7].to_vec(),
            },
        )
    };
    let wanted = || -> Outcome<TimelineLocationType> {
        let request: wire::SetMainCounterFormatRequestBody =
            read("SetMainCounterFormatRequestBody", body)?;
        let kind = if request.location_type > 0 {
            request.location_type()
        } else {
            from_offset_options(request.time_scale())
        };
        given(kind as i32, "time format")
    };
    match command {
        CommandId::GetMainCounterFormat => {
            let kind = world.settings.main_counter;
            with(world, |_| counter(kind))
        }
        CommandId::GetSubCounterFormat => {
            let kind = world.settings.sub_counter;
            with(world, |_| counter(kind))
        }
        CommandId::SetMainCounterFormat => Some(world.session().map(|_| ()).and_then(|()| {
            world.settings.main_counter = wanted()?;
            Ok(None)
        })),
        CommandId::SetSubCounterFormat => Some(world.session().map(|_| ()).and_then(|()| {
            world.settings.sub_counter = wanted()?;
            Ok(None)
        })),
        _ => None,
    }
}

/// Edit mode, edit tool and options; remembered, without effect.
fn editing(world: &mut World, command: CommandId, body: &str) -> Option<Outcome<Body>> {
    let outcome =
        match command {
            CommandId::GetEditMode => answer::body(
                "GetEditModeResponseBody",
                &wire::GetEditModeResponseBody {
                    current_setting: world.settings.edit_mode as i32,
                    possible_settings: all(11),
                },
            ),
            CommandId::GetEditTool => answer::body(
                "GetEditToolResponseBody",
                &wire::GetEditToolResponseBody {
                    current_setting: world.settings.edit_tool as i32,
                    possible_settings: all(19),
                },
            ),
            CommandId::SetEditMode => {
                read::<wire::SetEditModeRequestBody>("SetEditModeRequestBody", body)
                    .and_then(|request| given(request.edit_mode, "edit mode"))
                    .map(|mode| {
                        world.settings.edit_mode = mode;
                        None
                    })
            }
            CommandId::SetEditTool => {
                read::<wire::SetEditToolRequestBody>("SetEditToolRequestBody", body)
                    .and_then(|request| given(request.edit_tool, "edit tool"))
                    .map(|tool| {
                        world.settings.edit_tool = tool;
                        None
                    })
            }
            CommandId::GetEditModeOptions => answer::body(
                "GetEditModeOptionsResponseBody",
                &wire::GetEditModeOptionsResponseBody {
                    edit_mode_options: Some(world.settings.edit_options),
                },
            ),
            CommandId::SetEditModeOptions => {
                read::<wire::SetEditModeOptionsRequestBody>("SetEditModeOptionsRequestBody", body)
                    .map(|request| {
                        world.settings.edit_options = request.edit_mode_options.unwrap_or_default();
                        None
                    })
            }
            CommandId::RecallZoomPreset => {
                read::<wire::RecallZoomPresetRequestBody>("RecallZoomPresetRequestBody", body)
                    .and_then(|request| match request.zoom_preset {
                        1..=5 => Ok(None),
                        _ => Err(Failure::invalid("Zoom presets are numbered 1 to 5.")),
                    })
            }
            CommandId::CIdGetMonitorOutputPath => Ok(Some(
                json!({ "monitor_path": crate::model::routing::MAIN_OUTPUT }),
            )),
            _ => return None,
        };
    Some(world.session().map(|_| ()).and(outcome))
}

/// The value of a three-valued option, where it says something.
pub fn triple(value: i32) -> Option<bool> {
    match TripleBool::try_from(value) {
        Ok(TripleBool::TbTrue) => Some(true),
        Ok(TripleBool::TbFalse) => Some(false),
        _ => None,
    }
}

//! Tracks: the list with its filters and pages, switches by name, selection, creation, renaming.

use crate::model::Now;
use crate::model::track::{Inherited, TrackKind};
use crate::ptsl::wire::{
    self, CommandId, PaginationRequest, SelectionMode, TrackFormat, TrackListFilter, TrackType,
};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::faults::Filters;
use crate::simulator::world::tracks::{NewTracks, Strip, Switch, attribute};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

fn track_type(kind: TrackKind) -> TrackType {
    match kind {
        TrackKind::Audio => TrackType::AudioTrack,
        TrackKind::Midi => TrackType::Midi,
        TrackKind::Aux => TrackType::Aux,
        TrackKind::Instrument => TrackType::Instrument,
        TrackKind::Master => TrackType::Master,
        TrackKind::Vca => TrackType::Vca,
        TrackKind::Folder => TrackType::BasicFolder,
        TrackKind::RoutingFolder => TrackType::RoutingFolder,
        TrackKind::Video => TrackType::VideoTrack,
        TrackKind::Other => TrackType::Unknown,
    }
}

/// Formats with their channels, as `model::Track::format` names them.
const FORMATS: &[(TrackFormat, &str, u16)] = &[
    (TrackFormat::TfMono, "mono", 1),
    (TrackFormat::TfStereo, "stereo", 2),
    (TrackFormat::TfLcr, "lcr", 3),
    (TrackFormat::TfLcrs, "lcrs", 4),
    (TrackFormat::TfQuad, "quad", 4),
    (TrackFormat::Tf50, "5.0", 5),
    (TrackFormat::Tf51, "5.1", 6),
    (TrackFormat::Tf70, "7.0", 7),
    (TrackFormat::Tf71, "7.1", 8),
    (TrackFormat::Tf712, "7.1.2", 10),
    (TrackFormat::Tf714, "7.1.4", 12),
];

fn track_format(strip: &Strip) -> TrackFormat {
    let by_name = FORMATS
        .iter()
        .find(|(_, name, _)| name.eq_ignore_ascii_case(&strip.track.format));
    let by_channels = || {
        FORMATS
            .iter()
            .find(|(_, _, channels)| *channels == strip.track.channels)
    };
    by_name
        .or_else(by_channels)
        .map_or(TrackFormat::TfNone, |(format, _, _)| *format)
}

fn wire_track(session: &OpenSession, strip: &Strip) -> wire::Track {
    let track = &strip.track;
    let lane = strip.lane.and_then(|at| session.arrangement.lanes.get(at));
    let explicit = |on: bool| {
        attribute(Inherited {
            explicit: on,
            implicit: false,
        })
    };
    wire::Track {
        name: track.name.clone(),
        r#type: track_type(track.kind) as i32,
        id: track.id.0.clone(),
        index: i32::try_from(track.index).unwrap_or(i32::MAX),
        color: track
            .color
            .map(|[r, g, b]| format!("#ff{r:02x}{g:02x}{b:02x}"))
            .unwrap_or_default(),
        track_attributes: Some(wire::TrackAttributes {
            is_inactive: attribute(track.inactive),
            is_hidden: attribute(track.hidden),
            is_selected: explicit(strip.selected),
            contains_clips: lane.is_some_and(|lane| !lane.clips.is_empty()),
            contains_automation: lane
                .is_some_and(|lane| !lane.volume_points.is_empty() || !lane.pan_points.is_empty()),
            is_soloed: track.soloed,
            is_record_enabled: track.record_enabled,
            is_input_monitoring_on: explicit(track.input_monitoring),
            is_smart_dsp_on: strip.smart_dsp,
            is_locked: false,
            is_muted: track.muted,
            is_frozen: track.frozen,
            is_open: track.open,
            is_online: strip.online,
            is_record_enabled_safe: track.record_safe,
            is_smart_dsp_on_safe: strip.dsp_safe,
            is_soloed_safe: track.solo_safe,
            has_edit_selection: explicit(strip.selected && !session.edit_range().is_empty()),
        }),
        id_compressed: track.id.0.replace(['{', '}', '-'], ""),
        format: track_format(strip) as i32,
        timebase: if track.follows_bars { 2 } else { 1 },
        parent_folder_name: track.folder.clone().unwrap_or_default(),
        parent_folder_id: track
            .folder_id
            .as_ref()
            .map(|id| id.0.clone())
            .unwrap_or_default(),
    }
}

fn passes(session: &OpenSession, strip: &Strip, filter: TrackListFilter) -> bool {
    use TrackListFilter as F;
    let lane = || strip.lane.and_then(|at| session.arrangement.lanes.get(at));
    let track = &strip.track;
    match filter {
        F::TlFilterUnknown | F::All => true,
        F::Selected | F::SelectedExplicitly => strip.selected,
        F::SelectedImplicitly | F::TlFilterHasEditSelectionImplicitly | F::Locked => false,
        F::WithClipsOnMainPlaylist => lane().is_some_and(|lane| !lane.clips.is_empty()),
        F::WithAutomationOnMainPlaylist => {
            lane().is_some_and(|lane| !lane.volume_points.is_empty() || !lane.pan_points.is_empty())
        }
        F::Inactive => track.inactive.is_set(),
        F::InactiveExplicitly => track.inactive.explicit,
        F::InactiveImplicitly => track.inactive.implicit,
        F::Hidden => track.hidden.is_set(),
        F::HiddenExplicitly => track.hidden.explicit,
        F::HiddenImplicitly => track.hidden.implicit,
        F::Muted => track.muted,
        F::Frozen => track.frozen,
        F::Open => track.open,
        F::Online => strip.online,
        F::TlFilterHasEditSelection | F::TlFilterHasEditSelectionExplicitly => {
            strip.selected && !session.edit_range().is_empty()
        }
    }
}

/// Offset and limit of a page; limit 0 is everything.
pub fn page(request: Option<PaginationRequest>, old_limit: i32) -> Outcome<(usize, usize)> {
    let PaginationRequest { limit, offset } = request.unwrap_or(PaginationRequest {
        limit: old_limit,
        offset: 0,
    });
    let number = |value: i32| {
        usize::try_from(value).map_err(|_| Failure::invalid("A page cannot be negative."))
    };
    let limit = number(limit)?;
    Ok((number(offset)?, if limit == 0 { usize::MAX } else { limit }))
}

pub fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn list(session: &OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetTrackListRequestBody = read("GetTrackListRequestBody", body)?;
    let (offset, limit) = page(request.pagination_request, request.page_limit)?;
    let filters = &request.track_filter_list;
    let wanted = |strip: &Strip| {
        let mut hits = filters
            .iter()
            .map(|f| passes(session, strip, f.filter()) != f.is_inverted);
        if filters.is_empty() {
            true
        } else if request.is_filter_list_additive || session.filters == Filters::Or {
            hits.any(|hit| hit)
        } else {
            hits.all(|hit| hit)
        }
    };
    let found: Vec<&Strip> = session.strips.iter().filter(|s| wanted(s)).collect();
    let track_list: Vec<wire::Track> = found
        .iter()
        .skip(offset)
        .take(limit)
        .map(|strip| wire_track(session, strip))
        .collect();
    let (total, limit, offset) = (count(found.len()), count(limit), count(offset));
    answer::body(
        "GetTrackListResponseBody",
        &wire::GetTrackListResponseBody {
            stats: Some(wire::Pagination {
                total,
                limit,
                offset,
            }),
            track_list,
            pagination_response: Some(wire::PaginationResponse {
                total,
                limit,
                offset,
            }),
        },
    )
}

/// The switch that a command sets, with the name of its message.
fn switch_of(command: CommandId) -> Option<Switch> {
    Some(match command {
        CommandId::SetTrackMuteState => Switch::Mute,
        CommandId::SetTrackSoloState => Switch::Solo,
        CommandId::SetTrackSoloSafeState => Switch::SoloSafe,
        CommandId::SetTrackRecordEnableState => Switch::RecordEnable,
        CommandId::SetTrackRecordSafeEnableState => Switch::RecordSafe,
        CommandId::SetTrackInputMonitorState => Switch::InputMonitor,
        CommandId::SetTrackSmartDspState => Switch::SmartDsp,
        CommandId::SetTrackHiddenState => Switch::Hidden,
        CommandId::SetTrackInactiveState => Switch::Inactive,
        CommandId::SetTrackFrozenState => Switch::Frozen,
        CommandId::SetTrackOpenState => Switch::Open,
        CommandId::SetTrackOnlineState => Switch::Online,
        CommandId::SetTrackDspModeSafeState => Switch::DspSafe,
        _ => return None,
    })
}

/// All these messages have the same two fields, but for the one of video tracks.
fn switch(session: &mut OpenSession, switch: Switch, body: &str) -> Outcome<Body> {
    let (names, on) = if switch == Switch::Online {
        let request: wire::SetTrackOnlineStateRequestBody =
            read("SetTrackOnlineStateRequestBody", body)?;
        (vec![request.track_name], request.enabled)
    } else {
        let request: wire::SetTrackMuteStateRequestBody =
            read("SetTrackMuteStateRequestBody", body)?;
        (request.track_names, request.enabled)
    };
    session.switch(switch, &names, on)?;
    Ok(None)
}

fn create(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::CreateNewTracksRequestBody = read("CreateNewTracksRequestBody", body)?;
    let kind = match request.track_type() {
        TrackType::AudioTrack => TrackKind::Audio,
        TrackType::Midi => TrackKind::Midi,
        TrackType::Aux => TrackKind::Aux,
        TrackType::Instrument => TrackKind::Instrument,
        TrackType::Master => TrackKind::Master,
        TrackType::Vca => TrackKind::Vca,
        TrackType::BasicFolder => TrackKind::Folder,
        TrackType::RoutingFolder => TrackKind::RoutingFolder,
        _ => return Err(Failure::invalid("Tracks of that type cannot be created.")),
    };
    let has_channels = !matches!(kind, TrackKind::Midi | TrackKind::Vca | TrackKind::Folder);
    let format = FORMATS
        .iter()
        .find(|(format, _, _)| *format == request.track_format() && has_channels);
    if has_channels && format.is_none() {
        return Err(Failure::invalid("There is no such track format."));
    }
    let made = session.create_tracks(&NewTracks {
        // Nought is what a client sends that does not say.
        count: match request.number_of_tracks {
            0 => 1,
            wanted => usize::try_from(wanted).unwrap_or(0),
        },
        name: request.track_name.clone(),
        kind,
        channels: format.map_or(0, |(_, _, channels)| *channels),
        format: format.map_or("", |(_, name, _)| name).to_owned(),
        at: request.insertion_point_position(),
        beside: request.insertion_point_track_name.clone(),
    })?;
    let total = count(made.len());
    let (names, ids) = made.into_iter().unzip();
    answer::body(
        "CreateNewTracksResponseBody",
        &wire::CreateNewTracksResponseBody {
            number_of_tracks: total,
            created_track_names: names,
            pagination_response: Some(wire::PaginationResponse {
                total,
                limit: total,
                offset: 0,
            }),
            created_track_ids: ids,
        },
    )
}

fn select(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SelectTracksByNameRequestBody = read("SelectTracksByNameRequestBody", body)?;
    let mode = SelectionMode::try_from(request.selection_mode).unwrap_or_default();
    session.select_tracks(&request.track_names, mode)?;
    let selected: Vec<wire::Track> = session
        .strips
        .iter()
        .filter(|strip| strip.selected)
        .map(|strip| wire_track(session, strip))
        .collect();
    let total = count(selected.len());
    answer::body(
        "SelectTracksByNameResponseBody",
        &wire::SelectTracksByNameResponseBody {
            stats: Some(wire::Pagination {
                total,
                limit: total,
                offset: 0,
            }),
            track_list: selected,
            pagination_response: Some(wire::PaginationResponse {
                total,
                limit: total,
                offset: 0,
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
    let run: fn(&mut OpenSession, &str) -> Outcome<Body> = match command {
        CommandId::GetTrackList => |session, body| list(session, body),
        CommandId::SelectTracksByName => select,
        CommandId::CreateNewTracks => create,
        CommandId::RenameTargetTrack => |session, body| {
            let request: wire::RenameTargetTrackRequestBody =
                read("RenameTargetTrackRequestBody", body)?;
            match request.track_id.as_str() {
                "" => session.rename_track(&request.current_name, &request.new_name)?,
                id => session.rename_identified(id, &request.new_name)?,
            }
            Ok(None)
        },
        _ => {
            let wanted = switch_of(command)?;
            return Some(
                world
                    .session()
                    .and_then(|session| switch(session, wanted, body)),
            );
        }
    };
    Some(world.session().and_then(|session| run(session, body)))
}

//! GetTrackPlaylists and GetPlaylistElements. Both take an id or a name: a body with both keys is
//! refused even where one is empty, as Pro Tools does.

use serde_json::Value;

use crate::model::{FadeShape, Now, Range};
use crate::ptsl::wire::{self, CommandErrorType as Kind, CommandId, TimelineLocationType};

use super::read;
use super::tracks::{count, page};
use crate::simulator::answer::{self, Body};
use crate::simulator::world::playlists::{Element, ElementKind, Playlist, elements};
use crate::simulator::world::times::Times;
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// Refuses a body that has both keys, or neither.
fn only_one(body: &str, id: &str, name: &str) -> Outcome<()> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let has = |key: &str| body.get(key).is_some_and(|value| !value.is_null());
    match (has(id), has(name)) {
        (true, true) => Err(Failure::invalid(format!(
            "Only one of {id} and {name} can be given."
        ))),
        (false, false) => Err(Failure::invalid(format!("{id} or {name} must be given."))),
        _ => Ok(()),
    }
}

/// A page of a list, with the answer's page field.
pub(super) fn page_of<T>(
    items: Vec<T>,
    request: Option<wire::PaginationRequest>,
    old_limit: i32,
) -> Outcome<(Vec<T>, wire::PaginationResponse)> {
    let (offset, limit) = page(request, old_limit)?;
    let response = wire::PaginationResponse {
        total: count(items.len()),
        limit: count(limit),
        offset: count(offset),
    };
    let items = items.into_iter().skip(offset).take(limit).collect();
    Ok((items, response))
}

fn list(session: &OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetTrackPlaylistsRequestBody = read("GetTrackPlaylistsRequestBody", body)?;
    only_one(body, "track_id", "track_name")?;
    let at = session.strip_at(&request.track_id, &request.track_name)?;
    let playlists = session
        .playlists(at)
        .into_iter()
        .map(|playlist| wire::Playlist {
            playlist_id: playlist.id,
            playlist_name: playlist.name,
            is_target: playlist.is_main,
            is_solo_comp_lane_on: false,
            playlist_type: if playlist.is_main {
                wire::PlaylistType::PTypeMain
            } else {
                wire::PlaylistType::PTypeAlternate
            } as i32,
        })
        .collect();
    let (playlists, response) = page_of(playlists, request.pagination_request, 0)?;
    answer::body(
        "GetTrackPlaylistsResponseBody",
        &wire::GetTrackPlaylistsResponseBody {
            playlists,
            pagination_response: Some(response),
        },
    )
}

fn find<'a>(session: &'a OpenSession, id: &str, name: &str) -> Outcome<Playlist<'a>> {
    (0..session.strips.len())
        .flat_map(|at| session.playlists(at))
        .find(|playlist| {
            if id.is_empty() {
                playlist.name == name
            } else {
                playlist.id == id
            }
        })
        .ok_or_else(|| Failure::invalid("The playlist was not found."))
}

/// What turns elements into answers.
struct Speaker<'a> {
    session: &'a OpenSession,
    times: Times,
    kind: TimelineLocationType,
}

impl Speaker<'_> {
    fn location(&self, sample: i64) -> Option<wire::TimelineLocation> {
        Some(wire::TimelineLocation {
            location: self.times.format(sample, self.kind),
            time_type: self.kind as i32,
        })
    }

    fn channels(
        &self,
        playlist: &Playlist<'_>,
        kind: ElementKind<'_>,
    ) -> Vec<wire::PlaylistElementClip> {
        let line = match kind {
            ElementKind::Clip(clip) => {
                let clips = &self.session.clips;
                clips.line_of(&self.session.arrangement, clip)
            }
            _ => None,
        };
        (0..playlist.channels)
            .map(|channel| wire::PlaylistElementClip {
                is_null: false,
                clip_id: line
                    .map(|line| self.session.clip_id(&line.piece, channel))
                    .unwrap_or_default(),
                fade_info: fade_info(kind),
            })
            .collect()
    }

    fn element(&self, playlist: &Playlist<'_>, element: Element<'_>) -> wire::PlaylistElement {
        let Range { start, end } = element.range;
        let (mut play, mut stop) = (start, end);
        let mut muted = false;
        if let ElementKind::Clip(clip) = element.kind {
            let samples = |count| i64::try_from(count).unwrap_or(i64::MAX);
            play = start.saturating_add(samples(clip.fade_in)).min(end);
            stop = end.saturating_sub(samples(clip.fade_out)).max(play);
            muted = clip.muted;
        }
        wire::PlaylistElement {
            element_location: self.location(start),
            start_time: self.location(start),
            play_time: self.location(play),
            stop_time: self.location(stop),
            end_time: self.location(end),
            channel_clips: self.channels(playlist, element.kind),
            clip_instance_attributes: Some(wire::ClipInstanceAttributes {
                color_index: 0,
                is_muted: muted,
                locked_states: vec![wire::ClipInstanceLockedState::CilStateUnlocked as i32],
            }),
        }
    }
}

fn fade_info(kind: ElementKind<'_>) -> Option<wire::FadeInfo> {
    use wire::FadeType::{In, Out, X};
    let (kind, rise, fall) = match kind {
        ElementKind::Clip(_) => return None,
        ElementKind::FadeIn(rise) => (In, Some(rise), None),
        ElementKind::FadeOut(fall) => (Out, None, Some(fall)),
        ElementKind::Crossfade(rise, fall) => (X, Some(rise), Some(fall)),
    };
    // One slope for both sides: where they differ it is that of the clip that comes.
    let is_power = rise.or(fall).is_some_and(|fade| fade.curve().equal_power);
    Some(wire::FadeInfo {
        r#type: kind as i32,
        slope: match is_power {
            false => wire::FadeSlope::FSlopeEqualGain,
            true => wire::FadeSlope::FSlopeEqualPower,
        } as i32,
        in_shape: rise.map(shape_info),
        out_shape: fall.map(shape_info),
    })
}

fn shape_info(fade: FadeShape) -> wire::FadeShapeInfo {
    let curve = fade.curve();
    wire::FadeShapeInfo {
        shape: match curve.s_shaped {
            false => wire::FadeShape::FShapeStandard,
            true => wire::FadeShape::FShapeSShaped,
        } as i32,
        curve_bias: i32::from(curve.bias),
        ..Default::default()
    }
}

fn contents(session: &OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetPlaylistElementsRequestBody =
        read("GetPlaylistElementsRequestBody", body)?;
    only_one(body, "playlist_id", "playlist_name")?;
    let playlist = find(session, &request.playlist_id, &request.playlist_name)?;
    let times = session.times();
    let place = |given: &Option<wire::TimelineLocation>| match given {
        Some(place) if !place.location.trim().is_empty() => {
            times.parse(&place.location, place.time_type()).map(Some)
        }
        _ => Ok(None),
    };
    let within = Range::new(
        place(&request.start_time)?.unwrap_or(i64::MIN),
        place(&request.end_time)?.unwrap_or(i64::MAX),
    );
    let speaker = Speaker {
        session,
        times,
        kind: match request.time_format() {
            TimelineLocationType::TlTypeUnknown => TimelineLocationType::TlTypeSamples,
            kind => kind,
        },
    };
    let found = elements(playlist.clips, within);
    let (found, response) = page_of(found, request.pagination_request, 0)?;
    let elements = found.into_iter().map(|e| speaker.element(&playlist, e));
    answer::body(
        "GetPlaylistElementsResponseBody",
        &wire::GetPlaylistElementsResponseBody {
            elements_list: elements.collect(),
            pagination_response: Some(response),
        },
    )
}

impl OpenSession {
    /// The track with that id, or the first of that name where the id is empty.
    pub(super) fn strip_at(&self, id: &str, name: &str) -> Outcome<usize> {
        let wanted = |strip: &crate::simulator::world::tracks::Strip| match id {
            "" => strip.track.name == name,
            id => strip.track.id.0 == id,
        };
        self.strips.iter().position(wanted).ok_or_else(|| {
            let named = if id.is_empty() { name } else { id };
            Failure::new(
                Kind::PtNoTrackFound,
                format!("The track '{named}' was not found."),
            )
        })
    }
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let run: fn(&OpenSession, &str) -> Outcome<Body> = match command {
        CommandId::CIdGetTrackPlaylists => list,
        CommandId::CIdGetPlaylistElements => contents,
        _ => return None,
    };
    Some(world.session().and_then(|session| run(session, body)))
}

//! The clip list and spotting: GetClipList, CreateAudioClips, SpotClipsByID, Spot. A stereo clip
//! has an id a channel, and a stereo track wants both.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::media::info::AudioInfo;
use crate::model::{Clip, Now};
use crate::ptsl::wire::{self, CommandErrorType as Kind, CommandId, SpotLocationType};

use super::media;
use super::playlists::page_of;
use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::work::{Change, Work};
use crate::simulator::world::clips::{Listed, Piece, channel_tail, index_of, root_name};
use crate::simulator::world::times::{Times, from_offset_options};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

fn samples(position: u64) -> Option<wire::MediaTimePosition> {
    Some(wire::MediaTimePosition {
        position: i64::try_from(position).unwrap_or(i64::MAX),
        time_type: wire::BasicTimeType::BtTypeSamples as i32,
    })
}

fn wire_clip(session: &OpenSession, listed: &Listed, channel: u16) -> wire::Clip {
    let piece = &listed.piece;
    let (start, end) = (piece.offset, piece.offset.saturating_add(piece.length));
    let sides = media::sides(&piece.file);
    let side = sides.get(usize::from(channel)).or(sides.last());
    wire::Clip {
        file_id: session.file_id(side.map_or(&*piece.file, PathBuf::as_path)),
        clip_id: session.clip_id(piece, channel),
        clip_full_name: format!("{}{}", listed.name, channel_tail(listed.channels, channel)),
        clip_root_name: listed.name.clone(),
        clip_type: wire::ClipType::Audio as i32,
        start_point: samples(start),
        end_point: samples(end),
        sync_point: samples(start),
        src_start_point: samples(start),
        src_end_point: samples(end),
        ..Default::default()
    }
}

fn list(session: &OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetClipListRequestBody = read("GetClipListRequestBody", body)?;
    let channels = session
        .clips
        .items()
        .iter()
        .flat_map(|listed| (0..listed.channels).map(move |channel| (listed, channel)))
        .collect();
    let (channels, response) = page_of(channels, request.pagination_request, 0)?;
    let clips = channels.into_iter();
    answer::body(
        "GetClipListResponseBody",
        &wire::GetClipListResponseBody {
            clips: clips.map(|(l, c)| wire_clip(session, l, c)).collect(),
            pagination_response: Some(response),
        },
    )
}

/// Ids of all channels of a clip.
pub(super) fn ids(session: &OpenSession, piece: &Piece, channels: u16) -> Vec<String> {
    (0..channels)
        .map(|channel| session.clip_id(piece, channel))
        .collect()
}

/// The clips of these ids, each with all the channels that the track has.
fn clips_of(session: &OpenSession, wanted: &[String], channels: u16) -> Outcome<Vec<Listed>> {
    if wanted.is_empty() {
        return Err(Failure::new(Kind::PtNoClipsFound, "No clips were given."));
    }
    let items = session.clips.items().iter();
    let known: HashMap<String, (&Listed, u16)> = items
        .flat_map(|listed| (0..listed.channels).map(move |channel| (listed, channel)))
        .map(|(listed, channel)| (session.clip_id(&listed.piece, channel), (listed, channel)))
        .collect();
    let mut found: Vec<(&Listed, Vec<u16>)> = Vec::new();
    for id in wanted {
        let Some((listed, channel)) = known.get(id).copied() else {
            return Err(Failure::new(
                Kind::PtNoClipsFound,
                format!("The clip {id} was not found."),
            ));
        };
        match found.iter_mut().find(|(known, _)| *known == listed) {
            Some((_, channels)) => channels.push(channel),
            None => found.push((listed, vec![channel])),
        }
    }
    for (listed, given) in &mut found {
        given.sort_unstable();
        if listed.channels != channels || !given.iter().copied().eq(0..channels) {
            return Err(Failure::cannot(match channels {
                2 => {
                    "A stereo track needs the clip ids of the .L and of the .R channel.".to_owned()
                }
                _ => format!("'{}' is no mono clip, but the track is mono.", listed.name),
            }));
        }
    }
    Ok(found
        .into_iter()
        .map(|(listed, _)| listed.clone())
        .collect())
}

/// Where something of `length` samples shall begin.
pub(super) fn spot_place(
    times: &Times,
    data: &wire::SpotLocationData,
    length: u64,
) -> Outcome<i64> {
    let at = match &data.location {
        Some(place) if !place.location.trim().is_empty() => {
            times.parse(&place.location, place.time_type())?
        }
        _ => times.parse(
            &data.location_value,
            from_offset_options(data.location_options()),
        )?,
    };
    let start = match data.location_type() {
        SpotLocationType::End => at.saturating_sub(i64::try_from(length).unwrap_or(i64::MAX)),
        // No clip here has a sync point other than its start.
        _ => at,
    };
    if start < 0 {
        return Err(Failure::new(
            Kind::PtArgumentOutOfRange,
            "The clip would begin before the session's start.",
        ));
    }
    Ok(start)
}

fn spot_by_id(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SpotClipsByIdRequestBody = read("SpotClipsByIDRequestBody", body)?;
    let strip = session.strip_at(&request.dst_track_id, &request.dst_track_name)?;
    let lane = session.lane_for(strip)?;
    let channels = session
        .arrangement
        .lanes
        .get(lane)
        .map_or(1, |l| l.channels);
    let clips = clips_of(session, &request.src_clips, channels)?;
    let length = clips.iter().fold(0, |sum: u64, listed| {
        sum.saturating_add(listed.piece.length)
    });
    let data = request
        .dst_location_data
        .ok_or_else(|| Failure::invalid("dst_location_data must be given."))?;
    let mut start = spot_place(&session.times(), &data, length)?;
    let muted = request.clip_instance_attributes.is_some_and(|a| a.is_muted);
    for listed in clips {
        let files = &mut Arc::make_mut(&mut session.arrangement).files;
        let clip = Clip {
            file: index_of(files, &listed.piece.file),
            start,
            offset: listed.piece.offset,
            length: listed.piece.length,
            name: listed.piece.name.clone(),
            muted,
            ..Clip::default()
        };
        start = clip.end();
        session.lay(strip, clip)?;
    }
    Ok(None)
}

/// Moves the selected clips so that the first of them begins, or the last ends, at the place.
fn spot(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SpotRequestBody = read("SpotRequestBody", body)?;
    let mut data = request
        .location_data
        .ok_or_else(|| Failure::invalid("location_data must be given."))?;
    if data.location_options == 0 {
        data.location_options = request.track_offset_options;
    }
    let mut moved = Vec::new();
    for (strip, at) in session.selected_clips() {
        let lane = session.lane_for(strip)?;
        let lane = session.arrangement.lanes.get(lane);
        if let Some(clip) = lane.and_then(|lane| lane.clips.get(at)) {
            moved.push((strip, clip.clone()));
        }
    }
    let start = moved.iter().map(|(_, clip)| clip.start).min();
    let end = moved.iter().map(|(_, clip)| clip.end()).max();
    let (Some(start), Some(end)) = (start, end) else {
        return Err(Failure::new(Kind::PtNoClipsFound, "No clip is selected."));
    };
    let place = spot_place(&session.times(), &data, end.abs_diff(start))?;
    for (strip, clip) in &moved {
        let lane = session.lane_for(*strip)?;
        if let Some(lane) = Arc::make_mut(&mut session.arrangement).lanes.get_mut(lane) {
            lane.clips.retain(|other| other != clip);
        }
    }
    for (strip, mut clip) in moved {
        clip.start = clip.start.saturating_sub(start).saturating_add(place);
        session.lay(strip, clip)?;
    }
    let length = end.saturating_sub(start);
    session.select_edit(crate::model::Range::new(
        place,
        place.saturating_add(length),
    ));
    Ok(None)
}

/// A clip that a client asks to be made of a file.
struct Wanted {
    name: String,
    file: PathBuf,
    format: wire::StemFormat,
    /// Channels of the file that are named, in order; empty for all.
    channels: usize,
    start: u64,
    /// `None` is the end of the file.
    end: Option<u64>,
}

fn position(point: Option<wire::MediaTimePosition>) -> Outcome<Option<u64>> {
    let Some(point) = point else {
        return Ok(None);
    };
    if matches!(point.time_type(), wire::BasicTimeType::BtTypeTicks) {
        return Err(Failure::invalid("Points in a file are given in samples."));
    }
    u64::try_from(point.position)
        .map(Some)
        .map_err(|_| Failure::new(Kind::PtArgumentOutOfRange, "A point lies before the file."))
}

fn wanted(session: &OpenSession, entry: wire::CreateAudioClipRequestEntry) -> Outcome<Wanted> {
    let first = entry
        .clip_info
        .first()
        .ok_or_else(|| Failure::invalid("clip_info must name a file."))?;
    let differs = |info: &wire::CreateAudioClipRequestEntryClipInfo| {
        info.file_id != first.file_id
            || info.src_start_point != first.src_start_point
            || info.src_end_point != first.src_end_point
    };
    if entry.clip_info.iter().any(differs) {
        return Err(Failure::cannot(
            "The simulator makes clips of one interleaved file, with one range for all channels.",
        ));
    }
    if first.transpose_semitones != 0 || first.transpose_cents != 0 {
        return Err(Failure::cannot("The simulator does not transpose clips."));
    }
    let file = media::file_of(session, &first.file_id)?;
    let start = position(first.src_start_point.or(first.start_point))?.unwrap_or(0);
    let end = position(first.src_end_point.or(first.end_point))?.filter(|end| *end > 0);
    Ok(Wanted {
        format: entry.channel_format(),
        channels: entry.clip_info.len(),
        name: entry.name,
        file,
        start,
        end,
    })
}

impl Wanted {
    /// The piece of the file, once it is known what the file is.
    fn piece(&self, info: &AudioInfo) -> Outcome<(Piece, u16)> {
        let channels = media::channels(&self.file, info)?;
        let fits = match self.format {
            wire::StemFormat::SFormatMono => channels == 1,
            wire::StemFormat::SFormatStereo => channels == 2,
            wire::StemFormat::SFormatUnknown => true,
            _ => false,
        };
        if !fits || (self.channels != 1 && self.channels != usize::from(channels)) {
            return Err(Failure::cannot(format!(
                "'{}' has {channels} channels; a clip has all channels of its file here.",
                self.file.display()
            )));
        }
        let frames = media::frames(&self.file, info)?;
        let end = self.end.unwrap_or(frames);
        if self.start >= end || end > frames {
            return Err(Failure::new(
                Kind::PtArgumentOutOfRange,
                format!("'{}' has {frames} samples.", self.file.display()),
            ));
        }
        let piece = Piece {
            file: Arc::from(self.file.as_path()),
            offset: self.start,
            length: end - self.start,
            name: match self.name.trim() {
                "" => root_name(&self.file),
                name => name.to_owned(),
            },
        };
        Ok((piece, channels))
    }
}

/// CreateAudioClips: all or none.
fn create(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::CreateAudioClipsRequestBody = read("CreateAudioClipsRequestBody", body)?;
    let session = world.session()?;
    if request.clip_list.is_empty() {
        return Err(Failure::invalid("clip_list is empty."));
    }
    let wanted: Vec<Wanted> = request
        .clip_list
        .into_iter()
        .map(|entry| wanted(session, entry))
        .collect::<Outcome<_>>()?;
    Ok(Work::new(move |_| {
        let made: Vec<(Piece, u16)> = wanted
            .iter()
            .map(|wanted| wanted.piece(&media::probed(&wanted.file)?))
            .collect::<Outcome<_>>()?;
        Ok(Change::new(move |world| {
            let session = world.session.as_mut()?;
            let entries = made.into_iter().map(|(piece, channels)| {
                let piece = session.list_clip(piece, channels);
                let clip_ids = ids(session, &piece, channels);
                wire::CreateAudioClipResponseEntry { clip_ids }
            });
            let clip_list = entries.collect();
            let response = wire::CreateAudioClipsResponseBody { clip_list };
            answer::body("CreateAudioClipsResponseBody", &response).unwrap_or_default()
        }))
    }))
}

impl OpenSession {
    /// Takes a piece into the clip list, under another name where a different clip has its name.
    pub(super) fn list_clip(&mut self, mut piece: Piece, channels: u16) -> Piece {
        let is_known = self.clips.items().iter().any(|l| l.piece == piece);
        if !is_known {
            piece.name = self.clips.free_name(&piece.name);
        }
        let files = &mut Arc::make_mut(&mut self.arrangement).files;
        index_of(files, &piece.file);
        self.clips.add(piece.clone(), channels);
        self.changed = true;
        piece
    }
}

/// Work for commands of this room, `None` for all others.
pub fn prepare(world: &mut World, command: CommandId, body: &str) -> Outcome<Option<Work>> {
    match command {
        CommandId::CIdCreateAudioClips => create(world, body).map(Some),
        _ => Ok(None),
    }
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let run: fn(&mut OpenSession, &str) -> Outcome<Body> = match command {
        CommandId::CIdGetClipList => |session, body| list(session, body),
        CommandId::CIdSpotClipsById => {
            |session, body| session.edit("Spot Clip", |session| spot_by_id(session, body))
        }
        CommandId::Spot => |session, body| session.edit("Spot Clip", |session| spot(session, body)),
        _ => return None,
    };
    Some(world.session().and_then(|session| run(session, body)))
}

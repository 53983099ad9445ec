//! Import of audio: Import (2) of audio files, ImportAudioToClipList, ImportVideo, and of bounces.
//! Refuses files of another sample rate unless they are to be converted; formats that Pro Tools takes
//! only when it converts are passed over in silence, as it does.

use std::path::PathBuf;

use crate::model::stem::BitDepth;
use crate::model::{Clip, TrackKind};
use crate::ptsl::wire::{
    self, AudioOperations, CommandErrorType as Kind, CommandId, ImportType, MediaDestination,
    MediaLocation, SpotLocationData,
};

use super::bring::{Bringer, Brought, Left, Way};
use super::clips::{ids, spot_place};
use super::files::place;
use super::{AUDIO_FILES, import_session, media, read};
use crate::simulator::answer;
use crate::simulator::fence::Fence;
use crate::simulator::work::{Change, Work};
use crate::simulator::world::clips::{Piece, index_of, root_name};
use crate::simulator::world::times::Times;
use crate::simulator::world::tracks::NewTracks;
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

fn way(operations: AudioOperations) -> Way {
    match operations {
        AudioOperations::CopyAudio => Way::Copy,
        AudioOperations::ConvertAudio => Way::Convert,
        // As Pro Tools' import dialog stands.
        _ => Way::Link,
    }
}

/// Where copies go: the folder given, or the session's own.
fn folder(fence: &Fence, session: &OpenSession, given: &str) -> Outcome<PathBuf> {
    if given.trim().is_empty() {
        return Ok(session.folder.join(AUDIO_FILES));
    }
    fence.write(place(given)?)
}

pub(super) fn bits(session: &OpenSession) -> BitDepth {
    BitDepth::try_from(session.info.bit_depth).unwrap_or_default()
}

fn paths(fence: &Fence, list: &[String]) -> Outcome<Vec<PathBuf>> {
    if list.is_empty() {
        return Err(Failure::invalid("file_list is empty."));
    }
    let path = |text: &String| fence.read(place(text)?);
    list.iter().map(path).collect()
}

/// Where imported audio goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    ClipList,
    Tracks,
}

/// Where on the timeline new tracks begin to play.
enum At {
    Sample(i64),
    Spot(Box<SpotLocationData>, Times),
}

impl At {
    fn place(&self, length: u64) -> Outcome<i64> {
        match self {
            Self::Sample(sample) => Ok(*sample),
            Self::Spot(data, times) => spot_place(times, data, length),
        }
    }
}

fn target(data: &wire::AudioData) -> Outcome<Target> {
    let wanted = match data.audio_destination() {
        MediaDestination::MDestinationUnknown => data.destination(),
        wanted => wanted,
    };
    match wanted {
        MediaDestination::MdClipList | MediaDestination::MdNone => Ok(Target::ClipList),
        MediaDestination::MdMainVideoTrack => Err(Failure::new(
            Kind::PtNoVideoTrackFound,
            "There is no video track.",
        )),
        _ => Ok(Target::Tracks),
    }
}

fn at(session: &OpenSession, data: &wire::AudioData, spot: SpotLocationData) -> At {
    let wanted = match data.audio_location() {
        MediaLocation::MLocationUnknown => data.location(),
        wanted => wanted,
    };
    match wanted {
        MediaLocation::MlSpot => At::Spot(Box::new(spot), session.times()),
        MediaLocation::MlSelection => At::Sample(session.selection.start.max(0)),
        // The song starts with the session: the world has one tempo.
        _ => At::Sample(0),
    }
}

fn audio(world: &mut World, data: Option<wire::AudioData>) -> Outcome<Work> {
    let fence = world.fence.clone();
    let session = world.session()?;
    let mut data = data.ok_or_else(|| {
        Failure::new(
            Kind::PtUnknownError,
            "Unable to complete the import: audio_data is missing.",
        )
    })?;
    let spot = data
        .location_data
        .clone()
        .ok_or_else(|| Failure::invalid("location_data must be given."))?;
    let paths = paths(&fence, &data.file_list)?;
    let (target, at) = (target(&data)?, at(session, &data, spot));
    if let At::Spot(..) = at {
        at.place(0)?;
    }
    let way = way(data.audio_operations());
    let folder = folder(&fence, session, &data.destination_path)?;
    let (rate, bits) = (session.info.sample_rate, bits(session));
    Ok(Work::reporting(move |stop, progress| {
        let mut bringer = Bringer::new(folder, rate, bits, stop);
        let mut brought = Vec::new();
        let mut reason = None;
        for (index, path) in paths.iter().enumerate() {
            progress.at(index as u64, paths.len() as u64);
            match bringer.bring(path, way) {
                Ok(file) => brought.push((at.place(file.frames)?, file)),
                Err(Left::Because(failure)) if failure.kind == Kind::PtCannotBeDone => {
                    reason.get_or_insert(failure);
                }
                Err(Left::Because(failure)) => return Err(failure),
                Err(Left::Silently) => {}
            }
        }
        if let (true, Some(reason)) = (brought.is_empty(), reason) {
            return Err(Failure::cannot(format!(
                "No audio files were imported. {}",
                reason.message
            )));
        }
        data.file_list = brought
            .iter()
            .map(|(_, file)| file.path.display().to_string())
            .collect();
        let body = answer::body(
            "ImportResponseBody",
            &wire::ImportResponseBody {
                file_list: data.file_list.clone(),
                audio_operations: data.audio_operations,
                destination_path: data.destination_path.clone(),
                audio_data: Some(data),
            },
        )?;
        let files = bringer.keep();
        Ok(Change::new(move |world| {
            world.session.as_mut()?.take_in(brought, target);
            body
        })
        .wrote(files))
    }))
}

/// What a bounce changes: its files, and where asked for a track for each that plays it from
/// `start` on.
pub(super) fn after_bounce(
    files: Vec<PathBuf>,
    start: Option<i64>,
    body: answer::Body,
) -> Outcome<Change> {
    let Some(start) = start else {
        return Ok(Change::none(body).wrote(files));
    };
    let bounced = |path: &PathBuf| -> Outcome<(i64, Brought)> {
        let info = media::probed(path)?;
        let file = Brought {
            path: path.clone(),
            channels: media::channels(path, &info)?,
            frames: media::frames(path, &info)?,
        };
        Ok((start, file))
    };
    let brought: Vec<_> = files.iter().map(bounced).collect::<Outcome<_>>()?;
    let change = Change::new(move |world| {
        world.session.as_mut()?.take_in(brought, Target::Tracks);
        body
    });
    Ok(change.wrote(files))
}

impl OpenSession {
    /// Files become clips, and where asked for tracks that play them.
    fn take_in(&mut self, files: Vec<(i64, Brought)>, target: Target) {
        let taken = self.edit("Import Audio", |session| {
            for (start, file) in files {
                let (piece, _) = session.list_file(&file);
                if target == Target::Tracks {
                    session.play_on_new_track(start, &file, piece)?;
                }
            }
            Ok(())
        });
        if let Err(failure) = taken {
            tracing::warn!(reason = failure.message, "imported audio was not laid");
        }
    }

    /// Takes a whole file into the clip list; gives the clip and the ids of its channels.
    fn list_file(&mut self, file: &Brought) -> (Piece, Vec<String>) {
        let whole = Piece {
            file: file.path.as_path().into(),
            offset: 0,
            length: file.frames,
            name: root_name(&file.path),
        };
        let is_known = |piece: &Piece| {
            let name = String::new();
            !piece.name.is_empty()
                && Piece {
                    name: name.clone(),
                    ..piece.clone()
                } == Piece {
                    name,
                    ..whole.clone()
                }
        };
        let known = self.clips.items().iter().find(|l| is_known(&l.piece));
        let piece = match known {
            Some(listed) => listed.piece.clone(),
            None => self.list_clip(whole, file.channels),
        };
        let ids = ids(self, &piece, file.channels);
        (piece, ids)
    }

    fn play_on_new_track(&mut self, start: i64, file: &Brought, piece: Piece) -> Outcome<()> {
        let format = if file.channels == 1 { "mono" } else { "stereo" };
        let made = self.create_tracks(&NewTracks {
            count: 1,
            name: root_name(&file.path),
            kind: TrackKind::Audio,
            channels: file.channels,
            format: format.to_owned(),
            at: wire::TrackInsertionPoint::TiPointLast,
            beside: String::new(),
        })?;
        let id = made.first().map_or("", |(_, id)| id);
        let strip = self.strip_at(id, "")?;
        let clip = Clip {
            file: index_of(
                &mut std::sync::Arc::make_mut(&mut self.arrangement).files,
                &file.path,
            ),
            start,
            length: piece.length,
            name: piece.name,
            ..Clip::default()
        };
        self.lay(strip, clip)
    }
}

fn to_clip_list(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::ImportAudioToClipListRequestBody =
        read("ImportAudioToClipListRequestBody", body)?;
    let fence = world.fence.clone();
    let session = world.session()?;
    let paths = paths(&fence, &request.file_list)?;
    let way = way(request.audio_operations());
    let folder = folder(&fence, session, &request.destination_path)?;
    let (rate, bits) = (session.info.sample_rate, bits(session));
    Ok(Work::reporting(move |stop, progress| {
        let mut bringer = Bringer::new(folder, rate, bits, stop);
        let (mut brought, mut failure_list) = (Vec::new(), Vec::new());
        for (index, (path, text)) in paths.iter().zip(request.file_list).enumerate() {
            progress.at(index as u64, paths.len() as u64);
            let failure_message = match bringer.bring(path, way) {
                Ok(file) => {
                    brought.push((text, file));
                    continue;
                }
                Err(Left::Because(failure)) => failure.message,
                Err(Left::Silently) => "The file must be converted.".to_owned(),
            };
            failure_list.push(wire::ImportFailureInfo {
                file_path: text,
                failure_message,
            });
        }
        let files = bringer.keep();
        Ok(Change::new(move |world| {
            let session = world.session.as_mut()?;
            let entries =
                brought
                    .into_iter()
                    .map(|(text, file)| wire::ImportAudioToClipListResponseEntry {
                        original_input_path: text,
                        destination_file_list: vec![wire::ImportAudioToClipListResponseEntryFile {
                            file_id: session.file_id(&file.path),
                            clip_id_list: session.list_file(&file).1,
                            file_path: file.path.display().to_string(),
                        }],
                    });
            let response = wire::ImportAudioToClipListResponseBody {
                file_list: entries.collect(),
                failure_list,
            };
            answer::body("ImportAudioToClipListResponseBody", &response).unwrap_or_default()
        })
        .wrote(files))
    }))
}

fn import(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::ImportRequestBody = read("ImportRequestBody", body)?;
    world.session()?;
    let kind = match request.import_type() {
        ImportType::ITypeUnknown if request.session_path.trim().is_empty() => ImportType::Audio,
        kind => kind,
    };
    match kind {
        ImportType::Audio => audio(world, request.audio_data),
        _ => import_session::prepare(world, &request.session_path, request.session_data),
    }
}

/// Work for commands of this room, `None` for all others.
pub fn prepare(world: &mut World, command: CommandId, body: &str) -> Outcome<Option<Work>> {
    match command {
        CommandId::Import => import(world, body).map(Some),
        CommandId::CIdImportAudioToClipList => to_clip_list(world, body).map(Some),
        CommandId::ImportVideo => {
            let _: wire::ImportVideoRequestBody = read("ImportVideoRequestBody", body)?;
            world.session()?;
            Err(Failure::new(
                Kind::PtNoVideoEngineFound,
                "The video engine is not running.",
            ))
        }
        _ => Ok(None),
    }
}

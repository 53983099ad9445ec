//! Import of session data: tracks and clips of another session folder. Refuses sessions of another
//! sample rate and what the simulator does not do with audio, before anything changes.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::import::{self, session_folder};
use crate::model::session::ImportedSession;
use crate::model::track::tie;
use crate::model::{Clip, Lane, Track};
use crate::ptsl::wire::{
    self, AudioMediaOptions, CommandErrorType as Kind, MainPlaylistOptions, MatchTrackOptions,
    TimeCodeMappingOptions, TimelineLocationType,
};

use super::AUDIO_FILES;
use super::bring::{Bringer, Left, Way};
use super::files::place;
use super::import::bits;
use crate::simulator::work::{Change, Work};
use crate::simulator::world::clips::index_of;
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// What is imported, and how.
#[derive(Debug, Clone)]
struct Wish {
    matching: MatchTrackOptions,
    playlists: MainPlaylistOptions,
    clips: bool,
    clip_gain: bool,
    volume: bool,
    mapping: TimeCodeMappingOptions,
    /// Session sample that the source's start is mapped to.
    map_to: i64,
    follow_start: bool,
}

impl Wish {
    fn of(session: &OpenSession, data: &wire::SessionData) -> Outcome<Self> {
        let start = data.timecode_mapping_start_time.trim();
        if start.is_empty() {
            // The words of Pro Tools, which do not tell that the start time is missing.
            return Err(Failure::invalid(
                "Unable to complete the command due to an unknown error.",
            ));
        }
        let mapping = data.timecode_mapping_units();
        let map_to = if mapping == TimeCodeMappingOptions::MapStartTimeCodeTo {
            let kind = TimelineLocationType::TlTypeTimeCode;
            session.times().parse(start, kind)?
        } else {
            0
        };
        let wanted = data.track_data_to_import.clone().unwrap_or_default();
        if !wanted.track_data_preset_path.trim().is_empty() {
            return Err(Failure::new(
                Kind::PtNoPresetFound,
                "The simulator has no track data presets.",
            ));
        }
        Ok(Self {
            matching: data.match_options(),
            playlists: data.playlist_options(),
            clips: wanted.clips_and_media
                && data.playlist_options() != MainPlaylistOptions::DoNotImport,
            clip_gain: wanted.clip_gain,
            volume: wanted.volume_automation,
            mapping,
            map_to,
            follow_start: data.adjust_session_start_time_to_match_source,
        })
    }
}

fn way(data: &wire::SessionData) -> Outcome<Way> {
    match data.audio_options() {
        AudioMediaOptions::CopyFromSourceAudio => Ok(Way::Copy),
        AudioMediaOptions::ForceToTargetSessionFormat => Ok(Way::Convert),
        AudioMediaOptions::ConsolidateFromSourceAudio => Err(Failure::cannot(
            "The simulator links, copies or converts audio of another session; it does not \
             consolidate it.",
        )),
        _ => Ok(Way::Link),
    }
}

/// Prepares the import of the session at `path`.
pub(super) fn prepare(
    world: &mut World,
    path: &str,
    data: Option<wire::SessionData>,
) -> Outcome<Work> {
    let fence = world.fence.clone();
    let session = world.session()?;
    if path.trim().is_empty() {
        return Err(Failure::invalid(
            "The path to the imported session is missed.",
        ));
    }
    let path = fence.read(place(path)?)?;
    let data = data.ok_or_else(|| Failure::invalid("session_data must be given."))?;
    let wish = Wish::of(session, &data)?;
    let way = way(&data)?;
    let folder = session.folder.join(AUDIO_FILES);
    let (rate, bits) = (session.info.sample_rate, bits(session));
    Ok(Work::new(move |stop| {
        let mut source = read(path)?;
        fence.read(source.folder.root.join(session_folder::FILE))?;
        fence.audio(&source.folder.arrangement)?;
        if source.info.sample_rate != rate {
            return Err(Failure::cannot(format!(
                "The session to import has {} Hz, this one {rate} Hz; the simulator does not \
                 convert sample rates.",
                source.info.sample_rate
            )));
        }
        let mut bringer = Bringer::new(folder, rate, bits, stop);
        if wish.clips && way != Way::Link {
            bring(&mut source, &mut bringer, way)?;
        }
        let files = bringer.keep();
        Ok(Change::new(move |world| {
            let session = world.session.as_mut()?;
            let merged = session.edit("Import Session Data", |session| {
                session.merge(&source, &wish)
            });
            if let Err(failure) = merged {
                tracing::warn!(reason = failure.message, "session data was not imported");
            }
            None
        })
        .wrote(files))
    }))
}

fn read(path: PathBuf) -> Outcome<ImportedSession> {
    if !path.exists() {
        return Err(Failure::new(
            Kind::OsNoSessionFound,
            format!("There is no session at '{}'.", path.display()),
        ));
    }
    import::open(&path)
        .map_err(|error| Failure::new(Kind::OsNoSessionFound, format!("{}.", error.chain())))
}

/// Takes over the files that clips play; a missing one stays the link that it is.
fn bring(source: &mut ImportedSession, bringer: &mut Bringer<'_>, way: Way) -> Outcome<()> {
    let arrangement = Arc::make_mut(&mut source.folder.arrangement);
    let lanes = arrangement.lanes.iter();
    let used: HashSet<usize> = lanes.flat_map(|l| &l.clips).map(|clip| clip.file).collect();
    for (index, file) in arrangement.files.iter_mut().enumerate() {
        if !used.contains(&index) {
            continue;
        }
        match bringer.bring(&file.path, way) {
            Ok(brought) => file.path = brought.path,
            Err(Left::Silently) => {}
            Err(Left::Because(failure)) if failure.kind == Kind::PtFileNotFound => {}
            Err(Left::Because(failure)) => return Err(failure),
        }
    }
    Ok(())
}

impl OpenSession {
    fn merge(&mut self, source: &ImportedSession, wish: &Wish) -> Outcome<()> {
        let starts = [source.info.ruler, self.info.ruler]
            .map(|ruler| i64::try_from(ruler.start_sample()).unwrap_or(i64::MAX));
        let [from, to] = starts;
        let shift = match wish.mapping {
            TimeCodeMappingOptions::MaintainRelativeTimeCodeValues => 0,
            TimeCodeMappingOptions::MapStartTimeCodeTo => wish.map_to,
            _ if wish.follow_start => {
                self.info.ruler.start_frame = source.info.ruler.start_frame;
                0
            }
            _ => from.saturating_sub(to),
        };
        let mut names = HashMap::new();
        let lanes = &source.folder.arrangement.lanes;
        let owners = lanes.iter().map(|lane| (&lane.track_id, &*lane.track));
        let tied = tie(&source.tracks, owners);
        for (track, lane) in source.tracks.iter().zip(tied) {
            let lane = lane.and_then(|at| lanes.get(at));
            let (strip, is_new) = match wish.matching {
                MatchTrackOptions::MtImportAsNewTrack => {
                    (Some(self.adopt(track, &mut names)), true)
                }
                MatchTrackOptions::MtMatchTracks => (self.twin(track), false),
                // Nobody said where the tracks shall go.
                _ => (None, false),
            };
            if let (Some(strip), Some(lane)) = (strip, lane)
                && self.lane_for(strip).is_ok()
            {
                let clips = self.taken(source, lane, wish, shift);
                self.fill(strip, lane, wish, clips, is_new)?;
            }
        }
        Ok(())
    }

    /// A track of this session with the name, kind and width of that one.
    fn twin(&self, track: &Track) -> Option<usize> {
        self.strips.iter().position(|strip| {
            let own = &strip.track;
            own.name == track.name && own.kind == track.kind && own.channels == track.channels
        })
    }

    /// Makes a track like that one, in the folder that was made for its own.
    fn adopt(&mut self, track: &Track, names: &mut HashMap<String, String>) -> usize {
        let name = self.free_name(&track.name, false);
        names.insert(track.name.clone(), name.clone());
        let mut track = Track {
            name,
            folder: track.folder.as_ref().and_then(|f| names.get(f)).cloned(),
            folder_id: None,
            soloed: false,
            record_enabled: false,
            input_monitoring: false,
            ..track.clone()
        };
        track.id.0.clear();
        self.add_track(track)
    }

    /// The lane's clips as they lie here.
    fn taken(
        &mut self,
        source: &ImportedSession,
        lane: &Lane,
        wish: &Wish,
        shift: i64,
    ) -> Vec<Clip> {
        if !wish.clips {
            return Vec::new();
        }
        let files = &mut Arc::make_mut(&mut self.arrangement).files;
        lane.clips
            .iter()
            .filter_map(|clip| {
                let file = source.folder.arrangement.files.get(clip.file)?;
                let moved = Clip {
                    file: index_of(files, &file.path),
                    start: clip.start.saturating_add(shift),
                    gain_db: if wish.clip_gain { clip.gain_db } else { 0.0 },
                    ..clip.clone()
                };
                moved.between(0, i64::MAX)
            })
            .collect()
    }

    fn fill(
        &mut self,
        strip: usize,
        lane: &Lane,
        wish: &Wish,
        clips: Vec<Clip>,
        is_new: bool,
    ) -> Outcome<()> {
        let at = self.lane_for(strip)?;
        let arrangement = Arc::make_mut(&mut self.arrangement);
        let Some(own) = arrangement.lanes.get_mut(at) else {
            return Ok(());
        };
        if is_new {
            (own.volume_db, own.pan) = (lane.volume_db, lane.pan);
            own.pan_points.clone_from(&lane.pan_points);
        }
        if wish.volume {
            own.volume_points.clone_from(&lane.volume_points);
        }
        if !wish.clips {
            return Ok(());
        }
        let overlays = wish.playlists == MainPlaylistOptions::ImportOverlayNewOnExistingPlaylists;
        if !overlays {
            own.clips.clear();
        }
        if !is_new && overlays {
            for clip in clips {
                self.lay(strip, clip)?;
            }
            return Ok(());
        }
        // As they lie in their session, crossfades and all.
        let end = clips.iter().map(Clip::end).max().unwrap_or(0);
        own.clips.extend(clips);
        let end = u64::try_from(end).unwrap_or(0);
        arrangement.length = arrangement.length.max(end);
        Ok(())
    }
}

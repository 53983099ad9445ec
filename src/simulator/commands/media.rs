//! Audio files of the session: GetFileLocation, GetMediaFileInfo, the refreshing of files that
//! were changed from outside. Whether a file is there is asked of the disk each time.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::media::MediaError;
use crate::media::info::AudioInfo;
use crate::media::probe::probe;
use crate::media::split;
use crate::ptsl::wire::{self, CommandErrorType as Kind, CommandId, FileLocationTypeFilter};

use super::files::place;
use super::playlists::page_of;
use super::read;
use crate::simulator::answer;
use crate::simulator::work::{Change, Work};
use crate::simulator::world::{Failure, OpenSession, Outcome, World, tracks};

/// The files that Pro Tools knows a source by: itself, or one for each channel where it is split.
pub(super) fn sides(source: &Path) -> Vec<PathBuf> {
    let files = split::files_of(source);
    match files.is_empty() {
        true => vec![source.to_owned()],
        false => files,
    }
}

/// The file with that id.
pub(super) fn file_of(session: &OpenSession, id: &str) -> Outcome<PathBuf> {
    let files = session.files();
    let sides = files.iter().flat_map(|path| sides(path));
    files
        .iter()
        .cloned()
        .chain(sides)
        .find(|path| session.file_id(path) == id)
        .ok_or_else(|| Failure::new(Kind::PtFileNotFound, "There is no file with that id."))
}

/// What an audio file is, or why it is none.
pub(super) fn probed(path: &Path) -> Outcome<AudioInfo> {
    probe(path).map_err(|error| {
        let kind = match error {
            MediaError::Missing { .. } => Kind::PtFileNotFound,
            _ => Kind::OsReadError,
        };
        Failure::new(kind, format!("{error}."))
    })
}

/// 1 or 2, or that the simulator plays no more.
pub(super) fn channels(path: &Path, info: &AudioInfo) -> Outcome<u16> {
    match info.channels {
        channels @ 1..=2 => Ok(channels),
        channels => Err(Failure::cannot(format!(
            "'{}' has {channels} channels; the simulator plays mono and stereo files.",
            path.display()
        ))),
    }
}

/// The file's length.
pub(super) fn frames(path: &Path, info: &AudioInfo) -> Outcome<u64> {
    info.frames.ok_or_else(|| {
        Failure::cannot(format!(
            "How long '{}' is shows only when it is converted.",
            path.display()
        ))
    })
}

fn is_aiff(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["aif", "aiff", "aifc"]
        .iter()
        .any(|known| extension == *known)
}

fn file_info(id: String, path: &Path) -> Outcome<wire::AudioFileInfo> {
    let info = probed(path)?;
    let stamp = |sample: u64| {
        Some(wire::TimelineLocation {
            location: sample.to_string(),
            time_type: wire::TimelineLocationType::TlTypeSamples as i32,
        })
    };
    let rate = i32::try_from(info.sample_rate).unwrap_or(0);
    let time = info.time_reference.unwrap_or(0);
    Ok(wire::AudioFileInfo {
        num_channels: i32::from(info.channels),
        sample_rate: wire::SampleRate::try_from(rate).unwrap_or(wire::SampleRate::SrNone) as i32,
        encoding: match info.bits {
            16 => wire::BitDepth::Bit16,
            24 => wire::BitDepth::Bit24,
            32 => wire::BitDepth::Bit32Float,
            _ => wire::BitDepth::BitNone,
        } as i32,
        file_type: if is_aiff(path) {
            wire::FileType::FtAiff
        } else {
            wire::FileType::FtWave
        } as i32,
        smpte_uid: tracks::identity(&[&id, "smpte"]),
        protools_umid: tracks::identity(&[&id, "umid"]),
        original_timestamp: stamp(time),
        user_timestamp: stamp(time),
        length: info.frames.map(|frames| wire::TimeLength {
            length: i64::try_from(frames).unwrap_or(i64::MAX),
            time_type: wire::BasicTimeType::BtTypeSamples as i32,
        }),
        stem_format: match info.channels {
            1 => wire::StemFormat::SFormatMono,
            2 => wire::StemFormat::SFormatStereo,
            _ => wire::StemFormat::SFormatNone,
        } as i32,
        file_id: id,
    })
}

fn info(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::GetMediaFileInfoRequestBody = read("GetMediaFileInfoRequestBody", body)?;
    let path = file_of(world.session()?, &request.file_id)?;
    Ok(Work::new(move |_| {
        let response = wire::GetMediaFileInfoResponseBody {
            audio_file_info: Some(file_info(request.file_id, &path)?),
        };
        answer::body("GetMediaFileInfoResponseBody", &response).map(Change::none)
    }))
}

/// Which files are asked for. Filters of one sort add up (on and off the timeline), those of
/// different sorts narrow (online files on the timeline).
struct Filter(Vec<FileLocationTypeFilter>);

impl Filter {
    fn of(request: &wire::GetFileLocationRequestBody) -> Self {
        Self(request.file_filters().collect())
    }

    fn allows(&self, known: &[(FileLocationTypeFilter, bool)]) -> bool {
        let mut asked = known.iter().filter(|(filter, _)| self.0.contains(filter));
        let is_asked = asked.clone().next().is_some();
        !is_asked || asked.any(|(_, holds)| *holds)
    }

    fn passes(&self, on_timeline: bool, is_selected: bool, is_online: bool) -> bool {
        use FileLocationTypeFilter as F;
        self.allows(&[
            (F::OnTimelineFiles, on_timeline),
            (F::NotOnTimelineFiles, !on_timeline),
        ]) && self.allows(&[(F::OnlineFiles, is_online), (F::OfflineFiles, !is_online)])
            && self.allows(&[
                (F::AudioFiles, true),
                (F::VideoFiles, false),
                (F::RenderedFiles, false),
            ])
            && self.allows(&[
                (F::SelectedClipsTimeline, is_selected),
                // The clip list of the world has no selection.
                (F::SelectedClipsClipsList, false),
            ])
    }
}

/// A file as the world knows it.
struct Known {
    path: PathBuf,
    id: String,
    on_timeline: bool,
    is_selected: bool,
}

fn known(session: &OpenSession) -> Vec<Known> {
    let arrangement = &session.arrangement;
    let path_of = |file: usize| arrangement.files.get(file).map(|file| file.path.clone());
    let played: HashSet<PathBuf> = session
        .strips
        .iter()
        .filter_map(|strip| arrangement.lanes.get(strip.lane?))
        .flat_map(|lane| &lane.clips)
        .filter_map(|clip| path_of(clip.file))
        .collect();
    let selected: HashSet<PathBuf> = session
        .selected_clips()
        .into_iter()
        .filter_map(|(strip, at)| {
            let lane = arrangement.lanes.get(session.strips.get(strip)?.lane?)?;
            path_of(lane.clips.get(at)?.file)
        })
        .collect();
    let files = session.files().into_iter();
    let sides =
        files.flat_map(|source| sides(&source).into_iter().map(move |p| (source.clone(), p)));
    sides
        .map(|(source, path)| Known {
            id: session.file_id(&path),
            on_timeline: played.contains(&source),
            is_selected: selected.contains(&source),
            path,
        })
        .collect()
}

fn locations(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::GetFileLocationRequestBody = read("GetFileLocationRequestBody", body)?;
    let known = known(world.session()?);
    Ok(Work::new(move |_| {
        let filter = Filter::of(&request);
        let found = known
            .into_iter()
            .map(|file| (file.path.is_file(), file))
            .filter(|(is_online, f)| filter.passes(f.on_timeline, f.is_selected, *is_online))
            .map(|(is_online, file)| wire::FileLocation {
                path: file.path.display().to_string(),
                info: Some(wire::FileLocationInfo { is_online }),
                file_id: file.id,
            })
            .collect();
        let (file_locations, page) =
            page_of(found, request.pagination_request, request.page_limit)?;
        let response = wire::GetFileLocationResponseBody {
            stats: Some(wire::Pagination {
                total: page.total,
                limit: page.limit,
                offset: page.offset,
            }),
            file_locations,
            pagination_response: Some(page),
        };
        answer::body("GetFileLocationResponseBody", &response).map(Change::none)
    }))
}

/// Reads headers again; what was found wrong with files that are right now is forgotten.
fn refreshed(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let files = paths.iter().cloned();
    files.partition(|path| probe(path).is_ok())
}

fn forget(session: &mut OpenSession, fine: &[PathBuf]) {
    let files = &session.arrangement.files;
    let names: HashSet<&str> = files
        .iter()
        .filter(|file| fine.contains(&file.path))
        .map(|file| file.name.as_str())
        .collect();
    let is_missing = |finding: &crate::model::Finding| {
        let file = finding.file.as_deref().unwrap_or_default();
        finding.code == "missing_audio" && names.contains(file)
    };
    session
        .audio_findings
        .retain(|finding| !is_missing(finding));
}

fn refresh_targets(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::RefreshTargetAudioFilesRequestBody =
        read("RefreshTargetAudioFilesRequestBody", body)?;
    let files = world.session()?.files();
    if request.file_list.is_empty() {
        return Err(Failure::invalid("file_list is empty."));
    }
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for text in request.file_list {
        match place(&text) {
            Ok(path) if files.contains(&path) => ours.push(path),
            _ => others.push(text),
        }
    }
    Ok(Work::new(move |_| {
        let (fine, gone) = refreshed(&ours);
        others.extend(gone.iter().map(|path| path.display().to_string()));
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let body = answer::body(
            "RefreshTargetAudioFilesResponseBody",
            &wire::RefreshTargetAudioFilesResponseBody {
                success_count: count(fine.len()),
                failure_count: count(others.len()),
                failure_list: others,
            },
        )?;
        Ok(Change::new(move |world| {
            if let Some(session) = &mut world.session {
                forget(session, &fine);
            }
            body
        }))
    }))
}

fn refresh_all(world: &mut World) -> Outcome<Work> {
    let files = world.session()?.files();
    Ok(Work::new(move |_| {
        let (fine, _) = refreshed(&files);
        Ok(Change::new(move |world| {
            if let Some(session) = &mut world.session {
                forget(session, &fine);
            }
            None
        }))
    }))
}

/// Work for commands of this room, `None` for all others.
pub fn prepare(world: &mut World, command: CommandId, body: &str) -> Outcome<Option<Work>> {
    Ok(Some(match command {
        CommandId::CIdGetMediaFileInfo => info(world, body)?,
        CommandId::GetFileLocation => locations(world, body)?,
        CommandId::RefreshTargetAudioFiles => refresh_targets(world, body)?,
        CommandId::RefreshAllModifiedAudioFiles => refresh_all(world)?,
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_one_sort_add_up_and_of_others_narrow() {
        use FileLocationTypeFilter as F;
        // Filters, then whether the file is on the timeline, selected and online.
        for (filters, facts, expected) in [
            (vec![], (false, false, false), true),
            (vec![F::AllFiles], (false, false, false), true),
            (vec![F::FltFilterUnknown], (true, false, true), true),
            (vec![F::OnTimelineFiles], (false, false, true), false),
            (vec![F::NotOnTimelineFiles], (false, false, true), true),
            (
                vec![F::OnTimelineFiles, F::NotOnTimelineFiles],
                (false, false, true),
                true,
            ),
            (
                vec![F::OnTimelineFiles, F::OfflineFiles],
                (true, false, true),
                false,
            ),
            (
                vec![F::OnTimelineFiles, F::OfflineFiles],
                (true, false, false),
                true,
            ),
            (vec![F::VideoFiles], (true, false, true), false),
            (
                vec![F::AudioFiles, F::VideoFiles],
                (true, false, true),
                true,
            ),
            (vec![F::SelectedClipsTimeline], (true, false, true), false),
            (vec![F::SelectedClipsTimeline], (true, true, true), true),
            (vec![F::SelectedClipsClipsList], (true, true, true), false),
        ] {
            let filter = Filter(filters.clone());
            let (on_timeline, is_selected, is_online) = facts;
            assert_eq!(
                filter.passes(on_timeline, is_selected, is_online),
                expected,
                "{filters:?} {facts:?}"
            );
        }
    }
}

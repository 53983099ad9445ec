//! The clip list, the files behind it and what is known of them.

use super::client::{Client, Result};
use super::json;
use super::wire::{
    self, BasicTimeType, CommandId, FileLocationTypeFilter, GetClipListRequestBody,
    GetClipListResponseBody, GetFileLocationRequestBody, GetFileLocationResponseBody,
    MediaTimePosition,
};

/// What a clip is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClipKind {
    Audio,
    Midi,
    Video,
    /// A group of clips of any kind.
    Group,
    #[default]
    Other,
}

/// An entry of the clip list. A stereo clip has one a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListedClip {
    pub id: String,
    pub file_id: String,
    /// With the channel's ending, such as `Keys.L`.
    pub full_name: String,
    pub root_name: String,
    pub kind: ClipKind,
    /// First sample played and first sample after it, inside the medium; `None` where not told in
    /// samples.
    pub start: Option<u64>,
    pub end: Option<u64>,
    /// The same inside the source, where the server tells them apart.
    pub source_start: Option<u64>,
    pub source_end: Option<u64>,
    /// Name of the clip group that it is in; empty for none.
    pub group: String,
}

/// Which files are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileFilter {
    #[default]
    All,
    Audio,
    OnTimeline,
    Offline,
    SelectedOnTimeline,
}

/// A file of the session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionFile {
    /// As the server writes it: POSIX, Windows or HFS.
    pub path: String,
    /// Joins with [`ListedClip::file_id`]; empty before 2025.6.
    pub id: String,
    pub is_online: bool,
}

impl Client {
    /// The whole clip list. Since 2025.6.
    pub async fn clip_list(&self) -> Result<Vec<ListedClip>> {
        let clips = self
            .pages(
                CommandId::CIdGetClipList,
                |window| {
                    let request = GetClipListRequestBody {
                        pagination_request: Some(window.request()),
                    };
                    json::request("GetClipListRequestBody", &request)
                },
                |answer: GetClipListResponseBody| {
                    let total = answer.pagination_response.map(|stats| stats.total);
                    (answer.clips, total)
                },
            )
            .await?;
        Ok(clips.into_iter().map(clip).collect())
    }

    /// Where the session's files lie, on the machine of Pro Tools.
    pub async fn file_locations(&self, filter: FileFilter) -> Result<Vec<SessionFile>> {
        use FileLocationTypeFilter as F;
        let filter = match filter {
            FileFilter::All => F::AllFiles,
            FileFilter::Audio => F::AudioFiles,
            FileFilter::OnTimeline => F::OnTimelineFiles,
            FileFilter::Offline => F::OfflineFiles,
            FileFilter::SelectedOnTimeline => F::SelectedClipsTimeline,
        };
        let files = self
            .pages(
                CommandId::GetFileLocation,
                |window| {
                    let request = GetFileLocationRequestBody {
                        page_limit: window.page_limit(),
                        file_filters: vec![filter as i32],
                        pagination_request: Some(window.request()),
                    };
                    json::request("GetFileLocationRequestBody", &request)
                },
                |answer: GetFileLocationResponseBody| {
                    let total = answer.pagination_response.map(|stats| stats.total);
                    let total = total.or(answer.stats.map(|stats| stats.total));
                    (answer.file_locations, total)
                },
            )
            .await?;
        let file = |wire: wire::FileLocation| SessionFile {
            is_online: wire.info.is_some_and(|info| info.is_online),
            path: wire.path,
            id: wire.file_id,
        };
        Ok(files.into_iter().map(file).collect())
    }
}

fn clip(wire: wire::Clip) -> ListedClip {
    use wire::ClipType as T;
    ListedClip {
        kind: match T::try_from(wire.clip_type) {
            Ok(T::Audio) => ClipKind::Audio,
            Ok(T::Midi) => ClipKind::Midi,
            Ok(T::Video) => ClipKind::Video,
            Ok(T::AudioClipGroup | T::MidiClipGroup | T::VideoClipGroup | T::MixedClipGroup) => {
                ClipKind::Group
            }
            Ok(T::Unknown) | Err(_) => ClipKind::Other,
        },
        start: position(wire.start_point),
        end: position(wire.end_point),
        source_start: position(wire.src_start_point),
        source_end: position(wire.src_end_point),
        id: wire.clip_id,
        file_id: wire.file_id,
        full_name: wire.clip_full_name,
        root_name: wire.clip_root_name,
        group: wire.group_name,
    }
}

/// Samples inside a medium; other units, which stand for MIDI and video, are nothing to us.
fn position(at: Option<MediaTimePosition>) -> Option<u64> {
    let at = at?;
    match BasicTimeType::try_from(at.time_type) {
        Ok(BasicTimeType::BtTypeSamples | BasicTimeType::BtTypeUnknown) => {
            u64::try_from(at.position).ok()
        }
        _ => None,
    }
}

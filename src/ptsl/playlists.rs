//! Playlists and what lies on them, since PTSL 2025.10. Times are session samples.

use super::client::{Client, Result, unreadable};
use super::json;
use super::wire::{
    self, CommandId, FadeType, GetPlaylistElementsRequestBody, GetPlaylistElementsResponseBody,
    GetTrackPlaylistsRequestBody, GetTrackPlaylistsResponseBody, PlaylistType, TimelineLocation,
    TimelineLocationType,
};
use crate::model::Track;

/// One playlist of a track; the target one is what sounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Playlist {
    pub id: String,
    pub name: String,
    pub is_target: bool,
    pub kind: PlaylistKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlaylistKind {
    Main,
    Alternate,
    /// Not told, or of a kind that this program does not know.
    #[default]
    Other,
}

/// A clip or a fade on a playlist. Servers leave times out that equal their neighbours.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element {
    /// Where the element begins and ends.
    pub start: i64,
    pub end: i64,
    /// Where it begins and ends to sound, where told.
    pub play: Option<i64>,
    pub stop: Option<i64>,
    pub muted: bool,
    /// One a channel of the track, in their order.
    pub channels: Vec<Piece>,
}

/// What one channel of an element holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Piece {
    /// Id in the clip list; fades and empty channels have none.
    pub clip: Option<String>,
    pub fade: Option<Fade>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FadeKind {
    In,
    Out,
    Cross,
}

/// A fade as the server tells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fade {
    pub kind: FadeKind,
    pub slope: FadeSlope,
    pub fade_in: Option<FadeCurve>,
    pub fade_out: Option<FadeCurve>,
}

/// How both sides of a fade are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FadeSlope {
    EqualGain,
    EqualPower,
    /// Not at all: each side is its own shape.
    Unlinked,
    Unknown,
}

/// The curve of one side of a fade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FadeCurve {
    pub shape: FadeCurveShape,
    /// As the server counts it.
    pub bias: i32,
    pub start_percent: f32,
    pub end_percent: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FadeCurveShape {
    Standard,
    SShaped,
    Legacy,
    Unknown,
}

impl Client {
    /// The playlists of a track, by its id where it has one.
    pub async fn playlists(&self, track: &Track) -> Result<Vec<Playlist>> {
        let command = CommandId::CIdGetTrackPlaylists;
        let list = self
            .pages(
                command,
                |window| {
                    // Both keys at once are refused, even when one is empty.
                    let has_id = !track.id.0.is_empty();
                    let request = GetTrackPlaylistsRequestBody {
                        track_id: track.id.0.clone(),
                        track_name: if has_id { "" } else { &track.name }.to_owned(),
                        pagination_request: Some(window.request()),
                    };
                    json::sparse_request("GetTrackPlaylistsRequestBody", &request)
                },
                |answer: GetTrackPlaylistsResponseBody| {
                    let total = answer.pagination_response.map(|stats| stats.total);
                    (answer.playlists, total)
                },
            )
            .await?;
        Ok(list.into_iter().map(playlist).collect())
    }

    /// Everything on a playlist in order of time.
    pub async fn playlist_elements(&self, playlist: &Playlist) -> Result<Vec<Element>> {
        let command = CommandId::CIdGetPlaylistElements;
        let list = self
            .pages(
                command,
                |window| {
                    let has_id = !playlist.id.is_empty();
                    let request = GetPlaylistElementsRequestBody {
                        playlist_id: playlist.id.clone(),
                        playlist_name: if has_id { "" } else { &playlist.name }.to_owned(),
                        start_time: None,
                        end_time: None,
                        time_format: TimelineLocationType::TlTypeSamples as i32,
                        pagination_request: Some(window.request()),
                    };
                    json::sparse_request("GetPlaylistElementsRequestBody", &request)
                },
                |answer: GetPlaylistElementsResponseBody| {
                    let total = answer.pagination_response.map(|stats| stats.total);
                    (answer.elements_list, total)
                },
            )
            .await?;
        let mut elements = Vec::with_capacity(list.len());
        for wire in list {
            elements.push(self.element(wire).await?);
        }
        elements.sort_by_key(|element: &Element| element.start);
        Ok(elements)
    }

    async fn element(&self, wire: wire::PlaylistElement) -> Result<Element> {
        let command = CommandId::CIdGetPlaylistElements;
        let place = self.place(wire.element_location.as_ref()).await?;
        let start = self.place(wire.start_time.as_ref()).await?.or(place);
        let end = self.place(wire.end_time.as_ref()).await?;
        let play = self.place(wire.play_time.as_ref()).await?;
        let stop = self.place(wire.stop_time.as_ref()).await?;
        let (Some(start), Some(end)) = (start.or(play), end.or(stop)) else {
            return Err(unreadable(command, "an element has no start or no end"));
        };
        Ok(Element {
            start,
            end,
            play,
            stop,
            muted: wire
                .clip_instance_attributes
                .is_some_and(|attributes| attributes.is_muted),
            channels: wire.channel_clips.into_iter().map(piece).collect(),
        })
    }

    /// A place that may be missing, in session samples.
    pub(super) async fn place(&self, at: Option<&TimelineLocation>) -> Result<Option<i64>> {
        match at.map(|at| at.location.trim()).filter(|at| !at.is_empty()) {
            Some(text) => self.samples_of(text).await.map(Some),
            None => Ok(None),
        }
    }
}

fn playlist(wire: wire::Playlist) -> Playlist {
    Playlist {
        kind: match PlaylistType::try_from(wire.playlist_type) {
            Ok(PlaylistType::PTypeMain) => PlaylistKind::Main,
            Ok(PlaylistType::PTypeAlternate) => PlaylistKind::Alternate,
            _ => PlaylistKind::Other,
        },
        id: wire.playlist_id,
        name: wire.playlist_name,
        is_target: wire.is_target,
    }
}

fn piece(wire: wire::PlaylistElementClip) -> Piece {
    Piece {
        clip: Some(wire.clip_id).filter(|id| !wire.is_null && !id.is_empty()),
        fade: wire.fade_info.as_ref().and_then(fade),
    }
}

fn fade(wire: &wire::FadeInfo) -> Option<Fade> {
    Some(Fade {
        kind: match FadeType::try_from(wire.r#type).ok()? {
            FadeType::In => FadeKind::In,
            FadeType::Out => FadeKind::Out,
            FadeType::X => FadeKind::Cross,
            FadeType::Unknown | FadeType::None => return None,
        },
        slope: match wire::FadeSlope::try_from(wire.slope) {
            Ok(wire::FadeSlope::FSlopeEqualPower) => FadeSlope::EqualPower,
            Ok(wire::FadeSlope::FSlopeEqualGain) => FadeSlope::EqualGain,
            Ok(wire::FadeSlope::FSlopeNone) => FadeSlope::Unlinked,
            _ => FadeSlope::Unknown,
        },
        fade_in: wire.in_shape.as_ref().map(curve),
        fade_out: wire.out_shape.as_ref().map(curve),
    })
}

fn curve(wire: &wire::FadeShapeInfo) -> FadeCurve {
    use wire::FadeShape as S;
    FadeCurve {
        shape: match S::try_from(wire.shape) {
            Ok(S::FShapeStandard) => FadeCurveShape::Standard,
            Ok(S::FShapeSShaped) => FadeCurveShape::SShaped,
            Ok(S::FShapeLegacy) => FadeCurveShape::Legacy,
            _ => FadeCurveShape::Unknown,
        },
        bias: wire.curve_bias,
        start_percent: wire.start_offset_percentage,
        end_percent: wire.end_offset_percentage,
    }
}

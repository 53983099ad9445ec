//! One typed async function a command, a deadline on every call, one call at a time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;

use super::channel::{Channel, Version, is_long};
use super::error::PtslError;
use super::pages::{Page, Pager};
use super::tracks::TrackCache;
use super::wire::{
    CloseSessionRequestBody, CommandId, CreateMemoryLocationRequestBody, EsiOutputType,
    ExportSessionInfoAsTextRequestBody, ExportSessionInfoAsTextResponseBody, FadeHandlingType,
    GetExportMixSourceListRequestBody, GetExportMixSourceListResponseBody,
    GetMemoryLocationsRequestBody, GetMemoryLocationsResponseBody, GetSessionPathResponseBody,
    GetTransportArmedResponseBody, MarkerLocation, MemoryLocation, MemoryLocationProperties,
    MemoryLocationReference, OpenSessionBehaviorOptions, OpenSessionRequestBody, PaginationRequest,
    SetTrackMuteStateRequestBody, TextAsFileFormat, TimeProperties, TimelineLocationType,
    TrackListType, TrackOffsetOptions,
};
use super::{convert, export, handshake, json, names};
use crate::model::link::ServerInfo;
use crate::model::track::TrackFlag;
use crate::model::{Marker, Range, Ruler, Track};

/// Result of a call.
pub type Result<T> = std::result::Result<T, PtslError>;

/// Least deadline of commands that open, save or close a session.
const PATIENCE: Duration = Duration::from_secs(180);

/// What ExportMix is asked for: 32-bit float, interleaved, one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportMix {
    /// Without extension.
    pub file_name: String,
    /// Absolute folder on the machine of Pro Tools.
    pub directory: String,
    /// `output:Out 1-2`, `bus:…`, `physical:…`.
    pub mix_source: String,
    pub sample_rate: u32,
    /// Session samples.
    pub range: Range,
    pub offline: bool,
}

/// Transport as PTSL tells it in one poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportReading {
    pub state: crate::model::TransportState,
    pub half_speed: bool,
}

/// A registered connection. Clones share it; calls go one after another.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    channel: Channel,
    server: ServerInfo,
    /// Of the session that was read last, for times that come as timecode.
    ruler: RwLock<Option<Ruler>>,
}

pub(super) fn unreadable(command: CommandId, reason: &str) -> PtslError {
    PtslError::Unreadable {
        command: names::command_name(command),
        reason: reason.to_owned(),
    }
}

impl Client {
    /// Connects and registers. `timeout` is the deadline of ordinary calls.
    pub async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self> {
        let channel = Channel::open(host, port, timeout).await?;
        let server = handshake::register(&channel).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                channel,
                server,
                ruler: RwLock::new(None),
            }),
        })
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.inner.channel.address()
    }

    pub fn server(&self) -> ServerInfo {
        self.inner.server.clone()
    }

    /// The long command (a bounce, opening a session …) that holds Pro Tools at the moment.
    pub fn busy(&self) -> watch::Receiver<Option<CommandId>> {
        self.inner.channel.busy()
    }

    /// Microseconds that the last short call took; 0 before the first.
    pub fn round_trip_us(&self) -> u64 {
        self.inner.channel.round_trip_us()
    }

    /// Any command with a JSON body; the answer's body as it is. Without a deadline it is the
    /// ordinary one, longer for commands that are known to take long.
    pub async fn call(
        &self,
        command: CommandId,
        body: &str,
        deadline: Option<Duration>,
    ) -> Result<String> {
        let ordinary = self.inner.channel.timeout();
        let deadline = deadline.unwrap_or(if is_long(command) {
            ordinary.max(PATIENCE)
        } else {
            ordinary
        });
        self.inner
            .channel
            .call(command, body.to_owned(), deadline)
            .await
    }

    /// Sends a message; the answer's body as text.
    pub(super) async fn ask_text<B: prost::Message>(
        &self,
        command: CommandId,
        message: &str,
        body: &B,
    ) -> Result<String> {
        let body = json::request(message, body)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        self.call(command, &body, None).await
    }

    /// Sends a body; the answer as the command's response message.
    pub(super) async fn ask<T: prost::Message + Default>(
        &self,
        command: CommandId,
        body: &str,
    ) -> Result<T> {
        let answer = self.call(command, body, None).await?;
        let message = format!("{}ResponseBody", names::command_name(command));
        json::read(&message, &answer).map_err(|error| unreadable(command, &error.to_string()))
    }

    /// Sends a body; the answer as plain JSON, for fields whose absence must be seen.
    pub(super) async fn ask_value(
        &self,
        command: CommandId,
        body: &str,
    ) -> Result<serde_json::Value> {
        let answer = self.call(command, body, None).await?;
        json::value(&answer).map_err(|error| unreadable(command, &error.to_string()))
    }

    pub(super) fn version(&self) -> Version {
        self.inner.channel.version()
    }

    pub(super) fn remember_ruler(&self, ruler: Ruler) {
        *self
            .inner
            .ruler
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(ruler);
    }

    pub(super) fn known_ruler(&self) -> Option<Ruler> {
        *self
            .inner
            .ruler
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Path of the session file: the cheapest question that tells sessions apart.
    pub async fn session_path(&self) -> Result<String> {
        let answer: GetSessionPathResponseBody = self.ask(CommandId::GetSessionPath, "").await?;
        Ok(answer.session_path.unwrap_or_default().path)
    }

    /// All pages of the track list.
    pub async fn tracks(&self) -> Result<Vec<Track>> {
        let mut cache = TrackCache::default();
        self.refresh_tracks(&mut cache).await?;
        Ok(cache.tracks())
    }

    /// One call for all names. Refuses ([`PtslError::Ambiguous`]) nothing by itself: check names
    /// against the track list first.
    pub async fn set_flag(&self, flag: TrackFlag, names: &[String], on: bool) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let command = match flag {
            TrackFlag::Mute => CommandId::SetTrackMuteState,
            TrackFlag::Solo => CommandId::SetTrackSoloState,
            TrackFlag::SoloSafe => CommandId::SetTrackSoloSafeState,
            TrackFlag::RecordEnable => CommandId::SetTrackRecordEnableState,
            TrackFlag::InputMonitor => CommandId::SetTrackInputMonitorState,
        };
        // All five have the same two fields.
        let body = SetTrackMuteStateRequestBody {
            track_names: names.to_vec(),
            enabled: on,
        };
        self.ask_text(command, "SetTrackMuteStateRequestBody", &body)
            .await?;
        Ok(())
    }

    pub async fn transport(&self) -> Result<TransportReading> {
        let answer = self.ask_value(CommandId::GetTransportState, "").await?;
        let number = json::enum_at(&answer, "current_setting", "TransportState");
        let (state, half_speed) = convert::transport(number);
        Ok(TransportReading { state, half_speed })
    }

    pub async fn record_armed(&self) -> Result<bool> {
        let answer: GetTransportArmedResponseBody =
            self.ask(CommandId::GetTransportArmed, "").await?;
        Ok(answer.is_transport_armed)
    }

    pub async fn toggle_play(&self) -> Result<()> {
        self.call(CommandId::TogglePlayState, "", None).await?;
        Ok(())
    }

    pub async fn toggle_record_enable(&self) -> Result<()> {
        self.call(CommandId::ToggleRecordEnable, "", None).await?;
        Ok(())
    }

    /// All memory locations that stand at a time. Those in bars and beats are converted by Pro
    /// Tools since 2025.6; before it they are left out, and the log says so.
    pub async fn markers(&self) -> Result<Vec<Marker>> {
        let command = CommandId::GetMemoryLocations;
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let mut pager = Pager::new("GetMemoryLocations");
        while let Some(window) = pager.next() {
            let request = GetMemoryLocationsRequestBody {
                pagination_request: Some(PaginationRequest {
                    limit: number(window.limit),
                    offset: number(window.offset),
                }),
            };
            let body = json::request("GetMemoryLocationsRequestBody", &request)
                .map_err(|error| unreadable(command, &error.to_string()))?;
            let answer: GetMemoryLocationsResponseBody = self.ask(command, &body).await?;
            let total = answer
                .pagination_response
                .map(|stats| stats.total)
                .or(answer.stats.map(|stats| stats.total))
                .and_then(|total| usize::try_from(total).ok())
                .filter(|total| *total > 0);
            pager.take(Page {
                entries: Arc::new(answer.memory_locations),
                total,
            })?;
        }
        let pages = pager.into_pages();
        let mut markers = Vec::new();
        for location in pages.iter().flat_map(|page| page.iter()) {
            if let Some(marker) = self.marker(location).await? {
                markers.push(marker);
            }
        }
        Ok(markers)
    }

    async fn marker(&self, location: &MemoryLocation) -> Result<Option<Marker>> {
        if location.time_properties == TimeProperties::TpNone as i32 {
            return Ok(None);
        }
        let start = match self.samples_of(&location.start_time).await {
            Ok(start) => start,
            Err(PtslError::Unreadable { reason, .. }) => {
                tracing::info!(
                    number = location.number,
                    "memory location left out: {reason}"
                );
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let end = match location.end_time.trim() {
            "" => None,
            text => self.samples_of(text).await.ok(),
        };
        Ok(Some(convert::marker(location.clone(), start, end)))
    }

    /// Makes a marker on the main ruler under the next free number. Session samples.
    pub async fn create_marker(&self, name: &str, at: i64) -> Result<()> {
        // An explicit number: with -1 some 2025.12 re-edit the last marker instead.
        let number = self
            .markers()
            .await?
            .iter()
            .map(|marker| marker.number)
            .max();
        let request = CreateMemoryLocationRequestBody {
            number: number.unwrap_or(0).saturating_add(1),
            name: name.to_owned(),
            start_time: self.timecode_of(at).await?,
            time_properties: TimeProperties::TpMarker as i32,
            reference: MemoryLocationReference::MlrAbsolute as i32,
            general_properties: Some(MemoryLocationProperties::default()),
            location: if self.version().is_modern() {
                MarkerLocation::MlcMainRuler as i32
            } else {
                MarkerLocation::MlcUnknown as i32
            },
            ..CreateMemoryLocationRequestBody::default()
        };
        self.ask_text(
            CommandId::CreateMemoryLocation,
            "CreateMemoryLocationRequestBody",
            &request,
        )
        .await?;
        Ok(())
    }

    /// Blocks until the bounce is written; `deadline` bounds it. The range should be the timeline
    /// selection too: servers before 2025.6 know no other.
    pub async fn export_mix(&self, request: &ExportMix, deadline: Duration) -> Result<()> {
        let (_, name) = export::source(&request.mix_source);
        let refused = match self.export_from(request, name, deadline).await {
            Err(error @ PtslError::Refused { .. }) => error,
            outcome => return outcome,
        };
        // The menu may call it `Out 1-2 (Stereo)`; and who asked for a wrong one wants the list.
        let kind = request.mix_source.split(':').next().unwrap_or_default();
        let sources = self.mix_sources(kind).await.unwrap_or_default();
        if sources.is_empty() || sources.iter().any(|source| source == name) {
            return Err(refused);
        }
        let longer = format!("{name} (");
        let mut fitting = sources.iter().filter(|source| source.starts_with(&longer));
        if let (Some(only), None) = (fitting.next(), fitting.next()) {
            return self.export_from(request, only, deadline).await;
        }
        Err(PtslError::BadArgument {
            command: "ExportMix".to_owned(),
            reason: format!(
                "there is no mix source '{name}'; Pro Tools has {}",
                super::refusal::shown(&sources.join(", "))
            ),
        })
    }

    async fn export_from(&self, request: &ExportMix, name: &str, deadline: Duration) -> Result<()> {
        let body = export::body(request, name, self.version())?;
        self.call(CommandId::ExportMix, &body, Some(deadline))
            .await?;
        Ok(())
    }

    /// Names of the mix sources of a type (`output`, `bus`, `physical`). Since 2025.6.
    pub async fn mix_sources(&self, kind: &str) -> Result<Vec<String>> {
        let kind = export::source_type(kind).ok_or_else(|| PtslError::BadArgument {
            command: "GetExportMixSourceList".to_owned(),
            reason: format!("'{kind}' is none of output, bus, physical and renderer"),
        })?;
        let request = GetExportMixSourceListRequestBody {
            r#type: kind as i32,
        };
        let body = json::request("GetExportMixSourceListRequestBody", &request).unwrap_or_default();
        let answer: GetExportMixSourceListResponseBody = self
            .ask(CommandId::CIdGetExportMixSourceList, &body)
            .await?;
        Ok(answer.source_list)
    }

    /// Opens a session file; dialogs are suppressed where the server can (since 2025.6).
    pub async fn open_session(&self, path: &str) -> Result<()> {
        let request = OpenSessionRequestBody {
            session_path: path.to_owned(),
            behavior_options: self
                .version()
                .is_modern()
                .then(OpenSessionBehaviorOptions::default),
        };
        self.ask_text(CommandId::OpenSession, "OpenSessionRequestBody", &request)
            .await?;
        Ok(())
    }

    pub async fn save_session(&self) -> Result<()> {
        self.call(CommandId::SaveSession, "", None).await?;
        Ok(())
    }

    pub async fn close_session(&self, save: bool) -> Result<()> {
        let request = CloseSessionRequestBody {
            save_on_close: save,
        };
        self.ask_text(CommandId::CloseSession, "CloseSessionRequestBody", &request)
            .await?;
        Ok(())
    }

    /// The session as text, with everything in it and times in samples.
    pub async fn export_session_text(&self) -> Result<String> {
        let request = ExportSessionInfoAsTextRequestBody {
            include_file_list: true,
            include_clip_list: true,
            include_markers: true,
            include_plugin_list: true,
            include_track_edls: true,
            show_sub_frames: false,
            include_user_timestamps: false,
            track_list_type: TrackListType::AllTracks as i32,
            fade_handling_type: FadeHandlingType::ShowCrossfades as i32,
            track_offset_options: TrackOffsetOptions::Samples as i32,
            text_as_file_format: TextAsFileFormat::Utf8 as i32,
            output_type: EsiOutputType::EsiString as i32,
            output_path: String::new(),
            location_type: if self.version().is_modern() {
                TimelineLocationType::TlTypeSamples as i32
            } else {
                TimelineLocationType::TlTypeUnknown as i32
            },
        };
        let body =
            json::request("ExportSessionInfoAsTextRequestBody", &request).unwrap_or_default();
        let answer: ExportSessionInfoAsTextResponseBody =
            self.ask(CommandId::ExportSessionInfoAsText, &body).await?;
        Ok(answer.session_info)
    }
}

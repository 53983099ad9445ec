//! The session as text, as File > Export > Session Info as Text makes it.

use super::client::{Client, Result, unreadable};
use super::json;
use super::wire::{
    CommandId, EsiOutputType, ExportSessionInfoAsTextRequestBody,
    ExportSessionInfoAsTextResponseBody, FadeHandlingType, TextAsFileFormat, TimelineLocationType,
    TrackListType, TrackOffsetOptions,
};

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextTimes {
    #[default]
    Samples,
    TimeCode,
    MinSecs,
    FeetFrames,
    BarsBeats,
}

/// What happens to crossfades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextFades {
    /// As events of their own.
    #[default]
    Shown,
    Hidden,
    /// Crossfaded clips become one event.
    Combined,
}

/// What the text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextExport {
    pub files: bool,
    pub clips: bool,
    pub markers: bool,
    pub plugins: bool,
    pub tracks: bool,
    pub selected_tracks_only: bool,
    pub sub_frames: bool,
    pub user_timestamps: bool,
    pub fades: TextFades,
    pub times: TextTimes,
}

impl Default for TextExport {
    /// Everything, in samples.
    fn default() -> Self {
        Self {
            files: true,
            clips: true,
            markers: true,
            plugins: true,
            tracks: true,
            selected_tracks_only: false,
            sub_frames: false,
            user_timestamps: false,
            fades: TextFades::Shown,
            times: TextTimes::Samples,
        }
    }
}

impl TextExport {
    /// The request; old servers know the older of the two fields for times only.
    fn request(&self, is_modern: bool) -> ExportSessionInfoAsTextRequestBody {
        use TimelineLocationType as L;
        use TrackOffsetOptions as O;
        let (old, new) = match self.times {
            TextTimes::Samples => (O::Samples, L::TlTypeSamples),
            TextTimes::TimeCode => (O::TimeCode, L::TlTypeTimeCode),
            TextTimes::MinSecs => (O::MinSecs, L::TlTypeMinSecs),
            TextTimes::FeetFrames => (O::FeetFrames, L::TlTypeFeetFrames),
            TextTimes::BarsBeats => (O::BarsBeats, L::TlTypeBarsBeats),
        };
        ExportSessionInfoAsTextRequestBody {
            include_file_list: self.files,
            include_clip_list: self.clips,
            include_markers: self.markers,
            include_plugin_list: self.plugins,
            include_track_edls: self.tracks,
            show_sub_frames: self.sub_frames,
            include_user_timestamps: self.user_timestamps,
            track_list_type: if self.selected_tracks_only {
                TrackListType::SelectedTracksOnly
            } else {
                TrackListType::AllTracks
            } as i32,
            fade_handling_type: match self.fades {
                TextFades::Shown => FadeHandlingType::ShowCrossfades,
                TextFades::Hidden => FadeHandlingType::DontShowCrossfades,
                TextFades::Combined => FadeHandlingType::CombineCrossfadedClips,
            } as i32,
            track_offset_options: old as i32,
            text_as_file_format: TextAsFileFormat::Utf8 as i32,
            output_type: EsiOutputType::EsiString as i32,
            output_path: String::new(),
            location_type: if is_modern { new } else { L::TlTypeUnknown } as i32,
        }
    }
}

impl Client {
    /// The session as text, in either of the layouts that versions write.
    pub async fn export_text(&self, export: &TextExport) -> Result<String> {
        let command = CommandId::ExportSessionInfoAsText;
        let request = export.request(self.version().is_modern());
        let body = json::request("ExportSessionInfoAsTextRequestBody", &request)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        let answer: ExportSessionInfoAsTextResponseBody = self.ask(command, &body).await?;
        if answer.session_info.trim().is_empty() {
            // 2022.12 (fixed in 2023.3): text that goes into the answer stays empty.
            return Err(unreadable(command, "the text is empty"));
        }
        Ok(answer.session_info)
    }

    /// [`Client::export_text`] with everything in it and times in samples.
    pub async fn export_session_text(&self) -> Result<String> {
        self.export_text(&TextExport::default()).await
    }
}

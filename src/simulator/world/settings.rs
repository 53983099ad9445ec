//! Settings that clients read and set and that change no sound here.

use crate::ptsl::wire::{
    EditMode, EditModeOptions, EditTool, SessionFeetFramesRate, SessionRatePull,
    TimelineLocationType,
};

/// Everything of the kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub main_counter: TimelineLocationType,
    pub sub_counter: TimelineLocationType,
    pub feet_frames: SessionFeetFramesRate,
    pub audio_pull: SessionRatePull,
    pub video_pull: SessionRatePull,
    pub edit_mode: EditMode,
    pub edit_tool: EditTool,
    pub edit_options: EditModeOptions,
    pub markers_manage_mode: bool,
    /// `hh:mm:ss:ff`, Pro Tools' longest.
    pub session_length_hours: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            main_counter: TimelineLocationType::TlTypeTimeCode,
            sub_counter: TimelineLocationType::TlTypeMinSecs,
            feet_frames: SessionFeetFramesRate::SffrFps24,
            audio_pull: SessionRatePull::SrpNone,
            video_pull: SessionRatePull::SrpNone,
            edit_mode: EditMode::EmoSlip,
            edit_tool: EditTool::EtSelector,
            edit_options: EditModeOptions {
                link_timeline_and_edit_selection: true,
                ..EditModeOptions::default()
            },
            markers_manage_mode: false,
            session_length_hours: 24,
        }
    }
}

//! Settings of the program, not of the session: they outlive it. Edit mode and options decide what
//! edits do.

use crate::ptsl::wire::{EditMode, EditModeOptions, EditTool, MenuArea, TimelineLocationType};

/// An entry that a client put into a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuItem {
    pub id: String,
    /// session_id of the connection that gets the event.
    pub owner: String,
    pub area: MenuArea,
    pub label: String,
}

use super::splice::Rules;

/// Everything of the kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub main_counter: TimelineLocationType,
    pub sub_counter: TimelineLocationType,
    pub edit_mode: EditMode,
    pub edit_tool: EditTool,
    pub edit_options: EditModeOptions,
    pub markers_manage_mode: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            main_counter: TimelineLocationType::TlTypeTimeCode,
            sub_counter: TimelineLocationType::TlTypeMinSecs,
            edit_mode: EditMode::EmoSlip,
            edit_tool: EditTool::EtSelector,
            edit_options: EditModeOptions {
                link_timeline_and_edit_selection: true,
                automation_follows_edit: true,
                ..EditModeOptions::default()
            },
            markers_manage_mode: false,
        }
    }
}

impl Settings {
    /// What edits go by.
    pub fn rules(&self) -> Rules {
        Rules {
            shuffle: matches!(
                self.edit_mode,
                EditMode::EmoShuffle
                    | EditMode::EmoShuffleSnapToGridAbsolute
                    | EditMode::EmoShuffleSnapToGridRelative
            ),
            follow: self.edit_options.automation_follows_edit,
        }
    }
}

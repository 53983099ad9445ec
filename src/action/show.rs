//! Actions to text, in the words that `Action::parse` reads back.

use std::fmt;

use super::{Action, Motion, Switch};
use crate::model::track::TrackFlag;

impl Action {
    /// The name in the catalogue.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Move(motion) => match motion {
                Motion::Up => "up",
                Motion::Down => "down",
                Motion::Left => "left",
                Motion::Right => "right",
                Motion::PageUp => "page-up",
                Motion::PageDown => "page-down",
                Motion::HalfPageUp => "half-page-up",
                Motion::HalfPageDown => "half-page-down",
                Motion::Top => "top",
                Motion::Bottom => "bottom",
            },
            Self::NextPane => "next-pane",
            Self::PreviousPane => "previous-pane",
            Self::Pane(_) => "pane",
            Self::Open => "open",
            Self::Back => "back",
            Self::Confirm => "confirm",
            Self::TogglePlay => "toggle-play",
            Self::Play => "play",
            Self::Stop => "stop",
            Self::Record => "record",
            Self::Locate(_) => "locate",
            Self::SelectRow => "select-row",
            Self::SelectRange => "select-range",
            Self::SelectInvert => "select-invert",
            Self::Flag { flag, switch, .. } => flag_name(*flag, *switch),
            Self::Markers => "markers",
            Self::SelectMarkers { .. } => "select-markers",
            Self::Assign(_) => "assign",
            Self::StemNew(_) => "stem-new",
            Self::StemRename(_) => "stem-rename",
            Self::StemMove { down: false, .. } => "stem-up",
            Self::StemMove { down: true, .. } => "stem-down",
            Self::StemDelete(_) => "stem-delete",
            Self::RecipeSave(_) => "recipe-save",
            Self::Print(_) => "print",
            Self::PrintAll => "print-all",
            Self::Cancel(_) => "cancel",
            Self::Pause(_) => "pause",
            Self::Retry(_) => "retry",
            Self::CancelAll => "cancel-all",
            Self::JobMove { down: false, .. } => "job-up",
            Self::JobMove { down: true, .. } => "job-down",
            Self::Remove(_) => "remove",
            Self::Recipe(_) => "recipe",
            Self::Filter => "filter",
            Self::NextMatch => "next-match",
            Self::PreviousMatch => "previous-match",
            Self::Sort(_) => "sort",
            Self::Mouse(_) => "mouse",
            Self::Theme(_) => "theme",
            Self::Redraw => "redraw",
            Self::Palette => "palette",
            Self::Help => "help",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Zoom => "zoom",
            Self::ToggleHidden => "toggle-hidden",
            Self::Inspector => "inspector",
            Self::Matrix => "matrix",
            Self::LogLevel(_) => "log-level",
            Self::CopyPath => "copy-path",
            Self::OpenFolder => "open-folder",
            Self::LastError => "last-error",
            Self::Connect { .. } => "connect",
            Self::Disconnect => "disconnect",
            Self::Refresh => "refresh",
            Self::Reload => "reload",
            Self::OpenSession(_) => "open-session",
            Self::SaveSession => "save-session",
            Self::CloseSession => "close-session",
            Self::Call { .. } => "call",
            Self::Console => "console",
            Self::Snapshots => "snapshots",
            Self::Snapshot { verb, .. } => verb.action_name(),
            Self::Rescue => "rescue",
            Self::Suspend => "suspend",
            Self::Interrupt => "interrupt",
            Self::Quit => "quit",
        }
    }

    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Pane(number) => vec![number.to_string()],
            Self::Flag { tracks, .. } => tracks.clone(),
            Self::Print(stems) => stems.clone(),
            Self::Locate(text)
            | Self::OpenSession(text)
            | Self::Recipe(text)
            | Self::Theme(text) => vec![text.clone()],
            Self::Sort(Some(key)) => vec![key.word().to_owned()],
            Self::LogLevel(Some(level)) => vec![level.word().to_owned()],
            Self::Mouse(Switch::On) => vec!["on".to_owned()],
            Self::Mouse(Switch::Off) => vec!["off".to_owned()],
            Self::Assign(Some(text))
            | Self::StemNew(Some(text))
            | Self::StemRename(Some(text))
            | Self::StemMove {
                stem: Some(text), ..
            }
            | Self::StemDelete(Some(text))
            | Self::RecipeSave(Some(text))
            | Self::Snapshot {
                name: Some(text), ..
            } => vec![text.clone()],
            Self::SelectMarkers { from, to } => vec![from.clone(), to.clone()],
            Self::Cancel(Some(job))
            | Self::Pause(Some(job))
            | Self::Retry(Some(job))
            | Self::Remove(Some(job))
            | Self::JobMove { job: Some(job), .. } => vec![job.to_string()],
            Self::Connect {
                host: Some(host),
                port,
            } => {
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                let host = if host.contains(':') {
                    format!("[{host}]")
                } else {
                    host.clone()
                };
                vec![format!("{host}{port}")]
            }
            Self::Call { command, body } => std::iter::once(command.clone())
                .chain(body.clone())
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn flag_name(flag: TrackFlag, switch: Switch) -> &'static str {
    match (flag, switch) {
        (TrackFlag::Mute, Switch::Off) => "unmute",
        (TrackFlag::Mute, _) => "mute",
        (TrackFlag::Solo, Switch::Off) => "unsolo",
        // Solo safe has no action of its own.
        (TrackFlag::Solo | TrackFlag::SoloSafe, _) => "solo",
        (TrackFlag::RecordEnable, Switch::Off) => "disarm",
        (TrackFlag::RecordEnable, _) => "arm",
        (TrackFlag::InputMonitor, _) => "input",
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for argument in self
            .arguments()
            .iter()
            .filter(|argument| !argument.is_empty())
        {
            if argument.contains(char::is_whitespace) && !argument.starts_with(['{', '[']) {
                write!(f, " \"{argument}\"")?;
            } else {
                write!(f, " {argument}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        for text in [
            "up",
            "pane 3",
            "toggle-play",
            "locate",
            "locate \"Verse 2\"",
            "mute",
            "mute Kick \"OH L\"",
            "unsolo Kick",
            "input",
            "assign Drums",
            "print Drums Bass",
            "cancel 4",
            "connect mix:31416",
            "connect [::1]:31416",
            "connect",
            "call CId_GetTrackList {\"a\": 1}",
            "quit",
            "select-range",
            "sort",
            "sort name",
            "mouse",
            "mouse off",
            "theme light",
            "stem-new",
            "stem-new \"Lead Vox\"",
            "stem-rename Low",
            "stem-up",
            "stem-down Drums",
            "stem-delete Drums",
            "recipe-save",
            "recipe-save a.toml",
            "cancel-all",
            "job-up 3",
            "job-down",
            "markers",
            "select-markers \"Verse 1\" End",
            "console",
            "snapshots",
            "snapshot-store \"Night mix\"",
            "snapshot-recall",
            "open-session",
            "matrix",
            "log-level",
            "log-level warnings",
        ] {
            let action = Action::parse(text).unwrap();
            assert_eq!(action.to_string(), text);
            assert_eq!(Action::parse(&action.to_string()).unwrap(), action);
        }
    }

    #[test]
    fn every_name_is_in_the_catalogue() {
        for info in crate::action::catalogue() {
            for arguments in ["", " 1", " CId_X"] {
                if let Ok(action) = Action::parse(&format!("{}{arguments}", info.name)) {
                    assert_eq!(action.name(), info.name);
                    break;
                }
            }
        }
    }
}

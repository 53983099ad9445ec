//! Names to actions and back.

use super::{Action, ActionInfo, Group, LogLevel, Motion, SortKey, Switch};
use crate::model::text::nearest;
use crate::model::track::TrackFlag;

/// Why a text is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    #[error("there is no action '{name}'{}", .nearest.as_ref().map(|n| format!("; did you mean '{n}'?")).unwrap_or_default())]
    Unknown {
        name: String,
        nearest: Option<String>,
    },
    #[error("'{name}' takes {expected}")]
    Arguments { name: String, expected: String },
}

macro_rules! catalogue {
    ($($group:ident { $($name:literal $arguments:literal $description:literal;)* })*) => {
        /// All actions, in the order of the help page.
        pub fn catalogue() -> &'static [ActionInfo] {
            &[$($(ActionInfo {
                name: $name,
                arguments: $arguments,
                description: $description,
                group: Group::$group,
            }),*),*]
        }
    };
}

catalogue! {
    Moving {
        "up" "" "Move up";
        "down" "" "Move down";
        "left" "" "Move left, fold";
        "right" "" "Move right, unfold";
        "page-up" "" "Page up";
        "page-down" "" "Page down";
        "half-page-up" "" "Half a page up";
        "half-page-down" "" "Half a page down";
        "top" "" "To the first row";
        "bottom" "" "To the last row";
        "next-pane" "" "Next pane";
        "previous-pane" "" "Previous pane";
        "pane" "N" "Pane by number";
        "open" "" "Open: fold or unfold, details, go to the marker";
        "back" "" "One step out: input, filter, dialog, selection";
        "confirm" "" "Yes to the open question";
    }
    Transport {
        "toggle-play" "" "Play or stop";
        "play" "" "Play";
        "stop" "" "Stop";
        "record" "" "Record, after a confirmation";
        "locate" "[PLACE]" "Transport to a timecode, sample or marker; to the start without one";
        "markers" "" "List of markers: go to one, select from one to another";
        "select-markers" "FROM TO" "Set the selection from one marker to another";
    }
    Tracks {
        "select-row" "" "Select the row";
        "select-range" "" "Select a range of rows";
        "select-invert" "" "Invert the selection";
        "mute" "[TRACK…]" "Mute or unmute";
        "unmute" "TRACK…" "Unmute";
        "solo" "[TRACK…]" "Solo or unsolo";
        "unsolo" "TRACK…" "Unsolo";
        "arm" "[TRACK…]" "Record-arm or disarm";
        "disarm" "TRACK…" "Disarm";
        "input" "[TRACK…]" "Input monitoring on or off";
        "toggle-hidden" "" "Show or hide hidden tracks";
    }
    Stems {
        "assign" "[STEM]" "Assign the selection to a stem";
        "stem-new" "[NAME]" "Make a stem of the selected tracks";
        "stem-rename" "[NAME]" "Rename the stem";
        "stem-up" "[STEM]" "Move the stem up";
        "stem-down" "[STEM]" "Move the stem down";
        "stem-delete" "[STEM]" "Delete the stem; its tracks stay";
        "print" "[STEM…]" "Print stems";
        "print-all" "" "Print all planned stems";
        "recipe" "PATH" "Take the stems from a recipe file";
        "recipe-save" "[PATH]" "Write the stems into the recipe file, its comments kept";
    }
    Jobs {
        "cancel" "[JOB]" "Cancel the job";
        "pause" "[JOB]" "Pause or resume the job";
        "retry" "[JOB]" "Retry the job";
        "cancel-all" "" "Cancel every job that waits or runs";
        "job-up" "[JOB]" "Move the waiting job up";
        "job-down" "[JOB]" "Move the waiting job down";
        "remove" "[JOB]" "Take an ended job off the list; its files stay";
        "open-folder" "" "Show the job's folder in the file pane";
        "copy-path" "" "Copy the path";
    }
    Lists {
        "filter" "" "Filter the list";
        "next-match" "" "Next match, finding or worst place";
        "previous-match" "" "Previous match, finding or worst place";
        "sort" "[KEY]" "Sort the list; the same key again turns it round";
        "inspector" "" "Details of the row";
        "matrix" "" "Tracks against stems, or the track table again";
        "log-level" "[all|warnings|errors]" "What the log shows";
    }
    Session {
        "connect" "[HOST[:PORT]]" "Connect";
        "disconnect" "" "Disconnect";
        "refresh" "" "Read everything again";
        "open-session" "[PATH]" "Open a session";
        "save-session" "" "Save the session";
        "close-session" "" "Close the session without saving";
        "call" "COMMAND [JSON]" "Send any PTSL command";
        "console" "" "Type PTSL commands and read the answers";
        "snapshots" "" "List of solo and mute snapshots";
        "snapshot-store" "[NAME]" "Keep which tracks are soloed and muted";
        "snapshot-recall" "[NAME]" "Set solo and mute as they were kept";
        "snapshot-print" "[NAME]" "Print the snapshot's audible tracks as one stem";
        "snapshot-delete" "[NAME]" "Forget a snapshot";
        "rescue" "" "Put back what an interrupted bounce left changed";
    }
    Screen {
        "palette" "" "Command palette";
        "help" "" "Keys and actions";
        "undo" "" "Undo";
        "redo" "" "Redo";
        "zoom" "" "Zoom the pane";
        "last-error" "" "Show the last error with its hints";
        "mouse" "[on|off]" "Take the mouse or leave it to the terminal";
        "theme" "NAME" "Another theme until the program ends";
        "reload" "" "Read settings, keys and theme again";
        "redraw" "" "Draw everything anew";
        "suspend" "" "Suspend to the shell";
        "interrupt" "" "Step out, then quit";
        "quit" "" "Quit";
    }
}

impl Action {
    /// Reads `name argument argument …`; arguments with blanks stand in double quotes.
    pub fn parse(text: &str) -> Result<Self, ActionError> {
        let words = split_words(text);
        let Some((name, arguments)) = words.split_first() else {
            return Err(ActionError::Unknown {
                name: String::new(),
                nearest: None,
            });
        };
        Self::from_words(name, arguments)
    }

    /// The same from separate words, as the command line has them.
    pub fn from_words(name: &str, arguments: &[String]) -> Result<Self, ActionError> {
        let info = catalogue()
            .iter()
            .find(|info| info.name == name)
            .ok_or_else(|| ActionError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name, catalogue().iter().map(|info| info.name)).map(str::to_owned),
            })?;
        let wrong = || ActionError::Arguments {
            name: name.to_owned(),
            expected: if info.arguments.is_empty() {
                "no arguments".to_owned()
            } else {
                info.arguments.to_owned()
            },
        };
        if info.arguments.is_empty() && !arguments.is_empty() {
            return Err(wrong());
        }
        let first = arguments.first().cloned();
        let number = || -> Result<Option<u32>, ActionError> {
            match arguments {
                [] => Ok(None),
                [one] => one.parse().map(Some).map_err(|_| wrong()),
                _ => Err(wrong()),
            }
        };
        let flag = |flag, switch| Self::Flag {
            flag,
            tracks: arguments.to_vec(),
            switch,
        };
        let named = |which, switch| -> Result<Self, ActionError> {
            if arguments.is_empty() {
                return Err(wrong());
            }
            Ok(flag(which, switch))
        };
        let set_or_toggle = if arguments.is_empty() {
            Switch::Toggle
        } else {
            Switch::On
        };
        Ok(match name {
            "up" => Self::Move(Motion::Up),
            "down" => Self::Move(Motion::Down),
            "left" => Self::Move(Motion::Left),
            "right" => Self::Move(Motion::Right),
            "page-up" => Self::Move(Motion::PageUp),
            "page-down" => Self::Move(Motion::PageDown),
            "half-page-up" => Self::Move(Motion::HalfPageUp),
            "half-page-down" => Self::Move(Motion::HalfPageDown),
            "top" => Self::Move(Motion::Top),
            "bottom" => Self::Move(Motion::Bottom),
            "next-pane" => Self::NextPane,
            "previous-pane" => Self::PreviousPane,
            "pane" => Self::Pane(first.and_then(|n| n.parse().ok()).ok_or_else(wrong)?),
            "open" => Self::Open,
            "back" => Self::Back,
            "confirm" => Self::Confirm,
            "toggle-play" => Self::TogglePlay,
            "play" => Self::Play,
            "stop" => Self::Stop,
            "record" => Self::Record,
            "locate" => Self::Locate(arguments.join(" ")),
            "select-row" => Self::SelectRow,
            "select-range" => Self::SelectRange,
            "select-invert" => Self::SelectInvert,
            "mute" => flag(TrackFlag::Mute, set_or_toggle),
            "unmute" => named(TrackFlag::Mute, Switch::Off)?,
            "solo" => flag(TrackFlag::Solo, set_or_toggle),
            "unsolo" => named(TrackFlag::Solo, Switch::Off)?,
            "arm" => flag(TrackFlag::RecordEnable, set_or_toggle),
            "disarm" => named(TrackFlag::RecordEnable, Switch::Off)?,
            "input" => flag(TrackFlag::InputMonitor, Switch::Toggle),
            "assign" => Self::Assign((!arguments.is_empty()).then(|| arguments.join(" "))),
            "print" => Self::Print(arguments.to_vec()),
            "print-all" => Self::PrintAll,
            "cancel" => Self::Cancel(number()?),
            "pause" => Self::Pause(number()?),
            "retry" => Self::Retry(number()?),
            "remove" => Self::Remove(number()?),
            "recipe" if !arguments.is_empty() => Self::Recipe(arguments.join(" ")),
            "filter" => Self::Filter,
            "next-match" => Self::NextMatch,
            "previous-match" => Self::PreviousMatch,
            "sort" => Self::Sort(first.as_deref().map(sort_key).transpose()?),
            "mouse" => Self::Mouse(switch(first.as_deref()).ok_or_else(wrong)?),
            "theme" => Self::Theme(first.ok_or_else(wrong)?),
            "redraw" => Self::Redraw,
            "palette" => Self::Palette,
            "help" => Self::Help,
            "undo" => Self::Undo,
            "redo" => Self::Redo,
            "zoom" => Self::Zoom,
            "toggle-hidden" => Self::ToggleHidden,
            "inspector" => Self::Inspector,
            "matrix" => Self::Matrix,
            "log-level" => {
                let level = first.as_deref().map(log_level).transpose();
                Self::LogLevel(level.map_err(|()| wrong())?)
            }
            "copy-path" => Self::CopyPath,
            "open-folder" => Self::OpenFolder,
            "last-error" => Self::LastError,
            "connect" => connect(first.as_deref()).ok_or_else(wrong)?,
            "disconnect" => Self::Disconnect,
            "refresh" => Self::Refresh,
            "reload" => Self::Reload,
            "open-session" => Self::OpenSession(arguments.join(" ")),
            "save-session" => Self::SaveSession,
            "close-session" => Self::CloseSession,
            "call" => {
                let (command, body) = arguments.split_first().ok_or_else(wrong)?;
                Self::Call {
                    command: command.clone(),
                    body: (!body.is_empty()).then(|| body.join(" ")),
                }
            }
            "rescue" => Self::Rescue,
            "suspend" => Self::Suspend,
            "interrupt" => Self::Interrupt,
            "quit" => Self::Quit,
            _ => return Self::from_work(name, arguments).ok_or_else(wrong),
        })
    }
}

fn sort_key(word: &str) -> Result<SortKey, ActionError> {
    let found = SortKey::ALL.into_iter().find(|key| key.word() == word);
    found.ok_or_else(|| ActionError::Arguments {
        name: "sort".to_owned(),
        expected: format!("one of {}", SortKey::ALL.map(SortKey::word).join(", ")),
    })
}

fn log_level(word: &str) -> Result<LogLevel, ()> {
    let mut known = LogLevel::ALL.into_iter();
    known.find(|level| level.word() == word).ok_or(())
}

fn switch(word: Option<&str>) -> Option<Switch> {
    match word {
        None | Some("toggle") => Some(Switch::Toggle),
        Some("on") => Some(Switch::On),
        Some("off") => Some(Switch::Off),
        Some(_) => None,
    }
}

fn connect(place: Option<&str>) -> Option<Action> {
    let Some(place) = place else {
        return Some(Action::Connect {
            host: None,
            port: None,
        });
    };
    match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => Some(Action::Connect {
            host: Some(host.trim_matches(['[', ']']).to_owned()),
            port: Some(port.parse().ok()?),
        }),
        _ => Some(Action::Connect {
            host: Some(place.to_owned()),
            port: None,
        }),
    }
}

fn split_words(text: &str) -> Vec<String> {
    // A JSON body keeps its quotes: only a word that starts with a quote is a quoted word.
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if rest.starts_with(['{', '[']) {
            words.push(rest.trim_end().to_owned());
            break;
        }
        let (word, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"').unwrap_or((quoted, ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

//! What can go wrong with a call, each kind with what it needs. Plain values: how they are counted
//! stands in [`super::script`], what they do in the queue.

use std::path::PathBuf;
use std::time::Duration;

use crate::ptsl::wire::{CommandErrorType, CommandId};
use crate::simulator::commands;
use crate::simulator::world::tracks::Switch;

/// On which side of the carrying out something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    #[default]
    Before,
    After,
}

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody dismisses the dialog.
    Dismissed,
    After(Duration),
}

/// What becomes of a command once its dialog is dismissed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    #[default]
    CarryOut,
    /// As when a human presses Cancel.
    Cancel,
}

/// What becomes of a bounce whose name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Replace,
    KeepBoth,
    Cancel,
}

/// The dialog about a name that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameDialog {
    pub choice: Choice,
    pub end: End,
    /// Somebody's file takes the name just now.
    pub is_taken: bool,
}

/// What a human does at the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    pub switch: Switch,
    pub track: String,
    pub on: bool,
}

/// A message in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub error: CommandErrorType,
    pub message: String,
}

/// One kind of fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Answered with an error; `warning_first` puts a warning before it.
    Refuse { notice: Notice, warning_first: bool },
    /// The connection is cut.
    Drop(When),
    /// Nothing happens, for nobody, until the end.
    Hang { end: End, then: Then },
    /// Every session command is refused with PT_NoOpenedSession until the end.
    NoSession(End),
    /// As a hang, but stream and task status say WaitingForUserInput.
    Waiting { end: End, then: Then },
    /// Progress stays at 0; the end is not told before `end`.
    StuckProgress(Option<End>),
    /// Completed, and nothing was done.
    NoEffect,
    /// Completed, with warnings beside the answer.
    Warnings(Notice),
    /// Answered with a timeout or not at all, and carried out later.
    Late { after: End, is_answered: bool },
    /// A bounce breaks off for want of space and leaves a part under its name.
    DiskFull,
    /// The files land in the session's Bounced Files.
    Elsewhere,
    /// A file of that name exists: a dialog asks.
    NameExists(NameDialog),
    /// The files are this many frames longer, or shorter.
    WrongLength(i64),
    /// The files hold zeros.
    Silent,
    /// The files end in the middle of their audio.
    Truncated,
    /// Registrations, tasks and connections are gone.
    Restart {
        when: When,
        closes_session: bool,
        down: Duration,
    },
    /// The human opens another session.
    SwitchSession { when: When, path: PathBuf },
    /// The human turns a switch.
    Human { when: When, hand: Hand },
}

impl Kind {
    /// Whether it befalls audio files, and so only commands that write some.
    pub fn is_of_files(&self) -> bool {
        matches!(
            self,
            Self::DiskFull
                | Self::Elsewhere
                | Self::WrongLength(_)
                | Self::Silent
                | Self::Truncated
        )
    }

    /// Whether it can happen to GetTaskStatus, which does not go through the queue.
    pub fn is_beside_queue(&self) -> bool {
        matches!(
            self,
            Self::Refuse { .. }
                | Self::Drop(_)
                | Self::Hang { .. }
                | Self::Waiting { .. }
                | Self::Warnings(_)
        )
    }

    /// Whether it means something to this command; what is wrong otherwise.
    pub fn suits(&self, command: CommandId) -> Result<(), &'static str> {
        if self.is_of_files() && !commands::writes_audio(command) {
            return Err("it writes no audio files that this could befall");
        }
        if command == CommandId::GetTaskStatus && !self.is_beside_queue() {
            return Err("it is answered beside the queue, where this cannot happen");
        }
        Ok(())
    }
}

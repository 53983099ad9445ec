//! Long commands: which they are, and how the one that holds Pro Tools gets on.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::wire::CommandId;

/// Whether a command may hold Pro Tools for longer than an ordinary deadline.
pub fn is_long(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::ExportMix
            | CommandId::CIdBounceTrack
            | CommandId::CreateSession
            | CommandId::OpenSession
            | CommandId::SaveSession
            | CommandId::SaveSessionAs
            | CommandId::CloseSession
            | CommandId::Import
            | CommandId::ImportVideo
            | CommandId::CIdImportAudioToClipList
            | CommandId::ExportClipsAsFiles
            | CommandId::ExportSelectedTracksAsAafomf
            | CommandId::ConsolidateClip
    )
}

/// A long command that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct LongCall {
    pub command: CommandId,
    pub since: Instant,
    /// When anything was last seen to move.
    pub moved: Instant,
    /// How long it should take, where that is known.
    pub expected: Option<Duration>,
    /// Percent as told; many versions say 0 to the end.
    pub progress: u8,
    /// The server says that it waits for somebody at its screen.
    pub is_dialog: bool,
}

impl LongCall {
    /// Nothing has moved for so long that a dialog is likely.
    pub fn is_quiet(&self, now: Instant) -> bool {
        let limit = match self.expected {
            Some(expected) => expected.max(Duration::from_secs(15)),
            None => Duration::from_secs(30),
        };
        now.saturating_duration_since(self.moved) > limit
    }
}

/// Says which long command is under way as long as it lives.
pub struct Busy<'a>(&'a watch::Sender<Option<CommandId>>);

impl<'a> Busy<'a> {
    pub fn mark(busy: &'a watch::Sender<Option<CommandId>>, command: CommandId) -> Self {
        busy.send_replace(Some(command));
        Self(busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

/// Tells the long command that has its turn, as long as it lives.
pub struct Working<'a>(&'a watch::Sender<Option<LongCall>>);

impl<'a> Working<'a> {
    pub fn mark(
        work: &'a watch::Sender<Option<LongCall>>,
        command: CommandId,
        expected: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        work.send_replace(Some(LongCall {
            command,
            since: now,
            moved: now,
            expected,
            progress: 0,
            is_dialog: false,
        }));
        Self(work)
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds without a move after which a dialog is suspected.
    #[test]
    fn what_does_not_move_for_longer_than_expected_is_quiet() {
        for (expected, still_running, quiet) in [
            (None, 30, 31),
            (Some(2), 15, 16),
            (Some(15), 15, 16),
            (Some(600), 600, 601),
        ] {
            let since = Instant::now();
            let call = LongCall {
                command: CommandId::ExportMix,
                since,
                moved: since,
                expected: expected.map(Duration::from_secs),
                progress: 0,
                is_dialog: false,
            };
            let after = |seconds| since + Duration::from_secs(seconds);
            assert!(!call.is_quiet(after(still_running)), "{expected:?}");
            assert!(call.is_quiet(after(quiet)), "{expected:?}");
            let grown = LongCall {
                moved: after(quiet),
                ..call
            };
            assert!(!grown.is_quiet(after(quiet + 1)), "{expected:?}");
        }
    }
}

//! The switches of tracks, and which of our own changes come back as events.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::client::{Client, Result};
use super::wire::{CommandId, SetTrackMuteStateRequestBody};
use crate::model::track::TrackFlag;

/// Own changes whose echo is waited for, and for how long.
const MOST_ECHOES: usize = 8192;
const ECHO_TIME: Duration = Duration::from_secs(5);

/// The command that sets a switch.
pub(super) fn command(flag: TrackFlag) -> CommandId {
    match flag {
        TrackFlag::Mute => CommandId::SetTrackMuteState,
        TrackFlag::Solo => CommandId::SetTrackSoloState,
        TrackFlag::SoloSafe => CommandId::SetTrackSoloSafeState,
        TrackFlag::RecordEnable => CommandId::SetTrackRecordEnableState,
        TrackFlag::InputMonitor => CommandId::SetTrackInputMonitorState,
    }
}

/// Changes that this program has made and whose events have not come.
#[derive(Debug, Default)]
pub struct Echoes(VecDeque<(TrackFlag, String, bool, Instant)>);

impl Echoes {
    fn expect(&mut self, flag: TrackFlag, names: &[String], on: bool) {
        let until = Instant::now() + ECHO_TIME;
        for name in names {
            if self.0.len() >= MOST_ECHOES {
                self.0.pop_front();
            }
            self.0.push_back((flag, name.clone(), on, until));
        }
    }

    /// Whether an event is the echo of an own change after which a newer one was made: its state
    /// is no longer true and is not shown.
    pub fn is_outdated(&mut self, flag: TrackFlag, name: &str, on: bool) -> bool {
        let now = Instant::now();
        self.0.retain(|(_, _, _, until)| *until > now);
        let is_it = |entry: &(TrackFlag, String, bool, Instant)| entry.0 == flag && entry.1 == name;
        let Some(first) = self.0.iter().position(is_it) else {
            return false;
        };
        if self.0.get(first).is_some_and(|entry| entry.2 == on) {
            self.0.remove(first);
            return self.0.iter().any(is_it);
        }
        // A state that we did not set: somebody else's, and true.
        false
    }
}

impl Client {
    /// One call for all names. Refuses nothing by itself: check names against the track list
    /// first.
    pub async fn set_flag(&self, flag: TrackFlag, names: &[String], on: bool) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        // All five have the same two fields.
        let body = SetTrackMuteStateRequestBody {
            track_names: names.to_vec(),
            enabled: on,
        };
        self.echoes().expect(flag, names, on);
        self.ask_text(command(flag), "SetTrackMuteStateRequestBody", &body)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_echoes_that_are_overtaken_are_outdated() {
        let mut echoes = Echoes::default();
        let kick = ["Kick".to_owned()];
        let mute = TrackFlag::Mute;
        assert!(!echoes.is_outdated(mute, "Kick", true), "somebody else's");
        echoes.expect(mute, &kick, true);
        echoes.expect(mute, &kick, false);
        assert!(!echoes.is_outdated(TrackFlag::Solo, "Kick", true));
        assert!(echoes.is_outdated(mute, "Kick", true), "off is on its way");
        assert!(!echoes.is_outdated(mute, "Kick", false));
        assert!(!echoes.is_outdated(mute, "Kick", true), "somebody else's");
    }
}

//! Which faults hit which call: counts calls by command, and lets each fault come due.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ptsl::names;
use crate::ptsl::wire::CommandId;

use super::{Fault, Faults, Kind};

/// The faults of a simulator with what they have seen.
#[derive(Debug, Default)]
pub struct Script {
    faults: Faults,
    /// Matching calls that each fault has seen.
    seen: Vec<u64>,
    calls: BTreeMap<String, u64>,
}

/// What comes with one call.
#[derive(Debug, Default)]
pub struct Turn {
    pub delay: Duration,
    pub kinds: Vec<Kind>,
}

/// Calls that a fault without a command leaves alone.
fn is_handshake(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::HostReadyCheck
            | CommandId::RegisterConnection
            | CommandId::GetPtslVersion
            | CommandId::GetTaskStatus
    )
}

impl Fault {
    fn matches(&self, command: CommandId) -> bool {
        match self.command {
            Some(wanted) => wanted == command,
            None => !is_handshake(command) && self.kind.suits(command).is_ok(),
        }
    }

    /// Whether the `number`-th matching call, from 1, is hit.
    fn hits(&self, number: u64) -> bool {
        let first = u64::from(self.from);
        number >= first && (self.times == 0 || number < first + u64::from(self.times))
    }
}

impl Script {
    pub fn new(faults: Faults) -> Self {
        let mut script = Self::default();
        script.replace(faults);
        script
    }

    /// Other faults from now on, counted anew; the counts of calls go on.
    pub fn replace(&mut self, faults: Faults) {
        self.seen = vec![0; faults.faults.len()];
        self.faults = faults;
    }

    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Calls so far, by PTSL name.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.clone()
    }

    /// Counts a call; says what comes with it, in the order of the file.
    pub fn turn(&mut self, command: CommandId) -> Turn {
        *self.calls.entry(names::command_name(command)).or_default() += 1;
        let mut kinds = Vec::new();
        for (fault, seen) in self.faults.faults.iter().zip(&mut self.seen) {
            if fault.matches(command) {
                *seen += 1;
                if fault.hits(*seen) {
                    kinds.push(fault.kind.clone());
                }
            }
        }
        let fixed = Duration::from_millis(self.faults.latency_ms);
        Turn {
            delay: fixed + self.faults.latency.draw(),
            kinds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_due_by_their_own_count() {
        let text = "
            [[fault]]
            kind = 'no_effect'
            command = 'ExportMix'
            from = 2
            times = 2
            [[fault]]
            kind = 'drop'
            from = 3
            times = 0
        ";
        let mut script = Script::new(Faults::parse(text, "test").unwrap());
        let mut hit = |command| script.turn(command).kinds.len();
        let calls = [
            (CommandId::HostReadyCheck, 0),
            (CommandId::ExportMix, 0),
            (CommandId::ExportMix, 1),
            (CommandId::GetTrackList, 1),
            (CommandId::RegisterConnection, 0),
            (CommandId::ExportMix, 2),
            (CommandId::ExportMix, 1),
        ];
        for (at, (command, expected)) in calls.into_iter().enumerate() {
            assert_eq!(hit(command), expected, "call {at}");
        }
        assert_eq!(script.calls()["ExportMix"], 4);
        let silent = "[[fault]]\nkind = 'silent'";
        script.replace(Faults::parse(silent, "test").unwrap());
        let mut hit = |command| script.turn(command).kinds.len();
        assert_eq!(hit(CommandId::GetTrackList), 0, "it writes no file");
        assert_eq!(hit(CommandId::CIdBounceTrack), 1);
        script.replace(Faults::default());
        assert_eq!(script.turn(CommandId::ExportMix).kinds.len(), 0);
        assert_eq!(script.calls()["ExportMix"], 5, "calls are counted on");
    }
}

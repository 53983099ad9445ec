//! What a bounce must put back of each track, and who set it last: the job, or a human meanwhile.
//! Pure; the record around it is `lease`, the putting back `restore`.

use serde::{Deserialize, Serialize};

use crate::model::{Track, TrackFlag, TrackId};

/// The switches of one track, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Switches {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mute: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    solo: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    solo_safe: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_enable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_monitor: Option<bool>,
}

impl Switches {
    pub fn get(&self, flag: TrackFlag) -> Option<bool> {
        match flag {
            TrackFlag::Mute => self.mute,
            TrackFlag::Solo => self.solo,
            TrackFlag::SoloSafe => self.solo_safe,
            TrackFlag::RecordEnable => self.record_enable,
            TrackFlag::InputMonitor => self.input_monitor,
        }
    }

    pub fn set(&mut self, flag: TrackFlag, on: bool) {
        let slot = match flag {
            TrackFlag::Mute => &mut self.mute,
            TrackFlag::Solo => &mut self.solo,
            TrackFlag::SoloSafe => &mut self.solo_safe,
            TrackFlag::RecordEnable => &mut self.record_enable,
            TrackFlag::InputMonitor => &mut self.input_monitor,
        };
        *slot = Some(on);
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One track as it was before the job, and what became of it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackState {
    pub id: TrackId,
    pub name: String,
    pub before: Switches,
    /// What was read last after the job had changed something.
    #[serde(default, skip_serializing_if = "Switches::is_empty")]
    ours: Switches,
    /// What a human set while the job ran: it stays.
    #[serde(default, skip_serializing_if = "Switches::is_empty")]
    by_hand: Switches,
    /// The name that the job gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
}

impl From<&Track> for TrackState {
    fn from(track: &Track) -> Self {
        let mut before = Switches::default();
        for flag in TrackFlag::ALL {
            before.set(flag, track.flag(flag));
        }
        Self {
            id: track.id.clone(),
            name: track.name.clone(),
            before,
            ours: Switches::default(),
            by_hand: Switches::default(),
            renamed: None,
        }
    }
}

/// A command that was not answered: it may still be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// The switch that it sets, if it sets one.
    pub flag: Option<TrackFlag>,
    pub on: bool,
    pub names: Vec<String>,
}

impl Unanswered {
    /// Its effect is there: it set only tracks that were not so.
    pub fn is_seen(&self, present: &[Track]) -> bool {
        self.flag.is_some_and(|flag| {
            let mut named = present
                .iter()
                .filter(|t| self.names.contains(&t.name))
                .peekable();
            named.peek().is_some() && named.all(|track| track.flag(flag) == self.on)
        })
    }
}

/// Something that a human changed while a job held the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    pub name: String,
    pub flag: TrackFlag,
    pub on: bool,
}

impl TrackState {
    /// What the switch is to be when all is over.
    pub fn target(&self, flag: TrackFlag) -> Option<bool> {
        self.by_hand.get(flag).or(self.before.get(flag))
    }

    /// The value that nobody but the job has touched, as it was read last.
    fn expected(&self, flag: TrackFlag) -> Option<bool> {
        self.ours.get(flag).or(self.before.get(flag))
    }

    /// Takes a switch that is not as the job left it for a human's, which stays; whether it is one.
    pub fn observe(&mut self, track: &Track, flag: TrackFlag) -> bool {
        let now = track.flag(flag);
        if self.expected(flag).is_none_or(|expected| expected == now) {
            return false;
        }
        self.by_hand.set(flag, now);
        self.ours.set(flag, now);
        true
    }

    /// The value is as the job wants it, or came of what the job did.
    pub fn settle(&mut self, track: &Track, flag: TrackFlag) {
        self.ours.set(flag, track.flag(flag));
    }

    /// A human's value that the job had to override for a while.
    pub fn keep_value(&mut self, flag: TrackFlag, on: bool) {
        self.by_hand.set(flag, on);
    }

    /// What a human left otherwise than it was before.
    pub fn by_hand(&self) -> impl Iterator<Item = ByHand> + '_ {
        TrackFlag::ALL.into_iter().filter_map(|flag| {
            let on = self.by_hand.get(flag)?;
            (self.before.get(flag) != Some(on)).then(|| ByHand {
                name: self.name.clone(),
                flag,
                on,
            })
        })
    }
}

/// The word for a switch in a sentence: `'Bass' soloed`.
pub fn word(flag: TrackFlag, on: bool) -> &'static str {
    match (flag, on) {
        (TrackFlag::Mute, true) => "muted",
        (TrackFlag::Mute, false) => "unmuted",
        (TrackFlag::Solo, true) => "soloed",
        (TrackFlag::Solo, false) => "unsoloed",
        (TrackFlag::SoloSafe, true) => "made solo-safe",
        (TrackFlag::SoloSafe, false) => "made not solo-safe",
        (TrackFlag::RecordEnable, true) => "record-armed",
        (TrackFlag::RecordEnable, false) => "disarmed",
        (TrackFlag::InputMonitor, true) => "set to input monitoring",
        (TrackFlag::InputMonitor, false) => "taken off input monitoring",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_job_left_is_its_own_and_anything_else_is_a_humans() {
        let mut track = Track {
            name: "Bass".into(),
            ..Track::default()
        };
        let mut state = TrackState::from(&track);
        assert!(!state.observe(&track, TrackFlag::Solo));
        track.soloed = true;
        state.settle(&track, TrackFlag::Solo);
        assert!(!state.observe(&track, TrackFlag::Solo));
        assert_eq!(state.target(TrackFlag::Solo), Some(false));
        track.muted = true;
        assert!(state.observe(&track, TrackFlag::Mute));
        assert!(!state.observe(&track, TrackFlag::Mute), "known now");
        assert_eq!(state.target(TrackFlag::Mute), Some(true));
        // Unsoloed by hand, and that is how it was before: nothing is left to put back.
        track.soloed = false;
        assert!(state.observe(&track, TrackFlag::Solo));
        assert_eq!(state.target(TrackFlag::Solo), Some(false));
        let told: Vec<(TrackFlag, bool)> = state.by_hand().map(|c| (c.flag, c.on)).collect();
        assert_eq!(told, [(TrackFlag::Mute, true)]);
    }

    #[test]
    fn a_record_keeps_what_it_knows_and_no_more() {
        let mut state = TrackState::from(&Track::default());
        let text = serde_json::to_value(&state).unwrap();
        assert_eq!(text["before"]["mute"], false);
        assert!(text.get("ours").is_none() && text.get("by_hand").is_none());
        state.keep_value(TrackFlag::Mute, true);
        state.renamed = Some("x".into());
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<TrackState>(&text).unwrap(), state);
    }
}

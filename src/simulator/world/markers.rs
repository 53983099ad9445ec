//! Memory locations: markers and stored selections, by number.

use crate::model::{Marker, Range};
use crate::ptsl::wire::{
    CommandErrorType, MarkerLocation, MemoryLocationProperties, MemoryLocationReference,
    TimeProperties,
};

use super::{Failure, OpenSession, Outcome};

/// The highest number that a memory location can have.
const MOST: i32 = 32_000;
/// Characters of a name, bytes of a comment: what a session file takes.
const LONGEST_NAME: usize = 255;
const LONGEST_COMMENT: usize = 8 * 1024;

/// One memory location.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryLocation {
    pub number: i32,
    pub name: String,
    /// Session samples.
    pub start: i64,
    pub end: i64,
    pub time: TimeProperties,
    pub reference: MemoryLocationReference,
    pub general: MemoryLocationProperties,
    pub comments: String,
    pub location: MarkerLocation,
    pub track: String,
    pub color: i32,
}

impl From<Marker> for MemoryLocation {
    fn from(marker: Marker) -> Self {
        Self {
            number: marker.number,
            name: marker.name,
            start: marker.start,
            end: marker.end.unwrap_or(marker.start),
            time: if marker.end.is_some() {
                TimeProperties::TpSelection
            } else {
                TimeProperties::TpMarker
            },
            reference: if marker.follows_bars {
                MemoryLocationReference::MlrBarBeat
            } else {
                MemoryLocationReference::MlrAbsolute
            },
            general: MemoryLocationProperties::default(),
            comments: marker.comments,
            location: match (&marker.track, &marker.ruler) {
                (Some(_), _) => MarkerLocation::MlcTrack,
                (None, Some(_)) => MarkerLocation::NamedRuler,
                (None, None) => MarkerLocation::MlcMainRuler,
            },
            track: marker.track.or(marker.ruler).unwrap_or_default(),
            color: marker.color.max(1),
        }
    }
}

impl MemoryLocation {
    /// The plainer form that session folders keep.
    pub fn to_marker(&self) -> Marker {
        Marker {
            number: self.number,
            name: self.name.clone(),
            start: self.start,
            end: (self.time == TimeProperties::TpSelection).then_some(self.end),
            comments: self.comments.clone(),
            track: (self.location == MarkerLocation::MlcTrack).then(|| self.track.clone()),
            color: self.color,
            ruler: (self.location == MarkerLocation::NamedRuler).then(|| self.track.clone()),
            follows_bars: self.reference == MemoryLocationReference::MlrBarBeat,
        }
    }
}

impl OpenSession {
    fn next_number(&self) -> i32 {
        let mut number = 1;
        while self.markers.iter().any(|marker| marker.number == number) {
            number += 1;
        }
        number
    }

    fn keep(&mut self, marker: MemoryLocation) {
        let at = self
            .markers
            .partition_point(|other| other.number < marker.number);
        self.markers.insert(at, marker);
        self.changed = true;
    }

    /// Creates one; number 0 or -1 takes the next free one, a number in use is refused.
    pub fn create_marker(&mut self, mut marker: MemoryLocation) -> Outcome<()> {
        if marker.number <= 0 {
            marker.number = self.next_number();
        }
        if self.markers.iter().any(|m| m.number == marker.number) {
            return Err(Failure::invalid(format!(
                "Memory location number {} is already used.",
                marker.number
            )));
        }
        self.check_marker(&marker)?;
        if marker.name.is_empty() {
            marker.name = format!("Location {}", marker.number);
        }
        self.keep(marker);
        Ok(())
    }

    /// Replaces one, or creates it when there is none of that number.
    pub fn edit_marker(&mut self, marker: MemoryLocation) -> Outcome<()> {
        if marker.number <= 0 {
            return Err(Failure::invalid("A memory location number starts at 1."));
        }
        self.check_marker(&marker)?;
        self.markers.retain(|m| m.number != marker.number);
        self.keep(marker);
        Ok(())
    }

    fn check_marker(&self, marker: &MemoryLocation) -> Outcome<()> {
        if marker.number > MOST {
            return Err(Failure::invalid(format!(
                "Memory location numbers end at {MOST}."
            )));
        }
        if marker.name.chars().count() > LONGEST_NAME || marker.comments.len() > LONGEST_COMMENT {
            return Err(Failure::new(
                CommandErrorType::OsCharactersLimit,
                "The name or the comments are too long.",
            ));
        }
        if marker.end < marker.start {
            return Err(Failure::invalid(
                "The memory location ends before it starts.",
            ));
        }
        if marker.location == MarkerLocation::NamedRuler && marker.track.trim().is_empty() {
            return Err(Failure::invalid("The name of the ruler is missing."));
        }
        if marker.track.chars().count() > LONGEST_NAME {
            return Err(Failure::invalid("The name of the ruler is too long."));
        }
        if marker.location == MarkerLocation::MlcTrack
            && !self.strips.iter().any(|s| s.track.name == marker.track)
        {
            return Err(Failure::new(
                CommandErrorType::PtNoTrackFound,
                format!("The track '{}' was not found.", marker.track),
            ));
        }
        Ok(())
    }

    /// Removes those that are there; returns the numbers that were not.
    pub fn clear_markers(&mut self, numbers: &[i32]) -> Vec<i32> {
        let missing = numbers
            .iter()
            .copied()
            .filter(|number| !self.markers.iter().any(|m| m.number == *number))
            .collect();
        self.markers.retain(|m| !numbers.contains(&m.number));
        self.changed = true;
        missing
    }

    /// Goes to a marker, or selects what a selection memory location stores.
    pub fn recall_marker(&mut self, number: i32) -> Outcome<()> {
        let marker = self
            .markers
            .iter()
            .find(|marker| marker.number == number)
            .ok_or_else(|| Failure::invalid(format!("There is no memory location {number}.")))?;
        self.selection = match marker.time {
            TimeProperties::TpSelection => Range::new(marker.start, marker.end),
            TimeProperties::TpNone => return Ok(()),
            _ => Range::new(marker.start, marker.start),
        };
        self.transport.play_start = self.selection.start;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::world::tests::session;

    fn marker(number: i32, name: &str, start: i64) -> MemoryLocation {
        MemoryLocation::from(Marker {
            number,
            name: name.to_owned(),
            start,
            ..Marker::default()
        })
    }

    #[test]
    fn numbers_are_given_kept_and_refused() {
        let mut session = session();
        session.create_marker(marker(2, "B", 20)).unwrap();
        session.create_marker(marker(-1, "A", 10)).unwrap();
        session.create_marker(marker(0, "C", 30)).unwrap();
        let numbers: Vec<_> = session.markers.iter().map(|m| m.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert!(session.create_marker(marker(2, "again", 0)).is_err());
        assert_eq!(session.markers[1].name, "B");
        assert_eq!(session.clear_markers(&[1, 9]), [9]);
        assert_eq!(session.markers.len(), 2);
    }

    #[test]
    fn recalling_moves_the_selection() {
        let mut session = session();
        session.create_marker(marker(1, "A", 480)).unwrap();
        let mut stored = marker(2, "S", 100);
        stored.end = 900;
        stored.time = TimeProperties::TpSelection;
        session.create_marker(stored).unwrap();
        session.recall_marker(1).unwrap();
        assert_eq!(session.selection, Range::new(480, 480));
        session.recall_marker(2).unwrap();
        assert_eq!(session.selection, Range::new(100, 900));
        assert_eq!(session.transport.play_start, 100);
        assert!(session.recall_marker(7).is_err());
    }
}

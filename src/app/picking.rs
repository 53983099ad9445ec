//! Lists to pick from and the console, as data: what they show for what is typed.

use crate::app::rows::Filter;
use crate::app::state::{PrintDialog, State, TextField};
use crate::model::Marker;
use crate::model::link::{Fault, RequestId};
use crate::model::snapshot::Snapshot;

/// What is picked, and for what.
#[derive(Debug, Clone, PartialEq)]
pub enum PickOf {
    /// A marker to go to, or two for the timeline selection: the first one, as an index.
    Markers { from: Option<usize> },
    /// Two markers for the range of a print.
    Range {
        from: Option<usize>,
        dialog: Box<PrintDialog>,
    },
    /// A snapshot to be recalled.
    Snapshots,
}

/// A list with a filter that is typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    pub of: PickOf,
    pub input: TextField,
    pub row: usize,
}

/// The console: a line being typed, and how far the answers are scrolled back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Console {
    pub input: TextField,
    /// Lines above the newest that stand at the bottom.
    pub back: usize,
    /// Which command was brought back, counted from the newest.
    pub recalled: Option<usize>,
}

/// A command sent by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub request: RequestId,
    /// As it was typed.
    pub line: String,
    /// Lines of the answer, cleaned; none for one without a body. `None` while it is awaited.
    pub answer: Option<Result<Vec<String>, Fault>>,
}

impl State {
    /// The markers of the session, in its order.
    pub fn markers(&self) -> &[Marker] {
        let session = self.session.as_ref();
        session.map_or(&[], |session| &session.markers)
    }

    /// The snapshots that are known, oldest first.
    pub fn known_snapshots(&self) -> &[Snapshot] {
        self.snapshots.as_deref().unwrap_or_default()
    }

    /// What a list shows: indices into markers or snapshots.
    pub fn picks(&self, pick: &Pick) -> Vec<usize> {
        let mut filter = Filter::new(&pick.input.text);
        let names: Vec<&str> = match pick.of {
            PickOf::Snapshots => self
                .known_snapshots()
                .iter()
                .map(|snapshot| snapshot.name.as_str())
                .collect(),
            PickOf::Markers { .. } | PickOf::Range { .. } => {
                let markers = self.markers().iter();
                markers.map(|marker| marker.name.as_str()).collect()
            }
        };
        names
            .iter()
            .enumerate()
            .filter(|(_, name)| filter.as_mut().is_none_or(|f| f.score(name).is_some()))
            .map(|(index, _)| index)
            .collect()
    }
}

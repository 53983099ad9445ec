//! The actions of the work itself from words: stems, recipe, queue, markers, snapshots.

use super::{Action, SnapshotVerb};

impl Action {
    /// `None` when the arguments do not fit, or the name is none of these.
    pub(super) fn from_work(name: &str, arguments: &[String]) -> Option<Self> {
        let text = || (!arguments.is_empty()).then(|| arguments.join(" "));
        let snapshot = |verb| Self::Snapshot { verb, name: text() };
        Some(match name {
            "stem-new" => Self::StemNew(text()),
            "stem-rename" => Self::StemRename(text()),
            "stem-up" | "stem-down" => Self::StemMove {
                stem: text(),
                down: name == "stem-down",
            },
            "stem-delete" => Self::StemDelete(text()),
            "recipe-save" => Self::RecipeSave(text()),
            "cancel-all" => Self::CancelAll,
            "job-up" | "job-down" => Self::JobMove {
                job: match arguments {
                    [] => None,
                    [one] => Some(one.parse().ok()?),
                    _ => return None,
                },
                down: name == "job-down",
            },
            "markers" => Self::Markers,
            "select-markers" => match arguments {
                [from, to] => Self::SelectMarkers {
                    from: from.clone(),
                    to: to.clone(),
                },
                _ => return None,
            },
            "console" => Self::Console,
            "snapshots" => Self::Snapshots,
            "snapshot-store" => snapshot(SnapshotVerb::Store),
            "snapshot-recall" => snapshot(SnapshotVerb::Recall),
            "snapshot-print" => snapshot(SnapshotVerb::Print),
            "snapshot-delete" => snapshot(SnapshotVerb::Delete),
            _ => return None,
        })
    }
}

//! Why one try to put a session back failed, and what may be tried again.

use crate::engine::compare::Difference;
use crate::engine::states::{TrackState, word};
use crate::error::{Error, ErrorKind};
use crate::model::Track;
use crate::ptsl::error::PtslError;

/// Why one try failed.
pub(super) enum Trouble {
    Ptsl(PtslError),
    /// Pro Tools refused to change what these differ in: it is busy, or shows a dialog.
    Refused(Error),
    Final(Error),
}

impl From<PtslError> for Trouble {
    fn from(error: PtslError) -> Self {
        Self::Ptsl(error)
    }
}

pub(super) fn is_of_the_line(error: &PtslError) -> bool {
    error.is_lost() || error.is_unregistered() || matches!(error, PtslError::NotPtsl { .. })
}

pub(super) fn not_renamed(state: &TrackState, track: &Track, refusal: Option<PtslError>) -> Error {
    let why = refusal.map_or_else(
        || "it says that it did".to_owned(),
        |error| error.to_string(),
    );
    let text = format!(
        "Pro Tools would not call '{}' '{}' again: {why}",
        track.name, state.name
    );
    Error::new(ErrorKind::Refused, text).hint("Rename it by hand, then run `pt-stem rescue`")
}

pub(super) fn not_restored(wrong: &[Difference]) -> Error {
    let list: Vec<String> = wrong
        .iter()
        .take(8)
        .map(|difference| {
            format!(
                "'{}' {}",
                difference.name,
                word(difference.flag, difference.on)
            )
        })
        .collect();
    let more = match wrong.len().saturating_sub(8) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::new(
        ErrorKind::Refused,
        format!(
            "Pro Tools did not let these be put back: {}{more}",
            list.join(", ")
        ),
    )
    .hint("Set these by hand, or run `pt-stem rescue` when no dialog is open in Pro Tools")
}

/// Refused for good: neither the line nor the time ran out.
pub(super) fn is_refusal(error: &PtslError) -> bool {
    !is_of_the_line(error) && !error.is_unanswered()
}

/// No answer to the question: it is to be asked again later.
pub(super) fn is_passing(error: &PtslError) -> bool {
    is_of_the_line(error) || error.is_unanswered() || error.is_no_session() || error.is_busy()
}

//! Why a loop ends, and why it is not suspended: what the interface of the whole screen and the
//! plain one say alike.

use crate::app::State;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Job;
use crate::model::stem::EngineKind;
use crate::platform::signals::Signals;

/// The signals of this process. Errors: `Internal` when the system does not tell them.
pub(in crate::tui) fn signals() -> Result<Signals> {
    Signals::listen()
        .map_err(|error| Error::new(ErrorKind::Internal, "signals cannot be heard").because(error))
}

/// Nobody sends messages any more.
pub(in crate::tui) fn abandoned() -> Error {
    Error::new(ErrorKind::Internal, "the application has ended")
}

pub(in crate::tui) fn by_signal() -> Error {
    Error::new(ErrorKind::Interrupted, "ended by a signal")
}

pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Interrupted, "the terminal is gone")
}

pub(super) fn lost(error: std::io::Error) -> Error {
    gone().because(error)
}

/// Why the process is not to be stopped now, as a clause.
pub(in crate::tui) fn no_suspension(state: &State) -> Option<&'static str> {
    let bounces = |job: &Job| job.plan.engine == EngineKind::Bounce;
    state
        .own_work()
        .is_some_and(bounces)
        .then_some("a bounce runs; suspending would leave Pro Tools changed meanwhile")
}

//! Stopping this process as Ctrl-Z does, so that the shell takes over.

/// Why the process cannot be stopped here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuspendError {
    /// Nobody is left to continue a session leader.
    #[error("there is no shell to return to")]
    NoShell,
    #[error("this system has no job control")]
    Unsupported,
    #[error("the system refused to stop the program")]
    Refused,
}

/// Stops the process and returns when it runs again. The terminal must have been left before.
#[cfg(unix)]
pub fn suspend() -> Result<(), SuspendError> {
    use rustix::process::{Signal, getpid, getsid, kill_process};
    let own = getpid();
    if getsid(None).is_ok_and(|leader| leader == own) {
        return Err(SuspendError::NoShell);
    }
    // SIGSTOP and not SIGTSTP: that one is caught, and would come back as an event.
    kill_process(own, Signal::STOP).map_err(|_| SuspendError::Refused)
}

/// Stops the process and returns when it runs again. The terminal must have been left before.
#[cfg(not(unix))]
pub fn suspend() -> Result<(), SuspendError> {
    Err(SuspendError::Unsupported)
}

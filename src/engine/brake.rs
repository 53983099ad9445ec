//! Holding a render that runs: at its next block it waits until it may go on, or is cancelled.

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Shared by who holds and what is held. Starts released.
#[derive(Debug, Clone)]
pub struct Brake(watch::Sender<bool>);

impl Default for Brake {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Brake {
    pub fn set(&self, on: bool) {
        self.0.send_replace(on);
    }

    /// Waits in a blocking thread of the runtime while it is on and `cancel` is not.
    pub fn wait(&self, cancel: &CancellationToken) {
        let mut state = self.0.subscribe();
        let is_on = *state.borrow();
        if let Some(runtime) = Handle::try_current().ok().filter(|_| is_on) {
            runtime.block_on(async {
                tokio::select! {
                    () = cancel.cancelled() => {}
                    _ = state.wait_for(|on| !on) => {}
                }
            });
        }
    }
}

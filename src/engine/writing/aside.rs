//! What the system does and nobody can stop, in a thread of its own: a cancel does not wait for a slow
//! disk.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};

/// Time between two looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(10);

/// Work that goes on.
pub struct Aside<T> {
    outcome: Receiver<Result<T>>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Aside<T> {
    /// Begins.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<Self> {
        let (done, outcome) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("aside".into())
            .spawn(move || {
                let _ = done.send(work());
            });
        let thread = thread.map_err(|error| {
            Error::new(ErrorKind::Internal, "no thread could be started").because(error)
        })?;
        Ok(Self { outcome, thread })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Its own. Cancelled, it is not waited for any more.
    pub fn wait(self, cancel: &CancellationToken) -> Result<T> {
        loop {
            match self.outcome.recv_timeout(PATIENCE) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                    return Err(crate::engine::interrupted());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let panic = self.thread.join().err();
                    let panicked =
                        |panic: Box<dyn std::any::Any + Send>| crate::engine::panicked(&*panic);
                    return Err(panic.map_or_else(crate::engine::interrupted, panicked));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_does_not_wait_and_an_end_is_told() {
        let cancel = CancellationToken::new();
        assert_eq!(Aside::begin(|| Ok(7)).unwrap().wait(&cancel).unwrap(), 7);
        let (hold, held) = mpsc::channel::<()>();
        cancel.cancel();
        let slow = Aside::begin(move || {
            let _ = held.recv();
            Ok(())
        });
        let waited = slow.unwrap().wait(&cancel);
        assert_eq!(waited.unwrap_err().kind, ErrorKind::Interrupted);
        drop(hold);
    }

    #[test]
    fn a_panic_is_an_error() {
        let broken = Aside::<()>::begin(|| panic!("seven"));
        let error = broken.unwrap().wait(&CancellationToken::new()).unwrap_err();
        assert!(error.to_string().contains("seven"), "{error}");
    }
}

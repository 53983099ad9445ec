//! What signals do: end the interface, suspend it, and take the terminal again afterwards. A running
//! bounce is not suspended: Pro Tools would stay changed meanwhile.

use super::ends;
use super::interface::Interface;
use crate::error::Result;
use crate::platform::signals::Signal;
use crate::platform::suspend::suspend;

impl Interface {
    pub(super) fn signal(&mut self, signal: Signal) -> Result<()> {
        match signal {
            Signal::Interrupt | Signal::Terminate => self.over = Some(Err(ends::by_signal())),
            Signal::Hangup => self.hung_up(),
            Signal::Resize => self.resized(),
            Signal::Suspend => self.suspend(),
            Signal::Continue => {
                if !std::mem::take(&mut self.resumed) {
                    self.terminal.pause(|| ()).map_err(ends::lost)?;
                }
                self.pace.touch();
            }
        }
        Ok(())
    }

    pub(super) fn suspend(&mut self) {
        if let Some(reason) = ends::no_suspension(&self.state) {
            self.warn(reason);
            return;
        }
        self.end_progress();
        let mut outcome = Ok(());
        if let Err(error) = self.terminal.pause(|| outcome = suspend()) {
            self.over = Some(Err(ends::lost(error)));
            return;
        }
        self.resumed = outcome.is_ok();
        if let Err(error) = outcome {
            self.warn(&error.to_string());
        }
        self.pace.touch();
    }
}

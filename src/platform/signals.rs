//! Signals as events: what ends the program, and what suspends and continues it.

/// What the system wants of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C where the terminal is not in raw mode.
    Interrupt,
    /// Asked to end.
    Terminate,
    /// The terminal is gone.
    Hangup,
    /// Asked to stop, as by `kill -TSTP`.
    Suspend,
    /// Running again after a stop.
    Continue,
    /// The terminal has another size.
    Resize,
}

impl Signal {
    /// Whether the program should end.
    pub fn ends(self) -> bool {
        matches!(self, Self::Interrupt | Self::Terminate | Self::Hangup)
    }
}

/// All signals that concern us, one after another. Create it once, outside of any `select!`.
#[derive(Debug)]
pub struct Signals {
    inner: imp::Streams,
}

impl Signals {
    /// Starts listening; from now on these signals no longer end the process by themselves.
    pub fn listen() -> std::io::Result<Self> {
        imp::Streams::listen().map(|inner| Self { inner })
    }

    /// Waits for the next one. Safe to be cancelled.
    pub async fn next(&mut self) -> Signal {
        self.inner.next().await
    }
}

#[cfg(unix)]
mod imp {
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    use super::Signal;

    #[derive(Debug)]
    pub struct Streams {
        interrupt: Stream,
        terminate: Stream,
        hangup: Stream,
        quit: Stream,
        suspend: Stream,
        resume: Stream,
        resize: Stream,
        /// A file larger than the system allows is an error of the write then, and not our end.
        _file_size: Stream,
    }

    impl Streams {
        pub fn listen() -> std::io::Result<Self> {
            let raw = |number: i32| signal(SignalKind::from_raw(number));
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                quit: signal(SignalKind::quit())?,
                suspend: raw(rustix::process::Signal::TSTP.as_raw())?,
                resume: raw(rustix::process::Signal::CONT.as_raw())?,
                resize: signal(SignalKind::window_change())?,
                _file_size: raw(rustix::process::Signal::XFSZ.as_raw())?,
            })
        }

        pub async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
                _ = self.quit.recv() => Signal::Terminate,
                _ = self.hangup.recv() => Signal::Hangup,
                _ = self.suspend.recv() => Signal::Suspend,
                _ = self.resume.recv() => Signal::Continue,
                _ = self.resize.recv() => Signal::Resize,
            }
        }
    }
}

#[cfg(windows)]
mod imp {
    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    use super::Signal;

    #[derive(Debug)]
    pub struct Streams {
        interrupt: CtrlC,
        stop: CtrlBreak,
        close: CtrlClose,
        shutdown: CtrlShutdown,
    }

    impl Streams {
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self {
                interrupt: ctrl_c()?,
                stop: ctrl_break()?,
                close: ctrl_close()?,
                shutdown: ctrl_shutdown()?,
            })
        }

        pub async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.stop.recv() => Signal::Terminate,
                _ = self.close.recv() => Signal::Hangup,
                _ = self.shutdown.recv() => Signal::Terminate,
            }
        }
    }
}

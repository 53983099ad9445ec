//! What a supervisor is told: that we are ready, alive, stopping. systemd listens on Linux; where
//! nobody does, nothing is said.

use std::net::SocketAddr;

pub use imp::Notes;

#[cfg(target_os = "linux")]
mod imp {
    use std::time::Duration;

    use sd_notify::NotifyState;
    use tokio::time::{Instant, sleep_until};

    use super::SocketAddr;

    /// More than any job takes: systemd waits as long as we say that we are stopping.
    const MORE_TIME: Duration = Duration::from_secs(60);

    /// The line to systemd.
    #[derive(Debug)]
    pub struct Notes {
        /// How often it wants to hear from us.
        pause: Option<Duration>,
        next: Instant,
        is_stopping: bool,
    }

    impl Notes {
        /// Says that we serve.
        pub fn ready(address: SocketAddr) -> Self {
            let status = format!("serving on http://{address}");
            say(&[NotifyState::Ready, NotifyState::Status(&status)]);
            let pause = sd_notify::watchdog_enabled().map(|limit| limit / 3);
            Self {
                pause,
                next: Instant::now() + pause.unwrap_or_default(),
                is_stopping: false,
            }
        }

        /// Waits until it wants to hear from us again, if at all.
        pub async fn due(&mut self) {
            match self.pause {
                Some(pause) => {
                    sleep_until(self.next).await;
                    self.next = Instant::now() + pause;
                }
                None => std::future::pending().await,
            }
        }

        /// Says that we are well; while stopping also that it takes longer.
        pub fn alive(&self) {
            say(&[NotifyState::Watchdog]);
            if self.is_stopping {
                let more = u32::try_from(MORE_TIME.as_micros()).unwrap_or(u32::MAX);
                say(&[NotifyState::ExtendTimeoutUsec(more)]);
            }
        }

        /// Says that we end.
        pub fn stopping(&mut self) {
            say(&[NotifyState::Stopping]);
            self.is_stopping = true;
            // Without a watchdog, too, it is told that the jobs take their time.
            self.pause = Some(self.pause.unwrap_or(MORE_TIME / 4));
            self.next = Instant::now();
        }
    }

    fn say(state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::debug!(%error, "systemd was not told");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use super::SocketAddr;

    /// Nobody listens here.
    #[derive(Debug)]
    pub struct Notes;

    impl Notes {
        pub fn ready(_address: SocketAddr) -> Self {
            Self
        }

        pub async fn due(&mut self) {
            std::future::pending().await
        }

        pub fn alive(&self) {}

        pub fn stopping(&mut self) {}
    }
}

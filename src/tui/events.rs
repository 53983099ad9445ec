//! What comes from the terminal: keys, pastes, the mouse. On Unix a thread waits for the terminal
//! itself and lets crossterm read only what is there: at the end of a terminal that is gone,
//! crossterm reads nothing for ever, and nobody would hear of the hangup. Crossterm is built with
//! `use-dev-tty`: its other reader, woken by edges, leaves keys unread that come after a resize or
//! with a thousand others.

use crossterm::event::Event;

pub use imp::Events;

/// The next event; `None` when the terminal is gone.
pub type Next = Option<Event>;

#[cfg(unix)]
mod imp {
    use std::io::stdin;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    use tokio::sync::mpsc;

    use super::{Event, Next};

    /// Events on their way to the loop. A paste is one event, so few ever wait.
    const WAITING: usize = 64;
    /// How long crossterm may look for what is there. With no time at all it does not look.
    const LOOK: Duration = Duration::from_millis(20);

    /// The terminal's events, one after another.
    #[derive(Debug)]
    pub struct Events(mpsc::Receiver<Event>);

    impl Events {
        /// Starts listening; the terminal is in raw mode. Drop it to stop: the thread ends with
        /// what comes next, which it leaves unread.
        pub fn listen() -> Self {
            let (sender, receiver) = mpsc::channel(WAITING);
            std::thread::spawn(move || listen(&sender));
            Self(receiver)
        }

        /// Waits for the next event. Safe to be cancelled.
        pub async fn next(&mut self) -> Next {
            self.0.recv().await
        }
    }

    fn listen(sender: &mpsc::Sender<Event>) {
        while has_input() && !sender.is_closed() {
            while let Ok(true) = crossterm::event::poll(LOOK) {
                let Ok(event) = crossterm::event::read() else {
                    return;
                };
                if sender.blocking_send(event).is_err() {
                    return;
                }
            }
        }
    }

    /// Waits for input; `false` when the terminal is gone.
    fn has_input() -> bool {
        loop {
            let stdin = stdin();
            let mut ends = [PollFd::new(&stdin, PollFlags::IN)];
            match poll(&mut ends, None) {
                Err(Errno::INTR) => {}
                Err(_) => return false,
                Ok(_) => {
                    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
                    return ends.iter().all(|end| !end.revents().intersects(gone));
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use crossterm::event::EventStream;
    use futures_util::StreamExt;

    use super::Next;

    /// The console's events, one after another.
    pub struct Events(EventStream);

    impl Events {
        /// Starts listening.
        pub fn listen() -> Self {
            Self(EventStream::new())
        }

        /// Waits for the next event. Safe to be cancelled.
        pub async fn next(&mut self) -> Next {
            self.0.next().await?.ok()
        }
    }
}

//! Dialogs that stand open in front of nobody: what waits for them, and who dismisses them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::faults::End;

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    opened: u64,
    closed: u64,
    /// How often somebody dismissed what was open.
    dismissed: u64,
}

/// The dialogs of one Pro Tools.
#[derive(Debug, Default)]
pub struct Dialogs {
    count: watch::Sender<Count>,
    block: Mutex<Option<Block>>,
}

/// A dialog that lets no session command through.
#[derive(Debug, Clone, Copy)]
struct Block {
    dismissed: u64,
    end: Option<Instant>,
}

impl Dialogs {
    /// Opens one and waits for its end; false when `life` ended first.
    pub async fn wait(&self, end: End, life: &CancellationToken) -> bool {
        let mut count = self.count.subscribe();
        let before = count.borrow_and_update().dismissed;
        self.count.send_modify(|count| count.opened += 1);
        let dismissed = count.wait_for(|count| count.dismissed > before);
        let is_over = tokio::select! {
            biased;
            () = life.cancelled() => false,
            seen = dismissed => seen.is_ok(),
            () = timer(end) => true,
        };
        self.count.send_modify(|count| count.closed += 1);
        is_over
    }

    /// Opens one that refuses session commands until its end.
    pub fn block(&self, end: End) {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        if block.is_none() {
            self.count.send_modify(|count| count.opened += 1);
        }
        *block = Some(Block {
            dismissed: self.count.borrow().dismissed,
            end: match end {
                End::Dismissed => None,
                End::After(time) => Some(Instant::now() + time),
            },
        });
    }

    /// Whether session commands are refused now.
    pub fn is_blocked(&self) -> bool {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = *block else { return false };
        let is_over = self.count.borrow().dismissed > open.dismissed
            || open.end.is_some_and(|end| Instant::now() >= end);
        if is_over {
            *block = None;
            self.count.send_modify(|count| count.closed += 1);
        }
        !is_over
    }

    /// Closes what is open; says whether something was.
    pub fn dismiss(&self) -> bool {
        let was_open = self.is_open();
        self.count.send_modify(|count| count.dismissed += 1);
        self.is_blocked();
        was_open
    }

    pub fn is_open(&self) -> bool {
        let _ = self.is_blocked();
        let count = *self.count.borrow();
        count.opened > count.closed
    }

    /// Dialogs so far, closed ones too.
    pub fn opened(&self) -> u64 {
        self.count.borrow().opened
    }

    /// Resolves once `number` dialogs were opened since the start.
    pub async fn until_opened(&self, number: u64) {
        let mut count = self.count.subscribe();
        // The sender lives as long as `self`.
        let _ = count.wait_for(|count| count.opened >= number).await;
    }
}

async fn timer(end: End) {
    match end {
        End::Dismissed => std::future::pending().await,
        End::After(time) => sleep(time).await,
    }
}

/// Nought is no turn of the scheduler.
pub async fn sleep(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dialog_stands_until_somebody_comes() {
        let dialogs = Dialogs::default();
        let life = CancellationToken::new();
        assert!(!dialogs.dismiss(), "nothing is open");
        let (is_over, was_open) = tokio::join!(dialogs.wait(End::Dismissed, &life), async {
            dialogs.until_opened(1).await;
            dialogs.dismiss()
        });
        assert!(is_over && was_open && !dialogs.is_open());
        let (is_over, ()) = tokio::join!(dialogs.wait(End::Dismissed, &life), async {
            dialogs.until_opened(2).await;
            life.cancel();
        });
        assert!(!is_over && !dialogs.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_block_ends_by_hand_or_by_itself() {
        let dialogs = Dialogs::default();
        dialogs.block(End::Dismissed);
        assert!(dialogs.is_blocked());
        assert!(dialogs.dismiss());
        assert!(!dialogs.is_blocked());
        dialogs.block(End::After(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_millis(999)).await;
        assert!(dialogs.is_blocked());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!dialogs.is_blocked());
        assert_eq!(dialogs.opened(), 2);
    }
}

//! Changes that are made sure of: sent, read back, and sent again only when reading back shows
//! that they did not take. What cannot be settled is an error that says so.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::client::{Client, Result};
use super::error::PtslError;
use super::tracks::TrackCache;
use crate::model::Range;
use crate::model::track::TrackFlag;

/// Copies of a command that are sent at most.
const MOST: u32 = 3;
/// Looks at a change that was answered as done and does not show.
const LOOKS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// A change that is in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ensured {
    /// How often the command was sent.
    pub sent: u32,
    /// Of these, those that got no answer: Pro Tools may still carry them out, when a dialog is
    /// dismissed for example. Look again before anything relies on the state.
    pub strays: u32,
}

impl Client {
    /// Sets a switch on all named tracks and makes sure of it, for `patience` at most.
    ///
    /// # Errors
    /// [`PtslError::Unsettled`] when it is unknown whether it was or will be done;
    /// [`PtslError::NoEffect`] when Pro Tools says done and it is not.
    pub async fn ensure_flag(
        &self,
        flag: TrackFlag,
        names: &[String],
        on: bool,
        patience: Duration,
    ) -> Result<Ensured> {
        if names.is_empty() {
            return Ok(Ensured::default());
        }
        let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
        let is_set = || async {
            let mut cache = TrackCache::default();
            self.refresh_tracks(&mut cache).await?;
            let mut found = cache
                .iter()
                .filter(|track| wanted.contains(track.name.as_str()));
            Ok(found.all(|track| track.flag(flag) == on))
        };
        self.ensure(
            super::flags::command_name(flag),
            patience,
            || self.set_flag(flag, names, on),
            is_set,
        )
        .await
    }

    /// Sets the timeline selection and makes sure of it.
    ///
    /// # Errors
    /// As [`Client::ensure_flag`].
    pub async fn ensure_timeline(
        &self,
        play_start: Option<i64>,
        range: Range,
        patience: Duration,
    ) -> Result<Ensured> {
        self.ensure(
            "SetTimelineSelection",
            patience,
            || self.set_timeline(play_start, range),
            || async { Ok(self.timeline().await?.1 == range) },
        )
        .await
    }

    /// Sends a command until `is_done` reads back that it took. `send` is repeated only after a
    /// reading that says no.
    ///
    /// # Errors
    /// As [`Client::ensure_flag`], and what `send` is refused with.
    pub async fn ensure<S, C>(
        &self,
        command: &str,
        patience: Duration,
        send: impl Fn() -> S,
        is_done: impl Fn() -> C,
    ) -> Result<Ensured>
    where
        S: Future<Output = Result<()>>,
        C: Future<Output = Result<bool>>,
    {
        let end = Instant::now() + patience;
        let mut done = Ensured::default();
        let mut last: Option<PtslError> = None;
        while done.sent < MOST {
            done.sent += 1;
            let sent = send().await;
            let was_answered = sent.is_ok();
            match sent {
                Ok(()) => {}
                Err(error) if error.may_still_happen() => {
                    done.strays += 1;
                    last = Some(error);
                }
                Err(error) if done.strays == 0 => return Err(error),
                Err(error) => last = Some(error),
            }
            match look(&is_done, was_answered, end).await {
                Ok(true) => return Ok(done),
                Ok(false) => {}
                Err(error) if done.strays == 0 && !error.may_still_happen() => return Err(error),
                Err(error) => return Err(unsettled(command, &error)),
            }
            if Instant::now() >= end {
                break;
            }
        }
        match last {
            Some(error) => Err(unsettled(command, &error)),
            None => Err(PtslError::NoEffect {
                command: command.to_owned(),
            }),
        }
    }
}

/// Reads back; a change that was answered may take a moment to show, and a connection that was
/// lost a moment to come back.
async fn look<C>(is_done: impl Fn() -> C, was_answered: bool, end: Instant) -> Result<bool>
where
    C: Future<Output = Result<bool>>,
{
    let mut pause = FIRST_PAUSE;
    let mut looks = 0;
    loop {
        let seen = is_done().await;
        looks += 1;
        match seen {
            Ok(true) => return Ok(true),
            Ok(false) if !was_answered || looks >= LOOKS => return Ok(false),
            Err(error) if !error.may_still_happen() || Instant::now() + pause >= end => {
                return Err(error);
            }
            Ok(false) | Err(_) => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

fn unsettled(command: &str, error: &PtslError) -> PtslError {
    PtslError::Unsettled {
        command: command.to_owned(),
        reason: error.to_string(),
    }
}

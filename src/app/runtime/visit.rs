//! A short visit to an instance that runs jobs: its queue as it is at this moment, and one wish to
//! its runner.

use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::guest::greet;
use super::instance::{self, Instance};
use super::line::{HostLine, Line};
use crate::app::wire::{Ask, News};
use crate::error::{Error, ErrorKind, Result};
use crate::jobs::queue::JobCommand;
use crate::model::link::RequestId;
use crate::model::{Job, JobEvent, JobId};

/// How long an instance may take to tell its jobs.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long its runner may take to answer: it may be putting the session back.
const RUNNER: Duration = Duration::from_secs(10);
/// The only wish of a visit.
const WISH: RequestId = RequestId(1);

/// An instance that was found and answers.
#[derive(Debug)]
pub struct Visit {
    line: Line,
    /// Those that it runs itself, oldest first.
    pub jobs: Vec<Job>,
}

/// Looks in at every instance of this state folder; those that do not answer soon are left out.
pub async fn visits(state_dir: &Path) -> Vec<Visit> {
    let instances = instance::all(state_dir);
    let visits = instances.iter().map(|instance| async move {
        let visited = timeout(PATIENCE, Visit::begin(instance)).await;
        let visited = visited.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        visited
            .inspect_err(|error| tracing::debug!(%error, pid = instance.pid, "no answer"))
            .ok()
    });
    join_all(visits).await.into_iter().flatten().collect()
}

impl Visit {
    async fn begin(instance: &Instance) -> io::Result<Self> {
        let (mut line, _) = greet(instance).await?;
        loop {
            if let JobEvent::Restored(mut jobs) = event(&mut line).await? {
                jobs.retain(|job| !job.elsewhere);
                return Ok(Self { line, jobs });
            }
        }
    }

    /// Wants something of its runner, and waits for what comes of it.
    pub async fn order(mut self, command: JobCommand) -> Result<JobId> {
        let ask = Ask::Job { ask: WISH, command };
        let answer = async {
            self.line.send(&ask).await?;
            loop {
                if let JobEvent::Answer { ask: WISH, outcome } = event(&mut self.line).await? {
                    return io::Result::Ok(outcome);
                }
            }
        };
        let silent = || {
            Error::new(
                ErrorKind::Job,
                "the pt-stem that runs the job did not answer",
            )
            .hint("pt-stem jobs tells whether it happened all the same")
        };
        match timeout(RUNNER, answer).await {
            Ok(Ok(outcome)) => outcome.map_err(Error::from),
            Ok(Err(error)) => Err(silent().because(error)),
            Err(_) => Err(silent()),
        }
    }
}

/// The next word about jobs.
async fn event(line: &mut Line) -> io::Result<JobEvent> {
    loop {
        match line.next::<HostLine>().await? {
            Some(HostLine::News(news)) => {
                if let News::Job(event) = *news {
                    return Ok(event);
                }
            }
            Some(HostLine::Called(_) | HostLine::Alive) => {}
            Some(HostLine::Bye(reason)) => return Err(io::Error::other(reason)),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

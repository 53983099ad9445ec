//! The application put together for one command: the embedded simulator where it is wanted, the
//! `App` on top of it, and an orderly end whatever happens.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::action::Action;
use crate::app::Effect;
use crate::app::runtime::{App, Opened, RuntimeOptions, Sharing};
use crate::app::state::{Mode, State};
use crate::cli::args::Global;
use crate::cli::output;
use crate::cli::run::simulate;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::PlanKind;
use crate::model::{Job, JobId, Now, Plan};
use crate::plan::{Overrides, Source};
use crate::platform::places::Places;
use crate::simulator::Simulator;

/// How far a command needs the connection to be before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Whatever there is.
    Nothing,
    /// A server that answers.
    Server,
    /// A session, read whole.
    Session,
}

/// What every command is given.
#[derive(Clone)]
pub struct Setting {
    pub global: Global,
    pub config: Arc<Config>,
    pub places: Places,
    /// What the settings left aside, for the log.
    pub notes: Vec<String>,
    /// Cancelled by Ctrl-C, SIGTERM and SIGHUP.
    pub stop: CancellationToken,
    /// The same, where jobs may come to their end after the first signal: cancelled by the second.
    pub hurry: CancellationToken,
}

impl Setting {
    /// Against what the program runs.
    pub fn mode(&self) -> Mode {
        match (&self.global.demo, &self.global.open) {
            (Some(name), _) => Mode::Demo(name.clone()),
            (None, Some(path)) => Mode::Open(path.clone()),
            (None, None) => Mode::Live,
        }
    }
}

/// A running application with its simulator, if it has one.
pub struct Desk {
    app: App,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    simulator: Option<(Simulator, CancellationToken)>,
    /// Until then a server that hangs is waited for, in all.
    patience: Instant,
    json: bool,
}

/// The simulator of `--demo` and `--open`, and the options of an application on top of it.
pub async fn prepare(
    setting: &Setting,
) -> Result<(RuntimeOptions, Option<(Simulator, CancellationToken)>)> {
    let prepared = setting.stop.run_until_cancelled(put_together(setting));
    let interrupted = || Error::new(ErrorKind::Interrupted, "Interrupted");
    prepared.await.unwrap_or_else(|| Err(interrupted()))
}

async fn put_together(
    setting: &Setting,
) -> Result<(RuntimeOptions, Option<(Simulator, CancellationToken)>)> {
    let mode = setting.mode();
    let mut options = RuntimeOptions::new(
        Arc::clone(&setting.config),
        mode.clone(),
        setting.places.state.clone(),
    );
    if !mode.is_simulated() {
        return Ok((options, None));
    }
    let end = CancellationToken::new();
    let simulator = simulate::embedded(&setting.global, &setting.places, end.clone()).await?;
    let address = simulator
        .addresses()
        .first()
        .copied()
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the simulator listens nowhere"))?;
    options.host = address.ip().to_string();
    options.port = address.port();
    if let Some(opened) = opened(&simulator) {
        options.opened = Arc::new(OnceLock::from(opened));
    }
    Ok((options, Some((simulator, end))))
}

/// What the application should know of the session that the simulator opened.
pub fn opened(simulator: &Simulator) -> Option<Opened> {
    simulator.session().map(|session| Opened {
        path: session.path.clone(),
        findings: simulator.findings().to_vec(),
    })
}

impl Desk {
    /// Starts everything and waits as far as the command needs.
    pub async fn open(setting: &Setting, need: Need, with_jobs: bool) -> Result<Self> {
        let (mut options, simulator) = prepare(setting).await?;
        options.with_jobs = with_jobs;
        if !with_jobs && options.sharing == Sharing::Host {
            options.sharing = Sharing::Join;
        }
        options.recipe = None;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        options.clock = Arc::clone(&clock);
        let timeout = timeout(&setting.config);
        let mut desk = Self {
            app: App::start(options)?,
            clock,
            stop: setting.stop.clone(),
            simulator,
            patience: Instant::now() + timeout,
            json: setting.global.json,
        };
        let limit = timeout.saturating_mul(3);
        let stop = desk.stop.clone();
        let outcome = match need {
            Need::Nothing => Ok(()),
            Need::Server => desk.app.connected(Some(timeout), &stop).await,
            Need::Session => desk.app.ready(Some(limit), &stop).await,
        };
        match outcome {
            Ok(()) => Ok(desk),
            Err(error) => {
                desk.close().await;
                Err(error)
            }
        }
    }

    pub fn state(&self) -> &State {
        &self.app.state
    }

    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Waits for the next change of the state.
    pub async fn next(&mut self) -> Result<()> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Error::new(ErrorKind::Interrupted, "Interrupted")),
            count = self.app.next() => match count {
                0 => Err(Error::new(ErrorKind::Internal, "the application has ended")),
                _ => Ok(()),
            },
        }
    }

    /// Carries an action out and waits for Pro Tools' answer.
    pub async fn act(&mut self, action: Action) -> Result<Vec<Effect>> {
        let stop = self.stop.clone();
        self.app.dispatch(action, &stop).await
    }

    /// Waits until the state is as wanted, as long as three ordinary calls may take.
    pub async fn wait(&mut self, what: &str, is_so: impl FnMut(&State) -> bool) -> Result<()> {
        let limit = timeout(&self.app.state.config).saturating_mul(3);
        self.wait_within(limit, what, is_so).await
    }

    /// The same, until the time that one ordinary call may take has passed since the desk was opened.
    pub async fn wait_once(&mut self, what: &str, is_so: impl FnMut(&State) -> bool) -> Result<()> {
        let limit = self.patience.saturating_duration_since(Instant::now());
        self.wait_within(limit, what, is_so).await
    }

    async fn wait_within(
        &mut self,
        limit: Duration,
        what: &str,
        is_so: impl FnMut(&State) -> bool,
    ) -> Result<()> {
        let stop = self.stop.clone();
        let waited = self.app.wait_until(Some(limit), &stop, is_so).await;
        waited.map_err(|error| match error.kind {
            ErrorKind::Late => Error::new(ErrorKind::Refused, format!("Waited in vain for {what}"))
                .hint("Pro Tools took the command but shows no effect; it may be showing a dialog"),
            _ => error,
        })
    }

    /// Makes a plan for the open session.
    pub async fn plan(
        &mut self,
        source: &Source,
        overrides: Overrides,
        kind: PlanKind,
    ) -> Result<Plan> {
        let stop = self.stop.clone();
        self.app.plan(source, overrides, kind, &stop).await
    }

    /// Queues a plan.
    pub async fn submit(&mut self, plan: Plan, title: String) -> Result<JobId> {
        let stop = self.stop.clone();
        self.app.submit(plan, title, &stop).await
    }

    /// Follows a job to its end. When the program is told to stop, the job is cancelled, and the
    /// end is still waited for: the session must be put back first. `show` is given the job after every
    /// change, and again after the time that it returns.
    pub async fn follow(
        &mut self,
        id: JobId,
        mut show: impl FnMut(&Job) -> Option<Duration>,
    ) -> Result<Job> {
        let stop = self.stop.clone();
        let mut cancelled = false;
        loop {
            let mut again = None;
            if let Some(job) = self.app.state.jobs.get(id) {
                again = show(job);
                if job.state.is_over() {
                    return Ok(job.clone());
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if !cancelled => {
                    cancelled = true;
                    output::say("pt-stem: cancelling, and putting the session back …\n");
                    self.app.cancel(id);
                }
                count = self.app.next() => if count == 0 {
                    return Err(Error::new(ErrorKind::Internal, "the application has ended"));
                },
                () = tokio::time::sleep(again.unwrap_or_default()), if again.is_some() => {}
            }
        }
    }

    /// Ends in order: the session is put back, then the simulator stops.
    pub async fn close(self) {
        for fault in self.app.end().await {
            output::warn(&fault, self.json);
        }
        if let Some((simulator, end)) = self.simulator {
            end.cancel();
            simulator.closed().await;
        }
    }
}

fn timeout(config: &Config) -> Duration {
    Duration::try_from_secs_f64(config.connection.timeout_s).unwrap_or(Duration::from_secs(10))
}

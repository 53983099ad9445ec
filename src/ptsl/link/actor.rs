//! The life of the link: offline, connecting, connected, waiting for the next try.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::sync::watch;
use tokio::time::Instant;

use super::LinkOptions;
use super::desk::{Desk, Exit, Trouble};
use super::ears::{Ears, Heard};
use super::requests;
use super::seen::{Busy, Seen};
use super::working::{self, Told};
use crate::error::{Error, ErrorKind};
use crate::model::link::Fault;
use crate::model::{LinkEvent, LinkPhase, Transport, TransportState};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;
use crate::telemetry::calls::Calls;

/// How a connection ended.
enum End {
    Exit(Exit),
    Lost(PtslError),
    /// The server no longer knows us: it was restarted.
    Unregistered(PtslError),
}

/// 1, 2, 4, 8, 15, 15 … seconds, each up to a tenth longer so that several instances spread.
struct Backoff(Box<dyn Iterator<Item = Duration> + Send>);

impl Backoff {
    fn new() -> Self {
        let builder = ExponentialBuilder::default()
            .with_min_delay(Duration::from_secs(1))
            .with_max_delay(Duration::from_secs(15))
            .with_factor(2.0)
            .without_max_times();
        Self(Box::new(builder.build()))
    }

    fn next(&mut self) -> Duration {
        let delay = self.0.next().unwrap_or(Duration::from_secs(15));
        let random = RandomState::new().build_hasher().finish() % 100;
        delay + delay.mul_f64(f64::from(u32::try_from(random).unwrap_or(0)) / 1000.0)
    }
}

/// Runs until it is cancelled or nobody listens.
pub async fn run(
    mut options: LinkOptions,
    calls: Calls,
    mut desk: Desk,
    client: watch::Sender<Option<Client>>,
) {
    let mut is_wanted = options.autoconnect;
    let mut backoff = Backoff::new();
    loop {
        let exit = if is_wanted {
            match live(&options, &calls, &mut desk, &client, &mut backoff).await {
                Ok(never) => match never {},
                Err(exit) => exit,
            }
        } else {
            desk.idle().await
        };
        client.send_replace(None);
        let closed = desk.close().await;
        match exit {
            Exit::Stop => return,
            _ if closed.is_err() => return,
            Exit::Disconnect => {
                is_wanted = false;
                if desk.enter(LinkPhase::Offline).await.is_err() {
                    return;
                }
            }
            Exit::Connect => {
                is_wanted = true;
                backoff = Backoff::new();
                let (host, port) = std::mem::take(&mut desk.wanted);
                options.host = host.unwrap_or(options.host);
                options.port = port.unwrap_or(options.port);
            }
        }
    }
}

/// Connects and serves, again and again.
async fn live(
    options: &LinkOptions,
    calls: &Calls,
    desk: &mut Desk,
    current: &watch::Sender<Option<Client>>,
    backoff: &mut Backoff,
) -> Result<std::convert::Infallible, Exit> {
    let mut is_first_loss = true;
    loop {
        desk.enter(LinkPhase::Connecting).await?;
        let (host, port) = (&options.host, options.port);
        let connecting = Client::counted(host, port, options.timeout, calls.clone());
        let error = match desk.attend(connecting).await? {
            Err(error) => error,
            Ok(client) => {
                desk.is_open = true;
                let mut seen = Seen::default();
                let end = serve(options, desk, current, &client, &mut seen).await;
                current.send_replace(None);
                desk.close().await?;
                if seen.has_worked() {
                    *backoff = Backoff::new();
                    is_first_loss = true;
                }
                match end {
                    End::Exit(exit) => return Err(exit),
                    End::Unregistered(_) if is_first_loss => {
                        is_first_loss = false;
                        continue;
                    }
                    End::Lost(error) | End::Unregistered(error) => error,
                }
            }
        };
        wait(desk, backoff.next(), Error::from(error).into()).await?;
    }
}

/// Waits visibly; "try now" ends it as [`Exit::Connect`].
async fn wait(desk: &mut Desk, delay: Duration, reason: Fault) -> Result<(), Exit> {
    let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(delay_ms = micros / 1000, "waiting: {}", reason.message);
    let retry_at_us = desk.now().mono_us.saturating_add(micros);
    desk.enter(LinkPhase::Waiting {
        retry_at_us,
        reason,
    })
    .await?;
    desk.attend(tokio::time::sleep(delay)).await
}

/// Serves one connection until it ends.
async fn serve(
    options: &LinkOptions,
    desk: &mut Desk,
    current: &watch::Sender<Option<Client>>,
    client: &Client,
    seen: &mut Seen,
) -> End {
    tracing::info!(
        address = client.address(),
        version = client.server().ptsl_version,
        "registered"
    );
    if let Err(exit) = desk.emit(LinkEvent::Server(client.server())).await {
        return End::Exit(exit);
    }
    current.send_replace(Some(client.clone()));
    let mut busy = client.busy();
    let mut ears = Ears::new(client);
    loop {
        if let Err(exit) = take_news(desk, client, seen, &mut ears).await {
            return End::Exit(exit);
        }
        let started = Instant::now();
        let worked = match desk.queue.pop_front() {
            Some((id, request)) => requests::carry_out(desk, client, seen, id, request).await,
            None if is_busy(&busy) => stand_aside(desk, client, seen).await,
            None => look(desk, client, seen, &mut busy, &mut ears).await,
        };
        let pause = match worked {
            Ok(()) => seen.pause(options.poll, started.elapsed()),
            Err(Trouble::Busy) => Duration::ZERO,
            Err(Trouble::Exit(exit)) => return End::Exit(exit),
            Err(Trouble::Ptsl(error @ PtslError::Timeout { .. })) => {
                tracing::warn!("{error}");
                let since_us = seen.last_answer_us();
                if let Err(exit) = desk.enter(LinkPhase::Stale { since_us }).await {
                    return End::Exit(exit);
                }
                options.poll
            }
            Err(Trouble::Ptsl(error)) if error.is_unregistered() => {
                return End::Unregistered(error);
            }
            Err(Trouble::Ptsl(
                error @ (PtslError::Unreachable { .. } | PtslError::NotPtsl { .. }),
            )) => return End::Lost(error),
            Err(Trouble::Ptsl(error)) => {
                if let Err(exit) = seen.complain(desk, error).await {
                    return End::Exit(exit);
                }
                options.poll
            }
        };
        if let Err(exit) = desk.rest(pause).await {
            return End::Exit(exit);
        }
    }
}

/// One cycle, and the events for what it found.
async fn look(
    desk: &mut Desk,
    client: &Client,
    seen: &mut Seen,
    busy: &mut Busy,
    ears: &mut Ears,
) -> Result<(), Trouble> {
    seen.cycle(desk, client, busy).await?;
    if ears.attend(desk, client, seen).await? {
        seen.expect_change();
    }
    seen.is_listening = ears.is_open();
    Ok(())
}

/// Takes the events that have come.
async fn take_news(
    desk: &mut Desk,
    client: &Client,
    seen: &mut Seen,
    ears: &mut Ears,
) -> Result<(), Exit> {
    desk.hark();
    while let Some(heard) = desk.news.pop_front() {
        match heard {
            Heard::Event(event) => {
                ears.hears();
                seen.take(desk, client, event).await?;
            }
            Heard::Lost(reason) => {
                seen.is_listening = false;
                seen.expect_change();
                ears.lose(desk, &reason);
            }
        }
    }
    if seen.is_deaf() {
        ears.lose(desk, "a change was seen that no event told");
    }
    Ok(())
}

fn is_busy(busy: &Busy) -> bool {
    busy.borrow().is_some()
}

/// While somebody else's long call holds Pro Tools nothing is polled and nothing is asked; what
/// the transport does is not known.
async fn stand_aside(desk: &mut Desk, client: &Client, seen: &mut Seen) -> Result<(), Trouble> {
    let mut busy = client.busy();
    let unknown = Transport {
        state: TransportState::Busy,
        since: None,
        ..seen.transport
    };
    seen.tell_transport(desk, unknown).await?;
    let mut lost = None;
    let mut told = Told::default();
    let work = client.work();
    while is_busy(&busy) {
        let call = work.borrow().clone();
        told.tell(desk, call).await?;
        let free = async {
            let free = busy.wait_for(Option::is_none);
            let _ = tokio::time::timeout(working::LOOK, free).await;
        };
        desk.rest_until(free).await?;
        // What it changes for its own ends is read when it is over.
        let is_lost = |heard: &Heard| matches!(heard, Heard::Lost(_));
        lost = lost.or(desk.news.drain(..).find(is_lost));
        while let Some((id, _)) = desk.queue.pop_front() {
            let fault = Error::new(
                ErrorKind::Refused,
                "Pro Tools is printing and takes nothing else until it has finished",
            )
            .hint("Wait for the end of the job, or cancel it")
            .into();
            desk.answer(id, Err(fault)).await?;
        }
        if std::mem::take(&mut desk.refresh) {
            seen.forget();
        }
    }
    told.tell(desk, None).await?;
    desk.news.extend(lost);
    seen.expect_change();
    Ok(())
}

//! `/ws`: the state and everything that happens to it, over a WebSocket. A client that does not
//! keep up, or is silent for a minute, is let go with the reason.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Service;
use super::body::Asked;
use super::feed::{Feed, Seat};
use super::guard;
use super::news::{self, TOPICS, Topics};
use super::reply::{ErrorBody, Failure};
use crate::clock::Clock;
use crate::model::text::clean;

/// Bytes of a message from a client.
const LARGEST: usize = 64 << 10;
/// How often a client is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// How long a client may say nothing at all.
const SILENCE: Duration = Duration::from_secs(60);
/// How long the reason of a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);
/// Messages that make no sense before a client is let go.
const PATIENCE: u32 = 100;

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(short))
        .routes(routes!(long))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// What to be told, with commas: connection, session, tracks, transport, jobs, open_leases, log.
    topics: Option<String>,
    /// The `seq` of the last message that came, when coming back: what was missed is told, or the
    /// whole state when that is no longer known.
    #[param(minimum = 0)]
    since: Option<u64>,
}

/// The state, and then everything that happens, over a WebSocket.
///
/// Messages are `{type, seq, data}`. The first is of type `status` with `data.state`, the whole
/// state, and `data.log`, the last lines of the log. From then on `data.patch` (RFC 6902) of every
/// `status` and `progress` is applied to it. `complete` and `error` tell that a job is over, `log`
/// tells a line of the log. An `error` without `id` answers a message of the client.
/// Clients may send `{"action": "state"}` and `{"action": "topics", "topics": […]}`; both are answered
/// by the whole state.
#[utoipa::path(get, path = "/ws", tag = "live", params(Wanted),
    responses(
        (status = 101, description = "Messages follow"),
        (status = "4XX", description = "No WebSocket, or not allowed", body = ErrorBody),
        (status = 503, description = "Too many listen", body = ErrorBody),
    ))]
async fn short(
    State(service): State<Service>,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    accept(&service, &wanted, &headers, upgrade)
}

/// The same as `/ws`.
#[utoipa::path(get, path = "/api/v1/ws", tag = "live", params(Wanted),
    responses(
        (status = 101, description = "Messages follow"),
        (status = "4XX", description = "No WebSocket, or not allowed", body = ErrorBody),
        (status = 503, description = "Too many listen", body = ErrorBody),
    ))]
async fn long(
    State(service): State<Service>,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    accept(&service, &wanted, &headers, upgrade)
}

fn accept(
    service: &Service,
    wanted: &Wanted,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    if !guard::is_ours(headers, &service.options.origins) {
        let text = "pages of this origin may not listen; [server] origins lists those that may";
        return Err(Failure::new(StatusCode::FORBIDDEN, "origin", text));
    }
    let topics = Topics::parse(wanted.topics.as_deref().unwrap_or_default())
        .map_err(|word| Failure::field("topics", no_topic(&word)))?;
    let upgrade = upgrade.map_err(|rejection| {
        Failure::new(rejection.status(), "usage", clean(&rejection.body_text()))
    })?;
    let feed = service.desk.feed();
    let seat = feed
        .listen(topics, wanted.since, service.clock.now())
        .ok_or_else(|| {
            let text = "too many listen already";
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "full", text)
        })?;
    let (feed, clock) = (feed.clone(), Arc::clone(&service.clock));
    let client = move |socket| Client {
        socket,
        seat,
        feed,
        clock,
        heard: Instant::now(),
        refused: 0,
    };
    let upgrade = upgrade.max_message_size(LARGEST).max_frame_size(LARGEST);
    let response = upgrade.on_upgrade(move |socket| client(socket).serve());
    Ok(response.into_response())
}

fn no_topic(word: &str) -> String {
    format!(
        "there is no topic {}; there are {}",
        clean(word),
        TOPICS.join(", ")
    )
}

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
enum Said {
    State,
    Topics { topics: Vec<String> },
}

/// Why a connection ends.
struct Goodbye(u16, &'static str);

const GONE: Goodbye = Goodbye(close_code::NORMAL, "goodbye");
const LATE: Goodbye = Goodbye(
    close_code::POLICY,
    "too slow: messages were waiting; connect again with since",
);
const ENDING: Goodbye = Goodbye(close_code::AWAY, "the server is ending");
const SILENT: Goodbye = Goodbye(close_code::POLICY, "nothing was heard for a minute");
const LARGE: Goodbye = Goodbye(close_code::SIZE, "the message is too large");
const SENSELESS: Goodbye = Goodbye(close_code::POLICY, "too many messages made no sense");

fn broken(error: &axum::Error) -> Goodbye {
    let cause = std::error::Error::source(error);
    match cause.and_then(|cause| cause.downcast_ref()) {
        Some(tungstenite::Error::Capacity(_)) => LARGE,
        _ => GONE,
    }
}

struct Client {
    socket: WebSocket,
    seat: Seat,
    feed: Feed,
    clock: Arc<dyn Clock>,
    heard: Instant,
    /// Messages that made no sense.
    refused: u32,
}

impl Client {
    async fn serve(mut self) {
        let Err(Goodbye(code, reason)) = self.talk().await;
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        let _ = timeout(GOODBYE, async {
            self.socket.send(Message::Close(Some(frame))).await?;
            // Until the other end has said so too: what is not read yet would take the reason along.
            while let Some(Ok(_)) = self.socket.recv().await {}
            Ok::<(), axum::Error>(())
        })
        .await;
    }

    async fn talk(&mut self) -> Result<Infallible, Goodbye> {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        loop {
            self.greet().await?;
            let message = tokio::select! {
                biased;
                () = self.seat.stop.cancelled() => return Err(ENDING),
                () = self.seat.overflow.cancelled() => return Err(LATE),
                said = self.socket.recv() => {
                    let said = said.ok_or(GONE)?.map_err(|error| broken(&error))?;
                    self.heard = Instant::now();
                    match self.answer(said)? {
                        Some(answer) => answer,
                        None => continue,
                    }
                }
                Some(news) = self.seat.news.recv() => {
                    self.seat.seq = news.seq;
                    Message::Text(news.text.clone())
                }
                _ = ping.tick() => Message::Ping(axum::body::Bytes::new()),
                () = sleep_until(self.heard + SILENCE) => return Err(SILENT),
            };
            self.send(message).await?;
        }
    }

    /// Sends what a new seat is to be told first.
    async fn greet(&mut self) -> Result<(), Goodbye> {
        for text in std::mem::take(&mut self.seat.first) {
            self.send(Message::Text(text)).await?;
        }
        Ok(())
    }

    /// Sends, as long as the client keeps up.
    async fn send(&mut self, message: Message) -> Result<(), Goodbye> {
        tokio::select! {
            biased;
            sent = self.socket.send(message) => sent.map_err(|_| GONE),
            () = self.seat.overflow.cancelled() => Err(LATE),
            () = self.seat.stop.cancelled() => Err(ENDING),
            () = sleep_until(self.heard + SILENCE) => Err(SILENT),
        }
    }

    /// What is sent in answer to a message.
    fn answer(&mut self, said: Message) -> Result<Option<Message>, Goodbye> {
        let text = match said {
            Message::Close(_) => return Err(GONE),
            Message::Ping(_) | Message::Pong(_) => return Ok(None),
            Message::Text(text) => text,
            Message::Binary(_) => return self.refuse("messages are text").map(Some),
        };
        let topics = match serde_json::from_str::<Said>(&text) {
            Ok(Said::State) => self.seat.topics,
            Ok(Said::Topics { topics }) => match Topics::parse(&topics.join(",")) {
                Ok(topics) => topics,
                Err(word) => return self.refuse(&no_topic(&word)).map(Some),
            },
            Err(error) => return self.refuse(&clean(&error.to_string())).map(Some),
        };
        let changed = self.feed.change(&mut self.seat, topics, self.clock.now());
        changed.map(|()| None).ok_or(LATE)
    }

    fn refuse(&mut self, text: &str) -> Result<Message, Goodbye> {
        self.refused += 1;
        if self.refused > PATIENCE {
            return Err(SENSELESS);
        }
        let data: Value = json!({
            "message": text,
            "error_code": "usage",
            "details": { "actions": ["state", "topics"] },
        });
        let text = news::message("error", self.seat.seq, &data);
        Ok(Message::Text(text))
    }
}

//! `/api/v1/connection`: connect, disconnect, status.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::action::Action;
use crate::app::runtime::App;
use crate::error::{Error, Result};
use crate::model::LinkPhase;
use crate::server::Service;
use crate::server::body::Body;
use crate::server::reply::{Done, ErrorBody, Failure, Reply};

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(connect))
        .routes(routes!(disconnect))
        .routes(routes!(status))
}

/// Where Pro Tools listens; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct Connect {
    #[schema(example = "localhost")]
    host: Option<String>,
    #[schema(minimum = 1, maximum = 65535, example = 31416)]
    port: Option<u16>,
    /// Seconds to wait for an answer, 0.1 to 120.
    #[schema(minimum = 0.1, maximum = 120)]
    timeout: Option<f64>,
}

/// Connects, to another address if one is given.
#[utoipa::path(post, path = "/api/v1/connection/connect", tag = "connection", request_body = Option<Connect>,
    responses(
        (status = 200, description = "Connected", body = Done),
        (status = "4XX", description = "The request makes no sense", body = ErrorBody),
        (status = 503, description = "Nobody answers there", body = ErrorBody),
    ))]
async fn connect(State(service): State<Service>, Body(body): Body<Connect>) -> Reply<Done> {
    let seconds = body.timeout.unwrap_or(service.timeout.as_secs_f64());
    if !(0.1..=120.0).contains(&seconds) {
        return Err(Failure::field("timeout", "timeout is 0.1 to 120 seconds"));
    }
    if body.port == Some(0) {
        return Err(Failure::field("port", "port is 1 to 65535"));
    }
    let limit = Duration::from_secs_f64(seconds);
    let action = Action::Connect {
        host: body.host.filter(|host| !host.trim().is_empty()),
        port: body.port,
    };
    let address = service
        .desk
        .follow(
            limit,
            move |app| {
                let before = app.state.link.phase.clone();
                app.begin(action).map(|_| (before, false))
            },
            |app, (before, has_begun)| connected(app, before, has_begun),
        )
        .await?;
    tracing::info!(address, "connected over HTTP");
    Ok(Done::json(format!("connected to {address}")))
}

/// Whether it stands, once it has left the phase that it was in.
fn connected(app: &App, before: &LinkPhase, has_begun: &mut bool) -> Option<Result<String>> {
    let phase = &app.state.link.phase;
    *has_begun |= phase != before;
    match phase {
        LinkPhase::Linked | LinkPhase::NoSession { .. } | LinkPhase::Blocked { .. } => {
            Some(Ok(app.state.link.address.clone()))
        }
        LinkPhase::Waiting { reason, .. } if *has_begun => {
            let error = Error::new(reason.kind, reason.message.clone());
            Some(Err(reason.hints.iter().fold(error, |e, hint| e.hint(hint))))
        }
        _ => None,
    }
}

/// Cuts the connection; nothing tries again until `connect`.
#[utoipa::path(post, path = "/api/v1/connection/disconnect", tag = "connection",
    responses(
        (status = 200, description = "Disconnected", body = Done),
        (status = "4XX", description = "Refused", body = ErrorBody),
        (status = 503, description = "The connection belongs to another process", body = ErrorBody),
    ))]
async fn disconnect(State(service): State<Service>) -> Reply<Done> {
    service
        .desk
        .follow(
            service.timeout,
            |app| app.begin(Action::Disconnect).map(|_| ()),
            |app, ()| match app.state.link.phase {
                LinkPhase::Offline => Some(Ok(())),
                _ => None,
            },
        )
        .await?;
    Ok(Done::json("disconnected"))
}

/// The connection to Pro Tools.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    pub connected: bool,
    pub host: String,
    pub port: u16,
    /// RFC 3339; null when it never stood.
    pub last_connected: Option<String>,
    /// `offline`, `connecting`, `waiting`, `no_session`, `linked`, `stale`, `blocked`.
    pub state: String,
    /// Empty until it is known.
    pub ptsl_version: String,
    pub is_simulated: bool,
}

/// Where the connection stands.
#[utoipa::path(get, path = "/api/v1/connection/status", tag = "connection",
    responses((status = 200, description = "Connection", body = Status)))]
async fn status(State(service): State<Service>) -> Json<Status> {
    let shown = service.desk.shown();
    let text = |name: &str| {
        let value = shown.connection.get(name).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    };
    let address = text("address");
    let (host, port) = address.rsplit_once(':').unwrap_or((&address, "0"));
    Json(Status {
        connected: shown.is_connected(),
        host: host.to_owned(),
        port: port.parse().unwrap_or_default(),
        last_connected: service.last_connected(),
        state: text("state"),
        ptsl_version: text("ptsl_version"),
        is_simulated: shown
            .connection
            .get("is_simulated")
            .is_some_and(|v| *v == true),
    })
}

//! `/api/v1/transport`: play, stop, record, status.

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::action::Action;
use crate::model::TransportState;
use crate::server::Service;
use crate::server::reply::{Done, Failure, NoSession, Reply, Undone};
use crate::server::schema::TransportBody;

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(play))
        .routes(routes!(stop))
        .routes(routes!(record))
        .routes(routes!(status))
}

/// Carries the action out, and waits until the transport is seen to do it.
async fn turn(
    service: &Service,
    action: Action,
    message: &str,
    is_so: fn(TransportState) -> bool,
) -> Reply<Done> {
    service.ready()?;
    service
        .desk
        .follow(
            service.timeout,
            move |app| app.begin(action),
            move |app, begun| match app.outcome(begun) {
                None => None,
                Some(Err(error)) => Some(Err(error)),
                Some(Ok(_)) => {
                    let session = app.state.session.as_ref();
                    let state = session.map(|session| session.transport.state);
                    state.is_none_or(is_so).then_some(Ok(()))
                }
            },
        )
        .await?;
    Ok(Done::json(message))
}

/// Starts playing.
#[utoipa::path(post, path = "/api/v1/transport/play", tag = "transport",
    responses(
        (status = 200, description = "It plays", body = Done),
        Undone,
    ))]
async fn play(State(service): State<Service>) -> Reply<Done> {
    turn(&service, Action::Play, "playing", |state| {
        state != TransportState::Stopped
    })
    .await
}

/// Stops; a stopped transport is no error.
#[utoipa::path(post, path = "/api/v1/transport/stop", tag = "transport",
    responses(
        (status = 200, description = "It stands", body = Done),
        Undone,
    ))]
async fn stop(State(service): State<Service>) -> Reply<Done> {
    turn(&service, Action::Stop, "stopped", |state| {
        state == TransportState::Stopped
    })
    .await
}

/// Starts recording on the armed tracks.
#[utoipa::path(post, path = "/api/v1/transport/record", tag = "transport",
    responses(
        (status = 200, description = "It records", body = Done),
        Undone,
    ))]
async fn record(State(service): State<Service>) -> Reply<Done> {
    turn(&service, Action::Record, "recording", |state| {
        state == TransportState::Recording
    })
    .await
}

/// State and position; while it plays the position is an estimate.
#[utoipa::path(get, path = "/api/v1/transport/status", tag = "transport",
    responses(
        (status = 200, description = "Transport", body = TransportBody),
        NoSession,
    ))]
async fn status(State(service): State<Service>) -> Reply<Value> {
    service.ready()?;
    let shown = service.desk.shown();
    let value = shown.transport_at(service.clock.now());
    value.map(Json).ok_or_else(Failure::no_session)
}

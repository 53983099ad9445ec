//! `/api/v1/session/info` and `/api/v1/tracks`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::Service;
use crate::server::reply::{Failure, NoSession, Reply, envelope};
use crate::server::schema::{SessionBody, TracksBody};

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(info))
        .routes(routes!(tracks))
}

/// The open session.
#[utoipa::path(get, path = "/api/v1/session/info", tag = "session",
    responses(
        (status = 200, description = "Session", body = SessionBody),
        NoSession,
    ))]
async fn info(State(service): State<Service>) -> Reply<Value> {
    service.ready()?;
    let shown = service.desk.shown();
    match &*shown.session {
        Value::Null => Err(Failure::no_session()),
        session => Ok(Json(session.clone())),
    }
}

/// All tracks, in the order of the session.
#[utoipa::path(get, path = "/api/v1/tracks", tag = "session",
    responses(
        (status = 200, description = "Tracks", body = TracksBody),
        NoSession,
    ))]
async fn tracks(State(service): State<Service>) -> Reply<Value> {
    service.ready()?;
    let shown = service.desk.shown();
    let count = shown.tracks.as_array().map_or(0, Vec::len);
    let message = format!("{count} tracks");
    let fields = json!({ "tracks": &*shown.tracks, "total_count": count });
    Ok(Json(envelope(message, fields)))
}

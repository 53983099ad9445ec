//! Who we are, and whether we are well: `/`, `/health`, `/api/v1/system/health`, `/redoc`.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::Redirect;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::Service;
use crate::server::reply::{ErrorBody, Failure, Reply, timestamp};

/// How long the application may take to answer a visitor.
const SOON: Duration = Duration::from_secs(1);

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(health))
        .routes(routes!(system))
        .routes(routes!(redoc))
}

/// Who answers here.
#[derive(Debug, Serialize, ToSchema)]
struct Home {
    #[schema(example = "pt-stem")]
    name: String,
    version: String,
    description: String,
    /// Swagger UI.
    docs: String,
    openapi: String,
    /// A page to watch.
    ui: String,
    websocket: String,
    health: String,
    metrics: String,
}

/// Name, version, and where to go on.
#[utoipa::path(get, path = "/", tag = "system",
    responses((status = 200, description = "This program", body = Home)))]
async fn home() -> Json<Home> {
    let at = |path: &str| path.to_owned();
    Json(Home {
        name: at(env!("CARGO_PKG_NAME")),
        version: at(env!("CARGO_PKG_VERSION")),
        description: at(env!("CARGO_PKG_DESCRIPTION")),
        docs: at("/docs"),
        openapi: at("/openapi.json"),
        ui: at("/ui"),
        websocket: at("/ws"),
        health: at("/health"),
        metrics: at("/metrics"),
    })
}

/// A light check.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    #[schema(example = "ok")]
    status: String,
    version: String,
    /// RFC 3339.
    timestamp: String,
}

/// Whether this program is well: for supervisors. Needs no token, and does not look at Pro Tools.
#[utoipa::path(get, path = "/health", tag = "system",
    responses(
        (status = 200, description = "Well", body = Health),
        (status = 503, description = "The application does not answer", body = ErrorBody),
    ))]
async fn health(State(service): State<Service>) -> Reply<Health> {
    well(&service).await?;
    Ok(Json(Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timestamp: timestamp(),
    }))
}

async fn well(service: &Service) -> Result<(), Failure> {
    if service.desk.answers(SOON).await {
        return Ok(());
    }
    let text = "the application does not answer";
    Err(Failure::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "unwell",
        text,
    ))
}

/// The machine that this program runs on, looked at every few seconds.
#[derive(Debug, Serialize, ToSchema)]
struct SystemStatus {
    /// Percent of all processors.
    #[schema(minimum = 0, maximum = 100)]
    cpu_usage: f64,
    /// Percent of the memory.
    #[schema(minimum = 0, maximum = 100)]
    memory_usage: f64,
    /// Percent of the disk that the output root is on.
    #[schema(minimum = 0, maximum = 100)]
    disk_usage: f64,
    /// Jobs that run or wait.
    active_tasks: usize,
    /// Seconds since this program serves.
    uptime: f64,
    version: String,
}

/// This program, Pro Tools and the machine.
#[derive(Debug, Serialize, ToSchema)]
struct SystemHealth {
    /// Always true; errors have a shape of their own.
    success: bool,
    message: String,
    /// RFC 3339.
    timestamp: String,
    ptsl_connected: bool,
    /// The release of Pro Tools that brought its version of PTSL, which is all that PTSL tells; a
    /// later one may speak the same. Null while it is not there.
    #[schema(example = "2025.10")]
    protools_version: Option<String>,
    /// The version of PTSL that it speaks; null while it is not there.
    ptsl_version: Option<String>,
    system_status: SystemStatus,
}

/// How this program, Pro Tools and the machine are.
#[utoipa::path(get, path = "/api/v1/system/health", tag = "system",
    responses(
        (status = 200, description = "How things are", body = SystemHealth),
        (status = 503, description = "The application does not answer", body = ErrorBody),
    ))]
async fn system(State(service): State<Service>) -> Reply<SystemHealth> {
    well(&service).await?;
    let shown = service.desk.shown();
    let rows = shown.jobs.as_array().into_iter().flatten();
    let active = rows.filter(|job| is_active(job)).count();
    let connected = shown.is_connected();
    let machine = service.machine.look();
    let version = shown.connection.get("ptsl_version").and_then(Value::as_str);
    let version = version.filter(|version| connected && !version.is_empty());
    Ok(Json(SystemHealth {
        success: true,
        message: match connected {
            true => "connected to Pro Tools".to_owned(),
            false => "not connected to Pro Tools".to_owned(),
        },
        timestamp: timestamp(),
        ptsl_connected: connected,
        protools_version: version.map(|version| release(version).to_owned()),
        ptsl_version: version.map(str::to_owned),
        system_status: SystemStatus {
            cpu_usage: machine.cpu,
            memory_usage: machine.memory,
            disk_usage: machine.disk,
            active_tasks: active,
            uptime: service.machine.uptime().as_secs_f64(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }))
}

/// The release of Pro Tools that came with a version of PTSL: since 2025.6 both have one number.
fn release(ptsl: &str) -> &str {
    match ptsl {
        "1" => "2022.12",
        "3" => "2024.3",
        "4" => "2024.6",
        "5" => "2024.10",
        own => own,
    }
}

/// Whether a job, as it is shown, runs or waits.
fn is_active(job: &Value) -> bool {
    let state = job.get("state").and_then(Value::as_str);
    matches!(state, Some("queued" | "running" | "verifying"))
}

/// Where other backends of this kind have a second page of documentation.
#[utoipa::path(get, path = "/redoc", tag = "system",
    responses((status = 307, description = "To /docs")))]
async fn redoc() -> Redirect {
    Redirect::temporary("/docs")
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn old_versions_of_ptsl_are_told_as_releases() {
        for (ptsl, told) in [("1", "2022.12"), ("5", "2024.10"), ("2025.10", "2025.10")] {
            assert_eq!(release(ptsl), told);
        }
    }
}

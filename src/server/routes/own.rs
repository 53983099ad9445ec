//! What is ours beyond the interface that other programs know: the whole state, actions by the name
//! that keys and command line use, jobs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::action::{Action, ActionError, catalogue};
use crate::app::{Effect, shape};
use crate::model::JobId;
use crate::model::text::fit;
use crate::server::Service;
use crate::server::body::{Body, Named};
use crate::server::paths::{Purpose, is_private, resolve};
use crate::server::reply::{ErrorBody, Failure, Reply, Undone, blocking, envelope};

/// Arguments of an action, and bytes of each.
const MOST_ARGUMENTS: usize = 1024;
const LONGEST_ARGUMENT: usize = 4096;

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(whole))
        .routes(routes!(actions))
        .routes(routes!(act))
        .routes(routes!(jobs))
        .routes(routes!(job))
}

/// Everything that is shown, under a sequence number that grows with every change.
#[utoipa::path(get, path = "/api/v1/state", tag = "ours",
    responses((status = 200, description = "The state", body = Object)))]
async fn whole(State(service): State<Service>) -> Json<Value> {
    Json(service.desk.shown().whole())
}

/// An action that can be carried out.
#[derive(Debug, Serialize, ToSchema)]
struct ActionBody {
    /// As keys, `:` and `pt-stem do` call it.
    name: &'static str,
    /// What it takes, for people.
    arguments: &'static str,
    description: &'static str,
}

/// All actions that need no screen.
#[utoipa::path(get, path = "/api/v1/actions", tag = "ours",
    responses((status = 200, description = "Actions", body = Vec<ActionBody>)))]
async fn actions() -> Json<Vec<ActionBody>> {
    let needs_screen =
        |name: &str| Action::parse(name).is_ok_and(|action| action.is_of_the_screen());
    let rows = catalogue().iter().filter(|info| !needs_screen(info.name));
    let row = |info: &crate::action::ActionInfo| ActionBody {
        name: info.name,
        arguments: info.arguments,
        description: info.description,
    };
    Json(rows.map(row).collect())
}

/// What an action is about.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Act {
    /// As behind its name on the command line.
    #[serde(default)]
    #[schema(max_items = 1024)]
    arguments: Vec<String>,
}

/// An action that was carried out.
#[derive(ToSchema)]
#[allow(dead_code)]
struct Acted {
    success: bool,
    message: String,
    timestamp: String,
    /// With its arguments.
    action: String,
    /// Text for a clipboard, where the action copies.
    copied: Option<String>,
}

/// Carries out an action; questions that a screen would ask count as answered with yes.
#[utoipa::path(post, path = "/api/v1/actions/{name}", tag = "ours", request_body = Option<Act>,
    params(("name" = String, Path, description = "Such as mute, play, cancel")),
    responses(
        (status = 200, description = "Done", body = Acted),
        Undone,
    ))]
async fn act(
    State(service): State<Service>,
    Named(name): Named<String>,
    Body(body): Body<Act>,
) -> Reply<Value> {
    let action = parse(&name, &body.arguments)?;
    let action = fenced(&service, action).await?;
    let text = action.to_string();
    let rest = service.desk.act(service.timeout, action).await?;
    tracing::info!(action = fit(&text, 1000), "done over HTTP");
    let copied = rest.into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    });
    let fields = json!({ "action": text, "copied": copied });
    Ok(Json(envelope(format!("{text}: done"), fields)))
}

/// What an action writes lies where requests may write.
async fn fenced(service: &Service, action: Action) -> Result<Action, Failure> {
    let options = std::sync::Arc::clone(&service.options);
    match action {
        Action::RecipeSave(Some(path)) => {
            let place = move || resolve(&options, "arguments", &path, Purpose::Write);
            let place = blocking(place).await?;
            Ok(Action::RecipeSave(Some(
                place.to_string_lossy().into_owned(),
            )))
        }
        Action::Call { .. } if !is_private(&options) => {
            let text =
                "'call' can have Pro Tools write files anywhere, and others can reach this server";
            let mut failure = Failure::new(StatusCode::FORBIDDEN, "outside", text);
            let hint = "Serve on 127.0.0.1 without [server] hosts, and come through an SSH tunnel";
            failure.details = json!({ "hints": [hint] });
            Err(failure)
        }
        action => Ok(action),
    }
}

fn parse(name: &str, arguments: &[String]) -> Result<Action, Failure> {
    if arguments.len() > MOST_ARGUMENTS || arguments.iter().any(|a| a.len() > LONGEST_ARGUMENT) {
        let text = format!(
            "an action takes at most {MOST_ARGUMENTS} arguments of {LONGEST_ARGUMENT} bytes"
        );
        return Err(Failure::field("arguments", text));
    }
    let action = Action::from_words(name, arguments).map_err(|error| match error {
        ActionError::Unknown { .. } => Failure::missing(error.to_string()),
        ActionError::Arguments { .. } => Failure::field("arguments", error.to_string()),
    })?;
    let refused = |text: String| Failure::new(StatusCode::CONFLICT, "usage", text);
    if action.is_of_the_screen() || matches!(action, Action::Quit | Action::Suspend) {
        return Err(refused(format!(
            "'{name}' is about a screen, and there is none"
        )));
    }
    if action.is_about_the_cursor() {
        let text = format!("'{name}' must be told of what: there is no cursor");
        return Err(Failure::field("arguments", text));
    }
    Ok(action)
}

/// All jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "ours",
    responses((status = 200, description = "Jobs", body = Object)))]
async fn jobs(State(service): State<Service>) -> Json<Value> {
    let shown = service.desk.shown();
    let count = shown.jobs.as_array().map_or(0, Vec::len);
    Json(json!({ "schema": shape::SCHEMA, "jobs": &*shown.jobs, "total_count": count }))
}

/// One job with its plan and its report.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "ours",
    params(("id" = u32, Path, description = "Number of the job")),
    responses(
        (status = 200, description = "The job", body = Object),
        (status = "4XX", description = "There is no such job", body = ErrorBody),
        (status = 503, description = "The server is ending", body = ErrorBody),
    ))]
async fn job(State(service): State<Service>, Named(id): Named<String>) -> Reply<Value> {
    let missing = || {
        Failure::missing(format!(
            "there is no job {}",
            crate::model::text::fit(&id, 20)
        ))
    };
    let number: u32 = id.parse().map_err(|_| missing())?;
    let found = service
        .desk
        .with(move |app| app.state.jobs.get(JobId(number)).map(shape::job_in_full))
        .await?;
    found.map(Json).ok_or_else(missing)
}

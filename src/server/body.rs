//! Bodies and queries of requests: JSON that is checked, with errors that name the field.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::Failure;
use crate::model::text::{clean, fit};

/// Bytes of a body at most.
pub const LARGEST_BODY: usize = 4 << 20;
/// A body is whole by then.
const SLOWEST: Duration = Duration::from_secs(30);

/// A JSON body. None at all, and `null`, count as `{}`. Fields that nobody knows are logged and ignored, unless
/// the type denies them itself.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match length(&request) {
            Some(0) => return parse(b"{}").map(Self),
            Some(length) if length > LARGEST_BODY as u64 => return Err(too_large()),
            _ => {}
        }
        if !is_json(&request) {
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "usage",
                "the body is JSON: Content-Type is application/json",
            ));
        }
        let path = request.uri().path().to_owned();
        let read = axum::body::Bytes::from_request(request, state);
        let text = tokio::time::timeout(SLOWEST, read)
            .await
            .map_err(|_| stalled())?;
        let text = text.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ if is_late(&rejection) => stalled(),
            status => Failure::new(status, "usage", rejection.body_text()),
        })?;
        let Some(value) = parse::<Option<T>>(&text)? else {
            return parse(b"{}").map(Self);
        };
        log_unknown::<T>(&path, &text);
        Ok(Self(value))
    }
}

fn stalled() -> Failure {
    let text = "the body does not arrive";
    Failure::new(StatusCode::REQUEST_TIMEOUT, "usage", text)
}

/// Whether the next piece of the body was waited for in vain.
fn is_late(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| cause.is::<tower_http::timeout::TimeoutError>())
}

/// Bytes of the body, where that is told.
fn length(request: &Request) -> Option<u64> {
    let headers = request.headers();
    let length = headers.get("content-length").map(|length| {
        let length = length.to_str().ok();
        length.and_then(|length| length.parse().ok())
    });
    match length {
        Some(length) => length,
        None => (!headers.contains_key("transfer-encoding")).then_some(0),
    }
}

/// Whether the body says that it is JSON, or says nothing.
fn is_json(request: &Request) -> bool {
    let Some(kind) = request.headers().get("content-type") else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Names of ignored fields in one line of the log.
const MOST_LOGGED: usize = 20;

/// Tells the log of the fields that nobody knows, each once, however often a list repeats it.
fn log_unknown<T: DeserializeOwned>(path: &str, text: &[u8]) {
    let unknown = unknown::<T>(text);
    if !unknown.is_empty() {
        let fields = unknown.into_iter().collect::<Vec<_>>().join(", ");
        tracing::info!(path, fields = %clean(&fields), "fields that are not known here are ignored");
    }
}

fn unknown<T: DeserializeOwned>(text: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut json = serde_json::Deserializer::from_slice(text);
    let note = |path: serde_ignored::Path<'_>| {
        if found.len() < MOST_LOGGED {
            found.insert(fit(&shape(&path), 80));
        }
    };
    // It has been read once already.
    let _ = serde_ignored::deserialize::<_, _, T>(&mut json, note);
    found
}

/// `snapshots[].updatedAt`: the place without the numbers of lists.
fn shape(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, .. } => format!("{}[]", shape(parent)),
        Path::Map { parent, key } => match shape(parent) {
            parent if parent.is_empty() => key.clone(),
            parent => format!("{parent}.{key}"),
        },
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => shape(parent),
    }
}

fn too_large() -> Failure {
    let text = format!("a body has at most {LARGEST_BODY} bytes");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "usage", text)
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Failure> {
    Json::<T>::from_bytes(text)
        .map(|Json(value)| value)
        .map_err(|rejection| refused(&rejection))
}

fn refused(rejection: &JsonRejection) -> Failure {
    let status = match rejection.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        status => status,
    };
    let text = rejection.body_text();
    let mut failure = Failure::new(status, "usage", clean(&text)).caused_by(rejection);
    // Such as "Failed to deserialize the JSON body into the target type: tracks[2]: invalid type".
    let path = text.split_once("target type: ").map(|(_, rest)| rest);
    if let Some((field, _)) = path.and_then(|rest| rest.split_once(": ")) {
        failure.details = serde_json::json!({ "field": clean(field) });
    }
    failure
}

/// The same on the paths that are ours: fields that nobody knows are refused.
#[derive(Debug)]
pub struct Own<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Own<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let Body(text) = Body::<Value>::from_request(request, state).await?;
        let text = text.to_string();
        let value = parse(text.as_bytes())?;
        match unknown::<T>(text.as_bytes()).pop_first() {
            None => Ok(Self(value)),
            Some(field) => {
                let text = format!("there is no field '{}'", clean(&field));
                Err(Failure::field(&clean(&field), text))
            }
        }
    }
}

/// The part of an address behind its `?`.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        let Query(value) = asked.map_err(|rejection: QueryRejection| {
            let text = rejection.body_text();
            Failure::new(StatusCode::BAD_REQUEST, "usage", clean(&text)).caused_by(&rejection)
        })?;
        Ok(Self(value))
    }
}

/// What stands in an address where its pattern has a name.
#[derive(Debug)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let named = Path::<T>::from_request_parts(parts, state).await;
        let Path(value) = named.map_err(|rejection: PathRejection| {
            let text = rejection.body_text();
            Failure::new(StatusCode::BAD_REQUEST, "usage", text)
        })?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Row {
        name: String,
    }

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Whole {
        rows: Vec<Row>,
        inner: Option<Row>,
    }

    #[test]
    fn what_nobody_knows_is_told_once_by_its_place() {
        let text = br#"{ "rows": [{ "name": "a", "x": 1 }, { "x": [2], "name": "b" }],
            "inner": { "name": "c", "y": {} }, "updatedAt": null }"#;
        let found: Vec<String> = unknown::<Whole>(text).into_iter().collect();
        assert_eq!(found, ["inner.y", "rows[].x", "updatedAt"]);
        assert!(unknown::<Whole>(br#"{ "rows": [] }"#).is_empty());
    }
}

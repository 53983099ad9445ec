//! Bodies and queries of requests: JSON that is checked, with errors that name the field.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::reply::Failure;
use crate::model::text::clean;

/// A JSON body. None at all, and `null`, count as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let is_empty = request
            .headers()
            .get("content-length")
            .is_none_or(|length| length == "0")
            && request.headers().get("transfer-encoding").is_none();
        if is_empty {
            return parse(b"{}").map(Self);
        }
        let has_type = request.headers().contains_key("content-type");
        if has_type {
            let Json(value) = Json::<Option<T>>::from_request(request, state)
                .await
                .map_err(|rejection| refused(&rejection))?;
            return match value {
                Some(value) => Ok(Self(value)),
                None => parse(b"{}").map(Self),
            };
        }
        let text = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                Failure::new(rejection.status(), "usage", rejection.body_text())
            })?;
        parse(&text).map(Self)
    }
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
    let mut failure = Failure::new(status, "usage", clean(&text));
    // Such as "Failed to deserialize the JSON body into the target type: tracks[2]: invalid type".
    let path = text.split_once("target type: ").map(|(_, rest)| rest);
    if let Some((field, _)) = path.and_then(|rest| rest.split_once(": ")) {
        failure.details = serde_json::json!({ "field": clean(field) });
    }
    failure
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
            Failure::new(StatusCode::BAD_REQUEST, "usage", clean(&text))
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

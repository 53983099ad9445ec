//! `/ui`: one page to watch with, whole in the binary. It holds nothing of the session itself: what
//! it shows it asks for, with the token where one is wanted.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

use super::Service;
use super::reply::Failure;
use crate::error::{Error, ErrorKind};

/// Where the page is.
pub const PATH: &str = "/ui";

const PAGE: &str = include_str!("index.html");
const SCRIPT: &str = include_str!("watch.js");

pub fn routes() -> Router<Service> {
    Router::new().route(PATH, get(page))
}

async fn page() -> Result<Response, Failure> {
    let nonce = nonce()?;
    let text = PAGE
        .replace("{nonce}", &nonce)
        .replace("{script}", SCRIPT.trim_end());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).map_err(|error| {
        Error::new(ErrorKind::Internal, "the page has no policy").because(error)
    })?;
    let fixed = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        fixed(header::REFERRER_POLICY, "no-referrer"),
        fixed(header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Html(text)).into_response())
}

/// A word that nobody can guess.
fn nonce() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(ErrorKind::Internal, "the system gives no random numbers").because(error)
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

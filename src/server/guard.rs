//! Who may ask: the Host header against rebinding, the token, origins of pages, limits on bodies and
//! time. Stands in front of every route.

use std::any::Any;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::ServerOptions;
use super::body::LARGEST_BODY;
use super::page;
use super::reply::Failure;

#[derive(Debug)]
struct Rules {
    token: Option<String>,
    /// Names without a port.
    hosts: Vec<String>,
    origins: Vec<String>,
}

/// What stands in front of the routes.
#[derive(Debug, Clone)]
pub struct Guard {
    rules: Arc<Rules>,
    origins: Vec<HeaderValue>,
    /// How long the next piece of a body may take.
    body_idle: Duration,
}

impl Guard {
    pub fn new(options: &ServerOptions) -> Self {
        let named = options.hosts.iter().map(|host| host.to_ascii_lowercase());
        let hosts = std::iter::once("localhost".to_owned()).chain(named);
        let origins = options.origins.iter();
        Self {
            rules: Arc::new(Rules {
                token: options.token.clone(),
                hosts: hosts.collect(),
                origins: options.origins.clone(),
            }),
            body_idle: options.limits.idle,
            origins: origins.filter_map(|origin| origin.parse().ok()).collect(),
        }
    }

    /// Lays itself over a router.
    pub fn over(&self, router: Router) -> Router {
        let mut router = router
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_no_file)))
            .layer(RequestBodyTimeoutLayer::new(self.body_idle))
            .layer(middleware::from_fn_with_state(
                Arc::clone(&self.rules),
                check,
            ));
        if !self.origins.is_empty() {
            let cors = CorsLayer::new()
                .allow_origin(AllowOrigin::list(self.origins.clone()))
                .allow_methods([Method::GET, Method::POST, Method::DELETE])
                .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
                .max_age(Duration::from_secs(600));
            router = router.layer(cors);
        }
        router.layer(CatchPanicLayer::custom(panicked))
    }
}

/// Files go out as they are, so that their length and ranges are known.
fn is_no_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Whether the page that asks, where a browser tells of one, comes from here or is listed.
pub fn is_ours(headers: &HeaderMap, listed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let page = origin
        .split_once("://")
        .filter(|(scheme, _)| matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https"));
    let is_same = match (page, host) {
        (Some((scheme, page)), Some(host)) => {
            let port = if scheme.eq_ignore_ascii_case("https") {
                ":443"
            } else {
                ":80"
            };
            let bare = |name: &str| {
                let name = name.to_ascii_lowercase();
                name.strip_suffix(port).map(str::to_owned).unwrap_or(name)
            };
            bare(page) == bare(host)
        }
        _ => false,
    };
    is_same || listed.iter().any(|ours| ours.eq_ignore_ascii_case(origin))
}

fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let said = payload.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| payload.downcast_ref::<&str>().copied());
    Failure::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "a fault of this program; the log has more",
    )
    .because(said.unwrap_or("it panicked"))
    .into_response()
}

async fn check(State(rules): State<Arc<Rules>>, request: Request, next: Next) -> Response {
    if !rules.knows_host(&request) {
        return Failure::new(
            StatusCode::FORBIDDEN,
            "host",
            "the Host header names another machine; [server] hosts lists the names that are ours",
        )
        .into_response();
    }
    // A browser sends simple requests of any page, and only hides the answer from it.
    if !request.method().is_safe() && !is_ours(request.headers(), &rules.origins) {
        let text = "pages of this origin may not ask; [server] origins lists those that may";
        return Failure::new(StatusCode::FORBIDDEN, "origin", text).into_response();
    }
    // Supervisors and balancers have no token, and learn nothing but whether it is well.
    let is_open = request.uri().path() == "/health";
    if !is_open && !rules.admits(&request) {
        let failure = Failure::new(StatusCode::UNAUTHORIZED, "token", "a token is needed");
        let mut response = failure.into_response();
        let scheme = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
        return response;
    }
    next.run(request).await
}

impl Rules {
    /// A page of another site that has its name point here is not let in. A bare address is no name
    /// that could be turned to somewhere else.
    fn knows_host(&self, request: &Request) -> bool {
        let headers = request.headers().get_all(header::HOST).iter();
        let said = headers.map(|value| value.to_str().unwrap_or_default());
        let mut named = said.chain(request.uri().host()).peekable();
        named.peek().is_some() && named.all(|named| self.is_ours(named))
    }

    fn is_ours(&self, named: &str) -> bool {
        let name = match named.rfind(']') {
            Some(end) => named.get(..=end).unwrap_or(named),
            None => named.split(':').next().unwrap_or(named),
        };
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let is_v6 = name.starts_with('[') && bare.parse::<Ipv6Addr>().is_ok();
        is_v6 || name.parse::<Ipv4Addr>().is_ok() || self.hosts.contains(&name.to_ascii_lowercase())
    }

    /// `Authorization: Bearer …`, or `?token=…` where headers cannot be set (WebSocket, links).
    fn admits(&self, request: &Request) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        // It holds nothing, and asks for the token itself.
        if request.uri().path() == page::PATH {
            return true;
        }
        let header = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
            .map(|(_, given)| given.trim_start());
        let query = request.uri().query().unwrap_or_default();
        let asked = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("token="));
        header
            .or(asked)
            .is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes())))
    }
}

//! Who asks for what: every changing request stands in the log, no address makes too many of them,
//! and none is taken while the server is ending.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::Service;
use super::metrics::Meters;
use super::reply::{DEBUG, Failure};
use crate::model::text::{clean, fit};

/// Addresses that are remembered; those that rest are forgotten beyond that.
const MOST_ADDRESSES: usize = 4096;
/// Seconds of allowance that gather while an address rests.
const BURST: f64 = 2.0;

/// What an address may still do.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    changes: f64,
    at: Instant,
}

/// How many changes each address has made lately.
#[derive(Debug)]
struct Rates {
    per_second: f64,
    of: Mutex<HashMap<IpAddr, Allowance>>,
}

impl Rates {
    fn new(per_second: u32) -> Self {
        Self {
            per_second: f64::from(per_second.max(1)),
            of: Mutex::default(),
        }
    }

    /// Counts a change; the seconds to wait where it is one too many.
    fn count(&self, address: IpAddr, now: Instant) -> Result<(), f64> {
        let full = (self.per_second * BURST).max(1.0);
        let grown = |allowance: &Allowance| {
            let since = now.saturating_duration_since(allowance.at).as_secs_f64();
            (allowance.changes + since * self.per_second).min(full)
        };
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= MOST_ADDRESSES {
            of.retain(|_, allowance| grown(allowance) < full);
            if of.len() >= MOST_ADDRESSES {
                of.clear();
            }
        }
        let allowance = of.entry(address).or_insert(Allowance {
            changes: full,
            at: now,
        });
        let changes = grown(allowance);
        let left = (changes - 1.0).max(0.0);
        if changes < 1.0 {
            *allowance = Allowance { changes, at: now };
            return Err((1.0 - changes) / self.per_second);
        }
        *allowance = Allowance {
            changes: left,
            at: now,
        };
        Ok(())
    }
}

/// What stands before everything else.
#[derive(Debug, Clone)]
pub struct Watch {
    rates: Arc<Rates>,
    ending: CancellationToken,
    meters: Meters,
    debug: bool,
}

impl Watch {
    pub fn new(service: &Service) -> Self {
        Self {
            rates: Arc::new(Rates::new(service.options.changes_per_second)),
            ending: service.ending.clone(),
            meters: service.meters.clone(),
            debug: service.options.debug,
        }
    }

    /// Lays itself over a router.
    pub fn over(self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self, look))
    }

    /// What a change is answered that is not let through now.
    fn refuses(&self, peer: SocketAddr) -> Option<Response> {
        if self.ending.is_cancelled() {
            let text = "the server is ending and takes no more changes";
            let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "interrupted", text);
            return Some(failure.into_response());
        }
        let wait = self.rates.count(peer.ip(), Instant::now()).err()?;
        let text = "too many changes at a time; [server] changes_per_second is the limit";
        let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "rate", text);
        let mut response = failure.into_response();
        let seconds = HeaderValue::from(wait.ceil().max(1.0) as u64);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
        Some(response)
    }
}

async fn look(
    State(watch): State<Watch>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let is_change = !method.is_safe();
    let (path, began) = (request.uri().path().to_owned(), Instant::now());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let refused = is_change.then(|| watch.refuses(peer)).flatten();
    let who = who(peer, request.headers());
    // What handlers log of a change says who asked for it.
    let span = match is_change {
        true => tracing::info_span!("request", who),
        false => Span::none(),
    };
    let response = match refused {
        None => {
            let answer = DEBUG.scope(watch.debug, next.run(request));
            answer.instrument(span.clone()).await
        }
        Some(refused) => refused,
    };
    let took = began.elapsed();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    watch
        .meters
        .request(known(&method), route, response.status(), took);
    if !is_change {
        return response;
    }
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let (path, status) = (clean(&path), response.status().as_u16());
    tracing::info!(parent: &span, %method, %path, status, ms, "request");
    response
}

/// The address that asks, and behind it the one that a proxy on this machine says it asks for.
fn who(peer: SocketAddr, headers: &HeaderMap) -> String {
    let named = headers
        .get("x-forwarded-for")
        .filter(|_| peer.ip().is_loopback());
    match named.and_then(|named| named.to_str().ok()) {
        Some(named) => format!("{peer} for {}", fit(named, 100)),
        None => peer.to_string(),
    }
}

/// Any word can be a method; only those that there are become a label.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS | Method::POST | Method::DELETE => {
            method.as_str()
        }
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_address_has_a_burst_and_then_its_rate() {
        let rates = Rates::new(10);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut taken = 0;
        while rates.count(one, at(0)).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 20);
        assert!(rates.count(other, at(0)).is_ok(), "each for itself");
        let wait = rates.count(one, at(0)).unwrap_err();
        assert!((0.09..=0.1).contains(&wait), "{wait}");
        assert!(rates.count(one, at(101)).is_ok());
        assert!(rates.count(one, at(102)).is_err());
        assert!(rates.count(one, at(60_000)).is_ok());
    }

    #[test]
    fn addresses_that_rest_are_forgotten() {
        let rates = Rates::new(1);
        let start = Instant::now();
        for n in 0..20_000_u32 {
            rates.count(IpAddr::from(n.to_be_bytes()), start).unwrap();
        }
        assert!(rates.of.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}

//! Takes connections, not more than there is room for, and lets go of clients that do not finish what
//! they began to say.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::{BoxError, Router};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::reply::Failure;

/// What clients may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time; WebSockets are counted by themselves.
    pub connections: usize,
    /// How long the head of a request, or the next piece of its body, may take. Also how long a
    /// connection may rest between requests.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            idle: Duration::from_secs(30),
        }
    }
}

/// Said to whoever comes when there is no room.
fn full() -> Vec<u8> {
    let text = "there is no room for another connection: come again";
    let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "full", text);
    let body = serde_json::to_string(&failure.body()).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// Serves until `stop`, then until the open requests are answered.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    let mut builder = Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle);
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, for one: it gets better when somebody goes.
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            tracing::warn!(%peer, "no room for another connection");
            let _ = stream.try_write(&full());
            continue;
        };
        let connection = builder
            .serve_connection(io(stream), service(router.clone(), peer))
            .with_upgrades();
        let stop = stop.clone();
        open.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection has ended");
            }
            drop(place);
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

fn io(stream: TcpStream) -> TokioIo<TcpStream> {
    let _ = stream.set_nodelay(true);
    TokioIo::new(stream)
}

/// The routes, told who asks.
fn service<B>(
    router: Router,
    peer: SocketAddr,
) -> TowerToHyperService<
    impl tower::Service<Request<B>, Response = Response, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static,
>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    TowerToHyperService::new(tower::service_fn(move |request: Request<B>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    }))
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn started(limits: Limits) -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let router = Router::new().route("/", get(who));
        tokio::spawn(serve(listener, router, limits, stop.clone()));
        (address, stop)
    }

    async fn said(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text).await;
        String::from_utf8_lossy(&text).into_owned()
    }

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn a_head_that_never_ends_is_cut() {
        let limits = Limits {
            idle: Duration::from_millis(30),
            ..Limits::default()
        };
        let (address, _stop) = started(limits).await;
        for begun in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(begun.as_bytes()).await.unwrap();
            assert!(!said(&mut stream).await.contains("200"), "{begun:?}");
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        let us = stream.local_addr().unwrap().to_string();
        assert!(
            said(&mut stream).await.ends_with(&us),
            "handlers know who asks"
        );
    }

    #[tokio::test]
    async fn one_connection_too_many_is_told_so_and_room_comes_back() {
        let limits = Limits {
            connections: 2,
            ..Limits::default()
        };
        let (address, stop) = started(limits).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        let _second = TcpStream::connect(address).await.unwrap();
        let mut third = TcpStream::connect(address).await.unwrap();
        assert!(said(&mut third).await.starts_with("HTTP/1.1 503"));
        first.write_all(ASK).await.unwrap();
        assert!(said(&mut first).await.starts_with("HTTP/1.1 200"));
        // Its place is free as soon as the server has seen that it is gone.
        loop {
            let mut next = TcpStream::connect(address).await.unwrap();
            let _ = next.write_all(ASK).await;
            if said(&mut next).await.starts_with("HTTP/1.1 200") {
                break;
            }
        }
        stop.cancel();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}

//! Listening sockets on IPv4 and IPv6, and connections that can be cut in the middle.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

use crate::error::{Error, ErrorKind, Result};

use super::front::Front;

/// Binds all addresses; port 0 becomes one free port for all of them. An address family that the
/// machine lacks is left out as long as another address works.
pub async fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    let mut tries = 0;
    loop {
        tries += 1;
        match bind_once(addresses).await {
            Ok(listeners) => return Ok(listeners),
            // A port that is free on IPv4 may be taken on IPv6: ask for another.
            Err((address, error))
                if error.kind() == io::ErrorKind::AddrInUse
                    && address.port() == 0
                    && tries < 16 => {}
            Err((address, error)) => return Err(refused(address, error)),
        }
    }
}

fn refused(address: SocketAddr, error: io::Error) -> Error {
    let fault = Error::new(
        ErrorKind::Usage,
        format!("the simulator cannot listen at {address}: {error}"),
    );
    let fault = match error.kind() {
        io::ErrorKind::AddrInUse => fault.hint(
            "Pro Tools or another simulator listens there; give another port with --bind, 0 for a free one",
        ),
        _ => fault.hint("give an address of this machine, such as 127.0.0.1:31416"),
    };
    fault.because(error)
}

async fn bind_once(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut missing = None;
    let mut free_port = None;
    for wanted in addresses {
        let mut address = *wanted;
        if address.port() == 0 {
            address.set_port(free_port.unwrap_or(0));
        }
        match TcpListener::bind(address).await {
            Ok(listener) => {
                if wanted.port() == 0 {
                    free_port = listener.local_addr().ok().map(|bound| bound.port());
                }
                listeners.push(listener);
            }
            Err(error) if lacks_family(address.ip(), &error) => missing = Some((*wanted, error)),
            Err(error) => return Err((*wanted, error)),
        }
    }
    match missing {
        Some(missing) if listeners.is_empty() => Err(missing),
        _ => Ok(listeners),
    }
}

/// Whether the machine has no such address family, rather than the port being taken.
fn lacks_family(ip: IpAddr, error: &io::Error) -> bool {
    ip.is_ipv6()
        && !matches!(
            error.kind(),
            io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
        )
}

/// Accepts connections until the token is cancelled. While the program that is played is down,
/// nobody listens.
pub async fn accept(
    mut listener: TcpListener,
    front: Arc<Front>,
    accepted: mpsc::Sender<io::Result<Cuttable>>,
    stop: CancellationToken,
) {
    loop {
        let life = front.life();
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = life.cancelled() => {
                let Some(next) = listen_again(listener, &front, &stop).await else { return };
                listener = next;
            }
            stream = listener.accept() => {
                let Ok((stream, _)) = stream else {
                    // Too many open files, and the like: that passes.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                // Only latency is lost where this is refused.
                let _ = stream.set_nodelay(true);
                let stream = Cuttable::new(stream, life.child_token());
                if accepted.send(Ok(stream)).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The listener, let go and bound again where the program is down for a while.
async fn listen_again(
    listener: TcpListener,
    front: &Front,
    stop: &CancellationToken,
) -> Option<TcpListener> {
    if !front.is_down() {
        return Some(listener);
    }
    let address = listener.local_addr().ok()?;
    drop(listener);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            () = front.until_up() => {}
        }
        match TcpListener::bind(address).await {
            Ok(listener) => return Some(listener),
            Err(error) => {
                tracing::warn!(%error, "the simulator cannot listen again");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The connection that a request came over.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Cuts it.
    pub token: CancellationToken,
    /// Cancelled once it has ended, whoever ended it.
    pub gone: CancellationToken,
}

/// A connection that ends when its token does.
pub struct Cuttable {
    stream: TcpStream,
    token: CancellationToken,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    gone: CancellationToken,
}

impl Drop for Cuttable {
    fn drop(&mut self) {
        self.gone.cancel();
    }
}

impl Cuttable {
    pub fn new(stream: TcpStream, token: CancellationToken) -> Self {
        Self {
            stream,
            cut: Box::pin(token.clone().cancelled_owned()),
            token,
            gone: CancellationToken::new(),
        }
    }

    fn poll_cut(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl Connected for Cuttable {
    type ConnectInfo = Cut;

    fn connect_info(&self) -> Cut {
        Cut {
            token: self.token.clone(),
            gone: self.gone.clone(),
        }
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.token.is_cancelled() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

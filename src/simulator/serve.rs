//! The gRPC face: sockets on IPv4 and IPv6, the two calls of PTSL, limits on what comes in. It
//! knows no command; everything goes into the queue.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Status};

use crate::error::{Error, ErrorKind, Result};
use crate::ptsl::wire::ptsl_server::{Ptsl, PtslServer};
use crate::ptsl::wire::{CommandId, Request, Response};

use super::answer;
use super::commands;
use super::queue::Call;

/// Bytes of the largest request.
pub const LARGEST_REQUEST: usize = 16 * 1024 * 1024;

/// The service that is registered with tonic.
#[derive(Clone)]
pub struct Service {
    pub calls: mpsc::Sender<Call>,
}

fn task_id(request: &Request) -> String {
    request
        .header
        .as_ref()
        .map(|header| header.task_id.clone())
        .filter(|id| !id.is_empty() && id.len() <= 256)
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

fn ending() -> Status {
    Status::new(Code::Unavailable, "the simulator is ending")
}

impl Service {
    async fn answer(&self, request: Request, task_id: String) -> Result<Response, Status> {
        let (reply, answer) = oneshot::channel();
        let call = Call {
            request,
            task_id,
            reply,
        };
        self.calls.send(call).await.map_err(|_| ending())?;
        answer.await.map_err(|_| ending())
    }
}

#[tonic::async_trait]
impl Ptsl for Service {
    async fn send_grpc_request(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Response>, Status> {
        let request = request.into_inner();
        let task_id = task_id(&request);
        let response = self.answer(request, task_id).await?;
        Ok(tonic::Response::new(response))
    }

    type SendGrpcStreamingRequestStream = ReceiverStream<Result<Response, Status>>;

    async fn send_grpc_streaming_request(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Self::SendGrpcStreamingRequestStream>, Status> {
        let request = request.into_inner();
        let task_id = task_id(&request);
        let (sender, stream) = mpsc::channel(2);
        let is_long = request
            .header
            .as_ref()
            .and_then(|header| CommandId::try_from(header.command).ok())
            .is_some_and(commands::is_long);
        let service = self.clone();
        tokio::spawn(async move {
            if is_long {
                // A client that left already needs no news; its command is carried out all the same.
                let _ = sender
                    .send(Ok(answer::in_progress(&request, &task_id)))
                    .await;
            }
            let response = service.answer(request, task_id).await;
            let _ = sender.send(response).await;
        });
        Ok(tonic::Response::new(ReceiverStream::new(stream)))
    }
}

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

/// Serves one listener until the token is cancelled.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: CancellationToken,
) -> std::result::Result<(), tonic::transport::Error> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let service = PtslServer::new(service)
        .max_decoding_message_size(LARGEST_REQUEST)
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip);
    tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
        .await
}

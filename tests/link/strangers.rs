//! Who else may stand on the port, and nobody: each is told apart.

use std::io::{Read as _, Write as _};

use pt_stem::error::Error;
use pt_stem::ptsl::client::Client;
use pt_stem::ptsl::error::PtslError;
use pt_stem::ptsl::wire::CommandId as C;

use super::client::{LONG, SHORT};
use super::scripted::{Reply, Script, Server};

/// A server that says something else to everybody, or nothing.
fn stranger(says: &'static [u8], closes: bool) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if !says.is_empty() {
                let _ = stream.read(&mut [0; 64]);
                let _ = stream.write_all(says);
            }
            if !closes {
                kept.push(stream);
            }
        }
    });
    port
}

#[tokio::test]
async fn strangers_on_the_port_are_recognised() {
    for (says, what) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "HTTP/1",
        ),
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "SSH"),
        (&[0xff; 64][..], "garbage"),
    ] {
        let error = Client::connect("127.0.0.1", stranger(says, false), LONG)
            .await
            .unwrap_err();
        assert!(
            matches!(error, PtslError::NotPtsl { .. }),
            "{what}: {error:?}"
        );
        let error = Error::from(error);
        assert_eq!(error.kind.exit_code(), 3);
        assert!(!error.hints.is_empty());
    }
    let error = Client::connect("127.0.0.1", stranger(b"", false), SHORT)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PtslError::Timeout { .. }),
        "silent: {error:?}"
    );
    let error = Client::connect("127.0.0.1", stranger(b"", true), LONG)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PtslError::Unreachable { .. }),
        "closing: {error:?}"
    );
}

#[tokio::test]
async fn nobody_there_and_no_such_host_are_unreachable() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for host in ["127.0.0.1", "localhost", "not a host", ""] {
        let error = Client::connect(host, port, LONG).await.unwrap_err();
        assert!(
            matches!(error, PtslError::Unreachable { .. }),
            "{host}: {error}"
        );
    }
}

#[tokio::test]
async fn a_grpc_server_without_ptsl_is_not_ptsl() {
    let script = Script::new();
    script.on(C::HostReadyCheck, |_| {
        Reply::Failed(tonic::Status::unimplemented("what?"))
    });
    let server = Server::start(&script);
    let error = Client::connect("127.0.0.1", server.port(), LONG)
        .await
        .unwrap_err();
    assert!(matches!(error, PtslError::NotPtsl { .. }), "{error}");
}

//! The interface with the server beside it: what others ask for over HTTP is seen on the screen.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::desk::Desk;

const SETTINGS: &str = "[server]\nenabled = true\nbind = '127.0.0.1:0'\n";

/// Where it serves, as its log says.
fn address(desk: &Desk) -> Option<String> {
    let files = std::fs::read_dir(desk.home.path().join("state/pt-stem/log")).ok()?;
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let log = texts.collect::<String>();
    let (_, rest) = log.split_once("serving on http://")?;
    rest.lines().next().map(str::to_owned)
}

#[test]
fn what_is_asked_over_http_is_seen_on_the_screen() {
    let program = env!("CARGO_BIN_EXE_pt-stem");
    let mut desk = Desk::run(&[program, "--demo"], SETTINGS);
    desk.wait_for("linked");
    desk.wait_for("Kick");
    desk.wait("address in the log", |desk| address(desk).is_some());
    let address = address(&desk).unwrap();
    let mut stream = TcpStream::connect(&address).unwrap();
    let body = r#"{"arguments":["Kick"]}"#;
    write!(
        stream,
        "POST /api/v1/actions/mute HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    desk.wait("mute of Kick", |desk| desk.line("Kick").contains(" M···"));

    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
    assert!(TcpStream::connect(&address).is_err(), "it serves on");
}

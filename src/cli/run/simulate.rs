//! `pt-stem simulate`: be a Pro Tools for others until stopped.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cli::args::{Global, SimulateArgs};
use crate::cli::output;
use crate::clock::SystemClock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;
use crate::platform::places::Places;
use crate::simulator::faults::{self, Faults};
use crate::simulator::{Api, ExportOptions, Opened, Options, SessionChoice, Simulator, Starting};

/// What `--demo` and `--open` choose; the demo without either. `--audio` goes with a text only.
///
/// # Errors
/// `Usage` for `--audio` and `--allow-missing` with anything else.
pub fn choice(global: &Global) -> Result<SessionChoice> {
    let is_text = |path: &Path| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("txt"))
    };
    let is_export = global.open.as_deref().is_some_and(is_text);
    if !is_export && (global.audio.is_some() || global.allow_missing) {
        let text = "--audio and --allow-missing belong to a text export: --open FILE.txt";
        return Err(Error::new(ErrorKind::Usage, text)
            .hint("A session folder says itself where its audio lies"));
    }
    Ok(match (&global.open, &global.demo) {
        (Some(path), _) if is_export => SessionChoice::Export(
            path.clone(),
            ExportOptions {
                audio: global.audio.clone(),
                allow_missing: global.allow_missing,
            },
        ),
        (Some(path), _) => SessionChoice::Open(path.clone()),
        (None, Some(name)) => SessionChoice::Demo(name.clone()),
        (None, None) => SessionChoice::Demo("demo".to_owned()),
    })
}

/// Reads `--faults`.
fn read_faults(path: Option<&Path>) -> Result<Faults> {
    path.map_or_else(|| Ok(Faults::default()), Faults::load)
}

/// Starts a simulator on free loopback ports, for the program's own duration.
pub async fn embedded(
    global: &Global,
    places: &Places,
    stop: CancellationToken,
) -> Result<Simulator> {
    let options = Options {
        session: choice(global)?,
        bind: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        faults: read_faults(global.faults.as_deref())?,
        state_dir: places.state.join("simulator"),
        clock: Arc::new(SystemClock::default()),
        ..Options::default()
    };
    Simulator::start(options, stop).await.map_err(|error| {
        // What was named on the command line is of no use.
        match (error.kind, &global.open) {
            (ErrorKind::Media, Some(_)) => Error {
                kind: ErrorKind::Usage,
                ..error
            },
            _ => error,
        }
    })
}

/// What is served, in a few lines.
fn introduction(session: Option<&Opened>, api: Api, faults: usize) -> String {
    let session = match session {
        Some(opened) => format!(
            "Session '{}' with {} tracks: {}",
            clean(&opened.name),
            opened.tracks,
            clean(&opened.path)
        ),
        None => "No session".to_owned(),
    };
    let faults = match faults {
        0 => String::new(),
        1 => ", one fault".to_owned(),
        more => format!(", {more} faults"),
    };
    format!("{session}\nPTSL {api}{faults}; stop it with Ctrl-C\n")
}

/// Opens the session; says so where that takes long. `None` when stopped meanwhile.
async fn open(starting: Starting, stop: &CancellationToken) -> Result<Option<Simulator>> {
    const SOON: Duration = Duration::from_millis(500);
    let addresses = list(starting.addresses());
    let opening = starting.open();
    tokio::pin!(opening);
    if let Ok(simulator) = tokio::time::timeout(SOON, &mut opening).await {
        return simulator.map(Some);
    }
    output::say(&format!(
        "Opening the session; {addresses} answers already, that Pro Tools is not ready\n"
    ));
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(None),
        simulator = opening => simulator.map(Some),
    }
}

fn list(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(" and ")
}

/// Where to listen: beyond this machine only if that is asked for, and clients are kept in a folder.
fn addresses(args: &SimulateArgs) -> Result<Vec<SocketAddr>> {
    const PORT: u16 = 31416;
    let Some(address) = args.bind else {
        return Ok(vec![
            SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, PORT)),
        ]);
    };
    if address.ip().is_loopback() || (args.allow_remote && args.root.is_some()) {
        return Ok(vec![address]);
    }
    let text = format!(
        "the simulator does not listen on {address}: it asks for no password, and writes files for \
         whoever asks"
    );
    Err(Error::new(ErrorKind::Usage, text)
        .hint("Bind a loopback address, and reach it from elsewhere with ssh -L")
        .hint("Or add --allow-remote --root DIR: clients then write to and read from DIR alone"))
}

/// Serves until `stop`.
pub async fn run(
    global: &Global,
    args: &SimulateArgs,
    places: &Places,
    stop: CancellationToken,
) -> Result<()> {
    if args.print_faults {
        return output::block(faults::EXAMPLE);
    }
    let api: Api = match &args.api {
        Some(text) => text.parse()?,
        None => Api::default(),
    };
    let bind = addresses(args)?;
    let options = Options {
        session: choice(global)?,
        bind,
        faults: read_faults(global.faults.as_deref())?,
        state_dir: places.state.join("simulator"),
        clock: Arc::new(SystemClock::default()),
        api,
        allow_control: args.allow_control,
        root: args.root.clone(),
    };
    let count = options.faults.faults.len();
    let starting = Simulator::listen(options, stop.clone()).await?;
    let Some(simulator) = open(starting, &stop).await? else {
        return Ok(());
    };
    let session = simulator.session();
    if global.json {
        let addresses: Vec<String> = simulator
            .addresses()
            .iter()
            .map(ToString::to_string)
            .collect();
        let value = serde_json::json!({
            "schema": 1,
            "addresses": addresses,
            "api": api.to_string(),
            "session": session.map(|s| &s.name),
            "path": session.map(|s| &s.path),
            "faults": count,
        });
        output::line(&value.to_string())?;
    } else {
        output::say(&introduction(session, api, count));
        output::line(&format!(
            "PTSL simulator listening on {}",
            list(simulator.addresses())
        ))?;
    }
    simulator.closed().await;
    Ok(())
}

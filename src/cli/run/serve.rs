//! `pt-stem serve`: the application over HTTP, without a screen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::app::State;
use crate::app::runtime::{App, Runtime};
use crate::cli::args::{Global, ServeArgs};
use crate::cli::desk::{Setting, prepare};
use crate::cli::output;
use crate::cli::run::config;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::config::settings::{OnHangup, environment};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::places::Places;
use crate::platform::service;
use crate::server::{Limits, Server, ServerOptions, token};

/// The settings of a service: those of every command, with a `.env` and `HOST`, `PORT`, `DEBUG`.
pub fn load(global: &Global, places: &Places, args: &ServeArgs) -> Result<Loaded> {
    let mut loaded = config::load(global, places)?;
    loaded.lay_service(Path::new(".env"), environment().collect())?;
    config::lay_flags(global, &mut loaded)?;
    if let Some(bind) = args.bind {
        loaded.set_flag("server.bind", &bind.to_string())?;
    }
    Ok(loaded)
}

/// How to serve, from the settings.
///
/// # Errors
/// `Config` where the token is wanted and is not there, or can be read by others.
pub fn options(setting: &Setting, clock: Arc<dyn Clock>) -> Result<ServerOptions> {
    let server = setting.config.server.clone();
    let wants_token = server.require_token || !server.bind.ip().is_loopback();
    let token = match wants_token {
        true => token::read(&setting.places.config)?,
        false => None,
    };
    if server.require_token && token.is_none() {
        let text = "[server] require_token is set, and there is no token";
        return Err(Error::new(ErrorKind::Config, text).hint("pt-stem token makes one"));
    }
    Ok(ServerOptions {
        bind: server.bind,
        token,
        origins: server.origins,
        hosts: server.hosts,
        root: setting.config.output.root.clone(),
        write_roots: server.write_roots,
        state_dir: setting.places.state.clone(),
        config_dir: setting.places.config.clone(),
        timeout: Duration::try_from_secs_f64(setting.config.connection.timeout_s)
            .unwrap_or(Duration::from_secs(10)),
        changes_per_second: server.changes_per_second,
        debug: server.debug,
        limits: Limits::default(),
        clock,
    })
}

/// Serves until the program is told to end.
pub async fn run(setting: &Setting) -> Result<()> {
    for note in &setting.notes {
        tracing::warn!("{note}");
    }
    let options = options(setting, Arc::new(crate::clock::SystemClock::default()))?;
    options.check()?;
    let (mut runtime, simulator) = prepare(setting).await?;
    runtime.clock = Arc::clone(&options.clock);
    let app = App::start(runtime)?;
    let server = Server::start(app, options).await?;
    let address = server.address();
    tracing::info!(%address, "serving");
    if setting.global.json {
        let line = serde_json::json!({ "schema": 1, "address": address.to_string() });
        output::line(&line.to_string())?;
    } else {
        output::say(&format!("pt-stem: serving on http://{address}\n"));
    }
    let mut notes = service::Notes::ready(address);
    wait(&server, setting, &mut notes).await;
    notes.stopping();
    told(&mut notes, end(server, setting)).await;
    if let Some((simulator, end)) = simulator {
        end.cancel();
        simulator.closed().await;
    }
    Ok(())
}

/// Serves while the interface runs, where the settings want it. A failure is a line in the log: the
/// interface goes on without.
pub async fn beside(
    setting: &Setting,
    runtime: &Runtime,
    shown: &State,
    clock: Arc<dyn Clock>,
) -> Option<Server> {
    if !setting.config.server.enabled {
        return None;
    }
    let started = async {
        let options = options(setting, Arc::clone(&clock))?;
        let (runtime, inbox) = runtime.join();
        let mut state = State::new(Arc::clone(&setting.config), shown.mode.clone());
        state.link.address.clone_from(&shown.link.address);
        Server::start(App::on(state, runtime, inbox, clock), options).await
    };
    match started.await {
        Ok(server) => {
            tracing::info!("serving on http://{}", server.address());
            Some(server)
        }
        Err(error) => {
            let hints = error.hints.join("; ");
            tracing::warn!("not served over HTTP: {}; {hints}", error.chain());
            None
        }
    }
}

/// Until the program is told to end. The supervisor hears that it is well only while it is.
async fn wait(server: &Server, setting: &Setting, notes: &mut service::Notes) {
    loop {
        tokio::select! {
            () = setting.stop.cancelled() => return,
            () = notes.due() => {
                if server.is_well(Duration::from_secs(1)).await {
                    notes.alive();
                }
            }
        }
    }
}

/// Does something while the supervisor is told that it takes its time.
async fn told<T>(notes: &mut service::Notes, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = notes.due() => notes.alive(),
        }
    }
}

/// Lets the jobs come to their end where the settings want it; else they are cancelled and the
/// session is put back.
async fn end(server: Server, setting: &Setting) {
    if setting.config.server.on_shutdown == OnHangup::Finish {
        tracing::info!("told to end; jobs go on to their end first");
        tokio::select! {
            biased;
            () = setting.hurry.cancelled() => {
                output::say("pt-stem: cancelling, and putting the session back …\n");
            }
            () = server.finish() => {}
        }
    }
    if let Some(app) = server.end().await {
        for fault in app.end().await {
            output::warn(&fault, setting.global.json);
        }
    }
}

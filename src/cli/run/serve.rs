//! `pt-stem serve`: the application over HTTP, without a screen.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::app::runtime::App;
use crate::cli::args::ServeArgs;
use crate::cli::desk::{Setting, prepare};
use crate::cli::output;
use crate::error::Result;
use crate::server::{Server, ServerOptions};

/// Serves until the program is told to end. Running jobs are cancelled then, and the session put
/// back.
pub async fn run(setting: &Setting, args: &ServeArgs) -> Result<()> {
    let (runtime, simulator) = prepare(setting).await?;
    let clock = Arc::clone(&runtime.clock);
    let app = App::start(runtime)?;
    let options = ServerOptions {
        bind: args
            .bind
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))),
        token: None,
        origins: Vec::new(),
        hosts: Vec::new(),
        root: setting.config.output.root.clone(),
        write_roots: Vec::new(),
        state_dir: setting.places.state.clone(),
        config_dir: setting.places.config.clone(),
        timeout: Duration::try_from_secs_f64(setting.config.connection.timeout_s)
            .unwrap_or(Duration::from_secs(10)),
        debug: false,
        clock,
    };
    let server = Server::start(app, options).await?;
    output::say(&format!(
        "pt-stem: serving on http://{}\n",
        server.address()
    ));
    setting.stop.cancelled().await;
    if let Some(app) = server.end().await {
        for fault in app.end().await {
            output::warn(&fault, setting.global.json);
        }
    }
    if let Some((simulator, end)) = simulator {
        end.cancel();
        simulator.closed().await;
    }
    Ok(())
}

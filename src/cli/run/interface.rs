//! `pt-stem` without a command: the terminal interface. Its first frame does not wait for the
//! simulator or for Pro Tools.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::action::Action;
use crate::app::runtime::{Opened, Runtime, RuntimeOptions};
use crate::app::state::{LogLine, Severity, State};
use crate::app::{self, Msg};
use crate::cli::args::Global;
use crate::cli::desk::{self, Setting};
use crate::cli::run::{config, serve, simulate};
use crate::config::watch::{self, Reload};
use crate::config::{Config, UserFiles};
use crate::error::{Error, Result};
use crate::model::link::Fault;
use crate::model::text::clean;
use crate::model::{LinkEvent, LinkPhase};
use crate::platform::places::Places;
use crate::ptsl::names::commands;
use crate::telemetry::{LogEntry, Telemetry};
use crate::tui;

/// Runs until the user quits, the terminal is gone, or a signal ends the program.
pub async fn run(setting: &Setting, telemetry: Telemetry) -> Result<()> {
    let files = user_files(
        Arc::clone(&setting.config),
        &setting.global,
        &setting.places,
    )?;
    let mode = setting.mode();
    let mut options = RuntimeOptions::new(
        setting.config.clone(),
        mode.clone(),
        setting.places.state.clone(),
    );
    options.autoconnect = !mode.is_simulated();
    let clock = options.clock.clone();
    let mut state = State::new(setting.config.clone(), mode.clone());
    state.now = clock.now();
    state.base = std::env::current_dir().unwrap_or_default();
    state.ui.commands = commands().into_iter().map(|(_, name)| name).collect();
    state.keymap = Arc::new(files.keymap.clone());
    state.link.address = if mode.is_simulated() {
        "the embedded simulator".to_owned()
    } else {
        format!("{}:{}", options.host, options.port)
    };
    let opened = Arc::clone(&options.opened);
    let (runtime, inbox) = Runtime::start(options)?;
    let server = serve::beside(setting, &runtime, &state, Arc::clone(&clock)).await;
    let (sender, messages) = mpsc::channel(64);
    let log_dir = telemetry
        .dir
        .clone()
        .unwrap_or_else(|| setting.places.log.clone());
    let again = Arc::new(Notify::new());
    let following = follow_files(
        setting.clone(),
        files.clone(),
        Arc::clone(&again),
        sender.clone(),
    );
    let following = tokio::spawn(following);
    let logging = tokio::spawn(forward_log(telemetry, sender.clone()));
    let end = CancellationToken::new();
    let simulator = mode
        .is_simulated()
        .then(|| tokio::spawn(simulator(setting.clone(), opened, sender, end.clone())));
    let setup = tui::run::Setup {
        state,
        runtime,
        inbox,
        clock,
        files,
        again,
        messages: Some(messages),
        config_dir: setting.places.config.clone(),
        state_dir: setting.places.state.clone(),
        log_dir,
    };
    let outcome = if setting.config.ui.plain {
        tui::plain::run(setup).await
    } else {
        tui::run::run(setup).await
    };
    if let Some(server) = server {
        server.end().await;
    }
    end.cancel();
    if let Some(simulator) = simulator {
        let _ = simulator.await;
    }
    logging.abort();
    following.abort();
    outcome
}

/// Makes the simulator ready (the demo's audio is synthesised at first use), then connects.
async fn simulator(
    setting: Setting,
    opened: Arc<OnceLock<Opened>>,
    sender: mpsc::Sender<Msg>,
    end: CancellationToken,
) {
    let _ = sender
        .send(Msg::Link(LinkEvent::Phase(LinkPhase::Connecting)))
        .await;
    match simulate::embedded(&setting.global, &setting.places, end.clone()).await {
        Ok(simulator) => {
            if let Some(found) = desk::opened(&simulator) {
                let _ = opened.set(found);
            }
            if let Some(address) = simulator.addresses().first() {
                let connect = Action::Connect {
                    host: Some(address.ip().to_string()),
                    port: Some(address.port()),
                };
                let _ = sender.send(Msg::Action(connect)).await;
            }
            simulator.closed().await;
        }
        Err(error) => {
            let _ = sender.send(Msg::Link(failed(error))).await;
            end.cancelled().await;
        }
    }
}

fn failed(error: Error) -> LinkEvent {
    LinkEvent::Notice(Fault::from(error))
}

/// Keys and themes for settings.
fn user_files(config: Arc<Config>, global: &Global, places: &Places) -> Result<UserFiles> {
    let (theme, var) = (config.ui.theme.clone(), |name: &str| {
        std::env::var(name).ok()
    });
    UserFiles::load(config, &places.config, var).map_err(|mut error| {
        // A theme that is not there has no line of its own: the one that asks for it is meant.
        let is_missing = error.message == format!("there is no theme '{}'", clean(&theme));
        if is_missing && let Ok(loaded) = config::load(global, places) {
            error.message = format!("{}: {}", loaded.origin("ui.theme"), error.message);
        }
        error
    })
}

/// Reads the user's files again when they change, with the flags of this start laid over them.
async fn follow_files(
    setting: Setting,
    files: UserFiles,
    again: Arc<Notify>,
    sender: mpsc::Sender<Msg>,
) {
    let Setting { global, places, .. } = setting;
    let file = config::file(&global, &places);
    let mut folders = vec![places.config.clone(), places.config.join("themes")];
    folders.extend(file.parent().map(Path::to_path_buf));
    let home = format!("{}{}", places.config.display(), std::path::MAIN_SEPARATOR);
    let load = move || {
        let read = config::load(&global, &places)
            .and_then(|loaded| user_files(Arc::new(loaded.config), &global, &places));
        read.map_err(|mut error| {
            // Which folder is known; the line is what matters in one line.
            error.message = error.message.replace(&home, "");
            error
        })
    };
    let (told, mut reloads) = mpsc::channel(4);
    let watching = watch::follow(folders, files, Box::new(load), again, told);
    let passing = async {
        while let Some(reload) = reloads.recv().await {
            let reload = match reload {
                Reload::Taken { files, changes } => app::Reload::Taken(files, changes),
                Reload::Refused(error) => app::Reload::Refused(Fault::from(error)),
                Reload::Blind(error) => app::Reload::Blind(Fault::from(error)),
            };
            if sender.send(Msg::Reload(reload)).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(watching, passing);
}

/// What is logged also stands in the log pane.
async fn forward_log(mut telemetry: Telemetry, sender: mpsc::Sender<Msg>) {
    while let Some(entry) = telemetry.lines.recv().await {
        if sender.send(Msg::Log(line(entry))).await.is_err() {
            break;
        }
    }
}

fn line(entry: LogEntry) -> LogLine {
    let severity = match entry.level {
        tracing::Level::ERROR => Severity::Error,
        tracing::Level::WARN => Severity::Warning,
        _ => Severity::Info,
    };
    LogLine {
        unix_ms: entry.unix_ms,
        severity,
        source: entry.source,
        text: entry.text,
    }
}

//! `pt-stem` without a command: the terminal interface. Its first frame does not wait for the
//! simulator or for Pro Tools.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::action::Action;
use crate::app::Msg;
use crate::app::runtime::{Runtime, RuntimeOptions};
use crate::app::state::{LogLine, Severity, State};
use crate::cli::desk::Setting;
use crate::cli::run::simulate;
use crate::config::{Keymap, Theme, theme};
use crate::error::{Error, Result};
use crate::model::link::Fault;
use crate::model::{LinkEvent, LinkPhase};
use crate::telemetry::{LogEntry, Telemetry};
use crate::tui;

/// Runs until the user quits, the terminal is gone, or a signal ends the program.
pub async fn run(setting: &Setting, telemetry: Telemetry) -> Result<()> {
    let keymap = Keymap::load(&setting.places.config)?;
    let (theme, _) = theme::choose(&setting.config, |name| std::env::var(name).ok());
    let theme = Theme::load(&theme, &setting.places.config)?;
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
    state.link.address = if mode.is_simulated() {
        "the embedded simulator".to_owned()
    } else {
        format!("{}:{}", options.host, options.port)
    };
    let (runtime, inbox) = Runtime::start(options)?;
    let (sender, messages) = mpsc::channel(64);
    let log_dir = telemetry
        .dir
        .clone()
        .unwrap_or_else(|| setting.places.log.clone());
    let logging = tokio::spawn(forward_log(telemetry, sender.clone()));
    let end = CancellationToken::new();
    let simulator = mode
        .is_simulated()
        .then(|| tokio::spawn(simulator(setting.clone(), sender, end.clone())));
    let outcome = tui::run::run(tui::run::Setup {
        state,
        runtime,
        inbox,
        clock,
        keymap,
        theme,
        messages: Some(messages),
        config_dir: setting.places.config.clone(),
        state_dir: setting.places.state.clone(),
        log_dir,
    })
    .await;
    end.cancel();
    if let Some(simulator) = simulator {
        let _ = simulator.await;
    }
    logging.abort();
    outcome
}

/// Makes the simulator ready (the demo's audio is synthesised at first use), then connects.
async fn simulator(setting: Setting, sender: mpsc::Sender<Msg>, end: CancellationToken) {
    let _ = sender
        .send(Msg::Link(LinkEvent::Phase(LinkPhase::Connecting)))
        .await;
    match simulate::embedded(&setting.global, &setting.places, end.clone()).await {
        Ok(simulator) => {
            let _ = sender
                .send(Msg::Findings(simulator.findings().to_vec()))
                .await;
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

//! The command line: composition root, and one file a command below `run`.

pub mod account;
pub mod args;
mod config_args;
pub mod desk;
pub mod lint_args;
pub mod output;
pub mod progress;
pub mod recipe_args;
pub mod run;
pub mod service_args;
pub mod word_args;

use std::io::IsTerminal as _;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use tokio_util::sync::CancellationToken;

use crate::action::Action;
use crate::config::settings::OnHangup;
use crate::config::{ENV_TEMPLATE, Keymap, Loaded};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{places, signals};
use crate::telemetry;
use args::{Cli, Command, ConfigCommand, ServiceCommand, StemsCommand};
use desk::{Desk, Need, Setting};
use output::Output;

/// Threads that turn tasks.
const MOST_WORKERS: usize = 4;

/// Parses the arguments, runs, prints the error, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.message == output::CLOSED_PIPE => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, cli.global.json);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// What happened, why, what to do: on stderr, or as one JSON object there. Nobody may be left to
/// read it.
fn report(error: &Error, json: bool) {
    let mut stderr = std::io::stderr();
    let message = crate::model::text::clean(&error.chain()).into_owned();
    if json {
        let value = serde_json::json!({
            "schema": 1,
            "error": { "kind": error.kind, "message": message, "hints": error.hints },
        });
        let _ = writeln!(stderr, "{value}");
        return;
    }
    let _ = writeln!(stderr, "pt-stem: {message}");
    for hint in &error.hints {
        let _ = writeln!(stderr, "  {}", crate::model::text::clean(hint));
    }
}

fn start(cli: &Cli) -> Result<()> {
    let output = Output {
        json: cli.global.json,
    };
    match &cli.command {
        Some(Command::Completions { shell }) => return run::about::completions(*shell),
        Some(Command::Man) => return run::about::man(),
        Some(Command::Schema { of }) => return run::config::schema(*of),
        Some(Command::Presets { id }) => return run::presets::run(id.as_deref(), output),
        Some(Command::Lint(args)) => return run::lint::run(args, output),
        Some(Command::Licenses) => return run::about::licenses(),
        Some(Command::Service {
            command: ServiceCommand::Print { what },
        }) => return run::service::print(*what),
        _ => {}
    }
    let places = places::places();
    let loaded = match &cli.command {
        Some(Command::Serve(args)) => run::serve::load(&cli.global, &places, args)?,
        _ => run::config::load(&cli.global, &places)?,
    };
    match &cli.command {
        Some(Command::Config { command }) => {
            return match command {
                ConfigCommand::Show { origin } => run::config::show(&loaded, *origin, output),
                ConfigCommand::Path => run::config::path(&cli.global, &places, output),
                ConfigCommand::Init { env: true } => output::block(ENV_TEMPLATE),
                ConfigCommand::Init { env: false } => {
                    run::config::init(&cli.global, &places, output)
                }
            };
        }
        Some(Command::Logs { follow, lines }) => {
            return run::logs::run(&places.log, *follow, *lines, output);
        }
        Some(Command::Token { show, new }) => {
            return run::token::run(*show, *new, &places, output);
        }
        Some(Command::Keys { markdown }) => {
            let keymap = Keymap::load(&places.config)?;
            return run::about::keys(output, &keymap, *markdown);
        }
        Some(Command::Do { action, arguments }) => {
            let action = run::misc::action(action, arguments)?;
            if matches!(action, Action::Help | Action::Palette) {
                return run::about::keys(output, &Keymap::load(&places.config)?, false);
            }
        }
        Some(Command::Themes { name }) => {
            return run::about::themes(name.as_deref(), &places, output);
        }
        Some(Command::Stems {
            command: StemsCommand::Verify { dir, mix },
        }) => return run::stems::verify_set(dir, mix.as_deref(), output),
        Some(Command::Stems {
            command:
                StemsCommand::Report {
                    dir,
                    html,
                    markdown,
                },
        }) => return run::report::run(dir, html.as_deref(), markdown.as_ref(), output),
        Some(Command::Jobs { command }) => {
            return run::jobs::run(command.as_ref(), &places, output);
        }
        Some(Command::Files { dir }) => {
            let root = loaded.config.output.root.clone();
            return run::misc::files(dir.clone().unwrap_or(root), output);
        }
        _ => {}
    }
    // Sound is made on threads of its own; each of these would keep memory for itself.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(MOST_WORKERS))
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Internal, "the async runtime does not start").because(error)
        })?;
    let outcome = runtime.block_on(connected(cli, loaded, places, output));
    // Reading stdin may still block a thread that nobody needs any more.
    runtime.shutdown_background();
    outcome
}

/// Every command that needs tasks: a server, a session, the terminal interface.
async fn connected(
    cli: &Cli,
    loaded: Loaded,
    places: crate::platform::places::Places,
    output: Output,
) -> Result<()> {
    run::simulate::choice(&cli.global)?;
    let telemetry = telemetry::start(
        &places.log,
        &loaded.config.log.level,
        loaded.config.log.keep_days,
        cli.global.verbose,
    );
    let finishes = loaded.config.server.on_shutdown == OnHangup::Finish;
    let mut setting = Setting {
        global: cli.global.clone(),
        config: Arc::new(loaded.config),
        places,
        notes: loaded.notes,
        stop: CancellationToken::new(),
        hurry: CancellationToken::new(),
    };
    if !matches!(&cli.command, Some(Command::Serve(_)) if finishes) {
        setting.hurry = setting.stop.clone();
    }
    let Some(command) = &cli.command else {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if !is_terminal && !setting.config.ui.plain {
            return Err(
                Error::new(ErrorKind::Usage, "the terminal interface needs a terminal").hint(
                    "Over SSH: ssh -t HOST pt-stem; without a screen use the commands, see --help, or --plain",
                ),
            );
        }
        return run::interface::run(&setting, telemetry).await;
    };
    let _telemetry = telemetry;
    tokio::spawn(heed_signals(setting.stop.clone(), setting.hurry.clone()));
    match command {
        Command::Simulate(args) => {
            run::simulate::run(&setting.global, args, &setting.places, setting.stop.clone()).await
        }
        Command::Serve(_) => run::serve::run(&setting).await,
        Command::Rescue => run::misc::rescue(&setting, output).await,
        Command::Doctor => run::doctor::run(&setting, output).await,
        Command::Call {
            command,
            list: true,
            ..
        } => run::call_list::run(command.as_deref(), output),
        Command::Call {
            command: Some(command),
            body,
            raw,
            ..
        } => run::call::run(&setting, command, body.as_deref(), *raw).await,
        _ => at_desk(command, &setting, output).await,
    }
}

/// Told to end, told again, and told once more: then nothing is waited for any more. Who does not
/// work on after the first is hurried by it.
async fn heed_signals(stop: CancellationToken, hurry: CancellationToken) {
    let Ok(mut signals) = signals::Signals::listen() else {
        return;
    };
    loop {
        if !signals.next().await.ends() {
            continue;
        }
        if !stop.is_cancelled() {
            stop.cancel();
        } else if !hurry.is_cancelled() {
            hurry.cancel();
        } else {
            output::say("pt-stem: gave up waiting; `pt-stem rescue` puts back what is changed\n");
            std::process::exit(i32::from(ErrorKind::Interrupted.exit_code()));
        }
    }
}

/// Commands on an application with a session.
async fn at_desk(command: &Command, setting: &Setting, output: Output) -> Result<()> {
    let (need, with_jobs) = match command {
        Command::Status { watch: true } => (Need::Nothing, false),
        Command::Status { watch: false } => (Need::Server, false),
        Command::Export(_)
        | Command::Stems {
            command: StemsCommand::Print(_),
        } => (Need::Session, true),
        Command::Do { .. } => (Need::Server, true),
        _ => (Need::Session, false),
    };
    let mut desk = Desk::open(setting, need, with_jobs).await?;
    let outcome = perform(command, &mut desk, output).await;
    desk.close().await;
    outcome
}

async fn perform(command: &Command, desk: &mut Desk, output: Output) -> Result<()> {
    match command {
        Command::Status { watch } => run::status::run(desk, *watch, output).await,
        Command::Session => run::status::session(desk, output),
        Command::Tracks { command } => run::tracks::run(desk, command.as_ref(), output).await,
        Command::Transport { command } => run::transport::run(desk, *command, output).await,
        Command::Stems {
            command: StemsCommand::Plan(args),
        } => run::stems::plan(desk, args, output).await,
        Command::Stems {
            command: StemsCommand::Print(args),
        } => run::stems::print(desk, args, output).await,
        Command::Stems {
            command: StemsCommand::Init(args),
        } => run::recipes::init(desk, args, output).await,
        Command::Stems {
            command: StemsCommand::Diff(args),
        } => run::recipes::diff(desk, args, output).await,
        Command::Stems {
            command: StemsCommand::Snapshot(args),
        } => run::recipes::snapshot(desk, args, output).await,
        Command::Export(args) => run::stems::export(desk, args, output).await,
        Command::Do { action, arguments } => {
            run::misc::act(desk, run::misc::action(action, arguments)?, output).await
        }
        _ => Err(Error::new(
            ErrorKind::Internal,
            "this command is not dispatched",
        )),
    }
}

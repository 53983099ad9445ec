//! Running the interface: taking the terminal, turning the loop, giving the terminal back and putting
//! the session back whatever happened. The loop itself is in `interface`; what paces its frames in
//! `pace`, what it shows in `show`, what signals do to it in `signal`, why it ends in `ends`.

pub(super) mod ends;
pub mod hangup;
mod interface;
mod pace;
mod show;
mod signal;

use std::io::IsTerminal;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::{Notify, mpsc};

use self::interface::Interface;
pub(super) use self::interface::receive;
use super::appearance::Appearance;
use super::terminal;
use crate::app::runtime::Runtime;
use crate::app::{Msg, State};
use crate::clock::Clock;
use crate::config::UserFiles;
use crate::error::{Error, ErrorKind, Result};

/// Everything that the interface runs on.
pub struct Setup {
    pub state: State,
    pub runtime: Runtime,
    pub inbox: mpsc::Receiver<Msg>,
    pub clock: Arc<dyn Clock>,
    pub files: UserFiles,
    /// Asks for the user's files to be read again; the answer comes as a message.
    pub again: Arc<Notify>,
    /// More messages, from whoever started the interface: log lines, the address of a simulator
    /// that is still being made ready.
    pub messages: Option<mpsc::Receiver<Msg>>,
    /// Where the user's themes are.
    pub config_dir: PathBuf,
    /// Where crash reports go.
    pub state_dir: PathBuf,
    pub log_dir: PathBuf,
}

/// Runs the interface until it is quit. The terminal is given back and the session put back in
/// every case. Errors: `Usage` without a terminal, `Interrupted` when a signal or the end of the
/// terminal ended it, `Internal` after a fault of its own.
pub async fn run(setup: Setup) -> Result<()> {
    let Setup {
        state,
        runtime,
        mut inbox,
        clock,
        files,
        again,
        messages,
        config_dir,
        state_dir,
        log_dir,
    } = setup;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        runtime.shutdown(inbox).await;
        return Err(
            Error::new(ErrorKind::Usage, "the interface needs a terminal")
                .hint("Use a command, such as `pt-stem status`, where there is none"),
        );
    }
    terminal::report_panics(&state_dir, &log_dir);
    let appearance = Appearance::new(files, config_dir);
    let mut interface = match Interface::new(state, runtime, clock, appearance, again) {
        Ok(interface) => interface,
        Err(refused) => {
            let (runtime, error) = *refused;
            runtime.shutdown(inbox).await;
            return Err(error);
        }
    };
    let looped = AssertUnwindSafe(interface.turn(&mut inbox, messages));
    let outcome = looped.catch_unwind().await;
    interface.end_progress();
    terminal::leave();
    let is_gone = interface.is_gone;
    let Interface {
        runtime,
        mut state,
        clock,
        ..
    } = interface;
    if is_gone && outcome.is_ok() {
        hangup::finish(&mut state, &runtime, &mut inbox, &clock).await;
    }
    if state.own_work().is_some() {
        terminal::say("cancelling the running job and putting the session back …");
    }
    for fault in runtime.shutdown(inbox).await {
        terminal::say(&fault.message);
    }
    drop(std::panic::take_hook());
    match outcome {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            ErrorKind::Internal,
            "the interface stopped because of a fault of its own",
        )),
    }
}

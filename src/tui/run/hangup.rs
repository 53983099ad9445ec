//! After the terminal is gone: jobs go on without a screen where the settings want it.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::runtime::Runtime;
use crate::app::{Msg, State, update};
use crate::clock::Clock;
use crate::config::settings::OnHangup;
use crate::model::JobState;
use crate::platform::signals::{Signal, Signals};

/// Whether jobs of this program run or wait.
fn has_work(state: &State) -> bool {
    state
        .own_jobs()
        .any(|job| job.state.is_active() || job.state == JobState::Queued)
}

/// Lets the jobs of this program come to their end, if the settings say so. A request to end ends
/// it at once. Nothing is shown to anybody: the record of jobs and the log tell the rest.
pub async fn finish(
    state: &mut State,
    runtime: &Runtime,
    inbox: &mut mpsc::Receiver<Msg>,
    clock: &Arc<dyn Clock>,
) {
    if state.config.ui.on_hangup != OnHangup::Finish || !has_work(state) {
        return;
    }
    let Ok(mut signals) = Signals::listen() else {
        return;
    };
    tracing::info!("the terminal is gone; jobs go on without it");
    while has_work(state) {
        tokio::select! {
            biased;
            signal = signals.next() => {
                if matches!(signal, Signal::Interrupt | Signal::Terminate) {
                    return;
                }
            }
            msg = inbox.recv() => match msg {
                Some(msg) => drop(runtime.perform(update(state, msg, clock.now()))),
                None => return,
            },
        }
    }
    tracing::info!("all jobs are over");
}

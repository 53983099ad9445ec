//! Long commands as they are told: what holds Pro Tools, for how long, and whether it looks as if a
//! dialog were up. How loudly that is said is the application's.

use std::time::Duration;

use tokio::time::Instant;

use super::desk::{Desk, Exit};
use crate::model::LinkEvent;
use crate::model::link::{Hold, Work};
use crate::ptsl::client::LongCall;
use crate::ptsl::names;

/// How often a long command is looked at.
pub const LOOK: Duration = Duration::from_millis(500);

/// The work as last told.
#[derive(Default)]
pub struct Told(Option<Work>);

impl Told {
    /// Tells what has changed.
    pub async fn tell(&mut self, desk: &Desk, call: Option<LongCall>) -> Result<(), Exit> {
        let now = Instant::now();
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let since_us = |call: &LongCall| match &self.0 {
            Some(told) if told.command == names::command_name(call.command) => told.since_us,
            _ => {
                let elapsed = now.saturating_duration_since(call.since);
                desk.now().mono_us.saturating_sub(micros(elapsed))
            }
        };
        let work = call.map(|call| Work {
            since_us: since_us(&call),
            command: names::command_name(call.command),
            expected_us: call.expected.map(micros),
            progress: call.progress,
            hold: match (call.is_dialog, call.is_quiet(now)) {
                (true, _) => Hold::Dialog,
                (false, true) => Hold::Quiet,
                (false, false) => Hold::Running,
            },
        });
        if work == self.0 {
            return Ok(());
        }
        self.0.clone_from(&work);
        desk.emit(LinkEvent::Work(work)).await
    }
}

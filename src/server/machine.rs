//! The machine that the server runs on: processors, memory, the disk of the output root. Looked at in
//! the background; who asks gets the last look.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sysinfo::System;
use tokio_util::sync::CancellationToken;

use crate::platform::space;

/// Time between two looks. Shorter ones say nothing about processors on some systems.
const PAUSE: Duration = Duration::from_secs(5);

/// Percentages.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Look {
    pub cpu: f64,
    pub memory: f64,
    pub disk: f64,
}

/// The last look. Clones share it.
#[derive(Debug, Clone)]
pub struct Machine {
    last: Arc<Mutex<Look>>,
    began: Instant,
}

impl Machine {
    /// Looks until `stop`.
    pub fn start(root: PathBuf, stop: CancellationToken) -> Self {
        let machine = Self {
            last: Arc::default(),
            began: Instant::now(),
        };
        tokio::spawn(turn(Arc::clone(&machine.last), root, stop));
        machine
    }

    pub fn look(&self) -> Look {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the server started.
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }
}

async fn turn(last: Arc<Mutex<Look>>, root: PathBuf, stop: CancellationToken) {
    let mut system = System::new();
    loop {
        let root = root.clone();
        // A network disk may let one wait.
        let looking = tokio::task::spawn_blocking(move || {
            let look = look(&mut system, &root);
            (system, look)
        });
        let Ok((back, seen)) = looking.await else {
            return;
        };
        system = back;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

fn look(system: &mut System, root: &std::path::Path) -> Look {
    system.refresh_cpu_usage();
    system.refresh_memory();
    Look {
        cpu: f64::from(system.global_cpu_usage()).clamp(0.0, 100.0),
        memory: percent(system.used_memory(), system.total_memory()),
        disk: space::used(root).map_or(0.0, |(used, total)| percent(used, total)),
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => (part as f64 / whole as f64 * 100.0).clamp(0.0, 100.0),
    }
}

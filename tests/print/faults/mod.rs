//! Every fault of the simulator in every phase of a bounce. Whatever happens: the session is as
//! before but for what a human set, no file under a final name is wrong, and the job says why.
//!
//! `PT_STEM_MATRIX=all` runs every cell; otherwise a part of them that meets each fault and phase.

mod cell;
mod outcome;
mod stage;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use cell::Cell;
use outcome::undisturbed;
use tables::{Job, PHASES};

/// Cells that run at once.
const AT_ONCE: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_in_every_phase_of_a_bounce_leaves_no_trace() {
    let mut known = BTreeMap::new();
    for job in [Job::Solo, Job::Ways] {
        let done = Arc::new(undisturbed(job).await);
        known.insert(job, done);
    }
    let is_whole = std::env::var("PT_STEM_MATRIX").is_ok_and(|word| word == "all");
    let wanted = std::env::var("PT_STEM_CELL").unwrap_or_default();
    let mut cells = Cell::all();
    cells.retain(|cell| is_whole || !wanted.is_empty() || cell.is_in_the_part());
    cells.retain(|cell| cell.name().contains(&wanted));
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for cell in &cells {
        let (cell, turns) = (*cell, turns.clone());
        let undisturbed = known[&PHASES[cell.phase].1].clone();
        running.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            (cell, cell.run(&undisturbed).await)
        });
    }
    let (mut survived, mut wrong) = (0, Vec::new());
    while let Some(ended) = running.join_next().await {
        let (cell, outcome) = ended.unwrap();
        match outcome {
            Ok(how) => {
                survived += 1;
                println!("{:<60} {how}", cell.name());
            }
            Err(what) => {
                println!("{:<60} WRONG: {what}", cell.name());
                wrong.push(cell.name());
            }
        }
    }
    println!("faults survived: {survived} of {}", cells.len());
    assert_eq!(wrong, [""; 0]);
}

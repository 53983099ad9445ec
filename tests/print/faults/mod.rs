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

use pt_stem::engine::lease::open_leases;
use pt_stem::simulator::Api;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::session::{names, run, samples};
use cell::Cell;
use outcome::{Undisturbed, undisturbed};
use stage::{Stage, look};
use tables::{Job, is_in_the_part, is_in_the_whole};

/// Cells that run at once.
const AT_ONCE: usize = 24;

/// The undisturbed job of every version: it is done, and leaves no trace either.
async fn known() -> BTreeMap<(Job, Api), Arc<Undisturbed>> {
    let mut running = JoinSet::new();
    // A program can solo nothing before PTSL 3.
    for api in Api::ALL.into_iter().filter(|api| *api > Api::V1) {
        for job in [Job::Solo, Job::Ways] {
            // Sources and track bounces came with 2025.6.
            if job == Job::Solo || api >= Api::V2025_6 {
                running.spawn(async move { ((job, api), Arc::new(undisturbed(job, api).await)) });
            }
        }
    }
    running.join_all().await.into_iter().collect()
}

#[tokio::test]
async fn a_pro_tools_that_lets_nobody_solo_is_left_alone_and_prints_what_is_set_by_hand() {
    let mut stage = Stage::new(Job::Solo, Api::V1).await;
    let error = run(&stage.plan, &stage.context).await.unwrap_err();
    assert!(error.message.contains("solo and mute"), "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("render")));
    assert_eq!(look(&stage.outside).await, stage.before);
    assert!(open_leases(&stage.world.state()).unwrap().is_empty());
    assert_eq!(names(&stage.world.out()), [""; 0]);
    // The bass is soloed by hand, and what is solo-safe is muted.
    stage.plan.stems.retain(|stem| stem.name == "Bass");
    let control = stage.simulator.control();
    control.human("mute", Job::Solo.safe(), true).await.unwrap();
    let before = look(&stage.outside).await;
    run(&stage.plan, &stage.context).await.unwrap();
    assert_eq!(samples(&stage.world.out().join("Bass.wav"))[0], 0.25);
    assert_eq!(look(&stage.outside).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_in_every_phase_of_a_bounce_leaves_no_trace() {
    let is_whole = std::env::var("PT_STEM_MATRIX").is_ok_and(|word| word == "all");
    let wanted = std::env::var("PT_STEM_CELL").unwrap_or_default();
    let known = known().await;
    let mut cells = Cell::all();
    cells.retain(|cell| known.contains_key(&(cell.job(), cell.api)));
    cells.retain(|cell| {
        let Cell { phase, fault, api } = *cell;
        match is_whole || !wanted.is_empty() {
            true => is_in_the_whole(phase, fault, api),
            false => is_in_the_part(phase, fault, api),
        }
    });
    cells.retain(|cell| cell.name().contains(&wanted));
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for cell in &cells {
        let (cell, turns) = (*cell, turns.clone());
        let undisturbed = known[&(cell.job(), cell.api)].clone();
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

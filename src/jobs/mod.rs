//! The queue of jobs: pure state (`queue`), the actor that runs them (`runner` is its handle), and the record
//! that survives restarts (`store`).

mod actor;
pub mod hooks;
mod journal;
mod orders;
mod outcome;
mod progress;
pub mod queue;
mod rate;
pub mod runner;
mod running;
pub mod store;
mod wishes;

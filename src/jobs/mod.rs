//! The queue of jobs: pure state (`queue`), the actor that runs them (`runner`), and the record
//! that survives restarts (`store`).

pub mod hooks;
mod journal;
mod outcome;
pub mod queue;
mod rate;
pub mod runner;
pub mod store;
mod wishes;

//! The queue of jobs: pure state (`queue`), the actor that runs them (`runner`), and the record
//! that survives restarts (`store`).

pub mod queue;
pub mod runner;
pub mod store;

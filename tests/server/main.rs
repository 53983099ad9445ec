//! The server over real sockets, on top of a simulator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bench;
mod browser;
mod files;
mod formats;
mod own;
mod page;
mod prints;
mod queue;
mod reading;
mod safe;
mod snapshots;
mod told;
mod wrong;
mod ws;

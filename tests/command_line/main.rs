//! The real binary as a user of the command line meets it: results, wrong input, exit codes, kills.

mod actions;
mod bench;
mod beside;
#[cfg(unix)]
mod cancelled;
mod contract;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod followed;
#[cfg(unix)]
mod killed;
mod kills;
#[cfg(unix)]
mod lines;
mod lint;
mod live;
mod main_job;
mod plain;
mod preflight;
mod queue;
mod recipes;
mod rescue;
mod service;
mod service_files;
mod shapes;
mod simulate;
mod sums;
mod text_export;
mod versions;
mod wave;
mod wide;
mod wrong_input;

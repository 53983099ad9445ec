//! The real binary as a user of the command line meets it: results, wrong input, exit codes, kills.

mod actions;
mod bench;
mod beside;
mod contract;
mod kills;
mod live;
mod main_job;
mod plain;
mod preflight;
mod queue;
mod rescue;
mod service;
mod service_files;
mod shapes;
mod simulate;
mod text_export;
mod wave;
mod wrong_input;

//! PT-STEM.

pub mod action;
pub mod app;
pub mod audio;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod error;
pub mod import;
pub mod jobs;
pub mod media;
pub mod mixdown;
pub mod model;
pub mod plan;
pub mod platform;
pub mod ptsl;
pub mod simulator;
pub mod telemetry;
pub mod tui;

//! What was typed about serving. Shapes and help texts only.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Address to serve on; beyond this machine a token is needed [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Print one of them, with how to install it
    Print {
        #[arg(value_enum)]
        what: ServiceFile,
    },
}

/// Ready-made files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServiceFile {
    /// macOS: a property list for ~/Library/LaunchAgents
    Launchd,
    /// Linux: a unit for /etc/systemd/system
    Systemd,
    /// Windows: a task for the Task Scheduler
    Windows,
    /// A Dockerfile that builds from the checkout
    Docker,
    /// A dashboard for Grafana over Prometheus
    Grafana,
}

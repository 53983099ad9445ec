//! The settings as the program uses them, with their built-in values.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::paths::PathMap;

/// Everything that can be set, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub connection: Connection,
    pub output: OutputSettings,
    pub ui: Ui,
    pub server: ServerSettings,
    pub log: LogSettings,
    pub confirm: Confirm,
    pub hooks: Hooks,
    /// Folders of Pro Tools' machine as they are mounted here.
    pub paths: PathMap,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub host: String,
    pub port: u16,
    /// Seconds that an ordinary call may take.
    pub timeout_s: f64,
    /// Milliseconds between two polls.
    pub poll_ms: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OutputSettings {
    /// Default folder for printed stems.
    pub root: PathBuf,
    /// The recipe to use when none is named.
    pub recipe: Option<PathBuf>,
}

/// Colours a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorDepth {
    Auto,
    TrueColor,
    Ansi256,
    Ansi16,
    Mono,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbols {
    Unicode,
    Ascii,
}

/// What becomes of running jobs when the terminal is gone, or the service is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnHangup {
    /// They are cancelled and the session is put back.
    #[default]
    Stop,
    /// They are finished without a screen.
    Finish,
}

/// How the terminal is told that a long job has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// As the terminal seems to want it.
    #[default]
    Auto,
    Osc9,
    Osc777,
    Bell,
    Off,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Ui {
    /// `auto`, or the name of a theme.
    pub theme: String,
    pub color: ColorDepth,
    pub symbols: Symbols,
    /// Counters and levels move smoothly; `None` is on, off over SSH.
    pub animation: Option<bool>,
    /// One sentence a line instead of a full screen.
    pub plain: bool,
    pub mouse: bool,
    /// Frames a second at most; `None` is 30, 10 over SSH.
    pub fps: Option<u32>,
    /// Milliseconds until what can follow the first key of a sequence is shown.
    pub key_timeout_ms: u64,
    pub on_hangup: OnHangup,
    pub notify: Notify,
    /// Tell the terminal how far the running job is (OSC 9;4).
    pub progress: bool,
}

/// How the application is served over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Beside the terminal interface.
    pub enabled: bool,
    pub bind: SocketAddr,
    /// Want the token on loopback too.
    pub require_token: bool,
    /// Scheme, host and port of pages that may use the interface.
    pub origins: Vec<String>,
    /// Names that a Host header may have beside the address.
    pub hosts: Vec<String>,
    /// Folders beside the output root.
    pub write_roots: Vec<PathBuf>,
    pub on_shutdown: OnHangup,
    /// Changing requests of one address.
    pub changes_per_second: u32,
    /// Error details in answers.
    pub debug: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LogSettings {
    /// As in `RUST_LOG`.
    pub level: String,
    pub keep_days: usize,
}

/// Which dangerous actions ask first.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    pub record: bool,
    pub cancel: bool,
    pub quit_with_jobs: bool,
}

/// What runs at the end of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hooks {
    /// A command line for the system's shell.
    pub job_done: Option<String>,
    /// An address that is told by POST, as JSON.
    pub webhook: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connection: Connection {
                host: "localhost".to_owned(),
                port: 31416,
                timeout_s: 10.0,
                poll_ms: 500,
            },
            output: OutputSettings {
                root: PathBuf::from("./output"),
                recipe: None,
            },
            ui: Ui {
                theme: "auto".to_owned(),
                color: ColorDepth::Auto,
                symbols: Symbols::Unicode,
                animation: None,
                plain: false,
                mouse: true,
                fps: None,
                key_timeout_ms: 400,
                on_hangup: OnHangup::default(),
                notify: Notify::default(),
                progress: false,
            },
            server: ServerSettings {
                enabled: false,
                bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
                require_token: false,
                origins: Vec::new(),
                hosts: Vec::new(),
                write_roots: Vec::new(),
                on_shutdown: OnHangup::default(),
                changes_per_second: 20,
                debug: false,
            },
            log: LogSettings {
                level: "info".to_owned(),
                keep_days: 7,
            },
            confirm: Confirm {
                record: true,
                cancel: true,
                quit_with_jobs: true,
            },
            hooks: Hooks::default(),
            paths: PathMap::default(),
        }
    }
}

/// The process environment; variables that are no Unicode concern nobody here.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

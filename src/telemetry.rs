//! Tracing: a daily log file, and a bounded channel of lines for the log pane. Never stdout or
//! stderr.

pub mod calls;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::model::text;

/// Lines that wait for the log pane; more are dropped, the file has them.
const PANE_LINES: usize = 512;
/// Lines that wait for the file; more are dropped. Their places are allocated at the start.
const MOST_WAITING: usize = 8_192;

/// A line for the log pane, cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub unix_ms: u64,
    pub level: tracing::Level,
    /// Module that speaks, without the crate.
    pub source: String,
    pub text: String,
}

/// Keeps the log going; dropped at the very end, it writes what is left.
pub struct Telemetry {
    _guard: Option<WorkerGuard>,
    /// Lines for the log pane.
    pub lines: mpsc::Receiver<LogEntry>,
    /// The folder of the log files; `None` when it cannot be written.
    pub dir: Option<PathBuf>,
}

/// Starts logging into `dir`, keeping `keep_days` files. `level` is a filter as in `RUST_LOG`;
/// each `verbose` step raises it. A folder that cannot be written costs the log, not the program.
pub fn start(dir: &Path, level: &str, keep_days: usize, verbose: u8) -> Telemetry {
    let filter = match verbose {
        0 => level.to_owned(),
        1 => "info,pt_stem=debug".to_owned(),
        _ => "debug,pt_stem=trace,h2=info,hyper=info".to_owned(),
    };
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let (sender, lines) = mpsc::channel(PANE_LINES);
    let file = std::fs::create_dir_all(dir).ok().and_then(|()| {
        Builder::new()
            .rotation(Rotation::DAILY)
            .filename_prefix("pt-stem")
            .filename_suffix("log")
            .max_log_files(keep_days.max(1))
            .build(dir)
            .ok()
    });
    let waiting = NonBlockingBuilder::default().buffered_lines_limit(MOST_WAITING);
    let (writer, guard) = file.map(|file| waiting.finish(file)).unzip();
    let is_written = guard.is_some();
    let file_layer = writer.map(|writer| fmt::layer().with_ansi(false).with_writer(writer));
    // A second start in one process (tests) keeps the first subscriber.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(file_layer)
        .with(PaneLayer { sender })
        .try_init();
    Telemetry {
        _guard: guard,
        lines,
        dir: is_written.then(|| dir.to_owned()),
    }
}

struct PaneLayer {
    sender: mpsc::Sender<LogEntry>,
}

impl<S: Subscriber> Layer<S> for PaneLayer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let meta = event.metadata();
        let Some(source) = meta.target().strip_prefix("pt_stem") else {
            return;
        };
        let mut line = Line::default();
        event.record(&mut line);
        let unix_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        let entry = LogEntry {
            unix_ms,
            level: *meta.level(),
            source: source.trim_start_matches("::").replace("::", " "),
            text: text::clean(&line.text).into_owned(),
        };
        let _ = self.sender.try_send(entry);
    }
}

/// The message first, then the fields as `name=value`.
#[derive(Default)]
struct Line {
    text: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.text.insert_str(0, &format!("{value:?}"));
        } else {
            self.text.push_str(&format!(" {}={value:?}", field.name()));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.text.insert_str(0, value);
        } else {
            self.text.push_str(&format!(" {}={value}", field.name()));
        }
    }
}

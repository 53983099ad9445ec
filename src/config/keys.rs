//! The keys of `config.toml`: what each is called, takes and says. Checks, the commented file, the
//! schema and `config show` are made from this table.

/// What a key takes; also decides how text from the environment is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Text,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// A number of that range.
    Number(f64, f64),
    Switch,
    /// Texts; commas stand between them in the environment.
    List,
}

/// A key of `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    pub kind: Kind,
    /// One or more lines.
    pub text: &'static str,
    /// Shown where the built-in value is "not set".
    pub example: &'static str,
}

impl Key {
    /// Whether a running interface takes a change at once, and not from its next start.
    pub fn is_live(&self) -> bool {
        let section = self.name.split('.').next();
        self.name != "ui.plain" && matches!(section, Some("ui" | "confirm" | "output"))
    }
}

const fn key(name: &'static str, kind: Kind, example: &'static str, text: &'static str) -> Key {
    Key {
        name,
        kind,
        text,
        example,
    }
}

/// What `ui.color` can be.
pub const COLORS: [&str; 5] = ["auto", "truecolor", "256", "16", "mono"];
/// What `ui.symbols` can be.
pub const SYMBOLS: [&str; 2] = ["unicode", "ascii"];

/// The key of a name.
pub fn key_of(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// All keys, in the order of the file.
pub const KEYS: [Key; 33] = [
    key(
        "connection.host",
        Kind::Text,
        "",
        "Machine that runs Pro Tools. It listens on its own loopback only; from elsewhere use\nssh -L 31416:localhost:31416 STUDIO",
    ),
    key("connection.port", Kind::Whole(1, 65_535), "", "PTSL port"),
    key(
        "connection.timeout_s",
        Kind::Number(0.1, 3600.0),
        "",
        "Seconds that an ordinary call may take, 0.1 to 3600",
    ),
    key(
        "connection.poll_ms",
        Kind::Whole(50, 60_000),
        "",
        "Milliseconds between two looks at what Pro Tools does not report by itself, 50 to 60000",
    ),
    key(
        "output.root",
        Kind::Text,
        "",
        "Folder for printed stems where neither --out nor the recipe names one",
    ),
    key(
        "output.recipe",
        Kind::Text,
        "stems.toml",
        "Recipe to use when none is named",
    ),
    key(
        "ui.theme",
        Kind::Text,
        "",
        "auto, dark, light, ansi16, mono, high-contrast, or a file themes/NAME.toml beside this one",
    ),
    key(
        "ui.color",
        Kind::Word(&COLORS),
        "",
        "auto, truecolor, 256, 16 or mono",
    ),
    key("ui.symbols", Kind::Word(&SYMBOLS), "", "unicode or ascii"),
    key(
        "ui.animation",
        Kind::Switch,
        "true",
        "Move counters and levels smoothly; off, they change once a second. Not set: on, and off over SSH",
    ),
    key(
        "ui.plain",
        Kind::Switch,
        "",
        "No full screen: one sentence a line, numbered choices; for screen readers and for scripts",
    ),
    key(
        "ui.mouse",
        Kind::Switch,
        "",
        "Mouse on or off; Shift-drag selects text while it is on",
    ),
    key(
        "ui.fps",
        Kind::Whole(1, 120),
        "30",
        "Frames a second at most, 1 to 120. Not set: 30, and 10 over SSH",
    ),
    key(
        "ui.key_timeout_ms",
        Kind::Whole(50, 10_000),
        "",
        "Milliseconds until what can follow the first key of a sequence such as g g is shown, 50 to 10000",
    ),
    key(
        "ui.on_hangup",
        Kind::Word(&["stop", "finish"]),
        "",
        "When the terminal is gone: stop (running jobs are cancelled and the session is put back) or\nfinish (jobs go on without a screen; pt-stem started again shows them)",
    ),
    key(
        "ui.notify",
        Kind::Word(&["auto", "osc9", "osc777", "bell", "off"]),
        "",
        "At the end of a job of more than 30 seconds: auto, osc9, osc777, bell or off. The bell rings with\nall but off; tmux passes the rest on with set -g allow-passthrough on",
    ),
    key(
        "ui.progress",
        Kind::Switch,
        "",
        "Tell the terminal how far the running job is (OSC 9;4), for a bar in its tab or dock",
    ),
    key(
        "server.enabled",
        Kind::Switch,
        "",
        "Serve over HTTP while the terminal interface runs, as `pt-stem serve` does without it",
    ),
    key(
        "server.bind",
        Kind::Text,
        "",
        "Address and port to serve on. Beyond this machine a token is needed: pt-stem token",
    ),
    key(
        "server.require_token",
        Kind::Switch,
        "",
        "Want the token from programs on this machine too",
    ),
    key(
        "server.origins",
        Kind::List,
        "",
        "Pages that may use the interface from a browser (CORS), such as \"http://localhost:3000\"",
    ),
    key(
        "server.hosts",
        Kind::List,
        "",
        "Names of this machine that requests may call it by beside its address, such as \"studio.local\"",
    ),
    key(
        "server.write_roots",
        Kind::List,
        "",
        "Folders beside output.root that clients may print into and download from",
    ),
    key(
        "server.on_shutdown",
        Kind::Word(&["stop", "finish"]),
        "",
        "When the service is told to end: stop (running jobs are cancelled and the session is put back) or\nfinish (it ends after them)",
    ),
    key(
        "server.changes_per_second",
        Kind::Whole(1, 100_000),
        "",
        "Changing requests a second that one address may make, 1 to 100000",
    ),
    key(
        "server.debug",
        Kind::Switch,
        "",
        "Say in error answers what lies behind the error",
    ),
    key(
        "log.level",
        Kind::Text,
        "",
        "error, warn, info, debug, trace, or a filter as in RUST_LOG",
    ),
    key(
        "log.keep_days",
        Kind::Whole(1, 365),
        "",
        "Daily log files that are kept, 1 to 365",
    ),
    key("confirm.record", Kind::Switch, "", "Ask before recording"),
    key(
        "confirm.cancel",
        Kind::Switch,
        "",
        "Ask before cancelling a running job",
    ),
    key(
        "confirm.quit_with_jobs",
        Kind::Switch,
        "",
        "Ask before quitting while jobs run",
    ),
    key(
        "hooks.job_done",
        Kind::Text,
        "notify-send \\\"$PT_STEM_JOB_STATE\\\"",
        "Command for the system's shell at the end of every job. It finds PT_STEM_JOB, _JOB_STATE, _TITLE,\n_SESSION, _DIR, _MANIFEST, _VERDICT and _ERROR in its environment",
    ),
    key(
        "hooks.webhook",
        Kind::Text,
        "https://example.org/hook",
        "Address that gets the same as JSON by POST (needs the program curl)",
    ),
];

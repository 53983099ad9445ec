//! The settings as users write them: every key optional, unknown ones refused, values in range.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::settings::{ColorDepth, Config, Symbols};
use crate::model::paths::PathMap;

/// What sort of value a key has; decides how text from the environment is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Switch,
}

/// A key of `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// All keys, in the order of the file.
pub const KEYS: [Key; 21] = [
    key(
        "connection.host",
        Kind::Text,
        "",
        "Machine that runs Pro Tools. It listens on its own loopback only; from elsewhere use\nssh -L 31416:localhost:31416 STUDIO",
    ),
    key("connection.port", Kind::Number, "", "PTSL port"),
    key(
        "connection.timeout_s",
        Kind::Number,
        "",
        "Seconds that an ordinary call may take, 0.1 to 3600",
    ),
    key(
        "connection.poll_ms",
        Kind::Number,
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
        Kind::Text,
        "",
        "auto, truecolor, 256, 16 or mono",
    ),
    key("ui.symbols", Kind::Text, "", "unicode or ascii"),
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
        Kind::Number,
        "30",
        "Frames a second at most, 1 to 120. Not set: 30, and 10 over SSH",
    ),
    key(
        "ui.key_timeout_ms",
        Kind::Number,
        "",
        "Milliseconds to wait for the next key of a sequence such as g g, 50 to 10000",
    ),
    key(
        "log.level",
        Kind::Text,
        "",
        "error, warn, info, debug, trace, or a filter as in RUST_LOG",
    ),
    key(
        "log.keep_days",
        Kind::Number,
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

/// `config.toml`, as far as it is set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigFile {
    pub connection: ConnectionFile,
    pub output: OutputFile,
    pub ui: UiFile,
    pub log: LogFile,
    pub confirm: ConfirmFile,
    pub hooks: HooksFile,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathMap>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionFile {
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "host")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "port")]
    pub port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "timeout")]
    pub timeout_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "poll")]
    pub poll_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UiFile {
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "theme")]
    pub theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "color")]
    pub color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "symbols")]
    pub symbols: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mouse: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "fps")]
    pub fps: Option<u32>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "key_timeout"
    )]
    pub key_timeout_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogFile {
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "log_level"
    )]
    pub level: Option<String>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "keep_days"
    )]
    pub keep_days: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfirmFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quit_with_jobs: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HooksFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_done: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "address")]
    pub webhook: Option<String>,
}

/// A whole number of a range, as an error that names the range.
fn whole<'de, D: Deserializer<'de>>(from: D, least: i64, most: i64) -> Result<i64, D::Error> {
    let value = i64::deserialize(from)?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(D::Error::custom(format!(
            "{value} is not between {least} and {most}"
        )))
    }
}

macro_rules! whole_numbers {
    ($($name:ident $kind:ty, $least:literal, $most:literal;)*) => {
        $(fn $name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<$kind>, D::Error> {
            let value = whole(from, $least, $most)?;
            <$kind>::try_from(value).map(Some).map_err(D::Error::custom)
        })*
    };
}

whole_numbers! {
    port u16, 1, 65_535;
    poll u64, 50, 60_000;
    fps u32, 1, 120;
    key_timeout u64, 50, 10_000;
    keep_days usize, 1, 365;
}

fn timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = f64::deserialize(from)?;
    if (0.1..=3600.0).contains(&value) {
        Ok(Some(value))
    } else {
        Err(D::Error::custom(format!(
            "{value} is not between 0.1 and 3600"
        )))
    }
}

fn text_of<'de, D: Deserializer<'de>>(
    from: D,
    is_right: impl Fn(&str) -> bool,
    wanted: &str,
) -> Result<Option<String>, D::Error> {
    let value = String::deserialize(from)?;
    if is_right(&value) {
        Ok(Some(value))
    } else {
        Err(D::Error::custom(format!("'{value}' is not {wanted}")))
    }
}

fn host<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let is_host = |text: &str| {
        !text.is_empty()
            && text.len() <= 255
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/')
    };
    text_of(from, is_host, "a host name or address")
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let is_address = |text: &str| {
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        })
    };
    text_of(
        from,
        is_address,
        "an address that begins with http:// or https://",
    )
}

fn theme<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    text_of(from, |text| !text.is_empty(), "the name of a theme")
}

fn color<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    // `color = 256` is what one types first.
    let value = match toml::Value::deserialize(from)? {
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    if color_depth(&value).is_some() {
        Ok(Some(value))
    } else {
        Err(D::Error::custom(format!(
            "'{value}' is not one of auto, truecolor, 256, 16, mono"
        )))
    }
}

fn symbols<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    text_of(
        from,
        |text| symbol_set(text).is_some(),
        "one of unicode, ascii",
    )
}

fn log_level<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let is_filter = |text: &str| tracing_subscriber::EnvFilter::try_new(text).is_ok();
    text_of(from, is_filter, "a log level or filter")
}

fn color_depth(word: &str) -> Option<ColorDepth> {
    Some(match word {
        "auto" => ColorDepth::Auto,
        "truecolor" => ColorDepth::TrueColor,
        "256" => ColorDepth::Ansi256,
        "16" => ColorDepth::Ansi16,
        "mono" => ColorDepth::Mono,
        _ => return None,
    })
}

fn color_word(depth: ColorDepth) -> &'static str {
    match depth {
        ColorDepth::Auto => "auto",
        ColorDepth::TrueColor => "truecolor",
        ColorDepth::Ansi256 => "256",
        ColorDepth::Ansi16 => "16",
        ColorDepth::Mono => "mono",
    }
}

fn symbol_set(word: &str) -> Option<Symbols> {
    Some(match word {
        "unicode" => Symbols::Unicode,
        "ascii" => Symbols::Ascii,
        _ => return None,
    })
}

impl From<&Config> for ConfigFile {
    fn from(config: &Config) -> Self {
        let Config {
            connection,
            output,
            ui,
            log,
            confirm,
            hooks,
            paths,
        } = config.clone();
        Self {
            connection: ConnectionFile {
                host: Some(connection.host),
                port: Some(connection.port),
                timeout_s: Some(connection.timeout_s),
                poll_ms: Some(connection.poll_ms),
            },
            output: OutputFile {
                root: Some(output.root),
                recipe: output.recipe,
            },
            ui: UiFile {
                theme: Some(ui.theme),
                color: Some(color_word(ui.color).to_owned()),
                symbols: Some(
                    match ui.symbols {
                        Symbols::Unicode => "unicode",
                        Symbols::Ascii => "ascii",
                    }
                    .to_owned(),
                ),
                animation: ui.animation,
                plain: Some(ui.plain),
                mouse: Some(ui.mouse),
                fps: ui.fps,
                key_timeout_ms: Some(ui.key_timeout_ms),
            },
            log: LogFile {
                level: Some(log.level),
                keep_days: Some(log.keep_days),
            },
            confirm: ConfirmFile {
                record: Some(confirm.record),
                cancel: Some(confirm.cancel),
                quit_with_jobs: Some(confirm.quit_with_jobs),
            },
            hooks: HooksFile {
                job_done: hooks.job_done,
                webhook: hooks.webhook,
            },
            paths: (!paths.is_empty()).then_some(paths),
        }
    }
}

impl ConfigFile {
    /// Lays what is set over `config`.
    pub fn lay_over(self, config: &mut Config) {
        fn set<T>(target: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *target = value;
            }
        }
        set(&mut config.connection.host, self.connection.host);
        set(&mut config.connection.port, self.connection.port);
        set(&mut config.connection.timeout_s, self.connection.timeout_s);
        set(&mut config.connection.poll_ms, self.connection.poll_ms);
        set(&mut config.output.root, self.output.root);
        config.output.recipe = self.output.recipe.or(config.output.recipe.take());
        set(&mut config.ui.theme, self.ui.theme);
        set(
            &mut config.ui.color,
            self.ui.color.as_deref().and_then(color_depth),
        );
        set(
            &mut config.ui.symbols,
            self.ui.symbols.as_deref().and_then(symbol_set),
        );
        config.ui.animation = self.ui.animation.or(config.ui.animation);
        set(&mut config.ui.plain, self.ui.plain);
        set(&mut config.ui.mouse, self.ui.mouse);
        config.ui.fps = self.ui.fps.or(config.ui.fps);
        set(&mut config.ui.key_timeout_ms, self.ui.key_timeout_ms);
        set(&mut config.log.level, self.log.level);
        set(&mut config.log.keep_days, self.log.keep_days);
        set(&mut config.confirm.record, self.confirm.record);
        set(&mut config.confirm.cancel, self.confirm.cancel);
        set(
            &mut config.confirm.quit_with_jobs,
            self.confirm.quit_with_jobs,
        );
        let hooks = &mut config.hooks;
        hooks.job_done = self.hooks.job_done.or(hooks.job_done.take());
        hooks.webhook = self.hooks.webhook.or(hooks.webhook.take());
        set(&mut config.paths, self.paths);
    }
}

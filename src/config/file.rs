//! The settings as users write them: every key optional, unknown ones refused, and what is set laid
//! over what is there.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checks::{
    address, bind, changes, color, color_depth, command, folders, fps, host, hosts, keep_days,
    key_timeout, log_level, notify, on_hangup, origins, path, poll, port, symbol_set, symbols,
    theme, timeout,
};
use super::settings::{ColorDepth, Config, Notify, OnHangup, Symbols};
use crate::model::paths::PathMap;

/// `config.toml`, as far as it is set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigFile {
    pub connection: ConnectionFile,
    pub output: OutputFile,
    pub ui: UiFile,
    pub server: ServerFile,
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
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "path")]
    pub root: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "path")]
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
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "on_hangup"
    )]
    pub on_hangup: Option<OnHangup>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "notify")]
    pub notify: Option<Notify>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "bind")]
    pub bind: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_token: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "origins")]
    pub origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "hosts")]
    pub hosts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "folders")]
    pub write_roots: Option<Vec<PathBuf>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_shutdown: Option<OnHangup>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "changes")]
    pub changes_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug: Option<bool>,
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
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "command")]
    pub job_done: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "address")]
    pub webhook: Option<String>,
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

impl From<&Config> for ConfigFile {
    fn from(config: &Config) -> Self {
        let Config {
            connection,
            output,
            ui,
            server,
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
                on_hangup: Some(ui.on_hangup),
                notify: Some(ui.notify),
                progress: Some(ui.progress),
            },
            server: ServerFile {
                enabled: Some(server.enabled),
                bind: Some(server.bind),
                require_token: Some(server.require_token),
                origins: Some(server.origins),
                hosts: Some(server.hosts),
                write_roots: Some(server.write_roots),
                on_shutdown: Some(server.on_shutdown),
                changes_per_second: Some(server.changes_per_second),
                debug: Some(server.debug),
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
        set(&mut config.ui.on_hangup, self.ui.on_hangup);
        set(&mut config.ui.notify, self.ui.notify);
        set(&mut config.ui.progress, self.ui.progress);
        let server = &mut config.server;
        set(&mut server.enabled, self.server.enabled);
        set(&mut server.bind, self.server.bind);
        set(&mut server.require_token, self.server.require_token);
        set(&mut server.origins, self.server.origins);
        set(&mut server.hosts, self.server.hosts);
        set(&mut server.write_roots, self.server.write_roots);
        set(&mut server.on_shutdown, self.server.on_shutdown);
        set(
            &mut server.changes_per_second,
            self.server.changes_per_second,
        );
        set(&mut server.debug, self.server.debug);
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

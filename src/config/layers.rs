//! The layers of settings, and which of them each key comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::{Spanned, Table, Value};

use super::file::ConfigFile;
use super::keys::{KEYS, Key, Kind};
use super::settings::Config;
use super::text::{line_of, read, toml_error, unknown_key};
use super::written::{look_up, table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::{clean, nearest};

/// Prefix of environment variables: `PT_STEM__CONNECTION__HOST`.
const PREFIX: &str = "PT_STEM__";
/// Variables that other PTSL programs also read. `PT_STEM__…` wins over them.
const SHARED: [(&str, &str); 3] = [
    ("PTSL_HOST", "connection.host"),
    ("PTSL_PORT", "connection.port"),
    ("PTSL_TIMEOUT", "connection.timeout_s"),
];

/// The section whose keys are the user's own.
const PATHS: &str = "paths";

/// The layer that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    BuiltIn,
    File {
        name: String,
        line: usize,
    },
    /// Name of the variable.
    Environment(String),
    /// Name of the variable in a `.env`.
    DotEnv(String),
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::File { name, line } => write!(f, "file {}, line {line}", clean(name)),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::DotEnv(name) => write!(f, ".env {name}"),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// Where the values of a file stand in it.
type Places = BTreeMap<String, Spanned<BTreeMap<String, Spanned<Value>>>>;

/// A key with its value and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    /// As TOML writes it; empty when it is not set.
    pub value: String,
    pub origin: String,
}

/// The settings in force, and the origin of every key that is not built in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    pub config: Config,
    pub origins: BTreeMap<&'static str, Origin>,
    /// What was left aside, a sentence each, for the log.
    pub notes: Vec<String>,
}

impl Config {
    /// Built-in settings, the file at `path` (nothing when it does not exist), the environment.
    ///
    /// # Errors
    /// `Config`, with file, line and column or the variable's name, and the nearest known key.
    pub fn load(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        if let Some(path) = path
            && let Some(text) = read(path)?
        {
            loaded.lay_file(&text, &path.display().to_string())?;
        }
        loaded.lay_environment(env)?;
        Ok(loaded)
    }
}

impl Loaded {
    /// Lays the text of a `config.toml` over what is there; `name` is for messages.
    pub fn lay_file(&mut self, text: &str, name: &str) -> Result<()> {
        let file: ConfigFile = toml::from_str(text)
            .map_err(|error| elsewhere(toml_error(name, text, &error), &error))?;
        let places: Places = toml::from_str(text).unwrap_or_default();
        let origin = |place: usize| Origin::File {
            name: name.to_owned(),
            line: line_of(text, place),
        };
        for key in &KEYS {
            let (section, word) = key.name.split_once('.').unwrap_or(("", key.name));
            let section = places.get(section).map(Spanned::get_ref);
            if let Some(value) = section.and_then(|section| section.get(word)) {
                self.origins.insert(key.name, origin(value.span().start));
            }
        }
        if let Some(section) = places.get(PATHS) {
            let first = section
                .get_ref()
                .values()
                .map(|value| value.span().start)
                .min();
            let place = first.unwrap_or(section.span().start);
            self.origins.insert(PATHS, origin(place));
        }
        file.lay_over(&mut self.config);
        Ok(())
    }

    /// Lays the variables that concern us over what is there. Empty ones count as not set.
    pub fn lay_environment(&mut self, env: impl Iterator<Item = (String, String)>) -> Result<()> {
        self.lay_variables(env, Origin::Environment)
    }

    pub(super) fn lay_variables(
        &mut self,
        env: impl Iterator<Item = (String, String)>,
        origin: fn(String) -> Origin,
    ) -> Result<()> {
        let mut own = Vec::new();
        let mut shared = Vec::new();
        for (name, value) in env.filter(|(_, value)| !value.is_empty()) {
            if let Some(path) = name.strip_prefix(PREFIX) {
                own.push((path.replace("__", ".").to_lowercase(), name, value));
            } else if let Some((_, key)) = SHARED.iter().find(|(shared, _)| *shared == name) {
                shared.push(((*key).to_owned(), name, value));
            }
        }
        for (key, name, value) in shared.into_iter().chain(own) {
            let key = find(&key).map_err(|error| because_of(error, &name))?;
            self.set(key, &value, origin(name.clone()))
                .map_err(|error| because_of(error, &name))?;
        }
        Ok(())
    }

    /// A terminal that can do nothing gets the plain interface, unless somebody has set that key.
    pub fn heed_terminal(&mut self, term: Option<&str>) {
        if term == Some("dumb") && self.origin("ui.plain") == Origin::default() {
            self.config.ui.plain = true;
            self.origins
                .insert("ui.plain", Origin::Environment("TERM".to_owned()));
        }
    }

    /// Sets a key from the command line.
    pub fn set_flag(&mut self, key: &str, value: &str) -> Result<()> {
        self.set(find(key)?, value, Origin::Flag)
    }

    pub(super) fn set(&mut self, key: &'static Key, text: &str, origin: Origin) -> Result<()> {
        let wrong = |why: &str| {
            Error::new(
                ErrorKind::Config,
                format!("{} cannot be '{}': {}", key.name, clean(text), clean(why)),
            )
        };
        let value = value(key.kind, text).ok_or_else(|| {
            wrong(match key.kind {
                Kind::Whole(..) | Kind::Number(..) => "it is a number",
                _ => "it is true or false",
            })
        })?;
        let (section, word) = key.name.split_once('.').unwrap_or(("", key.name));
        let inner = Table::from_iter([(word.to_owned(), value)]);
        let table = Table::from_iter([(section.to_owned(), Value::Table(inner))]);
        let file: ConfigFile = table
            .try_into()
            .map_err(|error: toml::de::Error| wrong(error.message()))?;
        file.lay_over(&mut self.config);
        self.origins.insert(key.name, origin);
        Ok(())
    }

    /// Where a key's value comes from.
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or_default()
    }

    /// Every key with its value and origin, in the order of the file.
    pub fn entries(&self) -> Vec<Entry> {
        let table = table(&self.config);
        KEYS.iter()
            .map(|key| Entry {
                key: key.name.to_owned(),
                value: look_up(&table, key.name).map_or_else(String::new, Value::to_string),
                origin: self.origin(key.name).to_string(),
            })
            .chain(
                self.config
                    .paths
                    .texts()
                    .iter()
                    .map(|(theirs, ours)| Entry {
                        key: format!("{PATHS}.'{theirs}'"),
                        value: Value::from(ours.as_str()).to_string(),
                        origin: self.origin(PATHS).to_string(),
                    }),
            )
            .collect()
    }
}

/// A key that is known in another section is the one that was meant.
fn elsewhere(mut told: Error, error: &toml::de::Error) -> Error {
    let Some(word) = unknown_key(error) else {
        return told;
    };
    let same = |key: &&Key| key.name.rsplit('.').next() == Some(word);
    let mut meant = KEYS.iter().filter(same);
    if let (Some(key), None) = (meant.next(), meant.next()) {
        told.hints = vec![format!("Did you mean '{}'?", key.name)];
    }
    told
}

fn value(kind: Kind, text: &str) -> Option<Value> {
    let text = text.trim();
    Some(match kind {
        Kind::Text | Kind::Word(_) => Value::String(text.to_owned()),
        Kind::Whole(..) | Kind::Number(..) => match text.parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Float(text.parse().ok()?),
        },
        Kind::List => {
            let texts = text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty());
            Value::Array(texts.map(Value::from).collect())
        }
        Kind::Switch => Value::Boolean(match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => true,
            "false" | "0" | "no" | "off" => false,
            _ => return None,
        }),
    })
}

/// Whether a variable has a name of ours, or one that PTSL programs share.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) || SHARED.iter().any(|(shared, _)| *shared == name)
}

pub(super) fn find(name: &str) -> Result<&'static Key> {
    KEYS.iter().find(|key| key.name == name).ok_or_else(|| {
        let error = Error::new(
            ErrorKind::Config,
            format!("there is no setting '{}'", clean(name)),
        );
        match nearest(name, KEYS.iter().map(|key| key.name)) {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error.hint("`pt-stem config show` lists all settings"),
        }
    })
}

pub(super) fn because_of(mut error: Error, variable: &str) -> Error {
    error.message = format!(
        "environment variable {}: {}",
        clean(variable),
        error.message
    );
    error
}

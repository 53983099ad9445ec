//! What the service hears beside our own names: `HOST`, `PORT` and `DEBUG` of the environment, and a
//! `.env` in the working directory, where names of earlier backends are understood too. Values of
//! variables that concern nobody here are neither kept nor shown. Nothing is put into the environment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use super::checks::is_origin;
use super::layers::{Loaded, Origin, because_of, find, is_ours};
use super::text::read;
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;

/// Variables of a `.env` by which earlier backends called what we have.
const EARLIER: [(&str, &str); 9] = [
    ("API_HOST", "HOST"),
    ("SERVER_HOST", "HOST"),
    ("API_PORT", "PORT"),
    ("SERVER_PORT", "PORT"),
    ("OUTPUT_DIR", "output.root"),
    ("ALLOWED_ORIGINS", "server.origins"),
    ("CORS_ORIGINS", "server.origins"),
    ("CORS_ALLOW_ORIGINS", "server.origins"),
    ("LOG_LEVEL", "log.level"),
];

const DEBUG_FILTER: &str = "info,pt_stem=debug";

type Variables = Vec<(String, String)>;

impl Loaded {
    /// Lays `.env`, then the environment once more over what is there. What is left aside goes to
    /// the notes.
    ///
    /// # Errors
    /// `Config`, with the variable's name.
    pub fn lay_service(&mut self, dotenv: &Path, env: Variables) -> Result<()> {
        let mut notes = Vec::new();
        if let Some(text) = read(dotenv)? {
            self.lay_dotenv(&text, &mut notes)?;
        }
        let plain = |name: &str| {
            let found = env
                .iter()
                .find(|(own, value)| own == name && !value.is_empty());
            found.map(|(_, value)| value.clone())
        };
        if let Some(host) = plain("HOST") {
            // Some shells keep the machine's own name there.
            match address(&host) {
                Some(_) => self.host(&host, Origin::Environment("HOST".to_owned()))?,
                None => notes.push("HOST is no address to serve on and is left aside".to_owned()),
            }
        }
        if let Some(port) = plain("PORT") {
            self.port(&port, Origin::Environment("PORT".to_owned()))?;
        }
        if let Some(word) = plain("DEBUG") {
            // Other programs keep lists of their parts there.
            match switch(&word) {
                Some(is_on) => self.debug(is_on, &Origin::Environment("DEBUG".to_owned()))?,
                None => notes.push("DEBUG is neither true nor false and is left aside".to_owned()),
            }
        }
        self.notes.append(&mut notes);
        self.lay_environment(env.into_iter())
    }

    fn lay_dotenv(&mut self, text: &str, notes: &mut Vec<String>) -> Result<()> {
        let mut own = Variables::new();
        for entry in dotenvy::from_read_iter(text.as_bytes()) {
            // The line itself may be a secret.
            let (name, value) = entry.map_err(|_| {
                Error::new(
                    ErrorKind::Config,
                    ".env cannot be read: a line is not NAME=value",
                )
            })?;
            if value.is_empty() {
                continue;
            }
            if is_ours(&name) {
                own.push((name, value));
            } else {
                self.foreign(&name, &value, notes)?;
            }
        }
        self.lay_variables(own.into_iter(), Origin::DotEnv)
    }

    /// A variable that is not called as we call ours.
    fn foreign(&mut self, name: &str, value: &str, notes: &mut Vec<String>) -> Result<()> {
        let known = EARLIER.iter().find(|(theirs, _)| *theirs == name);
        let origin = Origin::DotEnv(name.to_owned());
        match known.map_or(name, |(_, ours)| ours) {
            "HOST" => self.host(value, origin),
            "PORT" => self.port(value, origin),
            "DEBUG" => match switch(value) {
                Some(is_on) => self.debug(is_on, &origin),
                None => Err(wrong(name, "it is true or false")),
            },
            "server.origins" => {
                let listed = value.split(['[', ']', ',', '"', '\'', ' ']);
                let (fit, unfit): (Vec<&str>, Vec<&str>) = listed
                    .filter(|text| !text.is_empty())
                    .map(|text| text.trim_end_matches('/'))
                    .partition(|text| is_origin(text));
                if !unfit.is_empty() {
                    let text = format!(".env: {} of {name} are no origins", unfit.len());
                    notes.push(format!("{text} and are left aside"));
                }
                self.lay(name, "server.origins", &fit.join(","), origin)
            }
            "log.level" => {
                let word = match value.to_lowercase().as_str() {
                    "warning" => "warn".to_owned(),
                    "critical" | "fatal" => "error".to_owned(),
                    other => other.to_owned(),
                };
                self.lay(name, "log.level", &word, origin)
            }
            "output.root" => self.lay(name, "output.root", value, origin),
            _ => {
                notes.push(format!(".env: {} concerns nobody here", clean(name)));
                Ok(())
            }
        }
    }

    fn lay(&mut self, name: &str, key: &str, value: &str, origin: Origin) -> Result<()> {
        let set = find(key).and_then(|key| self.set(key, value, origin));
        set.map_err(|error| because_of(error, name))
    }

    fn host(&mut self, text: &str, origin: Origin) -> Result<()> {
        let ip =
            address(text).ok_or_else(|| wrong("HOST", "it is an address such as 127.0.0.1"))?;
        let bind = SocketAddr::new(ip, self.config.server.bind.port());
        self.lay("HOST", "server.bind", &bind.to_string(), origin)
    }

    fn port(&mut self, text: &str, origin: Origin) -> Result<()> {
        let port: u16 = text
            .trim()
            .parse()
            .map_err(|_| wrong("PORT", "it is a number up to 65535"))?;
        let bind = SocketAddr::new(self.config.server.bind.ip(), port);
        self.lay("PORT", "server.bind", &bind.to_string(), origin)
    }

    fn debug(&mut self, is_on: bool, origin: &Origin) -> Result<()> {
        self.lay("DEBUG", "server.debug", &is_on.to_string(), origin.clone())?;
        match is_on {
            true => self.lay("DEBUG", "log.level", DEBUG_FILTER, origin.clone()),
            false => Ok(()),
        }
    }
}

fn address(text: &str) -> Option<IpAddr> {
    match text.trim() {
        "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        text => text.trim_matches(['[', ']']).parse().ok(),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn wrong(name: &str, why: &str) -> Error {
    because_of(Error::new(ErrorKind::Config, why), name)
}

/// A commented `.env`: what `serve` hears, each with its built-in value.
pub const ENV_TEMPLATE: &str = "\
# Environment of `pt-stem serve`, read from the folder that it is started in. Take the '#' away to
# set a variable. What the environment itself says wins over this file, and the command line over both.

# Address and port of our own HTTP service. Beyond 127.0.0.1 a token is needed: pt-stem token
# HOST=127.0.0.1
# PORT=8000
# Debug log, and details in error answers
# DEBUG=false

# Where Pro Tools listens, and how many seconds it may take
# PTSL_HOST=localhost
# PTSL_PORT=31416
# PTSL_TIMEOUT=10

# Folder for printed stems
# OUTPUT_DIR=./output
# Pages that may use the interface from a browser
# ALLOWED_ORIGINS=http://localhost:3000
# error, warn, info, debug or trace
# LOG_LEVEL=info

# Every setting of config.toml by its section and key (`pt-stem config show` lists them)
# PT_STEM__SERVER__REQUIRE_TOKEN=false
# PT_STEM__SERVER__ON_SHUTDOWN=stop
";

//! `pt-stem config show | path | init` and `schema`, and loading for everybody.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::args::{Global, SchemaArg};
use crate::cli::output::{self, Output, Table};
use crate::config::settings::environment;
use crate::config::{Config, Loaded};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::places::Places;

/// Built-in, file, environment, then the flags of this call.
pub fn load(global: &Global, places: &Places) -> Result<Loaded> {
    let path = file(global, places);
    if global.config.is_some() && !path.is_file() {
        return Err(Error::new(
            ErrorKind::Config,
            format!("There is no configuration file '{}'", path.display()),
        ));
    }
    let mut loaded = Config::load(Some(&path), environment())?;
    loaded.heed_terminal(std::env::var("TERM").ok().as_deref());
    lay_flags(global, &mut loaded)?;
    Ok(loaded)
}

/// The flags of this call over what is there.
pub fn lay_flags(global: &Global, loaded: &mut Loaded) -> Result<()> {
    if let Some(host) = &global.host {
        loaded.set_flag("connection.host", host)?;
    }
    if let Some(port) = global.port {
        loaded.set_flag("connection.port", &port.to_string())?;
    }
    if let Some(timeout) = global.timeout {
        loaded.set_flag("connection.timeout_s", &timeout.to_string())?;
    }
    if let Some(theme) = &global.theme {
        loaded.set_flag("ui.theme", theme)?;
    }
    if let Some(color) = &global.color {
        loaded.set_flag("ui.color", color)?;
    }
    if global.plain {
        loaded.set_flag("ui.plain", "true")?;
    }
    Ok(())
}

/// The configuration file of this start, whether it is there or not.
pub fn file(global: &Global, places: &Places) -> PathBuf {
    global
        .config
        .clone()
        .or_else(|| std::env::var_os("PT_STEM_CONFIG").map(PathBuf::from))
        .unwrap_or_else(|| places.config.join("config.toml"))
}

/// Every setting and its value; with `origin` also the layer it comes from. JSON has it all.
pub fn show(loaded: &Loaded, origin: bool, output: Output) -> Result<()> {
    let rows: Vec<_> = loaded
        .entries()
        .into_iter()
        .map(|entry| {
            json!({ "key": entry.key, "value": typed(&entry.value), "origin": entry.origin })
        })
        .collect();
    output.show(&json!({ "schema": 1, "config": rows }), || {
        let header: &[&str] = match origin {
            true => &["KEY", "VALUE", "FROM"],
            false => &["KEY", "VALUE"],
        };
        let mut table = Table::new(header);
        for entry in loaded.entries() {
            match origin {
                true => table.row([entry.key, entry.value, entry.origin]),
                false => table.row([entry.key, entry.value]),
            }
        }
        table.to_string()
    })
}

/// A value as TOML writes it, as JSON; `null` where it is not set.
fn typed(text: &str) -> Value {
    toml::from_str::<BTreeMap<String, Value>>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_default()
}

/// The schema of a file, on many lines: it is to be saved and read.
pub fn schema(of: SchemaArg) -> Result<()> {
    let schema = match of {
        SchemaArg::Config => crate::config::schema(),
        SchemaArg::Manifest => crate::model::manifest_schema::schema(),
    };
    output::block(&format!("{schema:#}\n"))
}

/// Where the configuration file is, or would be.
pub fn path(global: &Global, places: &Places, output: Output) -> Result<()> {
    let path = file(global, places);
    let value = json!({ "schema": 1, "path": path, "exists": path.is_file() });
    output.show(&value, || format!("{}\n", path.display()))
}

/// Writes a commented file where none is.
pub fn init(global: &Global, places: &Places, output: Output) -> Result<()> {
    let path = file(
        &Global {
            config: None,
            ..global.clone()
        },
        places,
    );
    let path = global.config.clone().unwrap_or(path);
    if path.exists() {
        return Err(Error::new(
            ErrorKind::Config,
            format!("'{}' is there already and is left alone", path.display()),
        ));
    }
    crate::platform::atomic::write(&path, Config::default_toml().as_bytes()).map_err(|error| {
        Error::new(
            ErrorKind::Storage,
            format!("'{}' cannot be written", path.display()),
        )
        .because(error)
    })?;
    output.show(&json!({ "schema": 1, "path": path }), || {
        format!("Wrote {}\n", path.display())
    })
}

//! Settings, keymaps and themes from files: what is accepted, which layer wins, and that every
//! refusal names the file, the line and the way out.

mod files;
mod keys;
mod reload;
mod service;
mod settings;
mod themes;

use std::fs;
use std::path::Path;

use pt_stem::action::{Action, Motion};
use pt_stem::config::keymap::{Context, When, normal};
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::config::theme::{Role, choose};
use pt_stem::config::{Config, Keymap, Loaded, Theme};
use pt_stem::error::{Error, ErrorKind};

fn load(text: &str, env: &[(&str, &str)]) -> Result<Loaded, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, text).unwrap();
    Config::load(Some(&path), pairs(env))
}

fn pairs(env: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let pairs: Vec<_> = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    pairs.into_iter()
}

/// The whole of what a user would read.
fn told(error: &Error) -> String {
    assert_eq!(error.kind, ErrorKind::Config);
    format!("{}\n{}", error.chain(), error.hints.join("\n"))
}

fn assert_told(what: &str, error: &Error, words: &[&str]) {
    let told = told(error);
    for word in words {
        assert!(told.contains(word), "{what:?}: no {word:?} in\n{told}");
    }
}

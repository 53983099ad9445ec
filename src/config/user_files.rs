//! What the interface takes from the user's files, read and checked as a whole: settings, keys and
//! theme. Either all of it is right or none of it is taken.

use std::path::Path;
use std::sync::Arc;

use super::settings::{ColorDepth, Config};
use super::theme::{self, Theme};
use super::written::{look_up, table};
use super::{KEYS, Keymap};
use crate::error::Result;

/// Settings, keys and looks that fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct UserFiles {
    pub config: Arc<Config>,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Instead of `theme` when the terminal tells its background: the ones for a dark and for a
    /// light one.
    pub grounds: Option<Box<[Theme; 2]>>,
    /// Never `Auto`.
    pub depth: ColorDepth,
}

impl UserFiles {
    /// Reads keymap and themes of `dir` for settings that were read already.
    ///
    /// # Errors
    /// `Config` with file, line and what to do.
    pub fn load(
        config: Arc<Config>,
        dir: &Path,
        var: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let (name, depth) = theme::choose(&config, None, &var);
        let grounds = if theme::follows_background(&config, depth) {
            let on = |is_light| theme::choose(&config, Some(is_light), &var).0;
            let (dark, light) = (Theme::load(&on(false), dir)?, Theme::load(&on(true), dir)?);
            Some(Box::new([dark, light]))
        } else {
            None
        };
        Ok(Self {
            keymap: Keymap::load(dir)?,
            theme: Theme::load(&name, dir)?,
            grounds,
            depth,
            config,
        })
    }

    /// What differs from `old`, in words: keys of the settings, `keys`, `theme NAME`.
    pub fn changes(&self, old: &Self) -> Vec<String> {
        let (now, before) = (table(&self.config), table(&old.config));
        let keys = KEYS.iter().map(|key| key.name);
        let mut changes: Vec<String> = keys
            .filter(|key| look_up(&now, key) != look_up(&before, key))
            .map(str::to_owned)
            .collect();
        if self.config.paths != old.config.paths {
            changes.push("paths".to_owned());
        }
        if self.keymap != old.keymap {
            changes.push("keys".to_owned());
        }
        let is_chosen = changes.iter().any(|key| key == "ui.theme");
        let looks = |files: &Self| (files.theme.clone(), files.grounds.clone());
        if !is_chosen && looks(self) != looks(old) {
            changes.push(format!("theme {}", self.theme.name));
        }
        changes
    }
}

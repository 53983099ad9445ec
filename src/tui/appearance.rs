//! How the interface looks now, and why: the user's files, the theme that was chosen by hand, what
//! the terminal says of its background, and whether it is far away.

use std::path::PathBuf;

use super::style::Look;
use crate::config::theme::is_remote;
use crate::config::{Theme, UserFiles};
use crate::error::Result;

/// Everything that decides the [`Look`].
#[derive(Debug)]
pub struct Appearance {
    files: UserFiles,
    /// Where the user's themes are.
    config_dir: PathBuf,
    /// By hand, until the program ends.
    chosen: Option<Theme>,
    /// What the terminal says of its background.
    light: Option<bool>,
    is_remote: bool,
    pub look: Look,
}

impl Appearance {
    /// Names of the user's own themes.
    pub fn own_themes(&self) -> Vec<String> {
        Theme::user_names(&self.config_dir)
    }

    pub fn new(files: UserFiles, config_dir: PathBuf) -> Self {
        let is_remote = is_remote(|name| std::env::var(name).ok());
        Self {
            look: Look::of(&files, None, is_remote),
            files,
            config_dir,
            chosen: None,
            light: None,
            is_remote,
        }
    }

    /// Takes what the user's files say now. A theme chosen by hand stays, read anew.
    pub fn take(&mut self, files: UserFiles) {
        self.files = files;
        if let Some(theme) = &self.chosen
            && let Ok(theme) = Theme::load(&theme.name, &self.config_dir)
        {
            self.chosen = Some(theme);
        }
        self.make();
    }

    /// Takes another theme until the program ends.
    ///
    /// # Errors
    /// `Config`, when there is none of that name or it is broken; the old one stays.
    pub fn choose(&mut self, name: &str) -> Result<()> {
        self.chosen = Some(Theme::load(name, &self.config_dir)?);
        self.make();
        Ok(())
    }

    /// The terminal has told whether its background is light.
    pub fn answered(&mut self, light: bool) {
        self.light = Some(light);
        self.make();
    }

    /// Whether it matters what the background is.
    pub fn wants_background(&self) -> bool {
        self.files.grounds.is_some()
    }

    /// Microseconds between two frames at least: 30 frames a second, 10 from far away, or as set.
    pub fn frame_us(&self) -> u64 {
        let usual = if self.is_remote { 10 } else { 30 };
        let fps = self.files.config.ui.fps.unwrap_or(usual);
        1_000_000 / u64::from(fps.clamp(1, 120))
    }

    fn make(&mut self) {
        let look = Look::of(&self.files, self.light, self.is_remote);
        self.look = match &self.chosen {
            Some(theme) => look.with(theme.clone(), self.files.depth),
            None => look,
        };
    }
}

//! The settings as the text of a `config.toml`: commented defaults, or all that is in force.

use toml::{Table, Value};

use super::file::ConfigFile;
use super::keys::{KEYS, Kind};
use super::settings::Config;

const PATHS: &str = "
[paths]
# Where Pro Tools runs on another machine: its folder = the same folder here, as many as there are.
# HFS (Disk:folder:), POSIX and Windows paths are understood, and the longest that fits counts.
# '/Volumes/Audio' = '/mnt/audio'
";

impl Config {
    /// A `config.toml` in which every key stands with its built-in value, all commented out: a
    /// later program's better defaults are not frozen by it.
    pub fn default_toml() -> String {
        let defaults = table(&Self::default());
        let mut text = String::from(
            "# Settings of pt-stem. Take the '#' away before a key to set it.\n\
             # Layers: built-in, this file, environment (PT_STEM__SECTION__KEY), command line.\n\
             # Editors check it with what `pt-stem schema config` prints: save that beside this file\n\
             # and make '#:schema ./schema.json' the first line.\n",
        );
        let mut section = "";
        for key in &KEYS {
            let (own, word) = key.name.split_once('.').unwrap_or(("", key.name));
            if own != section {
                section = own;
                text.push_str(&format!("\n[{section}]\n"));
            }
            for line in key.text.lines() {
                text.push_str(&format!("# {line}\n"));
            }
            let value = look_up(&defaults, key.name).map_or_else(
                || match key.kind {
                    Kind::Text | Kind::Word(_) => format!("\"{}\"", key.example),
                    _ => key.example.to_owned(),
                },
                ToString::to_string,
            );
            text.push_str(&format!("# {word} = {value}\n"));
        }
        text.push_str(PATHS);
        text
    }

    /// The settings as a `config.toml` that sets all of them.
    pub fn to_toml(&self) -> String {
        toml::to_string(&table(self)).unwrap_or_default()
    }
}

/// The settings as a TOML table; what is not set is not in it.
pub(super) fn table(config: &Config) -> Table {
    Table::try_from(ConfigFile::from(config)).unwrap_or_default()
}

pub(super) fn look_up<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (section, word) = key.split_once('.')?;
    table.get(section)?.get(word)
}

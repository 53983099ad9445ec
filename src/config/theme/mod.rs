//! Themes: meanings to colours and attributes, from TOML. A theme may inherit from another and
//! override parts of it; roles that are nowhere fall back along a chain.

mod choose;
mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use ratatui::style::Color;

use super::settings::Config;
use super::text::{is_name, read};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::{clean, nearest};

pub use choose::{choose, follows_background, is_remote};

/// What a colour means; see the table in the themes' comments.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Text,
    Dim,
    Background,
    Surface,
    Border,
    Focus,
    Accent,
    Selection,
    Ok,
    Warn,
    Error,
    Record,
    Solo,
    Mute,
    MeterLow,
    MeterMid,
    MeterHigh,
}

impl Role {
    pub const ALL: [Self; 17] = [
        Self::Text,
        Self::Dim,
        Self::Background,
        Self::Surface,
        Self::Border,
        Self::Focus,
        Self::Accent,
        Self::Selection,
        Self::Ok,
        Self::Warn,
        Self::Error,
        Self::Record,
        Self::Solo,
        Self::Mute,
        Self::MeterLow,
        Self::MeterMid,
        Self::MeterHigh,
    ];

    /// Where a role looks that a theme does not have.
    pub fn fallback(self) -> Option<Self> {
        Some(match self {
            Self::Text | Self::Background => return None,
            Self::Dim | Self::Accent | Self::Warn => Self::Text,
            Self::Surface => Self::Background,
            Self::Border => Self::Dim,
            Self::Focus | Self::Ok => Self::Accent,
            Self::Selection => Self::Surface,
            Self::Error | Self::Solo | Self::Mute | Self::MeterMid => Self::Warn,
            Self::Record | Self::MeterHigh => Self::Error,
            Self::MeterLow => Self::Ok,
        })
    }
}

const ROLE_WORDS: [&str; 17] = [
    "text",
    "dim",
    "background",
    "surface",
    "border",
    "focus",
    "accent",
    "selection",
    "ok",
    "warn",
    "error",
    "record",
    "solo",
    "mute",
    "meter-low",
    "meter-mid",
    "meter-high",
];

/// One role's look. Colours as `#rrggbb`, ANSI names, 0 to 255 or `default`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleStyle {
    pub fg: Option<String>,
    pub bg: Option<String>,
    pub bold: bool,
    pub dim: bool,
    pub reverse: bool,
    pub underline: bool,
}

/// A theme with every role resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    pub name: String,
    pub roles: BTreeMap<Role, RoleStyle>,
}

const BUILTIN: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
];

/// Most themes in one line of inheritance.
const MOST_PARENTS: usize = 16;

impl Theme {
    /// The themes inside the program; the first is the default.
    pub fn builtin_names() -> Vec<&'static str> {
        BUILTIN.iter().map(|(name, _)| *name).collect()
    }

    /// The text of a theme inside the program, to start one's own from.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        let found = BUILTIN.iter().find(|(builtin, _)| *builtin == name);
        found.map(|(_, text)| *text)
    }

    /// Where the user's theme of a name lies, or would lie.
    pub fn user_file(name: &str, user_dir: &Path) -> PathBuf {
        user_dir.join("themes").join(format!("{name}.toml"))
    }

    /// Names of the themes in the user's folder, sorted.
    pub fn user_names(user_dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(user_dir.join("themes"));
        let mut names: Vec<String> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| is_name(name))
            .collect();
        names.sort();
        names
    }

    /// A theme by name: `themes/NAME.toml` in the user's folder, else a built-in one. `auto` is
    /// what the process environment suggests.
    ///
    /// # Errors
    /// `Config`: no such theme (with the nearest), or what is wrong in the file, with its line.
    pub fn load(name: &str, user_dir: &Path) -> Result<Self> {
        let var = |name: &str| std::env::var(name).ok();
        let name = if name == "auto" {
            choose(&Config::default(), None, var).0
        } else {
            name.to_owned()
        };
        let (text, file) = find(&name, Some(user_dir), &[])?;
        Self::build(&name, &text, &file, Some(user_dir))
    }

    /// Reads a theme that inherits from built-in ones at most; `file` is for messages.
    pub fn parse(name: &str, text: &str, file: &str) -> Result<Self> {
        Self::build(name, text, file, None)
    }

    /// The theme inside the program that has no colours.
    pub fn mono() -> Self {
        let text = Self::builtin_text("mono").unwrap_or_default();
        Self::parse("mono", text, "themes/mono.toml").unwrap_or_default()
    }

    /// Collects the files from the theme itself to its last ancestor, then lays them over each
    /// other the other way.
    fn build(name: &str, text: &str, file: &str, user_dir: Option<&Path>) -> Result<Self> {
        let mut seen = vec![(name.to_owned(), file.to_owned())];
        let mut layers = vec![file::read(text, file)?];
        let mut text = text.to_owned();
        while let Some(parent) = layers.last().and_then(|layer| layer.inherits.clone()) {
            let (name, place) = (parent.name, parent.place);
            let here = seen.last().map_or("", |(_, file)| file.as_str());
            let at_line = |what: String| super::text::at(here, &text, place, what);
            let (next, file) = find(&name, user_dir, &seen).map_err(|error| {
                let hints = error.hints.clone();
                let mut error = at_line(error.message);
                error.hints = hints;
                error
            })?;
            if seen.iter().any(|(_, known)| *known == file) || seen.len() > MOST_PARENTS {
                let line: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
                let what = format!(
                    "themes inherit from each other: {} -> {name}",
                    line.join(" -> ")
                );
                return Err(at_line(what).hint("Take one of the `inherits` lines away"));
            }
            layers.push(file::read(&next, &file)?);
            text = next;
            seen.push((name, file));
        }
        Ok(Self {
            name: name.to_owned(),
            roles: file::merge(layers),
        })
    }

    /// A role's look; every role has one in a theme that was read.
    pub fn style(&self, role: Role) -> RoleStyle {
        self.roles.get(&role).cloned().unwrap_or_default()
    }

    /// Whether the theme says everything by attributes.
    pub fn is_colourless(&self) -> bool {
        self.roles
            .values()
            .flat_map(|style| [&style.fg, &style.bg])
            .flatten()
            .all(|color| color == "default")
    }
}

/// Text and file name of a theme. A user's theme of a built-in name finds the built-in one when
/// it inherits from its own name.
fn find(
    name: &str,
    user_dir: Option<&Path>,
    seen: &[(String, String)],
) -> Result<(String, String)> {
    // A name and not a path: themes lie in one folder.
    if let Some(dir) = user_dir
        && is_name(name)
    {
        let path = Theme::user_file(name, dir);
        let file = path.display().to_string();
        let is_self = seen.last().is_some_and(|(_, known)| *known == file);
        if !(is_self && Theme::builtin_text(name).is_some())
            && let Some(text) = read(&path)?
        {
            return Ok((text, file));
        }
    }
    if let Some(text) = Theme::builtin_text(name) {
        return Ok((text.to_owned(), format!("themes/{name}.toml")));
    }
    let own = user_dir.map(Theme::user_names).unwrap_or_default();
    let known: Vec<&str> = Theme::builtin_names()
        .into_iter()
        .chain(own.iter().map(String::as_str))
        .collect();
    let error = Error::new(
        ErrorKind::Config,
        format!("there is no theme '{}'", clean(name)),
    );
    Err(match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error.hint(format!("Themes: {}", known.join(", "))),
    })
}

fn is_color(text: &str) -> bool {
    text == "default" || Color::from_str(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("themes")).unwrap();
        for (name, text) in files {
            std::fs::write(Theme::user_file(name, dir.path()), text).unwrap();
        }
        dir
    }

    #[test]
    fn a_theme_overrides_parts_of_the_one_it_inherits_from() {
        let dir = folder(&[
            (
                "mine",
                "inherits = 'night'\n[warn]\nfg = 'light-red'\n[focus]\nbold = false\n",
            ),
            ("night", "inherits = 'dark'\n[text]\nfg = '#101010'\n"),
            ("dark", "inherits = 'dark'\n[ok]\nunderline = true\n"),
        ]);
        let (mine, dark) = (
            Theme::load("mine", dir.path()),
            Theme::parse("d", BUILTIN[0].1, "d"),
        );
        let (mine, dark) = (mine.unwrap(), dark.unwrap());
        let fg = |role| mine.style(role).fg.unwrap_or_default();
        assert_eq!(
            (fg(Role::Text), fg(Role::Warn)),
            ("#101010".into(), "light-red".into())
        );
        let focus = mine.style(Role::Focus);
        assert_eq!(focus.fg, dark.style(Role::Focus).fg, "the colour stays");
        assert!(!focus.bold && dark.style(Role::Focus).bold);
        assert!(
            mine.style(Role::Ok).underline,
            "the user's own dark is between"
        );
        assert_eq!(mine.style(Role::Error), dark.style(Role::Error));
    }

    #[test]
    fn wrong_inheritance_names_the_line() {
        let dir = folder(&[
            ("a", "inherits = 'b'\n"),
            ("b", "# b\ninherits = 'a'\n"),
            ("self", "inherits = 'self'\n"),
            ("far", "\n\ninherits = 'drak'\n"),
            ("broken", "inherits = 'dark'\n[wran]\nfg = 'red'\n"),
            ("child", "inherits = 'broken'\n"),
            ("inherit", "inherit = 'dark'\n"),
            ("path", "inherits = '../a'\n"),
        ]);
        for (name, words) in [
            ("a", ["b.toml, line 2, column 12", "a -> b -> a"]),
            ("self", ["self.toml, line 1", "self -> self"]),
            ("far", ["far.toml, line 3", "Did you mean 'dark'?"]),
            ("child", ["broken.toml, line 2", "Did you mean [warn]?"]),
            (
                "inherit",
                ["inherit.toml, line 1", "Did you mean 'inherits'?"],
            ),
            ("path", ["path.toml, line 1", "no theme '../a'"]),
        ] {
            let error = Theme::load(name, dir.path()).unwrap_err();
            let told = format!("{}\n{}", error.chain(), error.hints.join("\n"));
            for word in words {
                assert!(told.contains(word), "{name}: no {word:?} in {told}");
            }
        }
    }

    #[test]
    fn themes_of_the_user_are_listed_and_offered() {
        let dir = folder(&[("mine", ""), ("also", "")]);
        assert_eq!(Theme::user_names(dir.path()), ["also", "mine"]);
        let error = Theme::load("mien", dir.path()).unwrap_err();
        assert_eq!(error.hints, ["Did you mean 'mine'?"]);
        assert!(Theme::user_names(&dir.path().join("none")).is_empty());
    }

    /// Relative luminance of a `#rrggbb` colour (WCAG 2).
    fn luminance(color: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&color[at..at + 2], 16).unwrap();
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_every_theme_of_true_colours() {
        for (name, ground, least) in [
            ("dark", "#14171c", 4.5),
            ("light", "#fafafa", 4.5),
            ("high-contrast", "#000000", 7.0),
        ] {
            let theme = Theme::parse(name, Theme::builtin_text(name).unwrap(), name).unwrap();
            let selection = theme.style(Role::Selection);
            for role in Role::ALL {
                let letters = !matches!(role, Role::Background | Role::Border | Role::Selection);
                let Some(color) = theme.style(role).fg.filter(|_| letters) else {
                    continue;
                };
                let on = contrast(&color, ground);
                assert!(on >= least, "{name}: {role:?} has a contrast of {on:.1}");
                // A theme without letters of its own for the cursor's row keeps each role's.
                let letters = selection.fg.clone().unwrap_or(color);
                let on = contrast(&letters, selection.bg.as_deref().unwrap());
                assert!(on >= 4.5, "{name}: {role:?} under the cursor has {on:.1}");
            }
        }
    }
}

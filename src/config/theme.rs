//! Themes: meanings to colours and attributes, from TOML. Missing roles fall back along a chain.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use super::settings::{ColorDepth, Config};
use super::text::{at, read, toml_error};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::{clean, nearest};

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
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
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
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("ansi16", include_str!("../../themes/ansi16.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    (
        "high-contrast",
        include_str!("../../themes/high-contrast.toml"),
    ),
];

impl Theme {
    /// The themes inside the program; the first is the default.
    pub fn builtin_names() -> Vec<&'static str> {
        BUILTIN.iter().map(|(name, _)| *name).collect()
    }

    /// A theme by name: `themes/NAME.toml` in the user's folder, else a built-in one. `auto` is
    /// what the process environment suggests.
    ///
    /// # Errors
    /// `Config`: no such theme (with the nearest), or what is wrong in the file, with its line.
    pub fn load(name: &str, user_dir: &Path) -> Result<Self> {
        let var = |name: &str| std::env::var(name).ok();
        let name = if name == "auto" {
            choose(&Config::default(), var).0
        } else {
            name.to_owned()
        };
        // A name and not a path: themes lie in one folder.
        if !name.contains(['/', '\\', '\0']) && name != ".." {
            let path = user_dir.join("themes").join(format!("{name}.toml"));
            if let Some(text) = read(&path)? {
                return Self::parse(&name, &text, &path.display().to_string());
            }
        }
        if let Some((_, text)) = BUILTIN.iter().find(|(builtin, _)| *builtin == name) {
            return Self::parse(&name, text, &format!("themes/{name}.toml"));
        }
        let error = Error::new(
            ErrorKind::Config,
            format!("there is no theme '{}'", clean(&name)),
        );
        Err(match nearest(&name, Self::builtin_names()) {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error.hint(format!("Themes: {}", Self::builtin_names().join(", "))),
        })
    }

    /// Reads a theme; `file` is for messages.
    pub fn parse(name: &str, text: &str, file: &str) -> Result<Self> {
        let wrong = |error: toml::de::Error| role_error(file, text, &error);
        let roles: BTreeMap<Role, toml::Spanned<RoleStyle>> =
            toml::from_str(text).map_err(wrong)?;
        let mut own = BTreeMap::new();
        for (role, style) in roles {
            let place = style.span().start;
            let style = style.into_inner();
            for color in [&style.fg, &style.bg].into_iter().flatten() {
                if !is_color(color) {
                    return Err(at(
                        file,
                        text,
                        near(text, place, color),
                        format!("'{color}' is no colour"),
                    )
                    .hint("Colours: #rrggbb, a name such as light-red, 0 to 255, default"));
                }
            }
            own.insert(role, style);
        }
        Ok(Self {
            name: name.to_owned(),
            roles: Role::ALL
                .into_iter()
                .map(|role| (role, resolve(&own, role)))
                .collect(),
        })
    }

    /// A role's look; every role has one in a theme that was read.
    pub fn style(&self, role: Role) -> RoleStyle {
        self.roles.get(&role).cloned().unwrap_or_default()
    }
}

/// The place of a word in the text, looked for from a table on.
fn near(text: &str, from: usize, word: &str) -> usize {
    text.get(from..)
        .and_then(|rest| rest.find(word))
        .map_or(from, |found| from + found)
}

fn role_error(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let byte = error.span().map_or(0, |span| span.start);
    match error
        .message()
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.split('`').next())
    {
        Some(word) => {
            let place = text.find(&format!("[{word}")).unwrap_or(byte);
            let error = at(file, text, place, format!("there is no role '{word}'"));
            match nearest(word, ROLE_WORDS) {
                Some(near) => error.hint(format!("Did you mean [{near}]?")),
                None => error.hint(format!("Roles: {}", ROLE_WORDS.join(", "))),
            }
        }
        None => toml_error(
            file,
            text,
            error,
            &["fg", "bg", "bold", "dim", "reverse", "underline"],
        ),
    }
}

fn resolve(own: &BTreeMap<Role, RoleStyle>, role: Role) -> RoleStyle {
    let mut role = role;
    loop {
        if let Some(style) = own.get(&role) {
            return style.clone();
        }
        match role.fallback() {
            Some(next) => role = next,
            None => return RoleStyle::default(),
        }
    }
}

fn is_color(text: &str) -> bool {
    text == "default" || ratatui::style::Color::from_str(text).is_ok()
}

/// Which theme and how many colours: what is configured wins over `NO_COLOR`, that over what the
/// terminal can do. Over SSH `COLORTERM` is usually lost, and everything in use shows 256 colours.
pub fn choose(config: &Config, var: impl Fn(&str) -> Option<String>) -> (String, ColorDepth) {
    let ui = &config.ui;
    let is_chosen = ui.theme != "auto";
    let depth = match ui.color {
        ColorDepth::Auto => depth_of(&var, is_chosen && ui.theme != "mono"),
        depth => depth,
    };
    if is_chosen {
        return (ui.theme.clone(), depth);
    }
    let name = match depth {
        ColorDepth::Mono => "mono",
        ColorDepth::Ansi16 => "ansi16",
        _ if is_light(&var) => "light",
        _ => "dark",
    };
    (name.to_owned(), depth)
}

fn depth_of(var: &impl Fn(&str) -> Option<String>, wants_color: bool) -> ColorDepth {
    let set = |name: &str| var(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() && !wants_color {
        return ColorDepth::Mono;
    }
    let term = set("TERM").unwrap_or_default();
    let color_term = set("COLORTERM").unwrap_or_default();
    if term == "dumb" {
        ColorDepth::Mono
    } else if matches!(color_term.as_str(), "truecolor" | "24bit")
        || term.ends_with("-direct")
        || set("WT_SESSION").is_some()
    {
        ColorDepth::TrueColor
    } else if matches!(term.as_str(), "linux" | "ansi" | "cygwin") || term.starts_with("vt") {
        ColorDepth::Ansi16
    } else {
        ColorDepth::Ansi256
    }
}

/// `COLORFGBG` is `foreground;background` in the terminal's sixteen colours.
fn is_light(var: &impl Fn(&str) -> Option<String>) -> bool {
    let background =
        var("COLORFGBG").and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
    background.is_some_and(|color| color == 7 || (9..=15).contains(&color))
}

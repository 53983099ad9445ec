//! One theme file: a table a role, and the name of the theme that it inherits from.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{ROLE_WORDS, Role, RoleStyle, is_color};
use crate::config::text::{at, toml_error};
use crate::error::{Error, Result};
use crate::model::text::nearest;

/// A role as a file has it: what is not set comes from the parent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RoleFile {
    fg: Option<String>,
    bg: Option<String>,
    bold: Option<bool>,
    dim: Option<bool>,
    reverse: Option<bool>,
    underline: Option<bool>,
}

/// The parent's name and the byte where it stands.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub name: String,
    pub place: usize,
}

/// A file understood, its parents not yet looked at.
#[derive(Debug)]
pub(super) struct Layer {
    pub inherits: Option<Parent>,
    roles: BTreeMap<Role, RoleFile>,
}

macro_rules! theme_file {
    ($($field:ident $role:ident,)*) => {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct ThemeFile {
            inherits: Option<Spanned<String>>,
            $($field: Option<Spanned<RoleFile>>,)*
        }

        impl ThemeFile {
            fn roles(self) -> Vec<(Role, Spanned<RoleFile>)> {
                let all = [$((Role::$role, self.$field)),*];
                let set = all.into_iter().filter_map(|(role, style)| Some((role, style?)));
                set.collect()
            }
        }
    };
}

theme_file! {
    text Text,
    dim Dim,
    background Background,
    surface Surface,
    border Border,
    focus Focus,
    accent Accent,
    selection Selection,
    ok Ok,
    warn Warn,
    error Error,
    record Record,
    solo Solo,
    mute Mute,
    meter_low MeterLow,
    meter_mid MeterMid,
    meter_high MeterHigh,
}

/// Reads a theme file; `file` is for messages.
pub(super) fn read(text: &str, file: &str) -> Result<Layer> {
    let mut parsed: ThemeFile =
        toml::from_str(text).map_err(|error| role_error(file, text, &error))?;
    let inherits = parsed.inherits.take().map(|name| Parent {
        place: name.span().start,
        name: name.into_inner(),
    });
    let mut roles = BTreeMap::new();
    for (role, style) in parsed.roles() {
        let place = style.span().start;
        let style = style.into_inner();
        for color in [&style.fg, &style.bg].into_iter().flatten() {
            if !is_color(color) {
                let place = near(text, place, color);
                return Err(at(file, text, place, format!("'{color}' is no colour"))
                    .hint("Colours: #rrggbb, a name such as light-red, 0 to 255, default"));
            }
        }
        roles.insert(role, style);
    }
    Ok(Layer { inherits, roles })
}

/// The place of a word in the text, looked for from a table on.
fn near(text: &str, from: usize, word: &str) -> usize {
    text.get(from..)
        .and_then(|rest| rest.find(word))
        .map_or(from, |found| from + found)
}

fn role_error(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let byte = error.span().map_or(0, |span| span.start);
    let unknown = error
        .message()
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split('`').next());
    match unknown {
        // One of the top level: the list of what is expected begins with its first key.
        Some(word) if error.message().contains("`inherits`") => {
            let error = at(file, text, byte, format!("there is no role '{word}'"));
            match nearest(word, ROLE_WORDS.into_iter().chain(["inherits"])) {
                Some("inherits") => error.hint("Did you mean 'inherits'?"),
                Some(near) => error.hint(format!("Did you mean [{near}]?")),
                None => error.hint(format!("Roles: {}", ROLE_WORDS.join(", "))),
            }
        }
        _ => toml_error(file, text, error),
    }
}

/// Lays the files over each other, the farthest ancestor (the last) first, and gives every role a
/// look.
pub(super) fn merge(layers: Vec<Layer>) -> BTreeMap<Role, RoleStyle> {
    let mut own: BTreeMap<Role, RoleStyle> = BTreeMap::new();
    for layer in layers.into_iter().rev() {
        for (role, over) in layer.roles {
            let style = own.entry(role).or_default();
            style.fg = over.fg.or(style.fg.take());
            style.bg = over.bg.or(style.bg.take());
            style.bold = over.bold.unwrap_or(style.bold);
            style.dim = over.dim.unwrap_or(style.dim);
            style.reverse = over.reverse.unwrap_or(style.reverse);
            style.underline = over.underline.unwrap_or(style.underline);
        }
    }
    let all = Role::ALL.into_iter();
    all.map(|role| (role, resolve(&own, role))).collect()
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

//! Themes: meanings to colours and attributes, from TOML. Missing roles fall back along a chain.

use std::collections::BTreeMap;

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

/// One role's look. Colours as `#rrggbb`, ANSI names or `default`.
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

//! From meanings to terminal styles: a theme, brought down to the colours that the terminal can
//! show. In mono only attributes are left, and every meaning keeps one.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use termprofile::TermProfile;

use crate::config::Theme;
use crate::config::settings::{ColorDepth, Symbols};
use crate::config::theme::{Role, RoleStyle};

/// How everything looks: made once at the start, and again when the theme changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    theme: Theme,
    depth: ColorDepth,
    /// Only ASCII characters of our own; names from outside keep theirs.
    pub ascii: bool,
}

impl Look {
    /// `depth` as [`crate::config::theme::choose`] finds it; `Auto` counts as 256 colours.
    pub fn new(theme: Theme, depth: ColorDepth, symbols: Symbols) -> Self {
        Self {
            theme,
            depth,
            ascii: symbols == Symbols::Ascii,
        }
    }

    pub fn is_mono(&self) -> bool {
        self.depth == ColorDepth::Mono
    }

    /// The style of a meaning.
    pub fn style(&self, role: Role) -> Style {
        if self.is_mono() {
            return Style::new().add_modifier(mono(role));
        }
        let Some(found) = self.resolve(role) else {
            return Style::new();
        };
        let mut style = Style::new().add_modifier(modifiers(found));
        if let Some(color) = found.fg.as_deref().and_then(|text| self.color(text)) {
            style = style.fg(color);
        }
        if let Some(color) = found.bg.as_deref().and_then(|text| self.color(text)) {
            style = style.bg(color);
        }
        style
    }

    /// A track's colour, for the one-cell bar only.
    pub fn track(&self, color: Option<[u8; 3]>) -> Style {
        match color {
            Some([r, g, b]) => match self.adapt(Color::Rgb(r, g, b)) {
                Some(color) => Style::new().fg(color),
                None => Style::new(),
            },
            None => self.style(Role::Dim),
        }
    }

    fn resolve(&self, role: Role) -> Option<&RoleStyle> {
        let mut role = role;
        for _ in 0..8 {
            if let Some(found) = self.theme.roles.get(&role) {
                return Some(found);
            }
            role = role.fallback()?;
        }
        None
    }

    fn color(&self, text: &str) -> Option<Color> {
        if text.eq_ignore_ascii_case("default") {
            return Some(Color::Reset);
        }
        Color::from_str(text).ok().and_then(|c| self.adapt(c))
    }

    fn adapt(&self, color: Color) -> Option<Color> {
        if color == Color::Reset {
            return Some(color);
        }
        let profile = match self.depth {
            ColorDepth::TrueColor => TermProfile::TrueColor,
            ColorDepth::Auto | ColorDepth::Ansi256 => TermProfile::Ansi256,
            ColorDepth::Ansi16 => TermProfile::Ansi16,
            ColorDepth::Mono => return None,
        };
        profile.adapt_color(color)
    }
}

fn modifiers(role: &RoleStyle) -> Modifier {
    let mut modifier = Modifier::empty();
    for (on, flag) in [
        (role.bold, Modifier::BOLD),
        (role.dim, Modifier::DIM),
        (role.reverse, Modifier::REVERSED),
        (role.underline, Modifier::UNDERLINED),
    ] {
        if on {
            modifier |= flag;
        }
    }
    modifier
}

fn mono(role: Role) -> Modifier {
    match role {
        Role::Dim => Modifier::DIM,
        Role::Focus | Role::Accent | Role::Warn | Role::Record | Role::Solo => Modifier::BOLD,
        Role::Selection | Role::Error => Modifier::REVERSED,
        _ => Modifier::empty(),
    }
}

/// Our own symbol in ASCII; anything else stays.
pub fn ascii(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "┏" | "┓" | "┗" | "┛" | "┃" => "#",
        "━" => "=",
        "┌" | "┐" | "└" | "┘" => "+",
        "│" => "|",
        "─" | "—" | "▾" => "-",
        "►" => ">",
        "▸" | "✓" => "+",
        "▌" | "▕" | "▏" => "|",
        "·" | "◌" => ".",
        "…" | "⟳" | "◑" => "~",
        "●" | "•" | "◆" => "*",
        "○" | "◐" => "o",
        "✗" => "x",
        "█" => "#",
        "×" => "x",
        "±" => "~",
        "▲" | "↑" => "^",
        "↓" | "▼" => "v",
        "→" => ">",
        "■" => "=",
        "←" => "<",
        "\u{fffd}" => "?",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme() -> Theme {
        let mut theme = Theme {
            name: "test".to_owned(),
            ..Theme::default()
        };
        theme.roles.insert(
            Role::Warn,
            RoleStyle {
                fg: Some("#e6b450".to_owned()),
                ..RoleStyle::default()
            },
        );
        theme
    }

    #[test]
    fn missing_roles_fall_back_along_the_chain() {
        let look = Look::new(theme(), ColorDepth::TrueColor, Symbols::Unicode);
        assert_eq!(look.style(Role::Record), look.style(Role::Warn));
        assert_eq!(
            look.style(Role::Record).fg,
            Some(Color::Rgb(0xe6, 0xb4, 0x50))
        );
        assert_eq!(look.style(Role::Dim), Style::new());
    }

    #[test]
    fn colours_are_brought_down_to_the_depth() {
        let fg = |depth| {
            Look::new(theme(), depth, Symbols::Unicode)
                .style(Role::Warn)
                .fg
        };
        assert!(matches!(fg(ColorDepth::Ansi256), Some(Color::Indexed(_))));
        assert!(!matches!(
            fg(ColorDepth::Ansi16),
            Some(Color::Indexed(_) | Color::Rgb(..)) | None
        ));
        assert_eq!(fg(ColorDepth::Mono), None);
    }

    #[test]
    fn mono_keeps_cursor_and_errors_visible_without_a_colour() {
        let look = Look::new(theme(), ColorDepth::Mono, Symbols::Unicode);
        for role in [Role::Selection, Role::Error] {
            assert!(look.style(role).add_modifier.contains(Modifier::REVERSED));
        }
        assert_eq!(look.track(Some([255, 0, 0])), Style::new());
    }
}

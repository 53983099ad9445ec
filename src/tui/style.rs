//! From meanings to terminal styles: a theme, brought down to the colours that the terminal can
//! show. In mono only attributes are left, and every meaning keeps one.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use termprofile::TermProfile;

use crate::config::settings::{ColorDepth, Symbols};
use crate::config::theme::{Role, RoleStyle};
use crate::config::{Theme, UserFiles};

/// Levels move ten times a second at most.
const LEVELS_US: u64 = 100_000;

/// How everything looks: made once at the start, and again when the theme changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    theme: Theme,
    depth: ColorDepth,
    /// Counters and levels move smoothly; else once a second.
    pub animated: bool,
    /// Microseconds between two pictures of a level at least.
    pub levels_us: u64,
    /// Only ASCII characters of our own; names from outside keep theirs.
    pub ascii: bool,
}

impl Look {
    /// `depth` as [`crate::config::theme::choose`] finds it; `Auto` counts as 256 colours. A theme
    /// without colours makes the terminal mono, and mono makes the theme one without.
    pub fn new(theme: Theme, depth: ColorDepth, symbols: Symbols) -> Self {
        let (theme, depth) = match (theme.is_colourless(), depth) {
            (true, _) => (theme, ColorDepth::Mono),
            (false, ColorDepth::Mono) => (Theme::mono(), depth),
            (false, _) => (theme, depth),
        };
        Self {
            theme,
            depth,
            animated: true,
            levels_us: LEVELS_US,
            ascii: symbols == Symbols::Ascii,
        }
    }

    /// The look that the user's files ask for. `light` is what the terminal says of its background,
    /// if it does; over a network (`is_remote`) things move only if the user wants it.
    pub fn of(files: &UserFiles, light: Option<bool>, is_remote: bool) -> Self {
        let theme = match (files.grounds.as_deref(), light) {
            (Some([dark, _]), Some(false)) => dark,
            (Some([_, light]), Some(true)) => light,
            _ => &files.theme,
        };
        let ui = &files.config.ui;
        Self {
            animated: ui.animation.unwrap_or(!is_remote),
            levels_us: match (ui.animation, is_remote) {
                (Some(false), _) => 1_000_000,
                (_, true) => 250_000,
                (_, false) => LEVELS_US,
            },
            ..Self::new(theme.clone(), files.depth, ui.symbols)
        }
    }

    /// Without colours and with ASCII symbols: for text that is read and not seen.
    pub fn bare() -> Self {
        Self::new(Theme::mono(), ColorDepth::Mono, Symbols::Ascii)
    }

    /// The same with another theme.
    pub fn with(self, theme: Theme, depth: ColorDepth) -> Self {
        let look = Self::new(theme, depth, Symbols::Unicode);
        Self {
            animated: self.animated,
            levels_us: self.levels_us,
            ascii: self.ascii,
            ..look
        }
    }

    pub fn is_mono(&self) -> bool {
        self.depth == ColorDepth::Mono
    }

    /// The style of a meaning.
    pub fn style(&self, role: Role) -> Style {
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
            return (!self.is_mono()).then_some(Color::Reset);
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
        "◒" => "%",
        "╵" => "'",
        "┣" => "[",
        "┫" => "]",
        "╋" => "+",
        "‹" => "<",
        "›" => ">",
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
        "▁" | "▂" | "▃" | "▄" | "▔" => ".",
        "–" | "═" => "-",
        "≤" => "<",
        "≥" => ">",
        other => return kind_of(other),
    })
}

/// The stand-in for a symbol that has none of its own, by the block it is from.
fn kind_of(symbol: &str) -> Option<&'static str> {
    let mut chars = symbol.chars();
    let (Some(only), None) = (chars.next(), chars.next()) else {
        return None;
    };
    Some(match only {
        '\u{2190}'..='\u{21ff}' => ">",
        '\u{2500}'..='\u{257f}' => "+",
        '\u{2580}'..='\u{259f}' => "#",
        '\u{25a0}'..='\u{25ff}' => "*",
        '\u{2800}' => " ",
        '\u{2801}'..='\u{28ff}' => ":",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;

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
    fn mono_is_without_any_colour_however_it_was_chosen() {
        let colourless = Theme::parse("mine", "inherits = 'mono'\n[warn]\nunderline = true\n", "");
        let (mono, mine) = (Theme::mono(), colourless.unwrap());
        for (theme, depth) in [
            (theme(), ColorDepth::Mono),
            (mono, ColorDepth::TrueColor),
            (mine.clone(), ColorDepth::Ansi256),
        ] {
            let look = Look::new(theme, depth, Symbols::Unicode);
            assert_eq!(look.track(Some([255, 0, 0])), Style::new());
            for role in Role::ALL {
                let style = look.style(role);
                assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
            }
            for role in [Role::Selection, Role::Error] {
                assert!(look.style(role).add_modifier.contains(Modifier::REVERSED));
            }
        }
        let look = Look::new(mine, ColorDepth::Auto, Symbols::Unicode);
        assert_eq!(
            look.style(Role::Warn).add_modifier,
            Modifier::BOLD | Modifier::UNDERLINED
        );
    }

    #[test]
    fn the_terminals_background_and_the_network_decide_what_is_not_set() {
        let none = Path::new("/nonexistent");
        let files = |config, vars: &'static [(&str, &str)]| {
            let var = |name: &str| {
                let found = vars.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            UserFiles::load(Arc::new(config), none, var).unwrap()
        };
        let vars: &[_] = &[("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")];
        let auto = files(Config::default(), vars);
        let text = |files: &_, light| Look::of(files, light, false).style(Role::Text).fg;
        let [dark, light] = ["dark", "light"].map(|name| {
            let theme = Theme::load(name, none).unwrap();
            let look = Look::new(theme, ColorDepth::TrueColor, Symbols::Unicode);
            look.style(Role::Text).fg
        });
        assert_eq!(text(&auto, None), light, "as the environment guesses");
        assert_eq!(text(&auto, Some(false)), dark);
        assert_eq!(text(&auto, Some(true)), light);
        let mut config = Config::default();
        config.ui.theme = "dark".to_owned();
        let chosen = files(config.clone(), vars);
        assert_eq!(text(&chosen, Some(true)), dark, "what is set holds");

        let animated = |files: &_, is_remote| Look::of(files, None, is_remote).animated;
        assert!(animated(&chosen, false) && !animated(&chosen, true));
        config.ui.animation = Some(true);
        assert!(animated(&files(config, vars), true));
    }
}

//! Which theme and how many colours: what is configured wins over `NO_COLOR`, that over what the
//! terminal can do. Reads nothing but what it is given.

use crate::config::settings::{ColorDepth, Config};

/// Theme and depth for an environment; `light` is what the terminal said of its background, if it
/// was asked and has answered. Over SSH `COLORTERM` is usually lost, and everything in use shows
/// 256 colours.
pub fn choose(
    config: &Config,
    light: Option<bool>,
    var: impl Fn(&str) -> Option<String>,
) -> (String, ColorDepth) {
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
        _ if light.unwrap_or_else(|| is_light(&var)) => "light",
        _ => "dark",
    };
    (name.to_owned(), depth)
}

/// Whether the terminal's background decides which theme is taken.
pub fn follows_background(config: &Config, depth: ColorDepth) -> bool {
    config.ui.theme == "auto" && !matches!(depth, ColorDepth::Mono | ColorDepth::Ansi16)
}

/// Whether the screen is drawn over a network, where less is sent.
pub fn is_remote(var: impl Fn(&str) -> Option<String>) -> bool {
    ["SSH_CONNECTION", "SSH_TTY"]
        .into_iter()
        .any(|name| var(name).is_some_and(|value| !value.is_empty()))
}

fn depth_of(var: &impl Fn(&str) -> Option<String>, wants_color: bool) -> ColorDepth {
    let set = |name: &str| var(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() && !wants_color {
        return ColorDepth::Mono;
    }
    let term = set("TERM").unwrap_or_default();
    let color_term = set("COLORTERM").unwrap_or_default();
    let is_video_terminal = term
        .strip_prefix("vt")
        .is_some_and(|model| model.starts_with(|c: char| c.is_ascii_digit()));
    if term == "dumb" || term.ends_with("-mono") || is_video_terminal {
        ColorDepth::Mono
    } else if matches!(color_term.as_str(), "truecolor" | "24bit")
        || term.ends_with("-direct")
        || set("WT_SESSION").is_some()
    {
        ColorDepth::TrueColor
    } else if matches!(term.as_str(), "linux" | "ansi" | "cygwin" | "xterm-color")
        || term.ends_with("-16color")
        || (term.is_empty() && !cfg!(windows))
    {
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

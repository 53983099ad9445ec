//! Themes and colours.

use super::*;

#[test]
fn every_built_in_theme_has_every_role() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        Theme::builtin_names(),
        ["dark", "light", "ansi16", "mono", "high-contrast"]
    );
    for name in Theme::builtin_names() {
        let theme = Theme::load(name, dir.path()).unwrap();
        for role in Role::ALL {
            assert!(theme.roles.contains_key(&role), "{name}: {role:?}");
        }
        let cursor = theme.style(Role::Selection);
        assert!(
            cursor.bg.is_some() || cursor.reverse,
            "{name}: the cursor row cannot be seen"
        );
        if name == "mono" {
            let is_colour =
                |color: &Option<String>| color.as_deref().is_some_and(|c| c != "default");
            assert!(
                theme
                    .roles
                    .values()
                    .all(|style| !is_colour(&style.fg) && !is_colour(&style.bg))
            );
        }
    }
}

#[test]
fn user_themes_override_and_fall_back() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("themes")).unwrap();
    let text = "[text]\nfg = '#010203'\n[warn]\nfg = 'light-red'\nbold = true\n";
    fs::write(dir.path().join("themes/dark.toml"), text).unwrap();
    let theme = Theme::load("dark", dir.path()).unwrap();
    assert_eq!(theme.style(Role::Border).fg.as_deref(), Some("#010203"));
    assert_eq!(theme.style(Role::Record).fg.as_deref(), Some("light-red"));
    assert!(theme.style(Role::Mute).bold);
    assert_eq!(theme.style(Role::Selection), theme.style(Role::Background));
}

#[test]
fn wrong_themes_name_line_and_way_out() {
    let cases: [(&str, &[&str]); 5] = [
        (
            "[text]\nfg = '#12'\n",
            &["x.toml, line 2", "'#12'", "#rrggbb"],
        ),
        ("[txt]\nfg = 'red'\n", &["line 1", "'txt'", "[text]"]),
        ("[text]\nfgg = 'red'\n", &["line 2", "'fgg'", "'fg'"]),
        ("[text]\nbold = 1\n", &["line 2", "invalid type"]),
        ("[text\n", &["line 1"]),
    ];
    for (text, words) in cases {
        assert_told(text, &Theme::parse("x", text, "x.toml").unwrap_err(), words);
    }
    let dir = tempfile::tempdir().unwrap();
    assert_told(
        "drak",
        &Theme::load("drak", dir.path()).unwrap_err(),
        &["drak", "'dark'"],
    );
    for name in ["../../etc/passwd", "..", "a/b", "a\\b", ""] {
        assert_told(
            name,
            &Theme::load(name, dir.path()).unwrap_err(),
            &["no theme"],
        );
    }
}

#[test]
fn colours_follow_the_user_then_no_color_then_the_terminal() {
    use ColorDepth::{Ansi16, Ansi256, Auto, Mono, TrueColor};
    type Case = (
        &'static str,
        ColorDepth,
        &'static [(&'static str, &'static str)],
        &'static str,
        ColorDepth,
    );
    let cases: [Case; 16] = [
        ("auto", Auto, &[("TERM", "xterm-256color")], "dark", Ansi256),
        (
            "auto",
            Auto,
            &[("COLORTERM", "truecolor")],
            "dark",
            TrueColor,
        ),
        (
            "auto",
            Auto,
            &[("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")],
            "light",
            TrueColor,
        ),
        (
            "auto",
            Auto,
            &[("TERM", "xterm-256color"), ("SSH_TTY", "/dev/pts/1")],
            "dark",
            Ansi256,
        ),
        (
            "auto",
            TrueColor,
            &[("SSH_TTY", "/dev/pts/1")],
            "dark",
            TrueColor,
        ),
        ("auto", Auto, &[("TERM", "linux")], "ansi16", Ansi16),
        ("auto", Auto, &[("TERM", "xterm-16color")], "ansi16", Ansi16),
        ("auto", Auto, &[("TERM", "vte-256color")], "dark", Ansi256),
        ("auto", Auto, &[("TERM", "vt220")], "mono", Mono),
        ("auto", Auto, &[("TERM", "xterm-mono")], "mono", Mono),
        ("auto", Auto, &[("TERM", "dumb")], "mono", Mono),
        (
            "auto",
            Auto,
            &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")],
            "mono",
            Mono,
        ),
        (
            "auto",
            Auto,
            &[("NO_COLOR", ""), ("COLORTERM", "truecolor")],
            "dark",
            TrueColor,
        ),
        ("auto", Ansi256, &[("NO_COLOR", "1")], "dark", Ansi256),
        (
            "light",
            Auto,
            &[("NO_COLOR", "1"), ("TERM", "xterm")],
            "light",
            Ansi256,
        ),
        ("mono", Auto, &[("NO_COLOR", "1")], "mono", Mono),
    ];
    for (theme, color, env, expected, depth) in cases {
        let mut config = Config::default();
        config.ui.theme = theme.to_owned();
        config.ui.color = color;
        let var = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(
            choose(&config, None, var),
            (expected.to_owned(), depth),
            "{theme} {color:?} {env:?}"
        );
    }
}

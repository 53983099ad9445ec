//! Settings, keymaps and themes from files: what is accepted, which layer wins, and that every
//! refusal names the file, the line and the way out.

use std::fs;
use std::path::Path;

use pt_stem::action::{Action, Motion};
use pt_stem::config::keymap::{Context, normal};
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::config::theme::{Role, choose};
use pt_stem::config::{Config, Keymap, Loaded, Theme};
use pt_stem::error::{Error, ErrorKind};

fn load(text: &str, env: &[(&str, &str)]) -> Result<Loaded, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, text).unwrap();
    Config::load(Some(&path), pairs(env))
}

fn pairs(env: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let pairs: Vec<_> = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    pairs.into_iter()
}

/// The whole of what a user would read.
fn told(error: &Error) -> String {
    assert_eq!(error.kind, ErrorKind::Config);
    format!("{}\n{}", error.chain(), error.hints.join("\n"))
}

fn assert_told(what: &str, error: &Error, words: &[&str]) {
    let told = told(error);
    for word in words {
        assert!(told.contains(word), "{what:?}: no {word:?} in\n{told}");
    }
}

#[test]
fn without_a_file_the_built_in_settings_hold() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = Config::load(Some(&dir.path().join("none.toml")), pairs(&[])).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(
        loaded
            .entries()
            .iter()
            .all(|entry| entry.origin == "built-in")
    );
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        0,
        "nothing is written unasked"
    );
}

#[test]
fn right_settings_are_taken() {
    let loaded = load(
        "\u{feff}[connection]\nhost = 'mix'\ntimeout_s = 3\n[ui]\ncolor = 256\nsymbols = 'ascii'\nfps = 12\n\
         [output]\nrecipe = 'film.toml'\n[log]\nlevel = 'warn,pt_stem::ptsl=trace'\n",
        &[],
    )
    .unwrap();
    let config = &loaded.config;
    assert_eq!(config.connection.host, "mix");
    assert_eq!(config.connection.port, 31416);
    assert_eq!(config.connection.timeout_s, 3.0);
    assert_eq!(config.ui.color, ColorDepth::Ansi256);
    assert_eq!(config.ui.symbols, Symbols::Ascii);
    assert_eq!(config.ui.fps, Some(12));
    assert_eq!(
        config.output.recipe.as_deref(),
        Some(Path::new("film.toml"))
    );
    let origin = |key: &str| loaded.origin(key).to_string();
    assert!(origin("connection.host").starts_with("file "));
    assert_eq!(origin("connection.port"), "built-in");
}

#[test]
fn wrong_settings_name_line_and_way_out() {
    let cases: [(&str, &[&str]); 13] = [
        (
            "[connection]\nhots = 'x'\n",
            &["config.toml, line 2, column 1", "no key 'hots'", "'host'"],
        ),
        (
            "[conection]\nhost = 'x'\n",
            &["line 1", "no key 'conection'", "'connection'"],
        ),
        (
            "[connection]\nport = 70000\n",
            &["line 2, column 8", "not between 1 and 65535"],
        ),
        (
            "[connection]\nport = 'x'\n",
            &["line 2, column 8", "invalid type"],
        ),
        ("[connection]\nhost = 'a b'\n", &["line 2", "host name"]),
        (
            "[connection]\ntimeout_s = nan\n",
            &["line 2", "between 0.1 and 3600"],
        ),
        (
            "[ui]\ncolor = 'purple'\n",
            &["line 2", "'purple'", "truecolor"],
        ),
        ("[ui]\nfps = 0\n", &["line 2", "between 1 and 120"]),
        ("[ui]\nmouse = 'yes'\n", &["line 2", "boolean"]),
        ("[log]\nlevel = 'pt_stem=loud'\n", &["line 2", "log level"]),
        ("[log]\nkeep_days = -1\n", &["line 2", "between 1 and 365"]),
        ("[ui\nfps = 3\n", &["line 1"]),
        (
            "zzz = 1\n",
            &[
                "line 1",
                "no key 'zzz'",
                "connection, output, ui, log, confirm",
            ],
        ),
    ];
    for (text, words) in cases {
        assert_told(text, &load(text, &[]).unwrap_err(), words);
    }
}

#[test]
fn files_that_are_no_text_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    let error = Config::load(Some(&path), pairs(&[])).unwrap_err();
    assert_told("bytes", &error, &["config.toml", "UTF-8"]);
    let error = Config::load(Some(dir.path()), pairs(&[])).unwrap_err();
    assert_told("a folder", &error, &["cannot be read"]);
}

#[test]
fn the_environment_wins_over_the_file_and_flags_over_both() {
    let file = "[connection]\nhost = 'file'\nport = 1\ntimeout_s = 1\npoll_ms = 100\n";
    let env = [
        ("PT_STEM__CONNECTION__HOST", "own"),
        ("PTSL_HOST", "shared"),
        ("PTSL_PORT", "2"),
        ("PTSL_TIMEOUT", "2.5"),
        ("PT_STEM__UI__MOUSE", "off"),
        ("PT_STEM__CONNECTION__POLL_MS", ""),
        ("PT_STEM_CONFIG", "ignored here"),
        ("HOST", "never Pro Tools"),
    ];
    let mut loaded = load(file, &env).unwrap();
    loaded.set_flag("connection.port", "3").unwrap();
    let connection = &loaded.config.connection;
    assert_eq!((connection.host.as_str(), connection.port), ("own", 3));
    assert_eq!((connection.timeout_s, connection.poll_ms), (2.5, 100));
    assert!(!loaded.config.ui.mouse);
    let origin = |key: &str| loaded.origin(key).to_string();
    assert_eq!(
        origin("connection.host"),
        "environment PT_STEM__CONNECTION__HOST"
    );
    assert_eq!(origin("connection.timeout_s"), "environment PTSL_TIMEOUT");
    assert_eq!(origin("connection.port"), "command line");
    assert!(origin("connection.poll_ms").starts_with("file "));
    let entry = loaded
        .entries()
        .into_iter()
        .find(|entry| entry.key == "ui.mouse")
        .unwrap();
    assert_eq!(
        (entry.value.as_str(), entry.origin.as_str()),
        ("false", "environment PT_STEM__UI__MOUSE")
    );
}

#[test]
fn wrong_variables_and_flags_are_named() {
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "PTSL_PORT",
            "many",
            &["PTSL_PORT", "connection.port", "number"],
        ),
        ("PTSL_PORT", "0", &["PTSL_PORT", "between 1 and 65535"]),
        (
            "PT_STEM__CONNECTION__HOSTS",
            "x",
            &["PT_STEM__CONNECTION__HOSTS", "connection.host"],
        ),
        (
            "PT_STEM__UI__MOUSE",
            "maybe",
            &["ui.mouse", "true or false"],
        ),
        ("PT_STEM__LOG__LEVEL", "a=b=\u{1b}[31m", &["log.level"]),
    ];
    for (name, value, words) in cases {
        let error = load("", &[(name, value)]).unwrap_err();
        assert_told(name, &error, words);
        assert!(!error.message.contains('\u{1b}'), "{}", error.message);
    }
    let error = Loaded::default().set_flag("ui.thme", "dark").unwrap_err();
    assert_told("flag", &error, &["ui.thme", "ui.theme"]);
}

#[test]
fn the_commented_file_is_all_defaults_in_either_state() {
    let text = Config::default_toml();
    assert_eq!(load(&text, &[]).unwrap().config, Config::default());
    let is_setting =
        |line: &str| line.starts_with("# ") && line.contains(" = ") && !line.contains(": ");
    let set: String = text
        .lines()
        .map(|line| if is_setting(line) { &line[2..] } else { line })
        .flat_map(|line| [line, "\n"])
        .collect();
    let loaded = load(&set, &[]).unwrap();
    assert!(
        loaded
            .entries()
            .iter()
            .all(|entry| entry.origin.starts_with("file ")),
        "{set}"
    );
    let mut config = loaded.config;
    assert_eq!(config.ui.fps.take(), Some(30));
    assert_eq!(config.ui.animation.take(), Some(true));
    assert!(config.output.recipe.take().is_some());
    let hooks = std::mem::take(&mut config.hooks);
    assert!(hooks.job_done.is_some() && hooks.webhook.is_some());
    let paths = std::mem::take(&mut config.paths);
    assert!(
        paths
            .to_ours("Audio:Song.ptx")
            .is_some_and(|path| path.ends_with("Song.ptx"))
    );
    assert_eq!(config, Config::default());
    assert_eq!(load(&config.to_toml(), &[]).unwrap().config, config);
}

fn keymap(text: &str) -> Result<Keymap, Error> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("keymap.toml"), text).unwrap();
    Keymap::load(dir.path())
}

fn action_of(keymap: &Keymap, context: Context, keys: &str) -> Option<String> {
    let wanted = normal(keys).unwrap();
    let bindings = keymap.help(context).into_iter();
    bindings
        .filter(|binding| {
            binding
                .keys
                .iter()
                .any(|keys| normal(keys).as_ref() == Ok(&wanted))
        })
        .map(|binding| binding.action.to_string())
        .next()
}

#[test]
fn the_keys_of_the_design_are_there() {
    let keymap = Keymap::default();
    let table = [
        ("up", "up"),
        ("k", "up"),
        ("G", "bottom"),
        ("g g", "top"),
        ("ctrl-u", "half-page-up"),
        ("tab", "next-pane"),
        ("shift-tab", "previous-pane"),
        ("backtab", "previous-pane"),
        ("3", "pane 3"),
        ("space", "toggle-play"),
        ("f12", "record"),
        ("enter", "open"),
        ("home", "locate"),
        ("v", "select-row"),
        ("V", "select-range"),
        ("*", "select-invert"),
        ("esc", "back"),
        ("m", "mute"),
        ("S", "solo"),
        ("shift-s", "solo"),
        ("R", "arm"),
        ("i", "input"),
        ("s", "assign"),
        ("r", "print"),
        ("P", "print-all"),
        ("x", "cancel"),
        ("p", "pause"),
        ("t", "retry"),
        ("/", "filter"),
        ("n", "next-match"),
        ("N", "previous-match"),
        (":", "palette"),
        ("?", "help"),
        ("u", "undo"),
        ("ctrl-r", "redo"),
        ("Z", "zoom"),
        ("H", "toggle-hidden"),
        ("I", "inspector"),
        ("y", "copy-path"),
        ("o", "open-folder"),
        ("q", "quit"),
        ("ctrl-c", "interrupt"),
        ("ctrl-z", "suspend"),
    ];
    for context in Context::ALL
        .into_iter()
        .filter(|context| *context != Context::Dialog)
    {
        for (keys, action) in table {
            assert_eq!(
                action_of(&keymap, context, keys).as_deref(),
                Some(action),
                "{keys} in {context:?}"
            );
        }
    }
    assert_eq!(action_of(&keymap, Context::Dialog, "x"), None);
    assert!(
        keymap
            .footer(Context::Tracks)
            .iter()
            .any(|binding| binding.action.to_string() == "mute")
    );
    assert!(
        keymap
            .footer(Context::Dialog)
            .iter()
            .all(|binding| binding.context == Context::Dialog)
    );
}

#[test]
fn users_bind_several_keys_and_unbind() {
    let keymap = keymap(
        "[global]\n\"ctrl-n\" = \"down\"\n\"ctrl-p\" = \"up\"\n\"Q\" = \"quit\"\nq = \"none\"\n\"m\" = \"print-all\"\n\
         \"z z\" = \"locate \\\"Verse 2\\\"\"\n[jobs]\nd = \"remove\"\n[tracks]\nx = \"mute\"\n",
    )
    .unwrap();
    let at = |context, keys| action_of(&keymap, context, keys);
    assert_eq!(at(Context::Tracks, "ctrl-n").as_deref(), Some("down"));
    assert_eq!(
        at(Context::Tracks, "j").as_deref(),
        Some("down"),
        "the default stays"
    );
    assert_eq!(at(Context::Global, "q"), None);
    assert_eq!(at(Context::Global, "shift-q").as_deref(), Some("quit"));
    assert_eq!(
        at(Context::Tracks, "m").as_deref(),
        Some("print-all"),
        "taken in every pane"
    );
    assert_eq!(at(Context::Jobs, "d").as_deref(), Some("remove"));
    assert_eq!(at(Context::Tracks, "x").as_deref(), Some("mute"));
    assert_eq!(at(Context::Jobs, "x").as_deref(), Some("cancel"));
    assert_eq!(
        at(Context::Log, "z z").as_deref(),
        Some("locate \"Verse 2\"")
    );
    assert_eq!(keymap.keys_for(&Action::Quit), ["Q"]);
    let down = keymap.keys_for(&Action::Move(Motion::Down));
    assert_eq!(
        down.first(),
        Some(&"ctrl-n"),
        "the user's own key is shown first"
    );
}

#[test]
fn wrong_keymaps_name_line_and_way_out() {
    let cases: [(&str, &[&str]); 9] = [
        (
            "[global]\n\"k\" = \"upp\"\n",
            &["keymap.toml, line 2", "'upp'", "'up'"],
        ),
        (
            "[global]\n\"ctrl-nope\" = \"up\"\n",
            &["line 2", "'ctrl-nope'"],
        ),
        ("[global]\n\"a-b\" = \"up\"\n", &["line 2", "no key"]),
        (
            "[globl]\nk = \"up\"\n",
            &["line 1", "no context 'globl'", "[global]"],
        ),
        (
            "[global]\nS = \"mute\"\n\"shift-s\" = \"quit\"\n",
            &["'S'", "'shift-s'", "mute", "quit"],
        ),
        (
            "[global]\ng = \"undo\"\n",
            &["line 2", "'g' (undo)", "'g g' (top)", "\"g g\" = \"none\""],
        ),
        (
            "[tracks]\n\"m m\" = \"mute\"\n",
            &["line 2", "conflict", "'m' (mute)"],
        ),
        ("[global]\nk = 3\n", &["line 2", "invalid type"]),
        (
            "[global]\n\"a b c d e\" = \"up\"\n",
            &["line 2", "1 to 4 keys"],
        ),
    ];
    for (text, words) in cases {
        assert_told(text, &keymap(text).unwrap_err(), words);
    }
    keymap("[global]\ng = \"undo\"\n\"g g\" = \"none\"\n").unwrap();
}

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
    let cases: [Case; 12] = [
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

#[test]
fn paths_are_mapped_listed_and_refused_with_their_place() {
    let loaded = load("[paths]\n'/Volumes/Audio' = '/mnt/audio'\n", &[]).unwrap();
    let ours = loaded.config.paths.to_ours("Audio:Song:Song.ptx");
    assert_eq!(ours, Some("/mnt/audio/Song/Song.ptx".into()));
    let entries = loaded.entries();
    let entry = entries.iter().find(|entry| entry.key.starts_with("paths."));
    let entry = entry.unwrap();
    assert_eq!(entry.key, "paths.'/Volumes/Audio'");
    assert!(entry.origin.starts_with("file "), "{}", entry.origin);
    let again = load(&loaded.config.to_toml(), &[]).unwrap();
    assert_eq!(again.config, loaded.config);

    let error = load("[paths]\n'Audio' = '/mnt/audio'\n", &[]).unwrap_err();
    assert_told("relative", &error, &["line 1", "'Audio'", "absolute"]);
    let error = load("[hooks]\nwebhook = 'ftp://x'\n", &[]).unwrap_err();
    assert_told("scheme", &error, &["line 2", "ftp://x", "https://"]);
}

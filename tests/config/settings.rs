//! The settings: files, variables, flags, and which of them wins.

use super::*;

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

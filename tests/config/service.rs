//! What `serve` hears beside the settings: `.env`, and HOST, PORT and DEBUG.

use super::*;

fn serve(file: &str, dotenv: Option<&str>, env: &[(&str, &str)]) -> Result<Loaded, Error> {
    let mut loaded = load(file, env)?;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".env");
    if let Some(text) = dotenv {
        fs::write(&path, text).unwrap();
    }
    loaded.lay_service(&path, pairs(env).collect())?;
    Ok(loaded)
}

#[test]
fn the_environment_wins_over_dotenv_and_that_over_the_file() {
    let file = "[server]\nbind = '127.0.0.1:1'\n[connection]\nhost = 'file'\nport = 1\n";
    let dotenv = "PORT=2000\nPTSL_HOST=dotenv\nPTSL_PORT=2\nPT_STEM__LOG__KEEP_DAYS=3\n";
    let loaded = serve(file, Some(dotenv), &[("PTSL_PORT", "3"), ("HOST", "::1")]).unwrap();
    let config = &loaded.config;
    assert_eq!(config.server.bind.to_string(), "[::1]:2000");
    assert_eq!(
        (&*config.connection.host, config.connection.port),
        ("dotenv", 3)
    );
    assert_eq!(config.log.keep_days, 3);
    let origin = |key: &str| loaded.origin(key).to_string();
    assert_eq!(origin("connection.host"), ".env PTSL_HOST");
    assert_eq!(origin("connection.port"), "environment PTSL_PORT");
    assert_eq!(origin("server.bind"), "environment HOST");
}

#[test]
fn host_and_port_are_our_own_and_never_those_of_pro_tools() {
    let loaded = serve("", None, &[("HOST", "0.0.0.0"), ("PORT", "9000")]).unwrap();
    assert_eq!(loaded.config.server.bind.to_string(), "0.0.0.0:9000");
    assert_eq!(loaded.config.connection, Config::default().connection);
    let loaded = load("", &[("HOST", "0.0.0.0"), ("PORT", "9000")]).unwrap();
    assert_eq!(loaded.config, Config::default(), "only serve hears them");
    let own = [("PORT", "9000"), ("PT_STEM__SERVER__BIND", "127.0.0.1:7")];
    let loaded = serve("", None, &own).unwrap();
    assert_eq!(loaded.config.server.bind.port(), 7, "our own name wins");
}

#[test]
fn names_of_earlier_backends_are_understood_and_others_are_left_aside() {
    let dotenv = "# a comment\nexport OUTPUT_DIR='/mix/out'\nLOG_LEVEL=WARNING\n\
        ALLOWED_ORIGINS=http://localhost:3000,file://,*,https://a.example/\n\
        API_PORT=8100\nSECRET_KEY=swordfish\nDEBUG=\n";
    let loaded = serve("", Some(dotenv), &[]).unwrap();
    let config = &loaded.config;
    assert_eq!(config.output.root, Path::new("/mix/out"));
    assert_eq!(config.log.level, "warn");
    assert_eq!(
        config.server.origins,
        ["http://localhost:3000", "https://a.example"]
    );
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:8100");
    let notes = loaded.notes.join("\n");
    assert!(notes.contains("SECRET_KEY"), "{notes}");
    assert!(!notes.contains("swordfish"), "{notes}");
    assert!(notes.contains("2 of ALLOWED_ORIGINS"), "{notes}");
}

#[test]
fn debug_means_a_debug_log_and_details() {
    let loaded = serve("", Some("DEBUG=true"), &[]).unwrap();
    assert!(loaded.config.server.debug);
    assert!(loaded.config.log.level.contains("debug"));
    let loaded = serve("", Some("DEBUG=true"), &[("DEBUG", "0")]).unwrap();
    assert!(!loaded.config.server.debug);
}

#[test]
fn what_shells_and_other_programs_keep_there_is_no_error() {
    let env = [("HOST", "studio-mac.local"), ("DEBUG", "express:*")];
    let loaded = serve("", None, &env).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert_eq!(loaded.notes.len(), 2);
}

#[test]
fn wrong_values_name_the_variable_and_no_secret() {
    for (dotenv, words) in [
        ("PORT=high", &["PORT", "65535"][..]),
        ("HOST=not an address", &["HOST", ".env"]),
        ("HOST='studio'", &["HOST", "address"]),
        ("DEBUG=perhaps", &["DEBUG", "true or false"]),
        (
            "PT_STEM__SERVR__BIND=1",
            &["PT_STEM__SERVR__BIND", "server.bind"],
        ),
    ] {
        let error = serve("", Some(dotenv), &[]).unwrap_err();
        let told = told(&error);
        assert!(words.iter().any(|word| told.contains(word)), "{told}");
    }
    let error = serve("", Some("KEY='swordfish\nX"), &[]).unwrap_err();
    assert!(!told(&error).contains("swordfish"));
    let error = serve("", None, &[("PORT", "tcp://10.0.0.1:80")]).unwrap_err();
    assert_told("PORT", &error, &["PORT"]);
}

#[test]
fn addresses_origins_and_folders_are_checked() {
    for (file, word) in [
        ("bind = 'studio'", "127.0.0.1:8000"),
        ("bind = '127.0.0.1'", "port"),
        ("origins = ['*']", "'*'"),
        ("origins = ['http://a.example/path']", "origin"),
        ("hosts = ['a/b']", "host name"),
        ("write_roots = ['mix']", "absolute"),
        ("on_shutdown = 'wait'", "stop"),
        ("changes_per_second = 0", "100000"),
    ] {
        let error = load(&format!("[server]\n{file}\n"), &[]).unwrap_err();
        assert_told(file, &error, &["config.toml", "line 2", word]);
    }
    let right = "[server]\nbind = 'localhost:1'\norigins = ['http://[::1]:3000']\n\
        hosts = ['studio.local']\non_shutdown = 'finish'\nenabled = true\n";
    let config = load(right, &[]).unwrap().config;
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:1");
    let env = [("PT_STEM__SERVER__HOSTS", "a, b.local")];
    assert_eq!(
        load("", &env).unwrap().config.server.hosts,
        ["a", "b.local"]
    );
}

#[test]
fn the_template_of_the_environment_is_taken_as_it_stands() {
    let all: String = pt_stem::config::ENV_TEMPLATE
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| {
            line.split_once('=')
                .is_some_and(|(name, _)| !name.contains(' '))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(all.lines().count() > 8, "{all}");
    let loaded = serve("", Some(&all), &[]).unwrap();
    assert_eq!(loaded.notes, [""; 0]);
    let mut config = loaded.config;
    assert_eq!(config.server.origins.len(), 1);
    config.server.origins.clear();
    assert_eq!(
        config,
        Config::default(),
        "the values are the built-in ones"
    );
}

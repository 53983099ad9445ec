//! Files that make a service of the program, and the template of its environment.

use serde_json::Value;

use crate::bench::Bench;

#[test]
fn service_files_are_whole_and_name_this_program() {
    let bench = Bench::new();
    let print = |what: &str| bench.run(&["service", "print", what]).exits(0).out;
    let program = env!("CARGO_BIN_EXE_pt-stem");
    for what in ["launchd", "systemd", "windows"] {
        let text = print(what);
        assert!(text.contains(program), "{what}: {text}");
        let left = ["@PROGRAM@", "@HOME@", "@FOLDER@", "@USER@"];
        assert!(!left.iter().any(|word| text.contains(word)), "{what}");
    }
    for what in ["launchd", "windows"] {
        let text = print(what);
        assert_eq!(open_elements(&text), [""; 0], "{what}");
    }
    let unit = print("systemd");
    for line in unit.lines().filter(|line| !line.is_empty()) {
        let is_section = line.starts_with('[') && line.ends_with(']');
        let is_known = line.starts_with('#') || is_section || line.contains('=');
        assert!(is_known, "{line}");
    }
    assert!(unit.contains("Type=notify") && unit.contains(" serve\n"));
    for (program, file, text) in [
        ("systemd-analyze", "pt-stem.service", unit),
        ("plutil", "pt-stem.plist", print("launchd")),
    ] {
        let path = bench.path(file);
        std::fs::write(&path, text).unwrap();
        let verb = if program == "plutil" {
            "-lint"
        } else {
            "verify"
        };
        match std::process::Command::new(program)
            .arg(verb)
            .arg(&path)
            .output()
        {
            Ok(said) => {
                let told = String::from_utf8_lossy(&said.stderr);
                assert!(said.status.success() && !told.contains(file), "{told}");
            }
            Err(_) => println!("skipped: {program} is not installed"),
        }
    }
    let docker = print("docker");
    for word in ["FROM ", "COPY . .", "HEALTHCHECK", "USER pt-stem"] {
        assert!(docker.contains(word), "{word}");
    }
    let board: Value = serde_json::from_str(&print("grafana")).unwrap();
    assert_eq!(board["title"], "PT-STEM");
}

/// The elements of an XML text that are never closed, or closed in another order.
fn open_elements(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    while let Some(start) = text.find("<!--") {
        let end = start + text[start..].find("-->").expect("comments end") + 3;
        text.replace_range(start..end, "");
    }
    let mut open: Vec<String> = Vec::new();
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        if tag.starts_with(['?', '!']) || tag.ends_with('/') {
            continue;
        }
        match tag.strip_prefix('/') {
            Some(name) if open.last().map(String::as_str) == Some(name) => {
                open.pop();
            }
            Some(name) => open.push(format!("/{name}")),
            None => open.push(tag.split(' ').next().unwrap().to_owned()),
        }
    }
    open
}

#[test]
fn config_init_has_a_template_of_the_environment() {
    let bench = Bench::new();
    let said = bench.run(&["config", "init", "--env"]).exits(0);
    assert!(said.out.contains("# PTSL_HOST="), "{}", said.out);
    assert!(!bench.path("config/pt-stem/config.toml").exists());
}

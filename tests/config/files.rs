//! Folders of right and wrong `config.toml`s, with what is told about each wrong one beside it; and
//! the schema, which has to agree with the program about all of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pt_stem::config::{Config, KEYS, Kind, Loaded, schema};

use super::{fs, pairs, told};

fn folder(name: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
        .join(name);
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    files
}

#[test]
fn right_files_are_taken() {
    for file in folder("good") {
        let loaded = Config::load(Some(&file), pairs(&[]));
        let loaded = loaded.unwrap_or_else(|error| panic!("{}: {}", file.display(), told(&error)));
        // What is in force can be written down and read again.
        let mut again = Loaded::default();
        again.lay_file(&loaded.config.to_toml(), "again").unwrap();
        assert_eq!(again.config, loaded.config, "{}", file.display());
        if file.ends_with("everything.toml") {
            for key in &KEYS {
                let origin = loaded.origin(key.name).to_string();
                assert!(origin.starts_with("file "), "{} is not in it", key.name);
            }
        }
    }
}

#[test]
fn wrong_files_are_refused_with_what_stands_beside_them() {
    for file in folder("bad") {
        let text = fs::read_to_string(&file).unwrap();
        let error = Loaded::default()
            .lay_file(&text, "config.toml")
            .unwrap_err();
        let wanted = fs::read_to_string(file.with_extension("txt")).unwrap();
        assert_eq!(
            told(&error).trim_end(),
            wanted.trim_end(),
            "{}",
            file.display()
        );
    }
}

#[test]
fn the_table_of_keys_and_the_checks_agree() {
    let takes = |key: &str, value: &str| Loaded::default().set_flag(key, value).is_ok();
    for key in &KEYS {
        let (right, wrong): (Vec<String>, Vec<String>) = match key.kind {
            Kind::Whole(least, most) => (
                vec![least.to_string(), most.to_string()],
                vec![
                    (least - 1).to_string(),
                    (most + 1).to_string(),
                    "1.5".to_owned(),
                ],
            ),
            Kind::Number(least, most) => (
                vec![least.to_string(), most.to_string()],
                vec![(least / 2.0).to_string(), (most * 2.0).to_string()],
            ),
            Kind::Word(words) => (
                words.iter().map(|word| (*word).to_owned()).collect(),
                vec!["something".to_owned()],
            ),
            Kind::Switch => (vec!["true".to_owned()], vec!["perhaps".to_owned()]),
            Kind::Text | Kind::List => continue,
        };
        for value in right {
            assert!(takes(key.name, &value), "{} = {value}", key.name);
        }
        for value in wrong {
            assert!(!takes(key.name, &value), "{} = {value}", key.name);
        }
    }
}

#[test]
fn every_key_is_in_the_schema_with_its_default() {
    let schema = schema();
    let mut count = 0;
    for key in &KEYS {
        let (section, word) = key.name.split_once('.').unwrap();
        let property = &schema["properties"][section]["properties"][word];
        assert!(
            property["description"].is_string(),
            "{} is missing",
            key.name
        );
        count += 1;
    }
    let sections = schema["properties"].as_object().unwrap();
    let all = sections
        .values()
        .filter_map(|section| section["properties"].as_object());
    assert_eq!(
        all.map(serde_json::Map::len).sum::<usize>(),
        count,
        "and nothing else"
    );
    let ui = &schema["properties"]["ui"]["properties"];
    assert_eq!(
        (&ui["color"]["default"], &ui["mouse"]["default"]),
        (&"auto".into(), &true.into())
    );
    assert!(ui["fps"].get("default").is_none(), "it depends on the line");
}

/// Prints `NAME valid|invalid` for every file, after checking the schema itself.
const VALIDATE: &str = "
import json, sys, tomllib, jsonschema
schema = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
for path in sys.argv[1:]:
    text = open(path, encoding='utf-8-sig', newline='').read()
    try:
        print(path, 'valid' if check.is_valid(tomllib.loads(text)) else 'invalid')
    except tomllib.TOMLDecodeError:
        print(path, 'invalid')
";

#[test]
fn a_foreign_validator_agrees_with_the_program() {
    let imports = "import tomllib, jsonschema";
    let probe = Command::new("python3").args(["-c", imports]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        let required = std::env::var("PT_STEM_REQUIRE_FOREIGN").is_ok_and(|v| v == "1");
        assert!(!required, "python3 with tomllib and jsonschema is missing");
        println!("skipped: no python3 with tomllib and jsonschema");
        return;
    }
    let files = [folder("good"), folder("bad")].concat();
    let mut python = Command::new("python3")
        .args(["-c", VALIDATE])
        .args(&files)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(python.stdin.take().unwrap(), &schema()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().count(), files.len());
    for line in said.lines() {
        let (path, verdict) = line.rsplit_once(' ').unwrap();
        // What a text may say inside is beyond the schema.
        let name = Path::new(path).file_name().unwrap().to_string_lossy();
        let is_beyond = name.starts_with("text-");
        if path.contains("/good/") {
            assert_eq!(verdict, "valid", "{path}");
        } else if !is_beyond {
            assert_eq!(verdict, "invalid", "{path}");
        }
    }
}

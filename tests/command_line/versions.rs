//! Versions: files that are computed from printed ones, against files that are printed for themselves.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::{Bench, Said};
use crate::shapes::{heard, session};

const STEMS: &str = r#"
[[stem]]
name = "Lead"
tracks = ["Lead"]
[[stem]]
name = "Double"
tracks = ["Double"]
gain_db = -3.0
[[stem]]
name = "Rest"
tracks = ["Side", "Wide"]
"#;

fn print(bench: &Bench, open: &[&str], out: &str, recipe: &str, more: &[&str]) -> (Said, PathBuf) {
    let file = bench.path(&format!("{out}.toml"));
    std::fs::write(&file, recipe).unwrap();
    let (file, dir) = (file.display().to_string(), bench.path(out));
    let said = bench.run(
        &[
            open,
            &["--json", "stems", "print", &file, "--out"],
            &[&dir.display().to_string()],
            more,
        ]
        .concat(),
    );
    (said, dir)
}

/// The highest sample and what two files are apart, at most.
fn apart(one: &Path, other: &Path) -> (f64, f64) {
    let (one, other) = (heard(one), heard(other));
    assert_eq!(
        (one.0, one.1, one.2.len()),
        (other.0, other.1, other.2.len())
    );
    let pairs = one.2.iter().zip(&other.2);
    pairs.fold((0.0, 0.0), |(peak, apart), (a, b)| {
        (f64::max(peak, a.abs()), f64::max(apart, (a - b).abs()))
    })
}

fn file<'v>(files: &'v Value, name: &str) -> &'v Value {
    let files = files.as_array().unwrap();
    files.iter().find(|file| file["name"] == name).unwrap()
}

#[test]
fn a_version_is_what_its_tracks_would_have_been_printed_as() {
    let bench = Bench::new();
    let open = session(&bench);
    let open = ["--open", open.as_str()];
    let head = "[output]\nfile = \"{stem}\"\nbits = 32\nmix = true\n";
    let versions = r#"
[[version]]
name = "Instrumental"
formula = "mix - Lead"
[[version]]
name = "Duo"
formula = "Lead + 0.5 * (Double + Double)"
"#;
    // The gain of a stem is in what is printed of it.
    let alone = r#"
[[stem]]
name = "Instrumental"
tracks = ["Double", "Side", "Wide"]
[[stem]]
name = "Lead"
tracks = ["Lead"]
"#;
    for engine in ["render", "bounce"] {
        for rate in ["", "rate = 44100\n"] {
            let name = |what: &str| format!("{engine} {} {what}", rate.len());
            let more = ["--engine", engine];
            let recipe = format!("{head}{rate}{STEMS}{versions}");
            let (said, dir) = print(&bench, &open, &name("made"), &recipe, &more);
            let said = said.exits(0).json();
            let recipe = format!("{head}{rate}proof = \"report\"\n{alone}");
            let (alone, solo) = print(&bench, &open, &name("alone"), &recipe, &more);
            alone.exits(0);

            let (peak, rest) = apart(
                &dir.join("Instrumental.wav"),
                &solo.join("Instrumental.wav"),
            );
            assert!(
                peak > 0.1 && rest <= 4.0 * 2_f64.powi(-24),
                "{engine} {rate}: {rest}"
            );
            let manifest = std::fs::read_to_string(dir.join("manifest.json")).unwrap();
            let manifest: Value = serde_json::from_str(&manifest).unwrap();
            for files in [&said["files"], &manifest["files"]] {
                assert_eq!(files.as_array().unwrap().len(), 6);
                assert_eq!(file(files, "Instrumental")["formula"], "mix - Lead");
                assert_eq!(file(files, "Instrumental")["role"], "version");
                assert!(
                    file(files, "Duo")["levels"]["peak_dbfs"].is_number()
                        || file(files, "Duo")["peak"].is_number()
                );
                assert!(file(files, "Lead")["formula"].is_null());
            }
            let verified = bench.run(&["stems", "verify", &dir.display().to_string()]);
            verified.exits(0);
        }
        let dir = bench.path(&format!("{engine} 0 made"));
        let (lead, double) = (
            heard(&dir.join("Lead.wav")).2,
            heard(&dir.join("Double.wav")).2,
        );
        let sum = lead.iter().zip(&double).map(|(a, b)| a + b);
        let duo = heard(&dir.join("Duo.wav")).2;
        let rest = sum.zip(&duo).map(|(a, b)| (a - b).abs());
        assert!(
            rest.fold(0.0, f64::max) <= 3.0 * 2_f64.powi(-24),
            "{engine}"
        );
    }
}

#[test]
fn the_demos_versions_null_with_solo_bounces() {
    let bench = Bench::new();
    let demo = ["--demo"];
    let plan = bench
        .run(&["--demo", "--json", "stems", "plan"])
        .exits(0)
        .json();
    let stems = plan["stems"].as_array().unwrap();
    let list = |stem: &Value| stem["tracks"].to_string();
    let recipe: String = stems
        .iter()
        .map(|stem| {
            format!(
                "[[stem]]\nname = {}\ntracks = {}\n",
                stem["name"],
                list(stem)
            )
        })
        .collect();
    let ignored = format!("[ignore]\ntracks = {}\n", plan["coverage"]["ignored"]);
    let head = "[output]\nfile = \"{stem}\"\nbits = 32\nrange = \"01:00:08:00..01:00:12:00\"\n";
    let first = stems[0]["name"].as_str().unwrap();
    let version = format!("[[version]]\nname = \"Without\"\nformula = 'mix - \"{first}\"'\n");
    let text = format!("{head}mix = true\n{recipe}{version}{ignored}");
    let more = ["--engine", "bounce"];
    let (said, dir) = print(&bench, &demo, "made", &text, &more);
    said.exits(0);
    let others: Vec<&Value> = stems[1..]
        .iter()
        .flat_map(|stem| stem["tracks"].as_array().unwrap())
        .collect();
    let others = serde_json::to_string(&others).unwrap();
    let text = format!(
        "{head}[[stem]]\nname = \"Without\"\ntracks = {others}\n[[stem]]\nname = \"Other\"\ntracks = {}\n{ignored}",
        list(&stems[0])
    );
    let (said, solo) = print(&bench, &demo, "solo", &text, &more);
    said.exits(0);
    let (peak, rest) = apart(&dir.join("Without.wav"), &solo.join("Without.wav"));
    assert!(
        peak > 0.01 && rest <= 4.0 * peak.max(1.0) * 2_f64.powi(-24),
        "{peak} {rest}"
    );
}

#[test]
fn a_wrong_formula_is_refused_before_anything_is_printed() {
    let bench = Bench::new();
    let open = session(&bench);
    let open = ["--open", open.as_str()];
    for (name, formula, output, wanted) in [
        ("V", "mix - Lead", "", "mix = true"),
        ("V", "mix - Laed", "mix = true", "did you mean"),
        ("V", "Lead * Rest", "", "a stem by a stem"),
        ("V", "Lead -", "", "it ends where a stem is expected"),
        ("Lead", "Double + Rest", "", "of that name is there"),
        ("", "Double + Rest", "", "it has no name"),
    ] {
        let recipe = format!(
            "[output]\n{output}\n{STEMS}\n[[version]]\nname = \"{name}\"\nformula = \"{formula}\"\n"
        );
        let (said, dir) = print(&bench, &open, "refused", &recipe, &[]);
        let said = said.exits(2);
        assert!(
            said.err.contains(wanted) || said.out.contains(wanted),
            "{formula}: {said:?}"
        );
        assert!(!dir.exists() || std::fs::read_dir(&dir).unwrap().next().is_none());
    }
}

#[test]
fn a_version_of_nothing_but_versions_that_are_not_printed_is_left_out() {
    let bench = Bench::new();
    let open = session(&bench);
    let open = ["--open", open.as_str()];
    let recipe = format!(
        "[output]\nfile = \"{{stem}}\"\n{STEMS}\n[[version]]\nname = \"Duo\"\nformula = \"Lead + Double\"\n"
    );
    let (said, dir) = print(
        &bench,
        &open,
        "some",
        &recipe,
        &["--only", "Lead", "--only", "Rest"],
    );
    said.exits(0);
    assert!(dir.join("Lead.wav").is_file() && !dir.join("Duo.wav").exists());
}

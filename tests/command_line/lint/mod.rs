//! The linter against made-up deliveries: each kind of fault is found, nothing else is claimed, clean
//! folders are clean; then the command itself: formats, exit codes, `--fix`, hostile folders.

mod delivery;
mod faults;
mod fix;
mod typed;

use std::collections::BTreeMap;
use std::path::Path;

use pt_stem::engine::lint::{Outcome, Question, lint};
use pt_stem::model::Finding;
use pt_stem::plan::presets;
use rayon::prelude::*;

use delivery::*;
use faults::{Fault, of_presets, of_the_house};

/// What is said of every delivery to some presets, and is no fault.
const SAID: [&str; 2] = ["loudness_not_measured", "weak_preset"];

fn outcome(dir: &Path, delivery: &Delivery) -> Outcome {
    let question = Question {
        preset: delivery.preset.map(|id| presets::find(id).unwrap()),
        ..Question::default()
    };
    lint(dir, &question).unwrap()
}

fn told(outcome: &Outcome) -> Vec<&Finding> {
    let findings = outcome.findings.iter();
    findings
        .filter(|finding| !SAID.contains(&finding.code.as_str()))
        .collect()
}

/// Clean deliveries of every kind.
fn clean(seed: u64) -> Vec<(&'static str, Delivery)> {
    vec![
        ("house", house(seed)),
        ("floats", floats(seed)),
        ("5.1", wide(seed, 0x3F)),
        ("5.1 with sides", wide(seed, 0x60F)),
        ("split", split(seed)),
        ("netflix 5.1", netflix(seed, true)),
        ("netflix stereo", netflix(seed, false)),
        ("ebu", ebu(seed, "ebu-r128")),
        ("uk", ebu(seed, "uk-dpp")),
        ("mastering", mastering(seed)),
        ("grammy", grammy(seed)),
        ("library", library(seed)),
        ("score", score(seed)),
        ("cinema", cinema(seed)),
        ("component", component(seed)),
        ("yandex", yandex(seed)),
        ("streaming", streaming(seed)),
        ("music", music(seed)),
    ]
}

#[test]
fn clean_folders_are_clean() {
    let seed = crate::bench::seed().below(1 << 40);
    let all: Vec<_> = clean(seed).into_iter().chain(clean(seed + 1)).collect();
    let wrong: Vec<String> = all
        .par_iter()
        .filter_map(|(name, delivery)| {
            let dir = tempfile::tempdir().unwrap();
            delivery.write(dir.path());
            let outcome = outcome(dir.path(), delivery);
            let told = told(&outcome);
            (!told.is_empty()).then(|| format!("{name}: {told:#?}"))
        })
        .collect();
    println!(
        "clean folders: {}, with a finding: {}",
        all.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What came of one faulty folder.
struct Result {
    kind: &'static str,
    found: bool,
    right: usize,
    wrong: Vec<String>,
}

fn try_fault(fault: &Fault, seed: u64) -> Result {
    let dir = tempfile::tempdir().unwrap();
    let delivery = (fault.make)(seed);
    delivery.write(dir.path());
    (fault.after)(dir.path());
    let outcome = outcome(dir.path(), &delivery);
    let told = told(&outcome);
    let is_right = |f: &&&Finding| f.code == fault.code || fault.also.contains(&f.code.as_str());
    Result {
        kind: fault.kind,
        found: told.iter().any(|finding| finding.code == fault.code),
        right: told.iter().filter(is_right).count(),
        wrong: told
            .iter()
            .filter(|finding| !is_right(finding))
            .map(|finding| format!("{}: [{}] {}", fault.kind, finding.code, finding.text))
            .collect(),
    }
}

#[test]
fn every_kind_of_fault_is_found_and_nothing_else_is_claimed() {
    let seed = crate::bench::seed().below(1 << 40);
    let faults: Vec<Fault> = of_the_house().into_iter().chain(of_presets()).collect();
    let kinds: BTreeMap<&str, &str> = faults.iter().map(|f| (f.kind, f.code)).collect();
    assert_eq!(kinds.len(), faults.len(), "a kind stands there twice");
    let tries: Vec<(&Fault, u64)> = faults
        .iter()
        .flat_map(|fault| (0..3).map(move |n| (fault, seed + n * 1000)))
        .collect();
    // Threads of its own: simulators of other tests wait for the common ones.
    let pool = rayon::ThreadPoolBuilder::new().build().unwrap();
    let results: Vec<Result> = pool.install(|| {
        let results = tries.par_iter();
        results
            .map(|(fault, seed)| try_fault(fault, *seed))
            .collect()
    });
    let missed: Vec<&str> = results
        .iter()
        .filter(|r| !r.found)
        .map(|r| r.kind)
        .collect();
    let right: usize = results.iter().map(|r| r.right).sum();
    let wrong: Vec<&String> = results.iter().flat_map(|r| &r.wrong).collect();
    let recall = 100.0 * (results.len() - missed.len()) as f64 / results.len() as f64;
    let precision = 100.0 * right as f64 / (right + wrong.len()).max(1) as f64;
    println!(
        "{} kinds of fault, {} folders: recall {recall:.1} %, precision {precision:.2} % ({right} of {} findings)",
        kinds.len(),
        results.len(),
        right + wrong.len()
    );
    assert!(kinds.len() >= 40);
    assert!(
        missed.is_empty(),
        "not found: {missed:?}\nwrong: {wrong:#?}"
    );
    assert!(precision >= 99.0, "precision {precision:.2} %: {wrong:#?}");
}

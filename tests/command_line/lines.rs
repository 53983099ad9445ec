//! The lines that `stems print --json` tells while it runs: the first, the last, every stage, and in each how
//! far the job and its files are.

use serde_json::Value;

use crate::followed::{self, Followed};

const STEMS: usize = 6;
const SECONDS: f64 = if cfg!(debug_assertions) { 2.0 } else { 20.0 };

/// How far it says that a job or a file is: frames done and frames there are.
fn frames(of: &Value) -> (u64, u64) {
    let [done, total] = ["done", "total"].map(|key| of[key].as_u64().unwrap());
    assert!(done <= total, "{of}");
    let rate = of["rate"].as_f64().unwrap();
    assert!(rate >= 0.0, "{of}");
    let left = &of["estimated_time_remaining"];
    assert!(left.is_null() || left.as_f64().unwrap() >= 0.0, "{of}");
    (done, total)
}

#[test]
fn a_print_tells_how_far_it_and_its_stems_are() {
    let bench = followed::session_of(STEMS, SECONDS);
    let mut print = Followed::start(followed::print(
        &bench,
        "out",
        STEMS,
        &["--measure", "full"],
    ));
    let mut lines = Vec::new();
    print.until(|line| {
        lines.push(line.clone());
        false
    });
    print.end().exits(0);
    let report = lines.pop().unwrap();
    assert_eq!(
        report["proof"]["verdict"], "pass",
        "the result is the last object"
    );
    let mut before = 0;
    for line in &lines {
        let (done, total) = frames(line);
        let items = line["items"].as_array().unwrap();
        assert_eq!(items.len(), STEMS);
        let of_items: Vec<(u64, u64)> = items.iter().map(frames).collect();
        assert_eq!(done, of_items.iter().map(|(done, _)| done).sum::<u64>());
        assert_eq!(total, of_items.iter().map(|(_, total)| total).sum::<u64>());
        assert!(done >= before, "it goes back: {line}");
        before = done;
    }
    let stage_of = |line: &Value, stage: &str| {
        let items = line["items"].as_array().unwrap().iter();
        items.filter(|item| item["stage"] == stage).count()
    };
    assert_eq!(stage_of(&lines[0], "waiting"), STEMS);
    for stage in ["printing", "verifying"] {
        assert!(
            lines.iter().any(|line| stage_of(line, stage) > 0),
            "{stage}"
        );
    }
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["state"], stage_of(last, "done")),
        (&"done".into(), STEMS)
    );
}

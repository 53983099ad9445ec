//! The queue from several processes: what one prints is never mistaken for what another asked.

use crate::bench::{Bench, session_folder};

#[test]
fn a_retry_that_nobody_would_run_is_refused_and_disturbs_no_other_print() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 3, 0.5);
    let open = session.display().to_string();
    let print = |stem: &str, out: &str| {
        bench.run(&[
            "--open", &open, "stems", "print", "--stem", stem, "--out", out, "--json",
        ])
    };
    // A folder that cannot be made makes the first job fail.
    std::fs::write(bench.path("first"), "not a folder").unwrap();
    assert_ne!(print("Old=T1", "first/below").code, 0);
    let said = bench.run(&["jobs", "retry", "1"]).exits(1);
    assert!(said.err.contains("press t"), "no way out: {}", said.err);
    std::fs::remove_file(bench.path("first")).unwrap();

    let said = print("New=T3", "second").exits(0);
    let result = said.json();
    assert_eq!(result["files"][0]["name"], "New", "{result}");
    assert!(bench.path("second/Bench_New.wav").exists());
    let jobs = bench.run(&["jobs", "--json"]).exits(0).json();
    assert_eq!(jobs["jobs"][0]["state"], "failed", "{jobs}");
    assert_eq!(jobs["jobs"][1]["state"], "done", "{jobs}");
}

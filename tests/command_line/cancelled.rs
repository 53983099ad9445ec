//! A render that is told to end, in every phase and by every way: it is cancelled or done, never
//! something between. How long that takes is measured, not asserted.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bench::{Bench, Said, number, seed};
use crate::followed::{self, Followed, files, wrong_in};

const STEMS: usize = 12;
/// Long enough to be met among the samples.
const SECONDS: f64 = if cfg!(debug_assertions) { 3.0 } else { 40.0 };

fn bench(seconds: f64) -> Bench {
    followed::session_of(STEMS, seconds)
}

fn command(bench: &Bench, out: &str, more: &[&str]) -> Command {
    followed::print(bench, out, STEMS, more)
}

/// Fails the test unless the print was cancelled and left nothing but whole files, or came to its end.
#[track_caller]
fn cancelled_or_done(bench: &Bench, said: &Said, whole: &BTreeMap<String, Vec<u8>>) {
    let out = bench.path("out");
    assert!([0, 130].contains(&said.code), "{said:?}");
    assert_eq!(wrong_in(&out, &[whole]), [""; 0]);
    let left = files(&out);
    assert!(
        left.keys().all(|name| !name.ends_with(".part")),
        "{:?}",
        left.keys()
    );
    let count = left.len();
    assert!(said.code != 0 || count == whole.len(), "{:?}", left.keys());
    let _ = std::fs::remove_dir_all(out);
}

#[test]
fn a_signal_in_any_phase_cancels_the_print_and_leaves_whole_files_only() {
    let bench = bench(SECONDS);
    for format in ["wav", "flac"] {
        let more = ["--format", format, "--measure", "full"];
        let said: Said = command(&bench, format, &more).output().unwrap().into();
        said.exits(0);
        let whole = files(&bench.path(format));
        for phase in ["waiting", "printing", "verifying", "done"] {
            for signal in ["INT", "TERM", "HUP"] {
                let mut print = Followed::start(command(&bench, "out", &more));
                print.until_stage(phase);
                print.signal(signal);
                let said = print.end();
                if phase == "printing" {
                    assert_eq!(said.code, 130, "{said:?}");
                    let proof: serde_json::Value = serde_json::from_str(&said.out).unwrap();
                    assert_eq!(proof["proof"]["verdict"], "not_checked");
                }
                cancelled_or_done(&bench, &said, &whole);
            }
        }
    }
}

/// Cancels it by its number, as another process does.
fn cancel_by_number(bench: &Bench, print: &mut Followed, phase: &str) {
    let mut job = 0;
    print.until(|line| {
        job = line["job"].as_u64().unwrap_or(job);
        let items = line["items"].as_array().into_iter().flatten();
        items.into_iter().any(|item| item["stage"] == phase)
    });
    bench.run(&["jobs", "cancel", &job.to_string()]).exits(0);
}

#[test]
fn another_process_cancels_the_print_by_its_number() {
    let bench = bench(4.0 * SECONDS);
    let mut print = Followed::start(command(&bench, "out", &[]));
    cancel_by_number(&bench, &mut print, "printing");
    let said = print.end();
    assert_eq!(said.code, 130, "{said:?}");
    cancelled_or_done(&bench, &said, &BTreeMap::new());
    let jobs = bench.run(&["--json", "jobs", "list"]).exits(0).json();
    assert_eq!(jobs["jobs"][0]["state"], "cancelled");
}

/// Tells what was measured; prints that were done before they were cancelled have no time.
fn tell(what: &str, times: impl Iterator<Item = Option<Duration>>) {
    let mut times: Vec<Duration> = times.flatten().collect();
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let at = |share: usize| {
        times
            .get(last.min(times.len() * share / 100))
            .map_or(0, Duration::as_millis)
    };
    println!(
        "{what:<44} {:>3} times: half within {} ms, 90 % within {} ms, all within {} ms",
        times.len(),
        at(50),
        at(90),
        at(100)
    );
}

#[test]
#[ignore = "it measures: run it by hand, built for release"]
fn how_long_a_cancelled_print_goes_on() {
    let bench = bench(3.0 * SECONDS);
    let mut random = seed();
    let times = number("PT_STEM_CANCELS").unwrap_or(15);
    for (format, measure) in [("wav", "full"), ("wav", "off"), ("flac", "basic")] {
        let more = ["--format", format, "--measure", measure];
        let begun = Instant::now();
        let name = format!("{format}-{measure}");
        let said: Said = command(&bench, &name, &more).output().unwrap().into();
        said.exits(0);
        let took = begun.elapsed();
        let whole = files(&bench.path(&name));
        let run = |phase: &str, sleep: Duration, by_number: bool| {
            let mut print = Followed::start(command(&bench, "out", &more));
            if by_number {
                cancel_by_number(&bench, &mut print, phase);
            } else {
                print.until_stage(phase);
                std::thread::sleep(sleep);
            }
            let asked = Instant::now();
            if !by_number {
                print.signal("INT");
            }
            let said = print.end();
            let passed = asked.elapsed();
            let is_cancelled = said.code == 130;
            cancelled_or_done(&bench, &said, &whole);
            is_cancelled.then_some(passed)
        };
        for phase in ["waiting", "printing", "verifying"] {
            let share = if phase == "printing" {
                took / 2
            } else {
                took / 20
            };
            let most = u64::try_from(share.as_micros()).unwrap();
            tell(
                &format!("{format}, measure {measure}, {phase}"),
                (0..times).map(|_| run(phase, Duration::from_micros(random.below(most)), false)),
            );
        }
        tell(
            &format!("{format}, measure {measure}, jobs cancel"),
            (0..times).map(|_| run("printing", Duration::ZERO, true)),
        );
    }
}

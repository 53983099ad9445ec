//! Disks, folders and sources that fail a render while it runs: the job ends with 1, names the file and
//! the place and what to do, and nothing wrong stands under a final name.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::bench::{Bench, Said};
use crate::followed::{self, Followed, are_same, files, wrong_in};

const STEMS: usize = 3;
/// Long enough to be stopped in the middle.
const SECONDS: f64 = if cfg!(debug_assertions) { 12.0 } else { 60.0 };
/// How often a print is stopped until one was still reading.
const TRIES: usize = 8;

fn bench(seconds: f64) -> Bench {
    followed::session_of(STEMS, seconds)
}

fn command(bench: &Bench, out: &str, more: &[&str]) -> Command {
    followed::print(bench, out, STEMS, more)
}

/// A program with another and its arguments behind its own, and that one's environment.
fn around(mut outer: Command, inner: &Command) -> Command {
    outer.arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs().filter_map(|(n, v)| Some((n, v?))) {
        outer.env(name, value);
    }
    outer.stdin(Stdio::null());
    outer
}

/// The same program and folders in a shell that does something first.
fn through_shell(bench: &Bench, first: &str, more: &[&str]) -> Said {
    let inner = command(bench, "out", more);
    let mut outer = Command::new("sh");
    outer.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]);
    around(outer, &inner).output().unwrap().into()
}

/// Fails the test unless the job failed, with these words and something to do.
#[track_caller]
fn failed(said: &Said, words: &[&str]) {
    assert_eq!(said.code, 1, "{said:?}");
    let last = said.err.lines().last().unwrap_or_default();
    let error: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {said:?}"));
    let message = error["error"]["message"].as_str().unwrap();
    for word in words {
        assert!(message.contains(word), "no '{word}' in: {message}");
    }
    let hints = error["error"]["hints"].as_array().unwrap();
    assert!(!hints.is_empty(), "nothing to do: {error}");
}

/// Stops a print among its samples, does something, and lets it go on.
fn meanwhile(bench: &Bench, more: &[&str], change: impl FnOnce(&Bench)) -> Said {
    let mut print = Followed::start(command(bench, "out", more));
    assert!(print.until_stage("printing"), "{:?}", print.end());
    print.signal("STOP");
    change(bench);
    print.signal("CONT");
    print.end()
}

fn source(bench: &Bench, track: usize) -> PathBuf {
    bench.path(&format!("session/audio/t{track}.wav"))
}

#[test]
fn a_source_that_changes_while_it_is_read_fails_the_job_with_its_place() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 5] = [
        ("taken away", |path| std::fs::remove_file(path).unwrap()),
        ("cut short", |path| {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_len(100_000).unwrap();
        }),
        ("grown", |path| {
            let mut file = std::fs::File::options().append(true).open(path).unwrap();
            std::io::Write::write_all(&mut file, &[0; 64]).unwrap();
        }),
        ("replaced", |path| {
            let other = path.with_extension("other");
            std::fs::write(&other, "no audio at all").unwrap();
            std::fs::rename(other, path).unwrap();
        }),
        ("a folder", |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }),
    ];
    let bench = bench(SECONDS);
    let spare = std::fs::read(source(&bench, 5)).unwrap();
    for (what, change) in changes {
        // A print may have read all of it before it is stopped: then it is right, and another is tried.
        let said = (0..TRIES).find_map(|_| {
            let said = meanwhile(&bench, &[], |bench| change(&source(bench, 5)));
            let path = source(&bench, 5);
            let _ = std::fs::remove_dir(&path);
            std::fs::write(&path, &spare).unwrap();
            let is_late = said.code == 0;
            if is_late {
                std::fs::remove_dir_all(bench.path("out")).unwrap();
            }
            (!is_late).then_some(said)
        });
        let said = said.unwrap_or_else(|| panic!("{what}: {TRIES} prints saw nothing of it"));
        println!("{what}: {}", said.err.trim());
        failed(&said, &["audio/t5.wav", "track 'T5'", "00:00:00"]);
        assert_eq!(files(&bench.path("out")).len(), 0, "{what}");
    }
    // Left alone it is printed.
    let said = command(&bench, "out", &[]).output().unwrap();
    Said::from(said).exits(0);
}

#[test]
fn a_folder_that_is_lost_while_it_is_printed_into_fails_the_job() {
    let bench = bench(SECONDS);
    let out = bench.path("out");
    let clear = |path: &Path| {
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_dir_all(path);
    };
    let said = meanwhile(&bench, &[], |_| std::fs::remove_dir_all(&out).unwrap());
    println!("removed: {}", said.err.trim());
    failed(&said, &["S1.wav"]);
    assert!(!out.exists());
    let said = meanwhile(&bench, &[], |_| {
        std::fs::remove_dir_all(&out).unwrap();
        std::fs::write(&out, "a file").unwrap();
    });
    println!("a file now: {}", said.err.trim());
    failed(&said, &["S1.wav"]);
    assert_eq!(std::fs::read(&out).unwrap(), b"a file");
    clear(&out);
    let away = bench.path("away");
    let said = meanwhile(&bench, &[], |_| {
        std::fs::rename(&out, &away).unwrap();
        std::fs::create_dir(&out).unwrap();
        std::fs::write(out.join("S1.wav.part"), "somebody else's").unwrap();
        std::fs::write(out.join("S2.wav"), "somebody else's").unwrap();
    });
    println!("another: {}", said.err.trim());
    failed(&said, &["S1.wav"]);
    assert_eq!(files(&out)["S2.wav"], b"somebody else's");
    assert!(wrong_in(&away, &[]).is_empty(), "{:?}", files(&away).keys());
}

#[test]
fn a_folder_that_turns_read_only_keeps_what_it_has() {
    let bench = bench(SECONDS);
    let out = bench.path("out");
    let earlier = command(&bench, "out", &["--bits", "16"]).output().unwrap();
    Said::from(earlier).exits(0);
    let earlier = files(&out);
    // What binds everybody but root, and what binds root.
    let immutable = |sign: &str| {
        let done = Command::new("chattr").arg(sign).arg(&out).output();
        done.is_ok_and(|done| done.status.success())
    };
    let mode = |bits| std::fs::set_permissions(&out, std::fs::Permissions::from_mode(bits));
    let mut is_bound = false;
    let said = meanwhile(&bench, &["--on-existing", "replace"], |_| {
        mode(0o555).unwrap();
        let is_immutable = immutable("+i");
        is_bound = is_immutable || std::fs::write(out.join("try"), "").is_err();
        let _ = std::fs::remove_file(out.join("try"));
    });
    let left = files(&out);
    immutable("-i");
    mode(0o755).unwrap();
    if !is_bound {
        println!("skipped: nothing makes a folder read-only for this user here");
        return;
    }
    println!("{}", said.err.trim());
    failed(&said, &["S1.wav"]);
    assert!(wrong_in(&out, &[&earlier]).is_empty(), "{:?}", left.keys());
    assert!(
        earlier
            .iter()
            .all(|(name, bytes)| left.get(name) == Some(bytes))
    );
    // Writable again, it is cleared and printed into.
    let again = command(&bench, "out", &["--on-existing", "replace"]);
    Said::from({ again }.output().unwrap()).exits(0);
    assert_eq!(files(&out).len(), earlier.len());
}

#[test]
fn a_file_that_may_not_grow_is_an_error_and_not_the_end_of_the_program() {
    let bench = bench(3.0);
    for first in ["ulimit -f 300", "trap '' XFSZ; ulimit -f 300"] {
        let said = through_shell(&bench, first, &[]);
        println!("{}", said.err.trim());
        failed(&said, &["S1.wav.part", "too large"]);
        assert_eq!(files(&bench.path("out")).len(), 0);
    }
}

/// A print in a shell in which the folder is a disk of its own, of so many KiB. What stands on it at the
/// end is copied to `left`.
fn on_small_disk(bench: &Bench, kib: u32, more: &[&str]) -> Option<Followed> {
    let can = Command::new("unshare").args(["-rm", "true"]).output();
    if !can.is_ok_and(|tried| tried.status.success()) {
        println!("skipped: no disk can be mounted here");
        return None;
    }
    let (out, left) = (bench.path("out"), bench.path("left"));
    std::fs::create_dir_all(&out).unwrap();
    let mut outer = Command::new("unshare");
    outer.args(["-rm", "sh", "-c"]).arg(format!(
        "mount -t tmpfs -o size={kib}k tmpfs '{out}' || exit 99; \"$0\" \"$@\"; code=$?; \
         cp -a '{out}' '{left}'; exit $code",
        out = out.display(),
        left = left.display()
    ));
    Some(Followed::start(around(outer, &command(bench, "out", more))))
}

#[test]
fn a_disk_that_is_too_small_is_refused_before_anything_is_made() {
    let bench = bench(3.0);
    let Some(print) = on_small_disk(&bench, 1000, &[]) else {
        return;
    };
    let said = print.end().exits(2);
    assert!(said.err.contains("1.0 MB are free"), "{}", said.err);
    assert!(said.err.contains("/out"), "{}", said.err);
    assert_eq!(files(&bench.path("left")).len(), 0);
}

#[test]
fn a_disk_that_fills_up_fails_the_job() {
    let bench = bench(SECONDS);
    let Some(mut print) = on_small_disk(&bench, 72_000, &[]) else {
        return;
    };
    assert!(print.until_stage("printing"), "{:?}", print.end());
    print.signal("STOP");
    // The disk is seen by what runs on it alone.
    let disk = PathBuf::from(format!("/proc/{}/root", print.id()));
    let out = bench.path("out").display().to_string();
    let ballast = disk.join(out.trim_start_matches('/')).join("ballast");
    let mut ballast = std::fs::File::create(ballast).unwrap();
    let filled = (0..4096).map(|_| std::io::Write::write_all(&mut ballast, &[1; 65_536]));
    let full = filled.filter_map(Result::err).next();
    print.signal("CONT");
    let said = print.end();
    println!("{}", said.err.trim());
    assert_eq!(
        full.map(|e| e.kind()),
        Some(std::io::ErrorKind::StorageFull)
    );
    failed(&said, &["/out/S", ".wav.part", "No space left"]);
    let left: Vec<String> = files(&bench.path("left")).into_keys().collect();
    assert_eq!(left, ["ballast"]);
}

#[test]
fn two_programs_never_print_into_one_folder() {
    let (bench, other) = (bench(SECONDS), Bench::new());
    let mut first = Followed::start(command(&bench, "out", &[]));
    assert!(first.until_stage("printing"));
    first.signal("STOP");
    let who = format!("pt-stem, process {} on ", first.id());
    // One of the same user, and one that shares nothing but the folder.
    for state in [bench.path("state"), other.path("state")] {
        let mut second = command(&bench, "out", &["--on-existing", "replace"]);
        let said: Said = second.env("XDG_STATE_HOME", state).output().unwrap().into();
        println!("{}", said.err.trim());
        failed(&said, &["another program", &who, "/out"]);
    }
    first.signal("CONT");
    first.end().exits(0);
    let printed = files(&bench.path("out"));
    let said: Said = command(&bench, "alone", &[]).output().unwrap().into();
    said.exits(0);
    assert!(are_same(&printed, &files(&bench.path("alone"))));
}

/// What a library loaded before the system's does to calls on files whose name ends in `FAULT_FILE`:
/// the call named by `FAULT` fails, or does what it should not.
const SHIM: &str = include_str!("faults.c");

fn shim(bench: &Bench) -> Option<PathBuf> {
    let (code, library) = (bench.path("shim.c"), bench.path("shim.so"));
    std::fs::write(&code, SHIM).unwrap();
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &code])
        .output();
    if cfg!(target_os = "linux") && compiled.is_ok_and(|done| done.status.success()) {
        return Some(library);
    }
    assert!(
        std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none() || !cfg!(target_os = "linux"),
        "no C compiler"
    );
    println!("skipped: no C compiler, or another system than Linux");
    None
}

#[test]
fn calls_that_fail_and_disks_that_lie_are_noticed() {
    let bench = bench(10.0);
    let Some(library) = shim(&bench) else {
        return;
    };
    let said: Said = command(&bench, "whole", &[]).output().unwrap().into();
    said.exits(0);
    let whole = files(&bench.path("whole"));
    let print = |fault: &str, file: &str| -> Said {
        let _ = std::fs::remove_dir_all(bench.path("out"));
        let mut print = command(&bench, "out", &["--on-existing", "replace"]);
        print
            .env("LD_PRELOAD", &library)
            .env("FAULT", fault)
            .env("FAULT_FILE", file);
        let said: Said = print.output().unwrap().into();
        println!("{fault} of {file}: {}", said.err.trim());
        said
    };
    let place = ["audio/t3.wav", "track 'T3'", "00:00:00", "frame"];
    failed(&print("read", "/t3.wav"), &place);
    assert_eq!(files(&bench.path("out")).len(), 0);
    failed(
        &print("write", "/S2.wav.part"),
        &["S2.wav.part", "No space"],
    );
    assert_eq!(files(&bench.path("out")).len(), 0);
    // One file fails at its end, the others stay.
    for (fault, words) in [
        ("sync", ["S2.wav", "Input/output"]),
        ("flip", ["S2.wav", "other samples"]),
        ("rename", ["S2.wav", "cannot name"]),
    ] {
        let said = print(fault, "/S2.wav.part");
        failed(&said, &words);
        let left = files(&bench.path("out"));
        let names: Vec<&str> = left.keys().map(String::as_str).collect();
        assert_eq!(names, ["S1.wav", "S3.wav", "manifest.json"], "{fault}");
        assert!(wrong_in(&bench.path("out"), &[&whole]).is_empty());
    }
    // Not errors: a part at a time, and interrupted.
    for fault in ["short", "interrupt"] {
        let said = print(fault, ".wav.part");
        said.exits(0);
        assert!(are_same(&files(&bench.path("out")), &whole), "{fault}");
        print(fault, "/t3.wav").exits(0);
        assert!(are_same(&files(&bench.path("out")), &whole), "{fault}");
    }
}

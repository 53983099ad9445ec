//! How fast stems are rendered: whole processes, from the session folder to checked files, beside an
//! ideal mixer, sox and ffmpeg where they are installed.
//! `cargo bench --bench render [-- S|M|L|edits|wide|cold|checks … [ROUNDS]]`. Makes its sessions, warms the cache,
//! alternates the programs, prints medians; asserts nothing. `PT_STEM_SHARED` names the folder with
//! `measure/tools/ideal64.c`, `FFMPEG` another ffmpeg.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "render/process.rs"]
mod process;
#[path = "render/rivals.rs"]
mod rivals;
#[path = "render/session.rs"]
mod session;

use std::path::Path;

use process::{Program, table};
use session::{Flavour, Session, Size};

fn main() {
    // `cargo bench` hands over its own flags too.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(5);
    let chosen: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| word.parse::<usize>().is_err())
        .collect();
    let wants = |name: &str| match chosen.as_slice() {
        [] => matches!(name, "S" | "M" | "edits"),
        chosen => chosen.contains(&name),
    };
    let folder = tempfile::tempdir().expect("a folder for the sessions");
    let root = folder.path();
    println!("{} threads", rayon::current_num_threads());
    for (name, size) in [("S", Size::S), ("M", Size::M), ("L", Size::L)] {
        if wants(name) {
            beside_others(root, size, rounds);
        }
    }
    if wants("edits") {
        edits(root, rounds);
    }
    if wants("wide") {
        wide(root, rounds);
    }
    if wants("checks") {
        checks(root, rounds);
    }
    if wants("cold") {
        cold(root, rounds);
    }
}

/// Our program with each way of measuring.
fn ours(root: &Path, session: &Session, label: &str, measure: &str) -> Program {
    let dir = root.join("out-ours");
    let quoted = |path: &Path| format!("'{}'", path.display());
    let script = format!(
        "rm -rf {out} && XDG_STATE_HOME={state} XDG_CONFIG_HOME={state} exec {program} --open {session} \
         stems print --engine render --bits 24 --measure {measure} --out {out} >/dev/null",
        out = quoted(&dir),
        state = quoted(&root.join("state")),
        program = quoted(Path::new(env!("CARGO_BIN_EXE_pt-stem"))),
        session = quoted(&session.dir),
    );
    Program::new(label, script)
}

fn beside_others(root: &Path, size: Size, rounds: usize) {
    let session = Session::make(root, &size, Flavour::Mix);
    println!("\n{}", session.title());
    let mut programs = vec![ours(root, &session, "pt-stem --measure off", "off")];
    programs.splice(0..0, rivals::ideal(root, &session));
    programs.push(ours(root, &session, "pt-stem --measure basic", "basic"));
    programs.push(ours(root, &session, "pt-stem --measure full", "full"));
    programs.extend(rivals::sox(root, &session));
    programs.extend(rivals::ffmpeg(root, &session));
    session.warm();
    let first = programs
        .iter()
        .position(|program| program.is("pt-stem --measure off"));
    let medians = table(&programs, rounds);
    let ours = first.map_or(&[][..], |first| &medians[first..]);
    if let [off, basic, full, ..] = ours {
        let sound = session.stems as f64 * session.seconds();
        let times = |cost: f64| sound / cost.max(1e-3);
        println!(
            "measuring on top of writing, times real time a core: basic {:.0}, full {:.0}",
            times(basic.cpu - off.cpu),
            times(full.cpu - off.cpu)
        );
    }
}

/// Checking what was printed, by one thread and by all.
fn checks(root: &Path, rounds: usize) {
    let session = Session::make(root, &Size::M, Flavour::Mix);
    println!("\nchecks: {}", session.title());
    // Leaves its files behind.
    table(&[ours(root, &session, "print", "full")], 1);
    let quoted = |path: &Path| format!("'{}'", path.display());
    let check = |name: &str, threads: &str, command: &str| {
        let script = format!(
            "{threads} XDG_STATE_HOME={state} XDG_CONFIG_HOME={state} {program} {command} {out} >/dev/null 2>&1; true",
            state = quoted(&root.join("state")),
            program = quoted(Path::new(env!("CARGO_BIN_EXE_pt-stem"))),
            out = quoted(&root.join("out-ours")),
        );
        Program::new(name, script)
    };
    let sound = session.stems as f64 * session.seconds();
    for command in ["stems verify", "lint"] {
        let medians = table(
            &[
                check(
                    &format!("{command}, one thread"),
                    "RAYON_NUM_THREADS=1",
                    command,
                ),
                check(&format!("{command}, all"), "", command),
            ],
            rounds,
        );
        if let [one, all] = medians.as_slice() {
            println!(
                "{command}: {:.0} times real time a core, {:.2} times as fast with all threads",
                sound / one.cpu,
                one.wall / all.wall
            );
        }
    }
}

fn edits(root: &Path, rounds: usize) {
    let plain = Session::make(root, &Size::M, Flavour::Mix);
    let edited = Session::make(root, &Size::M, Flavour::Edits);
    println!("\nmix and edits: {}", plain.title());
    let programs = [
        ours(root, &plain, "mix", "off"),
        ours(root, &edited, "edits", "off"),
    ];
    plain.warm();
    table(&programs, rounds);
}

/// Twice as long, and as many tracks as Pro Tools has at 192 kHz.
fn wide(root: &Path, rounds: usize) {
    let programs: Vec<Program> = [2, 4]
        .map(|seconds| {
            let size = Size {
                name: "wide",
                rate: 192_000,
                tracks: 256,
                stems: 24,
                seconds,
            };
            let session = Session::make(root, &size, Flavour::Mix);
            println!("\n{}", session.title());
            session.warm();
            ours(root, &session, &format!("{seconds} s"), "off")
        })
        .into();
    let samples = 256.0 * 192_000.0 * 1.5;
    let medians = table(&programs, rounds);
    if let [short, long] = medians.as_slice() {
        let per_second = samples * 2.0 / (long.cpu - short.cpu);
        println!(
            "{:.0} million samples read per second and core",
            per_second / 1e6
        );
    }
}

/// With the sources out of the cache, where the system lets us.
fn cold(root: &Path, rounds: usize) {
    let session = Session::make(root, &Size::M, Flavour::Mix);
    println!("\ncold: {}", session.title());
    let programs = [
        ours(root, &session, "cold", "off").after(session.cool()),
        ours(root, &session, "warm", "off"),
        Program::new("cold, read only", session.cat()).after(session.cool()),
    ];
    table(&programs, rounds);
}

//! The command as it is typed: results, exit codes, reports, wrong input, hostile folders.

use super::delivery::*;
use crate::bench::{Bench, session_folder};

fn folder(bench: &Bench, delivery: &Delivery) -> String {
    let dir = bench.path("delivery");
    delivery.write(&dir);
    dir.display().to_string()
}

#[test]
fn presets_are_listed_and_shown() {
    let bench = Bench::new();
    let said = bench.run(&["presets"]).exits(0);
    for word in [
        "netflix-nf51",
        "ebu-r128-s1",
        "verify with your client",
        "not to be used",
    ] {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
    let said = bench.run(&["presets", "netflix-nf51"]).exits(0);
    for word in [
        "Confidence A",
        "checked 2026-",
        "partnerhelp",
        "Not measured: loudness gated by speech",
        "DIAStem",
    ] {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
    let list = bench.run(&["--json", "presets"]).exits(0).json();
    assert!(list["presets"].as_array().unwrap().len() >= 24);
    let one = bench
        .run(&["presets", "podcast-stems", "--json"])
        .exits(0)
        .json();
    assert!(
        one["preset"]["warning"]
            .as_str()
            .unwrap()
            .contains("verify")
    );
    let said = bench.run(&["presets", "netflx-nf51"]).exits(2);
    assert!(said.err.contains("netflix-nf51"), "{}", said.err);
}

#[test]
fn a_clean_delivery_passes_but_for_what_nobody_measured() {
    let bench = Bench::new();
    let dir = folder(&bench, &netflix(4, true));
    let args = [
        "lint",
        &dir,
        "--preset",
        "netflix-nf51",
        "--junit",
        "lint.xml",
    ];
    let said = bench.run(&args).exits(0);
    assert!(
        said.out.contains("not measured: loudness gated by speech"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("PASS, but for 1 not measured"),
        "{}",
        said.out
    );
    assert!(said.out.contains("Sum: PASS"), "{}", said.out);
    let xml = std::fs::read_to_string(bench.path("lint.xml")).unwrap();
    assert!(
        xml.contains("failures=\"0\"") && xml.contains("<skipped"),
        "{xml}"
    );
    let json = bench
        .run(&["--json", "lint", &dir, "--preset", "netflix-nf51"])
        .exits(0)
        .json();
    assert_eq!(json["verdict"], "pass");
    assert_eq!(json["not_measured"][0], "loudness gated by speech");
    assert_eq!(json["sets"].as_array().unwrap().len(), 4);
    assert_eq!(json["sets"][0]["layout"], "5.1");
    // The mixer's own figure is held against the target, and marked as theirs.
    let given = |lkfs: &str| {
        bench.run(&[
            "lint",
            &dir,
            "--preset",
            "netflix-nf51",
            "--dialog-lkfs",
            lkfs,
        ])
    };
    let said = given("-27.4").exits(0);
    assert!(!said.out.contains("not measured"), "{}", said.out);
    let said = given("-31").exits(1);
    assert!(
        said.out.contains("as given and not measured here"),
        "{}",
        said.out
    );
}

#[test]
fn faults_fail_with_a_line_each() {
    let bench = Bench::new();
    let mut delivery = house(8);
    delivery.file("Keys").bits = 16;
    delivery.file("Vox").scale(0.9);
    let dir = folder(&bench, &delivery);
    let said = bench.run(&["lint", &dir, "--junit", "x.xml"]).exits(1);
    let line = said
        .out
        .lines()
        .find(|line| line.contains("[depth]"))
        .unwrap();
    assert!(
        line.starts_with("error: 'Song_Keys.wav' has 16 bits") && line.contains("->"),
        "{line}"
    );
    assert!(
        said.out.contains("[sum_failed]") && said.out.contains("FAIL"),
        "{}",
        said.out
    );
    let xml = std::fs::read_to_string(bench.path("x.xml")).unwrap();
    assert!(
        xml.contains("failures=\"2\"") && xml.contains("type=\"depth\""),
        "{xml}"
    );
    let json = bench.run(&["lint", &dir, "--json"]).exits(1).json();
    assert_eq!(json["verdict"], "fail");
    assert_eq!(json["proof"]["verdict"], "fail");
    let codes: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["depth", "sum_failed"]);
}

#[test]
fn a_mix_from_elsewhere_is_the_mix() {
    let bench = Bench::new();
    let mut delivery = house(9);
    let mix = delivery.file("Mix").clone();
    delivery.remove("Mix");
    let dir = folder(&bench, &delivery);
    std::fs::write(bench.path("bounce.wav"), mix.bytes()).unwrap();
    let said = bench.run(&["lint", &dir, "--mix", "bounce.wav"]).exits(0);
    assert!(said.out.contains("Sum: PASS"), "{}", said.out);
    std::fs::write(bench.path("bounce.wav"), Wav::new("", 2, 99).bytes()).unwrap();
    bench.run(&["lint", &dir, "--mix", "bounce.wav"]).exits(1);
    bench.run(&["lint", &dir, "--mix", "none.wav"]).exits(2);
}

#[test]
fn wrong_input() {
    let bench = Bench::new();
    let dir = folder(&bench, &house(3));
    std::fs::create_dir(bench.path("empty")).unwrap();
    std::fs::write(bench.path("notes.txt"), "mine").unwrap();
    let cases: [(&[&str], i32, &str); 10] = [
        (&["lint"], 2, "DIR"),
        (&["lint", "nowhere"], 2, "no folder"),
        (&["lint", "notes.txt"], 2, "no folder"),
        (&["lint", "empty"], 1, "no audio"),
        (&["lint", &dir, "--preset", "ebu-r129"], 2, "ebu-r128"),
        (&["lint", &dir, "--preset", "disney-plus"], 2, "contradicts"),
        (&["lint", &dir, "--yes"], 2, "--fix"),
        (&["lint", &dir, "--dialog-lkfs", "-27"], 2, "speech"),
        (
            &["lint", &dir, "--preset", "amazon-nf", "--dialog-lkfs", "3"],
            2,
            "no loudness",
        ),
        (&["lint", &dir, "--junit", "notes.txt"], 2, "no XML"),
    ];
    for (args, code, word) in cases {
        let said = bench.run(args).exits(code);
        assert!(said.err.contains(word), "{args:?}: {}", said.err);
    }
    assert_eq!(
        std::fs::read_to_string(bench.path("notes.txt")).unwrap(),
        "mine"
    );
}

#[test]
fn a_weak_preset_says_so() {
    let bench = Bench::new();
    let mut delivery = Delivery::new(None, vec![Wav::new("ep1_host.wav", 1, 5)]);
    delivery.files[0].time = None;
    let dir = folder(&bench, &delivery);
    let said = bench
        .run(&["lint", &dir, "--preset", "podcast-stems"])
        .exits(0);
    assert!(said.out.contains("verify with your client"), "{}", said.out);
}

#[test]
fn what_is_printed_to_a_preset_passes_it_and_what_cannot_is_said() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 3, 1.0);
    let open = session.display().to_string();
    let print = |preset: &str, out: &str| {
        let stems = ["--stem", "Drums=T1", "--stem", "Bass=T2,T3"];
        let args = [
            "--open", &open, "stems", "print", "--preset", preset, "--out", out,
        ];
        bench.run(&[&args[..], &stems[..], &["--json"]].concat())
    };
    let said = print("music-stems-24", "out").exits(0).json();
    assert_eq!(said["files"].as_array().unwrap().len(), 3, "{said}");
    assert_eq!(said["proof"]["verdict"], "pass");
    let said = bench
        .run(&["lint", "out", "--preset", "music-stems-24"])
        .exits(0);
    assert!(said.out.contains("Sum: PASS"), "{}", said.out);

    // Loudness is the mix's alone, and tells of it only.
    let said = print("ebu-r128-s1", "advert").exits(1).json();
    let findings = said["findings"].as_array().unwrap().iter();
    let loud: Vec<_> = findings.filter(|f| f["code"] == "loudness").collect();
    assert_eq!(loud.len(), 1, "{said}");
    assert!(loud[0]["file"].as_str().unwrap().contains("mix"));
    let said = bench
        .run(&["lint", "advert", "--preset", "ebu-r128-s1"])
        .exits(1);
    assert!(said.out.contains("[loudness]"), "{}", said.out);

    let said = print("netflix-nf51", "wide").exits(2);
    assert!(
        said.err.contains("5.1") || said.out.contains("5.1"),
        "{said:?}"
    );
    assert!(!bench.path("wide").exists());
    let said = print("disney-plus", "mouse").exits(2);
    assert!(said.out.contains("contradicts"), "{said:?}");
}

/// Nothing in a folder hangs, panics or writes on the terminal.
#[cfg(unix)]
#[test]
fn hostile_folders() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new();
    let dir = folder(&bench, &house(6));
    let at = |name: &str| bench.path("delivery").join(name);
    let made = std::process::Command::new("mkfifo")
        .arg(at("pipe.wav"))
        .status()
        .unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", at("endless.wav")).unwrap();
    std::os::unix::fs::symlink(".", at("round")).unwrap();
    std::fs::create_dir(at("folder.wav")).unwrap();
    std::fs::write(at("bell\u{7}\u{1b}[2J.wav"), Wav::new("", 1, 1).bytes()).unwrap();
    let raw = std::ffi::OsStr::from_bytes(b"no\xffunicode.wav");
    std::fs::write(bench.path("delivery").join(raw), Wav::new("", 1, 2).bytes()).unwrap();
    let mut lies = Wav::new("", 2, 3).bytes();
    // 65535 channels, and a data chunk that is said to be 4 GiB long.
    let fmt = lies.windows(4).position(|w| w == b"fmt ").unwrap();
    lies[fmt + 10..fmt + 12].fill(0xFF);
    std::fs::write(at("lies.wav"), &lies).unwrap();
    let mut rate = Wav::new("", 2, 3).bytes();
    rate[fmt + 12..fmt + 16].fill(0xFF);
    std::fs::write(at("rate.wav"), &rate).unwrap();
    let mut chunks = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
    chunks.extend(b"JUNK\0\0\0\0".repeat(50_000));
    std::fs::write(at("chunks.wav"), &chunks).unwrap();
    for preset in ["", "netflix-nf51", "cinema-archive-adpf", "atmos-music-adm"] {
        let mut args = vec!["lint", &dir];
        if !preset.is_empty() {
            args.extend(["--preset", preset]);
        }
        let said = bench.run(&args).exits(1);
        assert!(
            !said.out.contains('\u{1b}') && !said.out.contains('\u{7}'),
            "{preset}"
        );
        assert!(
            said.out.contains("pipe.wav") && said.out.contains("endless.wav"),
            "{}",
            said.out
        );
        let json = bench
            .run(&[&args[..], &["--json", "--junit", "h.xml"]].concat())
            .exits(1)
            .json();
        assert_eq!(json["verdict"], "fail");
    }
}

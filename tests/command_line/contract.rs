//! What scripts rely on beside the results: objects on stdout, exit codes, reasons, warnings.

use crate::bench::{Bench, session_folder};

const STEMS: [&str; 4] = ["--stem", "A=T1", "--stem", "B=T3"];

#[test]
fn a_folder_that_is_not_there_is_a_wrong_argument() {
    let bench = Bench::new();
    let said = bench.run(&["stems", "verify", "nowhere"]).exits(2);
    assert!(said.err.contains("'nowhere' is no folder"), "{}", said.err);
    std::fs::create_dir(bench.path("empty")).unwrap();
    bench.run(&["stems", "verify", "empty"]).exits(1);
}

#[test]
fn an_action_says_in_json_that_it_is_done() {
    let bench = Bench::new();
    let open = session_folder(&bench.path("session"), 3, 0.2);
    let open = open.display().to_string();
    let said = bench
        .run(&["--open", &open, "--json", "do", "mute", "T1"])
        .exits(0);
    let value = said.json();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["done"], true);
    assert!(
        value["action"].as_str().unwrap().contains("T1"),
        "{}",
        said.out
    );
    let said = bench.run(&["--open", &open, "do", "mute", "T1"]).exits(0);
    assert_eq!(said.out, "", "nothing to tell people");
}

#[test]
fn a_print_of_a_wrong_plan_lists_all_that_is_wrong() {
    let bench = Bench::new();
    let open = session_folder(&bench.path("session"), 3, 0.2);
    let open = open.display().to_string();
    let args = [
        "--open",
        &open,
        "--json",
        "stems",
        "print",
        "--out",
        "out",
        "--stem",
        "A=Nobody",
        "--stem",
        "B=Nothing",
    ];
    let said = bench.run(&args).exits(2);
    let value = said.json();
    assert_eq!(value["files"], serde_json::json!([]));
    assert_eq!(value["proof"]["verdict"], "not_checked");
    let findings = value["findings"].as_array().unwrap();
    let unknown = findings.iter().filter(|f| f["code"] == "unknown_track");
    assert_eq!(unknown.count(), 2, "{}", said.out);
    assert!(!bench.path("out").exists());
}

#[cfg(unix)]
#[test]
fn a_hook_that_fails_is_told_after_the_print() {
    let bench = Bench::new();
    let open = session_folder(&bench.path("session"), 3, 0.2);
    let open = open.display().to_string();
    std::fs::write(
        bench.path("hooks.toml"),
        "[hooks]\njob_done = \"sleep 0.3; echo no lamp is lit >&2; exit 3\"\n",
    )
    .unwrap();
    for json in [false, true] {
        let out = if json { "b" } else { "a" };
        let print = ["--config", "hooks.toml", "--open", &open, "stems", "print"];
        let mut args = [&print[..], &STEMS, &["--out", out]].concat();
        if json {
            args.push("--json");
        }
        let said = bench.run(&args).exits(0);
        assert!(said.err.contains("no lamp is lit"), "{}", said.err);
        assert!(said.err.contains("warning"), "{}", said.err);
        assert!(bench.path(out).join("manifest.json").is_file());
        if json {
            let line = said.err.lines().last().unwrap();
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["warning"]["kind"], "job");
        }
    }
}

#[test]
fn a_server_that_hangs_may_be_showing_a_dialog() {
    let bench = Bench::new();
    let open = session_folder(&bench.path("session"), 3, 0.2);
    let faults = bench.path("faults.toml");
    for command in ["HostReadyCheck", "GetSessionPath", "GetTrackList"] {
        let hang = format!("[[fault]]\nkind = \"hang\"\ncommand = \"{command}\"\ntimes = 0\n");
        std::fs::write(&faults, hang).unwrap();
        let (open, faults) = (open.display().to_string(), faults.display().to_string());
        let simulator = bench.simulator(&["--open", &open, "--faults", &faults]);
        let said = bench.run(&["--port", &simulator.port, "--timeout", "1", "status"]);
        assert!([3, 4].contains(&said.code), "{command}: {said:?}");
        assert!(said.err.contains("dialog"), "{command}: {}", said.err);
    }
}

#[test]
fn no_session_and_a_dialog_are_told_apart_where_the_answer_does() {
    let bench = Bench::new();
    let open = session_folder(&bench.path("session"), 3, 0.2);
    let faults = bench.path("faults.toml");
    for (message, may_be_dialog) in [
        ("there is no open session", false),
        ("unable to complete the command", true),
    ] {
        let refuse = format!(
            "[[fault]]\nkind = \"refuse\"\ncommand = \"GetSessionPath\"\ntimes = 0\n\
             error = \"PT_NoOpenedSession\"\nmessage = \"{message}\"\n"
        );
        std::fs::write(&faults, refuse).unwrap();
        let (open, faults) = (open.display().to_string(), faults.display().to_string());
        let simulator = bench.simulator(&["--open", &open, "--faults", &faults]);
        let port = ["--port", &simulator.port];
        let said = bench.run(&[&port[..], &["status"]].concat()).exits(0);
        assert!(said.out.contains("no session open"), "{}", said.out);
        assert_eq!(said.out.contains("dialog"), may_be_dialog, "{}", said.out);
        let said = bench.run(&[&port[..], &["session"]].concat()).exits(5);
        assert_eq!(said.err.contains("dialog"), may_be_dialog, "{}", said.err);
    }
}

#[test]
fn a_job_that_failed_says_why_its_sum_was_not_checked() {
    let bench = Bench::new();
    let open = session_folder(&bench.path("session"), 3, 0.2);
    let open = open.display().to_string();
    let faults = bench.path("faults.toml");
    std::fs::write(
        &faults,
        "[[fault]]\nkind = \"refuse\"\ncommand = \"ExportMix\"\nfrom = 2\ntimes = 0\n\
         error = \"PT_UnknownError\"\nmessage = \"the disk is on fire\"\n",
    )
    .unwrap();
    let faults = faults.display().to_string();
    let simulator = bench.simulator(&["--open", &open, "--faults", &faults]);
    let port = ["--port", &simulator.port, "stems", "print", "--out", "out"];
    let said = bench
        .run(&[&port[..], &STEMS, &["--engine", "bounce"]].concat())
        .exits(4);
    let sum = said.out.lines().find(|line| line.starts_with("Sum:"));
    let sum = sum.unwrap_or_else(|| panic!("{said:?}"));
    assert!(sum.contains("not checked (the job failed: "), "{sum}");
    assert!(sum.contains("the disk is on fire"), "{sum}");
}

#[test]
fn settings_are_told_in_their_own_types() {
    let bench = Bench::new();
    let told = bench.run(&["config", "show", "--json"]).exits(0).json();
    let value = |key: &str| {
        let rows = told["config"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == key);
        row.unwrap_or_else(|| panic!("no {key}"))["value"].clone()
    };
    assert_eq!(value("connection.host"), "localhost");
    assert_eq!(value("connection.port"), 31416);
    assert_eq!(value("connection.timeout_s"), 10.0);
    assert_eq!(value("ui.mouse"), true);
    assert_eq!(value("output.recipe"), serde_json::Value::Null);
}

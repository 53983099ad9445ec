//! Every action of the catalogue has its way from the command line, by the name of keys and `:`.

use pt_stem::action::{Action, catalogue};

use crate::bench::Bench;

/// Arguments with which an action can be read, and which is about something named.
fn arguments(name: &str) -> Vec<&'static str> {
    let bare = Action::parse(name).is_ok();
    let info = catalogue().iter().find(|info| info.name == name).unwrap();
    match info.arguments {
        "[JOB]" => vec!["1"],
        "TRACK…" | "[TRACK…]" => vec!["Kick"],
        "COMMAND [JSON]" => vec!["GetPTSLVersion"],
        "FROM TO" => vec!["Verse", "End"],
        "[NAME]" | "[PATH]" => vec!["x"],
        _ if bare => Vec::new(),
        _ => vec!["1"],
    }
}

#[test]
fn every_action_is_reached_by_its_name() {
    let bench = Bench::new();
    for info in catalogue() {
        let words = arguments(info.name);
        let line = format!("{} {}", info.name, words.join(" "));
        let action = Action::parse(&line).unwrap();
        // Nobody listens there: what would act is stopped by that and by nothing else.
        let mut args = vec![
            "--host",
            "127.0.0.1",
            "--port",
            "9",
            "--timeout",
            "0.2",
            "do",
        ];
        args.push(info.name);
        args.extend(&words);
        if matches!(action, Action::Help | Action::Palette) {
            let said = bench.run(&args).exits(0);
            assert!(said.out.contains("toggle-play"), "{line}: {}", said.out);
        } else if action.is_of_the_screen() {
            let said = bench.run(&args).exits(2);
            assert!(
                said.err.contains("about the screen"),
                "{line}: {}",
                said.err
            );
        } else {
            bench.run(&args).exits(3);
        }
    }
}

#[test]
fn what_acts_on_the_row_under_a_cursor_must_be_named() {
    let bench = Bench::new();
    for name in [
        "mute",
        "solo",
        "arm",
        "input",
        "cancel",
        "pause",
        "retry",
        "recipe-save",
    ] {
        let said = bench.run(&["do", name]).exits(2);
        assert!(said.err.contains("must be told of what"), "{}", said.err);
    }
    let said = bench.run(&["do", "sort", "colour"]).exits(2);
    assert!(said.err.contains("one of order, name"), "{}", said.err);
}

#[test]
fn stems_are_saved_as_a_recipe_and_nothing_is_written_over() {
    let bench = Bench::new();
    let path = bench.path("stems.toml");
    let save = [
        "--demo=routing",
        "do",
        "recipe-save",
        path.to_str().unwrap(),
    ];
    bench.run(&save).exits(0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("name = \"Drums\""), "{text}");
    let planned = bench
        .run(&["--demo=routing", "stems", "plan", path.to_str().unwrap()])
        .exits(0);
    assert!(planned.out.contains("Vocals"), "{}", planned.out);
    std::fs::write(&path, "# mine\n").unwrap();
    let said = bench.run(&save).exits(2);
    assert!(said.err.contains("is there already"), "{}", said.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "# mine\n");
}

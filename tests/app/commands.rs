//! The palette, its completion and history; help, footer and unfinished sequences.

use pt_stem::app::choices::PaletteRow;
use pt_stem::app::keys::HelpLine;
use pt_stem::config::Keymap;

use super::*;

fn line(desk: &Desk) -> &str {
    match &desk.state.ui.overlay {
        Some(Overlay::Palette { input, .. }) => &input.text,
        other => panic!("no palette: {other:?}"),
    }
}

fn arguments(desk: &Desk, text: &str) -> Vec<String> {
    let rows = palette(&desk.state, text).into_iter();
    rows.filter_map(|row| match row {
        PaletteRow::Argument(candidate) => Some(candidate.shown),
        _ => None,
    })
    .collect()
}

fn enter(desk: &mut Desk, text: &str) {
    desk.act(&["palette"]).typed(text);
    desk.msg(Msg::Input(Input::Submit));
}

fn complete(desk: &mut Desk) -> &str {
    desk.msg(Msg::Input(Input::Complete));
    line(desk)
}

#[test]
fn arguments_are_completed_where_they_are_known() {
    let mut desk = Desk::linked();
    for (text, wanted) in [
        (
            "mute ",
            vec!["DRUMS", "Kick", "Snare", "Bass", "Verb", "Guide", "Click"],
        ),
        ("mute Kick s", vec!["Snare", "DRUMS", "Bass"]),
        ("solo ick", vec!["Kick", "Click"]),
        ("print ", vec!["Drums", "Rest"]),
        ("assign r", vec!["Rest", "Drums"]),
        ("locate v", vec!["Verse"]),
        ("mouse ", vec!["on", "off"]),
        ("sort ", vec!["order", "name", "type", "stem"]),
        ("theme li", vec!["light"]),
        ("pane 3", vec!["3"]),
        ("cancel ", vec![]),
        ("help ", vec![]),
    ] {
        assert_eq!(arguments(&desk, text), wanted, "{text}");
    }
    desk.state.ui.commands = vec!["GetTrackList".to_owned(), "SetTrackMuteState".to_owned()];
    assert_eq!(arguments(&desk, "call mute"), ["SetTrackMuteState"]);
    assert!(arguments(&desk, "call GetTrackList {").is_empty());
    assert_eq!(arguments(&desk, "select-markers Verse v"), ["Verse"]);
    desk.act(&["palette"]).typed("mu");
    assert_eq!(complete(&mut desk), "mute ");
    desk.typed("kic");
    assert_eq!(complete(&mut desk), "mute Kick ");
    desk.typed("sn");
    assert_eq!(complete(&mut desk), "mute Kick Snare ");
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(desk.requests().len(), 1);
    assert_eq!(desk.state.ui.overlay, None);
}

#[test]
fn paths_are_completed_from_the_folder_that_is_typed() {
    let mut desk = Desk::linked();
    desk.act(&["palette"]).typed("recipe ./mixes/f");
    assert!(
        desk.effects
            .contains(&Effect::Names(PathBuf::from("./mixes/"))),
        "{:?}",
        desk.effects
    );
    desk.msg(Msg::Names {
        dir: PathBuf::from("./mixes/"),
        names: vec!["film one.toml".to_owned(), "old/".to_owned()],
    });
    assert_eq!(complete(&mut desk), "recipe \"./mixes/film one.toml\"");
    desk.msg(Msg::Input(Input::Submit));
    let load = Effect::LoadRecipe(PathBuf::from("./mixes/film one.toml"));
    assert!(desk.effects.contains(&load));
    desk.act(&["palette"]).typed("recipe ./mixes/o");
    assert_eq!(complete(&mut desk), "recipe ./mixes/old/");
    assert!(
        desk.effects
            .contains(&Effect::Names(PathBuf::from("./mixes/old/")))
    );
}

#[test]
fn the_palette_runs_what_is_typed_and_remembers_it() {
    let mut desk = Desk::linked();
    enter(&mut desk, "zoom");
    enter(&mut desk, "locate Verse");
    assert_eq!(desk.requests().last().unwrap().1, Request::Locate(48_000));
    enter(&mut desk, "zoom");
    assert!(!desk.state.ui.zoomed);
    desk.act(&["palette", "up"]);
    assert_eq!(line(&desk), "zoom");
    desk.act(&["up"]);
    assert_eq!(line(&desk), "locate Verse");
    desk.act(&["up"]);
    assert_eq!(line(&desk), "locate Verse", "there is nothing before");
    desk.act(&["down", "down"]);
    assert_eq!(line(&desk), "");
    desk.act(&["down"]).act(&["up"]);
    assert_eq!(line(&desk), "", "from a row below, up is a row up");
    desk.act(&["back"]);
    enter(&mut desk, "retry 7");
    assert_eq!(desk.toast(), "there is no job 7");
    enter(&mut desk, "pane x");
    assert_eq!(
        line(&desk),
        "pane x",
        "what cannot be read stays to be mended"
    );
}

#[test]
fn what_was_run_is_kept_and_comes_back_before_what_was_run_since() {
    let mut desk = Desk::linked();
    enter(&mut desk, "zoom");
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::Remember("zoom".to_owned()))
    );
    let kept = ["zoom", "locate Verse"].map(str::to_owned).to_vec();
    desk.msg(Msg::History(kept));
    desk.act(&["palette", "up"]);
    assert_eq!(line(&desk), "zoom");
    desk.act(&["up"]);
    assert_eq!(line(&desk), "locate Verse");
    desk.act(&["up"]);
    assert_eq!(line(&desk), "locate Verse", "once each");
}

#[test]
fn the_palette_finds_by_key_and_by_words() {
    let desk = Desk::linked();
    let names = |text: &str| -> Vec<&str> {
        let rows = palette(&desk.state, text);
        rows.iter()
            .filter_map(|row| Some(row.entry()?.info.name))
            .collect()
    };
    assert_eq!(names("S")[0], "solo");
    assert_eq!(names("ctrl-r")[0], "redo");
    assert_eq!(names("g g")[0], "top");
    assert!(names("clipboard").is_empty() && names("without saving")[0] == "close-session");
    let row = palette(&desk.state, "undo").remove(0);
    let entry = row.entry().unwrap();
    assert_eq!(entry.keys, "u");
    assert_eq!(entry.reason.as_deref(), Some("there is nothing to undo"));
}

#[test]
fn help_is_searched_by_key_name_and_words_and_shows_the_users_keys() {
    let mut desk = Desk::linked();
    let user = Keymap::default()
        .with("[global]\n\"Q\" = \"quit\"\nq = \"none\"\n", "keymap.toml")
        .unwrap();
    desk.state.keymap = Arc::new(user);
    let found = |search: &str| -> Vec<(String, String, Option<String>)> {
        let lines = desk.state.help(search).into_iter();
        lines
            .filter_map(|line| match line {
                HelpLine::Entry {
                    keys,
                    command,
                    reason,
                    ..
                } => Some((keys, command, reason)),
                HelpLine::Chapter(_) => None,
            })
            .collect()
    };
    for info in catalogue() {
        let is_named = |line: &(String, String, _)| line.1.split(' ').next() == Some(info.name);
        assert!(found("").iter().any(is_named), "{}", info.name);
        assert!(found(info.name).iter().any(is_named), "{}", info.name);
    }
    let quit = ("Q".to_owned(), "quit".to_owned(), None);
    assert_eq!(found("Q"), [quit]);
    assert!(
        found("q")
            .iter()
            .all(|line| line.0 != "q" || line.1 == "back")
    );
    assert!(found("f12").iter().any(|line| line.1 == "record"
        && line.2.as_deref() == Some("no track is record-armed")));
    let first = desk.state.help("").remove(0);
    assert_eq!(first, HelpLine::Chapter("Moving"));
}

#[test]
fn the_footer_tells_what_the_keys_do_now_and_what_they_cannot() {
    let mut desk = Desk::linked();
    let label = |desk: &Desk, action: &str| {
        let wanted = Action::parse(action).unwrap();
        let entries = desk.state.footer();
        let found = entries.into_iter().find(|binding| binding.action == wanted);
        found.map(|binding| {
            let reason = unavailable(&desk.state, &wanted);
            (binding.label.clone(), reason.is_some())
        })
    };
    assert_eq!(label(&desk, "open").unwrap().0, "fold");
    assert_eq!(label(&desk, "toggle-play").unwrap().0, "play");
    desk.link(LinkEvent::Transport(Transport {
        state: TransportState::Playing,
        ..Transport::default()
    }));
    assert_eq!(label(&desk, "toggle-play").unwrap().0, "stop");
    assert_eq!(label(&desk, "next-match").unwrap().0, "next finding");
    desk.act(&["filter"]).typed("kick").act(&["open"]);
    assert_eq!(label(&desk, "next-match").unwrap().0, "next match");
    assert_eq!(label(&desk, "back").unwrap().0, "clear filter");
    desk.act(&["pane 3"]);
    assert_eq!(label(&desk, "cancel"), Some(("cancel".to_owned(), true)));
    desk.act(&["print-all"]);
    assert_eq!(label(&desk, "confirm"), Some(("yes".to_owned(), false)));
}

#[test]
fn what_can_follow_an_unfinished_sequence_is_known() {
    let mut desk = Desk::linked();
    desk.msg(Msg::PendingKeys(",".to_owned()));
    assert!(!desk.state.ui.which);
    desk.msg(Msg::Which);
    assert!(desk.state.ui.which);
    let following = |desk: &Desk| -> Vec<String> {
        let all = desk.state.following().into_iter();
        all.map(|(keys, binding)| format!("{keys} {}", binding.action))
            .collect()
    };
    assert_eq!(
        following(&desk),
        [
            "o sort order",
            "n sort name",
            "t sort type",
            "s sort stem",
            ", sort"
        ]
    );
    desk.act(&["pane 4"]);
    assert_eq!(following(&desk)[1], "s sort size");
    desk.msg(Msg::PendingKeys(String::new()));
    assert!(!desk.state.ui.which);
}

#[test]
fn help_gives_back_the_dialog_that_it_was_opened_over() {
    let mut desk = Desk::linked();
    desk.act(&["print-all"]);
    let dialog = desk.state.ui.overlay.clone();
    assert!(matches!(dialog, Some(Overlay::Print(_))));
    desk.act(&["help"]);
    assert!(matches!(desk.state.ui.overlay, Some(Overlay::Help { .. })));
    desk.act(&["back"]);
    assert_eq!(desk.state.ui.overlay, dialog);
    desk.act(&["help", "help"]);
    assert_eq!(desk.state.ui.overlay, dialog);
}

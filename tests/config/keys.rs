//! Keymaps: the design's keys, the user's, and wrong ones.

use super::*;

fn keymap(text: &str) -> Result<Keymap, Error> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("keymap.toml"), text).unwrap();
    Keymap::load(dir.path())
}

fn action_of(keymap: &Keymap, context: Context, keys: &str) -> Option<String> {
    let wanted = normal(keys).unwrap();
    let bindings = keymap.holding(context.path(), |_| true).into_iter();
    bindings
        .filter(|binding| {
            binding
                .keys
                .iter()
                .any(|keys| normal(keys).as_ref() == Ok(&wanted))
        })
        .map(|binding| binding.action.to_string())
        .next()
}

#[test]
fn the_keys_of_the_design_are_there() {
    let keymap = Keymap::default();
    let table = [
        ("up", "up"),
        ("k", "up"),
        ("G", "bottom"),
        ("g g", "top"),
        ("ctrl-u", "half-page-up"),
        ("tab", "next-pane"),
        ("shift-tab", "previous-pane"),
        ("backtab", "previous-pane"),
        ("3", "pane 3"),
        ("space", "toggle-play"),
        ("f12", "record"),
        ("enter", "open"),
        ("home", "locate"),
        ("v", "select-row"),
        ("V", "select-range"),
        ("*", "select-invert"),
        ("esc", "back"),
        ("m", "mute"),
        ("S", "solo"),
        ("shift-s", "solo"),
        ("R", "arm"),
        ("i", "input"),
        ("s", "assign"),
        ("r", "print"),
        ("P", "print-all"),
        ("x", "cancel"),
        ("p", "pause"),
        ("t", "retry"),
        ("/", "filter"),
        ("n", "next-match"),
        ("N", "previous-match"),
        (":", "palette"),
        ("?", "help"),
        ("u", "undo"),
        ("ctrl-r", "redo"),
        ("Z", "zoom"),
        ("H", "toggle-hidden"),
        ("I", "inspector"),
        ("y", "copy-path"),
        ("o", "open-folder"),
        ("q", "quit"),
        ("ctrl-c", "interrupt"),
        ("ctrl-z", "suspend"),
    ];
    for context in Context::ALL
        .into_iter()
        .filter(|context| *context != Context::Dialog)
    {
        for (keys, action) in table {
            assert_eq!(
                action_of(&keymap, context, keys).as_deref(),
                Some(action),
                "{keys} in {context:?}"
            );
        }
    }
    assert_eq!(action_of(&keymap, Context::Dialog, "x"), None);
    assert!(
        keymap
            .footer(Context::Tracks.path(), |_| true)
            .iter()
            .any(|binding| binding.action.to_string() == "mute")
    );
    assert!(
        keymap
            .footer(Context::Dialog.path(), |_| true)
            .iter()
            .all(|binding| binding.context == Context::Dialog)
    );
}

#[test]
fn users_bind_several_keys_and_unbind() {
    let keymap = keymap(
        "[global]\n\"ctrl-n\" = \"down\"\n\"ctrl-p\" = \"up\"\n\"Q\" = \"quit\"\nq = \"none\"\n\"m\" = \"print-all\"\n\
         \"z z\" = \"locate \\\"Verse 2\\\"\"\n[jobs]\nd = \"remove\"\n[tracks]\nx = \"mute\"\n",
    )
    .unwrap();
    let at = |context, keys| action_of(&keymap, context, keys);
    assert_eq!(at(Context::Tracks, "ctrl-n").as_deref(), Some("down"));
    assert_eq!(
        at(Context::Tracks, "j").as_deref(),
        Some("down"),
        "the default stays"
    );
    assert_eq!(at(Context::Global, "q"), None);
    assert_eq!(at(Context::Global, "shift-q").as_deref(), Some("quit"));
    assert_eq!(
        at(Context::Tracks, "m").as_deref(),
        Some("print-all"),
        "taken in every pane"
    );
    assert_eq!(at(Context::Jobs, "d").as_deref(), Some("remove"));
    assert_eq!(at(Context::Tracks, "x").as_deref(), Some("mute"));
    assert_eq!(at(Context::Jobs, "x").as_deref(), Some("cancel"));
    assert_eq!(
        at(Context::Log, "z z").as_deref(),
        Some("locate \"Verse 2\"")
    );
    assert_eq!(keymap.keys_for(&Action::Quit), ["Q"]);
    let down = keymap.keys_for(&Action::Move(Motion::Down));
    assert_eq!(
        down.first(),
        Some(&"ctrl-n"),
        "the user's own key is shown first"
    );
}

#[test]
fn users_bind_under_conditions() {
    let keymap = keymap(
        "[tracks]\nright = { action = \"open\", when = \"folder\" }\n\
         [global]\n\"w\" = [\"zoom\", { action = \"stop\", when = \"playing\" }]\n",
    )
    .unwrap();
    let now = |when, keys: &str| {
        let contexts = Context::Tracks.path();
        let found = keymap.holding(contexts, |other| other == when).into_iter();
        let mut found = found.filter(|binding| binding.keys.iter().any(|own| own == keys));
        found.next().map(|binding| binding.action.to_string())
    };
    assert_eq!(now(When::Folder, "right").as_deref(), Some("open"));
    assert_eq!(now(When::Playing, "right").as_deref(), Some("right"));
    assert_eq!(now(When::Playing, "w").as_deref(), Some("stop"));
    assert_eq!(now(When::Always, "w").as_deref(), Some("zoom"));
}

#[test]
fn the_readmes_keymap_is_one() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```toml\n[global]").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    keymap(&format!("[global]{text}")).unwrap();
}

#[test]
fn wrong_keymaps_name_line_and_way_out() {
    let cases: [(&str, &[&str]); 14] = [
        (
            "[global]\n\"k\" = \"upp\"\n",
            &["keymap.toml, line 2", "'upp'", "'up'"],
        ),
        (
            "[global]\n\"ctrl-nope\" = \"up\"\n",
            &["line 2", "'ctrl-nope'"],
        ),
        ("[global]\n\"a-b\" = \"up\"\n", &["line 2", "no key"]),
        (
            "[globl]\nk = \"up\"\n",
            &["line 1", "no context 'globl'", "[global]"],
        ),
        (
            "[global]\nS = \"mute\"\n\"shift-s\" = \"quit\"\n",
            &["line 3", "'S'", "'shift-s'", "mute", "quit", "line 2"],
        ),
        (
            "[global]\ng = \"undo\"\n",
            &[
                "line 2",
                "'g' (undo)",
                "'g g' (top)",
                "\"g\" = [\"none\", \"undo\"]",
            ],
        ),
        (
            "[global]\n\"ctrl-x\" = \"zoom\"\n\"ctrl-x u\" = \"undo\"\n",
            &[
                "line 2",
                "'ctrl-x' (zoom)",
                "'ctrl-x u' (undo)",
                "is line 3",
            ],
        ),
        (
            "[tracks]\n\"m m\" = \"mute\"\n",
            &["line 2", "conflict", "'m' (mute)"],
        ),
        (
            "[jobs]\n\",\" = \"retry\"\n",
            &["line 2", "',' (retry)", "(sort", "[\"none\", \"retry\"]"],
        ),
        (
            "[jobs]\nd = { action = \"retry\", wen = \"paused\" }\n",
            &["line 2", "no 'wen'", "'when'"],
        ),
        (
            "[jobs]\nd = { action = \"retry\", when = \"pausd\" }\n",
            &["line 2", "no condition", "paused"],
        ),
        (
            "[jobs]\nd = { when = \"paused\" }\n",
            &["line 2", "no action"],
        ),
        ("[global]\nk = 3\n", &["line 2", "an action is a text"]),
        (
            "[global]\n\"a b c d e\" = \"up\"\n",
            &["line 2", "1 to 4 keys"],
        ),
    ];
    for (text, words) in cases {
        assert_told(text, &keymap(text).unwrap_err(), words);
    }
    let freed = keymap("[global]\ng = [\"none\", \"undo\"]\n").unwrap();
    let at = |context, keys| action_of(&freed, context, keys);
    assert_eq!(at(Context::Tracks, "g").as_deref(), Some("undo"));
    assert_eq!(at(Context::Tracks, "g g"), None);
    assert_eq!(at(Context::Dialog, "g g").as_deref(), Some("top"));
}

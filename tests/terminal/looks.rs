//! Colours on a real terminal: none where none are wanted, and the terminal's word on its
//! background, which is never a key.

use crate::desk::Desk;

/// The program with arguments, some of its environment set.
fn open_with(arguments: &[&str], variables: &[&str]) -> Desk {
    let words = [
        &["env"],
        variables,
        &[env!("CARGO_BIN_EXE_pt-stem")],
        arguments,
    ];
    Desk::run(&words.concat(), "")
}

/// Every number that a colour or attribute sequence was sent with.
fn attributes(raw: &[u8]) -> Vec<String> {
    let raw = String::from_utf8_lossy(raw).into_owned();
    let mut found = Vec::new();
    for part in raw.split("\x1b[").skip(1) {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'));
        if let Some(end) = end
            && part[end..].starts_with('m')
        {
            found.extend(part[..end].split(';').map(str::to_owned));
        }
    }
    found
}

#[test]
fn without_colours_nothing_but_attributes_is_sent() {
    // Reset, bold, dim, underlined, reversed, their ends, and the terminal's own colours.
    let plain = [
        "0", "1", "2", "4", "7", "21", "22", "24", "27", "39", "49", "59", "",
    ];
    let cases: [(&[&str], &[&str]); 3] = [
        (&["--theme", "mono"], &[]),
        (&["--color", "mono", "--theme", "dark"], &[]),
        (&[], &["NO_COLOR=1"]),
    ];
    for (arguments, variables) in cases {
        let arguments = [&["--demo"], arguments].concat();
        let mut desk = open_with(&arguments, variables);
        desk.wait_for("Kick");
        desk.press("j");
        desk.wait("the cursor on Kick", |desk| desk.line("►").contains("Kick"));
        let row = desk
            .shown()
            .lines()
            .position(|line| line.contains('►'))
            .unwrap();
        let row = u16::try_from(row).unwrap();
        let cell = desk.screen.screen().cell(row, 12).cloned().unwrap();
        assert!(
            cell.inverse(),
            "{arguments:?}: the cursor's row cannot be seen"
        );
        desk.press("q");
        assert_eq!(desk.end(), 0);
        let odd = attributes(&desk.raw).into_iter();
        let odd: Vec<String> = odd.filter(|sent| !plain.contains(&sent.as_str())).collect();
        assert_eq!(odd, Vec::<String>::new(), "{arguments:?} {variables:?}");
    }
}

#[test]
fn what_is_asked_for_wins_over_no_color() {
    for arguments in [["--color", "256"], ["--theme", "dark"]] {
        let arguments = [&["--port", "1"], &arguments[..]].concat();
        let mut desk = open_with(&arguments, &["NO_COLOR=1"]);
        desk.wait_for("offline");
        desk.press("q");
        assert_eq!(desk.end(), 0);
        assert!(
            attributes(&desk.raw).contains(&"38".to_owned()),
            "{arguments:?}"
        );
    }
}

/// The colour of the program's name in the first line.
fn accent(desk: &Desk) -> vt100::Color {
    desk.screen.screen().cell(0, 2).unwrap().fgcolor()
}

fn is_asked(desk: &Desk) -> bool {
    String::from_utf8_lossy(&desk.raw)
        .matches("\x1b]11;?")
        .count()
        == 1
}

#[test]
fn a_light_terminal_gets_the_light_theme_and_its_answer_is_no_key() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    desk.wait("the question", is_asked);
    let dark = accent(&desk);
    desk.press("/ab");
    desk.wait_for("/ ab");
    // Late, torn, and in the middle of a word.
    desk.press("\x1b]11;rgb:ffff/f");
    desk.press("fff/ffff\x1b\\cd");
    desk.wait("the light theme", |desk| accent(desk) != dark);
    desk.wait_for("/ abcd");
    desk.press("\x1b");
    desk.wait("no filter", |desk| !desk.shown().contains("abcd"));
    desk.press("q");
    assert_eq!(desk.end(), 0);
    assert!(is_asked(&desk), "it asks once");
    desk.assert_restored();
}

#[test]
fn a_terminal_whose_theme_is_chosen_is_not_asked() {
    let mut desk = Desk::open(&["--port", "1", "--theme", "light"]);
    desk.wait_for("offline");
    desk.press("q");
    assert_eq!(desk.end(), 0);
    assert!(!String::from_utf8_lossy(&desk.raw).contains("\x1b]11"));
}

#[test]
fn settings_change_while_it_runs_and_broken_ones_are_told() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    let dir = desk.home.path().join("config/pt-stem");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("config.toml");
    std::fs::write(&file, "[ui]\nsymbls = 'ascii'\n").unwrap();
    desk.wait_for("config.toml, line 2: there is no key 'symbls'. Did you mean 'symbols'?");
    assert!(desk.shown().contains('┏'), "the old ones hold");
    std::fs::write(&file, "[ui]\nsymbols = 'ascii'\n").unwrap();
    desk.wait("frames in ASCII", |desk| !desk.shown().contains('┏'));
    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}

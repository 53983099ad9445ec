//! Keys that must arrive, and one that is refused with its reason.

use portable_pty::PtySize;

use crate::desk::{Desk, Server, cells};

#[test]
fn the_first_key_after_a_resize_is_heard() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    for (rows, key, pane) in [
        (30, "4", "[4 Files"),
        (31, "2", "[2 Stems"),
        (32, "3", "[3 Jobs"),
    ] {
        let size = PtySize {
            rows,
            cols: 90,
            pixel_width: 0,
            pixel_height: 0,
        };
        desk.master.resize(size).unwrap();
        desk.screen.screen_mut().set_size(cells(rows), cells(90));
        let last = usize::from(rows) - 1;
        desk.wait("the footer in its new place", |desk| {
            let shown = desk.shown();
            shown
                .lines()
                .nth(last)
                .is_some_and(|line| line.contains("? help"))
        });
        desk.press(key);
        desk.wait_for(pane);
    }
    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}

#[test]
fn more_is_typed_at_once_than_is_read_at_once() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    desk.press("/");
    desk.wait_for("Enter keep");
    desk.press(&format!("{}end", "x".repeat(2000)));
    desk.wait_for("xend");
    desk.press("\x1b");
    desk.wait("no filter", |desk| !desk.shown().contains("xend"));
    desk.press("q");
    assert_eq!(desk.end(), 0);
}

#[test]
fn a_running_bounce_is_not_suspended_and_the_reason_is_told() {
    let server = Server::start();
    let mut desk = Desk::open(&["--host", "127.0.0.1", "--port", &server.port]);
    desk.wait_for("linked");
    desk.wait_for("mono Drums");
    super::bounce_all(&mut desk);
    desk.press("\x1a");
    desk.wait_for("! a bounce runs; suspending would leave Pro Tools changed");
}

#[test]
fn a_terminal_that_can_do_nothing_gets_sentences() {
    let program = env!("CARGO_BIN_EXE_pt-stem");
    let mut desk = Desk::run(&["env", "TERM=dumb", program, "--port", "1"], "");
    desk.wait_for("PT-STEM. Type help");
    desk.press("quit\n");
    assert_eq!(desk.end(), 0);
    assert!(!desk.raw.contains(&0x1b));
}

//! Moving in lists: the cursor, folds, selections, the filter.

use super::*;

#[test]
fn the_cursor_moves_within_its_list_and_keeps_its_track() {
    let mut desk = Desk::linked();
    assert_eq!(
        desk.row_names(),
        ["DRUMS", "Kick", "Snare", "Bass", "Verb", "Click"]
    );
    desk.act(&["up"]);
    assert_eq!(desk.cursor_name(), "DRUMS");
    desk.act(&["bottom", "down"]);
    assert_eq!(desk.cursor_name(), "Click");
    desk.msg(Msg::PageRows(Pane::Tracks, 4))
        .act(&["half-page-up"]);
    assert_eq!(desk.cursor_name(), "Bass");
    desk.act(&["page-up"]);
    assert_eq!(desk.cursor_name(), "DRUMS");
    desk.act(&["bottom", "toggle-hidden"]);
    assert_eq!(desk.cursor_name(), "Click", "a row appears above");
    assert!(desk.row_names().contains(&"Guide"));
    let mut fewer = band();
    fewer.truncate(2);
    desk.link(LinkEvent::Tracks(Arc::new(fewer)));
    assert_eq!(desk.cursor_name(), "Kick", "the list became short");
}

#[test]
fn folders_fold_with_enter_and_arrows() {
    let mut desk = Desk::linked();
    desk.act(&["open"]);
    assert_eq!(desk.row_names(), ["DRUMS", "Bass", "Verb", "Click"]);
    desk.act(&["right", "down", "down"]);
    assert_eq!(desk.cursor_name(), "Snare");
    desk.act(&["left"]);
    assert_eq!(desk.cursor_name(), "DRUMS", "left goes to the folder");
    desk.act(&["left"]);
    assert_eq!(desk.row_names().len(), 4);
    desk.act(&["down", "open"]);
    assert_eq!(desk.state.ui.overlay, Some(Overlay::Inspector { first: 0 }));
}

#[test]
fn selections_by_row_range_and_inversion() {
    let mut desk = Desk::linked();
    desk.act(&["down", "select-row", "down", "down", "select-range", "down"]);
    assert_eq!(desk.selected(), ["Bass", "Kick", "Verb"]);
    desk.act(&["up", "up"]);
    assert_eq!(
        desk.selected(),
        ["Bass", "Kick", "Snare"],
        "a range shrinks too"
    );
    desk.act(&["select-range", "top"]);
    assert_eq!(desk.selected().len(), 3, "ended");
    desk.act(&["select-invert"]);
    assert_eq!(desk.selected(), ["Click", "DRUMS", "Verb"]);
    desk.act(&["back"]);
    assert!(desk.selected().is_empty());
}

#[test]
fn the_filter_narrows_shows_folders_of_matches_and_steps() {
    let mut desk = Desk::linked();
    desk.act(&["filter"]).typed("sna");
    assert!(desk.state.is_typing());
    assert_eq!(desk.row_names(), ["DRUMS", "Snare"]);
    assert_eq!(desk.cursor_name(), "Snare", "the cursor goes to the match");
    desk.msg(Msg::Input(Input::Submit));
    assert!(!desk.state.is_typing());
    desk.act(&["next-match"]);
    assert_eq!(
        desk.cursor_name(),
        "Snare",
        "folders that only hold matches are passed"
    );
    desk.act(&["back"]);
    assert_eq!(desk.row_names().len(), 6);
    assert_eq!(desk.cursor_name(), "Snare");
}

//! Markers: the list, going to one, selecting and printing from one to another. And the console.

use super::*;
use pt_stem::model::Range;

/// Verse at 1 s, a stored selection at 2 s, two places called Hit.
fn desk() -> Desk {
    let mut desk = Desk::linked();
    let marker = |number, name: &str, start| Marker {
        number,
        name: name.to_owned(),
        start,
        ..Marker::default()
    };
    desk.link(LinkEvent::Markers(vec![
        marker(1, "Verse", 48_000),
        marker(2, "Chorus", 96_000),
        marker(3, "Hit", 144_000),
        marker(4, "Hit", 192_000),
    ]));
    desk.effects.clear();
    desk
}

fn requests(desk: &Desk) -> Vec<Request> {
    let requests = desk.requests().into_iter();
    requests.map(|(_, request)| request).collect()
}

#[test]
fn a_marker_is_found_by_typing_and_gone_to() {
    let mut desk = desk();
    desk.act(&["markers"]);
    assert!(desk.state.is_typing());
    desk.typed("cho");
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(requests(&desk), [Request::Locate(96_000)]);
    assert_eq!(desk.state.ui.overlay, None);
}

#[test]
fn the_selection_runs_from_marker_to_marker_whichever_is_first() {
    let mut desk = desk();
    desk.act(&["markers", "down"]);
    desk.msg(Msg::Input(Input::Complete));
    desk.act(&["up"]);
    desk.msg(Msg::Input(Input::Submit));
    let selected = Request::SetSelection(Range::new(48_000, 96_000));
    assert_eq!(requests(&desk), std::slice::from_ref(&selected));
    desk.effects.clear();
    desk.act(&["select-markers verse 2"]);
    assert_eq!(requests(&desk), [selected]);
    desk.act(&["select-markers Verse Vers"]);
    assert_eq!(
        desk.toast(),
        "there is no marker 'Vers'; did you mean 'Verse'?"
    );
    desk.act(&["select-markers Verse Verse"]);
    assert_eq!(desk.toast(), "the two markers stand at the same place");
    desk.act(&["markers"]);
    desk.msg(Msg::Input(Input::Complete));
    desk.act(&["back"]);
    assert!(desk.state.ui.overlay.is_some(), "first the mark goes");
    desk.act(&["back"]);
    assert_eq!(desk.state.ui.overlay, None);
    assert_eq!(requests(&desk).len(), 1);
}

#[test]
fn the_range_of_a_print_is_picked_and_the_dialog_comes_back() {
    let mut desk = desk();
    desk.act(&["print-all", "markers"]);
    desk.typed("chorus");
    desk.msg(Msg::Input(Input::Submit));
    desk.act(&["bottom"]);
    desk.msg(Msg::Input(Input::Submit));
    let dialog = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => (**dialog).clone(),
        other => panic!("{other:?}"),
    };
    let picked = dialog(&desk);
    // Two markers are called Hit: the name would not say which.
    assert_eq!(
        picked.overrides.range.as_deref(),
        Some("marker:Chorus..192000")
    );
    assert_eq!(picked.plan.unwrap().range, Range::new(96_000, 192_000));
    desk.act(&["undo"]);
    assert_eq!(dialog(&desk).overrides.range, None);
    desk.act(&["markers", "back"]);
    assert_eq!(dialog(&desk).overrides.range, None);
}

#[test]
fn the_console_sends_shows_and_remembers() {
    let mut desk = desk();
    desk.act(&["console"]).typed("GetTrackList {\"limit\": 5}");
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(
        requests(&desk),
        [Request::Call {
            command: "GetTrackList".to_owned(),
            body: "{\"limit\": 5}".to_owned(),
        }]
    );
    desk.answer(Ok(Some("{\"b\":1,\"a\":[\"x\\u001b[31m\"]}".to_owned())));
    let call = desk.state.ui.calls.back().unwrap().clone();
    let lines = call.answer.unwrap().unwrap();
    assert_eq!(lines.first().unwrap(), "{");
    assert!(lines.len() > 4, "{lines:?}");
    assert!(!lines.iter().any(|line| line.chars().any(char::is_control)));
    desk.typed("Nope {");
    desk.msg(Msg::Input(Input::Submit));
    assert!(desk.toast().contains("is no JSON"), "{}", desk.toast());
    desk.msg(Msg::Input(Input::Clear)).act(&["up"]);
    match &desk.state.ui.overlay {
        Some(Overlay::Console(console)) => {
            assert_eq!(console.input.text, "GetTrackList {\"limit\": 5}");
        }
        other => panic!("{other:?}"),
    }
    desk.act(&["down", "page-up", "back", "call GetSessionName"]);
    assert!(
        matches!(desk.state.ui.overlay, Some(Overlay::Console(_))),
        "where the answer can be read"
    );
}

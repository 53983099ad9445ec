//! The transport, dialogs, files, other sessions, and text from outside.

use super::*;

#[test]
fn play_record_and_places() {
    let mut desk = Desk::linked();
    desk.act(&["toggle-play"]);
    assert_eq!(desk.requests()[0].1, Request::Play);
    desk.link(LinkEvent::Transport(Transport {
        state: TransportState::Playing,
        ..Transport::default()
    }));
    desk.act(&["toggle-play"]);
    assert_eq!(desk.requests()[1].1, Request::Stop);
    desk.act(&["record"]);
    assert_eq!(desk.toast(), "no track is record-armed");
    let mut armed = band();
    armed[3].record_enabled = true;
    desk.link(LinkEvent::Tracks(Arc::new(armed)))
        .act(&["record"]);
    assert_eq!(desk.requests().len(), 2, "asks first");
    desk.act(&["open"]);
    assert_eq!(desk.requests().len(), 2, "Enter is no yes");
    desk.act(&["confirm"]);
    assert_eq!(desk.requests()[2].1, Request::Record);
    for (place, sample) in [
        ("locate", 0),
        ("locate verse", 48_000),
        ("locate 12345", 12_345),
        ("locate 00:00:02:00", 96_000),
    ] {
        desk.act(&[place]);
        let (_, request) = desk.requests().last().unwrap().clone();
        assert_eq!(request, Request::Locate(sample), "{place}");
    }
    desk.act(&["locate Verze"]);
    assert!(
        desk.toast().contains("did you mean 'Verse'?"),
        "{}",
        desk.toast()
    );
    desk.act(&["pane 6", "open"]);
    assert_eq!(desk.requests().last().unwrap().1, Request::Locate(48_000));
}

#[test]
fn escape_steps_out_one_level_at_a_time_and_never_quits() {
    let mut desk = Desk::linked();
    desk.act(&["select-row", "filter"]).typed("a");
    desk.msg(Msg::Input(Input::Submit))
        .act(&["palette"])
        .typed("xy");
    desk.act(&["back"]);
    assert_eq!(desk.state.ui.overlay, None);
    assert_eq!(desk.state.filter_text(Pane::Tracks), "a");
    desk.act(&["back"]);
    assert_eq!(desk.state.filter_text(Pane::Tracks), "");
    assert_eq!(desk.selected(), ["DRUMS"]);
    desk.act(&["back"]);
    assert!(desk.selected().is_empty());
    desk.act(&["back", "back"]);
    assert!(!desk.state.quitting);
}

#[test]
fn the_palette_finds_runs_and_asks_for_arguments() {
    let mut desk = Desk::linked();
    assert_eq!(palette(&desk.state, "").len(), catalogue().len());
    let first = |text: &str| palette(&desk.state, text)[0].entry().cloned().unwrap();
    assert_eq!(first("zoo").info.name, "zoom");
    assert_eq!(
        first("rescue").reason.as_deref(),
        Some("there is nothing to put back")
    );
    desk.act(&["palette"]).typed("zom").act(&["open"]);
    assert!(desk.state.ui.zoomed);
    desk.act(&["palette"]).typed("unmu").act(&["open"]);
    let Some(Overlay::Palette { input, .. }) = &desk.state.ui.overlay else {
        panic!("it needs a name");
    };
    assert_eq!(input.text, "unmute ");
    desk.typed("Kick").act(&["open"]);
    assert_eq!(desk.state.ui.overlay, None);
    desk.act(&["palette"]).typed("solo Kick").act(&["open"]);
    assert_eq!(
        desk.requests().len(),
        1,
        "unmute of an unmuted track changes nothing"
    );
}

#[test]
fn another_session_forgets_what_belonged_to_the_old_one_and_the_same_one_does_not() {
    let mut desk = Desk::linked();
    desk.act(&["down", "select-row", "assign Rest", "mute"]);
    desk.link(LinkEvent::Phase(LinkPhase::Connecting));
    desk.link(LinkEvent::Session(Some(Box::new(info("song")))));
    desk.link(LinkEvent::Tracks(Arc::new(band())));
    desk.link(LinkEvent::Phase(LinkPhase::Linked));
    assert_eq!(desk.selected(), ["Kick"]);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    desk.link(LinkEvent::Session(Some(Box::new(info("other")))));
    assert!(desk.selected().is_empty() && desk.state.assigned.is_empty());
    assert!(desk.state.tracks().is_empty() && desk.state.undo.is_empty());
    assert_eq!(desk.state.plan, None);
    desk.link(LinkEvent::Session(None));
    assert_eq!(desk.state.session, None);
}

#[test]
fn paths_are_copied_and_folders_walked() {
    let mut desk = Desk::linked();
    desk.act(&["copy-path"]);
    let session = Effect::Copy("/sessions/song/song.ptx".to_owned());
    assert_eq!(desk.effects, [session]);
    let entry = |name: &str, is_dir| FileEntry {
        name: name.to_owned(),
        bytes: 1,
        is_dir,
        ..FileEntry::default()
    };
    let dir = desk.state.files.dir.clone();
    desk.msg(Msg::Files {
        dir: dir.clone(),
        entries: Ok(vec![entry("old", true), entry("a.wav", false)]),
    });
    desk.state.base = PathBuf::from("/studio");
    desk.act(&["pane 4", "down", "copy-path"]);
    let file = "/studio/output/a.wav".to_owned();
    assert_eq!(desk.effects.last(), Some(&Effect::Copy(file)), "whole");
    desk.act(&["up", "open"]);
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::ListFiles(dir.join("old")))
    );
    // The answer about the folder that was left comes too late.
    desk.msg(Msg::Files {
        dir,
        entries: Ok(vec![entry("late", false)]),
    });
    assert!(desk.state.files.entries.is_empty());
}

#[test]
fn what_is_shown_is_clean_and_bounded() {
    let mut desk = Desk::linked();
    for number in 0..100_500 {
        desk.link(LinkEvent::Notice(fault(
            ErrorKind::Refused,
            &format!("n {number}\u{1b}[2J"),
        )));
    }
    assert_eq!(desk.state.log.len(), 100_000);
    let last = &desk.state.log.back().unwrap().text;
    assert_eq!(last, "n 100499\u{fffd}[2J");
    assert_eq!(desk.state.cursor(Pane::Log), 99_999, "follows the end");
    desk.act(&["mute Nobody"]);
    assert!(!desk.toast().is_empty());
    desk.later(60);
    assert_eq!(desk.toast(), "");
}

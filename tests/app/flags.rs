//! Mute, solo and the rest: what is sent, what is pending, what is put back, what is refused.

use super::*;

#[test]
fn a_mute_is_pending_until_the_track_list_says_so() {
    let mut desk = Desk::linked();
    desk.act(&["down", "mute"]);
    let expected = Request::SetFlag {
        flag: TrackFlag::Mute,
        tracks: vec!["Kick".to_owned()],
        on: true,
    };
    assert_eq!(desk.requests()[0].1, expected);
    let kick = || (TrackId("id-Kick".to_owned()), TrackFlag::Mute);
    assert!(desk.state.pending[&kick()].on);
    // A poll that was under way still shows the old state.
    desk.link(LinkEvent::Tracks(Arc::new(band())));
    assert!(desk.state.pending.contains_key(&kick()));
    let mut muted = band();
    muted[1].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(muted)));
    assert!(desk.state.pending.contains_key(&kick()), "not answered yet");
    desk.answer(Ok(None));
    assert!(desk.state.pending.is_empty());
    assert!(desk.state.tracks()[1].muted);
}

#[test]
fn a_refused_change_is_rolled_back_and_said() {
    let mut desk = Desk::linked();
    desk.act(&["down", "solo"]);
    desk.answer(Err(fault(ErrorKind::Refused, "a dialog is open")));
    assert!(desk.state.pending.is_empty());
    assert_eq!(desk.toast(), "could not solo 'Kick': a dialog is open");
    assert_eq!(
        desk.state.ui.toast.as_ref().unwrap().severity,
        Severity::Error
    );
    desk.act(&["last-error"]);
    assert!(matches!(desk.state.ui.overlay, Some(Overlay::Fault(_))));
}

#[test]
fn a_change_that_never_shows_is_given_up() {
    let mut desk = Desk::linked();
    desk.act(&["down", "mute"]).answer(Ok(None));
    desk.later(3);
    assert_eq!(desk.state.pending.len(), 1);
    desk.later(3);
    assert!(desk.state.pending.is_empty());
    assert_eq!(desk.toast(), "Pro Tools did not mute 'Kick'");
}

#[test]
fn without_a_connection_changes_are_refused_at_once_with_the_reason() {
    let mut desk = Desk::linked();
    let reason = fault(ErrorKind::NotConnected, "nothing answers");
    desk.link(LinkEvent::Phase(LinkPhase::Waiting {
        retry_at_us: 0,
        reason,
    }));
    for action in [
        "mute",
        "toggle-play",
        "record",
        "save-session",
        "call GetPTSLVersion",
    ] {
        desk.act(&[action]);
        assert_eq!(desk.toast(), "not connected: nothing answers", "{action}");
    }
    assert!(desk.requests().is_empty());
    assert_eq!(desk.row_names().len(), 6, "what was known stays");
    desk.act(&["down", "select-row"]);
    assert_eq!(desk.selected(), ["Kick"], "what needs no connection works");
}

#[test]
fn a_toggle_turns_all_on_unless_all_are_and_undo_puts_each_back() {
    let mut desk = Desk::linked();
    let mut tracks = band();
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks.clone())));
    desk.act(&["down", "select-row", "down", "select-row", "mute"]);
    let names = |request: &Request| match request {
        Request::SetFlag { tracks, on, .. } => (tracks.clone(), *on),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        names(&desk.requests()[0].1),
        (vec!["Snare".to_owned()], true)
    );
    desk.act(&["mute"]);
    let both = vec!["Kick".to_owned(), "Snare".to_owned()];
    assert_eq!(names(&desk.requests()[1].1), (both.clone(), false));
    desk.act(&["undo"]);
    assert_eq!(names(&desk.requests()[2].1), (both, true));
    desk.act(&["undo", "redo"]);
    assert_eq!(
        names(&desk.requests()[3].1),
        (vec!["Snare".to_owned()], false)
    );
    assert_eq!(
        names(&desk.requests()[4].1),
        (vec!["Snare".to_owned()], true)
    );
}

#[test]
fn a_name_that_stands_for_two_tracks_is_not_sent() {
    let mut desk = Desk::linked();
    let mut tracks = band();
    let mut twin = tracks[1].clone();
    twin.id = TrackId("id-twin".to_owned());
    tracks.push(twin);
    desk.link(LinkEvent::Tracks(Arc::new(tracks)));
    desk.act(&["down", "mute"]);
    assert!(desk.requests().is_empty());
    assert!(
        desk.toast().starts_with("'Kick' stands for several tracks"),
        "{}",
        desk.toast()
    );
    assert!(desk.state.pending.is_empty() && desk.state.undo.is_empty());
}

#[test]
fn named_tracks_are_found_or_the_nearest_is_named() {
    let mut desk = Desk::linked();
    desk.act(&["mute Snare Bass"]);
    assert_eq!(desk.requests().len(), 1);
    desk.act(&["mute Snaer"]);
    assert_eq!(
        desk.toast(),
        "there is no track 'Snaer'; did you mean 'Snare'?"
    );
    desk.act(&["arm Verb"]);
    assert_eq!(desk.toast(), "there is nothing to arm here");
}

#[test]
fn a_running_bounce_keeps_its_solo_and_mute() {
    let mut desk = with_job(JobState::Running, EngineKind::Bounce);
    for action in ["mute Kick", "solo Kick", "play", "close-session"] {
        desk.act(&[action]);
        assert!(
            desk.toast().starts_with("job 1 is bouncing"),
            "{action}: {}",
            desk.toast()
        );
    }
    assert!(desk.requests().is_empty());
    desk.act(&["stop"]);
    assert_eq!(desk.requests().len(), 1, "stopping is always possible");
}

//! Snapshots of solo and mute: kept, recalled as one change, printed. And sessions opened and saved.

use super::*;
use pt_stem::model::snapshot::{Snapshot, SnapshotChange};

fn kept(desk: &Desk) -> (String, SnapshotChange) {
    let kept = |effect: &Effect| match effect {
        Effect::Snapshots {
            session,
            change: Some(change),
        } => Some((session.clone(), change.clone())),
        _ => None,
    };
    desk.effects.iter().rev().find_map(kept).expect("kept")
}

/// A desk whose session has a snapshot `night`: Kick soloed, Bass muted.
fn with_snapshot() -> Desk {
    let mut desk = Desk::linked();
    let mut tracks = band();
    tracks[1].soloed = true;
    tracks[3].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks)));
    desk.act(&["snapshot-store night"]);
    let (session, change) = kept(&desk);
    let SnapshotChange::Store(snapshot) = change else {
        panic!("{change:?}");
    };
    desk.msg(Msg::Snapshots {
        session,
        outcome: Ok(vec![snapshot]),
    });
    desk.link(LinkEvent::Tracks(Arc::new(band())));
    desk.effects.clear();
    desk
}

fn flags(desk: &Desk) -> Vec<(TrackFlag, Vec<String>, bool)> {
    let flag = |(_, request)| match request {
        Request::SetFlag { flag, tracks, on } => Some((flag, tracks, on)),
        _ => None,
    };
    desk.requests().into_iter().filter_map(flag).collect()
}

#[test]
fn a_snapshot_is_kept_with_its_session_and_recalled_as_one_change() {
    let mut desk = with_snapshot();
    desk.act(&["snapshot-recall night"]);
    let one = |name: &str| vec![name.to_owned()];
    assert_eq!(
        flags(&desk),
        [
            (TrackFlag::Mute, one("Bass"), true),
            (TrackFlag::Solo, one("Kick"), true)
        ]
    );
    desk.effects.clear();
    desk.act(&["undo"]);
    let mut back = flags(&desk);
    back.sort_by_key(|(_, names, _)| names.clone());
    assert_eq!(
        back,
        [
            (TrackFlag::Mute, one("Bass"), false),
            (TrackFlag::Solo, one("Kick"), false)
        ]
    );
    desk.act(&["redo"]);
    assert_eq!(desk.state.undo.len(), 1);
    desk.act(&["snapshot-recall nigt"]);
    assert_eq!(
        desk.toast(),
        "there is no snapshot 'nigt'; did you mean 'night'?"
    );
    desk.act(&["snapshot-delete night"]);
    assert_eq!(kept(&desk).1, SnapshotChange::Delete("night".to_owned()));
}

#[test]
fn snapshots_of_another_session_are_not_shown() {
    let mut desk = with_snapshot();
    desk.link(LinkEvent::Session(Some(Box::new(info("other")))));
    assert_eq!(desk.state.snapshots, None);
    desk.msg(Msg::Snapshots {
        session: "/sessions/song/song.ptx".to_owned(),
        outcome: Ok(vec![Snapshot {
            name: "late".to_owned(),
            at_ms: 0,
            soloed: Vec::new(),
            muted: Vec::new(),
        }]),
    });
    assert_eq!(desk.state.snapshots, None, "the answer came too late");
}

#[test]
fn what_sounded_is_printed_as_one_stem_unless_it_is_muted_now() {
    let mut desk = with_snapshot();
    desk.act(&["snapshot-print night"]);
    let names = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => {
            let plan = dialog.plan.clone().unwrap();
            assert_eq!(plan.stems.len(), 1);
            let tracks = plan.stems[0].tracks.iter();
            tracks.map(|track| track.name.clone()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(names(&desk), ["Kick"]);
    desk.act(&["confirm"]);
    assert_eq!(desk.submitted().unwrap().title, "night");
    let mut tracks = band();
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks)));
    desk.act(&["snapshot-print night"]);
    assert!(desk.toast().contains("is muted now"), "{}", desk.toast());
    assert_eq!(desk.state.ui.overlay, None);
}

#[test]
fn sessions_are_saved_and_opened_after_a_question_and_never_while_a_bounce_runs() {
    let mut desk = Desk::linked();
    desk.act(&["save-session"]);
    assert!(desk.requests().is_empty());
    desk.act(&["open"]);
    assert!(desk.requests().is_empty(), "Enter is no yes");
    desk.act(&["confirm", "open-session /x/Other.ptx"]);
    assert_eq!(desk.requests().len(), 1);
    desk.act(&["confirm"]);
    let open = Request::OpenSession("/x/Other.ptx".to_owned());
    assert_eq!(desk.requests().last().unwrap().1, open);
    desk.act(&["open-session"]);
    assert!(matches!(
        &desk.state.ui.overlay,
        Some(Overlay::Palette { input, .. }) if input.text == "open-session "
    ));
    let mut desk = with_job(JobState::Running, EngineKind::Bounce);
    for action in ["save-session", "open-session /x/Other.ptx", "snapshots"] {
        desk.act(&[action]);
        assert_eq!(desk.state.ui.overlay, None, "{action}");
    }
    assert!(desk.requests().is_empty());
}

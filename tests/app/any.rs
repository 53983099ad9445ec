//! Whatever comes in, in whatever order: nothing breaks what always holds.

use super::*;

fn any_motion() -> impl Strategy<Value = Motion> {
    prop::sample::select(vec![
        Motion::Up,
        Motion::Down,
        Motion::Left,
        Motion::Right,
        Motion::PageUp,
        Motion::PageDown,
        Motion::HalfPageUp,
        Motion::HalfPageDown,
        Motion::Top,
        Motion::Bottom,
    ])
}

fn any_msg() -> impl Strategy<Value = Msg> {
    let named = prop::sample::select(
        catalogue()
            .iter()
            .filter_map(|info| Action::parse(info.name).ok())
            .collect::<Vec<_>>(),
    );
    let flag = prop::sample::select(vec![
        TrackFlag::Mute,
        TrackFlag::Solo,
        TrackFlag::RecordEnable,
        TrackFlag::InputMonitor,
    ]);
    let tracks =
        (prop::collection::vec(any::<bool>(), 7), any::<bool>()).prop_map(|(keep, muted)| {
            let mut tracks = band();
            let mut keep = keep.into_iter();
            tracks.retain(|_| keep.next().unwrap_or(true));
            tracks.iter_mut().for_each(|track| track.muted = muted);
            Msg::Link(LinkEvent::Tracks(Arc::new(tracks)))
        });
    prop_oneof![
        8 => named.prop_map(Msg::Action),
        4 => any_motion().prop_map(|motion| Msg::Action(Action::Move(motion))),
        2 => flag.prop_map(|flag| Msg::Action(Action::Flag {
            flag,
            tracks: Vec::new(),
            switch: Switch::Toggle,
        })),
        2 => (0_u8..8).prop_map(|pane| Msg::Action(Action::Pane(pane))),
        3 => "[a-zé\u{1b} ]{0,4}".prop_map(|text| Msg::Input(Input::Insert(text))),
        2 => prop::sample::select(vec![
            Input::Backspace, Input::Delete, Input::Left, Input::Right, Input::Home, Input::End,
            Input::DeleteWord, Input::Clear, Input::Submit,
        ]).prop_map(Msg::Input),
        3 => tracks,
        1 => any::<u64>().prop_map(|id| Msg::Link(LinkEvent::Answer {
            id: RequestId(id % 20),
            outcome: if id % 2 == 0 { Ok(None) } else { Err(fault(ErrorKind::Refused, "no")) },
        })),
        1 => any::<bool>().prop_map(|open| Msg::Link(LinkEvent::Session(
            open.then(|| Box::new(info("other")))
        ))),
        1 => prop::sample::select(vec![
            LinkPhase::Linked, LinkPhase::Offline, LinkPhase::NoSession { may_be_dialog: false },
            LinkPhase::Stale { since_us: 1 }, LinkPhase::Blocked { since_us: 1 },
        ]).prop_map(|phase| Msg::Link(LinkEvent::Phase(phase))),
        1 => (0_usize..30).prop_map(|row| Msg::Point(Pane::Tracks, row)),
        1 => (0_usize..40).prop_map(|rows| Msg::PageRows(Pane::Tracks, rows)),
        1 => Just(Msg::Tick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_sequence_of_messages_breaks_the_state(
        messages in prop::collection::vec(any_msg(), 0..80)
    ) {
        let mut desk = Desk::linked();
        for msg in messages {
            desk.msg(msg);
            let state = &desk.state;
            let ids: BTreeSet<&TrackId> = state.tracks().iter().map(|t| &t.id).collect();
            prop_assert!(state.ui.selected.iter().all(|id| ids.contains(id)));
            prop_assert!(state.rows.iter().all(|row| row.track < state.tracks().len()));
            prop_assert!(state.pending.keys().all(|(id, _)| ids.contains(id)));
            for pane in Pane::ALL {
                let (row, count) = (state.cursor(pane), state.row_count(pane));
                prop_assert!(row < count.max(1), "{:?}: row {} of {}", pane, row, count);
            }
            prop_assert!(state.undo.len() <= 200);
            let shown = state.ui.toast.iter().map(|toast| &toast.text);
            for text in shown.chain(state.log.iter().map(|line| &line.text)) {
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            }
            for info in catalogue() {
                if let Ok(action) = Action::parse(info.name) {
                    unavailable(state, &action);
                }
            }
        }
    }
}

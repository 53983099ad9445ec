//! What single panes promise: frames that names cannot break, marks that need no colour, levels
//! only where there are some.

use pt_stem::action::{Action, Motion};
use pt_stem::app::state::{Pane, Severity};
use pt_stem::app::update::Input;
use pt_stem::app::{Msg, State};
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::model::{Finding, JobEvent, Level, LinkEvent, LinkPhase, TrackId};
use pt_stem::tui::style::Look;
use pt_stem::tui::view::{self, Memory, Scene};
use ratatui::layout::Size;
use ratatui::style::Modifier;

use crate::{desk, paint, plain, screen, text, theme};

fn row<'a>(shown: &'a str, name: &str) -> &'a str {
    let mut lines = shown.lines();
    lines.find(|line| line.contains(name)).unwrap_or_default()
}

#[test]
fn wide_and_combining_names_leave_every_frame_whole() {
    let mut state = desk::rendering();
    let names = [
        "日本語のトラック",
        "e\u{301}toile\u{301}",
        "👩‍👩‍👧‍👦 family",
        "한국어 \u{1112}\u{1161}\u{11ab}",
    ];
    let session = state.session.as_mut().unwrap();
    for (track, name) in std::sync::Arc::make_mut(&mut session.tracks)
        .iter_mut()
        .zip(names.iter().cycle())
    {
        track.name = name.repeat(4);
    }
    for (marker, name) in session.markers.iter_mut().zip(names) {
        marker.name = name.to_owned();
    }
    for pane in Pane::ALL {
        state.ui.focus = pane;
        for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
            let buf = paint(&state, &plain(), width, height);
            let mut open: Vec<(u16, &str)> = Vec::new();
            for y in 0..height {
                let corners = |wanted: &[&str]| -> Vec<u16> {
                    let columns = 0..width;
                    columns
                        .filter(|x| wanted.contains(&buf[(*x, y)].symbol()))
                        .collect()
                };
                open.retain(|(x, _)| !corners(&["└", "┗", "┘", "┛"]).contains(x));
                for (x, line) in &open {
                    assert_eq!(
                        buf[(*x, y)].symbol(),
                        *line,
                        "{pane:?} {width}x{height} at {x},{y}"
                    );
                }
                open.extend(corners(&["┌", "┐"]).into_iter().map(|x| (x, "│")));
                open.extend(corners(&["┏", "┓"]).into_iter().map(|x| (x, "┃")));
            }
            assert!(open.is_empty(), "{pane:?}: a frame is not closed");
        }
    }
}

#[test]
fn coverage_shows_without_colour() {
    let mut state = desk::linked();
    desk::tell(&mut state, Msg::Point(Pane::Tracks, 5));
    desk::tell(
        &mut state,
        Msg::Action(Action::Assign(Some("FX".to_owned()))),
    );
    let id = TrackId(desk::tracks()[1].id.0.clone());
    state
        .stem_of
        .insert(id, vec!["DIA".to_owned(), "MUS".to_owned()]);
    let shown = screen(&state, 80, 24);
    for (track, mark) in [
        ("DX Lav 1", "mono DIA "),
        ("Score Strings", "st   FX* "),
        ("DX Boom A", "mono DIA? "),
        ("BG Traffic", "st   — "),
        ("Master", "st   · "),
    ] {
        assert!(
            row(&shown, track).contains(mark),
            "{track}: {}",
            row(&shown, track)
        );
    }
    state.ui.focus = Pane::Matrix;
    let shown = screen(&state, 80, 24);
    for (track, marks) in [
        ("DX Lav 1", "○"),
        ("Score Perc", "●"),
        ("DX Boom A", "?"),
        ("BG Traffic", "—"),
        ("Score Strings", "[·]  ·"),
        ("Score Strings", "*"),
    ] {
        assert!(
            row(&shown, track).contains(marks),
            "{track}: {}",
            row(&shown, track)
        );
    }
}

#[test]
fn the_matrix_scrolls_both_ways_and_puts_tracks_into_stems() {
    let mut state = desk::linked();
    let Some(Ok(plan)) = &mut state.plan else {
        panic!("no plan");
    };
    let first = plan.stems[0].clone();
    plan.stems.extend((3..40).map(|number| {
        let mut stem = first.clone();
        stem.name = format!("Stem {number}");
        stem
    }));
    state.ui.focus = Pane::Matrix;
    let mut memory = pt_stem::tui::view::Memory::default();
    let look = plain();
    let mut shown = |state: &State| {
        let scene = pt_stem::tui::view::Scene {
            state,
            look: &look,
            keymap: &pt_stem::config::Keymap::default(),
        };
        let size = ratatui::layout::Size::new(80, 24);
        text(&pt_stem::tui::view::draw(&scene, size, &mut memory).0)
    };
    assert!(shown(&state).contains("stems 1-"), "{}", shown(&state));
    for _ in 0..60 {
        let right = Msg::Action(Action::Move(Motion::Right));
        desk::tell(&mut state, right);
    }
    let last = shown(&state);
    assert!(
        last.contains("Stem 39") && last.contains("-40 of 40"),
        "{last}"
    );
    for _ in 0..60 {
        desk::tell(&mut state, Msg::Action(Action::Move(Motion::Left)));
    }
    assert!(shown(&state).contains("stems 1-"), "{}", shown(&state));

    let mut state = desk::linked();
    state.ui.focus = Pane::Matrix;
    desk::tell(&mut state, Msg::Point(Pane::Matrix, 8));
    desk::tell(&mut state, Msg::Action(Action::Move(Motion::Right)));
    assert!(row(&screen(&state, 80, 24), "BG Traffic").contains("—"));
    desk::tell(&mut state, Msg::Action(Action::Open));
    assert!(row(&screen(&state, 80, 24), "BG Traffic").contains("[*]"));
    desk::tell(&mut state, Msg::Action(Action::Open));
    assert!(row(&screen(&state, 80, 24), "BG Traffic").contains("—"));
}

#[test]
fn levels_are_shown_while_something_renders_and_never_during_a_bounce() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut state = desk::rendering();
        state.ui.focus = Pane::Jobs;
        let shown = screen(&state, width, height);
        for wanted in [
            "-11.2 pk -11.2",
            "I -23.4  S -21.0  M -18.7 LUFS",
            "TP  -2.1",
        ] {
            let fits = width != 120 || !wanted.starts_with("TP");
            assert!(!fits || shown.contains(wanted), "{wanted}:\n{shown}");
        }
        let mut state = desk::busy();
        state.ui.focus = Pane::Jobs;
        let shown = screen(&state, width, height);
        assert!(shown.contains("levels after the bounce"), "{shown}");
        assert!(
            !shown.contains(" pk ") && !shown.contains("LUFS  TP"),
            "{shown}"
        );
    }
}

#[test]
fn the_waveform_is_drawn_awaited_or_refused_in_words() {
    let state = desk::rendering();
    let shown = screen(&state, 200, 60);
    assert!(shown.contains('⣿') && shown.contains("highest"), "{shown}");
    let look = Look::new(theme(), ColorDepth::Mono, Symbols::Ascii);
    let ascii = text(&paint(&state, &look, 200, 60));
    assert!(ascii.contains("####") && !ascii.contains('⣿'));

    let mut state = desk::rendering();
    desk::tell(&mut state, Msg::Point(Pane::Tracks, 5));
    assert!(screen(&state, 200, 60).contains("reading…"));
    desk::tell(&mut state, Msg::Point(Pane::Tracks, 8));
    let shown = screen(&state, 200, 60);
    assert!(
        shown.contains("no waveform: it has no clips of its own"),
        "{shown}"
    );
    desk::tell(&mut state, Msg::Link(LinkEvent::Folder(None)));
    let shown = screen(&state, 200, 60);
    assert!(
        shown.contains("no waveform: the session's folder cannot be read"),
        "{shown}"
    );
}

#[test]
fn the_log_says_what_it_leaves_out() {
    let mut state = desk::busy();
    state.ui.focus = Pane::Log;
    assert!(screen(&state, 80, 24).contains("INFO+"));
    desk::tell(&mut state, Msg::Action(Action::parse("log-level").unwrap()));
    let shown = screen(&state, 80, 24);
    let all = state.log.len();
    let bad = state.log.iter().filter(|l| l.severity >= Severity::Warning);
    let note = format!("{} of {all}  WARN+", bad.count());
    assert!(shown.contains(&note), "{note}:\n{shown}");
    assert!(!shown.contains("linked to localhost"), "{shown}");
}

#[test]
fn the_connection_tells_round_trip_and_news_and_the_header_does_not() {
    let mut state = desk::linked();
    state.ui.focus = Pane::Link;
    for (width, height) in [(60, 16), (120, 40), (200, 60)] {
        let shown = screen(&state, width, height);
        for wanted in ["1-3 ms", "2025.10", "localhost:31416", "events"] {
            assert!(shown.contains(wanted), "{wanted}:\n{shown}");
        }
        assert!(!shown.lines().next().unwrap().contains("ms"));
    }
    let since_us = desk::NOW.mono_us - 6_000_000;
    let stale = LinkPhase::Stale { since_us };
    desk::tell(&mut state, Msg::Link(LinkEvent::Phase(stale)));
    assert!(screen(&state, 80, 24).contains("silent     for 0:06"));
}

#[test]
fn details_scroll_by_pages_as_far_as_they_go() {
    let mut state = desk::busy();
    let mut jobs = state.jobs.jobs().to_vec();
    let report = jobs[0].report.as_mut().unwrap();
    let finding = |number| {
        let text = format!("finding number {number}");
        Finding::new(Level::Warning, "test", &text).fix("mend it")
    };
    report.findings = (0..40).map(finding).collect();
    desk::tell(&mut state, Msg::Job(JobEvent::Restored(jobs)));
    desk::tell(&mut state, Msg::Point(Pane::Jobs, 0));
    for line in ["open", "page-down"] {
        desk::tell(&mut state, Msg::Action(Action::parse(line).unwrap()));
    }
    for (width, height) in [(60, 16), (80, 24), (200, 60)] {
        for _ in 0..20 {
            let line = Msg::Action(Action::parse("page-up").unwrap());
            desk::tell(&mut state, line);
        }
        let shown = screen(&state, width, height);
        assert!(shown.contains("… PgDn: ") && shown.contains("number 0"));
        for _ in 0..200 {
            let line = Msg::Action(Action::parse("page-down").unwrap());
            desk::tell(&mut state, line);
        }
        let shown = screen(&state, width, height);
        assert!(shown.contains("number 39"), "{shown}");
        assert!(shown.contains("… PgUp: "), "{shown}");
        let mut memory = Memory::default();
        let size = Size { width, height };
        let look = plain();
        let scene = Scene {
            state: &state,
            look: &look,
            keymap: &state.keymap,
        };
        view::draw(&scene, size, &mut memory);
        // What the view holds it to is told back, and a page up moves at once.
        let held = memory.details_first.unwrap();
        desk::tell(&mut state, Msg::DetailsFrom(held));
        desk::tell(&mut state, Msg::Action(Action::parse("page-up").unwrap()));
        assert!(!screen(&state, width, height).contains("number 39"));
    }
    desk::tell(&mut state, Msg::Action(Action::Move(Motion::Down)));
    assert!(screen(&state, 80, 24).contains("2 MUS, FX"), "another job");
}

#[test]
fn what_a_filter_found_is_underlined_in_every_list() {
    for (pane, typed, wanted) in [
        (Pane::Tracks, "boom", "Boom"),
        (Pane::Stems, "mus", "MUS"),
        (Pane::Jobs, "every", "every"),
        (Pane::Files, "DIA", "DIA"),
        (Pane::Log, "traffic", "Traffic"),
        (Pane::Transport, "chase", "Chase"),
    ] {
        let mut state = desk::busy();
        state.ui.focus = pane;
        desk::tell(&mut state, Msg::Action(Action::Filter));
        desk::tell(&mut state, Msg::Input(Input::Insert(typed.to_owned())));
        let buf = paint(&state, &plain(), 80, 24);
        let found: String = buf
            .content
            .iter()
            .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED))
            .map(|cell| cell.symbol())
            .collect();
        assert!(found.contains(wanted), "{pane:?}: {found:?}");
    }
}

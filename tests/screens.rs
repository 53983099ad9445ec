//! The screens: as pictures at three sizes, and as a promise at all sizes with names meant to hurt.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

#[path = "screens/bytes.rs"]
mod bytes;
#[path = "screens/columns.rs"]
mod columns;
#[path = "screens/desk.rs"]
mod desk;
#[path = "screens/keys.rs"]
mod keys;
#[path = "screens/meter.rs"]
mod meter;
#[path = "screens/panes.rs"]
mod panes;
#[path = "screens/pictures.rs"]
mod pictures;

use std::sync::Arc;

use proptest::prelude::*;
use pt_stem::action::{Action, Motion};
use pt_stem::app::state::{Mode, Overlay, Pane};
use pt_stem::app::{Msg, State};
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::config::theme::Role;
use pt_stem::config::{Keymap, Theme};
use pt_stem::error::ErrorKind;
use pt_stem::model::link::Fault;
use pt_stem::model::{LinkEvent, LinkPhase, Track};
use pt_stem::tui::style::Look;
use pt_stem::tui::view::{Memory, Scene, draw};
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

fn paint(state: &State, look: &Look, width: u16, height: u16) -> Buffer {
    let keymap = Keymap::default();
    let scene = Scene {
        state,
        look,
        keymap: &keymap,
    };
    draw(&scene, Size { width, height }, &mut Memory::default()).0
}

fn text(buf: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = pt_stem::model::text::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn plain() -> Look {
    Look::new(theme(), ColorDepth::TrueColor, Symbols::Unicode)
}

fn theme() -> Theme {
    Theme::load("dark", std::path::Path::new("/nonexistent")).unwrap()
}

fn screen(state: &State, width: u16, height: u16) -> String {
    text(&paint(state, &plain(), width, height))
}

/// States that are worth a look, each with a name.
fn scenes() -> Vec<(&'static str, State)> {
    let mut scenes = vec![
        ("offline", desk::empty(Mode::Live)),
        ("linked", desk::linked()),
        ("busy", desk::busy()),
        ("rendering", desk::rendering()),
    ];
    for pane in Pane::ALL {
        let mut state = desk::rendering();
        state.ui.focus = pane;
        scenes.push(("pane", state));
    }
    for action in [
        Action::Help,
        Action::Palette,
        Action::PrintAll,
        Action::Inspector,
        Action::Assign(None),
        Action::Markers,
        Action::Console,
        Action::Record,
        Action::Filter,
        Action::Markers,
        Action::Console,
        Action::Snapshots,
        Action::Zoom,
    ] {
        let mut state = desk::busy();
        desk::tell(&mut state, Msg::Action(action));
        scenes.push(("overlay", state));
    }
    let mut fault = desk::busy();
    fault.ui.overlay = Some(Overlay::Fault(Fault {
        kind: ErrorKind::Refused,
        message: "Bounce of SFX failed: the disk is full".to_owned(),
        hints: vec!["Free space, then press t to retry".to_owned()],
    }));
    scenes.push(("fault", fault));
    scenes
}

/// Every finding can be read before a yes, on the smallest screen too.
#[test]
fn the_print_dialog_scrolls_to_its_last_finding() {
    let mut state = desk::linked();
    desk::tell(&mut state, Msg::Action(Action::PrintAll));
    for _ in 0..8 {
        desk::tell(&mut state, Msg::Action(Action::Move(Motion::PageDown)));
    }
    let last = screen(&state, 80, 24);
    assert!(
        last.contains("above") && !last.contains("lines more"),
        "{last}"
    );
}

#[test]
fn the_six_connection_states_differ_without_colour() {
    let reason = Fault {
        kind: ErrorKind::NotConnected,
        message: "connection refused".to_owned(),
        hints: Vec::new(),
    };
    let waiting = LinkPhase::Waiting {
        retry_at_us: desk::NOW.mono_us + 4_000_000,
        reason,
    };
    let stale = LinkPhase::Stale {
        since_us: desk::NOW.mono_us - 6_000_000,
    };
    let blocked = LinkPhase::Blocked {
        since_us: desk::NOW.mono_us - 6_000_000,
    };
    let mut lines = Vec::new();
    for phase in [
        LinkPhase::Offline,
        waiting,
        LinkPhase::Connecting,
        LinkPhase::NoSession {
            may_be_dialog: false,
        },
        LinkPhase::Linked,
        stale,
        blocked,
    ] {
        let mut state = desk::linked();
        desk::tell(&mut state, Msg::Link(LinkEvent::Phase(phase)));
        lines.push(first_line(&state));
    }
    lines.push(first_line(&desk::empty(Mode::Demo("song".to_owned()))));
    insta::assert_snapshot!("connection_states", lines.join("\n"));
    let different: std::collections::HashSet<&String> = lines.iter().collect();
    assert_eq!(different.len(), lines.len());
}

fn first_line(state: &State) -> String {
    screen(state, 80, 24)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// White or grey letters on the yellow cursor row of `high-contrast` could not be read.
#[test]
fn the_cursor_row_has_the_letters_that_its_theme_gives_it() {
    for name in ["high-contrast", "ansi16"] {
        let theme = Theme::load(name, std::path::Path::new("/nonexistent")).unwrap();
        let look = Look::new(theme, ColorDepth::TrueColor, Symbols::Unicode);
        let selection = look.style(Role::Selection);
        let open = scenes().into_iter().filter(|(_, s)| s.ui.overlay.is_none());
        for (scene, state) in open {
            let buf = paint(&state, &look, 120, 40);
            let unlike = buf.content.iter().find(|cell| {
                Some(cell.bg) == selection.bg
                    && Some(cell.fg) != selection.fg
                    && !["▌", "▏"].contains(&cell.symbol())
            });
            assert_eq!(unlike, None, "{name} {scene}");
        }
    }
}

#[test]
fn the_footer_offers_a_yes_only_to_a_question_and_no_key_twice() {
    let mut state = desk::busy();
    state.ui.overlay = Some(Overlay::Inspector { first: 0 });
    let footer = |state: &State| screen(state, 120, 40).lines().last().unwrap().to_owned();
    assert!(!footer(&state).contains("yes"), "{}", footer(&state));
    state.ui.overlay = None;
    state.ui.focus = Pane::Stems;
    assert_eq!(footer(&state).matches("r print ").count(), 1);
}

#[test]
fn a_small_terminal_says_what_it_needs_and_how_far_the_job_is() {
    let shown = screen(&desk::busy(), 40, 10);
    for wanted in ["40x10", "60x16", "linked", "job 2", "%", "q quit"] {
        assert!(shown.contains(wanted), "{wanted} is missing in:\n{shown}");
    }
}

#[test]
fn mono_has_no_colour_and_still_shows_focus_and_cursor() {
    let look = Look::new(theme(), ColorDepth::Mono, Symbols::Unicode);
    let state = desk::busy();
    let buf = paint(&state, &look, 120, 40);
    let colours: Vec<_> = buf
        .content
        .iter()
        .filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
        .collect();
    assert!(colours.is_empty(), "{} cells have a colour", colours.len());
    let reversed = buf
        .content
        .iter()
        .filter(|c| c.modifier.contains(Modifier::REVERSED));
    assert!(reversed.count() >= 60, "the cursor row is not reversed");
    assert!(
        text(&buf).contains("┏━ 1 Tracks"),
        "the focused pane is not thick"
    );
    assert_eq!(
        text(&buf),
        text(&paint(&state, &plain(), 120, 40)),
        "colour changes the text"
    );
    let coloured = paint(&state, &plain(), 120, 40);
    let accent = plain().style(Role::Focus).fg;
    assert!(accent.is_some() && coloured.content.iter().any(|cell| Some(cell.fg) == accent));
}

#[test]
fn ascii_symbols_are_complete() {
    let look = Look::new(theme(), ColorDepth::Ansi16, Symbols::Ascii);
    let mut all = scenes();
    let reason = Fault {
        kind: ErrorKind::NotConnected,
        message: "connection refused".to_owned(),
        hints: Vec::new(),
    };
    for phase in [
        LinkPhase::Connecting,
        LinkPhase::Waiting {
            retry_at_us: 0,
            reason,
        },
        LinkPhase::NoSession {
            may_be_dialog: false,
        },
        LinkPhase::Stale { since_us: 0 },
        LinkPhase::Blocked { since_us: 0 },
    ] {
        let mut state = desk::busy();
        desk::tell(&mut state, Msg::Link(LinkEvent::Phase(phase)));
        all.push(("phase", state));
    }
    for (name, state) in all {
        for (width, height) in [(40, 10), (60, 16), (80, 24), (120, 40), (200, 60)] {
            let shown = text(&paint(&state, &look, width, height));
            let odd: String = shown.chars().filter(|c| !c.is_ascii()).collect();
            assert!(
                odd.is_empty(),
                "{name} at {width}x{height} shows {odd:?}\n{shown}"
            );
        }
    }
}

#[test]
fn pending_switches_show_until_pro_tools_confirms() {
    let mut state = desk::linked();
    let row = |state: &State| {
        let shown = screen(state, 80, 24);
        let line = shown.lines().find(|line| line.contains("DX Boom A"));
        line.unwrap_or_default().to_owned()
    };
    desk::tell(&mut state, Msg::Point(Pane::Tracks, 1));
    assert!(row(&state).contains("AUD ····"), "{}", row(&state));
    desk::tell(&mut state, Msg::Action(Action::parse("mute").unwrap()));
    assert!(row(&state).contains("AUD ?···"), "{}", row(&state));
    let mut tracks = desk::tracks();
    tracks[1].muted = true;
    desk::tell(&mut state, Msg::Link(LinkEvent::Tracks(Arc::new(tracks))));
    state.pending.clear();
    assert!(row(&state).contains("AUD M···"), "{}", row(&state));
    assert!(row(&state).contains("muted"));
}

#[test]
fn ten_thousand_tracks_draw_only_what_is_in_view() {
    let mut state = desk::linked();
    let many: Vec<Track> = (0..10_000)
        .map(|index| Track {
            name: format!("Track {index}"),
            id: pt_stem::model::TrackId(format!("{index}")),
            index: index + 1,
            ..Track::default()
        })
        .collect();
    desk::tell(&mut state, Msg::Link(LinkEvent::Tracks(Arc::new(many))));
    desk::tell(&mut state, Msg::Point(Pane::Tracks, 9_999));
    let shown = screen(&state, 80, 24);
    assert!(
        shown.contains("Track 9999") && shown.contains("10000/10000"),
        "{shown}"
    );
    assert!(!shown.contains("Track 9900"));
}

/// Names that other people's sessions have, or that somebody sends on purpose.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("line\nbreak\rand\ttab".to_owned()),
        Just("\x1b[2J\x1b]0;owned\x07\u{9b}31m".to_owned()),
        Just("👩‍👩‍👧‍👦 family 🎸🏳️‍🌈".to_owned()),
        Just("e\u{301}".repeat(80)),
        Just("\u{1112}\u{1161}\u{11ab}".repeat(40)),
        Just("x".repeat(300)),
        Just("日本語のトラック".repeat(20)),
        Just("\u{202e}evil\u{200b}\u{2028}\u{feff}".to_owned()),
        Just(String::new()),
        any::<String>(),
    ]
}

fn with_names(mut state: State, names: &[String]) -> State {
    let name = |index: usize| names[index % names.len()].clone();
    if let Some(session) = &mut state.session {
        for (index, track) in Arc::make_mut(&mut session.tracks).iter_mut().enumerate() {
            track.name = name(index);
            track.comments = name(index + 1);
            track.format = name(index + 2);
        }
        session.info.name = name(3);
        session.info.path = name(4);
        session.info.audio_format = name(5);
        for marker in &mut session.markers {
            marker.name = name(6);
        }
    }
    if let Some(Ok(plan)) = &mut state.plan {
        for (index, stem) in plan.stems.iter_mut().enumerate() {
            stem.name = name(index);
            stem.file = name(index + 7);
        }
        for finding in &mut plan.findings {
            finding.text = name(8);
        }
    }
    for entry in &mut state.files.entries {
        entry.name = name(9);
    }
    for line in &mut state.log {
        line.text = name(10);
        line.source = name(11);
    }
    for stems in state.stem_of.values_mut() {
        *stems = vec![name(2)];
    }
    for filter in state.ui.filters.values_mut() {
        filter.text = name(1);
    }
    state.link.address = name(12);
    state.link.server.ptsl_version = name(0);
    match &mut state.ui.overlay {
        Some(Overlay::Fault(fault)) => {
            fault.message = name(1);
            fault.hints = vec![name(2), name(3)];
        }
        Some(Overlay::Confirm {
            question, details, ..
        }) => {
            *question = name(1);
            *details = vec![name(2)];
        }
        Some(Overlay::Palette { input, .. } | Overlay::Assign { input, .. }) => {
            input.text = name(1);
            input.cursor = 5;
        }
        _ => {}
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_name_breaks_a_screen(
        names in prop::collection::vec(hostile(), 1..14),
        sizes in prop::collection::vec((1_u16..=220, 1_u16..=70), 3),
        mono in any::<bool>(),
    ) {
        let depth = if mono { ColorDepth::Mono } else { ColorDepth::Ansi256 };
        let look = Look::new(theme(), depth, Symbols::Unicode);
        for (scene, state) in scenes() {
            let state = with_names(state, &names);
            for (width, height) in &sizes {
                let buf = paint(&state, &look, *width, *height);
                for cell in &buf.content {
                    let bad = cell.symbol().chars().find(|c| c.is_control() || *c == '\u{202e}');
                    prop_assert!(bad.is_none(), "{scene} {width}x{height}: {bad:?}");
                }
            }
        }
    }
}

/// Every screen at sizes of all kinds; the smallest and those at the breakpoints one by one.
#[test]
fn every_size_draws() {
    let look = plain();
    for (index, (_, state)) in scenes().into_iter().enumerate() {
        for height in (1..=70).step_by(7) {
            for width in (1 + index % 17..=220).step_by(17) {
                paint(&state, &look, u16::try_from(width).unwrap(), height);
            }
        }
        for (width, height) in [
            (59, 15),
            (60, 16),
            (99, 29),
            (100, 30),
            (159, 49),
            (160, 50),
        ] {
            paint(&state, &look, width, height);
        }
    }
}

#[test]
#[ignore = "takes minutes; .ci/full runs it"]
fn every_size_from_one_cell_to_220_by_70_draws() {
    for (symbols, step) in [(Symbols::Unicode, 1), (Symbols::Ascii, 7)] {
        let look = Look::new(theme(), ColorDepth::TrueColor, symbols);
        for (_, state) in scenes() {
            for height in 1..=70 {
                for width in (1..=220).step_by(step) {
                    paint(&state, &look, width, height);
                }
            }
        }
    }
}

//! Names of every script leave the columns where they are: checked on a terminal, which measures
//! for itself.

use std::io::Write;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use pt_stem::app::State;
use pt_stem::config::Theme;
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::tui::style::Look;
use pt_stem::tui::terminal::Screen;

use super::{desk, paint};

#[derive(Debug, Clone, Default)]
struct Sent(Arc<Mutex<Vec<u8>>>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The states one after another on one terminal, as the last one leaves it: a symbol a cell.
fn on_a_terminal(states: &[&State], width: u16, height: u16) -> Vec<Vec<String>> {
    let look = Look::new(Theme::mono(), ColorDepth::Mono, Symbols::Unicode);
    let sent = Sent::default();
    let mut screen = Screen::new(sent.clone());
    for state in states {
        screen
            .show(paint(state, &look, width, height), None)
            .unwrap();
    }
    let cells = |count| NonZeroU16::new(count).unwrap();
    let mut terminal = vt100::Parser::new(cells(height), cells(width), 0);
    // This terminal, unlike others, takes the replacement character for a broken byte.
    let bytes = String::from_utf8(sent.0.lock().unwrap().clone()).unwrap();
    terminal.process(bytes.replace('\u{fffd}', "?").as_bytes());
    let symbol = |row, column| {
        let cell = terminal.screen().cell(row, column);
        cell.map_or_else(String::new, |cell| cell.contents().trim().to_owned())
    };
    (0..height)
        .map(|row| (0..width).map(|column| symbol(row, column)).collect())
        .collect()
}

fn named(names: &[String]) -> State {
    let mut state = desk::linked();
    for (index, track) in state
        .session
        .iter_mut()
        .flat_map(|s| std::sync::Arc::make_mut(&mut s.tracks))
        .enumerate()
    {
        track.name = names[index % names.len()].clone();
    }
    state
}

/// Where a title of the track table begins.
fn column(screen: &[Vec<String>], title: &str) -> (usize, usize) {
    for (y, row) in screen.iter().enumerate() {
        for x in 0..row.len() {
            let found: String = row[x..].iter().take(title.len()).cloned().collect();
            if found == title {
                return (x, y);
            }
        }
    }
    panic!("no column {title}");
}

fn name() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "[ -~]{0,12}".prop_map(|text| text),
        // As macOS hands them out: decomposed.
        Just("Ge\u{301}ne\u{301}rique O\u{308}l".to_owned()),
        Just("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}".to_owned()),
        Just("日本語のトラック".to_owned()),
        Just("ドラム ﾄﾞﾗﾑ".to_owned()),
        Just("👩‍👩‍👧‍👦🏳️‍🌈🇩🇪".to_owned()),
        Just("👍🏽❤️1️⃣©️".to_owned()),
        Just("กำลังเล่น".to_owned()),
        Just("क्षत्रिय हिन्दी".to_owned()),
        Just("مرحبا لا שלום".to_owned()),
        Just("a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}b".to_owned()),
        Just("\u{200d}\u{fe0f}\u{20e3}\u{1f3fd}".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(parts, 1..5).prop_map(|parts| parts.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_name_moves_a_column(names in prop::collection::vec(name(), 1..12)) {
        let (plain, state) = (named(&["x".to_owned()]), named(&names));
        for (width, height) in [(80, 24), (120, 40)] {
            let wanted = on_a_terminal(&[&plain], width, height);
            let (left, top) = column(&wanted, "Name");
            let (right, _) = column(&wanted, "Typ");
            // Drawn at once, over other names, and put back.
            for states in [&[&state][..], &[&plain, &state], &[&state, &plain]] {
                let shown = on_a_terminal(states, width, height);
                for (y, (row, wanted)) in shown.iter().zip(&wanted).enumerate().skip(top) {
                    // The cell before the next title is the gap.
                    let outside = (0..row.len()).filter(|x| !(left..right - 1).contains(x));
                    for x in outside {
                        prop_assert_eq!(&row[x], &wanted[x], "line {} column {}: {:?}", y, x, row);
                    }
                }
            }
        }
    }
}

//! What reaches the terminal, in bytes: nothing when nothing changes, and little when little does.
//! Over SSH each byte is waited for; there are 256 colours, as a terminal over SSH has by default. `cargo test --test screens bytes -- --nocapture` prints them.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use pt_stem::action::{Action, Motion};
use pt_stem::app::state::Pane;
use pt_stem::app::{Msg, State, update};
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::model::level::LiveLevels;
use pt_stem::model::{JobEvent, JobId, LinkEvent, Now};
use pt_stem::tui::style::Look;
use pt_stem::tui::terminal::Screen;
use pt_stem::tui::view::{Memory, Scene, draw};
use ratatui::layout::Size;

use crate::{desk, theme};

/// Counts what is sent.
#[derive(Debug, Clone, Default)]
struct Line(Rc<RefCell<Vec<u8>>>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal of some size at the end of a line.
struct Far {
    line: Line,
    screen: Screen<Line>,
    memory: Memory,
    size: Size,
}

impl Far {
    fn new(width: u16, height: u16) -> Self {
        let line = Line::default();
        Self {
            screen: Screen::new(line.clone()),
            line,
            memory: Memory::default(),
            size: Size { width, height },
        }
    }

    /// Shows a state; gives what that cost.
    fn show(&mut self, state: &State) -> usize {
        let look = Look::new(theme(), ColorDepth::Ansi256, Symbols::Unicode);
        let scene = Scene {
            state,
            look: &look,
            keymap: &state.keymap,
        };
        let (frame, cursor) = draw(&scene, self.size, &mut self.memory);
        self.screen.show(frame, cursor).unwrap();
        self.line.0.take().len()
    }

    /// The mean cost of some steps, and the highest.
    fn steps(
        &mut self,
        state: &mut State,
        count: u64,
        step: impl Fn(&mut State, u64),
    ) -> (usize, usize) {
        self.show(state);
        let costs: Vec<usize> = (0..count)
            .map(|number| {
                step(state, number);
                self.show(state)
            })
            .collect();
        let mean = costs.iter().sum::<usize>() / costs.len();
        (mean, costs.into_iter().max().unwrap())
    }
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn later(state: &mut State, micros: u64) {
    let now = Now {
        mono_us: state.now.mono_us + micros,
        ..state.now
    };
    update(state, Msg::Tick, now);
}

#[test]
fn nothing_is_sent_when_nothing_changes() {
    for (width, height) in SIZES {
        let mut far = Far::new(width, height);
        let mut state = desk::busy();
        let first = far.show(&state);
        println!("{width}x{height}: first frame {first} bytes");
        assert!(first > 1_000);
        assert_eq!(far.show(&state), 0);
        // A poll that finds everything as it was is no news.
        let tracks = state.tracks().to_vec();
        desk::tell(&mut state, Msg::Link(LinkEvent::Tracks(tracks)));
        assert_eq!(far.show(&state), 0);
    }
}

#[test]
fn a_running_counter_costs_little() {
    for ((width, height), most) in SIZES.into_iter().zip([60, 80, 80]) {
        let mut far = Far::new(width, height);
        let mut state = desk::linked();
        let (mean, highest) = far.steps(&mut state, 300, |state, _| later(state, 33_367));
        println!("{width}x{height}: counter {mean} bytes a frame, {highest} at most");
        assert!(mean > 0 && mean <= most, "{mean} at {width}x{height}");
    }
}

#[test]
fn moving_meters_cost_little() {
    for (width, height) in SIZES {
        let mut far = Far::new(width, height);
        let mut state = desk::rendering();
        state.ui.focus = Pane::Jobs;
        let (mean, highest) = far.steps(&mut state, 50, |state, number| {
            // As far apart as music gets from one look to the next.
            let level = |shift: u64| Some(-3.0 - ((number * 7 + shift) % 24) as f64);
            let levels = LiveLevels {
                recent_dbfs: vec![level(0), level(5)],
                peak_dbfs: level(1),
                true_peak_dbtp: level(2),
                momentary_lufs: level(3),
                short_term_lufs: level(4),
                integrated_lufs: level(6),
                range_lu: Some(7.2),
            };
            let event = JobEvent::Levels {
                id: JobId(2),
                item: 0,
                levels: Box::new(levels),
            };
            let now = Now {
                mono_us: state.now.mono_us + 250_000,
                ..state.now
            };
            update(state, Msg::Job(event), now);
        });
        println!("{width}x{height}: meters {mean} bytes a frame, {highest} at most");
        assert!(mean > 0 && mean <= 450, "{mean} at {width}x{height}");
    }
}

#[test]
fn a_step_of_the_cursor_stays_within_its_budget() {
    for ((width, height), most) in SIZES.into_iter().zip([1_100, 1_800, 2_600]) {
        let mut far = Far::new(width, height);
        let mut state = desk::many(200);
        let (mean, highest) = far.steps(&mut state, 199, |state, _| {
            desk::tell(state, Msg::Action(Action::Move(Motion::Down)));
        });
        println!("{width}x{height}: cursor step {mean} bytes, {highest} at most");
        assert_eq!(state.cursor(Pane::Tracks), 199);
        assert!(mean > 0 && mean <= most, "{mean} at {width}x{height}");
    }
}

//! The byte meter: what a frame of each kind costs on its way to the terminal. There are 256 colours,
//! as a terminal over SSH has by default. Tests hold it to budgets, the benchmark prints it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use pt_stem::action::{Action, Motion};
use pt_stem::app::state::Pane;
use pt_stem::app::{Msg, State, update};
use pt_stem::config::Theme;
use pt_stem::config::settings::{ColorDepth, Symbols};
use pt_stem::model::level::LiveLevels;
use pt_stem::model::{JobEvent, JobId, Now};
use pt_stem::tui::style::Look;
use pt_stem::tui::terminal::Screen;
use pt_stem::tui::view::{Memory, Scene, draw};
use ratatui::layout::Size;

use crate::desk;

pub const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

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

/// Bytes of a frame: the mean of many, and the highest.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub mean: usize,
    pub highest: usize,
}

/// A terminal of some size at the end of a line.
pub struct Far {
    line: Line,
    screen: Screen<Line>,
    memory: Memory,
    look: Look,
    size: Size,
}

impl Far {
    pub fn new((width, height): (u16, u16)) -> Self {
        let line = Line::default();
        let theme = Theme::load("dark", Path::new("/nonexistent")).unwrap();
        Self {
            screen: Screen::new(line.clone()),
            line,
            memory: Memory::default(),
            look: Look::new(theme, ColorDepth::Ansi256, Symbols::Unicode),
            size: Size { width, height },
        }
    }

    /// Shows a state; gives what that cost.
    pub fn show(&mut self, state: &State) -> usize {
        let scene = Scene {
            state,
            look: &self.look,
            keymap: &state.keymap,
        };
        let (frame, cursor) = draw(&scene, self.size, &mut self.memory);
        self.screen.show(frame, cursor).unwrap();
        self.line.0.take().len()
    }

    /// The cost of some steps.
    fn steps(&mut self, state: &mut State, count: u64, step: impl Fn(&mut State, u64)) -> Cost {
        self.show(state);
        let costs: Vec<usize> = (0..count)
            .map(|number| {
                step(state, number);
                self.show(state)
            })
            .collect();
        Cost {
            mean: costs.iter().sum::<usize>() / costs.len(),
            highest: costs.into_iter().max().unwrap(),
        }
    }
}

fn later(state: &State, micros: u64) -> Now {
    Now {
        mono_us: state.now.mono_us + micros,
        ..state.now
    }
}

/// A counter that runs, thirty frames a second.
pub fn counter(size: (u16, u16)) -> Cost {
    let mut state = desk::linked();
    Far::new(size).steps(&mut state, 300, |state, _| {
        let now = later(state, 33_367);
        update(state, Msg::Tick, now);
    })
}

/// Meters of a render, four frames a second, as far apart as music gets from one look to the next.
pub fn meters(size: (u16, u16)) -> Cost {
    let mut state = desk::rendering();
    state.ui.focus = Pane::Jobs;
    Far::new(size).steps(&mut state, 50, |state, number| {
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
        let now = later(state, 250_000);
        update(state, Msg::Job(event), now);
    })
}

/// The cursor goes down 199 of 200 tracks.
pub fn cursor(size: (u16, u16)) -> Cost {
    let mut state = desk::many(200);
    let cost = Far::new(size).steps(&mut state, 199, |state, _| {
        desk::tell(state, Msg::Action(Action::Move(Motion::Down)));
    });
    assert_eq!(state.cursor(Pane::Tracks), 199);
    cost
}

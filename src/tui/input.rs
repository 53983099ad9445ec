//! From terminal events to messages: keys by context, text while a field is typed in, the mouse.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;

use super::keys::{Outcome, Resolver};
use super::view::{Hit, Memory};
use crate::action::{Action, Motion};
use crate::app::state::{Overlay, Pane};
use crate::app::update::Input;
use crate::app::{Msg, State};

/// Least time between two steps of the wheel that count.
const WHEEL_US: u64 = 20_000;
/// Rows a step of the wheel moves.
const WHEEL_ROWS: usize = 3;

/// What input handling keeps between two events.
#[derive(Debug, Default)]
pub struct Hands {
    pub resolver: Resolver,
    last_wheel_us: Option<u64>,
}

/// What can be done where next to nothing can be seen: leave, and answer the question about that.
fn unseen(event: &Event, state: &State) -> Option<Action> {
    let Event::Key(key) = event else {
        return None;
    };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let asks = matches!(state.ui.overlay, Some(Overlay::Confirm { .. }));
    match (key.code, key.modifiers) {
        (KeyCode::Char('y'), KeyModifiers::NONE) if asks => Some(Action::Confirm),
        (KeyCode::Esc, KeyModifiers::NONE) if asks => Some(Action::Back),
        (KeyCode::Char('q'), KeyModifiers::NONE) => Some(Action::Quit),
        (KeyCode::Char('c'), KeyModifiers::CONTROL) => Some(Action::Interrupt),
        (KeyCode::Char('z'), KeyModifiers::CONTROL) => Some(Action::Suspend),
        _ => None,
    }
}

impl Hands {
    pub fn new(resolver: Resolver) -> Self {
        Self {
            resolver,
            last_wheel_us: None,
        }
    }

    /// What an event means now.
    pub fn messages(
        &mut self,
        event: Event,
        state: &State,
        memory: &Memory,
        now_us: u64,
    ) -> Vec<Msg> {
        if memory.too_small {
            return unseen(&event, state).map(Msg::Action).into_iter().collect();
        }
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key, state),
            Event::Paste(text) if state.is_typing() => {
                vec![Msg::Input(Input::Insert(one_line(&text)))]
            }
            Event::Mouse(mouse) => self.mouse(mouse, state, memory, now_us),
            _ => Vec::new(),
        }
    }

    fn key(&mut self, key: KeyEvent, state: &State) -> Vec<Msg> {
        if state.is_typing() {
            self.resolver.reset();
            return typing(key).into_iter().collect();
        }
        let was_pending = self.resolver.is_pending();
        if was_pending && key.code == KeyCode::Esc {
            self.resolver.reset();
            return vec![Msg::PendingKeys(String::new())];
        }
        let outcome = self
            .resolver
            .key(key, state.contexts(), |when| state.holds(when));
        let mut messages = Vec::new();
        if was_pending && !self.resolver.is_pending() {
            messages.push(Msg::PendingKeys(String::new()));
        }
        match outcome {
            Outcome::Action(action) => messages.push(Msg::Action(action)),
            Outcome::Pending(keys) => messages.push(Msg::PendingKeys(keys)),
            // A slip in a sequence is no command.
            Outcome::Unbound if was_pending => {}
            Outcome::Unbound => {
                let dialog = state.ui.overlay.is_some();
                messages.extend(always(key, dialog).map(Msg::Action));
            }
        }
        messages
    }

    fn mouse(
        &mut self,
        mouse: MouseEvent,
        state: &State,
        memory: &Memory,
        now_us: u64,
    ) -> Vec<Msg> {
        let at = Position::new(mouse.column, mouse.row);
        let step = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) if state.ui.overlay.is_none() => {
                return hit(memory, at)
                    .map(|hit| click(hit, at, state))
                    .into_iter()
                    .collect();
            }
            MouseEventKind::ScrollUp => Motion::Up,
            MouseEventKind::ScrollDown => Motion::Down,
            _ => return Vec::new(),
        };
        if self
            .last_wheel_us
            .is_some_and(|last| now_us.saturating_sub(last) < WHEEL_US)
        {
            return Vec::new();
        }
        self.last_wheel_us = Some(now_us);
        if state.ui.overlay.is_some() {
            return vec![Msg::Action(Action::Move(step))];
        }
        let Some(hit) = hit(memory, at) else {
            return Vec::new();
        };
        let row = state.cursor(hit.pane);
        let row = match step {
            Motion::Up => row.saturating_sub(WHEEL_ROWS),
            _ => (row + WHEEL_ROWS).min(hit.count.saturating_sub(1)),
        };
        vec![Msg::Point(hit.pane, row)]
    }
}

fn hit(memory: &Memory, at: Position) -> Option<&Hit> {
    memory.hits.iter().find(|hit| hit.area.contains(at))
}

fn click(hit: &Hit, at: Position, state: &State) -> Msg {
    let row = hit.first + usize::from(at.y.saturating_sub(hit.rows.y));
    if hit.rows.contains(at) && row < hit.count {
        Msg::Point(hit.pane, row)
    } else if hit.pane == state.ui.focus {
        Msg::Tick
    } else {
        let number = Pane::ALL.iter().position(|pane| *pane == hit.pane);
        Msg::Action(Action::Pane(
            number.map_or(1, |n| u8::try_from(n + 1).unwrap_or(1)),
        ))
    }
}

/// Keys that hold whatever the keymap says, so that nobody is ever locked in. Enter is no yes.
fn always(key: KeyEvent, dialog: bool) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc => Some(Action::Back),
        KeyCode::Char('c') if control => Some(Action::Interrupt),
        KeyCode::Char('y') if dialog && !control => Some(Action::Confirm),
        KeyCode::Char('n') if dialog && !control => Some(Action::Back),
        KeyCode::Enter if dialog => Some(Action::Open),
        code => motion(code).map(Action::Move),
    }
}

fn motion(code: KeyCode) -> Option<Motion> {
    Some(match code {
        KeyCode::Up => Motion::Up,
        KeyCode::Down => Motion::Down,
        KeyCode::Left => Motion::Left,
        KeyCode::Right => Motion::Right,
        KeyCode::PageUp => Motion::PageUp,
        KeyCode::PageDown => Motion::PageDown,
        _ => return None,
    })
}

/// A key while a field is typed in: never a command, except to leave it.
fn typing(key: KeyEvent) -> Option<Msg> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let input = match key.code {
        // AltGr arrives as control and alt together.
        KeyCode::Char(c) if control == alt => Input::Insert(c.to_string()),
        KeyCode::Char('c') if control => return Some(Msg::Action(Action::Interrupt)),
        KeyCode::Char('u') if control => Input::Clear,
        KeyCode::Char('w') if control => Input::DeleteWord,
        KeyCode::Char('a') if control => Input::Home,
        KeyCode::Char('e') if control => Input::End,
        KeyCode::Char('h') if control => Input::Backspace,
        KeyCode::Char('p') if control => return Some(Msg::Action(Action::Move(Motion::Up))),
        KeyCode::Char('n') if control => return Some(Msg::Action(Action::Move(Motion::Down))),
        KeyCode::Backspace if control || alt => Input::DeleteWord,
        KeyCode::Backspace => Input::Backspace,
        KeyCode::Delete => Input::Delete,
        KeyCode::Left => Input::Left,
        KeyCode::Right => Input::Right,
        KeyCode::Home => Input::Home,
        KeyCode::End => Input::End,
        KeyCode::Enter => Input::Submit,
        KeyCode::Esc => return Some(Msg::Action(Action::Back)),
        KeyCode::Tab => Input::Complete,
        KeyCode::BackTab => return Some(Msg::Action(Action::Move(Motion::Up))),
        code => return motion(code).map(|motion| Msg::Action(Action::Move(motion))),
    };
    Some(Msg::Input(input))
}

/// Pasted text never submits: line breaks become blanks.
fn one_line(text: &str) -> String {
    text.trim_end_matches(['\n', '\r'])
        .replace("\r\n", " ")
        .replace(['\n', '\r', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;
    use crate::app::state::{Overlay, TextField};
    use crate::config::Keymap;
    use crate::config::keymap::{Binding, Context, When};

    fn hands() -> Hands {
        let binding =
            |keys: &str, context, action| Binding::new(context, When::Always, keys, action);
        Hands::new(Resolver::new(&Keymap {
            bindings: vec![
                binding("q", Context::Global, Action::Quit),
                binding("g g", Context::Global, Action::Move(Motion::Top)),
            ],
        }))
    }

    fn press(code: KeyCode) -> Event {
        Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn send(hands: &mut Hands, state: &State, event: Event) -> String {
        let messages = hands.messages(event, state, &Memory::default(), 0);
        format!("{messages:?}")
    }

    fn confirm() -> State {
        let mut state = State::default();
        state.ui.overlay = Some(Overlay::Confirm {
            question: "Record?".to_owned(),
            details: Vec::new(),
            action: Box::new(Action::Record),
        });
        state
    }

    #[test]
    fn typing_never_triggers_commands() {
        let mut state = State::default();
        state.ui.filtering = true;
        let mut hands = hands();
        assert_eq!(
            send(&mut hands, &state, press(KeyCode::Char('q'))),
            r#"[Input(Insert("q"))]"#
        );
        assert_eq!(
            send(&mut hands, &state, Event::Paste("a\nb\r\n".to_owned())),
            r#"[Input(Insert("a b"))]"#
        );
        assert_eq!(
            send(&mut hands, &state, press(KeyCode::Esc)),
            "[Action(Back)]"
        );
        state.ui.filtering = false;
        assert_eq!(
            send(&mut hands, &state, press(KeyCode::Char('q'))),
            "[Action(Quit)]"
        );
        assert_eq!(send(&mut hands, &state, Event::Paste("q".to_owned())), "[]");
    }

    #[test]
    fn dialogs_take_y_and_n_and_never_enter_as_a_yes() {
        let (mut hands, state) = (hands(), confirm());
        for (code, wanted) in [
            (KeyCode::Char('y'), "[Action(Confirm)]"),
            (KeyCode::Char('n'), "[Action(Back)]"),
            (KeyCode::Esc, "[Action(Back)]"),
            (KeyCode::Enter, "[Action(Open)]"),
            (KeyCode::Char('q'), "[]"),
        ] {
            assert_eq!(send(&mut hands, &state, press(code)), wanted, "{code:?}");
        }
    }

    #[test]
    fn releases_are_ignored_and_sequences_are_shown() {
        let (mut hands, state) = (hands(), State::default());
        let mut release = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(send(&mut hands, &state, Event::Key(release)), "[]");
        let g = press(KeyCode::Char('g'));
        assert_eq!(send(&mut hands, &state, g.clone()), r#"[PendingKeys("g")]"#);
        assert_eq!(
            send(&mut hands, &state, g),
            r#"[PendingKeys(""), Action(Move(Top))]"#
        );
    }

    #[test]
    fn the_mouse_focuses_selects_and_scrolls_at_a_bearable_pace() {
        let memory = Memory {
            hits: vec![Hit {
                pane: Pane::Jobs,
                area: Rect::new(10, 0, 20, 10),
                rows: Rect::new(11, 2, 18, 7),
                first: 5,
                count: 8,
            }],
            ..Memory::default()
        };
        let event = |kind, column, row| {
            Event::Mouse(MouseEvent {
                kind,
                column,
                row,
                modifiers: KeyModifiers::NONE,
            })
        };
        let state = State::default();
        let mut hands = hands();
        let mut send = |event, at| format!("{:?}", hands.messages(event, &state, &memory, at));
        let down = MouseEventKind::Down(MouseButton::Left);
        assert_eq!(send(event(down, 12, 3), 0), "[Point(Jobs, 6)]");
        assert_eq!(send(event(down, 12, 8), 0), "[Action(Pane(3))]");
        assert_eq!(send(event(down, 0, 0), 0), "[]");
        let wheel = MouseEventKind::ScrollDown;
        assert_eq!(send(event(wheel, 12, 3), 50_000), "[Point(Jobs, 3)]");
        assert_eq!(send(event(wheel, 12, 3), 60_000), "[]");
        assert_eq!(send(event(MouseEventKind::Moved, 12, 3), 90_000), "[]");
    }

    #[test]
    fn every_text_overlay_takes_text() {
        let mut state = State::default();
        state.ui.overlay = Some(Overlay::Palette {
            input: TextField::default(),
            row: 0,
        });
        let mut hands = hands();
        let message = send(&mut hands, &state, press(KeyCode::Char('y')));
        assert_eq!(message, r#"[Input(Insert("y"))]"#);
    }
}

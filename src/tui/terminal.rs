//! The terminal's modes and the way of frames to it. `enter` and `leave` are exact inverses; leaving
//! is idempotent and safe from a drop, the panic hook and signals. Nothing else may print meanwhile.

use std::cell::Cell;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::osc;
use super::pen::Pen;
use crate::platform::contain;

/// Whether the modes are on now, for whoever has to undo them without the [`Terminal`].
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Puts the modes' sequences into `out`: alternate screen, hidden cursor, bracketed paste, focus
/// events, mouse if asked, title saved.
fn write_enter(out: &mut impl Write, mouse: bool) -> io::Result<()> {
    out.write_all(b"\x1b[22;0t")?;
    queue!(
        out,
        EnterAlternateScreen,
        Hide,
        EnableBracketedPaste,
        EnableFocusChange
    )?;
    if mouse {
        write_mouse(out, true)?;
    }
    Ok(())
}

/// Mouse buttons and the wheel, told or not. Crossterm's own sequence asks for every movement as
/// well, which nobody here listens to and a slow link has to carry; but consoles of Windows are
/// set by it.
fn write_mouse(out: &mut impl Write, on: bool) -> io::Result<()> {
    match (on, cfg!(unix)) {
        (true, true) => out.write_all(b"\x1b[?1000h\x1b[?1006h"),
        (false, true) => out.write_all(b"\x1b[?1006l\x1b[?1000l"),
        (true, false) => queue!(out, EnableMouseCapture),
        (false, false) => queue!(out, DisableMouseCapture),
    }
}

/// The inverse, in the opposite order. The mouse is always switched off: it does no harm.
fn write_leave(out: &mut impl Write) -> io::Result<()> {
    queue!(out, EndSynchronizedUpdate)?;
    write_mouse(out, false)?;
    queue!(out, DisableFocusChange, DisableBracketedPaste)?;
    out.write_all(b"\x1b[0m")?;
    // From its last line, tmux would let parts of a resized screen remain. GNU screen has no
    // alternate screen by default, and no memory for titles: nothing of ours stays there either.
    let clear = Clear(ClearType::All);
    queue!(out, MoveTo(0, 0), clear, Show, LeaveAlternateScreen)?;
    osc::title(out, "")?;
    out.write_all(b"\x1b[23;0t")?;
    out.flush()
}

fn enter(out: &mut impl Write, mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    write_enter(out, mouse)?;
    out.flush()
}

/// Gives the terminal back as it was found. Does nothing when it has been left already. A terminal
/// that is gone cannot be told, so failures are ignored.
pub fn leave() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        let _ = write_leave(&mut io::stdout());
        let _ = disable_raw_mode();
    }
}

/// The screen: frames go out whole, and only what changed.
#[derive(Debug)]
pub struct Screen<W: Write> {
    out: BufWriter<W>,
    pen: Pen,
    shown: Buffer,
    cursor: Option<Position>,
}

impl<W: Write> Screen<W> {
    pub fn new(out: W) -> Self {
        Self {
            out: BufWriter::with_capacity(64 * 1024, out),
            pen: Pen::lost(),
            shown: Buffer::empty(Rect::ZERO),
            cursor: None,
        }
    }

    /// Forgets what is on the screen: the next frame clears and draws everything.
    pub fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::ZERO);
        self.pen = Pen::lost();
    }

    /// Shows a frame, with the cursor where text is being typed. One write in synchronized output;
    /// no byte when nothing changed.
    pub fn show(&mut self, next: Buffer, cursor: Option<Position>) -> io::Result<()> {
        let is_new = self.shown.area != next.area;
        if is_new {
            self.shown = Buffer::empty(next.area);
        }
        if !is_new && cursor == self.cursor && self.shown.content == next.content {
            return Ok(());
        }
        queue!(self.out, BeginSynchronizedUpdate)?;
        if is_new {
            self.pen.plain(&mut self.out)?;
            queue!(self.out, Clear(ClearType::All))?;
            self.pen.moved();
        }
        if self.cursor.is_some() && cursor.is_none() {
            queue!(self.out, Hide)?;
        }
        self.pen.draw(&mut self.out, &self.shown, &next)?;
        if let Some(position) = cursor {
            queue!(self.out, MoveTo(position.x, position.y))?;
            self.pen.moved();
            if self.cursor.is_none() {
                queue!(self.out, Show)?;
            }
        }
        queue!(self.out, EndSynchronizedUpdate)?;
        self.shown = next;
        self.cursor = cursor;
        self.out.flush()
    }

    /// Sends something that is no drawing, at once.
    pub fn send(&mut self, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        self.out.write_all(&bytes)?;
        self.out.flush()
    }
}

/// The entered terminal. Dropping it leaves.
#[derive(Debug)]
pub struct Terminal {
    screen: Screen<io::Stdout>,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal. Fails when standard output is none.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        // With NO_COLOR crossterm writes empty colour commands, which reset what was set before.
        // Whether there are colours is for `style` to decide.
        crossterm::style::force_color_output(true);
        let mut screen = Screen::new(io::stdout());
        if let Err(error) = enter(&mut screen.out, mouse) {
            leave();
            return Err(error);
        }
        Ok(Self { screen, mouse })
    }

    pub fn size(&self) -> io::Result<Size> {
        crossterm::terminal::size().map(|(width, height)| Size { width, height })
    }

    pub fn show(&mut self, frame: Buffer, cursor: Option<Position>) -> io::Result<()> {
        self.screen.show(frame, cursor)
    }

    pub fn ask_background(&mut self) -> io::Result<()> {
        self.screen.send(osc::ask_background)
    }

    pub fn title(&mut self, text: &str) -> io::Result<()> {
        self.screen.send(|out| osc::title(out, text))
    }

    /// Sends something that is no drawing, at once.
    pub fn send(&mut self, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        self.screen.send(write)
    }

    /// Gives the terminal back while `during` runs, then takes it again.
    pub fn pause(&mut self, during: impl FnOnce()) -> io::Result<()> {
        leave();
        during();
        enter(&mut self.screen.out, self.mouse)?;
        self.screen.cursor = None;
        self.screen.forget();
        Ok(())
    }

    /// Whether the terminal reports the mouse from now on.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.screen.send(|out| write_mouse(out, on))
    }

    /// The next frame is drawn anew.
    pub fn forget(&mut self) {
        self.screen.forget();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

thread_local! {
    static DRAWING: Cell<bool> = const { Cell::new(false) };
}

/// Reports of panics in other threads, for the loop to show.
static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Marks what `work` does as the interface's own: a panic in it ends the interface.
pub fn own<T>(work: impl FnOnce() -> T) -> T {
    let before = DRAWING.replace(true);
    let result = work();
    DRAWING.set(before);
    result
}

/// Descriptions of panics in tasks since the last call.
pub fn task_panics() -> Vec<String> {
    REPORTS
        .lock()
        .map(|mut reports| std::mem::take(&mut *reports))
        .unwrap_or_default()
}

/// From now on a panic writes a report into `state_dir`. In the interface itself it also gives the
/// terminal back and says so in three lines; the caller of the loop still has to put the session
/// back, so the process does not end here. In a task it becomes an entry of [`task_panics`].
pub fn report_panics(state_dir: &Path, log_dir: &Path) {
    let (state_dir, log_dir) = (state_dir.to_owned(), log_dir.to_owned());
    std::panic::set_hook(Box::new(move |info| {
        if contain::is_contained() {
            return;
        }
        let what = info.to_string().replace('\n', " ");
        let trace = std::backtrace::Backtrace::force_capture().to_string();
        let place = match write_report(&state_dir, &what, &trace) {
            Ok(path) => format!("report: {}", path.display()),
            Err(error) => format!("no report could be written: {error}"),
        };
        if ENTERED.load(Ordering::SeqCst) && !DRAWING.get() {
            if let Ok(mut reports) = REPORTS.lock() {
                reports.push(format!("a part of the program failed: {what}; {place}"));
            }
            return;
        }
        leave();
        say(&format!(
            "pt-stem stopped because of a fault of its own: {what}"
        ));
        say(&format!("{place}; log: {}", log_dir.display()));
        say("Please send both. If a bounce was running, `pt-stem rescue` puts the session back.");
    }));
}

/// A line on stderr after the terminal was given back. The terminal may be gone, and then nobody
/// reads it: `eprintln!` would panic, in the middle of putting the session back.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn write_report(state_dir: &Path, what: &str, trace: &str) -> io::Result<PathBuf> {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let path = state_dir.join(format!("crash-{seconds}.txt"));
    let version = env!("CARGO_PKG_VERSION");
    let system = std::env::consts::OS;
    let text = format!("pt-stem {version} on {system}\n\n{what}\n\n{trace}\n");
    crate::platform::atomic::write(&path, text.as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[derive(Debug, Clone, Default)]
    struct Sent(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sent {
        fn take(&self) -> String {
            String::from_utf8(self.0.take()).unwrap()
        }
    }

    fn frame(text: &str) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 2));
        buf.set_string(0, 0, text, Style::new());
        buf
    }

    #[test]
    fn leaving_undoes_every_mode_of_entering() {
        let (mut on, mut off) = (Vec::new(), Vec::new());
        write_enter(&mut on, true).unwrap();
        write_leave(&mut off).unwrap();
        let (on, off) = (
            String::from_utf8(on).unwrap(),
            String::from_utf8(off).unwrap(),
        );
        let modes = |text: &str, end: char| -> std::collections::BTreeSet<String> {
            text.split("\x1b[?")
                .skip(1)
                .filter_map(|part| part.split_once(end))
                .filter(|(digits, _)| digits.bytes().all(|b| b.is_ascii_digit()))
                .map(|(digits, _)| digits.to_owned())
                .collect()
        };
        let mut entered = modes(&on, 'h');
        assert!(entered.contains("1049") && entered.contains("2004"));
        assert!(modes(&on, 'l').remove("25") && modes(&off, 'h').contains("25"));
        for mode in modes(&off, 'l') {
            entered.remove(&mode);
        }
        assert!(entered.is_empty(), "left on: {entered:?}");
        assert!(on.contains("\x1b[22;0t") && off.contains("\x1b[23;0t"));
    }

    #[test]
    fn a_frame_is_synchronized_and_an_unchanged_one_sends_nothing() {
        let sent = Sent::default();
        let mut screen = Screen::new(sent.clone());
        screen.show(frame("hello"), None).unwrap();
        let first = sent.take();
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l"));
        assert!(first.contains("\x1b[2J") && first.contains("hello"));
        screen.show(frame("hello"), None).unwrap();
        assert_eq!(sent.take(), "");
        screen.show(frame("hallo"), None).unwrap();
        let changed = sent.take();
        assert!(!changed.contains("hallo") && changed.contains('a'));
        assert!(!changed.contains("\x1b[2J"));
    }

    #[test]
    fn the_cursor_shows_only_where_text_is_typed() {
        let sent = Sent::default();
        let mut screen = Screen::new(sent.clone());
        screen.show(frame("a"), Some(Position::new(1, 0))).unwrap();
        assert!(sent.take().contains("\x1b[?25h"));
        screen.show(frame("a"), None).unwrap();
        assert!(sent.take().contains("\x1b[?25l"));
    }

    #[test]
    fn a_crash_report_says_what_happened() {
        let dir = tempfile::tempdir().unwrap();
        let path = write_report(dir.path(), "index out of bounds", "0: main").unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("index out of bounds") && text.contains("0: main"));
    }
}

//! The real binary in a pseudo-terminal: what a person types and sees, and that the terminal is
//! given back as it was found. Waits for text, never for time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]
#![cfg(unix)]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Generous: the demo's audio is synthesised at first use, on machines that are busy.
const PATIENCE: Duration = Duration::from_secs(120);

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

struct Desk {
    home: tempfile::TempDir,
    screen: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    raw: Vec<u8>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Desk {
    fn open(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: 24,
                cols: 80,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pt-stem"));
        command.args(arguments);
        command.cwd(home.path());
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.env("XDG_CONFIG_HOME", home.path().join("config"));
        for name in ["NO_COLOR", "SSH_CONNECTION", "SSH_TTY"] {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0_u8; 8192];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            home,
            screen: vt100::Parser::new(cells(24), cells(80), 0),
            bytes,
            raw: Vec::new(),
            keys: pair.master.take_writer().unwrap(),
            child,
            master: pair.master,
        }
    }

    fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// The line of the screen that contains a text.
    fn line(&self, text: &str) -> String {
        let shown = self.shown();
        let found = shown.lines().find(|line| line.contains(text));
        found.unwrap_or_default().to_owned()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => panic!("no {what} on:\n{}", self.shown()),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended before {what}; last seen:\n{}", self.shown())
                }
            }
        }
    }

    fn wait_for(&mut self, text: &str) {
        self.wait(text, |desk| desk.shown().contains(text));
    }

    /// Reads to the end of the output and gives the exit code.
    fn end(&mut self) -> u32 {
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        self.child.wait().unwrap().exit_code()
    }

    /// Closes the terminal under the program.
    fn hang_up(self) -> (Box<dyn Child + Send + Sync>, tempfile::TempDir) {
        let Self { child, home, .. } = self;
        (child, home)
    }

    /// What the terminal was told since the start, as the state of each private mode.
    fn assert_restored(&self) {
        let raw = String::from_utf8_lossy(&self.raw).into_owned();
        for (mode, name) in [
            ("1049", "alternate screen"),
            ("2004", "bracketed paste"),
            ("1004", "focus events"),
            ("1000", "mouse"),
            ("1006", "mouse coordinates"),
            ("2026", "synchronized output"),
        ] {
            let on = raw.rfind(&format!("\x1b[?{mode}h"));
            let off = raw.rfind(&format!("\x1b[?{mode}l"));
            assert!(on.is_some(), "{name} was never on");
            assert!(off > on, "{name} was left on");
        }
        assert!(
            raw.rfind("\x1b[?25h") > raw.rfind("\x1b[?25l"),
            "cursor left hidden"
        );
        assert!(
            raw.contains("\x1b[22;0t") && raw.contains("\x1b[23;0t"),
            "title not put back"
        );
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    }

    fn wavs(&self) -> Vec<PathBuf> {
        let output = self.home.path().join("output");
        let entries = std::fs::read_dir(output).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| path.extension().is_some_and(|e| e == "wav"))
            .collect()
    }
}

#[test]
fn a_stem_is_printed_and_the_terminal_given_back() {
    let mut desk = Desk::open(&["--demo"]);
    desk.wait_for("connecting");
    desk.wait_for("linked");
    desk.wait_for("Kick");
    assert!(desk.line("PT-STEM").contains("◆ demo"));

    // A track is muted: pending first or at once, then confirmed.
    desk.press("/Kick\r");
    desk.wait_for("filter: Kick");
    desk.wait("cursor on Kick", |desk| desk.line("►").contains("Kick"));
    desk.press("m");
    desk.wait("mute of Kick", |desk| desk.line("►").contains(" M···"));
    desk.press("u");
    desk.wait("undo of the mute", |desk| desk.line("►").contains(" ····"));
    desk.press("\x1b");
    desk.wait("no filter", |desk| !desk.shown().contains("filter: Kick"));

    // The stem under the cursor is printed; Enter is no yes.
    desk.press("2");
    desk.wait_for("[2 Stems");
    desk.press("r");
    desk.wait_for("Print 1 file");
    desk.wait_for("y print");
    desk.press("y");
    desk.press("3");
    desk.wait_for("[3 Jobs");
    desk.wait("the end of the job", |desk| {
        desk.line("►").contains("✓ done")
    });
    assert_eq!(desk.wavs().len(), 1, "{:?}", desk.wavs());

    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
    assert!(desk.home.path().join("output/manifest.json").is_file());
}

#[test]
fn a_signal_and_a_small_terminal_leave_nothing_behind() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    let small = PtySize {
        rows: 10,
        cols: 40,
        pixel_width: 0,
        pixel_height: 0,
    };
    desk.master.resize(small).unwrap();
    desk.screen.screen_mut().set_size(cells(10), cells(40));
    desk.wait_for("needs 60x16");
    let id = i32::try_from(desk.child.process_id().unwrap()).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert_eq!(desk.end(), 130);
    desk.assert_restored();
}

/// A simulator in a process of its own, which outlives the interface.
struct Server {
    process: std::process::Child,
    port: String,
    home: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut process = program(&home)
            .args(["simulate", "--bind", "127.0.0.1:0"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = std::io::BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().to_owned();
        Self {
            process,
            port,
            home,
        }
    }

    fn tracks(&self) -> String {
        let output = program(&self.home)
            .args(["--host", "127.0.0.1", "--port", &self.port])
            .args(["tracks", "--json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program(home: &tempfile::TempDir) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pt-stem"));
    command.env("XDG_STATE_HOME", home.path().join("state"));
    command.env("XDG_CONFIG_HOME", home.path().join("config"));
    command
}

#[test]
fn a_terminal_closed_during_a_bounce_leaves_the_session_as_it_was() {
    let server = Server::start();
    let before = server.tracks();
    let mut desk = Desk::open(&["--host", "127.0.0.1", "--port", &server.port]);
    desk.wait_for("linked");
    desk.wait_for("Kick");
    desk.press("P");
    desk.wait_for("y print");
    desk.press("y");
    desk.wait_for("solo!");
    let (mut child, _home) = desk.hang_up();
    assert_eq!(child.wait().unwrap().exit_code(), 130);
    assert_eq!(server.tracks(), before);
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pt-stem"))
        .env("XDG_STATE_HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("needs a terminal"), "{said}");
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}

#[test]
fn a_sequence_shows_what_can_follow_and_a_slip_in_it_is_no_command() {
    let mut desk = Desk::open(&["--port", "1"]);
    desk.wait_for("offline");
    desk.press("g");
    desk.wait_for("To the first row");
    desk.press("q");
    desk.wait("no popup", |desk| {
        !desk.shown().contains("To the first row")
    });
    desk.press("gs");
    desk.wait_for("[2 Stems");
    desk.press("%");
    desk.wait_for("the mouse is the terminal's");
    assert!(String::from_utf8_lossy(&desk.raw).contains("\x1b[?1000l"));
    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}

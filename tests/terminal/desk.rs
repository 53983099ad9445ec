//! A person at a terminal: the program in a pseudo-terminal, what it shows, and a server of its own.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Generous: the demo's audio is synthesised at first use, on machines that are busy.
const PATIENCE: Duration = Duration::from_secs(120);

pub fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

pub struct Desk {
    pub home: tempfile::TempDir,
    pub screen: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    pub raw: Vec<u8>,
    /// The terminal's settings before the program ran.
    modes: String,
    keys: Box<dyn Write + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    pub master: Box<dyn MasterPty + Send>,
}

impl Desk {
    pub fn open(arguments: &[&str]) -> Self {
        let mut words = vec![env!("CARGO_BIN_EXE_pt-stem")];
        words.extend(arguments);
        Self::run(&words, "")
    }

    /// Runs a command line in a new terminal, with a configuration file.
    pub fn run(words: &[&str], config: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let configs = home.path().join("config/pt-stem");
        std::fs::create_dir_all(&configs).unwrap();
        std::fs::write(configs.join("config.toml"), config).unwrap();
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: 24,
                cols: 80,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(words[0]);
        command.args(&words[1..]);
        command.cwd(home.path());
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.env("XDG_CONFIG_HOME", home.path().join("config"));
        for name in [
            "NO_COLOR",
            "COLORFGBG",
            "COLORTERM",
            "SSH_CONNECTION",
            "SSH_TTY",
            "TMUX",
            "STY",
            "VTE_VERSION",
        ] {
            command.env_remove(name);
        }
        let modes = modes_of(pair.master.as_ref());
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
            modes,
            keys: pair.master.take_writer().unwrap(),
            child,
            master: pair.master,
        }
    }

    pub fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// The line of the screen that contains a text.
    pub fn line(&self, text: &str) -> String {
        let shown = self.shown();
        let found = shown.lines().find(|line| line.contains(text));
        found.unwrap_or_default().to_owned()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
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

    pub fn wait_for(&mut self, text: &str) {
        self.wait(text, |desk| desk.shown().contains(text));
    }

    /// Reads to the end of the output and gives the exit code.
    pub fn end(&mut self) -> u32 {
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        self.child.wait().unwrap().exit_code()
    }

    /// Closes the terminal under the program.
    pub fn hang_up(self) -> (Box<dyn Child + Send + Sync>, tempfile::TempDir) {
        let Self { child, home, .. } = self;
        (child, home)
    }

    /// What the terminal was told since the start, as the state of each private mode.
    pub fn assert_restored(&self) {
        assert_eq!(modes_of(self.master.as_ref()), self.modes, "line settings");
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
            // A program that never drew has synchronized nothing.
            assert!(on.is_some() || mode == "2026", "{name} was never on");
            assert!(off >= on, "{name} was left on");
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

    pub fn wavs(&self) -> Vec<PathBuf> {
        let output = self.home.path().join("output");
        let entries = std::fs::read_dir(output).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| path.extension().is_some_and(|e| e == "wav"))
            .collect()
    }
}

/// The line settings of a terminal, as text to compare.
fn modes_of(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// A simulator in a process of its own, which outlives the interface.
pub struct Server {
    process: std::process::Child,
    pub port: String,
    home: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
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

    pub fn tracks(&self) -> String {
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

pub fn program(home: &tempfile::TempDir) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pt-stem"));
    command.env("XDG_STATE_HOME", home.path().join("state"));
    command.env("XDG_CONFIG_HOME", home.path().join("config"));
    command
}

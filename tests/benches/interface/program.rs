//! The program itself in a pseudo-terminal: how soon it shows something, what it holds in memory,
//! and what it costs while nothing happens.

use std::io::{BufRead as _, BufReader, Read};
use std::num::NonZero;
use std::path::Path;
use std::process::{Child as Process, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::sessions;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pt-stem");
const ROWS: u16 = 60;
const COLUMNS: u16 = 200;
/// Nothing here takes longer, unless it never comes.
const LONGEST: Duration = Duration::from_secs(60);
const IDLE: Duration = Duration::from_secs(20);

/// The interface, running, and what it has sent.
struct Interface {
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    started: Instant,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Interface {
    fn start(home: &Path, port: &str) -> Self {
        let pair = native_pty_system().openpty(PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        });
        let pair = pair.expect("a terminal");
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(["--port", port]);
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", home);
        command.env("XDG_CONFIG_HOME", home);
        command.cwd(home);
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let (sender, output) = channel();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program");
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            output,
            started,
            _terminal: pair.master,
        }
    }

    /// Time from the start until so many bytes have come.
    fn until_bytes(&self, count: usize) -> Duration {
        let mut seen = 0;
        while seen < count {
            seen += self.output.recv_timeout(LONGEST).expect("bytes").len();
        }
        self.started.elapsed()
    }

    /// Time from the start until all these texts stand on the screen.
    fn until_shown(&self, texts: &[&str]) -> Duration {
        let mut screen = vt100::Parser::new(lines(ROWS), lines(COLUMNS), 0);
        loop {
            let contents = screen.screen().contents();
            if texts.iter().all(|text| contents.contains(text)) {
                return self.started.elapsed();
            }
            match self.output.recv_timeout(LONGEST) {
                Ok(bytes) => screen.process(&bytes),
                Err(_) => panic!("{texts:?} never came:\n{contents}"),
            }
        }
    }

    /// Waits until nothing has been sent for some time.
    fn until_quiet(&self) {
        while self.output.recv_timeout(Duration::from_secs(2)).is_ok() {}
    }

    fn id(&self) -> u32 {
        self.child.process_id().unwrap_or(0)
    }
}

impl Drop for Interface {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the start to the first frame, and memory, without a session.
pub fn start() {
    let home = tempfile::tempdir().expect("a folder");
    let mut memory = 0;
    let mut all: Vec<Duration> = (0..20)
        .map(|_| {
            let interface = Interface::start(home.path(), "1");
            // The modes come first, the frame is thousands of bytes.
            let took = interface.until_bytes(2_000);
            memory = status(interface.id(), "VmRSS");
            took
        })
        .collect();
    all.sort();
    println!(
        "start to first frame: {} ms, {} at most; {memory} kB resident, without a session",
        millis(all[all.len() / 2]),
        millis(all[all.len() - 1])
    );
}

/// A simulator in a process of its own.
struct Simulator(Process);

impl Simulator {
    fn start(home: &Path, session: &Path) -> (Self, String) {
        let mut process = Command::new(PROGRAM)
            .args(["simulate", "--bind", "127.0.0.1:0", "--open"])
            .arg(session)
            .env("XDG_STATE_HOME", home)
            .env("XDG_CONFIG_HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the simulator");
        let output = process.stdout.take().expect("its output");
        let simulator = Self(process);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("a line");
        let port = line
            .trim()
            .rsplit_once(':')
            .map(|(_, port)| port.to_owned());
        (simulator, port.expect("its address"))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Memory with a session of so many tracks, and what an idle interface costs.
pub fn connected(count: u32) {
    let (home, there) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let session = home.path().join("Long night");
    sessions::write(&session, count);
    let (simulator, port) = Simulator::start(there.path(), &session);
    let interface = Interface::start(home.path(), &port);
    let took = interface.until_shown(&["Track 1 Long Name", "Stem 0"]);
    interface.until_quiet();
    let id = interface.id();
    println!(
        "{count} tracks, {} stems: on the screen {} ms after the start; {} kB resident, {} at most",
        count / 10,
        millis(took),
        status(id, "VmRSS"),
        status(id, "VmHWM"),
    );
    let ids = [id, simulator.0.id()];
    let before = ids.map(processor);
    let started = Instant::now();
    let mut sent = 0;
    while let Some(left) = IDLE.checked_sub(started.elapsed()) {
        sent += interface.output.recv_timeout(left).map_or(0, |b| b.len());
    }
    let [ours, theirs] = [0, 1].map(|at| {
        let spent = processor(ids[at]).saturating_sub(before[at]);
        spent.as_secs_f64() * 100.0 / started.elapsed().as_secs_f64()
    });
    println!(
        "idle for {} s: {ours:.2} % of a processor, {sent} bytes sent (the simulator {theirs:.2} %); \
         {} kB resident",
        IDLE.as_secs(),
        status(id, "VmRSS"),
    );
}

fn lines(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap_or(NonZero::<u16>::MIN)
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

/// Kilobytes that a process holds in memory, where the system tells.
fn status(id: u32, key: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(key));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.unwrap_or(0)
}

/// Time that a process has spent computing, where the system tells: in ticks of 10 ms.
fn processor(id: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let behind_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = behind_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

//! The program with folders of its own, and simulators started as programs.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::Value;

use crate::wave::{self, RATE};

/// State and configuration of one test. The demo's audio is made once and shared by all tests.
pub struct Bench {
    root: tempfile::TempDir,
}

/// xorshift; its seed is to be printed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// From the environment, or another one each time; printed.
pub fn seed() -> Random {
    let seed = number("PT_STEM_SEED").unwrap_or_else(|| u64::from(std::process::id()) | 1);
    println!("seed: PT_STEM_SEED={seed}");
    Random(seed)
}

/// What a finished program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The last line of stdout as JSON.
    pub fn json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.out, self.err
        );
        self
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Bench {
    pub fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The program with these arguments, its folders below this bench.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pt-stem"));
        command
            .args(args)
            .current_dir(self.root.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env_remove("PTSL_HOST")
            .env_remove("PTSL_PORT")
            .env_remove("PTSL_TIMEOUT")
            .env_remove("PT_STEM_CONFIG")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        self.command(args).output().unwrap().into()
    }

    /// All log files of this bench.
    pub fn log(&self) -> String {
        let files = std::fs::read_dir(self.path("state/pt-stem/log")).unwrap();
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        texts.collect()
    }

    /// A simulator as a program of its own, on a free port.
    pub fn simulator(&self, args: &[&str]) -> Simulator {
        let mut all = vec!["simulate", "--bind", "127.0.0.1:0"];
        all.extend(args);
        let mut child = self.command(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .trim()
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned();
        assert!(port.parse::<u16>().is_ok(), "the simulator said '{line}'");
        Simulator { child, port }
    }
}

/// A running simulator; killed at the end of the test.
pub struct Simulator {
    child: Child,
    pub port: String,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a small session folder: `tracks` mono sine tracks with a clip each, `seconds` long.
pub fn session_folder(dir: &Path, tracks: usize, seconds: f64) -> PathBuf {
    let frames = (seconds * f64::from(RATE)) as u32;
    let mut rows = Vec::new();
    for n in 1..=tracks {
        let file = format!("audio/t{n}.wav");
        wave::tone(&dir.join(&file), 1, 110.0 * n as f64, 2000.0, frames);
        rows.push(serde_json::json!({
            "name": format!("T{n}"), "channels": 1, "mute": n == 2, "solo": n == 3,
            "volume_db": 0.0, "pan": 0.0, "volume_points": [],
            "clips": [{ "file": file, "start": 0, "offset": 0, "length": frames, "gain_db": 0.0,
                "fade_in": 0, "fade_in_shape": "linear", "fade_out": 0,
                "fade_out_shape": "linear", "mute": false }],
        }));
    }
    let session = serde_json::json!({
        "version": 1, "name": "Bench", "rate": RATE, "length": frames, "tracks": rows, "stems": [],
    });
    std::fs::write(dir.join("session.json"), session.to_string()).unwrap();
    dir.to_owned()
}

/// A demo session's state folder, made once for all tests of this binary.
pub fn demo_state() -> &'static Path {
    static STATE: OnceLock<Mutex<tempfile::TempDir>> = OnceLock::new();
    let cell = STATE.get_or_init(|| Mutex::new(tempfile::tempdir().unwrap()));
    let path = cell.lock().unwrap().path().to_owned();
    Box::leak(path.into_boxed_path())
}

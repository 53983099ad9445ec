//! A render as a program of its own, followed by the lines of its progress: stopped, hit and told to
//! go on at known moments.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::bench::{Bench, Said, session_folder};

/// A session of two tracks for each of `stems`.
pub fn session_of(stems: usize, seconds: f64) -> Bench {
    let bench = Bench::new();
    session_folder(&bench.path("session"), 2 * stems, seconds);
    bench
}

/// Prints `stems` of two tracks each, of as many tracks as needed, into `out` below the bench.
pub fn print(bench: &Bench, out: &str, stems: usize, more: &[&str]) -> Command {
    let session = bench.path("session").display().to_string();
    let out = bench.path(out).display().to_string();
    let mut all = vec![
        "--open", &session, "--json", "stems", "print", "--out", &out,
    ];
    all.extend(["--engine", "render", "--file", "{stem}"]);
    let stem = |n: usize| format!("S{n}=T{},T{}", 2 * n - 1, 2 * n);
    let wanted: Vec<String> = (1..=stems).map(stem).collect();
    all.extend(wanted.iter().flat_map(|stem| ["--stem", stem]));
    all.extend(more);
    bench.command(&all)
}

/// A running program.
pub struct Followed {
    child: Child,
    lines: Receiver<Value>,
    reader: JoinHandle<()>,
    errors: JoinHandle<String>,
    last: Option<Value>,
}

impl Followed {
    pub fn start(mut command: Command) -> Self {
        // A group, to stop and end all of it at once.
        let mut child = command
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut err = child.stderr.take().unwrap();
        let (sender, lines) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // A killed program's last line may be a part of one.
                let Ok(value) = serde_json::from_str(&line) else {
                    continue;
                };
                let _ = sender.send(value);
            }
        });
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = std::io::Read::read_to_end(&mut err, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Self {
            child,
            lines,
            reader,
            errors,
            last: None,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line; `false` when the program ends without it.
    pub fn until(&mut self, mut is_it: impl FnMut(&Value) -> bool) -> bool {
        while let Ok(line) = self.lines.recv() {
            let found = is_it(&line);
            self.last = Some(line);
            if found {
                return true;
            }
        }
        false
    }

    /// Waits until some file is in this stage.
    pub fn until_stage(&mut self, stage: &str) -> bool {
        self.until(|line| {
            let items = line["items"].as_array().into_iter().flatten();
            items.into_iter().any(|item| item["stage"] == stage)
        })
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let group = format!("-{id}");
        let sent = Command::new("kill")
            .args(["-s", name, "--", &group])
            .status();
        assert!(sent.unwrap().success(), "no signal {name}");
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits for its end; `out` is the last line.
    pub fn end(mut self) -> Said {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.reader.join().unwrap();
        let last = self.lines.try_iter().last().or(self.last);
        Said {
            code,
            out: last.map(|line| line.to_string()).unwrap_or_default(),
            err: self.errors.join().unwrap(),
        }
    }
}

/// Name and bytes of every file of a folder, but for the moment at which a file was made.
pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let files = entries.map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, timeless(std::fs::read(entry.path()).unwrap()))
    });
    files.collect()
}

/// A printed file without the date and time that it says, which stand in `bext` or in comments.
pub fn timeless(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.get(48..52) == Some(b"bext")
        && let Some(moment) = bytes.get_mut(376..394)
    {
        moment.fill(0);
    }
    for (key, length) in [(&b"ORIGINATION_DATE="[..], 10), (b"ORIGINATION_TIME=", 8)] {
        let head = bytes.get(..bytes.len().min(1 << 16)).unwrap();
        let at = head.windows(key.len()).position(|window| window == key);
        let from = at.map(|at| at + key.len());
        if let Some(moment) = from.and_then(|from| bytes.get_mut(from..from + length)) {
            moment.fill(b'0');
        }
    }
    bytes
}

/// What is wrong in a folder whose print was ended: files under a final name that are none of
/// `wholes`, and leftovers that are no `.part`.
pub fn wrong_in(dir: &Path, wholes: &[&BTreeMap<String, Vec<u8>>]) -> Vec<String> {
    let mut wrong = files(dir);
    wrong.retain(|name, bytes| {
        if name == "manifest.json" {
            return serde_json::from_slice::<Value>(bytes).is_err();
        }
        let is_whole = wholes.iter().any(|whole| whole.get(name) == Some(bytes));
        !is_whole && !name.ends_with(".part")
    });
    wrong.into_keys().collect()
}

/// The same but for the manifests, which tell the time.
pub fn are_same(some: &BTreeMap<String, Vec<u8>>, others: &BTreeMap<String, Vec<u8>>) -> bool {
    some.len() == others.len()
        && some.iter().all(|(name, bytes)| match others.get(name) {
            Some(other) => name == "manifest.json" || other == bytes,
            None => false,
        })
}

//! What a user wants run when a job has ended: a command of the shell, an address that is told.
//! A hook never changes what a job came to; one that fails is reported.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Job;
use crate::model::job::{Report, Verdict};
use crate::model::plan::PlanKind;
use crate::model::text::{clean, fit};
use crate::platform::shell;

/// Time that a hook may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Columns of a hook's complaint that are shown.
const COMPLAINT: usize = 300;

/// What to run; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hooks {
    /// A command line for the system's shell.
    pub job_done: Option<String>,
    /// `http://…` or `https://…`.
    pub webhook: Option<String>,
}

/// What is told about a job. Texts from outside are cleaned.
struct News {
    job: u32,
    state: &'static str,
    title: String,
    session: String,
    dir: PathBuf,
    manifest: Option<PathBuf>,
    verdict: &'static str,
    error: String,
    files: Vec<String>,
}

impl News {
    fn of(job: &Job) -> Self {
        let dir = &job.plan.output.dir;
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
        let manifest = Some(dir.join("manifest.json"))
            .filter(|path| job.plan.kind == PlanKind::Stems && path.is_file());
        let no_report = Report::default();
        let report = job.report.as_ref().unwrap_or(&no_report);
        Self {
            job: job.id.0,
            state: job.state.word(),
            title: clean(&job.title).into_owned(),
            session: clean(&job.plan.session).into_owned(),
            dir,
            manifest,
            verdict: match report.proof.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "fail",
                Verdict::NotChecked => "not_checked",
            },
            error: job
                .fault
                .as_ref()
                .map(|fault| clean(&fault.message).into_owned())
                .unwrap_or_default(),
            files: report.files.iter().map(|file| file.path.clone()).collect(),
        }
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("PT_STEM_JOB", self.job.to_string())
            .env("PT_STEM_STATE", self.state)
            .env("PT_STEM_TITLE", &self.title)
            .env("PT_STEM_SESSION", &self.session)
            .env("PT_STEM_DIR", &self.dir)
            .env(
                "PT_STEM_MANIFEST",
                self.manifest.clone().unwrap_or_default(),
            )
            .env("PT_STEM_VERDICT", self.verdict)
            .env("PT_STEM_ERROR", &self.error);
    }

    fn json(&self) -> String {
        json!({
            "schema": 1,
            "event": "job_done",
            "job": self.job,
            "state": self.state,
            "title": self.title,
            "session": self.session,
            "dir": self.dir.to_string_lossy(),
            "manifest": self.manifest.as_ref().map(|path| path.to_string_lossy()),
            "verdict": self.verdict,
            "error": (!self.error.is_empty()).then_some(&self.error),
            "files": self.files,
        })
        .to_string()
    }
}

impl Hooks {
    pub fn is_empty(&self) -> bool {
        self.job_done.is_none() && self.webhook.is_none()
    }

    /// Runs what there is for an ended job. Blocks, for a minute a hook at most; gives what went
    /// wrong.
    pub fn run(&self, job: &Job) -> Vec<Error> {
        let news = News::of(job);
        let mut wrong = Vec::new();
        if let Some(line) = &self.job_done {
            let mut command = shell::command(line);
            news.environment(&mut command);
            wrong.extend(finish("the hook job_done", command, "").err());
        }
        if let Some(address) = &self.webhook {
            let mut command = Command::new("curl");
            command
                .args(["--silent", "--show-error", "--fail", "--max-time", "30"])
                .args(["--retry", "2", "--header", "Content-Type: application/json"])
                .args(["--data-binary", "@-", "--output"])
                .arg(if cfg!(windows) { "NUL" } else { "/dev/null" })
                .args(["--url", address]);
            let outcome = finish("the webhook", command, &news.json());
            wrong.extend(outcome.err());
        }
        wrong
    }
}

/// Runs a command with `input`, out of sight: the terminal belongs to the interface.
fn finish(what: &str, mut command: Command, input: &str) -> Result<()> {
    let failed = |why: String| {
        Error::new(ErrorKind::Job, format!("{what} failed: {why}"))
            .hint("The job itself is not touched by it; see [hooks] in the configuration")
    };
    // A file takes any amount of output without anybody reading meanwhile.
    let log = tempfile::tempfile().map_err(|error| failed(error.to_string()))?;
    let errors = log.try_clone().map_err(|error| failed(error.to_string()))?;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::from(errors))
        .spawn()
        .map_err(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            failed(format!("'{program}' cannot be started: {error}"))
        })?;
    if let Some(mut stdin) = child.stdin.take() {
        // Who does not read it does not need it.
        let _ = stdin.write_all(input.as_bytes());
    }
    let started = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!(
                    "it took more than {} s",
                    PATIENCE.as_secs()
                )));
            }
            Err(error) => return Err(failed(error.to_string())),
        }
    };
    if status.success() {
        return Ok(());
    }
    let said = complaint(log);
    let colon = if said.is_empty() { "" } else { ": " };
    Err(failed(format!("{status}{colon}{said}")))
}

/// The beginning of what was written to stderr, on one line.
fn complaint(mut log: std::fs::File) -> String {
    use std::io::Seek as _;
    let mut text = Vec::new();
    if log.rewind().is_err() || log.take(4096).read_to_end(&mut text).is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&text);
    let line: Vec<&str> = text.split_whitespace().collect();
    fit(&line.join(" "), COMPLAINT)
}

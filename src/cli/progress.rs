//! Progress on stderr: a bar on a terminal, one JSON object a line on stdout with `--json`, and
//! nothing but the end elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::cli::output::{self, Output};
use crate::model::Job;
use crate::model::job::Stage;

/// At most this many JSON lines a second.
const LINES_A_SECOND: u32 = 10;

/// Nobody may look at the bar, or there is none.
const DIALOG: &str = "pt-stem: Pro Tools shows a dialog and waits for an answer: answer it at its screen, the job then goes on\n";

/// Shows one job's progress.
pub struct Progress {
    output: Output,
    bar: ProgressBar,
    last: Option<Instant>,
    said: Vec<Stage>,
    /// A dialog is up, and has been told.
    in_dialog: bool,
}

impl Progress {
    pub fn new(output: Output) -> Self {
        let bar = ProgressBar::new(1000);
        bar.set_draw_target(if output.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        });
        if let Ok(style) =
            ProgressStyle::with_template("{msg:28!} [{bar:30}] {percent:>3} %  {prefix}")
        {
            bar.set_style(style);
        }
        Self {
            output,
            bar,
            last: None,
            said: Vec::new(),
            in_dialog: false,
        }
    }

    /// Takes the job as it is now.
    pub fn show(&mut self, job: &Job) {
        if self.output.json {
            self.line(job);
            return;
        }
        let item = job
            .items
            .iter()
            .find(|item| !matches!(item.stage, Stage::Waiting | Stage::Done | Stage::Failed));
        let in_dialog = item.is_some_and(|item| item.stage == Stage::Dialog);
        if in_dialog && !self.in_dialog {
            self.bar.suspend(|| output::say(DIALOG));
        }
        self.in_dialog = in_dialog;
        let what = match item {
            Some(item) if item.stage == Stage::Dialog => {
                "waiting: Pro Tools shows a dialog".to_owned()
            }
            Some(item) => crate::model::text::fit(&item.name, 28),
            None => job.state.word().to_owned(),
        };
        self.bar.set_message(what);
        self.bar.set_prefix(left(job));
        self.bar
            .set_position((job.fraction() * 1000.0).round() as u64);
    }

    fn line(&mut self, job: &Job) {
        let stages: Vec<Stage> = job.items.iter().map(|item| item.stage).collect();
        let pause = Duration::from_secs(1) / LINES_A_SECOND;
        let is_due = self.last.is_none_or(|last| last.elapsed() >= pause);
        if job.state.is_over() || !(is_due || stages != self.said) {
            return;
        }
        self.last = Some(Instant::now());
        self.said = stages;
        let items: Vec<_> = job
            .items
            .iter()
            .map(|item| json!({ "name": item.name, "stage": item.stage, "done": item.done, "total": item.total }))
            .collect();
        let value = json!({
            "schema": 1,
            "job": job.id.0,
            "state": job.state.word(),
            "progress": (job.fraction() * 1000.0).round() / 10.0,
            "rate": job.rate,
            "estimated_time_remaining": job.seconds_left(),
            "items": items,
        });
        // A closed pipe shows again, and is dealt with, when the result is written.
        let _ = output::line(&value.to_string());
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn left(job: &Job) -> String {
    let rate = if job.rate > 0.0 {
        format!("{:.1}x", job.rate)
    } else {
        String::new()
    };
    match job.seconds_left() {
        Some(seconds) => format!("{rate}  {} left", output::duration(seconds)),
        None => rate,
    }
}

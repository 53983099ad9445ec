//! Progress on stderr: a bar on a terminal, one JSON object a line on stdout with `--json` (ten a second
//! at most, the result included), and nothing but the end elsewhere.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::shape;
use crate::cli::output::{self, Output};
use crate::model::Job;
use crate::model::job::Stage;

/// Time between two JSON lines, unless a file is where none has been.
const PAUSE: Duration = Duration::from_millis(200);
/// So many in any second, which leaves room for the last line and the result.
const MOST_A_SECOND: usize = 8;
const SECOND: Duration = Duration::from_secs(1);

/// Nobody may look at the bar, or there is none.
const DIALOG: &str = "pt-stem: Pro Tools shows a dialog and waits for an answer: answer it at its screen, the job then goes on\n";

/// Shows one job's progress.
pub struct Progress {
    output: Output,
    bar: ProgressBar,
    lines: Lines,
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
            lines: Lines::default(),
            in_dialog: false,
        }
    }

    /// Takes the job as it is now. Returns after which time it wants to see it again, changed or not.
    pub fn show(&mut self, job: &Job) -> Option<Duration> {
        if self.output.json {
            let stages: Vec<Stage> = job.items.iter().map(|item| item.stage).collect();
            let line = || shape::progress(job).to_string();
            let now = Instant::now();
            return match self.lines.take(&stages, job.state.is_over(), now, line) {
                Turn::Tell(line) => {
                    // A closed pipe shows again, and is dealt with, when the result is written.
                    let _ = output::line(&line);
                    None
                }
                Turn::Later(wait) => Some(wait),
                Turn::Known => None,
            };
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
        None
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Which states of a job become lines: the first and the last, each in which some file is in a stage that
/// none was in before, and of the others the newest now and then.
#[derive(Debug, Default)]
struct Lines {
    /// When there were lines, the latest last; no more than the last second's.
    told: VecDeque<Instant>,
    last: String,
    /// Stages that lines have told of.
    seen: Vec<Stage>,
}

#[derive(Debug, PartialEq)]
enum Turn {
    Tell(String),
    Later(Duration),
    /// The last line said the same.
    Known,
}

impl Lines {
    /// Takes the stages of a job's files; `line` makes the line.
    fn take(
        &mut self,
        stages: &[Stage],
        is_over: bool,
        now: Instant,
        line: impl FnOnce() -> String,
    ) -> Turn {
        let wait = self.wait(stages, now);
        if let Some(wait) = wait.filter(|_| !is_over) {
            return Turn::Later(wait);
        }
        let line = line();
        if line == self.last {
            return Turn::Known;
        }
        self.told.push_back(now);
        self.last.clone_from(&line);
        for stage in stages {
            if !self.seen.contains(stage) {
                self.seen.push(*stage);
            }
        }
        Turn::Tell(line)
    }

    /// How long it is too early.
    fn wait(&mut self, stages: &[Stage], now: Instant) -> Option<Duration> {
        let ago = |then: &Instant| now.saturating_duration_since(*then);
        while self.told.front().is_some_and(|first| ago(first) >= SECOND) {
            self.told.pop_front();
        }
        if self.told.len() >= MOST_A_SECOND {
            return self.told.front().map(|first| SECOND - ago(first));
        }
        if stages.iter().any(|stage| !self.seen.contains(stage)) {
            return None;
        }
        let pause = PAUSE.checked_sub(ago(self.told.back()?));
        pause.filter(|pause| !pause.is_zero())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn look(lines: &mut Lines, stages: &[Stage], is_over: bool, now: Instant) -> Turn {
        let line = || format!("{stages:?} {is_over}");
        lines.take(stages, is_over, now, line)
    }

    /// The lines of a job that passes through its stages, file by file, a change every `step`.
    fn told(files: usize, step: Duration) -> Vec<(Instant, String)> {
        let (mut stages, mut lines) = (vec![Stage::Waiting; files], Lines::default());
        let (mut now, mut told, mut due) = (Instant::now(), Vec::new(), None::<Instant>);
        let mut look = |stages: &[Stage], is_over, now| match look(&mut lines, stages, is_over, now)
        {
            Turn::Tell(line) => {
                told.push((now, line));
                None
            }
            Turn::Later(wait) => Some(now + wait),
            Turn::Known => None,
        };
        look(&stages, false, now);
        for stage in [Stage::Printing, Stage::Verifying, Stage::Done] {
            for file in 0..files {
                let next = now + step;
                if let Some(due) = due.filter(|due| *due < next) {
                    look(&stages, false, due);
                }
                now = next;
                stages[file] = stage;
                due = look(&stages, false, now);
            }
        }
        look(&stages, true, now);
        told
    }

    #[test]
    fn lines_are_few_and_the_first_the_last_and_every_stage_are_told() {
        for (files, step) in [(1, 1), (12, 1), (12, 30), (500, 1), (500, 7), (3, 400)] {
            let told = told(files, Duration::from_millis(step));
            for (at, _) in &told {
                let second = told.iter().filter(|(t, _)| t >= at && *t < *at + SECOND);
                // The result makes ten of them.
                assert!(second.count() <= 9, "{files} files, one every {step} ms");
            }
            for stage in ["Waiting", "Printing", "Verifying", "Done"] {
                assert!(told.iter().any(|(_, line)| line.contains(stage)), "{stage}");
            }
            assert_eq!(
                told[0].1,
                format!("{:?} false", vec![Stage::Waiting; files])
            );
            let last = &told.last().unwrap().1;
            assert_eq!(*last, format!("{:?} true", vec![Stage::Done; files]));
        }
    }

    #[test]
    fn what_was_held_back_is_told_when_its_time_comes_and_once() {
        let (mut lines, now) = (Lines::default(), Instant::now());
        let all = [Stage::Waiting, Stage::Printing, Stage::Done];
        assert!(matches!(look(&mut lines, &all, false, now), Turn::Tell(_)));
        let (older, newer) = ([Stage::Waiting; 3], [Stage::Printing; 3]);
        for held in [older, newer] {
            assert_eq!(look(&mut lines, &held, false, now), Turn::Later(PAUSE));
        }
        let due = look(&mut lines, &newer, false, now + PAUSE);
        assert_eq!(due, Turn::Tell(format!("{newer:?} false")));
        let again = look(&mut lines, &newer, false, now + 3 * PAUSE);
        assert_eq!(again, Turn::Known);
    }
}

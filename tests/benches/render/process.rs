//! Whole processes, one after the other in turns: wall clock, processor time, memory.

use std::process::{Command, Stdio};
use std::time::Instant;

/// A shell command that is measured.
pub struct Program {
    name: String,
    script: String,
    /// Done before it, unmeasured.
    before: Option<String>,
}

/// Of one run, or the medians of several. Seconds and mebibytes; processor time and memory are 0
/// where `/usr/bin/time` is not installed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    pub wall: f64,
    pub cpu: f64,
    pub peak: f64,
}

impl Program {
    pub fn new(name: &str, script: String) -> Self {
        Self {
            name: name.to_owned(),
            script,
            before: None,
        }
    }

    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub fn after(mut self, before: String) -> Self {
        self.before = Some(before);
        self
    }

    fn run(&self) -> Sample {
        if let Some(before) = &self.before {
            let _ = Command::new("sh").args(["-c", before]).status();
        }
        let timer = std::path::Path::new("/usr/bin/time");
        let mut command = if timer.exists() {
            let mut command = Command::new(timer);
            command.args(["-f", "measured %U %S %M", "sh", "-c", &self.script]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", &self.script]);
            command
        };
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let began = Instant::now();
        let output = command.output().expect("a shell");
        let wall = began.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", self.name);
        let line = said.lines().rfind(|line| line.starts_with("measured"));
        let figures: Vec<f64> = line
            .into_iter()
            .flat_map(|line| line.split_whitespace().skip(1))
            .filter_map(|word| word.parse().ok())
            .collect();
        match figures.as_slice() {
            [user, system, peak] => Sample {
                wall,
                cpu: user + system,
                peak: peak / 1024.0,
            },
            _ => Sample {
                wall,
                ..Sample::default()
            },
        }
    }
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Runs all programs once for warmth and then `rounds` times in turns. Ratios are to the first one, taken
/// inside each round. Gives the medians.
pub fn table(programs: &[Program], rounds: usize) -> Vec<Sample> {
    let mut samples = vec![Vec::new(); programs.len()];
    for round in 0..=rounds {
        for (program, samples) in programs.iter().zip(&mut samples) {
            let sample = program.run();
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    println!(
        "{:28} {:>8} {:>16} {:>8} {:>8}  {:>10} {:>10}",
        "", "wall s", "", "cpu s", "peak MB", "wall ratio", "cpu ratio"
    );
    let first = samples.first().cloned().unwrap_or_default();
    let medians = programs.iter().zip(&samples).map(|(program, samples)| {
        let of = |get: fn(&Sample) -> f64| median(samples.iter().map(get));
        let ratio = |get: fn(&Sample) -> f64| {
            median(samples.iter().zip(&first).map(|(a, b)| get(a) / get(b)))
        };
        let walls = samples.iter().map(|sample| sample.wall);
        let (low, high) = walls.fold((f64::MAX, 0.0_f64), |(low, high), wall| {
            (low.min(wall), high.max(wall))
        });
        let sample = Sample {
            wall: of(|s| s.wall),
            cpu: of(|s| s.cpu),
            peak: of(|s| s.peak),
        };
        println!(
            "{:28} {:8.3} {:>16} {:8.3} {:8.1}  {:10.2} {:10.2}",
            program.name,
            sample.wall,
            format!("({low:.3}..{high:.3})"),
            sample.cpu,
            sample.peak,
            ratio(|s| s.wall),
            ratio(|s| s.cpu),
        );
        sample
    });
    medians.collect()
}

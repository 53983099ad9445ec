//! Lengths and starts.

use std::collections::BTreeMap;

use super::format::most;
use super::gather::Heard;
use super::{Case, Outcome, error};
use crate::model::Finding;
use crate::model::text::clean;
use crate::plan::presets::{Checks, EqualLength};

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    let none = Checks::default();
    let checks = case.preset().map_or(&none, |preset| &preset.checks);
    outcome.findings.extend(lengths(case, checks));
    outcome.findings.extend(exact(case, checks));
    outcome.findings.extend(starts(case, checks));
}

/// A count of frames at a rate: files of another rate are as long where they last as long.
fn scaled(frames: u64, rate: u32) -> u128 {
    // Every usual rate divides this.
    const COMMON: u128 = 28_224_000;
    u128::from(frames) * COMMON / u128::from(rate.max(1))
}

fn lengths(case: &Case<'_>, checks: &Checks) -> Vec<Finding> {
    let mut groups: BTreeMap<String, Vec<(&Heard, u64)>> = BTreeMap::new();
    for (set, measured) in case.heard() {
        let group = match checks.equal_length {
            EqualLength::Off => set.name.clone(),
            EqualLength::ByVersion => set.version().unwrap_or_default().to_lowercase(),
            EqualLength::All => String::new(),
        };
        let files = set.files(case.files()).into_iter();
        groups
            .entry(group)
            .or_default()
            .extend(files.zip(measured.frames.iter().copied()));
    }
    let mut found = Vec::new();
    for files in groups.values() {
        let of = |(file, frames): &(&Heard, u64)| scaled(*frames, file.info.sample_rate);
        let Some(usual) = most(files.iter().map(of)) else {
            continue;
        };
        let frames_of = files.iter().find(|file| of(file) == usual);
        let usual_frames = frames_of.map_or(0, |(_, frames)| *frames);
        for (file, frames) in files {
            if *frames == 0 {
                let text = format!("'{}' holds no samples", clean(&file.name));
                found.push(error("empty", text).file(&file.name).fix("print it again"));
            } else if of(&(*file, *frames)) != usual {
                let text = format!(
                    "'{}' has {frames} frames, and the others have {usual_frames}",
                    clean(&file.name)
                );
                let fix = "print all files over one range";
                found.push(error("length", text).file(&file.name).fix(fix));
            }
        }
    }
    found
}

/// Versions whose names are their lengths.
fn exact(case: &Case<'_>, checks: &Checks) -> Vec<Finding> {
    let mut found = Vec::new();
    for (set, measured) in case.heard() {
        let seconds = set
            .version()
            .and_then(|version| version.parse::<u32>().ok());
        let Some(seconds) = seconds.filter(|s| checks.exact_seconds.contains(s)) else {
            continue;
        };
        for (file, frames) in set.files(case.files()).into_iter().zip(&measured.frames) {
            let wanted = u64::from(seconds) * u64::from(file.info.sample_rate);
            if *frames != wanted {
                let text = format!(
                    "'{}' has {frames} frames, and {seconds} s are {wanted}",
                    clean(&file.name)
                );
                let fix = format!("print exactly {seconds} s");
                found.push(error("exact_length", text).file(&file.name).fix(fix));
            }
        }
    }
    found
}

/// The time stamp that files ought to have, in frames of this rate: that of most files, where there is
/// one.
pub fn usual_start(files: &[Heard], rate: u32) -> Option<u64> {
    let stamped = files
        .iter()
        .filter_map(|file| Some(scaled(file.info.time_reference?, file.info.sample_rate)));
    let usual = most(stamped)?;
    let same = |file: &&Heard| {
        let at = file.info.time_reference;
        at.is_some_and(|at| scaled(at, file.info.sample_rate) == usual)
    };
    let file = files.iter().find(same)?;
    let at = u128::from(file.info.time_reference?);
    let frames = at * u128::from(rate) / u128::from(file.info.sample_rate.max(1));
    u64::try_from(frames).ok()
}

fn starts(case: &Case<'_>, checks: &Checks) -> Vec<Finding> {
    let files = case.files();
    let mut found = Vec::new();
    let is_needed = checks.needs_start || checks.start.is_some();
    let any = files.iter().any(|file| file.info.time_reference.is_some());
    for file in files {
        let rate = file.info.sample_rate;
        let name = clean(&file.name);
        let Some(at) = file.info.time_reference else {
            if is_needed || any {
                let why = match any {
                    true => "the others have one",
                    false => "one is asked for",
                };
                let text = format!("'{name}' has no time stamp (bext), and {why}");
                let fix = "pt-stem lint --fix writes it where the length is that of the others";
                found.push(error("no_start", text).file(&file.name).fix(fix));
            }
            continue;
        };
        let usual = usual_start(files, rate);
        if usual.is_some_and(|usual| usual != at) {
            let text = format!(
                "'{name}' starts at frame {at} of the day, and the others at {}",
                usual.unwrap_or_default()
            );
            let fix = "print all files over one range; pt-stem lint --fix writes the stamp of the others where the length is theirs";
            found.push(error("start", text).file(&file.name).fix(fix));
        } else if let Some(start) = &checks.start
            && !begins(start, at, rate, checks.head_seconds)
        {
            let text = format!(
                "'{name}' starts {}, and {start} is asked for",
                clock(at, rate)
            );
            let fix = "set the session start and print again, or pt-stem lint --fix to write the stamp alone";
            found.push(error("start_asked", text).file(&file.name).fix(fix));
        }
    }
    found
}

/// The seconds of a timecode `HH:MM:SS:FF`, without its frames.
pub fn seconds_of(timecode: &str) -> u64 {
    let parts = timecode.split([':', ';']).take(3);
    parts.fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap_or(0))
}

/// Whether a stamp is a timecode, or at most `head` seconds before it. Timecode at 23.976 and 29.97 fps
/// runs slower than the clock.
fn begins(timecode: &str, at: u64, rate: u32, head: f64) -> bool {
    let start = seconds_of(timecode) as f64;
    let is = at as f64;
    let rate = f64::from(rate);
    [1.0, 1.001].iter().any(|pull| {
        let wanted = start * pull * rate;
        (wanted - head * rate - 1.0..=wanted + 1.0).contains(&is)
    })
}

/// Whether a stamp is the one that the preset asks for, where it asks for one.
pub fn is_asked_start(case: &Case<'_>, at: u64, rate: u32) -> bool {
    let checks = case.preset().map(|preset| &preset.checks);
    checks.is_none_or(|checks| {
        let start = checks.start.as_deref();
        start.is_none_or(|start| begins(start, at, rate, checks.head_seconds))
    })
}

/// Names of the files whose stamps are wrong or missing.
pub fn wrong_starts(case: &Case<'_>) -> Vec<String> {
    let none = Checks::default();
    let checks = case.preset().map_or(&none, |preset| &preset.checks);
    let found = starts(case, checks).into_iter();
    found.filter_map(|finding| finding.file).collect()
}

fn clock(at: u64, rate: u32) -> String {
    let rate = u64::from(rate.max(1));
    let seconds = at / rate;
    format!(
        "{:02}:{:02}:{:02} and {} frames after midnight",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        at % rate
    )
}

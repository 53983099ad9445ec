//! Lengths and starts.

use std::collections::BTreeMap;

use super::format::most;
use super::gather::Heard;
use super::sets::Set;
use super::{Case, Outcome, error};
use crate::model::Finding;
use crate::model::text::clean;
use crate::model::timecode::{Timecode, TimecodeRate};
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
            && !begins(case, file, start, at, checks.head_seconds)
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

/// The frame rates that a file's name leaves open; those of other files where its own says none.
fn rates_of(case: &Case<'_>, name: &str) -> Vec<TimecodeRate> {
    let said = |set: &&Set| set.said.as_ref()?.get("fps").map(str::to_owned);
    let holds = |set: &&Set| set.files(case.files()).iter().any(|file| file.name == name);
    let own = case.sets.iter().find(holds).and_then(|set| said(&set));
    let fps = own.or_else(|| most(case.sets.iter().filter_map(|set| said(&set))));
    match fps.as_deref() {
        Some("23976") => vec![TimecodeRate::Fps23976],
        Some("2997") => vec![TimecodeRate::Fps2997, TimecodeRate::Fps2997Drop],
        Some(_) => vec![TimecodeRate::Fps30],
        None => vec![
            TimecodeRate::Fps30,
            TimecodeRate::Fps2997,
            TimecodeRate::Fps2997Drop,
        ],
    }
}

/// The frames of the day at which a timecode may stand in a file: one where its name tells the frame rate
/// and that decides.
pub fn places(case: &Case<'_>, file: &Heard, timecode: &str) -> Vec<u64> {
    let rates = rates_of(case, &file.name).into_iter();
    let labels = rates.filter_map(|rate| Timecode::parse(timecode, rate).ok());
    labels
        .map(|label| label.sample(file.info.sample_rate))
        .collect()
}

/// Whether a stamp is a timecode, or at most `head` seconds before it.
fn begins(case: &Case<'_>, file: &Heard, timecode: &str, at: u64, head: f64) -> bool {
    let head = (head * f64::from(file.info.sample_rate)).round() as u64;
    let mut places = places(case, file, timecode).into_iter();
    places.any(|place| (place.saturating_sub(head + 1)..=place + 1).contains(&at))
}

/// Whether a stamp is the one that the preset asks for, where it asks for one.
pub fn is_asked_start(case: &Case<'_>, file: &Heard, at: u64) -> bool {
    let checks = case.preset().map(|preset| &preset.checks);
    checks.is_none_or(|checks| {
        let start = checks.start.as_deref();
        start.is_none_or(|start| begins(case, file, start, at, checks.head_seconds))
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

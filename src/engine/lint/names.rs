//! Names: legal on all systems, unique, in the preset's letters and pattern, and true.

use std::collections::HashMap;

use super::sets::{Set, without_ending};
use super::{Case, Outcome, error, warning};
use crate::model::Finding;
use crate::model::Level;
use crate::model::file_name::{self, sanitize};
use crate::model::text::clean;
use crate::plan::presets::Split;

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for file in case.files() {
        let name = file.name.as_str();
        outcome.findings.extend(legal(name));
        outcome.findings.extend(ending_case(name, case));
        if let Some(other) = seen.insert(file_name::key(name), name) {
            let text = format!(
                "'{}' and '{}' are one name on macOS and Windows",
                clean(other),
                clean(name)
            );
            let fix = "rename one of them";
            outcome
                .findings
                .push(error("name_collision", text).file(name).fix(fix));
        }
        if let Some(letter) = case.shape.foreign(without_ending(name)) {
            let text = format!("'{}' has {} in its name", clean(name), letter_text(letter));
            let fix = charset_fix(case);
            outcome
                .findings
                .push(error("name_letters", text).file(name).fix(fix));
        }
    }
    for set in &case.sets {
        outcome.findings.extend(sides(case, set));
        outcome.findings.extend(pattern(case, set));
        outcome.findings.extend(tokens(case, set));
    }
}

fn letter_text(letter: char) -> String {
    match letter {
        ' ' => "a blank".to_owned(),
        letter if letter.is_control() => "a control character".to_owned(),
        letter => format!("'{letter}'"),
    }
}

fn charset_fix(case: &Case<'_>) -> String {
    let charset = case
        .preset()
        .and_then(|preset| preset.naming.charset.as_deref());
    format!(
        "allowed are {}; pt-stem lint --fix renames it",
        charset.unwrap_or_default()
    )
}

fn legal(name: &str) -> Option<Finding> {
    let is_legal = sanitize(name, file_name::LONGEST) == name
        && without_ending(name).trim() == without_ending(name);
    (!is_legal).then(|| {
        let text = format!("'{}' is no legal name on all systems", clean(name));
        let fix = "take out control characters, \\ / : * ? \" < > | and blanks at the ends; pt-stem lint --fix renames it";
        error("name_illegal", text).file(name).fix(fix)
    })
}

fn ending_case(name: &str, case: &Case<'_>) -> Option<Finding> {
    let (_, ending) = name.rsplit_once('.')?;
    let is_lower = ending.chars().all(|c| !c.is_uppercase());
    (!is_lower).then(|| {
        let level = match case.preset() {
            Some(_) => Level::Warning,
            None => Level::Note,
        };
        let text = format!("'{}' ends in capital letters", clean(name));
        Finding::new(level, "ending_case", text)
            .file(name)
            .fix("write the ending small; pt-stem lint --fix renames it")
    })
}

fn sides(case: &Case<'_>, set: &Set) -> Vec<Finding> {
    let is_asked = case
        .preset()
        .is_some_and(|preset| preset.format.split == Split::Each);
    let bad = set.parts.iter().filter(|part| !part.is_written_well);
    bad.filter(|_| is_asked)
        .filter_map(|part| {
            let file = case.files().get(part.file)?;
            let (_, side) = part.side?;
            let text = format!("'{}' does not end in .{side}", clean(&file.name));
            let fix = format!(
                "name it {}.{side}.wav; pt-stem lint --fix renames it",
                clean(&set.name)
            );
            Some(
                error("side_name", text)
                    .file(&file.name)
                    .stem(&set.stem)
                    .fix(fix),
            )
        })
        .collect()
}

fn pattern(case: &Case<'_>, set: &Set) -> Option<Finding> {
    if !case.shape.has_pattern() || set.said.is_some() {
        return None;
    }
    let pattern = case.preset()?.naming.pattern.as_deref()?;
    let pattern = pattern.replace('|', " or ");
    let text = format!("'{}' is not named as asked", clean(&set.name));
    let fix = format!("name it {pattern}");
    Some(error("name_pattern", text).file(case.name(set)).fix(fix))
}

/// A token, what the file has, and whether the token's text says so.
type Claim<'a> = (&'a str, String, &'a dyn Fn(&str) -> bool);

/// What a name says of its file, and is not so.
fn tokens(case: &Case<'_>, set: &Set) -> Vec<Finding> {
    let (Some(said), Some(file)) = (&set.said, set.first(case.files())) else {
        return Vec::new();
    };
    let khz = f64::from(file.info.sample_rate) / 1000.0;
    let number = |text: &str| text.replace('_', ".").parse::<f64>().ok();
    let is_khz = |text: &str| {
        let plain = number(text);
        // 44.1 is written 441, too.
        let short = plain.map(|n| n / 10.0);
        [plain, short].contains(&Some(khz))
    };
    let channels = set
        .layout
        .chars()
        .filter_map(|c| c.to_digit(10))
        .sum::<u32>();
    let is_field = |text: &str| text.replace('.', "") == set.layout.replace('.', "");
    let checks: [Claim<'_>; 7] = [
        ("khz", format!("{khz} kHz"), &is_khz),
        ("rate", format!("{} Hz", file.info.sample_rate), &|text| {
            number(text) == Some(f64::from(file.info.sample_rate))
        }),
        ("bits", format!("{} bits", file.info.bits), &|text| {
            text.trim_end_matches('f') == file.info.bits.to_string()
        }),
        ("channels", format!("{channels} channels"), &|text| {
            number(text) == Some(f64::from(channels))
        }),
        ("field", set.layout.clone(), &is_field),
        ("layout", set.layout.clone(), &is_field),
        (
            "tc",
            "another start in its bext chunk".to_owned(),
            &|text| {
                file.info
                    .time_reference
                    .is_none_or(|at| starts_at(text, at, file.info.sample_rate))
            },
        ),
    ];
    let wrong = checks.into_iter().filter_map(|(token, is, holds)| {
        let text = said.get(token).filter(|text| !holds(text))?;
        let text = format!(
            "'{}' says {token} {text}, and it has {is}",
            clean(&file.name)
        );
        Some(
            error("name_token", text)
                .file(&file.name)
                .stem(&set.stem)
                .fix("correct the name, or print the file as its name says"),
        )
    });
    wrong.collect()
}

/// Whether a timecode of a name and a stamp are the same second. Real seconds of 29.97 and 23.976 non-drop
/// are longer.
fn starts_at(text: &str, at: u64, rate: u32) -> bool {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().unwrap_or(0));
    let seconds = parts
        .by_ref()
        .take(3)
        .fold(0, |seconds, part| seconds * 60 + part);
    let is = at as f64 / f64::from(rate.max(1));
    [1.0, 1.001].iter().any(|pull| {
        let from = seconds as f64 * pull;
        (from - 0.01..from + 1.01).contains(&is)
    })
}

/// Two files with the same sound.
pub fn same_sound(case: &Case<'_>) -> Vec<Finding> {
    let mut seen: HashMap<(u32, u64, u16), &Set> = HashMap::new();
    let mut found = Vec::new();
    for (set, measured) in case.heard() {
        let frames = measured.frames.iter().copied().max().unwrap_or(0);
        if measured.is_silent() || frames == 0 {
            continue;
        }
        let Some(other) = seen.insert((measured.mark, frames, set.channels), set) else {
            continue;
        };
        let text = format!(
            "'{}' and '{}' have the same sound",
            clean(&other.name),
            clean(&set.name)
        );
        let fix = "look which of them was printed under a wrong name";
        found.push(
            warning("same_sound", text)
                .file(case.name(set))
                .stem(&set.stem)
                .fix(fix),
        );
    }
    found
}

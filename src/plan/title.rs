//! Gives the files of a draft their names: patterns, tokens, collisions, files that are there
//! already.

use std::collections::{HashMap, HashSet};

use super::draft::{Chosen, Draft};
use super::naming::{Pattern, PatternError, Values, Wanted, name_all};
use super::output::FILE_PATTERN;
use super::presets;
use crate::model::file_name::{self, sanitize};
use crate::model::plan::PlannedStem;
use crate::model::stem::{OnExisting, StemSpec};
use crate::model::text::fit;
use crate::model::{Finding, Level};

/// Sets `file` of every stem and of the other files, which come after them. A stem whose pattern is wrong gets its own name, and
/// an error.
pub(super) fn name_files<'f>(
    draft: &mut Draft<'_>,
    chosen: &[Chosen<'_>],
    stems: &'f mut [PlannedStem],
    others: impl Iterator<Item = &'f mut PlannedStem>,
) {
    let none = StemSpec::default();
    let mut numbered: Vec<(usize, &StemSpec, &mut PlannedStem)> = chosen
        .iter()
        .zip(stems)
        .map(|(chosen, stem)| (chosen.index + 1, chosen.spec, stem))
        .collect();
    let last = chosen.iter().map(|chosen| chosen.index + 1).max();
    let numbers = last.unwrap_or(0) + 1..;
    numbered.extend(
        numbers
            .zip(others)
            .map(|(number, file)| (number, &none, file)),
    );
    let patterns: Vec<Result<Pattern, PatternError>> = numbered
        .iter()
        .map(|(_, own, _)| Pattern::parse(pattern_text(draft, own.file.as_ref())))
        .collect();
    let fallback = Pattern::stem();
    let common = common(draft);
    let mut wanted: Vec<Wanted<'_>> = numbered
        .iter()
        .zip(&patterns)
        .map(|((number, own, stem), pattern)| Wanted {
            pattern: pattern.as_ref().unwrap_or(&fallback),
            values: legal(draft, values(&common, *number, stem)),
            extension: stem.format.extension(),
            channels: draft.split(own.split, stem),
        })
        .collect();
    let existing: HashSet<String> = draft
        .around
        .existing
        .iter()
        .map(|name| file_name::key(name))
        .collect();
    let (names, version) = name_all(&mut wanted, draft.output.on_existing, &existing);
    let mut said: HashSet<String> = HashSet::new();
    for (((_, _, stem), pattern), name) in numbered.iter_mut().zip(&patterns).zip(names) {
        let shown = fit(&stem.name, 60);
        match name {
            Ok((names, cut)) => {
                let mut names = names.into_iter();
                stem.file = names.next().unwrap_or_default();
                stem.more_files = names.collect();
                if cut {
                    draft.findings.push(shortened(stem));
                }
            }
            Err(error) => {
                let plain = sanitize(&stem.name, 200);
                stem.file = format!("{plain}.{}", stem.format.extension());
                if said.insert(error.to_string()) {
                    draft.findings.push(wrong(&error).stem(&stem.name));
                }
            }
        }
        if let Err(error) = pattern
            && said.insert(error.to_string())
        {
            draft.findings.push(wrong(error).stem(shown));
        }
    }
    let files: Vec<&PlannedStem> = numbered.iter().map(|(_, _, stem)| &**stem).collect();
    let mut findings = collisions(&files);
    let own = draft.around.own_audio.iter();
    let own: HashSet<String> = own.map(|name| file_name::key(name)).collect();
    findings.extend(present(&files, draft.output.on_existing, &existing, &own));
    if version > 1 {
        findings.push(Finding::new(
            Level::Note,
            "new_version",
            format!("files of these names exist; this is version {version}"),
        ));
    }
    draft.findings.extend(findings);
}

/// The stem's own pattern, else the command line's, else the recipe's.
fn pattern_text<'d>(draft: &'d Draft<'_>, own: Option<&'d String>) -> &'d str {
    own.or(draft.overrides.file.as_ref())
        .or(draft.spec.file.as_ref())
        .map_or(FILE_PATTERN, String::as_str)
}

/// What the tokens stand for that are the same for all files.
fn common(draft: &Draft<'_>) -> Values {
    let start = draft.session.info.ruler.timecode_at(draft.range.start);
    let tempo = draft.spec.tempo.as_ref().map(|tempo| match tempo {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let fps = draft.session.info.ruler.rate.text();
    let fps: String = fps.chars().filter(char::is_ascii_digit).collect();
    let mut values = Values::from([
        ("session", draft.session.info.name.clone()),
        ("rate", draft.output.rate.to_string()),
        ("khz", khz(draft.output.rate)),
        ("fps", fps),
        ("tc", start.to_string().replace([':', ';'], "-")),
    ]);
    let date = Some(draft.around.date.clone()).filter(|date| !date.is_empty());
    for (token, value) in [
        ("date", date),
        ("rev", draft.spec.rev.clone()),
        ("title", draft.spec.title.clone()),
        ("tempo", tempo),
    ] {
        if let Some(value) = value {
            values.insert(token, value);
        }
    }
    values
}

fn values(common: &Values, number: usize, stem: &PlannedStem) -> Values {
    let mut values = common.clone();
    values.extend([
        ("stem", stem.name.clone()),
        ("n", number.to_string()),
        ("bits", stem.bits.bits().to_string()),
        ("ch", stem.channel_count.to_string()),
    ]);
    values.extend(stem.kind.clone().map(|kind| ("type", kind)));
    values
}

/// The values in the letters that the preset allows.
fn legal(draft: &Draft<'_>, mut values: Values) -> Values {
    if let Some(charset) = draft.preset.and_then(|p| p.naming.charset.as_deref()) {
        for value in values.values_mut() {
            *value = presets::names::legal(value, charset);
        }
    }
    values
}

/// Thousands of Hz: 48, 44.1.
fn khz(rate: u32) -> String {
    (f64::from(rate) / 1000.0).to_string()
}

fn wrong(error: &PatternError) -> Finding {
    let fix = match error {
        PatternError::UnknownToken {
            nearest: Some(near),
            ..
        } => {
            format!("did you mean '{{{near}}}'?")
        }
        PatternError::UnknownToken { .. } => {
            format!("known are {}", super::naming::TOKENS.join(", "))
        }
        PatternError::Unset { token } if token == "type" => "give the stem a 'type'".to_owned(),
        PatternError::Unset { token } => format!("set '{token}' in [output]"),
        PatternError::Folder(_) => "choose the folder with 'root' or --out".to_owned(),
        _ => "correct the file name pattern".to_owned(),
    };
    let code = match error {
        PatternError::UnknownToken { .. } => "unknown_token",
        PatternError::Unset { .. } => "unset_token",
        _ => "bad_pattern",
    };
    Finding::new(Level::Error, code, error.to_string()).fix(fix)
}

fn shortened(stem: &PlannedStem) -> Finding {
    Finding::new(
        Level::Note,
        "name_shortened",
        format!(
            "the file name of stem '{}' is too long and was cut",
            fit(&stem.name, 60)
        ),
    )
    .stem(&stem.name)
    .file(&stem.file)
    .fix("give it a shorter name if the cut one does not please")
}

fn collisions(files: &[&PlannedStem]) -> Vec<Finding> {
    let mut taken: HashMap<String, &PlannedStem> = HashMap::new();
    let mut findings = Vec::new();
    let written = files
        .iter()
        .flat_map(|stem| stem.written().map(|file| (*stem, file)));
    for (stem, file) in written {
        if let Some(first) = taken.insert(file_name::key(file), stem) {
            findings.push(
                Finding::new(
                    Level::Error,
                    "name_collision",
                    format!(
                        "'{}' and '{}' would both be written to '{}'",
                        fit(&first.name, 60),
                        fit(&stem.name, 60),
                        file
                    ),
                )
                .stem(&stem.name)
                .file(file)
                .fix("let the pattern hold {stem} or {n}, or rename one of them"),
            );
        }
    }
    findings
}

fn present(
    files: &[&PlannedStem],
    on_existing: OnExisting,
    existing: &HashSet<String>,
    own: &HashSet<String>,
) -> Vec<Finding> {
    let written = files
        .iter()
        .flat_map(|stem| stem.written().map(move |file| (stem, file)));
    let there = written.filter(|(_, file)| existing.contains(&file_name::key(file)));
    there
        .map(|(stem, file)| {
            let (level, code, text, fix) = match on_existing {
                OnExisting::Replace if own.contains(&file_name::key(file)) => (
                    Level::Error,
                    "session_audio",
                    "is audio of the session and is not replaced",
                    "print into another folder with --out, or with --on-existing version",
                ),
                OnExisting::Replace => (
                    Level::Note,
                    "replaces",
                    "exists and will be replaced",
                    "choose 'version' to keep both",
                ),
                _ => (
                    Level::Error,
                    "file_exists",
                    "exists already",
                    "use --on-existing version or replace, or another folder",
                ),
            };
            Finding::new(level, code, format!("'{file}' {text}"))
                .stem(&stem.name)
                .file(file)
                .fix(fix)
        })
        .collect()
}

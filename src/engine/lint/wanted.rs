//! Stems that are asked for and missing, and those that nobody asked for.

use super::sets::Set;
use super::{Case, Outcome, error, warning};
use crate::model::Finding;
use crate::model::file_name;
use crate::model::text::clean;
use crate::plan::presets::Preset;
use crate::plan::presets::names::Kind;

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    outcome.findings.extend(twins(case));
    let Some(preset) = case.preset() else {
        return;
    };
    outcome.findings.extend(missing(case, preset));
    outcome.findings.extend(unknown(case, preset));
    let stems = case.of_kind(Kind::Stem).count();
    if let Some(most) = preset.checks.most_stems.filter(|most| stems > *most) {
        let text = format!("there are {stems} stems, and at most {most} are asked for");
        let fix = "print fewer, larger groups";
        outcome
            .findings
            .push(error("too_many_stems", text).fix(fix));
    }
    if preset.checks.needs_mix
        && case.of_kind(Kind::Mix).next().is_none()
        && case.question.mix.is_none()
    {
        let text = "there is no mix".to_owned();
        let fix = "print it with --mix";
        outcome.findings.push(error("missing_mix", text).fix(fix));
    }
    if preset.checks.needs_manifest && !case.folder.has_manifest() {
        let text = "there is no manifest.json".to_owned();
        let fix = "print the stems with pt-stem, which writes one";
        outcome
            .findings
            .push(error("missing_manifest", text).fix(fix));
    }
    if preset.checks.twin {
        outcome.findings.extend(stereo_twins(case));
    }
}

fn missing(case: &Case<'_>, preset: &Preset) -> Vec<Finding> {
    let layouts: Vec<Option<&str>> = match preset.stems.every_layout {
        true => preset
            .format
            .layouts
            .iter()
            .map(|l| Some(l.as_str()))
            .collect(),
        false => vec![None],
    };
    let mut found = Vec::new();
    for glob in case.shape.required() {
        for layout in &layouts {
            let is_it = |set: &&Set| {
                glob.matches(&set.stem) && layout.is_none_or(|layout| set.layout == layout)
            };
            if case.sets.iter().any(|set| is_it(&set)) {
                continue;
            }
            let in_layout = layout.map_or_else(String::new, |layout| format!(" in {layout}"));
            let text = format!("the stem '{}' is missing{in_layout}", glob.text);
            let fix = "print it, or correct the name of the file that holds it";
            found.push(error("missing_stem", text).stem(&glob.text).fix(fix));
        }
    }
    found
}

fn unknown(case: &Case<'_>, preset: &Preset) -> Vec<Finding> {
    // What is named wrongly has been told.
    let named = case
        .sets
        .iter()
        .filter(|set| !case.shape.has_pattern() || set.said.is_some());
    named
        .filter(|set| preset.stems.closed && !case.shape.knows(&set.stem))
        .map(|set| {
            let lists = [
                &preset.stems.required,
                &preset.stems.optional,
                &preset.stems.mixes,
            ];
            let known: Vec<&str> = lists.into_iter().flatten().map(String::as_str).collect();
            let text = format!("nobody asked for the stem '{}'", clean(&set.stem));
            error("unknown_stem", text)
                .file(case.name(set))
                .stem(&set.stem)
                .fix(format!("asked for are {}", known.join(", ")))
        })
        .collect()
}

/// Two sets that say they are the same stem of the same layout.
fn twins(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, set) in case.sets.iter().enumerate() {
        let Some(said) = &set.said else { continue };
        let key = |set: &Set| (file_name::key(&set.stem), set.layout.clone());
        let others = case.sets.iter().take(index);
        let mut others = others.filter(|other| {
            let same_rest = other.said.as_ref().is_some_and(|other| {
                let rest = |token: &str| {
                    other.get(token).map(str::to_lowercase)
                        == said.get(token).map(str::to_lowercase)
                };
                [
                    "version",
                    "cue",
                    "song",
                    "title",
                    "season_ep",
                    "track",
                    "ep",
                    "side",
                ]
                .iter()
                .all(|token| rest(token))
            });
            same_rest && key(other) == key(set) && said.get("stem").is_some()
        });
        if let Some(other) = others.next() {
            let text = format!(
                "'{}' and '{}' are both the stem '{}'",
                clean(&other.name),
                clean(&set.name),
                clean(&set.stem)
            );
            let fix = "take the older one away";
            found.push(
                warning("double_stem", text)
                    .file(case.name(set))
                    .stem(&set.stem)
                    .fix(fix),
            );
        }
    }
    found
}

/// What is wider than stereo without a stereo twin.
fn stereo_twins(case: &Case<'_>) -> Vec<Finding> {
    let bare = |set: &Set| {
        let words = set.name.split(['_', '-', ' ']);
        let words: Vec<String> = words
            .filter(|word| {
                ![
                    "51", "5.1", "71", "7.1", "20", "2.0", "stereo", "6ch", "8ch", "2ch",
                ]
                .contains(&word.to_lowercase().as_str())
            })
            .map(str::to_lowercase)
            .collect();
        words.join("_")
    };
    let wide = case.sets.iter().filter(|set| set.layout == "5.1");
    wide.filter(|set| {
        let is_twin = |other: &Set| other.layout == "2.0" && bare(other) == bare(set);
        !case.sets.iter().any(is_twin)
    })
    .map(|set| {
        let text = format!("'{}' has no twin in stereo", clean(&set.name));
        let fix = "print the same in 2.0 and put it beside";
        error("missing_twin", text)
            .file(case.name(set))
            .stem(&set.stem)
            .fix(fix)
    })
    .collect()
}

//! The sum of the stems against the mix beside them, or one that is given: of every programme in the
//! folder, and of every layout, two channels at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::sets::Set;
use super::{Case, Outcome, error};
use crate::engine::proof;
use crate::engine::verify::sums::{prove, with_depth};
use crate::engine::voice::Voice;
use crate::error::{Error, ErrorKind, Result};
use crate::media::split;
use crate::model::job::{Proof, Verdict};
use crate::model::stem::BitDepth;
use crate::model::text::clean;
use crate::model::{Finding, Level};
use crate::plan::presets::Weight;
use crate::plan::presets::names::Kind;

/// Tokens that tell one programme from another.
const PROGRAMME: [&str; 8] = [
    "title",
    "season_ep",
    "song",
    "cue",
    "track",
    "ep",
    "artist",
    "mixer",
];

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    let asked = case
        .preset()
        .map_or(Weight::Error, |preset| preset.checks.sum);
    let given = case.question.mix.as_deref();
    let weight = match (asked, given) {
        // Who gives a mix asks.
        (Weight::Off | Weight::NotMeasured, Some(_)) => Weight::Error,
        (asked, _) => asked,
    };
    outcome.proof = proof::not_checked("no mix was found");
    let Some(level) = weight.level() else {
        outcome.proof = proof::not_checked("the preset does not ask for it");
        return;
    };
    let mut answered = false;
    for (key, group) in groups(case) {
        let stems: Vec<&Set> = of(&group, Kind::Stem);
        let mixes: Vec<&Set> = of(&group, Kind::Mix);
        if stems.is_empty() || mixes.is_empty() && given.is_none() {
            continue;
        }
        let whole = match given {
            Some(mix) => Whole::Given(mix),
            None => Whole::Sets(mixes),
        };
        answered = true;
        let proof = best(case, &stems, &whole, &key);
        outcome
            .findings
            .extend(finding(&proof, level, &whole, case));
        if proof.verdict == Verdict::NotChecked {
            let what = format!("the sum of the stems ({})", proof.note);
            outcome.not_measured.push(what);
        }
        let is_worse = outcome.proof.verdict != Verdict::Fail;
        if is_worse {
            outcome.proof = proof;
        }
    }
    if !answered && case.preset().is_some() {
        let what = "the sum of the stems: there is no mix in the folder; give one with --mix";
        outcome.not_measured.push(what.to_owned());
    }
}

enum Whole<'a> {
    Given(&'a Path),
    Sets(Vec<&'a Set>),
}

fn of<'s>(group: &[&'s Set], kind: Kind) -> Vec<&'s Set> {
    let sets = group.iter().copied();
    sets.filter(|set| set.kind == kind).collect()
}

/// What a name says that its programme is; `None` where it is not named as asked.
fn programme(set: &Set) -> Option<String> {
    let said = set.said.as_ref()?;
    let parts = PROGRAMME.iter().filter_map(|token| said.get(token));
    let parts: Vec<String> = parts.map(str::to_lowercase).collect();
    Some(parts.join("\u{0}"))
}

/// By programme and layout; mono stems are part of stereo. Where there is one programme, wrongly named
/// files are part of it.
fn groups<'c>(case: &'c Case<'_>) -> BTreeMap<(String, String), Vec<&'c Set>> {
    let programmes: BTreeSet<String> = case.sets.iter().filter_map(programme).collect();
    let only = match programmes.len() {
        1 => programmes.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let mut groups: BTreeMap<(String, String), Vec<&Set>> = BTreeMap::new();
    for set in &case.sets {
        let layout = match set.layout.as_str() {
            "1.0" => "2.0",
            other => other,
        };
        let programme = programme(set).unwrap_or_else(|| only.clone());
        let key = (programme, layout.to_owned());
        groups.entry(key).or_default().push(set);
    }
    groups
}

/// Against each mix; where one is their sum, it is.
fn best(case: &Case<'_>, stems: &[&Set], whole: &Whole<'_>, key: &(String, String)) -> Proof {
    let mut first: Option<Proof> = None;
    let candidates: Vec<Option<&Set>> = match whole {
        Whole::Given(_) => vec![None],
        Whole::Sets(sets) => sets.iter().copied().map(Some).collect(),
    };
    for mix in candidates {
        let proof = against(case, stems, mix, whole, &key.1)
            .unwrap_or_else(|why| proof::not_checked(clean(&why.chain()).into_owned()));
        if proof.verdict == Verdict::Pass {
            return proof;
        }
        if first
            .as_ref()
            .is_none_or(|p| p.verdict == Verdict::NotChecked)
        {
            first = Some(proof);
        }
    }
    first.unwrap_or_default()
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::Check, why)
}

fn against(
    case: &Case<'_>,
    stems: &[&Set],
    mix: Option<&Set>,
    whole: &Whole<'_>,
    layout: &str,
) -> Result<Proof> {
    let is_whole = |set: &&Set| set.missing.is_empty() && set.twice.is_empty();
    if !stems.iter().all(is_whole) {
        return Err(refuse("channels are missing"));
    }
    let unread = case.sets.iter().zip(&case.measured);
    let mut unread = unread.filter(|(_, measured)| measured.is_none());
    if unread.next().is_some() || !case.folder.broken.is_empty() {
        return Err(refuse("files cannot be read"));
    }
    let uneven = |set: &&Set| {
        let files = set.files(case.files());
        let mut frames = files.iter().map(|file| file.info.frames);
        let first = frames.next();
        frames.any(|frames| Some(frames) != first)
    };
    if stems.iter().any(uneven) {
        return Err(refuse("the channels of a stem are not equally long"));
    }
    let (paths, channels, name) = match (mix, whole) {
        (Some(mix), _) => (mix.paths(case.files()), mix.channels, case.name(mix)),
        (None, Whole::Given(path)) => {
            let paths = split::files_of(path);
            let channels = match paths.as_slice() {
                [one] => crate::media::probe::probe(one)?.channels,
                several => u16::try_from(several.len()).unwrap_or(u16::MAX),
            };
            (paths, channels, path.display().to_string())
        }
        (None, Whole::Sets(_)) => return Err(refuse("there is no mix")),
    };
    let note = format!("'{}', {layout}", clean(&name));
    // A mono mix stands for both sides of stereo stems.
    let widest = stems.iter().map(|set| set.channels).max().unwrap_or(0);
    let has = channels;
    let channels = channels.max(widest);
    let mut worst: Option<Proof> = None;
    let mut first = 0;
    while first < channels {
        let count = (channels - first).min(2);
        let mut voices = Vec::new();
        for set in stems {
            voices.push(voice(
                &set.paths(case.files()),
                set.channels,
                channels,
                first,
                count,
            )?);
        }
        voices.push(voice(&paths, has, channels, first, count)?);
        let proof = prove(voices, false, &note)?;
        let is_worse = worst.as_ref().is_none_or(|worst| {
            worst.verdict == Verdict::Pass && proof.verdict != Verdict::Pass
                || worst.verdict == proof.verdict && proof.peak_dbfs > worst.peak_dbfs
        });
        if is_worse {
            worst = Some(proof);
        }
        first += count;
    }
    worst.ok_or_else(|| refuse("the mix has no channels"))
}

/// Some channels of a stem or a mix. Mono stands on both sides of stereo.
fn voice(
    paths: &[PathBuf],
    has: u16,
    of: u16,
    first: u16,
    count: u16,
) -> Result<(Voice, BitDepth)> {
    if has != of && !(has == 1 && of == 2) {
        return Err(refuse("stems and mix have different channels"));
    }
    let voice = match paths {
        [one] if has > 2 => Voice::of_channels(one, usize::from(first), count)?,
        [_] => Voice::open(paths)?,
        several => {
            let from = usize::from(first);
            let part = several.get(from..from + usize::from(count));
            Voice::open(part.unwrap_or_default())?
        }
    };
    with_depth(voice, paths, true)
}

fn finding(proof: &Proof, level: Level, whole: &Whole<'_>, case: &Case<'_>) -> Option<Finding> {
    if proof.verdict != Verdict::Fail {
        let is_given = matches!(whole, Whole::Given(_)) && proof.verdict == Verdict::NotChecked;
        let text = || format!("the sum was not checked: {}", proof.note);
        let fix = "give a mix of the same range, rate and layout as the stems";
        return is_given.then(|| error("sum_not_checked", text()).fix(fix));
    }
    let level = match proof::is_only_clipped(proof) {
        true => Level::Warning,
        false => level,
    };
    let db = |level: Option<f64>| level.map_or_else(String::new, |db| format!("{db:.1} dBFS"));
    let text = format!(
        "the stems do not add up to the mix {}: {} are left over, and rounding explains {}",
        proof.note,
        db(proof.peak_dbfs),
        db(proof.threshold_dbfs)
    );
    let fix = "a track is in no stem or in two, a file is of another take, or the mix went through a master chain";
    let finding = Finding::new(level, "sum_failed", text).fix(fix);
    Some(match whole {
        Whole::Sets(sets) => match sets.first() {
            Some(set) => finding.file(case.name(set)),
            None => finding,
        },
        Whole::Given(path) => finding.file(path.display().to_string()),
    })
}

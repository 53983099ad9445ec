//! Which of the three ways prints each stem of a bounce, and why. What a way, or a format that only
//! Pro Tools can write, cannot do is said here, before anything starts.

use super::select::Roster;
use super::{Overrides, Surroundings};
use crate::model::plan::PlannedStem;
use crate::model::stem::{BitDepth, EngineKind, FileFormat, StemSpec, Way};
use crate::model::text::fit;
use crate::model::{Finding, Level};

/// How a stem is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub way: Way,
    pub why: String,
    /// The mix source of its own, where that is the way.
    pub source: Option<String>,
}

/// The way of one stem: what `--way` says, else the recipe, else solo.
pub(super) fn route(spec: &StemSpec, engine: EngineKind, overrides: &Overrides) -> Route {
    let route = |way, why: String, source| Route { way, why, source };
    if engine == EngineKind::Render {
        let why = "a render mixes the stem's tracks itself";
        return route(Way::Solo, why.into(), None);
    }
    let asked = match (overrides.way, spec.way) {
        (Some(way), _) => Some((way, "--way asks for it")),
        (None, Some(way)) => Some((way, "the recipe asks for it")),
        (None, None) => None,
    };
    match (asked, &spec.source) {
        (Some((Way::Source, _)) | None, Some(source)) => route(
            Way::Source,
            format!("the recipe names its mix source, '{}'", fit(source, 60)),
            Some(source.clone()),
        ),
        (Some((way, who)), _) => route(way, who.into(), None),
        (None, None) => route(
            Way::Solo,
            "no mix source of its own is named, so its tracks are soloed".into(),
            None,
        ),
    }
}

/// What is wrong with the way of a stem of these tracks.
pub(super) fn findings(
    spec: &StemSpec,
    stem: &PlannedStem,
    tracks: &[usize],
    roster: &Roster<'_>,
) -> Vec<Finding> {
    let finding = match (stem.engine, stem.way) {
        (EngineKind::Render, _) => unrendered(spec),
        (EngineKind::Bounce, Way::Solo) => None,
        (EngineKind::Bounce, Way::Source) => no_source(stem),
        (EngineKind::Bounce, Way::Formula) => Some(no_way(stem)),
        (EngineKind::Bounce, Way::Track) => not_one_track(stem, tracks, roster),
    };
    finding
        .map(|finding| finding.stem(&stem.name))
        .into_iter()
        .collect()
}

fn unrendered(spec: &StemSpec) -> Option<Finding> {
    let what = match (&spec.source, spec.way) {
        (Some(source), _) => format!("the mix source '{}'", fit(source, 60)),
        (None, Some(way @ (Way::Source | Way::Track))) => format!("the way '{}'", way.word()),
        _ => return None,
    };
    Some(
        Finding::new(
            Level::Warning,
            "way_not_rendered",
            format!(
                "{what} of stem '{}' is for a bounce: this render mixes its tracks",
                fit(&spec.name, 60)
            ),
        )
        .fix("print with --engine bounce to have what Pro Tools plays there"),
    )
}

fn no_source(stem: &PlannedStem) -> Option<Finding> {
    stem.source.is_none().then(|| {
        let text = format!("stem '{}' names no mix source", fit(&stem.name, 60));
        Finding::new(Level::Error, "no_source", text)
            .fix("write source = \"bus:NAME\" or \"output:NAME\" into the stem, or leave 'way' out")
    })
}

fn no_way(stem: &PlannedStem) -> Finding {
    let text = format!(
        "stem '{}' is made of tracks, not of a formula",
        fit(&stem.name, 60)
    );
    Finding::new(Level::Error, "no_way", text).fix("write a [[version]] with the formula")
}

fn not_one_track(stem: &PlannedStem, tracks: &[usize], roster: &Roster<'_>) -> Option<Finding> {
    if let [only] = tracks {
        let is_silent = roster.is_silent(*only);
        return is_silent.then(|| {
            let text = format!(
                "the only track of stem '{}' is muted or inactive: a track bounce makes no file of it",
                fit(&stem.name, 60)
            );
            Finding::new(Level::Error, "track_way", text).fix("unmute it, or leave the stem out")
        });
    }
    let names: Vec<String> = tracks
        .iter()
        .filter_map(|index| roster.tracks.get(*index))
        .take(8)
        .map(|track| format!("'{}'", fit(&track.name, 40)))
        .collect();
    let text = format!(
        "a track bounce prints one audio, instrument or aux track; stem '{}' has {}: {}",
        fit(&stem.name, 60),
        tracks.len(),
        names.join(", ")
    );
    Some(
        Finding::new(Level::Error, "track_way", text)
            .fix("leave 'way' out to solo them together, or make a stem of each"),
    )
}

/// What a format asks for that cannot be done, or not be proven.
/// `converts` where the files' rate is not the session's, `is_split` where each channel wants a file.
pub(super) fn of_format(
    stem: &PlannedStem,
    around: &Surroundings,
    converts: bool,
    is_split: bool,
) -> Option<Finding> {
    let word = stem.format.word();
    let found = match stem.format {
        format if format.holds_integers_only() && stem.bits == BitDepth::Float32 => Finding::new(
            Level::Error,
            "bits_in_format",
            format!(
                "{} holds 16 or 24 bits and no 32-bit float",
                word.to_uppercase()
            ),
        )
        .fix("set bits = 24, or format = \"wav\""),
        FileFormat::Wav | FileFormat::Aiff | FileFormat::Flac => return None,
        _ if stem.engine == EngineKind::Render || around.simulated => Finding::new(
            Level::Error,
            "needs_pro_tools",
            format!("'{word}' can be made by a real Pro Tools only, by a bounce"),
        )
        .fix("print WAV here, and this format from Pro Tools"),
        _ if stem.gain_db != 0.0 => Finding::new(
            Level::Error,
            "gain_in_format",
            format!("'{word}' comes from Pro Tools as it is: no gain can be put on it"),
        )
        .fix("take gain_db out, or print WAV"),
        _ if is_split => Finding::new(
            Level::Error,
            "split_in_format",
            format!("'{word}' comes from Pro Tools as it is: its channels stay together"),
        )
        .fix("take 'split' out, or print WAV"),
        _ if converts => Finding::new(
            Level::Error,
            "rate_in_format",
            format!("'{word}' comes from Pro Tools as it is: its rate is the session's"),
        )
        .fix("leave the rate at \"session\", or print WAV"),
        _ => Finding::new(
            Level::Warning,
            "unproven_format",
            format!(
                "'{word}' is handed through as Pro Tools makes it: not measured, not proven, its \
                 length not checked"
            ),
        )
        .fix("print WAV as well to have a proof of the same sound"),
    };
    Some(found.stem(&stem.name))
}

/// Says once what is said in the same words of several of `count` stems: of which, unless of all.
pub(super) fn once(findings: Vec<Finding>, count: usize) -> Vec<Finding> {
    const NAMED: usize = 4;
    let mut said: Vec<(Finding, Vec<String>)> = Vec::new();
    for mut finding in findings {
        let stem = finding.stem.take().unwrap_or_default();
        match said.iter_mut().find(|(known, _)| *known == finding) {
            Some((_, stems)) => stems.push(stem),
            None => said.push((finding, vec![stem])),
        }
    }
    let whole = |(mut finding, stems): (Finding, Vec<String>)| match stems.as_slice() {
        [one] => finding.stem(one),
        all if all.len() == count => finding,
        some => {
            let names = some
                .iter()
                .take(NAMED)
                .map(|name| format!("'{}'", fit(name, 40)));
            let names = names.collect::<Vec<_>>().join(", ");
            let more = match some.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            finding.text = format!("{} (stems {names}{more})", finding.text);
            finding
        }
    };
    said.into_iter().map(whole).collect()
}

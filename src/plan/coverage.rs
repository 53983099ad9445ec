//! Coverage: every sounding track stands in exactly one stem, or is ignored. Owns orphans and
//! doubles, and how bad each is.

use super::select::Roster;
use crate::model::plan::{Coverage, Double};
use crate::model::text::fit;
use crate::model::{Finding, Level, TrackKind};

/// Findings of one sort that are spelled out; the coverage itself lists all.
const MOST_FINDINGS: usize = 50;

/// Which tracks stand where, by index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    pub orphans: Vec<usize>,
    /// Track, and the stems that it stands in, by index.
    pub doubles: Vec<(usize, Vec<usize>)>,
    pub ignored: Vec<usize>,
}

/// How strict the source of the stems is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strictness {
    pub orphan: Level,
    pub double: Level,
}

impl Strictness {
    /// Named on the spot: who names three stems wants three stems.
    pub const LOOSE: Self = Self {
        orphan: Level::Warning,
        double: Level::Warning,
    };

    /// A recipe, or the session's own stems.
    pub fn of_recipe(allow_orphans: bool) -> Self {
        Self {
            orphan: if allow_orphans {
                Level::Warning
            } else {
                Level::Error
            },
            double: Level::Error,
        }
    }
}

/// Sorts the sounding tracks. `ignored` is in ascending order; a track that is ignored counts as
/// nothing else.
pub fn stand(roster: &Roster<'_>, stems: &[&[usize]], ignored: &[usize]) -> Standing {
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); roster.tracks.len()];
    for (stem, tracks) in stems.iter().enumerate() {
        for track in *tracks {
            if let Some(list) = places.get_mut(*track) {
                list.push(stem);
            }
        }
    }
    let mut standing = Standing::default();
    for index in roster.sounding() {
        if ignored.binary_search(&index).is_ok() {
            standing.ignored.push(index);
            continue;
        }
        match places.get_mut(index).map(std::mem::take) {
            Some(list) if list.len() > 1 => standing.doubles.push((index, list)),
            Some(list) if list.is_empty() => standing.orphans.push(index),
            _ => {}
        }
    }
    standing
}

impl Standing {
    /// By name.
    pub fn coverage(&self, roster: &Roster<'_>, stems: &[String]) -> Coverage {
        let name = |index: &usize| roster.tracks.get(*index).map(|track| track.name.clone());
        Coverage {
            orphans: self.orphans.iter().filter_map(name).collect(),
            doubles: self
                .doubles
                .iter()
                .filter_map(|(track, places)| {
                    Some(Double {
                        track: name(track)?,
                        stems: places
                            .iter()
                            .filter_map(|at| stems.get(*at).cloned())
                            .collect(),
                    })
                })
                .collect(),
            ignored: self.ignored.iter().filter_map(name).collect(),
        }
    }

    /// What to say about it. An orphan that is silent anyway is one step milder.
    pub fn findings(
        &self,
        roster: &Roster<'_>,
        stems: &[String],
        strict: Strictness,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for index in self.orphans.iter().take(MOST_FINDINGS) {
            if let Some(track) = roster.tracks.get(*index) {
                let silent = roster.is_silent(*index);
                let is_aux = track.kind == TrackKind::Aux;
                findings.push(orphan(&track.name, is_aux, silent, strict.orphan));
            }
        }
        for (index, places) in self.doubles.iter().take(MOST_FINDINGS) {
            if let Some(track) = roster.tracks.get(*index) {
                let names: Vec<String> = places
                    .iter()
                    .filter_map(|at| stems.get(*at))
                    .map(|stem| format!("'{}'", fit(stem, 60)))
                    .collect();
                findings.push(double(&track.name, &names, strict.double));
            }
        }
        for (code, count, level) in [
            ("orphan", self.orphans.len(), strict.orphan),
            ("double", self.doubles.len(), strict.double),
        ] {
            if count > MOST_FINDINGS {
                let more = count - MOST_FINDINGS;
                findings.push(
                    Finding::new(level, code, format!("and {more} more tracks like these"))
                        .fix("see the coverage for the whole list"),
                );
            }
        }
        findings
    }
}

fn orphan(name: &str, is_aux: bool, silent: bool, level: Level) -> Finding {
    let shown = fit(name, 60);
    let (level, text) = match (silent, level) {
        (true, Level::Error) => (
            Level::Warning,
            format!("track '{shown}' is in no stem; it is silent now"),
        ),
        (true, _) => (
            Level::Note,
            format!("track '{shown}' is in no stem; it is silent now"),
        ),
        (false, level) => (level, format!("track '{shown}' is in no stem")),
    };
    Finding::new(level, "orphan", text)
        .track(name)
        .fix(if is_aux {
            "put it into a stem, into [returns] where every stem feeds it, or into 'ignore'"
        } else {
            "put it into a stem or into 'ignore', or allow orphans"
        })
}

fn double(name: &str, stems: &[String], level: Level) -> Finding {
    Finding::new(
        level,
        "double",
        format!(
            "track '{}' is in {} stems: {}",
            fit(name, 60),
            stems.len(),
            stems.join(", ")
        ),
    )
    .track(name)
    .fix("leave it in one, or take it out with 'except'")
}

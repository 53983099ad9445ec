//! What the state of the tracks means for a print: silent, armed, ambiguous or solo-safe tracks,
//! audio that is missing, and what PTSL does not tell.

use std::collections::{HashMap, HashSet};

use super::select::Roster;
use crate::model::plan::PlannedStem;
use crate::model::session::SessionFolder;
use crate::model::stem::EngineKind;
use crate::model::text::fit;
use crate::model::{Finding, Lane, Level, Range, Session, TrackKind};

/// Names that one finding spells out.
const MOST_NAMES: usize = 8;

fn names<'a>(list: impl IntoIterator<Item = &'a str>) -> String {
    let list: Vec<&str> = list.into_iter().collect();
    let mut shown: Vec<String> = list
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("'{}'", fit(name, 60)))
        .collect();
    if list.len() > MOST_NAMES {
        shown.push(format!("{} more", list.len() - MOST_NAMES));
    }
    shown.join(", ")
}

/// What the clips of a readable session folder say about a range.
pub struct Sound<'a> {
    folder: Option<&'a SessionFolder>,
    lanes: HashMap<&'a str, &'a Lane>,
    range: Range,
}

impl<'a> Sound<'a> {
    pub fn new(session: &'a Session, range: Range) -> Self {
        let folder = session.folder.as_deref();
        let mut lanes: HashMap<&str, &Lane> = HashMap::new();
        for lane in folder.iter().flat_map(|folder| &folder.arrangement.lanes) {
            lanes.entry(&lane.track).or_insert(lane);
        }
        Self {
            folder,
            lanes,
            range,
        }
    }

    pub fn lane(&self, track: &str) -> Option<&'a Lane> {
        self.lanes.get(track).copied()
    }

    /// Whether a clip of the track sounds in the range; only of `file` where that is given.
    fn plays(&self, track: &str, file: Option<&str>) -> bool {
        let files = self.folder.map(|folder| &folder.arrangement.files);
        let is_file = |index: usize| {
            let found = files.and_then(|files| files.get(index));
            file.is_none_or(|wanted| found.is_some_and(|file| file.name == wanted))
        };
        self.lane(track).is_some_and(|lane| {
            lane.clips.iter().any(|clip| {
                !clip.muted
                    && clip.length > 0
                    && clip.start < self.range.end
                    && clip.end() > self.range.start
                    && is_file(clip.file)
            })
        })
    }

    /// Whether any of these audible tracks has clips in the range, where that can be known.
    pub fn has_clips<'t>(&self, tracks: impl IntoIterator<Item = &'t str>) -> Option<bool> {
        self.folder?;
        Some(tracks.into_iter().any(|track| self.plays(track, None)))
    }

    /// Errors about the audio of the tracks that are printed, as far as it is in the range.
    pub fn audio_findings(&self, audible: &HashSet<&str>) -> Vec<Finding> {
        let all = self.folder.iter().flat_map(|folder| &folder.audio_findings);
        all.filter(|finding| {
            finding.track.as_deref().is_some_and(|track| {
                audible.contains(track) && self.plays(track, finding.file.as_deref())
            })
        })
        .cloned()
        .collect()
    }
}

/// What the tracks of one stem are up to.
pub fn of_stem(stem: &PlannedStem, tracks: &[usize], roster: &Roster<'_>) -> Vec<Finding> {
    let mut findings = armed(stem, tracks, roster);
    let silent: Vec<&str> = stem
        .tracks
        .iter()
        .filter(|track| track.silent)
        .map(|track| track.name.as_str())
        .collect();
    if !silent.is_empty() && silent.len() == stem.tracks.len() {
        findings.push(
            Finding::new(
                Level::Warning,
                "silent_stem",
                format!(
                    "stem '{}' is silent: all its tracks are muted or inactive",
                    fit(&stem.name, 60)
                ),
            )
            .fix("unmute them, or leave the stem out"),
        );
    } else if !silent.is_empty() {
        findings.push(
            Finding::new(
                Level::Note,
                "silent_tracks",
                format!("muted or inactive, and so silent: {}", names(silent)),
            )
            .fix("unmute what belongs into the stem"),
        );
    } else if stem.has_clips == Some(false) {
        findings.push(
            Finding::new(
                Level::Warning,
                "no_clips",
                format!(
                    "no clip of stem '{}' plays in the range",
                    fit(&stem.name, 60)
                ),
            )
            .fix("check the range and the stem's tracks"),
        );
    }
    findings
        .into_iter()
        .map(|finding| finding.stem(&stem.name))
        .collect()
}

fn armed(stem: &PlannedStem, tracks: &[usize], roster: &Roster<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for track in tracks.iter().filter_map(|index| roster.tracks.get(*index)) {
        for (on, code, state) in [
            (track.record_enabled, "record_armed", "record-armed"),
            (
                track.input_monitoring,
                "input_monitoring",
                "on input monitoring",
            ),
        ] {
            if on {
                findings.push(
                    Finding::new(
                        Level::Error,
                        code,
                        format!(
                            "track '{}' is {state}: Pro Tools leaves it out of a bounce",
                            fit(&track.name, 60)
                        ),
                    )
                    .track(&track.name)
                    .stem(&stem.name)
                    .fix("switch it off on the track"),
                );
            }
        }
    }
    findings
}

/// Names that stand for two tracks. A bounce solos by name, a render finds clips by name: both
/// could print the wrong one.
pub fn duplicates(
    roster: &Roster<'_>,
    engine: EngineKind,
    printed: &HashSet<usize>,
) -> Vec<Finding> {
    let mut groups: Vec<&[usize]> = roster
        .duplicates()
        .filter(|group| {
            engine == EngineKind::Bounce || group.iter().any(|index| printed.contains(index))
        })
        .collect();
    groups.sort_unstable();
    groups
        .into_iter()
        .filter_map(|group| Some((group.len(), roster.tracks.get(*group.first()?)?)))
        .map(|(count, track)| {
            let shown = fit(&track.name, 60);
            Finding::new(
                Level::Error,
                "duplicate_track",
                format!("{count} tracks are named '{shown}': neither engine can tell them apart"),
            )
            .track(&track.name)
            .fix("rename them in the session")
        })
        .collect()
}

/// What holds for the whole print.
pub fn of_session(session: &Session, roster: &Roster<'_>, engine: EngineKind) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tracks = |wanted: &dyn Fn(usize, TrackKind, bool) -> bool| -> Vec<&str> {
        let indexed = roster.tracks.iter().enumerate();
        indexed
            .filter(|(index, track)| wanted(*index, track.kind, track.solo_safe))
            .map(|(_, track)| track.name.as_str())
            .collect()
    };
    if engine == EngineKind::Bounce {
        let safe = tracks(&|_, kind, safe| kind == TrackKind::Audio && safe);
        if !safe.is_empty() {
            findings.push(
                Finding::new(
                    Level::Note,
                    "solo_safe_audio",
                    format!(
                        "solo-safe, and so muted for the stems that they are not in: {}",
                        names(safe)
                    ),
                )
                .fix("nothing: mute is put back after each stem"),
            );
        }
        let returns = tracks(&|index, kind, safe| {
            kind == TrackKind::Aux && !safe && !roster.is_silent(index)
        });
        if !returns.is_empty() {
            findings.push(
                Finding::new(
                    Level::Note,
                    "returns_not_safe",
                    format!(
                        "not solo-safe, and so heard only in the stems that they are in: {}",
                        names(returns)
                    ),
                )
                .fix("set solo-safe on returns whose effects belong into every stem"),
            );
        }
    }
    if session.folder.is_none() {
        findings.push(blind(engine));
    }
    findings
}

/// What cannot be known without the session's folder.
fn blind(engine: EngineKind) -> Finding {
    match engine {
        EngineKind::Render => Finding::new(
            Level::Error,
            "no_session_folder",
            "a render needs the session folder: Pro Tools tells no clips, clip gains, fades or pan, and no plug-ins can be rendered",
        )
        .fix("print with --engine bounce, or open the session's folder with --open"),
        EngineKind::Bounce => Finding::new(
            Level::Note,
            "unknown_to_us",
            "Pro Tools does not tell, and so the plan does not know: whether clips lie in the range, mute automation, sends and outputs of tracks, members of VCAs, the solo mode, and processing on the master",
        )
        .fix("listen to one stem before the whole set"),
    }
}

//! What the state of the tracks means for a print: silent, armed, ambiguous or solo-safe tracks,
//! audio that is missing, and what PTSL does not tell.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::lacking;
use super::select::{Indices, Roster};
use crate::model::plan::PlannedStem;
use crate::model::session::{Gap, SessionFolder};
use crate::model::stem::{EngineKind, Way};
use crate::model::text::fit;
use crate::model::{Finding, Lane, Level, Range, Session, Track, TrackKind, TransportState};

/// Names that one finding spells out.
const MOST_NAMES: usize = 8;

/// Names of a list in quotes, the first ones of a long one.
pub(super) fn names<N: AsRef<str>>(list: impl IntoIterator<Item = N>) -> String {
    let list: Vec<N> = list.into_iter().collect();
    let mut shown: Vec<String> = list
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("'{}'", fit(name.as_ref(), 60)))
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
    /// Tracks with clips in the range that cannot be rendered.
    lacking: HashSet<&'a str>,
    /// Tracks with sends, inputs or stages that no render has.
    wired: HashSet<&'a str>,
    range: Range,
}

impl<'a> Sound<'a> {
    pub fn new(session: &'a Session, range: Range) -> Self {
        let folder = session.folder.as_deref();
        let mut lanes: HashMap<&str, &Lane> = HashMap::new();
        for lane in folder.iter().flat_map(|folder| &folder.arrangement.lanes) {
            lanes.entry(&lane.track).or_insert(lane);
        }
        let beyond = folder.map(|folder| folder.routing.beyond_render());
        let mut sound = Self {
            folder,
            lanes,
            wired: beyond
                .into_iter()
                .flatten()
                .map(|(track, _)| track)
                .collect(),
            lacking: HashSet::new(),
            range,
        };
        for Gap { finding, range } in folder.into_iter().flat_map(|folder| &folder.gaps) {
            if let (Some(track), Some(range)) = (&finding.track, range)
                && lacking::touch(sound.range, *range)
            {
                sound.lacking.insert(track);
            }
        }
        sound
    }

    /// The folder that the engine reads, and that the proof may lean on. What a live Pro Tools tells
    /// of itself is no measure for what it prints.
    pub fn source(&self, engine: EngineKind) -> Option<PathBuf> {
        self.folder
            .filter(|folder| engine == EngineKind::Render || !folder.is_live)
            .map(|folder| folder.root.clone())
    }

    pub fn lane(&self, track: &str) -> Option<&'a Lane> {
        self.lanes.get(track).copied()
    }

    /// Whether the track has sends, inputs or stages that no render has.
    pub fn is_wired(&self, track: &str) -> bool {
        self.wired.contains(track)
    }

    /// Whether a clip of the track sounds in the range; only of `file` where that is given.
    fn plays(&self, track: &str, file: Option<&str>) -> bool {
        let files = self.folder.map(|folder| &folder.arrangement.files);
        let is_file = |index: usize| {
            let found = files.and_then(|files| files.get(index));
            file.is_none_or(|wanted| found.is_some_and(|file| file.name == wanted))
        };
        let is_left_out = file.is_none() && self.lacking.contains(track);
        is_left_out
            || self.lane(track).is_some_and(|lane| {
                lane.clips.iter().any(|clip| {
                    !clip.muted
                        && clip.length > 0
                        && lacking::touch(self.range, Range::new(clip.start, clip.end()))
                        && is_file(clip.file)
                })
            })
    }

    /// Whether any of these audible tracks has clips in the range, where that can be known.
    pub fn has_clips<'t>(&self, tracks: impl IntoIterator<Item = &'t str>) -> Option<bool> {
        self.folder?;
        Some(tracks.into_iter().any(|track| self.plays(track, None)))
    }

    /// What is wrong with the audio of the tracks that are printed, and what a print of them lacks,
    /// as far as it is in the range.
    pub fn findings(
        &self,
        roster: &Roster<'_>,
        heard: &Indices,
        engine: EngineKind,
    ) -> Vec<Finding> {
        let Some(folder) = self.folder else {
            return Vec::new();
        };
        let name = |index: usize| Some(roster.tracks.get(index)?.name.as_str());
        let audible: &HashSet<&str> = &heard.iter().filter_map(name).collect();
        let shaping = &roster.shaping(heard);
        let mut findings = self.audio_findings(audible);
        findings.extend(lacking::findings(
            folder, audible, shaping, self.range, engine,
        ));
        findings
    }

    fn audio_findings(&self, audible: &HashSet<&str>) -> Vec<Finding> {
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

/// Of tracks that stand in none of these files nothing is an error: nothing that is written needs
/// them, and no sum is checked without them.
pub fn soften(findings: &mut [Finding], files: &[PlannedStem]) {
    let tracks = files.iter().flat_map(|stem| &stem.tracks);
    let ours: HashSet<&str> = tracks.map(|track| track.name.as_str()).collect();
    for finding in findings {
        let track = finding.track.as_deref();
        if track.is_some_and(|track| !ours.contains(track)) {
            finding.level = finding.level.min(Level::Warning);
        }
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
    printed: &Indices,
    renamed: bool,
) -> Vec<Finding> {
    let mut groups: Vec<&[usize]> = roster
        .duplicates()
        .filter(|group| {
            engine == EngineKind::Bounce || group.iter().any(|index| printed.contains(*index))
        })
        .collect();
    groups.sort_unstable();
    groups
        .into_iter()
        .filter_map(|group| Some((group.len(), roster.tracks.get(*group.first()?)?)))
        .map(|(count, track)| {
            let shown = fit(&track.name, 60);
            if renamed && engine == EngineKind::Bounce {
                let text = format!(
                    "{count} tracks are named '{shown}': they get names of their own for the job, \
                     and theirs back after it"
                );
                return Finding::new(Level::Warning, "duplicate_track", text)
                    .track(&track.name)
                    .fix("rename them in the session for good");
            }
            Finding::new(
                Level::Error,
                "duplicate_track",
                format!("{count} tracks are named '{shown}': neither engine can tell them apart"),
            )
            .track(&track.name)
            .fix(match engine {
                EngineKind::Bounce => {
                    "rename them in the session, or allow it for the job: rename_duplicates = true"
                }
                EngineKind::Render => "rename them in the session",
            })
        })
        .collect()
}

/// What holds for the whole print.
pub fn of_session(session: &Session, roster: &Roster<'_>, engine: EngineKind) -> Vec<Finding> {
    let mut findings = Vec::new();
    if engine == EngineKind::Bounce {
        let is_safe = |track: &&Track| track.kind == TrackKind::Audio && track.solo_safe;
        let safe: Vec<&str> = roster
            .tracks
            .iter()
            .filter(is_safe)
            .map(|track| track.name.as_str())
            .collect();
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
    }
    if engine == EngineKind::Bounce && session.transport.state != TransportState::Stopped {
        findings.push(
            Finding::new(
                Level::Warning,
                "transport_running",
                "the transport is running: Pro Tools bounces only while it stands",
            )
            .fix("stop it before the print starts"),
        );
    }
    let knows = |folder: &SessionFolder| engine == EngineKind::Render || !folder.is_live;
    if !session.folder.as_deref().is_some_and(knows) {
        findings.push(blind(engine));
    }
    findings
}

/// Returns that a solo would cut off, with the offer to keep them; and stems of nothing but returns,
/// which hear nobody while they are soloed.
pub fn returns_cut(
    roster: &Roster<'_>,
    stems: &[PlannedStem],
    tracks: &[&[usize]],
    mix: &[usize],
    returns: &[usize],
) -> Vec<Finding> {
    let is_aux = |index: &usize| {
        let track = roster.tracks.get(*index);
        track.is_some_and(|track| track.kind == TrackKind::Aux)
    };
    let name = |index: &usize| roster.tracks.get(*index).map(|track| track.name.as_str());
    let is_safe = |index: &usize| roster.tracks.get(*index).is_some_and(|t| t.solo_safe);
    let soloed: Vec<(&PlannedStem, &[usize])> = stems
        .iter()
        .zip(tracks.iter().copied())
        .filter(|(stem, _)| stem.way == Way::Solo)
        .collect();
    let cut: Vec<&str> = mix
        .iter()
        .filter(|index| is_aux(index) && !is_safe(index) && !roster.is_silent(**index))
        .filter(|index| returns.binary_search(index).is_err())
        .filter(|index| soloed.iter().any(|(_, tracks)| !tracks.contains(index)))
        .filter_map(name)
        .collect();
    let mut findings = Vec::new();
    if !cut.is_empty() {
        let list = cut.join(",");
        findings.push(
            Finding::new(
                Level::Warning,
                "returns_not_safe",
                format!(
                    "not solo-safe, and so cut from every stem that they are not in: {}",
                    names(cut)
                ),
            )
            .fix(format!(
                "print with --returns '{}' (or name them in [returns]): they are solo-safe while \
                 the job runs",
                fit(&list, 200)
            )),
        );
    }
    for (stem, tracks) in soloed {
        let live: Vec<&usize> = tracks.iter().filter(|i| !roster.is_silent(**i)).collect();
        if !live.is_empty() && live.iter().all(|index| is_aux(index)) {
            findings.push(
                Finding::new(
                    Level::Warning,
                    "only_returns",
                    format!(
                        "stem '{}' has aux tracks only: soloed, they hear nobody's sends and may be silent",
                        fit(&stem.name, 60)
                    ),
                )
                .stem(&stem.name)
                .fix("name them in [returns], or print the stem from its bus with source = \"bus:NAME\""),
            );
        }
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

//! The audio files that clips name: where they lie, and what is wrong with them for the clip that
//! wants them. Reads headers only.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::audio::fold::Fold;
use crate::audio::resample;
use crate::media::MediaError;
use crate::media::info::{AudioInfo, Ending};
use crate::media::probe::probe;
use crate::model::clip::SourceFile;
use crate::model::finding::CUT_AUDIO;
use crate::model::{Arrangement, Clip, Finding, Lane, Layout, Level, Track, TrackId, text};

/// The files named so far, each once.
pub(super) struct Files {
    root: PathBuf,
    by_name: HashMap<String, usize>,
    pub list: Vec<SourceFile>,
}

impl Files {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            by_name: HashMap::new(),
            list: Vec::new(),
        }
    }

    /// Relative names start at the session's folder, absolute ones stand.
    pub fn index_of(&mut self, name: &str) -> usize {
        if let Some(index) = self.by_name.get(name) {
            return *index;
        }
        let index = self.list.len();
        self.list.push(SourceFile {
            path: self.root.join(name),
            name: name.to_owned(),
        });
        self.by_name.insert(name.to_owned(), index);
        index
    }
}

/// A clip with a fade of a shape that is not known.
pub(super) struct OddClip {
    track: String,
    number: usize,
    file: String,
    shape: String,
}

impl OddClip {
    pub fn new(track: &str, index: usize, file: &str, shape: &str) -> Self {
        Self {
            track: track.to_owned(),
            number: index + 1,
            file: file.to_owned(),
            shape: shape.to_owned(),
        }
    }

    fn finding(&self) -> Finding {
        Finding::new(
            Level::Error,
            "unknown_fade",
            format!(
                "track '{}', clip {} has a fade of the unknown shape '{}'; it would sound as a linear one",
                text::fit(&self.track, 60),
                self.number,
                text::fit(&self.shape, 40)
            ),
        )
        .track(&self.track)
        .file(&self.file)
        .fix("use 'linear', 'equal_power', 's_curve' or 's_curve_power', bent by a bias where wanted ('linear+30')")
    }
}

/// What keeps clips from sounding right, one finding a file and track, and the greatest bit depth
/// among the files (24 where none tells).
pub(super) fn check(
    arrangement: &Arrangement,
    tracks: &[Track],
    odd: Vec<OddClip>,
) -> (Vec<Finding>, u16) {
    let wide = tracks.iter().filter(|track| track.channels > 2);
    let layouts = wide.filter_map(|track| Some((&track.id, track.layout()?)));
    let layouts: HashMap<&TrackId, Layout> = layouts.collect();
    let probes: Vec<Result<AudioInfo, MediaError>> = arrangement
        .files
        .par_iter()
        .map(|file| probe(&file.path))
        .collect();
    let depth = probes.iter().flatten().map(|info| info.bits).max();
    let mut findings: Vec<Finding> = odd.iter().map(OddClip::finding).collect();
    for lane in &arrangement.lanes {
        // Clips of each file that does not fit: number of the first, how many, and why.
        let mut wrong: Vec<(usize, usize, usize, Problem)> = Vec::new();
        let mut place: HashMap<(usize, &str), usize> = HashMap::new();
        for (index, clip) in lane.clips.iter().enumerate() {
            let Some(probed) = probes.get(clip.file) else {
                continue;
            };
            let layout = layouts.get(&lane.track_id).copied();
            for problem in problems(probed, lane, layout, clip, arrangement) {
                let at = *place.entry((clip.file, problem.code)).or_insert_with(|| {
                    wrong.push((clip.file, index + 1, 0, problem));
                    wrong.len() - 1
                });
                if let Some((_, _, count, _)) = wrong.get_mut(at) {
                    *count += 1;
                }
            }
        }
        for (file, first, count, problem) in wrong {
            if let Some(source) = arrangement.files.get(file) {
                findings.push(problem.finding(source, lane, first, count));
            }
        }
    }
    let depth = depth
        .filter(|bits| matches!(bits, 16 | 24 | 32))
        .unwrap_or(24);
    (findings, depth)
}

struct Problem {
    level: Level,
    code: &'static str,
    what: String,
    fix: &'static str,
}

impl Problem {
    fn finding(&self, file: &SourceFile, lane: &Lane, first: usize, count: usize) -> Finding {
        let more = match count {
            1 => String::new(),
            _ => format!(" (and {} more clips)", count - 1),
        };
        Finding::new(
            self.level,
            self.code,
            format!(
                "track '{}', clip {first}{more}: '{}' {}",
                text::fit(&lane.track, 60),
                text::clean(&file.name),
                self.what
            ),
        )
        .track(&lane.track)
        .file(&file.name)
        .fix(self.fix)
    }
}

impl Problem {
    fn error(code: &'static str, what: String, fix: &'static str) -> Self {
        Self {
            level: Level::Error,
            code,
            what,
            fix,
        }
    }
}

fn problems(
    probed: &Result<AudioInfo, MediaError>,
    lane: &Lane,
    layout: Option<Layout>,
    clip: &Clip,
    arrangement: &Arrangement,
) -> Vec<Problem> {
    let info = match probed {
        Ok(info) => info,
        Err(error) => return vec![unreadable(error)],
    };
    if info.channels != lane.channels && fold(info, lane).is_none() {
        let what = format!(
            "has {} channels and the track {}",
            info.channels, lane.channels
        );
        let fix = "use a file with the track's channels";
        return vec![Problem::error("wrong_channels", what, fix)];
    }
    if let Some(problem) = layout.and_then(|layout| misplaced(info, layout)) {
        return vec![problem];
    }
    let rate = arrangement.sample_rate;
    let suits = other_rate(info, rate).or_else(|| folded(info, lane));
    cut(info, clip, rate).into_iter().chain(suits).collect()
}

/// A wide file whose mask puts its channels where the track's are not.
fn misplaced(info: &AudioInfo, layout: Layout) -> Option<Problem> {
    (!layout.fits(info.mask)).then(|| {
        let what = format!(
            "has its channels at other places (mask {:#x}) than {layout}, which is {}",
            info.mask,
            layout.sides().join(" ")
        );
        let fix = "write the file with the channels of the track, in that order";
        Problem::error("wrong_channels", what, fix)
    })
}

fn damaged(what: String) -> Problem {
    Problem::error("damaged_audio", what, "restore the file from a backup")
}

fn unreadable(error: &MediaError) -> Problem {
    match error {
        MediaError::Missing { .. } => Problem::error(
            "missing_audio",
            "is missing".to_owned(),
            "put the file back where the session expects it",
        ),
        MediaError::Unreadable { reason, .. } | MediaError::Damaged { reason, .. } => {
            damaged(format!("cannot be read: {}", text::clean(reason)))
        }
        error => damaged(format!("cannot be read: {error}")),
    }
}

/// What a clip lacks of a file that ends too early: some of its sound, which is silence then, or all.
/// Past the end of a whole file is silence as the session has it.
fn cut(info: &AudioInfo, clip: &Clip, rate: u32) -> Option<Problem> {
    let there = there(info, rate);
    let missing = needed(clip).checked_sub(there).filter(|more| *more > 0)?;
    let frames = info.frames.unwrap_or_default();
    let what = ending(info.ending, frames)?;
    if there <= clip.offset {
        return Some(damaged(format!("{what}, none of them the clip's")));
    }
    let from = clip.start.saturating_add_unsigned(there - clip.offset);
    Some(Problem {
        level: Level::Warning,
        code: CUT_AUDIO,
        what: format!(
            "{what}: the clip's last {missing} samples, from sample {from} of the session on, are \
             missing and silent"
        ),
        fix: "restore the file from a backup, or listen to the end of the clip",
    })
}

/// How a file ends too early.
pub(in crate::import) fn ending(ending: Ending, frames: u64) -> Option<String> {
    match ending {
        Ending::Whole => None,
        Ending::Cut => Some(format!(
            "is cut off: only {frames} frames of what its header promises are there"
        )),
        Ending::Unfinished => Some(format!(
            "was never finished by its recorder: only {frames} frames are there"
        )),
    }
}

/// How the mixdown hears a wider source on this track in stereo.
fn fold(info: &AudioInfo, lane: &Lane) -> Option<Fold> {
    let fold = || Fold::new(usize::from(info.channels), info.mask);
    (lane.channels == 2).then(fold).flatten()
}

fn folded(info: &AudioInfo, lane: &Lane) -> Option<Problem> {
    fold(info, lane).map(|fold| Problem {
        level: Level::Note,
        code: "folded_to_stereo",
        what: format!(
            "has {} channels ({}) and is heard in stereo",
            info.channels,
            fold.order()
        ),
        fix: "give a stereo file where another fold-down is wanted",
    })
}

/// A file that does not run at the session's rate: converted where it plays, if that is possible.
fn other_rate(info: &AudioInfo, rate: u32) -> Option<Problem> {
    if info.sample_rate == rate {
        return None;
    }
    let what = format!("is at {} Hz and the session at {rate} Hz", info.sample_rate);
    Some(
        match resample::check(info.sample_rate, rate, info.channels) {
            Ok(()) => Problem {
                level: Level::Warning,
                code: "converted_rate",
                what: format!("{what}: it is converted"),
                fix: "check that it sounds at the right speed, or put a file of the session's rate there",
            },
            Err(error) => Problem::error(
                "wrong_rate",
                format!("{what}: {error}"),
                "convert the file to the session's rate",
            ),
        },
    )
}

/// Samples of the session that the clip needs its file for.
fn needed(clip: &Clip) -> u64 {
    clip.offset.saturating_add(clip.length)
}

/// Samples of the session that the file is long.
fn there(info: &AudioInfo, rate: u32) -> u64 {
    info.frames.map_or(u64::MAX, |frames| {
        resample::length(frames, info.sample_rate, rate)
    })
}

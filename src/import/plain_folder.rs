//! The plain folder: every audio file is a track, placed by its BWF time stamp; the sides of a split
//! source are one. Sources of up to 7.1 are heard in stereo. Refuses files of
//! different rates, and folders without audio; leaves other files alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::session_folder;
use crate::audio::fold::Fold;
use crate::error::{Error, ErrorKind, Result};
use crate::media::MediaError;
use crate::media::decode::Reader;
use crate::media::info::AudioInfo;
use crate::media::probe::probe;
use crate::media::split;
use crate::model::clip::SourceFile;
use crate::model::finding::CUT_AUDIO;
use crate::model::session::{ImportedSession, SessionFolder, Setup};
use crate::model::{
    Arrangement, Clip, Finding, Lane, Level, Ruler, SessionInfo, Timecode, TimecodeRate, Track,
    TrackKind, file_name, text,
};

const MOST_FILES: usize = 100_000;

/// An audio file with what its header says.
struct Source {
    path: PathBuf,
    name: String,
    info: AudioInfo,
    frames: u64,
}

/// What a file says of itself, and its frames.
pub(super) type Facts = Result<(AudioInfo, u64), MediaError>;

/// Reads the folder (not what lies below it). The session starts at the frame of timecode that
/// holds the smallest time stamp; files without a stamp start at that stamp.
pub fn read(root: &Path) -> Result<ImportedSession> {
    let groups = joined(audio_files(root)?);
    let probed: Vec<(PathBuf, Facts)> = groups
        .into_par_iter()
        .flat_map_iter(|group| group.probed())
        .collect();
    let mut findings = Vec::new();
    let mut sources = Vec::new();
    for (path, facts) in probed {
        let name = file_text(&path);
        match facts {
            Ok((info, frames)) => {
                match info.channels {
                    1 | 2 => {}
                    wide => match Fold::new(usize::from(wide), info.mask) {
                        Some(fold) => findings.push(folded(&name, wide, &fold)),
                        None => {
                            findings.push(too_wide(&name, wide));
                            continue;
                        }
                    },
                }
                sources.push(Source {
                    path,
                    name,
                    info,
                    frames,
                });
            }
            Err(error) => findings.push(skipped(
                &name,
                "damaged_audio",
                &format!("cannot be read: {error}"),
                "restore it from a backup, or take it out of the folder",
            )),
        }
    }
    if sources.is_empty() {
        return Err(nothing_in(root, &findings));
    }
    let rate = one_rate(root, &sources)?;
    Ok(build(root, &sources, rate, findings))
}

/// A file, or the files of one split source with the name that they have together.
enum Group {
    One(PathBuf),
    Split(PathBuf, Vec<PathBuf>),
}

impl Group {
    /// Sides that do not fit together are files of their own.
    fn probed(self) -> Vec<(PathBuf, Facts)> {
        let alone = |path: PathBuf| {
            let facts = facts(&path);
            (path, facts)
        };
        match self {
            Self::One(path) => vec![alone(path)],
            Self::Split(whole, files) => match facts(&whole) {
                Ok(facts) => vec![(whole, Ok(facts))],
                Err(_) => files.into_iter().map(alone).collect(),
            },
        }
    }
}

/// Joins the sides of split sources; the source stands where its first file stood.
fn joined(paths: Vec<PathBuf>) -> Vec<Group> {
    let mut taken: HashSet<PathBuf> = HashSet::new();
    let mut groups = Vec::with_capacity(paths.len());
    for path in paths {
        if taken.contains(&path) {
            continue;
        }
        let whole = split::whole(&path).filter(|whole| !whole.exists());
        let files = whole.as_deref().map(split::files).unwrap_or_default();
        match whole {
            Some(whole) if files.contains(&path) => {
                taken.extend(files.iter().cloned());
                groups.push(Group::Split(whole, files));
            }
            _ => groups.push(Group::One(path)),
        }
    }
    groups
}

fn uneven_split(name: &str, what: &str) -> Finding {
    let name = text::clean(name);
    let what = text::clean(what);
    Finding::new(
        Level::Warning,
        "uneven_split",
        format!("the files of the split source '{name}' differ: {what}"),
    )
    .fix("check that they belong together; what the shorter one lacks is silence")
}

fn folded(name: &str, channels: u16, fold: &Fold) -> Finding {
    let name = text::clean(name);
    let order = fold.order();
    Finding::new(
        Level::Note,
        "folded_to_stereo",
        format!(
            "'{name}' has {channels} channels ({order}) and is heard in stereo: centre and surrounds at -3 dB, without LFE"
        ),
    )
    .file(name.clone())
    .fix("give a stereo file where another fold-down is wanted")
}

fn too_wide(name: &str, channels: u16) -> Finding {
    skipped(
        name,
        "too_many_channels",
        &format!("has {channels} channels"),
        "split it into mono or stereo files",
    )
}

fn skipped(name: &str, code: &str, what: &str, fix: &str) -> Finding {
    let name = text::clean(name);
    Finding::new(
        Level::Warning,
        code,
        format!("'{name}' {} and is left out", text::clean(what)),
    )
    .file(name.clone())
    .fix(fix)
}

/// What is to be said about how a file ends, or the files of a split source.
fn ending(source: &Source) -> impl Iterator<Item = Finding> {
    let what = session_folder::ending(source.info.ending, source.frames);
    let cut = what.map(|what| {
        let text = format!("'{}' {what}", text::clean(&source.name));
        Finding::new(Level::Warning, CUT_AUDIO, text)
            .fix("restore it from a backup, or listen to its end")
    });
    let uneven = source.info.uneven.as_deref();
    cut.into_iter()
        .chain(uneven.map(|what| uneven_split(&source.name, what)))
}

fn nothing_in(root: &Path, findings: &[Finding]) -> Error {
    let error = Error::new(
        ErrorKind::Media,
        format!(
            "'{}' cannot be opened as a session: it has no session.json and no audio file that can be decoded",
            root.display()
        ),
    );
    match findings.first() {
        Some(first) => error.hint(first.text.clone()),
        None => error.hint("give a session folder, or a folder of audio files"),
    }
}

fn file_text(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Whether the name is that of an audio file, and of none that the system hides.
pub(super) fn is_audio(path: &Path) -> bool {
    let name = file_text(path);
    file_name::is_audio(&name) && !name.starts_with('.')
}

/// Files with an audio extension, in the order of their names without regard to case.
fn audio_files(root: &Path) -> Result<Vec<PathBuf>> {
    let fault = |error: std::io::Error| {
        Error::new(
            ErrorKind::Media,
            format!("'{}' cannot be read: {error}", root.display()),
        )
        .because(error)
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(root).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if is_audio(&path) && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            return Err(Error::new(
                ErrorKind::Media,
                format!(
                    "'{}' holds more than {MOST_FILES} audio files",
                    root.display()
                ),
            ));
        }
    }
    paths.sort_by_cached_key(|path| (file_name::key(&file_text(path)), path.clone()));
    Ok(paths)
}

/// Header facts and frames, counted by decoding where the header does not tell.
pub(super) fn facts(path: &Path) -> Facts {
    let info = probe(path)?;
    if let Some(frames) = info.frames {
        return Ok((info, frames));
    }
    let mut reader = Reader::open(path)?;
    let mut block = vec![0.0; 16_384 * usize::from(info.channels.max(1))];
    let mut frames = 0_u64;
    loop {
        match reader.read(&mut block)? {
            0 => return Ok((info, frames)),
            read => frames = frames.saturating_add(read as u64),
        }
    }
}

/// The rate of all files, or an error that names the files of each rate.
fn one_rate(root: &Path, sources: &[Source]) -> Result<u32> {
    let mut rates: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for source in sources {
        let names = rates.entry(source.info.sample_rate).or_default();
        names.push(&source.name);
    }
    if let (1, Some(rate)) = (rates.len(), rates.keys().next()) {
        return Ok(*rate);
    }
    let list: Vec<String> = rates
        .iter()
        .map(|(rate, names)| {
            let shown: Vec<_> = names.iter().take(8).map(|name| text::clean(name)).collect();
            let more = names.len().saturating_sub(shown.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("{rate} Hz: {}{more}", shown.join(", "))
        })
        .collect();
    Err(Error::new(
        ErrorKind::Media,
        format!(
            "the files in '{}' have different sample rates: {}",
            root.display(),
            list.join("; ")
        ),
    )
    .hint("convert them to one rate, or open folders of one rate each"))
}

/// The rate, of the usual ones, at which the session can start exactly at `stamp`; else 30.
fn ruler_at(stamp: u64, sample_rate: u32) -> Ruler {
    let rates = [
        TimecodeRate::Fps30,
        TimecodeRate::Fps24,
        TimecodeRate::Fps25,
    ];
    let ruler = |rate| Ruler {
        rate,
        sample_rate,
        start_frame: Timecode::at_sample(stamp, sample_rate, rate).frame,
    };
    rates
        .into_iter()
        .map(ruler)
        .find(|ruler| ruler.start_sample() == stamp)
        .unwrap_or_else(|| ruler(TimecodeRate::Fps30))
}

fn build(
    root: &Path,
    sources: &[Source],
    sample_rate: u32,
    mut findings: Vec<Finding>,
) -> ImportedSession {
    let first = sources.iter().filter_map(|s| s.info.time_reference).min();
    let ruler = ruler_at(first.unwrap_or(0), sample_rate);
    // A stamp beyond a day wraps the ruler; places are counted from the first stamp, so that the
    // files keep their distances.
    let lead = first.map_or(0, |first| {
        let day = Timecode {
            frame: ruler.rate.frames_per_day(),
            rate: ruler.rate,
        }
        .sample(sample_rate);
        (first % day.max(1)).saturating_sub(ruler.start_sample())
    });
    if lead > 0 {
        findings.push(Finding::new(
            Level::Note,
            "start_between_frames",
            format!("the first time stamp lies {lead} samples after a frame of timecode; the session starts at that frame"),
        ));
    }
    let place = |source: &Source| {
        let stamp = source.info.time_reference.or(first).unwrap_or(0);
        let after = stamp
            .saturating_sub(first.unwrap_or(0))
            .saturating_add(lead);
        i64::try_from(after).unwrap_or(i64::MAX)
    };
    let names = track_names(sources);
    let mut arrangement = Arrangement {
        sample_rate,
        ..Arrangement::default()
    };
    let (mut tracks, mut audio_findings) = (Vec::with_capacity(sources.len()), Vec::new());
    for (index, (source, name)) in sources.iter().zip(names).enumerate() {
        let lane = lane(source, &name, index, place(source));
        let end = lane.clips.first().map_or(0, Clip::end);
        arrangement.length = arrangement.length.max(u64::try_from(end).unwrap_or(0));
        let found = ending(source).map(|finding| finding.track(&name).file(&source.name));
        audio_findings.extend(found);
        tracks.push(strip(&name, index + 1, heard(&source.info)));
        arrangement.lanes.push(lane);
        arrangement.files.push(SourceFile {
            path: source.path.clone(),
            name: source.name.clone(),
        });
    }
    findings.extend(audio_findings.iter().cloned());
    if arrangement.length == 0 {
        findings.push(session_folder::empty_session());
    }
    let depth = sources.iter().map(|source| source.info.bits).max();
    ImportedSession {
        info: info(
            root,
            ruler,
            depth
                .filter(|bits| matches!(bits, 16 | 24 | 32))
                .unwrap_or(24),
        ),
        tracks,
        markers: Vec::new(),
        folder: SessionFolder {
            root: root.to_owned(),
            arrangement: Arc::new(arrangement),
            audio_findings,
            ..SessionFolder::default()
        },
        findings,
        setup: Setup::default(),
    }
}

/// File names without extension; with it where two files would make one name.
fn track_names(sources: &[Source]) -> Vec<String> {
    let short = |source: &Source| {
        Path::new(&source.name).file_stem().map_or_else(
            || source.name.clone(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for source in sources {
        *counts.entry(file_name::key(&short(source))).or_default() += 1;
    }
    sources
        .iter()
        .map(|source| {
            let name = short(source);
            match counts.get(&file_name::key(&name)) {
                Some(1) | None => name,
                Some(_) => source.name.clone(),
            }
        })
        .collect()
}

/// Channels of the track: what is wider is folded.
fn heard(info: &AudioInfo) -> u16 {
    info.channels.min(2)
}

fn lane(source: &Source, name: &str, file: usize, start: i64) -> Lane {
    Lane {
        track: name.to_owned(),
        channels: heard(&source.info),
        clips: vec![Clip {
            file,
            start,
            length: source.frames,
            ..Clip::default()
        }],
        ..Lane::default()
    }
}

fn strip(name: &str, number: usize, channels: u16) -> Track {
    Track {
        id: session_folder::track_id(name, number),
        name: name.to_owned(),
        kind: TrackKind::Audio,
        index: number as u32,
        channels,
        format: if channels == 1 { "mono" } else { "stereo" }.to_owned(),
        volume_db: Some(0.0),
        ..Track::default()
    }
}

fn info(root: &Path, ruler: Ruler, bit_depth: u16) -> SessionInfo {
    let name = session_folder::folder_name(root);
    SessionInfo {
        path: session_folder::session_file(root, &name)
            .display()
            .to_string(),
        name,
        origin_id: String::new(),
        instance_id: String::new(),
        sample_rate: ruler.sample_rate,
        bit_depth,
        ruler,
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    }
}

//! The export as a session: strips, markers, and lanes with the clips whose audio is certain.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::audio::Audio;
use super::join::{self, ClipList, Joined, Why};
use super::rows::{MarkerRow, TextExport, TrackBlock};
use super::time::{self, Times};
use super::{gaps, parse_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::import::session_folder;
use crate::model::clip::SourceFile;
use crate::model::session::{Gap, ImportedSession, SessionFolder, Setup};
use crate::model::track::Inherited;
use crate::model::{
    Arrangement, Clip, Finding, Lane, Marker, Ruler, SessionInfo, Track, TrackKind,
};

/// Bytes of an export; ten thousand tracks with a hundred clips each stay below.
const LARGEST: u64 = 256 << 20;

/// Tracks of an export; Pro Tools has a few thousand at most.
const MOST_TRACKS: usize = 20_000;

/// How an export is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Where the audio lies, at any depth.
    pub audio: Option<PathBuf>,
    /// Clips of missing files are silence instead of an error.
    pub allow_missing: bool,
}

/// Reads `file`. Fails with [`ErrorKind::Media`] on what is no export, and with
/// [`ErrorKind::Usage`] where the audio folder cannot be searched.
pub fn read(file: &Path, options: &Options) -> Result<ImportedSession> {
    let bytes = load(file)?;
    let export = parse_bytes(&bytes);
    let refuse = |why: &str| {
        let text = format!("'{}' cannot be opened as a session: {why}", file.display());
        Error::new(ErrorKind::Media, text)
            .hint("make it in Pro Tools with File > Export > Session Info as Text")
    };
    if export.name.is_empty() && export.tracks.is_empty() {
        return Err(refuse("it is no text export of Pro Tools"));
    }
    if !(1_000..=1_536_000).contains(&export.sample_rate) {
        return Err(refuse("its header tells no sample rate"));
    }
    if export.tracks.len() > MOST_TRACKS {
        let text = format!("it has {} tracks", export.tracks.len());
        return Err(refuse(&text));
    }
    let ruler = time::ruler(&export)
        .ok_or_else(|| refuse("its header tells no timecode format or start timecode"))?;
    let audio = options.audio.as_deref().map(Audio::below).transpose()?;
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let root = path.parent().unwrap_or(Path::new("."));
    Ok(Reading::new(&export, ruler, audio, options.allow_missing).session(root))
}

fn load(file: &Path) -> Result<Vec<u8>> {
    let fault = |error: std::io::Error| {
        let text = format!("'{}' cannot be read", file.display());
        Error::new(ErrorKind::Media, text).because(error)
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(fault)?;
    opened
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    if bytes.len() as u64 > LARGEST {
        let text = format!("'{}' is larger than {LARGEST} bytes", file.display());
        return Err(Error::new(ErrorKind::Media, text));
    }
    Ok(bytes)
}

/// An export on its way to a session.
struct Reading<'a> {
    export: &'a TextExport,
    times: Times,
    list: ClipList<'a>,
    audio: Option<Audio>,
    allow_missing: bool,
    files: Vec<SourceFile>,
    by_path: HashMap<PathBuf, usize>,
    gaps: Vec<Gap>,
    findings: Vec<Finding>,
    /// Last sample of all clips, those that are not rendered included.
    end: i64,
}

impl<'a> Reading<'a> {
    fn new(
        export: &'a TextExport,
        ruler: Ruler,
        audio: Option<Audio>,
        allow_missing: bool,
    ) -> Self {
        Self {
            export,
            times: Times::of(export, ruler),
            list: ClipList::new(export),
            audio,
            allow_missing,
            files: Vec::new(),
            by_path: HashMap::new(),
            gaps: Vec::new(),
            findings: Vec::new(),
            end: 0,
        }
    }

    fn session(mut self, root: &Path) -> ImportedSession {
        let mut tracks = Vec::with_capacity(self.export.tracks.len());
        let mut lanes = Vec::new();
        for (index, block) in self.export.tracks.iter().enumerate() {
            let strip = strip(block, index + 1);
            self.gaps.extend(gaps::of_track(block));
            lanes.push(self.lane(block));
            tracks.push(strip);
        }
        self.gaps.extend(gaps::of_export(self.export, &self.times));
        self.findings.extend(gaps::remarks(self.export));
        let markers: Vec<Marker> = self
            .export
            .markers
            .iter()
            .filter_map(|m| self.marker(m))
            .collect();
        if let Some(lost) = self.export.markers.len().checked_sub(markers.len() + 1) {
            self.findings.push(gaps::lost_markers(lost + 1));
        }
        let length = u64::try_from(self.end).unwrap_or(0);
        if length == 0 {
            self.findings.push(session_folder::empty_session());
        }
        ImportedSession {
            info: info(self.export, self.times.ruler, root),
            tracks,
            markers,
            folder: SessionFolder {
                root: root.to_owned(),
                arrangement: Arc::new(Arrangement {
                    sample_rate: self.export.sample_rate,
                    length,
                    files: self.files,
                    lanes,
                    ..Arrangement::default()
                }),
                gaps: self.gaps,
                ..SessionFolder::default()
            },
            findings: self.findings,
            setup: Setup::default(),
        }
    }

    fn lane(&mut self, block: &TrackBlock) -> Lane {
        let channels = join::channels(block).clamp(1, 2);
        let (clips, mut lost) = join::clips(block, &self.times);
        let mut lane = Lane {
            track: block.name.clone(),
            channels,
            ..Lane::default()
        };
        for joined in clips {
            self.end = self.end.max(joined.place.end);
            let Some(audio) = &mut self.audio else {
                lost.push((joined, Why::NoAudio));
                continue;
            };
            match join::source(&joined, channels, &self.times, &self.list, audio) {
                Ok(played) => {
                    let file = self.file(&played.path);
                    lane.clips.push(clip(joined, file, played.frames));
                }
                Err(why) => lost.push((joined, why)),
            }
        }
        let ends = lane.clips.iter().map(Clip::end);
        self.end = self.end.max(ends.max().unwrap_or(0));
        for (joined, _) in &lost {
            self.end = self.end.max(joined.place.end);
        }
        let heard = lost
            .into_iter()
            .filter(|(joined, _)| !joined.muted)
            .collect();
        self.gaps
            .extend(gaps::of_clips(&block.name, heard, self.allow_missing));
        lane
    }

    fn file(&mut self, path: &Path) -> usize {
        if let Some(index) = self.by_path.get(path) {
            return *index;
        }
        self.files.push(SourceFile {
            path: path.to_owned(),
            name: path.display().to_string(),
        });
        self.by_path.insert(path.to_owned(), self.files.len() - 1);
        self.files.len() - 1
    }

    fn marker(&self, row: &MarkerRow) -> Option<Marker> {
        let told = row
            .reference
            .parse()
            .ok()
            .filter(|_| row.units == "Samples");
        Some(Marker {
            number: row.number,
            name: row.name.clone(),
            start: told.or_else(|| self.times.samples(&row.location))?,
            comments: row.comments.clone(),
            track: row.track.clone(),
            ..Marker::default()
        })
    }
}

fn clip(joined: Joined, file: usize, frames: u64) -> Clip {
    Clip {
        file,
        start: joined.place.start,
        length: frames,
        muted: joined.muted,
        name: joined.name,
        ..Clip::default()
    }
}

/// The export does not say what sort of track it is.
fn strip(block: &TrackBlock, number: usize) -> Track {
    let explicit = |explicit| Inherited {
        explicit,
        implicit: false,
    };
    let channels = join::channels(block).clamp(1, 2);
    Track {
        id: session_folder::track_id(&block.name, number),
        name: block.name.clone(),
        kind: TrackKind::Audio,
        index: u32::try_from(number).unwrap_or(u32::MAX),
        channels,
        format: if channels == 1 { "mono" } else { "stereo" }.to_owned(),
        muted: block.muted,
        soloed: block.soloed,
        hidden: explicit(block.hidden),
        inactive: explicit(block.inactive),
        comments: block.comments.clone(),
        ..Track::default()
    }
}

fn info(export: &TextExport, ruler: Ruler, root: &Path) -> SessionInfo {
    let bits = export
        .bit_depth
        .split('-')
        .next()
        .and_then(|bits| bits.trim().parse().ok());
    let name = match export.name.trim() {
        "" => "Session",
        name => name,
    };
    SessionInfo {
        path: session_folder::session_file(root, name)
            .display()
            .to_string(),
        name: name.to_owned(),
        origin_id: String::new(),
        instance_id: String::new(),
        sample_rate: ruler.sample_rate,
        bit_depth: bits
            .filter(|bits| matches!(bits, 16 | 24 | 32))
            .unwrap_or(24),
        ruler,
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    }
}

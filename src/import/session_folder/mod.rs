//! The session folder: `session.json`, version 1 or 2, and its audio files. Owns reading and writing it;
//! refuses broken JSON with line and column, and wrong values with their track, clip and field.
//!
//! Beyond the format's own fields there may be
//! - on a track `id`, `type`, `format`, `color`, `folder`, `solo`, `solo_safe`, `record_enabled`,
//!   `record_safe`, `input_monitoring`, `hidden`, `inactive`, `frozen`, `open`, `follows_bars`,
//!   `folder_id` (of folders with one name), `selected`, `smart_dsp`, `dsp_safe`, `offline`, `comments`, `pan_points` (`[[sample, -1..1]]`, straight in position, replaces `pan`) and
//!   `playlists` (`[{name, clips}]`);
//! - on a clip `name`, `groups` (names of clip groups, outermost first), `fade_in_skip` and
//!   `fade_out_skip` (samples that an edit cut away at the outer end of a fade, whose curve is that
//!   much longer);
//! - in the session `name`, `start_timecode`, `timecode_rate`, `bit_depth`, `markers`, `ignore`,
//!   `returns`, and `clip_list` (`{file, offset, length, channels, name}`) of what lies on no track;
//! - from Session Setup `audio_format`, `interleaved`, `max_length` (samples), `feet_frames`,
//!   `audio_pull`, `video_pull`, `system_delay` (samples), `delay_compensation`, `origin_id`,
//!   `instance_id`, `parent_id`;
//! - from a live Pro Tools `live` (the folder was put together from what it tells) and `gaps`
//!   (findings about what the clips lack, each with its range).
//!
//! Version 2 is version 1 with tracks and paths of up to eight channels: on a track `format` is a
//! layout of [`crate::model::layout`] (`"5.1"`), or `channels` a number from 3 to 8 for the usual one; on
//! an output or a bus likewise, `{"name": "Main", "format": "5.1"}`. Channels of files stand in the order
//! of a WAV's channel mask, 5.1 as L R C LFE Ls Rs; a file whose own mask says otherwise is refused. Such
//! a track has no `pan`. A reader of version 1 refuses what it cannot mix.
//!
//! A marker is `{number, name, start, end?, comments?, track?, ruler?, color?, follows_bars?}` in
//! samples; a stem takes the selectors of a recipe, its words for `channels`, and `split`. Unknown fields are left alone, missing ones get
//! defaults.
//!
//! How the tracks are wired, which only the simulator's bounces mix (a render leaves it out):
//!
//! | where | field | means |
//! | --- | --- | --- |
//! | session | `outputs` | names of outputs, or `{name, channels}`; the first is the main one. Default `["Out 1-2"]` |
//! | session | `busses` | names of busses, or `{name, channels}`. Those that tracks name need not be listed |
//! | session | `returns` | names or globs of aux returns that sound in every stem they are fed by |
//! | track | `output` | a path's name or a list of them, `[]` for none; default the routing folder around it, else the main output. Of a master fader: the path that it controls |
//! | track | `input` | the bus that an aux track reads; a routing folder reads the bus of its own name |
//! | track | `sends` | list of `{bus, level_db = 0, pre_fader = false, mute = false}` |
//! | track | `reverb` | `{seconds = 1.8, pre_delay_ms = 20, damp_hz = 5000}` on an aux track or routing folder, only its sound |
//! | track | `limiter` | `{gain_db = 0, ceiling_db = -1, release_ms = 60}` on a master fader |
//! | track | `vcas` | names of the VCA masters that it is a member of |

mod audio;
mod clips;
mod document;
mod fields;
mod routing;
mod tracks;
mod write;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

pub(super) use self::audio::ending;
use self::fields::{FURTHEST, FieldError, Fields, Place};
pub(super) use self::tracks::track_id;
pub use self::write::{to_json, write};
use crate::error::{Error, ErrorKind, Result};
use crate::model::routing::Routing;
use crate::model::session::{Gap, ImportedSession, SessionFolder, Setup};
use crate::model::stem::{ChannelMode, StemSpec};
use crate::model::{
    Arrangement, Finding, Level, Marker, Ruler, SessionInfo, Timecode, TimecodeRate, file_name,
};

/// The file's name inside the folder.
pub const FILE: &str = "session.json";

/// Bytes of `session.json`; ten thousand tracks with a hundred clips each stay below.
const LARGEST: u64 = 512 << 20;
/// The byte order mark that some editors put in front.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// The version that has tracks and paths of more than two channels.
const WIDE: i64 = 2;
const MOST_TRACKS: usize = 100_000;
const MOST_CLIPS: usize = 1_000_000;
const MOST_GAPS: usize = 2_000_000;

/// Reads `file` (a `session.json`); audio files are looked for beside it.
pub fn read(file: &Path) -> Result<ImportedSession> {
    let root = file.parent().unwrap_or(Path::new("."));
    let mut tracks = tracks::Reader::new(root);
    let value =
        document::read(open(file)?, &mut tracks).map_err(|error| unreadable(error, file))?;
    build(&value, tracks, root).map_err(|error| {
        Error::new(
            ErrorKind::Media,
            format!("'{}' is not a session: {error}", file.display()),
        )
        .hint("correct the field, or write the session again")
    })
}

/// The file from behind its byte order mark.
fn open(file: &Path) -> Result<impl Read> {
    let fault = |error| cannot_read(error, file);
    let size = std::fs::metadata(file).map_err(fault)?.len();
    if size > LARGEST {
        return Err(Error::new(
            ErrorKind::Media,
            format!(
                "'{}' has {size} bytes; a session has at most {LARGEST}",
                file.display()
            ),
        ));
    }
    let mut input = BufReader::new(File::open(file).map_err(fault)?.take(LARGEST));
    if input.fill_buf().map_err(fault)?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    Ok(input)
}

fn cannot_read(error: std::io::Error, file: &Path) -> Error {
    Error::new(
        ErrorKind::Media,
        format!("'{}' cannot be read: {error}", file.display()),
    )
    .because(error)
}

fn unreadable(error: serde_json::Error, file: &Path) -> Error {
    if error.is_io() {
        return cannot_read(error.into(), file);
    }
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    Error::new(
        ErrorKind::Media,
        format!(
            "'{}', line {}, column {}: {what}",
            file.display(),
            error.line(),
            error.column()
        ),
    )
    .hint("the file is not valid JSON at that place")
}

fn build(
    value: &Value,
    tracks: tracks::Reader,
    root: &Path,
) -> Result<ImportedSession, FieldError> {
    let session = Fields::of(value, "session.json", Place::Session)?;
    let version = session.whole("version", 1..=WIDE)?.unwrap_or(1);
    let sample_rate = session
        .whole("rate", 1_000..=1_536_000)?
        .and_then(|rate| u32::try_from(rate).ok())
        .ok_or_else(|| session.wrong("rate", "the sample rate in Hz"))?;
    let (read, mut files, mut findings) = tracks.finish(&session)?;
    let clip_list = clips::clip_list(&session, &mut files)?;
    let faders = routing::faders(&read.tracks);
    let length = match session.samples("length")? {
        Some(length) => length,
        None => end_of(&read.lanes),
    };
    let arrangement = Arrangement {
        sample_rate,
        length,
        files: files.list,
        lanes: read.lanes,
        clip_list,
    };
    let (audio_findings, depth) = audio::check(&arrangement, &read.tracks, read.odd_clips);
    findings.extend(audio_findings.iter().cloned());
    if length == 0 {
        findings.push(empty_session());
    }
    let ruler = ruler(&session, sample_rate)?;
    let bit_depth = session
        .whole("bit_depth", 16..=32)?
        .map_or(depth, |bits| bits as u16);
    Ok(ImportedSession {
        info: info(&session, root, ruler, bit_depth)?,
        tracks: read.tracks,
        markers: markers(&session)?,
        folder: SessionFolder {
            root: root.to_owned(),
            arrangement: Arc::new(arrangement),
            stems: stems(&session)?,
            ignore: session.texts("ignore")?,
            returns: session.texts("returns")?,
            audio_findings,
            gaps: gaps(&session)?,
            is_live: session.flag("live")?.unwrap_or(false),
            routing: Routing {
                paths: routing::paths(&session, version)?,
                strips: read.strips,
                faders,
            },
        },
        findings,
        setup: Setup {
            strips: read.setups,
            ..setup(&session)?
        },
    })
}

pub(super) fn empty_session() -> Finding {
    Finding::new(
        Level::Error,
        "empty_session",
        "the session has a length of zero samples: there is nothing to play or print",
    )
    .fix("give the session a 'length', or clips")
}

fn end_of(lanes: &[crate::model::Lane]) -> u64 {
    let ends = lanes
        .iter()
        .flat_map(|lane| &lane.clips)
        .map(|clip| clip.end());
    u64::try_from(ends.max().unwrap_or(0)).unwrap_or(0)
}

fn ruler(session: &Fields<'_>, sample_rate: u32) -> Result<Ruler, FieldError> {
    let rate = match session.text("timecode_rate")? {
        Some(text) => TimecodeRate::parse(text)
            .map_err(|_| session.wrong("timecode_rate", "a timecode rate like 25 or 29.97 df"))?,
        None => TimecodeRate::default(),
    };
    let start_frame = match session.text("start_timecode")? {
        Some(text) => {
            Timecode::parse(text, rate)
                .map_err(|error| {
                    let wanted = format!("a timecode like 01:00:00:00 ({error})");
                    session.wrong("start_timecode", wanted)
                })?
                .frame
        }
        None => 0,
    };
    Ok(Ruler {
        rate,
        sample_rate,
        start_frame,
    })
}

fn info(
    session: &Fields<'_>,
    root: &Path,
    ruler: Ruler,
    bit_depth: u16,
) -> Result<SessionInfo, FieldError> {
    let name = session
        .text("name")?
        .filter(|name| !name.trim().is_empty())
        .map_or_else(|| folder_name(root), str::to_owned);
    Ok(SessionInfo {
        path: session_file(root, &name).display().to_string(),
        name,
        origin_id: session.text("origin_id")?.unwrap_or_default().to_owned(),
        instance_id: session.text("instance_id")?.unwrap_or_default().to_owned(),
        sample_rate: ruler.sample_rate,
        bit_depth,
        ruler,
        max_length: session.samples("max_length")?,
        audio_format: match session.text("audio_format")? {
            None => "WAV".to_owned(),
            Some(format @ ("WAV" | "AIFF")) => format.to_owned(),
            Some(_) => return Err(session.wrong("audio_format", "WAV or AIFF")),
        },
        interleaved: session.flag("interleaved")?.unwrap_or(true),
    })
}

fn setup(session: &Fields<'_>) -> Result<Setup, FieldError> {
    let usual = Setup::default();
    let pull = |key| -> Result<String, FieldError> {
        Ok(session.text(key)?.unwrap_or(&usual.audio_pull).to_owned())
    };
    let feet_frames = match session.text("feet_frames")? {
        None => usual.feet_frames,
        Some("23.976") => TimecodeRate::Fps23976,
        Some("24") => TimecodeRate::Fps24,
        Some("25") => TimecodeRate::Fps25,
        Some(_) => return Err(session.wrong("feet_frames", "23.976, 24 or 25")),
    };
    let delay = session.whole("system_delay", 0..=10_000_000)?;
    Ok(Setup {
        parent_id: session.text("parent_id")?.unwrap_or_default().to_owned(),
        feet_frames,
        audio_pull: pull("audio_pull")?,
        video_pull: pull("video_pull")?,
        system_delay: delay
            .and_then(|delay| u32::try_from(delay).ok())
            .unwrap_or(0),
        delay_compensation: session.flag("delay_compensation")?.unwrap_or(true),
        strips: usual.strips,
    })
}

/// Where the session file of a session folder lies: `<folder>/<name>.ptx`, which need not exist.
pub fn session_file(root: &Path, name: &str) -> PathBuf {
    root.join(format!("{}.ptx", file_name::sanitize(name, 200)))
}

pub(super) fn folder_name(root: &Path) -> String {
    let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    absolute.file_name().map_or_else(
        || "Session".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn markers(session: &Fields<'_>) -> Result<Vec<Marker>, FieldError> {
    let mut markers = Vec::new();
    for (index, value) in session.list("markers", MOST_TRACKS)?.iter().enumerate() {
        let place = Place::Marker { number: index + 1 };
        let marker = Fields::of(value, "markers", place)?;
        let position = |key| marker.whole(key, -FURTHEST..=FURTHEST);
        let number = marker.whole("number", 0..=i64::from(i32::MAX))?;
        markers.push(Marker {
            number: number.map_or(index as i32 + 1, |number| number as i32),
            name: marker.text("name")?.unwrap_or_default().to_owned(),
            start: position("start")?.ok_or_else(|| marker.wrong("start", "a place in samples"))?,
            end: position("end")?,
            comments: marker.text("comments")?.unwrap_or_default().to_owned(),
            track: marker.text("track")?.map(str::to_owned),
            color: marker
                .whole("color", 0..=1000)?
                .and_then(|color| i32::try_from(color).ok())
                .unwrap_or(0),
            ruler: marker.text("ruler")?.map(str::to_owned),
            follows_bars: marker.flag("follows_bars")?.unwrap_or(false),
        });
    }
    Ok(markers)
}

/// What the session's sound lacks: findings of other sessions' readers, kept with it.
fn gaps(session: &Fields<'_>) -> Result<Vec<Gap>, FieldError> {
    let list = session.list("gaps", MOST_GAPS)?;
    list.iter()
        .map(|gap| serde_json::from_value(gap.clone()))
        .collect::<Result<_, _>>()
        .map_err(|error| session.wrong("gaps", format!("findings with a range ({error})")))
}

fn stems(session: &Fields<'_>) -> Result<Vec<StemSpec>, FieldError> {
    let mut stems = Vec::new();
    for (index, value) in session.list("stems", MOST_TRACKS)?.iter().enumerate() {
        let number = index + 1;
        let unnamed = Fields::of(value, "stems", Place::Stem { number, name: "" })?;
        let name = unnamed.text("name")?.filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| unnamed.wrong("name", "the stem's name"))?;
        let stem = unnamed.at(Place::Stem { number, name });
        stems.push(StemSpec {
            name: name.to_owned(),
            kind: stem.text("type")?.map(str::to_owned),
            gain_db: stem.number("gain_db", -600.0..=144.0)?.unwrap_or(0.0),
            tracks: stem.texts("tracks")?,
            folder: stem.text("folder")?.map(str::to_owned),
            regex: stem.text("regex")?.map(str::to_owned),
            color: stem.text("color")?.map(str::to_owned),
            except: stem.texts("except")?,
            file: stem.text("file")?.map(str::to_owned),
            channels: stem_channels(&stem)?,
            split: stem.flag("split")?,
            ..StemSpec::default()
        });
    }
    Ok(stems)
}

/// A count in the format's own version 1, a recipe's word in ours.
fn stem_channels(stem: &Fields<'_>) -> Result<Option<ChannelMode>, FieldError> {
    const WANTED: &str = "1, 2, 'as-tracks' or a layout such as '5.1'";
    match stem.whole("channels", 1..=2) {
        Ok(None) => Ok(None),
        Ok(Some(1)) => Ok(Some(ChannelMode::Mono)),
        Ok(Some(_)) => Ok(Some(ChannelMode::Stereo)),
        Err(_) => {
            let word = stem.text("channels").ok().flatten();
            let mode = word.and_then(|word| ChannelMode::try_from(word.to_owned()).ok());
            mode.map(Some).ok_or_else(|| stem.wrong("channels", WANTED))
        }
    }
}
